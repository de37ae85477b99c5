"""Waits of a thread that a Ctrl-C ends on every system."""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .answers import Answer

T = TypeVar("T")
# Windows gives a Ctrl-C to the program only between two waits: there none is longer than this.
# Seconds; None elsewhere, where it ends the wait itself.
SLICE: float | None = 0.2 if sys.platform == "win32" else None


def slice_of(left: float | None) -> float | None:
    """Return how long to wait at once, of so many seconds (None: without end)."""
    if SLICE is None or left is None:
        return left if SLICE is None else SLICE
    return min(left, SLICE)


def result_of(future: Future[T] | Answer[T], timeout: float | None) -> T:
    """Return a future's result. TimeoutError of concurrent.futures: not within so many seconds."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = None if end is None else end - time.monotonic()
        try:
            return future.result(slice_of(left))
        except FutureTimeout:
            # what is done may have failed with a time-out of its own
            if future.done() or (end is not None and time.monotonic() >= end):
                raise


__all__ = ["result_of", "slice_of"]
