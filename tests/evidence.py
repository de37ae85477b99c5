"""Measurements: numbers kept as JSON, and tables put into the pages of docs/evidence that show them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any


def machine() -> str:
    """Return what this program measures on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def put_measurement(page: Path, table: str, by: str) -> None:
    """Put a table into a page, and into its line "Measured ..." when, on what and by which program
    it was measured. A new page gets the table alone.
    """
    is_new = not page.exists()
    put_table(page, table)
    if not is_new:
        put_line(page, "Measured ", f"Measured {date.today().isoformat()}, {machine()}, by `{by}`.")


def put_table(page: Path, table: str) -> None:
    """Put a table into a page in place of the one that is there; a new page is the table alone."""
    lines = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
    rows = [n for n, line in enumerate(lines) if line.startswith("|")]
    if rows:
        if rows != list(range(rows[0], rows[-1] + 1)):
            raise ValueError(f"{page} has more than one table")
        lines[rows[0] : rows[-1] + 1] = table.strip().splitlines()
    else:
        lines += table.strip().splitlines()
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def put_line(page: Path, start: str, line: str) -> None:
    """Put a line into a page in place of the one that starts so. ValueError: there is not one."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found = [n for n, old in enumerate(lines) if old.startswith(start)]
    if len(found) != 1:
        raise ValueError(f"{page} has {len(found)} lines that start with {start!r}")
    lines[found[0]] = line
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def put_section(page: Path, heading: str, text: str) -> None:
    """Put a text below a heading in place of all that is there up to the next heading of its level.
    ValueError: the page has not got that heading once.
    """
    level = heading.split(" ")[0] + " "
    lines = page.read_text(encoding="utf-8").splitlines()
    if lines.count(heading) != 1:
        raise ValueError(f"{page} has {lines.count(heading)} lines {heading!r}")
    start = lines.index(heading) + 1
    end = next((n for n in range(start, len(lines)) if lines[n].startswith(level)), len(lines))
    rest = ["", *lines[end:]] if end < len(lines) else []
    new = [*lines[:start], "", *text.strip().splitlines(), *rest]
    page.write_text("\n".join(new) + "\n", encoding="utf-8")


def load_numbers(path: Path) -> dict[str, Any]:
    """Return the numbers of a file by kind of measurement; none, if there is no such file."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def put_numbers(path: Path, kind: str, rounds: int, best: Mapping[str, Sequence[float]]) -> None:
    """Put the numbers of one kind, the best of some rounds, in place of older ones."""
    found = load_numbers(path)
    found[kind] = {
        "measured": date.today().isoformat(),
        "machine": machine(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "of": f"the best of {rounds} runs",
        "numbers": {
            name: [float(f"{number:.4g}") for number in numbers] for name, numbers in best.items()
        },
    }
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
