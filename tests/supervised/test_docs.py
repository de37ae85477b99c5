"""The examples of docs/supervised.md run as they stand, on a simulated TWS; what it says of settings
is so.
"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from ibapi_port.simulator import SimulatedTws
from ibapi_port.supervised import Fate, Policy

TEXT = (Path(__file__).parents[2] / "docs" / "supervised.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("n", range(len(EXAMPLES)))
def test_an_example_runs(n: int, tws: SimulatedTws, capsys: pytest.CaptureFixture[str]) -> None:
    source = EXAMPLES[n].replace("7497", str(tws.port))
    exec(compile(source, "docs/supervised.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3


def test_each_setting_is_explained() -> None:
    assert Policy.__doc__ is not None
    for field in fields(Policy):
        assert f"`{field.name}`" in Policy.__doc__ or f"`{field.name}`," in Policy.__doc__


def test_each_fate_is_explained() -> None:
    for fate in Fate:
        assert f"`{fate.name}`" in TEXT
