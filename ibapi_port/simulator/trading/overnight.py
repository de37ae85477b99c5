"""The overnight session of US stocks: orders with includeOvernight work in it, too."""

from __future__ import annotations

from datetime import timedelta

from ..times import local

VENUE = "OVERNIGHT"  # its exchange
TIF = "OVERNIGHT"  # the time in force of orders for it alone
_WITH_DAY = "OVERNIGHT + DAY"
TIFS = (TIF, _WITH_DAY)
_BEGINS, _ENDS = (20, 0), (3, 50)  # hour and minute, in New York
_SATURDAY, _SUNDAY, _FRIDAY = 5, 6, 4


def night_end(now: float) -> float:
    """Return when the next 03:50 is."""
    end = local(now).replace(hour=_ENDS[0], minute=_ENDS[1], second=0, microsecond=0)
    return (end if end.timestamp() > now else end + timedelta(days=1)).timestamp()


def next_night(now: float) -> float:
    """Return when the session begins that is under way, or the next one: on the evenings before
    Monday to Friday.
    """
    end = local(night_end(now))
    begin = (end - timedelta(days=1)).replace(hour=_BEGINS[0], minute=_BEGINS[1])
    while begin.weekday() in (_FRIDAY, _SATURDAY):
        begin += timedelta(days=1)
    return begin.timestamp()


def shown_tif(tif: str, include_overnight: bool) -> str:
    """Return the time in force that TWS shows of an order at SMART."""
    if include_overnight and tif in ("", "DAY"):
        return _WITH_DAY
    return "DAY" if tif in TIFS else tif
