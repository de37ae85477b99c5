"""The orders of one client: which were sent, what TWS has said of each, and which are uncertain.

It is pure: who uses it holds a lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from ..error_codes import lookup
from ..protocol.schema.conversations import is_warning
from .executions import split

OVER = frozenset({"Filled", "Cancelled", "ApiCancelled", "Inactive"})
ZERO = Decimal(0)
MOST = 10_000  # orders that are over and are kept
Key = tuple[int, int]  # client id and order id


class Terms(NamedTuple):
    """What an order says, as far as orders are told apart by it."""

    symbol: str = ""
    security: str = ""
    action: str = ""
    quantity: Decimal = ZERO
    kind: str = ""
    limit: str = ""
    ref: str = ""


def decimal(value: Any) -> Decimal:
    """Return a number as a Decimal; 0 if it is none, or not set."""
    try:
        made = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return ZERO
    return made if made.is_finite() and abs(made) < Decimal("1e30") else ZERO


def terms_of(contract: Any, order: Any) -> Terms:
    """Return the terms of an order, in either form (IB's classes, or Protocol Buffers)."""
    return Terms(
        str(getattr(contract, "symbol", "")),
        str(getattr(contract, "secType", "")),
        str(getattr(order, "action", "")),
        decimal(getattr(order, "totalQuantity", 0)),  # equal and hashed alike as 10 and 1E+1
        str(getattr(order, "orderType", "")),
        f"{decimal(getattr(order, 'lmtPrice', 0)).normalize():f}",
        str(getattr(order, "orderRef", "")),
    )


class Before(NamedTuple):
    """What a change of an order has changed here."""

    terms: Terms
    parent_id: int
    sent_on: int | None
    is_changing: bool


@dataclass
class Order:
    """One order, as far as it is known."""

    client_id: int
    order_id: int
    terms: Terms = field(default_factory=Terms)
    parent_id: int = 0
    perm_id: int = 0
    status: str = ""  # the last orderStatus; "" before the first one
    sent_on: int | None = None  # the connection on which this program has sent it
    is_answered: bool = False  # TWS has said something of it
    is_changing: bool = False  # a change or a cancel was sent and not answered
    is_over: bool = False
    not_sent: str = ""  # why it was never sent
    told_filled: Decimal = ZERO
    average: float = 0.0
    last_price: float = 0.0
    fills: dict[str, tuple[Decimal, float]] = field(default_factory=dict)
    before: Before | None = None  # the last sending, where that was a change
    revisions: dict[str, int] = field(default_factory=dict)  # of each fill, the newest

    @property
    def key(self) -> Key:
        return self.client_id, self.order_id

    @property
    def filled(self) -> Decimal:
        """How much was executed: the status or the sum of the fills, whichever knows more."""
        return max(sum((shares for shares, _ in self.fills.values()), ZERO), self.told_filled)

    @property
    def average_price(self) -> float:
        """The price of what was executed."""
        done = sum((shares for shares, _ in self.fills.values()), ZERO)
        if not done or done < self.told_filled:
            return self.average
        return float(sum(s * Decimal(str(p)) for s, p in self.fills.values()) / done)

    @property
    def is_uncertain(self) -> bool:
        """Whether its bytes, or those of a change, may or may not have reached TWS."""
        return (
            self.sent_on is not None
            and not self.not_sent
            and not self.is_over
            and (not self.is_answered or self.is_changing)
        )


class Orders:
    """All orders that were sent, or that TWS has told of."""

    def __init__(self) -> None:
        self._known: dict[Key, Order] = {}
        self.client_id = 0
        self.most = MOST
        self._prune_at = 0  # no sooner than there are so many orders again

    def get(self, order_id: int, client_id: int | None = None) -> Order | None:
        """Return an order, by its ids; None if it is not known."""
        return self._known.get((self.client_id if client_id is None else client_id, order_id))

    def all(self) -> list[Order]:
        """Return all orders, the oldest first."""
        return list(self._known.values())

    def open(self) -> list[Order]:
        """Return those that are not over, and were sent."""
        return [each for each in self._known.values() if not each.is_over and not each.not_sent]

    def uncertain(self) -> list[Order]:
        """Return those whose bytes may or may not have reached TWS."""
        return [each for each in self._known.values() if each.is_uncertain]

    def perm_ids(self) -> set[int]:
        """Return the permIds of the orders that are known."""
        return {each.perm_id for each in self._known.values()}

    def _make(self, client_id: int, order_id: int) -> Order:
        key = client_id, order_id
        if key not in self._known:
            self._prune()
            self._known[key] = Order(client_id, order_id)
        return self._known[key]

    def _prune(self) -> None:
        """Forget the oldest orders that are over, where there are very many: some at a time, as all
        have to be looked at.
        """
        if len(self._known) < max(self.most, self._prune_at):
            return
        over = [key for key, each in self._known.items() if each.is_over]
        for key in over[: len(over) - self.most + self.most // 10 + 1]:
            del self._known[key]
        self._prune_at = len(self._known) + self.most // 10 + 1

    # --- the program's side ---

    def sent(self, order_id: int, contract: Any, order: Any, connection: int) -> None:
        """An order, or a change of one, is about to be sent."""
        known = self.get(order_id)
        if known is not None and not known.is_over and not known.not_sent:
            known.before = Before(known.terms, known.parent_id, known.sent_on, known.is_changing)
            known.is_changing = True
        else:
            self._prune()
            known = Order(self.client_id, order_id)
            self._known.pop(known.key, None)
            self._known[known.key] = known
        known.terms = terms_of(contract, order)
        known.parent_id = int(getattr(order, "parentId", 0) or 0)
        known.perm_id = known.perm_id or int(getattr(order, "permId", 0) or 0)
        known.sent_on = connection
        known.not_sent = ""

    def take_back(self, order_id: int) -> None:
        """An order, or a change of one, was not sent after all."""
        known = self.get(order_id)
        if known is None:
            return
        before = known.before
        if before is not None:  # what was sent before it is out all the same
            known.terms, known.parent_id, known.sent_on = before[:3]
            known.is_changing = known.is_changing and before.is_changing
        elif known.is_answered:
            known.is_changing = False
        else:
            del self._known[known.key]

    def cancelled(self, order_id: int) -> None:
        """A cancel is about to be sent."""
        known = self.get(order_id)
        if known is not None:
            known.is_changing = True

    def not_sent(self, order_id: int, contract: Any, order: Any, why: str) -> None:
        """An order was not sent, for sure. What is known of this id by an earlier try, or of a
        change that went out before, stays as uncertain as it was.
        """
        known = self.get(order_id)
        is_lost = known is not None and known.is_over and not known.is_answered
        if known is not None and not known.not_sent and not is_lost:
            return
        known = Order(self.client_id, order_id, terms_of(contract, order), not_sent=why)
        known.parent_id = int(getattr(order, "parentId", 0) or 0)
        self._known[known.key] = known

    def forget_not_sent(self) -> None:
        """Drop the orders that were never sent: they were reported."""
        for key in [key for key, each in self._known.items() if each.not_sent]:
            del self._known[key]

    # --- TWS's side ---

    def open_order(self, order_id: int, contract: Any, order: Any, status: str) -> Order:
        """TWS tells of an open order."""
        known = self._make(order.clientId, order_id)
        known.terms = terms_of(contract, order)
        known.parent_id = order.parentId or known.parent_id
        self._answered(known, order.permId)
        known.status = status or known.status
        if status and status not in OVER:
            known.is_over = False
        # It is over by its orderStatus only, which follows, and may be lost.
        return known

    def status(
        self,
        client_id: int,
        order_id: int,
        status: str,
        filled: Any,
        average: float,
        perm_id: int,
        last: float,
    ) -> Order:
        """TWS tells the status of an order."""
        known = self._make(client_id, order_id)
        self._answered(known, perm_id)
        known.status = status
        known.is_over = status in OVER
        known.told_filled = max(decimal(filled), known.told_filled)
        known.average, known.last_price = average, last
        return known

    def execution(self, execution: Any) -> Order | None:
        """TWS tells of an execution. Return its order; None if it is not known."""
        known = self._known.get((execution.clientId, execution.orderId))
        if known is None:
            return None
        self._answered(known, execution.permId)
        base, revision = split(execution.execId)
        if revision >= known.revisions.get(base, 0):  # a list may hold the one that was corrected
            known.revisions[base] = revision
            known.fills[base] = (decimal(execution.shares), execution.price)
        known.last_price = execution.price
        return known

    def failed(self, order_id: int, code: int, text: str) -> None:
        """TWS has an error for an order."""
        known = self.get(order_id)
        if known is None:
            return
        advice = lookup(code, text)
        if is_warning(code) or (advice is not None and advice.is_warning):
            return
        # An order that TWS has told of before gets a status if it is over; a new one is over now.
        known.is_over = known.is_over or not known.is_answered
        known.is_answered = True
        known.is_changing = False

    @staticmethod
    def _answered(known: Order, perm_id: int) -> None:
        known.is_answered = True
        known.is_changing = False
        known.not_sent = ""
        known.perm_id = perm_id or known.perm_id


def ids(orders: Iterable[Order]) -> tuple[int, ...]:
    """Return the order ids of some orders."""
    return tuple(each.order_id for each in orders)


__all__ = ["OVER", "ZERO", "Key", "Order", "Orders", "Terms", "decimal", "ids", "terms_of"]
