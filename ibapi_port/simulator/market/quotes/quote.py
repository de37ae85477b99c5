"""The market of one instrument at a moment."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from ..listings.instrument import Instrument


class Quote(NamedTuple):
    """A quote. Prices are multiples of the instrument's tick; sizes and volume are in shares, units
    or contracts.
    """

    bid: Decimal
    ask: Decimal
    last: Decimal  # of what reports no trades: between bid and ask
    bid_size: Decimal
    ask_size: Decimal
    last_size: Decimal
    volume: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal  # of the day before
    last_time: int  # seconds since 1970
    halted: int = 0  # IB's tick 49: 0 not halted, 1 halted, 2 by its volatility

    @property
    def midpoint(self) -> Decimal:
        """Return the price halfway between bid and ask."""
        return (self.bid + self.ask) / 2


def reference_price(instrument: Instrument, quote: Quote) -> Decimal:
    """Return the price that an instrument is said to have: positions are valued at it, and other
    instruments' prices follow from it.
    """
    return quote.last if instrument.has_trades else quote.midpoint
