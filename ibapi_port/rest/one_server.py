"""A lock on a state file: of two servers each would take the other's keys for its own, and send an
order under a key that the other one is sending. The system lets go of the lock when a process ends,
however it ends.
"""

from __future__ import annotations

import os

try:
    import fcntl
except ImportError:  # Windows: SQLite alone keeps the file whole
    fcntl = None  # type: ignore[assignment]


class OneServer:
    """Holds the lock within a `with` block. BlockingIOError: another server has it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._number = -1

    def __enter__(self) -> OneServer:
        if fcntl is None:
            return self
        # a file of its own: SQLite's locks are on the other one
        self._number = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._close()
            raise BlockingIOError(
                f"{self._path}: another server uses this state file; give each one a file of its "
                "own (--state)"
            ) from None
        except OSError:  # a file system without locks
            self._close()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def __del__(self) -> None:  # of a server that could not start
        self._close()

    def _close(self) -> None:
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)  # the file stays: to delete it would let two have a lock


__all__ = ["OneServer"]
