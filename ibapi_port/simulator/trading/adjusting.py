"""Adjustable stops: at Order.triggerPrice a stop becomes an order of another type."""

from __future__ import annotations

from ...order import Order
from ..account.kinds import ZERO
from ..market.quotes import Quote
from .order_types import exact, is_set

_PERCENT = 1  # IB's adjustableTrailingUnit


def adjust(order: Order, buys: bool, quote: Quote) -> bool:
    """Change the order if the market has got to its trigger price; whether it has. A stop that protects a long position is adjusted on
    the way up."""
    level = exact(order.triggerPrice) or ZERO
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
        if is_set(exact(order.adjustedStopPrice)):
            order.trailStopPrice = order.adjustedStopPrice
    elif is_set(exact(order.adjustedStopPrice)):
        order.auxPrice = order.adjustedStopPrice
    if order.orderType == "STP LMT" and is_set(exact(order.adjustedStopLimitPrice)):
        order.lmtPrice = order.adjustedStopLimitPrice
    return True
