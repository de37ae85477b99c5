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

    def local(self, ahead: float = 0.0) -> datetime:
        """Return what a clock on the wall shows here, or will show some seconds from now: Gateway's
        own restart goes by it. Clocks that are changed in between are taken into account.
        """
        return datetime.fromtimestamp(self.utc().timestamp() + ahead)

    def wait(self, changed: threading.Condition, until: float | None) -> None:
        """Wait for a notification, at most until a moment. The lock is held."""
        changed.wait(None if until is None else max(until - self.monotonic(), 0.0))

    def wait_for(self, event: threading.Event, timeout: float | None) -> bool:
        """Wait for an event; return whether it came in time."""
        return event.wait(timeout)
