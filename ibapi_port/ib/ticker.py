"""The quotes of one contract, as they are now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from time import time
from typing import Any, cast

from ..const import UNSET_DECIMAL, UNSET_DOUBLE
from ..contract import Contract
from ..ticktype import TickTypeEnum
from .rows import Greeks, Tick
from .tables import html_table

Value = float | Decimal | str | Greeks | None
_BY_NAME = {name: number for number, name in TickTypeEnum.idx2name.items()}
# the type of a delayed tick, by that of the live one
_DELAYED = {
    _BY_NAME[name.removeprefix("DELAYED_")]: number
    for name, number in _BY_NAME.items()
    if name.startswith("DELAYED_") and name.removeprefix("DELAYED_") in _BY_NAME
}
_PRICES = frozenset(
    _BY_NAME[name] for name in ("BID", "ASK", "LAST", "DELAYED_BID", "DELAYED_ASK", "DELAYED_LAST")
)


def number(value: float | None) -> float | None:
    """Return a number of TWS's, None where it stands for "no value"."""
    return None if value is None or value == UNSET_DOUBLE or value != value else value


class Ticker:
    """The latest tick of each type. A price or a size that TWS has not told is None.

    `values` has all of them by TWS's number of the type; `ticker["LAST_RTH_TRADE"]` finds one by
    IB's name. The properties give the live value, or the delayed one where there is no live one.
    """

    __slots__ = (
        "_received", "bboExchange", "contract", "marketDataType", "minTick", "snapshotPermissions",
        "values",
    )  # fmt: skip

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.values: dict[int, Value] = {}
        self._received: float | None = None  # seconds since 1970
        self.marketDataType = 1  # 1 live, 2 frozen, 3 delayed, 4 delayed frozen
        self.minTick: float | None = None
        self.bboExchange = ""
        self.snapshotPermissions = 0

    def copy(self) -> Ticker:
        """Return the ticker as it is now; later ticks do not change it."""
        made = Ticker.__new__(Ticker)  # for each tick: to set all twice would cost as much again
        made.contract = self.contract
        made.values = self.values.copy()
        made._received = self._received
        made.marketDataType = self.marketDataType
        made.minTick = self.minTick
        made.bboExchange = self.bboExchange
        made.snapshotPermissions = self.snapshotPermissions
        return made

    def __getitem__(self, name: str) -> Value:
        """Return the value of a tick type by IB's name; None if there is none yet."""
        if name not in _BY_NAME:
            raise KeyError(f"there is no tick type {name!r}; see TickTypeEnum")
        return self.values.get(_BY_NAME[name])

    def _of(self, tick_type: int) -> Value:
        value = self.values.get(tick_type)
        return self.values.get(_DELAYED.get(tick_type, -1)) if value is None else value

    def _price(self, tick_type: int) -> float | None:
        return cast("float | None", self._of(tick_type))

    def _size(self, tick_type: int) -> Decimal | None:
        return cast("Decimal | None", self._of(tick_type))

    def _greeks(self, live: int, delayed: int) -> Greeks | None:
        value = self.values.get(live)
        return cast("Greeks | None", self.values.get(delayed) if value is None else value)

    @property
    def time(self) -> datetime | None:
        """When the last tick was received, UTC; None before the first one."""
        received = self._received
        return None if received is None else datetime.fromtimestamp(received, timezone.utc)

    @property
    def bid(self) -> float | None:
        return self._price(1)

    @property
    def ask(self) -> float | None:
        return self._price(2)

    @property
    def last(self) -> float | None:
        return self._price(4)

    @property
    def bidSize(self) -> Decimal | None:
        return self._size(0)

    @property
    def askSize(self) -> Decimal | None:
        return self._size(3)

    @property
    def lastSize(self) -> Decimal | None:
        return self._size(5)

    @property
    def volume(self) -> Decimal | None:
        return self._size(8)

    @property
    def open(self) -> float | None:
        return self._price(14)

    @property
    def high(self) -> float | None:
        return self._price(6)

    @property
    def low(self) -> float | None:
        return self._price(7)

    @property
    def close(self) -> float | None:
        """The close of the last session."""
        return self._price(9)

    @property
    def markPrice(self) -> float | None:
        return self._price(37)

    @property
    def halted(self) -> bool:
        return bool(self._of(49))

    @property
    def bidGreeks(self) -> Greeks | None:
        return self._greeks(10, 80)

    @property
    def askGreeks(self) -> Greeks | None:
        return self._greeks(11, 81)

    @property
    def lastGreeks(self) -> Greeks | None:
        return self._greeks(12, 82)

    @property
    def modelGreeks(self) -> Greeks | None:
        return self._greeks(13, 83)

    @property
    def midpoint(self) -> float | None:
        """The middle of bid and ask; None without both."""
        bid = self.bid
        ask = self.ask
        return None if bid is None or ask is None else (bid + ask) / 2

    @property
    def price(self) -> float | None:
        """The last price; without one the midpoint, the mark price or the last close."""
        prices = (self.last, self.midpoint, self.markPrice, self.close)
        return next((each for each in prices if each is not None), None)

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in ("bid", "ask", "last", "volume")}
        text = ", ".join(f"{name}={value}" for name, value in shown.items())
        return f"Ticker({self.contract.localSymbol or self.contract.symbol}: {text})"

    def _row(self) -> dict[str, object]:
        """Return what tables and frames show."""
        names = ("time", "bid", "bidSize", "ask", "askSize", "last", "lastSize", "volume", "open",
                 "high", "low", "close", "markPrice", "halted", "marketDataType")  # fmt: skip
        return {
            "symbol": self.contract.localSymbol or self.contract.symbol,
            **{name: getattr(self, name) for name in names},
            "greeks": self.modelGreeks,
            "contract": self.contract,
        }

    def _repr_html_(self) -> str:
        return html_table(self)

    # --- what the stream calls ---

    def apply(self, name: str, arguments: tuple[Any, ...]) -> tuple[Tick, ...]:
        """Take a callback's arguments in, without the reqId. Return the tick, () if it is none."""
        read = _READERS.get(name)
        if read is None:
            self._note(name, arguments)
            return ()
        kind, value = read(*arguments)
        self.values[kind] = value
        self._received = time()
        return (Tick(kind, value),)

    def take(self, name: str, arguments: tuple[Any, ...]) -> None:
        """As `apply`, for who needs no tick."""
        read = _READERS.get(name)
        if read is None:
            self._note(name, arguments)
            return
        kind, value = read(*arguments)
        self.values[kind] = value
        self._received = time()

    def _note(self, name: str, arguments: tuple[object, ...]) -> None:
        if name == "marketDataType":
            self.marketDataType = cast(int, arguments[0])
        elif name == "tickReqParams":
            self.minTick = cast(float, arguments[0])
            self.bboExchange = cast(str, arguments[1])
            self.snapshotPermissions = cast(int, arguments[2])


# --- ticks ---


def _price_tick(kind: int, value: float, attrib: object) -> tuple[int, Value]:
    """Return a price; -1 for bid, ask and last means that there is none."""
    if value == UNSET_DOUBLE or value != value or (value == -1.0 and kind in _PRICES):
        return kind, None
    return kind, value


def _size_tick(kind: int, value: Decimal) -> tuple[int, Value]:
    return kind, None if value == UNSET_DECIMAL else value


def _other_tick(kind: int, value: Value) -> tuple[int, Value]:
    return kind, value


def _option_tick(kind: int, attrib: object, *values: float | None) -> tuple[int, Value]:
    return kind, Greeks(*map(number, values))


# by callback, what reads a tick of its arguments without the reqId
_READERS: dict[str, Callable[..., tuple[int, Value]]] = {
    "tickPrice": _price_tick,
    "tickSize": _size_tick,
    "tickString": _other_tick,
    "tickGeneric": _other_tick,
    "tickOptionComputation": _option_tick,
}


def ticks_of(name: str, arguments: tuple[Any, ...]) -> tuple[Tick, ...]:
    """Return the tick that a callback brings, () if it brings none."""
    read = _READERS.get(name)
    return () if read is None else (Tick(*read(*arguments)),)


# --- conditions to wait for ---


def has_quote(ticker: Ticker) -> bool:
    """Return whether bid, ask and last have come."""
    return None not in (ticker.bid, ticker.ask, ticker.last)


def has_price(ticker: Ticker) -> bool:
    """Return whether there is a price to go by."""
    return ticker.price is not None


def has_greeks(ticker: Ticker) -> bool:
    """Return whether TWS's model has computed an option."""
    greeks = ticker.modelGreeks
    return greeks is not None and greeks.delta is not None


__all__ = ["Ticker", "Value", "has_greeks", "has_price", "has_quote", "number", "ticks_of"]
