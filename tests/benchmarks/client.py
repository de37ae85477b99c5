"""One measurement in one process, on an EClient and an EWrapper: `client.py PACKAGE WHAT PORT`.
Prints numbers.
"""

import importlib
import os
import statistics
import sys
import threading
import time

PACKAGE, WHAT, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
SENTINEL = 1_999_999_999
CALLS = 3000
BLOCKS, IN_A_BLOCK, WARM_UP = 40, 50, 10  # of requests

began = time.perf_counter()
EClient = importlib.import_module(PACKAGE + ".client").EClient
EWrapper = importlib.import_module(PACKAGE + ".wrapper").EWrapper
imported = time.perf_counter() - began


class App(EWrapper, EClient):
    """Callbacks that do next to nothing; `ready` is called when TWS is, `finished` at the sentinel."""

    def __init__(self, ready):
        EClient.__init__(self, self)
        self.ready = ready
        self.latencies = []
        self.answered = threading.Event()

    def error(self, *args):
        raise SystemExit(f"error {args}")

    def nextValidId(self, orderId):
        self.started = time.perf_counter()
        self.ready(self)

    def tickPrice(self, reqId, tickType, price, attrib):
        pass

    def tickSize(self, reqId, tickType, size):
        pass

    def tickString(self, reqId, tickType, value):
        pass

    def tickGeneric(self, reqId, tickType, value):
        pass

    def position(self, account, contract, position, avgCost):
        pass

    def updateAccountValue(self, key, val, currency, accountName):
        pass

    def updateMktDepth(self, reqId, position, operation, side, price, size):
        pass

    def realtimeBar(self, reqId, time, open_, high, low, close, volume, wap, count):
        pass

    def historicalDataUpdate(self, reqId, bar):
        pass

    def openOrder(self, orderId, contract, order, orderState):
        pass

    def orderStatus(self, *args):
        pass

    def execDetails(self, reqId, contract, execution):
        pass

    def commissionReport(self, commissionReport):
        pass

    def commissionAndFeesReport(self, commissionAndFeesReport):
        pass

    def scannerParameters(self, xml):
        pass

    def currentTime(self, now):
        if now == SENTINEL:
            self.seconds = time.perf_counter() - self.started
            self.disconnect()


class Stamped(App):
    """tickString carries the time when it was sent."""

    def tickString(self, reqId, tickType, value):
        self.latencies.append(time.perf_counter() - float(value))


class Steady(App):
    """Notes its process's time at either sentinel: what comes before the first one warms up."""

    marks = ()

    def currentTime(self, now):
        self.marks = (*self.marks, time.process_time())
        if len(self.marks) == 2:
            self.disconnect()


class Asking(App):
    """Asks for the time again and again, the next time when the answer has come."""

    def currentTime(self, now):
        clock = time.perf_counter()
        self.latencies.append(clock - self.started)
        if len(self.latencies) == CALLS:
            self.disconnect()
        else:
            self.started = time.perf_counter()
            self.reqCurrentTime()


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


def seconds_a_call(call):
    for n in range(200):
        call(n)
    started = time.perf_counter()
    for n in range(CALLS):
        call(1000 + n)
    return (time.perf_counter() - started) / CALLS


def stock():
    contract = importlib.import_module(PACKAGE + ".contract").Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = (
        "AAPL",
        "STK",
        "SMART",
        "USD",
    )
    return contract


def above_sendall(app, call):
    """Seconds that a call takes above sending its bytes on the same socket; the call; the sending.
    Each call is followed by such a sending, so that both meet the same state of the connection: the
    system sends some at once and keeps others for a moment, which costs it less. The blocks are
    small enough for its buffers.
    """
    sent = []
    app.conn.sendMsg = lambda message: sent.append(message) or len(message)
    call(1)
    del app.conn.sendMsg
    app.reqCurrentTime()  # from here on the server reads now and then
    message, sendall, clock = sent[0], app.conn.socket.sendall, time.perf_counter

    def bare(n):  # a function around it, as `call` is
        sendall(message)

    rows = []
    for block in range(BLOCKS):
        time.sleep(0.005)  # the server has read what came before
        for n in range(IN_A_BLOCK):
            started = clock()
            call(1000 + block * IN_A_BLOCK + n)
            called = clock()
            bare(n)
            alone = clock() - called
            if n >= WARM_UP:
                rows.append((called - started - alone, called - started, alone))
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def call_of(app, request):
    """A function that sends the request with an id."""
    contract = stock()
    if request == "mktdata":
        return lambda n: app.reqMktData(n, contract, "", False, False, [])
    order = importlib.import_module(PACKAGE + ".order").Order()
    order.action, order.orderType, order.totalQuantity, order.lmtPrice = "BUY", "LMT", 100, 180.25
    return lambda n: app.placeOrder(n, contract, order)


def requests(app):
    """Measure a request."""
    request, _, is_above = WHAT.partition("-")
    call = call_of(app, request)
    if is_above:
        print(*above_sendall(app, call))
    else:
        print(seconds_a_call(call))
    app.disconnect()


def resident():
    """Bytes of memory in use."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def queued():
    """Bytes a frame that waits for its processing: what has come is queued and nothing is
    processed.
    """
    app = App(lambda app: None)
    app.connect("127.0.0.1", PORT, 1)
    app.reqCurrentTime()
    before, frames, size = resident(), 0, -1
    while frames != size or frames < 1000:  # until no more come
        time.sleep(0.3)
        frames, size = (
            app.msg_queue.qsize() if hasattr(app.msg_queue, "qsize") else len(app.msg_queue),
            frames,
        )
    print((resident() - before) / frames, frames, flush=True)
    os._exit(0)


def main():
    if WHAT == "queued":
        queued()
    asks = WHAT.startswith(("order", "mktdata"))
    ready = requests if asks else lambda app: app.reqCurrentTime()
    app = {"latency": Stamped, "roundtrip": Asking, "steady": Steady}.get(WHAT, App)(ready)
    began = time.perf_counter()
    app.connect("127.0.0.1", PORT, 1)
    connected = time.perf_counter() - began
    if WHAT == "start":
        print(imported, connected)
        app.disconnect()
        return
    app.run()
    if WHAT == "burst":
        print(app.seconds, resident())
    elif WHAT == "steady":
        print(app.marks[1] - app.marks[0])
    elif WHAT in ("latency", "roundtrip"):
        values = app.latencies[len(app.latencies) // 10 :]
        print(percentile(values, 0.5), percentile(values, 0.99))


main()
