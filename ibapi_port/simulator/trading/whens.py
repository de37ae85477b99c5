"""Times that orders name, in the forms that TWS takes."""

from __future__ import annotations

from ..times import ZONE_NAME, day, parse

_DATE, _CLOCK = 8, 8  # characters of "20260413" and "15:59:00"
_END_OF_DAY = "23:59:59"


def moment(text: str, now: float, end_of_day: bool = False) -> float | None:
    """Seconds since 1970 of "YYYYMMDD hh:mm:ss[ zone]", "YYYYMMDD-hh:mm:ss" (UTC), "hh:mm:ss[ zone]" (today) or "YYYYMMDD"; None if
    it is none of them."""
    text = text.strip()
    if len(text) == _DATE and text.isdigit():
        return parse(f"{text} {_END_OF_DAY if end_of_day else '00:00:00'}")
    if text[2:3] == ":":
        return parse(f"{day(now)} {text[:_CLOCK]} {text[_CLOCK:].strip() or ZONE_NAME}")
    if text[8:9] == " " and text[11:12] == ":" and text[14:15] != ":":  # hh:mm
        return parse(f"{text[:14]}:00{text[14:]}")
    return parse(text)
