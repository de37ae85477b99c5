"""A program that must come through a bad day: `recovery_program.py KIND PORT`, where KIND is
"supervised" (this package) or "watchdog" (ib_async's).

It watches five streams and has two orders. What it is told goes to the standard output, a JSON list
a line, with the time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from typing import Any

KIND, PORT = sys.argv[1], int(sys.argv[2])
SYMBOLS = ("AAPL", "MSFT", "IBM", "SPY", "GOOG")


def say(*what: Any) -> None:
    print(json.dumps([time.time(), *what], default=str), flush=True)


def supervised() -> None:
    from decimal import Decimal

    from ibapi_port.contract import Contract
    from ibapi_port.order import Order
    from ibapi_port.supervised import Phase, SupervisedClient
    from ibapi_port.wrapper import EWrapper

    ready = threading.Event()

    class Program(EWrapper):
        def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
            say("tick", SYMBOLS[reqId])

        def execDetails(self, reqId: int, contract: Any, execution: Any) -> None:
            say("fill", execution.execId)

        def orderStatus(self, orderId: int, status: str, *_: Any) -> None:
            say("status", orderId, status)

        def connectionState(self, old: Phase, new: Phase, why: str) -> None:
            if new is Phase.READY:
                say("up")
                ready.set()
            elif old is Phase.READY:
                say("down", why)

        def ordersReconciled(self, report: Any) -> None:
            for order in report.orders:
                say("fate", order.orderId, order.fate.value)

    client = SupervisedClient(Program(), "127.0.0.1", PORT, 1)
    client.start()
    ready.wait(30)
    for number, symbol in enumerate(SYMBOLS):
        client.reqMktData(number, stock(Contract, symbol), "", False, False, [])
    for line in sys.stdin:
        order_id = int(line)
        order = Order(action="BUY", orderType="LMT", totalQuantity=Decimal(10), lmtPrice=1.0,
                      tif="DAY")  # fmt: skip
        client.placeOrder(order_id, stock(Contract, "AAPL"), order)
    client.stop()


def stock(kind: Any, symbol: str) -> Any:
    return kind(symbol=symbol, secType="STK", exchange="SMART", currency="USD")


async def watchdog() -> None:
    import ib_async

    class NoController:
        """There is no program of IB's to be started here."""

        async def startAsync(self) -> None:
            """Do nothing."""

        async def terminateAsync(self) -> None:
            """Do nothing."""

    ib = ib_async.IB()
    # appStartupTime is for the start of IB's program, which is not started here
    dog = ib_async.Watchdog(NoController(), ib, port=PORT, clientId=1, appStartupTime=0)
    first = asyncio.Event()

    def started(_: Any) -> None:
        say("up")
        first.set()

    dog.startedEvent += started
    dog.stoppingEvent += lambda _: say("down", "stopping")
    dog.softTimeoutEvent += lambda _: say("soft")
    ib.disconnectedEvent += lambda: say("down", "disconnected")
    ib.execDetailsEvent += lambda trade, fill: say("fill", fill.execution.execId)
    ib.orderStatusEvent += lambda trade: say(
        "status", trade.order.orderId, trade.orderStatus.status
    )
    ib.pendingTickersEvent += lambda tickers: [say("tick", t.contract.symbol) for t in tickers]
    dog.start()
    await asyncio.wait_for(first.wait(), 30)
    contracts = await ib.qualifyContractsAsync(*[stock(ib_async.Contract, s) for s in SYMBOLS])
    for contract in contracts:
        ib.reqMktData(contract)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = ib_async.LimitOrder("BUY", 10, 1.0, orderId=int(line), tif="DAY")
        try:
            ib.placeOrder(contracts[0], order)
        except ConnectionError as e:
            say("refused", str(e))
    for fill in ib.fills():
        say("known", fill.execution.execId)
    for trade in ib.trades():
        say("trade", trade.order.orderId, trade.orderStatus.status)
    dog.stop()


if KIND == "supervised":
    supervised()
else:
    asyncio.run(watchdog())
