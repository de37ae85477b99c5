"""The rule for pattern day traders in the United States: an account below 25,000 USD may make three
day trades in five business days, and open no position after that.

A day trade closes what was opened on the same day. Options and stocks count, each order once.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from ..market.instruments import Instrument
from .money import ZERO

LEAST = Decimal(25_000)  # USD: from there on the rule does not hold
MOST = 3
UNLIMITED = -1  # as DayTradesRemaining says it
_BUSINESS_DAYS = 5
_COUNTED = ("STK", "OPT", "WAR")
_SATURDAY = 5


class DayTrades:
    """The day trades of one account."""

    def __init__(self) -> None:
        self._today: date | None = None
        self._opened: dict[int, Decimal] = {}  # signed quantity that was opened today
        self._made: dict[tuple[date, object], None] = {}  # when, and by which order

    def note(
        self, instrument: Instrument, signed: Decimal, held: Decimal, order: object, today: date
    ) -> None:
        """Note a trade of an order. `held`: the position before it."""
        if instrument.sec_type not in _COUNTED:
            return
        if today != self._today:
            self._today = today
            self._opened.clear()
        closing = min(abs(signed), abs(held)) if signed * held < 0 else ZERO
        opened = self._opened.get(instrument.con_id, ZERO)
        same_day = min(closing, abs(opened)) if opened * held > 0 else ZERO
        if same_day:
            self._made[today, order] = None
            opened -= same_day.copy_sign(opened)
        rest = (abs(signed) - closing).copy_sign(signed)
        self._opened[instrument.con_id] = rest if closing and rest else opened + rest

    def remaining(self, equity: Decimal, today: date) -> int:
        """Return how many are left with so much equity in USD; UNLIMITED: as many as one likes."""
        if equity >= LEAST:
            return UNLIMITED
        first = _business_days_before(today, _BUSINESS_DAYS - 1)
        self._made = {made: None for made in self._made if made[0] >= first}
        return max(0, MOST - len(self._made))


def _business_days_before(day: date, count: int) -> date:
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day
