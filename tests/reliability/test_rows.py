"""Every row of the list of faults, each a test of its own: `pytest -k R17`. What a row asks is in
cases/; README.md here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from machine import slowness

from . import cases
from .ahead import Ahead
from .bench import CASES
from .cases.values import READ, REFUSED, UNSET
from .outcome import Outcome, run_case
from .titles import TITLES

assert cases

ROWS = sorted(CASES)
FULL = bool(os.environ.get("RELIABILITY_FULL"))
DEADLINE = 1800 if FULL else 50  # seconds of a case
# These measure time by the clock: each has the machine for itself, after all others.
ALONE = ("R05", "R06", "R42")
FIRST = ("R72", "R59", "R70", "R62", "R41")  # these wait longest


def test_the_list_is_whole() -> None:
    """R52 is of the HTTP interface, which does not exist yet."""
    assert [f"R{n:02}" for n in range(1, 73) if n != 52] == ROWS


def test_the_readme_has_every_row_and_value() -> None:
    lines = (Path(__file__).parent / "README.md").read_text(encoding="utf-8").splitlines()
    for row in ROWS:
        assert f"| {row} | {TITLES[row]} |" in lines
    table = lines[lines.index("| field | text | the callback gets |") + 2 :]
    assert table == [
        f"| {field} | {text_shown(text)} | {value_shown(value)} |" for field, text, value in READ
    ]


def text_shown(text: str) -> str:
    return "(empty)" if not text else "5,000 nines" if len(text) > 100 else f"`{text}`"


def value_shown(value: Any) -> str:
    if value == UNSET:
        return "the UNSET_ value"
    if value == REFUSED:
        return "error 508"
    return "`NaN`" if value != value else "5,000 nines" if len(str(value)) > 100 else f"`{value}`"


def run(row: str) -> Outcome:
    soon = 2 * slowness()  # now: rows run side by side
    return run_case(sys.executable, "ibapi_port", row, DEADLINE, wait=20, full=FULL, soon=soon)


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[Ahead[Outcome]]:
    """The outcomes of rows: those that are to be tested run several at a time."""
    asked = [
        item.callspec.params["row"]  # type: ignore[attr-defined]
        for item in request.session.items
        if getattr(item, "function", None) is test_row
    ]
    asked.sort(key=lambda row: row not in FIRST)
    ahead = Ahead(run, [] if FULL else asked, 2 * (os.cpu_count() or 1))
    yield ahead
    ahead.close()


@pytest.mark.timeout(DEADLINE + 10)
@pytest.mark.parametrize("row", [row for row in ROWS if row not in ALONE])
def test_row(row: str, outcomes: Ahead[Outcome]) -> None:
    check(row, outcomes.outcome(row))


@pytest.mark.alone
@pytest.mark.timeout(DEADLINE + 10)
@pytest.mark.parametrize("row", ALONE)
def test_row_alone(row: str) -> None:
    check(row, run(row))


def check(row: str, outcome: Outcome) -> None:
    if outcome.outcome == "n/a":
        pytest.skip(outcome.why)
    assert outcome.outcome == "pass", f"{row}: {outcome.why}\n{outcome.output[-3000:]}"
