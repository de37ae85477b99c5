"""Tables of measurements, put into the pages of docs/evidence that show them."""

from __future__ import annotations

from pathlib import Path


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
