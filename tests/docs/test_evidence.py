"""The tables of docs/evidence are put there by the programs that measure."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence import put_table

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
