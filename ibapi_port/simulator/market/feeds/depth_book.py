"""An order book around a quote, and how one book becomes the next in the steps of IB's
updateMktDepth.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ..listings.instrument import Instrument
from ..quotes.quote import Quote
from ..quotes.random_walk import hash_noise

INSERT, UPDATE, DELETE = 0, 1, 2
ASK, BID = 0, 1
_SIZE, _MAKER = 131, 132  # lines of `hash_noise`
_LARGEST = 30  # lots
_STAY = 7  # seconds for which a size stays as it is


class Row(NamedTuple):
    """A price level. In a book with market makers it is one maker's."""

    price: Decimal
    maker: str
    size: Decimal


class Step(NamedTuple):
    """A change: what is done with the row at a position, counted from the best price."""

    position: int
    operation: int
    row: Row


def book_side(
    instrument: Instrument, quote: Quote, side: int, rows: int, makers: Sequence[str]
) -> list[Row]:
    """Return the rows from the best price on, a tick apart."""
    best, size = (quote.bid, quote.bid_size) if side == BID else (quote.ask, quote.ask_size)
    step = -instrument.min_tick if side == BID else instrument.min_tick
    made: list[Row] = []
    if not best and not size:  # nobody is on that side
        return made
    for n in range(rows):
        price = best + n * step
        if price <= 0 and not instrument.legs:
            break
        level = int(price / instrument.min_tick)
        seed = instrument.con_id * 2 + side
        if n:
            size = instrument.lot * int(
                abs(hash_noise(seed, _SIZE, level * 1_000_003 + (quote.last_time + level) // _STAY))
                * _LARGEST
                + 1
            )
        maker = (
            makers[int(abs(hash_noise(seed, _MAKER, level)) * len(makers)) % len(makers)]
            if makers
            else ""
        )
        made.append(Row(price, maker, size))
    return made


def changes(old: Sequence[Row], new: Sequence[Row]) -> list[Step]:
    """Return the steps from one book to the next. A book that moves is updated in place, as TWS
    does: rows come and go at the end only.
    """
    updated = [
        Step(n, UPDATE, row)
        for n, (was, row) in enumerate(zip(old, new, strict=False))
        if row != was
    ]
    added = [Step(n, INSERT, new[n]) for n in range(len(old), len(new))]
    return [
        *updated,
        *added,
        *(Step(n, DELETE, old[n]) for n in range(len(old) - 1, len(new) - 1, -1)),
    ]
