"""From the callbacks that answered a request to what its method returns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import TypeVar, cast

from ..contract import Contract
from .engine import Convert, Row, Rows
from .rows import (
    BidAskTick,
    Greeks,
    LastTick,
    MidPointTick,
    NewsBulletin,
    OptionParameters,
    PnL,
    PnLSingle,
    RealTimeBar,
)
from .ticker import Ticker, number

T = TypeVar("T")


def each(make: Callable[..., T], *names: str) -> Convert[Rows[T]]:
    """Return what makes a row of each callback with one of these names."""

    def convert(rows: list[Row]) -> Rows[T]:
        return Rows(make(*arguments) for name, arguments in rows if name in names)

    return convert


def values(kind: type[T], *names: str) -> Convert[Rows[T]]:
    """Return what takes the only argument of each callback with one of these names."""

    def convert(rows: list[Row]) -> Rows[T]:
        return Rows(cast(T, arguments[0]) for name, arguments in rows if name in names)

    return convert


def only(kind: type[T]) -> Convert[T]:
    """Return what takes the last argument of the only callback."""

    def convert(rows: list[Row]) -> T:
        value = rows[-1][1][-1]
        return cast(T, _time(value) if kind is datetime else value)

    return convert


def listed(kind: type[T]) -> Convert[Rows[T]]:
    """Return what makes Rows of the list that is the only callback's last argument; without the
    callback it is empty.
    """

    def convert(rows: list[Row]) -> Rows[T]:
        return Rows(cast("list[T]", rows[-1][1][-1]) if rows else ())

    return convert


def ticks(kind: type[T]) -> Convert[Rows[T]]:
    """Return what joins the lists of historicalTicks and its kin."""

    def convert(rows: list[Row]) -> Rows[T]:
        return Rows(tick for _, arguments in rows for tick in cast("list[T]", arguments[0]))

    return convert


def snapshot(contract: Contract) -> Convert[Ticker]:
    """Return what makes a Ticker of a snapshot's callbacks."""

    def convert(rows: list[Row]) -> Ticker:
        ticker = Ticker(contract)
        for name, arguments in rows:
            ticker.apply(name, arguments)
        return ticker

    return convert


def greeks(rows: list[Row]) -> Greeks:
    """Make the answer of calculateImpliedVolatility and calculateOptionPrice."""
    return Greeks(*(number(cast("float | None", value)) for value in rows[-1][1][2:]))


def option_parameters(
    exchange: str,
    con_id: int,
    trading_class: str,
    multiplier: str,
    expirations: set[str],
    strikes: set[float],
) -> OptionParameters:
    """Make a row of reqSecDefOptParams."""
    return OptionParameters(
        exchange, con_id, trading_class, multiplier, sorted(expirations), sorted(strikes)
    )


def millis(rows: list[Row]) -> datetime:
    """Make the answer of reqCurrentTimeInMillis."""
    return datetime.fromtimestamp(cast(int, rows[-1][1][-1]) / 1000, timezone.utc)


def moment(rows: list[Row]) -> datetime:
    """Make the answer of reqHeadTimeStamp, which was asked for in seconds since 1970."""
    if not rows:
        raise ValueError("reqHeadTimeStamp: TWS has no data for it")
    return datetime.fromtimestamp(int(cast(str, rows[-1][1][-1])), timezone.utc)


# --- rows of streams ---


def _time(seconds: object) -> datetime:
    return datetime.fromtimestamp(cast(int, seconds), timezone.utc)


def bar(name: str, arguments: tuple[object, ...]) -> tuple[RealTimeBar, ...]:
    if name != "realtimeBar":
        return ()
    return (RealTimeBar(_time(arguments[0]), *arguments[1:]),)  # type: ignore[arg-type]


def last_tick(name: str, arguments: tuple[object, ...]) -> tuple[LastTick, ...]:
    if name != "tickByTickAllLast":
        return ()
    return (LastTick(_time(arguments[1]), *arguments[2:]),)  # type: ignore[arg-type]


def bid_ask_tick(name: str, arguments: tuple[object, ...]) -> tuple[BidAskTick, ...]:
    if name != "tickByTickBidAsk":
        return ()
    return (BidAskTick(_time(arguments[0]), *arguments[1:]),)  # type: ignore[arg-type]


def mid_point_tick(name: str, arguments: tuple[object, ...]) -> tuple[MidPointTick, ...]:
    if name != "tickByTickMidPoint":
        return ()
    return (MidPointTick(_time(arguments[0]), cast(float, arguments[1])),)


def pnl(name: str, arguments: tuple[object, ...]) -> tuple[PnL, ...]:
    daily, unrealized, realized = (number(cast(float, value)) for value in arguments)
    return (PnL(daily, unrealized, realized),)


def pnl_single(name: str, arguments: tuple[object, ...]) -> tuple[PnLSingle, ...]:
    values = (number(cast(float, value)) for value in arguments[1:])
    return (PnLSingle(cast(Decimal, arguments[0]), *values),)


def bulletin(name: str, arguments: tuple[object, ...]) -> tuple[NewsBulletin, ...]:
    return (NewsBulletin(*arguments),)  # type: ignore[arg-type]


def text(name: str, arguments: tuple[object, ...]) -> tuple[str, ...]:
    return (cast(str, arguments[0]),)


__all__ = [
    "bar",
    "bid_ask_tick",
    "bulletin",
    "each",
    "greeks",
    "last_tick",
    "listed",
    "mid_point_tick",
    "millis",
    "moment",
    "only",
    "option_parameters",
    "pnl",
    "pnl_single",
    "snapshot",
    "text",
    "ticks",
    "values",
]
