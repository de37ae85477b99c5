"""R42, R43: more than the program takes, and for long."""

from __future__ import annotations

import gc
import logging
import threading
from typing import Any

from ..bench import Bench, case, memory, price, text_tick
from ..hostile import WAIT, raw


@case
def r42_slow_consumer(bench: Bench) -> None:
    """The program stands still while 200,000 ticks come: a warning, once; the depth can be read;
    nothing is dropped.
    """
    app, peer = bench.link()
    count, go = 200_000, threading.Event()
    app.on["currentTimeInMillis"] = lambda *_: go.wait(WAIT)
    app.on["nextValidId"] = lambda *_: go.wait(WAIT)
    peer.send(raw(9, 1, 5))
    app.wait_for("nextValidId")
    counted = [0, 0]

    def tick(reqId: int, *_: Any) -> None:
        counted[0] += 1
        counted[1] += reqId

    app.note = lambda name, args: (
        tick(*args) if name == "tickString" else type(app).note(app, name, args)
    )
    ticks = b"".join(text_tick(n) for n in range(1000))
    for _ in range(count // 1000):
        peer.send(ticks)
    limit = threading.Event()
    for _ in range(200):  # until it has read all there is, or stands still
        depth = app.msg_queue.qsize()
        if limit.wait(0.05) or app.msg_queue.qsize() == depth:
            break
    assert app.msg_queue.qsize() > 10_000, f"the depth is not to be seen: {app.msg_queue.qsize()}"
    go.set()
    bench.settle(app, peer)
    assert counted == [count, count // 1000 * sum(range(1000))], f"{counted[0]} of {count} ticks"
    warned = [r for r in bench.logged.records if r.levelno >= logging.WARNING]
    assert len(warned) == 1, f"{len(warned)} warnings of the backlog"


def mixed(count: int, start: int) -> bytes:
    """Frames of several kinds, numbered."""
    makers = (price, text_tick, lambda n: raw(45, 6, n, 49, "0.5"), lambda n: raw(2, 6, n, 5, 300))
    return b"".join(makers[n % 4](n) for n in range(start, start + count))


@case
def r43_soak(bench: Bench) -> None:
    """Frames without end, with a reconnect now and then: exact, and memory stands still. (In full:
    tests/soak/run.py.)
    """
    sessions, each = 6, bench.size(12_000, 200_000)
    held = 0
    for session in range(sessions):
        app, peer = bench.link()
        totals = [0, 0]

        def add(
            name: str, args: tuple[Any, ...], app: Any = app, totals: list[int] = totals
        ) -> None:
            if name in ("tickPrice", "tickString", "tickGeneric", "tickSize"):
                totals[0] += 1
                totals[1] += args[0]
            else:
                type(app).note(app, name, args)

        app.note = add
        for start in range(0, each, 2000):
            peer.send(mixed(2000, start))
            bench.settle(app, peer)
        # a price brings its size too
        assert totals[0] == each + each // 4, (
            f"{totals[0]} callbacks in place of {each + each // 4}"
        )
        assert totals[1] == sum(range(each)) + sum(range(0, each, 4)), "the checksum is wrong"
        app.disconnect()
        app.join()
        bench._apps.remove(app)
        del app, add
        gc.collect()
        if session == 1:
            held = memory()
    assert memory() - held < 5 << 20, f"memory grew by {(memory() - held) >> 10} KB"
