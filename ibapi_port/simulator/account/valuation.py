"""What the positions of an account were worth when they were looked at last."""

from __future__ import annotations

from decimal import Decimal

from ..market.instruments import Instrument
from .money import is_marked, is_option


class Held:
    """What a quantity of an instrument, no currency pair, is worth while the market stands still:
    `value` in its own currency, which is worth `rate`; `worth` in the account's. `bound` is for
    `Margins`: what of it is bound.
    """

    __slots__ = (
        "bound",
        "instrument",
        "is_marked",
        "is_option",
        "quantity",
        "rate",
        "value",
        "worth",
    )
    bound: Decimal | None

    def __init__(
        self, instrument: Instrument, quantity: Decimal, value: Decimal, rate: Decimal
    ) -> None:
        self.instrument = instrument
        self.quantity = quantity
        self.value = value
        self.rate = rate
        self.worth = value * rate
        self.is_marked = is_marked(instrument)
        self.is_option = is_option(instrument)
        self.bound = None


class Valuation:
    """What positions were worth when they were looked at last, by contract id, until the market
    moves. Those who share it tell by the quantity whether a position is still the same.
    """

    def __init__(self) -> None:
        self._moves = -1
        self._held: dict[int, Held] = {}

    def at(self, moves: int) -> dict[int, Held]:
        """Return what is still so, now that the market has moved so often."""
        if self._moves != moves:
            self._moves = moves
            self._held.clear()
        return self._held
