"""The tables of docs/evidence are put there by the programs that measure."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from benchmarks import page
from evidence import put_measurement, put_table

from .blocks import ROOT

PAGES = ["interop.md", "reliability.md", "speed.md"]
TABLE = "| a | b |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.parametrize("name", PAGES)
def test_a_table_takes_the_place_of_the_old_one(name: str, tmp_path: Path) -> None:
    old = (ROOT / "docs" / "evidence" / name).read_text(encoding="utf-8")
    page = tmp_path / name
    page.write_text(old, encoding="utf-8")
    put_table(page, TABLE + "\n")
    new = page.read_text(encoding="utf-8")
    assert TABLE in new
    assert [line for line in new.splitlines() if line.startswith("|")] == TABLE.splitlines()
    assert [line for line in old.splitlines() if not line.startswith("|")] == [
        line for line in new.splitlines() if not line.startswith("|")
    ]


def test_a_page_of_its_own(tmp_path: Path) -> None:
    put_table(tmp_path / "new.md", TABLE)
    assert (tmp_path / "new.md").read_text(encoding="utf-8") == TABLE + "\n"


def test_a_page_with_two_tables_is_not_touched(tmp_path: Path) -> None:
    page = tmp_path / "two.md"
    page.write_text(f"{TABLE}\n\n{TABLE}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="more than one table"):
        put_table(page, TABLE)
    assert page.read_text(encoding="utf-8") == f"{TABLE}\n\n{TABLE}\n"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_when_and_on_what_it_was_measured(name: str, tmp_path: Path) -> None:
    page = tmp_path / name
    page.write_text((ROOT / "docs" / "evidence" / name).read_text("utf-8"), encoding="utf-8")
    put_measurement(page, TABLE, "tests/a.py")
    (line,) = [one for one in page.read_text("utf-8").splitlines() if one.startswith("Measured ")]
    assert date.today().isoformat() in line
    assert "by `tests/a.py`." in line


NUMBERS = {
    "inbound": {
        "measured": "2026-11-29",
        "machine": "CPython, 2 cores",
        "of": "the best of 3 runs",
        "numbers": {"ibapi_port": [0.25], "official-9.81": [2.0]},
    },
    "roundtrip": {
        "measured": "2026-11-28",
        "machine": "CPython, 2 cores",
        "of": "the best of 3 runs",
        "load": 1.5,
        "numbers": {"ibapi_port": [75e-6, 111e-6]},
    },
}


def test_the_page_of_speed_is_made_of_numbers(tmp_path: Path) -> None:
    old = (ROOT / "docs" / "evidence" / "speed.md").read_text("utf-8")
    (tmp_path / "speed.md").write_text(old, encoding="utf-8")
    (tmp_path / "speed.json").write_text(json.dumps(NUMBERS), encoding="utf-8")
    page.write(tmp_path, tmp_path / "speed.json")
    new = (tmp_path / "speed.md").read_text("utf-8")
    rows = [line for line in new.splitlines() if line.startswith("| ")][1:]
    assert [cell.strip(" |") for cell in rows[0].split(" | ")][1:] == ["800,000", "100,000"]
    assert rows[1].split(" | ")[1] == "75 / 111"
    assert len(rows) == 2
    assert "Measured 2026-11-29, CPython, 2 cores, the best of 3 runs; 2026-11-28, " in new
    assert "runs. The load average of the machine was 1.5 to 1.5.\n" in new
    drawn = (tmp_path / "speed.svg").read_text("utf-8")
    bars = [int(width) for width in re.findall(r'class="(?:ours|other)".* width="(\d+)"', drawn)]
    assert bars[0] == 8 * bars[1] or abs(bars[0] - 8 * bars[1]) < 8
    assert "ibapi_port 800,000; official 9.81 100,000" in drawn


def test_the_page_of_speed_is_what_its_numbers_say(tmp_path: Path) -> None:
    folder = ROOT / "docs" / "evidence"
    (tmp_path / "speed.md").write_text((folder / "speed.md").read_text("utf-8"), encoding="utf-8")
    page.write(tmp_path, folder / "speed.json")
    for name in ("speed.md", "speed.svg"):
        assert (tmp_path / name).read_text("utf-8") == (folder / name).read_text("utf-8")
