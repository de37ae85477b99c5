"""The Python blocks of the pages and of the README.

A comment before a block says what it needs: `<!-- given: app -->` (names of `given.py`), `<!-- goes
on -->` (it continues the block before it), `<!-- not run: why -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"(?:<!-- (?P<note>[^>]*) -->\n)?"
    r"```(?:python|\{code-block\} python\n:caption: (?P<caption>\S+)\n)\n(?P<text>.*?)```",
    re.DOTALL,
)


class Block(NamedTuple):
    """A program of a page. `text` has the blocks before it that it continues."""

    page: str
    number: int
    caption: str
    given: tuple[str, ...]
    not_run: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.caption or self.number}"


def pages() -> list[Path]:
    """All pages that people write."""
    found = [path for path in (ROOT / "docs").rglob("*.md") if "generated" not in path.parts]
    return [ROOT / "README.md", *sorted(path for path in found if "_build" not in path.parts)]


def blocks(page: Path) -> Iterator[Block]:
    before = ""
    given: tuple[str, ...] = ()
    for number, match in enumerate(_BLOCK.finditer(page.read_text(encoding="utf-8"))):
        note = match["note"] or ""
        kind, _, rest = note.partition(":")
        text = match["text"]
        if kind == "goes on":
            text = before + "\n" + text
        else:
            given = tuple(rest.split()) if kind == "given" else ()
        before = text
        not_run = rest.strip() if kind == "not run" else ""
        name = page.relative_to(ROOT).as_posix().removeprefix("docs/")
        yield Block(name, number, match["caption"] or "", given, not_run, text)


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]
