"""A machine in virtual time, and a TWS of a few lines that it talks to."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from ibapi_port.seams import EndReason
from ibapi_port.supervised.events import (
    AskTime,
    Changed,
    Close,
    Connect,
    Connected,
    Heard,
    Lost,
    Moment,
    NotMade,
    Phase,
    Start,
    Synced,
    TimePassed,
)
from ibapi_port.supervised.leases import Lease
from ibapi_port.supervised.machine import Machine
from ibapi_port.supervised.policy import Policy

NOON = 1_776_182_400.0  # 2026-04-14 12:00:00 US/Eastern, a Tuesday
NIGHT = NOON + 12.5 * 3600  # 00:30, within America's daily reset


class Rig:
    """A machine, the time, and what it has done. `answers`: whether a try succeeds."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        wall: float = NOON,
        seed: int = 1,
        pool: tuple[int, ...] = (),
        answers: Callable[[Connect], EndReason | None] = lambda connect: None,
    ) -> None:
        self.now = 1000.0
        self._wall = wall - self.now
        self.machine = Machine(policy or Policy(), Lease(1, pool), random.Random(seed).random)
        self.answers = answers
        self.done: list[tuple[float, Any]] = []  # actions, and when
        self.is_silent = False  # TWS answers nothing
        self.open = 0  # sockets
        self.most_open = 0

    @property
    def phase(self) -> Phase:
        return self.machine.phase

    def all(self, kind: type) -> list[Any]:
        return [action for _, action in self.done if isinstance(action, kind)]

    def times(self, kind: type) -> list[float]:
        return [when for when, action in self.done if isinstance(action, kind)]

    def phases(self) -> list[Phase]:
        return [changed.new for changed in self.all(Changed)]

    def tell(self, event: Any) -> None:
        actions = self.machine.handle(event, Moment(self.now, self._wall + self.now))
        self.done += [(self.now, action) for action in actions]
        for action in actions:
            self._perform(action)

    def _perform(self, action: Any) -> None:
        if isinstance(action, Connect):
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            reason = self.answers(action)
            if reason is EndReason.ID_IN_USE:
                self.tell(Connected())
                self.lose(reason)
            elif reason is not None:
                self.open -= 1
                self.tell(NotMade(reason))
            else:
                self.tell(Connected())
                if not self.is_silent:
                    self.tell(Synced())
        elif isinstance(action, Close):
            self.lose(EndReason.SILENT)
        elif isinstance(action, AskTime) and not self.is_silent:
            self.tell(Heard(self.now))

    def lose(self, reason: EndReason = EndReason.BY_TWS) -> None:
        self.open -= 1
        self.tell(Lost(reason))

    def start(self) -> Rig:
        self.tell(Start())
        self.run(0.0)
        return self

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (due := self.machine.due) is not None and due <= end:
            self.now = max(due, self.now)
            self.tell(TimePassed())
        self.now = end
