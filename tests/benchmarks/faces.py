"""Measure IB and AsyncIB beside ib_async; see README.md here.

usage: faces.py [--rounds N] [--python PATH] [--async-python PATH] [KIND ...]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "interop")]

from environments import environments, python_of  # noqa: E402 - of tests/interop

IB, ASYNC_IB = "IB", "AsyncIB"
THEIRS, THEIRS_ASYNC = "ib_async, blocking", "ib_async, asyncio"
CLIENTS = {
    IB: ("faces_ours.py", "blocking"),
    ASYNC_IB: ("faces_ours.py", "asyncio"),
    THEIRS: ("faces_ib_async.py", "blocking"),
    THEIRS_ASYNC: ("faces_ib_async.py", "asyncio"),
}
BLOCKING_TOO = (IB, THEIRS, ASYNC_IB, THEIRS_ASYNC)
STREAMS = (IB, ASYNC_IB, THEIRS_ASYNC)  # ib_async brings events by asyncio alone
BURST = 100_000  # ticks
LIMIT = 120  # seconds for one measurement

Show = Callable[[list[float]], str]


def starting(numbers: list[float]) -> str:
    return f"import {numbers[0] * 1e3:6.0f} ms, connect {numbers[1] * 1e3:6.2f} ms"


def calls(numbers: list[float]) -> str:
    return f"{numbers[0]:>9,.0f} requests/s, {numbers[1] * 1e6:>6.1f} us of processor each"


def rate(numbers: list[float]) -> str:
    return f"{numbers[0]:>9,.0f} ticks/s,    {numbers[1] * 1e6:>6.2f} us of processor each"


def paced(numbers: list[float]) -> str:
    p50, p99, used = (each * 1e6 for each in numbers)
    return f"p50 {p50:>7,.0f} us, p99 {p99:>9,.0f} us, {used:>6.1f} us of processor each"


@dataclass(frozen=True)
class Kind:
    """`what`: what the client is asked to do. `act`, `frames`, `rate`: what its peer does."""

    what: str
    clients: Sequence[str]
    show: Show
    act: str = "answer"
    frames: int = 0
    rate: int = 1


def streams(what: str) -> Kind:
    return Kind(what, STREAMS, rate, "burst", BURST)


def at_rate(what: str, ticks_a_second: int) -> Kind:
    return Kind(what, STREAMS, paced, "paced", ticks_a_second * 2, ticks_a_second)


KINDS = {
    "start": Kind("start", BLOCKING_TOO, starting),
    "one": Kind("one", BLOCKING_TOO, calls),
    "fifty": Kind("fifty", (ASYNC_IB, THEIRS_ASYNC), calls),
    "ticks-handler": streams("ticks-handler"),
    "ticks-for": streams("ticks-for"),
    "newest-handler": streams("newest-handler"),
    "newest-for": streams("newest-for"),
    **{
        f"{by}{number}": at_rate(f"paced-{by}", number)
        for by in ("handler", "for")
        for number in (500, 2_000, 20_000)
    },
}


def measure(kind: Kind, client: str, python: str, own_python: str) -> list[float]:
    """Return the numbers that the client's process prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    peer = subprocess.Popen(
        [own_python, str(HERE / "faces_peer.py"), kind.act, str(kind.frames), str(kind.rate)],
        stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    script, face = CLIENTS[client]
    if script == "faces_ours.py":
        environment["PYTHONPATH"] = str(ROOT)
    try:
        assert peer.stdout is not None
        port = peer.stdout.readline().strip()
        done = subprocess.run(
            [python, str(HERE / script), face, kind.what, port, str(kind.frames)],
            capture_output=True, text=True, timeout=LIMIT, env=environment, cwd=tempfile.gettempdir(),
        )  # fmt: skip
    finally:
        peer.kill()
        peer.communicate()
    if done.returncode or not done.stdout:
        raise SystemExit(f"{client} failed at {kind.what}:\n{done.stdout}{done.stderr}")
    return [float(number) for number in done.stdout.split()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help=f"{', '.join(KINDS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=sys.executable, help="what runs this package")
    parser.add_argument("--async-python", help="an interpreter that has ib_async; else one is made")
    options = parser.parse_args()
    with environments() as root:
        theirs = options.async_python or python_of("ib_async", root)
        for what in options.what or KINDS:
            kind = KINDS[what]
            runs: dict[str, list[list[float]]] = {name: [] for name in kind.clients}
            for _ in range(options.rounds):  # in turn: what the machine does besides meets all
                for name in kind.clients:
                    python = options.python if name in (IB, ASYNC_IB) else theirs
                    runs[name].append(measure(kind, name, python, options.python))
            for name, rows in runs.items():
                medians = [statistics.median(column) for column in zip(*rows, strict=True)]
                print(f"{what:15} {name:20} {kind.show(medians)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
