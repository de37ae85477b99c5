"""A long soak: `run.py [--package ibapi_port] [--frames 10000000] [--session 500000] [--limit 5]`.

Market data, positions, depth, account values, bars and orders come without a pause, at full speed,
in sessions that end in turn by disconnect(), by TWS's close, and in the midst of a frame. Every
callback is counted and summed up; memory is noted after each session. Exit status 1 when a callback
is missing or doubled, or memory has grown by more than the limit (MB) after the first tenth.
"""

from __future__ import annotations

import argparse
import gc
import sys
import threading
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from reliability.bench import Bench, memory, price, text_tick  # noqa: E402 - made findable above
from reliability.hostile import Peer, raw  # noqa: E402

BATCH = 1000
BAR = ("20261120", "1.5", "2.5", "0.5", "2", "10", "1.5", "3")
# a maker of the frame number n, and the callbacks that it makes, whose first argument is n
KINDS: list[tuple[Any, tuple[str, ...]]] = [
    (price, ("tickPrice", "tickSize")),
    (lambda n: raw(2, 6, n, 5, 300), ("tickSize",)),
    (text_tick, ("tickString",)),
    (lambda n: raw(45, 6, n, 49, "0.5"), ("tickGeneric",)),
    (lambda n: raw(12, 1, n, 1, 0, 1, "1.5", 100), ("updateMktDepth",)),
    (lambda n: raw(3, n, "Submitted", 0, 100, 0, 7, 0, 0, 7, "", 0), ("orderStatus",)),
    (
        lambda n: raw(17, n, "s", "e", 3, *BAR, *BAR, *BAR),
        ("historicalData",) * 3 + ("historicalDataEnd",),
    ),
    (lambda n: raw(64, 1, n), ("accountSummaryEnd",)),
    (lambda n: raw(63, 1, n, "DU1", "NetLiquidation", "1000.5", "USD"), ("accountSummary",)),
    (lambda n: raw(50, 3, n, 1_700_000_000, 1, 2, 0.5, 1.5, 10, 1.2, 3), ("realtimeBar",)),
]
HEARD = sorted({name for _, names in KINDS for name in names})


def batch(start: int) -> bytes:
    return b"".join(KINDS[n % len(KINDS)][0](n) for n in range(start, start + BATCH))


class Totals:
    """How often each callback came, and the sum of its first arguments."""

    def __init__(self) -> None:
        self.counts, self.sums = dict.fromkeys(HEARD, 0), dict.fromkeys(HEARD, 0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Totals) and (self.counts, self.sums) == (other.counts, other.sums)

    __hash__ = None  # type: ignore[assignment]  # they change


def expected(frames: int) -> Totals:
    """For a session of that many."""
    totals, kinds = Totals(), len(KINDS)
    for kind, (_, names) in enumerate(KINDS):
        numbers = range(kind, frames, kinds)
        for name in names:
            totals.counts[name] += len(numbers)
            totals.sums[name] += sum(numbers)
    return totals


def listen(app: Any, totals: Totals) -> None:
    """Count the callbacks of this object, rather than noting them."""
    for name in HEARD:

        def count(first: int, *_: Any, name: str = name) -> None:
            totals.counts[name] += 1
            totals.sums[name] += first

        setattr(app, name, count)


def session(bench: Bench, frames: int, how: int, batches: list[bytes]) -> float:
    """One session, which ends in one of three ways; the seconds that it took. AssertionError:
    something is missing.
    """
    app, peer = bench.link()
    totals = Totals()
    listen(app, totals)
    began = time.perf_counter()
    sending = threading.Thread(target=send, args=(peer, batches, how), daemon=True)
    sending.start()
    app.wait_for("currentTime", seconds=600)
    took = time.perf_counter() - began
    sending.join(60)
    if how == 0:
        app.disconnect()
    app.wait_for("connectionClosed")
    app.join()
    assert totals == expected(frames), f"{totals.counts} in place of {expected(frames).counts}"
    assert app.counts["connectionClosed"] == 1
    bench.close()
    return took


def send(peer: Peer, batches: list[bytes], how: int) -> None:
    peer.sock.settimeout(600)
    for data in batches:
        peer.send(data)
    peer.send(raw(49, 1, 1))
    if how == 2:
        peer.send(price(1)[:9])
    if how:
        peer.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--package", default="ibapi_port")
    parser.add_argument("--frames", type=int, default=10_000_000)
    parser.add_argument(
        "--session", type=int, default=500_000, help="frames of a session (default %(default)s)"
    )
    parser.add_argument(
        "--limit", type=float, default=5.0, help="MB by which memory may grow (default %(default)s)"
    )
    options = parser.parse_args()
    frames = options.session - options.session % BATCH
    sessions = max(2, options.frames // frames)
    batches = [batch(start) for start in range(0, frames, BATCH)]
    held = []
    for n in range(sessions):
        try:
            took = session(Bench(options.package), frames, n % 3, batches)
        except AssertionError as e:
            print(f"session {n}: {e}")
            return 1
        gc.collect()
        held.append(memory() / 1e6)
        print(
            f"session {n + 1:4} of {sessions}: {frames / took:>9,.0f} frames/s, {held[-1]:8.1f} MB, {threading.active_count()} threads",
            flush=True,
        )
    grown = held[-1] - held[max(0, sessions // 10)]
    print(
        f"{sessions * frames:,} frames, every callback exactly once; memory {grown:+.1f} MB after the first tenth"
    )
    return int(grown > options.limit)


if __name__ == "__main__":
    sys.exit(main())
