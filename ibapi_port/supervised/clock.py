"""The clock of a supervised connection. Tests have others."""

from __future__ import annotations

import threading
import time


class Clock:
    """The system's clock."""

    def monotonic(self) -> float:
        """Return seconds on a clock that nobody sets."""
        return time.monotonic()

    def time(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        """Wait on a condition that is held, for so long at most; None: until it is notified."""
        condition.wait(seconds)


__all__ = ["Clock"]
