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
        """TWS's clock: `currentTime`, in seconds since 1970."""
        self._ibapi_port.request("reqCurrentTime")

    def reqCurrentTimeInMillis(self) -> None:
        """TWS's clock: `currentTimeInMillis`, in milliseconds since 1970. Server version 197."""
        self._ibapi_port.request("reqCurrentTimeInMillis")

    def setServerLogLevel(self, logLevel: int) -> None:
        """How much TWS logs of the API: 1 system, 2 error (its default), 3 warning, 4 information,
        5 detail.
        """
        self._ibapi_port.request("setServerLogLevel", logLevel)

    def reqIds(self, numIds: int) -> None:
        """The next order id that is free: `nextValidId`. TWS ignores `numIds`."""
        self._ibapi_port.request("reqIds", numIds)

    def reqManagedAccts(self) -> None:
        """The accounts of the login: `managedAccounts`."""
        self._ibapi_port.request("reqManagedAccts")

    def reqUserInfo(self, reqId: int) -> None:
        """The login's white branding id: `userInfo`. Server version 167."""
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
        """Quotes as they change: `tickPrice`, `tickSize`, `tickString`, `tickGeneric`,
        `tickOptionComputation`, `tickEFP`, `tickReqParams`.

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
        """What later reqMktData bring: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen; told by
        `marketDataType`.
        """
        self._ibapi_port.request("reqMarketDataType", marketDataType)

    def reqSmartComponents(self, reqId: int, bboExchange: str) -> None:
        """The exchanges behind the letters of a consolidated quote: `smartComponents`.

        Server version 114.

        bboExchange: from `tickReqParams`.
        """
        self._ibapi_port.request("reqSmartComponents", reqId, bboExchange)

    def reqTickByTickData(
        self, reqId: int, contract: Contract, tickType: str, numberOfTicks: int, ignoreSize: bool
    ) -> None:
        """Each trade or quote: tickType "Last", "AllLast", "BidAsk" or "MidPoint"; the last
        numberOfTicks of the past first (0: none).

        `tickByTickAllLast`, `tickByTickBidAsk` or `tickByTickMidPoint`. Server version 140.
        """
        self._ibapi_port.request(
            "reqTickByTickData", reqId, contract, tickType, numberOfTicks, ignoreSize
        )

    def cancelTickByTickData(self, reqId: int) -> None:
        """End a reqTickByTickData. Server version 137."""
        self._ibapi_port.request("cancelTickByTickData", reqId)

    def reqMktDepthExchanges(self) -> None:
        """The exchanges that offer depth: `mktDepthExchanges`. Server version 112."""
        self._ibapi_port.request("reqMktDepthExchanges")

    def reqMktDepth(
        self,
        reqId: TickerId,
        contract: Contract,
        numRows: int,
        isSmartDepth: bool,
        mktDepthOptions: TagValueList,
    ) -> None:
        """The order book, numRows on each side: `updateMktDepth` and `updateMktDepthL2`.

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

        `openOrder` and `orderStatus` as it goes on, `execDetails` and `commissionAndFeesReport` for
        each execution; `error` with the order's id if TWS refuses (201, 103, ...). Take new ids
        from `nextValidId` on, each one once.
        """
        self._ibapi_port.request("placeOrder", orderId, contract, order)

    def cancelOrder(
        self,
        orderId: OrderId,
        orderCancel: OrderCancel | str | None = None,
        *,
        manualCancelOrderTime: str | None = None,
    ) -> None:
        """Cancel an order of this client: `orderStatus` Cancelled, and error 202.

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
        """This client's open orders: `openOrder` and `orderStatus` for each, then `openOrderEnd`.

        Client 0 also gets TWS's own.
        """
        self._ibapi_port.request("reqOpenOrders")

    def reqAutoOpenOrders(self, bAutoBind: bool) -> None:
        """For client 0: orders entered in TWS from now on are told, and bound to this client if
        bAutoBind.
        """
        self._ibapi_port.request("reqAutoOpenOrders", bAutoBind)

    def reqAllOpenOrders(self) -> None:
        """The open orders of all clients and of TWS: `openOrder` and `orderStatus` for each, then
        `openOrderEnd`.
        """
        self._ibapi_port.request("reqAllOpenOrders")

    def reqCompletedOrders(self, apiOnly: bool) -> None:
        """Orders that are done: `completedOrder` for each, then `completedOrdersEnd`."""
        self._ibapi_port.request("reqCompletedOrders", apiOnly)

    def reqExecutions(self, reqId: int, execFilter: ExecutionFilter) -> None:
        """The executions of the day that fit the filter: `execDetails` and
        `commissionAndFeesReport`, then `execDetailsEnd`.

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
        """One account's values and portfolio, and their changes until called again with subscribe
        False.

        `updateAccountValue`, `updatePortfolio`, `updateAccountTime`, and `accountDownloadEnd` after
        the first set.
        """
        self._ibapi_port.request("reqAccountUpdates", subscribe, acctCode)

    def reqAccountSummary(self, reqId: int, groupName: str, tags: str) -> None:
        """The tags (AccountSummaryTags, comma-separated) of a group's accounts ("All"):
        `accountSummary`, then `accountSummaryEnd`.
        """
        self._ibapi_port.request("reqAccountSummary", reqId, groupName, tags)

    def cancelAccountSummary(self, reqId: int) -> None:
        """End a reqAccountSummary."""
        self._ibapi_port.request("cancelAccountSummary", reqId)

    def reqPositions(self) -> None:
        """The positions of all accounts, and their changes: `position`, and `positionEnd` after the
        first set.
        """
        self._ibapi_port.request("reqPositions")

    def cancelPositions(self) -> None:
        """End the reqPositions."""
        self._ibapi_port.request("cancelPositions")

    def reqPositionsMulti(self, reqId: int, account: str, modelCode: str) -> None:
        """The positions of an account or model: `positionMulti`, and `positionMultiEnd`.

        Server version 103.
        """
        self._ibapi_port.request("reqPositionsMulti", reqId, account, modelCode)

    def cancelPositionsMulti(self, reqId: int) -> None:
        """End a reqPositionsMulti. Server version 103."""
        self._ibapi_port.request("cancelPositionsMulti", reqId)

    def reqAccountUpdatesMulti(
        self, reqId: int, account: str, modelCode: str, ledgerAndNLV: bool
    ) -> None:
        """The values of an account or model: `accountUpdateMulti`, and `accountUpdateMultiEnd`.

        Server version 103.

        ledgerAndNLV: only the ledger and the net liquidation value.
        """
        self._ibapi_port.request("reqAccountUpdatesMulti", reqId, account, modelCode, ledgerAndNLV)

    def cancelAccountUpdatesMulti(self, reqId: int) -> None:
        """End a reqAccountUpdatesMulti. Server version 103."""
        self._ibapi_port.request("cancelAccountUpdatesMulti", reqId)

    def reqPnL(self, reqId: int, account: str, modelCode: str) -> None:
        """The profit and loss of an account, as it changes: `pnl`. Server version 127."""
        self._ibapi_port.request("reqPnL", reqId, account, modelCode)

    def cancelPnL(self, reqId: int) -> None:
        """End a reqPnL. Server version 127."""
        self._ibapi_port.request("cancelPnL", reqId)

    def reqPnLSingle(self, reqId: int, account: str, modelCode: str, conid: int) -> None:
        """The profit and loss of one position, as it changes: `pnlSingle`. Server version 127."""
        self._ibapi_port.request("reqPnLSingle", reqId, account, modelCode, conid)

    def cancelPnLSingle(self, reqId: int) -> None:
        """End a reqPnLSingle. Server version 127."""
        self._ibapi_port.request("cancelPnLSingle", reqId)

    def reqFamilyCodes(self) -> None:
        """The family codes of the accounts: `familyCodes`. Server version 107."""
        self._ibapi_port.request("reqFamilyCodes")

    def reqSoftDollarTiers(self, reqId: int) -> None:
        """The soft dollar tiers that orders may name: `softDollarTiers`."""
        self._ibapi_port.request("reqSoftDollarTiers", reqId)

    def requestFA(self, faData: FaDataType) -> None:
        """An advisor's configuration as XML, 1 groups, 3 aliases: `receiveFA`.

        2 (profiles): error 585 since server version 177; from 211 on TWS itself answers so.
        """
        self._ibapi_port.request("requestFA", faData)

    def replaceFA(self, reqId: TickerId, faData: FaDataType, cxml: str) -> None:
        """Replace an advisor's configuration (as requestFA gives it): `replaceFAEnd` since server
        version 157.
        """
        self._ibapi_port.request("replaceFA", reqId, faData, cxml)

    # --- contracts ---

    def reqContractDetails(self, reqId: int, contract: Contract) -> None:
        """All contracts that fit: `contractDetails` (`bondContractDetails`) for each, then
        `contractDetailsEnd`. Error 200: none.

        issuerId: server version 176.
        """
        self._ibapi_port.request("reqContractDetails", reqId, contract)

    def cancelContractData(self, reqId: int) -> None:
        """End a reqContractDetails. Server version 215."""
        self._ibapi_port.request("cancelContractData", reqId)

    def reqMatchingSymbols(self, reqId: int, pattern: str) -> None:
        """Stocks by the beginning of the symbol or a part of the name: `symbolSamples`.

        Server version 108.
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
        """Expirations and strikes of an underlying's options, for each exchange:
        `securityDefinitionOptionParameter`, then its End.

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
        """The price increments of a market rule (ids in ContractDetails.marketRuleIds):
        `marketRule`. Server version 126.
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
        """Bars that end at endDateTime ("20261120 16:00:00 US/Eastern", "" now): `historicalData`
        for each, then `historicalDataEnd`.

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
        """A bar every 5 seconds: `realtimeBar`.

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
        """The oldest data that there is: `headTimestamp`. Server version 118."""
        self._ibapi_port.request(
            "reqHeadTimeStamp", reqId, contract, whatToShow, useRTH, formatDate
        )

    def cancelHeadTimeStamp(self, reqId: TickerId) -> None:
        """End a reqHeadTimeStamp. Server version 123."""
        self._ibapi_port.request("cancelHeadTimeStamp", reqId)

    def reqHistogramData(
        self, tickerId: int, contract: Contract, useRTH: bool, timePeriod: str
    ) -> None:
        """How much was traded at each price over a period ("3 days"): `histogramData`.

        Server version 119.
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
        """Up to 1000 ticks from startDateTime on or up to endDateTime (one of them "").

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
        """What scanners can be told, as XML (megabytes): `scannerParameters`."""
        self._ibapi_port.request("reqScannerParameters")

    def reqScannerSubscription(
        self,
        reqId: int,
        subscription: ScannerSubscription,
        scannerSubscriptionOptions: TagValueList,
        scannerSubscriptionFilterOptions: TagValueList | None,
    ) -> None:
        """The contracts that a scan ranks, anew every 30 seconds: `scannerData` for each rank, then
        `scannerDataEnd`.

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
        """IB's bulletins, the day's earlier ones too if allMsgs: `updateNewsBulletin`."""
        self._ibapi_port.request("reqNewsBulletins", allMsgs)

    def cancelNewsBulletins(self) -> None:
        """End the reqNewsBulletins."""
        self._ibapi_port.request("cancelNewsBulletins")

    def reqNewsProviders(self) -> None:
        """The news services that the login may use: `newsProviders`. Server version 115."""
        self._ibapi_port.request("reqNewsProviders")

    def reqNewsArticle(
        self, reqId: int, providerCode: str, articleId: str, newsArticleOptions: TagValueList
    ) -> None:
        """A news article: `newsArticle`. Server version 116, with options 128."""
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
        """Headlines about a contract, up to 300: `historicalNews` for each, then
        `historicalNewsEnd`. Server version 117, with options 128.

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
        """What Wall Street Horizon's calendar holds, as JSON: `wshMetaData`. Server version 161."""
        self._ibapi_port.request("reqWshMetaData", reqId)

    def cancelWshMetaData(self, reqId: int) -> None:
        """End a reqWshMetaData. Server version 161."""
        self._ibapi_port.request("cancelWshMetaData", reqId)

    def reqWshEventData(self, reqId: int, wshEventData: WshEventData) -> None:
        """Events of Wall Street Horizon's calendar, as JSON: `wshEventData`.

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
        """A report on a company as XML ("ReportSnapshot", "ReportsFinSummary", ...):
        `fundamentalData`.
        """
        self._ibapi_port.request(
            "reqFundamentalData", reqId, contract, reportType, fundamentalDataOptions
        )

    def cancelFundamentalData(self, reqId: TickerId) -> None:
        """End a reqFundamentalData."""
        self._ibapi_port.request("cancelFundamentalData", reqId)

    # --- display groups ---

    def queryDisplayGroups(self, reqId: int) -> None:
        """TWS's colour groups: `displayGroupList`, ids joined by "|"."""
        self._ibapi_port.request("queryDisplayGroups", reqId)

    def subscribeToGroupEvents(self, reqId: int, groupId: int) -> None:
        """The contract that a group of TWS's windows shows, and changes: `displayGroupUpdated`."""
        self._ibapi_port.request("subscribeToGroupEvents", reqId, groupId)

    def updateDisplayGroup(self, reqId: int, contractInfo: str) -> None:
        """Let a subscribed group show a contract: "conId@exchange", or "none"."""
        self._ibapi_port.request("updateDisplayGroup", reqId, contractInfo)

    def unsubscribeFromGroupEvents(self, reqId: int) -> None:
        """End a subscribeToGroupEvents."""
        self._ibapi_port.request("unsubscribeFromGroupEvents", reqId)

    # --- verification of third-party programs ---

    def verifyRequest(self, apiName: str, apiVersion: str) -> None:
        """Begin IB's verification of a program: `verifyMessageAPI`.

        Error 545 unless `extraAuth` was set before connecting.
        """
        self._ibapi_port.request("verifyRequest", apiName, apiVersion, self.extraAuth)

    def verifyMessage(self, apiData: str) -> None:
        """Answer a `verifyMessageAPI`: `verifyCompleted`."""
        self._ibapi_port.request("verifyMessage", apiData)

    def verifyAndAuthRequest(self, apiName: str, apiVersion: str, opaqueIsvKey: str) -> None:
        """Begin IB's verification with a key: `verifyAndAuthMessageAPI`.

        Error 551 unless `extraAuth` was set before connecting.
        """
        self._ibapi_port.request(
            "verifyAndAuthRequest", apiName, apiVersion, opaqueIsvKey, self.extraAuth
        )

    def verifyAndAuthMessage(self, apiData: str, xyzResponse: str) -> None:
        """Answer a `verifyAndAuthMessageAPI`: `verifyAndAuthCompleted`."""
        self._ibapi_port.request("verifyAndAuthMessage", apiData, xyzResponse)


def _order_cancel(given: OrderCancel | str | None) -> OrderCancel:
    if isinstance(given, OrderCancel):
        return given
    made = OrderCancel()
    made.manualOrderCancelTime = given or ""
    return made


__all__ = ["Requests"]
