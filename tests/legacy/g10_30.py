"""A trading session as programs for ibapi 10.30 were written: one step starts the next one from its callback, no thread of its own."""

import sys
from decimal import Decimal

from ibapi.client import *
from ibapi.common import *
from ibapi.contract import *
from ibapi.execution import *
from ibapi.order import *
from ibapi.order_cancel import OrderCancel
from ibapi.tag_value import TagValue
from ibapi.ticktype import TickTypeEnum
from ibapi.utils import *
from ibapi.wrapper import *

DETAILS, UNKNOWN, SNAPSHOT, BARS, DAYS, FILLS, SUMMARY, TICKS = range(101, 109)


def quantity(value):
    return f"{type(value).__name__} {value:f} {value!r}"


class Robot(EWrapper, EClient):
    def __init__(self, port):
        EClient.__init__(self, self)
        self.port, self.orderId, self.steps = port, 0, []

    def step(self):
        """The next thing to do."""
        if not self.steps:
            self.disconnect()
            return
        self.steps.pop(0)()

    def go(self):
        self.connect("127.0.0.1", self.port, clientId=30)
        self.run()
        print("run has returned", self.isConnected())

    def nextId(self):
        self.orderId += 1
        return self.orderId - 1

    # callbacks

    def nextValidId(self, orderId: OrderId):
        self.orderId = orderId
        self.contract = Contract()
        self.contract.symbol, self.contract.secType = "MSFT", "STK"
        self.contract.exchange, self.contract.currency, self.contract.primaryExchange = "SMART", "USD", "NASDAQ"
        print(orderId, self.contract.comboLegs, self.contract.strike)
        print("for the log:", self.contract)
        nowhere = Contract()
        nowhere.symbol, nowhere.secType, nowhere.exchange, nowhere.currency = "NOSUCH", "STK", "SMART", "USD"
        self.steps = [
            lambda: self.reqContractDetails(DETAILS, self.contract),
            lambda: self.reqContractDetails(UNKNOWN, nowhere),
            lambda: self.reqMktData(reqId=SNAPSHOT, contract=self.contract, genericTickList="", snapshot=True, regulatorySnapshot=False, mktDataOptions=[]),
            lambda: self.reqHistoricalData(BARS, self.contract, "20261120-17:00:00", "2 D", "4 hours", "TRADES", 1, 1, False, []),
            lambda: self.reqHistoricalData(DAYS, self.contract, "20261120-17:00:00", "1 W", "1 day", "BID", 0, 1, False, []),
            self.placeResting,
            lambda: self.cancelOrder(self.orderId - 1, OrderCancel()),
            self.placeBracket,
            lambda: self.reqGlobalCancel(),
            self.placeMarket,
            lambda: self.reqExecutions(FILLS, ExecutionFilter()),
            self.reqPositions,
            lambda: self.reqAccountSummary(SUMMARY, "All", AccountSummary()),
            lambda: self.reqCompletedOrders(True),
            lambda: self.reqIds(-1),
        ]
        self.nextValidId = self.secondId
        self.step()

    def secondId(self, orderId: OrderId):
        print("next id now", orderId)
        self.step()

    def error(self, reqId: TickerId, errorCode: int, errorString: str, advancedOrderRejectJson: str = ""):
        print("error", reqId, errorCode, errorString, repr(advancedOrderRejectJson))
        if errorCode == 200 or (errorCode == 202 and reqId in self.waiting):
            self.waiting = [id for id in self.waiting if id != reqId]
            if not self.waiting:
                self.step()

    waiting: list = []

    def contractDetails(self, reqId: int, contractDetails: ContractDetails):
        print(reqId, contractDetails)
        attributes = vars(contractDetails)
        print(sorted(name for name in attributes if name.startswith("fund"))[:3], contractDetails.fundAssetType)
        print(attributes["contract"].tradingClass, contractDetails.contract.comboLegs, contractDetails.ineligibilityReasonList)

    def contractDetailsEnd(self, reqId: int):
        print("end of details", reqId)
        self.step()

    def tickReqParams(self, tickerId: int, minTick: float, bboExchange: str, snapshotPermissions: int):
        print("parameters", tickerId, floatMaxString(minTick), bboExchange, intMaxString(snapshotPermissions))

    def tickPrice(self, reqId: TickerId, tickType: TickType, price: float, attrib: TickAttrib):
        print("price", reqId, TickTypeEnum.toStr(tickType) if hasattr(TickTypeEnum, "toStr") else tickType, price, attrib)

    def tickSize(self, reqId: TickerId, tickType: TickType, size: Decimal):
        print("size", reqId, tickType, quantity(size), size.quantize(Decimal("0.01")))

    def tickSnapshotEnd(self, reqId: int):
        print("end of snapshot", reqId)
        self.step()

    def historicalData(self, reqId: int, bar: BarData):
        print(bar.date, bar.open, bar.high, bar.low, bar.close, quantity(bar.volume), quantity(bar.wap), bar.barCount)
        print(bar)

    def historicalDataEnd(self, reqId: int, start: str, end: str):
        print("end of bars", reqId, start, end)
        self.step()

    def order(self, action, kind, amount, **values):
        order = Order()
        order.action, order.orderType, order.totalQuantity = action, kind, amount
        for name, value in values.items():
            setattr(order, name, value)
        return order

    def placeResting(self):
        self.expected = "Submitted"
        self.placeOrder(self.nextId(), self.contract, self.order("BUY", "LMT", Decimal("7"), lmtPrice=2.0, tif="DAY"))
        self.waiting = [self.orderId - 1]

    def placeBracket(self):
        parent = self.nextId()
        self.expected = "last child"
        self.placeOrder(parent, self.contract, self.order("BUY", "LMT", 10, lmtPrice=3.0, transmit=False))
        self.placeOrder(self.nextId(), self.contract, self.order("SELL", "LMT", 10, lmtPrice=900.0, parentId=parent, transmit=False))
        self.placeOrder(self.nextId(), self.contract, self.order("SELL", "STP", 10, auxPrice=1.0, parentId=parent, transmit=True))
        self.waiting = [parent, parent + 1, parent + 2]

    def placeMarket(self):
        self.expected = None
        self.placeOrder(self.nextId(), self.contract, self.order("SELL", "MKT", 12.0, orderRef="short"))

    def openOrder(self, orderId: OrderId, contract: Contract, order: Order, orderState: OrderState):
        print("open order", orderId, contract.symbol, order.action, order.orderType, quantity(order.totalQuantity), orderState.status)
        print(order)
        print(repr(decimalMaxString(order.filledQuantity)), repr(floatMaxString(orderState.commission)), order.parentId, order.ocaType)

    def orderStatus(self, orderId: OrderId, status: str, filled: Decimal, remaining: Decimal, avgFillPrice: float, permId: int,
                    parentId: int, lastFillPrice: float, clientId: int, whyHeld: str, mktCapPrice: float):
        print("status", orderId, status, quantity(filled), quantity(remaining), avgFillPrice, permId > 0, parentId, lastFillPrice, clientId, whyHeld)
        if status == self.expected or (self.expected == "last child" and whyHeld.startswith("child,trigger")):
            self.expected = None
            self.step()

    def execDetails(self, reqId: int, contract: Contract, execution: Execution):
        print("execution", reqId, contract.symbol, execution.side, quantity(execution.shares), quantity(execution.cumQty), execution.price, execution.pendingPriceRevision)

    def execDetailsEnd(self, reqId: int):
        print("end of executions", reqId)
        self.step()

    def commissionReport(self, commissionReport: CommissionReport):
        print("commission", commissionReport.commission, commissionReport.currency, repr(floatMaxString(commissionReport.realizedPNL)))
        if self.expected is None and not self.waiting:
            self.expected = "nothing"
            self.step()

    def position(self, account: str, contract: Contract, position: Decimal, avgCost: float):
        print("position", account, contract.symbol, contract.exchange, quantity(position), avgCost)

    def positionEnd(self):
        print("end of positions")
        self.cancelPositions()
        self.step()

    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str):
        print("summary", account, tag, value, currency)

    def accountSummaryEnd(self, reqId: int):
        print("end of summary", reqId)
        self.cancelAccountSummary(reqId)
        self.step()

    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState):
        print("completed", contract.symbol, order.action, order.orderType, quantity(order.filledQuantity), orderState.completedStatus)
        print(order)

    def completedOrdersEnd(self):
        print("end of completed orders")
        self.step()

    def connectionClosed(self):
        print("connection closed")


def AccountSummary():
    from ibapi.account_summary_tags import AccountSummaryTags as Tags
    return ",".join([Tags.NetLiquidation, Tags.TotalCashValue, Tags.GrossPositionValue])


Robot(int(sys.argv[1])).go()
