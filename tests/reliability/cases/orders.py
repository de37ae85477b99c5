"""R55 - R57, R65: an order is not doubled, not lost, not early, and encoded for the connection that
carries it.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from ..bench import SOON, Bench, accepts_up_to, case
from ..hostile import WAIT, Peer, raw
from .requests import ended
from .values import limit_order

DOUBT = re.compile(r"the last (\d+) bytes that were sent may or may not have reached TWS")


def place(app: Any, bench: Bench, first: int, count: int) -> None:
    contract, order = limit_order(bench)
    order.orderRef = "x" * 300
    for order_id in range(first, first + count):
        app.placeOrder(order_id, contract, order)


def order_ids(frames: list[bytes]) -> list[int]:
    """The ids of the orders among these payloads: 1000 and more, which tells them from the
    message's version.
    """
    fields = [frame.split(b"\0") for frame in frames]
    return [next(int(text) for text in f[1:3] if int(text) >= 1000) for f in fields if f[0] == b"3"]


def received(peer: Peer) -> list[bytes]:
    """All whole frames that TWS's system has or still gets, until the end of the stream or a reset."""
    got = []
    peer.sock.settimeout(2)
    with contextlib.suppress(EOFError, OSError):
        while True:
            got.append(peer.frame())
    return got


def held(peer: Peer) -> int:
    """Bytes that TWS's system has received and TWS has not read."""
    peer.sock.setblocking(False)
    try:
        return len(peer.sock.recv(1 << 24, socket.MSG_PEEK))
    except BlockingIOError:
        return 0
    finally:
        peer.sock.settimeout(WAIT)


# --- doubled ---


def hangs(app: Any, peer: Peer) -> None:
    """TWS is silent: the watchdog gives up."""


def breaks(app: Any, peer: Peer) -> None:
    peer.send(b"\xff\xff\xff\xff")


def half_closes(app: Any, peer: Peer) -> None:
    """What is between has lost TWS, and goes on reading: a tunnel."""
    peer.sock.shutdown(socket.SHUT_WR)


def does_not_take(app: Any, peer: Peer) -> None:
    """A request that TWS does not take within sendTimeout."""
    app.reqMktData(1, app.contract, "1" * 9_000_000, False, False, [])
    assert 504 in app.codes(), f"told {app.heard()}"


@case
def r55_nothing_arrives_after_it_was_told_lost(bench: Bench) -> None:
    """Orders wait in the system for a TWS that does not read; the connection is given up; then TWS
    reads.
    """
    ways: tuple[Callable[[Any, Peer], None], ...] = (
        half_closes,
        *((hangs, breaks, does_not_take) if bench.ours else ()),
    )
    for way in ways:
        app, tws = bench.program(), bench.tws(accepts_up_to(), receive_buffer=4096)
        app.contract, _ = limit_order(bench)
        app.watchdogSeconds = 0.3 if way is hangs else None
        app.sendTimeout = 0.3 if way is does_not_take else None
        bench.dial_in_thread(app, tws)
        peer = tws.peer()
        peer.frame()
        app.start()
        place(app, bench, 1000, 400)
        sent = app.codes().count(504)
        assert not sent, f"{way.__name__}: {sent} orders refused"
        way(app, peer)
        app.wait_for("connectionClosed")
        has = held(peer)
        texts = [text for _, code, text in app.errors() if code == 507]
        got = received(peer)
        late = sum(len(frame) + 4 for frame in got) - has
        assert late <= 0, (
            f"{way.__name__}: {late} bytes of orders reach TWS after the program was told that the connection is lost"
        )
        if bench.ours:
            doubt = [int(found[1]) for text in texts if (found := DOUBT.search(text))]
            assert doubt, f"{way.__name__}: the error does not say what is uncertain: {texts}"
            assert doubt[0] > 300 * (400 - len(order_ids(got)) - 1), (
                f"{way.__name__}: {doubt[0]} bytes are said to be uncertain"
            )
        app.join()


@case
def r56_what_was_sent_before_disconnect(bench: Bench) -> None:
    """TWS streams quotes and reads more slowly than the program sends: all orders reach it, or the
    program is told.
    """
    for pause, count, buffer in ((0.0005, 600, 65536), (0.0, 3000, 8192), (0.002, 300, 262144)):
        app, tws = bench.program(), bench.tws(accepts_up_to(), receive_buffer=buffer)
        bench.dial_in_thread(app, tws)
        peer = tws.peer()
        peer.frame()
        app.start()
        over = threading.Event()

        def stream(peer: Peer = peer, over: threading.Event = over) -> None:
            with contextlib.suppress(OSError):
                while not over.is_set():
                    peer.sock.sendall(raw(1, 6, 3, 1, 1.5, 5, 0) * 200)
                    time.sleep(0.001)

        got: list[bytes] = []

        def read(peer: Peer = peer, pause: float = pause, got: list[bytes] = got) -> None:
            with contextlib.suppress(EOFError, OSError):
                while True:
                    got.append(peer.frame())
                    time.sleep(pause)

        threads = [threading.Thread(target=work, daemon=True) for work in (stream, read)]
        for thread in threads:
            thread.start()
        app.wait_for("tickPrice")
        place(app, bench, 1000, count)
        app.disconnect()
        told = app.errors()
        threads[1].join(WAIT)
        over.set()
        ended(threads, "the peer's thread goes on")
        ids = order_ids(got)
        assert ids == list(range(1000, 1000 + len(ids))), "orders are missing in the middle"
        if len(ids) < count:
            said = any(code == 504 and "may not have reached" in text for _, code, text in told)
            assert said, f"{len(ids)} of {count} orders, and no word"
        app.join()


# --- early ---


@case
def r57_no_request_before_startapi(bench: Bench) -> None:
    """Other threads place orders whenever there is a connection, while one thread reconnects."""
    app, tws = bench.program(), bench.tws()
    contract, order = limit_order(bench)
    over = threading.Event()

    def work() -> None:
        n = 0
        while not over.is_set():
            n += 1
            with contextlib.suppress(
                Exception
            ):  # official clients raise while another thread disconnects
                if app.isConnected() or n % 7 == 0:
                    app.placeOrder(n, contract, order)
            time.sleep(0.0003)

    working = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in working:
        thread.start()
    try:
        for n in range(bench.size(60, 1000)):
            bench.dial_in_thread(app, tws)
            peer = tws.peer()
            first = peer.frame()
            assert first.startswith(b"71\0"), f"session {n} begins with {first[:20]!r}"
            app.start()
            app.disconnect()
            app.join()
            frames = received(peer)
            assert not [f for f in frames if f.startswith(b"71\0")], "startApi is sent twice"
            peer.sock.close()
    finally:
        over.set()
    ended(working, "a request does not return")


@case
def r65_a_reconnect_in_the_middle_of_a_request(bench: Bench) -> None:
    """To a TWS of another version: what was encoded for one is not sent to the other."""
    contract, order = limit_order(bench)
    order.orderRef = "mine"
    ways = ("conn", "sendMsg") if bench.ours else ("conn",)
    for way in ways:
        app = bench.program()
        new, old = bench.tws(accepts_up_to(187)), bench.tws(accepts_up_to(120))
        bench.dial_in_thread(app, old)
        app.start()
        first = old.peer()
        first.frame()
        armed = [True]

        def reconnect(app: Any = app, new: Any = new, armed: list[bool] = armed) -> None:
            if armed and threading.current_thread() is threading.main_thread():
                armed.clear()
                app.disconnect()
                bench.dial_in_thread(app, new)

        if way == "conn":
            conn = [vars(app).get("conn")]

            def get(
                _: Any, conn: list[Any] = conn, reconnect: Callable[[], None] = reconnect
            ) -> Any:
                found = conn[0]
                reconnect()
                return found

            type(app).conn = property(get, lambda _, value, conn=conn: conn.__setitem__(0, value))
        else:
            original = app.sendMsg

            def send(
                *message: Any, original: Any = original, reconnect: Callable[[], None] = reconnect
            ) -> None:
                reconnect()
                original(*message)

            app.sendMsg = send
        app.placeOrder(5000, contract, order)
        app.sendMsg = type(app).sendMsg.__get__(app)
        arrived = received(first)
        if armed:  # it went straight to its connection
            assert order_ids(arrived) == [5000] or not bench.ours
            app.disconnect()
            app.join()
            continue
        second = new.peer()
        second.frame()
        app.disconnect()
        late = [frame for frame in received(second) if frame.startswith(b"3\0")]
        assert not late, f"{way}: an order of version 120 was sent to a TWS of 187"
        told = [error[:2] for error in app.errors()]
        assert order_ids(arrived) == [5000] or (5000, 504) in told, (
            f"{way}: the order is lost; told {told}"
        )
        app.join(SOON + WAIT)
