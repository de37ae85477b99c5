"""The commands that the pages and the README show are there, with their options."""

from __future__ import annotations

import re
import shlex
from functools import cache

import pytest

from ibapi_port._command.completion import options_of
from ibapi_port._command.table import COMMANDS

from .blocks import ROOT, pages

# in a block, or as `code` in a sentence
_SHOWN = re.compile(r"(?:ibapi-port|(?<!-X )python -m ibapi_port)\s+([^`#|>\n]*)")
_OF_NO_COMMAND = {"--help", "--version", "COMMAND", ""}


def shown(text: str) -> list[list[str]]:
    """Return the words of each command that a page shows, without the program's name."""
    found = []
    for match in _SHOWN.finditer(text):
        try:
            words = shlex.split(match[1])
        except ValueError:  # a quotation mark that begins within the code and ends after it
            words = match[1].split()
        if words and words[0].rstrip(".,;:)") not in _OF_NO_COMMAND:
            found.append(words)
    return found


@cache
def flags(name: str) -> set[str]:
    return {option.flag for option in options_of(COMMANDS[name])}


PAGES = [page for page in pages() if shown(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page_are_there(page: object) -> None:
    for name, *words in shown(page.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
        assert name in COMMANDS, name
        if COMMANDS[name].runs_program:
            continue  # what follows the program's name is the program's
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= flags(name), f"{name}: {given - flags(name)}"


def test_what_is_not_there_is_found() -> None:
    assert shown("`ibapi-port simulate --port 1`, python -m ibapi_port tap --to x # --y") == [
        ["simulate", "--port", "1"],
        ["tap", "--to", "x"],
    ]
