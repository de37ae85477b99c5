"""ib_syncevent, a synchronous face of ibapi 9.81: bars and account by its own requests, the rest on
the ibapi client that it holds.
"""

import json
import sys
import threading
from decimal import Decimal

import ibapi_port

ibapi_port.install()

from ib_syncevent import IBSyncEvent  # noqa: E402 - after install(), which gives it ibapi
from ibapi.client import Contract, Order  # noqa: E402

heard = {"statuses": [], "ticks": {}, "positions": []}
arrived = threading.Condition()


def note(action):
    with arrived:
        action()
        arrived.notify_all()


def until(condition, what):
    with arrived:
        if not arrived.wait_for(condition, 20):
            raise SystemExit(f"waited in vain for {what}: {heard}")


def status_handler(orderId, status, filled, remaining, *rest):
    note(lambda: heard["statuses"].append((orderId, status, filled)))


def order(kind, price=None):
    made = Order()
    made.action, made.orderType, made.totalQuantity = "BUY", kind, 10
    made.eTradeOnly = made.firmQuoteOnly = False
    if price is not None:
        made.lmtPrice = price
    return made


app = IBSyncEvent()
app.ib_handlers.order_status = status_handler
app.connect("127.0.0.1", int(sys.argv[1]), 4)
stock = Contract()
stock.symbol, stock.secType, stock.exchange, stock.currency = "AAPL", "STK", "SMART", "USD"
head = app.request_head_time_stamp(1, stock, "TRADES", 1, 1)
bars = app.request_historical_bars(2, stock, "", "1 D", "1 hour", "TRADES", 1, 1, False, [])
value = app.request_account_summary(3, "All", "NetLiquidation")

client = app.ibapi
assert (
    client.run.__module__ == "ibapi_port.client"
)  # although the official ibapi is installed beside it
client.tickPrice = lambda reqId, tickType, price, attrib: note(
    lambda: heard["ticks"].update({tickType: price})
)
client.position = lambda account, contract, position, avgCost: note(
    lambda: heard["positions"].append((contract.symbol, float(position)))
)
client.reqMktData(4, stock, "", False, False, [])
until(lambda: {1, 2} <= heard["ticks"].keys(), "a quote")
first = client.nextValidOrderId
client.placeOrder(first, stock, order("LMT", 1.0))
until(
    lambda: any(each[:2] == (first, "Submitted") for each in heard["statuses"]), "a working order"
)
client.cancelOrder(first)
until(
    lambda: any(each[:2] == (first, "Cancelled") for each in heard["statuses"]),
    "the cancelled order",
)
client.placeOrder(first + 1, stock, order("MKT"))
until(
    lambda: any(each[:2] == (first + 1, "Filled") for each in heard["statuses"]), "the filled order"
)
client.reqPositions()
until(lambda: heard["positions"], "the position")
client.disconnect()
app.connection_thread.join(10)
filled = heard["statuses"][-1][2]
assert isinstance(filled, Decimal)  # which its orderStatus is annotated with
print(
    json.dumps(
        {
            "connected": f"first order id {first}, {value.tag} {value.value}, data since {head}",
            "quotes": f"{heard['ticks'][1]}/{heard['ticks'][2]}",
            "bars": f"{len(bars)}, the last one closed at {bars[-1].close}",
            "cancelled": first,
            "filled": f"{first + 1}: {filled}",
            "position": heard["positions"][-1],
        }
    )
)
