"""Measure this package beside its peers; see README.md here. usage: run.py [--rounds N] [--page]
[KIND ...]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE.parent), str(HERE.parent / "interop")]

import page  # noqa: E402 - beside this script
from environments import PACKAGES, environments, python_of  # noqa: E402 - of tests/interop
from evidence import put_numbers  # noqa: E402 - of tests
from server import Act, Server, echo, paced, sender  # noqa: E402 - beside this script
from traffic import burst, mixed, scanner  # noqa: E402 - beside this script

OURS, FLOOR, ASYNC = "ibapi_port", "floor", "ib_async"
OFFICIAL = ("official-10.51", "official-10.46", "official-10.30", "official-10.19", "official-9.81")
VERSION, PROTOBUF_VERSION = 187, 225  # the newest that both of the newest generations speak
OLDER = {
    "official-10.30": 178,
    "official-10.19": 176,
    "official-9.81": 157,
    ASYNC: 178,
}  # the newest that the peer speaks
FRAMES, MIXED, RATE, PACED = 200_000, 100_000, 20_000, 40_000
NEWEST = [OURS, "official-10.51", "official-10.46"]
LIMIT = 240  # seconds for one measurement


@dataclass
class Kind:
    """`script`: what client.py is asked to do. `act`: what the server does, by server version.
    `show`: of the numbers, as text.
    """

    script: str
    peers: Sequence[str]
    act: Callable[[int], Act | None]
    show: Callable[[list[float]], str]
    version: int = VERSION


def rate_of(frames: int) -> Callable[[list[float]], str]:
    return lambda numbers: f"{frames / numbers[0]:>10,.0f} frames/s"


def per_call(numbers: list[float]) -> str:
    return f"{numbers[0] * 1e6:>10.1f} us a call"


def percentiles(numbers: list[float]) -> str:
    return f"p50 {numbers[0] * 1e6:>8.1f} us, p99 {numbers[1] * 1e6:>8.1f} us"


def starting(numbers: list[float]) -> str:
    return f"import {numbers[0] * 1e3:6.1f} ms, connect {numbers[1] * 1e3:5.2f} ms, together {sum(numbers) * 1e3:6.1f} ms"


def bursts(
    peers: Sequence[str],
    frames: int,
    make: Callable[[int, int], bytes] = burst,
    version: int = VERSION,
) -> Kind:
    return Kind("burst", peers, lambda at: sender(make(at, frames)), rate_of(frames), version)


def megabytes(size: int) -> Kind:
    return Kind(
        "burst", NEWEST, lambda at: sender(scanner(at, size << 20)),
        lambda numbers: f"{numbers[0] / size * 1e3:>10.2f} ms a megabyte",
    )  # fmt: skip


def nothing(version: int) -> None:
    """The server only reads."""


ALL = [OURS, *OFFICIAL]
KINDS: dict[str, Kind] = {
    "start": Kind("start", ALL, nothing, starting),
    "inbound": bursts([FLOOR, *ALL, ASYNC], FRAMES),
    "mixed": bursts([*ALL, ASYNC], MIXED, mixed),
    "inbound225": bursts(NEWEST, FRAMES, version=PROTOBUF_VERSION),
    "mixed225": bursts(NEWEST, MIXED, mixed, PROTOBUF_VERSION),
    "burst100k": bursts(NEWEST, 100_000),
    "burst1M": bursts([OURS], 1_000_000),
    "xml1MB": megabytes(1),
    "xml8MB": megabytes(8),
    "order": Kind("order", ALL, nothing, per_call),
    "order225": Kind("order", NEWEST, nothing, per_call, PROTOBUF_VERSION),
    "mktdata": Kind("mktdata", ALL, nothing, per_call),
    "mktdata225": Kind("mktdata", NEWEST, nothing, per_call, PROTOBUF_VERSION),
    "roundtrip": Kind("roundtrip", [*ALL, ASYNC], lambda at: echo, percentiles),
    "latency": Kind(
        "latency", [*NEWEST, "official-10.30", ASYNC], lambda at: paced(PACED, RATE), percentiles
    ),
    "queued": Kind(
        "queued",
        NEWEST,
        lambda at: sender(burst(at, FRAMES)),
        lambda numbers: f"{numbers[0]:>10.0f} bytes a queued frame",
    ),
    "memory1M": Kind(
        "burst",
        [OURS],
        lambda at: sender(burst(at, 1_000_000)),
        lambda numbers: f"{numbers[1] / 1e6:>10.1f} MB resident",
    ),
    "memory10M": Kind(
        "burst",
        [OURS],
        lambda at: sender(burst(at, 10_000_000)),
        lambda numbers: f"{numbers[1] / 1e6:>10.1f} MB resident",
    ),
}


def measure(name: str, kind: Kind, root: Path) -> list[float] | None:
    """The numbers that one process prints; None if it took too long."""
    version = min(kind.version, OLDER.get(name, kind.version))
    server = Server(version, kind.act(version))
    server.start()
    own = name in (OURS, FLOOR)
    python = python_of(
        OURS if own else name, root, [f"{ROOT}[protobuf]"] if own else PACKAGES[name]
    )
    script, package = {FLOOR: ("floor.py", []), ASYNC: ("async_client.py", [kind.script])}.get(
        name, ("client.py", ["ibapi_port" if own else "ibapi", kind.script])
    )
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith("PYTHON")
    }  # bytecode is cached for all, or for none
    if own:
        environment["PYTHONPATH"] = str(ROOT)
    try:
        done = subprocess.run(
            [python, str(HERE / script), *package, str(server.port)],
            capture_output=True, text=True, timeout=LIMIT, env=environment, cwd=tempfile.gettempdir(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    server.join(10)
    if done.returncode or not done.stdout:
        raise SystemExit(f"{name} failed at {kind.script}:\n{done.stdout}{done.stderr}")
    return [float(n) for n in done.stdout.split()]


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
