"""Where `gateway run` says its lines: standard output, which may be the file of `gateway start`."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

LONGEST = 20 << 20  # bytes of the file; the one before it is kept, too


class Log:
    """Prints lines. If what they go to is a certain file, that file does not grow without end.

    A line that cannot be written (the disk is full, nobody reads the pipe) is lost: the Gateway
    must not be ended for it.
    """

    def __init__(self, path: Path, longest: int = LONGEST) -> None:
        self._path = path
        self._longest = longest
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Print a line."""
        with self._lock:
            try:
                print(text, flush=True)
                self._turn()
            except (OSError, ValueError):  # ValueError: the stream was closed
                pass

    def _turn(self) -> None:
        """Begin a new file in place of one that is long enough."""
        try:
            here = os.fstat(sys.stdout.fileno())
            if here.st_size < self._longest or not os.path.samestat(here, self._path.stat()):
                return
        except (OSError, ValueError, AttributeError):  # it is no file, or none of the system's
            return
        os.replace(self._path, self._path.with_suffix(".log.1"))
        number = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            if os.path.samestat(os.fstat(stream.fileno()), here):
                os.dup2(number, stream.fileno())
        os.close(number)
