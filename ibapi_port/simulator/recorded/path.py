"""How a market goes within a bar: from the open by the extremes to the close.

A file of bars does not tell what happened within one. It is played as at most four trades: the
open when the bar begins, then the extreme that is nearer to the open, then the other, each after a
third of the bar's time, and the close in its last second. They share out the bar's volume.
"""

from __future__ import annotations

from typing import NamedTuple

from .series import UNKNOWN, Bar


class Trade(NamedTuple):
    """A trade; `size` UNKNOWN where only a price is known. `number`: for how many it stands."""

    time: float
    price: float
    size: float
    number: int


def trades_of(bar: Bar) -> list[Trade]:
    """Return the trades that a bar is played as. Their first, highest, lowest and last price, and
    the sum of their sizes, are the bar's.
    """
    prices = _prices(bar)
    if bar.trades == 1 and len(prices) == 2:
        prices = prices[:1]
    number = len(prices)
    sizes = _shared(bar.volume, number)
    told = int(bar.trades) if bar.trades > number else number
    counts = [told // number + (n < told % number) for n in range(number)]
    return [
        Trade(time, price, size, count)
        for time, price, size, count in zip(_times(bar, number), prices, sizes, counts, strict=True)
    ]


def _prices(bar: Bar) -> list[float]:
    high_first = bar.high - bar.open <= bar.open - bar.low
    extremes = [bar.high, bar.low] if high_first else [bar.low, bar.high]
    edges = (bar.open, bar.close)
    return [bar.open, *(price for price in extremes if price not in edges), bar.close]


def _times(bar: Bar, number: int) -> list[float]:
    length = bar.end - bar.start
    if number == 1:
        return [bar.start]
    if length < number + 1:  # in a bar of a few seconds there is no last second
        return [bar.start + length * n / number for n in range(number)]
    last = bar.end - 1
    inner = [float(int(bar.start + length * n / (number - 1))) for n in range(1, number - 1)]
    return [bar.start, *inner, last]


def _shared(volume: float, number: int) -> list[float]:
    """Return the volume in parts that add up to it, whole ones if it is whole."""
    if volume == UNKNOWN:
        return [UNKNOWN] * number
    if volume != int(volume):
        part = volume / number
        return [*[part] * (number - 1), volume - part * (number - 1)]
    whole = int(volume)
    return [float(whole // number + (n < whole % number)) for n in range(number)]
