"""How fast requests go out: messages a second of each client id, and TWS's limits of history."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar

# Whether the message that this task sends next has been counted already.
_counted: ContextVar[int] = ContextVar("counted", default=0)


class Pace:
    """At most so many messages in a second. Requests wait for their turn, first come first served;
    cancels and orders do not wait, but they count.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._free = float(rate)
        self._at = clock()
        self._turn = asyncio.Lock()
        self.waiting = 0

    def _refill(self) -> None:
        now = self._clock()
        self._free = min(float(self.rate), self._free + (now - self._at) * self.rate)
        self._at = now

    async def acquire(self) -> None:
        """Wait until a message may be sent, and count it."""
        self.waiting += 1
        try:
            async with self._turn:
                self._refill()
                while self._free < 1:
                    await asyncio.sleep((1 - self._free) / self.rate)
                    self._refill()
                self._free -= 1
        finally:
            self.waiting -= 1
        _counted.set(1)

    def sent(self, name: str, arguments: tuple[object, ...]) -> None:
        """Count a message that is about to be sent (a client's `on_request`)."""
        if _counted.get():
            _counted.set(0)
            return
        self._refill()
        self._free -= 1


class HistoryPace:
    """TWS's limits of requests for history: 60 in ten minutes, not the same one within 15 s, not
    six of the same contract within 2 s. Small bars (up to 30 s) and ticks count for them.
    """

    PER_WINDOW, WINDOW = 60, 600.0
    SAME = 15.0
    OF_CONTRACT, CONTRACT_WINDOW = 5, 2.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all: deque[float] = deque()
        self._same: dict[str, float] = {}
        self._contract: dict[str, deque[float]] = {}

    def reserve(self, contract: str, what: str, most: float) -> float | None:
        """Return in how many seconds a request may go out, and count it. None: that would be more
        than `most` seconds; nothing is counted.
        """
        now = self._clock()
        self._forget(now)
        when = now
        if len(self._all) >= self.PER_WINDOW:
            when = max(when, self._all[-self.PER_WINDOW] + self.WINDOW)
        if what in self._same:
            when = max(when, self._same[what] + self.SAME)
        recent = self._contract.setdefault(contract, deque(maxlen=self.OF_CONTRACT))
        if len(recent) == self.OF_CONTRACT:
            when = max(when, recent[0] + self.CONTRACT_WINDOW)
        if when - now > most:
            return None
        self._all.append(when)
        self._same[what] = when
        recent.append(when)
        return when - now

    def _forget(self, now: float) -> None:
        while self._all and self._all[0] <= now - self.WINDOW:
            self._all.popleft()
        if len(self._same) > 1000:
            self._same = {k: t for k, t in self._same.items() if t > now - self.SAME}
        if len(self._contract) > 1000:
            oldest = now - self.CONTRACT_WINDOW
            self._contract = {k: d for k, d in self._contract.items() if d and d[-1] > oldest}


__all__ = ["HistoryPace", "Pace"]
