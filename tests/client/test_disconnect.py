"""disconnect() from anywhere: connectionClosed once for each connection that there was, no error,
nothing left, nothing lost.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from ibapi_port import client
from ibapi_port.client import EClient

from .samples import next_id, notice, price, quote
from .scripted import HOST, WAIT, App, Link, Peer, Play, ScriptedTws, accepts, raw, says, silent

Links = Callable[..., Link]
Serve = Callable[..., ScriptedTws]


def closed(one: Link, *callbacks: str, where: str = "MainThread") -> None:
    """The connection is over, told once in the thread that ended it; TWS has got nothing more."""
    assert one.app.join() is None
    assert one.app.names() == list(callbacks)
    assert [heard.thread for heard in one.app.log if heard.name == "connectionClosed"] == [where]
    assert not one.app.isConnected()
    assert one.app.connState == EClient.DISCONNECTED
    if one.peer.sock.fileno() >= 0:
        assert one.peer.to_the_end() == []


def in_thread(function: Callable[[], Any], name: str = "other") -> None:
    thread = threading.Thread(target=function, name=name)
    thread.start()
    thread.join(WAIT)
    assert not thread.is_alive()


def test_from_the_main_thread(link: Links) -> None:
    one = link()
    seen = []
    one.app.on["connectionClosed"] = lambda: seen.append(one.app.isConnected())
    one.app.disconnect()
    assert one.app.told() == [("connectionClosed",)]  # before disconnect() returns
    assert seen == [False]
    closed(one, "connectionClosed")


def test_from_another_thread(link: Links) -> None:
    one = link()
    in_thread(one.app.disconnect)
    closed(one, "connectionClosed", where="other")


def test_twice(link: Links) -> None:
    one = link()
    one.app.disconnect()
    one.app.disconnect()
    in_thread(one.app.disconnect)
    closed(one, "connectionClosed")


def test_within_connection_closed(link: Links) -> None:
    one = link()
    one.app.on["connectionClosed"] = one.app.disconnect
    one.app.disconnect()
    closed(one, "connectionClosed")


def test_before_connecting(app: App) -> None:
    app.disconnect()
    app.run()
    assert app.log == []


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("nextValidId", next_id(187)),
        ("error", notice(187, 2104, "OK")),
        ("tickPrice", quote(187)),
        ("tickSize", quote(187)),
    ],
)
def test_within_a_callback(link: Links, name: str, first: bytes) -> None:
    """What was received with it is still delivered, to the same thread, after connectionClosed."""
    one = link()

    def leave(*_: object) -> None:
        one.app.disconnect()
        one.app.disconnect()

    one.app.on[name] = leave
    one.peer.send(first, price(187, 5), next_id(187, 6), notice(187, 2106, "OK"))
    expected = {
        "nextValidId": ["nextValidId", "connectionClosed"],
        "error": ["error", "connectionClosed"],
        "tickPrice": ["tickPrice", "connectionClosed", "tickSize"],
        "tickSize": ["tickPrice", "tickSize", "connectionClosed"],
    }[name]
    closed(one, *expected, "tickPrice", "nextValidId", "error", where="run")
    assert one.app.threads() == {"run"}
    assert [e[1] for e in one.app.errors()] == ([2104] if name == "error" else []) + [2106]


def test_within_the_error_of_a_lost_connection(link: Links) -> None:
    one = link()
    one.app.on["error"] = lambda *_: one.app.disconnect()
    one.peer.close()
    closed(one, "error", "connectionClosed", where="run")


def test_from_another_thread_during_the_error_of_a_lost_connection(link: Links) -> None:
    one = link()
    one.app.on["error"] = lambda *_: in_thread(one.app.disconnect)
    one.peer.close()
    closed(one, "error", "connectionClosed", where="other")


def test_within_connect_ack(app: App, serve: Serve) -> None:
    app.on["connectAck"] = app.disconnect
    tws = serve(accepts(187, next_id(187)))
    app.dial(tws)
    assert app.names() == ["connectAck", "connectionClosed"]
    assert not app.isConnected()
    app.run()
    assert app.names() == ["connectAck", "connectionClosed", "nextValidId"]  # it was received
    assert len(tws.peer().to_the_end()) == 1  # startApi


@pytest.mark.parametrize("round_", range(10))
def test_from_eight_threads_at_once(link: Links, round_: int) -> None:
    one = link()
    one.peer.send(*(price(187, n) for n in range(100)))
    barrier = threading.Barrier(8)

    def leave() -> None:
        barrier.wait(WAIT)
        one.app.disconnect()

    threads = [threading.Thread(target=leave) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    one.app.join()
    names = one.app.names()
    assert names.count("connectionClosed") == 1
    assert set(names) <= {"tickPrice", "connectionClosed"}
    assert [heard.args[0] for heard in one.app.log if heard.name == "tickPrice"] == list(
        range(names.count("tickPrice"))
    )


@pytest.mark.parametrize("round_", range(10))
def test_at_the_same_time_as_tws(link: Links, round_: int) -> None:
    """Whoever comes first: connectionClosed once; an error only if it was TWS."""
    one = link()
    barrier = threading.Barrier(2)

    def leave() -> None:
        barrier.wait(WAIT)
        one.peer.reset()

    thread = threading.Thread(target=leave)
    thread.start()
    barrier.wait(WAIT)
    one.app.disconnect()
    thread.join()
    one.app.join()
    assert one.app.names() in (["connectionClosed"], ["error", "connectionClosed"])
    assert [e[1] for e in one.app.errors()] in ([], [507])


def test_received_frames_are_delivered_to_a_run_that_begins_later(app: App, serve: Serve) -> None:
    tws = serve(accepts(187, b"".join(price(187, n) for n in range(1000))))
    app.dial(tws)
    app.disconnect()
    assert app.names() == ["connectAck", "connectionClosed"]
    app.start()
    app.join()
    assert app.names()[2:] == ["tickPrice"] * 1000


def test_a_busy_program_is_not_waited_for(link: Links) -> None:
    """disconnect() returns although the processing thread is still in a callback."""
    one = link()
    go = threading.Event()
    one.app.on["nextValidId"] = lambda *_: go.wait(WAIT)
    one.peer.send(next_id(187), price(187))
    one.app.wait_for("nextValidId")
    one.app.disconnect()
    assert one.app.names() == ["nextValidId", "connectionClosed"]
    go.set()
    closed(one, "nextValidId", "connectionClosed", "tickPrice")


def test_a_tws_that_never_stops_talking(link: Links) -> None:
    """disconnect() does not wait for the end of what TWS sends."""
    one = link()
    data = raw(19, 1, "x" * 100_000) * 5

    def talk() -> None:
        with suppress(OSError):  # the client has gone
            while True:
                one.peer.send(data)

    talking = threading.Thread(target=talk)
    talking.start()
    one.app.wait_for("scannerParameters", 50)
    done = threading.Event()

    def leave() -> None:
        one.app.disconnect()
        done.set()

    leaving = threading.Thread(target=leave)
    leaving.start()
    quickly = done.wait(2)
    with suppress(OSError):
        one.peer.sock.shutdown(socket.SHUT_RDWR)
    talking.join()
    leaving.join()
    one.app.join()
    assert quickly
    assert one.app.names().count("connectionClosed") == 1
    assert one.app.errors() == []


# --- while connecting: one error 502, and nothing was connected ---


@contextmanager
def connecting(app: App, port: int) -> Iterator[None]:
    """connect() in a thread of its own; at the end it has returned, with one error 502 only."""
    thread = threading.Thread(target=app.connect, args=(HOST, port, 7, 60), name="connecting")
    thread.start()
    yield
    thread.join(WAIT)
    assert not thread.is_alive()
    assert app.names() == ["error"]
    assert app.errors()[0][:2] == (-1, 502)
    assert app.errors()[0][2].startswith("Given up while connecting to ")
    assert app.threads() == {"connecting"}
    assert app.connState == EClient.DISCONNECTED
    assert (app.serverVersion(), app.host, app.conn) == (None, None, None)


@pytest.mark.parametrize(
    "play",
    [silent, says(b"\0\0"), says(b"\0\0\0\x20187\0")],
    ids=["no answer", "half a length", "half an answer"],
)
def test_while_tws_does_not_answer(app: App, serve: Serve, play: Play) -> None:
    tws = serve(play)
    with connecting(app, tws.port):
        peer = tws.peer()
        app.disconnect()
    assert peer.to_the_end() == []


def test_from_eight_threads_while_tws_does_not_answer(app: App, serve: Serve) -> None:
    tws = serve(silent)
    with connecting(app, tws.port):
        tws.peer()
        threads = [threading.Thread(target=app.disconnect) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
            assert not thread.is_alive()


def test_while_nobody_takes_the_connection(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose backlog is full: the client waits for the connection itself."""
    begun = threading.Event()

    class Watched(socket.socket):
        def connect(self, address: Any) -> None:
            begun.set()
            super().connect(address)

    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind((HOST, 0))
        listener.listen(0)
        for sock in (first, second):
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        monkeypatch.setattr(socket, "socket", Watched)
        with connecting(app, listener.getsockname()[1]):
            assert begun.wait(WAIT)
            app.disconnect()


STEPS = ["getaddrinfo", "open", "shake_hands"]


@pytest.mark.parametrize("step", STEPS)
def test_between_the_steps_of_connecting(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """At whatever moment: here right after each step."""
    holder: Any = socket if step == "getaddrinfo" else client.Connection
    original = getattr(holder, step)

    def then_leave(*args: Any, **options: Any) -> Any:
        result = original(*args, **options)
        in_thread(app.disconnect)
        return result

    monkeypatch.setattr(holder, step, then_leave)
    with connecting(app, serve(accepts() if step == "shake_hands" else silent).port):
        pass
    monkeypatch.undo()
    app.forget()
    app.dial(serve(accepts()))  # nothing is left of it
    assert app.names() == ["connectAck"]


@pytest.mark.parametrize("moment", ["before startApi", "after startApi", "within connectAck"])
def test_by_another_thread_between_accepted_and_connect_ack(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """connectionClosed comes once and last, and no error for a request that the program did not
    make.
    """
    start = EClient.startApi

    def leaving(self: App) -> None:
        if moment == "before startApi":
            in_thread(app.disconnect)
        start(self)
        if moment == "after startApi":
            in_thread(app.disconnect)

    monkeypatch.setattr(EClient, "startApi", leaving)
    if moment == "within connectAck":
        app.on["connectAck"] = lambda: in_thread(app.disconnect)
    app.dial(serve(accepts()))
    acknowledged = ["connectAck"] if moment == "within connectAck" else []
    assert app.names() == [*acknowledged, "connectionClosed"]
    assert app.connState == EClient.DISCONNECTED


@pytest.mark.parametrize("round_", range(40))
def test_at_any_moment_of_connecting(app: App, serve: Serve, round_: int) -> None:
    """Either the attempt fails, or there was a connection and its end was told."""
    barrier = threading.Barrier(2)

    def play(peer: Peer) -> None:
        peer.greet()
        barrier.wait(WAIT)
        accepts_now(peer)

    def accepts_now(peer: Peer) -> None:
        peer.send(b"\0\0\0\x0a187\x00time\x00\x00")

    tws = serve(play)
    thread = threading.Thread(target=app.connect, args=(HOST, tws.port, 7, 60))
    thread.start()
    barrier.wait(WAIT)
    threading.Event().wait(round_ * 1e-5)  # from before the answer until after it
    app.disconnect()
    thread.join(WAIT)
    assert not thread.is_alive()
    app.disconnect()
    names = app.names()
    if app.errors() and app.errors()[0][1] == 502:
        assert names == ["error"]
    else:
        assert names in (["connectionClosed"], ["connectAck", "connectionClosed"])
    assert app.connState == EClient.DISCONNECTED
