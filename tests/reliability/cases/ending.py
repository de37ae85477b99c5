"""R29 - R31: answers that come late, and how a connection ends from TWS's side."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from ..bench import Bench, accepts_up_to, case, price
from ..hostile import HOST, WAIT, Peer, raw

TORN = (b"", b"\0\0", b"\0\0\0\x30" + b"1\x006\x001\0")


@case
def r29_late_and_double_answers(bench: Bench) -> None:
    app, peer = bench.link()
    app.reqCurrentTime()
    assert peer.fields()[0] == "49"
    peer.send(raw(49, 1, 111), raw(49, 1, 222))
    bench.settle(app, peer)
    assert [args for name, args in app.log if name == "currentTime"][:2] == [(111,), (222,)], (
        "not both were delivered"
    )
    try:
        module = bench.module("sync_wrapper")
    except ModuleNotFoundError:
        return  # older generations have no blocking calls
    late_answer(bench, module)


def late_answer(bench: Bench, module: Any) -> None:
    """A blocking call whose answer comes after it gave up: the next one must not take it for its
    own.
    """
    asked: list[threading.Event] = [threading.Event(), threading.Event()]
    go = threading.Event()

    def play(peer: Peer) -> None:
        accepts_up_to()(peer)
        peer.frame()
        peer.send(raw(9, 1, 5), raw(15, 1, "DU1"))
        for event, answer in zip(asked, ((), (raw(49, 1, 111), raw(49, 1, 222))), strict=True):
            while peer.fields()[0] != "49":
                pass
            event.set()
            for late in answer:
                go.wait(WAIT)
                peer.send(late)
                time.sleep(0.1)  # each is processed before the next one comes

    tws = bench.tws(play)
    front = module.TWSSyncWrapper(timeout=WAIT)
    bench._apps.append(type("Front", (), {"on": {}, "disconnect": front.disconnect_and_stop}))
    assert front.connect_and_start(HOST, tws.port, 7), "connect_and_start() failed"
    try:
        front.get_current_time(timeout=0.1)
    except module.ResponseTimeout:
        pass
    else:
        raise AssertionError("no timeout without an answer")
    threading.Timer(0.05, go.set).start()
    got = front.get_current_time(timeout=WAIT)
    assert got == 222, f"the late answer {got} was handed to the next caller"


@case
def r30_end_and_reset(bench: Bench) -> None:
    for end in (Peer.close, Peer.reset):
        for torn in TORN:
            app, peer = bench.link()
            how = f"{end.__name__} after {len(torn)} bytes of a frame"
            peer.send(b"".join(price(n) for n in range(200)) + torn)
            if (
                end is Peer.reset
            ):  # what was sent must have been received, before a reset may overtake it
                app.wait_for("tickPrice", 200)
            end(peer)
            app.wait_for("connectionClosed")
            app.join()
            assert app.counts["tickPrice"] == 200, f"{how}: {app.counts['tickPrice']} of 200 frames"
            assert app.codes() in ([507], [-1]), (
                f"{how}: no error of a lost connection, told {app.heard()}"
            )
            assert app.counts["connectionClosed"] == 1, (
                f"{how}: connectionClosed {app.counts['connectionClosed']} times"
            )
            assert not app.isConnected(), f"{how}: still connected"


@case
def r31_half_open_peer(bench: Bench) -> None:
    """The system probes a silent peer. (The watchdog is this package's own option:
    tests/client/test_watchdog.py.)
    """
    app, _ = bench.link()
    assert app.conn.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), (
        "no TCP keepalive: a peer that is gone is never noticed"
    )
