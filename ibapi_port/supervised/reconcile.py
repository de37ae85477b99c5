"""What became of the orders in a gap: three lists of TWS's are asked for, and each order is found
in one of them, or in none.

An order is lost only if all three were answered, and were asked for long enough after the gap
began: TWS may read bytes of the old connection late. It is pure: who uses it holds a lock.
"""

from __future__ import annotations

import enum
from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from .orders import OVER, Key, Order, Orders, Terms, decimal, terms_of

LISTS = ("open orders", "executions", "completed orders")
OPEN, EXECUTIONS, COMPLETED = LISTS


class Fate(enum.Enum):
    """What became of an order."""

    WORKING = "working"
    FILLED = "filled"
    DONE = "done"  # cancelled, rejected or expired
    LOST = "lost"  # TWS does not know it
    UNKNOWN = "unknown"  # a list was not answered, or does not reach back far enough
    NEVER_SENT = "never sent"


class OrderReport(NamedTuple):
    """One order after a gap. `detail`: what is known beyond its fate, as text."""

    orderId: int
    clientId: int
    permId: int
    fate: Fate
    filled: Decimal
    remaining: Decimal
    parentId: int
    detail: str


@dataclass(frozen=True)
class Report:
    """What became of the orders in one gap, from `began` to `ended` (seconds since 1970).

    `unanswered`: the lists that TWS did not answer. `incomplete`: the gap reaches back beyond what
    TWS lists, so that an execution may be missing.
    """

    began: float
    ended: float
    orders: tuple[OrderReport, ...]
    unanswered: tuple[str, ...] = ()
    incomplete: bool = False

    def of(self, order_id: int) -> OrderReport | None:
        """Return the report of one order, None if there is none."""
        return next((each for each in self.orders if each.orderId == order_id), None)

    def by_fate(self, fate: Fate) -> tuple[OrderReport, ...]:
        """Return the orders with this fate."""
        return tuple(each for each in self.orders if each.fate is fate)


class _Completed(NamedTuple):
    perm_id: int
    status: str
    terms: Terms | None  # of those since the gap began: an order is looked for by them in no other
    filled: Decimal


class Reconciliation:
    """One gap, and what the lists say of it."""

    def __init__(
        self, orders: Orders, began: float, client_ids: Container[int], is_cut: bool = False
    ) -> None:
        """Of the orders those of these clients are looked for. `is_cut`: TWS's day has changed
        within the gap, so that its lists do not hold all.
        """
        self._orders = orders
        self._began = began
        self._is_cut = is_cut
        self._meant = {
            each.key: each
            for each in orders.all()
            # manual orders, which have no id of their own, are not this client's
            if not each.is_over and each.client_id in client_ids and each.order_id > 0
        }
        self._answered: set[str] = set()
        self._open: set[Key] = set()
        self._completed: list[_Completed] = []
        self._ended_in_gap: list[Order] = []

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The lists that are awaited."""
        return tuple(name for name in LISTS if name not in self._answered)

    def begin_again(self) -> None:
        """The lists are asked for once more."""
        self._answered.clear()
        self._open.clear()
        self._completed.clear()

    # --- the lists ---

    def open_order(self, key: Key) -> None:
        """An order is among those that are open."""
        self._open.add(key)

    def completed_order(self, contract: Any, order: Any, status: str, is_of_gap: bool) -> None:
        """An order is among those that are completed; `is_of_gap`: since the gap began, as far as
        its time can be read.
        """
        # of a whole day these may be thousands
        terms = terms_of(contract, order) if is_of_gap else None
        filled = decimal(order.filledQuantity)
        self._completed.append(_Completed(order.permId, status, terms, filled))

    def ended(self, name: str) -> None:
        """A list is whole."""
        self._answered.add(name)

    # --- what follows from them ---

    def has_lost(self) -> bool:
        """Return whether an order would be taken for lost."""
        return any(each.fate is Fate.LOST for each in self._reports())

    def report(self, now: float) -> Report:
        """Return what is known now, and take note of the orders that are over."""
        reports = self._reports()
        for each in reports:
            order = self._meant[each.clientId, each.orderId]
            if each.fate in (Fate.FILLED, Fate.DONE) and not order.is_over:
                order.status = "Filled" if each.fate is Fate.FILLED else each.detail or "Cancelled"
                self._ended_in_gap.append(order)
            if each.fate in (Fate.FILLED, Fate.DONE, Fate.LOST):
                order.is_over = True
        return Report(self._began, now, tuple(reports), self.unanswered, self._is_cut)

    def take_ended(self) -> list[Order]:
        """Return the orders that have ended in the gap, each once."""
        ended, self._ended_in_gap = self._ended_in_gap, []
        return ended

    def _reports(self) -> list[OrderReport]:
        known = self._orders.perm_ids()
        by_terms = [
            each for each in self._completed if each.terms is not None and each.perm_id not in known
        ]
        return [self._report(order, by_terms) for order in self._meant.values()]

    def _report(self, order: Order, by_terms: list[_Completed]) -> OrderReport:
        fate, detail = self._fate(order, by_terms)
        quantity = order.terms.quantity
        filled = quantity if fate is Fate.FILLED and quantity else order.filled
        return OrderReport(
            order.order_id,
            order.client_id,
            order.perm_id,
            fate,
            filled,
            max(quantity - filled, Decimal(0)),
            order.parent_id,
            detail,
        )

    def _fate(self, order: Order, by_terms: list[_Completed]) -> tuple[Fate, str]:
        if order.not_sent:
            return Fate.NEVER_SENT, order.not_sent
        quantity = order.terms.quantity
        if quantity and order.filled >= quantity:
            return Fate.FILLED, ""
        if order.key in self._open:
            return Fate.WORKING, order.status
        found = next((c for c in self._completed if c.perm_id and c.perm_id == order.perm_id), None)
        if found is None and not order.is_answered:
            # TWS tells no order id in this list. An order that never got an answer is known by its
            # terms alone.
            found = next((each for each in by_terms if each.terms == order.terms), None)
            if found is not None:
                by_terms.remove(found)
                order.perm_id = found.perm_id
        if found is not None:
            order.told_filled = max(found.filled, order.told_filled)
            is_filled = found.status == "Filled"
            return (Fate.FILLED, "") if is_filled else (Fate.DONE, found.status)
        if order.status in OVER:
            return (Fate.FILLED, "") if order.status == "Filled" else (Fate.DONE, order.status)
        if self._is_cut or self.unanswered:
            awaited = ", ".join(self.unanswered)
            return Fate.UNKNOWN, f"not answered: {awaited}" if awaited else "TWS's day has changed"
        return Fate.LOST, "TWS does not know it"


__all__ = [
    "COMPLETED",
    "EXECUTIONS",
    "LISTS",
    "OPEN",
    "Fate",
    "OrderReport",
    "Reconciliation",
    "Report",
]
