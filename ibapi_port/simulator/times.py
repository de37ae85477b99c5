"""Dates and times as TWS writes them."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(name: str) -> tzinfo:
    """Return a time zone. RuntimeError: this computer has no time zone database."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise RuntimeError(
            f"the time zone {name} is not known here, and the simulated TWS cannot do without it: "
            "install the time zone database (pip install tzdata; or tzdata of the system)"
        ) from None


# where the simulated TWS stands, and the name that it writes
ZONE = zone_of("America/New_York")
ZONE_NAME = "US/Eastern"


def local(when: float) -> datetime:
    """Return seconds since 1970 as a date and time of the simulated TWS's zone."""
    return datetime.fromtimestamp(when, ZONE)


def stamp(when: float) -> str:
    """Write a time as executions and intraday bars have it: "20260413 15:27:04 US/Eastern"."""
    return f"{local(when):%Y%m%d %H:%M:%S} {ZONE_NAME}"


def day(when: float) -> str:
    """Write a date as daily bars have it: "20260413"."""
    return f"{local(when):%Y%m%d}"


def utc_stamp(when: float) -> str:
    """Write a time as head timestamps have it: "20260413-19:27:04", in UTC."""
    return f"{datetime.fromtimestamp(when, timezone.utc):%Y%m%d-%H:%M:%S}"


def parse(text: str) -> float | None:
    """Read "YYYYMMDD hh:mm:ss[ zone]" or "YYYYMMDD-hh:mm:ss" (UTC) as seconds since 1970. Return
    None if it is neither.
    """
    if text[8:9] == "-":
        return _read(text, "%Y%m%d-%H:%M:%S", timezone.utc)
    moment, zone_name = text[:17], text[17:].strip()
    zone = _named(zone_name) if zone_name else ZONE
    return _read(moment, "%Y%m%d %H:%M:%S", zone) if zone is not None else None


def _read(text: str, form: str, zone: tzinfo) -> float | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        return None


def _named(name: str) -> tzinfo | None:
    if name in (ZONE_NAME, "EST", "EDT"):
        return ZONE
    if name in ("UTC", "GMT"):
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


_DATE, _CLOCK = 8, 8  # characters of "20260413" and "15:59:00"
_END_OF_DAY = "23:59:59"


ZONE_WARNING = (
    "Warning: You submitted request with date-time attributes without explicit time zone. Please "
    "switch to use yyyymmdd-hh:mm:ss in UTC or use instrument timezone, like US/Eastern. Implied "
    "time zone functionality will be removed in the next API release."
)
BAD_TIME = (
    "The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss "
    "xx/xxxx where yyyymmdd and xx/xxxx are optional, or yyyymmdd-hh:mm:ss in UTC."
)


def lacks_zone(text: str) -> bool:
    """Return whether a text names a time of day without its zone."""
    moment = text.strip()
    if moment[_DATE : _DATE + 1] == " ":
        moment = moment[_DATE:].strip()
    elif len(moment) > 2 and moment[2] != ":":
        return False
    return ":" in moment and " " not in moment


def is_date_alone(text: str) -> bool:
    """Return whether a text is a date without a time of day."""
    return len(text.strip()) == _DATE and text.strip().isdigit()


def order_time(text: str, now: float, end_of_day: bool = False) -> float | None:
    """Read a time that an order names, as seconds since 1970. Return None if it is no such time.

    The forms are "YYYYMMDD hh:mm:ss[ zone]", "YYYYMMDD-hh:mm:ss" (UTC), "hh:mm:ss[ zone]" (today)
    and "YYYYMMDD".
    """
    text = text.strip()
    if is_date_alone(text):
        return parse(f"{text} {_END_OF_DAY if end_of_day else '00:00:00'}")
    if text[2:3] == ":":
        return parse(f"{day(now)} {text[:_CLOCK]} {text[_CLOCK:].strip() or ZONE_NAME}")
    if text[8:9] == " " and text[11:12] == ":" and text[14:15] != ":":  # hh:mm
        return parse(f"{text[:14]}:00{text[14:]}")
    return parse(text)
