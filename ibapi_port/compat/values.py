"""Values as older generations had them: until 10.10 sizes and volumes were ints, quantities floats;
now they are Decimals.

A fractional size, which that generation could not read, becomes a float: nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..const import UNSET_DECIMAL, UNSET_DOUBLE
from .generations import is_up_to

Convert = Callable[[Any], Any]
Conversion = Callable[[tuple[Any, ...]], tuple[Any, ...]]


def as_int(value: Any) -> Any:
    """A size: an int; unset is 0."""
    if value == UNSET_DECIMAL:
        return 0
    whole = int(value) if value == value and abs(value) != float("inf") else None
    return whole if whole is not None and whole == value else float(value)


def as_float(value: Any) -> Any:
    """A quantity: a float; unset is 0.0."""
    return 0.0 if value in (UNSET_DECIMAL, UNSET_DOUBLE) else float(value)


def as_float_or_unset(value: Any) -> Any:
    """A quantity that TWS does not always tell: a float; unset is the largest one."""
    return UNSET_DOUBLE if value == UNSET_DECIMAL else float(value)


def as_list(value: Any) -> Any:
    """A list; None is an empty one."""
    return [] if value is None else value


def attributes(**conversions: Convert) -> Convert:
    """Convert attributes of an object, in place: it was made for this callback."""

    def convert_attributes(value: Any) -> Any:
        for name, conversion in conversions.items():
            setattr(value, name, conversion(getattr(value, name)))
        return value

    return convert_attributes


def cleared(*names: str) -> Convert:
    """Flags that TWS does not send any more, which read as False: of an object that has them."""

    def clear(value: Any) -> Any:
        for name in names:
            if name in vars(value):
                setattr(value, name, False)
        return value

    return clear


def both(first: Convert, second: Convert) -> Convert:
    return lambda value: second(first(value))


def each(conversion: Convert) -> Convert:
    return lambda values: [conversion(value) for value in values]


_BAR = attributes(volume=as_int, wap=as_float)

# callback: {place of the argument: what becomes of it}
_UP_TO_9_81: dict[str, dict[int, Convert]] = {
    "tickSize": {2: as_int},
    "orderStatus": {2: as_float, 3: as_float},
    "openOrder": {
        2: both(
            attributes(totalQuantity=as_float, filledQuantity=as_float_or_unset),
            cleared("eTradeOnly", "firmQuoteOnly"),
        ),
    },
    "completedOrder": {1: attributes(totalQuantity=as_float, filledQuantity=as_float)},
    "execDetails": {2: attributes(shares=as_float, cumQty=as_float)},
    "updatePortfolio": {1: as_float},
    "position": {2: as_float},
    "positionMulti": {4: as_float},
    "pnlSingle": {1: as_int},
    "updateMktDepth": {5: as_int},
    "updateMktDepthL2": {6: as_int},
    "historicalData": {1: _BAR},
    "historicalDataUpdate": {1: _BAR},
    "realtimeBar": {6: as_int, 7: as_float},
    "histogramData": {1: each(attributes(size=as_int))},
    "historicalTicks": {1: each(attributes(size=as_int))},
    "historicalTicksBidAsk": {1: each(attributes(sizeBid=as_int, sizeAsk=as_int))},
    "historicalTicksLast": {1: each(attributes(size=as_int))},
    "tickByTickAllLast": {4: as_int},
    "tickByTickBidAsk": {4: as_int, 5: as_int},
}
# None is the default of these in a new object, and TWS's empty list an empty list
_UP_TO_10_19: dict[str, dict[int, Convert]] = {
    "symbolSamples": {1: each(attributes(derivativeSecTypes=as_list))}
}


def conversions(generation: str) -> Iterable[tuple[str, Conversion]]:
    """The callbacks whose values a generation had otherwise, each with what turns the newest
    arguments into its own.
    """
    if is_up_to(generation, "10.19"):
        for callback, places in _UP_TO_10_19.items():
            yield callback, _arguments(places)
    if is_up_to(generation, "9.81"):
        for callback, places in _UP_TO_9_81.items():
            yield callback, _arguments(places)


def _arguments(places: dict[int, Convert]) -> Conversion:
    def convert(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        converted = list(arguments)
        for place, conversion in places.items():
            converted[place] = conversion(converted[place])
        return tuple(converted)

    return convert
