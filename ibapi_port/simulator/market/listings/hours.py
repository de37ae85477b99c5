"""When markets are open: schedules in their own time zones, by the data file, and what contract
details say of them.

A trading day has sessions; those of a future begin on the evening before. Regular hours lie within
the whole hours ("outside": with what comes before and after the regular ones).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from ...times import zone_of
from .holidays import Calendar
from .instrument import Instrument

ALWAYS, EXCHANGE = "always", "exchange"  # the market_hours option
_DAYS_TOLD = 6  # in contract details
_HORIZON = 15  # days in which there is a session to be found, whatever the holidays
_MINUTES = 1440
_DAYS_KEPT = 2000  # whose sessions are worked out once


class Phase(enum.Enum):
    """Whether a market is open: in regular hours, outside of them, or not at all."""

    CLOSED = 0
    OUTSIDE = 1  # open, before or after the regular hours
    REGULAR = 2


@dataclass(frozen=True)
class Session:
    """A trading session, in seconds since 1970; `end` doesn't belong to it."""

    day: date  # the trading day
    start: float
    end: float


Spans = tuple[tuple[int, int], ...]  # minutes of the trading day; below 0: on the day before


@dataclass(frozen=True)
class Schedule:
    """The hours of one kind of market."""

    zone: tzinfo
    zone_name: str  # as TWS writes it
    regular: Spans
    whole: Spans
    weekdays: frozenset[int]  # that can be trading days; 0: Monday
    calendar: Calendar
    # of the days that were asked for, by day and `outside`
    _found: dict[tuple[date, bool], tuple[Session, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def sessions(self, day: date, outside: bool) -> tuple[Session, ...]:
        """Return the sessions of a trading day, in order; none if it is not one."""
        found = self._found.get((day, outside))
        if found is None:
            if len(self._found) >= _DAYS_KEPT:
                self._found.clear()
            found = self._found[day, outside] = tuple(self._sessions(day, outside))
        return found

    def _sessions(self, day: date, outside: bool) -> list[Session]:
        if day.weekday() not in self.weekdays or self.calendar.is_closed(day):
            return []
        limit = self.calendar.early_close(day)
        spans = (
            (start, end if limit is None else min(end, limit))
            for start, end in (self.whole if outside else self.regular)
        )
        return [
            Session(day, self._moment(day, start), self._moment(day, end))
            for start, end in spans
            if start < end
        ]

    def around(self, when: float, outside: bool) -> Iterator[Session]:
        """Return sessions in order, from the day before `when`."""
        first = datetime.fromtimestamp(when, self.zone).date() - timedelta(days=1)
        for n in range(_HORIZON):
            yield from self.sessions(first + timedelta(days=n), outside)

    def is_open(self, when: float, outside: bool) -> bool:
        """Return whether it is open at that time; with `outside` outside of regular hours too."""
        return any(session.start <= when < session.end for session in self.around(when, outside))

    def phase(self, when: float) -> Phase:
        """Return the phase at that time."""
        if self.is_open(when, outside=False):
            return Phase.REGULAR
        return Phase.OUTSIDE if self.is_open(when, outside=True) else Phase.CLOSED

    def next_change(self, when: float) -> float:
        """Return when the phase changes next; infinity if it never does."""
        edges = {
            edge
            for outside in (False, True)
            for session in self.around(when, outside)
            for edge in (session.start, session.end)
        }
        phase = self.phase(when)
        return next(
            (edge for edge in sorted(edges) if edge > when and self.phase(edge) is not phase),
            math.inf,
        )

    def close(self, when: float, outside: bool) -> float:
        """Return the end of the session that is open, else of the next."""
        return next(session.end for session in self.around(when, outside) if session.end > when)

    def open(self, when: float, outside: bool) -> float:
        """Return the beginning of the next session."""
        return next(session.start for session in self.around(when, outside) if session.start > when)

    def trading_day(self, when: float) -> tuple[float, float]:
        """Return when the trading day of a moment began (between sessions the day that has been),
        and when the next one does.
        """
        today = datetime.fromtimestamp(when, self.zone).date()
        days = [
            sessions
            for n in range(-_HORIZON, _HORIZON)
            if (sessions := self.sessions(today + timedelta(days=n), outside=True))
        ]
        starts = [sessions[0].start for sessions in days]
        return max(start for start in starts if start <= when), min(
            start for start in starts if start > when
        )

    def text(self, when: float, outside: bool) -> str:
        """Return six days as contract details write them:
        "20260407:0930-20260407:1600;20260408:CLOSED".
        """
        today = datetime.fromtimestamp(when, self.zone).date()
        return ";".join(
            self._text_of(today + timedelta(days=n), outside) for n in range(_DAYS_TOLD)
        )

    def _text_of(self, day: date, outside: bool) -> str:
        sessions = self.sessions(day, outside)
        return (
            ";".join(f"{self._edge(each.start)}-{self._edge(each.end, day)}" for each in sessions)
            or f"{day:%Y%m%d}:CLOSED"
        )

    def _edge(self, when: float, ending: date | None = None) -> str:
        moment = datetime.fromtimestamp(when, self.zone)
        if ending is not None and moment.date() > ending:
            return f"{ending:%Y%m%d}:2359"
        return f"{moment:%Y%m%d:%H%M}"

    def _moment(self, day: date, minute: int) -> float:
        """Return the moment by the clocks on the wall, also when they are put forward or back."""
        days, rest = divmod(minute, _MINUTES)
        on = day + timedelta(days=days)
        return datetime.combine(on, time(rest // 60, rest % 60), self.zone).timestamp()


_NEVER_CLOSED = Calendar((), {})
_ALL_DAY: Spans = ((0, _MINUTES),)


class Hours:
    """What the world asks of the hours. With mode "always" no market ever closes; a trading day is
    a day at the exchange.
    """

    def __init__(self, schedules: Mapping[str, Schedule], mode: str = ALWAYS) -> None:
        if mode not in (ALWAYS, EXCHANGE):
            raise ValueError(f"market_hours must be {ALWAYS!r} or {EXCHANGE!r}, not {mode!r}")
        self.mode = mode
        self._schedules = (
            dict(schedules)
            if mode == EXCHANGE
            else {name: _always(schedule) for name, schedule in schedules.items()}
        )
        self._phases: dict[str, tuple[float, float, Phase]] = {}  # from, until
        self._texts: dict[tuple[str, bool], tuple[date, str]] = {}  # of a day

    def schedule(self, instrument: Instrument) -> Schedule:
        """Return the schedule of an instrument."""
        return self._schedules[instrument.hours]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all schedules."""
        return tuple(self._schedules)

    def phase(self, instrument: Instrument, now: float) -> Phase:
        """Return the phase of an instrument's market."""
        return self.phase_of(instrument.hours, now)

    def phase_of(self, name: str, now: float) -> Phase:
        """Return the phase of a schedule."""
        if self.mode == ALWAYS:
            return Phase.REGULAR
        since, until, phase = self._phases.get(name, (0.0, 0.0, Phase.CLOSED))
        if not since <= now < until:
            schedule = self._schedules[name]
            phase = schedule.phase(now)
            self._phases[name] = now, schedule.next_change(now), phase
        return phase

    def text(self, instrument: Instrument, now: float, outside: bool) -> str:
        """Return contract details' tradingHours, or their liquidHours."""
        schedule, key = self.schedule(instrument), (instrument.hours, outside)
        today = datetime.fromtimestamp(now, schedule.zone).date()
        known = self._texts.get(key)
        if known is None or known[0] != today:
            known = self._texts[key] = (today, schedule.text(now, outside))
        return known[1]

    def next_change(self, instrument: Instrument, now: float) -> float:
        """Return when the instrument's phase changes next; infinity if it never does."""
        if self.mode == ALWAYS:
            return math.inf
        # which is worked out with the phase, and kept: looking for it takes long
        return self.next_change_of(instrument.hours, now)

    def next_change_of(self, name: str, now: float) -> float:
        """Return when the phase of a schedule changes next; infinity if it never does."""
        if self.mode == ALWAYS:
            return math.inf
        self.phase_of(name, now)
        return self._phases[name][1]

    def session_close(self, instrument: Instrument, now: float, outside: bool) -> float:
        """Return the end of the session that is open, else of the next; of a market that never
        closes, midnight.
        """
        return self.schedule(instrument).close(now, outside)

    def trading_day(self, instrument: Instrument, now: float) -> tuple[float, float]:
        """Return when its trading day began, and when the next one does."""
        return self.schedule(instrument).trading_day(now)

    def next_open(self, instrument: Instrument, now: float, outside: bool) -> float:
        """Return the beginning of the next session."""
        return self.schedule(instrument).open(now, outside)


def read_schedules(data: Mapping[str, Any]) -> dict[str, Schedule]:
    """Return the "schedules" of the data file with its "calendars". KeyError, ValueError: it
    doesn't hold together.
    """
    calendars = {
        name: Calendar(
            entry["closed"], {rule: _minute(at) for rule, at in entry.get("early", {}).items()}
        )
        for name, entry in data["calendars"].items()
    }
    return {name: _schedule(entry, calendars) for name, entry in data["schedules"].items()}


def _always(schedule: Schedule) -> Schedule:
    return replace(
        schedule,
        regular=_ALL_DAY,
        whole=_ALL_DAY,
        weekdays=frozenset(range(7)),
        calendar=_NEVER_CLOSED,
    )


def _schedule(entry: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> Schedule:
    zone, zone_name = zone_of(entry["zone"]), entry["zone_name"]
    regular = _spans(entry["regular"])
    calendar = calendars[entry["calendar"]] if "calendar" in entry else _NEVER_CLOSED
    weekdays = frozenset(range(7 if entry.get("weekends") else 5))
    return Schedule(
        zone,
        zone_name,
        regular,
        _spans(entry["whole"]) if "whole" in entry else regular,
        weekdays,
        calendar,
    )


def _spans(text: str) -> Spans:
    """Read spans: "0900-1130 1230-1500"; "<1700-1600" begins on the day before."""
    return tuple(
        (_minute(start), _minute(end))
        for start, _, end in (span.partition("-") for span in text.split())
    )


def _minute(text: str) -> int:
    clock = text.removeprefix("<")
    if not (len(clock) == 4 and clock.isdigit() and int(clock[2:]) < 60 and int(clock) <= 2400):
        raise ValueError(f"not a time of the day: {text!r}")
    return int(clock[:2]) * 60 + int(clock[2:]) - (_MINUTES if clock != text else 0)
