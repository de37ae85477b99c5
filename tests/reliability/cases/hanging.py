"""R59 - R62, R64, R69: what must not stand still, and what must not end the processing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import logging
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from ..bench import SOON, Bench, NotApplicable, case, error_of, price
from ..hostile import WAIT, raw, silent
from .orders import held
from .scarcity import fill, no_descriptor_left
from .values import limit_order


def in_a_signal(handler: Callable[[], object], seconds: float = 0.2, every: float = 0.0) -> None:
    """Have this called by a signal handler in the main thread: once, or again and again."""
    signal.signal(signal.SIGALRM, lambda *_: handler())
    signal.setitimer(signal.ITIMER_REAL, seconds, every)


def connected_here(bench: Bench, receive_buffer: int = 0) -> tuple[Any, Any]:
    app, tws = bench.program(), bench.tws(receive_buffer=receive_buffer)
    bench.dial(app, tws)
    peer = tws.peer()
    peer.frame()
    app.start()
    return app, peer


class Reading(threading.Thread):
    """Reads a peer's frames: from the moment that `go` is set."""

    def __init__(self, peer: Any) -> None:
        super().__init__(daemon=True)
        self.peer, self.frames, self.go = peer, [], threading.Event()
        self.start()

    def run(self) -> None:
        self.go.wait(WAIT)
        with contextlib.suppress(EOFError, OSError):
            while True:
                self.frames.append(self.peer.frame())

    def kinds(self) -> list[bytes]:
        return [frame.split(b"\0")[0] for frame in self.frames]


def in_time(limit: float, what: str, escape: Callable[[], object]) -> threading.Timer:
    """After the limit this case has failed, and does not stand still."""

    def late() -> None:
        print(f'{{"outcome": "hang", "why": "{what}"}}', flush=True)
        escape()

    timer = threading.Timer(limit, late)
    timer.daemon = True
    timer.start()
    return timer


def leave_now() -> None:
    import os

    os._exit(0)


@case
def r59_signal_handlers(bench: Bench) -> None:
    """A handler that cancels or disconnects at any moment, in the thread that is sending or
    connecting; __del__ likewise.
    """
    timer = in_time(3 * WAIT, "a signal handler waits for its own thread", leave_now)
    cancel_in_a_blocked_send(bench)
    storm(bench)
    disconnect_in_a_blocked_send(bench)
    disconnect_while_connecting(bench)
    in_finalizers(bench)
    timer.cancel()


def cancel_in_a_blocked_send(bench: Bench) -> None:
    app, peer = connected_here(bench, receive_buffer=4096)
    contract, _ = limit_order(bench)
    reading = Reading(peer)
    done: list[float] = []

    def cancel() -> None:
        if not held(peer):  # the send has not begun
            in_a_signal(cancel, 0.05)
            return
        began = time.monotonic()
        app.cancelMktData(5)
        app.cancelMktData(6)
        done.append(time.monotonic() - began)
        reading.go.set()

    in_a_signal(cancel)
    app.reqMktData(1, contract, "1" * 9_000_000, False, False, [])
    app.wait_until(lambda: bool(done), "the handler does not return")
    assert done[0] < SOON
    app.disconnect()
    reading.join(WAIT)
    assert reading.kinds() == [b"1", b"2", b"2"], f"TWS gets {reading.kinds()}"
    assert [frame.split(b"\0")[2] for frame in reading.frames[1:]] == [b"5", b"6"], (
        "the handler's requests are not in order"
    )
    app.join()
    assert not app.codes(), f"told {app.codes()}"


def storm(bench: Bench) -> None:
    app, peer = connected_here(bench)
    reading = Reading(peer)
    reading.go.set()
    made = [0, 0]
    busy: list[int] = []

    def cancel() -> None:
        if busy:  # a handler is interrupted by the next signal, whose requests come before its own
            return
        busy.append(1)
        made[0] += 1
        app.cancelMktData(10**6 + made[0])
        busy.pop()

    in_a_signal(cancel, 0.001, 0.0007)
    try:
        while made[0] < bench.size(300, 5000):
            made[1] += 1
            app.cancelMktData(made[1])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    app.disconnect()
    reading.join(WAIT)
    ids = [int(frame.split(b"\0")[2]) for frame in reading.frames]
    assert [n for n in ids if n < 10**6] == list(range(1, made[1] + 1)), (
        "requests are lost, doubled or out of order"
    )
    assert [n for n in ids if n > 10**6] == list(range(10**6 + 1, 10**6 + 1 + made[0])), (
        "handlers' requests are lost or out of order"
    )
    app.join()


def disconnect_in_a_blocked_send(bench: Bench) -> None:
    app, peer = connected_here(bench, receive_buffer=4096)
    contract, _ = limit_order(bench)
    reading = Reading(peer)
    done: list[float] = []

    def leave() -> None:
        if not held(peer):
            in_a_signal(leave, 0.05)
            return
        app.cancelMktData(5)
        began = time.monotonic()
        app.disconnect()
        done.append(time.monotonic() - began)

    in_a_signal(leave)
    app.reqMktData(1, contract, "1" * 9_000_000, False, False, [])
    app.wait_until(lambda: bool(done), "the handler does not return")
    assert done[0] < 10 + SOON, f"disconnect() in a handler took {done[0]:.1f} s"
    reading.go.set()
    reading.join(WAIT)
    assert b"2" not in reading.kinds(), "a request is sent after half of another"
    assert 504 in app.codes(), f"what was not sent is not told: {app.heard()}"
    app.join()
    assert app.counts["connectionClosed"] == 1


def disconnect_while_connecting(bench: Bench) -> None:
    app, tws = bench.program(), bench.tws(silent)
    in_a_signal(app.disconnect)
    began = time.monotonic()
    bench.dial(app, tws)
    assert time.monotonic() - began < 0.2 + SOON, (
        "connect() goes on after disconnect() in a handler"
    )
    assert not app.isConnected()
    app.start()
    app.join()


def in_finalizers(bench: Bench) -> None:
    """Garbage is collected at any moment, also within a send."""
    app, peer = connected_here(bench)
    numbers = itertools.count(1)
    reading = Reading(peer)
    reading.go.set()
    made = [0]

    class Cancels:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            app.cancelMktData(10**6 + next(numbers))
            made[0] += 1

    limits = gc.get_threshold()
    gc.set_threshold(5)
    try:
        for n in range(300):
            Cancels()
            app.cancelMktData(n)
    finally:
        gc.set_threshold(*limits)
    gc.collect()
    app.disconnect()
    reading.join(WAIT)
    ids = [int(frame.split(b"\0")[2]) for frame in reading.frames]
    assert [n for n in ids if n < 10**6] == list(range(300))
    # What is collected by another thread after the disconnect is refused: told, not lost.
    sent = [n for n in ids if n > 10**6]
    refused = app.codes().count(504)
    assert len(set(sent)) == len(sent), "a request of __del__ is doubled"
    assert len(sent) + refused == made[0], f"{made[0]} made, {len(sent)} sent, {refused} refused"
    assert sent, "no garbage was collected within a send"
    app.join()


NAMES = [
    name
    for line in (
        "_lock _ready _state _over _request _session _core _closed _closing _queue _reader _thread _timer",
        "_signal _signals _codec _conn _connection _decoder _wrapper _callbacks _client _options _hooks",
        "_on_state _on_message _on_request _events _event _running _stop _stopped _done _id _ids _next_id",
        "_orders _pending _lifecycle _source _processing _host _port _within _changed _tell _ended _finish",
        "_begin _accept _acknowledge core session lifecycle source queue events state lock ready done orders",
        "pending seams hooks options",
    )
    for name in line.split()
]


@case
def r60_names_of_the_program(bench: Bench) -> None:
    """Attributes of the program's own, by any private name: of different kinds, set before and
    after the constructor.
    """
    for value in (threading.Event(), 7, {}, None, "text"):
        app, tws = bench.program(), bench.tws()
        for name in NAMES:
            setattr(app, name, value)
        bench.dial_in_thread(app, tws)
        for name in NAMES:
            setattr(app, name, value)
        assert app.isConnected(), f"{value!r}: heard {app.heard()}"
        app.start()
        peer = tws.peer()
        peer.frame()
        contract, order = limit_order(bench)
        app.placeOrder(1001, contract, order)
        assert peer.frame().startswith(b"3\0")
        peer.send(raw(9, 1, 5), fill(1001), price(1))
        bench.settle(app, peer)
        assert {"nextValidId", "orderStatus", "tickPrice"} <= set(app.names())
        assert all(getattr(app, name) is value for name in NAMES), (
            "the client has changed an attribute of the program's"
        )
        app.disconnect()
        app.join()


@case
def r61_a_dead_link_with_an_order_in_flight(bench: Bench) -> None:
    """The system gives sent bytes up that nobody acknowledges: keepalive rests as long as there are
    some. (R72 cuts a real link.)
    """
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        raise NotApplicable("this system has another option for it")
    app, _ = bench.link()
    limit = app.conn.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert 0 < limit <= 120_000, "an order in flight keeps a dead link from being noticed"


@case
def r62_what_the_watchdog_hears(bench: Bench) -> None:
    """Whole messages alone; it waits for nobody, needs no descriptor, and asks nothing before
    startApi.
    """
    if not bench.ours:
        raise NotApplicable("it has no watchdog")
    corrupted, deaf, healthy, unstarted = (bench.program() for _ in range(4))
    for app in (corrupted, deaf, healthy, unstarted):
        app.watchdogSeconds = 0.4
    # a length that lies, and bytes that go on
    tws = bench.tws()
    bench.dial(corrupted, tws)
    corrupted.start()
    peer = tws.peer()
    peer.send(struct.pack("!I", 8_000_000))
    began = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - began < WAIT:
            peer.sock.sendall(price(7))
            time.sleep(0.05)
    assert time.monotonic() - began < 0.8 + SOON, "bytes that are no message count as life"
    corrupted.join()
    assert 507 in corrupted.codes()
    # a TWS that hangs, with the system's buffers full and a request waiting
    tws = bench.tws(receive_buffer=4096)
    bench.dial(deaf, tws)
    deaf.start()
    contract, _ = limit_order(bench)
    sending = threading.Thread(
        target=deaf.reqMktData, args=(1, contract, "1" * 9_000_000, False, False, []), daemon=True
    )
    sending.start()
    began = time.monotonic()
    deaf.join()
    assert time.monotonic() - began < 0.8 + SOON, (
        "the watchdog waits for a request that waits for TWS"
    )
    sending.join(WAIT)
    assert not sending.is_alive()
    assert sorted(deaf.codes()) == [504, 507], f"told {deaf.codes()}"
    # a TWS that answers, and a process without a descriptor
    tws = bench.tws()
    bench.dial(healthy, tws)
    healthy.start()
    peer = tws.peer()
    peer.frame()
    with no_descriptor_left():
        for _ in range(3):
            assert peer.fields()[0] == "49"
            peer.send(raw(49, 1, 1))
    bench.settle(healthy, peer)
    assert not healthy.codes(), f"a healthy connection is given up: {healthy.codes()}"
    # a program that calls startAPI() itself, later
    unstarted.asynchronous = True
    tws = bench.tws()
    bench.dial(unstarted, tws)
    unstarted.start()
    peer = tws.peer()
    peer.sock.settimeout(1.2)
    with contextlib.suppress(TimeoutError):
        raise AssertionError(f"before startApi {peer.fields()} was sent")
    peer.sock.settimeout(WAIT)
    assert unstarted.isConnected(), f"given up before startApi: {unstarted.codes()}"
    unstarted.startApi()
    assert peer.fields()[0] == "71"
    assert peer.fields()[0] == "49"


class OfALibrary(BaseException):
    """As gevent.Timeout: no Exception."""


@case
def r64_ended_by_a_stranger(bench: Bench) -> None:
    """Only KeyboardInterrupt and SystemExit end run(): not what libraries raise, nor errors of the
    program's hooks.
    """
    app, tws = bench.program(), bench.tws()
    raised: list[str] = []

    def fail(kind: type[BaseException]) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            raised.append(kind.__name__)
            raise kind("of the program")

        return hook

    app.on["tickPrice"] = fail(asyncio.CancelledError)
    app.on["tickSize"] = fail(GeneratorExit)
    app.on["orderStatus"] = fail(OfALibrary)
    app.on["error"] = fail(StopIteration)
    app.msgLoopTmo, app.msgLoopRec = fail(ZeroDivisionError), fail(ZeroDivisionError)
    logging.disable(logging.CRITICAL)
    bench.dial_in_thread(app, tws)
    app.start()
    peer = tws.peer()
    peer.frame()
    peer.send(price(1), fill(5), error_of(app, 1, 399), price(2))
    bench.settle(app, peer)
    time.sleep(0.5)  # msgLoopTmo
    bench.settle(app, peer)
    assert app.counts["tickPrice"] == 2
    assert {"CancelledError", "OfALibrary", "StopIteration"} <= set(raised), raised
    if bench.ours:  # official hooks are to be overridden in the class
        assert "ZeroDivisionError" in raised
    app.on.clear()
    app.disconnect()
    app.join()
    assert app.counts["connectionClosed"] == 1


@case
def r69_two_that_wait_for_each_other(bench: Bench) -> None:
    """TWS writes before it reads, the program sends in a callback, and queueFrames keeps the client
    from reading: that is said.
    """
    if not bench.ours:
        raise NotApplicable("its queue has no limit")
    bench.module("_client.frame_source").UNHEARD = 0.3
    app, tws = bench.program(), bench.tws(receive_buffer=4096)
    app.queueFrames = 10
    bench.dial(app, tws)
    peer = tws.peer()
    peer.frame()
    contract, _ = limit_order(bench)
    app.on["tickPrice"] = lambda *_: (
        app.on.clear() or app.reqMktData(1, contract, "1" * 9_000_000, False, False, [])
    )
    app.start()
    written = threading.Event()

    def write() -> None:
        for _ in range(400):
            peer.sock.sendall(price(1) * 1000)
        written.set()

    writing = threading.Thread(target=write, daemon=True)
    writing.start()

    def warnings() -> list[str]:
        return [r.getMessage() for r in bench.logged.records if "waits for TWS" in r.getMessage()]

    end = time.monotonic() + WAIT
    while not warnings():
        assert time.monotonic() < end, "both stand still, and nothing is said"
        time.sleep(0.02)
    assert len(warnings()) == 1
    assert not written.is_set()
    reading = Reading(peer)
    reading.go.set()  # TWS reads after all: all goes on
    assert written.wait(WAIT)
    app.wait_for("tickPrice", 400_000, 3 * WAIT)
    app.disconnect()
    app.join()
