"""A trading session as programs for ibapi 10.51 are written: events in a queue, match statements, order states as OrderStatus."""

from __future__ import annotations

import math
import queue
import sys
import threading
from decimal import Decimal
from typing import Any, NamedTuple

import ibapi
from ibapi.client import *
from ibapi.common import BarData, TickAttrib, getServerVersionForMessage
from ibapi.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi.contract import Contract, ContractDetails
from ibapi.execution import Execution, ExecutionFilter
from ibapi.message import IN, OUT
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.order_condition import Create, OrderCondition, PriceCondition
from ibapi.order_state import OrderState
from ibapi.order_status import OrderStatus
from ibapi.server_versions import MAX_CLIENT_VER, UNIFIED_VERSION_COND_ORDER_WITH_OVERNIGHT_PARAM
from ibapi.tag_value import TagValue
from ibapi.ticktype import TickTypeEnum
from ibapi.wrapper import EWrapper


class Event(NamedTuple):
    kind: str
    key: Any
    values: tuple[Any, ...] = ()


class Desk(EWrapper, EClient):
    """What comes goes into a queue; the main thread takes it out."""

    def __init__(self) -> None:
        EWrapper.__init__(self)
        EClient.__init__(self, wrapper=self)
        self.events: queue.Queue[Event] = queue.Queue()
        self.orders: dict[int, list[OrderStatus]] = {}

    def nextValidId(self, orderId: int) -> None:
        super().nextValidId(orderId)
        self.events.put(Event("ready", orderId))

    def managedAccounts(self, accountsList: str) -> None:
        self.events.put(Event("accounts", accountsList))

    def error(self, reqId: int, errorTime: int, errorCode: int, errorString: str, advancedOrderRejectJson: str = "") -> None:
        self.events.put(Event("error", (reqId, errorCode), (errorString, advancedOrderRejectJson, errorTime > 0)))

    def connectionClosed(self) -> None:
        self.events.put(Event("closed", None))

    def contractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        self.events.put(Event("details", reqId, (contractDetails,)))

    def contractDetailsEnd(self, reqId: int) -> None:
        self.events.put(Event("end", reqId))

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: TickAttrib) -> None:
        self.events.put(Event("tick", reqId, (TickTypeEnum.toStr(tickType), price, str(attrib))))

    def tickSize(self, reqId: int, tickType: int, size: Decimal) -> None:
        self.events.put(Event("tick", reqId, (TickTypeEnum.toStr(tickType), repr(size))))

    def tickSnapshotEnd(self, reqId: int) -> None:
        self.events.put(Event("end", reqId))

    def historicalData(self, reqId: int, bar: BarData) -> None:
        self.events.put(Event("bar", reqId, (str(bar),)))

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self.events.put(Event("end", reqId, (start, end)))

    def openOrder(self, orderId: int, contract: Contract, order: Order, orderState: OrderState) -> None:
        conditions = [str(condition) for condition in order.conditions]
        flags = (order.conditionsIgnoreRth, order.conditionsIncludeOvernight, order.conditionsCancelOrder)
        self.events.put(Event("open", orderId, (str(order), str(order.tif), orderState.status, conditions, *flags)))

    def orderStatus(
        self, orderId: int, status: str, filled: Decimal, remaining: Decimal, avgFillPrice: float, permId: int, parentId: int,
        lastFillPrice: float, clientId: int, whyHeld: str, mktCapPrice: float,
    ) -> None:
        state = OrderStatus.get(status)
        self.orders.setdefault(orderId, []).append(state)
        row = (repr(filled), repr(remaining), avgFillPrice, lastFillPrice, clientId, whyHeld, state.is_active(), state.is_terminal())
        self.events.put(Event(f"status {state}", orderId, row))

    def execDetails(self, reqId: int, contract: Contract, execution: Execution) -> None:
        row = (reqId, contract.symbol, execution.side, repr(execution.shares), execution.price, execution.optExerciseOrLapseType)
        self.events.put(Event("execution", execution.orderId, row))

    def execDetailsEnd(self, reqId: int) -> None:
        self.events.put(Event("end", reqId))

    def commissionAndFeesReport(self, commissionAndFeesReport: Any) -> None:
        report = commissionAndFeesReport
        self.events.put(Event("fees", None, (report.commissionAndFees, report.currency, report.realizedPNL == UNSET_DOUBLE)))

    def position(self, account: str, contract: Contract, position: Decimal, avgCost: float) -> None:
        self.events.put(Event("position", account, (contract.symbol, repr(position), avgCost)))

    def positionEnd(self) -> None:
        self.events.put(Event("end", "positions"))

    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        self.events.put(Event("summary", reqId, (account, tag, value, currency)))

    def accountSummaryEnd(self, reqId: int) -> None:
        self.events.put(Event("end", reqId))

    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState) -> None:
        row = (contract.symbol, order.action, repr(order.filledQuantity), OrderStatus(orderState.status), orderState.completedStatus)
        self.events.put(Event("completed", None, row))

    def completedOrdersEnd(self) -> None:
        self.events.put(Event("end", "completed"))

    def show(self, *last: tuple[str, Any]) -> None:
        """Print the events until each of these has come; what may come in any order is sorted."""
        missing, lines = set(last), []
        while missing:
            event = self.events.get(timeout=20)
            missing.discard((event.kind, event.key))
            match event:
                case Event("error", (_, code)) if 2100 <= code < 2170:
                    continue
                case Event("details", _, (details,)):
                    contract = details.contract
                    lines.append(f"details {contract.conId} {contract.localSymbol} {details.longName} {details.minTick} {details.stockType}")
                    lines.append(f"    {details.settlementMethod!r} {[pair.tag for pair in details.secIdList]} {str(details)[-12:]} {details.minSize!r}")
                case Event(kind, key, values):
                    lines.append(" ".join(map(str, (kind, key, *values))))
        print(*sorted(lines), sep="\n")


def stock(symbol: str) -> Contract:
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = symbol, "STK", "SMART", "USD"
    return contract


def limit(action: str, quantity: Decimal, price: float) -> Order:
    order = Order()
    order.action, order.totalQuantity, order.orderType, order.lmtPrice, order.tif = action, quantity, "LMT", price, "GTC"
    return order


def facts() -> None:
    """What 10.51 brought, without a connection."""
    print(ibapi.get_version_string().split(".")[:2], MAX_CLIENT_VER >= UNIFIED_VERSION_COND_ORDER_WITH_OVERNIGHT_PARAM)
    print(IN.TICK_PRICE, repr(OUT.PLACE_ORDER), IN(5).name, OUT["REQ_IDS"].value, f"{OUT.START_API:>4}|", IN.OPEN_ORDER == 5)
    print([getServerVersionForMessage(n) for n in (OUT.PLACE_ORDER, OUT.REQ_MKT_DATA, 24, OUT.REQ_CURRENT_TIME)])
    print(getServerVersionForMessage(-1) == math.inf, getServerVersionForMessage(OUT.VERIFY_AND_AUTH_REQUEST) == math.inf)
    print([(status.name, status.is_active(), status.is_terminal()) for status in OrderStatus])
    print([OrderStatus.get(text).name for text in ("filled", " SUBMITTED ", "", "nonsense")], f"{OrderStatus.Filled}", str(OrderStatus.Inactive))
    print(TickTypeEnum.NOT_USED, TickTypeEnum.RT_VOLUME, Order().conditionsIncludeOvernight, repr(ContractDetails().settlementMethod))
    print(str(ContractDetails()))
    print(Order().hedgeMaxSize == UNSET_INTEGER, Order().filledQuantity == UNSET_DECIMAL, TagValue("a", "b"))


def main() -> int:
    facts()
    desk = Desk()
    desk.connect("127.0.0.1", int(sys.argv[1]), clientId=51)
    runner = threading.Thread(target=desk.run, name="desk")
    runner.start()
    first = 1
    desk.show(("ready", first))
    ibm = stock("IBM")
    desk.reqContractDetails(1, ibm)
    desk.show(("end", 1))
    desk.reqContractDetails(2, stock("NOSUCH"))
    desk.show(("error", (2, 200)))
    desk.reqMktData(3, ibm, "", True, False, [])
    desk.show(("end", 3))
    desk.reqHistoricalData(4, ibm, "20261120 15:00:00 US/Eastern", "1 D", "1 hour", "TRADES", 1, 1, False, [])
    desk.show(("end", 4))

    resting = limit("BUY", Decimal("7"), 1.25)
    desk.placeOrder(first, ibm, resting)
    desk.show(("status Submitted", first))
    condition = Create(OrderCondition.Price)
    assert isinstance(condition, PriceCondition)
    condition.conId, condition.exchange, condition.isMore, condition.price = 8314, "SMART", True, 9999.0
    condition.triggerMethod = PriceCondition.TriggerMethodEnum.Last
    waiting = limit("SELL", Decimal("2"), 9999.5)
    waiting.conditions = [condition]
    waiting.conditionsIgnoreRth = waiting.conditionsIncludeOvernight = True
    desk.placeOrder(first + 1, ibm, waiting)
    desk.show(("status PreSubmitted", first + 1))
    for order_id in (first, first + 1):
        desk.cancelOrder(order_id, OrderCancel())
        desk.show(("status Cancelled", order_id), ("error", (order_id, 202)))
    bought = limit("BUY", Decimal("3"), 9000.0)
    bought.orderType, bought.tif = "MKT", "DAY"
    desk.placeOrder(first + 2, ibm, bought)
    desk.show(("status Filled", first + 2), ("execution", first + 2), ("fees", None))
    print({order_id: states[-1].is_terminal() for order_id, states in desk.orders.items()})

    desk.reqExecutions(5, ExecutionFilter())
    desk.show(("end", 5), ("fees", None))
    desk.reqPositions()
    desk.show(("end", "positions"))
    desk.cancelPositions()
    desk.reqAccountSummary(6, "All", "NetLiquidation,TotalCashValue,BuyingPower")
    desk.show(("end", 6))
    desk.cancelAccountSummary(6)
    desk.reqCompletedOrders(False)
    desk.show(("end", "completed"))
    desk.disconnect()
    desk.show(("closed", None))
    runner.join(10)
    print(desk.isConnected(), runner.is_alive())
    return 0


if __name__ == "__main__":
    sys.exit(main())
