"""A TWS behind a TLS tunnel."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from machine import slowness

from .samples import price
from .scripted import WAIT, App, Peer, Play, ScriptedTws, accepts, one_by_one, raw, silent

Serve = Callable[..., ScriptedTws]
TLS = Path(__file__).parents[1] / "data" / "tls"


def encrypted(play: Play) -> Play:
    """The play, behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")

    def behind(peer: Peer) -> None:
        peer.sock = context.wrap_socket(peer.sock, server_side=True)
        play(peer)

    return behind


@pytest.fixture
def secure(app: App) -> App:
    app.ssl_context = ssl.create_default_context(cafile=TLS / "certificate.pem")
    return app


def test_a_session(secure: App, serve: Serve) -> None:
    tws = serve(encrypted(accepts(187, then=raw(9, 1, 5))))
    secure.dial(tws)
    secure.start()
    peer = tws.peer()
    assert peer.fields() == ["71", "2", "7", ""]
    secure.wait_for("nextValidId")
    peer.send(*(price(187, n) for n in range(5000)))
    peer.send_pieces(one_by_one(price(187, 5000)))
    secure.wait_for("tickPrice", 5001)
    assert [heard.args[0] for heard in secure.log if heard.name == "tickPrice"] == list(range(5001))
    threads = [
        threading.Thread(
            target=lambda t=t: [secure.cancelMktData(1000 * t + n) for n in range(100)]
        )
        for t in range(8)
    ]
    for thread in threads:
        thread.start()
    ids = [int(peer.fields()[2]) for _ in range(800)]
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    for t in range(8):
        assert [n for n in ids if n // 1000 == t] == [1000 * t + n for n in range(100)]
    peer.sock.close()
    assert secure.join() is None
    assert [code for _, code, _ in secure.errors()] == [507]
    assert secure.counts["connectionClosed"] == 1


def test_large_messages_both_ways_at_the_same_time(secure: App, serve: Serve) -> None:
    tws = serve(encrypted(accepts()))
    secure.dial(tws)
    secure.start()
    peer = tws.peer()
    peer.frame()
    text = "x" * (4 << 20)
    asking = threading.Thread(target=lambda: [secure.reqSoftDollarTiers(n) for n in range(20_000)])
    asking.start()
    peer.send(raw(19, 1, text))
    assert [int(peer.fields()[1]) for _ in range(20_000)] == list(range(20_000))
    asking.join(WAIT)
    assert secure.wait_for("scannerParameters").args == (text,)


def test_disconnect(secure: App, serve: Serve) -> None:
    tws = serve(encrypted(accepts()))
    secure.dial(tws)
    secure.start()
    peer = tws.peer()
    secure.disconnect()
    assert secure.join() is None
    assert len(peer.to_the_end()) == 1
    assert secure.names() == ["connectAck", "connectionClosed"]


def test_a_certificate_that_nobody_trusts(app: App, serve: Serve) -> None:
    app.ssl_context = ssl.create_default_context()
    app.dial(serve(encrypted(accepts())))
    ((_, code, text),) = app.errors()
    assert code == 502
    assert "certificate" in text.lower()
    assert not app.isConnected()


def test_a_certificate_for_another_host(secure: App, serve: Serve) -> None:
    tws = serve(encrypted(accepts()))
    secure.connect("127.0.0.2", tws.port, 7, WAIT)
    assert [code for _, code, _ in secure.errors()] == [502]


def test_no_tls_on_the_other_side(secure: App, serve: Serve) -> None:
    def answers_plainly(peer: Peer) -> None:
        peer.sock.recv(100)
        peer.sock.sendall(b"\0\0\0\x0a187\x00time\x00\x00")

    secure.dial(serve(answers_plainly))
    assert [code for _, code, _ in secure.errors()] == [502]


def test_an_answer_in_drops_is_no_reason_to_wait_longer(secure: App, serve: Serve) -> None:
    def drips(peer: Peer) -> None:
        peer.send(b"\x16\x03\x03\x40\x00")  # a record of 16 KB
        for _ in range(200):
            peer.send(b"\0")
            time.sleep(0.02)

    began = time.monotonic()
    secure.dial(serve(drips), timeout=0.3)
    assert 0.3 <= time.monotonic() - began < 2 * slowness()
    assert "within 0.3 s" in secure.errors()[0][2]


@pytest.mark.parametrize(
    "play", [encrypted(silent), lambda peer: None], ids=["after the TLS handshake", "before it"]
)
def test_silence(secure: App, serve: Serve, play: Play) -> None:
    secure.dial(serve(play), timeout=0.2)
    assert [code for _, code, _ in secure.errors()] == [502]
    assert "within 0.2 s" in secure.errors()[0][2]
