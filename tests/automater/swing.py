"""The simulated Gateway with its windows in Swing under Xvfb: it is started by a launcher of its own,
has the real agent in it, and a real API socket.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from machine import slowness

from ibapi_port.automater import Config, IBAutomater
from ibapi_port.automater.clock import Clock
from ibapi_port.automater.host import GatewayHost
from ibapi_port.automater.simulated import (
    Behaviour,
    SimulatedGateway,
)
from ibapi_port.automater.simulated.behaviour import Screen
from ibapi_port.automater.simulated.parts import Part
from ibapi_port.simulator import SimulatedTws

from .rigs import PASSWORD, PATIENCE, USER, Heard, Rig, mode_of

# so many of the simulated Gateway's seconds are one real one
SCALE = 0.1
REAL = {
    "step_timeout": 12.0,
    "initialization_timeout": 40.0,
    "login_window_timeout": 20.0,
    "main_window_wait": 12.0,
    "splash_wait": 0.5,
    "page_wait": 0.05,
    "two_factor_timeout": 1.2,
    "two_factor_backoff": 0.05,
    "click_check": 0.7,
    "unknown_wait": 0.7,
    "close_timeout": 4.0,
    "terminate_timeout": 2.0,
    "token_expired_timeout": 3.0,
    "adoption_wait": 10.0,
    "unexpected_exit_wait": 0.6,
    "soft_login_wait": 1.0,
    "soft_restart_timeout": 3.0,
    "soft_restart_backoff": 0.2,
    "restart_pause": 0.1,
    "login_wait": 0.1,
    "probe_interval": 0.1,
}


class ShiftedClock(Clock):
    """Real seconds, from another moment on."""

    def __init__(self, start: datetime | None, zone: tzinfo) -> None:
        self._shift = start - datetime.now(timezone.utc) if start else timedelta()
        self._zone = zone

    def utc(self) -> datetime:
        return datetime.now(timezone.utc) + self._shift

    def local(self, ahead: float = 0.0) -> datetime:
        return (self.utc() + timedelta(seconds=ahead)).astimezone(self._zone).replace(tzinfo=None)


class SwingScreen(Screen):
    """The windows of one Java process; its thread is where the simulated Gateway lives."""

    def __init__(self, rig: SwingRig, sock: socket.socket) -> None:
        self.rig = rig
        self.socket = sock
        self.pid = 0
        self.gone = False
        self.hangs = threading.Event()
        self._parts: dict[int, Part] = {}
        self._windows: dict[int, Part] = {}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._wake, self._woken = os.pipe()
        self.lock = threading.RLock()
        self.api: SimulatedTws | None = None
        self.thread = threading.Thread(target=self._run, name="stand-in", daemon=True)
        self.thread.start()

    def post(self, call: Callable[[], None]) -> None:
        """Call something in the thread."""
        self.later(0, call)
        os.write(self._woken, b"x")

    def _run(self) -> None:
        data = b""
        try:
            while True:
                with self.lock:
                    due = self._heap[0][0] if self._heap else None
                wait = None if due is None else max(due - time.monotonic(), 0)
                ready, _, _ = select.select([self.socket, self._wake], [], [], wait)
                if self._wake in ready:
                    os.read(self._wake, 1000)
                if self.socket in ready:
                    part = self.socket.recv(65536)
                    if not part:
                        return
                    *lines, data = (data + part).split(b"\n")
                    for line in lines:
                        self._heard(
                            [
                                unquote(w.replace("+", " "))
                                for w in line.decode().rstrip("\r\n").split("\t")
                            ]
                        )
                while self._heap and self._heap[0][0] <= time.monotonic():
                    with self.lock:
                        call = heapq.heappop(self._heap)[2]
                    call()
        except OSError:
            return
        finally:
            self.gone = True
            if self.api is not None:
                self.api.stop()
            self.socket.close()
            os.close(self._wake)
            os.close(self._woken)

    def _heard(self, words: list[str]) -> None:
        what = words[0]
        if what == "hello":
            self.pid = int(words[1])
            self.rig.screens.append(self)
            soft = len(words) > 2 and bool(words[2])
            if soft:
                for token in self.rig.tokens():
                    token.unlink()
            self.rig.gateway.begin(self, soft)
            return
        if what == "hangs":
            self.hangs.set()
        part = self._parts.get(int(words[1]))
        if part is None:
            return
        if what == "closing":
            self.rig.gateway.close_asked(part)
        elif what == "typed":
            part.text = words[2]
        elif what == "state":
            part.selected = words[2] == "1"
        elif what == "select":
            part.index = int(words[2])
            if part.on is not None:
                part.on()
        elif what == "click" and part.on is not None:
            part.on()

    def send(self, *words: object) -> None:
        with contextlib.suppress(OSError):
            self.socket.sendall(("\t".join(quote(str(w)) for w in words) + "\n").encode())

    def _parts_of(self, window: Part) -> None:
        def tell(part: Part, parent: int) -> None:
            self._parts[part.id] = part
            items = "\x1f".join(part.items)
            self.send(
                *("part", part.id, parent, part.kind, part.text, int(part.enabled)),
                *(int(part.selected), part.label, part.name, items),
            )
            for child in part.children:
                tell(child, part.id)

        tell(window, 0)

    def show(self, window: Part) -> None:
        self._windows[window.id] = window
        self._parts_of(window)
        self.send("show", window.id)

    def change(self, window: Part) -> None:
        if window.id in self._windows:
            self._parts_of(window)
            self.send("alive", window.id, ",".join(str(p.id) for p in window.walk()))

    def close(self, window: Part) -> None:
        if self._windows.pop(window.id, None) is not None:
            self.send("close", window.id)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        with self.lock:
            self._count += 1
            heapq.heappush(self._heap, (time.monotonic() + seconds * SCALE, self._count, call))

    def exit(self, code: int) -> None:
        self.send("exit", code)

    def open_api(self, port: int) -> None:
        if self.api is None and self.rig.gateway.behaviour.answers:
            self.api = SimulatedTws(port=port, server_version=187)
            self.api.start()


class SwingRig(Rig):
    name = "swing"

    def __init__(self, directory: Path, classes: Path, display: str = "inherit") -> None:
        self.directory = directory
        self.display = display
        self.port = _free_port()
        self.screens: list[SwingScreen] = []
        self._all: list[SwingScreen] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        self.version = directory / "Jts" / "ibgateway" / "1030"
        (self.version / ".install4j").mkdir(parents=True)
        (self.version / ".install4j" / "pref_jre.cfg").write_text(str(directory))
        (directory / "Jts" / "jts.ini").write_bytes(
            b"[Logon]\r\nUseSSL=false\r\nLocale=en\r\n[Communication]\r\nPeer=zdc1.ibllc.com:4000\r\n"
        )
        launcher = self.version / "ibgateway"
        launcher.write_text(
            _LAUNCHER.format(
                java=shutil.which("java"), classes=classes, port=self._server.getsockname()[1]
            )
        )
        launcher.chmod(0o755)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            self._all.append(SwingScreen(self, sock))

    def make(self, behaviour: Behaviour | None = None, **config: Any) -> IBAutomater:
        self.gateway = SimulatedGateway(behaviour)
        # longer on a machine that has more to do: what takes part in a race with them is slower, too
        own = {name: value * slowness() for name, value in REAL.items() if name not in config}
        base = Config(display=self.display, **own)
        self.automater = IBAutomater(
            self.directory / "Jts",
            "1030",
            USER,
            PASSWORD,
            port=self.port,
            config=base,
            clock=ShiftedClock(self.starts, self.zone),
            **mode_of(config),
        )
        host = self.automater._host
        assert isinstance(host, GatewayHost)
        self.host = host
        self.heard = Heard(self.automater)
        return self.automater

    def until(self, predicate: Callable[[], object], what: str = "") -> None:
        end = time.monotonic() + PATIENCE * slowness()
        while not predicate():
            assert time.monotonic() < end, what or self.heard.lines
            time.sleep(0.01)

    def workplace(self) -> Path:
        assert self.host._workplace is not None
        return self.host._workplace.path

    @property
    def screen(self) -> SwingScreen:
        return self.screens[-1]

    def tokens(self) -> list[Path]:
        return list(self.version.glob("*/autorestart"))

    def restart_itself(self, adopted: bool = True, tokens: int = 1) -> None:
        for number in range(tokens):
            folder = self.version / f"session{number}"
            folder.mkdir(exist_ok=True)
            (folder / "autorestart").write_text("token")
        if adopted:
            self.screen.send("again", "session0")
        else:
            self.screen.send("exit", 0)

    def crash(self, how: str) -> int:
        if how == "halt":
            self.screen.send("halt", 3)
            return 3
        number = signal.SIGSEGV if how == "segv" else signal.SIGKILL
        os.kill(self.screen.pid, number)
        return -number

    def hang(self) -> None:
        self.screen.send("hang", 600)
        assert self.screen.hangs.wait(PATIENCE)

    def say(self, dialog: Any) -> None:
        self.screen.post(lambda: self.gateway.say(dialog) and None)

    def running(self) -> list[int]:
        return [s.pid for s in self._all if s.pid and not s.gone and _alive(s.pid)]

    def close(self) -> None:
        if hasattr(self, "automater"):
            self.automater.Dispose()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._accepting.join(5)
        for screen in self._all:
            with contextlib.suppress(OSError):
                screen.socket.shutdown(socket.SHUT_RDWR)
            screen.thread.join(5)


def _alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def _free_port() -> int:
    """Return a port below those that outgoing connections get: one of them could take it."""
    while True:
        port = random.randrange(15000, 32000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


# as install4j's: options of Java come by a variable and by -J, and the program goes on as Java
_LAUNCHER = """#!/bin/sh
vm="$INSTALL4J_ADD_VM_PARAMS"
for word in "$@"; do
  case "$word" in
    -J*) vm="$vm ${{word#-J}}";;
  esac
done
exec {java} -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC $vm -cp {classes} StandIn {port} "$0"
"""


def compile_stand_in(target: Path) -> None:
    source = Path(__file__).parent / "standin" / "StandIn.java"
    subprocess.run(
        ["javac", "-nowarn", "-Xlint:none", "-encoding", "UTF-8", "-d", str(target), str(source)],
        check=True,
        capture_output=True,
    )


def missing() -> str:
    """Return why the Swing stand-in cannot run; "" if it can."""
    for program in ("java", "javac", "Xvfb"):
        if shutil.which(program) is None:
            return f"there is no {program}: the Swing stand-in needs it"
    return ""
