"""What a request for historical bars says, in IB's words: bar size, duration, end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...contract import Contract
from ..peer import Invalid, Refusal, Values
from ..times import ZONE, day, local, parse, stamp
from .bars import SERIES
from .instruments import SECONDS_PER_DAY

MAX_BARS = 20_000  # of one answer
_DAY, _WEEK, _MONTH = SECONDS_PER_DAY, 7 * SECONDS_PER_DAY, 30 * SECONDS_PER_DAY
_UNITS = {"S": 1, "D": _DAY, "W": _WEEK, "M": _MONTH, "Y": 365 * _DAY}  # seconds; the market never closes
_LIMITS = {  # of the number before the unit
    "S": (86400, "86400 seconds", "days"),
    "D": (365, "365 days", "years"),
    "W": (52, "52 weeks", "years"),
    "M": (12, "12 months", "years"),
}
_SIZES = {
    "1 secs": 1, "5 secs": 5, "10 secs": 10, "15 secs": 15, "30 secs": 30,
    "1 min": 60, "2 mins": 120, "3 mins": 180, "5 mins": 300, "10 mins": 600, "15 mins": 900, "20 mins": 1200, "30 mins": 1800,
    "1 hour": 3600, "2 hours": 7200, "3 hours": 10800, "4 hours": 14400, "8 hours": 28800,
    "1 day": _DAY, "1W": _WEEK, "1M": _MONTH,
}  # fmt: skip
_END_FORM = "YYYYMMDD{SPACE}hh:mm:ss[{SPACE}TMZ]"
_OTHER_NAMES = {"1 week": "1W", "1 month": "1M"}


def bar_start(size: int, when: float) -> float:
    """When the bar of `size` seconds began that `when` falls into. Days, weeks (from Monday) and months are those of the calendar."""
    if size < _DAY:
        return when // size * size
    date = local(when).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if size == _WEEK:
        date -= timedelta(days=date.weekday())
    elif size == _MONTH:
        date = date.replace(day=1)
    return datetime(date.year, date.month, date.day, tzinfo=ZONE).timestamp()


def next_start(size: int, start: float) -> float:
    """When the bar after the one that began at `start` begins."""
    return bar_start(size, start + 1.5 * size) if size >= _DAY else start + size


@dataclass(frozen=True)
class BarRequest:
    """A valid request: `count` bars of `size` seconds up to `end` (seconds since 1970), the last of them perhaps unfinished."""

    contract: Contract
    size: int
    duration: int  # seconds
    end: float
    series: str
    epoch_dates: bool  # dates of intraday bars as seconds since 1970
    updates: bool

    @property
    def count(self) -> int:
        return max(1, round(self.duration / self.size))

    def starts(self) -> list[float]:
        """When each bar begins, in order of time."""
        starts = [bar_start(self.size, self.end - 0.001)]
        while len(starts) < self.count:
            starts.append(bar_start(self.size, starts[-1] - 1))
        return starts[::-1]

    def date(self, start: float) -> str:
        """A bar's date in the form that was asked for."""
        if self.size >= _DAY:
            return day(start)
        return str(int(start)) if self.epoch_dates else stamp(start)


def read_request(values: Values, now: float) -> BarRequest:
    """The values of a reqHistoricalData. Invalid and Refusal: what TWS says to bad ones."""
    if values["formatDate"] not in (1, 2):
        raise Invalid(f"Date formatting selection of {values['formatDate']} rejected")
    request = BarRequest(
        contract=values["contract"],
        size=_size(values["barSizeSetting"]),
        duration=_duration(values["durationStr"]),
        end=min(_end(values["endDateTime"], now), now),
        series=_series(values["whatToShow"], values["endDateTime"]),
        epoch_dates=values["formatDate"] == 2,
        updates=bool(values["keepUpToDate"]),
    )
    if request.updates and values["endDateTime"]:
        raise Invalid("End date/time must be empty when keepUpToDate is set")
    if request.count > MAX_BARS:
        raise historical_error("Time length exceed max.")
    return request


def historical_error(text: str) -> Refusal:
    """What the historical data farm says, as TWS passes it on."""
    return Refusal(162, f"Historical Market Data Service error message:{text}")


def _size(text: str) -> int:
    size = _SIZES.get(_OTHER_NAMES.get(text, text))
    if size is None:
        raise Invalid(f"Historical data bar size setting is invalid. Legal ones are: {', '.join(_SIZES)}")
    return size


def _duration(text: str) -> int:
    match = re.fullmatch(r"(\d{1,9}) ([SDWMY])", text.strip().upper())
    if match is None or int(match[1]) == 0:
        raise Invalid(f"Historical data query duration string [{text}] is invalid.  Format is 'integer{{SPACE}}unit (S|D|W|M|Y)'.")
    number, unit = int(match[1]), match[2]
    limit, shown, other = _LIMITS.get(unit, (number, "", ""))
    if number > limit:
        raise Invalid(f"Historical data requests for durations longer than {shown} must be made in {other}.")
    return number * _UNITS[unit]


def _end(text: str, now: float) -> float:
    if not text:
        return now
    end = parse(text)
    if end is None:
        raise Invalid(f"Historical data query end date/time string [{text}] is invalid.  Format is '{_END_FORM}'.")
    return end


def _series(text: str, end: str) -> str:
    if text.upper() == "ADJUSTED_LAST":  # no dividends and no splits here: the same as the trades
        if end:
            raise Invalid("End Date not supported with adjusted last")
        return "TRADES"
    if text.upper() not in SERIES:
        raise Invalid("What to show field is missing or incorrect.")
    return text.upper()
