"""Which bars a request gets: where each begins and ends, and its date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from ..market.listings.hours import ALWAYS
from ..market.listings.instrument import SECONDS_PER_DAY, Instrument
from ..times import ZONE, local
from .days import Days, TradingDay

# seconds: less than anything that is told apart, and more than the floats of dates are wrong by
_HAIR = 1e-5
DAY, WEEK, MONTH = SECONDS_PER_DAY, 7 * SECONDS_PER_DAY, 30 * SECONDS_PER_DAY  # sizes of bars


class Span(NamedTuple):
    """A bar to be: from `start` to `end` in seconds; `day` is the date of bars of a day and
    longer.
    """

    start: float
    end: float
    day: date | None = None


def spans(
    days: Days,
    instrument: Instrument,
    size: int,
    regular: bool,
    since: float,
    until: float,
    most: int,
) -> list[Span]:
    """Return the bars that begin before `until` and end after `since`, in order; of more than
    `most` the latest.
    """
    latest_first = (
        _long(days, instrument, size, regular, until)
        if size >= DAY
        else _short(days, instrument, size, regular, until)
    )
    found: list[Span] = []
    for span in latest_first:
        if span.end <= since or len(found) == most:
            break
        found.append(span)
    return found[::-1]


def span_at(
    days: Days, instrument: Instrument, size: int, regular: bool, when: float
) -> Span | None:
    """Return the bar that a moment belongs to; None outside of the hours."""
    found = next(
        _long(days, instrument, size, regular, when + 1)
        if size >= DAY
        else _short(days, instrument, size, regular, when + _HAIR),
        None,
    )
    return found if found is not None and found.start <= when < found.end else None


def open_ranges(
    days: Days, instrument: Instrument, regular: bool, since: float, until: float
) -> list[tuple[float, float]]:
    """Return what of this time was open, in order."""
    sessions = (
        session
        for day in days.between(instrument, since, until)
        for session in day.sessions(regular)
    )
    return [
        (max(start, since), min(end, until))
        for start, end in sessions
        if start < until and end > since
    ]


def is_open(days: Days, instrument: Instrument, regular: bool, since: float, until: float) -> bool:
    """Return whether it was all the time."""
    return (
        since == until
        or sum(end - start for start, end in open_ranges(days, instrument, regular, since, until))
        == until - since
    )


def back(
    days: Days, instrument: Instrument, regular: bool, until: float, number: int, unit: str
) -> float:
    """Return when a duration up to `until` begins.

    In market hours seconds are those of trading, and days are trading days, the last of which may
    be unfinished; other units are whole days of the calendar. In a market that never closes all
    units are so many seconds.
    """
    if days.mode == ALWAYS or unit in ("W", "Y", "M"):
        return _calendar(until, number, unit, days.mode == ALWAYS)
    begun = (
        day
        for day in days.back_from(instrument, until)
        if day.sessions(regular) and day.sessions(regular)[0][0] < until
    )
    left, start = float(number), until
    for day in begun:
        for start, end in reversed(day.sessions(regular)):
            length = max(0.0, min(end, until) - start)
            if unit == "S" and length >= left:
                return min(end, until) - left
            left -= length if unit == "S" else 0
        left -= 1 if unit == "D" else 0
        if left <= 0:
            break
    return start


def _calendar(until: float, number: int, unit: str, even: bool) -> float:
    seconds = {"S": 1, "D": DAY, "W": WEEK, "M": MONTH, "Y": 365 * DAY}[unit]
    if even:
        return until - number * seconds
    then = local(until).date()
    if unit == "W":
        first = then - timedelta(weeks=number)
    else:
        year, month = divmod(
            then.year * 12 + then.month - 1 - number * (12 if unit == "Y" else 1), 12
        )
        last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        first = date(year, month + 1, min(then.day, last))
    return datetime.combine(first + timedelta(days=1), time(), ZONE).timestamp()


def _short(
    days: Days, instrument: Instrument, size: int, regular: bool, until: float
) -> Iterator[Span]:
    """Return bars within a day: they begin where the clock says or where a session begins."""
    for day in days.back_from(instrument, until):
        for start, end in reversed(day.sessions(regular)):
            if start >= until:
                continue
            ahead = days.offset(instrument, start)
            last = (
                start
                if end <= start
                else max(start, (min(end, until) + ahead - _HAIR) // size * size - ahead)
            )
            while last > start:
                yield Span(last, min(last + size, end))
                last = last - size if last - size > start else start
            yield Span(start, min(end, ((start + ahead) // size + 1) * size - ahead))


def _long(
    days: Days, instrument: Instrument, size: int, regular: bool, until: float
) -> Iterator[Span]:
    """Return bars of days, weeks (from Monday) and months; their date is that of their last trading
    day.
    """
    current: Span | None = None
    for day in days.back_from(instrument, until):
        span = day.span(regular)
        if span is None or span[0] >= until:
            continue
        if current is not None and current.day is not None and _together(size, day, current.day):
            current = Span(span[0], current.end, current.day)
            continue
        if current is not None:
            yield current
        current = Span(*span, day.day)
    if current is not None:
        yield current


def _together(size: int, day: TradingDay, other: date) -> bool:
    if size == WEEK:
        return day.day.isocalendar()[:2] == other.isocalendar()[:2]
    return size == MONTH and (day.day.year, day.day.month) == (other.year, other.month)
