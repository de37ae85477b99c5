"""Instruments whose quotes follow from others': nothing of them is stepped, they are worked out
when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ..listings.instrument import Instrument
from ..listings.option_pricing import value
from .played import NOTHING
from .quote import Quote, reference_price
from .random_walk import hash_noise

# lines of `hash_noise`, apart from those of prices and history
_SIZES, _SPREAD, _SHARE = (101, 102, 103)
_LARGEST = 20  # lots that are quoted
_OPTION_SPREAD = 0.01  # of the price, on either side


class Derived:
    """The price of an instrument that follows from others, worked out once for its parents' latest
    quotes.
    """

    def __init__(self, instrument: Instrument, parents: Sequence[Instrument], seed: int) -> None:
        self.instrument = instrument
        self.parents = tuple(parents)
        self._seed = seed + instrument.con_id
        # Whether it rises with each parent: what of the parent makes its own high.
        self._rises = tuple(_rises(instrument, n) for n in range(len(self.parents)))
        # of the first parent's volume
        self._share = 0.02 + 0.08 * abs(hash_noise(self._seed, _SHARE, 0))
        self._basis: tuple[Quote, ...] = ()
        self._day_basis: tuple[object, ...] = ()
        self._day_prices: tuple[Decimal, Decimal, Decimal, Decimal] | None = None
        self._offset = Decimal(0)  # from what it is worth to where it was put
        self._halted = 0
        self._quote: Quote | None = None

    def quote(self, basis: tuple[Quote, ...], now: float, day_start: float) -> Quote:
        """Return the quote that follows from these quotes of its parents. `day_start`: by whose
        time to expiry the prices of the day are worked out.
        """
        known = self._quote
        if (
            known is not None
            and len(basis) == len(self._basis)
            and all(a is b for a, b in zip(basis, self._basis, strict=True))
        ):
            return known
        if known is not None and self._halted:
            return known
        if any(not parent.legs and quote.last <= 0 for parent, quote in self._pairs(basis)):
            return NOTHING  # of the parents nothing is known yet
        self._basis = basis
        self._quote = self._worked_out(basis, now, day_start)
        return self._quote

    def _pairs(self, basis: tuple[Quote, ...]) -> Iterable[tuple[Instrument, Quote]]:
        return zip(self.parents, basis, strict=True)

    def put(self, quote: Quote) -> None:
        """Set the present quote, from which it goes on when its parents move. `quote` must have
        been asked for before.
        """
        if self._quote is not None:
            self._offset += quote.last - self._quote.last
        self._quote = quote
        self._halted = quote.halted

    def size(self, cell: int) -> Decimal:
        """Return a size that is the same for the same cell of time."""
        return self.instrument.lot * int(abs(hash_noise(self._seed, _SIZES, cell)) * _LARGEST + 1)

    def _worked_out(self, basis: tuple[Quote, ...], now: float, day_start: float) -> Quote:
        instrument = self.instrument
        serial = sum(int(quote.volume) for quote in basis) + basis[0].last_time
        bid, ask, last = (
            self._legs(basis, now) if instrument.legs else self._around(basis, serial, now)
        )
        opened, high, low, close = self._of_day(basis, day_start)
        return Quote(
            bid=bid,
            ask=ask,
            last=last,
            bid_size=self.size(3 * serial),
            ask_size=self.size(3 * serial + 1),
            last_size=self.size(3 * serial + 2),
            volume=Decimal(int(float(basis[0].volume / self.parents[0].lot) * self._share))
            * instrument.lot,
            open=opened,
            high=max(high, last),
            low=min(low, last),
            close=close,
            last_time=max(quote.last_time for quote in basis),
            halted=max(quote.halted for quote in basis),
        )

    def _around(
        self, basis: tuple[Quote, ...], serial: int, now: float
    ) -> tuple[Decimal, Decimal, Decimal]:
        """Return bid, ask and last from what it is worth."""
        instrument, tick = self.instrument, self.instrument.min_tick
        references = [
            float(reference_price(parent, quote))
            for parent, quote in zip(self.parents, basis, strict=True)
        ]
        worth = value(instrument, references, now) + float(self._offset)
        ticks = max(2, round(worth / float(tick)))
        dice = hash_noise(self._seed, _SPREAD, serial)
        wide = round(ticks * _OPTION_SPREAD) if instrument.is_option else 0
        below = max(1, ticks - wide - int(abs(dice) * 3))
        above = max(ticks, below + 1) + wide + (dice > 0)
        bid, ask, last = below * tick, above * tick, ticks * tick
        if instrument.bands:
            low, high = instrument.tick_at(bid), instrument.tick_at(ask)
            return bid // low * low, -(-ask // high) * high, instrument.round(float(last))
        return bid, ask, last

    def _legs(self, basis: tuple[Quote, ...], now: float) -> tuple[Decimal, Decimal, Decimal]:
        """Return bid, ask and last of a combination, which is bought by buying at the asks and
        selling at the bids.
        """
        legs, instrument = self.instrument.legs, self.instrument
        bids = [
            float(quote.bid if leg.units > 0 else quote.ask)
            for leg, quote in zip(legs, basis, strict=True)
        ]
        asks = [
            float(quote.ask if leg.units > 0 else quote.bid)
            for leg, quote in zip(legs, basis, strict=True)
        ]
        bid, ask = (
            instrument.round(value(instrument, prices, now)) + self._offset
            for prices in (bids, asks)
        )
        return bid, max(ask, bid + instrument.min_tick), instrument.round(float(bid + ask) / 2)

    def _of_day(
        self, basis: tuple[Quote, ...], day_start: float
    ) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """Open, high, low and close, from the parents'."""
        day_basis = (
            day_start,
            self._offset,
            *((quote.open, quote.high, quote.low, quote.close) for quote in basis),
        )
        if self._day_prices is None or day_basis != self._day_basis:
            opens = [float(quote.open) for quote in basis]
            closes = [float(quote.close) for quote in basis]
            highs = [
                float(quote.high if rises else quote.low)
                for quote, rises in zip(basis, self._rises, strict=True)
            ]
            lows = [
                float(quote.low if rises else quote.high)
                for quote, rises in zip(basis, self._rises, strict=True)
            ]
            worth = [
                value(self.instrument, prices, day_start) + float(self._offset)
                for prices in (opens, highs, lows)
            ]
            # the day before is over, whatever is done to it now
            before = value(self.instrument, closes, day_start)
            opened, high, low, close = (self.instrument.round(price) for price in (*worth, before))
            self._day_basis = day_basis
            self._day_prices = (opened, high, low, close)
        return self._day_prices


def _rises(instrument: Instrument, n: int) -> bool:
    if instrument.legs:
        return instrument.legs[n].units > 0
    return instrument.right != "P" and instrument.powers[n] > 0
