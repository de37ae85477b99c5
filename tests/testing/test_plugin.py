"""The plugin in a pytest run of its own, and the example of a user's program with its tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAILING = """
import threading
import pytest
from ibapi_port.testing import connected
from ibapi_port.wrapper import EWrapper
from ibapi_port.client import EClient

class App(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)

def test_fails(simulated_tws):
    with connected(App(), simulated_tws) as callbacks:
        simulated_tws.expect("startApi")
        assert False

def test_after():
    assert not [thread for thread in threading.enumerate() if thread.name == "simulated-tws"]

@pytest.mark.simulated_tws(cash=-1)
def test_bad_setting(simulated_tws):
    pass
"""
UNUSED = """
import sys

def test_nothing_is_imported_before_it_is_used():
    loaded = [name for name in sys.modules if name.startswith(("ibapi_port.", "google.protobuf"))]
    assert sorted(loaded) == ["ibapi_port._version", "ibapi_port.testing", "ibapi_port.testing.plugin"]
"""


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "pytest",
            "-p",
            "ibapi_port.testing.plugin",
            "-p",
            "no:cacheprovider",
            "-q",
            *arguments,
        ],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.mark.timeout(120)  # a run of pytest of its own, on a busy computer
def test_the_example() -> None:
    done = run(ROOT / "samples" / "testing_example", "--strict-markers")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 passed" in done.stdout


def test_a_failing_test_shows_what_was_asked_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(FAILING)
    done = run(tmp_path)
    assert "1 failed, 1 passed, 1 error" in done.stdout
    assert "simulated TWS: requests" in done.stdout
    assert "client 1: startApi clientId=1" in done.stdout
    assert "cash must be 0 or more, not -1" in done.stdout


def test_a_run_that_does_not_use_it_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(UNUSED)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_entry_point_is_declared() -> None:
    assert "ibapi_port.testing.plugin = ibapi_port.testing.plugin" in (
        ROOT / "setup.cfg"
    ).read_text(encoding="utf-8")
