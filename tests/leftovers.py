"""What a test may not leave behind: threads and sockets."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from machine import slowness

FDS = Path("/proc/self/fd")


def sockets() -> set[str]:
    """Return the process's sockets, none where the system does not tell."""
    found = set()
    for fd in FDS.iterdir() if FDS.is_dir() else ():
        with contextlib.suppress(OSError):
            target = os.readlink(fd)
            if target.startswith("socket:"):
                found.add(target)
    return found


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """Fail if a thread or a socket is there at the end that was not there at the beginning. A thread
    that is about to end has time for it.
    """
    threads, open_before = set(threading.enumerate()), sockets()
    yield
    for thread in set(threading.enumerate()) - threads:
        thread.join(10 * slowness())
        assert not thread.is_alive(), f"{thread.name} is left"
    assert not sockets() - open_before
