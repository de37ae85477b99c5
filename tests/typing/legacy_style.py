"""A program in the style of the older generations, which a type checker has to accept:
tests/compat/test_typing.py runs mypy over it.
"""

import sys
from decimal import Decimal
from threading import Thread

from ibapi_port.client import EClient
from ibapi_port.common import BarData, OrderId, TickAttrib, TickerId
from ibapi_port.contract import Contract, ContractDetails
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.ticktype import TickType, TickTypeEnum
from ibapi_port.utils import iswrapper
from ibapi_port.wrapper import EWrapper


class App(EWrapper, EClient):
    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.order_id = 0

    @iswrapper
    def error(self, reqId: TickerId, errorCode: int, errorString: str) -> None:
        super().error(reqId, errorCode, errorString)
        print(reqId, errorCode, errorString)

    @iswrapper
    def nextValidId(self, orderId: OrderId) -> None:
        super().nextValidId(orderId)
        self.order_id = orderId
        self.start()

    def start(self) -> None:
        contract = Contract()
        contract.symbol = "AAPL"
        contract.secType = "STK"
        contract.exchange = "SMART"
        contract.currency = "USD"
        self.reqContractDetails(1, contract)
        self.reqMktData(2, contract, "", False, False, [])
        self.reqHistoricalData(3, contract, "", "1 D", "1 hour", "TRADES", 1, 1, False, [])
        order = Order()
        order.action = "BUY"
        order.orderType = "LMT"
        order.totalQuantity = Decimal(100)
        order.lmtPrice = 1.5
        order.eTradeOnly = False
        order.firmQuoteOnly = False
        self.placeOrder(self.order_id, contract, order)
        self.cancelOrder(self.order_id)
        self.cancelOrder(self.order_id, "")
        self.cancelOrder(self.order_id, OrderCancel())
        self.reqGlobalCancel()

    def contractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        print(reqId, contractDetails.contract.conId, contractDetails.longName)

    def tickPrice(
        self, reqId: TickerId, tickType: TickType, price: float, attrib: TickAttrib
    ) -> None:
        print(reqId, TickTypeEnum.to_str(tickType), price)

    def historicalData(self, reqId: int, bar: BarData) -> None:
        print(reqId, bar.date, bar.close, bar.average)

    def connectionClosed(self) -> None:
        print("closed")


def main() -> None:
    app = App()
    app.connect("127.0.0.1", int(sys.argv[1]), clientId=0)
    Thread(target=app.run, daemon=True).start()


if __name__ == "__main__":
    main()
