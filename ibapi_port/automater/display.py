"""A display of our own for a Gateway: Xvfb, at a number that it finds itself, for nobody else."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

START_TIMEOUT = 20.0
_ANY_HOST = 0xFFFF


class DisplayError(Exception):
    """There is no display; the text says what to do."""


class Display:
    """One Xvfb. `environment` is what a program needs to show its windows on it."""

    def __init__(self, size: str = "1280x1024x24", directory: Path | None = None) -> None:
        """Make it. Its key is kept in a new directory, within another one if that is given."""
        self._size = size
        self._within = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._directory = ""
        self.environment: dict[str, str] = {}

    @property
    def pid(self) -> int:
        """Return the process id; 0 if it does not run."""
        return self._process.pid if self._process is not None else 0

    @property
    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and wait until it says which number it has."""
        program = shutil.which("Xvfb")
        if program is None:
            raise DisplayError(
                "there is no display, and no Xvfb to make one: install it "
                "(apt-get install xvfb, dnf install xorg-x11-server-Xvfb), or set DISPLAY"
            )
        within = self._within
        prefix = "ibapi-display-" if within is None else "display-"
        self._directory = tempfile.mkdtemp(prefix=prefix, dir=within)
        try:
            self._start(program)
        except BaseException:  # whatever it was, and Ctrl-C too: nothing may be left
            self.stop()
            raise

    def _start(self, program: str) -> None:
        authority = Path(self._directory) / "authority"
        cookie = secrets.token_bytes(16)
        _write_authority(authority, cookie)
        receive, send = os.pipe()
        try:
            # -noreset: without it Xvfb starts anew when its last client leaves, and a client that
            # comes in that moment is refused
            self._process = subprocess.Popen(
                [
                    *(program, "-displayfd", str(send), "-noreset", "-nolisten", "tcp"),
                    *("-auth", str(authority), "-screen", "0", self._size),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(send,),
                start_new_session=True,
            )
        finally:
            os.close(send)
        try:
            number = _read_number(receive)
        finally:
            os.close(receive)
        self.environment = {"DISPLAY": f":{number}", "XAUTHORITY": str(authority)}

    def stop(self) -> None:
        """End it. Do nothing if it does not run."""
        process = self._process
        self._process = None
        self.environment = {}
        if process is not None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    with contextlib.suppress(OSError):
                        os.killpg(process.pid, number)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(5)
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = ""


def needed(wish: str) -> bool:
    """Return whether a display of our own is to be made."""
    if not sys.platform.startswith("linux") or wish == "inherit" or wish.startswith(":"):
        return False
    return wish == "own" or not os.environ.get("DISPLAY")


def _read_number(descriptor: int) -> str:
    text = b""
    while not text.endswith(b"\n"):
        waiter = select.poll()  # select() takes no descriptor above 1023
        waiter.register(descriptor, select.POLLIN)
        ready = waiter.poll(START_TIMEOUT * 1000)
        part = os.read(descriptor, 64) if ready else b""
        if not part:
            raise DisplayError("Xvfb did not start; run Xvfb -displayfd 1 to see why")
        text += part
    return text.decode().strip()


def _write_authority(path: Path, cookie: bytes) -> None:
    """Write the file that lets a program in, for whatever number the display gets."""
    name = b"MIT-MAGIC-COOKIE-1"
    parts = (b"", b"", name, cookie)  # address and number: any
    data = struct.pack(">H", _ANY_HOST) + b"".join(
        struct.pack(">H", len(part)) + part for part in parts
    )
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(data)
