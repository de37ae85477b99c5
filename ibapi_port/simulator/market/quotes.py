"""The simulated market: a quote for each instrument that moves at every tick, the same for the same seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .instruments import SECONDS_PER_DAY, Instrument

YEAR = 365 * SECONDS_PER_DAY
STEP = 1.0  # a tick moves prices as this many seconds of trading would, however long it takes on the clock
ACTIVITY = 0.7  # chance that an instrument changes at a tick


@dataclass(frozen=True)
class Quote:
    """The market of one instrument at a moment. Prices are multiples of its tick; sizes and volume in shares or units."""

    bid: Decimal
    ask: Decimal
    last: Decimal  # of a currency pair, which reports no trades: between bid and ask
    bid_size: Decimal
    ask_size: Decimal
    last_size: Decimal
    volume: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal  # of the day before
    last_time: int  # seconds since 1970

    @property
    def midpoint(self) -> Decimal:
        return (self.bid + self.ask) / 2


OnQuote = Callable[[Instrument, Quote], None]


class Market:
    """The quotes. Whoever listens is told of each change, in the order in which they began to listen."""

    def __init__(self, instruments: Sequence[Instrument], seed: int, now: Callable[[], float]) -> None:
        self._now = now
        self._random = {entry.con_id: random.Random(seed + entry.con_id) for entry in instruments}
        self._instruments = instruments
        self._quotes = {entry.con_id: self._opening(entry) for entry in self._instruments}
        self._listeners: list[OnQuote] = []

    def quote(self, instrument: Instrument) -> Quote:
        return self._quotes[instrument.con_id]

    def mark(self, instrument: Instrument) -> Decimal:
        """The price that positions are valued at."""
        quote = self.quote(instrument)
        return quote.midpoint if instrument.is_pair else quote.last

    def listen(self, on_quote: OnQuote) -> None:
        """Be told of each change."""
        self._listeners.append(on_quote)

    def tick(self) -> None:
        """One step of every instrument."""
        for instrument in self._instruments:
            quote = self._step(instrument)
            if quote is not None:
                self._publish(instrument, quote)

    def move(self, instrument: Instrument, last: Decimal) -> None:
        """Put the price there at once, as if traded; the spread is one tick around it."""
        tick = instrument.min_tick
        self._publish(instrument, self._traded(instrument, last, last - tick, last + tick))

    def _publish(self, instrument: Instrument, quote: Quote) -> None:
        self._quotes[instrument.con_id] = quote
        for on_quote in self._listeners:
            on_quote(instrument, quote)

    def _opening(self, instrument: Instrument) -> Quote:
        rng, tick, price = self._random[instrument.con_id], instrument.min_tick, instrument.price
        close = instrument.round(float(price) * math.exp(rng.gauss(0, instrument.volatility / math.sqrt(365))))
        return Quote(
            bid=price - tick,
            ask=price + tick,
            last=price,
            bid_size=self._size(instrument),
            ask_size=self._size(instrument),
            last_size=self._size(instrument),
            volume=self._size(instrument) * 1000,
            open=price,
            high=price,
            low=price,
            close=close,
            last_time=int(self._now()),
        )

    def _size(self, instrument: Instrument) -> Decimal:
        return Decimal(instrument.lot * self._random[instrument.con_id].randint(1, 20))

    def _step(self, instrument: Instrument) -> Quote | None:
        """The next quote; None if nothing happened."""
        rng, quote, tick = self._random[instrument.con_id], self.quote(instrument), instrument.min_tick
        happens, change = rng.random(), rng.gauss(0, instrument.volatility * math.sqrt(STEP / YEAR))
        if happens > ACTIVITY:
            return None
        last = max(instrument.round(float(quote.last) * math.exp(change)), 2 * tick)  # the bid stays above zero
        bid = max(last - rng.randint(0, 2) * tick, tick)
        return self._traded(instrument, last, bid, max(last, bid + tick) + rng.randint(0, 1) * tick)

    def _traded(self, instrument: Instrument, last: Decimal, bid: Decimal, ask: Decimal) -> Quote:
        quote, last_size = self.quote(instrument), self._size(instrument)
        return replace(
            quote,
            bid=bid,
            ask=ask,
            last=last,
            bid_size=self._size(instrument),
            ask_size=self._size(instrument),
            last_size=last_size,
            volume=quote.volume + last_size,
            high=max(quote.high, last),
            low=min(quote.low, last),
            last_time=int(self._now()),
        )
