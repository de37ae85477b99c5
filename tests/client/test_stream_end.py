"""The connection ends from TWS's side: everything received is delivered, then one error, then
connectionClosed.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from ibapi_port.client import EClient

from .samples import next_id, notice, price, quote
from .scripted import App, Link, Peer, ScriptedTws, accepts, raw

Links = Callable[..., Link]
LIMIT = 16 * 1024 * 1024
COUNT = 50


def too_long(peer: Peer) -> None:
    peer.send(struct.pack(">I", LIMIT + 1) + b"the beginning of what is no frame")


ENDS: dict[str, tuple[Callable[[Peer], None], str]] = {
    "close": (Peer.close, "TWS closed the connection"),
    "reset": (Peer.reset, "Connection reset by peer"),
    "a frame that is too long": (
        too_long,
        f"frame of {LIMIT + 1} bytes announced, the limit is {LIMIT}",
    ),
}


def lost(one: Link, code: int | None = 507) -> str:
    """run() has returned after the end of the connection, reported in its thread: the error's text."""
    app = one.app
    assert app.join() is None
    told = app.told()
    assert told[-1] == ("connectionClosed",)
    assert not app.isConnected()
    assert app.connState == EClient.DISCONNECTED
    assert app.serverVersion() is None
    assert app.threads() == {"run"}
    app.disconnect()
    app.run()
    assert app.told() == told
    if code is None:
        return ""
    assert told[-2][:3] == ("error", -1, code)
    assert str(told[-2][3]).startswith("Bad Message: ")
    return str(told[-2][3])


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("count", [0, 1, COUNT])
def test_all_frames_then_the_error_then_the_end(link: Links, end: str, count: int) -> None:
    one = link()
    finish, reason = ENDS[end]
    seen = []
    one.app.on["connectionClosed"] = lambda: seen.append(
        (one.app.isConnected(), one.app.serverVersion())
    )
    one.peer.send(*(price(187, n, n / 4) for n in range(count)))
    finish(one.peer)
    assert lost(one) == f"Bad Message: {reason}"
    assert [(t[0], t[1]) for t in one.app.told()[:-2]] == [("tickPrice", n) for n in range(count)]
    assert len(one.app.log) == count + 2
    assert seen == [
        (False, 187)
    ]  # what belonged to the connection is forgotten after connectionClosed


@pytest.mark.parametrize("end", ENDS)
def test_with_the_frames_in_the_segment_of_the_answer(
    app: App, serve: Callable[..., ScriptedTws], end: str
) -> None:
    """run() begins when all is over."""
    finish, reason = ENDS[end]
    tws = serve(accepts(187, b"".join(price(187, n) for n in range(COUNT))))
    app.dial(tws)
    finish(tws.peer())
    app.start()
    assert app.join() is None
    assert app.names() == ["connectAck", *["tickPrice"] * COUNT, "error", "connectionClosed"]
    assert app.errors() == [(-1, 507, f"Bad Message: {reason}")]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("code", [-1, None, 507])
def test_the_code_of_a_lost_connection_is_an_option(
    link: Links, end: str, code: int | None
) -> None:
    app = App()
    app.connectionLostCode = code
    one = link(app=app)
    one.peer.send(price(187))
    ENDS[end][0](one.peer)
    lost(one, code)
    assert one.app.names() == [
        "tickPrice",
        *(["error"] if code is not None else []),
        "connectionClosed",
    ]


def test_a_socket_that_cannot_be_closed(link: Links, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program may have closed its descriptor, by os.closerange: the end is told all the same."""
    one = link()
    assert one.app.conn is not None
    own = one.app.conn.socket
    close = socket.socket.close

    def fail(closed: socket.socket) -> None:
        close(closed)
        if closed is own:
            raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(socket.socket, "close", fail)
    one.peer.reset()
    lost(one)


WHOLE = quote(187, 9)


@pytest.mark.parametrize("length", range(1, len(WHOLE)))
def test_the_end_in_the_midst_of_a_frame(link: Links, length: int) -> None:
    """Nothing of half a frame is delivered."""
    one = link()
    one.peer.send(price(187, 1), WHOLE[:length])
    one.peer.close()
    lost(one)
    assert one.app.names() == ["tickPrice", "error", "connectionClosed"]
    assert one.app.log[0].args[0] == 1


def test_half_a_frame_is_told_in_the_log(link: Links, caplog: pytest.LogCaptureFixture) -> None:
    one = link()
    one.peer.send(WHOLE[:10])
    one.peer.close()
    lost(one)
    (record,) = [record for record in caplog.records if record.name == "ibapi_port.reader"]
    assert record.getMessage() == "10 bytes of a frame that did not come whole were left"


def test_a_frame_of_the_limit_itself(link: Links) -> None:
    one = link()
    xml = "x" * (LIMIT - len(raw(19, 1, "")[4:]))
    one.peer.send(raw(19, 1, xml), next_id(187, 2))
    one.app.wait_for("nextValidId")
    assert one.app.names() == ["scannerParameters", "nextValidId"]
    assert one.app.log[0].args == (xml,)


def test_the_client_leaves_a_stream_that_it_cannot_read(link: Links) -> None:
    one = link()
    too_long(one.peer)
    lost(one)
    assert one.peer.to_the_end() == []  # it has closed


@pytest.mark.parametrize("end", ENDS)
def test_the_client_id_is_in_use(link: Links, end: str) -> None:
    """TWS tells why it closes: error 326."""
    one = link()
    text = "Unable to connect as the client id is already in use."
    one.peer.send(notice(187, 326, text))
    ENDS[end][0](one.peer)
    lost(one)
    assert one.app.names() == ["error", "error", "connectionClosed"]
    assert one.app.errors()[0] == (-1, 326, text)


def test_requests_after_tws_has_gone_are_error_504(link: Links) -> None:
    """From when the end was reported; before, a request may still be taken for sent."""
    one = link()
    one.peer.reset()
    lost(one)
    one.app.cancelMktData(5)
    assert one.app.told()[-1] == ("error", 5, 504, "Not connected")


def test_sending_into_a_broken_connection(link: Links) -> None:
    """The processing thread is busy, so that the end is not reported yet: a request fails with its
    own id, and the end stays one.
    """
    one = link()
    errors: list[Any] = []

    def busy(*_: Any) -> None:
        one.peer.reset()
        assert one.app.reader is not None
        one.app.reader.join()  # it has seen the end
        one.app.cancelMktData(5)
        errors.extend(one.app.errors())

    one.app.on["nextValidId"] = busy
    one.peer.send(next_id(187))
    lost(one)
    assert [error[:2] for error in errors] == [(5, 504)]
    assert errors[0][2].startswith("Not connected: ")
    assert one.app.names() == ["nextValidId", "error", "error", "connectionClosed"]
