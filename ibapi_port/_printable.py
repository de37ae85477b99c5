"""Texts of the other side, fit for a terminal and for a log.

What TWS or a client sends may hold control characters, line breaks and marks that turn the
direction of writing. Printed as they are, they move the cursor, forge lines of a log, or hide what
is there.
"""

from __future__ import annotations

import logging
from types import TracebackType
from typing import TypeAlias

_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]
_DELETE = "\x7f"  # the one control character that JSON in ASCII leaves as it is


def printable(text: object) -> str:
    """Return `str(text)` on one line, each character that cannot be printed as its escape: \\x1b,
    \\u202e, \\n.
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in shown)


def printable_lines(text: object) -> str:
    """Return the same for a text of our own that may have several lines: its line feeds stay."""
    return "\n".join(map(printable, str(text).split("\n")))


def json_line(content: object, *, ascii_only: bool = True, short: bool = False) -> str:
    """Return JSON on one line, without the line's end: in ASCII, or with all characters that can be
    printed.

    `short`: no spaces between the values.
    """
    from json import dumps  # late: the client, which logs, has no use for it

    separators = (",", ":") if short else (", ", ": ")
    text = dumps(content, ensure_ascii=ascii_only, separators=separators)
    if text.isprintable():
        return text
    shown = "".join(one if one.isprintable() else dumps(one)[1:-1] for one in text)
    return shown.replace(_DELETE, "\\u007f")


def make_printable(record: logging.LogRecord) -> None:
    """Make a log record's message and traceback printable; one that is printable already stays as
    it is.
    """
    try:
        message = record.getMessage()
    except Exception:
        # A program may log here too, with arguments that do not fit its text. Its handlers tell it,
        # as they do elsewhere; raised here, it would reach the call that logs.
        return
    if not message.isprintable():
        record.msg = printable(message)
        record.args = ()
    if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
        record.exc_text = _traceback(record.exc_info)


class PrintableLog(logging.Filter):
    """Makes each record of a logger printable. It drops none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Make it printable, and return True."""
        make_printable(record)
        return True


def _traceback(exc_info: _ExcInfo) -> str:
    """Return the traceback as logging shows it; the exceptions' texts, which may quote the other
    side, on one line each.

    Entries that begin with a space or a line feed are frames and the words between two exceptions.
    """
    from traceback import format_exception

    shown = []
    for entry in format_exception(*exc_info):
        own = entry.startswith((" ", "\n", "Traceback (most recent call last):\n"))
        shown.append(printable_lines(entry) if own else f"{printable(entry[:-1])}\n")
    return "".join(shown).rstrip("\n")
