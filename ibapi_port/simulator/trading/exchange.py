"""Matching: orders against the quotes of the simulated market. An order fills whole or not at all; there is always enough to trade with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ..market.instruments import Instrument
from ..market.quotes import Market, Quote

ORDER_TYPES = ("MKT", "LMT", "STP", "STP LMT")


@dataclass(eq=False)
class Ticket:
    """An order as the exchange sees it."""

    perm_id: int
    instrument: Instrument
    buys: bool
    order_type: str
    limit: Decimal | None  # of LMT and STP LMT
    stop: Decimal | None  # of STP and STP LMT
    elected: bool  # False: a stop that the market hasn't reached
    resting: bool = False  # it has been looked at and could not be filled

    def fill_price(self, quote: Quote) -> Decimal | None:
        """What it fills at with this quote; None if it doesn't. One that has rested gets its own limit, a new one the quote."""
        if not self.elected:
            return None
        offered = quote.ask if self.buys else quote.bid
        if self.limit is None:
            return offered
        if (offered > self.limit) if self.buys else (offered < self.limit):
            return None
        return self.limit if self.resting else offered

    def is_reached(self, quote: Quote) -> bool:
        """Whether the last price elects the stop."""
        return self.stop is not None and (quote.last >= self.stop if self.buys else quote.last <= self.stop)


class Exchange:
    """The working tickets. `on_elected` and `on_fill` (with the price) are called as it happens; a filled ticket works no more."""

    def __init__(self, market: Market, on_elected: Callable[[Ticket], None], on_fill: Callable[[Ticket, Decimal], None]) -> None:
        self._market, self._on_elected, self._on_fill = market, on_elected, on_fill
        self._working: dict[int, Ticket] = {}
        market.listen(self._on_quote)

    def enter(self, ticket: Ticket) -> None:
        """Fill the ticket at once if the market allows it, else let it work."""
        self._working[ticket.perm_id] = ticket
        self._market.follow(ticket.instrument)
        self._look(ticket, self._market.quote(ticket.instrument))

    def withdraw(self, perm_id: int) -> None:
        """Let it work no longer, if it does."""
        ticket = self._working.pop(perm_id, None)
        if ticket is not None:
            self._market.unfollow(ticket.instrument)

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        for ticket in [ticket for ticket in self._working.values() if ticket.instrument is instrument]:
            if self._working.get(ticket.perm_id) is ticket:  # the fill of one may have withdrawn another
                self._look(ticket, quote)

    def _look(self, ticket: Ticket, quote: Quote) -> None:
        if not ticket.elected and ticket.is_reached(quote):
            ticket.elected, ticket.resting = True, False
            self._on_elected(ticket)
        price = ticket.fill_price(quote)
        if price is None:
            ticket.resting = True
            return
        self.withdraw(ticket.perm_id)
        self._on_fill(ticket, price)
