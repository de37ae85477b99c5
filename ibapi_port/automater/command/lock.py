"""A lock on a name: there is one `gateway run` for one Gateway. The system lets go of the lock when
a process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: who starts two at once has two; the second one finds the port taken
    fcntl = None  # type: ignore[assignment]


class Locked(Exception):
    """Another process has the lock."""


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold a lock. Raise Locked if another process has it, OSError if there can be none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Locked(str(path)) from None
        yield
    finally:
        os.close(number)  # the file stays: to delete it would let two have a lock
