"""Acceptance scenarios 19 to 26, restarts and ends: each on the simulated Gateway, and with
AUTOMATER_FULL=1 on the one whose windows are Swing's.
"""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from ibapi_port.automater import ErrorCode
from ibapi_port.automater.simulated import Behaviour, Dialog

from .rigs import FakeRig, Rig
from .scenarios import NEW_YORK, on_swing, on_swing_in_ci, push, started
from .swing import SwingRig

# --- 19 to 26: restarts and ends ---


@on_swing
def test_19_daily_restart(rig: Rig) -> None:
    rig.make()
    started(rig)
    pid = rig.automater.pid
    rig.restart_itself()
    rig.until(lambda: rig.heard.restarts)
    assert (rig.heard.restarts, rig.heard.exits) == (1, [])
    assert rig.automater.pid not in (0, pid)
    assert rig.automater.is_ready
    assert len(rig.gateway.logins) == 1
    assert not rig.automater.GetLastStartResult().HasError


def test_20_nothing_comes_back(rig: Rig) -> None:
    rig.make(adoption_wait=1.0)
    started(rig)
    rig.restart_itself(adopted=False)
    rig.until(lambda: rig.heard.restarts)
    assert rig.gateway.soft
    assert len(rig.gateway.logins) == 1
    assert rig.heard.exits == []


def test_20_two_tokens(rig: Rig) -> None:
    rig.make(adoption_wait=1.0)
    started(rig)
    rig.restart_itself(adopted=False, tokens=2)
    rig.until(lambda: rig.heard.restarts)
    assert not rig.gateway.soft
    assert len(rig.gateway.logins) == 2
    if isinstance(rig, SwingRig):
        assert rig.tokens() == []


EXPIRED = [
    "Soft token=0 received instead of expected permanent",
    "Your security tokens for this session have expired",
]


@pytest.mark.parametrize("text", EXPIRED)
def test_21_token_has_expired(rig: Rig, text: str) -> None:
    rig.make(adoption_wait=1.0)
    started(rig)
    rig.gateway.change(before=[Dialog("GATEWAY", text, then={"OK": "stay"})])
    rig.restart_itself(adopted=False)
    rig.until(lambda: rig.heard.exits)
    assert (len(rig.heard.exits), rig.heard.restarts) == (1, 0)
    assert not rig.automater.GetLastStartResult().HasError
    assert rig.running() == []
    rig.gateway.change(before=[])
    started(rig)
    assert len(rig.gateway.logins) == 2


def test_22_gateway_that_does_not_close(rig: Rig) -> None:
    rig.make()
    started(rig)
    rig.gateway.change(ends_at_close=False)
    rig.say(Dialog("GATEWAY", EXPIRED[0], then={"OK": "stay"}))
    rig.until(lambda: rig.heard.exits)
    assert len(rig.heard.exits) == 1
    assert rig.running() == []
    if isinstance(rig, FakeRig):
        assert rig.host.ended[0] == "SIGTERM"


@pytest.mark.parametrize(
    ("clock", "time_", "half"),
    [
        ("11:57", "11:59", "AM"),
        ("11:58", "12:00", "PM"),
        ("23:58", "12:00", "AM"),
        ("23:57", "11:59", "PM"),
    ],
)
def test_23_soft_restart(rig: Rig, clock: str, time_: str, half: str) -> None:
    hour, minute = clock.split(":")
    rig.starts = datetime(2026, 3, 4, int(hour), int(minute), 5, tzinfo=timezone.utc)
    rig.make()
    started(rig)
    rig.automater.SoftRestart()
    rig.until(lambda: rig.heard.lines.count("Configuration settings updated.") == 2)
    settings = rig.gateway.settings
    assert (settings["Set Auto Restart Time (HH:MM)"], settings[half]) == (time_, True)
    rig.restart_itself()
    rig.until(lambda: rig.heard.restarts)
    assert not rig.automater.GetLastStartResult().HasError


def test_23_soft_restart_times_out(rig: Rig) -> None:
    rig.make()
    started(rig)
    rig.automater.SoftRestart()
    rig.until(lambda: rig.heard.restarts)
    assert rig.automater.GetLastStartResult().ErrorCode is ErrorCode.SoftRestartTimeout
    settings = "Configuration settings updated."
    rig.until(lambda: rig.heard.lines.count(settings) == 3)  # it was tried twice
    assert rig.automater.is_ready
    rig.automater.SoftRestart()
    rig.until(lambda: rig.heard.said("Restart request detected"))
    wait = rig.automater.config.soft_restart_backoff
    rig.until(lambda: rig.heard.said(f"starting restart in {wait:g} seconds"))


def test_24_weekend(rig: Rig) -> None:
    rig.starts = datetime(2026, 3, 6, 23, 5, tzinfo=NEW_YORK)
    text = "Connection to server failed: Server disconnected, please try again"
    rig.make()
    started(rig)
    rig.say(Dialog("Gateway", text))
    rig.until(lambda: rig.heard.exits)
    assert not rig.automater.GetLastStartResult().HasError
    # on that Sunday the clocks go forward: 16:00 is 20:00 in UTC, no longer 21:00
    assert rig.automater.next_login_time() == datetime(2026, 3, 8, 20, 0, tzinfo=timezone.utc)


def test_24_weekend_in_autumn(rig: Rig) -> None:
    rig.starts = datetime(2026, 10, 31, 12, 0, tzinfo=timezone.utc)
    rig.make()
    assert rig.automater.next_login_time() == datetime(2026, 11, 1, 21, 0, tzinfo=timezone.utc)


def test_25_too_many_failed_logins(rig: Rig) -> None:
    wait = "4 minutes & 47 seconds" if isinstance(rig, FakeRig) else "0 minutes & 1 seconds"
    text = (
        f"Too many failed login attempts. Please wait {wait} before attempting to re-login again."
    )
    rig.make(Behaviour(logins=[[Dialog("Gateway", text, then={"OK": "form"})], []]))
    started(rig)
    assert len(rig.gateway.logins) == 2
    if isinstance(rig, FakeRig):
        assert 290 < rig.clock.monotonic() < 296


@on_swing_in_ci
@pytest.mark.parametrize("how", ["halt", "segv", "kill"])
def test_26_crash(rig: Rig, how: str) -> None:
    rig.make()
    started(rig)
    code = rig.crash(how)
    rig.until(lambda: rig.heard.exits)
    assert [(e.ExitCode, e.requested) for e in rig.heard.exits] in ([(code, False)], [(-6, False)])
    assert not rig.automater.GetLastStartResult().HasError
    if how == "kill" or isinstance(rig, FakeRig):
        started(rig)


def test_a_splash_that_was_missed(rig: Rig) -> None:
    """The main window is there, and nothing else: the settings are made all the same."""
    rig.make(splash_wait=0.5)
    started(rig)
    rig.gateway.change(splash=0.0)
    rig.restart_itself()
    rig.until(lambda: rig.heard.restarts)
    assert rig.automater.is_ready


def test_a_second_factor_of_a_gateway_that_is_in_use(rig: Rig) -> None:
    """No splash and no settings follow it: it is ready again when its API answers."""
    rig.make()
    started(rig)
    rig.say(push(3.0))
    rig.until(lambda: rig.heard.said("2FA confirmation success"))
    assert rig.automater.wait_ready(20)
    assert not rig.automater.GetLastStartResult().HasError


def test_23_soft_restart_while_the_clocks_go_forward(rig: Rig) -> None:
    """At 01:59 in New York: two minutes later it is 03:01."""
    rig.starts = datetime(2026, 3, 8, 6, 59, 30, tzinfo=timezone.utc)
    rig.zone = ZoneInfo("America/New_York")
    rig.make()
    started(rig)
    rig.automater.SoftRestart()
    rig.until(lambda: rig.heard.lines.count("Configuration settings updated.") == 2)
    assert rig.gateway.settings["Set Auto Restart Time (HH:MM)"] == "03:01"
