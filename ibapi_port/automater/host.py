"""The outside of the state machine: processes, display, files, the line to the agent, the API."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import probe
from .config import Config
from .display import Display, DisplayError, needed
from .ini import read_value, set_value
from .install import Install, NotInstalled, delete, restart_tokens
from .link import Link, Listener, signal_from
from .process import GatewayProcess, adopt, arguments, environment, group_of, launch
from .result import ErrorCode
from .signals import Exited, Launched, LaunchFailed, Probed, Signal, Unlinked
from .workplace import Workplace, heal

AGENT = Path(__file__).with_name("agent") / "agent.jar"
Reply = Callable[[Mapping[str, Any]], None]


class Host(ABC):
    """What an engine needs of the outside. `post` takes signals from any thread."""

    post: Callable[[Signal], None]
    line: Callable[[str, bool], None]  # a line of the program's output; True: of its error output

    @abstractmethod
    def launch(self, soft: bool) -> Launched | LaunchFailed:
        """Start the program. A failure is returned, not raised."""

    @abstractmethod
    def send(self, command: Mapping[str, Any], reply: Reply | None = None) -> None:
        """Send a command to the agent. `reply` is called with its answer, if there is one."""

    @abstractmethod
    def end(self, force: bool) -> None:
        """End the process."""

    @abstractmethod
    def probe(self) -> None:
        """Ask the API whether it answers, and post Probed."""

    @abstractmethod
    def take(self, pid: int) -> None:
        """From now on a linked process is the Gateway: commands go to it."""

    @abstractmethod
    def peer(self) -> str:
        """Return which of IB's servers the Gateway is connected with; "" if that is not known."""

    @abstractmethod
    def clean(self) -> None:
        """Give back all that a Gateway had: after its end."""


class GatewayHost(Host):
    """The real outside."""

    def __init__(
        self, install: Install, config: Config, port: int, secrets: tuple[str, ...] = ()
    ) -> None:
        self.install = install
        self.config = config
        self.port = port
        self._secrets = secrets
        self._lock = threading.Lock()  # over all below
        self._listener: Listener | None = None
        self._display: Display | None = None
        self._workplace: Workplace | None = None
        self._reserved: dict[str, socket.socket] = {}
        self._process: GatewayProcess | None = None  # the one that was started here last
        self._adopted: dict[int, GatewayProcess] = {}
        self._links: dict[int, Link] = {}
        self._names: dict[int, int] = {}  # the launcher's pid, by that of the Java it has started
        self._current = 0
        self._launched = 0
        self._number = 0
        self._replies: dict[int, Reply] = {}

    @property
    def settings(self) -> Path:
        """Return the directory of the settings."""
        own = self.config.settings_directory
        return Path(own).expanduser() if own else self.install.directory

    # --- start ---

    def launch(self, soft: bool) -> Launched | LaunchFailed:
        """Start the program. A failure is returned, not raised."""
        try:
            self.install.check()
            if self._workplace is None:
                heal(self.port, self.settings, lambda text: self.line(text, False))
            self._reserve_port()
            restart = self._restart_folder(soft)
            set_value(self.install.jts_ini, "Logon", "UseSSL", "true")
            set_value(self.install.jts_ini, "Logon", "Locale", "en")  # of its windows' texts
            process = self._start(restart)
        except NotInstalled as e:
            self.clean()
            return LaunchFailed(e.code, e.detail)
        except (OSError, DisplayError) as e:
            self.clean()
            return LaunchFailed(ErrorCode.ProcessStartFailed, str(e))
        return Launched(process.pid, soft=bool(restart))

    def _reserve_port(self) -> None:
        if probe.is_taken(self.port):
            raise OSError(
                f"the API port {self.port} is in use by another program: end that one, "
                "or choose another port"
            )
        # Another automater may start a Gateway for this port and have it open later than ours: its
        # API would then be taken for ours.
        text = f"another automater has a Gateway for the port {self.port}"
        self._reserve(str(self.port), text)
        # Two of one directory would delete each other's restart tokens, and each other's settings.
        text = (
            f"another automater has a Gateway with the settings in {self.settings}: "
            "give each of them its own settings_directory"
        )
        self._reserve(hashlib.sha256(os.fsencode(self.settings.resolve())).hexdigest()[:32], text)

    def _reserve(self, what: str, otherwise: str) -> None:
        """Take something that only one automater may have. Raise OSError if another one has it."""
        if what in self._reserved or not sys.platform.startswith("linux"):
            return
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            sock.bind(f"\0ibapi-gateway-{os.getuid()}-{what}")  # no file: it goes with the process
        except OSError:
            sock.close()
            raise OSError(otherwise) from None
        self._reserved[what] = sock

    def _restart_folder(self, soft: bool) -> str:
        tokens = restart_tokens(self.settings)
        if soft and len(tokens) == 1:
            return tokens[0].parent.name
        delete(tokens)  # a stale one keeps the form of the login empty
        return ""

    def _start(self, restart: str) -> GatewayProcess:
        if self._workplace is None:
            self._workplace = Workplace(self.port, self.settings)
        directory = self._workplace.path
        jar = directory / "agent.jar"
        if not jar.exists():
            shutil.copyfile(AGENT, jar)
        if self._listener is None:
            self._listener = Listener(self._heard, self._lost)
        options = directory / "agent"
        options.write_text(f"{self._listener.port} {self._listener.token}\n", encoding="utf-8")
        extra: dict[str, str] = {}
        if needed(self.config.display):
            if self._display is not None and not self._display.is_alive:
                self._display.stop()  # somebody has ended it, and the Gateway with it
                self._display = None
            if self._display is None:
                self._display = Display(directory=directory)
                self._display.start()
            extra = self._display.environment
        elif self.config.display.startswith(":"):
            extra = {"DISPLAY": self.config.display}
        env = environment(jar, options, extra, self.config.java_options, self._secrets)
        command = arguments(self.install, self.settings, restart)
        # The lock is held until the process is known: its agent may dial in before that.
        with self._lock:
            before = self._process
            process = launch(command, env, self.install.directory, self._line, self._ended)
            self._process = process
            self._launched = self._current = process.pid
        if before is not None:
            before.finish()
        return process

    # --- what comes from the process ---

    def _line(self, text: str, error: bool) -> None:
        self.line(text, error)

    def _ended(self, pid: int, code: int) -> None:
        with self._lock:
            token = bool(restart_tokens(self.settings))
            if self._launched == pid:
                self._launched = 0
        self.post(Exited(pid, code, token))

    def _heard(self, link: Link, data: dict[str, Any]) -> None:
        with self._lock:
            pid = self._names.get(link.pid, link.pid)
            if data.get("ev") == "awt":
                pid = self._welcome(link)
            reply = self._replies.pop(data["re"], None) if "re" in data else None
        if reply is not None:
            reply(data)
        signal = signal_from(pid, data)
        if signal is not None:
            self.post(signal)

    def _welcome(self, link: Link) -> int:
        """Return the pid that a process is known by: the first Java is what its launcher started,
        even if that has not become it. Another one is watched from here on.
        """
        pid = link.pid
        known = self._launched
        if known and known not in self._links:
            self._names[link.pid] = pid = known
        elif pid not in self._adopted:
            self._adopted[pid] = adopt(pid, group_of(pid, pid), self._ended)
        self._links[pid] = link
        return pid

    def _lost(self, link: Link) -> None:
        with self._lock:
            pid = self._names.pop(link.pid, link.pid)
            known = self._links.get(pid) is link
            if known:
                del self._links[pid]
        link.close()
        if known:
            self.post(Unlinked(pid))

    # --- what goes to it ---

    def take(self, pid: int) -> None:
        """From now on a linked process is the Gateway: commands go to it."""
        with self._lock:
            self._current = pid

    def send(self, command: Mapping[str, Any], reply: Reply | None = None) -> None:
        """Send a command to the agent. `reply` is called with its answer, if there is one."""
        with self._lock:
            self._number += 1
            number = self._number
            if reply is not None:
                self._replies[number] = reply
            link = self._links.get(self._current)
        if link is not None:
            link.send({"id": number, **command})

    def end(self, force: bool) -> None:
        """End the process, by its group."""
        with self._lock:
            process = self._process
            adopted = list(self._adopted.values())
        for one in [process, *adopted]:
            if one is not None:
                one.end(force)

    def probe(self) -> None:
        """Ask the API whether it answers, and post Probed."""

        def run() -> None:
            answered, detail = probe.handshake(self.port, self.config.probe_timeout)
            self.post(Probed(answered, detail))

        threading.Thread(target=run, name="gateway probe", daemon=True).start()

    def peer(self) -> str:
        """Return which of IB's servers the Gateway is connected with; "" if that is not known."""
        for path in (self.install.jts_ini, self.settings / "jts.ini"):
            found = read_value(path, "Logon", "Peer") or read_value(path, "Communication", "Peer")
            if found:
                return found
        return ""

    def clean(self) -> None:
        """Give back all that a Gateway had: after its end."""
        with self._lock:
            listener = self._listener
            display = self._display
            workplace = self._workplace
            processes = [self._process, *self._adopted.values()]
            reserved = list(self._reserved.values())
            self._listener = self._display = self._process = self._workplace = None
            self._reserved = {}
            self._adopted = {}
            self._links = {}
            self._names = {}
            self._current = self._launched = 0
            self._replies = {}
        for process in processes:
            if process is not None:
                process.finish()  # what the Gateway has started and left behind
        if listener is not None:
            listener.close()
        if display is not None:
            display.stop()
        for sock in reserved:
            sock.close()
        if workplace is not None:
            workplace.close()
