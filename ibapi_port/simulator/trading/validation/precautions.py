"""The limits of TWS's order presets and precautions: sizes, values, prices, routing. They belong to
one TWS and not to the account, and are off unless they are set.
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
        self._value = Decimal(repr(behaviour.value_limit))
        self._none = not (self._share or self._ticks or self._size or self._value)

    def check(self, order_id: int, order: Order, instrument: Instrument, quote: Quote) -> None:
        """Check size, value and price. Refusal: they are beyond what the presets allow."""
        if self._none or order.overridePercentageConstraints:
            return
        if self._size and order.totalQuantity > self._size:
            raise Refusal(
                383,
                "The size specified violates the size constraint specified in the default order "
                "settings.",
            )
        if self._value:
            self._check_value(order_id, order, instrument, quote)
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

    def _check_value(
        self, order_id: int, order: Order, instrument: Instrument, quote: Quote
    ) -> None:
        value = order.totalQuantity * _expected_price(order, instrument, quote)
        if value > self._value:
            raise Refusal(
                451,
                f'The following order "ID:{order_id}" value estimate of {_written(value)} '
                f"{instrument.currency} exceeds \nthe Total Value Limit of "
                f"{_written(self._value)} {instrument.currency}. \nRestriction is specified in "
                "Precautionary Settings of Global Configuration/Presets.",
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


def _expected_price(order: Order, instrument: Instrument, quote: Quote) -> Decimal:
    """Return what one contract is expected to cost: by the stop, else the limit, else the market.
    A combination's prices may be negative: they count as what is paid or received.
    """
    kind = order_type(order.orderType)
    price = to_decimal(order.auxPrice) if kind.stop else None
    if price is None and kind.limit:
        price = to_decimal(order.lmtPrice)
    if price is None:
        price = quote.ask if order.action == "BUY" else quote.bid
    return abs(price) * instrument.multiplier


def _written(money: Decimal) -> str:
    """Return an amount as TWS writes it in this message: 154,990, with cents where there are
    any.
    """
    whole = money == money.to_integral_value()
    return f"{money:,.0f}" if whole else f"{money:,.2f}"
