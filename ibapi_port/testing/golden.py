"""Golden files: what a session told a program, kept in a file and compared with the next run."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from .matching import Call, ExpectationError, full_text

UPDATE = "--update-golden"


def session_text(calls: Iterable[Call], leave_out: Iterable[str] = ()) -> str:
    """Return callbacks as text, one a line, with all values that are set. `leave_out`: callbacks
    that are not told, and parameters, or attributes of one, that are left out.
    """
    without = frozenset(leave_out)
    lines = [full_text(call, without) for call in calls if call.name not in without]
    return "".join(f"{line}\n" for line in lines)


def compare(path: Path, text: str, update: bool) -> None:
    """Compare a text with that of a file, or write it there. ExpectationError: it is another one,
    or there is no such file.
    """
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    if not path.exists():
        raise ExpectationError(
            f"there is no golden file {path}; run pytest with {UPDATE} to write it, then look at it"
        )
    kept = path.read_text(encoding="utf-8")
    if kept != text:
        difference = difflib.unified_diff(
            kept.splitlines(), text.splitlines(), str(path), "this run", n=2, lineterm=""
        )
        raise ExpectationError(
            f"the session differs from its golden file (if it is meant to, run with {UPDATE}):\n"
            + "\n".join(difference)
        )
