"""The limits of TWS's order presets and precautions: sizes, prices, routing. They belong to one TWS
and not to the account, and are off unless they are set.
"""

from __future__ import annotations

from decimal import Decimal

from ....order import Order
from ...errors import Refusal
from ...market.instruments import Instrument
from ...market.quotes.market import Quote
from ...options import BrokerBehaviour
from ..order_types import order_type, to_decimal

_OUT_OF_RANGE = (
    "Price is out of the range defined by the Percentage setting at order defaults frame. "
    "The order will not be transmitted."
)
_WHOLE = Decimal(100)


class Precautions:
    """Checks orders before they are sent, if their clients do not say that they mean it."""

    def __init__(self, behaviour: BrokerBehaviour) -> None:
        self._share = Decimal(repr(behaviour.price_percentage)) / _WHOLE
        self._ticks = behaviour.ticks_limit
        self._size = Decimal(repr(behaviour.size_limit))
        self._none = not (self._share or self._ticks or self._size)

    def check(self, order: Order, instrument: Instrument, quote: Quote) -> None:
        """Check size and price. Refusal: they are beyond what the presets allow."""
        if self._none or order.overridePercentageConstraints:
            return
        if self._size and order.totalQuantity > self._size:
            raise Refusal(
                383,
                "The size specified violates the size constraint specified in the default order "
                "settings.",
            )
        through = _through(order, instrument, quote)
        if through is None:
            return
        far, market = through
        if self._share and far > market * self._share:
            raise Refusal(109, _OUT_OF_RANGE)
        if self._ticks and far > self._ticks * instrument.min_tick:
            raise Refusal(
                382,
                "The price specified violates the number of ticks constraint specified in the "
                "default order settings.",
            )


def _through(order: Order, instrument: Instrument, quote: Quote) -> tuple[Decimal, Decimal] | None:
    """Return how far a limit lies through the market, and the market's price; None if there is no
    limit, or the order is for a combination.
    """
    limit = to_decimal(order.lmtPrice)
    if limit is None or not order_type(order.orderType).limit or instrument.legs:
        return None
    if order.action == "BUY":
        return limit - quote.ask, quote.ask
    return quote.bid - limit, quote.bid
