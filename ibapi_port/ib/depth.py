"""Market depth: the order book of a contract, kept from its changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from ..contract import Contract
from .tables import Shown

INSERT, UPDATE, DELETE = 0, 1, 2
DEPTH_RESET = 317  # TWS empties the book, and fills it anew
BID = 1


@dataclass(frozen=True)
class DepthLevel(Shown):
    """One row of a book. `marketMaker` is "" where the exchange gives sums of each price."""

    price: float
    size: Decimal
    marketMaker: str = ""


class Book:
    """The bids and asks of one contract, each from the best price on.

    `bids` and `asks` are replaced as a whole, so that any thread may read them.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.bids: tuple[DepthLevel, ...] = ()
        self.asks: tuple[DepthLevel, ...] = ()

    def copy(self) -> Book:
        """Return the book as it is now; later changes do not touch it."""
        made = Book(self.contract)
        made.bids = self.bids
        made.asks = self.asks
        return made

    def __repr__(self) -> str:
        name = self.contract.localSymbol or self.contract.symbol
        best = [str(side[0].price) if side else "-" for side in (self.bids, self.asks)]
        return f"Book({name}: {best[0]} / {best[1]}, {len(self.bids)} and {len(self.asks)} rows)"

    def _row(self) -> dict[str, object]:
        """Return what tables and frames show."""
        return {"contract": self.contract, "bids": list(self.bids), "asks": list(self.asks)}

    # --- what the stream calls ---

    def apply(self, name: str, arguments: tuple[object, ...]) -> tuple[Book, ...]:
        """Take a callback's arguments in, without the reqId. Return the book if it has changed."""
        if name == "updateMktDepth":
            position, operation, side, price, size = arguments
            maker: object = ""
        elif name == "updateMktDepthL2":
            position, maker, operation, side, price, size = arguments[:6]
        else:
            return ()
        level = DepthLevel(cast(float, price), cast(Decimal, size), cast(str, maker))
        rows = list(self.bids if side == BID else self.asks)
        _change(rows, cast(int, position), cast(int, operation), level)
        if side == BID:
            self.bids = tuple(rows)
        else:
            self.asks = tuple(rows)
        return (self,)

    def warned(self, code: int) -> None:
        """Empty the book where TWS says so."""
        if code == DEPTH_RESET:
            self.bids = ()
            self.asks = ()


def _change(rows: list[DepthLevel], position: int, operation: int, level: DepthLevel) -> None:
    """Change one row. An update below the last row adds one, as TWS means it so at times; to
    delete a row that is not there changes nothing.
    """
    if operation == INSERT:
        rows.insert(position, level)
    elif operation == UPDATE:
        rows[position : position + 1] = [level]
    elif operation == DELETE:
        del rows[position : position + 1]


__all__ = ["Book", "DepthLevel"]
