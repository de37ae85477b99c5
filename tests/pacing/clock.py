"""A clock for what waits."""

from __future__ import annotations

import threading

from client.scripted import WAIT

from ibapi_port.pacing import PacedSender
from ibapi_port.pacing.sender import Clock


class VirtualClock(Clock):
    """A clock that goes on when who waits waits, or when `advance` is called."""

    def __init__(self, goes: bool = True) -> None:
        self.time = 1000.0
        self.goes = goes

    def now(self) -> float:
        return self.time

    def wait(self, changed: threading.Condition, seconds: float) -> None:
        if self.goes:
            self.time += seconds
            changed.wait(0)  # lets others in
        else:
            changed.wait(WAIT)

    @staticmethod
    def until_waiting(paced: PacedSender, count: int = 1) -> None:
        """Wait until so many requests wait."""
        changed = paced._changed
        with changed:
            assert changed.wait_for(lambda: paced.waiting >= count, WAIT)

    def advance(self, paced: PacedSender, seconds: float) -> None:
        changed = paced._changed
        with changed:
            self.time += seconds
            changed.notify_all()
