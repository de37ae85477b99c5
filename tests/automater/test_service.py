"""The command with the stand-in whose windows are Swing's: processes, files, signals."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.__main__ import main
from ibapi_port.automater.command import control
from ibapi_port.automater.display import Display
from ibapi_port.automater.simulated import SimulatedGateway

from .rigs import PASSWORD, USER
from .swing import REAL, SwingRig, missing

pytestmark = [
    pytest.mark.skipif(os.environ.get("AUTOMATER_FULL") != "1", reason="AUTOMATER_FULL is not 1"),
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="TOML needs Python 3.11, or tomli"),
]


@pytest.fixture
def swing(
    tmp_path: Path, classes: Path, display: Display, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SwingRig]:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name, value in display.environment.items():
        monkeypatch.setenv(name, value)
    made = SwingRig(tmp_path, classes)
    made.gateway = SimulatedGateway()
    yield made
    made.close()


def settings(swing: SwingRig) -> Path:
    """Write the settings of a Gateway whose password is in a file."""
    secret = swing.directory / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    times = "\n".join(f"{name} = {value}" for name, value in REAL.items())
    path = swing.directory / "swing.toml"
    path.write_text(
        f'[gateway]\ndirectory = "{swing.directory}/Jts"\nversion = "1030"\nuser = "{USER}"\n'
        f'password = "file:{secret}"\nport = {swing.port}\n[policy]\n{times}\n'
        "[keep]\nexit_pause = 0.1\nretry = 0.1\nreset_pause = 0.1\n"
    )
    path.chmod(0o600)
    return path


def until(predicate: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not predicate():
        assert time.monotonic() < end
        time.sleep(0.05)


def status() -> dict[str, Any]:
    try:
        return control.info("swing")
    except control.CommandError:
        return {"ready": False, "pid": 0}


def test_start_crash_dump_stop(swing: SwingRig, capsys: pytest.CaptureFixture[str]) -> None:
    option = ["--config", str(settings(swing))]
    assert main(["gateway", "start", *option]) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert main(["gateway", "status", "--json", *option]) == 0
    first = json.loads(capsys.readouterr().out)
    assert swing.gateway.logins == [(USER, PASSWORD, "paper")]
    assert main(["gateway", "start", *option]) == 1  # it runs already
    assert main(["gateway", "doctor", *option]) == 0
    capsys.readouterr()
    assert main(["gateway", "dump", *option]) == 0
    files = [Path(line) for line in capsys.readouterr().out.splitlines()[:-1]]
    assert {path.suffix for path in files} == {".json", ".png"}
    os.kill(first["pid"], signal.SIGKILL)
    until(lambda: status()["ready"] and status()["pid"] != first["pid"])
    runner = json.loads(control.state_path("swing").read_text())["pid"]
    log = control.log_path("swing")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    for text in (log, Path(f"/proc/{runner}/cmdline"), Path(f"/proc/{runner}/environ"), *files):
        assert PASSWORD.encode() not in text.read_bytes()
    assert main(["gateway", "stop", *option]) == 0
    until(lambda: not swing.running())
    assert main(["gateway", "status", *option]) == 4


def test_sigterm_ends_it_in_order(swing: SwingRig, capsys: pytest.CaptureFixture[str]) -> None:
    option = ["--config", str(settings(swing))]
    assert main(["gateway", "start", *option]) == 0, capsys.readouterr().err
    runner = json.loads(control.state_path("swing").read_text())["pid"]
    os.kill(runner, signal.SIGTERM)
    until(lambda: not control.state_path("swing").exists())
    until(lambda: not swing.running())
    assert "Click menu: [File > Close]" in control.log_path("swing").read_text()


def test_a_wrong_password_ends_it(swing: SwingRig, capsys: pytest.CaptureFixture[str]) -> None:
    swing.gateway.change(login_enabled=False)
    assert main(["gateway", "start", "--config", str(settings(swing))]) == 3
    assert "invalid characters in credentials" in capsys.readouterr().err
    assert swing.running() == []
