"""Clients' subscriptions to instruments' quotes."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from ...errors import Refusal
from ...services import ClientSession, SubscriptionTable
from ..listings.instrument import Instrument
from ..quotes.market import Market
from ..quotes.quote import Quote
from .permissions import Lines


class Subscription(Protocol):
    """A client's subscription to one instrument."""

    client: ClientSession
    req_id: int
    instrument: Instrument

    def on_quote(self, instrument: Instrument, quote: Quote) -> None: ...


DUPLICATE = "Error processing request. Duplicate ticker id"
S = TypeVar("S", bound=Subscription)


class Subscriptions(Generic[S]):
    """The subscriptions of one kind, by client and request id. Each watches its instrument, and
    takes a market data line, until it ends.
    """

    def __init__(self, market: Market, lines: Lines) -> None:
        self._market = market
        self._lines = lines
        self.table = SubscriptionTable[S](self._ended)

    def __len__(self) -> int:
        return len(self.table)

    def all(self) -> list[S]:
        """Return all subscriptions."""
        return list(self.table.values())

    def of(self, instrument: Instrument) -> list[S]:
        """Return the subscriptions to an instrument."""
        return [each for each in self.table.values() if each.instrument.con_id == instrument.con_id]

    def check(self, client: ClientSession, req_id: int) -> None:
        """Check that the client does not use the id already. Refusal: it does."""
        if (client, req_id) in self.table:
            raise Refusal(322, DUPLICATE)

    def add(self, subscription: S) -> None:
        """Add a subscription, which takes a line. Refusal: there are too many."""
        self._lines.take(subscription.instrument)
        self.table[subscription.client, subscription.req_id] = subscription
        self._market.watch(subscription.instrument, subscription.on_quote)

    def cancel(
        self,
        client: ClientSession,
        req_id: int,
        code: int = 300,
        text: str = "Can't find EId with tickerId:",
    ) -> None:
        """End a subscription. Refusal, with this code and text before the id: there is none."""
        if (client, req_id) not in self.table:
            raise Refusal(code, f"{text}{req_id}")
        self.table.end((client, req_id))

    def _ended(self, subscription: S) -> None:
        self._market.unwatch(subscription.instrument, subscription.on_quote)
        self._lines.release(subscription.instrument)
