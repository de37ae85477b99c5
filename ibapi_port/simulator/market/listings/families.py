"""Futures and options: made for a date by what the data file says of their families, so that there
is a front month at any time.

A contract id says family, expiry, strike and right, so a contract has the same one whenever, and
in whatever order, it is made.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from .expiries import (
    MONTH_CODES,
    RULES,
    business_days_before,
    daily_expiries,
    month_after,
    monthly_expiries,
    months_from,
    weekly_expiries,
)
from .holidays import Calendar
from .instrument import Instrument

FIRST_ID = 1_000_000_000  # below it are the contract ids of the data file
_FAMILY_BITS, _DAY_BITS, _STRIKE_BITS = 23, 12, 10
_DAY_MASK = (1 << _DAY_BITS) - 1
_EPOCH = date(2016, 1, 1)
_LONG_MONTHS = "FMZ"  # in which options expire that have years to go
_PAST = 8  # months of a future that have expired and can still be found
_FUTURE_LISTED, _OPTION_LISTED = timedelta(days=450), timedelta(days=200)  # before the expiry
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def family_of(con_id: int) -> int:
    """Return the number of the family that a contract id belongs to; below zero: none."""
    return (con_id - FIRST_ID) >> _FAMILY_BITS


def _day_number(day: date) -> int:
    return (day - _EPOCH).days & _DAY_MASK


def as_date(text: str) -> date:
    """Read a date: YYYYMMDD."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


class Family:
    """What futures and options have in common. `template`: their data but what each has of its
    own.
    """

    def __init__(self, number: int, template: Instrument) -> None:
        self.number = number
        self.template = template
        self._made: dict[int, Instrument] = {}
        self._current: tuple[date, list[Instrument]] | None = None

    def members(self, today: date) -> list[Instrument]:
        """Return those that are traded, the nearest expiry first."""
        if self._current is None or self._current[0] != today:
            self._current = (today, self._members(today))
        return self._current[1]

    def expired(self, today: date) -> list[Instrument]:
        """Return those that have expired and can be found nonetheless."""
        return [entry for entry in self._made.values() if entry.expiry < f"{today:%Y%m%d}"]

    def by_con_id(self, con_id: int, today: date) -> Instrument | None:
        """Return the family's contract with this id, or None."""
        if con_id not in self._made:
            self.members(today)
            self.expired(today)
        return self._made.get(con_id)

    def _members(self, today: date) -> list[Instrument]:
        raise NotImplementedError

    def _keep(
        self, expiry: date, strike_number: int, right: str, make: Callable[[int], Instrument]
    ) -> Instrument:
        """Return the contract, made if it has not been yet."""
        day = _day_number(expiry)
        low = (day << _STRIKE_BITS | strike_number % (1 << _STRIKE_BITS)) << 1 | (right == "P")
        con_id = FIRST_ID + (self.number << _FAMILY_BITS) + low
        if con_id not in self._made:
            self._made[con_id] = make(con_id)
        return self._made[con_id]


class Futures(Family):
    """The months of a future. `spec`: expiry (a rule), months (their codes), count, local (a
    pattern of the local symbol).
    """

    def __init__(
        self, number: int, template: Instrument, calendar: Calendar, spec: Mapping[str, Any]
    ) -> None:
        super().__init__(number, template)
        self._calendar = calendar
        self._rule = RULES[spec["expiry"]]
        self._months = spec["months"]
        self._count = spec["count"]
        self._local = spec.get("local", "{root}{code}{digit}")

    def _members(self, today: date) -> list[Instrument]:
        # Crude oil ends in the month before the one that it is named after.
        made = self._from(today.year, today.month, self._count + 2)
        return [entry for entry in made if as_date(entry.expiry) >= today][: self._count]

    def expired(self, today: date) -> list[Instrument]:
        """Return the futures that have expired and can be found nonetheless."""
        start = month_after(today.year, today.month, -(12 * _PAST // len(self._months)) - 1)
        made = self._from(*start, _PAST + self._count)
        return [entry for entry in made if as_date(entry.expiry) < today][-_PAST:]

    def _from(self, year: int, month: int, count: int) -> list[Instrument]:
        months = months_from(date(year, month, 1), self._months)
        return sorted(
            (self._make(*next(months)) for _ in range(count)), key=lambda entry: entry.expiry
        )

    def _make(self, year: int, month: int) -> Instrument:
        expiry = self._rule(year, month, self._calendar)
        names = {
            "root": self.template.trading_class,
            "code": MONTH_CODES[month - 1],
            "digit": year % 10,
            "month": _MONTHS[month - 1],
        }
        return self._keep(
            expiry,
            0,
            "",
            lambda con_id: replace(
                self.template,
                con_id=con_id,
                local_symbol=self._local.format(
                    **names, year=f"{year % 100:02d}", day=f"{expiry:%Y%m%d}"
                ),
                expiry=f"{expiry:%Y%m%d}",
                contract_month=f"{year}{month:02d}",
                listed=f"{expiry - _FUTURE_LISTED:%Y%m%d}",
            ),
        )


class Options(Family):
    """An option chain. `spec`: daily, weekly, monthly (how many of each), rule (of the months),
    step and strikes (on each side of the price), far (a wider step, from half to twice the price),
    on a future also `lead` (business days that it expires before the future does).

    `future`: the family whose months are the underlyings; without one it is the template's
    underlying.
    """

    def __init__(
        self,
        number: int,
        template: Instrument,
        calendar: Calendar,
        spec: Mapping[str, Any],
        future: Futures | None = None,
    ) -> None:
        super().__init__(number, template)
        self._calendar = calendar
        self._spec = spec
        self.future = future
        self._strikes = list(enumerate(_listed_strikes(spec, template.price)))

    def expiries(self, today: date) -> list[date]:
        """Return the expiries, in order."""
        spec, calendar = self._spec, self._calendar
        days = {
            *daily_expiries(today, spec.get("daily", 0), calendar),
            *weekly_expiries(today, spec.get("weekly", 0), calendar),
            *monthly_expiries(
                today, spec.get("monthly", 0), spec.get("rule", "third friday"), calendar
            ),
            *monthly_expiries(
                today,
                len(_LONG_MONTHS) * spec.get("yearly", 0),
                spec.get("rule", "third friday"),
                calendar,
                _LONG_MONTHS,
            ),
        }
        return sorted(days)

    def strikes(self) -> list[Decimal]:
        """Return the strikes, in order."""
        return [strike for _, strike in self._strikes]

    def like(self, today: date, expiry: str, strike: float, right: str = "") -> list[Instrument]:
        """Return those of an expiry or month (YYYYMMDD, YYYYMM; "": any), a strike (0: any) and a
        right ("": any). No others are made, as a long chain takes its time.
        """
        if self.future is not None or not (expiry or strike):
            return self.members(today)
        return [
            each
            for day in self.expiries(today)
            if f"{day:%Y%m%d}".startswith(expiry)
            for each in self._of_day(self.template, day, None, strike, right)
        ]

    def by_con_id(self, con_id: int, today: date) -> Instrument | None:
        """Return the option with this id, or None."""
        if con_id not in self._made and self.future is None:
            for day in self.expiries(today):
                if _day_number(day) == (con_id - FIRST_ID) >> (_STRIKE_BITS + 1) & _DAY_MASK:
                    self.like(today, f"{day:%Y%m%d}", 0.0)
            return self._made.get(con_id)
        return super().by_con_id(con_id, today)

    def _members(self, today: date) -> list[Instrument]:
        if self.future is None:
            return [
                each
                for expiry in self.expiries(today)
                for each in self._of_day(self.template, expiry)
            ]
        found: list[Instrument] = []
        for future in self.future.members(today):
            expiry = business_days_before(
                as_date(future.expiry), self._spec.get("lead", 0), self._calendar
            )
            if expiry >= today:
                found += self._of_day(
                    replace(self.template, underlying=future.con_id, parents=(future.con_id,)),
                    expiry,
                    future,
                )
        return found

    def _of_day(
        self,
        template: Instrument,
        expiry: date,
        future: Instrument | None = None,
        wanted: float = 0.0,
        side: str = "",
    ) -> Iterable[Instrument]:
        for number, strike in self._strikes:
            if wanted and float(strike) != wanted:
                continue
            for right in side or "CP":
                make = functools.partial(_option, template, expiry, strike, right, future)
                yield self._keep(expiry, number, right, make)


def _listed_strikes(spec: Mapping[str, Any], price: Decimal) -> list[Decimal]:
    """Return strikes `step` apart near the price, and `far` apart from half to twice the price."""
    step, far, near = Decimal(spec["step"]), Decimal(spec.get("far", 0)), spec["strikes"]
    middle = round(price / step)
    found = {number * step for number in range(max(1, middle - near), middle + near + 1)}
    if far:
        ends = round(price / 2 / far), round(price * 2 / far)
        found |= {number * far for number in range(max(1, ends[0]), ends[1] + 1)}
    return sorted(found)


def _option(
    template: Instrument,
    expiry: date,
    strike: Decimal,
    right: str,
    future: Instrument | None,
    con_id: int,
) -> Instrument:
    if future is None:
        local = f"{template.trading_class:<6}{expiry:%y%m%d}{right}{int(strike * 1000):08d}"
        month = f"{expiry:%Y%m}"
    else:
        local = f"{template.trading_class}{future.local_symbol[-2:]} {right}{strike.normalize():f}"
        month = future.contract_month
    intrinsic = max(
        template.price - strike if right == "C" else strike - template.price, Decimal(0)
    )
    return template.varied(
        con_id=con_id,
        local_symbol=local,
        expiry=f"{expiry:%Y%m%d}",
        contract_month=month,
        strike=strike,
        right=right,
        price=max(intrinsic, template.min_tick),
        listed=f"{expiry - _OPTION_LISTED:%Y%m%d}",
    )
