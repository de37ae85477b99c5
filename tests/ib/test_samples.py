"""The samples of IB and AsyncIB, each run against a simulated TWS, and what they are like."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import tokenize
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest
from reliability.hostile import WAIT

from ibapi_port.ib import BarData, Stock
from ibapi_port.simulator import SimulatedTws

SAMPLES = Path(__file__).parents[2] / "samples"
LINES = {  # of code: what the same job takes with ib_async 2.1.0
    "history_to_csv.py": 10,
    "quotes.py": 16,
    "bracket.py": 20,
    "option_chain.py": 18,
    "account.py": 13,
    "asyncio_streams.py": 21,
    "notebook.ipynb": 11,
    "histories_with_pacing.py": 25,
    "typed_strategy.py": 33,
    "session.py": 37,
}


@pytest.fixture
def tws() -> Iterator[SimulatedTws]:
    with SimulatedTws(tick_interval=0.05) as server:
        yield server


@pytest.fixture
def run(
    tws: SimulatedTws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str], list[str]]:
    """Return what runs a sample and returns the lines that it has printed."""
    monkeypatch.chdir(tmp_path)

    def run_it(name: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", [name, tws.host, str(tws.port)])
        said = io.StringIO()
        with redirect_stdout(said):
            runpy.run_path(str(SAMPLES / name), run_name="__main__")
        return said.getvalue().splitlines()

    return run_it


def test_history_to_csv(run: Callable[[str], list[str]], tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    said = run("history_to_csv.py")
    assert len(said) == 5
    for line in said:
        name, bars = line.removesuffix(" bars").split(": ")
        head, *rows = (tmp_path / name).read_text().splitlines()
        assert head.startswith("date,open,high,low,close,volume")
        assert len(rows) == int(bars) > 200


class Interrupting(io.StringIO):
    """What is printed; when it is enough there is a Ctrl-C, while the program waits for more."""

    def __init__(self, enough: Callable[[str], bool]) -> None:
        super().__init__()
        self._enough = enough
        self.reached = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if not self.reached.is_set() and self._enough(self.getvalue()):
            self.reached.set()
        return written


@contextmanager
def interrupted(enough: Callable[[str], bool]) -> Iterator[Interrupting]:
    """Catch what is printed, and send a Ctrl-C when it is enough."""
    said = Interrupting(enough)
    over = threading.Event()

    def press() -> None:
        if said.reached.wait(WAIT) and not over.is_set():
            os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with redirect_stdout(said):
            pressing.start()
            yield said
    finally:
        over.set()
        said.reached.set()
        pressing.join()
        signal.signal(signal.SIGINT, before)


def run_until(
    name: str, tws: SimulatedTws, monkeypatch: pytest.MonkeyPatch, *wanted: str
) -> list[str]:
    """Run a sample until all that is wanted was printed. Return the lines."""
    monkeypatch.setattr(sys, "argv", [name, tws.host, str(tws.port)])
    with interrupted(lambda text: all(each in text for each in wanted)) as said:
        runpy.run_path(str(SAMPLES / name), run_name="__main__")
    return said.getvalue().splitlines()


def test_quotes(tws: SimulatedTws, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run_until("quotes.py", tws, monkeypatch, "AAPL 2", "MSFT 4", "NVDA 1")
    assert {line.split()[0] for line in lines} == {"AAPL", "MSFT", "NVDA"}


def test_asyncio_streams(tws: SimulatedTws, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ("AAPL 2", "MSFT 4", "bars, the last one closes at ")
    lines = run_until("asyncio_streams.py", tws, monkeypatch, *wanted)
    assert int(next(line for line in lines if "bars" in line).split()[0]) > 200


def test_bracket(run: Callable[[str], list[str]]) -> None:
    filled, commission, profit, stop = run("bracket.py")
    assert filled.startswith("Filled: 10 at 2")
    assert float(commission.removeprefix("Commission: ")) > 0
    assert profit in ("LMT: PreSubmitted", "LMT: Submitted")
    assert stop == "STP: PreSubmitted"


def test_option_chain(run: Callable[[str], list[str]]) -> None:
    pytest.importorskip("pandas")
    head, *rows = run("option_chain.py")
    assert head.split() == ["expiration", "strike", "right", "bid", "ask", "impliedVol", "delta"]
    assert len(rows) == 20
    for row in rows:
        delta = float(row.split()[-1])
        assert -1 <= delta <= 1
        assert (delta > 0) == (" C " in row)


def test_account(run: Callable[[str], list[str]]) -> None:
    run("bracket.py")
    said = run("account.py")
    assert [line.split()[1] for line in said[:4]] == [
        "tag", "BuyingPower", "NetLiquidation", "TotalCashValue",
    ]  # fmt: skip
    assert said[4].startswith("AAPL 10 ")


def test_histories_with_pacing(run: Callable[[str], list[str]]) -> None:
    (said,) = run("histories_with_pacing.py")[-1:]
    assert said.startswith(f"[{'#' * 25}] 100 of 100, ")


def test_typed_strategy(run: Callable[[str], list[str]]) -> None:
    first = run("typed_strategy.py")
    assert ("BUY 10 AAPL MKT, Filled" in first[-1]) or first == ["Nothing to do."]
    assert run("typed_strategy.py") == ["Nothing to do."]


@pytest.mark.parametrize(
    ("last", "held", "action"),
    [(2.0, False, "BUY"), (2.0, True, None), (0.5, False, None), (0.5, True, "SELL")],
)
def test_what_the_typed_strategy_does(last: float, held: bool, action: str | None) -> None:
    crossover = runpy.run_path(str(SAMPLES / "typed_strategy.py"), run_name="sample")["Crossover"]
    bars = [BarData(close=1.0)] * 30 + [BarData(close=last)] * 5
    assert crossover(Stock("AAPL"), 10).action(bars, held) == action


def test_session(run: Callable[[str], list[str]]) -> None:
    said = "\n".join(run("session.py"))
    at = 0
    for step in (
        "Connected: server version 187, accounts ['DU1234567']",
        "Contract: AAPL conId 265598, APPLE INC, 0.01",
        "Quote: Tick(tickType=",
        "Bar: 20",
        "Execution: BOT 100 at 2",
        "BUY 1 AAPL LMT, Cancelled, filled 0)",
        "BUY 100 AAPL MKT, Filled, filled 100)",
        "commission 1.0",
        "Position of DU1234567: 100 AAPL",
    ):
        assert step in said[at:], f"{step} is missing after:\n{said[:at]}"
        at = said.index(step, at)
    assert said.count("Quote: ") == 12


def cells() -> list[str]:
    """Return the code of the notebook, cell by cell."""
    notebook = json.loads((SAMPLES / "notebook.ipynb").read_text(encoding="utf-8"))
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    return ["".join(each["source"]) for each in notebook["cells"] if each["cell_type"] == "code"]


def test_notebook(tws: SimulatedTws, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib").use("Agg")
    shown: list[str] = []
    names: dict[str, object] = {}
    for cell in cells():
        *statements, last = ast.parse(cell.replace("7497", str(tws.port))).body
        assert isinstance(last, ast.Expr)
        exec(compile(ast.Module(statements, []), "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        html = getattr(value, "_repr_html_", None)
        shown.append(str(value) if html is None else html())
    summary, prices, chart, quotes, end = shown
    assert "NetLiquidation" in summary
    assert "mean" in prices
    assert "Axes" in chart
    assert "MSFT" in quotes
    assert end == "None"


def lines_of_code(source: str) -> int:
    """Return how many lines have code: no blank ones, comments or docstrings."""
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
             tokenize.ENDMARKER)  # fmt: skip
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in blank:
            found.update(range(token.start[0], token.end[0] + 1))
    first = ast.parse(source).body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        found.difference_update(range(first.lineno, (first.end_lineno or 0) + 1))
    return len(found)


@pytest.mark.parametrize("name", LINES)
def test_a_sample_is_no_longer_than_with_ib_async(name: str) -> None:
    source = (SAMPLES / name).read_text(encoding="utf-8")
    assert lines_of_code("\n".join(cells()) if name.endswith(".ipynb") else source) <= LINES[name]


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
@pytest.mark.timeout(300)
def test_mypy_accepts_the_samples(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    notebook = tmp_path / "notebook.py"  # what a cell shows is no statement
    notebook.write_text("\n".join(cells()))
    files = [str(SAMPLES / name) for name in LINES if name.endswith(".py")]
    # with the settings of the project, and its cache: it takes seconds without one
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *files, str(notebook)],
        cwd=SAMPLES.parent,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
