"""Real processes behind the real outside: a stand-in for the Gateway that is a Python program."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from machine import slowness

from ibapi_port.automater import ErrorCode, IBAutomater

from .processes import TIMES, Installed, alive
from .rigs import PASSWORD, USER, Heard

pytestmark = [
    pytest.mark.skipif(not os.environ.get("AUTOMATER_FULL"), reason="AUTOMATER_FULL is not set"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc"),
]
Make = Callable[..., IBAutomater]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Installed(tmp_path)


@pytest.fixture
def make(installed: Installed) -> Iterator[Make]:
    made: list[IBAutomater] = []

    def one(**config: Any) -> IBAutomater:
        config = {"port": installed.port, "display": "inherit", **TIMES, **config}
        automater = IBAutomater(installed.directory / "Jts", "1030", USER, PASSWORD, **config)
        made.append(automater)
        return automater

    yield one
    for automater in made:
        automater.Dispose()
    assert not [pid for pid in installed.pids() if alive(pid)]


def test_a_start_and_a_stop(installed: Installed, make: Make) -> None:
    automater = make()
    assert automater.Start(False).ErrorMessage == ""
    assert automater.pid == installed.pids()[0]
    automater.Stop()
    assert not automater.IsRunning()
    ini = (installed.directory / "Jts" / "jts.ini").read_text()
    assert ini == "[Logon]\nLocale=en\nUseSSL=true\n"


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [
        ("drop", ErrorCode.InitializationTimeout, "the line to the agent in IB Gateway has ended"),
        ("exit", ErrorCode.ProcessStartFailed, "it ended with exit code 5"),
        ("deaf", ErrorCode.InitializationTimeout, ""),
    ],
)
def test_what_goes_wrong_in_a_login(
    installed: Installed, make: Make, fault: str, code: ErrorCode, text: str
) -> None:
    installed.how(fault=fault)
    automater = make(step_timeout=0.5, initialization_timeout=1.0 * slowness())
    result = automater.Start(False)
    assert (result.ErrorCode, text in result.ErrorMessage) == (code, True), result
    automater.Stop()
    installed.how()
    automater.reset()
    assert automater.Start(False).ErrorMessage == ""


@pytest.mark.parametrize("fault", ["flood", "nonsense"])
def test_what_a_login_lives_with(installed: Installed, make: Make, fault: str) -> None:
    """40 MB without an end of a line and a million lines, or an agent that sends nonsense."""
    installed.how(fault=fault)
    automater = make()
    heard = Heard(automater)
    assert automater.Start(False).ErrorMessage == ""
    automater.Stop()
    assert max(map(len, heard.lines)) < 100_000
    assert heard.said("Configuration settings updated.")


def test_two_of_one_directory_or_one_port(installed: Installed, make: Make) -> None:
    """They would delete each other's restart tokens, or take each other's API for their own."""
    first = make()
    assert first.Start(False).ErrorMessage == ""
    pid = first.pid
    second = make(port=installed.port + 1)
    assert "give each of them its own settings_directory" in second.Start(False).ErrorMessage
    third = make(settings_directory=str(installed.directory))
    assert f"the API port {installed.port} is in use" in third.Start(False).ErrorMessage
    assert (first.is_ready, first.pid, installed.pids()) == (True, pid, [pid])
    first.Stop()
    assert second.Start(False).ErrorMessage == ""
