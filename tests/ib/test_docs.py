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


def test_the_example_of_own_data_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    days = "".join(f"202601{day:02},100,101,99,100,1000\n" for day in range(5, 17))
    (tmp_path / "year.csv").write_text(f"date,open,high,low,close,volume\n{days}")
    text = (Path(__file__).parents[2] / "docs" / "own_data.md").read_text(encoding="utf-8")
    found = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    source = next(each for each in found if "ibapi_port.ib" in each)
    exec(compile(source, "docs/own_data.md", "exec"), {"__name__": "__main__"})
    assert "BUY 10 XYZ MKT, Filled, filled 10" in capsys.readouterr().out


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 6
