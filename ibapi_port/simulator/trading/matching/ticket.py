"""An order as the exchange sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ...account.money import ZERO
from ...market.instruments import Instrument
from ...market.quotes.market import Quote
from .terms import Terms
from .triggers import Trigger


@dataclass(eq=False)
class Ticket:
    """An order as the exchange sees it."""

    perm_id: int
    instrument: Instrument
    buys: bool
    remaining: Decimal
    terms: Terms
    trigger: Trigger | None = None  # what the market has to do before it works
    smallest: Decimal = ZERO  # it fills with no less at once (at its first fill); 0: any
    whole: bool = False  # it fills with all that remains or not at all
    resting: bool = False  # it has been looked at and could not be filled
    volume: Decimal | None = None  # the day's, when it was last looked at
    # of the queue at its limit: how much stands before it; None: the market has not been there
    ahead: Decimal | None = None
    # how much of what remains may fill now; None: all
    allowance: Callable[[Quote], Decimal] | None = None
    adjust: Callable[[Quote], None] | None = None  # looks whether it is time to change the ticket
