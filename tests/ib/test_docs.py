"""The examples of docs/ib.md run as they stand, on a simulated TWS."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ibapi_port.simulator import SimulatedTws

TEXT = (Path(__file__).parents[2] / "docs" / "ib.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("n", range(len(EXAMPLES)))
def test_an_example_runs(n: int, tws: SimulatedTws, capsys: pytest.CaptureFixture[str]) -> None:
    source = EXAMPLES[n].replace("7497", str(tws.port))
    exec(compile(source, "docs/ib.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 6
