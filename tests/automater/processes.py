"""An installation whose program is standin/gateway.py: a real process behind the real outside."""

from __future__ import annotations

import json
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

from .rigs import PASSWORD, USER

STANDIN = Path(__file__).parent / "standin" / "gateway.py"
# as short as a real process allows
TIMES = {
    "two_factor_timeout": 1.0,
    "page_wait": 0.02,
    "unknown_wait": 0.2,
    "unexpected_exit_wait": 0.2,
    "close_timeout": 2.0,
    "terminate_timeout": 0.5,
    "restart_pause": 0.05,
    "probe_interval": 0.05,
    "adoption_wait": 2.0,
}


class Installed:
    """The installation, and the settings of the command for it."""

    def __init__(self, directory: Path, **how: Any) -> None:
        self.directory = directory
        self.how(**how)
        self.port = free_port()
        version = directory / "Jts" / "ibgateway" / "1030"
        (version / ".install4j").mkdir(parents=True)
        (version / ".install4j" / "pref_jre.cfg").write_text(str(directory))
        words = [sys.executable, str(STANDIN), str(directory)]
        launcher = version / "ibgateway"
        launcher.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        launcher.chmod(0o755)

    def how(self, **how: Any) -> None:
        """Say how the Gateways behave that are started from here on."""
        (self.directory / "how.json").write_text(json.dumps(how))

    def pids(self) -> list[int]:
        """Return the processes of the Gateways that were started, the first one first."""
        path = self.directory / "pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def secret(self) -> Path:
        """Return the file that the password is in."""
        path = self.directory / "password"
        path.write_text(PASSWORD)
        path.chmod(0o600)
        return path

    def settings(self, name: str = "paper", more: str = "") -> Path:
        """Write the settings of the command; the password is in a file."""
        times = "\n".join(f"{key} = {value}" for key, value in TIMES.items())
        path = self.directory / f"{name}.toml"
        path.write_text(
            f'[gateway]\ndirectory = "{self.directory}/Jts"\nversion = "1030"\nuser = "{USER}"\n'
            f'password = "file:{self.secret()}"\nport = {self.port}\n[policy]\ndisplay = "inherit"\n'
            f"{times}\n[keep]\nexit_pause = 0.1\nretry = 0.1\nreset_pause = 0.1\n{more}"
        )
        path.chmod(0o600)
        return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    return port


def alive(pid: int) -> bool:
    """Return whether a process runs: one that has ended and is not waited for yet does not."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"
