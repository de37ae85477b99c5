"""How many messages may be sent in a second: what was sent in the last one is counted."""

from __future__ import annotations

from collections import deque

PERIOD = 1.0  # seconds


class Pacer:
    """Counts all messages, those of the program too, which are never held up. It is pure: who uses
    it holds a lock.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._sent: deque[float] = deque(maxlen=rate)

    def sent(self, now: float) -> None:
        """A message is being sent."""
        self._sent.append(now)

    def pause(self, now: float) -> float:
        """Return the seconds until one more message may be sent, 0 if it may be now."""
        if len(self._sent) < self._rate:
            return 0.0
        return max(self._sent[0] + PERIOD - now, 0.0)


__all__ = ["Pacer"]
