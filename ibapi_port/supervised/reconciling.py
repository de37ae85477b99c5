"""Asks TWS for the three lists by which orders are found after a gap, and tells the result."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from .._zones import zone_named
from ..execution import ExecutionFilter
from .inbound import OWN_ID
from .orders import Key, Order
from .reconcile import COMPLETED, EXECUTIONS, OPEN, Reconciliation, Report
from .restoring import LIST_RANK
from .shared import Shared

logger = logging.getLogger("ibapi_port.supervised")

_LISTS = {
    "reqOpenOrders": OPEN,
    "reqAllOpenOrders": OPEN,
    "reqExecutions": EXECUTIONS,
    "reqCompletedOrders": COMPLETED,
}
_ZONE = zone_named("America/New_York")


class Reconciling:
    """What is under way of it. `told` gets each report, `ended` the orders that have ended in the
    gap; both are called in the thread that processes messages, or in the repeater's.
    """

    def __init__(
        self, shared: Shared, told: Callable[[Report], None], ended: Callable[[Order], None]
    ) -> None:
        self._books, self._line, self._repeater, self._policy, self._clock = shared
        self._told = told
        self._ended = ended
        self._at_hand: Reconciliation | None = None
        self._began: float | None = None  # of the gap that is not reconciled yet
        self._lost_at = self._clock.monotonic()
        self._has_begun = False
        self.is_home = True  # the client id is the one that the orders belong to

    @property
    def is_running(self) -> bool:
        """Whether there was a gap, and what became of the orders is not all known yet."""
        return self._began is not None

    def gap_begins(self) -> None:
        """The connection, or TWS's line to IB, was lost. What follows belongs to the same gap until
        it is reconciled.
        """
        with self._books.lock:
            if self._began is None:
                self._began = self._clock.time()
                self._lost_at = self._clock.monotonic()

    def begin(self) -> None:
        """Ask for the lists; at the first connection only for executions, which are older than the
        program's time.
        """
        number = self._line.number
        if self._has_begun:
            self.gap_begins()  # TWS may tell of an end without having told of the beginning
        self._has_begun = True
        with self._books.lock:
            began = self._began
            if began is not None:
                self._at_hand = Reconciliation(
                    self._books.orders, began, self._books.client_ids, self._is_cut(began)
                )
            at_hand = self._at_hand
        if at_hand is None:
            self._ask(number, "reqExecutions", self._filter())
        else:
            self._ask_all(number, at_hand)

    def _is_cut(self, began: float) -> bool:
        """Return whether TWS's day has changed since then: it lists what is of the day."""
        return _day(began) != _day(self._clock.time())

    def _filter(self) -> ExecutionFilter:
        made = ExecutionFilter()
        if self._books.client_ids == {self._books.orders.client_id} and not self._books.hears_all:
            made.clientId = self._books.orders.client_id
        return made

    def _ask_all(self, number: int, at_hand: Reconciliation) -> None:
        is_alone = self.is_home and self._books.client_ids == {self._books.orders.client_id}
        all_clients = not is_alone or self._books.orders.client_id == 0
        self._ask(number, "reqAllOpenOrders" if all_clients else "reqOpenOrders")
        self._ask(number, "reqExecutions", self._filter())
        self._ask(number, "reqCompletedOrders", True)
        self._repeater.add(lambda: self._late(number, at_hand), after=self._policy.list_timeout)

    def _ask(self, number: int, request: str, *arguments: Any) -> None:
        def job() -> None:
            key = OWN_ID if request == "reqExecutions" else None
            with self._books.lock:
                if number != self._line.number:
                    return
                self._books.registry.ask(request, key)
            values = arguments if key is None else (key, *arguments)
            wrong = self._line.send(number, request, values, False)
            if wrong:
                logger.warning("the server does not answer %s: %s", request, wrong)

        self._repeater.add(job, LIST_RANK)

    # --- in the thread that processes messages ---

    def open_order(self, key: Key) -> None:
        """An open order was told of."""
        with self._books.lock:
            if self._at_hand is not None:
                self._at_hand.open_order(key)

    def completed_order(self, contract: Any, order: Any, state: Any) -> None:
        """A completed order was told of."""
        with self._books.lock:
            if self._at_hand is not None:
                is_of_gap = self._is_of_gap(getattr(state, "completedTime", ""))
                self._at_hand.completed_order(contract, order, state.status, is_of_gap)

    def _is_of_gap(self, text: str) -> bool:
        """Return whether TWS's time lies within the gap, or close before it; True if it cannot be
        read.
        """
        parts = str(text).split()
        if self._began is None or len(parts) < 2:
            return True
        try:
            local = datetime.strptime(f"{parts[0]} {parts[1]}", "%Y%m%d %H:%M:%S")
            zone = zone_named(parts[2]) if len(parts) > 2 else _ZONE
        except ValueError:
            return True
        return local.replace(tzinfo=zone).timestamp() >= self._began - _CLOSE

    def list_ended(self, request: str) -> None:
        """An answer to a question of the supervisor's is whole."""
        name = _LISTS.get(request)
        if name is None:
            return
        with self._books.lock:
            if name == EXECUTIONS:
                self._books.executions.list_ended()
            at_hand = self._at_hand
            if at_hand is None:
                return
            at_hand.ended(name)
            is_whole = not at_hand.unanswered
        if is_whole:
            self._whole(at_hand)

    def _whole(self, at_hand: Reconciliation) -> None:
        """All lists have come. Before an order is taken for lost they are asked for once more,
        where they came soon after the loss: TWS may read bytes of the old connection late.
        """
        number = self._line.number
        left = self._lost_at + self._policy.lost_after - self._clock.monotonic()
        with self._books.lock:
            again = at_hand.has_lost() and left > 0
            if again:
                at_hand.begin_again()
        if again:
            self._repeater.add(lambda: self._ask_again(number, at_hand), after=left)
        else:
            self._finish(at_hand)

    def _ask_again(self, number: int, at_hand: Reconciliation) -> None:
        if self._at_hand is at_hand and number == self._line.number:
            self._ask_all(number, at_hand)

    def _late(self, number: int, at_hand: Reconciliation) -> None:
        """A list was not answered in time: what is known is told; the rest is unknown."""
        if self._at_hand is not at_hand or number != self._line.number:
            return
        with self._books.lock:
            if not at_hand.unanswered:
                return
        self._report(at_hand)

    def _finish(self, at_hand: Reconciliation) -> None:
        with self._books.lock:
            if self._at_hand is not at_hand:
                return
            self._at_hand = self._began = None
        self._report(at_hand)
        with self._books.lock:
            self._books.orders.forget_not_sent()

    def _report(self, at_hand: Reconciliation) -> None:
        with self._books.lock:
            report = at_hand.report(self._clock.time())
            ended = at_hand.take_ended()
        if self._policy.tell_ends:
            for order in ended:
                self._ended(order)
        self._told(report)


_CLOSE = 300.0  # seconds by which TWS's clock may differ from ours


def _day(moment: float) -> object:
    return datetime.fromtimestamp(moment, timezone.utc).astimezone(_ZONE).date()


__all__ = ["Reconciling"]
