"""Escapes in texts: of Java, JSON, C and Python (\\n, \\u6237, \\x41, \\101), of addresses (%0A),
of HTML (&#10;).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable

ESCAPE = re.compile(
    r"\\{1,8}(?:u+(?P<u>[0-9A-Fa-f]{4})|U(?P<U>00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})"
    r"|x(?P<x>[0-9A-Fa-f]{2})"
    r"|(?P<octal>[0-7]{1,3})|(?P<letter>[abefnrstv]))|%(?P<percent>[0-9A-Fa-f]{2})"
    r"|&#(?P<decimal>[0-9]{1,7});|&#[xX](?P<hex>[0-9A-Fa-f]{1,6});"
)
_BASES = {"octal": 8, "decimal": 10}
_GAP = "\0"  # what is no part of any word


class Unescaped:
    """A text whose escapes are one character each: `text`."""

    def __init__(self, text: str, character: Callable[[re.Match[str]], str]) -> None:
        self._places = array("q")  # where the escapes stand in `text`
        # how much longer the escaped text is, before the first, after it, ...
        self._shifts = array("q", [0])
        parts, at, shift = list[str](), 0, 0
        for found in ESCAPE.finditer(text):
            parts += [text[at : found.start()], character(found)]
            self._places.append(found.start() - shift)
            shift += found.end() - found.start() - 1
            self._shifts.append(shift)
            at = found.end()
        self.text = "".join([*parts, text[at:]])

    def place(self, at: int) -> int:
        """Return where a character of `text` begins in the escaped text."""
        return at + self._shifts[bisect_left(self._places, at)]


def undone(text: str) -> Unescaped:
    """Return the text with each escape as the character that it means."""
    return Unescaped(text, _meant)


def as_gaps(text: str) -> Unescaped:
    """Return the text with each escape as a gap between words."""
    return Unescaped(text, lambda found: _GAP)


def _meant(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    if kind == "letter":
        return _GAP
    number = int(found[kind], _BASES.get(kind, 16))
    return chr(number) if number <= 0x10FFFF else _GAP
