"""A small trading session, told step by step: `ibapi-port demo`, and the base of the samples.

Contract details of a stock, live quotes, historical bars, a market order and its execution, the
position; then it disconnects. Each step begins in the callback that ends the one before: nothing
waits, nothing polls.
"""

from __future__ import annotations

import argparse
import contextlib
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ._terminal import Parser, program
from .client import EClient, EClientSocket
from .commission_and_fees_report import CommissionAndFeesReport
from .common import BarData, TickAttrib
from .contract import Contract, ContractDetails
from .execution import Execution
from .order import Order
from .order_cancel import OrderCancel
from .order_state import OrderState
from .ticktype import TickTypeEnum
from .wrapper import EWrapper

DETAILS, QUOTES, BARS = 1, 2, 3  # request ids
_HOST = "127.0.0.1"
ENOUGH_QUOTES = 12
TIME_LIMIT = 25.0  # seconds; a closed market never fills the order
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


class Program(Demo, EClient):
    """The official Python way: one class that is wrapper and client."""

    def __init__(self, symbol: str = "AAPL", quantity: int = 100) -> None:
        Demo.__init__(self, symbol, quantity)
        EClient.__init__(self, self)
        self.client = self


def trade(app: Program, host: str, port: int, client_id: int) -> int:
    """Connect, let the session take its course, and return the exit status."""
    app.raiseCallbackErrors = True  # a closed pipe (`| head`) ends the session
    app.connect(host, port, client_id)
    if not app.isConnected():
        return 1
    print(f"Connected: server version {app.serverVersion()}, {app.TwsConnectionTime}")
    limit = threading.Timer(TIME_LIMIT, app.disconnect)
    limit.daemon = True
    limit.start()
    app.run()
    limit.cancel()
    return 0 if app.finished else 1


def main(arguments: Sequence[str]) -> int:
    """Run `ibapi-port demo`: against a simulated TWS, or against the one at `--port`."""
    parser = Parser(
        prog=program("demo"),
        description="A trading session, told step by step, on a simulated TWS that it starts. "
        "With --port it runs on a TWS of yours; it places orders in paper accounts only.",
    )
    _add_address(parser, None, "7497 is TWS with a paper account, 4002 IB Gateway with one")
    chosen = parser.parse_args(list(arguments))
    if chosen.port is None and chosen.host != _HOST:
        parser.error("--host needs --port: without them a simulated TWS is started here")
    chosen.simulate = chosen.port is None
    with address(chosen) as (host, port):
        return trade(Program(), host, port, chosen.client_id)


def _add_address(parser: argparse.ArgumentParser, port: int | None, text: str) -> None:
    parser.add_argument("--host", default=_HOST, help="default: %(default)s")
    parser.add_argument("--port", type=int, default=port, help=text)
    parser.add_argument("--client-id", type=int, default=0, help="default: %(default)s")


def options(description: str) -> argparse.Namespace:
    """Return what the command line of a sample says."""
    parser = argparse.ArgumentParser(description=description)
    _add_address(
        parser, 7497, "7497 is TWS with a paper account (default), 4002 IB Gateway with one"
    )
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
    from .simulator import SimulatedTws

    with SimulatedTws() as tws:
        print(f"Simulated TWS on {tws.host}:{tws.port}")
        yield tws.host, tws.port
