"""The simulated Gateway as the outside of an automater: no process, no file, no socket."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from .. import signals as s
from ..config import Config
from ..host import Host, Reply
from ..link import signal_from
from ..result import ErrorCode
from .behaviour import Screen
from .clock import Timed, VirtualClock
from .gateway import SimulatedGateway
from .parts import Part

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
LINK_TIME = 0.2
SIGTERM_CODE = 143
SIGKILL_CODE = -9


class FakeScreen(Screen):
    """One process: it passes its windows on as an agent does, and takes an agent's commands."""

    def __init__(self, host: FakeHost, pid: int) -> None:
        self._host = host
        self.pid = pid
        self.gone = False
        self.hangs = False
        self._shown: dict[int, Part] = {}
        self._shows: dict[int, int] = {}

    def show(self, window: Part) -> None:
        """Show a window."""
        if self.gone:
            return
        self._shown[window.id] = window
        self._shows[window.id] = self._shows.get(window.id, 0) + 1
        self._tell("opened", window)

    def change(self, window: Part) -> None:
        """Show what has changed in a window."""
        if window.id in self._shown and not self.gone:
            self._tell("changed", window)

    def close(self, window: Part) -> None:
        """Close a window."""
        if self._shown.pop(window.id, None) is not None and not self.gone:
            self._tell("closed", window)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something later, unless the process has ended by then."""
        self._host.clock.later(seconds, lambda: None if self.gone else call())

    def exit(self, code: int) -> None:
        """End the process."""
        if not self.gone:
            self.gone = True
            self._host.exited(self, code)

    def open_api(self, port: int) -> None:
        """Have the API answer at a port."""
        self._host.open_api(port)

    def _tell(self, kind: str, window: Part) -> None:
        data = {"ev": kind, "win": window.id, "show": self._shows[window.id], "tree": window.data()}
        signal = signal_from(self.pid, data)
        assert signal is not None
        self._host.post(signal)

    def perform(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Do what an agent does; return its answer."""
        what = command["do"]
        if self.gone or self.hangs:
            return {"error": "no answer from the window's thread"}
        wanted = command.get("c", command.get("w"))
        for window in list(self._shown.values()):
            for part in window.walk():
                if part.id == wanted:
                    return self._act(what, window, part, command)
        return {"error": "there is no such component"}

    def _act(
        self, what: str, window: Part, part: Part, command: Mapping[str, Any]
    ) -> dict[str, Any]:
        if what == "shot":
            return {"png": PICTURE}
        if not part.enabled:
            return {"error": "it is disabled"}
        if what == "close":
            self._host.gateway.close_asked(window)
        elif what == "type":
            part.text = command["text"]
        elif what in ("select", "path"):
            part.index = command["index"]
            if part.on is not None:
                part.on()
        elif what == "click" or (what == "check" and part.selected != command["value"]):
            part.press()
        self.change(window)
        return {"ok": True}


class FakeHost(Host):
    """No process, no file, no socket: a simulated Gateway in virtual time."""

    def __init__(self, gateway: SimulatedGateway, clock: Timed, port: int = 4002) -> None:
        self.gateway = gateway
        self.clock = clock
        self.port = port
        self.api_port = 0
        self.port_taken = False
        self.tokens = 0  # files that let a restart go without a login
        self.commands: list[dict[str, Any]] = []
        self.launches: list[bool] = []  # for each: whether it had a token
        self.ended: list[str] = []
        self.server = "cdc1.ibllc.com:4000"
        self._screens: dict[int, FakeScreen] = {}
        self._pid = 1000
        self._current = 0

    @property
    def screen(self) -> FakeScreen:
        """Return the process that commands go to."""
        return self._screens[self._current]

    def launch(self, soft: bool) -> s.Launched | s.LaunchFailed:
        """Start a process."""
        if self.port_taken:
            detail = f"the API port {self.port} is in use by another program"
            return s.LaunchFailed(ErrorCode.ProcessStartFailed, detail)
        has_token = soft and self.tokens == 1
        if not has_token:
            self.tokens = 0
        self.launches.append(has_token)
        screen = self.spawn(has_token)
        self._current = screen.pid
        return s.Launched(screen.pid, has_token)

    def spawn(self, soft: bool) -> FakeScreen:
        """Make a process; its agent dials in a little later."""
        self._pid += 1
        screen = FakeScreen(self, self._pid)
        self._screens[self._pid] = screen

        def link() -> None:
            self.post(s.Linked(screen.pid))
            self.gateway.begin(screen, soft)

        screen.later(LINK_TIME, link)
        return screen

    def open_api(self, port: int) -> None:
        """The API answers at a port."""
        self.api_port = port

    def exited(self, screen: FakeScreen, code: int) -> None:
        """A process has ended."""
        self.api_port = 0
        self.post(s.Exited(screen.pid, code, self.tokens > 0))

    def take(self, pid: int) -> None:
        """From now on commands go to this process."""
        if pid in self._screens:
            self._current = pid

    def send(self, command: Mapping[str, Any], reply: Reply | None = None) -> None:
        """Have the agent do something."""
        self.commands.append(dict(command))
        screen = self._screens.get(self._current)
        if screen is None:
            return
        answer = screen.perform(command)
        if reply is not None:
            reply(answer)
        elif "error" in answer:
            self.post(s.CommandFailed(screen.pid, command["do"], answer["error"]))

    def end(self, force: bool) -> None:
        """End the process."""
        self.ended.append("SIGKILL" if force else "SIGTERM")
        for screen in list(self._screens.values()):
            if not screen.gone and (force or self.gateway.behaviour.ends_at_term):
                screen.exit(SIGKILL_CODE if force else SIGTERM_CODE)

    def probe(self) -> None:
        """Answer whether the API is open at the right port."""
        behaviour = self.gateway.behaviour
        answered = self.api_port == self.port and behaviour.answers
        self.post(s.Probed(answered, "" if answered else f"no answer at port {self.port}"))

    def peer(self) -> str:
        """Return the server."""
        return self.server

    def clean(self) -> None:
        """Forget the processes that have ended."""
        self._screens = {pid: s_ for pid, s_ in self._screens.items() if not s_.gone}

    @property
    def running(self) -> list[int]:
        """Return the processes that have not ended."""
        return [pid for pid, screen in self._screens.items() if not screen.gone]

    def restart_itself(self, adopted: bool = True, tokens: int = 1) -> None:
        """Restart as the Gateway does daily: another process comes, unless it fails to."""
        old = self.screen
        self.tokens = tokens
        if adopted:
            self.clock.later(0.5, lambda: self._come_back())
        old.exit(0)

    def _come_back(self) -> None:
        self.tokens = 0
        self.spawn(soft=True)


class SimulatedHosts:
    """What `IBAutomater(host=...)` takes: it makes a FakeHost of a gateway."""

    def __init__(
        self, gateway: SimulatedGateway | None = None, clock: VirtualClock | None = None
    ) -> None:
        self.gateway = gateway or SimulatedGateway()
        self.clock = clock or VirtualClock()
        self.host: FakeHost | None = None

    def __call__(self, config: Config) -> FakeHost:
        """Make the host."""
        self.host = FakeHost(self.gateway, self.clock)
        return self.host
