"""A random walk with a check of conservation: `python -m reliability.walk [--seconds N] [--seed
N]`, from the folder tests.

One episode, made from one seed: a program with several threads, a signal handler and callbacks that
place orders, disconnect and connect whenever they like, against a TWS that is slow, silent, hostile
or gone. At its end must hold, however it went:

- each order is answered for exactly once: it has reached TWS, or was refused (504 with its id; then
  it has not), or its connection was told to be lost or closed with an open end (then it may have);
- what TWS sent arrives once and in order, and all of it where TWS closed and the program did not;
- the first request of a connection is startApi, and nothing else comes before it or twice;
- connectionClosed is called once for each connection, run() ends, no thread and no socket is left.

A seed that fails is printed; `--seed N --episodes 1` plays its plan again. Threads run as the
system lets them: a rare fault may need some tries (`--repeat`).
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from .bench import Bench, accepts_up_to, descriptors, price
from .cases.values import limit_order
from .hostile import WAIT, Peer, ScriptedTws, hangs_up, one_by_one, resets, silent

HANDSHAKES = ("whole", "whole", "whole", "whole", "pieces", "silent", "hangs up", "resets")
ENDS = ("reads on", "reads on", "closes", "closes", "resets", "half closes", "stalls", "breaks")


class Tws:
    """TWS in an episode: what every connection was sent, and what arrived on it."""

    def __init__(self, seed: int, receive_buffer: int) -> None:
        self._rng = random.Random(seed * 7 + 1)
        self._seed = seed
        self.over = threading.Event()
        self.links: list[Link] = []
        self._server = ScriptedTws(self._play, receive_buffer=receive_buffer)
        self.port = self._server.port

    def _play(self, peer: Peer) -> None:
        peer.sock.settimeout(5)
        how = self._rng.choice(HANDSHAKES)
        if how in ("silent", "hangs up", "resets"):
            {"silent": silent, "hangs up": hangs_up, "resets": resets}[how](peer)
            return
        if how == "pieces":
            send = peer.send
            peer.send = lambda *frames: [send(piece) for piece in one_by_one(b"".join(frames))]  # type: ignore[method-assign,assignment]
            accepts_up_to()(peer)
            peer.send = send  # type: ignore[method-assign]
        else:
            accepts_up_to()(peer)
        link = Link(self, peer, random.Random(self._seed * 1000 + len(self.links)), len(self.links))
        self.links.append(link)
        link.start()

    def close(self) -> None:
        self.over.set()
        for link in self.links:
            link.join(WAIT)
            assert not link.is_alive(), "a peer's thread goes on"
        self._server.close()


class Link(threading.Thread):
    """One connection, from TWS's side, in a thread of its own."""

    def __init__(self, tws: Tws, peer: Peer, rng: random.Random, number: int) -> None:
        super().__init__(name="TWS's link", daemon=True)
        self.tws, self.peer, self.rng, self.number = tws, peer, rng, number
        self.sent: list[int] = []  # numbers of the ticks that were sent whole
        self.got: list[bytes] = []
        self.end_kind = ""
        self.all_sent = False  # and the end after them
        self.began = time.monotonic()
        self.reset_at: float | None = None  # what it had received and not read is gone with it

    def run(self) -> None:
        try:
            with contextlib.suppress(EOFError):
                try:
                    self._live()
                except (
                    OSError
                ):  # it could not send: the client has left. What has arrived is still there
                    self.all_sent = False
                    with contextlib.suppress(OSError):
                        self._read_to_the_end()
        finally:
            self.peer.sock.close()

    def _live(self) -> None:
        rng = self.rng
        self.peer.sock.settimeout(3)
        if rng.random() < 0.8:  # else it talks before it has read anything
            self.got.append(self.peer.frame())
        for _ in range(rng.randrange(1, 12)):
            step = rng.randrange(4)
            if step == 0:
                self._ticks(rng.choice((1, 5, 50, 2000)))
            elif step == 1:
                self._part(rng.randrange(1, 12), rng.random() * 0.05)
            elif step == 2:
                self._read(rng.random() * 0.15)
            else:
                self.tws.over.wait(rng.random() * 0.05)
        self.end_kind = rng.choice(ENDS)
        getattr(self, "_" + self.end_kind.replace(" ", "_"))()

    # --- steps ---

    def _ticks(self, count: int) -> None:
        first = len(self.sent)
        numbers = [self.number * 1_000_000 + n for n in range(first, first + count)]
        self.peer.send(b"".join(price(n) for n in numbers))
        self.sent += numbers

    def _part(self, size: int, pause: float) -> None:
        number = self.number * 1_000_000 + len(self.sent)
        data = price(number)
        self.peer.send(data[:size])
        self.tws.over.wait(pause)
        self.peer.send(data[size:])
        self.sent.append(number)

    def _read(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.peer.sock.settimeout(left)
            try:
                self.got.append(self.peer.frame(size=self.rng.choice((7, 1000, 1 << 20))))
            except TimeoutError:
                break
        self.peer.sock.settimeout(3)

    def _read_to_the_end(self, seconds: float = 2 * WAIT) -> None:
        end = time.monotonic() + seconds
        self.peer.sock.settimeout(0.2)
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                self.got.append(self.peer.frame())

    # --- ends ---

    def _reads_on(self) -> None:
        self.all_sent = True
        self._read_to_the_end()

    def _closes(self) -> None:
        self.peer.sock.shutdown(socket.SHUT_WR)
        self.all_sent = True
        self._read_to_the_end()

    def _resets(self) -> None:
        self.peer.reset()
        self.reset_at = time.monotonic()

    def _half_closes(self) -> None:
        self.peer.sock.shutdown(socket.SHUT_WR)
        self.all_sent = True
        self.tws.over.wait(0.3)
        self._read_to_the_end()

    def _stalls(self) -> None:
        self.tws.over.wait(2 * WAIT)
        self._read_to_the_end()

    def _breaks(self) -> None:
        self.peer.send(b"\xff\xff\xff\xff")
        self._read_to_the_end()


class Episode:
    """One program and its TWS, from a seed."""

    def __init__(self, seed: int, package: str = "ibapi_port") -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.bench = Bench(package)
        self.threads, self.sockets = set(threading.enumerate()), descriptors()
        self.tws = Tws(seed, self.rng.choice((0, 0, 4096)))
        self.app: Any = self.bench.program()
        self.contract, _ = limit_order(self.bench)
        self.over = threading.Event()
        self.placed: dict[
            int, list[float]
        ] = {}  # order id: when the call was made, and when it returned
        self.opened_at: list[float] = []  # each connection that there was
        self.closed_at: list[float] = []
        self.losses: list[float] = []  # when the program was told of a loss
        self.refused: Counter[int] = Counter()
        self.ticks: list[int] = []
        self.faults: list[str] = []
        self._numbers = iter(range(1000, 10**9))

    # --- the program ---

    def prepare(self) -> None:
        rng, app = self.rng, self.app
        app.sendTimeout = rng.choice((None, None, 0.3))
        app.watchdogSeconds = rng.choice((None, None, 0.25))
        app.queueFrames = rng.choice((None, None, 3, 200))
        app.note = self._note
        if self.bench.ours:
            from ibapi_port.seams import seams

            seams(app).on_state = self._state
        self.act_in = {
            name: rng.random() * 0.2
            for name in ("tickPrice", "error", "connectAck", "connectionClosed")
        }
        self.callback_rng = random.Random(self.seed + 1)

    def _state(self, old: Any, new: Any, end: Any) -> None:
        if new.name == "OPENING":
            self.opened_at.append(time.monotonic())

    def _note(self, name: str, args: tuple[Any, ...]) -> None:
        """Every callback."""
        if name == "tickPrice":
            self.ticks.append(args[0])
        elif name == "connectAck" and not self.bench.ours:
            self.opened_at.append(time.monotonic())
        elif name == "connectionClosed":
            self.closed_at.append(time.monotonic())
        elif name == "error":
            at, code, text = self.app.problem(args)
            if code == 504 and at >= 1000:
                self.refused[at] += 1
            elif (
                code == 507
                or (code == 504 and "may not" in text)
                or (code == 504 and "not sent" in text)
            ):
                self.losses.append(time.monotonic())
        if name in self.act_in and self.callback_rng.random() < self.act_in[name] * (
            0.01 if name == "tickPrice" else 1
        ):
            self.act(self.callback_rng, name)

    def act(self, rng: random.Random, where: str) -> None:
        """Something that a program does, from anywhere."""
        what = rng.random()
        if what < 0.7 or self.over.is_set():
            self.place(rng)
        elif what < 0.75:
            self.leave()
        elif what < 0.8:
            self.leave()
            self.connect(rng)
        else:
            self.connect(rng)

    def place(self, rng: random.Random) -> None:
        if self.over.is_set():
            return
        order_id = next(self._numbers)
        _, order = limit_order(self.bench)
        order.orderRef = "x" * rng.choice((10, 300, 300, 300, 100_000))
        self.placed[order_id] = [time.monotonic(), float("inf")]
        self.app.placeOrder(order_id, self.contract, order)
        self.placed[order_id][1] = time.monotonic()

    def leave(self) -> None:
        self.app.disconnect()

    def connect(self, rng: random.Random) -> None:
        if not self.over.is_set():
            self.bench.dial(self.app, self.tws, timeout=0.3)  # type: ignore[arg-type]  # of which only the port is used

    # --- its threads ---

    def guarded(self, work: Any, *arguments: Any) -> threading.Thread:
        def run() -> None:
            try:
                work(*arguments)
            except BaseException as e:
                self.faults.append(f"{threading.current_thread().name} raised {e!r}")

        thread = threading.Thread(target=run, name=work.__name__, daemon=True)
        thread.start()
        return thread

    def working(self, seed: int) -> None:
        rng = random.Random(seed)
        while not self.over.is_set():
            self.act(rng, "thread") if rng.random() < 0.05 else self.place(rng)
            self.over.wait(rng.random() * 0.01)

    def processing(self) -> None:
        while not self.over.is_set():
            self.app.run()
            self.over.wait(0.002)
        self.app.run()

    def keeping_connected(self, seed: int) -> None:
        rng = random.Random(seed)
        while not self.over.is_set():
            if not self.app.isConnected():
                self.connect(rng)
            self.over.wait(rng.random() * 0.02)

    # --- the episode ---

    def play(self) -> None:
        """AssertionError: what does not hold."""
        rng = self.rng
        self.prepare()
        threads = [self.guarded(self.processing) for _ in range(rng.choice((1, 1, 2)))]
        threads += [
            self.guarded(self.working, self.seed * 100 + n) for n in range(rng.randrange(1, 4))
        ]
        threads += [self.guarded(self.keeping_connected, self.seed * 100 + 50)]
        self.in_the_main_thread(rng, rng.uniform(0.3, 1.2))
        self.over.set()
        self.leave()
        for thread in threads:
            thread.join(WAIT)
            assert not thread.is_alive(), f"{thread.name} does not return (seed {self.seed})"
        self.app.disconnect()
        self.app.run()
        self.tws.close()
        self.bench.close()
        self.judge()

    def in_the_main_thread(self, rng: random.Random, seconds: float) -> None:
        """Wait, while signals come whose handler acts too."""
        end = time.monotonic() + seconds
        acting = random.Random(self.seed + 2)
        busy = [False]

        def handler(*_: Any) -> None:
            if busy[0] or self.over.is_set():  # one at a time: it might never end
                return
            busy[0] = True
            try:
                self.act(acting, "signal")
            finally:
                busy[0] = False

        is_main = threading.current_thread() is threading.main_thread()
        if is_main:
            signal.signal(signal.SIGALRM, handler)
            signal.setitimer(signal.ITIMER_REAL, 0.01, rng.choice((0.005, 0.03, 0.2)))
        try:
            while time.monotonic() < end:
                self.act(rng, "main") if rng.random() < 0.05 else self.place(rng)
                self.over.wait(0.004)
        finally:
            if is_main:
                signal.setitimer(signal.ITIMER_REAL, 0)

    # --- what must hold ---

    def judge(self) -> None:
        assert not self.faults, self.faults[0]
        self._orders()
        self._callbacks()
        closed, opened = len(self.closed_at), len(self.opened_at)
        assert closed == opened, f"connectionClosed {closed} times for {opened} connections"
        assert not self.app.isConnected()
        assert self.app.connState == 0, "neither connected nor not"
        end = time.monotonic() + WAIT
        left: set[threading.Thread] = set()
        while time.monotonic() < end:
            left = {t for t in set(threading.enumerate()) - self.threads if t.is_alive()}
            if not left:
                break
            time.sleep(0.01)
        assert not left, f"threads are left: {left}"
        assert not descriptors() - self.sockets, "sockets are left"

    def _orders(self) -> None:
        arrived: Counter[int] = Counter()
        for link in self.tws.links:
            if link.got:
                assert link.got[0].startswith(b"71\0"), (
                    f"a connection begins with {link.got[0][:20]!r}"
                )
            assert not [frame for frame in link.got[1:] if frame.startswith(b"71\0")], (
                "startApi comes twice"
            )
            arrived.update(
                int(frame.split(b"\0")[1]) for frame in link.got if frame.startswith(b"3\0")
            )
        doubled = [order_id for order_id, count in arrived.items() if count > 1]
        assert not doubled, f"orders arrived twice: {doubled[:5]}"
        both = [order_id for order_id in arrived if self.refused[order_id]]
        assert not both, f"orders were refused, and arrived: {both[:5]}"
        twice = [order_id for order_id, count in self.refused.items() if count > 1]
        assert not twice, f"orders were refused twice: {twice[:5]}"
        uncertain = [
            (a, b)
            for a, b in zip(self.opened_at, self.closed_at, strict=True)
            if any(a < told <= b for told in self.losses)
        ]
        uncertain += [
            (link.began - 0.1, link.reset_at)
            for link in self.tws.links
            if link.reset_at is not None
        ]
        lost = [
            n
            for n in self.placed
            if not arrived[n] and not self.refused[n] and not self._within(uncertain, n)
        ]
        assert not lost, f"{len(lost)} orders neither arrived nor were answered for: {lost[:5]}"

    def _within(self, connections: list[tuple[float, float]], order_id: int) -> bool:
        """Whether an order was placed while there was one of these connections."""
        called, returned = self.placed[order_id]
        return any(called <= closed and returned >= opened for opened, closed in connections)

    def _callbacks(self) -> None:
        assert self.ticks == sorted(self.ticks), "ticks are out of order"
        assert len(self.ticks) == len(set(self.ticks)), "ticks came twice"
        for link in self.tws.links:
            base = link.number * 1_000_000
            heard = [n for n in self.ticks if base <= n < base + 1_000_000]
            assert heard == list(range(base, base + len(heard))), (
                f"ticks of connection {link.number} are missing in the middle"
            )


def play(seed: int, package: str = "ibapi_port") -> Episode:
    """One episode. AssertionError names the seed."""
    episode = Episode(seed, package)
    try:
        episode.play()
    except AssertionError as e:
        raise AssertionError(f"seed {seed}: {e}") from e
    return episode


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--seed", type=int, default=0, help="of the first episode; the others follow it"
    )
    parser.add_argument("--episodes", type=int, default=10**9)
    parser.add_argument("--repeat", action="store_true", help="the same seed again and again")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    seed, episodes, failed = options.seed, 0, 0
    totals: Counter[str] = Counter()
    while time.monotonic() < end and episodes < options.episodes:
        try:
            episode = play(seed)
            totals.update(
                orders=len(episode.placed),
                refused=sum(episode.refused.values()),
                ticks=len(episode.ticks),
            )
            totals.update(connections=len(episode.opened_at), losses=len(episode.losses))
        except AssertionError as e:
            failed += 1
            print(e, flush=True)
        episodes += 1
        seed += not options.repeat
    print(f"{episodes} episodes, {failed} failed; {dict(totals)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
