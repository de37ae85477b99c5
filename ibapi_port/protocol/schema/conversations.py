"""What belongs to a request: the callbacks that answer it, which of them ends it, what cancels it.

Each request of the protocol has one entry in CONVERSATIONS. A request that means several things
has variants, which its arguments choose (`conversation_of`). What no request asks for stands in
UNSOLICITED.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypedDict

from .messages import REQUESTS

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Kind(Enum):
    """What a request is, and what comes of it."""

    COMMAND = "command"  # no answer, or one that the next callbacks show
    ONE_SHOT = "one_shot"  # rows and an end, or one answer
    STANDING = "standing"  # a stream until it is cancelled
    STATE = "state"  # a first set with an end, then changes until it is cancelled
    ORDER = "order"  # an order: status, executions and commissions as they happen


class Key(Enum):
    """By what an answer is known to belong to a request."""

    REQUEST = "reqId"
    ORDER = "orderId"
    NONE = ""  # one request at a time: the answers carry no id
    VALUE = "value"  # an argument that the answer repeats


# The ids of the requests that a face makes begin here, far from those of orders: `error` has one id
# for both.
FIRST_REQUEST_ID = 1 << 30


class Rate(Enum):
    """Which of TWS's limits a request counts for, beside that of all messages."""

    MESSAGE = "message"
    ORDER = "order"
    HISTORY = "history"
    SCANNER = "scanner"
    LINE = "line"  # holds a market data line while it lasts


@dataclass(frozen=True)
class Conversation:
    """A request and all that answers it.

    `answers`: the callbacks that bring it something; `end`: the one of these that ends it, or its
    first set; "" if none does. `cancel`: the request that ends it, "" if none does. `key_argument`:
    the argument whose value the answer repeats (Key.VALUE). `end_argument`: the argument whose
    value the end repeats, as its first one ("": none). `done_argument`: the callback in `end` ends
    it only with this argument true. `repeatable`: it changes nothing, so it may be asked again
    where the answer was lost. `when`: the argument and the values that choose a variant.
    """

    request: str
    kind: Kind
    answers: tuple[str, ...]
    end: str
    cancel: str
    key: Key
    key_argument: str
    end_argument: str
    done_argument: str
    repeatable: bool
    rate: Rate
    when: tuple[str, tuple[object, ...]] | None

    def ends_with(self, callback: str) -> bool:
        """Return whether this callback ends the conversation, or its first set."""
        return callback == self.end or (self.end == ANY and callback in self.answers)

    def is_ended_by(self, callback: str, arguments: Sequence[object]) -> bool:
        """Return whether this callback with these arguments ends the conversation, or its first
        set.
        """
        return self.ends_with(callback) and (not self.done_argument or bool(arguments[-1]))

    def end_names(
        self, asked: Sequence[object], came: Sequence[object], known: Container[object]
    ) -> bool | None:
        """Return whether an end with the arguments `came` names what was asked: that of another
        request without an id comes by the same callback. None: it cannot be told, as the end names
        nothing, or as what was asked is none of the names that are `known` (no account: TWS
        chooses one).
        """
        if not self.end_argument:
            return None
        value = asked[REQUESTS[self.request].arguments.index(self.end_argument)]
        return came[0] == value if value in known else None


ANY = "*"  # in `end`: each of the answers is the whole answer


class _More(TypedDict, total=False):
    key: Key
    key_argument: str
    end_argument: str
    done_argument: str
    repeatable: bool
    rate: Rate
    when: tuple[str, tuple[object, ...]]


def _make(
    request: str,
    kind: Kind,
    answers: str = "",
    end: str = "",
    cancel: str = "",
    *,
    key: Key | None = None,
    key_argument: str = "",
    end_argument: str = "",
    done_argument: str = "",
    repeatable: bool | None = None,
    rate: Rate = Rate.MESSAGE,
    when: tuple[str, tuple[object, ...]] | None = None,
) -> Conversation:
    if key is None:
        key = Key.NONE if REQUESTS[request].id_argument is None else Key.REQUEST
    if repeatable is None:
        repeatable = kind in (Kind.ONE_SHOT, Kind.STANDING, Kind.STATE)
    names = tuple(answers.split())
    if end not in ("", ANY) and end not in names:
        names += (end,)
    return Conversation(
        request,
        kind,
        names,
        end,
        cancel,
        key,
        key_argument,
        end_argument,
        done_argument,
        repeatable,
        rate,
        when,
    )


def _command(request: str, answers: str = "", **more: Unpack[_More]) -> Conversation:
    return _make(request, Kind.COMMAND, answers, **more)


def _one(
    request: str, end: str, answers: str = "", cancel: str = "", **more: Unpack[_More]
) -> Conversation:
    return _make(request, Kind.ONE_SHOT, answers, end, cancel, **more)


def _standing(request: str, answers: str, cancel: str = "", **more: Unpack[_More]) -> Conversation:
    return _make(request, Kind.STANDING, answers, "", cancel, **more)


def _state(
    request: str, answers: str, end: str, cancel: str, **more: Unpack[_More]
) -> Conversation:
    return _make(request, Kind.STATE, answers, end, cancel, **more)


_TICKS = (
    "tickPrice tickSize tickString tickGeneric tickEFP tickOptionComputation tickReqParams "
    "tickNews marketDataType deltaNeutralValidation rerouteMktDataReq"
)
_ORDER = "openOrder orderStatus execDetails commissionAndFeesReport orderBound"
_OPEN_ORDERS = "openOrder orderStatus"
_BARS = "historicalData historicalDataUpdate"
_TICK_HISTORY = "historicalTicks historicalTicksBidAsk historicalTicksLast"

_ENTRIES: tuple[Conversation, ...] = (
    # session
    _one("startApi", "nextValidId", "managedAccounts", repeatable=False),
    _one("reqIds", "nextValidId"),
    _one("reqCurrentTime", "currentTime"),
    _one("reqCurrentTimeInMillis", "currentTimeInMillis"),
    _one("reqManagedAccts", "managedAccounts"),
    _one("reqUserInfo", "userInfo"),
    _command("setServerLogLevel"),
    _one("verifyRequest", "verifyMessageAPI", repeatable=False),
    _one("verifyMessage", "verifyCompleted", repeatable=False),
    _one("verifyAndAuthRequest", "verifyAndAuthMessageAPI", repeatable=False),
    _one("verifyAndAuthMessage", "verifyAndAuthCompleted", repeatable=False),
    _one("queryDisplayGroups", "displayGroupList"),
    _standing("subscribeToGroupEvents", "displayGroupUpdated", "unsubscribeFromGroupEvents"),
    _command("updateDisplayGroup", "displayGroupUpdated"),
    _command("unsubscribeFromGroupEvents"),
    # market data
    _standing("reqMktData", _TICKS, "cancelMktData", rate=Rate.LINE),
    _one(
        "reqMktData",
        "tickSnapshotEnd",
        _TICKS,
        "cancelMktData",
        when=("snapshot", (True,)),
        rate=Rate.LINE,
    ),
    _one(
        "reqMktData",
        "tickSnapshotEnd",
        _TICKS,
        "cancelMktData",
        when=("regulatorySnapshot", (True,)),
        rate=Rate.LINE,
        repeatable=False,  # each one is charged for
    ),
    _command("cancelMktData"),
    _command("reqMarketDataType", "marketDataType"),
    _one("reqSmartComponents", "smartComponents"),
    _one("reqMktDepthExchanges", "mktDepthExchanges"),
    _standing(
        "reqMktDepth",
        "updateMktDepth updateMktDepthL2 rerouteMktDepthReq",
        "cancelMktDepth",
        rate=Rate.LINE,
    ),
    _command("cancelMktDepth"),
    _standing(
        "reqTickByTickData",
        f"tickByTickAllLast tickByTickBidAsk tickByTickMidPoint {_TICK_HISTORY}",
        "cancelTickByTickData",
        rate=Rate.LINE,
    ),
    _command("cancelTickByTickData"),
    _one(
        "calculateImpliedVolatility",
        "tickOptionComputation",
        "",
        "cancelCalculateImpliedVolatility",
    ),
    _command("cancelCalculateImpliedVolatility"),
    _one("calculateOptionPrice", "tickOptionComputation", "", "cancelCalculateOptionPrice"),
    _command("cancelCalculateOptionPrice"),
    # contracts
    _one(
        "reqContractDetails",
        "contractDetailsEnd",
        "contractDetails bondContractDetails",
        "cancelContractData",
    ),
    _command("cancelContractData"),
    _one("reqMatchingSymbols", "symbolSamples"),
    _one(
        "reqSecDefOptParams",
        "securityDefinitionOptionParameterEnd",
        "securityDefinitionOptionParameter",
    ),
    _one("reqMarketRule", "marketRule", key=Key.VALUE, key_argument="marketRuleId"),
    # orders
    _make("placeOrder", Kind.ORDER, _ORDER, "", "cancelOrder", key=Key.ORDER, rate=Rate.ORDER),
    _command("cancelOrder", "orderStatus", key=Key.ORDER, rate=Rate.ORDER),
    _command("reqGlobalCancel", "orderStatus", rate=Rate.ORDER),
    _make(
        "exerciseOptions",
        Kind.ORDER,
        f"{_ORDER} position updatePortfolio",
        key=Key.ORDER,
        rate=Rate.ORDER,
    ),
    _one("reqOpenOrders", "openOrderEnd", _OPEN_ORDERS),
    _one("reqAllOpenOrders", "openOrderEnd", _OPEN_ORDERS),
    _command("reqAutoOpenOrders", f"{_OPEN_ORDERS} orderBound"),
    _one("reqCompletedOrders", "completedOrdersEnd", "completedOrder"),
    _one("reqExecutions", "execDetailsEnd", "execDetails commissionAndFeesReport"),
    # account
    _state(
        "reqAccountUpdates",
        "updateAccountValue updatePortfolio updateAccountTime",
        "accountDownloadEnd",
        "reqAccountUpdates",
        end_argument="acctCode",
    ),
    _command("reqAccountUpdates", when=("subscribe", (False,))),
    _state("reqAccountSummary", "accountSummary", "accountSummaryEnd", "cancelAccountSummary"),
    _command("cancelAccountSummary"),
    _state("reqPositions", "position", "positionEnd", "cancelPositions"),
    _command("cancelPositions"),
    _state("reqPositionsMulti", "positionMulti", "positionMultiEnd", "cancelPositionsMulti"),
    _command("cancelPositionsMulti"),
    _state(
        "reqAccountUpdatesMulti",
        "accountUpdateMulti",
        "accountUpdateMultiEnd",
        "cancelAccountUpdatesMulti",
    ),
    _command("cancelAccountUpdatesMulti"),
    _standing("reqPnL", "pnl", "cancelPnL"),
    _command("cancelPnL"),
    _standing("reqPnLSingle", "pnlSingle", "cancelPnLSingle"),
    _command("cancelPnLSingle"),
    _one("requestFA", "receiveFA", key=Key.VALUE, key_argument="faData"),
    _one("replaceFA", "replaceFAEnd", repeatable=False),
    _one("reqFamilyCodes", "familyCodes"),
    _one("reqSoftDollarTiers", "softDollarTiers"),
    # history
    _one(
        "reqHistoricalData",
        "historicalDataEnd",
        "historicalData",
        "cancelHistoricalData",
        rate=Rate.HISTORY,
    ),
    _one(
        "reqHistoricalData",
        "historicalSchedule",
        "",
        "cancelHistoricalData",
        when=("whatToShow", ("SCHEDULE",)),
        rate=Rate.HISTORY,
    ),
    _state(
        "reqHistoricalData",
        _BARS,
        "historicalDataEnd",
        "cancelHistoricalData",
        when=("keepUpToDate", (True,)),
        rate=Rate.HISTORY,
    ),
    _command("cancelHistoricalData"),
    _standing("reqRealTimeBars", "realtimeBar", "cancelRealTimeBars", rate=Rate.HISTORY),
    _command("cancelRealTimeBars"),
    _one("reqHeadTimeStamp", "headTimestamp", "", "cancelHeadTimeStamp", rate=Rate.HISTORY),
    _command("cancelHeadTimeStamp"),
    _one("reqHistogramData", "histogramData", "", "cancelHistogramData"),
    _command("cancelHistogramData"),
    _one(
        "reqHistoricalTicks",
        ANY,
        _TICK_HISTORY,
        "cancelHistoricalTicks",
        done_argument="done",
        rate=Rate.HISTORY,
    ),
    _command("cancelHistoricalTicks"),
    # news, scanners and companies
    _standing("reqNewsBulletins", "updateNewsBulletin", "cancelNewsBulletins"),
    _command("cancelNewsBulletins"),
    _one("reqNewsProviders", "newsProviders"),
    _one("reqNewsArticle", "newsArticle"),
    _one("reqHistoricalNews", "historicalNewsEnd", "historicalNews"),
    _one("reqWshMetaData", "wshMetaData", "", "cancelWshMetaData"),
    _command("cancelWshMetaData"),
    _one("reqWshEventData", "wshEventData", "", "cancelWshEventData"),
    _command("cancelWshEventData"),
    _one("reqFundamentalData", "fundamentalData", "", "cancelFundamentalData"),
    _command("cancelFundamentalData"),
    # settings, which are Protocol Buffers alone
    _one("reqConfig", "configResponseProtoBuf", key=Key.REQUEST),
    _one("updateConfig", "updateConfigResponseProtoBuf", key=Key.REQUEST, repeatable=False),
    _one("reqScannerParameters", "scannerParameters"),
    _state(
        "reqScannerSubscription",
        "scannerData",
        "scannerDataEnd",
        "cancelScannerSubscription",
        rate=Rate.SCANNER,
    ),
    _command("cancelScannerSubscription"),
)


def _by_request(entries: Sequence[Conversation]) -> dict[str, tuple[Conversation, ...]]:
    found: dict[str, tuple[Conversation, ...]] = {}
    for entry in entries:
        found[entry.request] = (*found.get(entry.request, ()), entry)
    return found


# By request; with several, the one without `when` is the one that nothing else fits.
CONVERSATIONS: Mapping[str, tuple[Conversation, ...]] = _by_request(_ENTRIES)

# Callbacks that belong to the connection, or that come without a request.
UNSOLICITED = frozenset({"error", "connectAck", "connectionClosed", "winError", "orderBound"})

# The same event under another name, for older programs or as Protocol Buffers.
OTHER_NAMES = {"commissionReport": "commissionAndFeesReport"}


def conversation_of(request: str, arguments: Sequence[object]) -> Conversation:
    """Return the conversation that a request with these arguments begins.

    KeyError: there is no such request.
    """
    entries = CONVERSATIONS[request]
    if len(entries) == 1:
        return entries[0]
    names = REQUESTS[request].arguments
    for entry in entries:
        if entry.when is not None:
            name, values = entry.when
            given = arguments[names.index(name)]
            if (given if isinstance(given, str) else bool(given)) in values:
                return entry
    return next(entry for entry in entries if entry.when is None)


def arguments_of(request: str, arguments: tuple[object, ...]) -> tuple[object, ...]:
    """Return the arguments of a request, None for what is not given, also where it is given as its
    Protocol Buffers message.
    """
    names = REQUESTS[request].arguments
    if is_message(arguments):
        message = arguments[0]
        given = {field.name for field, _ in message.ListFields()}  # type: ignore[attr-defined]
        return tuple(getattr(message, name) if name in given else None for name in names)
    return (*arguments, *(None for _ in names[len(arguments) :]))


def is_message(arguments: tuple[object, ...]) -> bool:
    """Return whether a request is given as its Protocol Buffers message."""
    return len(arguments) == 1 and hasattr(arguments[0], "SerializeToString")


def group_of(conversation: Conversation, arguments: Sequence[object]) -> tuple[str, object]:
    """Return what the answers of several requests without an id cannot be told apart by: those of
    one group have to be asked one after the other.
    """
    if conversation.key is not Key.VALUE:
        return conversation.end, None
    place = REQUESTS[conversation.request].arguments.index(conversation.key_argument)
    value: Any = arguments[place]
    return conversation.end, str(int(value))


def cancel_of(
    conversation: Conversation, arguments: Sequence[object], server_version: int
) -> tuple[str, tuple[object, ...]] | None:
    """Return the request that cancels one with these arguments, and its own arguments. None: there
    is none, this server does not know it, or it needs more than the request has (cancelOrder).
    """
    cancel = REQUESTS.get(conversation.cancel)
    if cancel is None or server_version < cancel.since:
        return None
    values = dict(zip(REQUESTS[conversation.request].arguments, arguments, strict=False))
    if conversation.cancel == conversation.request:  # it is asked for and cancelled by an argument
        for entry in CONVERSATIONS[conversation.cancel]:
            if entry.when is not None and entry.kind is Kind.COMMAND:
                name, (value, *_) = entry.when
                values[name] = value
    if not set(cancel.arguments) <= values.keys():
        return None
    return conversation.cancel, tuple(values[name] for name in cancel.arguments)


# --- errors ---

# Codes that come with a request's or an order's id and do not end it: IB documents them as
# warnings, or the request goes on after them (delayed data instead of live data, for instance).
WARNINGS = frozenset(
    {131, 165, 317, 399, 404, 10018, 10019, 10090, 10091, 10167, 10233, 10239, 10349}
    | {*range(2100, 2200)}
)
# An order's error after which its status follows and tells the rest: rejected, cancelled.
STATUS_FOLLOWS = frozenset({201, 202})
# Errors of requests for history that mean an empty answer.
_NO_DATA = ("no data", "no historical data", "returned no data")


def is_warning(code: int) -> bool:
    """Return whether an error with this code lets the request go on."""
    return code in WARNINGS


def is_empty_answer(conversation: Conversation, code: int, text: str) -> bool:
    """Return whether an error means that there is nothing: 162 "HMDS query returned no data"."""
    if code != 162 or conversation.rate is not Rate.HISTORY:
        return False
    lowered = text.lower()
    return any(words in lowered for words in _NO_DATA)


__all__ = [
    "ANY",
    "CONVERSATIONS",
    "FIRST_REQUEST_ID",
    "OTHER_NAMES",
    "STATUS_FOLLOWS",
    "UNSOLICITED",
    "WARNINGS",
    "Conversation",
    "Key",
    "Kind",
    "Rate",
    "arguments_of",
    "cancel_of",
    "conversation_of",
    "group_of",
    "is_empty_answer",
    "is_message",
    "is_warning",
]
