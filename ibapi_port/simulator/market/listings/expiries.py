"""Last days of trading of futures and options, by the rules of their exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from .holidays import Calendar, nth_weekday

_WEDNESDAY, _FRIDAY = 2, 4
MONTH_CODES = "FGHJKMNQUVXZ"  # January to December


def month_after(year: int, month: int, months: int = 1) -> tuple[int, int]:
    """Return the month so many months later (or, below zero, earlier)."""
    count = year * 12 + month - 1 + months
    return count // 12, count % 12 + 1


def is_business_day(day: date, calendar: Calendar) -> bool:
    """Return whether it is a weekday and no holiday."""
    return day.weekday() < 5 and not calendar.is_closed(day)


def business_days_before(day: date, count: int, calendar: Calendar) -> date:
    """Return the day so many business days before; with 0 the day itself, or the last business day
    before it.
    """
    while not is_business_day(day, calendar):
        day -= timedelta(days=1)
    for _ in range(count):
        day -= timedelta(days=1)
        while not is_business_day(day, calendar):
            day -= timedelta(days=1)
    return day


def _month_end(year: int, month: int) -> date:
    return date(*month_after(year, month), 1) - timedelta(days=1)


def _third_friday(year: int, month: int, calendar: Calendar) -> date:
    return business_days_before(nth_weekday(year, month, _FRIDAY, 3), 0, calendar)


def _before_third_friday(year: int, month: int, calendar: Calendar) -> date:
    return business_days_before(_third_friday(year, month, calendar), 1, calendar)


def _month_end_less(count: int, months: int = 0) -> Callable[[int, int, Calendar], date]:
    """Return a rule: so many business days before the last one, of the month or another."""
    return lambda year, month, calendar: business_days_before(
        _month_end(*month_after(year, month, months)), count, calendar
    )


def _crude_oil(year: int, month: int, calendar: Calendar) -> date:
    """Return the third business day before the 25th of the month before."""
    return business_days_before(date(*month_after(year, month, -1), 25), 3, calendar)


def _currency(year: int, month: int, calendar: Calendar) -> date:
    """Return the second business day before the third Wednesday."""
    return business_days_before(nth_weekday(year, month, _WEDNESDAY, 3), 2, calendar)


def _volatility(year: int, month: int, calendar: Calendar) -> date:
    """Return the day thirty days before the third Friday of the month after."""
    return business_days_before(
        nth_weekday(*month_after(year, month), _FRIDAY, 3) - timedelta(days=30), 0, calendar
    )


RULES: dict[str, Callable[[int, int, Calendar], date]] = {
    "third friday": _third_friday,
    "day before third friday": _before_third_friday,
    "crude oil": _crude_oil,
    "month end": _month_end_less(0),
    "metals": _month_end_less(2),
    "natural gas": _month_end_less(2, -1),
    "treasuries": _month_end_less(7),
    "currencies": _currency,
    "volatility": _volatility,
}


def months_from(today: date, codes: str) -> Iterator[tuple[int, int]]:
    """Return year and month of contracts with these month codes, from this month on, endlessly."""
    year, month = today.year, today.month
    while True:
        if MONTH_CODES[month - 1] in codes:
            yield year, month
        year, month = month_after(year, month)


def weekly_expiries(today: date, count: int, calendar: Calendar) -> list[date]:
    """Return the Fridays to come (or the days before, where they are holidays), today included."""
    friday = today + timedelta(days=(_FRIDAY - today.weekday()) % 7)
    days = [
        business_days_before(friday + timedelta(days=7 * n), 0, calendar) for n in range(count + 1)
    ]
    return [day for day in days if day >= today][:count]


def daily_expiries(today: date, count: int, calendar: Calendar) -> list[date]:
    """Return the business days to come, today included."""
    days = (today + timedelta(days=n) for n in range(2 * count + 10))
    return [day for day in days if is_business_day(day, calendar)][:count]


def monthly_expiries(
    today: date, count: int, rule: str, calendar: Calendar, codes: str = MONTH_CODES
) -> list[date]:
    """Return the days by one of RULES that are not over yet."""
    found: list[date] = []
    for year, month in months_from(today, codes):
        day = RULES[rule](year, month, calendar)
        if len(found) == count:
            break
        if day >= today:
            found.append(day)
    return found
