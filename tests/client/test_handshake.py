"""Connecting succeeds: whatever way the answer comes, and what the client knows and says then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ibapi_port._client import transport as connection
from ibapi_port.client import EClient, newest_version

from .samples import VERSIONS, next_id, quote, session, session_callbacks
from .scripted import HOST, TIME, App, Link, ScriptedTws, accepts, answer_to_hello, one_by_one, says

Serve = Callable[..., ScriptedTws]
START_API = ["71", "2", "7", ""]


@pytest.mark.parametrize("version", [100, 151, 187, 200])
def test_connected(app: App, serve: Serve, version: int) -> None:
    tws = serve(accepts(version))
    app.dial(tws)
    assert app.names() == ["connectAck"]
    assert app.isConnected()
    assert app.serverVersion() == version
    assert (app.twsConnectionTime(), app.TwsConnectionTime) == (TIME.encode(), TIME)
    assert (app.host, app.port, app.clientId) == (HOST, tws.port, 7)
    peer = tws.peer()
    assert peer.offer == f"v100..{newest_version()}"
    assert peer.fields() == START_API
    app.disconnect()
    assert peer.to_the_end() == []


def test_what_the_client_knew_is_gone_after_the_connection(app: App, serve: Serve) -> None:
    app.dial(serve(accepts()))
    app.disconnect()
    assert (app.serverVersion(), app.twsConnectionTime(), app.TwsConnectionTime) == (
        None,
        None,
        None,
    )
    assert (app.host, app.port, app.clientId, app.conn) == (None, None, None, None)


def test_states(app: App, serve: Serve) -> None:
    assert (EClient.DISCONNECTED, EClient.CONNECTING, EClient.CONNECTED, EClient.REDIRECT) == (
        0,
        1,
        2,
        3,
    )
    tws = serve(accepts(187, next_id(187)))
    seen = [app.connState]
    for name in ("connectAck", "nextValidId", "connectionClosed"):
        app.on[name] = lambda *_: seen.append(app.connState)
    app.dial(tws)
    app.start()
    app.wait_for("nextValidId")
    app.disconnect()
    app.join()
    assert seen == [
        EClient.DISCONNECTED,
        EClient.CONNECTED,
        EClient.CONNECTED,
        EClient.DISCONNECTED,
    ]


def test_connecting_while_connecting(app: App, serve: Serve) -> None:
    """In the server's play the client waits for its answer: CONNECTING, and not free for another."""
    seen = []

    def play(peer: object) -> None:
        seen.append((app.connState, app.isConnected()))
        app.dial(tws)
        accepts()(peer)  # type: ignore[arg-type]

    tws = serve(play)
    app.dial(tws)
    assert seen == [(EClient.CONNECTING, False)]
    assert app.told() == [("error", -1, 501, "Already connected."), ("connectAck",)]
    assert app.isConnected()


def test_connecting_when_connected(link: Callable[..., Link]) -> None:
    one = link()
    one.app.dial(one.tws)
    assert one.app.told() == [("error", -1, 501, "Already connected.")]
    assert one.app.log[0].thread == "MainThread"
    one.peer.send(next_id(187, 5))
    assert one.settle()[1:] == [("nextValidId", 5)]
    one.app.cancelMktData(3)
    assert one.sent() == [["2", "2", "3"]]
    assert one.app.isConnected()


def test_the_answer_and_all_that_follows_in_one_segment(app: App, serve: Serve) -> None:
    for version in VERSIONS:
        app.forget()
        app.dial(serve(accepts(version, b"".join(session(version)))))
        app.start()
        app.wait_for("scannerParameters")
        app.disconnect()
        app.join()
        assert app.names() == ["connectAck", *session_callbacks(version), "connectionClosed"]


ANSWER = answer_to_hello(187)
FOLLOWED = ANSWER + next_id(187, 3) + quote(187, 4)


@pytest.mark.parametrize("at", range(1, len(FOLLOWED) + 1))
def test_the_answer_read_in_pieces(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Every way that the beginning can be cut: reads of `at` bytes."""
    monkeypatch.setattr(connection, "RECEIVE_SIZE", at)
    app.dial(serve(says(FOLLOWED)))
    app.start()
    app.wait_for("tickSize")
    assert app.names() == ["connectAck", "nextValidId", "tickPrice", "tickSize"]
    assert app.twsConnectionTime() == TIME.encode()


def test_the_answer_sent_byte_by_byte(app: App, serve: Serve) -> None:
    app.dial(serve(says(*one_by_one(FOLLOWED))))
    app.start()
    app.wait_for("tickSize")
    assert app.names() == ["connectAck", "nextValidId", "tickPrice", "tickSize"]


def test_connection_options_are_part_of_the_greeting(app: App, serve: Serve) -> None:
    tws = serve(accepts())
    app.setConnectOptions("+PACEAPI")
    app.setOptionalCapabilities("IBPY")
    for _ in range(2):  # they hold for the next connection too
        app.dial(tws)
        peer = tws.peer()
        assert peer.offer == f"v100..{newest_version()} +PACEAPI"
        assert peer.fields() == ["71", "2", "7", "IBPY"]
        app.disconnect()
    assert app.names() == ["connectAck", "connectionClosed"] * 2


@pytest.mark.parametrize("where", ["setConnectOptions", "setOptionalCapabilities"])
def test_options_in_other_letters_are_refused_before_connecting(app: App, where: str) -> None:
    getattr(app, where)("+PAC\u00c9")
    app.connect(HOST, 1, 7)
    assert app.told() == [("error", -1, 579, "Invalid symbol in string - '+PAC\u00c9'")]
    assert not app.isConnected()


@pytest.mark.parametrize(
    ("answer", "time"),
    [(b"187\0", ""), (b"187\0\0", ""), (b"187", ""), (b"187\0M\xe4rz\0", "M\u00e4rz")],
)
def test_a_strange_time_is_no_reason_not_to_connect(
    app: App, serve: Serve, answer: bytes, time: str
) -> None:
    app.dial(serve(says(len(answer).to_bytes(4, "big") + answer)))
    assert app.names() == ["connectAck"]
    assert app.TwsConnectionTime == time
