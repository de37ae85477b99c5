"""The samples and the command line, run as a user runs them."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLES = ["Program.py", "three_threads.py"]
STEPS = [
    r"^Connected: server version \d+",
    r"^Accounts: DU\d+",
    r"^Notice 2104 \(id -1\)",
    r"^Contract: AAPL conId 265598",
    r"^Quote: BID \d",
    r"^Bar: \d{8}",
    r"^Order 1: Submitted",
    r"^Order 1: Cancelled",
    r"^Execution \S+ BOT 100 AAPL",
    r"^Order 2: Filled, 100 filled",
    r"^Commission \d",
    r"^Position of DU\d+: 100 AAPL",
    r"^Connection closed$",
]


def run_sample(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "samples" / name), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )


@pytest.fixture
def simulate() -> Iterator[subprocess.Popen[str]]:
    """`python -m ibapi_port simulate` on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "ibapi_port", "simulate", "--server-version", "176"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        if process.poll() is None:
            process.kill()


def address(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Where it says that it listens, on its first line."""
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.fullmatch(r"simulated TWS listening on (127\.0\.0\.1):(\d+)\n", line)
    assert match, line
    return match[1], match[2]


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_trades_against_its_own_simulated_tws(name: str) -> None:
    done = run_sample(name, "--simulate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    at = 0
    for step in STEPS:
        found = re.compile(step, re.MULTILINE).search(done.stdout, at)
        assert found, f"{step} is missing after:\n{done.stdout[:at]}"
        at = found.start()


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_against_the_simulate_command(name: str, simulate: subprocess.Popen[str]) -> None:
    host, port = address(simulate)
    done = run_sample(name, "--host", host, "--port", port, "--client-id", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Connected: server version 176" in done.stdout
    assert "Order 2: Filled, 100 filled" in done.stdout


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_says_when_tws_is_not_there(name: str) -> None:
    done = run_sample(name, "--port", "1")
    assert done.returncode == 1
    assert "Error 502 (id -1)" in done.stdout
    assert "127.0.0.1:1" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_simulate_ends_cleanly(simulate: subprocess.Popen[str], number: signal.Signals) -> None:
    address(simulate)
    simulate.send_signal(number)
    _, errors = simulate.communicate(timeout=10)
    assert simulate.returncode == 0
    assert errors == ""


def test_a_strategy_runs_over_bars_and_plots_its_equity(tmp_path: Path) -> None:
    bars, picture = tmp_path / "own.csv", tmp_path / "equity.png"
    year = (ROOT / "samples" / "backtest" / "year.csv").read_text(encoding="utf-8")
    bars.write_text("\n".join(year.splitlines()[:161]) + "\n", encoding="utf-8")
    plots = importlib.util.find_spec("matplotlib") is not None
    wanted = ("--plot", str(picture)) if plots else ()
    done = run_sample("backtest/backtest.py", "--bars", str(bars), *wanted)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    told = re.fullmatch(r"80 bars, (\d+) executions", lines[0])
    assert told is not None
    assert int(told[1]) > 0
    assert lines[1].startswith("equity 1,000,000.00 -> ")
    assert picture.exists() == plots
    if plots:
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_command_line_without_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ibapi_port"], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert "simulate" in done.stderr
