"""A trading session as programs for ibapi 10.46 are written: a typed wrapper that holds its client, a thread pool, contexts."""

from __future__ import annotations

import logging
import sys
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Thread
from typing import Any, Iterator

from ibapi import get_version_string
from ibapi.client import EClient
from ibapi.commission_and_fees_report import CommissionAndFeesReport
from ibapi.common import BarData, HistoricalSession, ListOfNewsProviders, OrderId, TickAttrib, TickerId
from ibapi.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi.contract import Contract, ContractDetails
from ibapi.errors import NOT_CONNECTED
from ibapi.execution import Execution, ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.order_state import OrderState
from ibapi.ticktype import TickType, TickTypeEnum
from ibapi.wrapper import EWrapper

log = logging.getLogger("session")


@dataclass
class Answer:
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    future: Future[None] = field(default_factory=Future)


class Session(EWrapper):
    def __init__(self) -> None:
        super().__init__()
        self.client = EClient(self)
        self.waiting: dict[Any, Answer] = {}
        self.journal: list[tuple[Any, ...]] = []

    @contextmanager
    def answer_to(self, key: Any) -> Iterator[Answer]:
        """Inside, a request is made; afterwards the answer is complete."""
        answer = self.waiting[key] = Answer()
        yield answer
        answer.future.result(timeout=20)

    def add(self, key: Any, *row: Any) -> None:
        if key in self.waiting:
            self.waiting[key].rows.append(row)

    def complete(self, key: Any) -> None:
        if key in self.waiting and not self.waiting[key].future.done():
            self.waiting[key].future.set_result(None)

    # EWrapper

    def connectAck(self) -> None:
        self.journal.append(("acknowledged",))

    def connectionClosed(self) -> None:
        self.journal.append(("closed",))
        self.complete("closed")

    def nextValidId(self, orderId: int) -> None:
        self.order_id = orderId
        self.complete("start")

    def managedAccounts(self, accountsList: str) -> None:
        self.journal.append(("accounts", accountsList))

    def error(self, reqId: TickerId, errorTime: int, errorCode: int, errorString: str, advancedOrderRejectJson: str = "") -> None:
        self.journal.append(("error", reqId, errorTime > 0, errorCode, errorString, advancedOrderRejectJson))
        self.complete((reqId, errorCode))

    def contractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        self.add(reqId, contractDetails)

    def contractDetailsEnd(self, reqId: int) -> None:
        self.complete(reqId)

    def tickPrice(self, reqId: TickerId, tickType: TickType, price: float, attrib: TickAttrib) -> None:
        self.add(reqId, TickTypeEnum.toStr(tickType), price, type(price).__name__)

    def tickSize(self, reqId: TickerId, tickType: TickType, size: Decimal) -> None:
        self.add(reqId, TickTypeEnum.toStr(tickType), repr(size), f"{size:,.0f}")

    def tickSnapshotEnd(self, reqId: int) -> None:
        self.complete(reqId)

    def historicalData(self, reqId: int, bar: BarData) -> None:
        self.add(reqId, bar.date, bar.open, bar.high, bar.low, bar.close, repr(bar.volume), repr(bar.wap), bar.barCount)

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self.add(reqId, start, end)
        self.complete(reqId)

    def openOrder(self, orderId: OrderId, contract: Contract, order: Order, orderState: OrderState) -> None:
        unset = [name for name in ("lmtPrice", "auxPrice", "trailStopPrice", "volatility") if getattr(order, name) == UNSET_DOUBLE]
        more = [order.hedgeMaxSize == UNSET_INTEGER, order.filledQuantity == UNSET_DECIMAL, order.deactivate, order.postOnly]
        self.journal.append(("open", orderId, contract.symbol, order.action, repr(order.totalQuantity), orderState.status, *unset, *more))
        self.journal.append((str(order),))

    def orderStatus(
        self, orderId: OrderId, status: str, filled: Decimal, remaining: Decimal, avgFillPrice: float, permId: int, parentId: int,
        lastFillPrice: float, clientId: int, whyHeld: str, mktCapPrice: float,
    ) -> None:
        self.journal.append(("status", orderId, status, repr(filled), repr(remaining), avgFillPrice, lastFillPrice, clientId, whyHeld))
        self.complete((orderId, status))

    def execDetails(self, reqId: int, contract: Contract, execution: Execution) -> None:
        self.journal.append(("execution", reqId, contract.symbol, execution.side, repr(execution.shares), execution.price, execution.submitter))

    def execDetailsEnd(self, reqId: int) -> None:
        self.complete(reqId)

    def commissionAndFeesReport(self, commissionAndFeesReport: CommissionAndFeesReport) -> None:
        report = commissionAndFeesReport
        self.journal.append(("fees", report.commissionAndFees, report.currency, report.realizedPNL == UNSET_DOUBLE))
        self.complete("fees")

    def position(self, account: str, contract: Contract, position: Decimal, avgCost: float) -> None:
        self.add("positions", account, contract.symbol, contract.exchange, repr(position), avgCost)

    def positionEnd(self) -> None:
        self.complete("positions")

    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        self.add(reqId, account, tag, value, currency)

    def accountSummaryEnd(self, reqId: int) -> None:
        self.complete(reqId)

    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState) -> None:
        self.add("completed", contract.symbol, order.action, repr(order.filledQuantity), orderState.completedStatus, order.permId > 0)

    def completedOrdersEnd(self) -> None:
        self.complete("completed")


def stock(symbol: str, currency: str = "USD", sec_type: str = "STK", exchange: str = "SMART") -> Contract:
    contract = Contract()
    contract.symbol, contract.currency, contract.secType, contract.exchange = symbol, currency, sec_type, exchange
    return contract


def order(action: str, quantity: Decimal | int | float, limit: float | None = None) -> Order:
    made = Order()
    made.action, made.totalQuantity = action, quantity
    made.orderType = "MKT" if limit is None else "LMT"
    if limit is not None:
        made.lmtPrice = limit
    return made


def show(title: str, rows: list[tuple[Any, ...]]) -> None:
    print(f"{title}:")
    for row in rows:
        print("   ", *row)


def main() -> int:
    session = Session()
    client = session.client
    print(get_version_string().split(".")[0], NOT_CONNECTED.code(), NOT_CONNECTED.msg(), client.isConnected())
    with session.answer_to("start"):
        client.connect("127.0.0.1", int(sys.argv[1]), clientId=46)
        runner = Thread(target=client.run, name="run", daemon=True)
        runner.start()
    euro, tesla = stock("EUR", "USD", "CASH", "IDEALPRO"), stock("TSLA")
    print(euro, euro == euro, tesla.comboLegs, tesla.strike == UNSET_DOUBLE)
    for request, contract in enumerate((euro, tesla), 1):
        with session.answer_to(request) as answer:
            client.reqContractDetails(request, contract)
        for (details,) in answer.rows:
            print(details.contract.conId, details.contract.localSymbol, details.longName, details.minTick, details.marketRuleIds)
            print(repr(details.minSize), repr(details.lastPricePrecision), details.eventContract1 == "", details.secIdList)
    with session.answer_to((3, 200)):
        client.reqContractDetails(3, stock("NOSUCH"))
    for request, contract in enumerate((euro, tesla), 4):
        with session.answer_to(request) as answer:
            client.reqMktData(request, contract, "", True, False, [])
        show(f"quote of {contract.symbol}", answer.rows)
    with session.answer_to(6) as answer:
        client.reqHistoricalData(6, tesla, "20261120 15:00:00 US/Eastern", "1 D", "2 hours", "TRADES", 1, 1, False, [])
    show("bars", answer.rows)
    with session.answer_to(7) as answer:
        client.reqHistoricalData(7, euro, "20261120 15:00:00 US/Eastern", "3600 S", "20 mins", "MIDPOINT", 1, 1, False, [])
    show("bars of the pair", answer.rows)

    first = session.order_id
    with session.answer_to((first, "Submitted")):
        client.placeOrder(first, tesla, order("BUY", Decimal("0.5"), 2.5))
    with session.answer_to((first, 202)):
        client.cancelOrder(first, OrderCancel())
    with session.answer_to("fees"):
        client.placeOrder(first + 1, tesla, order("BUY", 8))
    with session.answer_to("fees"):
        client.placeOrder(first + 2, euro, order("SELL", 20000.0))
    with session.answer_to((first + 3, "Submitted")):
        client.placeOrder(first + 3, tesla, order("SELL", 8, 7777.0))
    with session.answer_to((first + 3, 202)):
        client.reqGlobalCancel(OrderCancel())
    with session.answer_to(8):
        client.reqExecutions(8, ExecutionFilter())
    with session.answer_to("positions") as answer:
        client.reqPositions()
    show("positions", answer.rows)
    with session.answer_to(9) as answer:
        client.reqAccountSummary(9, "All", "NetLiquidation,TotalCashValue,$LEDGER:ALL")
    show("summary", answer.rows)
    with session.answer_to("completed") as answer:
        client.reqCompletedOrders(False)
    show("completed", answer.rows)
    with session.answer_to("closed"):
        client.disconnect()
    runner.join(10)
    show("journal", session.journal)
    return 0 if not runner.is_alive() else 1


if __name__ == "__main__":
    sys.exit(main())
