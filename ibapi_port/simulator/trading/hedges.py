"""Hedges: orders attached to another, whose size follows from what that one has traded."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from ..account.kinds import ZERO
from ..market.instruments import Instrument
from ..market.pricing import greeks
from ..market.quotes import Market
from .live import LiveOrder

BETA, CURRENCY, PAIR = "B", "F", "P"  # IB's hedgeType; "D": by the delta


def hedge_size(live: LiveOrder, market: Market, now: float) -> Decimal:
    """How much a hedge is, now that its parent has filled. `hedgeParam` is the beta, or the ratio of a pair."""
    parent = live.parent
    if parent is None:
        return ZERO
    step, traded, kind = live.instrument.size_increment, parent.instrument, live.order.hedgeType
    if kind == CURRENCY:
        size = parent.spent * traded.multiplier
    elif kind == BETA:
        size = (
            parent.spent
            * traded.multiplier
            * _parameter(live)
            / (market.mark(live.instrument) * live.instrument.multiplier)
        )
    elif kind == PAIR:
        size = parent.filled * _parameter(live)
    else:
        size = (
            parent.filled
            * traded.multiplier
            / live.instrument.multiplier
            * _delta(traded, market, now)
        )
    return (size / step).to_integral_value(ROUND_FLOOR) * step


def _parameter(live: LiveOrder) -> Decimal:
    try:
        return abs(Decimal(live.order.hedgeParam or "1"))
    except ArithmeticError:
        return Decimal(1)


def _delta(option: Instrument, market: Market, now: float) -> Decimal:
    """How an option follows its underlying; 1 of all else."""
    return (
        abs(Decimal(repr(greeks(option, market.spot(option), now).delta)))
        if option.right
        else Decimal(1)
    )
