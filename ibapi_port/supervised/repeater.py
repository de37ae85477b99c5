"""Sends what the supervisor asks of TWS, no faster than TWS takes it.

It has a thread of its own while there is something to send: a request may wait for a TWS that does
not read, and the supervisor, which notices that, must not wait with it.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Iterator

from .clock import Clock

logger = logging.getLogger("ibapi_port.supervised")
Job = Callable[[], None]


class Repeater:
    """Jobs, each with a time and a rank: those of a lower rank come first. `pause` tells how long
    the next message has to wait.
    """

    def __init__(self, clock: Clock, pause: Callable[[], float]) -> None:
        self._clock = clock
        self._pause = pause
        self._changed = threading.Condition(threading.RLock())
        self._jobs: list[tuple[float, int, int, Job]] = []
        self._later: list[tuple[float, int, int, Job]] = []
        self._count = itertools.count()
        self._thread: threading.Thread | None = None
        self._is_busy = False
        self._is_closed = False

    def add(self, job: Job, rank: int = 0, after: float = 0.0) -> None:
        """Do something in the repeater's thread, after so many seconds at the earliest."""
        with self._changed:
            if self._is_closed:
                return
            if after > 0:
                heapq.heappush(
                    self._later, (self._clock.monotonic() + after, rank, next(self._count), job)
                )
            else:
                heapq.heappush(self._jobs, (rank, next(self._count), 0, job))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="ibapi_port repeater", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Let nothing be sent until all that is added within is there."""
        with self._changed:
            yield

    def clear(self) -> None:
        """Drop all jobs. The thread ends when the one at hand is done."""
        with self._changed:
            self._jobs.clear()
            self._later.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """Drop all jobs, and take none any more."""
        with self._changed:
            self._is_closed = True
            self.clear()

    def open(self) -> None:
        """Take jobs again."""
        with self._changed:
            self._is_closed = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is to be sent now."""
        with self._changed:
            return not self._jobs and not self._is_busy

    def join(self, seconds: float) -> bool:
        """Wait for the thread to end. Return whether it has."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(seconds)
        return not thread.is_alive()

    def _run(self) -> None:
        while True:
            job = self._next()
            if job is None:
                return
            try:
                job()
            except Exception:  # a job's failure must not keep the others from being done
                logger.exception("the supervisor failed to repeat a request")

    def _next(self) -> Job | None:
        """Return the next job when it may be done; None where there is none at all."""
        with self._changed:
            self._is_busy = False
            while True:
                now = self._clock.monotonic()
                while self._later and self._later[0][0] <= now:
                    _, rank, count, job = heapq.heappop(self._later)
                    heapq.heappush(self._jobs, (rank, count, 0, job))
                if self._jobs:
                    pause = self._pause()
                    if pause <= 0:
                        self._is_busy = True
                        return heapq.heappop(self._jobs)[3]
                    self._clock.wait(self._changed, pause)
                elif self._later:
                    self._clock.wait(self._changed, self._later[0][0] - now)
                else:
                    self._thread = None
                    return None


__all__ = ["Repeater"]
