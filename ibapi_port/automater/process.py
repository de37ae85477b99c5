"""The process of a Gateway: started in a group of its own, watched, and ended by that group.

Nothing is ever looked for by name: only what was started here, or what has dialled in with our
token, is ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from .install import Install

POLL = 0.2
LONGEST_LINE = 1 << 16  # of a program's output; what a line has beyond it is left out
WINDOWS = sys.platform == "win32"


def arguments(install: Install, settings: Path, restart: str = "") -> list[str]:
    """Return the command line. Newer launchers take the directory by -V, older ones by -J-D."""
    line = [
        *(str(install.launcher), f"-J-DjtsConfigDir={settings}"),
        *(f"-VjtsConfigDir={settings}", "-VinstallerType=standalone"),
    ]
    if restart:
        line += ["-J-DCHANNEL=stable", "-J-DchannelChanged=false", f"-J-Drestart={restart}"]
    return line


def environment(
    jar: Path, options: Path, extra: Mapping[str, str], java: Sequence[str], secrets: Sequence[str]
) -> dict[str, str]:
    """Return the environment of the Gateway: with our agent, and without anything secret.

    The launcher reads INSTALL4J_ADD_VM_PARAMS, and every Java JAVA_TOOL_OPTIONS; the agent takes
    care not to be there twice. Both are inherited by the process that the Gateway restarts.
    """
    agent = f"-javaagent:{jar}={options}"
    spaced = any(c.isspace() for c in agent)  # Java knows quotes, a launcher may not
    found = {
        name: value
        for name, value in os.environ.items()
        if not any(secret and secret in value for secret in secrets)
    }
    found["INSTALL4J_ADD_VM_PARAMS"] = " ".join([*([] if spaced else [agent]), *java])
    if spaced:
        agent = f'"{agent}"'
    found["JAVA_TOOL_OPTIONS"] = " ".join([found.get("JAVA_TOOL_OPTIONS", ""), agent]).strip()
    return found | dict(extra)


class GatewayProcess:
    """What was started, or adopted. `ended` is called once, with pid and exit code, in a thread."""

    def __init__(self, pid: int, group: int, ended: Callable[[int, int], None]) -> None:
        self.pid = pid
        self.group = group
        self._ended = ended
        self._threads: list[threading.Thread] = []
        self._child: subprocess.Popen[bytes] | None = None  # None: it was adopted
        self.gone = threading.Event()

    def watch(self, wait: Callable[[], int]) -> None:
        """Wait for the end in a thread."""

        def run() -> None:
            code = wait()
            self.gone.set()
            self._ended(self.pid, code)

        self._thread(run, f"gateway {self.pid}")

    def _thread(self, run: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self, timeout: float) -> None:
        """Wait for the threads."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout)

    def end(self, force: bool) -> None:
        """Ask the group to end, or with `force` end it; on Windows the process and its children."""
        if self._child is None and self.gone.is_set():
            return  # its number, and its group's, may be another's by now
        if self._child is not None and self._child.returncode is not None:
            return  # likewise
        if WINDOWS:
            command = ["taskkill", "/T", *(["/F"] if force else []), "/PID", str(self.pid)]
            subprocess.run(command, capture_output=True, check=False)
            return
        number = signal.SIGKILL if force else signal.SIGTERM
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, number)

    def wait(self) -> int:
        """Wait for the end of a child and return its exit code.

        Where possible it is not reaped yet: its number, and its group's, is given to nobody else
        until then, so that what is left of the group can be ended.
        """
        child = self._child
        assert child is not None
        if not hasattr(os, "waitid"):
            return child.wait()
        try:
            found = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        except ChildProcessError:  # the program has SIGCHLD ignored
            return child.wait()
        assert found is not None
        status: int = found.si_status
        return status if found.si_code == os.CLD_EXITED else -status

    def finish(self) -> None:
        """End what is left of the group, after the process's own end, and let go of its number."""
        self.end(force=True)
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(2.0)
        self.join(2.0)


def launch(
    command: Sequence[str],
    env: Mapping[str, str],
    directory: Path,
    line: Callable[[str, bool], None],
    ended: Callable[[int, int], None],
) -> GatewayProcess:
    """Start a program in a group of its own. `line` gets its output, and whether it is an error.

    Raise OSError if it cannot be started.
    """
    popen = subprocess.Popen(
        list(command),
        env=dict(env),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    process = GatewayProcess(popen.pid, popen.pid, ended)
    process._child = popen

    def read(stream: IO[bytes], error: bool) -> None:
        with stream:
            while data := stream.readline(LONGEST_LINE):
                text = data.decode("utf-8", "replace").rstrip("\r\n")
                while not data.endswith(b"\n") and (data := stream.readline(LONGEST_LINE)):
                    pass  # the rest of a line without an end: gigabytes, perhaps
                line(text, error)

    for stream, error in ((popen.stdout, False), (popen.stderr, True)):
        assert stream is not None
        process._thread(lambda s=stream, e=error: read(s, e), "gateway output")  # type: ignore[misc]
    process.watch(process.wait)
    return process


def adopt(pid: int, group: int, ended: Callable[[int, int], None]) -> GatewayProcess:
    """Watch a process that is no child of ours: the one that the Gateway restarted as."""
    if group == group_of(os.getpid(), 0):
        raise ValueError(f"process {pid} is in this program's own group, which is not to be ended")
    process = GatewayProcess(pid, group, ended)
    born = _birth(pid)

    def wait() -> int:
        while _is_alive(pid) and _birth(pid) == born:
            time.sleep(POLL)
        return 0  # its exit code is its parent's to know

    process.watch(wait)
    return process


def group_of(pid: int, default: int) -> int:
    """Return the process group of a process."""
    if WINDOWS:
        return default
    try:
        return os.getpgid(pid)
    except OSError:
        return default


def _is_alive(pid: int) -> bool:
    if WINDOWS:
        done = subprocess.run(
            ["tasklist", "/FI", f"PID eq {pid}", "/NH"], capture_output=True, check=False
        )
        return str(pid).encode() in done.stdout
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state(pid) != "Z"


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _state(pid: int) -> str:
    fields = _stat(pid)
    return fields[0] if fields else ""


def _birth(pid: int) -> str:
    """Return when a process was started, where /proc says it: a pid may be used again."""
    fields = _stat(pid)
    return fields[19] if len(fields) > 19 else ""
