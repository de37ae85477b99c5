"""python -m ibapi_port errors [CODE | WORDS]: what the codes of TWS mean, and what helps."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

from .._terminal import Parser, program
from . import EFFECTS, Advice, codes, lookup, meanings, near, search

WIDTH = 96
_INDENT = "          "


def main(arguments: Sequence[str]) -> int:
    """Print what was asked for; return 0, or 1 if a code or words are not known."""
    parser = Parser(
        prog=program("errors"),
        description="What the codes of TWS and of the client mean, and what helps.",
        epilog="Without a code, all are printed. A text behind a code chooses among its meanings: "
        "errors 162 no data. The exit status is 1 if a code or words are not known.",
    )
    parser.add_argument("what", nargs="*", metavar="CODE|WORDS", help="a code, or words to find")
    parser.add_argument("--json", action="store_true", help="print a list of JSON objects")
    options = parser.parse_args(list(arguments))
    code = _code(options.what)
    if code is not None:
        text = " ".join(options.what[1:])
        found = _of_code(code, text)
    else:
        found = search(" ".join(options.what))
    if options.json:
        print(json.dumps([_as_dict(advice) for advice in found], indent=2))
    elif found and code is not None:
        print(_one(found))
    elif found:
        print(_all(found))
    elif code is not None:
        print(f"{code}: this code is not known. Near it are:\n")
        print("\n".join(_row(meanings(other)[0]) for other in near(code)))
    else:
        print(f"No code has these words: {' '.join(options.what)}")
    return 0 if found else 1


def _code(what: Sequence[str]) -> int | None:
    if not what:
        return None
    text = what[0].lstrip("-+")
    return int(text) if text.isascii() and text.isdigit() else None


def _of_code(code: int, text: str) -> list[Advice]:
    if not text:
        return meanings(code)
    advice = lookup(code, text)
    return [advice] if advice is not None else []


def _as_dict(advice: Advice) -> dict[str, object]:
    return {**advice._asdict(), "words": list(advice.words), "is_warning": advice.is_warning}


def _one(found: Sequence[Advice]) -> str:
    """Return one code with all its meanings."""
    first = found[0]
    lines = [f"{first.code}  ({first.kind})"]
    for advice in found:
        if advice.words:
            said = " or ".join(f'"{word}"' for word in advice.words)
            lines += ["", *_wrapped(f"  If the text says {said}:", "    ")]
        lines += _wrapped(f"  cause:  {advice.cause}", _INDENT)
        lines += _wrapped(f"  cure:   {advice.cure}", _INDENT)
        lines += _wrapped(f"  effect: {advice.effect} ({EFFECTS[advice.effect]})", _INDENT)
    return "\n".join(lines)


def _all(found: Sequence[Advice]) -> str:
    """Return a table, by kind."""
    lines: list[str] = []
    for kind in dict.fromkeys(advice.kind for advice in found):
        lines += ["", kind, "-" * len(kind)]
        lines += [_row(advice) for advice in found if advice.kind == kind]
    if len({advice.code for advice in found}) == len(codes()):
        lines += ["", "errors CODE tells more of one."]
    return "\n".join(lines[1:])


def _row(advice: Advice) -> str:
    mark = f'("{advice.words[0]}") ' if advice.words else ""
    start = f"{advice.code:>6}  {advice.effect:<10}  "
    return "\n".join(_wrapped(f"{start}{mark}{advice.cause}", " " * len(start)))


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


__all__ = ["main"]
