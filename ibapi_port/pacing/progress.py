"""What a program sees of requests that wait: numbers for a callback, or a bar on the terminal."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TextIO

WIDTH = 24  # of the bar, in characters


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


def is_terminal(file: TextIO | None) -> bool:
    """Return whether a bar makes sense there."""
    try:
        return file is not None and file.isatty()
    except ValueError:  # it is closed
        return False


__all__ = ["Bar", "Progress", "duration", "is_terminal"]
