"""IB: requests that return their answers, blocking.

This file is made from async_ib.py by .ci/async_to_sync.py: change that one, then run it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from ..common import (
    BarData,
    DepthMktDataDescription,
    FamilyCode,
    HistogramData,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    NewsProvider,
    PriceIncrement,
    SmartComponent,
    WshEventData,
)
from ..contract import Contract, ContractDescription, ContractDetails
from ..execution import ExecutionFilter
from ..order import Order
from ..order_state import OrderState
from ..pacing import DEFAULT, Pacing
from ..scanner import ScannerSubscription
from ..softdollartier import SoftDollarTier
from . import converters as made
from .chains import (
    chain_pattern,
    choose_class,
    choose_expirations,
    choose_strikes,
    option_quote,
    the_only,
)
from .depth import Book
from .engine import Row, Rows
from .exceptions import RequestTimeout
from .rows import (
    AccountValue,
    BidAskTick,
    Fill,
    Greeks,
    Headline,
    HistoricalSchedule,
    LastTick,
    MidPointTick,
    NewsArticle,
    NewsBulletin,
    OpenOrder,
    OptionParameters,
    OptionQuote,
    PnL,
    PnLSingle,
    Position,
    RealTimeBar,
    ScanRow,
    Tick,
)
from .state import KeptPnL, positions_of
from .streams import LIMIT, Mode, Subscription, as_it_is
from .sync_base import SyncBase, connecting
from .ticker import Ticker, has_greeks, has_price, has_quote, ticks_of
from .trades import SyncTrade
from .updates import KeptBars, KeptScan

if TYPE_CHECKING:
    from ..protobuf import _all as pb
    from ..supervised import Policy

T = TypeVar("T")
LINES = 50  # market data lines that reqTickers takes at a time; a login has 100 or more


class IB(SyncBase):
    """A connection to TWS whose requests return their answers.

    Make it with `connect`. `timeout` of a method is in seconds; None is that of `connect`. An error
    that ends a request raises RequestFailed, a late answer RequestTimeout, a lost connection
    NotConnected; "no data" is an empty list.
    """

    @classmethod
    @connecting
    def connect(
        cls,
        host: str = "127.0.0.1",
        port: int = 7497,
        clientId: int = 0,
        *,
        timeout: float = 30.0,
        connectTimeout: float = 10.0,
        positions: bool = True,
        openOrders: bool = True,
        fills: bool = True,
        account: str | None = None,
        allOpenOrders: bool = False,
        pnl: bool = False,
        pacing: Pacing | None = DEFAULT,
        supervised: bool | Policy = False,
    ) -> IB:
        """Connect, and fetch the state that is kept in step. `async with` ends the connection.

        positions, openOrders, fills: whether to keep each. account: the account whose values and
        portfolio are kept ("" is the login's first one); None keeps neither. allOpenOrders: fetch
        those of other clients and manual ones too; TWS tells their changes to client 0 and to the
        master client alone. pnl: keep the day's profit and loss of each account. pacing: how fast
        requests go to TWS (see `ibapi_port.pacing`); None sends each at once. supervised: the
        connection comes back after a loss, and what was asked for goes on (True, or a Policy); it
        is tried for as long as connectTimeout. NotConnected says why there is no connection.
        """
        ib = cls(timeout, pacing)
        if supervised:
            from .supervised import supervise  # here: most programs do without

            supervise(ib, supervised)
        ready = ib._connect(host, port, clientId, connectTimeout)
        try:
            ib._answer(ready, "connect", connectTimeout)
            ib._orders.client_id = clientId
            ib._start(positions, openOrders, allOpenOrders, fills, account, pnl)
        except BaseException:
            ib._disconnect()
            raise
        return ib

    def _start(
        self,
        positions: bool,
        open_orders: bool,
        all_open_orders: bool,
        fills: bool,
        account: str | None,
        pnl: bool,
    ) -> None:
        if not self._state.accounts:
            self.reqManagedAccts()
        if open_orders:
            self.reqOpenOrders()
        if all_open_orders:
            self.reqAllOpenOrders()
        if fills:
            self.reqExecutions()
        if positions:
            self._engine.kept.add("reqPositions")
            self.reqPositions()
        if account is not None:
            self._engine.kept.add("reqAccountUpdates")
            self._request("reqAccountUpdates", True, account, convert=len, timeout=None)
        if pnl:
            for each in self.accounts():
                self._engine.begin("reqPnL", each, "", stream=KeptPnL(self._state, each))

    def disconnect(self) -> None:
        """End the connection. What waits for an answer gets NotConnected."""
        self._disconnect()

    def __enter__(self) -> IB:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.disconnect()

    # --- session ---

    def reqCurrentTime(self, *, timeout: float | None = None) -> datetime:
        """Return TWS's clock, in whole seconds."""
        return self._request("reqCurrentTime", convert=made.only(datetime), timeout=timeout)

    def reqCurrentTimeInMillis(self, *, timeout: float | None = None) -> datetime:
        """Return TWS's clock. Server version 197."""
        return self._request("reqCurrentTimeInMillis", convert=made.millis, timeout=timeout)

    def reqManagedAccts(self, *, timeout: float | None = None) -> list[str]:
        """Return the accounts of the login."""
        text = self._request("reqManagedAccts", convert=made.only(str), timeout=timeout)
        return [account for account in text.split(",") if account]

    def reqUserInfo(self, *, timeout: float | None = None) -> str:
        """Return the white branding id of the user, often "". Server version 166."""
        return self._request("reqUserInfo", convert=made.only(str), timeout=timeout)

    def reqIds(self, numIds: int = 1, *, timeout: float | None = None) -> int:
        """Return an order id that is free. TWS ignores `numIds`. `placeOrder` needs no such id."""
        return self._request("reqIds", numIds, convert=made.only(int), timeout=timeout)

    def reqConfig(
        self, configRequest: pb.ConfigRequest | None = None, *, timeout: float | None = None
    ) -> pb.ConfigResponse:
        """Return TWS's settings, as far as the API sees them. Server version 219."""
        from ..protobuf.ConfigRequest_pb2 import ConfigRequest  # late: needs the extra [protobuf]

        asked = ConfigRequest() if configRequest is None else configRequest
        return self._request("reqConfig", asked, convert=_config, timeout=timeout)

    def updateConfig(
        self, updateConfigRequest: pb.UpdateConfigRequest, *, timeout: float | None = None
    ) -> pb.UpdateConfigResponse:
        """Change TWS's settings. Return which were changed, and TWS's warnings."""
        return self._request(
            "updateConfig", updateConfigRequest, convert=_changed_config, timeout=timeout
        )

    def setServerLogLevel(self, logLevel: int) -> None:
        """Set what TWS logs: 1 system, 2 errors, 3 warnings, 4 information, 5 all."""
        self._engine.client_call("setServerLogLevel", logLevel)

    # --- contracts ---

    def reqContractDetails(
        self, contract: Contract, *, timeout: float | None = None
    ) -> Rows[ContractDetails]:
        """Return all contracts that fit, bonds included."""
        convert = made.values(ContractDetails, "contractDetails", "bondContractDetails")
        return self._request("reqContractDetails", contract, convert=convert, timeout=timeout)

    def qualify(self, contract: Contract, *, timeout: float | None = None) -> Contract:
        """Return the only contract that fits, whole: with conId, exchange and multiplier.

        AmbiguousContract lists the candidates if there are several; RequestFailed (200): there is
        none.
        """
        details = self.reqContractDetails(contract, timeout=timeout)
        return the_only(contract, details)

    def reqMatchingSymbols(
        self, pattern: str, *, timeout: float | None = None
    ) -> Rows[ContractDescription]:
        """Return stocks by the beginning of the symbol, or by a part of the name."""
        return self._request(
            "reqMatchingSymbols", pattern, convert=made.listed(ContractDescription), timeout=timeout
        )

    def reqSecDefOptParams(
        self,
        underlyingSymbol: str,
        futFopExchange: str = "",
        underlyingSecType: str = "STK",
        underlyingConId: int = 0,
        *,
        timeout: float | None = None,
    ) -> Rows[OptionParameters]:
        """Return the expirations and strikes of an underlying's options, for each exchange."""
        return self._request(
            "reqSecDefOptParams",
            underlyingSymbol,
            futFopExchange,
            underlyingSecType,
            underlyingConId,
            convert=made.each(made.option_parameters, "securityDefinitionOptionParameter"),
            timeout=timeout,
        )

    def optionChain(
        self,
        underlying: Contract,
        *,
        exchange: str = "SMART",
        tradingClass: str = "",
        expirations: int | Sequence[str] = 1,
        strikes: int | Sequence[float] = 20,
        rights: str = "CP",
        genericTickList: str = "",
        wait: float = 15.0,
        timeout: float | None = None,
    ) -> Rows[OptionQuote]:
        """Return options of an underlying with their quotes and greeks.

        expirations: the first n ones, or these ("20261218"). strikes: the n nearest to the price of
        the underlying, or these. tradingClass: "" is that of the underlying's symbol, or the only
        one. wait: seconds for the quotes; an option whose greeks have not come by then has None.
        """
        whole = self.qualify(underlying, timeout=timeout)
        params = self.reqSecDefOptParams(
            whole.symbol,
            "" if whole.secType != "FUT" else whole.exchange,
            whole.secType,
            whole.conId,
            timeout=timeout,
        )
        chosen = choose_class(params, whole, exchange, tradingClass)
        found: list[Contract] = []
        for expiration in choose_expirations(chosen.expirations, expirations):
            pattern = chain_pattern(whole, chosen, expiration)
            details = self.reqContractDetails(pattern, timeout=timeout)
            found += [each.contract for each in details if each.contract.right in rights]
        price = None
        if isinstance(strikes, int):
            (ticker,) = self.reqTickers(whole, condition=has_price, wait=wait)
            price = ticker.price
        contracts = choose_strikes(found, strikes, price, whole)
        tickers = self.reqTickers(
            *contracts, genericTickList=genericTickList, condition=has_greeks, wait=wait
        )
        return Rows(option_quote(each) for each in tickers)

    def reqMarketRule(
        self, marketRuleId: int, *, timeout: float | None = None
    ) -> Rows[PriceIncrement]:
        """Return the price increments of a market rule (ids in ContractDetails.marketRuleIds)."""
        return self._request(
            "reqMarketRule", marketRuleId, convert=made.listed(PriceIncrement), timeout=timeout
        )

    # --- market data ---

    def reqMktData(
        self,
        contract: Contract,
        genericTickList: str = "",
        *,
        mode: Mode = "latest",
    ) -> Subscription[Ticker]:
        """Begin quotes: each row is the Ticker as it then is.

        mode "latest" gives the newest state to a program that is slower than the ticks; "all" gives
        one state for each tick. See also `reqTicks`.
        """
        ticker = Ticker(contract)
        rows = (ticker,)

        def receive(name: str, arguments: tuple[object, ...]) -> tuple[Ticker, ...]:
            ticker.take(name, arguments)
            return rows if mode == "latest" else (ticker.copy(),)

        freeze = Ticker.copy if mode == "latest" else as_it_is
        stream = Subscription(self._engine, receive, mode, LIMIT, freeze)
        stream.start("reqMktData", contract, genericTickList, False, False, [])
        return stream

    def reqTickers(
        self,
        *contracts: Contract,
        genericTickList: str = "",
        condition: Callable[[Ticker], bool] = has_quote,
        wait: float = 5.0,
    ) -> list[Ticker]:
        """Return the quotes of several contracts, each as soon as the condition holds for it.

        condition: without it, bid, ask and last are there. After `wait` seconds a Ticker has what
        came until then. At most 50 contracts are asked for at a time. RequestFailed: TWS refuses
        one of them.
        """
        tickers: list[Ticker] = []
        for first in range(0, len(contracts), LINES):
            part = contracts[first : first + LINES]
            streams: list[Subscription[Ticker]] = []
            end = time.monotonic() + wait
            try:
                for each in part:  # one by one: what was begun is ended if one of them fails
                    streams.append(self.reqMktData(each, genericTickList))
                for stream in streams:
                    with contextlib.suppress(RequestTimeout):
                        stream.wait(condition, max(end - time.monotonic(), 0.0))
            finally:
                for stream in streams:
                    stream.cancel()
            for contract, stream in zip(part, streams, strict=True):
                latest = stream.latest
                tickers.append(Ticker(contract) if latest is None else latest)
        return tickers

    def reqTicks(
        self, contract: Contract, genericTickList: str = "", *, limit: int = LIMIT
    ) -> Subscription[Tick]:
        """Begin quotes: each row is one tick. `limit` is how many are kept for a slow program."""
        stream = Subscription(self._engine, ticks_of, "all", limit)
        stream.start("reqMktData", contract, genericTickList, False, False, [])
        return stream

    def reqMktDataSnapshot(
        self,
        contract: Contract,
        *,
        regulatorySnapshot: bool = False,
        timeout: float | None = None,
    ) -> Ticker:
        """Return the quotes that TWS has within some 11 seconds.

        regulatorySnapshot: a quote that is charged for.
        """
        return self._request(
            "reqMktData",
            contract,
            "",
            not regulatorySnapshot,
            regulatorySnapshot,
            [],
            convert=made.snapshot(contract),
            timeout=timeout,
        )

    def reqMarketDataType(self, marketDataType: int) -> None:
        """Choose what the next requests bring: 1 live, 2 frozen, 3 delayed, 4 delayed frozen."""
        self._engine.client_call("reqMarketDataType", marketDataType)

    def reqSmartComponents(
        self, bboExchange: str, *, timeout: float | None = None
    ) -> Rows[SmartComponent]:
        """Return the exchanges behind the letters of a Ticker's bboExchange."""
        return self._request(
            "reqSmartComponents", bboExchange, convert=made.listed(SmartComponent), timeout=timeout
        )

    def reqMktDepth(
        self,
        contract: Contract,
        numRows: int = 10,
        isSmartDepth: bool = False,
        *,
        mode: Mode = "latest",
    ) -> Subscription[Book]:
        """Begin market depth: each row is the Book as it then is.

        isSmartDepth: of all exchanges.
        """
        book = Book(contract)

        def receive(name: str, arguments: tuple[object, ...]) -> tuple[Book, ...]:
            changed = book.apply(name, arguments)
            return changed if mode == "latest" else tuple(each.copy() for each in changed)

        stream = Subscription(self._engine, receive, mode, LIMIT, Book.copy, book.warned)
        stream.start("reqMktDepth", contract, numRows, isSmartDepth, [])
        return stream

    def reqMktDepthExchanges(
        self, *, timeout: float | None = None
    ) -> Rows[DepthMktDataDescription]:
        """Return the exchanges that have market depth."""
        return self._request(
            "reqMktDepthExchanges", convert=made.listed(DepthMktDataDescription), timeout=timeout
        )

    def reqTickByTickLast(
        self, contract: Contract, *, allLast: bool = False, limit: int = LIMIT
    ) -> Subscription[LastTick]:
        """Begin trades, one row each; allLast: also those that do not set the last price."""
        stream = Subscription(self._engine, made.last_tick, "all", limit)
        kind = "AllLast" if allLast else "Last"
        stream.start("reqTickByTickData", contract, kind, 0, False)
        return stream

    def reqTickByTickBidAsk(
        self, contract: Contract, *, ignoreSize: bool = False, limit: int = LIMIT
    ) -> Subscription[BidAskTick]:
        """Begin quotes, one row each; ignoreSize: only those in which a price changes."""
        stream = Subscription(self._engine, made.bid_ask_tick, "all", limit)
        stream.start("reqTickByTickData", contract, "BidAsk", 0, ignoreSize)
        return stream

    def reqTickByTickMidPoint(
        self, contract: Contract, *, limit: int = LIMIT
    ) -> Subscription[MidPointTick]:
        """Begin midpoints, one row each."""
        stream = Subscription(self._engine, made.mid_point_tick, "all", limit)
        stream.start("reqTickByTickData", contract, "MidPoint", 0, False)
        return stream

    def reqRealTimeBars(
        self,
        contract: Contract,
        whatToShow: str = "TRADES",
        useRTH: bool = False,
        *,
        limit: int = LIMIT,
    ) -> Subscription[RealTimeBar]:
        """Begin bars of five seconds. whatToShow: TRADES, MIDPOINT, BID or ASK."""
        stream = Subscription(self._engine, made.bar, "all", limit)
        stream.start("reqRealTimeBars", contract, 5, whatToShow, useRTH, [])
        return stream

    def calculateImpliedVolatility(
        self,
        contract: Contract,
        optionPrice: float,
        underPrice: float,
        *,
        timeout: float | None = None,
    ) -> Greeks:
        """Return the volatility and greeks of an option at this price."""
        return self._request(
            "calculateImpliedVolatility",
            contract,
            optionPrice,
            underPrice,
            [],
            convert=made.greeks,
            timeout=timeout,
        )

    def calculateOptionPrice(
        self,
        contract: Contract,
        volatility: float,
        underPrice: float,
        *,
        timeout: float | None = None,
    ) -> Greeks:
        """Return the price and greeks of an option at this volatility."""
        return self._request(
            "calculateOptionPrice",
            contract,
            volatility,
            underPrice,
            [],
            convert=made.greeks,
            timeout=timeout,
        )

    # --- history ---

    def reqHistoricalData(
        self,
        contract: Contract,
        endDateTime: str = "",
        durationStr: str = "1 D",
        barSizeSetting: str = "1 hour",
        whatToShow: str = "TRADES",
        useRTH: bool = True,
        formatDate: int = 1,
        *,
        timeout: float | None = None,
    ) -> Rows[BarData]:
        """Return bars, the oldest first. See EClient.reqHistoricalData for the arguments."""
        what: tuple[object, ...] = (
            endDateTime,
            durationStr,
            barSizeSetting,
            whatToShow,
            int(useRTH),
            formatDate,
        )
        convert = made.values(BarData, "historicalData")
        return self._request(
            "reqHistoricalData", contract, *what, False, [], convert=convert, timeout=timeout
        )

    def reqHistoricalDataUpdates(
        self,
        contract: Contract,
        durationStr: str = "1 D",
        barSizeSetting: str = "1 min",
        whatToShow: str = "TRADES",
        useRTH: bool = True,
        formatDate: int = 1,
        *,
        mode: Mode = "latest",
    ) -> Subscription[Rows[BarData]]:
        """Begin bars that are kept up to date: each row is the list of all bars as it then is."""
        kept = KeptBars()
        stream = Subscription(self._engine, kept.apply, mode, LIMIT)
        what: tuple[object, ...] = (durationStr, barSizeSetting, whatToShow, int(useRTH))
        stream.start("reqHistoricalData", contract, "", *what, formatDate, True, [])
        return stream

    def reqHistoricalSchedule(
        self,
        contract: Contract,
        endDateTime: str = "",
        durationStr: str = "1 M",
        useRTH: bool = True,
        *,
        timeout: float | None = None,
    ) -> HistoricalSchedule:
        """Return the trading sessions of a time. Server version 165."""
        what: tuple[object, ...] = (endDateTime, durationStr, "1 day", "SCHEDULE", int(useRTH), 1)
        return self._request(
            "reqHistoricalData", contract, *what, False, [], convert=_schedule, timeout=timeout
        )

    def reqHeadTimeStamp(
        self,
        contract: Contract,
        whatToShow: str = "TRADES",
        useRTH: bool = True,
        *,
        timeout: float | None = None,
    ) -> datetime:
        """Return the time of the oldest data that there is, in UTC."""
        return self._request(
            "reqHeadTimeStamp",
            contract,
            whatToShow,
            int(useRTH),
            2,
            convert=made.moment,
            timeout=timeout,
        )

    def reqHistogramData(
        self,
        contract: Contract,
        useRTH: bool = True,
        timePeriod: str = "3 days",
        *,
        timeout: float | None = None,
    ) -> Rows[HistogramData]:
        """Return how much was traded at each price."""
        return self._request(
            "reqHistogramData",
            contract,
            useRTH,
            timePeriod,
            convert=made.listed(HistogramData),
            timeout=timeout,
        )

    def reqHistoricalTicksLast(
        self,
        contract: Contract,
        startDateTime: str = "",
        endDateTime: str = "",
        numberOfTicks: int = 1000,
        useRth: bool = True,
        *,
        timeout: float | None = None,
    ) -> Rows[HistoricalTickLast]:
        """Return up to 1000 trades from startDateTime on, or up to endDateTime (one of them "")."""
        span = (startDateTime, endDateTime, numberOfTicks)
        what = ("TRADES", useRth, False)
        return self._historicalTicks(HistoricalTickLast, contract, span, what, timeout)

    def reqHistoricalTicksBidAsk(
        self,
        contract: Contract,
        startDateTime: str = "",
        endDateTime: str = "",
        numberOfTicks: int = 1000,
        useRth: bool = True,
        ignoreSize: bool = False,
        *,
        timeout: float | None = None,
    ) -> Rows[HistoricalTickBidAsk]:
        """Return up to 1000 quotes from startDateTime on, or up to endDateTime (one of them "")."""
        span = (startDateTime, endDateTime, numberOfTicks)
        what = ("BID_ASK", useRth, ignoreSize)
        return self._historicalTicks(HistoricalTickBidAsk, contract, span, what, timeout)

    def reqHistoricalTicksMidPoint(
        self,
        contract: Contract,
        startDateTime: str = "",
        endDateTime: str = "",
        numberOfTicks: int = 1000,
        useRth: bool = True,
        *,
        timeout: float | None = None,
    ) -> Rows[HistoricalTick]:
        """Return up to 1000 midpoints from startDateTime on, or up to endDateTime."""
        span = (startDateTime, endDateTime, numberOfTicks)
        what = ("MIDPOINT", useRth, False)
        return self._historicalTicks(HistoricalTick, contract, span, what, timeout)

    def _historicalTicks(
        self,
        kind: type[T],
        contract: Contract,
        span: tuple[str, str, int],
        what: tuple[str, bool, bool],
        timeout: float | None,
    ) -> Rows[T]:
        whatToShow, useRth, ignoreSize = what
        return self._request(
            "reqHistoricalTicks",
            contract,
            *span,
            whatToShow,
            int(useRth),
            ignoreSize,
            [],
            convert=made.ticks(kind),
            timeout=timeout,
        )

    # --- orders and executions ---

    def reqOpenOrders(self, *, timeout: float | None = None) -> list[SyncTrade]:
        """Fetch this client's open orders. Return all that are open then."""
        self._request("reqOpenOrders", convert=len, timeout=timeout)
        return self.openTrades()

    def reqAllOpenOrders(self, *, timeout: float | None = None) -> list[SyncTrade]:
        """Fetch the open orders of all clients, manual ones too. Return all that are open then."""
        listed = partial(self._orders.all_open_listed, self._orders.trades())
        self._request("reqAllOpenOrders", convert=listed, timeout=timeout)
        return self.openTrades()

    def whatIf(
        self, contract: Contract, order: Order, *, timeout: float | None = None
    ) -> OrderState:
        """Return margin and commission of an order that is not placed."""
        self._before_asking()
        asked = self._orders.what_if(contract, order)
        return self._answer(asked, "whatIf", timeout)

    def reqCompletedOrders(
        self, apiOnly: bool = False, *, timeout: float | None = None
    ) -> Rows[OpenOrder]:
        """Return the day's orders that were filled or cancelled."""
        convert = made.each(OpenOrder, "completedOrder")
        return self._request("reqCompletedOrders", apiOnly, convert=convert, timeout=timeout)

    def reqExecutions(
        self, execFilter: ExecutionFilter | None = None, *, timeout: float | None = None
    ) -> Rows[Fill]:
        """Return the day's executions that fit the filter; commissions may follow in `fills()`."""
        wanted = ExecutionFilter() if execFilter is None else execFilter

        def convert(rows: list[Row]) -> Rows[Fill]:
            found = made.each(Fill, "execDetails")(rows)
            for fill in found:
                self._orders.execution(fill.contract, fill.execution)
            return found

        return self._request("reqExecutions", wanted, convert=convert, timeout=timeout)

    # --- accounts ---

    def reqPositions(self, *, timeout: float | None = None) -> list[Position]:
        """Return the positions of all accounts."""
        return self._request("reqPositions", convert=positions_of, timeout=timeout)

    def reqPositionsMulti(
        self, account: str, modelCode: str = "", *, timeout: float | None = None
    ) -> Rows[Position]:
        """Return the positions of an account or model."""

        def row(
            account: str, model: str, contract: Contract, position: object, cost: float
        ) -> Position:
            return Position(account, contract, position, cost, model)  # type: ignore[arg-type]

        convert = made.each(row, "positionMulti")
        return self._request(
            "reqPositionsMulti", account, modelCode, convert=convert, timeout=timeout
        )

    def reqAccountSummary(
        self,
        tags: str = "NetLiquidation,TotalCashValue,BuyingPower,AvailableFunds",
        groupName: str = "All",
        *,
        timeout: float | None = None,
    ) -> Rows[AccountValue]:
        """Return values of all accounts; tags: see AccountSummaryTags."""
        convert = made.each(AccountValue, "accountSummary")
        return self._request("reqAccountSummary", groupName, tags, convert=convert, timeout=timeout)

    def reqAccountUpdatesMulti(
        self,
        account: str,
        modelCode: str = "",
        ledgerAndNLV: bool = False,
        *,
        timeout: float | None = None,
    ) -> Rows[AccountValue]:
        """Return the values of an account or model."""

        def row(account: str, model: str, key: str, value: str, currency: str) -> AccountValue:
            return AccountValue(account, key, value, currency, model)

        convert = made.each(row, "accountUpdateMulti")
        return self._request(
            "reqAccountUpdatesMulti",
            account,
            modelCode,
            ledgerAndNLV,
            convert=convert,
            timeout=timeout,
        )

    def reqPnL(self, account: str, modelCode: str = "") -> Subscription[PnL]:
        """Begin the profit and loss of an account."""

        def receive(name: str, arguments: tuple[object, ...]) -> tuple[PnL, ...]:
            return tuple(
                replace(row, account=account, modelCode=modelCode)
                for row in made.pnl(name, arguments)
            )

        stream = Subscription(self._engine, receive, "latest", 1)
        stream.start("reqPnL", account, modelCode)
        return stream

    def reqPnLSingle(
        self, account: str, conId: int, modelCode: str = ""
    ) -> Subscription[PnLSingle]:
        """Begin the profit and loss of one position."""
        stream = Subscription(self._engine, made.pnl_single, "latest", 1)
        stream.start("reqPnLSingle", account, modelCode, conId)
        return stream

    def reqFamilyCodes(self, *, timeout: float | None = None) -> Rows[FamilyCode]:
        """Return the family codes of the accounts."""
        return self._request("reqFamilyCodes", convert=made.listed(FamilyCode), timeout=timeout)

    def reqSoftDollarTiers(self, *, timeout: float | None = None) -> Rows[SoftDollarTier]:
        """Return the soft dollar tiers that orders may name."""
        return self._request(
            "reqSoftDollarTiers", convert=made.listed(SoftDollarTier), timeout=timeout
        )

    def requestFA(self, faData: Literal[1, 2, 3], *, timeout: float | None = None) -> str:
        """Return an advisor's configuration as XML: 1 groups, 3 aliases."""
        return self._request("requestFA", faData, convert=made.only(str), timeout=timeout)

    def replaceFA(
        self, faData: Literal[1, 2, 3], cxml: str, *, timeout: float | None = None
    ) -> str:
        """Replace an advisor's configuration. Return TWS's words. Server version 157."""
        return self._request("replaceFA", faData, cxml, convert=made.only(str), timeout=timeout)

    # --- news, scanners, companies ---

    def reqScannerParameters(self, *, timeout: float | None = None) -> str:
        """Return what scanners can be told, as XML (megabytes)."""
        return self._request("reqScannerParameters", convert=made.only(str), timeout=timeout)

    def reqScannerSubscription(
        self, subscription: ScannerSubscription, *, timeout: float | None = None
    ) -> Rows[ScanRow]:
        """Return the contracts that a scan ranks now."""
        convert = made.each(ScanRow, "scannerData")
        return self._request(
            "reqScannerSubscription", subscription, [], None, convert=convert, timeout=timeout
        )

    def reqScannerSubscriptionUpdates(
        self, subscription: ScannerSubscription, *, mode: Mode = "latest"
    ) -> Subscription[Rows[ScanRow]]:
        """Begin a scan that goes on: each row is the list of all ranks as it then is."""
        stream = Subscription(self._engine, KeptScan().apply, mode, LIMIT)
        stream.start("reqScannerSubscription", subscription, [], [])
        return stream

    def reqNewsBulletins(
        self, allMsgs: bool = True, *, limit: int = LIMIT
    ) -> Subscription[NewsBulletin]:
        """Begin IB's bulletins; allMsgs: the day's earlier ones too."""
        stream = Subscription(self._engine, made.bulletin, "all", limit)
        stream.start("reqNewsBulletins", allMsgs)
        return stream

    def reqNewsProviders(self, *, timeout: float | None = None) -> Rows[NewsProvider]:
        """Return the news services that the login may use."""
        return self._request("reqNewsProviders", convert=made.listed(NewsProvider), timeout=timeout)

    def reqNewsArticle(
        self, providerCode: str, articleId: str, *, timeout: float | None = None
    ) -> NewsArticle:
        """Return a news article."""
        return self._request(
            "reqNewsArticle", providerCode, articleId, [], convert=_article, timeout=timeout
        )

    def reqHistoricalNews(
        self,
        conId: int,
        providerCodes: str,
        startDateTime: str = "",
        endDateTime: str = "",
        totalResults: int = 10,
        *,
        timeout: float | None = None,
    ) -> Rows[Headline]:
        """Return headlines about a contract, up to 300; providerCodes are joined by "+"."""
        what: tuple[object, ...] = (
            conId,
            providerCodes,
            startDateTime,
            endDateTime,
            totalResults,
            [],
        )
        convert = made.each(Headline, "historicalNews")
        return self._request("reqHistoricalNews", *what, convert=convert, timeout=timeout)

    def reqFundamentalData(
        self, contract: Contract, reportType: str, *, timeout: float | None = None
    ) -> str:
        """Return a report on a company as XML ("ReportSnapshot", ...)."""
        return self._request(
            "reqFundamentalData", contract, reportType, [], convert=made.only(str), timeout=timeout
        )

    def reqWshMetaData(self, *, timeout: float | None = None) -> str:
        """Return what Wall Street Horizon's calendar holds, as JSON."""
        return self._request("reqWshMetaData", convert=made.only(str), timeout=timeout)

    def reqWshEventData(self, wshEventData: WshEventData, *, timeout: float | None = None) -> str:
        """Return events of Wall Street Horizon's calendar, as JSON."""
        return self._request(
            "reqWshEventData", wshEventData, convert=made.only(str), timeout=timeout
        )

    def queryDisplayGroups(self, *, timeout: float | None = None) -> list[int]:
        """Return the ids of TWS's colour groups."""
        text = self._request("queryDisplayGroups", convert=made.only(str), timeout=timeout)
        return [int(each) for each in text.split("|") if each]

    def subscribeToGroupEvents(self, groupId: int, *, mode: Mode = "latest") -> Subscription[str]:
        """Begin what a colour group of TWS shows: "conId@exchange", "none", "combo"."""
        stream = Subscription(self._engine, made.text, mode, LIMIT)
        stream.start("subscribeToGroupEvents", groupId)
        return stream


def _schedule(rows: list[Row]) -> HistoricalSchedule:
    return HistoricalSchedule(*rows[-1][1])  # type: ignore[arg-type]


def _article(rows: list[Row]) -> NewsArticle:
    return NewsArticle(*rows[-1][1])  # type: ignore[arg-type]


def _config(rows: list[Row]) -> pb.ConfigResponse:
    return cast("pb.ConfigResponse", rows[-1][1][0])


def _changed_config(rows: list[Row]) -> pb.UpdateConfigResponse:
    return cast("pb.UpdateConfigResponse", rows[-1][1][0])


__all__ = ["IB"]
