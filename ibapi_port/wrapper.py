"""EWrapper, the callbacks of a client: programs subclass it and override what they want to hear.

A callback that is not overridden logs what it got, at DEBUG, through the logger
``ibapi_port.wrapper``: accounts and orders are not for everybody's eyes.
"""

import functools
import logging
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from ibapi_port._client.log_limit import RateLimit
from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.commission_report import CommissionReport
from ibapi_port.common import (
    BarData,
    DepthMktDataDescription,
    FaDataType,
    FaDataTypeEnum,
    FamilyCode,
    HistogramData,
    HistogramDataList,
    HistoricalSession,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    Liquidities,
    LiquiditiesEnum,
    ListOfContractDescription,
    ListOfDepthExchanges,
    ListOfFamilyCode,
    ListOfHistoricalSessions,
    ListOfHistoricalTick,
    ListOfHistoricalTickBidAsk,
    ListOfHistoricalTickLast,
    ListOfNewsProviders,
    ListOfOrder,
    ListOfPriceIncrements,
    MarketDataType,
    MarketDataTypeEnum,
    NewsProvider,
    OrderId,
    PriceIncrement,
    RealTimeBar,
    SetOfFloat,
    SetOfString,
    SmartComponent,
    SmartComponentMap,
    TagValueList,
    TickAttrib,
    TickAttribBidAsk,
    TickAttribLast,
    TickerId,
    WshEventData,
)
from ibapi_port.const import (
    DOUBLE_INFINITY,
    INFINITY_STR,
    MAX_MSG_LEN,
    NO_VALID_ID,
    UNSET_DECIMAL,
    UNSET_DOUBLE,
    UNSET_INTEGER,
    UNSET_LONG,
)
from ibapi_port.contract import (
    Contract,
    ContractDetails,
    DeltaNeutralContract,
)
from ibapi_port.enum_implem import Enum
from ibapi_port.errors import BAD_MESSAGE, UNKNOWN_ID
from ibapi_port.execution import Execution
from ibapi_port.object_implem import Object
from ibapi_port.order import Order
from ibapi_port.order_state import OrderState
from ibapi_port.softdollartier import SoftDollarTier
from ibapi_port.ticktype import (
    TickType,
    TickTypeEnum,
)
from ibapi_port.utils import (
    SHOW_UNSET,
    BadMessage,
    ClientException,
    ExerciseStaticMethods,
    LogFunction,
    current_fn_name,
    decimalMaxString,
    decode,
    floatMaxString,
    floatToStr,
    intMaxString,
    isAsciiPrintable,
    iswrapper,
    log_,
    longMaxString,
    longToStr,
    setattr_log,
)

if TYPE_CHECKING:
    from ibapi_port.protobuf import _all as pb

__all__ = [
    "DOUBLE_INFINITY",
    "INFINITY_STR",
    "MAX_MSG_LEN",
    "NO_VALID_ID",
    "SHOW_UNSET",
    "UNSET_DECIMAL",
    "UNSET_DOUBLE",
    "UNSET_INTEGER",
    "UNSET_LONG",
    "BadMessage",
    "BarData",
    "ClientException",
    "CommissionAndFeesReport",
    "CommissionReport",
    "Contract",
    "ContractDetails",
    "DeltaNeutralContract",
    "DepthMktDataDescription",
    "EWrapper",
    "Enum",
    "Execution",
    "ExerciseStaticMethods",
    "FaDataType",
    "FaDataTypeEnum",
    "FamilyCode",
    "HistogramData",
    "HistogramDataList",
    "HistoricalSession",
    "HistoricalTick",
    "HistoricalTickBidAsk",
    "HistoricalTickLast",
    "Liquidities",
    "LiquiditiesEnum",
    "ListOfContractDescription",
    "ListOfDepthExchanges",
    "ListOfFamilyCode",
    "ListOfHistoricalSessions",
    "ListOfHistoricalTick",
    "ListOfHistoricalTickBidAsk",
    "ListOfHistoricalTickLast",
    "ListOfNewsProviders",
    "ListOfOrder",
    "ListOfPriceIncrements",
    "LogFunction",
    "MarketDataType",
    "MarketDataTypeEnum",
    "NewsProvider",
    "Object",
    "Order",
    "OrderId",
    "OrderState",
    "PriceIncrement",
    "RealTimeBar",
    "SetOfFloat",
    "SetOfString",
    "SmartComponent",
    "SmartComponentMap",
    "TagValueList",
    "TickAttrib",
    "TickAttribBidAsk",
    "TickAttribLast",
    "TickType",
    "TickTypeEnum",
    "TickerId",
    "WshEventData",
    "current_fn_name",
    "decimalMaxString",
    "decode",
    "floatMaxString",
    "floatToStr",
    "intMaxString",
    "isAsciiPrintable",
    "iswrapper",
    "logAnswer",
    "log_",
    "longMaxString",
    "longToStr",
    "setattr_log",
]

_logger = logging.getLogger(__name__)


def _of_a_frame(record: logging.LogRecord) -> bool:
    """Return whether a record tells of a message that could not be read; there may be very many."""
    return (
        isinstance(record.args, tuple)
        and len(record.args) > 2
        and record.args[-2] in (UNKNOWN_ID.code(), BAD_MESSAGE.code())
    )


_FEW_OF_A_FRAME = RateLimit(_of_a_frame)
_logger.addFilter(_FEW_OF_A_FRAME)


class Answers:
    """How callbacks that are not overridden are told: settings of the process, which the compat
    package makes.

    `asked`: a program has a `logAnswer` of its own, which wants them all. `method`: whether there
    is such a method at all; from 10.30 on the official EWrapper has none. `older`: of the
    generation in use, by callback, its own names with the newest ones.
    """

    logger = _logger
    level = logging.DEBUG
    error_logger = _logger
    stands_in = False
    asked = False
    method = True
    older: ClassVar[dict[str, dict[str, str]]] = {}

    @classmethod
    def stand_in(cls, module: str, *, method: bool, asked: bool) -> None:
        """Log as the official client does, in which `module` of it logs answers."""
        cls._use(logging.getLogger(f"ibapi.{module}"), logging.INFO, asked)
        cls.stands_in = True
        cls.method = method
        cls.error_logger = logging.getLogger("ibapi.wrapper")
        if _FEW_OF_A_FRAME not in cls.error_logger.filters:
            cls.error_logger.addFilter(_FEW_OF_A_FRAME)

    @classmethod
    def by_itself(cls) -> None:
        """Log as this package does under its own name: accounts and orders are not for everybody's
        eyes.
        """
        cls._use(_logger, logging.DEBUG, False)
        cls.stands_in = False
        cls.method = True
        cls.error_logger = _logger

    @classmethod
    def _use(cls, logger: logging.Logger, level: int, asked: bool) -> None:
        global _wanted
        cls.logger = logger
        cls.level = level
        cls.asked = asked
        _wanted = _always if asked else functools.partial(logger.isEnabledFor, level)


def _always() -> bool:
    return True


# one call: it is made for every such callback
_wanted: Callable[[], bool] = functools.partial(_logger.isEnabledFor, logging.DEBUG)


def logAnswer(fnName: str, fnParams: dict[str, Any]) -> None:
    """Log a callback that is not overridden.

    It is called if the log is on; always, if a program overrides it.
    """
    if Answers.logger.isEnabledFor(Answers.level):
        Answers.logger.log(
            Answers.level,
            "ANSWER %s %s",
            fnName,
            {name: value for name, value in fnParams.items() if name != "self"},
        )


def _answered() -> None:
    """Tell of the callback that calls this. Its arguments are collected only if somebody wants
    them, for most callbacks come often.
    """
    if _wanted():
        callback = sys._getframe(1)
        code, values = callback.f_code, callback.f_locals
        name, program = code.co_name, values["self"]
        arguments = {each: values[each] for each in code.co_varnames[: code.co_argcount]}
        if name in Answers.older:
            arguments = {
                "self": program,
                **{older: arguments[newest] for older, newest in Answers.older[name].items()},
            }
        if Answers.method:
            program.logAnswer(name, arguments)
        else:
            logAnswer(name, arguments)


_F = TypeVar("_F", bound=Callable[..., Any])


def _also_named(**newest: str) -> Callable[[_F], _F]:
    """Let a callback be called with the keywords of older generations, too: by each of them the
    newest one.
    """

    def decorate(function: _F) -> _F:
        @functools.wraps(function)
        def callback(self: Any, *args: Any, **kwargs: Any) -> None:
            if kwargs:
                function(
                    self, *args, **{newest.get(name, name): value for name, value in kwargs.items()}
                )
            else:
                function(self, *args)

        return cast(_F, callback)

    return decorate


_LEFT_OUT: Any = object()


def _moved_up(values: list[Any], new: int, default: Any) -> list[Any]:
    """Arguments in the newest order, of a call in an older form that does not have the one at place
    `new`.

    What was given by position stands one place too early, up to the place that is left out.
    """
    if values.count(_LEFT_OUT) > 1:
        raise TypeError("arguments are missing: the call has the form of no generation")
    gap = values.index(_LEFT_OUT)
    return [*values[:new], default, *values[new:gap], *values[gap + 1 :]]


_NOTICES = range(2100, 2170)  # codes of TWS's that tell of no error


def _log_error(request_id: Any, time: Any, code: Any, text: Any, refusal: str) -> None:
    """Log an error that a program does not override `error` for, as in the program's generation."""
    level = logging.INFO if code in _NOTICES and not Answers.stands_in else logging.ERROR
    rest = f"{text} {refusal}" if refusal else text
    if time is None or "error" in Answers.older:
        Answers.error_logger.log(level, "ERROR %s %s %s", request_id, code, rest)
    else:
        Answers.error_logger.log(level, "ERROR %s %s %s %s", request_id, time, code, rest)


class EWrapper:
    """All callbacks. They are called in the thread that runs ``EClient.run()``, one at a time, in
    the order of the messages.

    ``reqId`` is always the number that the program gave with its request. Sizes are Decimal. Values
    that TWS leaves out have the largest number of their type (``ibapi_port.const``).
    """

    def __init__(self) -> None:
        # Takes no part in cooperative inheritance: in "class App(EWrapper, EClient)"
        # super().__init__() must end here, since EClient's constructor needs an argument.
        pass

    def logAnswer(self, fnName: str, fnParams: dict[str, Any]) -> None:
        """Log a callback that is not overridden.

        It is called if the log is on; always, if a program overrides it.
        """
        logAnswer(fnName, fnParams)

    # ---- session

    def connectAck(self) -> None:
        """Learn that TWS has accepted the connection. It takes requests from nextValidId on."""
        _answered()

    def connectionClosed(self) -> None:
        """Learn that the connection has ended, by whichever side."""
        _answered()

    if TYPE_CHECKING:

        def error(self, *args: Any, **kwargs: Any) -> None:
            """Receive an error, a warning or a notice; reqId -1: of the connection."""
    else:

        def error(
            self,
            reqId: TickerId,
            errorTime: int = _LEFT_OUT,
            errorCode: Any = _LEFT_OUT,
            errorString: Any = _LEFT_OUT,
            advancedOrderRejectJson: str = "",
        ) -> None:
            """Receive an error, a warning or a notice; reqId -1: of the connection.

            Codes from 501 on are this client's own. errorTime: ms since 1970, 0 if not sent.
            advancedOrderRejectJson: why an order was refused, and what advancedErrorOverride it
            takes. Overridden in an older form (no errorTime), it is called in that form.
            """
            # The older forms have no time: what follows stands one place earlier.
            if _LEFT_OUT in (errorTime, errorCode, errorString):
                errorTime, errorCode, errorString = _moved_up(
                    [errorTime, errorCode, errorString], 0, None
                )
            elif isinstance(errorCode, str) and not isinstance(errorTime, str):
                errorTime, errorCode, errorString, advancedOrderRejectJson = (
                    None,
                    errorTime,
                    errorCode,
                    errorString,
                )
            _answered()
            _log_error(reqId, errorTime, errorCode, errorString, advancedOrderRejectJson)

    def winError(self, text: str, lastError: int) -> None:
        """Receive an error of the operating system, with its number."""
        _answered()
        if not Answers.stands_in:
            _logger.error("WINERROR %s %s", lastError, text)

    def nextValidId(self, orderId: int) -> None:
        """Receive the first order id that is free; comes when the connection is ready for requests,
        and for reqIds.
        """
        _answered()

    def managedAccounts(self, accountsList: str) -> None:
        """Receive the accounts of the login, separated by commas; comes after connecting, and for
        reqManagedAccts.
        """
        _answered()

    def currentTime(self, time: int) -> None:
        """Receive TWS's clock in seconds since 1970 (reqCurrentTime)."""
        _answered()

    def currentTimeInMillis(self, timeInMillis: int) -> None:
        """Receive TWS's clock in milliseconds since 1970 (reqCurrentTimeInMillis)."""
        _answered()

    def userInfo(self, reqId: int, whiteBrandingId: str) -> None:
        """Receive the broker under whose name the login runs, empty for IB itself (reqUserInfo)."""
        _answered()

    # ---- market data

    def marketDataType(self, reqId: TickerId, marketDataType: int) -> None:
        """Receive which data a subscription gets from now on: 1 live, 2 frozen, 3 delayed, 4
        delayed and frozen (reqMktData).
        """
        _answered()

    def tickPrice(
        self, reqId: TickerId, tickType: TickType, price: float, attrib: TickAttrib
    ) -> None:
        """Receive a price (reqMktData).

        -1, or 0 with a size of 0, means that there is none at present.

        Bid, ask and last bring their size with them: tickSize follows at once.
        """
        _answered()

    def tickSize(self, reqId: TickerId, tickType: TickType, size: Decimal) -> None:
        """Receive a size or volume (reqMktData)."""
        _answered()

    def tickGeneric(self, reqId: TickerId, tickType: TickType, value: float) -> None:
        """Receive a number that is neither price nor size, such as SHORTABLE, HALTED or a
        volatility (reqMktData).
        """
        _answered()

    def tickString(self, reqId: TickerId, tickType: TickType, value: str) -> None:
        """Receive a tick that is text, such as LAST_TIMESTAMP, RT_VOLUME or the letters of BID_EXCH
        (reqMktData).
        """
        _answered()

    def tickEFP(
        self,
        reqId: TickerId,
        tickType: TickType,
        basisPoints: float,
        formattedBasisPoints: str,
        totalDividends: float,
        holdDays: int,
        futureLastTradeDate: str,
        dividendImpact: float,
        dividendsToLastTradeDate: float,
    ) -> None:
        """Receive an exchange-for-physical quote (reqMktData): the yearly financing rate in basis
        points, as number and as text.

        holdDays are left until futureLastTradeDate; dividendImpact is the dividends' part of the
        rate.
        """
        _answered()

    def tickOptionComputation(
        self,
        reqId: TickerId,
        tickType: TickType,
        tickAttrib: int,
        impliedVol: float | None,
        delta: float | None,
        optPrice: float | None,
        pvDividend: float | None,
        gamma: float | None,
        vega: float | None,
        theta: float | None,
        undPrice: float | None,
    ) -> None:
        """Receive volatility and greeks of an option (reqMktData, calculateImpliedVolatility,
        calculateOptionPrice).

        tickAttrib is 0 if computed from returns, 1 from prices. What cannot be computed is None.
        impliedVol is yearly, as a fraction of 1.
        """
        # of the form without tickAttrib; the chain, for this comes often, is faster than a search
        out = _LEFT_OUT
        if (
            (undPrice is out or tickAttrib is out or impliedVol is out)
            or (delta is out or optPrice is out or pvDividend is out)
            or (gamma is out or vega is out or theta is out)
        ):  # fmt: skip
            greeks = [
                tickAttrib,
                impliedVol,
                delta,
                optPrice,
                pvDividend,
                gamma,
                vega,
                theta,
                undPrice,
            ]
            tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice = (
                _moved_up(greeks, 0, 0)
            )
        _answered()

    def tickReqParams(
        self, tickerId: int, minTick: float, bboExchange: str, snapshotPermissions: int
    ) -> None:
        """Receive, at the start of a subscription, the price step, the key for reqSmartComponents,
        and the permission for snapshots (reqMktData).
        """
        _answered()

    def tickNews(
        self,
        tickerId: int,
        timeStamp: int,
        providerCode: str,
        articleId: str,
        headline: str,
        extraData: str,
    ) -> None:
        """Receive a headline (reqMktData with generic tick 292); timeStamp is in ms since 1970.

        The text: reqNewsArticle.
        """
        _answered()

    def tickSnapshotEnd(self, reqId: int) -> None:
        """Learn that a snapshot is complete (reqMktData with snapshot)."""
        _answered()

    def deltaNeutralValidation(
        self, reqId: int, deltaNeutralContract: DeltaNeutralContract
    ) -> None:
        """Receive delta and price of the hedge that TWS has accepted for a delta neutral quote
        request.
        """
        _answered()

    def rerouteMktDataReq(self, reqId: int, conId: int, exchange: str) -> None:
        """Learn that a CFD has no market data of its own; ask again for this underlying
        (reqMktData).
        """
        _answered()

    def rerouteMktDepthReq(self, reqId: int, conId: int, exchange: str) -> None:
        """Learn that a CFD has no market depth of its own; ask again for this underlying
        (reqMktDepth).
        """
        _answered()

    def smartComponents(
        self, reqId: int, smartComponentMap: list[SmartComponent] | SmartComponentMap
    ) -> None:
        """Receive the exchanges behind bits and letters of SMART quotes (reqSmartComponents).

        A list of SmartComponent from servers that send text, {bit: (exchange, letter)} from those
        that send protobuf.
        """
        _answered()

    def marketRule(self, marketRuleId: int, priceIncrements: ListOfPriceIncrements) -> None:
        """Receive the price steps of a rule, rising by lowEdge (reqMarketRule)."""
        _answered()

    @_also_named(open="open_")
    def realtimeBar(
        self,
        reqId: TickerId,
        time: int,
        open_: float,
        high: float,
        low: float,
        close: float,
        volume: Decimal,
        wap: Decimal,
        count: int,
    ) -> None:
        """Receive a bar of 5 s (reqRealTimeBars).

        time is its start in seconds since 1970; volume, wap and count are -1 but for trades.
        """
        _answered()

    def tickByTickAllLast(
        self,
        reqId: int,
        tickType: int,
        time: int,
        price: float,
        size: Decimal,
        tickAttribLast: TickAttribLast,
        exchange: str,
        specialConditions: str,
    ) -> None:
        """Receive a trade (reqTickByTickData "Last", then tickType is 1, or "AllLast", 2).

        time is in seconds since 1970.
        """
        _answered()

    def tickByTickBidAsk(
        self,
        reqId: int,
        time: int,
        bidPrice: float,
        askPrice: float,
        bidSize: Decimal,
        askSize: Decimal,
        tickAttribBidAsk: TickAttribBidAsk,
    ) -> None:
        """Receive a quote (reqTickByTickData "BidAsk"). time is in seconds since 1970."""
        _answered()

    def tickByTickMidPoint(self, reqId: int, time: int, midPoint: float) -> None:
        """Receive a midpoint (reqTickByTickData "MidPoint"). time is in seconds since 1970."""
        _answered()

    # ---- market depth

    def updateMktDepth(
        self, reqId: TickerId, position: int, operation: int, side: int, price: float, size: Decimal
    ) -> None:
        """Receive a change of the order book (reqMktDepth): row ``position`` is inserted (operation
        0), changed (1) or removed (2).

        side is 0 for ask and 1 for bid.
        """
        _answered()

    def updateMktDepthL2(
        self,
        reqId: TickerId,
        position: int,
        marketMaker: str,
        operation: int,
        side: int,
        price: float,
        size: Decimal,
        isSmartDepth: bool,
    ) -> None:
        """Receive the same with the market maker of the row, or with isSmartDepth its exchange
        (reqMktDepth).
        """
        _answered()

    def mktDepthExchanges(self, depthMktDataDescriptions: ListOfDepthExchanges) -> None:
        """Receive the exchanges that have market depth (reqMktDepthExchanges)."""
        _answered()

    # ---- orders and fills

    def orderStatus(
        self,
        orderId: OrderId,
        status: str,
        filled: Decimal,
        remaining: Decimal,
        avgFillPrice: float,
        permId: int,
        parentId: int,
        lastFillPrice: float,
        clientId: int,
        whyHeld: str,
        mktCapPrice: float,
    ) -> None:
        """Receive the state of an order at a change and for reqOpenOrders, perhaps twice.

        status: PendingSubmit, PreSubmitted, Submitted, Filled, PendingCancel, ApiCancelled,
        Cancelled or Inactive. whyHeld is "locate" while shares are looked for to sell short;
        mktCapPrice is the price that TWS capped the order at.
        """
        _answered()

    def openOrder(
        self, orderId: OrderId, contract: Contract, order: Order, orderState: OrderState
    ) -> None:
        """Receive an open order, when it is placed or changes, and for reqOpenOrders,
        reqAllOpenOrders, reqAutoOpenOrders.

        For a whatIf order it is the answer: margin and fees are in orderState.
        """
        _answered()

    def openOrderEnd(self) -> None:
        """Learn that all open orders have been told (reqOpenOrders, reqAllOpenOrders)."""
        _answered()

    @_also_named(reqId="permId", apiClientId="clientId", apiOrderId="orderId")
    def orderBound(self, permId: int, clientId: int, orderId: int) -> None:
        """Learn that an order not made by this client has got an orderId of it (reqAutoOpenOrders,
        reqOpenOrders).
        """
        _answered()

    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState) -> None:
        """Receive an order that was filled or cancelled (reqCompletedOrders)."""
        _answered()

    def completedOrdersEnd(self) -> None:
        """Learn that all completed orders have been told (reqCompletedOrders)."""
        _answered()

    def execDetails(self, reqId: int, contract: Contract, execution: Execution) -> None:
        """Receive a fill: as it happens, then with reqId -1, or for reqExecutions.

        A correction comes as a fill of its own.
        """
        _answered()

    def execDetailsEnd(self, reqId: int) -> None:
        """Learn that all fills that match the filter have been told (reqExecutions)."""
        _answered()

    def commissionAndFeesReport(self, commissionAndFeesReport: CommissionAndFeesReport) -> None:
        """Receive what the fill with this execId cost; comes after its execDetails."""
        _answered()

    def commissionReport(self, commissionReport: CommissionReport) -> None:
        """Receive a commissionAndFeesReport by its name before API 10.35, in programs that override
        it.
        """
        _answered()

    # ---- accounts and positions

    def updateAccountValue(self, key: str, val: str, currency: str, accountName: str) -> None:
        """Receive one value of an account, such as key NetLiquidation; currency may be empty
        (reqAccountUpdates).
        """
        _answered()

    def updatePortfolio(
        self,
        contract: Contract,
        position: Decimal,
        marketPrice: float,
        marketValue: float,
        averageCost: float,
        unrealizedPNL: float,
        realizedPNL: float,
        accountName: str,
    ) -> None:
        """Receive one position of an account and its value (reqAccountUpdates).

        averageCost includes multiplier and commission.
        """
        _answered()

    def updateAccountTime(self, timeStamp: str) -> None:
        """Learn when the values of the account were last computed, as hh:mm (reqAccountUpdates)."""
        _answered()

    def accountDownloadEnd(self, accountName: str) -> None:
        """Learn that values and positions have all been told once; from now on changes come
        (reqAccountUpdates).
        """
        _answered()

    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        """Receive one value of the summary of an account, by the tags asked for
        (reqAccountSummary).
        """
        _answered()

    def accountSummaryEnd(self, reqId: int) -> None:
        """Learn that the summary has been told once; from now on, changes (reqAccountSummary)."""
        _answered()

    def accountUpdateMulti(
        self, reqId: int, account: str, modelCode: str, key: str, value: str, currency: str
    ) -> None:
        """Receive one value of an account or of a model in it (reqAccountUpdatesMulti)."""
        _answered()

    def accountUpdateMultiEnd(self, reqId: int) -> None:
        """Learn that the values have been told once (reqAccountUpdatesMulti)."""
        _answered()

    def position(self, account: str, contract: Contract, position: Decimal, avgCost: float) -> None:
        """Receive a position of any account of the login; negative if short, 0 if closed
        (reqPositions).
        """
        _answered()

    def positionEnd(self) -> None:
        """Learn that the positions have been told once; from now on changes come (reqPositions)."""
        _answered()

    def positionMulti(
        self,
        reqId: int,
        account: str,
        modelCode: str,
        contract: Contract,
        pos: Decimal,
        avgCost: float,
    ) -> None:
        """Receive a position of an account or of a model in it (reqPositionsMulti)."""
        _answered()

    def positionMultiEnd(self, reqId: int) -> None:
        """Learn that the positions have been told once (reqPositionsMulti)."""
        _answered()

    def pnl(self, reqId: int, dailyPnL: float, unrealizedPnL: float, realizedPnL: float) -> None:
        """Receive the profit and loss of an account in its base currency, each second (reqPnL)."""
        _answered()

    def pnlSingle(
        self,
        reqId: int,
        pos: Decimal,
        dailyPnL: float,
        unrealizedPnL: float,
        realizedPnL: float,
        value: float,
    ) -> None:
        """Receive profit and loss of one position, and its market value (reqPnLSingle)."""
        _answered()

    # ---- contracts

    def contractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        """Receive one of the instruments that match (reqContractDetails)."""
        _answered()

    def bondContractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        """Receive the same for bonds (reqContractDetails)."""
        _answered()

    def contractDetailsEnd(self, reqId: int) -> None:
        """Learn that all instruments that match have been told (reqContractDetails)."""
        _answered()

    def symbolSamples(self, reqId: int, contractDescriptions: ListOfContractDescription) -> None:
        """Receive instruments whose symbol or name begins with the pattern, at most 16
        (reqMatchingSymbols).
        """
        _answered()

    def securityDefinitionOptionParameter(
        self,
        reqId: int,
        exchange: str,
        underlyingConId: int,
        tradingClass: str,
        multiplier: str,
        expirations: SetOfString,
        strikes: SetOfFloat,
    ) -> None:
        """Receive the option chain of one exchange and trading class: expirations as YYYYMMDD, and
        strikes (reqSecDefOptParams).

        Not every pair of the two exists.
        """
        _answered()

    def securityDefinitionOptionParameterEnd(self, reqId: int) -> None:
        """Learn that all option chains have been told (reqSecDefOptParams)."""
        _answered()

    # ---- history

    def historicalData(self, reqId: int, bar: BarData) -> None:
        """Receive one bar, oldest first (reqHistoricalData)."""
        _answered()

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        """Learn that all bars between start and end have been told (reqHistoricalData)."""
        _answered()

    def historicalDataUpdate(self, reqId: int, bar: BarData) -> None:
        """Receive the latest bar so far, every 5 s or so; a new date means a new bar
        (reqHistoricalData with keepUpToDate).
        """
        _answered()

    def historicalSchedule(
        self,
        reqId: int,
        startDateTime: str,
        endDateTime: str,
        timeZone: str,
        sessions: ListOfHistoricalSessions,
    ) -> None:
        """Receive the trading sessions of a period, in this time zone (reqHistoricalData with
        whatToShow SCHEDULE).
        """
        _answered()

    def headTimestamp(self, reqId: int, headTimestamp: str) -> None:
        """Receive the earliest point that data exists for, in the form asked for
        (reqHeadTimeStamp).
        """
        _answered()

    def histogramData(self, reqId: int, items: HistogramDataList) -> None:
        """Learn how much was traded at which price (reqHistogramData)."""
        _answered()

    def historicalTicks(self, reqId: int, ticks: ListOfHistoricalTick, done: bool) -> None:
        """Receive midpoints (reqHistoricalTicks with MIDPOINT). done: no more follow."""
        _answered()

    def historicalTicksBidAsk(
        self, reqId: int, ticks: ListOfHistoricalTickBidAsk, done: bool
    ) -> None:
        """Receive quotes (reqHistoricalTicks with BID_ASK). done: no more follow."""
        _answered()

    def historicalTicksLast(self, reqId: int, ticks: ListOfHistoricalTickLast, done: bool) -> None:
        """Receive trades (reqHistoricalTicks with TRADES). done: no more follow."""
        _answered()

    # ---- news, fundamentals, calendar

    def updateNewsBulletin(
        self, msgId: int, msgType: int, newsMessage: str, originExch: str
    ) -> None:
        """Receive a bulletin of IB's; the kinds are in ``ibapi_port.news`` (reqNewsBulletins)."""
        _answered()

    def newsProviders(self, newsProviders: ListOfNewsProviders) -> None:
        """Receive the sources of news that the account may read (reqNewsProviders)."""
        _answered()

    def newsArticle(self, requestId: int, articleType: int, articleText: str) -> None:
        """Receive an article: articleType 0 is text or HTML, 1 is binary, in base64
        (reqNewsArticle).
        """
        _answered()

    def historicalNews(
        self, requestId: int, time: str, providerCode: str, articleId: str, headline: str
    ) -> None:
        """Receive one old headline; time is UTC like 2025-01-31 14:30:00.0 (reqHistoricalNews)."""
        _answered()

    def historicalNewsEnd(self, requestId: int, hasMore: bool) -> None:
        """Learn that the headlines have been told; hasMore: there are older ones
        (reqHistoricalNews).
        """
        _answered()

    def fundamentalData(self, reqId: TickerId, data: str) -> None:
        """Receive a report on a company, in XML (reqFundamentalData)."""
        _answered()

    def wshMetaData(self, reqId: int, dataJson: str) -> None:
        """Receive the kinds of events and filters that the Wall Street Horizon calendar knows, in
        JSON (reqWshMetaData).
        """
        _answered()

    def wshEventData(self, reqId: int, dataJson: str) -> None:
        """Receive events of the Wall Street Horizon calendar, in JSON (reqWshEventData)."""
        _answered()

    # ---- scanners

    def scannerParameters(self, xml: str) -> None:
        """Receive all that can be scanned for, in XML (reqScannerParameters)."""
        _answered()

    def scannerData(
        self,
        reqId: int,
        rank: int,
        contractDetails: ContractDetails,
        distance: str,
        benchmark: str,
        projection: str,
        legsStr: str,
    ) -> None:
        """Receive one row of a scanner's result, rank counted from 0; legsStr describes a
        combination (reqScannerSubscription).
        """
        _answered()

    def scannerDataEnd(self, reqId: int) -> None:
        """Learn that the rows have all been told; the next result begins with rank 0 again
        (reqScannerSubscription).
        """
        _answered()

    # ---- advisors

    def receiveFA(self, faData: FaDataType, cxml: str) -> None:
        """Receive groups (faData 1) or account aliases (3) of an advisor, in XML (requestFA)."""
        _answered()

    def replaceFAEnd(self, reqId: int, text: str) -> None:
        """Learn that the new groups have been stored; text says so (replaceFA)."""
        _answered()

    def familyCodes(self, familyCodes: ListOfFamilyCode) -> None:
        """Receive the families that the accounts belong to (reqFamilyCodes)."""
        _answered()

    def softDollarTiers(self, reqId: int, tiers: list[SoftDollarTier]) -> None:
        """Receive the soft dollar tiers that orders may name (reqSoftDollarTiers)."""
        _answered()

    # ---- windows of TWS, and verification of programs

    def displayGroupList(self, reqId: int, groups: str) -> None:
        """Receive the numbers of TWS's display groups, separated by "|" (queryDisplayGroups)."""
        _answered()

    def displayGroupUpdated(self, reqId: int, contractInfo: str) -> None:
        """Receive what a display group shows: conId@exchange, none or combo
        (subscribeToGroupEvents).
        """
        _answered()

    def verifyMessageAPI(self, apiData: str) -> None:
        """Receive what a program with IB's certificate must answer with verifyMessage
        (verifyRequest).
        """
        _answered()

    def verifyCompleted(self, isSuccessful: bool, errorText: str) -> None:
        """Learn whether the program was verified (verifyMessage)."""
        _answered()

    def verifyAndAuthMessageAPI(self, apiData: str, xyzChallange: str) -> None:
        """Receive what a program must answer with verifyAndAuthMessage (verifyAndAuthRequest)."""
        _answered()

    def verifyAndAuthCompleted(self, isSuccessful: bool, errorText: str) -> None:
        """Learn whether the program was verified and authenticated (verifyAndAuthMessage)."""
        _answered()

    # ---- raw messages of servers that send protobuf, each right before the callback that it feeds

    def orderStatusProtoBuf(self, orderStatusProto: "pb.OrderStatus") -> None:
        """OrderStatus as it came."""

    def openOrderProtoBuf(self, openOrderProto: "pb.OpenOrder") -> None:
        """OpenOrder as it came."""

    def openOrdersEndProtoBuf(self, openOrdersEndProto: "pb.OpenOrdersEnd") -> None:
        """OpenOrdersEnd as it came."""

    def errorProtoBuf(self, errorMessageProto: "pb.ErrorMessage") -> None:
        """ErrorMessage as it came."""

    def executionDetailsProtoBuf(self, executionDetailsProto: "pb.ExecutionDetails") -> None:
        """ExecutionDetails as it came."""

    def executionDetailsEndProtoBuf(self, executionDetailsProto: "pb.ExecutionDetails") -> None:
        """ExecutionDetails as it came."""

    def completedOrderProtoBuf(self, completedOrderProto: "pb.CompletedOrder") -> None:
        """CompletedOrder as it came."""

    def completedOrdersEndProtoBuf(self, completedOrdersEndProto: "pb.CompletedOrdersEnd") -> None:
        """CompletedOrdersEnd as it came."""

    def orderBoundProtoBuf(self, orderBoundProto: "pb.OrderBound") -> None:
        """OrderBound as it came."""

    def contractDataProtoBuf(self, contractDataProto: "pb.ContractData") -> None:
        """ContractData as it came."""

    def bondContractDataProtoBuf(self, contractDataProto: "pb.ContractData") -> None:
        """ContractData as it came."""

    def contractDataEndProtoBuf(self, contractDataEndProto: "pb.ContractDataEnd") -> None:
        """ContractDataEnd as it came."""

    def tickPriceProtoBuf(self, tickPriceProto: "pb.TickPrice") -> None:
        """TickPrice as it came."""

    def tickSizeProtoBuf(self, tickSizeProto: "pb.TickSize") -> None:
        """TickSize as it came."""

    def tickOptionComputationProtoBuf(
        self, tickOptionComputationProto: "pb.TickOptionComputation"
    ) -> None:
        """TickOptionComputation as it came."""

    def tickGenericProtoBuf(self, tickGenericProto: "pb.TickGeneric") -> None:
        """TickGeneric as it came."""

    def tickStringProtoBuf(self, tickStringProto: "pb.TickString") -> None:
        """TickString as it came."""

    def tickSnapshotEndProtoBuf(self, tickSnapshotEndProto: "pb.TickSnapshotEnd") -> None:
        """TickSnapshotEnd as it came."""

    def updateMarketDepthProtoBuf(self, marketDepthProto: "pb.MarketDepth") -> None:
        """MarketDepth as it came."""

    def updateMarketDepthL2ProtoBuf(self, marketDepthL2Proto: "pb.MarketDepthL2") -> None:
        """MarketDepthL2 as it came."""

    def updateMarketDataTypeProtoBuf(self, marketDataTypeProto: "pb.MarketDataType") -> None:
        """MarketDataType as it came."""

    def tickReqParamsProtoBuf(self, tickReqParamsProto: "pb.TickReqParams") -> None:
        """TickReqParams as it came."""

    def updateAccountValueProtoBuf(self, accountValueProto: "pb.AccountValue") -> None:
        """AccountValue as it came."""

    def updatePortfolioProtoBuf(self, portfolioValueProto: "pb.PortfolioValue") -> None:
        """PortfolioValue as it came."""

    def updateAccountTimeProtoBuf(self, accountUpdateTimeProto: "pb.AccountUpdateTime") -> None:
        """AccountUpdateTime as it came."""

    def accountDataEndProtoBuf(self, accountDataEndProto: "pb.AccountDataEnd") -> None:
        """AccountDataEnd as it came."""

    def managedAccountsProtoBuf(self, managedAccountsProto: "pb.ManagedAccounts") -> None:
        """ManagedAccounts as it came."""

    def positionProtoBuf(self, positionProto: "pb.Position") -> None:
        """Position as it came."""

    def positionEndProtoBuf(self, positionEndProto: "pb.PositionEnd") -> None:
        """PositionEnd as it came."""

    def accountSummaryProtoBuf(self, accountSummaryProto: "pb.AccountSummary") -> None:
        """AccountSummary as it came."""

    def accountSummaryEndProtoBuf(self, accountSummaryEndProto: "pb.AccountSummaryEnd") -> None:
        """AccountSummaryEnd as it came."""

    def positionMultiProtoBuf(self, positionMultiProto: "pb.PositionMulti") -> None:
        """PositionMulti as it came."""

    def positionMultiEndProtoBuf(self, positionMultiEndProto: "pb.PositionMultiEnd") -> None:
        """PositionMultiEnd as it came."""

    def accountUpdateMultiProtoBuf(self, accountUpdateMultiProto: "pb.AccountUpdateMulti") -> None:
        """AccountUpdateMulti as it came."""

    def accountUpdateMultiEndProtoBuf(
        self, accountUpdateMultiEndProto: "pb.AccountUpdateMultiEnd"
    ) -> None:
        """AccountUpdateMultiEnd as it came."""

    def historicalDataProtoBuf(self, historicalDataProto: "pb.HistoricalData") -> None:
        """HistoricalData as it came."""

    def historicalDataUpdateProtoBuf(
        self, historicalDataUpdateProto: "pb.HistoricalDataUpdate"
    ) -> None:
        """HistoricalDataUpdate as it came."""

    def historicalDataEndProtoBuf(self, historicalDataEndProto: "pb.HistoricalDataEnd") -> None:
        """HistoricalDataEnd as it came."""

    def realTimeBarTickProtoBuf(self, realTimeBarTickProto: "pb.RealTimeBarTick") -> None:
        """RealTimeBarTick as it came."""

    def headTimestampProtoBuf(self, headTimestampProto: "pb.HeadTimestamp") -> None:
        """HeadTimestamp as it came."""

    def histogramDataProtoBuf(self, histogramDataProto: "pb.HistogramData") -> None:
        """HistogramData as it came."""

    def historicalTicksProtoBuf(self, historicalTicksProto: "pb.HistoricalTicks") -> None:
        """HistoricalTicks as it came."""

    def historicalTicksBidAskProtoBuf(
        self, historicalTicksBidAskProto: "pb.HistoricalTicksBidAsk"
    ) -> None:
        """HistoricalTicksBidAsk as it came."""

    def historicalTicksLastProtoBuf(
        self, historicalTicksLastProto: "pb.HistoricalTicksLast"
    ) -> None:
        """HistoricalTicksLast as it came."""

    def tickByTickDataProtoBuf(self, tickByTickDataProto: "pb.TickByTickData") -> None:
        """TickByTickData as it came."""

    def updateNewsBulletinProtoBuf(self, newsBulletinProto: "pb.NewsBulletin") -> None:
        """NewsBulletin as it came."""

    def newsArticleProtoBuf(self, newsArticleProto: "pb.NewsArticle") -> None:
        """NewsArticle as it came."""

    def newsProvidersProtoBuf(self, newsProvidersProto: "pb.NewsProviders") -> None:
        """NewsProviders as it came."""

    def historicalNewsProtoBuf(self, historicalNewsProto: "pb.HistoricalNews") -> None:
        """HistoricalNews as it came."""

    def historicalNewsEndProtoBuf(self, historicalNewsEndProto: "pb.HistoricalNewsEnd") -> None:
        """HistoricalNewsEnd as it came."""

    def wshMetaDataProtoBuf(self, wshMetaDataProto: "pb.WshMetaData") -> None:
        """WshMetaData as it came."""

    def wshEventDataProtoBuf(self, wshEventDataProto: "pb.WshEventData") -> None:
        """WshEventData as it came."""

    def tickNewsProtoBuf(self, tickNewsProto: "pb.TickNews") -> None:
        """TickNews as it came."""

    def scannerParametersProtoBuf(self, scannerParametersProto: "pb.ScannerParameters") -> None:
        """ScannerParameters as it came."""

    def scannerDataProtoBuf(self, scannerDataProto: "pb.ScannerData") -> None:
        """ScannerData as it came."""

    def fundamentalsDataProtoBuf(self, fundamentalsDataProto: "pb.FundamentalsData") -> None:
        """FundamentalsData as it came."""

    def pnlProtoBuf(self, pnlProto: "pb.PnL") -> None:
        """PnL as it came."""

    def pnlSingleProtoBuf(self, pnlSingleProto: "pb.PnLSingle") -> None:
        """PnLSingle as it came."""

    def receiveFAProtoBuf(self, receiveFAProto: "pb.ReceiveFA") -> None:
        """ReceiveFA as it came."""

    def replaceFAEndProtoBuf(self, replaceFAEndProto: "pb.ReplaceFAEnd") -> None:
        """ReplaceFAEnd as it came."""

    def commissionAndFeesReportProtoBuf(
        self, commissionAndFeesReportProto: "pb.CommissionAndFeesReport"
    ) -> None:
        """CommissionAndFeesReport as it came."""

    def historicalScheduleProtoBuf(self, historicalScheduleProto: "pb.HistoricalSchedule") -> None:
        """HistoricalSchedule as it came."""

    def rerouteMarketDataRequestProtoBuf(
        self, rerouteMarketDataRequestProto: "pb.RerouteMarketDataRequest"
    ) -> None:
        """RerouteMarketDataRequest as it came."""

    def rerouteMarketDepthRequestProtoBuf(
        self, rerouteMarketDepthRequestProto: "pb.RerouteMarketDepthRequest"
    ) -> None:
        """RerouteMarketDepthRequest as it came."""

    def secDefOptParameterProtoBuf(self, secDefOptParameterProto: "pb.SecDefOptParameter") -> None:
        """SecDefOptParameter as it came."""

    def secDefOptParameterEndProtoBuf(
        self, secDefOptParameterEndProto: "pb.SecDefOptParameterEnd"
    ) -> None:
        """SecDefOptParameterEnd as it came."""

    def softDollarTiersProtoBuf(self, softDollarTiersProto: "pb.SoftDollarTiers") -> None:
        """SoftDollarTiers as it came."""

    def familyCodesProtoBuf(self, familyCodesProto: "pb.FamilyCodes") -> None:
        """FamilyCodes as it came."""

    def symbolSamplesProtoBuf(self, symbolSamplesProto: "pb.SymbolSamples") -> None:
        """SymbolSamples as it came."""

    def smartComponentsProtoBuf(self, smartComponentsProto: "pb.SmartComponents") -> None:
        """SmartComponents as it came."""

    def marketRuleProtoBuf(self, marketRuleProto: "pb.MarketRule") -> None:
        """MarketRule as it came."""

    def userInfoProtoBuf(self, userInfoProto: "pb.UserInfo") -> None:
        """UserInfo as it came."""

    def nextValidIdProtoBuf(self, nextValidIdProto: "pb.NextValidId") -> None:
        """NextValidId as it came."""

    def currentTimeProtoBuf(self, currentTimeProto: "pb.CurrentTime") -> None:
        """CurrentTime as it came."""

    def currentTimeInMillisProtoBuf(
        self, currentTimeInMillisProto: "pb.CurrentTimeInMillis"
    ) -> None:
        """CurrentTimeInMillis as it came."""

    def verifyMessageApiProtoBuf(self, verifyMessageApiProto: "pb.VerifyMessageApi") -> None:
        """VerifyMessageApi as it came."""

    def verifyCompletedProtoBuf(self, verifyCompletedProto: "pb.VerifyCompleted") -> None:
        """VerifyCompleted as it came."""

    def displayGroupListProtoBuf(self, displayGroupListProto: "pb.DisplayGroupList") -> None:
        """DisplayGroupList as it came."""

    def displayGroupUpdatedProtoBuf(
        self, displayGroupUpdatedProto: "pb.DisplayGroupUpdated"
    ) -> None:
        """DisplayGroupUpdated as it came."""

    def marketDepthExchangesProtoBuf(
        self, marketDepthExchangesProto: "pb.MarketDepthExchanges"
    ) -> None:
        """MarketDepthExchanges as it came."""

    def configResponseProtoBuf(self, configResponseProto: "pb.ConfigResponse") -> None:
        """ConfigResponse as it came."""

    def updateConfigResponseProtoBuf(
        self, updateConfigResponseProto: "pb.UpdateConfigResponse"
    ) -> None:
        """UpdateConfigResponse as it came."""


# What older forms do not have, for programs that call super() in such a form. Not in the signatures
# above: a program's callbacks in the newest form have none of these defaults, and would not fit
# those for a type checker.
EWrapper.orderStatus.__defaults__ = (0.0,)
EWrapper.updateMktDepthL2.__defaults__ = (False,)
EWrapper.pnl.__defaults__ = (0.0, 0.0)
EWrapper.tickOptionComputation.__defaults__ = (_LEFT_OUT,) * 9

OWN: dict[str, Any] = {
    name: member for name, member in vars(EWrapper).items() if name[0] != "_"
}  # as they were before any program
