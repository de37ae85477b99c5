"""IB's order types: what each needs, and what it becomes at the exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from ...const import UNSET_DOUBLE
from ...order import Order
from ..account.kinds import ZERO
from ..market.instruments import Instrument
from ..market.quotes import Market, Quote
from .pricing import Terms, at_limit, at_market, pegged
from .triggers import Stop, Trail, Trigger, Watch

AUCTION_TYPES = ("MOC", "LOC")  # for the closing auction
_PROTECTION = Decimal("0.01")  # how far "with protection" lets an order go, as a share of the price
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
    "SNAP MKT": OrderType(kinds=_LISTED),
    "SNAP MID": OrderType(kinds=_LISTED),
    "SNAP PRIM": OrderType(kinds=_LISTED),
}
_SPELLINGS = {name.replace(" ", ""): name for name in _TYPES} | {
    "STOP": "STP",
    "STOPLIMIT": "STP LMT",
    "MARKET": "MKT",
    "LIMIT": "LMT",
    "TRAILLMT": "TRAIL LIMIT",
    "PASSVREL": "REL",
    "PEGMIDPT": "PEG MID",
    "RELATIVE": "REL",
    "BOXTOP": "MTL",
    "MIDPX": "MIDPRICE",
    "TRAILLIMIT": "TRAIL LIMIT",
}


def named(text: str) -> str:
    """TWS's name of an order type, of which it understands several spellings; "" if it is none."""
    return _SPELLINGS.get(text.upper().replace(" ", "").replace("_", ""), "")


def order_type(name: str) -> OrderType:
    return _TYPES[name]


def exact(price: float) -> Decimal | None:
    """The price in decimal as the client wrote it; None if it is not set."""
    return None if price == UNSET_DOUBLE else Decimal(repr(price))


def is_set(price: Decimal | None) -> bool:
    """Whether a price that may be zero or missing was meant."""
    return price is not None and price != 0


class Workshop:
    """Makes an order's terms and trigger."""

    def __init__(self, market: Market, by_con_id: Callable[[int], Instrument | None]) -> None:
        self._market = market
        self._by_con_id = by_con_id

    def make(
        self,
        order: Order,
        instrument: Instrument,
        on_move: Callable[[Decimal, Decimal | None], None],
    ) -> tuple[Terms, Trigger | None]:
        """`on_move` is told where a trailing stop is, and its limit. The order has passed the checks."""
        buys, kind = order.action == "BUY", order.orderType
        shape = _TYPES[kind]
        if shape.trails:
            return self._trailing(order, instrument, buys, on_move)
        limit, aux = exact(order.lmtPrice), exact(order.auxPrice)
        if kind == "STP PRT" and aux is not None:
            terms = at_limit(_beyond(instrument, aux, buys))
        elif shape.limit and limit is not None:
            terms = at_limit(limit)
        else:
            terms = self._terms(
                order, instrument, buys, limit if is_set(limit) else None, aux or ZERO
            )
        if not shape.stop or aux is None:
            return terms, None
        return terms, Stop(
            Watch(instrument, order.triggerMethod, buys is not (kind in ("MIT", "LIT"))), aux
        )

    def _terms(
        self, order: Order, instrument: Instrument, buys: bool, cap: Decimal | None, offset: Decimal
    ) -> Terms:
        """Of the types that are neither plain limit nor trailing orders. `offset`: auxPrice; what it does depends on the type."""
        sign = 1 if buys else -1
        quote = self._market.quote(instrument)
        if order.orderType == "MKT PRT":
            return at_limit(_beyond(instrument, _far(quote, buys), buys))
        if order.orderType.startswith("SNAP"):  # once, when it is placed
            start = {"SNAP MKT": _far, "SNAP MID": lambda q, _: q.midpoint, "SNAP PRIM": _near}[
                order.orderType
            ](quote, buys)
            return at_limit(to_tick(instrument, start + sign * offset))
        if order.orderType in ("REL", "PEG PRIM"):
            share = exact(order.percentOffset) or ZERO
            return pegged(
                buys, lambda q: _near(q, buys) + sign * (offset or _near(q, buys) * share), cap
            )
        if order.orderType == "PEG MKT":
            return pegged(buys, lambda q: _far(q, buys) - sign * offset, cap)
        if order.orderType in ("PEG MID", "MIDPRICE"):
            return pegged(buys, lambda q: q.midpoint + sign * offset, cap)
        if order.orderType == "PEG BEST":  # a tick better than the best, not beyond the middle
            best = lambda q: (min if buys else max)(
                _near(q, buys) + sign * instrument.min_tick, q.midpoint
            )  # noqa: E731
            return pegged(buys, best, cap)
        if order.orderType == "PEG STK":
            return self._following(
                order, instrument, instrument.underlying, exact(order.delta) or ZERO, buys, cap
            )
        if order.orderType == "PEG BENCH":
            ratio = (exact(order.peggedChangeAmount) or ZERO) / (
                exact(order.referenceChangeAmount) or Decimal(1)
            )
            return self._following(
                order,
                instrument,
                order.referenceContractId,
                -ratio if order.isPeggedChangeAmountDecrease else ratio,
                buys,
                cap,
            )
        return at_market()

    def _following(
        self,
        order: Order,
        instrument: Instrument,
        con_id: int,
        ratio: Decimal,
        buys: bool,
        cap: Decimal | None,
    ) -> Terms:
        """A price that goes with another instrument's."""
        reference = self._by_con_id(con_id) or instrument
        there = self._market.mark(reference)
        start = exact(order.startingPrice)
        start = (
            start
            if is_set(start) and start is not None
            else self._market.quote(instrument).midpoint
        )
        set_reference = exact(order.stockRefPrice)
        origin = set_reference if is_set(set_reference) and set_reference is not None else there
        return pegged(
            buys,
            lambda q: to_tick(instrument, start + ratio * (self._market.mark(reference) - origin)),
            cap,
        )

    def _trailing(
        self,
        order: Order,
        instrument: Instrument,
        buys: bool,
        on_move: Callable[[Decimal, Decimal | None], None],
    ) -> tuple[Terms, Trigger]:
        amount, percent = exact(order.auxPrice), exact(order.trailingPercent)
        distance: Callable[[Decimal], Decimal]
        if is_set(percent) and percent is not None:
            share = percent / 100
            distance = lambda price: to_tick(instrument, price * share)  # noqa: E731
        else:
            fixed = amount or ZERO
            distance = lambda price: fixed  # noqa: E731
        start = exact(order.trailStopPrice)
        offset = _limit_offset(order)
        trail: Trail | None = None

        def limit(quote: Quote) -> Decimal | None:
            level = trail.level if trail is not None else None
            if offset is None or level is None:
                return None
            return level + offset if buys else level - offset

        def moved(level: Decimal) -> None:
            on_move(level, None if offset is None else (level + offset if buys else level - offset))

        trail = Trail(
            Watch(instrument, order.triggerMethod, buys),
            buys,
            distance,
            start if is_set(start) else None,
            moved,
        )
        return Terms(limit), trail


def _limit_offset(order: Order) -> Decimal | None:
    """How far the limit of a TRAIL LIMIT lies behind its stop; None of a TRAIL."""
    if order.orderType != "TRAIL LIMIT":
        return None
    offset = exact(order.lmtPriceOffset)
    limit = exact(order.lmtPrice)
    stop = exact(order.trailStopPrice)
    if is_set(offset) and offset is not None:
        return offset
    if is_set(limit) and is_set(stop) and limit is not None and stop is not None:
        return limit - stop if order.action == "BUY" else stop - limit
    return ZERO


def _near(quote: Quote, buys: bool) -> Decimal:
    return quote.bid if buys else quote.ask


def _far(quote: Quote, buys: bool) -> Decimal:
    return quote.ask if buys else quote.bid


def _beyond(instrument: Instrument, price: Decimal, buys: bool) -> Decimal:
    """As far as protection lets an order go."""
    return to_tick(instrument, price * (1 + _PROTECTION if buys else 1 - _PROTECTION))


def to_tick(instrument: Instrument, price: Decimal) -> Decimal:
    """The nearest multiple of the instrument's tick."""
    return (price / instrument.min_tick).quantize(Decimal(1), ROUND_HALF_EVEN) * instrument.min_tick
