"""R23 - R27: what answers is no TWS, an old one, a silent one, or one that will not have us."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from ..bench import SOON, Bench, accepts_up_to, case, descriptors, error_of
from ..hostile import HOST, WAIT, Peer, Play, ScriptedTws, answer_to_hello, frame, hangs_up, says


def not_connected(
    bench: Bench, tws: ScriptedTws, app: Any, seconds: float
) -> list[tuple[Any, int, str]]:
    """connect() returns in that time, without a connection and with one error; that."""
    bench.dial_in_thread(app, tws, patience=min(seconds, WAIT))
    assert not app.isConnected(), "it believes to be connected"
    assert app.names().count("connectionClosed") <= 1
    assert "connectAck" not in app.names()
    errors: list[tuple[Any, int, str]] = app.errors()
    assert len(errors) == 1, f"expected one error, told {app.heard()}"
    return errors


@case
def r23_server_version_too_low(bench: Bench) -> None:
    for version in (25, 0, -5):
        app, tws = bench.program(), bench.tws(says(answer_to_hello(version)))
        ((_, code, text),) = not_connected(bench, tws, app, WAIT)
        assert code in (503, 506), f"error {code} for version {version}"
        assert str(version) in text, f"the versions are not named: {text!r}"
        assert "100" in text, f"the versions are not named: {text!r}"
        assert not tws.peer().to_the_end(), "startApi was sent"


@case
def r24_answer_that_is_no_handshake(bench: Bench) -> None:
    answers = {
        "abc": frame(b"abc\x0020261120\0"),
        "777": frame(b"7" * 4400 + b"\x0020261120\0"),
        "HTTP": b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n",
    }
    for quoted, answer in answers.items():
        app, tws = bench.program(), bench.tws(says(answer))
        ((_, code, text),) = not_connected(bench, tws, app, SOON)
        assert code == 502, f"error {code}"
        assert quoted in text, f"the first bytes are not quoted: {text!r}"


@case
def r25_redirect(bench: Bench) -> None:
    """Followed, or a clear error; never a connection at version -1."""
    app = bench.program()
    tws = bench.tws(says(frame(b"-1\x00other.example:7497\0")), accepts_up_to())
    bench.dial_in_thread(app, tws)
    if app.isConnected():
        assert app.serverVersion() > 99, f"connected with server version {app.serverVersion()}"
    else:
        assert len(app.errors()) == 1, f"told {app.heard()}"
        assert "other.example" in app.errors()[0][2], (
            f"the error does not name the host: {app.errors()[0][2]!r}"
        )


def drips(peer: Peer) -> None:
    """Answers, but so slowly that it takes longer than anybody waits."""
    peer.greet()
    for byte in answer_to_hello(187):
        peer.send(bytes([byte]))
        time.sleep(0.05)


def reads_only(peer: Peer) -> None:
    peer.greet()


@case
def r26_no_answer_in_time(bench: Bench) -> None:
    threads, sockets = set(threading.enumerate()), descriptors()
    plays: dict[str, Play] = {"silence": reads_only, "an answer in drops": drips}
    for what, play in plays.items():
        app = bench.program()
        with ScriptedTws(play) as tws:
            took = bench.dial_in_thread(app, tws, timeout=0.3)
        assert 0.29 <= took <= 0.4 + SOON, f"{what}: connect() returned after {took:.2f} s"
        assert app.codes() in ([502], [504]), f"{what}: told {app.heard()}"
        assert not app.isConnected()
    app = bench.program()
    with socket.create_server((HOST, 0), backlog=1) as deaf:  # nobody accepts
        deaf_tws: Any = type("Deaf", (), {"port": deaf.getsockname()[1]})
        took = bench.dial_in_thread(app, deaf_tws, timeout=0.3)
    assert took <= 0.4 + SOON, f"nobody accepts: connect() returned after {took:.2f} s"
    assert app.codes() in ([502], [504]), f"nobody accepts: told {app.heard()}"
    assert not set(threading.enumerate()) - threads, "a thread is left"
    assert not descriptors() - sockets, "a socket is left"


@case
def r27_closed_after_our_hello(bench: Bench) -> None:
    app, tws = bench.program(), bench.tws(hangs_up)
    ((_, _, text),) = not_connected(bench, tws, app, WAIT)
    assert "API" in text, f"no likely cause is named: {text!r}"
    # and as TWS does it for a client id that is in use: after startApi, with error 326
    app = bench.program()

    def turns_away(peer: Peer) -> None:
        accepts_up_to()(peer)
        peer.frame()
        peer.send(error_of(app, -1, 326, "Unable to connect as the client id is already in use."))
        peer.close()

    bench.dial_in_thread(app, bench.tws(turns_away))
    app.start()
    app.wait_for("connectionClosed")
    app.join()
    assert app.codes()[0] == 326, f"told {app.heard()}"
    assert app.counts["connectionClosed"] == 1
