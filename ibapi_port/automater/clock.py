"""The time, as the automater asks for it. Tests put another one in its place."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone


class Clock:
    """The machine's own time."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def utc(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(timezone.utc)

    def local(self) -> datetime:
        """Return what a clock on the wall shows here: Gateway's own restart goes by it."""
        return datetime.now()

    def wait(self, changed: threading.Condition, until: float | None) -> None:
        """Wait for a notification, at most until a moment. The lock is held."""
        changed.wait(None if until is None else max(until - self.monotonic(), 0.0))

    def wait_for(self, event: threading.Event, timeout: float | None) -> bool:
        """Wait for an event; return whether it came in time."""
        return event.wait(timeout)
