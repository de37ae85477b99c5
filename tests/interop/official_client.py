"""One session with IB's official `ibapi`, whichever generation is installed: what happened, as JSON on the last line."""

import json
import sys
import threading

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.wrapper import EWrapper

try:
    from ibapi.order_cancel import OrderCancel
except ImportError:  # before 10.30
    OrderCancel = None


class App(EWrapper, EClient):
    """Callbacks take *args: their signatures differ between the generations."""

    def __init__(self):
        EClient.__init__(self, self)
        self.seen = {"errors": [], "ticks": 0, "bars": 0, "statuses": [], "executions": [], "positions": []}
        self.contract = Contract()
        self.contract.symbol, self.contract.secType = "AAPL", "STK"
        self.contract.exchange, self.contract.currency = "SMART", "USD"
        self.resting = self.filling = None
        self.quoted = self.barred = False

    def error(self, *args):
        self.seen["errors"].append([a for a in args if isinstance(a, int) and 0 < a < 100000][-1])

    def nextValidId(self, orderId):
        self.seen["nextValidId"] = orderId
        self.resting, self.filling = orderId, orderId + 1
        self.reqContractDetails(1, self.contract)

    def managedAccounts(self, accountsList):
        self.seen["accounts"] = accountsList

    def contractDetails(self, reqId, contractDetails):
        self.seen["contract"] = [contractDetails.contract.conId, contractDetails.longName, contractDetails.minTick]

    def contractDetailsEnd(self, reqId):
        self.reqMktData(2, self.contract, "", False, False, [])
        self.reqHistoricalData(3, self.contract, "", "1 D", "1 hour", "TRADES", 1, 1, False, [])

    def tickPrice(self, *args):
        self.tick()

    def tickSize(self, *args):
        self.tick()

    def tick(self):
        self.seen["ticks"] += 1
        self.quoted = self.seen["ticks"] >= 6
        self.trade()

    def historicalData(self, reqId, bar):
        self.seen["bars"] += 1

    def historicalDataEnd(self, reqId, start, end):
        self.barred = True
        self.trade()

    def order(self, kind, price=None):
        order = Order()
        order.action, order.orderType, order.totalQuantity, order.tif = "BUY", kind, 100, "DAY"
        order.eTradeOnly = order.firmQuoteOnly = False
        if price is not None:
            order.lmtPrice = price
        return order

    def trade(self):
        if self.quoted and self.barred and self.resting is not None:
            resting, self.resting = self.resting, None
            self.seen["resting"] = resting
            self.placeOrder(resting, self.contract, self.order("LMT", 1.0))

    def orderStatus(self, orderId, status, filled, remaining, *args):
        self.seen["statuses"].append([orderId, status, float(filled), float(remaining)])
        if orderId == self.seen["resting"]:
            if status in ("Submitted", "PreSubmitted") and not self.seen.get("cancelled"):
                self.seen["cancelled"] = True
                if OrderCancel is not None:
                    self.cancelOrder(orderId, OrderCancel())
                else:
                    self.cancel_old(orderId)
            elif status == "Cancelled":
                self.placeOrder(self.filling, self.contract, self.order("MKT"))

    def cancel_old(self, orderId):
        try:
            self.cancelOrder(orderId)  # 9.81
        except TypeError:
            self.cancelOrder(orderId, "")

    def commissionReport(self, report):
        self.seen["commission"] = report.commission
        self.reqExecutions(4, ExecutionFilter())

    def commissionAndFeesReport(self, report):
        self.seen["commission"] = report.commissionAndFees
        self.reqExecutions(4, ExecutionFilter())

    def execDetails(self, reqId, contract, execution):
        if reqId == 4:
            self.seen["executions"].append([execution.side, float(execution.shares), execution.price])
            self.commissionReport = self.commissionAndFeesReport = lambda report: None

    def execDetailsEnd(self, reqId):
        self.reqPositions()

    def position(self, account, contract, position, avgCost):
        self.seen["positions"].append([contract.symbol, float(position)])

    def positionEnd(self):
        self.seen["finished"] = True
        self.disconnect()


def main():
    app = App()
    app.connect("127.0.0.1", int(sys.argv[1]), int(sys.argv[2]))
    app.seen["serverVersion"] = app.serverVersion()
    limit = threading.Timer(30, app.disconnect)
    limit.daemon = True
    limit.start()
    app.run()
    limit.cancel()
    print(json.dumps(app.seen))


main()
