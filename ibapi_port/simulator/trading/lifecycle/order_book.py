"""The life of orders: placed, held, sent to the exchange, modified, cancelled, filled.

An order is known by its client's id and its order id. It goes through these states; the word in
brackets is what IB calls it: kept (untransmitted), waiting for its parent, its conditions, its time
or the market's hours (PreSubmitted), waiting for its trigger (PreSubmitted), working (Submitted),
then Filled, Cancelled or Inactive (refused), which is the end.
"""

from __future__ import annotations

import itertools
from decimal import Decimal

from ....order import Order
from ...errors import Invalid, Refusal
from ...market.instruments import Instrument
from ..live import CANCELLED, FILLED, INACTIVE, PENDING_CANCEL, LiveOrder
from .environment import OrderEnvironment
from .lifecycle import OrderLifecycle

_REJECTED = "Order rejected - reason:"


class OrderBook:
    """All orders of the accounts."""

    def __init__(self, environment: OrderEnvironment) -> None:
        self._events = environment.events
        self._executions = environment.executions
        self._behaviour = environment.behaviour
        self._buying_power = environment.buying_power
        self._factory = environment.factory
        self._lifecycle = OrderLifecycle(environment)
        self._orders: dict[tuple[int, int], LiveOrder] = {}
        self._all: list[LiveOrder] = []
        self._open: list[LiveOrder] = []  # of all those that were not done when they were last seen
        self._highest: dict[int, int] = {}  # order id of each client
        self._manual_ids = itertools.count(-1, -1)
        self.auto_bind = False  # whether client 0 gets hold of manual orders as they come

    def next_id(self, client_id: int) -> int:
        """Return IB's nextValidId."""
        return self._highest.get(client_id, 0) + 1

    def active(self, client_id: int | None = None) -> list[LiveOrder]:
        """Return the orders that are on their way, of one client or of all; those that are kept
        untransmitted are left out.
        """
        return [
            live
            for live in self._undone()
            if live.transmitted and client_id in (None, live.order.clientId)
        ]

    def completed(self) -> list[LiveOrder]:
        """Return the orders that have come to their end, in the order of their ends."""
        return sorted(
            (live for live in self._all if live.done), key=lambda live: live.completed_time
        )

    def find(self, order_id: int, client_id: int | None = None) -> LiveOrder:
        """Return an order, of that client or of any. ValueError: there is none, or there are
        several.
        """
        found = [
            live
            for live in self._orders.values()
            if live.order.orderId == order_id and client_id in (None, live.order.clientId)
        ]
        if len(found) != 1:
            raise ValueError(
                f"there is no order {order_id}"
                if not found
                else f"several clients have an order {order_id}: say whose"
            )
        return found[0]

    # --- what clients ask ---

    def place(
        self, client_id: int, order_id: int, instrument: Instrument, exchange: str, order: Order
    ) -> None:
        """Place a new order, or change one that is under way. Refusal, Invalid: it is not taken."""
        known = self._orders.get((client_id, order_id))
        if known is not None and known.status == INACTIVE:
            known = None  # who was refused may try again
        elif known is None or known.done or known.status == PENDING_CANCEL:
            self._refuse_used_id(known, client_id, order_id)
        elif known.instrument is not instrument or known.order.action != order.action:
            raise Refusal(105, "Order being modified does not match original order.")
        elif known.transmitted and not known.answered:
            self._refuse_too_early(order)
        if known is not None and known.transmitted and not self._behaviour.tif_changes:
            _refuse_other_tif(known, order)
        order = self._factory.checked(order_id, order, instrument)
        if order.whatIf:
            self._events.previewed(self._new(client_id, order_id, instrument, exchange, order))
        elif known is not None:
            self._modify(known, order)
        else:
            live = self._new(client_id, order_id, instrument, exchange, order)
            self._keep(live)
            if order.transmit:
                self._transmit(live)

    def discard(
        self,
        client_id: int,
        order_id: int,
        instrument: Instrument,
        exchange: str,
        order: Order,
        code: int,
    ) -> None:
        """Refuse an order that TWS's precautions do not let pass, with `code`: its id is used, and
        there is no such order. Refusal, Invalid: it is not even looked at.
        """
        self._refuse_used_id(self._orders.get((client_id, order_id)), client_id, order_id)
        order = self._factory.checked(order_id, order, instrument)
        live = self._new(client_id, order_id, instrument, exchange, order)
        self._highest[client_id] = max(order_id, self._highest.get(client_id, 0))
        self._events.warned(
            live,
            code,
            f"This order will be directly routed to {exchange}.\nRestriction is specified in "
            "Precautionary Settings of Global Configuration/API.",
        )
        live.status = CANCELLED
        self._events.status(live)
        self._events.warned(live, 201, f"{_REJECTED}Order was discarded.")

    def cancel(self, client_id: int, order_id: int) -> None:
        """Cancel a client's order. Refusal: there is no such order, or it is done."""
        live = self._orders.get((client_id, order_id))
        if live is None:
            raise Refusal(10147, f"OrderId {order_id} that needs to be cancelled is not found.")
        if live.status in (PENDING_CANCEL, INACTIVE):
            raise Refusal(
                161,
                "Cancel attempted when order is not in a cancellable state.  "
                f"Order permId = {live.order.permId}",
            )
        if live.done:
            raise Refusal(
                10148,
                f"OrderId {order_id} that needs to be cancelled cannot be cancelled, "
                f"state: {live.status}.",
            )
        self._lifecycle.request_cancel(live)

    def line_is_back(self) -> None:
        """Go on with what was asked for while the line to IB was down."""
        self._lifecycle.line_is_back()

    def cancel_all(self) -> None:
        """Cancel every client's orders."""
        for live in self._undone():
            if not live.done and live.status != PENDING_CANCEL:
                self._lifecycle.request_cancel(live)

    def bind(self) -> None:
        """Give client 0 the manual orders that there are."""
        for live in self._undone():
            if live.hidden:
                live.hidden = False
                self._events.bound(live)

    # --- what scripts do ---

    def place_by_hand(self, instrument: Instrument, exchange: str, order: Order) -> LiveOrder:
        """Place an order that somebody enters in TWS: it belongs to client 0. Its id is negative,
        and hidden from clients until it is bound.
        """
        order_id = next(self._manual_ids)
        order = self._factory.checked(order_id, order, instrument)
        live = self._new(0, order_id, instrument, exchange, order)
        live.hidden = not self.auto_bind
        self._keep(live)
        if self.auto_bind:
            self._events.bound(live)
        self._transmit(live)
        return live

    def fill(self, live: LiveOrder, price: Decimal, quantity: Decimal) -> None:
        """Fill so much of an order at that price, whatever the market says. ValueError: it is done,
        or not so much is left.
        """
        if live.done or not 0 < quantity <= live.remaining:
            raise ValueError(
                f"order {live.order.orderId} is {live.status}, {live.remaining} of it remain: "
                f"{quantity} cannot be filled"
            )
        if not self._executions.can_book(live.instrument, price):
            raise ValueError(
                f"{price} cannot be a price of that combination: "
                "one of its legs would have one below 0"
            )
        live.transmitted = True
        self._lifecycle.fill(live, quantity, price)

    def reject(self, live: LiveOrder, text: str) -> None:
        """Refuse an order, as a broker that had taken it. ValueError: it is done."""
        if live.done:
            raise ValueError(f"order {live.order.orderId} is {live.status}")
        self._lifecycle.refuse(live, text)

    def locate(self, symbol: str) -> None:
        """Find shares for short sales of the symbol: orders that wait for them go on."""
        self._lifecycle.release_rules.hard_to_borrow.pop(symbol, None)
        for live in self._undone():
            if live.locating:
                self._lifecycle.advance(live)

    def expire(self, instrument: Instrument) -> None:
        """Cancel the orders of an instrument that is traded no longer."""
        for live in self._undone():
            if live.instrument is instrument:
                self._lifecycle.cancel(live)

    def drop_done(self, before: float) -> None:
        """Drop the orders that were done by then, unless others wait for them."""
        old = [
            live
            for live in self._all
            if live.done
            and live.completed_time < before
            and all(each.done for each in live.children)
        ]
        gone = {live.order.permId for live in old}
        self._undone()  # what is done stays in the list of the open ones no longer
        self._all = [live for live in self._all if live.order.permId not in gone]
        for live in old:
            if self._orders.get(live.key) is live:
                del self._orders[live.key]
            self._lifecycle.remove(live)

    # --- steps ---

    def _undone(self) -> list[LiveOrder]:
        """Return the orders that have not come to their end, in the order of their coming."""
        self._open = [live for live in self._open if not live.done]  # what is done stays so
        return list(self._open)

    def _refuse_used_id(self, known: LiveOrder | None, client_id: int, order_id: int) -> None:
        if known is not None and known.status in (FILLED, CANCELLED, PENDING_CANCEL):
            raise Refusal(104, "Cannot modify a filled order.")
        if order_id < self.next_id(client_id):
            raise Refusal(103, "Duplicate order id")

    def _refuse_too_early(self, order: Order) -> None:
        """Refuse to change an order that TWS has not answered yet."""
        if order.whatIf:
            raise Refusal(103, "Duplicate order id")
        raise Refusal(2102, "Unable to modify this order as it is still being processed.")

    def _new(
        self, client_id: int, order_id: int, instrument: Instrument, exchange: str, order: Order
    ) -> LiveOrder:
        parent = None
        if order.parentId:
            parent = self._orders.get((client_id, order.parentId))
            if parent is None or (parent.done and parent.status != FILLED):
                raise Invalid(f"Can't find order with id = {order.parentId}")
        return self._factory.make(client_id, order_id, instrument, exchange, order, parent)

    def _keep(self, live: LiveOrder) -> None:
        order = live.order
        self._orders[live.key] = live
        self._all.append(live)
        self._open.append(live)
        self._highest[order.clientId] = max(order.orderId, self._highest.get(order.clientId, 0))
        self._lifecycle.register(live)
        if live.parent is not None:
            live.parent.children.append(live)

    def _transmit(self, live: LiveOrder) -> None:
        """Send the order out; of a child also its parent and the parent's other children, if they
        were kept back.
        """
        family = [live] if live.parent is None else [live.parent, *live.parent.children]
        for each in family:
            if not (each.transmitted or each.done):
                each.transmitted = True
                self._lifecycle.submit(each)

    def _modify(self, live: LiveOrder, order: Order) -> None:
        if order.totalQuantity <= live.filled:
            raise Refusal(201, f"{_REJECTED}The order quantity is not above the filled quantity.")
        changed = self._factory.change(live, order)
        if (
            live.transmitted
            and self._behaviour.check_margin
            and live.parent is None
            and (text := self._buying_power.refused(changed))
        ):
            raise Refusal(201, f"{_REJECTED}{text}")
        self._lifecycle.withdraw(live)
        live.order = changed.order
        live.modified = True
        live.shares = changed.shares
        self._factory.renew_ticket(live)
        if live.transmitted:
            self._lifecycle.changed(live)
            return
        self._lifecycle.register(live)
        if order.transmit:
            self._transmit(live)


def _refuse_other_tif(known: LiveOrder, order: Order) -> None:
    """Refuse a change of an order's time in force."""
    wanted = order.tif or ("GTD" if order.goodTillDate else "DAY")
    if wanted != known.order.tif:
        raise Refusal(462, f"Order modify failed. Cannot change to the new Time in Force.{wanted}")
