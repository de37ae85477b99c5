"""Scale orders: a limit order in components, each at a price better than the one before; the next
is sent when the one before has filled.
"""

from __future__ import annotations

from decimal import Decimal

from ....const import UNSET_INTEGER
from ....order import Order
from ...account.money import ZERO
from ...errors import Refusal
from ...market.instruments import Instrument
from ...market.quotes.market import Quote
from ..order_types import is_set, to_decimal, to_tick
from .terms import Terms
from .ticket import Ticket


def is_scale(order: Order) -> bool:
    """Return whether an order is worked in components."""
    return order.orderType == "LMT" and UNSET_INTEGER != order.scaleInitLevelSize > 0


def check_scale(order: Order) -> None:
    """Check the components of a scale order. Refusal: they are not given as they have to be."""
    if UNSET_INTEGER != order.scaleInitLevelSize > 0:
        increment = to_decimal(order.scalePriceIncrement)
        if increment is None or not increment.is_finite() or increment <= 0:
            raise Refusal(408, "Invalid scale order increment.")
        if order.scaleSubsLevelSize != UNSET_INTEGER and order.scaleSubsLevelSize < 0:
            raise Refusal(410, "Invalid subsequent component size for scale order.")
    elif is_set(to_decimal(order.scalePriceIncrement)):
        raise Refusal(409, "Invalid scale order. You must specify order component size.")


class Scale:
    """The component that a scale order is at, by what of it has filled."""

    def __init__(self, order: Order, instrument: Instrument, ticket: Ticket) -> None:
        self._order = order
        self._instrument = instrument
        self._ticket = ticket
        self._first = Decimal(order.scaleInitLevelSize)
        subsequent = order.scaleSubsLevelSize
        self._next = Decimal(subsequent) if UNSET_INTEGER != subsequent > 0 else self._first
        self._limit = to_decimal(order.lmtPrice) or ZERO
        self._step = to_decimal(order.scalePriceIncrement) or ZERO

    def apply(self) -> None:
        """Give the ticket the component's price and size, now and as it goes on."""
        self._ticket.terms = Terms(lambda quote: self._level_price())
        self._ticket.allowance = self._allowance

    def _filled(self) -> Decimal:
        return self._order.totalQuantity - self._ticket.remaining

    def _level(self) -> tuple[int, Decimal]:
        """Return the number of the component, and how much of it is left."""
        beyond = self._filled() - self._first
        if beyond < 0:
            return 0, -beyond
        return 1 + int(beyond // self._next), self._next - beyond % self._next

    def _level_price(self) -> Decimal:
        away = self._level()[0] * self._step
        price = self._limit - away if self._order.action == "BUY" else self._limit + away
        return max(to_tick(self._instrument, price), self._instrument.min_tick)

    def _allowance(self, quote: Quote) -> Decimal:
        return self._level()[1]
