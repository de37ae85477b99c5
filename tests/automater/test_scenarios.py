"""The acceptance scenarios, each on the simulated Gateway, and with AUTOMATER_FULL=1 on the one whose
windows are Swing's too. Those that are marked run there always.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ibapi_port.automater import ErrorCode, IBAutomater
from ibapi_port.automater.ini import set_value
from ibapi_port.automater.schedule import region_of
from ibapi_port.automater.simulated import Behaviour, Dialog
from ibapi_port.automater.simulated.gateway import BYPASSES

from .rigs import PASSWORD, USER, FakeRig, Rig, SwingRig

F = TypeVar("F", bound=Callable[..., Any])
NEW_YORK = timezone(timedelta(hours=-5))
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PUSH = "Second Factor Authentication"


def on_swing(test: F) -> F:
    """Mark a test that runs on Swing in each run, not only with AUTOMATER_FULL=1."""
    test.on_swing = True  # type: ignore[attr-defined]
    return test


def push(closes_after: float | None) -> Dialog:
    return Dialog(
        PUSH, "Check your phone", ("Cancel",), then={"Cancel": "form"}, closes_after=closes_after
    )


def failed(rig: Rig, code: ErrorCode) -> str:
    """Start, and see it fail with a code and end; return the detail."""
    result = rig.start()
    assert (result.ErrorCode, rig.automater.GetLastStartResult().ErrorCode) == (code, code), (
        result,
        rig.heard.lines,
    )
    rig.until(lambda: rig.heard.exits)
    assert not rig.automater.IsRunning()
    assert rig.running() == []
    return result.detail


def started(rig: Rig) -> None:
    result = rig.start()
    assert not result.HasError, (result, rig.heard.lines)
    assert rig.automater.is_ready
    assert rig.automater.IsRunning()


# --- 1 to 5: the login ---


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


@pytest.mark.parametrize("title", ["Security Code Card Authentication", "Enter security code"])
def test_12_code_card(rig: Rig, title: str) -> None:
    rig.make(Behaviour(logins=[[Dialog(title, "Index 17", ("OK", "Enter Read Only"))]]))
    failed(rig, ErrorCode.SecurityDialogDetected)


# --- 13 to 18: what prevents a start ---


def test_13_version_too_old(rig: Rig) -> None:
    rig.make(
        Behaviour(
            logins=[[Dialog("Gateway", "Version 974 is no longer supported", text_kind="area")]]
        )
    )
    failed(rig, ErrorCode.UnsupportedVersion)


def test_13_version_gets_old(rig: Rig) -> None:
    rig.make(
        Behaviour(
            notices=[
                Dialog("Gateway", "Build 1030 will be desupported on 2027-01-01", text_kind="area")
            ]
        )
    )
    started(rig)
    rig.until(lambda: rig.heard.said("will be desupported on 2027-01-01"))
    rig.until(lambda: rig.gateway.answers)


def test_14_free_trading(rig: Rig) -> None:
    text = "API support is not available for accounts that support free trading."
    rig.make(Behaviour(notices=[Dialog("", text)]))
    failed(rig, ErrorCode.ApiSupportNotAvailable)


def test_15_login_messages(rig: Rig) -> None:
    messages = Dialog("Login Messages", "A form must be filled in", ("Close",))
    rig.make(Behaviour(logins=[[messages]]))
    assert failed(rig, ErrorCode.LoginFailedAccountTasksRequired) == "A form must be filled in"


def test_15_login_messages_with_a_late_button(rig: Rig) -> None:
    messages = Dialog("Login Messages", "Read this", ("Resume Login",), buttons_after=5.0)
    rig.make(Behaviour(logins=[[messages]]), login_messages="resume")
    started(rig)
    assert rig.gateway.answers == [("Login Messages", "Resume Login")]


def test_16_unknown_dialog(rig: Rig, tmp_path: Path) -> None:
    strange = Dialog("Strange", f"Nobody knows me, {USER}", ("Perhaps",))
    rig.make(Behaviour(logins=[[strange]]), dump_directory=str(tmp_path / "dumps"))
    assert failed(rig, ErrorCode.UnknownMessageWindowDetected) == "Nobody knows me, ***"
    (tree,) = (tmp_path / "dumps").glob("*.json")
    text = tree.read_text()
    assert "Perhaps" in text
    assert USER not in text
    (picture,) = (tmp_path / "dumps").glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_mode & 0o077 == 0


def test_16_unknown_window_that_is_no_dialog(rig: Rig, tmp_path: Path) -> None:
    rig.make(
        Behaviour(notices=[Dialog("Weather", "Rain", kind="frame")]), dump_directory=str(tmp_path)
    )
    started(rig)
    rig.until(lambda: list(tmp_path.glob("window-*.json")))
    rig.until(lambda: rig.heard.said("Unhandled window detected - Window title: [Weather]"))


def test_16_unknown_dialog_of_a_gateway_that_is_in_use(rig: Rig) -> None:
    rig.make()
    started(rig)
    rig.say(Dialog("Strange", "Nobody knows me", ("Perhaps",)))
    rig.until(lambda: rig.heard.said("Unknown message window detected: Nobody knows me"))
    assert rig.automater.is_ready  # there may be orders


def test_17_not_installed(tmp_path: Path) -> None:
    with IBAutomater(tmp_path, "1030", USER, PASSWORD) as automater:
        result = automater.Start(False)
        assert result.ErrorCode is ErrorCode.IbGatewayVersionNotInstalled
        version = tmp_path / "ibgateway" / "1030"
        assert result.ErrorMessage.endswith(f" - Version: 1030 - Path: {version}")
        version.mkdir(parents=True)
        (version / "ibgateway").write_text("#!/bin/sh\n")
        assert automater.Start(False).ErrorCode is ErrorCode.JavaNotFound
        (version / ".install4j").mkdir()
        (version / ".install4j" / "inst_jre.cfg").write_text(str(tmp_path))
        result = automater.Start(False)
        assert result.ErrorCode is ErrorCode.ProcessStartFailed
        assert "Permission denied" in result.ErrorMessage
        assert not automater.GetLastStartResult().HasError  # these three are not kept
        assert not automater.IsRunning()


def test_18_no_login_window(rig: Rig) -> None:
    rig.make(Behaviour(shows_login=False), login_window_timeout=2.0)
    assert "no window" in failed(rig, ErrorCode.InitializationTimeout)


def test_18_stop_interrupts_a_start(rig: Rig) -> None:
    rig.make(Behaviour(logins=[[push(None)]]), two_factor_timeout=1000.0)
    begun: list[float] = []
    waits = threading.Event()

    def stop() -> None:
        assert waits.wait(20)
        begun.append(time.monotonic())
        rig.automater.Stop()

    def heard(sender: object, e: Any) -> None:
        if "twoFactor" in e.Data:
            waits.set()
        if "Shutdown request" in e.Data and isinstance(rig, FakeRig):
            rig.clock.resume()

    if isinstance(rig, FakeRig):  # virtual time must not run away from the thread that stops it
        rig.clock.later(5, lambda: setattr(rig.clock, "paused", True))
    rig.automater.OutputDataReceived += heard
    thread = threading.Thread(target=stop)
    thread.start()
    result = rig.start()
    thread.join(10)
    assert time.monotonic() - begun[0] < 2
    assert result.ErrorCode is ErrorCode.ProcessStartFailed
    assert "Stop() was called" in result.ErrorMessage


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


# --- 27 to 34 ---


def test_27_port_is_taken(rig: Rig) -> None:
    import socket

    rig.make()
    if isinstance(rig, FakeRig):
        rig.host.port_taken = True
        result = rig.start()
    else:
        with socket.create_server(("127.0.0.1", rig.port)):
            result = rig.start()
    assert result.ErrorCode is ErrorCode.ProcessStartFailed
    assert f"the API port {rig.port} is in use by another program" in result.ErrorMessage
    assert rig.running() == []


NOTICES = [
    Dialog("Warning", "This is not a brokerage account", ("I understand and accept",)),
    Dialog(
        "Notice",
        "Bid, Ask and Last Size Display Update",
        ("I understand - display market data",),
        checks=("Don't display this message again.",),
    ),
    Dialog("Use SSL encryption", "Reconnect?", ("Reconnect using SSL", "Cancel")),
    *(Dialog("Financial Advisor Warning", f"Order {n}", ("Yes", "No")) for n in range(10)),
    Dialog(
        "Market Order Confirmation",
        "You sell 100",
        ("Accept and Continue", "Cancel"),
        checks=("Don't display this message again",),
    ),
    Dialog(
        "Cryptocurrency order confirmation", "0.1 BTC", ("Transmit", "Cancel"), enabled_after=3.0
    ),
]


def test_28_notices(rig: Rig) -> None:
    rig.make(Behaviour(notices=NOTICES))
    started(rig)
    rig.until(lambda: len(rig.gateway.answers) >= len(NOTICES))
    wanted = sorted((n.title, n.buttons[0]) for n in NOTICES)
    assert sorted(rig.gateway.answers) == wanted
    assert sorted(rig.gateway.ticked) == [
        "Don't display this message again",
        "Don't display this message again.",
    ]
    rig.until(lambda: rig.heard.said("Order confirmation window: You sell 100"))


@pytest.mark.parametrize(("policy", "button"), [("accept", "Yes"), ("reject", "No")])
def test_29_incoming_connection(rig: Rig, policy: str, button: str) -> None:
    rig.make(accept_incoming_connection=policy, trusted_ips=("127.0.0.1", "10.1.2.3"))
    started(rig)
    assert rig.gateway.trusted == ["127.0.0.1", "10.1.2.3"]
    rig.say(Dialog("Gateway", "Accept incoming connection attempt from 10.9.9.9?", ("Yes", "No")))
    rig.until(lambda: rig.gateway.answers)
    assert rig.gateway.answers == [("Gateway", button)]


def test_30_stop_by_the_menu(rig: Rig) -> None:
    rig.make(Behaviour(asks_at_close=True))
    started(rig)
    rig.automater.Stop()
    assert rig.gateway.answers == [("Exit", "Yes")]
    rig.until(lambda: rig.heard.said("Click menu: [File > Close]"))
    assert rig.running() == []


def test_30_gateway_that_hangs(rig: Rig) -> None:
    rig.make(close_timeout=0.5, terminate_timeout=0.5)
    started(rig)
    rig.hang()
    rig.automater.Stop()
    rig.until(lambda: rig.heard.exits)
    assert rig.heard.exits[0].requested
    assert rig.running() == []
    rig.until(lambda: rig.heard.said("does not close, ending its process"))
    if isinstance(rig, FakeRig):
        assert rig.host.ended[:2] == ["SIGTERM", "SIGKILL"]


def test_31_secrets(rig: Rig, tmp_path: Path) -> None:
    rig.make(totp_secret=TOTP)
    started(rig)
    told = "\n".join([*rig.heard.lines, *rig.heard.errors])
    assert PASSWORD not in told
    assert TOTP not in told
    assert PASSWORD not in repr(vars(rig.automater))
    assert TOTP not in repr(rig.automater.config)
    if isinstance(rig, SwingRig):
        pid = rig.screen.pid
        for name in ("cmdline", "environ"):
            data = Path(f"/proc/{pid}/{name}").read_bytes()
            assert PASSWORD.encode() not in data
            assert TOTP.encode() not in data
        left = [
            p for p in [*tmp_path.rglob("*"), *Path(rig.host._directory).rglob("*")] if p.is_file()
        ]
        assert left
        for path in left:
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_32_jts_ini(rig: Rig, tmp_path: Path) -> None:
    if isinstance(rig, SwingRig):
        rig.make()
        started(rig)
        path = tmp_path / "Jts" / "jts.ini"
        assert rig.automater._engine.machine.region == "Europe"
    else:
        path = tmp_path / "jts.ini"
        path.write_bytes(
            b"[Logon]\r\nUseSSL=false\r\nLocale=en\r\n[Communication]\r\nPeer=zdc1.ibllc.com:4000\r\n"
        )
        assert set_value(path, "Logon", "UseSSL", "true")
        assert not set_value(path, "Logon", "UseSSL", "true")
        rig.make()
        rig.host.server = "zdc1_hb1.ibllc.com:4000"  # type: ignore[attr-defined]
        started(rig)
        assert rig.automater._engine.machine.region == "Europe"
    wanted = (
        b"[Logon]\r\nUseSSL=true\r\nLocale=en\r\n[Communication]\r\nPeer=zdc1.ibllc.com:4000\r\n"
    )
    assert path.read_bytes() == wanted
    regions = {
        "cdc1.ibllc.com:4000": "America",
        "hdc1_hb1.ibllc.com": "Asia",
        "mcgw1.ibllc.com.cn": "Asia",
        "x": "America",
    }
    assert {peer: region_of(peer) for peer in regions} == regions


@pytest.mark.parametrize(("dialect", "seed"), [("space", 3), ("hyphen", 1), ("old", 2)])
def test_33_labels_and_order(rig: Rig, dialect: str, seed: int) -> None:
    rig.make(Behaviour(dialect=dialect, shuffle=seed, late=0.5))
    started(rig)
    assert rig.gateway.logins == [(USER, PASSWORD, "paper")]
    settings = {
        key.strip(":").replace("-", " ").lower(): value
        for key, value in rig.gateway.settings.items()
    }
    assert settings["socket port"] == str(rig.port)
    assert settings["master api client id"] == ""
    assert settings["read only api"] is False
    assert settings["auto restart"] is True


def test_34_the_example(rig: Rig) -> None:
    """The example of docs/automater.md, run against the stand-in."""
    page = Path(__file__).parents[2] / "docs" / "automater.md"
    text = page.read_text(encoding="utf-8").split("```python\n# example")[1].split("```")[0]
    names: dict[str, Any] = {"restart_pause": 0.01}
    exec(compile("# example" + text, str(page), "exec"), names)
    if isinstance(rig, FakeRig):  # the API is real in both cases
        from ibapi_port.simulator import SimulatedTws

        with SimulatedTws(port=0) as tws:
            _example(rig, names, tws.port)
    else:
        _example(rig, names, rig.port)


def _example(rig: Rig, names: dict[str, Any], port: int) -> None:
    automater = rig.make()
    program = names["Program"](automater, port)
    assert program.start()
    assert program.client.isConnected()
    first = rig.automater.pid
    rig.restart_itself()
    rig.until(lambda: program.log.count("connected") == 2)
    assert "IB Gateway restart detected, reconnecting..." in program.log
    rig.crash("halt")
    rig.until(lambda: program.log.count("connected") == 3)
    assert "IB Gateway close detected, restarting it..." in program.log
    assert rig.automater.pid not in (0, first)
    program.stop()
    assert not rig.automater.IsRunning()


def test_starts_and_stops_leave_nothing(rig: Rig) -> None:
    """A hundred with AUTOMATER_FULL=1."""
    full = os.environ.get("AUTOMATER_FULL") == "1"
    rounds = (100 if isinstance(rig, FakeRig) else 20) if full else 10
    rig.make()
    if isinstance(rig, SwingRig):
        rig.screens.clear()
    threads = 0
    for number in range(rounds):
        started(rig)
        rig.automater.Stop()
        assert rig.running() == []
        if number == 2:
            threads = threading.active_count()
    rig.until(lambda: len(rig.heard.exits) == rounds)
    rig.until(lambda: threading.active_count() <= threads + 2)
