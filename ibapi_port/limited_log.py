"""A limit on how often the same thing is logged: what goes wrong once may go wrong a million times."""

from __future__ import annotations

import logging
import time

PER_SECOND = 5


class RateLimit(logging.Filter):
    """Of records with the same format, so many a second; the next one after that says how many were left out. DEBUG is not limited."""

    def __init__(self, per_second: int = PER_SECOND) -> None:
        super().__init__()
        self._most = per_second
        self._seen: dict[str, tuple[float, int, int]] = {}  # by format: since when, how many, how many left out

    def forget(self) -> None:
        """Begin anew."""
        self._seen.clear()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log it."""
        if record.levelno <= logging.DEBUG:
            return True
        now, key = time.monotonic(), str(record.msg)
        since, count, left_out = self._seen.get(key, (now, 0, 0))
        if now - since >= 1:
            since, count = now, 0
        if count >= self._most:
            self._seen[key] = (since, count, left_out + 1)
            return False
        if left_out:
            record.msg = f"{record.msg} ({left_out} more of this kind were not logged)"
        self._seen[key] = (since, count + 1, 0)
        return True
