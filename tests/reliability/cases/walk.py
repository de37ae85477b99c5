"""R53, R54: mutated frames without end, and a random walk over all that can happen to a connection."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from typing import Any

from ..bench import Bench, accepts_up_to, case, price
from ..hostile import WAIT, Peer, ScriptedTws, frame, raw
from .stream import understood

ODD = [
    b"",
    b"-1",
    b"2147483647",
    b"9" * 5000,
    b"NaN",
    b"abc",
    b"\xff\xfe",
    b"1.5",
    b"0",
    b"1e999",
    b"\xf0\x9f\x98\x80",
    b"-0",
]


def mutated(rng: random.Random, payload: bytes) -> bytes:
    """The payload, changed in one or a few places."""
    fields = payload.split(b"\0")
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(1, len(fields)) if len(fields) > 1 else 0
        match rng.randrange(6):
            case 0:
                fields[at : at + 1] = []
            case 1:
                fields.insert(at, rng.choice(ODD))
            case 2:
                fields[at] = rng.choice(ODD)
            case 3:
                fields = fields[:at]
            case 4:
                fields[at] = rng.randbytes(rng.randrange(9)).replace(b"\0", b"")
            case _:
                fields += fields[at : at + 9]
        fields = fields or [b""]
    data = b"\0".join(fields)
    if rng.random() < 0.1:
        cut = rng.randrange(len(data) + 1)
        data = data[:cut]
    return data


@case
def r53_mutated_frames(bench: Bench) -> None:
    """Of each message; what comes of one is a callback, or an error 505 or 508, and the next frame
    is unharmed.
    """
    kept = [f[4:] for f in understood(bench) if not f[4:].startswith((b"4\0", b"49\0"))]
    app, peer = bench.link()
    rng = random.Random(53)
    batch = 50
    for n in range(bench.size(100, 5000)):
        payloads = [mutated(rng, rng.choice(kept)) for _ in range(batch)]
        payloads = [p for p in payloads if not p.startswith((b"4\0", b"49\0"))]
        began = time.process_time()
        peer.send(*map(frame, payloads))
        try:
            bench.settle(app, peer)
        except AssertionError as e:
            raise AssertionError(f"after {n * batch} to {(n + 1) * batch} frames: {e}") from None
        took = time.process_time() - began
        assert took < 0.01 * batch, f"{took / batch * 1e3:.0f} ms of processor time a frame"
        assert set(app.codes()) <= {505, 508}, f"told {set(app.codes())}"
        app.forget()


class World:
    """One program and its TWS, changed by the steps below; `check` says what must always hold. Used
    by the walk and by hypothesis.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.threads = set(threading.enumerate())
        self.app: Any = bench.program()
        self.tws: ScriptedTws = bench.tws(accepts_up_to())
        self.threads |= set(threading.enumerate())
        self.peer: Peer | None = None
        self.sent: list[int] = []  # ids of the frames sent whole in this session
        self.torn = b""  # the rest of a frame that was sent in part
        self.number = 0
        self.made = 0  # connections
        self.lost = False

    # --- steps; each may come at any time ---

    def connect(self) -> None:
        if self.peer is not None:
            return
        self.app.forget()
        self.app.on.clear()
        self.bench.dial_in_thread(self.app, self.tws)
        assert self.app.isConnected(), f"not connected; heard {self.app.heard()}"
        self.made += 1
        self.peer = self.tws.peer()
        assert self.peer.fields()[0] == "71", "startApi is not the first request"
        self.sent, self.torn, self.lost = [], b"", False
        self.app.start()

    def receive(self, count: int) -> None:
        if self.peer is None or self.lost:
            return
        self.finish_frame()
        numbers = range(self.number, self.number + count)
        self.number += count
        self.peer.send(b"".join(price(n) for n in numbers))
        self.sent += numbers

    def receive_part(self, size: int) -> None:
        if self.peer is None or self.lost or self.torn:
            return
        data = price(self.number)
        size = max(1, min(size, len(data) - 1))
        self.peer.send(data[:size])
        self.torn = data[size:]

    def finish_frame(self) -> None:
        if self.peer is not None and self.torn and not self.lost:
            self.peer.send(self.torn)
            self.sent.append(self.number)
            self.number += 1
            self.torn = b""

    def receive_nonsense(self) -> None:
        if self.peer is not None and not self.lost:
            self.finish_frame()
            self.peer.send(raw("abc", 1), raw(999, 1), raw(1, 6), frame(b""))

    def request(self, threads: int) -> None:
        """From several threads at once; all arrive, whole."""
        if self.peer is None or self.lost:
            return
        asking = [
            threading.Thread(target=self.app.cancelMktData, args=(n,), daemon=True)
            for n in range(threads)
        ]
        for thread in asking:
            thread.start()
        got = sorted(int(self.peer.fields()[2]) for _ in asking)
        assert got == list(range(threads)), f"requests {got} of {threads} arrived"
        for thread in asking:
            thread.join(WAIT)

    def raise_in_callback(self) -> None:
        def fail(*_: Any) -> None:
            raise ValueError("of the program")

        self.app.on["tickSize"] = fail

    def settle(self) -> None:
        if self.peer is not None and not self.lost:
            self.finish_frame()
            self.bench.settle(self.app, self.peer)
            assert self.prices() == self.sent, f"{len(self.prices())} of {len(self.sent)} frames"

    def tws_ends(self, by_reset: bool) -> None:
        if self.peer is None or self.lost:
            return
        if by_reset:
            self.settle()
            self.peer.reset()
        else:
            self.peer.close()
        self.lost = True
        self.over(complete=True)

    def disconnect(self, threads: int) -> None:
        if self.peer is None:
            return
        leaving = [
            threading.Thread(target=self.app.disconnect, daemon=True) for _ in range(threads)
        ]
        for thread in leaving:
            thread.start()
        for thread in leaving:
            thread.join(WAIT)
            assert not thread.is_alive(), "disconnect() does not return"
        self.over(complete=False)

    def disconnect_in_callback(self) -> None:
        if self.peer is None or self.lost:
            return
        self.app.on["tickPrice"] = lambda *_: self.app.disconnect()
        with contextlib.suppress(OSError):  # one that was under way may have been enough
            self.receive(3)
        self.over(complete=False)

    # --- what must hold ---

    def prices(self) -> list[int]:
        return [args[0] for name, args in list(self.app.log) if name == "tickPrice"]

    def over(self, complete: bool) -> None:
        """A connection has ended: run() returns, connectionClosed was called once, what came is a
        prefix of what was sent.
        """
        self.app.join()
        assert self.app.counts["connectionClosed"] == 1, (
            f"connectionClosed {self.app.counts['connectionClosed']} times"
        )
        assert not self.app.isConnected()
        got = self.prices()
        assert got == (self.sent if complete else self.sent[: len(got)]), (
            f"{len(got)} of {len(self.sent)} frames, or in another order"
        )
        lost = [code for code in self.app.codes() if code in (507, -1)]
        assert len(lost) == (1 if complete else 0), f"told {self.app.codes()}"
        assert self.peer is not None
        self.peer.sock.close()
        self.peer = None
        self.check()

    def check(self) -> None:
        got = self.prices()
        assert got == self.sent[: len(got)], "not a prefix of what was sent"
        alive = {
            thread for thread in set(threading.enumerate()) - self.threads if thread.is_alive()
        }
        assert len(alive) <= (2 if self.peer is not None else 0), f"threads: {alive}"
        assert self.app.counts["connectionClosed"] <= 1
        if self.peer is not None:
            assert self.app.isConnected()

    def close(self) -> None:
        self.disconnect(1)


def walk(bench: Bench, seed: int, steps: int) -> None:
    rng = random.Random(seed)
    world = World(bench)
    actions: list[Any] = [
        world.connect,
        world.connect,
        lambda: world.receive(rng.choice((1, 10, 500))),
        lambda: world.receive_part(rng.randrange(1, 20)),
        world.finish_frame,
        world.receive_nonsense,
        lambda: world.request(rng.randrange(1, 9)),
        world.raise_in_callback,
        world.settle,
        lambda: world.tws_ends(rng.random() < 0.5),
        lambda: world.disconnect(rng.randrange(1, 9)),
        world.disconnect_in_callback,
    ]
    for _ in range(steps):
        rng.choice(actions)()
        world.check()
    world.close()


@case
def r54_random_walk(bench: Bench) -> None:
    for seed in range(bench.size(4, 100)):
        try:
            walk(bench, seed, 60)
        except AssertionError as e:
            raise AssertionError(f"seed {seed}: {e}") from e
