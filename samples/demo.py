"""What both samples do once they are connected: a small trading session, told step by step.

Contract details of a stock, live quotes, historical bars, a market order and its execution, the
position; then it disconnects. Each step begins in the callback that ends the one before: nothing
waits, nothing polls.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from decimal import Decimal

from ibapi_port.client import EClientSocket
from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.common import BarData, TickAttrib
from ibapi_port.contract import Contract, ContractDetails
from ibapi_port.execution import Execution
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_state import OrderState
from ibapi_port.ticktype import TickTypeEnum
from ibapi_port.wrapper import EWrapper

DETAILS, QUOTES, BARS = 1, 2, 3  # request ids
ENOUGH_QUOTES = 12
NOTICES = range(2100, 2200)  # warnings and "connection is OK", with id -1


def stock(symbol: str) -> Contract:
    """A US stock, smart-routed."""
    return Contract(
        symbol=symbol, secType="STK", currency="USD", exchange="SMART", primaryExchange="NASDAQ"
    )


class Demo(EWrapper):
    """The callbacks of the session. `client` is the EClient or EClientSocket that it works with."""

    def __init__(self, symbol: str = "AAPL", quantity: int = 100) -> None:
        self.client: EClientSocket
        self.contract, self.quantity = stock(symbol), Decimal(quantity)
        self.order_id, self.quotes, self.bars, self.paper = 0, 0, 0, False
        self.resting_id = 0
        self.finished = False

    # --- session ---

    def managedAccounts(self, accountsList: str) -> None:
        print(f"Accounts: {accountsList}")
        # paper and demo accounts; a sample has no business in another
        self.paper = accountsList.startswith("D")

    def nextValidId(self, orderId: int) -> None:
        print(f"Next valid order id: {orderId}")
        self.order_id = orderId
        self.client.reqContractDetails(DETAILS, self.contract)

    def error(
        self,
        reqId: int,
        errorTime: int,
        errorCode: int,
        errorString: str,
        advancedOrderRejectJson: str = "",
    ) -> None:
        kind = "Notice" if errorCode in NOTICES else "Error"
        print(f"{kind} {errorCode} (id {reqId}): {errorString}")

    def connectionClosed(self) -> None:
        print("Connection closed")

    # --- contract, quotes, bars ---

    def contractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        self.contract = contractDetails.contract
        print(
            f"Contract: {self.contract.symbol} conId {self.contract.conId}, "
            f"{contractDetails.longName}, tick {contractDetails.minTick}"
        )

    def contractDetailsEnd(self, reqId: int) -> None:
        self.client.reqMktData(QUOTES, self.contract, "", False, False, [])
        self.client.reqHistoricalData(
            BARS, self.contract, "", "1 D", "1 hour", "TRADES", 1, 1, False, []
        )

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: TickAttrib) -> None:
        self._quote(f"{TickTypeEnum.toStr(tickType)} {price}")

    def tickSize(self, reqId: int, tickType: int, size: Decimal) -> None:
        self._quote(f"{TickTypeEnum.toStr(tickType)} {size}")

    def _quote(self, text: str) -> None:
        self.quotes += 1
        if self.quotes <= ENOUGH_QUOTES:
            print(f"Quote: {text}")
            self._trade()

    def historicalData(self, reqId: int, bar: BarData) -> None:
        self.bars += 1
        print(
            f"Bar: {bar.date} open {bar.open} high {bar.high} low {bar.low} close {bar.close} "
            f"volume {bar.volume}"
        )

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        print(f"{self.bars} bars from {start} to {end}")
        self._trade()

    # --- orders ---

    def _trade(self) -> None:
        """Once quotes and bars have come: a limit order far from the market, to be cancelled, and a
        market order, to be filled.
        """
        if self.resting_id or not self.bars or self.quotes < ENOUGH_QUOTES:
            return
        if not self.paper:
            print("This is no paper account: no order is placed.")
            self._end()
            return
        self.resting_id, self.order_id = self.order_id, self.order_id + 1
        self.client.placeOrder(
            self.resting_id,
            self.contract,
            Order(action="BUY", orderType="LMT", lmtPrice=1.0, totalQuantity=Decimal(1), tif="DAY"),
        )

    def openOrder(
        self, orderId: int, contract: Contract, order: Order, orderState: OrderState
    ) -> None:
        print(
            f"Order {orderId}: {order.action} {order.totalQuantity} {contract.symbol} "
            f"{order.orderType}: {orderState.status}"
        )

    def orderStatus(
        self,
        orderId: int,
        status: str,
        filled: Decimal,
        remaining: Decimal,
        avgFillPrice: float,
        permId: int,
        parentId: int,
        lastFillPrice: float,
        clientId: int,
        whyHeld: str,
        mktCapPrice: float | None,
    ) -> None:
        print(
            f"Order {orderId}: {status}, {filled} filled at {avgFillPrice}, {remaining} remaining"
        )
        if orderId == self.resting_id and status in ("Submitted", "PreSubmitted"):
            self.client.cancelOrder(orderId, OrderCancel())
        elif orderId == self.resting_id and status == "Cancelled":
            self.client.placeOrder(
                self.order_id,
                self.contract,
                Order(action="BUY", orderType="MKT", totalQuantity=self.quantity, tif="DAY"),
            )

    def execDetails(self, reqId: int, contract: Contract, execution: Execution) -> None:
        print(
            f"Execution {execution.execId}: {execution.side} {execution.shares} {contract.symbol} "
            f"at {execution.price}"
        )

    def commissionAndFeesReport(self, commissionAndFeesReport: CommissionAndFeesReport) -> None:
        print(
            f"Commission {commissionAndFeesReport.commissionAndFees} "
            f"{commissionAndFeesReport.currency}"
        )
        self.client.reqPositions()

    def position(self, account: str, contract: Contract, position: Decimal, avgCost: float) -> None:
        print(f"Position of {account}: {position} {contract.symbol}, average cost {avgCost}")

    def positionEnd(self) -> None:
        self._end()

    def _end(self) -> None:
        if not self.finished:
            self.finished = True
            self.client.cancelMktData(QUOTES)
            self.client.eDisconnect()


def options(description: str) -> argparse.Namespace:
    """The command line of both samples."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port",
        type=int,
        default=7497,
        help="7497 is TWS with a paper account (default), 4002 IB Gateway with one",
    )
    parser.add_argument("--client-id", type=int, default=0)
    parser.add_argument(
        "--simulate", action="store_true", help="start a simulated TWS and connect to it"
    )
    return parser.parse_args()


@contextlib.contextmanager
def address(chosen: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Yield the chosen address, or that of a simulated TWS, which runs as long as it is used."""
    if not chosen.simulate:
        yield chosen.host, chosen.port
        return
    from ibapi_port.simulator import SimulatedTws

    with SimulatedTws() as tws:
        print(f"Simulated TWS on {tws.host}:{tws.port}")
        yield tws.host, tws.port
