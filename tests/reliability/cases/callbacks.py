"""R35 - R38: callbacks that raise, interrupts, and leaving from within."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..bench import SENTINEL, SOON, Bench, case, error_of, price
from ..hostile import WAIT, Peer, raw, silent
from .stream import understood


def raising(error: BaseException) -> Callable[..., None]:
    def callback(*_: Any) -> None:
        raise error

    return callback


@case
def r35_exception_in_each_callback(bench: Bench) -> None:
    messages = understood(bench)
    app, peer = bench.link()
    for name in {n for n in dir(bench.wrapper.EWrapper) if n[0] != "_"} - {
        "currentTime",
        "connectionClosed",
        "connectAck",
        "error",
    }:
        app.on[name] = raising(ValueError(f"from {name}"))
    for data in messages:
        peer.send(data)
        bench.settle(app, peer)
    assert any(record.exc_info for record in bench.logged.records), "no traceback in the log"


@case
def r36_exception_in_the_callbacks_of_the_connection(bench: Bench) -> None:
    for name, data in (("error", b""), ("error", raw(999, 1)), ("nextValidId", raw(9, 1, 5))):
        app, peer = bench.link()
        data = data or error_of(app, -1, 2104)
        app.on[name] = raising(ValueError(f"from {name}"))
        peer.send(data)
        bench.settle(app, peer)
        assert app.counts[name] == 1, f"{name} was called {app.counts[name]} times"
        app.on["connectionClosed"] = raising(ValueError("from connectionClosed"))
        peer.close()
        app.wait_for("connectionClosed")
        app.join()
        assert app.counts["connectionClosed"] == 1
        assert not app.isConnected()


@contextmanager
def rescue(app: Any) -> Iterator[None]:
    """Ends a run() in the main thread that nothing else ends."""
    timer = threading.Timer(SOON + 1, app.disconnect)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def run_here(
    bench: Bench, act: Callable[[Any, Peer], None], expected: type[BaseException], what: str
) -> None:
    """run() in this thread, the main one, until an interrupt ends it: at once, with a clean end of
    the connection.
    """
    app, tws = bench.program(), bench.tws()
    bench.dial(app, tws)
    peer = tws.peer()
    peer.frame()
    began: list[float] = []
    timer = threading.Timer(0.1, lambda: (began.append(time.monotonic()), act(app, peer)))
    timer.start()
    raised: BaseException | None = None
    with rescue(app):
        try:
            app.run()
        except BaseException as e:
            raised = e
    timer.join(WAIT)
    took = time.monotonic() - began[0]
    assert took < SOON, f"{what}: run() goes on for {took:.1f} s"
    assert raised is None or isinstance(raised, expected), f"{what}: run() raised {raised!r}"
    assert app.counts["connectionClosed"] == 1, (
        f"{what}: connectionClosed {app.counts['connectionClosed']} times"
    )
    assert not app.isConnected()
    assert not peer.to_the_end(), "something was sent at the end"


@case
def r37_interrupts(bench: Bench) -> None:
    for error in (KeyboardInterrupt(), SystemExit()):

        def within(app: Any, peer: Peer, error: BaseException = error) -> None:
            app.on["tickPrice"] = raising(error)
            peer.send(price(1))

        run_here(bench, within, type(error), f"{error!r} in a callback")

    def press(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    run_here(bench, press, KeyboardInterrupt, "Ctrl-C while run() waits")
    app, tws = bench.program(), bench.tws(silent)
    threading.Timer(0.1, press).start()
    again = threading.Timer(SOON + 1, press)
    again.daemon = True
    again.start()
    began = time.monotonic()
    try:
        bench.dial(app, tws)
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("Ctrl-C while connecting is swallowed")
    finally:
        again.cancel()
    assert time.monotonic() - began < 0.1 + SOON, "Ctrl-C while connecting is late"
    assert not app.isConnected()


@case
def r38_disconnect_in_a_callback(bench: Bench) -> None:
    for name, data in (("tickPrice", price(1)), ("error", b""), ("nextValidId", raw(9, 1, 5))):
        app, peer = bench.link()
        data = data or error_of(app, -1, 2104)
        app.on[name] = lambda *_, app=app: app.disconnect()
        peer.send(data + b"".join(price(n) for n in range(1000)) + raw(49, 1, SENTINEL))
        app.join()
        assert app.counts["connectionClosed"] == 1, (
            f"in {name}: connectionClosed {app.counts['connectionClosed']} times"
        )
        assert not app.isConnected()
        ticks = app.counts["tickPrice"] - (name == "tickPrice")
        assert ticks in range(1001)
        assert not [code for code in app.codes() if code != 2104], f"in {name}: told {app.heard()}"
