"""R01 - R06: however the stream is split and joined, and however much comes at once."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..bench import (
    NEWEST,
    SENTINEL,
    Bench,
    accepts_up_to,
    case,
    price,
    random_sizes,
    reads_of,
    text_tick,
)
from ..hostile import ScriptedTws, answer_to_hello, frame, raw, says

VECTORS = Path(__file__).parents[2] / "data" / "decode.jsonl.gz"
END = SENTINEL - 1


def every_message(version: int) -> list[bytes]:
    """A frame of each message of a server version."""
    with gzip.open(VECTORS, "rt", encoding="utf-8") as lines:
        vectors = [json.loads(line) for line in lines]
    return [raw(v["id"], *v["fields"]) for v in vectors if v["v"] == version]


def session(
    bench: Bench, stream: bytes, sizes: Callable[[], int] | None, handshake_too: bool = False
) -> list[Any]:
    """Connect, take a stream that ends with a currentTime, and leave; what was told."""
    app = bench.program()
    whole = itertools.repeat(1 << 16).__next__
    current = [sizes if handshake_too and sizes else whole]
    play = says(answer_to_hello(NEWEST)) if handshake_too else accepts_up_to()
    with ScriptedTws(play) as tws, reads_of(lambda: tws.port, lambda: current[0]()):
        bench.dial_in_thread(app, tws)
        app.start()
        current[0] = sizes or whole
        peer = tws.peer()
        peer.send(stream)
        app.wait_until(
            lambda: ("currentTime", (END,)) in app.log[-5:] or not app.runner.is_alive(),
            "the stream's end is missing",
        )
        app.disconnect()
        app.join()
    bench._apps.remove(app)
    told: list[Any] = app.told()
    return [
        heard for heard in told if heard[0] != "connectionClosed"
    ]  # that is the matter of other rows


def spoken(bench: Bench) -> int:
    """The newest server version that the package offers, or the newest of the cases."""
    app, tws = bench.program(), bench.tws()
    bench.dial_in_thread(app, tws)
    version: int = app.serverVersion()
    app.disconnect()
    return version


def understood(bench: Bench) -> list[bytes]:
    """A frame of each message, but those whose values the generation cannot read (such as sizes
    with fractions, up to 10.10).
    """
    frames = every_message(spoken(bench))
    if bench.ours:
        return frames
    known = []
    app = None
    for data in frames:
        if app is None:
            app, peer = bench.link()
        peer.send(data)
        try:
            bench.settle(app, peer)
            known.append(data)
        except AssertionError:
            app = None
    return known


@case
def r01_split_at_every_byte(bench: Bench) -> None:
    stream = b"".join(understood(bench)) + raw(49, 1, END)
    whole = session(bench, stream, None)
    assert len(whole) > 60, f"the stream as a whole is not understood: {len(whole)} callbacks"
    assert session(bench, stream, itertools.repeat(1).__next__) == whole, (
        "told otherwise byte by byte"
    )
    for seed in range(bench.size(20, 1000)):
        assert session(bench, stream, random_sizes(seed)) == whole, (
            f"told otherwise with the cuts of seed {seed}"
        )


@case
def r02_handshake_split(bench: Bench) -> None:
    stream = raw(9, 1, 5) + raw(15, 1, "DU1") + raw(49, 1, END)
    whole = session(bench, stream, None)
    answer = len(answer_to_hello(NEWEST))
    assert session(bench, stream, itertools.repeat(1).__next__, True) == whole, (
        "told otherwise byte by byte"
    )
    for at in range(1, answer):
        sizes = itertools.chain((at,), itertools.repeat(1 << 16)).__next__
        assert session(bench, stream, sizes, True) == whole, (
            f"told otherwise when split after byte {at}"
        )


@case
def r03_handshake_coalesced(bench: Bench) -> None:
    app, tws = (
        bench.program(),
        bench.tws(accepts_up_to(then=raw(9, 1, 5) + raw(15, 1, "DU1") + raw(49, 1, END))),
    )
    bench.dial_in_thread(app, tws)
    app.start()
    app.wait_for("currentTime")
    names = [name for name in app.names() if name != "connectAck"]
    assert names == ["nextValidId", "managedAccounts", "currentTime"], f"told {names}"


@case
def r04_bursts_of_any_size_then_silence(bench: Bench) -> None:
    app, peer = bench.link()
    frames = 0
    for size in [4096 * k + d for k in (1, 2, 3, 16, 64) for d in (-1, 0, 1)] + [2000, 7, 1] * 2:
        mark = SENTINEL + 500 + frames
        end = raw(49, 1, mark)
        body = text_tick(1, "x" * 50)
        count = max(0, (size - len(end) - 60) // len(body))
        rest = size - len(end) - count * len(body)
        tail = (
            text_tick(2, "x" * (rest - len(text_tick(2, ""))))
            if rest >= len(text_tick(2, ""))
            else b""
        )
        peer.send(body * count + tail + end)
        frames += count + bool(tail)
        app.wait_until(
            lambda mark=mark: ("currentTime", (mark,)) in app.log[-2:],
            f"a burst of {size} bytes does not arrive",
            5,
        )
    assert app.counts["tickString"] == frames, f"{app.counts['tickString']} of {frames} frames"


def cost_of_burst(bench: Bench, app: Any, peer: Any, count: int) -> float:
    """Seconds of processor time a frame."""
    burst = b"".join(price(n, "1.5") for n in range(count))
    before = time.process_time()
    peer.send(burst)
    bench.settle(app, peer)
    return (time.process_time() - before) / count


@case
def r05_many_frames_in_one_segment(bench: Bench) -> None:
    app, peer = bench.link()
    peer.send(b"".join(price(n) for n in range(500)))
    bench.settle(app, peer)
    assert [args[0] for name, args in app.log if name == "tickPrice"] == list(range(500)), (
        "not all, or not in order"
    )
    cost_of_burst(bench, app, peer, 500)
    few = min(cost_of_burst(bench, app, peer, 4_000) for _ in range(3))
    many = min(cost_of_burst(bench, app, peer, bench.size(40_000, 160_000)) for _ in range(2))
    assert many < 1.5 * few, (
        f"cost of a frame grows from {few * 1e6:.0f} to {many * 1e6:.0f} us with the burst"
    )  # 1.1 by the benchmark


@case
def r06_one_frame_of_8_mb(bench: Bench) -> None:
    app, peer = bench.link()
    text = "<x/>" * (2 << 20)
    costs = []
    for _ in range(3):
        before = time.process_time()
        peer.send(frame(f"19\x001\0{text}\0".encode()))
        bench.settle(app, peer)
        costs.append(time.process_time() - before)
        assert app.wait_for("scannerParameters") == (text,), "it did not arrive whole"
        app.forget()
        if costs[-1] < 0.2:
            return
    assert min(costs) < 0.2, f"{min(costs):.2f} s of processor time"
