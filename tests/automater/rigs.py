"""The two stand-ins behind one face: here the simulated Gateway in virtual time, in swing.py the same
one with its windows in Swing.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timezone, tzinfo
from typing import Any

from machine import slowness

from ibapi_port.automater import IBAutomater, StartResult
from ibapi_port.automater.simulated import (
    Behaviour,
    SimulatedGateway,
    SimulatedHosts,
    VirtualClock,
)
from ibapi_port.automater.simulated.host import FakeHost

USER = "tester77"
PASSWORD = 'pässw0rd "\\7'
PATIENCE = 25.0  # real seconds


class Heard:
    """What an automater has told, from all its threads."""

    def __init__(self, automater: IBAutomater) -> None:
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.exits: list[Any] = []
        self.restarts = 0
        automater.OutputDataReceived += lambda s, e: self.lines.append(e.Data)
        automater.ErrorDataReceived += lambda s, e: self.errors.append(e.Data)
        automater.Exited += lambda s, e: self.exits.append(e)
        automater.Restarted += self._restarted

    def _restarted(self, sender: object, arguments: object) -> None:
        self.restarts += 1

    def said(self, text: str) -> bool:
        return any(text in line for line in self.lines)


class Rig(ABC):
    """One automater with a stand-in behind it."""

    name = ""
    gateway: SimulatedGateway
    automater: IBAutomater
    heard: Heard
    port = 4002
    starts: datetime | None = None
    zone: tzinfo = timezone.utc

    @abstractmethod
    def make(self, behaviour: Behaviour | None = None, **config: Any) -> IBAutomater: ...
    @abstractmethod
    def until(self, predicate: Callable[[], object], what: str = "") -> None: ...
    @abstractmethod
    def restart_itself(self, adopted: bool = True, tokens: int = 1) -> None: ...
    @abstractmethod
    def crash(self, how: str) -> int: ...
    @abstractmethod
    def hang(self) -> None: ...
    @abstractmethod
    def say(self, dialog: Any) -> None: ...
    @abstractmethod
    def running(self) -> list[int]: ...
    @abstractmethod
    def close(self) -> None: ...

    def start(self) -> StartResult:
        return self.automater.Start(False)


class FakeRig(Rig):
    name = "python"

    def __init__(self) -> None:
        self.starts = None

    def make(self, behaviour: Behaviour | None = None, **config: Any) -> IBAutomater:
        self.gateway = SimulatedGateway(behaviour)
        self.clock = VirtualClock(self.starts, self.zone)
        hosts = SimulatedHosts(self.gateway, self.clock)
        self.automater = IBAutomater(
            "~/Jts",
            "1030",
            USER,
            PASSWORD,
            port=self.port,
            host=hosts,
            clock=self.clock,
            **mode_of(config),
        )
        assert hosts.host is not None
        self.host: FakeHost = hosts.host
        self.heard = Heard(self.automater)
        return self.automater

    def until(self, predicate: Callable[[], object], what: str = "") -> None:
        end = time.monotonic() + PATIENCE * slowness()
        step = 1.0
        while not predicate():
            assert time.monotonic() < end, what or self.heard.lines
            self.clock.advance(step)
            step = min(step * 1.1, 10.0)

    def restart_itself(self, adopted: bool = True, tokens: int = 1) -> None:
        self.host.restart_itself(adopted, tokens)

    def crash(self, how: str) -> int:
        code = {"halt": 3, "segv": -11, "kill": -9}[how]
        self.host.screen.exit(code)
        return code

    def hang(self) -> None:
        self.host.screen.hangs = True
        self.gateway.change(ends_at_term=False)

    def say(self, dialog: Any) -> None:
        self.gateway.say(dialog)

    def running(self) -> list[int]:
        return self.host.running

    def close(self) -> None:
        if hasattr(self, "automater"):
            self.automater.Dispose()


def mode_of(config: dict[str, Any]) -> dict[str, Any]:
    config = dict(config)
    return {"tradingMode": config.pop("trading_mode", "paper"), **config}
