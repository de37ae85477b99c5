"""A client on a connection of its own, as programs on asyncio have it: `conn`, the version and the
state are the program's.
"""

from __future__ import annotations

import queue
from typing import Any

from ibapi_port import comm
from ibapi_port.connection import Connection
from ibapi_port.decoder import Decoder
from ibapi_port.reader import EReader
from ibapi_port.seams import Refused, seams
from ibapi_port.simulator import SimulatedTws

from .samples import price
from .scripted import App


class Wire:
    """What a program puts in place of the connection."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendMsg(self, msg: bytes) -> None:
        self.sent.append(msg)


def connected() -> tuple[App, Wire]:
    """A program that has shaken hands by itself."""
    app, wire = App(), Wire()
    app.conn = wire  # type: ignore[assignment]
    app.decoder = Decoder(app, None)
    app.decoder.serverVersion = 187
    app.serverVersion_ = 187
    app.clientId = 7
    app.setConnState(App.CONNECTED)
    return app, wire


def test_requests_go_over_it() -> None:
    app, wire = connected()
    assert app.isConnected()
    app.startApi()
    app.cancelMktData(5)
    assert wire.sent == [
        comm.make_msg(71, False, "2\x007\x00\x00"),
        comm.make_msg(2, False, "2\x005\x00"),
    ]
    assert app.names() == []


def test_a_request_that_cannot_be_sent_is_an_error() -> None:
    app, wire = connected()
    app.reqPnL(5, None, "")  # type: ignore[arg-type]
    assert wire.sent == []
    assert [error[:2] for error in app.errors()] == [(5, 321)]


def test_a_guard_sees_what_goes_over_it() -> None:
    app, wire = connected()

    def guard(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "cancelMktData":
            raise Refused("the guard is on", 999)

    seams(app).on_request = guard
    app.cancelMktData(5)
    app.cancelHistoricalData(6)
    assert [error[:2] for error in app.errors()] == [(5, 999)]
    assert wire.sent == [comm.make_msg(25, False, "1\x006\x00")]


def test_messages_come_by_interpret() -> None:
    app, _ = connected()
    assert app.decoder is not None
    app.decoder.interpret(comm.read_fields(price(187, 5)[4:]))
    assert app.told()[0][:2] == ("tickPrice", 5)


def test_it_is_not_connected_before_it_says_so() -> None:
    app, wire = connected()
    app.setConnState(App.DISCONNECTED)
    assert not app.isConnected()
    app.conn = None
    app.cancelMktData(5)
    assert wire.sent == []
    assert [error[:2] for error in app.errors()] == [(5, 504)]


class Resetting(App):
    """Makes its attributes in reset(), which EClient's constructor calls."""

    def reset(self) -> None:
        super().reset()
        self.buffer = b""


def test_reset_is_called_by_the_constructor() -> None:
    assert Resetting().buffer == b""


def test_disconnect_ends_it() -> None:
    app, wire = connected()
    closed: list[str] = []
    wire.disconnect = lambda: closed.append("by its own method")  # type: ignore[attr-defined]
    app.disconnect()
    app.disconnect()
    assert closed == ["by its own method"]
    assert app.names() == ["connectionClosed"]
    assert (app.isConnected(), app.conn, app.serverVersion()) == (False, None, None)
    app.cancelMktData(5)
    assert wire.sent == []
    assert [error[1] for error in app.errors()] == [504]


def test_a_connection_without_disconnect_ends_too() -> None:
    app, _ = connected()
    app.disconnect()
    assert app.names() == ["connectionClosed"]
    assert not app.isConnected()


def test_it_may_be_a_connection_of_this_package() -> None:
    """Programs that read by themselves make one, and shake hands over it."""
    app = App()
    app.decoder = Decoder(app, None)
    with SimulatedTws(port=0, virtual=True, server_version=187) as tws:
        conn = app.conn = Connection("127.0.0.1", tws.port)
        conn.connect()
        app.setConnState(App.CONNECTING)
        conn.sendMsg(b"API\0" + comm.make_initial_msg("v100..187"))
        _, answer, buffer = comm.read_msg(conn.recvMsg())
        app.serverVersion_ = app.decoder.serverVersion = int(comm.read_fields(answer)[0])
        app.clientId = 7
        app.setConnState(App.CONNECTED)
        assert app.isConnected()
        app.startApi()
        app.reqCurrentTime()
        while "currentTime" not in app.names():
            _, message, buffer = comm.read_msg(buffer)
            if message:
                app.decoder.interpret(comm.read_fields(message))
            else:
                buffer += conn.recvMsg()
        app.disconnect()
    assert not conn.isConnected()
    assert app.names()[-1] == "connectionClosed"


class Connecting(App):
    """A program that makes the connection in a `connect` of its own, with an EReader."""

    notes: list[str]

    def connect(self, host: str, port: int, clientId: int) -> None:  # type: ignore[override]
        conn = Connection(host, port)
        conn.connect()
        conn.sendMsg(b"API\0" + comm.make_initial_msg("v100..187"))
        answer: bytes | str = b""
        buffer = b""
        while not answer:
            buffer += conn.recvMsg()
            _, answer, buffer = comm.read_msg(buffer)
        self.conn, self.clientId = conn, clientId
        self.serverVersion_ = int(comm.read_fields(answer)[0])
        self.decoder = Decoder(self, self.serverVersion_)
        self.setConnState(App.CONNECTED)
        self.reader = EReader(conn, self.msg_queue)  # type: ignore[arg-type]
        self.reader.start()
        self.startApi()


def test_run_over_it() -> None:
    class Ending(Connecting):
        def nextValidId(self, orderId: int) -> None:
            self.reqCurrentTime()

        def currentTime(self, time: int) -> None:
            self.notes.append("time")
            self.disconnect()

        def connectionClosed(self) -> None:
            self.notes.append("closed")

    app = Ending()
    app.notes = []
    with SimulatedTws(port=0, virtual=True, server_version=187) as tws:
        app.connect("127.0.0.1", tws.port, 7)
        reader = app.reader
        app.run()
    assert app.notes == ["time", "closed"]
    assert not app.isConnected()
    assert reader is not None
    reader.join(5)
    assert not reader.is_alive()


def test_run_over_it_ends_when_tws_goes() -> None:
    class Left(Connecting):
        def connectionClosed(self) -> None:
            self.notes.append("closed")

    app = Left()
    app.notes = []
    with SimulatedTws(port=0, virtual=True, server_version=187) as tws:
        app.connect("127.0.0.1", tws.port, 7)
    reader = app.reader
    app.run()
    assert app.notes == ["closed"]
    assert not app.isConnected()
    assert reader is not None
    reader.join(5)
    assert not reader.is_alive()


def test_a_connection_that_had_nothing_is_read_on() -> None:
    """The official `recvMsg` returns b"" after a time in which nothing came."""

    class Slow:
        def __init__(self) -> None:
            self.came = [b"", comm.make_initial_msg("49\x001\x00123\x00"), b""]

        def isConnected(self) -> bool:
            return bool(self.came)

        def recvMsg(self) -> bytes:
            return self.came.pop(0)

        def disconnect(self) -> None:
            raise AssertionError("it is the program's to end it")

    frames: queue.Queue[bytes] = queue.Queue()
    reader = EReader(Slow(), frames)  # type: ignore[arg-type]
    reader.start()
    reader.join(10)
    assert frames.get(block=False) == b"49\x001\x00123\x00"
