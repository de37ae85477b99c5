"""VOL orders: the limit of an option follows from the volatility that the order names, by the model
by which the simulated market quotes options.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from ....const import UNSET_DOUBLE, UNSET_INTEGER
from ....order import Order
from ...errors import Refusal
from ...market.instruments import Instrument
from ...market.listings.option_pricing import greeks
from ...market.quotes.market import Market, Quote
from .terms import Terms, at_limit

VOL = "VOL"
_DAILY, _ANNUAL = 1, 2  # IB's volatilityType
_AVERAGE, _BID_OR_ASK = 1, 2  # IB's referencePriceType
_TRADING_DAYS = 252
_MOST_VOLATILITY = 100.0  # of a year: beyond it a call is worth its underlying
_NEVER = Decimal(10) ** 9
_NOT_SET = (0, UNSET_INTEGER)
_NO_HEDGE = ("", "None")


def check_volatility(order: Order, instrument: Instrument) -> None:
    """Check what an order says of volatility. Refusal: a VOL order says too little, or another one
    anything.
    """
    volatility = 0.0 if order.volatility == UNSET_DOUBLE else order.volatility
    wanted = order.orderType == VOL
    if wanted and not (instrument.sec_type == "OPT" and instrument.currency == "USD"):
        raise Refusal(369, "Volatility orders are only valid for US options.")
    if not math.isfinite(volatility) or (volatility <= 0 if wanted else volatility != 0):
        raise Refusal(
            371,
            "VOL order requires positive floating point value for volatility. Do not set it for "
            "other order types.",
        )
    kinds = (*_NOT_SET, _DAILY, _ANNUAL) if wanted else _NOT_SET
    if order.volatilityType not in kinds:
        raise Refusal(
            367,
            "Volatility type if set must be 1 or 2 for VOL orders. Do not set it for other order "
            "types.",
        )
    references = (_AVERAGE, _BID_OR_ASK) if order.continuousUpdate else (*_NOT_SET, 1, 2)
    if order.referencePriceType not in (references if wanted else _NOT_SET):
        raise Refusal(
            368,
            "Reference Price Type must be 1 or 2 for dynamic volatility management. Do not set it "
            "for non-VOL orders.",
        )
    if wanted and order.deltaNeutralOrderType not in _NO_HEDGE:
        raise Refusal(387, "Unsupported order type for this exchange and security type.")


def volatility_terms(
    order: Order,
    instrument: Instrument,
    underlying: Instrument,
    market: Market,
    now: Callable[[], float],
) -> Terms:
    """Return the terms of a VOL order: a limit that goes with the underlying if the order is
    updated continuously, else the one of this moment.
    """

    def limit(quote: Quote) -> Decimal:
        under = market.quote(underlying)
        spot = under.midpoint
        if order.referencePriceType == _BID_OR_ASK:
            spot = under.bid if (order.action == "BUY") is (instrument.right == "C") else under.ask
        # where nobody bids or offers, the last price counts
        return _price(order, instrument, spot if under.bid > 0 else under.last, now())

    if order.continuousUpdate:
        return Terms(limit)
    return at_limit(limit(market.quote(instrument)))


def _price(order: Order, option: Instrument, spot: Decimal, now: float) -> Decimal:
    """Return what the option is worth at the order's volatility, on a tick that is no worse."""
    buys = order.action == "BUY"
    if spot <= 0:  # nothing is known of the underlying: a price that nobody gives
        return option.min_tick if buys else _NEVER
    yearly = math.sqrt(_TRADING_DAYS) if order.volatilityType == _DAILY else 1.0
    sigma = min(order.volatility / 100 * yearly, _MOST_VOLATILITY)
    worth = Decimal(repr(greeks(option, float(spot), now, sigma).price))
    tick = option.tick_at(worth)
    ticks = (worth / tick).quantize(Decimal(1), ROUND_FLOOR if buys else ROUND_CEILING)
    return max(ticks, Decimal(1)) * tick
