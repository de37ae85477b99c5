"""The directory of one Gateway that was started here: the agent's jar and address, a display's key.

A lock says that who has made it is alive; the system lets go of it when that process ends, however
it ends. What a killed program has left is found by it, see `heal`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import leftovers

try:
    import fcntl
except ImportError:  # Windows: nothing is found there, either
    fcntl = None  # type: ignore[assignment]

PREFIX = "ibapi-gateway-"
PATIENCE = 10.0  # seconds until what is left of a Gateway is ended by force


class Workplace:
    """One directory."""

    def __init__(self, port: int, settings: Path) -> None:
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
            number = _locked(self.path / "owner", create=True)
            if number is not None:
                break  # otherwise somebody has just taken it for a left one
        self._lock = number
        os.write(number, os.fsencode(_record(port, settings)))

    def close(self) -> None:
        """Delete it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def heal(port: int, settings: Path, say: Callable[[str], None]) -> None:
    """Clean up after programs of this user that were killed.

    A Gateway that such a program has left for this port or with these settings is ended: it is in
    the way, and nobody looks after it. Others are left alone.
    """
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = _locked(path / "owner", create=False)
        if number is None:
            continue
        try:
            _heal(path, port, settings, say)
        finally:
            os.close(number)


def _heal(path: Path, port: int, settings: Path, say: Callable[[str], None]) -> None:
    mine = _record(port, settings).split("\n")
    theirs = (path / "owner").read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    if len(theirs) == len(mine) and theirs[0] != mine[0]:
        return  # of another container: its processes cannot be seen from here
    left = leftovers.processes_with(f"{path}{os.sep}")
    gateways = [pid for pid in left if not _is_display(pid, path)]
    if gateways and not set(theirs[1:]) & set(mine[1:]):
        return
    if left:
        numbers = ", ".join(map(str, left))
        say(f"Ending what a program that was killed has left running: process {numbers}")
        leftovers.end(gateways, f"{path}{os.sep}", PATIENCE)
        leftovers.end(left, f"{path}{os.sep}", PATIENCE)
    shutil.rmtree(path, ignore_errors=True)


def _is_display(pid: int, path: Path) -> bool:
    """Return whether a process is the display whose key is in the directory."""
    with contextlib.suppress(OSError):
        return os.fsencode(path / "display") in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _record(port: int, settings: Path) -> str:
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return f"{space}\nport {port}\nsettings {settings.resolve()}"


def _locked(path: Path, create: bool) -> int | None:
    """Return a descriptor that holds the lock of a file of ours; None if it cannot be had."""
    try:
        number = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    except OSError:
        return None
    if fcntl is None:
        if create:
            return number
        os.close(number)
        return None
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        here = os.fstat(number)
        if os.path.samestat(here, path.stat()) and here.st_uid == os.getuid():
            return number
    except OSError:
        pass
    os.close(number)
    return None
