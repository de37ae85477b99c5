"""What may go wrong around an automater: handlers, hosts, disks, endless output, the end of a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.automater import ErrorCode, IBAutomater, State
from ibapi_port.automater import engine as engine_module
from ibapi_port.automater import process as process_module
from ibapi_port.automater import teller as teller_module
from ibapi_port.automater.events import Dispatcher
from ibapi_port.automater.process import launch
from ibapi_port.automater.simulated import Behaviour, Dialog

from .processes import Installed
from .rigs import PASSWORD, USER, FakeRig
from .scenarios import started


@pytest.fixture
def fake() -> Iterator[FakeRig]:
    made = FakeRig()
    yield made
    made.close()


# --- a start has a result, whatever happens ---


def test_a_launch_that_fails_unforeseen_is_a_result(
    fake: FakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.make()

    def broken(soft: bool) -> Any:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(fake.host, "launch", broken)
    result = fake.start()
    assert result.ErrorCode is ErrorCode.ProcessStartFailed
    assert "can't start new thread" in result.ErrorMessage
    monkeypatch.undo()
    started(fake)


def test_an_action_that_fails_does_not_take_the_others_along(
    fake: FakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.make(Behaviour(logins=[[Dialog("Login failed", "No", then={"OK": "form"})]]))

    def broken(command: Any, reply: Any = None) -> None:
        raise OverflowError

    fake.clock.later(0.3, lambda: monkeypatch.setattr(fake.host, "send", broken))
    assert fake.start().HasError
    fake.until(lambda: any("failed at Do" in line for line in fake.heard.errors))


def test_a_start_beside_a_dispose_ends(fake: FakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signal finds no engine any more: it must not wait for ever."""
    automater = fake.make()
    post = automater._engine.post

    def disposed_first(signal: Any) -> None:
        monkeypatch.undo()
        automater.Dispose()
        post(signal)

    monkeypatch.setattr(automater._engine, "post", disposed_first)
    result = automater.Start(False)
    assert "disposed of" in result.ErrorMessage
    assert automater.Start(False).ErrorMessage == result.ErrorMessage


def test_a_dispose_that_was_interrupted_is_done_again(
    fake: FakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by Ctrl-C: what is called at the end of the program must not find it done."""
    automater = fake.make()
    started(fake)

    def interrupted(silent: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(automater, "_stop", interrupted)
    with pytest.raises(KeyboardInterrupt):
        automater.Dispose()
    monkeypatch.undo()
    assert fake.running()
    automater.Dispose()
    assert fake.running() == []


def test_sys_exit_in_a_handler_ends_no_thread(fake: FakeRig) -> None:
    automater = fake.make()
    automater.OutputDataReceived += lambda s, e: sys.exit(1)
    started(fake)
    fake.until(lambda: fake.heard.said("IB Automater initialized."))


def test_a_child_by_fork_leaves_the_gateway_alone() -> None:
    """Its exit must neither end the parent's Gateway nor wait for threads that it has not."""
    program = """
import os, sys
from ibapi_port.automater import IBAutomater
from ibapi_port.automater.simulated import SimulatedHosts
hosts = SimulatedHosts()
automater = IBAutomater("", "1030", "me", "secret", host=hosts, clock=hosts.clock)
assert not automater.Start().HasError
sys.stdout.flush()
pid = os.fork()
if not pid:
    sys.exit(7)  # what is registered for the exit is called
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), automater.is_ready)
"""
    if not hasattr(os, "fork"):
        pytest.skip("there is no fork here")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["7", "True"], "")


# --- output without end ---


def test_lines_that_nobody_takes_are_counted() -> None:
    told: list[object] = []
    begun = threading.Event()
    go = threading.Event()
    dispatcher = Dispatcher("test", 10, told.append)
    dispatcher.post(lambda: begun.set() or (go.wait(10) and None))  # type: ignore[func-returns-value]
    assert begun.wait(10)
    for number in range(1000):
        dispatcher.post(lambda number=number: told.append(f"line {number}"))  # type: ignore[misc]
    go.set()
    done = threading.Event()
    while not done.wait(0.001):
        dispatcher.post(done.set)
    dispatcher.close()
    lines = [t for t in told if isinstance(t, str)]
    (left_out,) = (t for t in told if isinstance(t, int))
    assert lines == [f"line {number}" for number in range(10)]
    assert left_out >= 990


def test_a_line_without_an_end_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "LONGEST_LINE", 1000)
    code = "import sys; sys.stdout.write('x' * 500_000 + '\\nlast'); sys.stderr.write('e')"
    lines: list[tuple[str, bool]] = []
    ended = threading.Event()
    process = launch(
        [sys.executable, "-c", code],
        os.environ,
        Path(),
        lambda text, error: lines.append((text, error)),
        lambda pid, code: ended.set(),
    )
    assert ended.wait(20)
    process.finish()
    process.join(10)
    assert sorted(lines) == sorted([("x" * 1000, False), ("last", False), ("e", True)])


def test_the_limit_of_lines_is_told(fake: FakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller_module, "MOST_LINES", 5)
    automater = fake.make()
    heard: list[str] = []
    first = threading.Event()
    go = threading.Event()
    last = threading.Event()

    def slow(sender: object, e: Any) -> None:
        heard.append(e.Data)
        first.set()
        go.wait(10)
        if e.Data == "more" and len(heard) == 6:
            last.set()

    automater.OutputDataReceived += slow
    fake.host.line("one", False)
    assert first.wait(10)
    for _ in range(100):
        fake.host.line("more", False)
    go.set()
    assert last.wait(10)
    fake.host.line("at last", False)
    automater.Dispose()
    assert heard[6].startswith("95 lines of output were left out")
    assert heard[7] == "at last"


# --- disks and secrets ---


def test_a_picture_that_cannot_be_written_is_told(
    fake: FakeRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = engine_module.keep

    def full(directory: Path, name: str, data: bytes) -> Path:
        if name.endswith(".png"):
            raise OSError(28, "No space left on device")
        return keep(directory, name, data)

    monkeypatch.setattr(engine_module, "keep", full)
    fake.make(dump_directory=str(tmp_path))
    started(fake)
    fake.say(Dialog("Strange", "Nobody knows me", ("Perhaps",)))
    fake.until(lambda: fake.heard.said("picture cannot be kept"))
    fake.until(lambda: fake.heard.said("Unknown message window"))
    assert fake.heard.errors == []


def test_a_record_has_no_secret_however_json_writes_it(fake: FakeRig, tmp_path: Path) -> None:
    """The password has a quote and a backslash, which look different in JSON."""
    fake.make(dump_directory=str(tmp_path))
    started(fake)
    fake.say(Dialog("Strange", f"Who knows {PASSWORD} of {USER}?", ("Perhaps",)))
    fake.until(lambda: list(tmp_path.glob("*.json")))
    (path,) = tmp_path.glob("*.json")
    fake.until(lambda: path.read_text())
    assert json.loads(path.read_text())["tree"]["ch"][0]["t"] == "Who knows *** of ***?"


# --- what is missing for a start; no process is started in these ---


def real(directory: Path, **config: Any) -> IBAutomater:
    installed = Installed(directory)
    return IBAutomater(directory / "Jts", "1030", USER, PASSWORD, port=installed.port, **config)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Xvfb is for Linux")
def test_there_is_no_xvfb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with real(tmp_path, display="own") as automater:
        result = automater.Start(False)
        assert result.ErrorCode is ErrorCode.ProcessStartFailed
        assert "apt-get install xvfb" in result.ErrorMessage
        assert automater.state is State.FAILED


def test_the_disk_is_full_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any, **options: Any) -> Any:
        raise OSError(28, "No space left on device")

    with real(tmp_path, display="inherit") as automater:
        monkeypatch.setattr(tempfile, "mkdtemp", full)
        result = automater.Start(False)
        monkeypatch.undo()
        assert result.ErrorCode is ErrorCode.ProcessStartFailed
        assert "No space left on device" in result.ErrorMessage
        assert not automater.IsRunning()
    before = (tmp_path / "Jts" / "jts.ini").read_text()
    assert before == "[Logon]\nLocale=en\nUseSSL=true\n"  # whole, or as it was
