"""One object, many connections: nothing of the last one gets into the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from .samples import VERSIONS, next_id, order_status, price
from .scripted import WAIT, App, ScriptedTws, accepts

Serve = Callable[..., ScriptedTws]


def test_twenty_times_at_changing_versions(app: App, serve: Serve) -> None:
    """Each time TWS sends frames that nobody processes before the end of the connection."""
    servers = {version: serve(accepts(version)) for version in VERSIONS}
    before = set(threading.enumerate())
    for n in range(20):
        version = VERSIONS[n % len(VERSIONS)]
        app.forget()
        app.dial(servers[version])
        peer = servers[version].peer()
        assert app.serverVersion() == version
        app.reqPnL(n, "DU1", "") if version > 127 else app.cancelMktData(n)
        assert [peer.fields()[0], peer.fields()[0]] == ["71", "92" if version > 127 else "2"]
        app.start()
        peer.send(next_id(version, n), order_status(version))
        app.wait_for("orderStatus")
        assert app.told()[:2] == [("connectAck",), ("nextValidId", n)]
        assert app.told()[2][-1] == (
            None if version < 131 else 0.0
        )  # mktCapPrice: read at this version
        peer.send(*(price(version, 1000 + n) for _ in range(50)))
        if n % 2:
            app.disconnect()
        else:
            peer.close()
        assert app.join() is None
        assert app.names().count("connectionClosed") == 1
        assert {heard.args[0] for heard in app.log if heard.name == "tickPrice"} <= {1000 + n}
        assert set(threading.enumerate()) == before


def test_frames_that_nobody_took_are_dropped_with_their_connection(app: App, serve: Serve) -> None:
    old, new = serve(accepts(187, price(187, 1) * 100)), serve(accepts(200, next_id(200, 2)))
    app.dial(old)
    app.disconnect()
    app.dial(new)
    app.start()
    app.wait_for("nextValidId")
    assert app.told() == [
        ("connectAck",),
        ("connectionClosed",),
        ("connectAck",),
        ("nextValidId", 2),
    ]


def test_a_run_that_is_busy_while_another_thread_reconnects(app: App, serve: Serve) -> None:
    """It is busy in a callback while another thread reconnects: it drops what is left to it, and
    serves the new one.
    """
    old, new = (
        serve(accepts(187, next_id(187, 1) + price(187, 1) * 100)),
        serve(accepts(187, next_id(187, 2))),
    )
    go = threading.Event()
    app.on["nextValidId"] = lambda number: number == 1 and go.wait(WAIT)
    app.dial(old)
    app.start()
    app.wait_for("nextValidId")
    app.disconnect()
    app.dial(new)
    go.set()
    app.wait_for("nextValidId", 2)
    assert app.names() == [
        "connectAck",
        "nextValidId",
        "connectionClosed",
        "connectAck",
        "nextValidId",
    ]
    assert app.told()[-1] == ("nextValidId", 2)
    app.disconnect()
    assert app.join() is None


def again(app: App, tws: ScriptedTws) -> Callable[..., None]:
    """Connects anew, once."""

    def reconnect(*_: Any) -> None:
        if app.counts["connectAck"] == 1:
            app.dial(tws)

    return reconnect


@pytest.mark.parametrize(
    "end", ["TWS", "disconnect() in the main thread", "disconnect() in a callback"]
)
def test_within_connection_closed(app: App, serve: Serve, end: str) -> None:
    old, new = serve(accepts(187, next_id(187, 1))), serve(accepts(200, next_id(200, 2)))
    app.on["connectionClosed"] = again(app, new)
    if end == "disconnect() in a callback":

        def leave(number: int) -> None:
            if number == 1:
                app.disconnect()

        app.on["nextValidId"] = leave
    app.dial(old)
    app.start()
    app.wait_for("nextValidId")
    if end == "TWS":
        old.peer().close()
    elif end == "disconnect() in the main thread":
        app.disconnect()
    app.wait_for("nextValidId", 2)  # the same run() goes on
    assert app.isConnected()
    assert app.serverVersion() == 200
    lost = ["error"] if end == "TWS" else []
    app.disconnect()
    assert app.join() is None
    assert app.names() == [
        "connectAck", "nextValidId", *lost, "connectionClosed", "connectAck", "nextValidId", "connectionClosed",
    ]  # fmt: skip


def test_in_the_midst_of_frames(app: App, serve: Serve) -> None:
    """A callback disconnects and connects anew: the frames behind it belonged to the old
    connection.
    """
    old, new = (
        serve(accepts(187, next_id(187, 1) + price(187, 1) * 5)),
        serve(accepts(200, next_id(200, 2))),
    )

    def move(number: int) -> None:
        if number == 1:
            app.disconnect()
            app.dial(new)

    app.on["nextValidId"] = move
    app.dial(old)
    app.start()
    app.wait_for("nextValidId", 2)
    assert app.told() == [
        ("connectAck",),
        ("nextValidId", 1),
        ("connectionClosed",),
        ("connectAck",),
        ("nextValidId", 2),
    ]
    assert app.serverVersion() == 200


def test_many_reconnects_within_connection_closed(app: App, serve: Serve) -> None:
    """A program that does not give up, one run() for all its connections."""
    tws = serve(accepts())

    def dial_again() -> None:
        if app.counts["connectAck"] < 10:
            app.dial(tws)

    app.on["connectionClosed"] = dial_again
    app.dial(tws)
    app.start()
    for _ in range(10):
        tws.peer().close()
    assert app.join() is None
    assert app.names() == [
        "connectAck",
        *["error", "connectionClosed", "connectAck"] * 9,
        "error",
        "connectionClosed",
    ]
    assert not app.isConnected()
