"""When IB's servers are reset: a table as data, and whether a moment is within it.

    from ibapi_port.reset_windows import in_window, next_window

    in_window(datetime.now(timezone.utc))    # a Window, or None
    next_window()                            # an Occurrence: the window, its start and its end

IB changes the hours from time to time and they differ by region. Thus every function takes another
table, and `windows_from` reads one from TOML or JSON. Hours are local to a zone, and each start and
end is converted for its own day: the clocks may change in between.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

from ._zones import zone_named

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = DAYS
_WEEK = len(DAYS)

Moment = datetime | float | None  # None: now


def _instant(day: date, clock: tuple[int, int], zone: tzinfo, fold: int) -> datetime:
    """Return a local time in UTC. Where the clocks go back it comes twice, and `fold` chooses."""
    local = datetime(day.year, day.month, day.day, *clock, tzinfo=zone, fold=fold)
    return local.astimezone(timezone.utc)


def _clock(name: str, text: str) -> tuple[int, int]:
    parts = text.split(":") if isinstance(text, str) else []
    if len(parts) == 2 and all(p.isascii() and p.isdigit() for p in parts):
        hour, minute = int(parts[0]), int(parts[1])
        if hour < 24 and minute < 60:
            return hour, minute
    raise ValueError(f'{name}: {text!r} is no time of a day such as "23:45"')


def _day(name: str, text: str) -> int:
    short = text.strip().lower()[:3] if isinstance(text, str) else ""
    if short not in DAYS:
        raise ValueError(f"{name}: {text!r} is no day; the days are {', '.join(DAYS)}")
    return DAYS.index(short)


def _days(days: str | Sequence[str]) -> tuple[int, ...]:
    parts = days.split(",") if isinstance(days, str) else list(days)
    found: set[int] = set()
    for part in parts:
        first, _, last = part.partition("-") if isinstance(part, str) else (part, "", "")
        begin = _day("days", first)
        length = (_day("days", last) - begin) % _WEEK if last else 0
        found.update((begin + n) % _WEEK for n in range(length + 1))
    if not found:
        raise ValueError("days: there is none; name the days on which the window starts")
    return tuple(sorted(found))


@dataclass(frozen=True)
class Window:
    """A time that comes back each week on some days, local to a zone.

    `days` are the days on which it starts: "fri", "sun-thu" or ("mon", "tue"). `end` is on the day
    of the start, or on the next one if it is not later than `start`; `end_day` names another day.
    """

    label: str
    zone: str
    days: str | Sequence[str]
    start: str
    end: str
    end_day: str = ""
    _days: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _start: tuple[int, int] = field(init=False, repr=False, compare=False)
    _end: tuple[int, int] = field(init=False, repr=False, compare=False)
    _tz: tzinfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.label, str):
            raise ValueError(f"label: {self.label!r} is no text")
        set_ = object.__setattr__  # the object is frozen
        set_(self, "days", self.days if isinstance(self.days, str) else tuple(self.days))
        set_(self, "_days", _days(self.days))
        set_(self, "_start", _clock("start", self.start))
        set_(self, "_end", _clock("end", self.end))
        if self.end_day:
            _day("end_day", self.end_day)
        set_(self, "_tz", zone_named(self.zone))

    def on(self, day: date) -> Occurrence | None:
        """Return the window's occurrence that starts on a local day; None if none does."""
        if day.weekday() not in self._days:
            return None
        start = _instant(day, self._start, self._tz, fold=0)
        end_day = day + timedelta(days=self._days_long(day))
        return Occurrence(self, start, _instant(end_day, self._end, self._tz, fold=1))

    def occurrences(self, around: datetime) -> list[Occurrence]:
        """Return the occurrences that start from a week before a moment to a week after it."""
        today = around.astimezone(self._tz).date()
        days = (today + timedelta(days=n) for n in range(-_WEEK, _WEEK + 1))
        return [found for day in days if (found := self.on(day)) is not None]

    def _days_long(self, day: date) -> int:
        later = self._end > self._start
        if not self.end_day:
            return 0 if later else 1
        days = (_day("end_day", self.end_day) - day.weekday()) % _WEEK
        return days if days or later else _WEEK

    def as_dict(self) -> dict[str, Any]:
        """Return the window as data, as `windows_from` reads it."""
        days = self.days if isinstance(self.days, str) else list(self.days)
        data = {
            "label": self.label,
            "zone": self.zone,
            "days": days,
            "from": self.start,
            "to": self.end,
        }
        return data | ({"to_day": self.end_day} if self.end_day else {})


@dataclass(frozen=True)
class Occurrence:
    """A window on one day: its start and its end in UTC. The end is no longer part of it."""

    window: Window
    start: datetime
    end: datetime

    def __contains__(self, when: datetime) -> bool:
        return self.start <= when < self.end


WEEKEND = Window("weekend reset", "America/New_York", "fri", "23:00", "03:00")

# As IB's page "System Status" had it in 2026. An account belongs to one region.
AMERICA = (Window("daily reset, America", "America/New_York", "sun-fri", "00:15", "01:45"), WEEKEND)
EUROPE = (Window("daily reset, Europe", "Europe/Zurich", "sun-fri", "06:25", "07:45"), WEEKEND)
ASIA = (
    Window("first daily reset, Asia", "Asia/Hong_Kong", "sun-fri", "04:45", "06:05"),
    Window("second daily reset, Asia", "Asia/Hong_Kong", "sun-fri", "20:15", "21:15"),
    WEEKEND,
)
REGIONS: Mapping[str, tuple[Window, ...]] = {"america": AMERICA, "europe": EUROPE, "asia": ASIA}
RESET_WINDOWS = AMERICA  # the default

# The security tokens of IB end on Sunday at 01:00 in New York: the first login after it, or the
# first restart, wants the second factor again.
TOKENS_END = Window("tokens end", "America/New_York", "sun", "01:00", "01:01")


def in_window(when: Moment = None, windows: Iterable[Window] = RESET_WINDOWS) -> Window | None:
    """Return the window that a moment (a datetime with a zone, seconds since 1970, or now) is in.

    Of several it is the one that ends last. Return None if it is in none.
    """
    found = occurrence(when, windows)
    return found.window if found is not None else None


def occurrence(when: Moment = None, windows: Iterable[Window] = RESET_WINDOWS) -> Occurrence | None:
    """Return the window that a moment is in, with its start and end. Return None if it is in none.

    Of several it is the one that ends last.
    """
    moment = _moment(when)
    found = [o for window in windows for o in window.occurrences(moment) if moment in o]
    return max(found, key=lambda o: o.end, default=None)


def next_window(
    when: Moment = None, windows: Iterable[Window] = RESET_WINDOWS
) -> Occurrence | None:
    """Return the window that starts next after a moment, with its start and end.

    Return None if the table is empty.
    """
    moment = _moment(when)
    found = [o for window in windows for o in window.occurrences(moment) if o.start > moment]
    return min(found, key=lambda o: o.start, default=None)


def windows_from(data: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """Make windows of data, as TOML or JSON has them: a list of tables with label, zone, days,
    from, to and perhaps to_day. Raise ValueError with the number and field of a bad one.
    """
    return tuple(_window_from(number, row) for number, row in enumerate(data, 1))


_KEYS = {"label", "zone", "days", "from", "to", "to_day"}


def _window_from(number: int, row: Mapping[str, Any]) -> Window:
    if not isinstance(row, Mapping):
        raise ValueError(f"window {number}: {row!r} is no table with {', '.join(sorted(_KEYS))}")
    unknown = sorted(str(key) for key in row.keys() - _KEYS)
    missing = sorted(_KEYS - {"label", "to_day"} - row.keys())
    if unknown or missing:
        what = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
        raise ValueError(f"window {number}: {what}")
    try:
        return Window(
            row.get("label", "window"),
            row["zone"],
            row["days"],
            row["from"],
            row["to"],
            row.get("to_day", ""),
        )
    except ValueError as e:
        raise ValueError(f"window {number}: {e}") from None


def _moment(when: Moment) -> datetime:
    if when is None:
        when = time.time()
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise ValueError("when: a datetime without a zone; use datetime.now(timezone.utc)")
        return when.astimezone(timezone.utc)
    return datetime.fromtimestamp(when, timezone.utc)


__all__ = [
    "AMERICA",
    "ASIA",
    "DAYS",
    "EUROPE",
    "EVERY_DAY",
    "REGIONS",
    "RESET_WINDOWS",
    "TOKENS_END",
    "WEEKEND",
    "Occurrence",
    "Window",
    "in_window",
    "next_window",
    "occurrence",
    "windows_from",
]
