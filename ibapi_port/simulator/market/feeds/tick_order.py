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
_ORDER = [
    *(45, 88, 4, 68, 5, 71, 8, 74, 6, 72, 7, 73, 9, 75, 14, 76),
    *(1, 66, 2, 67, 0, 69, 3, 70, 32, 33, 84, 49, 90),
]
_RANK = {tick: n for n, tick in enumerate(_ORDER)}
_DAY = (6, 72, 7, 73, 9, 75, 14, 76)
_LATER = (*_EXCHANGES[:2], *_VOLUMES)
_AGAIN = (1, 66, 0, 69, 2, 67, 3, 70, 4, 68, 5, 71, 8, 74, 45, 88)
_AGAIN_RANK = {tick: n for n, tick in enumerate(_AGAIN)}
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
        ticks = self.counted(ticks, quote, known)
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

    def counted(self, ticks: list[Tick], quote: Quote, known: Quote | None = None) -> list[Tick]:
        """Return the ticks with the volume as this profile counts it; without it if it is the one
        that was `known`.
        """
        return list(_in_hundreds(ticks, known, quote)) if self._hundreds else ticks


def asked_again(ticks: list[Tick]) -> list[Tick]:
    """Return the first ticks as TWS sends them of an instrument that was watched before: the quote
    first, then the last trade, and not the day.
    """
    chosen = [tick for tick in ticks if tick[1]["tickType"] in _AGAIN_RANK]
    return sorted(chosen, key=lambda tick: _AGAIN_RANK[tick[1]["tickType"]])


def later_ticks(ticks: Iterable[Tick], again: bool) -> list[Tick]:
    """Return those of the ticks that come a moment after the first ones: where bid and ask are, and
    the volume; `again`: also the day.
    """
    later = _LATER if not again else (*_DAY, *_LATER)
    found = {tick[1]["tickType"]: tick for tick in ticks}
    return [found[kind] for kind in later if kind in found]


def _rank(tick: Tick) -> int:
    return _RANK.get(tick[1]["tickType"], len(_ORDER))


def _in_hundreds(ticks: list[Tick], known: Quote | None, quote: Quote) -> Iterable[Tick]:
    volume = quote.volume // _HUNDRED
    for name, values in ticks:
        if values["tickType"] not in _VOLUMES:
            yield name, values
        elif known is None or known.volume // _HUNDRED != volume:
            yield name, {**values, "size": volume}
