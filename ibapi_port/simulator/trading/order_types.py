"""IB's order types: what each needs, and what it becomes at the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from ...const import UNSET_DOUBLE
from ..market.instruments import Instrument

AUCTION_TYPES = ("MOC", "LOC")  # for the closing auction
_STOCKLIKE = ("STK", "CFD", "WAR")
_LISTED = (*_STOCKLIKE, "OPT", "FOP", "FUT", "BAG")


@dataclass(frozen=True)
class OrderType:
    """What an order of this type needs, and the kinds of instruments it is for (empty: all)."""

    limit: bool = False  # lmtPrice
    stop: bool = False  # auxPrice, as the price that sets it off
    trails: bool = False  # auxPrice or trailingPercent, as a distance
    kinds: tuple[str, ...] = ()


_TYPES = {
    "MKT": OrderType(),
    "LMT": OrderType(limit=True),
    "STP": OrderType(stop=True),
    "STP LMT": OrderType(limit=True, stop=True),
    "STP PRT": OrderType(stop=True, kinds=("FUT", "FOP")),
    "MKT PRT": OrderType(kinds=("FUT", "FOP")),
    "TRAIL": OrderType(trails=True),
    "TRAIL LIMIT": OrderType(trails=True),
    "TRAIL MIT": OrderType(trails=True),
    "TRAIL LIT": OrderType(trails=True),
    "MIT": OrderType(stop=True),
    "LIT": OrderType(limit=True, stop=True),
    "MOC": OrderType(kinds=(*_STOCKLIKE, "FUT")),
    "LOC": OrderType(limit=True, kinds=(*_STOCKLIKE, "FUT")),
    "MTL": OrderType(),
    "REL": OrderType(kinds=_LISTED),
    "MIDPRICE": OrderType(kinds=("STK",)),
    "PEG MID": OrderType(kinds=_LISTED),
    "PEG MKT": OrderType(kinds=_LISTED),
    "PEG PRIM": OrderType(kinds=_LISTED),
    "PEG BEST": OrderType(kinds=("STK",)),
    "PEG STK": OrderType(kinds=("OPT",)),
    "PEG BENCH": OrderType(kinds=_LISTED),
    "VOL": OrderType(),  # of options in USD only: check_volatility
    "SNAP MKT": OrderType(kinds=_LISTED),
    "SNAP MID": OrderType(kinds=_LISTED),
    "SNAP PRIM": OrderType(kinds=_LISTED),
}
UNSUPPORTED = ("PASSVREL", "RPI")  # that TWS knows, but that no exchange here takes
_SPELLINGS = {name.replace(" ", ""): name for name in _TYPES} | {
    "STOP": "STP",
    "STOPLIMIT": "STP LMT",
    "MARKET": "MKT",
    "LIMIT": "LMT",
    "TRAILLMT": "TRAIL LIMIT",
    "PEGMIDPT": "PEG MID",
    "RELATIVE": "REL",
    "BOXTOP": "MTL",
    "VOLAT": "VOL",
    "MIDPX": "MIDPRICE",
    "TRAILLIMIT": "TRAIL LIMIT",
}


def canonical_name(text: str) -> str:
    """Return TWS's name of an order type, of which it understands several spellings; "" if it is
    none.
    """
    return _SPELLINGS.get(_bare(text), "")


def is_unsupported(text: str) -> bool:
    """Return whether it is a type that TWS knows but that no exchange here takes."""
    return _bare(text) in UNSUPPORTED


def _bare(text: str) -> str:
    return text.upper().replace(" ", "").replace("_", "")


def order_type(name: str) -> OrderType:
    """Return what an order of this type needs."""
    return _TYPES[name]


def to_decimal(price: float) -> Decimal | None:
    """Return the price in decimal as the client wrote it; None if it is not set."""
    return None if price == UNSET_DOUBLE else Decimal(repr(price))


def is_set(price: Decimal | None) -> bool:
    """Return whether a price that may be zero or missing was meant."""
    return price is not None and price != 0


def to_tick(instrument: Instrument, price: Decimal) -> Decimal:
    """Return the nearest multiple of the instrument's tick."""
    tick = instrument.tick_at(price)
    return (price / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick
