"""Matching: tickets against the quotes of the simulated market. No more fills at a quote than its
size.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ...account.money import ZERO
from ...market.instruments import Instrument
from ...market.quotes.market import Market, Quote
from .fills import FillModel
from .ticket import Ticket

OnFill = Callable[["Ticket", Decimal, Decimal], None]  # quantity, price


class Exchange:
    """The tickets that work. `on_elected` and `on_fill` are called as it happens; a filled ticket
    works no more.

    `fills` says at which price and how much.
    """

    def __init__(
        self,
        market: Market,
        on_elected: Callable[[Ticket], None],
        on_fill: OnFill,
        fills: FillModel | None = None,
    ) -> None:
        self._market = market
        self._on_elected = on_elected
        self._on_fill = on_fill
        self._fills = fills or FillModel()
        self._working: dict[int, dict[int, Ticket]] = {}  # by contract id and perm id
        self._taken: dict[
            tuple[int, bool], Decimal
        ] = {}  # of the present quote's sizes: contract id, bought
        market.listen(self._on_quote)

    def enter(self, ticket: Ticket) -> None:
        """Fill the ticket at once if the market allows it, else let it work."""
        self._working.setdefault(ticket.instrument.con_id, {})[ticket.perm_id] = ticket
        self._market.follow(ticket.instrument)
        self._look(ticket, self._market.quote(ticket.instrument))

    def withdraw(self, ticket: Ticket) -> None:
        """Let it work no longer, if it does."""
        con_id = ticket.instrument.con_id
        if self.works(ticket):
            del self._working[con_id][ticket.perm_id]
            if not self._working[con_id]:
                del self._working[con_id]
            self._market.unfollow(ticket.instrument)

    def works(self, ticket: Ticket) -> bool:
        """Return whether the ticket is at the exchange."""
        return self._working.get(ticket.instrument.con_id, {}).get(ticket.perm_id) is ticket

    def look(self, ticket: Ticket) -> None:
        """Look whether a ticket that works can fill now, without a new quote."""
        if self.works(ticket):
            self._look(ticket, self._market.quote(ticket.instrument))

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        for buys in (True, False):
            self._taken.pop((instrument.con_id, buys), None)
        for ticket in list(self._working.get(instrument.con_id, {}).values()):
            if self.works(ticket):  # the fill of one may have withdrawn another
                self._look(ticket, quote)

    def _look(self, ticket: Ticket, quote: Quote) -> None:
        if ticket.adjust is not None:
            ticket.adjust(quote)
        if ticket.trigger is not None and ticket.trigger.reached(quote):
            ticket.trigger = None
            ticket.resting = False
            self._on_elected(ticket)
        if ticket.trigger is not None:
            return
        traded = ticket.volume is not None and ticket.volume != quote.volume
        ticket.volume = quote.volume
        while self.works(ticket) and not quote.halted:
            taken = self._taken.get((ticket.instrument.con_id, ticket.buys), ZERO)
            offer = self._fills.offer(ticket, quote, traded, taken)
            if offer is None:
                ticket.resting = True
                return
            price, quantity = offer
            if ticket.allowance is not None:
                quantity = min(quantity, ticket.allowance(quote))
                if quantity <= 0:
                    return
            self._fill(ticket, quantity, price)
            traded = False  # a trade is for one fill of each order

    def _fill(self, ticket: Ticket, quantity: Decimal, price: Decimal) -> None:
        key = (ticket.instrument.con_id, ticket.buys)
        self._taken[key] = self._taken.get(key, ZERO) + quantity
        ticket.remaining -= quantity
        ticket.smallest = ZERO
        if not ticket.remaining:
            self.withdraw(ticket)
        self._on_fill(ticket, quantity, price)
