"""Bars: what is shown of the prices in a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .quotes import Quote

SERIES = ("TRADES", "MIDPOINT", "BID", "ASK")  # IB's whatToShow
_WAP_DIGITS = 6


@dataclass
class Bar:
    """Prices of a stretch of time; of a series of quotes, only TRADES has volume, average price and count."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    count: int
    turnover: Decimal  # sum of price times size
    of_trades: bool  # it opens at its first trade; of quotes at the one that stood when it began

    def add(self, price: Decimal, size: Decimal) -> None:
        """The price changed to this, with a trade of `size`."""
        if self.of_trades and not self.count:
            self.open = self.high = self.low = price
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.volume += size
        self.turnover += price * size
        self.count += 1

    @property
    def wap(self) -> Decimal:
        """The average price, weighted by size; of a bar without trades its close."""
        return round(self.turnover / self.volume, _WAP_DIGITS) if self.volume else self.close


def new_bar(price: Decimal, of_trades: bool = False) -> Bar:
    """A bar that begins at this price; nothing has been traded in it."""
    return Bar(price, price, price, price, Decimal(0), 0, Decimal(0), of_trades)


def price_of(quote: Quote, series: str) -> Decimal:
    """The price that a series shows of a quote."""
    if series == "TRADES":
        return quote.last
    if series == "MIDPOINT":
        return quote.midpoint
    return quote.bid if series == "BID" else quote.ask
