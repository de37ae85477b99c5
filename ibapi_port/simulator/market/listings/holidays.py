"""Days on which a market is closed, as the data file has them: by date or by rule.

A day is one of "20270101", "1225" (each year), "0704*" (each year; on a weekend the nearest weekday
is kept instead), "0101>" (on a Sunday the Monday after), "11-thu-4" (fourth Thursday in November),
"05-mon-last", "easter-2" (Good Friday). Days may be added to the last three: "11-thu-4+1" is the
day after.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RULE = re.compile(
    r"(?:(?P<fixed>\d{4})(?P<observed>[*>]?)"
    r"|(?P<month>\d{2})-(?P<weekday>[a-z]{3})-(?P<nth>[1-5]|last)"
    r"|easter)(?P<shift>[+-]\d+)?"
)


class Calendar:
    """Holidays and days that end early. ValueError: a day's rule cannot be read."""

    def __init__(self, closed: Iterable[str], early: Mapping[str, int]) -> None:
        self._closed = tuple(closed)
        self._early = dict(early)
        self._years: dict[int, tuple[frozenset[date], dict[date, int]]] = {}
        self._year(2000)

    def is_closed(self, when: date) -> bool:
        """Return whether the market is closed on that day."""
        return when in self._year(when.year)[0]

    def early_close(self, when: date) -> int | None:
        """Return the minute of the day at which the market closes; None if it does so as always."""
        return self._year(when.year)[1].get(when)

    def _year(self, year: int) -> tuple[frozenset[date], dict[date, int]]:
        known = self._years.get(year)
        if known is None:
            closed = frozenset(
                day for rule in self._closed if (day := _day(rule, year)) is not None
            )
            early = {
                day: minute
                for rule, minute in self._early.items()
                if (day := _day(rule, year)) is not None and day not in closed
            }
            known = self._years[year] = (closed, early)
        return known


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """Return the nth such weekday (0: Monday) of the month; -1 for the last."""
    if nth < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


@lru_cache(maxsize=64)
def easter(year: int) -> date:
    """Return easter Sunday (Gauss and Butcher's reckoning)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _day(rule: str, year: int) -> date | None:
    """Return the rule's day in that year; None if it means another year's."""
    if re.fullmatch(r"\d{8}", rule):
        return date(int(rule[:4]), int(rule[4:6]), int(rule[6:])) if int(rule[:4]) == year else None
    match = _RULE.fullmatch(rule)
    if match is None:
        raise ValueError(f"not a holiday: {rule!r}")
    if match["fixed"]:
        found = date(year, int(match["fixed"][:2]), int(match["fixed"][2:]))
        if match["observed"]:
            saturday = -1 if match["observed"] == "*" else 0
            found += timedelta(days={5: saturday, 6: 1}.get(found.weekday(), 0))
    elif match["month"]:
        nth = -1 if match["nth"] == "last" else int(match["nth"])
        found = nth_weekday(year, int(match["month"]), _WEEKDAYS.index(match["weekday"]), nth)
    else:
        found = easter(year)
    return found + timedelta(days=int(match["shift"] or 0))
