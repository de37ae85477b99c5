"""The tables of docs/evidence are put there by the programs that measure."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from benchmarks import goals_page, page
from evidence import put_measurement, put_section, put_table

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


def test_a_section_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n## A\n\nold\n\n### part\n\n## B\n\nstays\n\n## C\n", encoding="utf-8"
    )
    put_section(page, "## A", "new\n\n| a |\n")
    put_section(page, "## C", "last")
    assert page.read_text("utf-8") == (
        "# Page\n\n## A\n\nnew\n\n| a |\n\n## B\n\nstays\n\n## C\n\nlast\n"
    )
    with pytest.raises(ValueError, match="has 0 lines '## D'"):
        put_section(page, "## D", "text")


def goals_run(ours: float, p99: float) -> goals_page.Run:
    """A run: processor time of ours beside 20 us of the bare loop, p99 beside 100 us of ib_async."""
    return {
        "steady500": {"ibapi_port": [ours], "bare loop": [20.0], "ib_async": [80.0]},
        "latency2000": {"ibapi_port": [40.0, p99], "ib_async": [50.0, 100.0]},
    }


def test_a_goal_holds_by_the_median_of_its_runs_and_latency_in_each() -> None:
    runs = [goals_run(30.0, 90.0), goals_run(33.0, 101.0), goals_run(30.0, 80.0)]
    found = {goal.text: (values, holds) for goal, values, holds in goals_page.judged(runs)}
    assert found == {
        "processor a message at 500 a second: ibapi_port / bare loop": ([1.5, 1.65, 1.5], True),
        "processor a message at 500 a second: ib_async / ibapi_port": (
            [80 / 30, 80 / 33, 80 / 30],
            True,
        ),
        "wire to callback at 2,000 a second, p50: ib_async 2.1.0 / ibapi_port": ([1.25] * 3, True),
        "wire to callback at 2,000 a second, p99: ib_async 2.1.0 / ibapi_port": (
            [100 / 90, 100 / 101, 1.25],
            False,
        ),
    }
    table = goals_page.goals_table(runs).splitlines()
    assert table[2].endswith("| at most 1.6 | 1.50 | 1.65 | 1.50 | 1.50 | yes |")
    assert table[5].endswith("| at least 1, in each run | 1.11 | 0.99 | 1.25 | 1.11 | **no** |")
    figures = goals_page.figures_table(runs).splitlines()
    assert figures[0] == "| medians | ibapi_port | ib_async 2.1.0 | bare loop by hand |"
    assert figures[2].endswith("us | 30.0 | 80.0 | 20.0 |")
    assert figures[3].endswith("us | 40 / 90 | 50 / 100 |  |")


def test_the_section_of_goals_is_what_its_numbers_say(tmp_path: Path) -> None:
    folder = ROOT / "docs" / "evidence"
    (tmp_path / "limits.md").write_text((folder / "limits.md").read_text("utf-8"), encoding="utf-8")
    goals_page.write(tmp_path, folder / "goals.json")
    assert (tmp_path / "limits.md").read_text("utf-8") == (folder / "limits.md").read_text("utf-8")


def test_goals_are_measured_and_judged(tmp_path: Path) -> None:
    kept = tmp_path / "goals.json"
    command = [
        sys.executable,
        str(ROOT / "tests" / "benchmarks" / "goals.py"),
        "--short",
        "--alone",
    ]
    command += ["--runs", "1", "--python", sys.executable, "--json", str(kept)]
    done = subprocess.run(
        [*command, "steady5000", "order-above"],
        env={**os.environ, "IBAPI_PORT_ENVIRONMENTS": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=50,
    )
    (run,) = json.loads(kept.read_text("utf-8"))["runs"]
    above, whole, alone = run["order-above"]["ibapi_port"]
    assert whole > alone > 0
    assert 0 < above < whole
    assert run["steady5000"].keys() == {"bare loop", "ibapi_port"}
    assert all(0 < numbers[0] < 10_000 for numbers in run["steady5000"].values())
    judged = goals_page.judged([run])
    assert len(judged) == 2
    assert done.returncode == (0 if all(holds for _, _, holds in judged) else 1), done.stderr
    assert "| placeOrder above its bare sendall, us | at most 5 |" in done.stdout
