"""A client on a connection of its own, as programs on asyncio have it: `conn`, the version and the
state are the program's.
"""

from __future__ import annotations

from typing import Any

from ibapi_port import comm
from ibapi_port.decoder import Decoder
from ibapi_port.seams import Refused, seams

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
