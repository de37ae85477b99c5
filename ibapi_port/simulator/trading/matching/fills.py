"""At which price, and how much of, an order fills with a quote: the models of fills.

- "quote", the usual one: at the quote, and no more than its size. A limit order fills when somebody
  offers at its price, or better.
- "queue": likewise; and a limit order that rests stands behind what is quoted at its price when it
  gets there. It fills in part when others trade at its price, once what stood before it has traded,
  and whole when they trade beyond it.
- "unlimited": at the quote, whatever its size.

`slippage` makes orders without a limit (MKT, and stops once they are set off) worse by so many
ticks.
"""

from __future__ import annotations

from decimal import Decimal

from ...account.money import ZERO
from ...market.quotes.market import Quote
from .terms import fill_price
from .ticket import Ticket

QUOTE, QUEUE, UNLIMITED = FILL_MODELS = ("quote", "queue", "unlimited")


class FillModel:
    """One of the models, for all orders."""

    def __init__(self, name: str = QUOTE, slippage: int = 0) -> None:
        self._queues = name == QUEUE
        self._sizes = name != UNLIMITED
        self._slippage = slippage

    def offer(
        self, ticket: Ticket, quote: Quote, traded: bool, taken: Decimal
    ) -> tuple[Decimal, Decimal] | None:
        """Return price and quantity at which the ticket fills now; None if it does not. `taken` of
        the quote's size others have got already. `traded`: the quote comes from a trade.
        """
        price = fill_price(ticket.terms, ticket.buys, quote, ticket.resting, traded)
        if price is not None:
            quantity = self._at_quote(ticket, quote, taken)
            return (self._slipped(ticket, price), quantity) if quantity else None
        if self._queues and ticket.terms.fixed is not None:
            quantity = self._in_queue(ticket, ticket.terms.fixed, quote, traded)
            return (ticket.terms.fixed, quantity) if quantity else None
        return None

    def _slipped(self, ticket: Ticket, price: Decimal) -> Decimal:
        if not self._slippage or ticket.terms.fixed is not None or ticket.terms.passive:
            return price
        away = self._slippage * ticket.instrument.min_tick
        if ticket.buys:
            return price + away
        return max(price - away, ticket.instrument.min_tick)

    def _at_quote(self, ticket: Ticket, quote: Quote, taken: Decimal) -> Decimal:
        """Return how much of the ticket can be filled at this quote."""
        offered, size = (quote.ask, quote.ask_size) if ticket.buys else (quote.bid, quote.bid_size)
        if offered <= 0 and not ticket.instrument.legs:  # nobody is on that side
            return ZERO
        return self._limited(ticket, size - taken) if self._sizes else ticket.remaining

    def _in_queue(self, ticket: Ticket, limit: Decimal, quote: Quote, traded: bool) -> Decimal:
        """Return how much of a resting order fills because others trade at its price."""
        best, size = (quote.bid, quote.bid_size) if ticket.buys else (quote.ask, quote.ask_size)
        if ticket.ahead is None:
            if (best > limit) if ticket.buys else (best < limit):
                return ZERO  # the market is not there yet
            ticket.ahead = size if best == limit else ZERO
            if not ticket.resting:  # it has just come: what was traded before does not count
                return ZERO
        if not traded:
            return ZERO
        if (quote.last < limit) if ticket.buys else (quote.last > limit):
            return self._limited(ticket, ticket.remaining)
        if quote.last != limit:
            return ZERO
        passed = max(quote.last_size - ticket.ahead, ZERO)
        ticket.ahead = max(ticket.ahead - quote.last_size, ZERO)
        return self._limited(ticket, passed)

    def _limited(self, ticket: Ticket, size: Decimal) -> Decimal:
        step = ticket.instrument.size_step(ticket.remaining)
        quantity = max(min(ticket.remaining, size // step * step), ZERO)
        if quantity < ticket.remaining and (ticket.whole or quantity < ticket.smallest):
            return ZERO
        return quantity
