"""The life of orders: placed, held, sent to the exchange, modified, cancelled, filled.

An order is known by its client's id and its order id. It goes through these states; the word in brackets is what IB calls it:
kept (untransmitted), waiting for its parent, its conditions, its time or the market's hours (PreSubmitted), waiting for its trigger
(PreSubmitted), working (Submitted), then Filled, Cancelled or Inactive (refused), which is the end.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from ...const import UNSET_DECIMAL, UNSET_DOUBLE
from ...order import Order
from ..account.accounts import Accounts
from ..account.kinds import ZERO
from ..account.margins import Margins
from ..clock import Timers
from ..market.instruments import Instrument, Instruments
from ..market.quotes import Market, Quote
from ..peer import Refusal
from .adjusting import adjust
from .allocation import Allocator
from .conditions import Conditions
from .credit import Credit
from .exchange import Exchange, Ticket
from .executions import Executions
from .groups import Groups
from .hedges import hedge_size
from .holds import Holds, is_for_auction
from .knobs import Knobs
from .live import API_CANCELLED, CANCELLED, FILLED, INACTIVE, PENDING_CANCEL, PRE_SUBMITTED, SUBMITTED, Fill, LiveOrder, Share
from .order_types import Workshop, is_set, to_tick
from .pricing import at_limit
from .rules import IMMEDIATE, check, normal, quantity_for_cash
from .warnings import LOCATING, warnings

_FIRST_PERM_ID = 900_000_001
_REDUCE_NON_BLOCK = 3  # IB's ocaType of attached orders
_REJECTED = "Order rejected - reason:"
_LOOK = 1.0  # seconds between looks at conditions that no quote meets


class OrderEvents(Protocol):
    """Who is told what happens to orders."""

    def opened(self, live: LiveOrder) -> None:
        """The order was taken, was changed, or got another status."""

    def status(self, live: LiveOrder) -> None:
        """Only the status has changed."""

    def cancelled(self, live: LiveOrder, reason: str) -> None:
        """It works no longer."""

    def rejected(self, live: LiveOrder, text: str) -> None:
        """It was refused after it had been taken."""

    def warned(self, live: LiveOrder, code: int, text: str) -> None:
        """TWS has something to say about it; it works on."""

    def filled(self, live: LiveOrder, fills: Sequence[Fill]) -> None:
        """It was filled, whole or in part; the accounts have changed."""

    def previewed(self, live: LiveOrder) -> None:
        """What the order would do; it has not been placed."""

    def bound(self, live: LiveOrder) -> None:
        """A manual order has got an id of client 0."""


class OrderBook:
    """All orders of the accounts."""

    def __init__(
        self,
        market: Market,
        instruments: Instruments,
        accounts: Accounts,
        margins: Margins,
        executions: Executions,
        events: OrderEvents,
        timers: Timers,
        knobs: Knobs,
    ) -> None:
        self._market, self._events, self._timers, self._knobs, self._executions = market, events, timers, knobs, executions
        self._now = timers.clock.now
        self._allocator = Allocator(accounts, margins)
        self._credit = Credit(market, margins)
        self._conditions = Conditions(market, margins, instruments.by_con_id, executions.fills, self._now)
        self._holds = Holds(instruments.hours, self._conditions, knobs.hard_to_borrow, self._now)
        self._workshop = Workshop(market, instruments.by_con_id)
        self._exchange = Exchange(market, self._on_elected, self._on_fill, knobs.partial_fills)
        self._groups = Groups()
        self._orders: dict[tuple[int, int], LiveOrder] = {}
        self._by_perm_id: dict[int, LiveOrder] = {}
        self._conditional: dict[int, tuple[LiveOrder, list[Instrument]]] = {}  # by perm id, with what is followed
        self._highest: dict[int, int] = {}  # order id of each client
        self._manual_ids = itertools.count(-1, -1)
        self._perm_ids = itertools.count(_FIRST_PERM_ID)
        self._by_con_id = instruments.by_con_id
        self.auto_bind = False  # whether client 0 gets hold of manual orders as they come
        market.listen(self._on_quote)
        self._look = timers.every(_LOOK, self._look_at_conditions)
        self._look.cancel()

    def next_id(self, client_id: int) -> int:
        """IB's nextValidId."""
        return self._highest.get(client_id, 0) + 1

    def use_ids(self, client_id: int, highest: int) -> None:
        """Ids up to there count as used."""
        self._highest[client_id] = max(highest, self._highest.get(client_id, 0))

    def active(self, client_id: int | None = None) -> list[LiveOrder]:
        """The orders that are on their way, of one client or of all; those that are kept untransmitted are not told of."""
        return [live for live in self._undone() if live.transmitted and client_id in (None, live.order.clientId)]

    def completed(self) -> list[LiveOrder]:
        """Those that have come to their end, in that order."""
        return sorted((live for live in self._by_perm_id.values() if live.done), key=lambda live: live.completed_time)

    def find(self, order_id: int, client_id: int | None = None) -> LiveOrder:
        """An order, of that client or of any. ValueError: there is none, or there are several."""
        found = [live for live in self._orders.values() if live.order.orderId == order_id and client_id in (None, live.order.clientId)]
        if len(found) != 1:
            raise ValueError(f"there is no order {order_id}" if not found else f"several clients have an order {order_id}: say whose")
        return found[0]

    # --- what clients ask ---

    def place(self, client_id: int, order_id: int, instrument: Instrument, exchange: str, order: Order) -> None:
        """A new order, or a change to one that is under way. Refusal, Invalid: it is not taken."""
        known = self._orders.get((client_id, order_id))
        if known is not None and known.status == INACTIVE:
            known = None  # who was refused may try again
        elif known is None or known.done:
            self._refuse_used_id(known, client_id, order_id)
        elif known.instrument is not instrument or known.order.action != order.action:
            raise Refusal(105, "Order being modified does not match original order.")
        order = self._checked(order, instrument)
        if order.whatIf:
            self._events.previewed(self._new(client_id, order_id, instrument, exchange, order))
        elif known is not None:
            self._modify(known, order)
        else:
            live = self._new(client_id, order_id, instrument, exchange, order)
            self._keep(live)
            if order.transmit:
                self._transmit(live)

    def cancel(self, client_id: int, order_id: int) -> None:
        """Refusal: there is no such order, or it is done."""
        live = self._orders.get((client_id, order_id))
        if live is None:
            raise Refusal(10147, f"OrderId {order_id} that needs to be cancelled is not found.")
        if live.status in (PENDING_CANCEL, INACTIVE):
            raise Refusal(161, f"Cancel attempted when order is not in a cancellable state.  Order permId = {live.order.permId}")
        if live.done:
            raise Refusal(10148, f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {live.status}.")
        self._ask_to_cancel(live)

    def cancel_all(self) -> None:
        """Every client's orders."""
        for live in self._undone():
            if not live.done and live.status != PENDING_CANCEL:
                self._ask_to_cancel(live)

    def bind(self) -> None:
        """Client 0 gets hold of the manual orders that there are."""
        for live in self._undone():
            if live.hidden:
                live.hidden = False
                self._events.bound(live)

    # --- what scripts do ---

    def place_by_hand(self, instrument: Instrument, exchange: str, order: Order) -> LiveOrder:
        """An order that somebody enters in TWS: it belongs to client 0. Its id is negative, and hidden from clients until it is bound."""
        order = self._checked(order, instrument)
        live = self._new(0, next(self._manual_ids), instrument, exchange, order)
        live.hidden = not self.auto_bind
        self._keep(live)
        if self.auto_bind:
            self._events.bound(live)
        self._transmit(live)
        return live

    def fill(self, live: LiveOrder, price: Decimal, quantity: Decimal) -> None:
        """Fill so much of an order at that price, whatever the market says. ValueError: it is done, or not so much is left."""
        if live.done or not 0 < quantity <= live.remaining:
            raise ValueError(f"order {live.order.orderId} is {live.status}, {live.remaining} of it remain: {quantity} cannot be filled")
        live.transmitted = True
        self._fill_now(live, quantity, price)

    def reject(self, live: LiveOrder, text: str) -> None:
        """As a broker that refuses an order that it had taken. ValueError: it is done."""
        if live.done:
            raise ValueError(f"order {live.order.orderId} is {live.status}")
        self._refuse(live, text)

    def locate(self, symbol: str) -> None:
        """Shares for short sales of the symbol have been found."""
        self._holds.hard_to_borrow.pop(symbol, None)
        for live in self._undone():
            if live.locating:
                self._advance(live)

    def expire(self, instrument: Instrument) -> None:
        """The instrument is traded no longer."""
        for live in self._undone():
            if live.instrument is instrument:
                self._cancel(live)

    # --- steps: taking ---

    def _undone(self) -> list[LiveOrder]:
        return [live for live in self._by_perm_id.values() if not live.done]

    def _refuse_used_id(self, known: LiveOrder | None, client_id: int, order_id: int) -> None:
        if known is not None and known.status == FILLED:
            raise Refusal(104, "Cannot modify a filled order.")
        if order_id < self.next_id(client_id):
            raise Refusal(103, "Duplicate order id")

    def _checked(self, order: Order, instrument: Instrument) -> Order:
        """A copy that has passed the checks."""
        order = copy.copy(order)
        normal(order)
        price = self._market.quote(instrument)
        if is_set(Decimal(repr(order.cashQty))) and order.cashQty != UNSET_DOUBLE:
            order.totalQuantity = quantity_for_cash(order, instrument, price.ask if order.action == "BUY" else price.bid)
        check(order, instrument, self._now())
        self._conditions.check(order.conditions)
        return order

    def _new(self, client_id: int, order_id: int, instrument: Instrument, exchange: str, order: Order) -> LiveOrder:
        parent = None
        if order.parentId:
            parent = self._orders.get((client_id, order.parentId))
            if parent is None or (parent.done and parent.status != FILLED):
                raise Refusal(10006, "Missing parent order.")
        contract = instrument.contract(exchange)
        contract.right = contract.right or "?"  # what TWS writes there in its messages about orders
        shares = self._allocator.shares(order, instrument)
        order.clientId, order.orderId, order.permId = client_id, order_id, next(self._perm_ids)
        order.account = shares[0].account.code if len(shares) == 1 else order.account
        self._complete(order)
        if parent is not None and not order.ocaGroup and not order.hedgeType:  # of a parent's children one fill cancels the others
            order.ocaGroup, order.ocaType = str(parent.order.permId), _REDUCE_NON_BLOCK
        no_ticket = Ticket(order.permId, instrument, order.action == "BUY", ZERO, at_limit(ZERO))
        live = LiveOrder(instrument, contract, order, parent, no_ticket, shares)
        self._make_ticket(live)
        return live

    def _complete(self, order: Order) -> None:
        """What TWS fills in."""
        order.tif = order.tif or ("GTD" if order.goodTillDate else "DAY")
        order.usePriceMgmtAlgo = order.usePriceMgmtAlgo or False
        if order.hedgeType and order.totalQuantity == UNSET_DECIMAL:
            order.totalQuantity = ZERO
        order.lmtPrice = 0.0 if order.lmtPrice == UNSET_DOUBLE else order.lmtPrice
        order.auxPrice = 0.0 if order.auxPrice == UNSET_DOUBLE else order.auxPrice

    def _make_ticket(self, live: LiveOrder) -> None:
        """From the order as it stands."""
        order = live.order

        def on_move(level: Decimal, limit: Decimal | None) -> None:
            order.trailStopPrice = float(to_tick(live.instrument, level))
            if limit is not None:
                order.lmtPrice = float(to_tick(live.instrument, limit))

        terms, trigger = self._workshop.make(order, live.instrument, on_move)
        ticket = Ticket(order.permId, live.instrument, live.buys, live.remaining, terms, trigger)
        ticket.whole = order.allOrNone or order.tif == "FOK"
        ticket.smallest = Decimal(order.minQty) if 0 < order.minQty <= live.remaining else ZERO
        if order.adjustedOrderType not in ("", "None"):
            ticket.adjust = lambda quote: self._adjust(live, quote)
        live.ticket = ticket

    def _keep(self, live: LiveOrder) -> None:
        order = live.order
        self._orders[live.key] = self._by_perm_id[order.permId] = live
        self._highest[order.clientId] = max(order.orderId, self._highest.get(order.clientId, 0))
        self._groups.add(live)
        if live.parent is not None:
            live.parent.children.append(live)

    def _transmit(self, live: LiveOrder) -> None:
        """Send the order out; of a child also its parent and the parent's other children, if they were kept back."""
        family = [live] if live.parent is None else [live.parent, *live.parent.children]
        for each in family:
            if not (each.transmitted or each.done):
                each.transmitted = True
                self._submit(each)

    def _submit(self, live: LiveOrder) -> None:
        if self._knobs.check_margin and live.parent is None and (text := self._credit.refused(live)):
            self._refuse(live, text)
            return
        live.seen = len(self._executions.fills)
        self._set_end(live)
        if not live.waits_for_parent:
            self._size_hedge(live)
        self._warn(live)
        if live.order.conditions:
            self._watch(live)
        if self._knobs.order_delay and not live.waits_for_parent:
            live.status = PRE_SUBMITTED
            self._events.opened(live)
            live.wake = self._timers.call_later(self._knobs.order_delay, lambda: self._advance(live))
        else:
            self._advance(live)

    def _set_end(self, live: LiveOrder) -> None:
        if live.expiry is not None:
            live.expiry.cancel()
        end = self._holds.ends(live)
        live.expiry = None if math.isinf(end) else self._timers.call_later(max(0.0, end - self._now()), lambda: self._on_end(live))

    # --- steps: on the way ---

    def _advance(self, live: LiveOrder) -> None:
        """As far as the order can get: on hold, or to the exchange."""
        if live.done or live.status == PENDING_CANCEL:
            return
        if live.wake is not None:
            live.wake.cancel()
        hold = self._holds.of(live)
        if hold is not None:
            self._exchange.withdraw(live.ticket)
            live.released, live.status, live.locating = False, PRE_SUBMITTED, hold.warning is LOCATING
            self._events.opened(live)
            if hold.warning is not None and not live.warned:
                live.warned = True
                self._events.warned(live, *hold.warning)
            self._wake_at(live, hold.until)
        else:
            live.locating = False
            self._wake_at(live, self._holds.changes(live))
            if not live.released:
                self._release(live)

    def _wake_at(self, live: LiveOrder, when: float) -> None:
        live.wake = None if math.isinf(when) else self._timers.call_later(max(0.0, when - self._now()), lambda: self._advance(live))

    def _release(self, live: LiveOrder) -> None:
        """To the exchange."""
        live.released = True
        live.status = SUBMITTED if live.ticket.trigger is None else PRE_SUBMITTED
        self._events.opened(live)
        if is_for_auction(live):
            return
        self._exchange.enter(live.ticket)
        if live.order.tif in IMMEDIATE and not live.done:
            self._cancel(live)

    def _on_end(self, live: LiveOrder) -> None:
        """The order's time is over; of an auction order it has come."""
        live.expiry = None
        if live.done:
            return
        if is_for_auction(live) and (live.released or live.order.tif == "OPG") and not live.waits_for_parent:
            quote = self._market.quote(live.instrument)
            limit = live.ticket.terms.limit(quote)
            if not quote.halted and (limit is None or (quote.last <= limit if live.buys else quote.last >= limit)):
                self._fill_now(live, live.remaining, quote.last)
        if live.done:
            return
        if live.order.tif == "DTC":
            self._exchange.withdraw(live.ticket)
            self._finish(live, INACTIVE)
            self._events.opened(live)
        else:
            self._cancel(live)

    def _modify(self, live: LiveOrder, order: Order) -> None:
        old = live.order
        if order.totalQuantity <= live.filled:
            raise Refusal(201, f"{_REJECTED}The order quantity is not above the filled quantity.")
        shares = self._allocator.shares(order, live.instrument)
        changed = copy.copy(live)
        order.clientId, order.orderId, order.permId, order.parentId = old.clientId, old.orderId, old.permId, old.parentId
        order.account = shares[0].account.code if len(shares) == 1 else order.account
        self._complete(order)
        order.ocaGroup, order.ocaType = order.ocaGroup or old.ocaGroup, order.ocaType or old.ocaType
        changed.order, changed.shares = order, shares
        self._make_ticket(changed)
        if live.transmitted and self._knobs.check_margin and live.parent is None and (text := self._credit.refused(changed)):
            raise Refusal(201, f"{_REJECTED}{text}")
        self._exchange.withdraw(live.ticket)
        live.order, live.shares = order, shares
        self._make_ticket(live)
        self._groups.add(live)
        if live.transmitted:
            live.released = False
            self._set_end(live)
            self._unwatch(live)
            live.conditions_met = False
            if order.conditions:
                self._watch(live)
            self._advance(live)
        elif order.transmit:
            self._transmit(live)

    def _adjust(self, live: LiveOrder, quote: Quote) -> None:
        """An adjustable stop whose time has come is made into what it was to become."""
        if adjust(live.order, live.buys, quote):
            working = live.ticket
            self._make_ticket(live)
            working.terms, working.trigger, working.adjust = live.ticket.terms, live.ticket.trigger, None
            live.ticket = working
            self._events.opened(live)

    # --- steps: conditions ---

    def _watch(self, live: LiveOrder) -> None:
        """Look for what the order's conditions wait for, from now on."""
        found = [self._by_con_id(con_id) for con_id in sorted(self._conditions.watched(live))]
        instruments = [instrument for instrument in found if instrument is not None]
        for instrument in instruments:
            self._market.follow(instrument)
        self._conditional[live.order.permId] = live, instruments
        if self._look.cancelled:
            self._look = self._timers.every(_LOOK, self._look_at_conditions)
        live.conditions_met = self._holds.watches(live) and self._conditions.met(live) and not live.order.conditionsCancelOrder
        if live.conditions_met:
            self._unwatch(live)

    def _unwatch(self, live: LiveOrder) -> None:
        _, instruments = self._conditional.pop(live.order.permId, (live, []))
        for instrument in instruments:
            self._market.unfollow(instrument)
        if not self._conditional:
            self._look.cancel()

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        if self._conditional:
            for live, instruments in list(self._conditional.values()):
                if instrument in instruments:
                    self._try(live)

    def _look_at_conditions(self) -> None:
        for live, _ in list(self._conditional.values()):
            self._try(live)

    def _try(self, live: LiveOrder) -> None:
        if live.done or live.waits_for_parent or not (self._holds.watches(live) and self._conditions.met(live)):
            return
        self._unwatch(live)
        live.conditions_met = True
        if live.order.conditionsCancelOrder:
            self._ask_to_cancel(live)
        else:
            self._advance(live)

    # --- steps: the end ---

    def _finish(self, live: LiveOrder, status: str) -> None:
        live.status, live.completed_time = status, self._now()
        live.stop_timers()
        self._unwatch(live)

    def _refuse(self, live: LiveOrder, text: str) -> None:
        self._exchange.withdraw(live.ticket)
        self._finish(live, INACTIVE)
        self._events.rejected(live, text)
        for child in live.children:
            self._cancel(child)

    def _ask_to_cancel(self, live: LiveOrder) -> None:
        if self._knobs.cancel_delay and live.transmitted:
            live.status = PENDING_CANCEL
            self._events.status(live)
            self._timers.call_later(self._knobs.cancel_delay, lambda: self._cancel(live))
        else:
            self._cancel(live)

    def _cancel(self, live: LiveOrder, reason: str = "") -> None:
        if live.done:  # as a child of one that was cancelled before it
            return
        self._exchange.withdraw(live.ticket)
        self._finish(live, CANCELLED if live.transmitted else API_CANCELLED)
        self._events.cancelled(live, reason)
        for child in live.children:
            self._cancel(child)

    # --- what the exchange tells ---

    def _on_elected(self, ticket: Ticket) -> None:
        live = self._by_perm_id[ticket.perm_id]
        if live.status != PENDING_CANCEL:
            live.status = SUBMITTED
        self._events.opened(live)

    def _fill_now(self, live: LiveOrder, quantity: Decimal, price: Decimal) -> None:
        live.ticket.remaining -= quantity
        if not live.ticket.remaining:
            self._exchange.withdraw(live.ticket)
        self._on_fill(live.ticket, quantity, price)

    def _on_fill(self, ticket: Ticket, quantity: Decimal, price: Decimal) -> None:
        live = self._by_perm_id[ticket.perm_id]
        before = live.remaining
        live.filled, live.spent, live.last_price = live.filled + quantity, live.spent + quantity * price, price
        if live.order.orderType == "MTL" and live.remaining:
            ticket.terms = at_limit(price)
        if not live.remaining:
            self._finish(live, FILLED)
        elif live.status != PENDING_CANCEL:
            live.status = SUBMITTED
        self._events.filled(live, self._executions.of_order(live, quantity, price))
        if live.done:
            for child in live.children:
                if child.transmitted and not child.done:
                    if self._size_hedge(child):
                        self._warn(child)
                    self._advance(child)
        for other, left in self._groups.after_fill(live, quantity, before):
            self._reduce(other, left)

    def _size_hedge(self, live: LiveOrder) -> bool:
        """Its parent has filled. Whether the order is a hedge that has got its size by that."""
        if not live.order.hedgeType or live.order.totalQuantity:
            return False
        live.order.totalQuantity = hedge_size(live, self._market, self._now())
        live.shares = [Share(live.shares[0].account, live.order.totalQuantity)]
        live.ticket.remaining = live.order.totalQuantity
        if not live.order.totalQuantity:
            self._cancel(live)
        return not live.done

    def _warn(self, live: LiveOrder) -> None:
        if live.order.totalQuantity:
            for code, text in warnings(live.order, live.instrument):
                self._events.warned(live, code, text)

    def _reduce(self, live: LiveOrder, left: Decimal) -> None:
        """Another of its OCA group has filled."""
        if not left:
            self._cancel(live)
        elif left != live.remaining:
            live.order.totalQuantity = live.filled + left
            live.ticket.remaining = left
            if live.transmitted:
                self._events.opened(live)
