"""A peer that is gone without a sign, and one that takes nothing any more."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from machine import slowness

from .scripted import WAIT, App, ScriptedTws, accepts, raw

Serve = Callable[..., ScriptedTws]


def watched(serve: Serve, seconds: float) -> tuple[App, ScriptedTws]:
    app, tws = App(), serve(accepts())
    app.watchdogSeconds = seconds
    app.dial(tws)
    app.start()
    return app, tws


def test_a_silent_tws_is_asked_and_then_given_up(serve: Serve) -> None:
    began = time.monotonic()
    app, tws = watched(serve, 0.1)
    peer = tws.peer()
    peer.frame()
    assert peer.fields() == ["49", "1"]
    app.wait_for("connectionClosed")
    assert 0.2 <= time.monotonic() - began < 2 * slowness()
    assert app.join() is None
    assert app.errors() == [(-1, 507, "Bad Message: nothing was heard from TWS for 0.2 s")]
    assert app.counts["connectionClosed"] == 1
    assert not app.isConnected()


def test_a_tws_that_answers_is_kept(serve: Serve) -> None:
    app, tws = watched(serve, 0.1 * slowness())  # in which this test has to answer
    peer = tws.peer()
    peer.frame()
    for n in range(4):
        assert peer.fields() == ["49", "1"]
        peer.send(raw(49, 1, n))
    app.wait_for("currentTime", 4)
    assert app.isConnected()
    app.disconnect()
    app.join()
    assert not app.errors()


def test_disconnect_does_not_wait_for_it(serve: Serve) -> None:
    app, _ = watched(serve, 60)
    began = time.monotonic()
    app.disconnect()
    app.join()
    assert time.monotonic() - began < slowness()
    assert not app.errors()


def test_the_system_probes_too(app: App, serve: Serve) -> None:
    app.dial(serve(accepts()))
    assert app.conn is not None
    assert app.conn.socket is not None
    assert app.conn.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    if hasattr(socket, "TCP_KEEPIDLE"):
        assert app.conn.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60


def test_a_deadline_for_sending(app: App, serve: Serve) -> None:
    """A request that TWS does not take in time is error 504, and the end of a stream that may be
    torn.
    """
    app.sendTimeout = 0.2
    tws = serve(accepts(), receive_buffer=4096)
    app.dial(tws)
    app.start()
    began = time.monotonic()
    for n in range(1000):
        app.reqNewsArticle(n, "p", "x" * 100_000, [])
        if any(code == 504 for _, code, _ in app.errors()):
            break
    assert 0.2 <= time.monotonic() - began < WAIT / 2
    app.wait_for("connectionClosed")
    app.join()
    (refused,) = [
        error for error in app.errors() if error[1] == 504
    ]  # in this thread, the other one in that of run()
    assert refused[0] == n
    assert "within 0.2 s" in refused[2]
    assert sorted(code for _, code, _ in app.errors()) == [504, 507]


def test_receiving_is_not_hurried_by_it(app: App, serve: Serve) -> None:
    app.sendTimeout = 0.05
    tws = serve(accepts())
    app.dial(tws)
    app.start()
    time.sleep(0.15)  # silence is in order
    tws.peer().send(raw(49, 1, 1))
    app.wait_for("currentTime")
    assert app.isConnected()
