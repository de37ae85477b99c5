"""Trading days as history needs them: the stretches in which a market was open, for any range of
time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from ..market.instruments import Instruments
from ..market.listings.hours import Schedule
from ..market.listings.instrument import Instrument

_CACHED_DAYS = 16_384  # days of one schedule that are remembered
_LONGEST_BREAK = 30  # days without any trading
_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """A time in which a market is open without a break, in regular hours or outside of them."""

    start: float
    end: float
    regular: bool


class TradingDay(NamedTuple):
    """A day of trading, and its sessions."""

    day: date
    stretches: tuple[Stretch, ...]  # in order; at least one

    @property
    def start(self) -> float:
        """Return when the first session begins."""
        return self.stretches[0].start

    @property
    def end(self) -> float:
        """Return when the last session ends."""
        return self.stretches[-1].end

    def span(self, regular: bool) -> tuple[float, float] | None:
        """Return its beginning and end, of the regular hours or of all; None if there are none."""
        fitting = [each for each in self.stretches if each.regular or not regular]
        return (fitting[0].start, fitting[-1].end) if fitting else None

    def sessions(self, regular: bool) -> list[tuple[float, float]]:
        """Return what is open without a break; regular hours and those around them make one
        session.
        """
        joined: list[tuple[float, float]] = []
        for start, end, is_regular in self.stretches:
            if regular and not is_regular:
                continue
            if joined and joined[-1][1] == start:
                joined[-1] = joined[-1][0], end
            else:
                joined.append((start, end))
        return joined


class Days:
    """The trading days of all schedules."""

    def __init__(self, instruments: Instruments) -> None:
        self._hours = instruments.hours
        self.mode = instruments.hours.mode
        self._known: dict[tuple[str, date], TradingDay | None] = {}

    def between(self, instrument: Instrument, start: float, end: float) -> Iterator[TradingDay]:
        """Return the days of which something lies in this range, in order."""
        schedule = self._hours.schedule(instrument)
        on = self.date_of(instrument, start) - _DAY
        until = self.date_of(instrument, end) + _DAY
        while on <= until:
            found = self._on(instrument.hours, schedule, on)
            if found is not None and found.end > start and found.start < end:
                yield found
            on += _DAY

    def from_to(self, instrument: Instrument, first: date, last: date) -> Iterator[TradingDay]:
        """Return the trading days of these dates, in order."""
        schedule, on = self._hours.schedule(instrument), first
        while on <= last:
            found = self._on(instrument.hours, schedule, on)
            if found is not None:
                yield found
            on += _DAY

    def back_from(self, instrument: Instrument, when: float) -> Iterator[TradingDay]:
        """Return days that began before `when`, the latest first; it ends where there is no trading
        for a month.
        """
        schedule = self._hours.schedule(instrument)
        on, idle = self.date_of(instrument, when) + _DAY, 0
        while idle < _LONGEST_BREAK:
            found = self._on(instrument.hours, schedule, on)
            idle = idle + 1 if found is None else 0
            if found is not None and found.start < when:
                yield found
            on -= _DAY

    def date_of(self, instrument: Instrument, when: float) -> date:
        """Return the date where the exchange is."""
        return datetime.fromtimestamp(when, self._hours.schedule(instrument).zone).date()

    def offset(self, instrument: Instrument, when: float) -> int:
        """Return seconds of the exchange's clock ahead of UTC."""
        ahead = datetime.fromtimestamp(when, self._hours.schedule(instrument).zone).utcoffset()
        return 0 if ahead is None else int(ahead.total_seconds())

    def writer(self, instrument: Instrument) -> Callable[[float], str]:
        """Return a function that writes moments as schedules have them, where the exchange is:
        "20260413-09:30:00".
        """
        zone = self._hours.schedule(instrument).zone
        return lambda when: f"{datetime.fromtimestamp(when, zone):%Y%m%d-%H:%M:%S}"

    def zone(self, instrument: Instrument) -> tzinfo:
        """Return the exchange's time zone."""
        return self._hours.schedule(instrument).zone

    def zone_name(self, instrument: Instrument) -> str:
        """Return the name of the exchange's time zone."""
        return self._hours.schedule(instrument).zone_name

    def last_open(self, instrument: Instrument, when: float) -> float:
        """Return `when`, or the end of the session before if the market is closed then."""
        for each in self.back_from(instrument, when):
            for stretch in reversed(each.stretches):
                if stretch.start < when:
                    return min(when, stretch.end)
        return when

    def _on(self, hours: str, schedule: Schedule, on: date) -> TradingDay | None:
        key = hours, on
        if key not in self._known:
            if len(self._known) >= _CACHED_DAYS:
                self._known.clear()
            stretches = tuple(_stretches(schedule, on))
            self._known[key] = TradingDay(on, stretches) if stretches else None
        return self._known[key]


def _stretches(schedule: Schedule, on: date) -> Iterator[Stretch]:
    regular = schedule.sessions(on, outside=False)
    for whole in schedule.sessions(on, outside=True):
        start = whole.start
        for each in regular:
            if not whole.start <= each.start < whole.end:
                continue
            if start < each.start:
                yield Stretch(start, each.start, False)
            yield Stretch(each.start, min(each.end, whole.end), True)
            start = min(each.end, whole.end)
        if start < whole.end:
            yield Stretch(start, whole.end, False)
