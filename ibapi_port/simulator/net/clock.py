"""Time: what the simulator's parts ask for the time, and the queue of what is to happen later.

Nothing in the simulator reads the system's clock by itself. A clock of another kind has the same
three methods; the loop waits for as long as the clock says.
"""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> float:
        """Return the date and time, in seconds since 1970 UTC."""

    def monotonic(self) -> float:
        """Return seconds on a scale that never goes back; timers are set on it."""

    def wait_for(self, due: float) -> float | None:
        """Return how many real seconds the loop may sleep until `due` (of `monotonic`), or None to
        sleep until somebody wakes it.
        """


LONGEST_WAIT = 86_400.0  # seconds; operating systems refuse to sleep for months


class WallClock:
    """The computer's own time; with `start` (seconds since 1970) it shows another date, and goes on
    from there as real time does.
    """

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._made = time.monotonic()

    def now(self) -> float:
        """Return the date and time, in seconds since 1970 UTC."""
        if self._start is None:
            return time.time()
        return self._start + time.monotonic() - self._made

    def monotonic(self) -> float:
        """Return seconds on a scale that never goes back."""
        return time.monotonic()

    def wait_for(self, due: float) -> float | None:
        """Return how many seconds the loop may sleep until `due`."""
        return min(max(0.0, due - time.monotonic()), LONGEST_WAIT)


OPENING = 1_776_173_400.0  # 2026-04-14 09:30:00 US/Eastern, a Tuesday


class VirtualClock:
    """Time that begins at `start` (seconds since 1970, or a datetime with its zone) and goes on as
    a script says so.

    `speed` 0: it stands until it is moved (`SimulatedTws.advance`). Above 0: that many seconds pass
    in a real one. math.inf: as fast as it can, from one timer to the next, as soon as the clients
    have taken what was sent and then asked nothing for `settle` real seconds; without a client it
    stands. It stops at every timer on its way, however late the loop is: what happens at a time
    happens at exactly that time.
    """

    def __init__(
        self, start: float | datetime = OPENING, speed: float = 0.0, settle: float = 0.001
    ) -> None:
        if isinstance(start, datetime):
            if start.tzinfo is None:
                raise ValueError(f"a time zone is missing: {start}")
            start = start.timestamp()
        if not (speed >= 0 and settle >= 0 and math.isfinite(start)):
            raise ValueError("the speed of a clock must be 0 or more, its start a date")
        self.speed = speed
        self.settle = settle
        self._time = start
        self._real = time.monotonic()  # when it was `_since`
        self._since = start
        self._busy = True  # sockets have been heard of since time went on

    def now(self) -> float:
        """Return the virtual date and time, in seconds since 1970 UTC."""
        return self._time

    def monotonic(self) -> float:
        """Return the same as `now`: virtual time never goes back."""
        return self._time

    def wait_for(self, due: float) -> float | None:
        """Return how many real seconds the loop may sleep until `due`, or None if time stands."""
        if due <= self._time:
            return 0.0
        if self.speed == 0:
            return None
        if self.speed == math.inf:
            return self.settle if self._busy else 0.0
        return min(max(0.0, (due - self._target()) / self.speed), LONGEST_WAIT)

    def set_speed(self, speed: float) -> None:
        """Go on at another speed from now on; 0 stands, math.inf goes as fast as it can."""
        if not speed >= 0:
            raise ValueError("the speed of a clock must be 0 or more")
        self.move(self._time)
        self.speed = speed
        self._busy = True

    def move(self, when: float) -> None:
        """Go to a time; ValueError: it has been."""
        if when < self._time:
            raise ValueError("time does not go back")
        self._time = self._since = when
        self._real = time.monotonic()

    def go_on(self, due: float | None, idle: bool) -> None:
        """Go on as far as it may by now, and not past the next timer. `idle`: all clients have had
        what was sent, and ask nothing.
        """
        if self.speed == math.inf:
            self._busy = not idle
            if idle and due is not None:
                self._time = max(self._time, due)
        elif self.speed:
            target = self._target()
            self._time = max(self._time, target if due is None else min(target, due))

    def _target(self) -> float:
        return self._since + (time.monotonic() - self._real) * self.speed
