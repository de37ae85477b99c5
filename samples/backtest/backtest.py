"""A strategy over a year of your own bars, with the API that it trades by in earnest.

The simulated TWS plays the bars of a file; the strategy buys when the average of the last closes
rises above a longer average, and sells when it falls below. Time stands still while the strategy
thinks, and goes from bar to bar.

    python samples/backtest/backtest.py
    python samples/backtest/backtest.py --bars my_bars.csv --plot equity.png

The file has the columns symbol, date, open, high, low, close and volume. A plot needs matplotlib
(pip install ibapi_port[plot]); without it the program prints a summary alone.
"""

from __future__ import annotations

import argparse
import sys
import threading
from decimal import Decimal
from pathlib import Path

from ibapi_port.client import EClient
from ibapi_port.common import TickAttrib
from ibapi_port.contract import Contract
from ibapi_port.execution import Execution
from ibapi_port.order import Order
from ibapi_port.simulator import SimulatedTws
from ibapi_port.wrapper import EWrapper

LAST = 4  # the tick type of the last price
FAST, SLOW = 10, 30  # days of the averages
STAKE = 200_000  # money for each symbol


class Strategy(EWrapper, EClient):
    """Follows the trend of each symbol by two averages of its daily closes."""

    def __init__(self, symbols: list[str]) -> None:
        EClient.__init__(self, self)
        self.symbols = symbols
        self.last: dict[int, float] = {}  # by request id
        self.closes: dict[str, list[float]] = {symbol: [] for symbol in symbols}
        self.held: dict[str, Decimal] = dict.fromkeys(symbols, Decimal(0))
        self.trades = 0
        self.next_id = 0
        self.ready = threading.Event()
        self._answered = threading.Event()

    # --- callbacks, in the thread of run() ---

    def nextValidId(self, orderId: int) -> None:
        self.next_id = orderId
        for req_id, symbol in enumerate(self.symbols):
            self.reqMktData(req_id, self.stock(symbol), "", False, False, [])
        self.ready.set()

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: TickAttrib) -> None:
        if tickType == LAST:
            self.last[reqId] = price

    def execDetails(self, reqId: int, contract: Contract, execution: Execution) -> None:
        signed = execution.shares if execution.side == "BOT" else -execution.shares
        self.held[contract.symbol] += signed
        self.trades += 1

    def error(
        self,
        reqId: int,
        errorTime: int,
        errorCode: int,
        errorString: str,
        advancedOrderRejectJson: str = "",
    ) -> None:
        # 399: an order waits for the open, as all of these do; 2100 and above are notices
        if errorCode != 399 and not 2100 <= errorCode < 2200:
            print(f"error {errorCode} (id {reqId}): {errorString}", file=sys.stderr)

    def currentTime(self, time: int) -> None:
        self._answered.set()

    # --- from the main thread ---

    @staticmethod
    def stock(symbol: str) -> Contract:
        """Return a US stock."""
        return Contract(symbol=symbol, secType="STK", exchange="SMART", currency="USD")

    def catch_up(self) -> None:
        """Wait until all that TWS has sent by now has been worked on."""
        self._answered.clear()
        self.reqCurrentTime()
        if not self._answered.wait(10):
            raise TimeoutError("TWS does not answer")

    def on_bar(self) -> None:
        """Decide, at the end of a day, what to do at the next open."""
        for req_id, symbol in enumerate(self.symbols):
            if req_id not in self.last:
                continue
            closes = self.closes[symbol]
            closes.append(self.last[req_id])
            if len(closes) < SLOW:
                continue
            rises = sum(closes[-FAST:]) / FAST > sum(closes[-SLOW:]) / SLOW
            if rises and not self.held[symbol]:
                self.order(symbol, "BUY", Decimal(int(STAKE / closes[-1])))
            elif not rises and self.held[symbol] > 0:
                self.order(symbol, "SELL", self.held[symbol])

    def order(self, symbol: str, action: str, quantity: Decimal) -> None:
        """Place a market order; after the close it waits for the next open."""
        order = Order(action=action, totalQuantity=quantity, orderType="MKT", tif="DAY")
        self.placeOrder(self.next_id, self.stock(symbol), order)
        self.next_id += 1


def run(bars: str) -> tuple[list[tuple[float, float]], Strategy]:
    """Return the equity at the end of each bar (time, money), and the strategy."""
    with SimulatedTws(history=bars, virtual=True) as tws:
        strategy = Strategy(tws.call(lambda world: world.own_symbols))
        strategy.connect(tws.host, tws.port, clientId=1)
        thread = threading.Thread(target=strategy.run)
        thread.start()
        try:
            if not strategy.ready.wait(10):
                raise TimeoutError("TWS has sent no id")
            equity: list[tuple[float, float]] = []
            while (time := tws.advance_to_next("bar")) is not None:
                strategy.catch_up()
                strategy.on_bar()
                strategy.catch_up()
                money = tws.do("state")["accounts"][0]["net_liquidation"]
                equity.append((time, float(money)))
        finally:
            strategy.disconnect()
            thread.join()
    return equity, strategy


def summary(equity: list[tuple[float, float]], trades: int) -> str:
    """Return what came of it, in words."""
    money = [each for _, each in equity]
    start, end = money[0], money[-1]
    top = fall = 0.0
    for each in money:
        top = max(top, each)
        fall = max(fall, 1 - each / top)
    return (
        f"{len(money)} bars, {trades} executions\n"
        f"equity {start:,.2f} -> {end:,.2f} ({end / start - 1:+.2%})\n"
        f"largest fall from a top {fall:.2%}"
    )


def plot(equity: list[tuple[float, float]], path: str) -> None:
    """Write a picture of the equity. ImportError: matplotlib is not there."""
    from datetime import datetime, timezone

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    days = [datetime.fromtimestamp(time, timezone.utc) for time, _ in equity]
    figure, axes = pyplot.subplots(figsize=(9, 4))
    axes.plot(days, [money for _, money in equity])
    axes.set_title("Equity")
    axes.set_ylabel("USD")
    axes.grid(alpha=0.3)
    figure.autofmt_xdate()
    figure.savefig(path)
    pyplot.close(figure)


def main() -> int:
    """Run the strategy and show what came of it."""
    parser = argparse.ArgumentParser(description="A strategy over a year of bars.")
    parser.add_argument("--bars", default=str(Path(__file__).parent / "year.csv"))
    parser.add_argument("--plot", metavar="FILE", help="write a picture of the equity")
    chosen = parser.parse_args()
    equity, strategy = run(chosen.bars)
    print(summary(equity, strategy.trades))
    if chosen.plot:
        try:
            plot(equity, chosen.plot)
        except ImportError:
            print("no picture: pip install ibapi_port[plot]", file=sys.stderr)
            return 1
        print(f"picture in {chosen.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
