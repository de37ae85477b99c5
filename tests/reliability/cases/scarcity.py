"""R58, R63, R66 - R68: a program at the limit of descriptors, threads, time or memory."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from ..bench import SOON, Bench, NotApplicable, case, error_of, memory, price
from ..hostile import HOST, WAIT, Peer, frame, raw
from .orders import order_ids
from .values import limit_order


@contextlib.contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Within, nothing can be opened: neither a socket nor a module's file."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    hold: list[int] = []
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 5, limits[1])
    )
    try:
        with contextlib.suppress(OSError):
            while True:
                hold.append(os.dup(0))
        yield
    finally:
        for descriptor in hold:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


class NoImports:
    """A finder that has no module: the package's files are being replaced."""

    def find_spec(self, name: str, *_: Any) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextlib.contextmanager
def nothing_to_import() -> Iterator[None]:
    finder = NoImports()
    sys.meta_path.insert(0, finder)  # type: ignore[arg-type]  # it finds nothing
    try:
        yield
    finally:
        sys.meta_path.remove(finder)  # type: ignore[arg-type]


def fill(order_id: int) -> bytes:
    """orderStatus."""
    return raw(3, order_id, "Filled", 1, 0, 9, 7, 0, 9, 1, "", "", 0)


@case
def r58_first_fill_without_a_descriptor(bench: Bench) -> None:
    """The first orders, their status, an error and a bad frame, when nothing can be opened or
    imported: no callback is lost.
    """
    for scarce in (no_descriptor_left, nothing_to_import):
        app, peer = bench.link()
        app.wait_until(app.isConnected, "not connected")
        contract, order = limit_order(bench)
        order.orderRef = "mine"
        bench.settle(app, peer)
        app.forget()
        with scarce():
            app.placeOrder(1001, contract, order)
            app.cancelMktData(4)
            peer.send(fill(1001), raw(1, 6), error_of(app, 1001, 399), price(7))
            bench.settle(app, peer, WAIT / 2)
        where = scarce.__name__
        assert app.counts["orderStatus"] == 1, f"{where}: the fill is lost; heard {app.heard()}"
        assert app.counts["tickPrice"] == 1, f"{where}: heard {app.heard()}"
        assert 399 in app.codes(), f"{where}: told {app.codes()}"
        assert 508 in app.codes(), f"{where}: told {app.codes()}"
        frames = [peer.frame(), peer.frame()]
        assert order_ids(frames) == [1001], f"{where}: the order is not sent"
        with scarce():
            app.disconnect()
        app.join()
        assert app.counts["connectionClosed"] == 1


@case
def r63_no_thread_left(bench: Bench) -> None:
    """At connect(): an error, nothing left, and the next attempt is made as if nothing had been."""
    app, tws = bench.program(), bench.tws()
    start = threading.Thread.start
    main = threading.main_thread()

    def none(thread: threading.Thread) -> None:
        if threading.current_thread() is main:
            raise RuntimeError("can't start new thread")
        start(thread)

    threading.Thread.start = none  # type: ignore[method-assign]
    try:
        bench.dial(app, tws)
    except RuntimeError as e:
        raise AssertionError(f"connect() raised {e!r}") from None
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
    assert not app.isConnected(), "a connection that nothing reads"
    assert app.codes() == [502], f"told {app.codes()}"
    assert "connectAck" not in app.names()
    app.start()
    app.join(SOON)
    tws.peer()
    app.forget()
    bench.dial(app, tws)
    assert app.isConnected(), f"heard {app.heard()}"
    app.start()
    peer = tws.peer()
    assert peer.fields()[0] == "71"
    bench.settle(app, peer)


@case
def r66_a_slow_look_up(bench: Bench) -> None:
    """Of the host's name: connect() returns in time, and at once when disconnect() is called."""
    if not bench.takes_timeout():
        raise NotApplicable("connect() takes no timeout")
    original, answer = socket.getaddrinfo, threading.Event()

    def slow(*args: Any, **options: Any) -> Any:
        answer.wait(WAIT)
        return original(*args, **options)

    socket.getaddrinfo = slow
    try:
        app, tws = bench.program(), bench.tws()
        took = bench.dial_in_thread(app, tws, timeout=0.3)
        assert 0.29 <= took < 0.3 + SOON, f"connect(timeout=0.3) took {took:.2f} s"
        assert app.codes() == [502], f"told {app.codes()}"
        app.forget()
        connecting = threading.Thread(
            target=lambda: app.connect(HOST, tws.port, 7, timeout=WAIT), daemon=True
        )
        connecting.start()
        app.wait_until(lambda: app.connState == 1, "not connecting", 0.3) if bench.ours else None
        app.disconnect()
        connecting.join(SOON)
        assert not connecting.is_alive(), "connect() goes on after disconnect()"
    finally:
        answer.set()
        socket.getaddrinfo = original


@case
def r67_the_first_order(bench: Bench) -> None:
    """It is sent as quickly as any other: nothing is imported or compiled for it, nor for its first
    answers.
    """
    app, peer = bench.link()
    contract, order = limit_order(bench)
    modules, took = set(sys.modules), []
    for order_id in (1001, 1002, 1003):
        began = time.thread_time()
        app.placeOrder(order_id, contract, order)
        took.append(time.thread_time() - began)
    assert order_ids([peer.frame() for _ in range(3)]) == [1001, 1002, 1003]
    peer.send(fill(1001))
    app.wait_for("orderStatus")
    assert took[0] < 0.01 + 3 * max(took[1:]), (
        f"the first order takes {took[0] * 1e3:.1f} ms, the next ones {took[1] * 1e3:.1f} ms"
    )
    new = [name for name in set(sys.modules) - modules if name.startswith(bench.package)]
    assert not new, f"{sorted(new)[:3]} imported for the first order"


@case
def r68_a_frame_of_millions_of_rows(bench: Bench) -> None:
    """What it costs is in proportion, whole or broken; beyond a limit it is an error; the next
    frame is unharmed.
    """
    app, peer = bench.link()

    def rows(count: int) -> Iterator[bytes]:
        yield frame(b"89\x003\0%d\0" % count + b"1\0" * (2 * count))  # histogramData
        yield frame(
            b"96\x003\0%d\0" % count + b"1\x000\x001\x002\0" * count
        )  # historicalTicks, one field short
        yield frame(b"96\x003\0%d\0" % count + b"1\x000\x001\x002\0" * (count - 1) + b"x\0" * 5)

    def cost(count: int, expected: list[str]) -> float:
        app.forget()
        began = time.process_time()
        send(peer, rows(count))
        bench.settle(app, peer, 3 * WAIT)
        assert app.names()[:-1] == expected, f"{count} rows: heard {app.names()}"
        return time.process_time() - began

    small = cost(20_000, ["histogramData", "error", "error"])
    large = cost(200_000, ["histogramData", "error", "error"])
    assert large < 20 * small + 0.5, f"20,000 rows take {small:.2f} s, 200,000 take {large:.2f} s"
    before = memory()
    took = cost(2_000_000, ["error"] * 3)
    assert took < 10, f"{took:.1f} s of processor time for 6,000,000 rows"
    assert memory() - before < 400 << 20, f"{(memory() - before) >> 20} MB are kept"


def send(peer: Peer, frames: Iterator[bytes]) -> None:
    for data in frames:
        peer.send(data)
