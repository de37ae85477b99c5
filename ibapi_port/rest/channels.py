"""Which standing requests there are, and what their callbacks mean to viewers.

The names of ticks are TWS's; the parameters of a channel are those of AsyncIB's method.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, cast

from ..ib import AsyncIB
from ..ib import converters as made
from ..ib.depth import DEPTH_RESET, Book
from ..ib.rows import BidAskTick, LastTick, MidPointTick, RealTimeBar, Tick
from ..ib.ticker import Ticker, ticks_of
from ..ib.updates import KeptBars, KeptScan
from ..ticktype import TickTypeEnum
from .parameters import Parameter, of_method

Values = Mapping[str, Any]
Arguments = tuple[Any, ...]
News = Iterable[tuple[str, object, object]]  # event, value, what it replaces
MOST_ROWS = 1000  # that the state of a channel keeps


def camel(name: str) -> str:
    """Return a tick's name as JSON has it: BID_SIZE is bidSize."""
    first, *rest = name.lower().split("_")
    return first + "".join(each.capitalize() for each in rest)


FIELDS = {number: camel(name) for number, name in TickTypeEnum.idx2name.items()}


class State:
    """What a channel knows now."""

    complete = False  # whether all of it has come once

    def apply(self, name: str, arguments: Arguments) -> News:
        """Take a callback in. Return what is new."""
        raise NotImplementedError

    def warned(self, code: int) -> News:
        """Take a warning's code in."""
        return ()

    def snapshot(self) -> dict[str, Any]:
        """Return all of it."""
        raise NotImplementedError


class Quotes(State):
    """The quotes of a contract."""

    def __init__(self, values: Values) -> None:
        self.ticker = Ticker(values["contract"])

    def apply(self, name: str, arguments: Arguments) -> News:
        if name == "marketDataType":
            yield "marketDataType", {"marketDataType": arguments[0]}, "marketDataType"
        self.ticker.take(name, arguments)
        for tick in ticks_of(name, arguments):
            yield self._news(name, arguments, tick)

    @staticmethod
    def _news(name: str, arguments: Arguments, tick: Tick) -> tuple[str, dict[str, Any], str]:
        field = FIELDS.get(tick.tickType, str(tick.tickType))
        value: dict[str, Any] = {"field": field}
        if name == "tickPrice":
            value["price"] = tick.value
            value["attribs"] = arguments[2]
        elif name == "tickSize":
            value["size"] = tick.value
        elif name == "tickOptionComputation":
            value["optionComputation"] = tick.value
        else:
            value["value"] = tick.value
        return "tick", value, field

    @property
    def complete(self) -> bool:  # type: ignore[override]
        ticker = self.ticker
        return None not in (ticker.bid, ticker.ask, ticker.last)

    def snapshot(self) -> dict[str, Any]:
        ticks = {FIELDS.get(n, str(n)): value for n, value in self.ticker.values.items()}
        return {
            "contract": self.ticker.contract,
            "marketDataType": self.ticker.marketDataType,
            "minTick": self.ticker.minTick,
            "ticks": ticks,
            "complete": self.complete,
        }


class Listed(State):
    """Rows of which each is an event; the latest ones are kept."""

    def __init__(
        self, convert: Callable[[str, Arguments], tuple[object, ...]], event: str, plural: str,
        most: int = MOST_ROWS,
    ) -> None:  # fmt: skip
        self.rows: deque[object] = deque(maxlen=most)
        self._convert = convert
        self._event = event
        self._plural = plural

    def apply(self, name: str, arguments: Arguments) -> News:
        for row in self._convert(name, arguments):
            self.rows.append(row)
            yield self._event, row, None

    @property
    def complete(self) -> bool:  # type: ignore[override]
        return bool(self.rows)

    def snapshot(self) -> dict[str, Any]:
        return {self._plural: list(self.rows)}


class Latest(State):
    """A row of which only the latest one counts."""

    def __init__(self, convert: Callable[[str, Arguments], tuple[object, ...]], event: str) -> None:
        self.row: object = None
        self._convert = convert
        self._event = event

    def apply(self, name: str, arguments: Arguments) -> News:
        for row in self._convert(name, arguments):
            self.row = row
            yield self._event, row, self._event

    @property
    def complete(self) -> bool:  # type: ignore[override]
        return self.row is not None

    def snapshot(self) -> dict[str, Any]:
        return {self._event: self.row}


SIDES = ("ask", "bid")
OPERATIONS = ("insert", "update", "delete")


class Depth(State):
    """A market's book of bids and asks."""

    def __init__(self, values: Values) -> None:
        self.book = Book(values["contract"])
        self.time = 0.0

    def apply(self, name: str, arguments: Arguments) -> News:
        if not self.book.apply(name, arguments):
            return
        self.time = time.time()
        maker = ""
        if name == "updateMktDepthL2":
            position, maker, operation, side, price, size = arguments[:6]
        else:
            position, operation, side, price, size = arguments
        yield (
            "row",
            {"side": SIDES[side], "position": position, "operation": OPERATIONS[operation],
             "price": price, "size": size, "mm": maker},
            None,
        )  # fmt: skip

    def warned(self, code: int) -> News:
        self.book.warned(code)
        if code == DEPTH_RESET:
            yield "reset", {"errorCode": code}, None

    @property
    def complete(self) -> bool:  # type: ignore[override]
        return bool(self.book.bids and self.book.asks)

    def snapshot(self) -> dict[str, Any]:
        def rows(levels: Iterable[Any]) -> list[dict[str, Any]]:
            return [{"price": one.price, "size": one.size, "mm": one.marketMaker} for one in levels]

        return {
            "contract": self.book.contract,
            "bids": rows(self.book.bids),
            "asks": rows(self.book.asks),
            "time": self.time,
        }


class Bars(State):
    """The bars of a request for history that is kept up to date."""

    def __init__(self) -> None:
        self._kept = KeptBars()
        self._bars: list[Any] = []

    def apply(self, name: str, arguments: Arguments) -> News:
        for bars in self._kept.apply(name, arguments):
            self._bars = bars
            if name == "historicalDataUpdate":
                yield "bar", arguments[0], arguments[0].date
            else:
                yield "bars", {"bars": list(bars)}, "bars"

    @property
    def complete(self) -> bool:  # type: ignore[override]
        return bool(self._bars)

    def snapshot(self) -> dict[str, Any]:
        return {"bars": list(self._bars)}


class Scan(State):
    """The ranks of a scan."""

    def __init__(self) -> None:
        self._kept = KeptScan()
        self._rows: list[Any] = []

    def apply(self, name: str, arguments: Arguments) -> News:
        for rows in self._kept.apply(name, arguments):
            self._rows = list(rows)
            self.complete = True
            yield "rows", {"rows": self._rows}, "rows"

    def snapshot(self) -> dict[str, Any]:
        return {"rows": self._rows}


class Table(State):
    """Rows of which each replaces the one with the same key."""

    def __init__(
        self, names: Mapping[str, Callable[..., dict[str, Any]]], end: str, event: str,
        key: Callable[[dict[str, Any]], object],
    ) -> None:  # fmt: skip
        self._names = names
        self._end = end
        self._event = event
        self._key = key
        self.rows: dict[object, dict[str, Any]] = {}

    def apply(self, name: str, arguments: Arguments) -> News:
        make = self._names.get(name)
        if make is not None:
            row = make(*arguments)
            self.rows[self._key(row)] = row
            yield self._event, row, (self._event, self._key(row))
        elif name == self._end:
            self.complete = True
            yield "end", {}, "end"

    def snapshot(self) -> dict[str, Any]:
        return {self._event: list(self.rows.values()), "complete": self.complete}


class Log(State):
    """Events that the server itself makes (orders, positions, clients): they have no state here."""

    complete = True

    def __init__(self, state: Callable[[], dict[str, Any]] = dict) -> None:
        self._state = state

    def apply(self, name: str, arguments: Arguments) -> News:
        return ()

    def snapshot(self) -> dict[str, Any]:
        return self._state()


# --- the channels ---


@dataclass(frozen=True)
class Channel:
    """A kind of topic. request None: its events are the server's own."""

    name: str
    request: str | None
    state: Callable[[Values], State]
    arguments: Callable[[Values], Arguments] = lambda values: ()
    parameters: tuple[Parameter, ...] = ()
    mode: str = "all"
    has_data_type: bool = False
    by_orders: bool = False
    permanent: bool = False
    events: str = ""  # which events there are, for people
    rows: tuple[tuple[str, Any], ...] = field(default=())  # the answer's members and their types


DATA_TYPE = Parameter(
    "marketDataType", int, None, "1 live, 2 frozen, 3 delayed, 4 delayed frozen", low=1, high=4
)
TickType = Literal["Last", "AllLast", "BidAsk", "MidPoint"]
_TICKS: dict[str, Callable[[str, Arguments], tuple[object, ...]]] = {
    "Last": made.last_tick,
    "AllLast": made.last_tick,
    "BidAsk": made.bid_ask_tick,
    "MidPoint": made.mid_point_tick,
}


def _names(values: Values, *names: str) -> Arguments:
    return tuple(values[name] for name in names)


def _summary_row(account: str, tag: str, value: str, currency: str) -> dict[str, Any]:
    return {"account": account, "tag": tag, "value": value, "currency": currency}


def _multi_row(account: str, model: str, tag: str, value: str, currency: str) -> dict[str, Any]:
    return {
        "account": account, "modelCode": model, "tag": tag, "value": value, "currency": currency,
    }  # fmt: skip


def _pnl_of(values: Values) -> Callable[[str, Arguments], tuple[object, ...]]:
    def convert(name: str, arguments: Arguments) -> tuple[object, ...]:
        return tuple(
            replace(row, account=values["account"], modelCode=values["modelCode"])
            for row in made.pnl(name, arguments)
        )

    return convert


def _is_smart(values: Values) -> bool:
    """Return whether depth is that of all exchanges; without a word it is for what is on SMART."""
    given = values["isSmartDepth"]
    return values["contract"].exchange == "SMART" if given is None else bool(given)


def _group(name: str, arguments: Arguments) -> tuple[object, ...]:
    return ({"contractInfo": arguments[0]},)


CHANNELS: dict[str, Channel] = {
    each.name: each
    for each in (
        Channel(
            "market/data",
            "reqMktData",
            Quotes,
            lambda v: (*_names(v, "contract", "genericTickList"), False, False, []),
            (*of_method(AsyncIB.reqMktData, drop=("mode",)), DATA_TYPE),
            mode="latest",
            has_data_type=True,
            events="tick",
        ),
        Channel(
            "market/ticks",
            "reqTickByTickData",
            lambda v: Listed(_TICKS[v["tickType"]], "tick", "ticks"),
            lambda v: (*_names(v, "contract", "tickType"), 0, v["ignoreSize"]),
            (
                *of_method(AsyncIB.reqTickByTickBidAsk, drop=("limit",)),
                Parameter("tickType", TickType, "Last", "which ticks"),
            ),
            events="tick",
            rows=(("ticks", list[LastTick | BidAskTick | MidPointTick]),),
        ),
        Channel(
            "market/depth",
            "reqMktDepth",
            Depth,
            lambda v: (*_names(v, "contract", "numRows"), _is_smart(v), []),
            of_method(AsyncIB.reqMktDepth, drop=("mode",), numRows=5, isSmartDepth=None),
            events="row reset",
        ),
        Channel(
            "bars",
            "reqRealTimeBars",
            lambda v: Listed(made.bar, "bar", "bars"),
            lambda v: (v["contract"], 5, v["whatToShow"], v["useRTH"], []),
            of_method(AsyncIB.reqRealTimeBars, drop=("limit",)),
            events="bar",
            rows=(("bars", list[RealTimeBar]),),
        ),
        Channel(
            "historical",
            "reqHistoricalData",
            lambda v: Bars(),
            lambda v: (
                v["contract"],
                "",
                v["durationStr"],
                v["barSizeSetting"],
                v["whatToShow"],
                int(v["useRTH"]),
                v["formatDate"],
                True,
                [],
            ),
            of_method(  # as those of GET /historical
                AsyncIB.reqHistoricalDataUpdates, ("mode",), barSizeSetting="1 min", useRTH=False
            ),
            events="bars bar",
        ),
        Channel(
            "news",
            "reqNewsBulletins",
            lambda v: Listed(made.bulletin, "bulletin", "bulletins"),
            lambda v: (v["allMsgs"],),
            of_method(AsyncIB.reqNewsBulletins, drop=("limit",)),
            events="bulletin",
        ),
        Channel(
            "market/scanners",
            "reqScannerSubscription",
            lambda v: Scan(),
            lambda v: (v["subscription"], [], v["filters"]),
            of_method(AsyncIB.reqScannerSubscriptionUpdates, drop=("mode",)),
            events="rows",
        ),
        Channel(
            "displaygroups",
            "subscribeToGroupEvents",
            lambda v: Latest(_group, "group"),
            lambda v: (v["groupId"],),
            of_method(AsyncIB.subscribeToGroupEvents, drop=("mode",)),
            events="group",
        ),
        Channel(
            "account/summary",
            "reqAccountSummary",
            lambda v: Table(
                {"accountSummary": _summary_row},
                "accountSummaryEnd",
                "value",
                lambda row: (row["account"], row["tag"], row["currency"]),
            ),
            lambda v: (v["groupName"], v["tags"]),
            of_method(AsyncIB.reqAccountSummary),
            events="value end",
        ),
        Channel(
            "account/pnl",
            "reqPnL",
            lambda v: Latest(_pnl_of(v), "pnl"),
            lambda v: _names(v, "account", "modelCode"),
            of_method(AsyncIB.reqPnL),
            events="pnl",
        ),
        Channel(
            "account/pnl/single",
            "reqPnLSingle",
            lambda v: Latest(made.pnl_single, "pnl"),
            lambda v: _names(v, "account", "modelCode", "conId"),
            of_method(AsyncIB.reqPnLSingle),
            events="pnl",
        ),
        Channel(
            "account/values",
            "reqAccountUpdatesMulti",
            lambda v: Table(
                {"accountUpdateMulti": _multi_row},
                "accountUpdateMultiEnd",
                "value",
                lambda row: (row["account"], row["modelCode"], row["tag"], row["currency"]),
            ),
            lambda v: (*_names(v, "account", "modelCode"), v["ledgerAndNLV"]),
            of_method(AsyncIB.reqAccountUpdatesMulti),
            events="value end",
        ),
    )
}


def time_text(moment: float) -> str:
    """Return a time as text."""
    return datetime.fromtimestamp(moment).astimezone().isoformat(timespec="milliseconds")


def quotes_of(state: State) -> Quotes:
    """Return the state of market data."""
    return cast(Quotes, state)


__all__ = ["CHANNELS", "FIELDS", "Channel", "Log", "State", "Table", "Values", "camel"]
