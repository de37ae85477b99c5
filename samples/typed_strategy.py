"""A strategy with types: a type checker knows what each request returns.

python samples/typed_strategy.py [HOST PORT]    (without them: TWS, or a simulated one, port 7497)
mypy --strict samples/typed_strategy.py

It buys 10 AAPL, in a paper account, if the short average of the prices is above the long one and
none are held, and sells them if it is below.
"""

import sys
from dataclasses import dataclass

from ibapi_port.ib import IB, BarData, Contract, MarketOrder, Stock, SyncTrade


@dataclass(frozen=True)
class Crossover:
    contract: Contract
    quantity: int
    short: int = 5
    long: int = 20

    def action(self, bars: list[BarData], held: bool) -> str | None:
        closes = [bar.close for bar in bars[-self.long :]]
        rises = sum(closes[-self.short :]) / self.short > sum(closes) / self.long
        return None if rises == held else "BUY" if rises else "SELL"

    def trade(self, ib: IB) -> SyncTrade | None:
        bars = ib.reqHistoricalData(self.contract, durationStr="2 M", barSizeSetting="1 day")
        held = any(each.contract.conId == self.contract.conId for each in ib.positions())
        action = self.action(bars, held)
        if action is None:
            return None
        return ib.placeOrder(self.contract, MarketOrder(action, self.quantity))


def main(host: str, port: str) -> None:
    with IB.connect(host, int(port), clientId=1) as ib:
        if not ib.accounts()[0].startswith("D"):
            sys.exit("This is no paper account: nothing was placed.")
        trade = Crossover(ib.qualify(Stock("AAPL")), quantity=10).trade(ib)
        for fill in trade.waitFills(timeout=60) if trade else ():
            print(fill.execution.side, fill.execution.shares, "at", fill.execution.price)
        print(trade or "Nothing to do.")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ("127.0.0.1", "7497")))
