"""What an order of each type becomes at the exchange: the price at which it may fill, and what sets
it off.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ....order import Order
from ...account.money import ZERO
from ...market.instruments import Instrument
from ...market.quotes.market import Market, Quote
from ..order_types import is_set, order_type, to_decimal, to_tick
from .terms import Terms, at_limit, at_market, pegged
from .triggers import Stop, Trail, Trigger, Watch
from .volatility import VOL, volatility_terms

_PROTECTION = Decimal("0.01")  # how far "with protection" lets an order go, as a share of the price


class TermsFactory:
    """Makes an order's terms and trigger."""

    def __init__(
        self,
        market: Market,
        by_con_id: Callable[[int], Instrument | None],
        now: Callable[[], float],
    ) -> None:
        self._market = market
        self._now = now
        self._by_con_id = by_con_id

    def make(
        self,
        order: Order,
        instrument: Instrument,
        on_move: Callable[[Decimal, Decimal | None], None],
    ) -> tuple[Terms, Trigger | None]:
        """Return terms and trigger of an order that has passed the checks. `on_move` is called with
        each level of a trailing stop, and its limit.
        """
        buys, kind = order.action == "BUY", order.orderType
        shape = order_type(kind)
        if shape.trails:
            return self._trailing(order, instrument, buys, on_move)
        limit, aux = to_decimal(order.lmtPrice), to_decimal(order.auxPrice)
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
        """Return the terms of types that are neither plain limit nor trailing orders. `offset`:
        auxPrice; what it does depends on the type.
        """
        underlying = self._by_con_id(instrument.underlying)
        if order.orderType == VOL and underlying is not None:
            return volatility_terms(order, instrument, underlying, self._market, self._now)
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
            share = to_decimal(order.percentOffset) or ZERO
            return pegged(
                buys, lambda q: _near(q, buys) + sign * (offset or _near(q, buys) * share), cap
            )
        if order.orderType == "PEG MKT":
            return pegged(buys, lambda q: _far(q, buys) - sign * offset, cap)
        if order.orderType in ("PEG MID", "MIDPRICE"):
            return pegged(buys, lambda q: q.midpoint + sign * offset, cap)
        if order.orderType == "PEG BEST":  # a tick better than the best, not beyond the middle

            def best(q: Quote) -> Decimal:
                better = _near(q, buys) + sign * instrument.min_tick
                return (min if buys else max)(better, q.midpoint)

            return pegged(buys, best, cap)
        if order.orderType == "PEG STK":
            return self._following(
                order, instrument, instrument.underlying, to_decimal(order.delta) or ZERO, buys, cap
            )
        if order.orderType == "PEG BENCH":
            ratio = (to_decimal(order.peggedChangeAmount) or ZERO) / (
                to_decimal(order.referenceChangeAmount) or Decimal(1)
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
        """Return a price that goes with another instrument's."""
        reference = self._by_con_id(con_id) or instrument
        there = self._market.mark(reference)
        start = to_decimal(order.startingPrice)
        start = (
            start
            if is_set(start) and start is not None
            else self._market.quote(instrument).midpoint
        )
        set_reference = to_decimal(order.stockRefPrice)
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
        amount, percent = to_decimal(order.auxPrice), to_decimal(order.trailingPercent)
        distance: Callable[[Decimal], Decimal]
        if is_set(percent) and percent is not None:
            share = percent / 100
            distance = lambda price: to_tick(instrument, price * share)  # noqa: E731
        else:
            fixed = amount or ZERO
            distance = lambda price: fixed  # noqa: E731
        start = to_decimal(order.trailStopPrice)
        offset = _limit_offset(order)
        trail: Trail | None = None

        def limit(quote: Quote) -> Decimal | None:
            level = trail.level if trail is not None else None
            if offset is None or level is None:
                return None
            return level + offset if buys else level - offset

        def moved(level: Decimal) -> None:
            on_move(level, None if offset is None else (level + offset if buys else level - offset))

        touched = order.orderType in ("TRAIL MIT", "TRAIL LIT")
        trail = Trail(
            Watch(instrument, order.triggerMethod, buys is not touched),
            buys,
            distance,
            start if is_set(start) else None,
            moved,
            touched,
        )
        return Terms(limit), trail


def _limit_offset(order: Order) -> Decimal | None:
    """Return how far the limit of a TRAIL LIMIT lies behind its stop; None of a TRAIL."""
    if order.orderType not in ("TRAIL LIMIT", "TRAIL LIT"):
        return None
    offset = to_decimal(order.lmtPriceOffset)
    limit = to_decimal(order.lmtPrice)
    stop = to_decimal(order.trailStopPrice)
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
    """Return the price as far as protection lets an order go."""
    return to_tick(instrument, price * (1 + _PROTECTION if buys else 1 - _PROTECTION))


_PERCENT = 1  # IB's adjustableTrailingUnit


def adjust(order: Order, buys: bool, quote: Quote) -> bool:
    """Change the order if the market has got to its trigger price; whether it has. A stop that
    protects a long position is adjusted on the way up.
    """
    level = to_decimal(order.triggerPrice) or ZERO
    if (quote.last > level) if buys else (quote.last < level):
        return False
    order.orderType = order.adjustedOrderType
    order.adjustedOrderType = "None"
    if order.orderType in ("TRAIL", "TRAIL LIMIT"):
        if order.adjustableTrailingUnit == _PERCENT:
            order.trailingPercent = order.adjustedTrailingAmount
            order.auxPrice = 0.0
        else:
            order.auxPrice = order.adjustedTrailingAmount
        if is_set(to_decimal(order.adjustedStopPrice)):
            order.trailStopPrice = order.adjustedStopPrice
    elif is_set(to_decimal(order.adjustedStopPrice)):
        order.auxPrice = order.adjustedStopPrice
    if order.orderType == "STP LMT" and is_set(to_decimal(order.adjustedStopLimitPrice)):
        order.lmtPrice = order.adjustedStopLimitPrice
    return True
