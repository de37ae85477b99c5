"""Virtual time: it goes on only while somebody waits, and then from one timer to the next."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo

from ..clock import Clock

STUCK = 20.0  # real seconds


class Timed(Clock):
    """A clock that makes calls later, in the thread that waits for time: a simulated Gateway is
    used by that one alone.
    """

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something after some seconds."""
        raise NotImplementedError


class VirtualClock(Timed):
    """A clock for one automater and the simulated Gateway behind it.

    `start` is the time in UTC that it begins with; `zone` is that of the clock on the wall.
    """

    def __init__(self, start: datetime | None = None, zone: tzinfo = timezone.utc) -> None:
        self._start = start or datetime(2026, 3, 4, 15, 0, tzinfo=timezone.utc)
        self._zone = zone
        self._now = 0.0
        self._lock = threading.Lock()  # over all here
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self.paused = False
        self._waiting: list[tuple[threading.Event, threading.Event]] = []
        self._conditions: list[threading.Condition] = []

    def monotonic(self) -> float:
        """Return the virtual seconds that have passed."""
        return self._now

    def utc(self) -> datetime:
        """Return the virtual time."""
        return self._start + timedelta(seconds=self._now)

    def local(self, ahead: float = 0.0) -> datetime:
        """Return what a clock on the wall shows, or will show some virtual seconds from now."""
        then = self.utc() + timedelta(seconds=ahead)
        return then.astimezone(self._zone).replace(tzinfo=None)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something after some virtual seconds, in the thread that waits for time."""
        with self._lock:
            self._count += 1
            heapq.heappush(self._heap, (self._now + seconds, self._count, call))
        self._wake()

    def wait(self, changed: threading.Condition, until: float | None) -> None:
        """Go on to the next timer if somebody waits; otherwise wait for a notification."""
        with self._lock:
            if changed not in self._conditions:
                self._conditions.append(changed)
            due = self._heap[0][0] if self._heap else None
            times = [t for t in (due, until) if t is not None]
            call: Callable[[], None] | None = None
            # not beyond the moment at which what is waited for has come
            waits = any(not (event.is_set() or over.is_set()) for event, over in self._waiting)
            flows = bool(times) and waits and not self.paused
            if flows:
                self._now = max(self._now, min(times))
                if due is not None and due <= self._now:
                    call = heapq.heappop(self._heap)[2]
        if call is not None:
            call()
        elif not flows:
            changed.wait(1.0)

    def wait_for(self, event: threading.Event, timeout: float | None) -> bool:
        """Let time go on until an event has come, or its virtual seconds are over.

        Raise TimeoutError if nothing happens for long in real time: what is waited for cannot come.
        """
        over = threading.Event()
        if timeout is not None:
            self.later(timeout, over.set)
        with self._lock:
            self._waiting.append((event, over))
        self._wake()
        end = time.monotonic() + STUCK
        try:
            while not event.wait(0.001) and not over.is_set():
                if time.monotonic() > end:
                    raise TimeoutError("nothing more happens in virtual time")
        finally:
            with self._lock:
                self._waiting.remove((event, over))
        return event.is_set()

    def resume(self) -> None:
        """Let time go on again after `paused` was set."""
        self.paused = False
        self._wake()

    def advance(self, seconds: float) -> None:
        """Let some virtual seconds pass, with all that happens in them."""
        self.wait_for(threading.Event(), seconds)

    def _wake(self) -> None:
        for changed in list(self._conditions):
            if changed.acquire(timeout=STUCK):
                changed.notify_all()
                changed.release()
