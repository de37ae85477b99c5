"""A limit on how often the same thing is logged: what goes wrong may go wrong a million times."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from .._printable import make_printable

PER_SECOND = 5


def _place(record: logging.LogRecord) -> str:
    """Which exception a record tells of, and where it was raised."""
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    kind, _, place = record.exc_info
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return (
        f"{kind.__name__} {place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
        if place is not None
        else kind.__name__
    )


class RateLimit(logging.Filter):
    """Of records with the same format, and of the same exception from the same line, so many a
    second; the next one after that says how many were left out. What is logged is made printable:
    it may quote what TWS sent.

    `of`: which records are limited; all but those at DEBUG, which never are.
    """

    def __init__(self, of: Callable[[logging.LogRecord], bool] | None = None) -> None:
        super().__init__()
        self._of = of
        # since when, how many, how many left out
        self._seen: dict[tuple[str, str], tuple[float, int, int]] = {}

    def forget(self) -> None:
        """Begin anew."""
        self._seen.clear()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log it."""
        if not self._within(record):
            return False
        make_printable(record)
        return True

    def _within(self, record: logging.LogRecord) -> bool:
        if record.levelno <= logging.DEBUG or (self._of is not None and not self._of(record)):
            return True
        now, key = time.monotonic(), (str(record.msg), _place(record))
        since, count, left_out = self._seen.get(key, (now, 0, 0))
        if now - since >= 1:
            since, count = now, 0
        if count >= PER_SECOND:
            self._seen[key] = (since, count, left_out + 1)
            return False
        if left_out:
            record.msg = f"{record.msg} ({left_out} more of this kind were not logged)"
        self._seen[key] = (since, count + 1, 0)
        return True
