"""The ticks of reqMktData in the order in which TWS sends them: the last trade and the day before
the quote, and each size once more by itself after the price that it came along with.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..listings.instrument import Instrument
from ..quotes.quote import Quote
from .ticks import OTHER, Tick

_LAST_TIMES, _HALTS, _EXCHANGES = (45, 88), (49, 90), (32, 33, 84)
_SIZES_OF = {1: 0, 2: 3, 4: 5, 66: 69, 67: 70, 68: 71}  # price tick: the tick of its size
_VOLUMES = (8, 74)
_AFTER_PRICE = (5, 71)  # sizes that follow their price at once; those of the quote come at the end
_ORDER = [
    *(45, 88, 4, 68, 5, 71, 8, 74, 6, 72, 7, 73, 9, 75, 14, 76),
    *(1, 66, 2, 67, 0, 69, 3, 70, 32, 33, 84, 49, 90),
]
_RANK = {tick: n for n, tick in enumerate(_ORDER)}
_HUNDRED = Decimal(100)


class TickOrder:
    """Puts an instrument's ticks in order. `hundreds`: its volume is counted in hundreds."""

    def __init__(self, instrument: Instrument, delayed: bool, real: bool, hundreds: bool) -> None:
        self._delayed = delayed
        self._real = real
        self._hundreds = hundreds and instrument.sec_type == "STK" and instrument.currency == "USD"

    def of(self, ticks: list[Tick], known: Quote | None, quote: Quote) -> list[Tick]:
        """Return the ticks of a change as TWS sends them; those of everything if nothing was
        `known`.
        """
        if self._hundreds:
            ticks = list(_in_hundreds(ticks, known, quote))
        if not self._real:
            return ticks
        made: list[Tick] = []
        for name, values in ticks:
            kind = values["tickType"]
            if known is None and (kind in _EXCHANGES or (kind in _HALTS and not quote.halted)):
                continue  # they come with the next change
            if self._delayed and name == "tickPrice":
                values = {**values, "attrib": OTHER}
            made.append((name, values))
            if name == "tickPrice" and kind in _SIZES_OF:
                made.append(("tickSize", {"tickType": _SIZES_OF[kind], "size": values["size"]}))
        made.sort(key=_rank)
        return made


def exchange_ticks(ticks: Iterable[Tick]) -> list[Tick]:
    """Return those of the ticks that name exchanges: they come with a client's first change."""
    return [tick for tick in ticks if tick[1]["tickType"] in _EXCHANGES[:2]]


def _rank(tick: Tick) -> int:
    return _RANK.get(tick[1]["tickType"], len(_ORDER))


def _in_hundreds(ticks: list[Tick], known: Quote | None, quote: Quote) -> Iterable[Tick]:
    volume = quote.volume // _HUNDRED
    for name, values in ticks:
        if values["tickType"] not in _VOLUMES:
            yield name, values
        elif known is None or known.volume // _HUNDRED != volume:
            yield name, {**values, "size": volume}
