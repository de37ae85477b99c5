"""What a program sees of requests that wait: numbers for a callback, a bar on the terminal, or
lines of a log.
"""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

logger = logging.getLogger("ibapi_port.pacing")
WIDTH = 24  # of the bar, in characters
LONG = 5.0  # seconds of waiting from which on it is logged
LOG_EVERY = 300.0  # seconds between two lines of the log


@dataclass(frozen=True)
class Progress:
    """How far requests are that wait for TWS's limits.

    `rate`: of which kind the one is that waits longest ("message", "history", ...). `sent` of that
    kind have gone out since the waiting began or shortly before, `waiting` are left, `seconds` is
    when the last of them goes. With `waiting` 0 it is over.
    """

    rate: str
    sent: int
    waiting: int
    seconds: float

    def __str__(self) -> str:
        if not self.waiting:
            return f"{self.rate} requests: {self.sent} were sent, nothing waits any more"
        return (
            f"{self.rate} requests: {self.sent} of {self.sent + self.waiting} are sent, "
            f"the rest within {duration(self.seconds)}"
        )


def duration(seconds: float) -> str:
    """Return seconds as people say it: "9 min 43 s"."""
    whole = int(seconds) + (seconds > int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Bar:
    """A line on the terminal that is written anew each time."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = sys.stderr if file is None else file
        self._shown = 0  # how wide the line is that stands there

    def __call__(self, progress: Progress) -> None:
        """Show how far it is; take the line away at the end."""
        if progress.waiting:
            done = WIDTH * progress.sent // (progress.sent + progress.waiting)
            self._write(f"[{'#' * done}{'.' * (WIDTH - done)}] {progress}")
        elif self._shown:
            self._write("")
            self._file.write("\r")
            self._file.flush()

    def _write(self, text: str) -> None:
        self._file.write(f"\r{text:<{self._shown}}")
        self._file.flush()
        self._shown = len(text)


class LogLines:
    """Lines of the log, for who sees no bar: a warning when the waiting is long, another one every
    five minutes, and when it is over. `now` is the clock.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._next = -math.inf  # when there may be a warning again
        self._is_told = False  # of this waiting

    def __call__(self, progress: Progress) -> None:
        """Log how far it is, if it is time to."""
        if not progress.waiting:
            if self._is_told:
                logger.info("TWS's limits: %s", progress)
            self._is_told = False
        elif progress.seconds >= LONG and self._now() >= self._next:
            self._next = self._now() + LOG_EVERY
            self._is_told = True
            logger.warning("waiting for TWS's limits: %s", progress)


def is_terminal(file: TextIO | None) -> bool:
    """Return whether a bar makes sense there."""
    try:
        return file is not None and file.isatty()
    except ValueError:  # it is closed
        return False


__all__ = ["Bar", "LogLines", "Progress", "duration", "is_terminal"]
