"""`gateway run --simulate`: a simulated Gateway in the machine's own time, with a simulated TWS at
its port. No Java, no login, nothing reaches IB.
"""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import socket
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from ...simulator import SimulatedTws
from .. import signals as s
from ..clock import Clock
from ..config import Config
from ..simulated import FakeHost, SimulatedGateway
from ..simulated.clock import Timed
from ..simulated.host import FakeScreen
from .settings import Settings
from .settings_file import load

HOST = "127.0.0.1"
DAY = timedelta(days=1)


class Timers(Timed):
    """The machine's time, with calls that are due later."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something after some seconds."""
        self._count += 1
        heapq.heappush(self._heap, (self.monotonic() + seconds, self._count, call))

    def wait(self, changed: threading.Condition, until: float | None) -> None:
        """Make the call that is due; else wait for a notification, or until something is due."""
        due = self._heap[0][0] if self._heap else None
        if due is not None and due <= self.monotonic():
            heapq.heappop(self._heap)[2]()
        else:
            super().wait(changed, min((t for t in (due, until) if t is not None), default=None))


class Gateway(SimulatedGateway):
    """A simulated Gateway that restarts itself at the time that its settings say."""

    def __init__(self, clock: Clock, restart: Callable[[], None]) -> None:
        super().__init__()
        self._clock = clock
        self._restart = restart
        self._number = 0  # of the newest time that was set

    def _apply(self) -> None:
        super()._apply()
        self._set_restart()

    def _main(self) -> None:
        super()._main()
        self._set_restart()

    def _set_restart(self) -> None:
        at = self.settings.get("Set Auto Restart Time (HH:MM)")
        if not isinstance(at, str) or not self.settings.get("Auto restart"):
            return
        self._number += 1
        number = self._number
        seconds = until(self._clock.local(), at, bool(self.settings.get("PM")))
        self.screen.later(seconds, lambda: self._restart() if number == self._number else None)


def until(now: datetime, at: str, is_pm: bool) -> float:
    """Return the seconds until a clock on the wall shows a time of twelve hours: "11:45"."""
    hours, _, minutes = at.partition(":")
    hour = int(hours) % 12 + 12 * is_pm
    then = now.replace(hour=hour, minute=int(minutes), second=0, microsecond=0)
    return ((then if then > now else then + DAY) - now).total_seconds()


class Host(FakeHost):
    """The outside of a simulated Gateway: its API is a simulated TWS, whose orders and positions
    outlive a restart.
    """

    def __init__(self, clock: Timers, port: int) -> None:
        super().__init__(Gateway(clock, self.restart_itself), clock, port)
        self._tws = SimulatedTws(HOST, port)

    def launch(self, soft: bool) -> s.Launched | s.LaunchFailed:
        """Start it, if its port is free."""
        self.port_taken = not self.running and not is_free(self.port)
        return super().launch(soft)

    def open_api(self, port: int) -> None:
        """The API answers at a port: clients find it there if it is the right one."""
        super().open_api(port)
        if port == self.port:
            with contextlib.suppress(RuntimeError):  # it runs already
                self._tws.start()

    def exited(self, screen: FakeScreen, code: int) -> None:
        """The process has ended, and with it the connections."""
        self._tws.stop()
        super().exited(screen, code)

    def clean(self) -> None:
        """The Gateway has ended."""
        if not self.running:
            self._tws.stop()
        super().clean()


def is_free(port: int) -> bool:
    """Return whether nobody else listens at a port."""
    with socket.socket() as sock:
        if sys.platform != "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            return False
        return True


def settings_of(path: Path) -> Settings:
    """Return the settings of a file as far as a simulated Gateway needs them; without a file, what
    goes without saying. No secret is looked up. SettingsError: one is wrong.
    """
    settings = load(path) if path.exists() else Settings(path=path)
    config = dataclasses.replace(settings.config, totp_secret="")
    return dataclasses.replace(
        settings, version="simulated", user="demo", password="simulated", config=config
    )


def factory(port: int) -> tuple[Timers, Callable[[Config], Host]]:
    """Return the clock, and what makes the host, of a simulated Gateway at a port."""
    clock = Timers()
    return clock, lambda config: Host(clock, port)


__all__ = ["factory", "settings_of", "until"]
