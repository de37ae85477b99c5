"""Acceptance scenarios 13 to 18, what prevents a start: each on the simulated Gateway, and with
AUTOMATER_FULL=1 on the one whose windows are Swing's.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from machine import slowness

from ibapi_port.automater import ErrorCode, IBAutomater
from ibapi_port.automater.simulated import Behaviour, Dialog

from .rigs import PASSWORD, USER, FakeRig, Rig
from .scenarios import failed, on_swing_in_ci, push, started

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


@on_swing_in_ci
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


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('Exception in thread "main" java.awt.AWTError: no X11', ErrorCode.JavaException),
        ("java.net.ConnectException: it goes on", ErrorCode.ProcessStartFailed),
    ],
)
def test_17_java_ends_by_itself(line: str, code: ErrorCode) -> None:
    rig = FakeRig()
    rig.make(Behaviour(shows_login=False))

    def fail() -> None:
        rig.host.line(line, True)
        rig.host.screen.exit(1)

    rig.clock.later(1.0, fail)
    try:
        result = rig.start()
        assert result.ErrorCode is code
        assert ("no X11" in result.detail) == (code is ErrorCode.JavaException)
        assert result.detail.endswith("it ended with exit code 1" + ")" * (line in result.detail))
    finally:
        rig.close()


def test_18_no_login_window(rig: Rig) -> None:
    rig.make(Behaviour(shows_login=False), login_window_timeout=2.0)
    assert "no window" in failed(rig, ErrorCode.InitializationTimeout)


@on_swing_in_ci
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
    assert time.monotonic() - begun[0] < 2 * slowness()
    assert result.ErrorCode is ErrorCode.ProcessStartFailed
    assert "Stop() was called" in result.ErrorMessage
