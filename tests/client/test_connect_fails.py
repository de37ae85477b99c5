"""TWS cannot be reached, or what answers is no TWS: one error 502 or 503, and nothing else."""

from __future__ import annotations

import itertools
import math
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from machine import slowness

from ibapi_port.client import EClient, newest_version
from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import NEWEST

from .scripted import (
    HOST,
    WAIT,
    App,
    Peer,
    Play,
    ScriptedTws,
    accepts,
    answer_to_hello,
    hangs_up,
    resets,
    says,
    silent,
)

Serve = Callable[..., ScriptedTws]


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
    return port


def the_error(app: App, code: int = 502) -> str:
    """The text of the only callback, an error in the calling thread; the program is as if it had
    never connected.
    """
    assert app.names() == ["error"], app.told()
    request, when, got, text = app.log[0].args[:4]
    assert (request, got) == (-1, code)
    assert abs(when / 1000 - time.time()) < WAIT
    assert app.log[0].thread == threading.current_thread().name
    assert not app.isConnected()
    assert app.connState == EClient.DISCONNECTED
    assert (
        app.serverVersion(),
        app.twsConnectionTime(),
        app.host,
        app.port,
        app.clientId,
        app.conn,
    ) == (None,) * 6
    app.run()  # there is nothing to wait for
    app.disconnect()  # nor to close
    assert app.names() == ["error"]
    return str(text)


def test_a_port_that_nobody_listens_on(app: App) -> None:
    port = closed_port()
    app.connect(HOST, port, 7)
    text = the_error(app)
    assert text.startswith(f"Refused by {HOST}:{port} ")
    assert text.index("API settings") < text.index(
        "Couldn't connect to TWS"
    )  # what to do, then IB's paragraph


def test_an_unknown_host(app: App) -> None:
    app.connect("no-such-host.invalid", 7497, 7)
    assert the_error(app).startswith(
        "Not reached: no-such-host.invalid:7497 (unknown host or port ("
    )


@pytest.mark.parametrize("host", ["a" * 300, "a b", 5])
def test_what_is_no_host(app: App, host: Any) -> None:
    app.connect(host, 7497, 7)
    assert the_error(app).startswith(f"Not reached: {host}:7497 (unknown host or port (")


@pytest.mark.parametrize("host", ["", None])
def test_a_blank_host_is_this_computer(app: App, serve: Serve, host: Any) -> None:
    app.connect(host, serve(accepts()).port, 7)
    assert app.names() == ["connectAck"]


@pytest.mark.parametrize("port", [99999, 65536, -1, 0, "abc", "", None, 1.5, 2**70])
def test_a_bad_port(app: App, port: Any) -> None:
    app.connect(HOST, port, 7)
    text = the_error(app)
    assert text.startswith(f"Not reached: {HOST}:{port} (")
    assert "port" in text.partition("(")[2].partition(")")[0]


@pytest.mark.parametrize("client_id", ["abc", None, 2**31, 1.5])
def test_a_bad_client_id(app: App, serve: Serve, client_id: Any) -> None:
    tws = serve()
    app.connect(HOST, tws.port, client_id)
    assert app.errors()[0][:2] == (-1, 321)
    assert "clientId" in app.errors()[0][2]
    assert app.names() == ["error"]
    assert not app.isConnected()


def test_a_port_out_of_range_reaches_nobody(app: App, serve: Serve) -> None:
    """The system's look-up drops the upper bits of a port: 65536 more than TWS's is not TWS's."""
    app.connect(HOST, serve(accepts()).port + 65536, 7)
    the_error(app)


def test_a_host_in_other_letters_is_an_invalid_symbol(app: App) -> None:
    app.connect("m\u00fcnchen.example", 7497, 7)
    assert the_error(app, 579).startswith("Invalid symbol in string - ")


def test_no_answer_within_the_timeout(app: App, serve: Serve) -> None:
    tws, begin = serve(silent), time.monotonic()
    app.connect(HOST, tws.port, 7, 0.2)
    assert 0.15 < time.monotonic() - begin < slowness()
    text = the_error(app)
    assert text.startswith(f"Accepted by {HOST}:{tws.port}, but silent (no answer within 0.2 s).")
    assert "dialog" in text
    assert tws.peer().to_the_end() == []


def test_an_answer_in_drops_is_no_reason_to_wait_longer(app: App, serve: Serve) -> None:
    stop = threading.Event()

    def drip(peer: Peer) -> None:
        peer.greet()
        for piece in itertools.chain([struct.pack(">I", 200)], itertools.repeat(b"1", 200)):
            peer.send(piece)
            stop.wait(0.02)

    tws, begin = serve(drip), time.monotonic()
    app.connect(HOST, tws.port, 7, 0.2)
    elapsed = time.monotonic() - begin
    stop.set()
    assert 0.15 < elapsed < slowness()
    assert "(no answer within 0.2 s)" in the_error(app).replace(f"({HOST}: ", "(")


def test_a_host_that_takes_no_connection(app: App) -> None:
    """Nobody answers the connection itself: a listener whose backlog is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind((HOST, 0))
        listener.listen(0)
        for sock in (first, second):
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        begin = time.monotonic()
        app.connect(HOST, listener.getsockname()[1], 7, 0.2)
        assert 0.15 < time.monotonic() - begin < slowness()
    assert "(no answer within 0.2 s)" in the_error(app).replace(f"({HOST}: ", "(")


ANSWERS = {
    "HTTP": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the answer is not TWS's: b'HTTP/1.1 400"),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x46", "the answer is not TWS's"),
    "no version": (frame(b"abc\0time\0"), "does not begin with a server version: b'abc"),
    "an empty frame": (frame(b""), "does not begin with a server version: b''"),
    "an empty version": (frame(b"\0time\0"), "does not begin with a server version"),
    "a fraction": (frame(b"187.5\0time\0"), "does not begin with a server version"),
    "4400 digits": (frame(b"1" * 4400 + b"\0time\0"), "the answer is not TWS's"),
    "4000 digits": (
        frame(b"1" * 4000 + b"\0time\0"),
        "does not begin with a server version: b'1111",
    ),
    "a giant length": (
        b"\xff\xff\xff\xff187\0",
        "the answer is not TWS's: b'\\xff\\xff\\xff\\xff187",
    ),
    "4097 bytes announced": (struct.pack(">I", 4097), "the answer is not TWS's"),
    "a redirect": (
        frame(b"-1\0other.example:7497\0"),
        "TWS redirects to 'other.example:7497'; connect there",
    ),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_that_is_no_handshake(app: App, serve: Serve, what: str) -> None:
    said, reason = ANSWERS[what]
    tws = serve(says(said))
    begin = time.monotonic()
    app.dial(tws)
    assert time.monotonic() - begin < slowness()
    text = the_error(app)
    assert text.startswith((f"No TWS at {HOST}:{tws.port} (", f"Redirected by {HOST}:{tws.port} ("))
    assert reason in text
    assert len(text) < 900
    assert tws.peer().to_the_end() == []


@pytest.mark.parametrize(
    "play", [hangs_up, says(b"\0\0\0")], ids=["at once", "in the midst of the answer"]
)
def test_tws_closes_before_it_has_answered(app: App, serve: Serve, play: Play) -> None:
    def closing(peer: Peer) -> None:
        play(peer)
        peer.close()

    app.dial(serve(closing))
    text = the_error(app)
    for cause in ("Closed at once", "switched off", "trusted", "number of API clients"):
        assert cause in text


def test_tws_resets_the_connection(app: App, serve: Serve) -> None:
    tws = serve(resets)
    app.dial(tws)
    assert the_error(app).startswith(
        f"Closed at once by {HOST}:{tws.port} (Connection reset by peer)."
    )


@pytest.mark.parametrize("version", [0, 25, 99, NEWEST + 1])
def test_a_server_version_that_nobody_speaks(app: App, serve: Serve, version: int) -> None:
    tws = serve(says(answer_to_hello(version)))
    app.dial(tws)
    text = the_error(app, 503)
    assert text.startswith("The TWS is out of date and must be upgraded.")
    assert f"version {version}, the client 100 to {newest_version()}" in text
    assert tws.peer().to_the_end() == []  # startApi neither


def test_a_bad_timeout_leaves_the_program_as_it_was(app: App, serve: Serve) -> None:
    tws, bad = serve(accepts()), [None, "soon"]
    for timeout in bad:
        with pytest.raises(TypeError):
            app.connect(HOST, tws.port, 7, timeout)  # type: ignore[arg-type]
    assert app.connState == EClient.DISCONNECTED
    app.dial(tws)
    assert app.names() == ["connectAck"]


def test_no_timeout(app: App, serve: Serve) -> None:
    tws = serve()
    app.connect(HOST, tws.port, 7, math.inf)
    assert app.isConnected()
    app.disconnect()


def test_connecting_anew_after_failures(app: App, serve: Serve) -> None:
    tws = serve(
        silent, hangs_up, says(answer_to_hello(25)), says(b"HTTP"), says(answer_to_hello(187))
    )
    for code in (502, 502, 503, 502):
        app.forget()
        app.dial(tws, 0.1)
        the_error(app, code)
    app.forget()
    app.dial(tws)
    assert app.names() == ["connectAck"]
    assert app.serverVersion() == 187


def test_connecting_anew_from_within_the_error(app: App, serve: Serve) -> None:
    """In error() the failed attempt is over: the program may try again there."""
    tws = serve(hangs_up, accepts())
    app.on["error"] = lambda *_: app.dial(tws)
    app.dial(tws)
    assert app.names() == ["error", "connectAck"]
    assert app.isConnected()


def test_a_silent_address_leaves_time_for_the_next(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    tws = serve(accepts())
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind((HOST, 0))
        listener.listen(0)
        for sock in (first, second):
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, port))
            for port in (listener.getsockname()[1], tws.port)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        app.dial(tws, 0.6)
    assert app.names() == ["connectAck"]


def test_localhost_is_tried_at_all_its_addresses(app: App, serve: Serve) -> None:
    """Where localhost is ::1 first, nobody listens there."""
    app.connect("localhost", serve(accepts()).port, 7)
    assert app.names() == ["connectAck"]
    assert app.host == "localhost"
