"""One measurement in one process: `client.py PACKAGE inbound|start|order PORT`. Prints a number."""

import importlib
import sys
import time

PACKAGE, WHAT, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
SENTINEL = 1_999_999_999

began = time.perf_counter()
EClient = importlib.import_module(PACKAGE + ".client").EClient
EWrapper = importlib.import_module(PACKAGE + ".wrapper").EWrapper
imported = time.perf_counter() - began


class App(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)
        self.first = 0.0
        self.count = 0

    def error(self, *args):
        raise SystemExit(f"error {args}")

    def tickPrice(self, reqId, tickType, price, attrib):
        if not self.count:
            self.first = time.perf_counter()
        self.count += 1

    def tickSize(self, reqId, tickType, size):
        pass

    def tickString(self, reqId, tickType, value):
        pass

    def tickGeneric(self, reqId, tickType, value):
        pass

    def currentTime(self, now):
        if now == SENTINEL:
            self.seconds = time.perf_counter() - self.first
            self.disconnect()


def order_seconds(app, calls=3000):
    """Seconds a call of placeOrder."""
    contract = importlib.import_module(PACKAGE + ".contract").Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = "AAPL", "STK", "SMART", "USD"
    order = importlib.import_module(PACKAGE + ".order").Order()
    order.action, order.orderType, order.totalQuantity, order.lmtPrice = "BUY", "LMT", 100, 180.25
    for n in range(200):
        app.placeOrder(n, contract, order)
    started = time.perf_counter()
    for n in range(calls):
        app.placeOrder(1000 + n, contract, order)
    return (time.perf_counter() - started) / calls


app = App()
began = time.perf_counter()
app.connect("127.0.0.1", PORT, 1)
connected = time.perf_counter() - began
if WHAT == "inbound":
    app.run()
    print(app.seconds)
elif WHAT == "order":
    print(order_seconds(app))
    app.disconnect()
else:
    print(imported, connected)
    app.disconnect()
