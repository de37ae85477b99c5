"""A type checker accepts a program in the style of older generations."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from .helpers import ROOT, python


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
@pytest.mark.timeout(240)
def test_mypy_accepts_a_program_in_the_older_style(tmp_path: Path) -> None:
    done = python(
        "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", str(tmp_path), str(ROOT / "tests" / "typing" / "legacy_style.py"),
        limit=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
