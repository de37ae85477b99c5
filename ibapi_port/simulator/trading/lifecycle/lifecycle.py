"""The way of an order after it was taken: held, sent to the exchange, filled, cancelled,
expired.
"""

from __future__ import annotations

import math
from decimal import Decimal

from ...market.quotes.market import Quote
from ..live import (
    API_CANCELLED,
    CANCELLED,
    FILLED,
    INACTIVE,
    PENDING_CANCEL,
    PRE_SUBMITTED,
    SUBMITTED,
    LiveOrder,
    Share,
)
from ..matching.exchange import Exchange, Ticket
from ..matching.terms import at_limit
from ..matching.terms_factory import adjust
from ..validation.rules import IMMEDIATE
from .condition_watch import ConditionWatch
from .environment import OrderEnvironment
from .linked_orders import Groups, hedge_size
from .release_rules import LOCATING, ReleaseRules, is_for_auction, warnings

_BY_SYSTEM = "Cancelled by System:\n"  # IB's completedStatus


class OrderLifecycle:
    """Moves orders from one state to the next, and reports it. It knows an order from `register`
    on.
    """

    def __init__(self, environment: OrderEnvironment) -> None:
        market, instruments = environment.market, environment.instruments
        conditions, timers = environment.conditions, environment.timers
        behaviour = environment.behaviour
        self._market = market
        self._factory = environment.factory
        self._buying_power = environment.buying_power
        self._executions = environment.executions
        self._events = environment.events
        self._timers = timers
        self._behaviour = behaviour
        self._now = timers.clock.now
        self.release_rules = ReleaseRules(
            instruments.hours, conditions, behaviour.hard_to_borrow, self._now
        )
        self._exchange = Exchange(market, self._on_elected, self._on_fill, behaviour.partial_fills)
        self._watch = ConditionWatch(
            market, instruments.by_con_id, conditions, self.release_rules, timers, self._on_met
        )
        self._groups = Groups()
        self._by_perm_id: dict[int, LiveOrder] = {}

    def register(self, live: LiveOrder) -> None:
        """Take in a new order, or one that was changed."""
        self._by_perm_id[live.order.permId] = live
        self._groups.add(live)
        live.ticket.adjust = (
            (lambda quote: self._adjust(live, quote))
            if live.order.adjustedOrderType not in ("", "None")
            else None
        )

    def remove(self, live: LiveOrder) -> None:
        """Drop an order that has been done for long."""
        del self._by_perm_id[live.order.permId]
        self._groups.remove(live)

    def submit(self, live: LiveOrder) -> None:
        """Take an order out of the client's hands."""
        if (
            self._behaviour.check_margin
            and live.parent is None
            and (text := self._buying_power.refused(live))
        ):
            self.refuse(live, text)
            return
        live.executions_before = self._executions.count
        self._set_end(live)
        if not live.waits_for_parent:
            self._size_hedge(live)
        self._warn(live)
        self._watch.begin(live)
        if self._behaviour.order_delay and not live.waits_for_parent:
            live.status = PRE_SUBMITTED
            self._announce(live)
            live.next_step = self._timers.call_later(
                self._behaviour.order_delay, lambda: self.advance(live)
            )
        else:
            self.advance(live)

    def changed(self, live: LiveOrder) -> None:
        """Go on with an order that has other terms and another ticket now."""
        live.released = live.announced = False
        self.register(live)
        self._set_end(live)
        self._watch.end(live)
        self._watch.begin(live)
        self.advance(live)

    def withdraw(self, live: LiveOrder) -> None:
        """Take an order off the exchange, to be changed."""
        self._exchange.withdraw(live.ticket)

    def advance(self, live: LiveOrder) -> None:
        """Move an order as far as it can get: on hold, or to the exchange."""
        if live.done or live.status == PENDING_CANCEL:
            return
        if live.next_step is not None:
            live.next_step.cancel()
        hold = self.release_rules.hold_of(live)
        if hold is not None:
            self._exchange.withdraw(live.ticket)
            news = live.released or not live.announced
            live.released = False
            live.status = PRE_SUBMITTED
            live.locating = hold.warning is LOCATING
            if news:
                self._announce(live)
            if hold.warning is not None and not live.hours_warning_sent:
                live.hours_warning_sent = True
                self._events.warned(live, *hold.warning)
            self._wake_at(live, hold.until)
        else:
            live.locating = False
            self._wake_at(live, self.release_rules.next_change(live))
            if not live.released:
                self._release(live)

    def request_cancel(self, live: LiveOrder) -> None:
        """Cancel it, after the time that the broker takes."""
        if self._behaviour.cancel_delay and live.transmitted:
            live.status = PENDING_CANCEL
            self._events.status(live)
            # Until then it may fill: `cancel` does nothing to an order that is done.
            self._timers.call_later(self._behaviour.cancel_delay, lambda: self.cancel(live))
        else:
            self.cancel(live)

    def cancel(self, live: LiveOrder, reason: str = "") -> None:
        """Cancel an order that works, and its children."""
        if live.done:  # as a child of one that was cancelled before it
            return
        self._exchange.withdraw(live.ticket)
        self._finish(live, CANCELLED if live.transmitted else API_CANCELLED)
        self._events.cancelled(live, reason)
        for child in live.children:
            self.cancel(child)

    def refuse(self, live: LiveOrder, text: str) -> None:
        """Refuse an order that was taken before."""
        self._exchange.withdraw(live.ticket)
        self._finish(live, INACTIVE)
        self._events.rejected(live, text)
        for child in live.children:
            self.cancel(child)

    def fill(self, live: LiveOrder, quantity: Decimal, price: Decimal) -> None:
        """Fill so much of an order, whatever the market says."""
        live.ticket.remaining -= quantity
        if not live.ticket.remaining:
            self._exchange.withdraw(live.ticket)
        self._on_fill(live.ticket, quantity, price)

    # --- steps ---

    def _announce(self, live: LiveOrder) -> None:
        live.announced = True
        self._events.opened(live)

    def _set_end(self, live: LiveOrder) -> None:
        if live.end_timer is not None:
            live.end_timer.cancel()
        end = self.release_rules.end_of(live)
        live.end_timer = (
            None
            if math.isinf(end)
            else self._timers.call_later(max(0.0, end - self._now()), lambda: self._on_end(live))
        )

    def _wake_at(self, live: LiveOrder, when: float) -> None:
        live.next_step = (
            None
            if math.isinf(when)
            else self._timers.call_later(max(0.0, when - self._now()), lambda: self.advance(live))
        )

    def _release(self, live: LiveOrder) -> None:
        """Send an order to the exchange."""
        live.released = True
        live.status = SUBMITTED if live.ticket.trigger is None else PRE_SUBMITTED
        self._announce(live)
        if is_for_auction(live):
            return
        self._exchange.enter(live.ticket)
        if live.order.tif in IMMEDIATE and not live.done:
            self.cancel(live)

    def _on_end(self, live: LiveOrder) -> None:
        """End an order whose time is over. The time of an auction order has come then."""
        live.end_timer = None
        if live.done:
            return
        if (
            is_for_auction(live)
            and (live.released or live.order.tif == "OPG")
            and not live.waits_for_parent
        ):
            quote = self._market.quote(live.instrument)
            limit = live.ticket.terms.limit(quote)
            if not quote.halted and (
                limit is None or (quote.last <= limit if live.buys else quote.last >= limit)
            ):
                self.fill(live, live.remaining, quote.last)
        if live.done:
            return
        if live.order.tif == "DTC":
            self._exchange.withdraw(live.ticket)
            self._finish(live, INACTIVE)
            self._announce(live)
        else:
            live.completed_status = _BY_SYSTEM
            self.cancel(live)

    def _adjust(self, live: LiveOrder, quote: Quote) -> None:
        """Make an adjustable stop whose time has come into what it was to become."""
        if adjust(live.order, live.buys, quote):
            working = live.ticket
            self._factory.renew_ticket(live)
            working.terms = live.ticket.terms
            working.trigger = live.ticket.trigger
            working.adjust = None
            live.ticket = working
            self._announce(live)

    def _finish(self, live: LiveOrder, status: str) -> None:
        live.status = status
        live.completed_time = self._now()
        live.stop_timers()
        self._watch.end(live)

    def _size_hedge(self, live: LiveOrder) -> bool:
        """Size a hedge by what its parent has filled. Return False if the order is no hedge, has a
        size already, or was cancelled.
        """
        if not live.order.hedgeType or live.order.totalQuantity:
            return False
        live.order.totalQuantity = hedge_size(live, self._market, self._now())
        live.shares = [Share(live.shares[0].account, live.order.totalQuantity)]
        live.ticket.remaining = live.order.totalQuantity
        if not live.order.totalQuantity:
            self.cancel(live)
        return not live.done

    def _warn(self, live: LiveOrder) -> None:
        if live.order.totalQuantity:
            for code, text in warnings(live.order, live.instrument):
                self._events.warned(live, code, text)

    def _on_met(self, live: LiveOrder) -> None:
        if live.order.conditionsCancelOrder:
            self.request_cancel(live)
        else:
            self.advance(live)

    # --- what the exchange reports ---

    def _on_elected(self, ticket: Ticket) -> None:
        live = self._by_perm_id[ticket.perm_id]
        if live.status != PENDING_CANCEL:
            live.status = SUBMITTED
        self._announce(live)

    def _on_fill(self, ticket: Ticket, quantity: Decimal, price: Decimal) -> None:
        live = self._by_perm_id[ticket.perm_id]
        before = live.remaining
        live.filled = live.filled + quantity
        live.spent = live.spent + quantity * price
        live.last_price = price
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
                    self.advance(child)
        for other, left in self._groups.after_fill(live, quantity, before):
            self._reduce(other, left)

    def _reduce(self, live: LiveOrder, left: Decimal) -> None:
        """Reduce or cancel an order because another of its OCA group has filled."""
        if not left:
            self.cancel(live)
        elif left != live.remaining:
            live.order.totalQuantity = live.filled + left
            live.ticket.remaining = left
            if live.transmitted:
                self._announce(live)
