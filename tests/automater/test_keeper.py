"""What keeps a Gateway running, in virtual time."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ibapi_port.alerts import Alert, Alerts
from ibapi_port.automater import IBAutomater
from ibapi_port.automater.command.keeper import GIVEN_UP, STOPPED, Keeper
from ibapi_port.automater.command.settings import Keep
from ibapi_port.automater.simulated import (
    Behaviour,
    Dialog,
    SimulatedGateway,
    SimulatedHosts,
    VirtualClock,
)

PUSH = "Second Factor Authentication"


class Kept:
    """A keeper in a thread of its own."""

    def __init__(self, behaviour: Behaviour, start: datetime | None = None, **config: Any) -> None:
        self.clock = VirtualClock(start)
        self.gateway = SimulatedGateway(behaviour)
        self.hosts = SimulatedHosts(self.gateway, self.clock)
        self.lines: list[str] = []
        self.times: list[float] = []
        self.told: list[Alert] = []
        self.alerts = Alerts([self.told.append], clock=lambda: self.clock.utc().timestamp())
        self.automater = IBAutomater(
            *("", "", "user7", "secret7"),
            host=self.hosts,
            clock=self.clock,
            alerts=self.alerts,
            **config,
        )
        self.keeper = Keeper(
            self.automater, Keep(), self.alerts, self.clock, self._say, self._is_ready
        )
        self.ready = threading.Semaphore(0)
        self.result: int | None = None
        self.thread = threading.Thread(target=self._run)

    def _say(self, text: str) -> None:
        self.lines.append(text)
        self.times.append(self.clock.monotonic())

    def _is_ready(self) -> None:
        self.clock.paused = True  # until the test has looked
        self.ready.release()

    def _run(self) -> None:
        self.result = self.keeper.run()

    def start(self) -> None:
        self.thread.start()

    def wait_ready(self) -> None:
        assert self.ready.acquire(timeout=20), self.lines

    def go_on(self, do: Callable[[], None] = lambda: None) -> None:
        do()
        self.clock.resume()

    def end(self) -> int | None:
        self.clock.resume()
        self.keeper.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()
        return self.result


@pytest.fixture
def kept() -> Iterator[Callable[..., Kept]]:
    made: list[Kept] = []

    def make(behaviour: Behaviour | None = None, **options: Any) -> Kept:
        made.append(Kept(behaviour or Behaviour(), **options))
        return made[-1]

    yield make
    for one in made:
        one.end()
        one.automater.Dispose()
        one.alerts.close()


def test_a_crash_is_followed_by_a_start(kept: Callable[..., Kept]) -> None:
    k = kept()
    k.start()
    k.wait_ready()
    assert k.keeper.status()["ready"]
    k.go_on(lambda: k.hosts.host.screen.exit(3))  # type: ignore[union-attr]
    k.wait_ready()
    assert "The Gateway has ended; it is started again in 10 seconds." in k.lines
    assert k.end() == STOPPED
    assert not k.automater.IsRunning()


def test_a_wrong_password_is_not_tried_again(kept: Callable[..., Kept]) -> None:
    k = kept(Behaviour(logins=[[Dialog("Login failed", "No", then={"OK": "form"})]]))
    k.start()
    k.thread.join(20)
    assert k.result == GIVEN_UP
    assert k.gateway.starts == 1
    assert k.alerts.flush()
    assert [a.severity for a in k.told if a.kind == "gateway_given_up"] == ["critical"]


def test_a_second_factor_that_nobody_gives_waits_an_hour(kept: Callable[..., Kept]) -> None:
    never = Dialog(PUSH, "Check your phone", ("Cancel",), then={"Cancel": "form"})
    k = kept(Behaviour(logins=[[never], [never], [never], []]))
    k.start()
    k.wait_ready()
    assert k.gateway.starts == 2
    assert 3600 + 3 * 150 < k.clock.monotonic() < 3600 + 3 * 150 + 120


def test_tries_are_ever_farther_apart(kept: Callable[..., Kept]) -> None:
    k = kept(Behaviour(shows_login=False), login_window_timeout=1.0)
    k.start()
    while k.gateway.starts < 5:
        k.thread.join(0.002)
    k.clock.paused = True
    starts = [
        t for t, line in zip(k.times, k.lines, strict=False) if line.startswith("The start failed")
    ]
    pauses = [b - a for a, b in itertools.pairwise(starts)]
    assert [round(p, -1) for p in pauses[:3]] == [60, 120, 240]
    assert k.end() == STOPPED


def test_on_the_weekend_it_waits_until_sunday(kept: Callable[..., Kept]) -> None:
    failed = [Dialog("Login failed", "Try later", then={"OK": "form"})]
    friday = datetime(2026, 3, 7, 4, 5, tzinfo=timezone.utc)  # 23:05 on Friday in New York
    k = kept(Behaviour(logins=[failed, []]), start=friday)
    k.start()
    k.wait_ready()
    assert k.clock.utc() >= datetime(2026, 3, 8, 20, 0, tzinfo=timezone.utc)
    assert k.gateway.starts == 2


@pytest.mark.parametrize("jump", [10, -10])
def test_the_clock_is_set_on_the_weekend(kept: Callable[..., Kept], jump: int) -> None:
    """Or the machine sleeps: it is the moment that counts, not the time that was to pass."""
    failed = [Dialog("Login failed", "Try later", then={"OK": "form"})]
    friday = datetime(2026, 3, 7, 4, 5, tzinfo=timezone.utc)
    k = kept(Behaviour(logins=[failed, []]), start=friday)

    def set_clock() -> None:
        k.clock._start += timedelta(hours=jump)

    k.clock.later(3600, set_clock)
    k.start()
    k.wait_ready()
    late = k.clock.utc() - datetime(2026, 3, 8, 20, 0, tzinfo=timezone.utc)
    assert timedelta() <= late < timedelta(hours=1)


def test_the_weekly_login_is_announced_once(kept: Callable[..., Kept]) -> None:
    saturday = datetime(2026, 3, 7, 21, 30, tzinfo=timezone.utc)
    k = kept(start=saturday)
    k.start()
    k.wait_ready()
    k.go_on()
    due = k.automater.next_forced_login()
    while k.clock.utc() < due - timedelta(hours=1):
        k.thread.join(0.002)
    k.clock.paused = True
    assert k.alerts.flush()
    (told,) = [a for a in k.told if a.kind == "gateway_weekly_login"]
    assert "the next login after that wants the second factor" in told.text
    # at most eight hours before Sunday 01:00 in New York
    assert timedelta(hours=7) < due - datetime.fromtimestamp(told.time, timezone.utc)
    assert due - datetime.fromtimestamp(told.time, timezone.utc) <= timedelta(hours=8)


def test_a_cold_restart_logs_in_again(kept: Callable[..., Kept]) -> None:
    k = kept()
    k.start()
    k.wait_ready()
    k.go_on(lambda: k.keeper.restart(cold=True))
    k.wait_ready()
    assert len(k.gateway.logins) == 2
    assert k.keeper.status()["ready"]


def test_a_frozen_gateway_is_restarted(kept: Callable[..., Kept]) -> None:
    k = kept(health_interval=60.0)
    k.start()
    k.wait_ready()
    pid = k.automater.pid

    def come_back() -> None:
        k.gateway.change(answers=True)

    k.gateway.change(answers=False)
    k.clock.later(400, come_back)
    restarted = threading.Event()
    k.automater.Restarted += lambda sender, e: restarted.set()
    k.go_on()
    assert restarted.wait(20)
    k.clock.paused = True
    assert k.automater.pid not in (0, pid)
    assert k.alerts.flush()
    assert "gateway_api_silent" in {a.kind for a in k.told}


def test_a_stop_ends_a_wait(kept: Callable[..., Kept]) -> None:
    k = kept(Behaviour(shows_login=False), login_window_timeout=1.0)
    k.start()
    while not any(line.startswith("The start failed") for line in k.lines):
        k.thread.join(0.002)
    assert k.end() == STOPPED
