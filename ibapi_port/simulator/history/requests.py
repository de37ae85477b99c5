"""What a request for historical bars says, in IB's words: bar size, duration, end, what to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...contract import Contract
from ..errors import Invalid, Refusal
from ..services import Values
from ..times import BAD_TIME, local, parse
from .spans import DAY, MONTH, WEEK

MAX_BARS = 50_000  # of one answer
_SMALL = 30  # seconds: bars up to this size go back half a year
_SMALL_AGE = 183 * DAY
# seconds of one answer, by the size of bars
_LONGEST = {1: 2000, 5: DAY, 10: DAY, 15: DAY, 30: DAY}
_UNITS = {"S": 1, "D": DAY, "W": WEEK, "M": MONTH, "Y": 365 * DAY}
_LIMITS = {  # of the number before the unit
    "S": (86400, "86400 seconds", "days"),
    "D": (365, "365 days", "years"),
    "W": (52, "52 weeks", "years"),
    "M": (12, "12 months", "years"),
}
_SIZES = {
    "1 secs": 1,
    "5 secs": 5,
    "10 secs": 10,
    "15 secs": 15,
    "30 secs": 30,
    "1 min": 60,
    "2 mins": 120,
    "3 mins": 180,
    "5 mins": 300,
    "10 mins": 600,
    "15 mins": 900,
    "20 mins": 1200,
    "30 mins": 1800,
    "1 hour": 3600,
    "2 hours": 7200,
    "3 hours": 10800,
    "4 hours": 14400,
    "8 hours": 28800,
    "1 day": DAY,
    "1W": WEEK,
    "1M": MONTH,
}
_OTHER_NAMES = {"1 week": "1W", "1 month": "1M"}
_END_FORM = "YYYYMMDD{SPACE}hh:mm:ss[{SPACE}TMZ]"
_SERIES = (
    *(
        "TRADES",
        "MIDPOINT",
        "BID",
        "ASK",
        "BID_ASK",
        "ADJUSTED_LAST",
        "HISTORICAL_VOLATILITY",
        "OPTION_IMPLIED_VOLATILITY",
    ),
    *(
        "FEE_RATE",
        "REBATE_RATE",
        "YIELD_BID",
        "YIELD_ASK",
        "YIELD_BID_ASK",
        "YIELD_LAST",
        "SCHEDULE",
        "AGGTRADES",
    ),
)
EPOCH, WITHOUT_YEAR = 2, 3  # formatDate


@dataclass(frozen=True)
class BarRequest:
    """A valid request: bars of `size` seconds, for `number` times `unit` up to `end` (seconds since
    1970).
    """

    contract: Contract
    size: int
    number: int
    unit: str
    end: float
    series: str
    regular: bool
    date_format: int
    updates: bool

    @property
    def duration(self) -> int:
        """Return the duration in seconds, as if markets never closed."""
        return self.number * _UNITS[self.unit]

    @property
    def since(self) -> float:
        """Return when the request begins, as TWS reports it: the duration before its end."""
        if self.unit not in ("M", "Y"):
            return self.end - self.duration
        end = local(self.end)
        months = end.year * 12 + end.month - 1 - self.number * (12 if self.unit == "Y" else 1)
        year, month = months // 12, months % 12 + 1
        last = (datetime(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
        return end.replace(year=year, month=month, day=min(end.day, last)).timestamp()

    @property
    def count(self) -> int:
        """Return how many bars there are if markets never close."""
        return max(1, round(self.duration / self.size))


def read_request(values: Values, now: float, strict: bool = False) -> BarRequest:
    """Return the values of a reqHistoricalData. Invalid and Refusal: what TWS says to bad ones."""
    if values["formatDate"] not in (1, EPOCH, WITHOUT_YEAR):
        raise Invalid(f"Date formatting selection of {values['formatDate']} rejected")
    number, unit = _duration(values["durationStr"])
    request = BarRequest(
        contract=values["contract"],
        size=_size(values["barSizeSetting"]),
        number=number,
        unit=unit,
        end=min(read_end(values["endDateTime"], now, strict), now),
        series=read_series(values["whatToShow"]),
        regular=bool(values["useRTH"]),
        date_format=values["formatDate"],
        updates=bool(values["keepUpToDate"]),
    )
    _check(request, values["endDateTime"], now)
    return request


def historical_error(text: str) -> Refusal:
    """Return what the historical data farm says, as TWS passes it on."""
    return Refusal(162, f"Historical Market Data Service error message:{text}")


def read_end(text: str, now: float, strict: bool = False) -> float:
    """Read a time: empty (now), "YYYYMMDD hh:mm:ss[ zone]", "YYYYMMDD-hh:mm:ss" of UTC, or a date
    (its end). `strict`: a date alone is none; what is none is refused with error 10314.
    """
    if not text:
        return now
    moment = text.strip()
    if strict and (end := parse(moment)) is not None:
        return end
    if strict:
        raise Refusal(10314, f"End Date/Time: {BAD_TIME}")
    end = parse(
        f"{moment} 23:59:59" if re.fullmatch(r"\d{8}", moment) else moment.removesuffix("Z")
    )
    if end is None:
        raise Invalid(
            f"Historical data query end date/time string [{text}] is invalid.  "
            f"Format is '{_END_FORM}'."
        )
    return end


def read_series(text: str) -> str:
    """Read IB's whatToShow."""
    if text.upper() not in _SERIES:
        raise Invalid("What to show field is missing or incorrect.")
    return text.upper()


def _check(request: BarRequest, end: str, now: float) -> None:
    if request.series == "ADJUSTED_LAST" and end:
        raise Invalid("End Date not supported with adjusted last")
    if request.updates and end:
        raise Invalid("End date/time must be empty when keepUpToDate is set")
    if request.updates and request.series in ("BID_ASK", "ADJUSTED_LAST"):
        raise Invalid(f"{request.series} cannot be kept up to date")
    if request.updates and request.size < 5:
        raise Invalid("Bars must be of 5 seconds or more when keepUpToDate is set")
    if (
        request.duration > _LONGEST.get(request.size, request.duration)
        and request.count <= MAX_BARS
    ):
        raise historical_error(f"invalid step: {request.size}")
    if request.count > MAX_BARS:
        raise historical_error("Time length exceed max.")
    if request.size <= _SMALL and request.end < now - _SMALL_AGE:
        raise historical_error(
            "HMDS query returned no data: bars of 30 seconds and less go back six months"
        )


def _size(text: str) -> int:
    size = _SIZES.get(_OTHER_NAMES.get(text, text))
    if size is None:
        raise Invalid(
            f"Historical data bar size setting is invalid. Legal ones are: {', '.join(_SIZES)}"
        )
    return size


def _duration(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\d{1,9}) ([SDWMY])", text.strip().upper())
    if match is None or int(match[1]) == 0:
        raise Invalid(
            f"Historical data query duration string [{text}] is invalid.  "
            f"Format is 'integer{{SPACE}}unit (S|D|W|M|Y)'."
        )
    number, unit = int(match[1]), match[2]
    limit, shown, other = _LIMITS.get(unit, (number, "", ""))
    if number > limit:
        raise Invalid(
            f"Historical data requests for durations longer than {shown} must be made in {other}."
        )
    return number, unit
