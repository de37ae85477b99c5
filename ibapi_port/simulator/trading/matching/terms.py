"""At which price an order may fill: any, a limit, or one that goes with the market."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ...market.quotes.market import Quote


@dataclass(frozen=True)
class Terms:
    """The price at which an order may fill. `limit`: the worst price with this quote; None: any. An
    order that is `passive` waits for others to trade at its price.
    """

    limit: Callable[[Quote], Decimal | None]
    passive: bool = False
    fixed: Decimal | None = None  # the limit, where it doesn't move


def at_market() -> Terms:
    """Return terms that take any price."""
    return Terms(lambda quote: None)


def at_limit(limit: Decimal) -> Terms:
    """Return terms with a fixed limit."""
    return Terms(lambda quote: limit, fixed=limit)


def pegged(buys: bool, price: Callable[[Quote], Decimal], cap: Decimal | None) -> Terms:
    """Return terms that go with the market, but no further than the cap."""

    def limit(quote: Quote) -> Decimal:
        wanted = price(quote)
        return wanted if cap is None else (min if buys else max)(wanted, cap)

    return Terms(limit, passive=True)


def fill_price(
    terms: Terms, buys: bool, quote: Quote, resting: bool, traded: bool = False
) -> Decimal | None:
    """Return the price of a fill with this quote, or None if there is none. An order that has
    rested gets its own limit, a new one the quote. `traded`: the quote comes from a trade.
    """
    offered = quote.ask if buys else quote.bid
    limit = terms.limit(quote)
    if limit is None:
        return offered
    if (offered <= limit) if buys else (offered >= limit):
        return limit if resting and terms.fixed is not None else offered
    if terms.passive and traded and ((quote.last <= limit) if buys else (quote.last >= limit)):
        return limit
    return None
