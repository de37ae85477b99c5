"""R50, R51: the simulated TWS under bad clients, and a broker's bad days. Rows of this package alone."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from ..bench import Bench, NotApplicable, case, memory
from ..hostile import HOST, WAIT, Cutter, frame


def simulator(bench: Bench) -> Any:
    if not bench.ours:
        raise NotApplicable("it brings no simulated TWS")
    return bench.module("simulator").SimulatedTws


def served(bench: Bench, tws: Any, client_id: int) -> Any:
    """A program that TWS serves."""
    app = bench.program()
    app.connect(tws.host, tws.port, client_id)
    app.start()
    app.wait_for("nextValidId")
    app.reqCurrentTime()
    app.wait_for("currentTime")
    return app


@case
def r50_bad_clients_of_the_simulated_tws(bench: Bench) -> None:
    SimulatedTws = simulator(bench)
    with SimulatedTws() as tws:
        port = tws.port
        good = served(bench, tws, 1)
        held, strange = memory(), []
        for data in (b"", b"API", b"API\0\0\0\0\x09v100", b"GET / HTTP/1.1\r\n\r\n", b"API\0\xff\xff\xff\xff", b"\0" * 5000):
            sock = socket.create_connection((HOST, port))
            sock.sendall(data)
            strange.append(sock)
        many = [socket.create_connection((HOST, port)) for _ in range(bench.size(200, 900))]
        twice = bench.program()
        twice.connect(tws.host, port, 1)
        twice.start()
        twice.wait_for("connectionClosed")
        assert 326 in twice.codes(), f"a client id in use: told {twice.codes()}"
        good.reqCurrentTime()
        good.wait_for("currentTime", 2)  # others are served
        deaf = hello(port)
        for _ in range(100):  # asks for much and never reads
            deaf.sendall(frame(b"49\x001\0") * 100)
        good.reqCurrentTime()
        good.wait_for("currentTime", 3)
        assert memory() - held < 64 << 20, f"{(memory() - held) >> 20} MB for bad clients"
        began = time.monotonic()
    took = time.monotonic() - began
    assert took < 1.0, f"stopping took {took:.2f} s"
    for sock in (*strange, *many, deaf):
        sock.close()
    with SimulatedTws(port=port) as again:  # the port is free at once
        assert again.port == port
        served(bench, again, 1)


def hello(port: int) -> socket.socket:
    """A client by hand, let in."""
    sock = socket.create_connection((HOST, port))
    sock.settimeout(WAIT)
    sock.sendall(b"API\0" + frame(b"v100..187"))
    cutter = Cutter()
    while not cutter.feed(sock.recv(4096)):
        pass
    sock.sendall(frame(b"71\x002\x0077\0\0"))
    return sock


@case
def r51_fills_over_a_reconnect(bench: Bench) -> None:
    """Orders fill while the program comes and goes; after reconciliation each execution is known exactly once, the same each time."""
    simulator(bench)
    histories = [history(bench) for _ in range(2)]
    assert histories[0] == histories[1], "the same seed brings another history"


def history(bench: Bench) -> list[tuple[Any, ...]]:
    """The executions that a program knows in the end: what it heard, and what it asked for after each reconnect."""
    from .values import limit_order

    with simulator(bench)(seed=7) as tws:
        known: dict[str, tuple[Any, ...]] = {}
        for session in range(4):
            app = bench.program()

            def note(_: int, contract: Any, execution: Any, session: int = session) -> None:
                known.setdefault(execution.execId, (contract.symbol, execution.side, str(execution.shares), execution.orderId))

            app.on["execDetails"] = note
            app.connect(tws.host, tws.port, 1)
            app.start()
            order_id = app.wait_for("nextValidId")[0]
            app.reqExecutions(9000, bench.module("execution").ExecutionFilter())
            app.wait_for("execDetailsEnd")
            for n in range(3):
                contract, order = limit_order(bench)
                order.orderType, order.totalQuantity = "MKT", 100 * (n + 1)
                app.placeOrder(order_id + n, contract, order)
            app.wait_for("openOrder")
            app.disconnect()  # before the fills are known, or after: both must come out the same
            app.join()
        done = threading.Event()
        for _ in range(100):
            app = bench.program()
            app.on["execDetails"] = note
            app.connect(tws.host, tws.port, 1)
            app.start()
            app.wait_for("nextValidId")
            app.reqExecutions(9001, bench.module("execution").ExecutionFilter())
            app.wait_for("execDetailsEnd")
            app.disconnect()
            app.join()
            if len(known) >= 12 or done.wait(0.1):
                break
    assert len({e[3] for e in known.values()}) == 12, f"executions of {len({e[3] for e in known.values()})} orders, 12 were placed"
    return sorted((e[3], e[0], e[1], e[2]) for e in known.values())
