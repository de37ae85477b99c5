"""Programs that run beside a Gateway. Each is started when the API first answers, and again if it
ends; neither its end nor a restart of the Gateway ends the others.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence

from .. import leftovers

PAUSE = 1.0
LONGEST_PAUSE = 60.0
WELL = 60.0  # seconds after which a program has run well: its next end is no repeated failure
PATIENCE = 10.0
OWNER = "IBAPI_PORT_COMPANION_OF"  # in a companion's environment


class Companion:
    """One program."""

    def __init__(
        self,
        command: Sequence[str],
        say: Callable[[str], None],
        pause: float = PAUSE,
        owner: str = "",
    ) -> None:
        """Make it; nothing is started. `owner` is said in its environment, see `end_left`."""
        self.command = list(command)
        self._owner = owner
        self.starts = 0
        self._say = say
        self._pause = pause
        self._lock = threading.Lock()  # over _process
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """Return the process id; 0 if it does not run."""
        with self._lock:
            return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Start it, and keep it running. Do nothing if that is so already."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self.command[0], daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End it, with what it has started, and wait for that."""
        self._stopping.set()
        for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            with self._lock:
                process = self._process
                if process is not None:
                    _signal(process, number)
            if self._thread is not None:
                self._thread.join(PATIENCE)
                if not self._thread.is_alive():
                    return

    def _run(self) -> None:
        pause = self._pause
        while not self._stopping.is_set():
            begun = time.monotonic()
            code = self._run_once()
            if self._stopping.is_set():
                return
            if time.monotonic() - begun > WELL:
                pause = self._pause
            self._say(f"{self.command[0]} has ended ({code}); it is started again in {pause:g} s")
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _run_once(self) -> object:
        """Run the program; return its exit code, or why it could not be started."""
        with self._lock:
            if self._stopping.is_set():
                return ""
            try:
                process = subprocess.Popen(
                    self.command,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                    env={**os.environ, OWNER: self._owner},
                )
            except OSError as e:
                return e
            self._process = process
            self.starts += 1
        code = process.wait()
        with self._lock:
            self._process = None
        return f"exit code {code}"


def end_left(owner: str, say: Callable[[str], None]) -> None:
    """End the programs that an owner of this name has left when it was killed: each of them would
    be there twice, and a program that trades would trade twice.
    """
    mark = f"{OWNER}={owner}\0"  # as the system keeps an environment: with the end of the value
    left = leftovers.processes_with(mark)
    if left:
        say(f"Ending programs that a run before has left: process {', '.join(map(str, left))}")
        leftovers.end(left, mark, PATIENCE)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
    else:
        process.terminate()
