"""A small trading program: it buys when a price breaks out, and guards what it has bought by a
stop.

Usage: breakout.py SYMBOL LEVEL QUANTITY [HOST [PORT]]
"""

from __future__ import annotations

import sys
from decimal import Decimal

from ibapi_port.client import EClient
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.wrapper import EWrapper

LAST = 4  # tick type
DATA = 1  # request id of the market data


class Breakout(EWrapper, EClient):
    """Buys `quantity` at `level` or above, once; then a stop stands 2 % below the price paid."""

    def __init__(self, symbol: str, level: float, quantity: int) -> None:
        EClient.__init__(self, self)
        self.contract = Contract(symbol=symbol, secType="STK", exchange="SMART", currency="USD")
        self.level, self.quantity = level, quantity
        self.next_id = 0
        self.entry = self.stop = 0  # order ids
        self.state = "waiting"

    def nextValidId(self, orderId):
        self.next_id = max(self.next_id, orderId)
        self.reqMktData(DATA, self.contract, "", False, False, [])

    def tickPrice(self, reqId, tickType, price, attrib):
        if tickType == LAST and price >= self.level and self.state == "waiting":
            self.state = "buying"
            self.entry = self.send("BUY", "LMT", self.quantity, lmtPrice=round(price * 1.001, 2))

    def orderStatus(self, orderId, status, filled, remaining, avgFillPrice, *rest):
        if orderId == self.entry and status == "Filled" and self.state == "buying":
            self.state = "guarding"
            self.stop = self.send("SELL", "STP", filled, auxPrice=round(avgFillPrice * 0.98, 2))
        elif orderId == self.stop and status == "Filled":
            self.state = "out"

    def error(self, reqId, errorTime, errorCode, errorString, advancedOrderRejectJson=""):
        if errorCode == 201 and reqId == self.entry:
            self.state = "refused"

    def send(self, action, order_type, quantity, **prices):
        order = Order()
        order.action, order.orderType, order.totalQuantity = action, order_type, Decimal(quantity)
        for name, price in prices.items():
            setattr(order, name, price)
        order_id, self.next_id = self.next_id, self.next_id + 1
        self.placeOrder(order_id, self.contract, order)
        return order_id


if __name__ == "__main__":
    symbol, level, quantity, *address = sys.argv[1:]
    app = Breakout(symbol, float(level), int(quantity))
    app.connect(
        address[0] if address else "127.0.0.1",
        int(address[1]) if len(address) > 1 else 7497,
        clientId=1,
    )
    app.run()
