"""Splits and dividends: what a file tells of them, and what they do to the prices of the past.

The files' prices are those at which was traded. History tells prices as IB does: adjusted for the
splits between the bar and the present, and ADJUSTED_LAST for the dividends too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from ..history.days import Days
from ..market.listings.instrument import Instrument
from .series import MOST, moment_of, moments
from .tables import Row, Table

SPLIT, DIVIDEND = "split", "dividend"
_LONGEST_HOLIDAY = timedelta(days=14)


@dataclass(frozen=True)
class Action:
    """A split into `value` shares for one, or a dividend of `value` a share. `time`: the opening of
    the first day without it. `paid`: when a dividend is paid; None: at once.
    """

    time: float
    kind: str
    value: Decimal
    paid: float | None = None


def read_actions(instrument: Instrument, tables: Sequence[Table], days: Days) -> list[Action]:
    """Return an instrument's actions in order of time. BadValue names what is wrong."""
    found: list[Action] = []
    for table in tables:
        for row, moment in zip(table.rows, moments(table.rows, days, instrument), strict=True):
            day = moment.day or days.date_of(instrument, moment.seconds or 0.0)
            trading = next(iter(days.from_to(instrument, day, day)), None)
            if trading is None:
                raise row.wrong("time", f"{day} is no trading day of {instrument.local_symbol}")
            kind = row.text("type").lower().rstrip("s")
            if kind not in (SPLIT, DIVIDEND):
                raise row.wrong("type", f"must be split or dividend, not {row.text('type')!r}")
            paid = _paid(row, instrument, days, day, kind)
            found.append(Action(trading.start, kind, _value(row), paid))
    return sorted(found, key=lambda action: action.time)


def _paid(row: Row, instrument: Instrument, days: Days, ex_day: date, kind: str) -> float | None:
    """Return when a dividend is paid: as the first trading day from its date on begins. None: at
    once.
    """
    if not row.text("pay_date"):
        return None
    if kind == SPLIT:
        raise row.wrong("pay_date", "must be empty: a split pays nothing")
    moment = moment_of(row, "pay_date", days.zone(instrument))
    day = moment.day or days.date_of(instrument, moment.seconds or 0.0)
    if day < ex_day:
        raise row.wrong("pay_date", f"{day} is before the day without the dividend, {ex_day}")
    first = next(iter(days.from_to(instrument, day, day + _LONGEST_HOLIDAY)), None)
    if first is None:
        raise row.wrong("pay_date", f"no trading day of {instrument.local_symbol} follows {day}")
    return first.start


def _value(row: Row) -> Decimal:
    """Read "4", "0.24", or the ratio "4:1"."""
    text = row.text("value")
    shares, sign, of = text.partition(":")
    try:
        value = Decimal(shares) / (Decimal(of) if sign else 1)
    except (InvalidOperation, ZeroDivisionError):
        value = Decimal(0)
    if not (value.is_finite() and 0 < value <= Decimal(MOST)):
        raise row.wrong("value", f'must be a number above 0 or a ratio such as "4:1", not {text!r}')
    return value


@dataclass
class Adjustments:
    """The actions of an instrument, as they bear on prices of the past."""

    actions: list[Action] = field(default_factory=list)
    # of each dividend: by how much earlier prices are reduced, from the close before it
    shares_of_price: dict[float, float] = field(default_factory=dict)

    def splits(self, time: float, now: float) -> float:
        """Return by what a price of `time` is divided, as of now, and its volume multiplied."""
        factor = 1.0
        for action in self.actions:
            if time < action.time <= now and action.kind == SPLIT:
                factor *= float(action.value)
        return factor

    def dividends(self, time: float, now: float) -> float:
        """Return by what a price of `time` is multiplied for dividends, as of now."""
        factor = 1.0
        for action in self.actions:
            if time < action.time <= now and action.kind == DIVIDEND:
                factor *= self.shares_of_price.get(action.time, 1.0)
        return factor
