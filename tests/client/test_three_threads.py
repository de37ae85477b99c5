"""EClientSocket as in Java and C#: a reader and a processing loop that the program starts itself.
And startAPI() by hand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from ibapi_port.reader import EReader, EReaderMonitorSignal

from .samples import next_id, price
from .scripted import HOST, WAIT, App, Peer, ScriptedTws, SocketApp, accepts

Serve = Callable[..., ScriptedTws]


class Loop:
    """The loop that the documentation shows, in a thread "processing"."""

    def __init__(self, tws: ScriptedTws, app: SocketApp | None = None) -> None:
        self.app = app if app is not None else SocketApp()
        self.tws = tws
        self.wakes = 0
        self.failure: BaseException | None = None
        self.app.eConnect(HOST, tws.port, 7)
        self.signal = EReaderMonitorSignal()
        self.reader = EReader(self.app, self.signal)
        self.reader.start()
        self.thread = threading.Thread(target=self._process, name="processing", daemon=True)
        self.thread.start()
        self.peer: Peer = tws.peer()

    def _process(self) -> None:
        try:
            while self.app.isConnected():
                self.signal.waitForSignal()
                self.wakes += 1
                self.reader.processMsgs()
        except BaseException as e:
            self.failure = e

    def join(self) -> None:
        self.thread.join(WAIT)
        assert not self.thread.is_alive(), "the loop does not end"
        self.reader.join(WAIT)
        assert not self.reader.is_alive()


@pytest.fixture
def loops() -> Iterator[list[Loop]]:
    """Loops that are ended after the test."""
    made: list[Loop] = []
    yield made
    for loop in made:
        loop.app.on.clear()
        loop.app.eDisconnect()
        loop.join()


def start(loops: list[Loop], tws: ScriptedTws, app: SocketApp | None = None) -> Loop:
    loops.append(Loop(tws, app))
    return loops[-1]


def test_it_wakes_for_messages_and_at_the_end_from_tws(loops: list[Loop], serve: Serve) -> None:
    loop = start(loops, serve(accepts()))
    app = loop.app
    for n in range(3):
        loop.peer.send(next_id(187, n))
        app.wait_for("nextValidId", n + 1)
    loop.peer.close()
    loop.join()
    assert app.names() == ["connectAck", *["nextValidId"] * 3, "error", "connectionClosed"]
    assert app.errors() == [(-1, 507, "Bad Message: TWS closed the connection")]
    assert {heard.thread for heard in app.log[1:]} == {"processing"}
    assert loop.failure is None
    assert not app.isConnected()


def test_it_ends_with_eDisconnect(loops: list[Loop], serve: Serve) -> None:
    loop = start(loops, serve(accepts()))
    loop.app.eDisconnect()
    loop.join()
    assert loop.app.names() == ["connectAck", "connectionClosed"]
    assert loop.app.log[-1].thread == "MainThread"
    assert len(loop.peer.to_the_end()) == 1


def test_eDisconnect_within_a_callback(loops: list[Loop], serve: Serve) -> None:
    loop = start(loops, serve(accepts()))
    loop.app.on["nextValidId"] = lambda _: loop.app.eDisconnect()
    loop.peer.send(next_id(187), price(187), price(187))
    loop.join()
    assert loop.app.names() == [
        "connectAck",
        "nextValidId",
        "connectionClosed",
        "tickPrice",
        "tickPrice",
    ]


def test_what_came_with_the_answer_is_there_before_the_reader(
    loops: list[Loop], serve: Serve
) -> None:
    loop = start(loops, serve(accepts(187, next_id(187, 5) + price(187))))
    loop.app.wait_for("tickPrice")
    assert loop.app.told()[:2] == [("connectAck",), ("nextValidId", 5)]


def test_many_messages_are_few_wakes(loops: list[Loop], serve: Serve) -> None:
    """A batch is one signal."""
    loop = start(loops, serve(accepts()))
    loop.peer.send(*(price(187, n) for n in range(1000)))
    loop.app.wait_for("tickPrice", 1000)
    loop.app.eDisconnect()
    loop.join()
    assert 1 <= loop.wakes < 300


def test_an_exception_of_the_last_error_does_not_hide_the_end(
    loops: list[Loop], serve: Serve
) -> None:
    """The loop gets it; the connection is over all the same."""
    app = SocketApp()
    app.raiseCallbackErrors = True
    own = RuntimeError("own")

    def fail(*_: object) -> None:
        raise own

    app.on["error"] = fail
    loop = start(loops, serve(accepts()), app)
    loop.peer.close()
    loop.join()
    assert loop.failure is own
    assert app.names() == ["connectAck", "error", "connectionClosed"]
    assert not app.isConnected()


def test_it_connects_again(loops: list[Loop], serve: Serve) -> None:
    tws = serve(accepts(187), accepts(200))
    first = start(loops, tws)
    first.peer.send(next_id(187, 1))
    first.app.wait_for("nextValidId")
    first.app.eDisconnect()
    first.join()
    second = start(loops, tws, first.app)
    second.peer.send(next_id(200, 2))
    second.app.wait_for("nextValidId", 2)
    assert first.app.told() == [
        ("connectAck",),
        ("nextValidId", 1),
        ("connectionClosed",),
        ("connectAck",),
        ("nextValidId", 2),
    ]


def test_without_a_reader(serve: Serve) -> None:
    """It connects, asks and disconnects; it hears nothing."""
    tws = serve(accepts(187, next_id(187)))
    app = SocketApp()
    app.eConnect(HOST, tws.port, 7)
    app.cancelMktData(3)
    app.eDisconnect()
    assert app.names() == ["connectAck", "connectionClosed"]
    assert [payload.split(b"\0")[0] for payload in tws.peer().to_the_end()] == [b"71", b"2"]


def test_a_reader_that_was_never_started(serve: Serve) -> None:
    tws = serve(accepts(187, next_id(187)))
    app = SocketApp()
    app.eConnect(HOST, tws.port, 7)
    EReader(app, app.signal)
    app.eDisconnect()
    assert app.names() == ["connectAck", "connectionClosed"]


def test_a_reader_made_after_the_end_ends_at_once(serve: Serve) -> None:
    app = SocketApp()
    app.eConnect(HOST, serve(accepts()).port, 7)
    app.eDisconnect()
    reader = EReader(app, app.signal)
    reader.start()
    app.signal.waitForSignal()
    reader.processMsgs()
    reader.join(WAIT)
    assert not reader.is_alive()
    assert reader.finished
    assert app.names() == ["connectAck", "connectionClosed"]


def test_any_object_with_the_two_methods_is_a_signal(serve: Serve) -> None:
    class OwnSignal:
        def __init__(self) -> None:
            self.semaphore = threading.Semaphore(0)

        def issueSignal(self) -> None:
            self.semaphore.release()

        def waitForSignal(self) -> None:
            assert self.semaphore.acquire(timeout=WAIT)

    tws, app = serve(accepts(187, next_id(187))), SocketApp()
    app.eConnect(HOST, tws.port, 7)
    signal = OwnSignal()
    reader = EReader(app, signal)
    reader.start()
    while "nextValidId" not in app.names():
        signal.waitForSignal()
        reader.processMsgs()
    tws.peer().close()
    while app.isConnected():
        signal.waitForSignal()
        reader.processMsgs()
    reader.join(WAIT)
    assert app.names() == ["connectAck", "nextValidId", "error", "connectionClosed"]


# --- AsyncEConnect ---


def test_startApi_is_the_programs_with_AsyncEConnect(app: App, serve: Serve) -> None:
    tws = serve(accepts())
    assert app.AsyncEConnect is False
    app.AsyncEConnect = True
    assert app.asynchronous is True
    app.dial(tws)
    assert app.names() == ["connectAck"]
    assert app.isConnected()
    app.reqCurrentTime()  # not before startApi
    assert [error[:2] for error in app.errors()] == [(-1, 504)]
    app.startAPI()
    app.reqCurrentTime()
    peer = tws.peer()
    assert [peer.fields(), peer.fields()] == [["71", "2", "7", ""], ["49", "1"]]


def test_startAPI_within_connect_ack(serve: Serve, loops: list[Loop]) -> None:
    """As IB's samples do."""
    app = SocketApp()
    app.AsyncEConnect = True
    app.on["connectAck"] = app.startAPI
    loop = start(loops, serve(accepts()), app)
    assert loop.peer.fields() == ["71", "2", "7", ""]
    app.eDisconnect()
    assert loop.peer.to_the_end() == []  # once


def test_connect_ack_comes_after_startApi_otherwise(app: App, serve: Serve) -> None:
    tws = serve(accepts())
    app.on["connectAck"] = app.reqCurrentTime
    app.dial(tws)
    peer = tws.peer()
    assert [peer.fields()[0], peer.fields()[0]] == ["71", "49"]
    assert app.names() == ["connectAck"]
