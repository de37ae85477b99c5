"""What a program has left behind that was killed: found by a text of ours that nobody else has.

Such a text is the path of a directory that was made for one Gateway, in the environment or on the
command line of what was started for it. Nothing is looked for by the name of a program. Without
/proc, as Linux has it, nothing is found.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PROC = Path("/proc")


def processes_with(mark: str) -> list[int]:
    """Return the user's processes that have a text in their environment or arguments.

    This process, and what it was started by, are not among them.
    """
    if not hasattr(os, "pidfd_open") or not PROC.is_dir():
        return []
    wanted = os.fsencode(mark)
    ours = set(_ancestors())
    numbers = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if pid not in ours and _has(pid, wanted)]


def end(pids: Iterable[int], mark: str, patience: float) -> None:
    """End processes that have a text, by SIGTERM and then by SIGKILL, and wait for their end."""
    with contextlib.ExitStack() as stack:
        handles = []
        for pid in pids:
            with contextlib.suppress(OSError):
                handle = os.pidfd_open(pid)
                stack.callback(os.close, handle)
                if _has(pid, os.fsencode(mark)):  # the number may have become another's until here
                    handles.append(handle)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for handle in handles:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(handle, number)
            limit = time.monotonic() + patience
            handles = [handle for handle in handles if not _ends(handle, limit)]


def _ends(handle: int, limit: float) -> bool:
    waiter = select.poll()
    waiter.register(handle, select.POLLIN)
    return bool(waiter.poll(max(limit - time.monotonic(), 0) * 1000))


def _has(pid: int, wanted: bytes) -> bool:
    for name in ("environ", "cmdline"):
        with contextlib.suppress(OSError):  # it is another user's, or it has ended
            if wanted in (PROC / str(pid) / name).read_bytes():
                return True
    return False


def _ancestors() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        try:
            text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
            pid = int(text.rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return
