"""Time zones by name. The three that IB's hours are given in are known on every computer; Windows
has no time zone database of its own, and the package needs none.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_HOUR = timedelta(hours=1)
_SUNDAY = 6


def _sunday(year: int, month: int, which: int) -> date:
    """Return a Sunday of a month: the first is 1, the last -1."""
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(_SUNDAY - first.weekday()) % 7 + 7 * (which - 1))
    last = date(year, month, 31)  # March and October only
    return last - timedelta(days=(last.weekday() - _SUNDAY) % 7)


def _american(year: int) -> tuple[datetime, datetime]:
    """Return when summer time begins and ends, in local standard time."""
    begin, end = _sunday(year, 3, 2), _sunday(year, 11, 1)
    return datetime(year, 3, begin.day, 2), datetime(year, 11, end.day, 1)


def _european(year: int) -> tuple[datetime, datetime]:
    begin, end = _sunday(year, 3, -1), _sunday(year, 10, -1)
    return datetime(year, 3, begin.day, 2), datetime(year, 10, end.day, 2)


class _RuleZone(tzinfo):
    """A zone by the rule that it has today."""

    def __init__(
        self, hours: int, summer: Callable[[int], tuple[datetime, datetime]] | None = None
    ) -> None:
        self._standard = timedelta(hours=hours)
        self._summer = summer

    def dst(self, when: datetime | None) -> timedelta:
        if when is None or self._summer is None:
            return timedelta(0)
        begin, end = self._summer(when.year)
        local = when.replace(tzinfo=None, fold=0)
        if local < begin + _HOUR * (1 - when.fold) or local >= end + _HOUR:
            return timedelta(0)
        if local < end:
            return _HOUR
        return timedelta(0) if when.fold else _HOUR  # the hour that comes twice

    def utcoffset(self, when: datetime | None) -> timedelta:
        return self._standard + self.dst(when)

    def tzname(self, when: datetime | None) -> str:
        return str(timezone(self.utcoffset(when)))

    def fromutc(self, when: datetime) -> datetime:
        standard = when + self._standard
        if self._summer is None:
            return standard
        begin, end = self._summer(standard.year)
        plain = standard.replace(tzinfo=None)
        if begin <= plain < end:
            return standard + _HOUR
        return standard.replace(fold=1) if end <= plain < end + _HOUR else standard


RULES: dict[str, tzinfo] = {
    "America/New_York": _RuleZone(-5, _american),
    "Europe/Zurich": _RuleZone(1, _european),
    "Asia/Hong_Kong": _RuleZone(8),
    "UTC": timezone.utc,
}


def zone_named(name: str) -> tzinfo:
    """Return the time zone of a name such as "America/New_York". Raise ValueError if there is none.

    IB's own names "US/Eastern" and the like are in the database too.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        pass
    if isinstance(name, str) and name in RULES:
        return RULES[name]
    hint = 'use a name such as "America/New_York"; on Windows "pip install tzdata" gives all zones'
    raise ValueError(f"zone: {name!r} is not known; {hint}")


__all__ = ["zone_named"]
