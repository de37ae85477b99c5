"""Instruments that go their own way: each walks at random from tick to tick, by dice of its own."""

from __future__ import annotations

import math
import random
from decimal import Decimal

from ..listings.instrument import YEAR, Instrument
from .quote import Quote

_MASK = 2**64 - 1


def hash_noise(seed: int, line: int, cell: int) -> float:
    """Return a number from -1 to 1 for these three, as if random (a 64-bit mix in the manner of
    SplitMix).
    """
    x = (seed * 0x9E3779B97F4A7C15 + line * 0xD1B54A32D192ED03 + cell * 0x8CB92BA72F3D8DD7) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return float(x ^ (x >> 31)) / 2**63 - 1


# a tick moves prices as this many seconds of trading would, however long it takes on the clock
STEP = 1.0
# chance that an instrument changes at a tick, within and without regular hours
ACTIVITY, OUTSIDE_ACTIVITY = (0.7, 0.15)
_LARGEST = 20  # lots that are quoted
_OPENING_VOLUME = 1000  # lots


class RandomWalk:
    """The quote of an instrument that moves at random, and its source of random numbers."""

    def __init__(self, instrument: Instrument, seed: int, now: float) -> None:
        self.instrument = instrument
        self._random = random.Random(seed + instrument.con_id)
        self._tick = instrument.min_tick
        self._tick_size = float(instrument.min_tick)
        self._change = instrument.volatility * math.sqrt(STEP / YEAR)
        # the price before it is rounded, which may move by less than a tick
        self._level = float(instrument.price)
        self.quote = self._opening(int(now))
        self.day = now  # when its trading day began
        self.settled: Decimal | None = None  # the last price when its market closed

    def _opening(self, now: int) -> Quote:
        instrument, tick = self.instrument, self._tick
        price = instrument.price
        close = instrument.round(
            self._level * math.exp(self._random.gauss(0, instrument.volatility / math.sqrt(365)))
        )
        sizes = (self.size(), self.size(), self.size(), self.size() * _OPENING_VOLUME)
        return Quote(
            max(price - tick, tick),
            max(price, 2 * tick) + tick,
            price,
            *sizes,
            price,
            price,
            price,
            close,
            now,
        )

    def size(self) -> Decimal:
        """Return a size, by dice."""
        return self.instrument.lot * int(self._random.random() * _LARGEST + 1)

    def step(self, now: int, activity: float) -> Quote | None:
        """Return the next quote; None if nothing happened."""
        dice, tick = self._random, self._tick
        happens, change = dice.random(), dice.gauss(0.0, self._change)
        if happens > activity:
            return None
        # the bid stays above zero
        self._level = max(self._level * math.exp(change), 2 * self._tick_size)
        ticks = round(self._level / self._tick_size)
        below = max(ticks - int(dice.random() * 3), 1)
        above = max(ticks, below + 1) + int(dice.random() * 2)
        old, last, size = self.quote, ticks * tick, self.size()
        self.quote = Quote(
            bid=below * tick,
            ask=above * tick,
            last=last,
            bid_size=self.size(),
            ask_size=self.size(),
            last_size=size,
            volume=old.volume + size,
            open=old.open,
            high=max(old.high, last),
            low=min(old.low, last),
            close=old.close,
            last_time=now,
        )
        return self.quote

    def put(self, quote: Quote) -> None:
        """Go on from this quote."""
        traded = quote.last != self.quote.last or quote.bid <= quote.last <= quote.ask
        self.quote = quote
        self._level = float(quote.last if traded else quote.midpoint)

    def new_day(self, start: float) -> None:
        """Begin a trading day: what was last, or last to be seen, becomes the close of the day
        before.
        """
        last, close = self.quote.last, self.quote.last if self.settled is None else self.settled
        self.quote = self.quote._replace(
            open=last, high=last, low=last, close=close, volume=self.size()
        )
        self.day = start
        self.settled = None
