"""The same suite on official clients: `compare.py [--markdown FILE] [--full] [--only R17 ...]
[CLIENT ...]`. Prints a table.

Each case runs in a process of its own with a deadline, each client in an environment of its own
(tests/interop/environments.py), which needs a package index. A case that does not end is a failure:
the program would hang.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "interop")]

from environments import environments, python_of  # noqa: E402 - made findable above
from evidence import put_measurement  # noqa: E402

from reliability import cases  # noqa: E402
from reliability.bench import CASES  # noqa: E402
from reliability.outcome import Outcome, run_case  # noqa: E402
from reliability.titles import TITLES  # noqa: E402

assert cases
OURS = "ibapi_port"
OFFICIAL = (
    "official-10.51",
    "official-10.46",
    "official-10.37",
    "official-10.30",
    "official-10.19",
    "official-9.81",
)
MARKS = {"pass": "yes", "fail": "no", "hang": "hangs", "n/a": "-"}


def run_all(
    python: str, package: str, rows: list[str], full: bool, workers: int
) -> dict[str, Outcome]:
    """The outcomes of a package; foreign clients get less time, for they hang rather than being
    slow.
    """
    wait, deadline = (20, 120) if package == OURS else (5, 60)

    def one(row: str) -> Outcome:
        return run_case(python, package, row, 1800 if full else deadline, wait, full)

    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(rows, pool.map(one, rows), strict=True))


def table(results: dict[str, dict[str, Outcome]], rows: list[str]) -> str:
    """Markdown."""
    names = list(results)
    lines = [
        "| row | what happens | " + " | ".join(name.replace("-", " ") for name in names) + " |",
        "|---|---|" + "---|" * len(names),
    ]
    for row in rows:
        lines.append(
            f"| {row} | {TITLES[row]} | "
            + " | ".join(MARKS[results[name][row].outcome] for name in names)
            + " |"
        )
    score = [
        f"{sum(o.outcome == 'pass' for o in of.values())} of {sum(o.outcome != 'n/a' for o in of.values())}"
        for of in results.values()
    ]
    return "\n".join([*lines, "| | held | " + " | ".join(score) + " |"])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "clients",
        nargs="*",
        metavar="CLIENT",
        help=f"{OURS}, {', '.join(OFFICIAL)}; all by default",
    )
    parser.add_argument("--only", action="append", metavar="ROW")
    parser.add_argument(
        "--full", action="store_true", help="the rows that count in thousands in full"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        help="cases at the same time; more than one spoils what is measured",
    )
    parser.add_argument(
        "--markdown", metavar="FILE", help="put the table there too (docs/evidence/reliability.md)"
    )
    options = parser.parse_args()
    rows = options.only or sorted(CASES)
    results: dict[str, dict[str, Outcome]] = {}
    with environments() as root:
        for name in options.clients or [OURS, *OFFICIAL]:
            python, package = (
                (sys.executable, OURS) if name == OURS else (python_of(name, root), "ibapi")
            )
            results[name] = run_all(python, package, rows, options.full, options.workers)
            for row, outcome in results[name].items():
                if outcome.outcome in ("fail", "hang"):
                    print(f"{name} {row} {outcome.outcome}: {outcome.why}", flush=True)
    text = table(results, rows)
    print(text)
    if options.markdown:
        by = "tests/reliability/compare.py"
        put_measurement(Path(options.markdown), text, by)
    return int(any(o.outcome in ("fail", "hang") for o in results.get(OURS, {}).values()))


if __name__ == "__main__":
    sys.exit(main())
