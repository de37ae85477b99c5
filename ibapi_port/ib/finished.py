"""Which orders that are done are kept: the newest ones, so that a program may run for weeks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

MOST = 10_000  # an order takes some 15 kB


class Ends(Protocol):
    """What is asked of a Trade."""

    _ended_at: float | None

    @property
    def _is_waited_for(self) -> bool: ...

    @property
    def _may_be_forgotten(self) -> bool: ...


A = TypeVar("A", bound=Ends)


class Finished(Generic[A]):
    """Orders that are done, in the order in which they ended. Who uses it holds a lock.

    most: how many are kept. seconds: for how long, None for as long as there is room.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = MOST
        self.seconds: float | None = None
        self._clock = clock
        self._ended: deque[tuple[float, A]] = deque()

    def __len__(self) -> int:
        return len(self._ended)

    def look_at(self, trade: A) -> None:
        """Take an order in if it has ended. One that goes on after all counts no more."""
        if not trade._may_be_forgotten:
            trade._ended_at = None
        elif trade._ended_at is None:
            trade._ended_at = self._clock()
            self._ended.append((trade._ended_at, trade))

    def take_old(self) -> list[A]:
        """Return the orders that are to be forgotten, and keep them no more. One that somebody
        waits for (its commission may come after its end) stays.
        """
        found = []
        now = self._clock()
        for _ in range(len(self._ended)):
            ended_at, trade = self._ended[0]
            is_late = self.seconds is not None and now - ended_at > self.seconds
            if len(self._ended) <= self.most and not is_late:
                break
            self._ended.popleft()
            if trade._ended_at != ended_at:
                continue  # it went on, and may have ended anew
            if trade._is_waited_for:
                trade._ended_at = now
                self._ended.append((now, trade))
            else:
                found.append(trade)
        return found


__all__ = ["MOST", "Finished"]
