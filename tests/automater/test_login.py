"""Acceptance scenarios 1 to 12, the login: each on the simulated Gateway, and with
AUTOMATER_FULL=1 on the one whose windows are Swing's.
"""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ibapi_port.automater import ErrorCode
from ibapi_port.automater.simulated import Behaviour, Dialog
from ibapi_port.automater.simulated.behaviour import BYPASSES

from .rigs import PASSWORD, USER, FakeRig, Rig
from .scenarios import NEW_YORK, PUSH, TOTP, failed, on_swing_in_ci, push, started
from .swing import SwingRig

# --- 1 to 5: the login ---


@on_swing_in_ci
@pytest.mark.parametrize("mode", ["live", "paper"])
def test_01_login(rig: Rig, mode: str) -> None:
    rig.make(trading_mode=mode)
    started(rig)
    assert rig.gateway.logins == [(USER, PASSWORD, mode)]
    settings = rig.gateway.settings
    assert settings["Socket port"] == str(rig.port)
    assert settings["Read-Only API"] is False
    assert all(settings[label] is True for label in BYPASSES)
    assert (
        settings["Auto restart"],
        settings["Set Auto Restart Time (HH:MM)"],
        settings["PM"],
    ) == (True, "11:45", True)
    assert rig.automater.wait_ready(1)
    rig.automater.Stop()
    rig.until(lambda: rig.heard.exits)
    assert [(e.ExitCode, e.requested) for e in rig.heard.exits] == [(0, True)]
    assert rig.running() == []


@pytest.mark.parametrize("title", ["Login failed", "Unrecognized Username or Password"])
def test_02_wrong_password(rig: Rig, title: str) -> None:
    rig.make(Behaviour(logins=[[Dialog(title, f"Invalid login of {USER}", then={"OK": "form"})]]))
    detail = failed(rig, ErrorCode.LoginFailed)
    assert detail == "Invalid login of ***"
    assert rig.start().ErrorCode is ErrorCode.LoginFailed  # a wrong password is not tried twice
    assert rig.gateway.starts == 1
    rig.automater.reset()
    rig.gateway.change(logins=[[]])
    started(rig)


def test_03_bad_characters(rig: Rig) -> None:
    rig.make(Behaviour(login_enabled=False))
    assert failed(rig, ErrorCode.LoginFailed) == "invalid characters in credentials"
    assert rig.gateway.logins == []


def test_04_login_fails_in_a_reset_window(rig: Rig) -> None:
    rig.starts = datetime(2026, 3, 6, 23, 5, tzinfo=NEW_YORK)  # a Friday
    rig.make(Behaviour(logins=[[Dialog("Login failed", "Try later", then={"OK": "form"})]]))
    assert rig.automater.IsWithinWeekendServerResetTimes()
    assert "busy or being reset" in failed(rig, ErrorCode.InitializationTimeout)
    rig.gateway.change(logins=[[]])
    started(rig)  # it is not sticky


@on_swing_in_ci
@pytest.mark.parametrize("device", ["IB Key", "Mobile Authenticator App"])
def test_05_device_of_the_second_factor(rig: Rig, device: str) -> None:
    devices = ("Mobile Authenticator App", "IB Key", "Security Code Card")
    choose = Dialog(
        PUSH, "Select second factor device", ("OK", "Cancel"), devices=devices, text_kind="area"
    )
    rig.make(Behaviour(logins=[[choose, push(1.0)]]), second_factor_device=device)
    started(rig)
    assert rig.gateway.chosen == [device]


def test_05_device_that_is_absent(rig: Rig) -> None:
    choose = Dialog(PUSH, "Select second factor device", devices=("SMS", "Card"), text_kind="area")
    rig.make(Behaviour(logins=[[choose]]))
    detail = failed(rig, ErrorCode.SecurityDialogDetected)
    assert "'IB Key'" in detail
    assert "SMS, Card" in detail


# --- 6 to 12: second factor, other sessions ---


def test_06_second_factor_at_once(rig: Rig) -> None:
    rig.make(Behaviour(logins=[[push(3.0)]]))
    started(rig)
    rig.until(lambda: rig.heard.said("2FA confirmation success"))
    assert len(rig.gateway.logins) == 1


def test_07_second_factor_at_the_second_try(rig: Rig) -> None:
    rig.make(Behaviour(logins=[[push(None)], [push(3.0)]]))
    started(rig)
    assert len(rig.gateway.logins) == 2
    assert rig.gateway.answers == [(PUSH, "Cancel")]
    if isinstance(rig, FakeRig):
        assert 160 < rig.clock.monotonic() < 175  # 150 seconds, and 10 until the next login


def test_07_second_factor_in_the_moment_that_it_is_cancelled(rig: Rig) -> None:
    crossed = Dialog(PUSH, "Check your phone", ("Cancel",), then={"Cancel": "next"})
    rig.make(Behaviour(logins=[[crossed]], splash=15.0), two_factor_backoff=1.0)
    started(rig)
    assert len(rig.gateway.logins) == 1


def test_08_second_factor_times_out(rig: Rig) -> None:
    rig.make(Behaviour(logins=[[push(None)]]))
    failed(rig, ErrorCode.TwoFactorConfirmationTimeout)
    assert len(rig.gateway.logins) == 3
    if isinstance(rig, FakeRig):
        assert 480 < rig.clock.monotonic() < 500  # 3 x 150, and 10 + 20 between them
    rig.gateway.change(logins=[[]])
    started(rig)


def test_09_code_of_an_authenticator(rig: Rig) -> None:
    right: list[str] = []

    def check(code: str) -> bool:
        right.append(code)
        return len(right) == 2

    ask = Dialog(
        PUSH, "Enter Mobile Authenticator app code", ("OK", "Cancel"), fields=("Code",), code=check
    )
    if isinstance(
        rig, SwingRig
    ):  # the next code is at most 30 real seconds away: begin near its end
        rig.starts = datetime(2026, 3, 4, 15, 0, 22, tzinfo=timezone.utc)
    rig.make(Behaviour(logins=[[ask]]), totp_secret=TOTP)
    started(rig)
    assert len(set(right)) == 2
    assert all(len(code) == 6 and code.isdigit() for code in right)
    assert not rig.heard.said(TOTP)


def test_10_existing_session(rig: Rig) -> None:
    exists = Dialog(
        "Existing session detected",
        "Another session",
        ("Exit Application", "Continue Login"),
        then={"Exit Application": "exit"},
    )
    rig.make(Behaviour(logins=[[exists]]))
    failed(rig, ErrorCode.ExistingSessionDetected)
    assert rig.gateway.answers == [("Existing session detected", "Exit Application")]


@pytest.mark.parametrize("policy", ["primary", "primaryoverride"])
def test_10_existing_session_is_ended(rig: Rig, policy: str) -> None:
    exists = Dialog("Existing session detected", "Another session", ("Cancel", "Continue Login"))
    rig.make(Behaviour(logins=[[exists]]), existing_session=policy)
    started(rig)
    assert rig.gateway.answers == [("Existing session detected", "Continue Login")]


def test_11_login_again(rig: Rig) -> None:
    again = Dialog("Re-login is required", "", ("Re-login", "Cancel"))
    rig.make(Behaviour(logins=[[again]]))
    started(rig)
    assert rig.gateway.answers == [("Re-login is required", "Re-login")]


def test_11_login_again_too_often(rig: Rig) -> None:
    again = Dialog("Re-login is required", "", ("Re-login", "Cancel"), then={"Cancel": "exit"})
    rig.make(Behaviour(logins=[[push(1), push(1), push(1), again]]))
    failed(rig, ErrorCode.TwoFactorConfirmationTimeout)
    assert rig.gateway.answers == [("Re-login is required", "Cancel")]


def test_12_code_card_and_read_only(rig: Rig) -> None:
    ask = Dialog("Enter security code", "Index 17", ("OK", "Enter Read Only"))
    rig.make(Behaviour(logins=[[ask]]), read_only_login=True)
    started(rig)
    assert rig.gateway.answers == [("Enter security code", "Enter Read Only")]


@pytest.mark.parametrize("title", ["Security Code Card Authentication", "Enter security code"])
def test_12_code_card(rig: Rig, title: str) -> None:
    rig.make(Behaviour(logins=[[Dialog(title, "Index 17", ("OK", "Enter Read Only"))]]))
    failed(rig, ErrorCode.SecurityDialogDetected)
