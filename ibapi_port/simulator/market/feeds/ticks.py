"""The ticks that reqMktData sends of a quote. What is sent is a message's name and its values but
the request's id.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ....common import TickAttrib
from ..listings.instrument import Instrument
from ..quotes.exchanges import STAY, best_exchanges, letter_of
from ..quotes.quote import Quote

Tick = tuple[str, dict[str, Any]]
_ZERO = Decimal(0)
NO_PRICE = -1.0  # what TWS sends where there is none

# Field of Quote, tick type, tick type when delayed, and the field of the size that goes along with
# a price.
_PRICES = (
    ("bid", 1, 66, "bid_size"),
    ("ask", 2, 67, "ask_size"),
    ("last", 4, 68, "last_size"),
    ("high", 6, 72, ""),
    ("low", 7, 73, ""),
    ("close", 9, 75, ""),
    ("open", 14, 76, ""),
)
_SIZES = (("bid_size", 0, 69), ("ask_size", 3, 70), ("last_size", 5, 71), ("volume", 8, 74))
_OF_TRADES = frozenset({"last", "last_size", "volume", "open"})
_OF_QUOTES = frozenset({"bid", "ask", "bid_size", "ask_size"})
_OF_VOLUME = frozenset({"last_size", "volume"})  # an index has values, but nothing is traded
_BIDS_AND_ASKS = (1, 2, 66, 67)
_NONE = Decimal(-1)
_LAST_TIMESTAMP, _HALTED = (45, 88), (49, 90)
_BID_EXCHANGE, _ASK_EXCHANGE, _LAST_EXCHANGE = 32, 33, 84


def _attrib(can_auto_execute: bool) -> TickAttrib:
    attrib = TickAttrib()
    attrib.canAutoExecute = can_auto_execute
    return attrib


_QUOTED, OTHER = _attrib(True), _attrib(False)


def is_gone(tick: Tick) -> bool:
    """Return whether it says that there is no bid, or no ask."""
    return bool(tick[1].get("price") == NO_PRICE)


class Ticks:
    """Makes the ticks of an instrument, in real time or delayed."""

    def __init__(self, instrument: Instrument, delayed: bool, smart: bool) -> None:
        self._instrument = instrument
        self._delayed = delayed
        lacking: frozenset[str] = frozenset()
        if not instrument.has_trades:
            lacking |= _OF_TRADES
        if not instrument.has_quotes:
            lacking |= _OF_QUOTES | _OF_VOLUME
        self._prices = [
            (Quote._fields.index(name), row[delayed], size)
            for name, *row, size in _PRICES
            if name not in lacking
        ]
        self._sizes = [
            (Quote._fields.index(name), row[delayed])
            for name, *row in _SIZES
            if name not in lacking
        ]
        self._size_at = {
            name: Quote._fields.index(name) for name, *_ in _SIZES if name not in lacking
        }
        self._exchanges = (
            smart and not delayed and instrument.has_trades and "SMART" in instrument.exchanges
        )

    def of(self, known: Quote | None, quote: Quote) -> list[Tick]:
        """Return what has changed since `known`; without it the whole snapshot."""
        if not (self._instrument.has_quotes or self._instrument.has_trades):
            return []
        sent: list[Tick] = []
        along: set[int] = set()
        for at, tick_type, size_field in self._prices:
            price = quote[at]
            if known is not None and known[at] == price:
                continue
            if not price and not self._instrument.legs:  # there is none
                if tick_type not in _BIDS_AND_ASKS or known is None:
                    continue
                price = _NONE
            size_at = self._size_at.get(size_field)
            size = _ZERO if size_at is None else quote[size_at]
            attrib = _QUOTED if tick_type in _BIDS_AND_ASKS else OTHER
            sent.append(
                (
                    "tickPrice",
                    {"tickType": tick_type, "price": float(price), "size": size, "attrib": attrib},
                )
            )
            if size_at is not None:
                along.add(size_at)
        for at, tick_type in self._sizes:
            if at not in along and (known is None or known[at] != quote[at]):
                sent.append(("tickSize", {"tickType": tick_type, "size": quote[at]}))
        sent += self._rest(known, quote)
        return sent

    def without_quotes(self, ticks: list[Tick]) -> list[Tick]:
        """Return the ticks as of a closed market: there is no bid and no ask."""
        kept = []
        for name, values in ticks:
            if name == "tickPrice" and values["tickType"] in (1, 2):
                values = {**values, "price": NO_PRICE, "size": _ZERO}
            kept.append((name, values))
        return kept

    def _rest(self, known: Quote | None, quote: Quote) -> Iterator[Tick]:
        delayed = self._delayed
        if (
            self._instrument.has_trades
            and quote.last_time
            and (known is None or known.last_time != quote.last_time)
        ):
            yield (
                "tickString",
                {"tickType": _LAST_TIMESTAMP[delayed], "value": str(quote.last_time)},
            )
        if known is None or known.halted != quote.halted:
            yield "tickGeneric", {"tickType": _HALTED[delayed], "value": float(quote.halted)}
        if self._exchanges and (
            known is None or known.last_time // STAY != quote.last_time // STAY
        ):
            best = best_exchanges(self._instrument, quote)
            before = best_exchanges(self._instrument, known) if known is not None else ("", "", "")
            for tick_type, name, old in zip(
                (_BID_EXCHANGE, _ASK_EXCHANGE, _LAST_EXCHANGE), best, before, strict=True
            ):
                if name != old:
                    yield "tickString", {"tickType": tick_type, "value": letter_of(name)}
