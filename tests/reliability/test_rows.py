"""Every row of the list of faults, each a test of its own: `pytest -k R17`. What a row asks is in cases/; README.md here."""

from __future__ import annotations

import os
import sys

import pytest

from . import cases
from .bench import CASES
from .outcome import run_case

assert cases

ROWS = sorted(CASES)
FULL = bool(os.environ.get("RELIABILITY_FULL"))
DEADLINE = 1800 if FULL else 50  # seconds of a case


def test_the_list_is_whole() -> None:
    """R52 is of the HTTP interface, which does not exist yet."""
    assert [f"R{n:02}" for n in range(1, 55) if n != 52] == ROWS


@pytest.mark.timeout(DEADLINE + 10)
@pytest.mark.parametrize("row", ROWS)
def test_row(row: str) -> None:
    outcome = run_case(sys.executable, "ibapi_port", row, DEADLINE, wait=20, full=FULL)
    if outcome.outcome == "n/a":
        pytest.skip(outcome.why)
    assert outcome.outcome == "pass", f"{row}: {outcome.why}\n{outcome.output[-3000:]}"
