"""What is measured, of whom, and how one process measures it: what run.py and goals.py share.

Whoever imports it has this checkout, tests and tests/interop on its path.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.names import ASYNC, BARE, FLOOR, OURS
from environments import python_of  # of tests/interop
from server import Act, Server, echo, paced, quiet, sender, steady  # beside this script
from traffic import burst, day, mixed, scanner  # beside this script

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OFFICIAL = ("official-10.51", "official-10.46", "official-10.30", "official-10.19", "official-9.81")
VERSION, PROTOBUF_VERSION = 187, 225  # the newest that both of the newest generations speak
OLDER = {
    "official-10.30": 178,
    "official-10.19": 176,
    "official-9.81": 157,
    ASYNC: 178,
}  # the newest that the peer speaks
FRAMES, MIXED, RATE, PACED = 200_000, 100_000, 20_000, 40_000
WARM_UP = 0.4  # seconds at a steady rate that are not measured
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


def above(numbers: list[float]) -> str:
    whole, bare = (number * 1e6 for number in numbers[1:])
    return f"{numbers[0] * 1e6:>10.1f} us above its bare sendall ({whole:.1f}, {bare:.1f})"


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


def at_rate(peers: Sequence[str], rate: int, frames: int) -> Kind:
    """Processor time of so many messages a second, each in a segment of its own."""
    warm_up = int(rate * WARM_UP)
    return Kind(
        "steady",
        peers,
        lambda at: steady(day(at, frames + warm_up), rate, warm_up),
        lambda numbers: f"{numbers[0] / frames * 1e6:>10.1f} us of processor a message",
    )


def latencies(peers: Sequence[str], rate: int, frames: int) -> Kind:
    return Kind("latency", peers, lambda at: paced(frames, rate), percentiles)


def above_sendall(request: str, peers: Sequence[str], version: int = VERSION) -> Kind:
    return Kind(f"{request}-above", peers, lambda at: quiet, above, version)


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
    "latency": latencies([*NEWEST, "official-10.30", ASYNC], RATE, PACED),
    "latency2000": latencies([*NEWEST, ASYNC], 2_000, 8_000),
    "steady500": at_rate([BARE, FLOOR, *NEWEST, ASYNC], 500, 2_000),
    "steady5000": at_rate([BARE, FLOOR, *NEWEST, ASYNC], 5_000, 10_000),
    "order-above": above_sendall("order", NEWEST),
    "order225-above": above_sendall("order", NEWEST, PROTOBUF_VERSION),
    "mktdata-above": above_sendall("mktdata", NEWEST),
    "mktdata225-above": above_sendall("mktdata", NEWEST, PROTOBUF_VERSION),
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


def measure(name: str, kind: Kind, root: Path, own_python: str | None = None) -> list[float] | None:
    """The numbers that one process prints; None if it took too long. `own_python` runs what is not
    a peer's; without it an environment of `root` does.
    """
    version = min(kind.version, OLDER.get(name, kind.version))
    own = name in (OURS, FLOOR, BARE)
    if not own:
        python = python_of(name, root)
    else:
        python = own_python or python_of(OURS, root, [f"{ROOT}[protobuf]"])
    server = Server(version, kind.act(version))
    server.start()
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith("PYTHON")
    }  # bytecode is cached for all, or for none
    if own:
        environment["PYTHONPATH"] = str(ROOT)
    try:
        done = subprocess.run(
            [python, *script_of(name, kind.script), str(server.port)],
            capture_output=True, text=True, timeout=LIMIT, env=environment, cwd=tempfile.gettempdir(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    server.join(10)
    if done.returncode or not done.stdout:
        raise SystemExit(f"{name} failed at {kind.script}:\n{done.stdout}{done.stderr}")
    return [float(n) for n in done.stdout.split()]


def script_of(name: str, what: str) -> list[str]:
    """The program that measures so, and what it is told but the port."""
    if name in (FLOOR, BARE):
        return [str(HERE / "floor.py"), "bare" if name == BARE else "typed", what]
    if name == ASYNC:
        return [str(HERE / "async_client.py"), what]
    return [str(HERE / "client.py"), "ibapi_port" if name == OURS else "ibapi", what]
