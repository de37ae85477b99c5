"""Measure the goals of speed side by side, and judge them; see README.md here.

usage: goals.py [--runs N] [--before COMMIT] [--json FILE] [--page] [--short] [--alone]
[--python PATH] [KIND ...]

Exit status 1: a goal that was measured does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE.parent), str(HERE.parent / "interop")]

import goals_page  # noqa: E402 - beside this script
from benchmarks.names import ASYNC, BARE, BEFORE, FLOOR, OFFICIAL_10_46, OURS  # noqa: E402
from environments import environments  # noqa: E402 - of tests/interop
from evidence import machine  # noqa: E402 - of tests
from goals_page import Run  # noqa: E402 - beside this script
from kinds import (  # noqa: E402 - beside this script
    FRAMES,
    KINDS,
    PROTOBUF_VERSION,
    VERSION,
    Kind,
    above_sendall,
    at_rate,
    bursts,
    latencies,
    measure,
)
from simulation import memory_of_watched, orders_a_second, trading_day  # noqa: E402

SIMULATOR = "simulator"
ALONE = (OURS, FLOOR, BARE)  # what needs no other client
SHORT = 0.1  # of the counts, for a look whether all of it works
Numbers = list[float]


@dataclass
class Measured:
    """A kind, in how many rounds a run measures it, and its numbers as they are kept."""

    kind: Kind
    kept: Callable[[Numbers], Numbers]
    rounds: int = 3


def microseconds(numbers: Numbers) -> Numbers:
    return [number * 1e6 for number in numbers]


def start_of(numbers: Numbers) -> Numbers:
    return [number * 1e3 for number in (*numbers, sum(numbers))]


def kinds_of(share: float) -> dict[str, Measured]:
    """What is measured of clients, with so large a share of the counts."""

    def steady(rate: int, frames: int) -> Measured:
        frames = int(frames * share)
        kind = at_rate([BARE, OURS, OFFICIAL_10_46, ASYNC], rate, frames)
        return Measured(kind, lambda numbers: [numbers[0] / frames * 1e6])

    def latency(rate: int, frames: int) -> Measured:
        return Measured(
            latencies([OURS, OFFICIAL_10_46, ASYNC], rate, int(frames * share)), microseconds
        )

    def above(request: str, version: int = VERSION) -> Measured:
        return Measured(above_sendall(request, [OURS, OFFICIAL_10_46], version), microseconds)

    frames = int(FRAMES * share)
    start = KINDS["start"]
    return {
        "steady500": steady(500, 2_000),
        "steady5000": steady(5_000, 15_000),
        "latency2000": latency(2_000, 12_000),
        "latency20000": latency(20_000, 60_000),
        "burst": Measured(bursts([FLOOR, OURS], frames), lambda numbers: [frames / numbers[0]], 5),
        "order-above": above("order"),
        "order225-above": above("order", PROTOBUF_VERSION),
        "mktdata-above": above("mktdata"),
        "mktdata225-above": above("mktdata", PROTOBUF_VERSION),
        "start": Measured(
            Kind("start", [OURS, OFFICIAL_10_46], start.act, start.show), start_of, 5
        ),
    }


def in_turn(measured: Measured, options: argparse.Namespace, root: Path) -> dict[str, Numbers]:
    """The medians of rounds in which each client is measured in turn, the other way round each
    second time, so that what the machine does besides meets all of them.
    """
    peers = [name for name in measured.kind.peers if name in ALONE or not options.alone]
    rows: dict[str, list[Numbers]] = {name: [] for name in peers}
    for _ in range(1 if options.short else measured.rounds):
        for name in peers:
            numbers = measure(name, measured.kind, root, options.python)
            if numbers is None:
                raise SystemExit(f"{name} did not come to an end at {measured.kind.script}")
            rows[name].append(measured.kept(numbers))
        peers.reverse()
    return {
        name: [statistics.median(column) for column in zip(*found, strict=True)]
        for name, found in rows.items()
    }


def simulator(roots: dict[str, Path], share: float) -> Run:
    """What the simulated TWS of each checkout does in a second of its processor time, and its
    memory.
    """
    run: Run = {"ticks": {}, "virtual": {}, "orders": {}, "memory": {}}
    for name, root in roots.items():
        spent, _ = trading_day(root, lambda _, real: real >= 2 * share, warm_up=share)
        run["ticks"][name] = [spent.ticks / spent.processor]
        run["virtual"][name] = [spent.simulated / spent.processor]
    for name, root in roots.items():
        run["orders"][name] = [orders_a_second(root, int(500 * share))]
    for name, root in roots.items():
        run["memory"][name] = [memory_of_watched(root, seconds=600 * share)]
    return run


def is_commit(name: str) -> bool:
    asked = ["git", "-C", str(ROOT), "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}"]
    return subprocess.run(asked, capture_output=True).returncode == 0


@contextmanager
def checkouts(before: str | None) -> Iterator[dict[str, Path]]:
    """This checkout, and that of an older commit in a work tree that is gone afterwards."""
    if before is None:
        yield {OURS: ROOT}
        return
    git = ["git", "-C", str(ROOT), "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "before"
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), before], check=True)
        try:
            yield {OURS: ROOT, BEFORE: tree}
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def measure_run(
    wanted: list[str], options: argparse.Namespace, root: Path, roots: dict[str, Path]
) -> Run:
    """Return what was measured once, each number to four digits."""
    share = SHORT if options.short else 1.0
    kinds = kinds_of(share)
    run: Run = {}
    for what in wanted:
        began = time.perf_counter()
        if what == SIMULATOR:
            run.update(simulator(roots, share))
        else:
            run[what] = in_turn(kinds[what], options, root)
        print(f"  {what}, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return {
        kind: {name: [float(f"{number:.4g}") for number in row] for name, row in by_name.items()}
        for kind, by_name in run.items()
    }


def measure_all(wanted: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Return the runs, and when and on what they were measured, as they are kept."""
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    before = f" --before {options.before}" if options.before else ""
    runs = []
    with environments() as root, checkouts(options.before) as roots:
        for number in range(options.runs):
            print(f"run {number + 1}", file=sys.stderr, flush=True)
            runs.append(measure_run(wanted, options, root, roots))
    return {
        "measured": date.today().isoformat(),
        "machine": machine(),
        "load": load,
        "by": f"python tests/benchmarks/goals.py --runs {options.runs}{before}",
        "runs": runs,
    }


def main() -> int:
    names = [*kinds_of(1.0), SIMULATOR]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help=f"{', '.join(names)} (default: all)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--before", help="an older commit, whose simulated TWS is measured too")
    parser.add_argument("--json", type=Path, help="keep the numbers in this file")
    parser.add_argument(
        "--page", action="store_true", help="keep the numbers in docs/evidence, and write its page"
    )
    parser.add_argument(
        "--short", action="store_true", help="small counts: to try this program, not to measure"
    )
    parser.add_argument("--alone", action="store_true", help="without the other clients")
    parser.add_argument(
        "--python",
        type=os.path.abspath,  # it runs in another folder
        help="what runs this package; else an environment is made",
    )
    options = parser.parse_args()
    wanted = options.what or names
    if unknown := set(wanted) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if options.runs < 1:
        parser.error("--runs must be 1 or more")
    if options.page and (options.what or options.short or options.alone):
        parser.error("--page keeps a whole measurement: without kinds, --short and --alone")
    if options.before and not is_commit(options.before):
        parser.error(f"--before: this checkout knows no commit {options.before}")
    numbers = measure_all(wanted, options)
    for path in [options.json] * bool(options.json) + [goals_page.NUMBERS] * options.page:
        path.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    if options.page:
        goals_page.write()
    print(goals_page.section(numbers))
    missed = [goal for goal, _, holds in goals_page.judged(numbers["runs"]) if not holds]
    print(f"\n{len(missed)} goals do not hold" if missed else "\nAll goals hold")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
