"""What `simulate` and long advances show on a terminal: a line that is written over and over."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

_INTERVAL = 0.5  # real seconds
_PATIENCE = 1.0  # real seconds after which an advance shows how far it is


class StatusLine:
    """Shows a text in the last line of a terminal while it runs, as a context manager. Nothing is
    shown where `stream` is no terminal.
    """

    def __init__(self, text: Callable[[], str], stream: TextIO | None = None) -> None:
        self._text = text
        self._stream = sys.stderr if stream is None else stream
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="status-line", daemon=True)
        # Guards the terminal: the log's lines come from another thread than the status.
        self._lock = threading.Lock()
        self._shown = 0

    def __enter__(self) -> StatusLine:
        if self._stream.isatty():
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            self._clear()

    def print(self, line: str, stream: TextIO) -> None:
        """Write a line above the status."""
        with self._lock:
            self._clear()
            print(line, file=stream, flush=True)

    def _run(self) -> None:
        while not self._ended.wait(_INTERVAL):
            try:
                text = self._text()
            except RuntimeError:  # the simulated TWS has ended
                return
            with self._lock:
                self._clear()
                self._shown = len(text)
                self._stream.write(text)
                self._stream.flush()

    def _clear(self) -> None:
        if self._shown:
            self._stream.write("\r" + " " * self._shown + "\r")
            self._stream.flush()
            self._shown = 0


class Progress:
    """Shows how far an advance has come, once it has taken a second, if there is a terminal."""

    def __init__(self, start: float, end: float, stream: TextIO | None = None) -> None:
        self._start = start
        self._length = end - start
        self._stream = sys.stderr if stream is None else stream
        self._next = time.monotonic() + _PATIENCE
        self._shown = False

    def at(self, now: float, text: str) -> None:
        """Note that time has come to `now`, which is written `text`."""
        if time.monotonic() < self._next or not self._stream.isatty():
            return
        self._next = time.monotonic() + _INTERVAL
        share = (now - self._start) / self._length if self._length else 1.0
        self._stream.write(f"\r{text}  {share:4.0%}")
        self._stream.flush()
        self._shown = True

    def done(self) -> None:
        """End the line, if anything was shown."""
        if self._shown:
            self._stream.write("\n")
            self._stream.flush()
