"""Rows of files as numbers: the bars, trades and quotes of one instrument, in order of time."""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from ..history.days import Days
from ..history.spans import DAY, MONTH, WEEK
from ..market.listings.instrument import Instrument
from .moments import FORMS, Moment, read
from .tables import Row, Table

MOST = 1e12  # of a price, a size, a volume
UNKNOWN = -1.0  # a volume or count that the file does not tell
_SIZES = {"sec": 1, "min": 60, "hour": 3600, "day": DAY, "week": WEEK, "month": MONTH}
_NUMBER = re.compile("[1-9][0-9]{0,5}")
_SHORT = {"w": "week", "m": "month", "d": "day"}
_FIRST_YEAR, _LAST_YEAR, _YEAR = 1900, 2200, 365.25 * DAY
_LONGEST_WEEKEND = 4  # days from one daily bar to the next, usually
_WEEK_DAYS, _MONTH_DAYS = 10, 45


class Bar(NamedTuple):
    """A bar of a file, from `start` to `end`; prices as they are written."""

    start: float
    end: float
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: float  # how many; UNKNOWN where it is not told
    wap: float


class Points:
    """Trades (price, size) or quotes (bid, ask, bid size, ask size) by time."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.times = array("d")
        self._values = array("d")

    def add(self, time: float, values: Sequence[float]) -> None:
        """Add one that is later than the others, or at the same time."""
        self.times.append(time)
        self._values.extend(values)

    def at(self, n: int) -> Sequence[float]:
        """Return the values of number `n`."""
        return self._values[n * self.width : (n + 1) * self.width]

    def __len__(self) -> int:
        return len(self.times)


@dataclass
class Series:
    """All that the files have of an instrument."""

    instrument: Instrument
    bars: list[Bar] = field(default_factory=list)
    trades: Points = field(default_factory=lambda: Points(2))
    quotes: Points = field(default_factory=lambda: Points(4))
    left_out: int = 0  # rows of times at which its market is closed
    first_left_out: str = ""

    def leave_out(self, row: Row) -> None:
        """Note a row that is of no use."""
        self.left_out += 1
        self.first_left_out = self.first_left_out or row.where


def read_series(instrument: Instrument, tables: Sequence[Table], days: Days) -> Series:
    """Return what the tables have of an instrument. BadValue names file, line and column of what is
    wrong.
    """
    series = Series(instrument)
    bars: list[Bar] = []
    for table in tables:
        if table.kind == "history":
            bars += _Bars(series, table, days).read()
    _read_points(series.trades, series, tables, "trades", days)
    _read_points(series.quotes, series, tables, "quotes", days)
    series.bars = _finest(bars, series.trades)
    return series


# --- numbers ---


def _number(row: Row, name: str) -> float:
    text = row.text(name)
    if not text:
        raise row.wrong(name, "must be a number, and is empty or NaN")
    try:
        value = float(text)
    except ValueError:
        raise row.wrong(name, f"must be a number, not {text!r}") from None
    if not math.isfinite(value) or "_" in text:  # which Python reads, and nothing else
        raise row.wrong(name, f"must be a number, not {text!r}")
    if abs(value) > MOST:
        raise row.wrong(name, f"must be at most {MOST:.0e}, not {text}")
    return value


def _price(row: Row, name: str) -> float:
    value = _number(row, name)
    if value <= 0:
        raise row.wrong(name, f"must be above 0, not {row.text(name)}")
    return value


def _size(row: Row, name: str) -> float:
    """Return a size; UNKNOWN where none is written, or -1 as IB has it."""
    if not row.text(name):
        return UNKNOWN
    value = _number(row, name)
    if value < 0 and value != UNKNOWN:
        raise row.wrong(name, f"must be 0 or more, not {row.text(name)}")
    return value


def moments(rows: Sequence[Row], days: Days, instrument: Instrument) -> Iterator[Moment]:
    """Return the times of rows; those without a zone are meant where the exchange is."""
    zone = days.zone(instrument)
    for row in rows:
        yield moment_of(row, "time", zone)


def moment_of(row: Row, column: str, zone: tzinfo) -> Moment:
    """Return the time that a column has. BadValue: it is none, or of another age."""
    text = row.text(column)
    try:
        moment = read(text, zone)
    except (ValueError, OverflowError):
        raise row.wrong(column, f"must be {FORMS}, not {text!r}") from None
    seconds, day = moment
    if not _FIRST_YEAR <= (day.year if day else 1970 + (seconds or 0.0) / _YEAR) < _LAST_YEAR:
        raise row.wrong(column, f"must be of the years {_FIRST_YEAR} to {_LAST_YEAR}, not {text!r}")
    return moment


# --- bars ---


class _Bars:
    """The bars of a table."""

    def __init__(self, series: Series, table: Table, days: Days) -> None:
        self._series = series
        self._instrument = series.instrument
        self._rows = table.rows
        self._source = table.source
        self._days = days

    def read(self) -> list[Bar]:
        """Return the bars in order of time, but those of times at which the market is closed."""
        moments_ = list(moments(self._rows, self._days, self._instrument))
        size = self._told_size()
        dated = [self._day(moment) for moment in moments_]
        if size is None:
            size = self._guessed_size(moments_, dated)
        if size >= DAY:
            places = [self._long_span(day, size) for day in dated]
        else:
            places = list(self._short_spans(moments_, size))
        made = []
        for row, place in zip(self._rows, places, strict=True):
            if place is None:
                self._series.leave_out(row)
            else:
                made.append((place, row))
        made.sort(key=lambda one: one[0])
        for (place, _), (other, row) in pairwise(made):
            if other[0] < place[1]:
                raise row.wrong("time", f"there is another bar at {row.text('time')}")
        return [_bar(row, *place) for place, row in made]

    def _day(self, moment: Moment) -> date:
        if moment.day is not None:
            return moment.day
        assert moment.seconds is not None
        return self._days.date_of(self._instrument, moment.seconds)

    def _told_size(self) -> int | None:
        row = self._rows[0]
        text = row.text("bar_size")
        if not text:
            return None
        number, _, unit = text.lower().replace("1w", "1 w").replace("1m", "1 m").partition(" ")
        name = _SHORT.get(unit, unit.rstrip("s"))
        if not _NUMBER.fullmatch(number) or name not in _SIZES:
            raise row.wrong("bar_size", f'must be like "1 min" or "1 day", not {text!r}')
        return int(number) * _SIZES[name]

    def _guessed_size(self, found: Sequence[Moment], days: Sequence[date]) -> int:
        """Return the size of most bars, from the time between them."""
        if all(moment.day is not None for moment in found):
            return _size_of_days(days)
        times = sorted({moment.seconds for moment in found if moment.seconds is not None})
        gaps = Counter(after - before for before, after in pairwise(times))
        if not gaps:
            raise self._rows[0].wrong(
                "time", 'one bar does not tell its size: add a column bar_size, such as "1 min"'
            )
        # of those that are as frequent the shortest: the others lie over nights and gaps
        size = max(gaps, key=lambda gap: (gaps[gap], -gap))
        if size >= DAY / 2:
            return _size_of_days(days)
        if size < 1 or size != int(size):
            raise self._rows[0].wrong("time", f"bars must be of whole seconds, not {size:g}")
        return int(size)

    def _long_span(self, day: date, size: int) -> tuple[float, float] | None:
        """Return the regular hours of a day; of a week or month from its first to its last."""
        first = last = day
        if size >= MONTH:
            first = day.replace(day=1)
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        elif size >= WEEK:
            first = day - timedelta(days=day.weekday())
            last = first + timedelta(days=6)
        spans = [
            span
            for found in self._days.from_to(self._instrument, first, last)
            if (span := found.span(regular=True)) is not None
        ]
        return (spans[0][0], spans[-1][1]) if spans else None

    def _short_spans(
        self, found: Sequence[Moment], size: int
    ) -> Iterator[tuple[float, float] | None]:
        starts = sorted(each.seconds for each in found if each.seconds is not None)
        following = dict(pairwise(starts))
        session_end = _session_ends(self._days, self._instrument)
        for row, moment in zip(self._rows, found, strict=True):
            start = moment.seconds
            if start is None:
                raise row.wrong("time", "a time is needed, as the other rows have one")
            closing = session_end(start)
            if closing is None:
                yield None
                continue
            ahead = following.get(start, math.inf)
            yield start, min(start + size, closing, ahead if ahead > start else math.inf)


def _size_of_days(days: Sequence[date]) -> int:
    ordered = sorted(set(days))
    gaps = sorted((after - before).days for before, after in pairwise(ordered))
    # of two that are as frequent the shorter: the other lies over a gap
    usual = gaps[(len(gaps) - 1) // 2] if gaps else 1
    if usual <= _LONGEST_WEEKEND:
        return DAY
    return WEEK if usual <= _WEEK_DAYS else MONTH


def _session_ends(days: Days, instrument: Instrument) -> Callable[[float], float | None]:
    """Return a function that says when the session of a time ends; None outside of sessions."""
    known: list[tuple[float, float]] = []

    def end_of(when: float) -> float | None:
        for start, end in reversed(known):
            if start <= when < end:
                return end
        for day in days.between(instrument, when, when + 1):
            for start, end in day.sessions(regular=False):
                if start <= when < end:
                    known.append((start, end))
                    del known[:-2]
                    return end
        return None

    return end_of


def _bar(row: Row, start: float, end: float) -> Bar:
    opened, high, low, close = (_price(row, name) for name in ("open", "high", "low", "close"))
    if high < low:
        raise row.wrong("high", f"must not be below the low: {high} < {low}")
    for name, value in (("open", opened), ("close", close)):
        if not low <= value <= high:
            raise row.wrong(name, f"must be from low to high ({low} to {high}), not {value}")
    volume, count, wap = (_size(row, name) for name in ("volume", "count", "wap"))
    return Bar(start, end, opened, high, low, close, volume, count, wap)


def _finest(bars: list[Bar], trades: Points) -> list[Bar]:
    """Return the bars in order, without those of which something finer is known: shorter bars, or
    single trades.
    """
    kept: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (bar.start, bar.end)):
        if trades and bar.start <= trades.times[-1] and bar.end > trades.times[0]:
            continue
        if kept and bar.start < kept[-1].end:
            if bar.end - bar.start < kept[-1].end - kept[-1].start:
                kept[-1] = bar
            continue
        kept.append(bar)
    return kept


# --- trades and quotes ---

_COLUMNS = {"trades": ("price", "size"), "quotes": ("bid", "ask", "bid_size", "ask_size")}


def _read_points(
    points: Points, series: Series, tables: Sequence[Table], kind: str, days: Days
) -> None:
    found: list[tuple[float, tuple[float, ...]]] = []
    session_end = _session_ends(days, series.instrument)
    columns = [(_size if "size" in name else _price, name) for name in _COLUMNS[kind]]
    for table in tables:
        if table.kind != kind:
            continue
        for row, moment in zip(
            table.rows, moments(table.rows, days, series.instrument), strict=True
        ):
            if moment.seconds is None:
                raise row.wrong("time", "must have a time, not a date alone")
            values = tuple([take(row, name) for take, name in columns])
            if kind == "quotes" and values[0] > values[1]:
                raise row.wrong("bid", f"must not be above the ask: {values[0]} > {values[1]}")
            if session_end(moment.seconds) is None:
                series.leave_out(row)
            else:
                found.append((moment.seconds, values))
    found.sort(key=lambda one: one[0])  # of the same time as in the file
    for time, values in found:
        points.add(time, values)
