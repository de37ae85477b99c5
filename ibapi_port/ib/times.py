"""Times as TWS writes them, read as `datetime`.

    >>> read_time("20261120 16:00:00 US/Eastern")
    datetime.datetime(2026, 11, 20, 16, 0, tzinfo=zoneinfo.ZoneInfo(key='US/Eastern'))

TWS writes a moment in many forms; `read_time` takes all of them. Some name no time zone: those of
old TWS versions, dates, and the times of a schedule. For these the caller has to say the zone. It
is not guessed, as a guess that is wrong would move the price of one hour into another.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["Written", "moment_of", "read_session_times", "read_time", "read_written", "zone_named"]


class Written(NamedTuple):
    """What a text says: a time, without its zone, and the zone if there is one in the text."""

    wall: datetime
    zone: tzinfo | None
    is_date: bool = False  # it is a date alone; `wall` is its midnight
    fold: int | None = None  # 0 summer time, 1 standard time, where the text says which


# The names that TWS and Java use and the database of time zones does not have, or not everywhere:
# some systems leave out the old names. IB means by "EST" the zone of New York, in summer too.
_ALIASES = {
    "America/New_York": "US/Eastern EST EDT EST5EDT ET",
    "America/Chicago": "US/Central CST CDT CST6CDT CT",
    "America/Denver": "US/Mountain MST MDT MST7MDT MT",
    "America/Los_Angeles": "US/Pacific PST PDT PST8PDT PT",
    "Europe/London": "GB GB-Eire BST",
    "Europe/Berlin": "MET MEST CET CEST",
    "Europe/Athens": "EET EEST",
    "Europe/Moscow": "MSK W-SU",
    "Asia/Tokyo": "Japan JST",
    "Asia/Hong_Kong": "Hongkong HKT",
    "Asia/Singapore": "Singapore SGT",
    "Asia/Seoul": "ROK KST",
    "Asia/Shanghai": "PRC",
    "Asia/Kolkata": "IST Asia/Calcutta",
    "Asia/Jerusalem": "Israel",
    "Australia/Sydney": "Australia/NSW AEST AEDT",
    "UTC": "GMT Z UCT Zulu Universal Greenwich Etc/UTC Etc/GMT",
}
_LONG = {
    "Eastern": "America/New_York",
    "Central": "America/Chicago",
    "Mountain": "America/Denver",
    "Pacific": "America/Los_Angeles",
    "Central European": "Europe/Berlin",
    "Eastern European": "Europe/Athens",
    "Moscow": "Europe/Moscow",
    "British": "Europe/London",
    "Japan": "Asia/Tokyo",
    "Hong Kong": "Asia/Hong_Kong",
    "Singapore": "Asia/Singapore",
    "Korea": "Asia/Seoul",
    "Korean": "Asia/Seoul",
    "China": "Asia/Shanghai",
    "India": "Asia/Kolkata",
    "Israel": "Asia/Jerusalem",
    "Australian Eastern": "Australia/Sydney",
    "Greenwich Mean": "UTC",
    "Coordinated Universal": "UTC",
}
_KEYS = {
    **{alias: key for key, aliases in _ALIASES.items() for alias in aliases.split()},
    **{
        f"{name} {kind}": key
        for name, key in _LONG.items()
        for kind in ("Time", "Standard Time", "Daylight Time", "Summer Time")
    },
}
_SUMMER = re.compile(r"[ECMP]DT|CEST|MEST|EEST|BST|AEDT|.* (Daylight|Summer) Time")
_STANDARD = re.compile(r"[ECMP]ST|.* Standard Time")
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2})(?::?([0-5]\d))?")


@lru_cache(maxsize=256)
def zone_named(name: str) -> tzinfo:
    """Return the time zone that TWS calls `name`: "US/Eastern", "EST", "Japan", "GMT+01:00",
    "Central European Standard Time".

    Raise ValueError if there is no such zone.
    """
    # contract details of some exchanges explain the name: "EST (Eastern Standard Time)"
    short = name.partition("(")[0].strip()
    key = _KEYS.get(short, short)
    if key == "UTC":
        return timezone.utc
    if offset := _OFFSET.fullmatch(short):
        sign, hours, minutes = offset.groups()
        distance = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if distance < timedelta(days=1):
            return timezone(-distance if sign == "-" else distance)
    # The name that TWS has is kept where the system knows it, for what is shown.
    for one in dict.fromkeys((short, key) if "/" in short else (key,)):
        try:
            return ZoneInfo(one)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    if short in _KEYS:
        raise ValueError(
            f"zone: {name!r} needs the database of time zones; 'pip install tzdata' brings it"
        )
    raise ValueError(f"zone: {name!r} is not the name of a time zone")


def read_time(value: str | float, zone: str | tzinfo | None = None, *, fold: int = 0) -> datetime:
    """Return the moment that TWS wrote, with its time zone.

    The forms are "20261120 16:00:00 US/Eastern" (one space or two, seconds and their fraction may
    be missing), "20261120-21:00:00" (UTC), "2026-11-20 21:00:00.0" (UTC, of news), seconds or
    milliseconds since 1970 (UTC), and without a zone "20261120 16:00:00", "20261120:1600" and
    "20261120".

    `zone` is that of a text which names none. `fold` tells which of two moments is meant where the
    clock was set back and the text leaves it open: 0 the first, 1 the second. Raise ValueError for
    a text of another form, without a zone, or of an hour that the clock left out.
    """
    written = read_written(value)
    where = written.zone
    if where is None:
        if zone is None:
            raise ValueError(f"time: {value!r} names no time zone; give it as zone=")
        where = zone_named(zone) if isinstance(zone, str) else zone
    return moment_of(written, where, fold)


def moment_of(written: Written, zone: tzinfo, fold: int = 0) -> datetime:
    """Return the moment of a time that is written in a zone; for `fold` see `read_time`.

    Raise ValueError if the clock left it out.
    """
    moment = written.wall.replace(tzinfo=zone)
    other = moment.replace(fold=1)
    if moment.utcoffset() == other.utcoffset():
        return moment
    if moment.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None) != written.wall:
        raise ValueError(f"time: there was no {written.wall} in {zone}: the clock was set forward")
    return other if (fold if written.fold is None else written.fold) else moment


_FORM = re.compile(
    r"(?P<date>\d{8})(?:(?P<mark> {1,2}|-|:)(?P<clock>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?|\d{4}))?"
    r"(?: +(?P<zone>\S.*))?",
    re.ASCII,
)
_NEWS = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?)Z?", re.ASCII)
_EPOCH = re.compile(r"-?\d{9,}(\.\d+)?", re.ASCII)  # of eight digits is a date
_MILLISECONDS = 100_000_000_000  # from here on; in seconds it is the year 5138


def read_written(value: str | float) -> Written:
    """Return what a text or a number of TWS says, with the zone or without, as it says it.

    Raise ValueError for another form.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _epoch(value)
    if not isinstance(value, str):
        raise ValueError(f"time: {value!r} is neither a text nor a number")
    text = value.strip()
    try:
        if found := _FORM.fullmatch(text):
            return _parts(found)
        if found := _NEWS.fullmatch(text):
            year, month, day, clock = found.groups()
            return Written(_wall(year + month + day, clock), timezone.utc)
    except ValueError as error:
        raise ValueError(f"time: {value!r} cannot be: {error}") from None
    if _EPOCH.fullmatch(text):
        return _epoch(float(text) if "." in text else int(text))
    raise ValueError(f"time: {value!r} has no form of a date or a time that TWS writes")


def _parts(found: re.Match[str]) -> Written:
    date, mark, clock, zone = found.group("date", "mark", "clock", "zone")
    if clock is None and zone is None:
        return Written(_wall(date, "00:00:00"), None, is_date=True)
    if clock is None or (mark == ":") != (":" not in clock) or (mark == ":" and zone):
        raise ValueError("the time is not written as hh:mm:ss")
    if mark == ":":
        clock = f"{clock[:2]}:{clock[2:]}"
    wall = _wall(date, clock)
    if zone is None:
        return Written(wall, timezone.utc if mark == "-" else None)
    where = zone_named(zone)
    fold = 0 if _SUMMER.fullmatch(zone) else 1 if _STANDARD.fullmatch(zone) else None
    return Written(wall, where, fold=fold)


def _wall(date: str, clock: str) -> datetime:
    """Return a date and a time, from digits at known places: this is much faster than strptime."""
    whole, _, fraction = clock.partition(".")
    return datetime(
        int(date[:4]),
        int(date[4:6]),
        int(date[6:]),
        int(whole[:2]),
        int(whole[3:5]),
        int(whole[6:] or 0),
        int(fraction[:6].ljust(6, "0")),
    )


def _epoch(value: float) -> Written:
    seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
    try:
        moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise ValueError(f"time: {value!r} is no number of seconds since 1970") from None
    return Written(moment, timezone.utc)


def read_session_times(text: str, zone: str | tzinfo) -> list[tuple[datetime, datetime]]:
    """Return when a market opens and closes, from `tradingHours` or `liquidHours` of contract
    details and their `timeZoneId`.

    Days on which it is closed have no entry. Raise ValueError for a text of another form.
    """
    sessions = []
    day = ""
    for entry in text.replace(",", ";").split(";"):
        start, mark, end = entry.strip().partition("-")
        if not start or start.endswith(":CLOSED"):
            continue
        if not mark:
            raise ValueError(f"hours: {entry!r} has no form like 20261120:0930-20261120:1600")
        # Old versions of TWS write the date once for all sessions of a day.
        day = start[:8] if ":" in start else day
        opens, closes = (one if ":" in one else f"{day}:{one}" for one in (start, end))
        sessions.append((read_time(opens, zone), read_time(closes, zone)))
    return sessions
