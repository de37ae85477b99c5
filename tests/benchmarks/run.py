"""Measure this package beside its peers; see README.md here. usage: run.py [--rounds N] [--page]
[KIND ...]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "interop")]

import page  # noqa: E402 - beside this script
from environments import environments  # noqa: E402 - of tests/interop
from evidence import put_numbers  # noqa: E402 - of tests
from kinds import KINDS, LIMIT, measure  # noqa: E402 - beside this script


def best(rows: list[list[float]]) -> list[float]:
    """Return the lowest of the runs' numbers; none, if no run came to its end. What else the
    machine does can only make a run slower.
    """
    return [min(column) for column in zip(*rows, strict=True)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help=f"{', '.join(KINDS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--page", action="store_true", help="keep the numbers in docs/evidence, and write its page"
    )
    options = parser.parse_args()
    with environments() as root:
        for what in options.what or KINDS:
            kind = KINDS[what]
            runs: dict[str, list[list[float]]] = {name: [] for name in kind.peers}
            slow: set[str] = set()
            for _ in range(
                options.rounds
            ):  # in turn, so that what the machine does besides meets all of them
                for name in kind.peers:
                    numbers = None if name in slow else measure(name, kind, root)
                    if numbers is None:
                        slow.add(name)
                    else:
                        runs[name].append(numbers)
            bests = {name: best(rows) for name, rows in runs.items()}
            for name, found in bests.items():
                shown = kind.show(found) if found else f"not done after {LIMIT} s"
                print(f"{what:10} {name:15} {shown}", flush=True)
            if options.page:
                whole = {name: found for name, found in bests.items() if found}
                put_numbers(page.NUMBERS, what, options.rounds, whole)
                page.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
