"""Runs each program on the official client of its generation, and unedited on this package; see
README.md here.

usage: run.py [--record] [PROGRAM ...]
Prints a line a run, and a diff where the outputs differ; exit status 1 then. --record: keep the
official outputs in expected/.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "interop")]

from environments import environments, python_of  # noqa: E402 - of tests/interop
from session import PROGRAMS, Program, explained, output, ways  # noqa: E402 - beside this script


def compare(program: Program, root: Path, record: bool) -> int:
    """How many ways of running it differ from the official client."""
    official = output(program, python_of(f"official-{program.generation}", root), [program.path])
    if "\nexit status " in official or "TIMED OUT" in official:
        print(f"{program.name:8} official {program.generation} failed:\n{official}")
        return 1
    if record:
        program.expected.parent.mkdir(exist_ok=True)
        program.expected.write_text(official)
    elif program.expected.read_text() != official:
        print(
            f"{program.name:8} official {program.generation} prints other things than were recorded"
        )
    differing = 0
    for way, arguments in ways(program).items():
        printed = output(program, sys.executable, arguments)
        ours = explained(program, way, official, printed)
        lines, printed_lines, our_lines = (
            text.splitlines(keepends=True) for text in (official, printed, ours)
        )
        known = sum(a != b for a, b in zip(printed_lines, our_lines, strict=True))
        differing += ours != official
        verdict = "the same" if ours == official else "DIFFER"
        print(
            f"{program.name:6} official {program.generation:5} and {way:23}: {verdict}, {len(lines)} lines, {known} known to differ"
        )
        sys.stdout.writelines(difflib.unified_diff(lines, our_lines, "official", "ibapi_port", n=1))
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "programs",
        nargs="*",
        metavar="PROGRAM",
        help=", ".join(program.name for program in PROGRAMS),
    )
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    with environments() as root:
        chosen = [
            program
            for program in PROGRAMS
            if not options.programs or program.name in options.programs
        ]
        return 1 if sum(compare(program, root, options.record) for program in chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
