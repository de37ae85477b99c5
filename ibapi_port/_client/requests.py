"""The requests of IB's EClient, one short method each: what they ask for, what comes back, and the
server version that they need.

Unless a docstring says otherwise: `reqId` is any number of the caller's that comes back with the
answers; an argument that TWS's version cannot carry is error 503, a value that cannot be sent error
321 (579 for a character that cannot), no connection error 504; each before the method returns, with
the request's own id where it has one, and then nothing was sent. A whole request that is newer than
the server version has 503 with the id that IB's client gives it, mostly -1.
"""

from __future__ import annotations

from ..common import FaDataType, OrderId, TagValueList, TickerId, WshEventData
from ..contract import Contract
from ..execution import ExecutionFilter
from ..order import Order
from ..order_cancel import OrderCancel
from ..scanner import ScannerSubscription
from .core import ClientCore


class Requests:
    """Each method hands its arguments to the client's core, under the name of its declaration."""

    extraAuth = False  # whether the program is to be verified by IB

    _ibapi_port: ClientCore

    # --- session ---

    def reqCurrentTime(self) -> None:
        """Ask for TWS's clock. `currentTime` brings it, in seconds since 1970."""
        self._ibapi_port.request("reqCurrentTime")

    def reqCurrentTimeInMillis(self) -> None:
        """Ask for TWS's clock.

        `currentTimeInMillis` brings it, in milliseconds since 1970. Server version 197.
        """
        self._ibapi_port.request("reqCurrentTimeInMillis")

    def setServerLogLevel(self, logLevel: int) -> None:
        """Set how much TWS logs of the API: 1 system, 2 error (its default), 3 warning, 4
        information, 5 detail.
        """
        self._ibapi_port.request("setServerLogLevel", logLevel)

    def reqIds(self, numIds: int) -> None:
        """Ask for the next order id that is free. `nextValidId` brings it. TWS ignores `numIds`."""
        self._ibapi_port.request("reqIds", numIds)

    def reqManagedAccts(self) -> None:
        """Ask for the accounts of the login. `managedAccounts` brings them."""
        self._ibapi_port.request("reqManagedAccts")

    def reqUserInfo(self, reqId: int) -> None:
        """Ask for the white branding id of the login. `userInfo` brings it. Server version 167."""
        self._ibapi_port.request("reqUserInfo", reqId)

    # --- market data ---

    def reqMktData(
        self,
        reqId: TickerId,
        contract: Contract,
        genericTickList: str,
        snapshot: bool,
        regulatorySnapshot: bool,
        mktDataOptions: TagValueList,
    ) -> None:
        """Ask for quotes as they change.

        `tickPrice`, `tickSize`, `tickString`, `tickGeneric`, `tickOptionComputation`, `tickEFP` and
        `tickReqParams` bring them.

        genericTickList: ids of further ticks, comma-separated ("233,236"). snapshot: one set of
        ticks, then `tickSnapshotEnd`. regulatorySnapshot: a chargeable one (server version 114).
        Ends with cancelMktData.
        """
        self._ibapi_port.request(
            "reqMktData",
            reqId,
            contract,
            genericTickList,
            snapshot,
            regulatorySnapshot,
            mktDataOptions,
        )

    def cancelMktData(self, reqId: TickerId) -> None:
        """End a reqMktData."""
        self._ibapi_port.request("cancelMktData", reqId)

    def reqMarketDataType(self, marketDataType: int) -> None:
        """Set what later reqMktData bring: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen.

        `marketDataType` tells which it is.
        """
        self._ibapi_port.request("reqMarketDataType", marketDataType)

    def reqSmartComponents(self, reqId: int, bboExchange: str) -> None:
        """Ask for the exchanges behind the letters of a consolidated quote.

        `smartComponents` brings them. Server version 114.

        bboExchange: from `tickReqParams`.
        """
        self._ibapi_port.request("reqSmartComponents", reqId, bboExchange)

    def reqTickByTickData(
        self, reqId: int, contract: Contract, tickType: str, numberOfTicks: int, ignoreSize: bool
    ) -> None:
        """Ask for each trade or quote: tickType "Last", "AllLast", "BidAsk" or "MidPoint".

        The last numberOfTicks of the past come first (0: none).

        `tickByTickAllLast`, `tickByTickBidAsk` or `tickByTickMidPoint`. Server version 140.
        """
        self._ibapi_port.request(
            "reqTickByTickData", reqId, contract, tickType, numberOfTicks, ignoreSize
        )

    def cancelTickByTickData(self, reqId: int) -> None:
        """End a reqTickByTickData. Server version 137."""
        self._ibapi_port.request("cancelTickByTickData", reqId)

    def reqMktDepthExchanges(self) -> None:
        """Ask for the exchanges that offer depth.

        `mktDepthExchanges` brings them. Server version 112.
        """
        self._ibapi_port.request("reqMktDepthExchanges")

    def reqMktDepth(
        self,
        reqId: TickerId,
        contract: Contract,
        numRows: int,
        isSmartDepth: bool,
        mktDepthOptions: TagValueList,
    ) -> None:
        """Ask for the order book, numRows on each side.

        `updateMktDepth` and `updateMktDepthL2` bring it.

        Error 317: begin the book anew.

        isSmartDepth: from all exchanges (server version 146).
        """
        self._ibapi_port.request(
            "reqMktDepth", reqId, contract, numRows, isSmartDepth, mktDepthOptions
        )

    def cancelMktDepth(self, reqId: TickerId, isSmartDepth: bool) -> None:
        """End a reqMktDepth that had the same isSmartDepth."""
        self._ibapi_port.request("cancelMktDepth", reqId, isSmartDepth)

    def calculateImpliedVolatility(
        self,
        reqId: TickerId,
        contract: Contract,
        optionPrice: float,
        underPrice: float,
        implVolOptions: TagValueList,
    ) -> None:
        """Ask for the volatility that an option's price implies.

        `tickOptionComputation` brings it, with tick type 53.
        """
        self._ibapi_port.request(
            "calculateImpliedVolatility", reqId, contract, optionPrice, underPrice, implVolOptions
        )

    def cancelCalculateImpliedVolatility(self, reqId: TickerId) -> None:
        """End a calculateImpliedVolatility."""
        self._ibapi_port.request("cancelCalculateImpliedVolatility", reqId)

    def calculateOptionPrice(
        self,
        reqId: TickerId,
        contract: Contract,
        volatility: float,
        underPrice: float,
        optPrcOptions: TagValueList,
    ) -> None:
        """Ask for an option's price and greeks at a volatility.

        `tickOptionComputation` brings them, with tick type 53.
        """
        self._ibapi_port.request(
            "calculateOptionPrice", reqId, contract, volatility, underPrice, optPrcOptions
        )

    def cancelCalculateOptionPrice(self, reqId: TickerId) -> None:
        """End a calculateOptionPrice."""
        self._ibapi_port.request("cancelCalculateOptionPrice", reqId)

    # --- orders ---

    def placeOrder(self, orderId: OrderId, contract: Contract, order: Order) -> None:
        """Place an order, or change the one that has this id.

        `openOrder` and `orderStatus` tell how it goes on; `execDetails` and
        `commissionAndFeesReport` come for each execution; `error` comes with the order's id if TWS
        refuses it (201, 103, ...). Take new ids from `nextValidId` on, each one once.
        """
        self._ibapi_port.request("placeOrder", orderId, contract, order)

    def cancelOrder(
        self,
        orderId: OrderId,
        orderCancel: OrderCancel | str | None = None,
        *,
        manualCancelOrderTime: str | None = None,
    ) -> None:
        """Cancel an order of this client. `orderStatus` Cancelled and error 202 answer.

        An orderCancel that is set: server version 169.

        Text in its place is its manualOrderCancelTime, as in 10.19, where the argument was called
        manualCancelOrderTime.
        """
        self._ibapi_port.request(
            "cancelOrder",
            orderId,
            _order_cancel(manualCancelOrderTime if orderCancel is None else orderCancel),
        )

    def reqGlobalCancel(self, orderCancel: OrderCancel | None = None) -> None:
        """Cancel all open orders, those entered in TWS itself too.

        An orderCancel that is set: server version 192.
        """
        self._ibapi_port.request("reqGlobalCancel", _order_cancel(orderCancel))

    def reqOpenOrders(self) -> None:
        """Ask for the open orders of this client.

        `openOrder` and `orderStatus` come for each, then `openOrderEnd`.

        Client 0 also gets TWS's own.
        """
        self._ibapi_port.request("reqOpenOrders")

    def reqAutoOpenOrders(self, bAutoBind: bool) -> None:
        """Have orders told that are entered in TWS from now on, for client 0 alone.

        With bAutoBind they are bound to this client.
        """
        self._ibapi_port.request("reqAutoOpenOrders", bAutoBind)

    def reqAllOpenOrders(self) -> None:
        """Ask for the open orders of all clients and of TWS.

        `openOrder` and `orderStatus` come for each, then `openOrderEnd`.
        """
        self._ibapi_port.request("reqAllOpenOrders")

    def reqCompletedOrders(self, apiOnly: bool) -> None:
        """Ask for the orders that are done.

        `completedOrder` comes for each, then `completedOrdersEnd`.
        """
        self._ibapi_port.request("reqCompletedOrders", apiOnly)

    def reqExecutions(self, reqId: int, execFilter: ExecutionFilter) -> None:
        """Ask for the executions of the day that fit the filter.

        `execDetails` and `commissionAndFeesReport` come for each, then `execDetailsEnd`.

        lastNDays and specificDates: server version 200.
        """
        self._ibapi_port.request("reqExecutions", reqId, execFilter)

    def exerciseOptions(
        self,
        reqId: TickerId,
        contract: Contract,
        exerciseAction: int,
        exerciseQuantity: int,
        account: str,
        override: int,
        manualOrderTime: str = "",
        customerAccount: str = "",
        professionalCustomer: bool = False,
    ) -> None:
        """Exercise (exerciseAction 1) or let lapse (2) options. override: 1 exercises what is out
        of the money, too.

        manualOrderTime: server version 180, customerAccount: 183, professionalCustomer: 184.
        """
        self._ibapi_port.request(
            "exerciseOptions",
            reqId,
            contract,
            exerciseAction,
            exerciseQuantity,
            account,
            override,
            manualOrderTime,
            customerAccount,
            professionalCustomer,
        )

    # --- accounts ---

    def reqAccountUpdates(self, subscribe: bool, acctCode: str) -> None:
        """Ask for one account's values and portfolio, and for their changes until it is called
        again with subscribe False.

        `updateAccountValue`, `updatePortfolio`, `updateAccountTime`, and `accountDownloadEnd` after
        the first set.
        """
        self._ibapi_port.request("reqAccountUpdates", subscribe, acctCode)

    def reqAccountSummary(self, reqId: int, groupName: str, tags: str) -> None:
        """Ask for the tags (AccountSummaryTags, comma-separated) of a group's accounts ("All").

        `accountSummary` comes for each, then `accountSummaryEnd`.
        """
        self._ibapi_port.request("reqAccountSummary", reqId, groupName, tags)

    def cancelAccountSummary(self, reqId: int) -> None:
        """End a reqAccountSummary."""
        self._ibapi_port.request("cancelAccountSummary", reqId)

    def reqPositions(self) -> None:
        """Ask for the positions of all accounts, and for their changes.

        `position` comes for each, and `positionEnd` after the first set.
        """
        self._ibapi_port.request("reqPositions")

    def cancelPositions(self) -> None:
        """End the reqPositions."""
        self._ibapi_port.request("cancelPositions")

    def reqPositionsMulti(self, reqId: int, account: str, modelCode: str) -> None:
        """Ask for the positions of an account or model.

        `positionMulti` comes for each, and `positionMultiEnd` after the first set.

        Server version 103.
        """
        self._ibapi_port.request("reqPositionsMulti", reqId, account, modelCode)

    def cancelPositionsMulti(self, reqId: int) -> None:
        """End a reqPositionsMulti. Server version 103."""
        self._ibapi_port.request("cancelPositionsMulti", reqId)

    def reqAccountUpdatesMulti(
        self, reqId: int, account: str, modelCode: str, ledgerAndNLV: bool
    ) -> None:
        """Ask for the values of an account or model.

        `accountUpdateMulti` comes for each, and `accountUpdateMultiEnd` after the first set.

        Server version 103.

        ledgerAndNLV: only the ledger and the net liquidation value.
        """
        self._ibapi_port.request("reqAccountUpdatesMulti", reqId, account, modelCode, ledgerAndNLV)

    def cancelAccountUpdatesMulti(self, reqId: int) -> None:
        """End a reqAccountUpdatesMulti. Server version 103."""
        self._ibapi_port.request("cancelAccountUpdatesMulti", reqId)

    def reqPnL(self, reqId: int, account: str, modelCode: str) -> None:
        """Ask for the profit and loss of an account, as it changes.

        `pnl` brings it. Server version 127.
        """
        self._ibapi_port.request("reqPnL", reqId, account, modelCode)

    def cancelPnL(self, reqId: int) -> None:
        """End a reqPnL. Server version 127."""
        self._ibapi_port.request("cancelPnL", reqId)

    def reqPnLSingle(self, reqId: int, account: str, modelCode: str, conid: int) -> None:
        """Ask for the profit and loss of one position, as it changes.

        `pnlSingle` brings it. Server version 127.
        """
        self._ibapi_port.request("reqPnLSingle", reqId, account, modelCode, conid)

    def cancelPnLSingle(self, reqId: int) -> None:
        """End a reqPnLSingle. Server version 127."""
        self._ibapi_port.request("cancelPnLSingle", reqId)

    def reqFamilyCodes(self) -> None:
        """Ask for the family codes of the accounts.

        `familyCodes` brings them. Server version 107.
        """
        self._ibapi_port.request("reqFamilyCodes")

    def reqSoftDollarTiers(self, reqId: int) -> None:
        """Ask for the soft dollar tiers that orders may name. `softDollarTiers` brings them."""
        self._ibapi_port.request("reqSoftDollarTiers", reqId)

    def requestFA(self, faData: FaDataType) -> None:
        """Ask for an advisor's configuration as XML: 1 groups, 3 aliases. `receiveFA` brings it.

        2 (profiles): error 585 since server version 177; from 211 on TWS itself answers so.
        """
        self._ibapi_port.request("requestFA", faData)

    def replaceFA(self, reqId: TickerId, faData: FaDataType, cxml: str) -> None:
        """Replace an advisor's configuration, as requestFA gives it.

        `replaceFAEnd` comes since server version 157.
        """
        self._ibapi_port.request("replaceFA", reqId, faData, cxml)

    # --- contracts ---

    def reqContractDetails(self, reqId: int, contract: Contract) -> None:
        """Ask for all contracts that fit.

        `contractDetails` (`bondContractDetails`) comes for each, then `contractDetailsEnd`. Error
        200: no contract fits.

        issuerId: server version 176.
        """
        self._ibapi_port.request("reqContractDetails", reqId, contract)

    def cancelContractData(self, reqId: int) -> None:
        """End a reqContractDetails. Server version 215."""
        self._ibapi_port.request("cancelContractData", reqId)

    def reqMatchingSymbols(self, reqId: int, pattern: str) -> None:
        """Find stocks by the beginning of the symbol or a part of the name.

        `symbolSamples` brings them. Server version 108.
        """
        self._ibapi_port.request("reqMatchingSymbols", reqId, pattern)

    def reqSecDefOptParams(
        self,
        reqId: int,
        underlyingSymbol: str,
        futFopExchange: str,
        underlyingSecType: str,
        underlyingConId: int,
    ) -> None:
        """Ask for the expirations and strikes of an underlying's options.

        `securityDefinitionOptionParameter` comes for each exchange, then
        `securityDefinitionOptionParameterEnd`.

        futFopExchange: "" for options on stocks. Server version 104.
        """
        self._ibapi_port.request(
            "reqSecDefOptParams",
            reqId,
            underlyingSymbol,
            futFopExchange,
            underlyingSecType,
            underlyingConId,
        )

    def reqMarketRule(self, marketRuleId: int) -> None:
        """Ask for the price increments of a market rule (ids in ContractDetails.marketRuleIds).

        `marketRule` brings them. Server version 126.
        """
        self._ibapi_port.request("reqMarketRule", marketRuleId)

    # --- history ---

    def reqHistoricalData(
        self,
        reqId: TickerId,
        contract: Contract,
        endDateTime: str,
        durationStr: str,
        barSizeSetting: str,
        whatToShow: str,
        useRTH: int,
        formatDate: int,
        keepUpToDate: bool,
        chartOptions: TagValueList,
    ) -> None:
        """Ask for bars that end at endDateTime ("20261120 16:00:00 US/Eastern"; "" is now).

        `historicalData` comes for each, then `historicalDataEnd`.

        durationStr: "3600 S", "2 D", "1 W", "6 M", "1 Y". barSizeSetting: "1 min", "5 mins", "1
        hour", "1 day". whatToShow: TRADES, MIDPOINT, BID, ASK, SCHEDULE (`historicalSchedule`;
        server version 165) and others. useRTH: 1 regular hours only. formatDate: 1 date and time, 2
        seconds since 1970. keepUpToDate: then `historicalDataUpdate` (server version 124).
        """
        self._ibapi_port.request(
            "reqHistoricalData",
            reqId,
            contract,
            endDateTime,
            durationStr,
            barSizeSetting,
            whatToShow,
            useRTH,
            formatDate,
            keepUpToDate,
            chartOptions,
        )

    def cancelHistoricalData(self, reqId: TickerId) -> None:
        """End a reqHistoricalData."""
        self._ibapi_port.request("cancelHistoricalData", reqId)

    def reqRealTimeBars(
        self,
        reqId: TickerId,
        contract: Contract,
        barSize: int,
        whatToShow: str,
        useRTH: bool,
        realTimeBarsOptions: TagValueList,
    ) -> None:
        """Ask for a bar every 5 seconds. `realtimeBar` brings it.

        TWS takes any barSize for 5. whatToShow: TRADES, MIDPOINT, BID or ASK.
        """
        self._ibapi_port.request(
            "reqRealTimeBars", reqId, contract, barSize, whatToShow, useRTH, realTimeBarsOptions
        )

    def cancelRealTimeBars(self, reqId: TickerId) -> None:
        """End a reqRealTimeBars."""
        self._ibapi_port.request("cancelRealTimeBars", reqId)

    def reqHeadTimeStamp(
        self, reqId: TickerId, contract: Contract, whatToShow: str, useRTH: int, formatDate: int
    ) -> None:
        """Ask when the oldest data are of. `headTimestamp` brings the time. Server version 118."""
        self._ibapi_port.request(
            "reqHeadTimeStamp", reqId, contract, whatToShow, useRTH, formatDate
        )

    def cancelHeadTimeStamp(self, reqId: TickerId) -> None:
        """End a reqHeadTimeStamp. Server version 123."""
        self._ibapi_port.request("cancelHeadTimeStamp", reqId)

    def reqHistogramData(
        self, tickerId: int, contract: Contract, useRTH: bool, timePeriod: str
    ) -> None:
        """Ask how much was traded at each price over a period ("3 days").

        `histogramData` brings it. Server version 119.
        """
        self._ibapi_port.request("reqHistogramData", tickerId, contract, useRTH, timePeriod)

    def cancelHistogramData(self, tickerId: int) -> None:
        """End a reqHistogramData. Server version 119."""
        self._ibapi_port.request("cancelHistogramData", tickerId)

    def reqHistoricalTicks(
        self,
        reqId: int,
        contract: Contract,
        startDateTime: str,
        endDateTime: str,
        numberOfTicks: int,
        whatToShow: str,
        useRth: int,
        ignoreSize: bool,
        miscOptions: TagValueList,
    ) -> None:
        """Ask for up to 1000 ticks from startDateTime on, or up to endDateTime (one of the two is
        "").

        Server version 130.

        whatToShow TRADES: `historicalTicksLast`, BID_ASK: `historicalTicksBidAsk`, MIDPOINT:
        `historicalTicks`.
        """
        self._ibapi_port.request(
            "reqHistoricalTicks",
            reqId,
            contract,
            startDateTime,
            endDateTime,
            numberOfTicks,
            whatToShow,
            useRth,
            ignoreSize,
            miscOptions,
        )

    def cancelHistoricalTicks(self, reqId: TickerId) -> None:
        """End a reqHistoricalTicks. Server version 215."""
        self._ibapi_port.request("cancelHistoricalTicks", reqId)

    # --- scanners, news, events, fundamentals ---

    def reqScannerParameters(self) -> None:
        """Ask what scanners can be told. `scannerParameters` brings it as XML of some megabytes."""
        self._ibapi_port.request("reqScannerParameters")

    def reqScannerSubscription(
        self,
        reqId: int,
        subscription: ScannerSubscription,
        scannerSubscriptionOptions: TagValueList,
        scannerSubscriptionFilterOptions: TagValueList | None,
    ) -> None:
        """Ask for the contracts that a scan ranks, anew every 30 seconds.

        `scannerData` comes for each rank, then `scannerDataEnd`.

        scannerSubscriptionFilterOptions that are not None: server version 143.
        """
        self._ibapi_port.request(
            "reqScannerSubscription",
            reqId,
            subscription,
            scannerSubscriptionOptions,
            scannerSubscriptionFilterOptions,
        )

    def cancelScannerSubscription(self, reqId: int) -> None:
        """End a reqScannerSubscription."""
        self._ibapi_port.request("cancelScannerSubscription", reqId)

    def reqNewsBulletins(self, allMsgs: bool) -> None:
        """Ask for IB's bulletins, with allMsgs also for the earlier ones of the day.

        `updateNewsBulletin` brings them.
        """
        self._ibapi_port.request("reqNewsBulletins", allMsgs)

    def cancelNewsBulletins(self) -> None:
        """End the reqNewsBulletins."""
        self._ibapi_port.request("cancelNewsBulletins")

    def reqNewsProviders(self) -> None:
        """Ask for the news services that the login may use.

        `newsProviders` brings them. Server version 115.
        """
        self._ibapi_port.request("reqNewsProviders")

    def reqNewsArticle(
        self, reqId: int, providerCode: str, articleId: str, newsArticleOptions: TagValueList
    ) -> None:
        """Ask for a news article. `newsArticle` brings it. Server version 116, with options 128."""
        self._ibapi_port.request(
            "reqNewsArticle", reqId, providerCode, articleId, newsArticleOptions
        )

    def reqHistoricalNews(
        self,
        reqId: int,
        conId: int,
        providerCodes: str,
        startDateTime: str,
        endDateTime: str,
        totalResults: int,
        historicalNewsOptions: TagValueList,
    ) -> None:
        """Ask for headlines about a contract, up to 300.

        `historicalNews` comes for each, then `historicalNewsEnd`. Server version 117, with options
        128.

        providerCodes: joined by "+". The dates: "2026-11-20 16:00:00.0", startDateTime being the
        later one.
        """
        self._ibapi_port.request(
            "reqHistoricalNews",
            reqId,
            conId,
            providerCodes,
            startDateTime,
            endDateTime,
            totalResults,
            historicalNewsOptions,
        )

    def reqWshMetaData(self, reqId: int) -> None:
        """Ask what Wall Street Horizon's calendar holds.

        `wshMetaData` brings it as JSON. Server version 161.
        """
        self._ibapi_port.request("reqWshMetaData", reqId)

    def cancelWshMetaData(self, reqId: int) -> None:
        """End a reqWshMetaData. Server version 161."""
        self._ibapi_port.request("cancelWshMetaData", reqId)

    def reqWshEventData(self, reqId: int, wshEventData: WshEventData) -> None:
        """Ask for events of Wall Street Horizon's calendar. `wshEventData` brings them as JSON.

        Server version 161, filters 171, dates 173.
        """
        self._ibapi_port.request("reqWshEventData", reqId, wshEventData)

    def cancelWshEventData(self, reqId: int) -> None:
        """End a reqWshEventData. Server version 161."""
        self._ibapi_port.request("cancelWshEventData", reqId)

    def reqFundamentalData(
        self,
        reqId: TickerId,
        contract: Contract,
        reportType: str,
        fundamentalDataOptions: TagValueList,
    ) -> None:
        """Ask for a report on a company as XML ("ReportSnapshot", "ReportsFinSummary", ...).

        `fundamentalData` brings it.
        """
        self._ibapi_port.request(
            "reqFundamentalData", reqId, contract, reportType, fundamentalDataOptions
        )

    def cancelFundamentalData(self, reqId: TickerId) -> None:
        """End a reqFundamentalData."""
        self._ibapi_port.request("cancelFundamentalData", reqId)

    # --- display groups ---

    def queryDisplayGroups(self, reqId: int) -> None:
        """Ask for TWS's colour groups. `displayGroupList` brings their ids, joined by "|"."""
        self._ibapi_port.request("queryDisplayGroups", reqId)

    def subscribeToGroupEvents(self, reqId: int, groupId: int) -> None:
        """Ask which contract a group of TWS's windows shows, and for changes.

        `displayGroupUpdated` brings it.
        """
        self._ibapi_port.request("subscribeToGroupEvents", reqId, groupId)

    def updateDisplayGroup(self, reqId: int, contractInfo: str) -> None:
        """Let a subscribed group show a contract: "conId@exchange", or "none"."""
        self._ibapi_port.request("updateDisplayGroup", reqId, contractInfo)

    def unsubscribeFromGroupEvents(self, reqId: int) -> None:
        """End a subscribeToGroupEvents."""
        self._ibapi_port.request("unsubscribeFromGroupEvents", reqId)

    # --- verification of third-party programs ---

    def verifyRequest(self, apiName: str, apiVersion: str) -> None:
        """Begin IB's verification of a program. `verifyMessageAPI` answers.

        Error 545 unless `extraAuth` was set before connecting.
        """
        self._ibapi_port.request("verifyRequest", apiName, apiVersion, self.extraAuth)

    def verifyMessage(self, apiData: str) -> None:
        """Answer a `verifyMessageAPI`. `verifyCompleted` answers in turn."""
        self._ibapi_port.request("verifyMessage", apiData)

    def verifyAndAuthRequest(self, apiName: str, apiVersion: str, opaqueIsvKey: str) -> None:
        """Begin IB's verification with a key. `verifyAndAuthMessageAPI` answers.

        Error 551 unless `extraAuth` was set before connecting.
        """
        self._ibapi_port.request(
            "verifyAndAuthRequest", apiName, apiVersion, opaqueIsvKey, self.extraAuth
        )

    def verifyAndAuthMessage(self, apiData: str, xyzResponse: str) -> None:
        """Answer a `verifyAndAuthMessageAPI`. `verifyAndAuthCompleted` answers in turn."""
        self._ibapi_port.request("verifyAndAuthMessage", apiData, xyzResponse)


def _order_cancel(given: OrderCancel | str | None) -> OrderCancel:
    if isinstance(given, OrderCancel):
        return given
    made = OrderCancel()
    made.manualOrderCancelTime = given or ""
    return made


__all__ = ["Requests"]
