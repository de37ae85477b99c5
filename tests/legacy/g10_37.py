"""A trading session as programs for ibapi 10.37 were written: errors with a time, commissions and fees, requests that wait for answers."""

import sys
import threading
from collections import defaultdict
from datetime import datetime, timezone

from ibapi.client import EClient, OrderId, SetOfString, TickerId
from ibapi.commission_and_fees_report import CommissionAndFeesReport
from ibapi.common import BarData, TickAttrib
from ibapi.contract import ComboLeg, Contract, ContractDetails
from ibapi.execution import Execution, ExecutionFilter, OptionExerciseType
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.order_state import OrderState
from ibapi.ticktype import TickType, TickTypeEnum
from ibapi.utils import Decimal, currentTimeMillis, decimalMaxString, floatMaxString, getTimeStrFromMillis, intMaxString, longMaxString
from ibapi.wrapper import EWrapper

SILENT_CODES = {2104, 2106, 2107, 2108, 2158}


class IBClient(EWrapper, EClient):
    """Each request blocks until it is answered; what came is handed back, and printed by the main thread."""

    def __init__(self):
        super().__init__()
        EClient.__init__(self, wrapper=self)
        self.lock = threading.Condition()
        self.answers = defaultdict(list)
        self.ended = set()
        self.next_id = None

    def note(self, key, *values):
        with self.lock:
            self.answers[key].append(values)

    def end(self, key):
        with self.lock:
            self.ended.add(key)
            self.lock.notify_all()

    def collect(self, key, timeout=20):
        with self.lock:
            if not self.lock.wait_for(lambda: key in self.ended, timeout):
                print("TIMED OUT", key)
                self.disconnect()
                raise SystemExit(1)
            self.ended.discard(key)
            return self.answers.pop(key, [])

    def error(self, reqId: TickerId, errorTime: int, errorCode: int, errorString: str, advancedOrderRejectJson=""):
        recent = abs(errorTime - 1795204800000) < 86400000
        self.note("errors", reqId, type(errorTime).__name__, recent, errorCode, errorString, advancedOrderRejectJson)
        if errorCode in SILENT_CODES:
            return
        self.end(("error", reqId, errorCode))

    def nextValidId(self, orderId: int):
        self.next_id = orderId
        self.end("start")

    def managedAccounts(self, accountsList: str):
        self.accounts = accountsList.split(",")

    def currentTimeInMillis(self, timeInMillis: int):
        self.note("time", type(timeInMillis).__name__, getTimeStrFromMillis(timeInMillis)[:12])
        self.end("time")

    def contractDetails(self, reqId: int, contractDetails: ContractDetails):
        self.note(reqId, contractDetails)

    def contractDetailsEnd(self, reqId: int):
        self.end(reqId)

    def tickPrice(self, reqId: TickerId, tickType: TickType, price: float, attrib: TickAttrib):
        self.note(reqId, "price", TickTypeEnum.idx2name[tickType], price, str(attrib))

    def tickSize(self, reqId: TickerId, tickType: TickType, size: Decimal):
        self.note(reqId, "size", TickTypeEnum.idx2name[tickType], decimalMaxString(size), type(size).__name__)

    def tickGeneric(self, reqId: TickerId, tickType: TickType, value: float):
        self.note(reqId, "generic", tickType, value)

    def tickString(self, reqId: TickerId, tickType: TickType, value: str):
        self.note(reqId, "string", tickType, value)

    def tickReqParams(self, tickerId: int, minTick: float, bboExchange: str, snapshotPermissions: int):
        self.note(tickerId, "parameters", minTick, bboExchange, snapshotPermissions)

    def tickSnapshotEnd(self, reqId: int):
        self.end(reqId)

    def historicalData(self, reqId: int, bar: BarData):
        self.note(reqId, str(bar), repr(bar.volume), repr(bar.wap))

    def historicalDataEnd(self, reqId: int, start: str, end: str):
        self.note(reqId, start, end)
        self.end(reqId)

    def openOrder(self, orderId: OrderId, contract: Contract, order: Order, orderState: OrderState):
        self.note("orders", "open", orderId, contract.localSymbol, order.action, order.orderType, decimalMaxString(order.totalQuantity), floatMaxString(order.lmtPrice), orderState.status, floatMaxString(orderState.commissionAndFees), orderState.commissionAndFeesCurrency, longMaxString(order.parentPermId), order.submitter)
        self.note("orders", str(order))
        if order.whatIf:
            self.note("orders", orderState.initMarginChange, orderState.commissionAndFees, orderState.minCommissionAndFees > 1e300)
            self.end("preview")

    def orderStatus(self, orderId: OrderId, status: str, filled: Decimal, remaining: Decimal, avgFillPrice: float, permId: int, parentId: int, lastFillPrice: float, clientId: int, whyHeld: str, mktCapPrice: float):
        self.note("orders", "status", orderId, status, repr(filled), repr(remaining), avgFillPrice, type(permId).__name__, parentId, lastFillPrice, clientId, whyHeld, mktCapPrice)
        self.end((orderId, status))

    def openOrderEnd(self):
        self.end("open orders")

    def execDetails(self, reqId: int, contract: Contract, execution: Execution):
        kind = execution.optExerciseOrLapseType
        self.note("orders", "execution", reqId, contract.symbol, execution.side, repr(execution.shares), repr(execution.cumQty), execution.price, execution.submitter, kind == OptionExerciseType.NoneItem, execution.orderRef)

    def execDetailsEnd(self, reqId: int):
        self.end(reqId)

    def commissionAndFeesReport(self, commissionAndFeesReport: CommissionAndFeesReport):
        self.note("orders", "fees", commissionAndFeesReport.commissionAndFees, commissionAndFeesReport.currency, floatMaxString(commissionAndFeesReport.realizedPNL))
        self.end("fees")

    def orderBound(self, permId: int, clientId: int, orderId: int):
        self.note("orders", "bound", permId, clientId, orderId)

    def position(self, account: str, contract: Contract, position: Decimal, avgCost: float):
        self.note("positions", account, contract.symbol, repr(position), avgCost)

    def positionEnd(self):
        self.end("positions")

    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str):
        self.note(reqId, account, tag, value, currency)

    def accountSummaryEnd(self, reqId: int):
        self.end(reqId)

    def updateAccountValue(self, key: str, val: str, currency: str, accountName: str):
        if key in ("NetLiquidation", "CashBalance"):
            self.note("account", key, val, currency)

    def updatePortfolio(self, contract: Contract, position: Decimal, marketPrice: float, marketValue: float, averageCost: float, unrealizedPNL: float, realizedPNL: float, accountName: str):
        self.note("account", contract.symbol, repr(position), marketPrice, marketValue, averageCost, unrealizedPNL, realizedPNL)

    def accountDownloadEnd(self, accountName: str):
        self.end("account")

    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState):
        self.note("completed", contract.symbol, order.action, repr(order.totalQuantity), repr(order.filledQuantity), orderState.status, orderState.completedStatus, order.routeMarketableToBbo)

    def completedOrdersEnd(self):
        self.end("completed")

    def connectionClosed(self):
        self.end("closed")


def show(title, rows):
    print("---", title)
    for row in rows:
        print(*row)


def stock(symbol, exchange="SMART"):
    c = Contract()
    c.symbol, c.secType, c.exchange, c.currency = symbol, "STK", exchange, "USD"
    return c


def order(action, kind, quantity, price=None):
    o = Order()
    o.action, o.orderType, o.totalQuantity, o.tif = action, kind, quantity, "DAY"
    if price is not None:
        o.lmtPrice = price
    return o


if __name__ == "__main__":
    ib = IBClient()
    before = currentTimeMillis()
    ib.connect("127.0.0.1", int(sys.argv[1]), 37)
    threading.Thread(target=ib.run).start()
    ib.collect("start")
    print(ib.isConnected(), ib.serverVersion(), ib.accounts, before > 0, datetime.now(timezone.utc).tzinfo)
    ib.reqCurrentTimeInMillis()
    show("time", ib.collect("time"))

    spy = stock("SPY")
    print(spy.strike == sys.float_info.max, spy.comboLegs, spy.lastTradeDate == "", ComboLeg())
    ib.reqContractDetails(1, spy)
    for (details,) in ib.collect(1):
        print(details.contract)
        print(details.longName, details.minSize, details.sizeIncrement, repr(details.suggestedSizeIncrement), details.stockType)
        print(details.fundType == "", details.fundDistributionPolicyIndicator, details.ineligibilityReasonList, intMaxString(details.aggGroup))
    ib.reqContractDetails(2, stock("NOSUCH"))
    ib.collect(("error", 2, 200))
    ib.reqMktData(3, spy, "", True, False, [])
    show("snapshot", ib.collect(3))
    ib.reqHistoricalData(4, spy, "20261120 12:00:00 US/Eastern", "1800 S", "5 mins", "TRADES", 1, 1, False, [])
    show("bars", ib.collect(4))

    first = ib.next_id
    ib.placeOrder(first, spy, order("BUY", "LMT", Decimal(10), 12.34))
    ib.collect((first, "Submitted"))
    ib.reqOpenOrders()
    ib.collect("open orders")
    ib.cancelOrder(first, OrderCancel())
    ib.collect(("error", first, 202))
    preview = order("BUY", "MKT", 25)
    preview.whatIf = True
    ib.placeOrder(first + 1, spy, preview)
    ib.collect("preview")
    ib.placeOrder(first + 2, spy, order("BUY", "MKT", 25))
    ib.collect("fees")
    ib.placeOrder(first + 3, spy, order("SELL", "MKT", 5.0))
    ib.collect("fees")
    ib.placeOrder(first + 4, spy, order("SELL", "LMT", 5, 9000.0))
    ib.collect((first + 4, "Submitted"))
    ib.reqGlobalCancel(OrderCancel())
    ib.collect(("error", first + 4, 202))
    ib.reqExecutions(5, ExecutionFilter())
    ib.collect(5)
    show("orders", ib.answers.pop("orders"))
    ib.reqPositions()
    show("positions", ib.collect("positions"))
    ib.reqAccountSummary(6, "All", "NetLiquidation,BuyingPower,$LEDGER")
    show("summary", ib.collect(6))
    ib.reqAccountUpdates(True, ib.accounts[0])
    show("account", ib.collect("account"))
    ib.reqCompletedOrders(apiOnly=False)
    show("completed", ib.collect("completed"))
    ib.disconnect()
    ib.collect("closed")
    show("errors", ib.answers.pop("errors"))
