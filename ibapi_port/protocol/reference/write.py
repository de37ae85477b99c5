"""Writes the pages of the reference to files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .pages import pages


def write_pages(folder: str | Path) -> Iterator[str]:
    """Write all pages into a folder, which is made if need be, and yield their paths.

    A page that is there already with the same text is left alone, so that what is built of it is
    not built again.
    """
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    for name, lines in pages().items():
        path = where / name
        text = "\n".join(lines).rstrip() + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        yield str(path)
