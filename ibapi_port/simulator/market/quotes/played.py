"""Instruments whose quotes come from data that the user has given."""

from __future__ import annotations

from decimal import Decimal

from ..listings.instrument import Instrument
from .quote import Quote

_ZERO = Decimal(0)
# before the data begin
NOTHING = Quote(_ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, 0)


class Played:
    """The quote of an instrument that is moved by a player, or a script, and never by itself."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quote = NOTHING
        self.day = 0.0  # when its trading day began
        self.settled: Decimal | None = None  # the last price when its market closed

    def size(self) -> Decimal:
        """Return the size that is quoted where none is told."""
        return self.instrument.lot

    def step(self, now: int, activity: float) -> Quote | None:
        """Return None: it does not move by itself."""
        return None

    def put(self, quote: Quote) -> None:
        """Go on from this quote."""
        self.quote = quote

    def new_day(self, start: float) -> None:
        """Begin a trading day: what was last becomes the close of the day before."""
        if self.day:
            self.quote = self.quote._replace(
                open=_ZERO, high=_ZERO, low=_ZERO, volume=_ZERO, close=self.quote.last
            )
        self.day = start
        self.settled = None
