"""Files of Java's Properties, as IBC's config.ini is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPACE = " \t\f"
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def properties(data: bytes) -> list[tuple[int, str, str]]:
    """Return the settings of a file, in their order: line, name and value.

    Java reads such a file as Latin-1; one that is UTF-8 is read as that. A backslash escapes: it is
    written twice where one is meant. Blanks around a value are not part of it. Raise ValueError for
    a file that is no text.
    """
    if b"\0" in data:
        raise ValueError("it is no text in UTF-8 or Latin-1; is it UTF-16?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return [(number, *_pair(line)) for number, line in _logical_lines(text)]


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines without comments, each joined with those that it goes on in."""
    held = ""
    first = 0
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = line.lstrip(_SPACE)
        if not held and (not line or line[0] in "#!"):
            continue
        first = first or number
        held += line
        backslashes = len(held) - len(held.rstrip("\\"))
        if backslashes % 2:
            held = held[:-1]
        else:
            yield first, held
            held = ""
            first = 0
    if held:
        yield first, held


def _pair(line: str) -> tuple[str, str]:
    found = re.match(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)", line, re.DOTALL)
    assert found is not None  # all of it may be empty
    name, value = found.groups()
    return _unescaped(name), _unescaped(re.sub(r"(?<!\\)[ \t\f]+$", "", value))


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code[1:], 16)) if len(code) > 1 else _LETTERS.get(code, code)

    return _ESCAPE.sub(one, text)
