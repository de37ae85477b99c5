"""The morning in which the simulated clock begins, so that markets are open at any hour."""

from __future__ import annotations

from datetime import timedelta

from ...times import local
from .catalogue import own_schedules
from .hours import Phase

_BEGIN = 10  # o'clock: US stocks have been trading for half an hour
_SEARCHED = 15  # days


def session_morning(now: float) -> float:
    """Return 10:00 of the latest trading day of US stocks that is not after `now` (seconds since
    1970). It is never in the future, so that no order time that a program makes of its own clock
    has passed already.
    """
    schedule = own_schedules()["us stocks"]
    morning = local(now).replace(hour=_BEGIN, minute=0, second=0, microsecond=0)
    for _ in range(_SEARCHED):
        when = morning.timestamp()
        if when <= now and schedule.phase(when) is Phase.REGULAR:
            return when
        morning -= timedelta(days=1)
    return now
