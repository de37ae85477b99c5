"""Dates and times as data files write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone, tzinfo
from typing import NamedTuple

from ..times import parse

FORMS = (
    'a date ("20260414", "2026-04-14"), a date and time ("20260414 09:30:00", with a zone behind '
    'it or without, "2026-04-14 09:30:00-04:00") or seconds since 1970'
)
_DIGITS = re.compile(r"\d+(\.\d*)?")
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?(?:\[.*\])?"
)
_DAY_LENGTH = 8  # of "20260414"
# of seconds, milliseconds, microseconds and nanoseconds since 1970: digits before the point
_UNITS = ((11, 1), (14, 1e3), (17, 1e6), (20, 1e9))


class Moment(NamedTuple):
    """A moment, or a day where no time is written. `day` is set of a midnight too: whether a day is
    meant is seen from the other rows.
    """

    seconds: float | None
    day: date | None


def read(text: str, zone: tzinfo) -> Moment:
    """Read a date or a time; one without a zone is meant in `zone`. ValueError: it is none."""
    text = text.strip()
    if found := _DATE.fullmatch(text):
        return Moment(None, date(int(found[1]), int(found[2]), int(found[3])))
    if _DIGITS.fullmatch(text):
        whole = len(text.partition(".")[0])
        unit = next((unit for most, unit in _UNITS if _DAY_LENGTH < whole < most), None)
        if unit is None:
            raise ValueError
        return Moment(float(text) / unit, None)
    if found := _ISO.fullmatch(text):
        return _iso(found, zone)
    if "-" not in text[8:9] and len(text) == len("20260414 09:30:00"):
        return _local(text, zone)
    moment = parse(text)
    if moment is None:
        raise ValueError
    return Moment(moment, _midnight(text[9:17], text[:8]))


def _iso(found: re.Match[str], zone: tzinfo) -> Moment:
    made = datetime.fromisoformat(f"{found[1]} {found[2]}")
    offset = found[4]
    if offset == "Z":
        made = made.replace(tzinfo=timezone.utc)
    elif offset:
        colon = offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
        made = datetime.fromisoformat(f"{found[1]} {found[2]}{colon}")
    else:
        made = made.replace(tzinfo=zone)
    day = made.date() if not (made.hour or made.minute or made.second) else None
    return Moment(made.timestamp() + float(found[3] or 0), day)


def _local(text: str, zone: tzinfo) -> Moment:
    made = datetime.strptime(text, "%Y%m%d %H:%M:%S").replace(tzinfo=zone)
    return Moment(made.timestamp(), _midnight(text[9:17], text[:8]))


def _midnight(clock: str, day: str) -> date | None:
    return datetime.strptime(day, "%Y%m%d").date() if clock == "00:00:00" else None
