"""R50, R51: the simulated TWS under bad clients, and a broker's bad days. Rows of this package
alone.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from ..bench import SOON, Bench, NotApplicable, case, memory
from ..hostile import HOST, WAIT, Cutter, frame
from .values import limit_order


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
        for data in (
            b"",
            b"API",
            b"API\0\0\0\0\x09v100",
            b"GET / HTTP/1.1\r\n\r\n",
            b"API\0\xff\xff\xff\xff",
            b"\0" * 5000,
        ):
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
    assert took < SOON / 2, f"stopping took {took:.2f} s"
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
def r51_a_brokers_bad_day(bench: Bench) -> None:
    """Partial fills over reconnects, a restart, a lost line, a broken farm, a rejection, pacing:
    each execution is known exactly once, no order goes back to an earlier state, and the same seed
    brings the same day.
    """
    days = [BadDay(bench).live() for _ in range(2)]
    assert days[0] == days[1], "the same seed brings another day"


FINAL = ("Cancelled", "Filled", "Inactive")


class BadDay:
    """A program that comes and goes, and after each return asks for what it may have missed."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.make = bench, simulator(bench)
        self.executions: dict[str, tuple[Any, ...]] = {}
        self.doubled: list[str] = []
        self.statuses: dict[int, list[tuple[str, Any]]] = {}
        self.notices: list[int] = []
        self.app: Any = None

    def come(self, tws: Any) -> int:
        """Connect and reconcile; the next order id."""
        app = self.app = self.bench.program()
        fresh: set[str] = set()

        def execution(_: int, contract: Any, execution: Any) -> None:
            if execution.execId in fresh:
                self.doubled.append(execution.execId)
            fresh.add(execution.execId)
            self.executions[execution.execId] = (
                execution.orderId,
                contract.symbol,
                execution.side,
                str(execution.shares),
                execution.price,
            )

        def status(order_id: int, status: str, filled: Any, *_: Any) -> None:
            self.statuses.setdefault(order_id, []).append((status, filled))

        app.on = {"execDetails": execution, "orderStatus": status}
        tries = 0
        while not app.isConnected():  # it may be restarting
            assert tries < 200, f"not connected: {app.heard()}"
            tries += 1
            app.connect(tws.host, tws.port, 1)
            if not app.isConnected():
                time.sleep(0.02)
        app.start()
        order_id: int = app.wait_for("nextValidId")[0]
        app.reqOpenOrders()
        app.wait_for("openOrderEnd")
        fresh.clear()
        app.reqExecutions(9000, self.bench.module("execution").ExecutionFilter())
        app.wait_for("execDetailsEnd")
        return order_id

    def leave(self) -> None:
        self.notices += [code for code in self.app.codes() if code not in (502, 2104, 2106, 2158)]
        self.app.disconnect()
        self.app.join()

    def lost(self) -> None:
        """The connection breaks from TWS's side."""
        self.app.wait_for("connectionClosed")
        assert 507 in self.app.codes()
        self.leave()

    def told(self, code: int) -> None:
        self.app.wait_until(lambda: code in self.app.codes(), f"no {code}")

    def buy(self, order_id: int, quantity: int) -> None:
        """A limit order that rests."""
        contract, order = limit_order(self.bench)
        order.lmtPrice, order.totalQuantity = 1.0, quantity
        before = self.app.counts["openOrder"]
        self.app.placeOrder(order_id, contract, order)
        self.app.wait_for("openOrder", before + 1)

    def live(self) -> Any:
        # at once: what comes between random times depends on the machine
        with self.make(seed=7, profile="simple") as tws:
            first = self.come(tws)
            second, third = first + 1, first + 2
            for order_id in (first, second, third):
                self.buy(order_id, 100)
            tws.do("fill", order_id=first, quantity=10, price=1)
            self.app.wait_for("execDetails")
            self.leave()
            tws.do("fill", order_id=first, quantity=20, price=1)  # nobody hears of it
            self.come(tws)
            tws.do("connectivity", up=False)
            self.told(1100)
            tws.do("connectivity", up=True)
            self.told(1102)
            tws.do("farm", name="usfarm", state="broken")
            self.told(2103)
            tws.do("farm", name="usfarm", state="ok")
            tws.do("reject", order_id=second)
            self.told(201)
            tws.do("drop_connection", client_id=1, reset=True)
            self.lost()
            tws.do("fill", order_id=first, quantity=30, price=1)
            self.come(tws)
            tws.do("restart", seconds=0)
            self.lost()
            self.come(tws)
            tws.do("fill", order_id=first, quantity=40, price=1)
            self.app.wait_until(
                lambda: ("Filled", 100) in self.statuses[first], "the order is not filled"
            )
            tws.do("move_port")
            self.told(1300)
            self.lost()
            self.come(tws)
            self.app.cancelOrder(third, self.bench.module("order_cancel").OrderCancel())
            self.told(202)
            self.leave()
        return self.judged(first)

    def judged(self, first: int) -> Any:
        assert not self.doubled, f"told twice in a session: {self.doubled}"
        shares = sorted(int(e[3]) for e in self.executions.values() if e[0] == first)
        assert shares == [10, 20, 30, 40], (
            f"executions of {shares} shares are known, of 10, 20, 30 and 40"
        )
        for order_id, statuses in self.statuses.items():
            filled = [number for _, number in statuses]
            assert filled == sorted(filled), f"order {order_id}: filled goes back: {filled}"
            final = [n for n, (status, _) in enumerate(statuses) if status in FINAL]
            if final:
                assert {status for status, _ in statuses[final[0] :]} == {statuses[final[0]][0]}, (
                    f"order {order_id}: {statuses}"
                )
        states = {order_id: statuses[-1] for order_id, statuses in self.statuses.items()}
        return sorted(self.executions.values()), states, self.notices
