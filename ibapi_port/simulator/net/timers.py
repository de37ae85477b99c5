"""The queue of what is to happen later, on any clock."""

from __future__ import annotations

import heapq
import itertools
import logging
from collections.abc import Callable

from ..._printable import PrintableLog
from .clock import Clock, VirtualClock

_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class Timer:
    """Something that is to happen, once or each `interval` seconds; `cancel` makes it not happen
    (any more).
    """

    def __init__(
        self, due: float, action: Callable[[], None], interval: float | None = None
    ) -> None:
        self.due = due
        self.action = action
        self.interval = interval
        self.cancelled = False

    def cancel(self) -> None:
        """Make it not happen (any more)."""
        self.cancelled = True


class Timers:
    """What is to happen later, in order of time; of two with the same time the one set first comes
    first.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def call_later(self, delay: float, action: Callable[[], None]) -> Timer:
        """Call `action` in `delay` seconds."""
        return self._add(Timer(self.clock.monotonic() + delay, action))

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        """Call `action` at a time of the clock's `now`: at exactly that time if it is virtual."""
        clock = self.clock
        due = when if clock.monotonic() == clock.now() else clock.monotonic() + when - clock.now()
        return self._add(Timer(due, action))

    def every(
        self, interval: float, action: Callable[[], None], first: float | None = None
    ) -> Timer:
        """Call `action` each `interval` seconds, first after `first` (else after one interval).
        Turns that were missed are left out.
        """
        delay = interval if first is None else first
        return self._add(Timer(self.clock.monotonic() + delay, action, interval))

    def _add(self, timer: Timer) -> Timer:
        heapq.heappush(self._heap, (timer.due, next(self._order), timer))
        return timer

    def next_due(self) -> float | None:
        """Return when the next timer is due, on the clock's `monotonic`; None if there is none."""
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def wait(self) -> float | None:
        """Real seconds that may pass until the next timer is due; None if nothing has to be waited
        for but sockets.
        """
        due = self.next_due()
        return None if due is None else self.clock.wait_for(due)

    def go_on(self, idle: bool) -> None:
        """Let virtual time go on, if it is virtual."""
        if isinstance(self.clock, VirtualClock):
            self.clock.go_on(self.next_due(), idle)

    def run_until(self, end: float, most: int) -> bool:
        """Go by hand from one timer to the next, `most` times; True once it is `end`."""
        assert isinstance(self.clock, VirtualClock)
        for _ in range(most):
            due = self.next_due()
            if due is None or due > end:
                self.clock.move(max(end, self.clock.now()))
                return True
            self.clock.move(max(due, self.clock.now()))
            self.run_due()
        return False

    def run_next(self) -> None:
        """Go to the next timer by hand, and call all that is due by then."""
        assert isinstance(self.clock, VirtualClock)
        due = self.next_due()
        if due is not None:
            self.clock.move(max(due, self.clock.now()))
            self.run_due()

    def run_due(self) -> None:
        """Call what is due by now. What these calls set for the same moment waits for the next
        round, so that sockets get their turn.
        """
        now = self.clock.monotonic()
        due: list[Timer] = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        for timer in due:
            if timer.cancelled:
                continue
            if timer.interval is not None:
                timer.due += timer.interval
                if timer.due <= now:
                    timer.due = now + timer.interval
                self._add(timer)
            _run(timer.action)


def _run(action: Callable[[], None]) -> None:
    """Run an action. A timer that fails must not end the loop with everything else in it."""
    try:
        action()
    except Exception:  # the action may be of any part of the simulator, or of a user
        _log.exception("a timer of the simulated TWS failed")


class OnDemandTimer:
    """A repeating timer that exists only while somebody needs it.

    Virtual time that goes as fast as it can stops at every timer. One that nobody needs would only
    slow it down.
    """

    def __init__(self, timers: Timers, interval: float, action: Callable[[], None]) -> None:
        self._timers = timers
        self._interval = interval
        self._action = action
        self._timer: Timer | None = None

    def start(self, first: float | None = None) -> None:
        """Begin, unless it runs: call the action after `first` seconds, or one interval if None."""
        if self._timer is None:
            self._timer = self._timers.every(self._interval, self._action, first)

    def stop(self) -> None:
        """End, if it runs."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
