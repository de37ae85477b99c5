"""Real processes behind the real outside: a stand-in for the Gateway that is a Python program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from machine import slowness

from ibapi_port.automater import ErrorCode, IBAutomater, leftovers

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


# --- what a program leaves that is killed ---

PROGRAM = """
import sys, time
from ibapi_port.automater import IBAutomater
automater = IBAutomater(*sys.argv[1:5], "paper", int(sys.argv[5]), display="own")
automater.OutputDataReceived += lambda s, e: print(e.Data, flush=True)
print("result", automater.Start(False).ErrorMessage, flush=True)
time.sleep(600)
"""


def killed_when(installed: Installed, line: str) -> None:
    """Run a program that starts a Gateway, and kill it when it has said a line."""
    words = (str(installed.directory / "Jts"), "1030", USER, f"file:{installed.secret()}")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words, str(installed.port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        assert any(line in said for said in output)
        process.kill()
        process.wait(20)


def left(directory: Path) -> tuple[list[str], list[int]]:
    """Return the directories that there are, and the processes that have one of them."""
    paths = sorted(p.name for p in directory.glob("ibapi-*"))
    return paths, [pid for p in paths for pid in leftovers.processes_with(f"{directory}/{p}/")]


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is no Xvfb")
@pytest.mark.parametrize("line", ["process started", "Click button: [Paper Log In]", "result"])
def test_what_a_killed_program_leaves_is_cleaned_up(
    installed: Installed, make: Make, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """In each phase: its Gateway, which nobody looks after, its display, its directory."""
    directory = installed.directory / "tmp"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    monkeypatch.setattr(tempfile, "tempdir", None)
    killed_when(installed, line)
    paths, processes = left(directory)
    assert (len(paths), len(processes)) == (1, 2)  # the Gateway and its display
    others = make(port=installed.port + 1, settings_directory=str(directory))
    assert others.Start(False).ErrorMessage == ""
    assert left(directory)[1][:2] != []
    assert all(alive(pid) for pid in processes)  # another port's is left alone
    others.Stop()
    automater = make()
    heard = Heard(automater)
    assert automater.Start(False).ErrorMessage == ""
    assert heard.said("Ending what a program that was killed has left running")
    assert not any(alive(pid) for pid in processes)
    automater.Stop()
    assert left(directory) == ([], [])


def test_companions_of_a_killed_run_are_not_there_twice(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that trades would trade twice."""
    marks = installed.directory / "marks"
    code = f"import os, time; open({str(marks)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(600)"
    more = f"[[companion]]\ncommand = {json.dumps([sys.executable, '-c', code])}\n"
    command = [sys.executable, "-m", "ibapi_port", "gateway", "run"]
    command += ["--config", str(installed.settings(more=more))]

    def bots() -> list[int]:
        return [int(w) for w in marks.read_text().split()] if marks.exists() else []

    def until(predicate: Callable[[], object]) -> None:
        end = time.monotonic() + 30 * slowness()
        while not predicate():
            assert time.monotonic() < end
            time.sleep(0.02)

    first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until(bots)
    first.kill()
    first.wait(20)
    assert alive(bots()[0])
    second = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until(lambda: len(bots()) == 2)
    assert [alive(pid) for pid in bots()] == [False, True]
    second.terminate()
    assert second.wait(30) == 0
    assert not any(alive(pid) for pid in (*bots(), *installed.pids()))
