"""The way of an order after it was taken: held, sent to the exchange, filled, cancelled, expired."""

from __future__ import annotations

import math
from decimal import Decimal

from ...market.instruments import Instruments
from ...market.quotes.market import Market, Quote
from ...net.timers import Timers
from ..knobs import Knobs
from ..live import (
    API_CANCELLED,
    CANCELLED,
    FILLED,
    INACTIVE,
    PENDING_CANCEL,
    PRE_SUBMITTED,
    SUBMITTED,
    LiveOrder,
    OrderEvents,
    Share,
)
from ..matching.exchange import Exchange, Ticket
from ..matching.terms import at_limit
from ..matching.terms_factory import adjust
from ..validation.buying_power import Credit
from ..validation.conditions import Conditions
from ..validation.intake import OrderMaker
from ..validation.rules import IMMEDIATE
from .condition_watch import ConditionWatch
from .executions import Executions
from .linked_orders import Groups, hedge_size
from .release_rules import LOCATING, Holds, is_for_auction, warnings

_BY_SYSTEM = "Cancelled by System:\n"  # IB's completedStatus


class Flow:
    """Moves orders, and tells of it. Orders are known to it from `keep` on."""

    def __init__(
        self,
        market: Market,
        instruments: Instruments,
        maker: OrderMaker,
        credit: Credit,
        conditions: Conditions,
        executions: Executions,
        events: OrderEvents,
        timers: Timers,
        knobs: Knobs,
    ) -> None:
        self._market = market
        self._maker = maker
        self._credit = credit
        self._executions = executions
        self._events = events
        self._timers = timers
        self._knobs = knobs
        self._now = timers.clock.now
        self.holds = Holds(instruments.hours, conditions, knobs.hard_to_borrow, self._now)
        self._exchange = Exchange(market, self._on_elected, self._on_fill, knobs.partial_fills)
        self._watch = ConditionWatch(
            market, instruments.by_con_id, conditions, self.holds, timers, self._on_met
        )
        self._groups = Groups()
        self._by_perm_id: dict[int, LiveOrder] = {}

    def keep(self, live: LiveOrder) -> None:
        """A new order, or one that was changed."""
        self._by_perm_id[live.order.permId] = live
        self._groups.add(live)
        live.ticket.adjust = (
            (lambda quote: self._adjust(live, quote))
            if live.order.adjustedOrderType not in ("", "None")
            else None
        )

    def forget(self, live: LiveOrder) -> None:
        """It has been done for long."""
        del self._by_perm_id[live.order.permId]
        self._groups.remove(live)

    def submit(self, live: LiveOrder) -> None:
        """Out of the client's hands."""
        if (
            self._knobs.check_margin
            and live.parent is None
            and (text := self._credit.refused(live))
        ):
            self.refuse(live, text)
            return
        live.seen = self._executions.count
        self._set_end(live)
        if not live.waits_for_parent:
            self._size_hedge(live)
        self._warn(live)
        self._watch.begin(live)
        if self._knobs.order_delay and not live.waits_for_parent:
            live.status = PRE_SUBMITTED
            self._tell(live)
            live.wake = self._timers.call_later(self._knobs.order_delay, lambda: self.advance(live))
        else:
            self.advance(live)

    def changed(self, live: LiveOrder) -> None:
        """It has another order and ticket now."""
        live.released = live.told = False
        self.keep(live)
        self._set_end(live)
        self._watch.end(live)
        self._watch.begin(live)
        self.advance(live)

    def withdraw(self, live: LiveOrder) -> None:
        """Off the exchange, to be changed."""
        self._exchange.withdraw(live.ticket)

    def advance(self, live: LiveOrder) -> None:
        """As far as the order can get: on hold, or to the exchange."""
        if live.done or live.status == PENDING_CANCEL:
            return
        if live.wake is not None:
            live.wake.cancel()
        hold = self.holds.of(live)
        if hold is not None:
            self._exchange.withdraw(live.ticket)
            news = live.released or not live.told
            live.released = False
            live.status = PRE_SUBMITTED
            live.locating = hold.warning is LOCATING
            if news:
                self._tell(live)
            if hold.warning is not None and not live.warned:
                live.warned = True
                self._events.warned(live, *hold.warning)
            self._wake_at(live, hold.until)
        else:
            live.locating = False
            self._wake_at(live, self.holds.changes(live))
            if not live.released:
                self._release(live)

    def ask_to_cancel(self, live: LiveOrder) -> None:
        """Cancel it, after the time that the broker takes."""
        if self._knobs.cancel_delay and live.transmitted:
            live.status = PENDING_CANCEL
            self._events.status(live)
            self._timers.call_later(self._knobs.cancel_delay, lambda: self.cancel(live))
        else:
            self.cancel(live)

    def cancel(self, live: LiveOrder, reason: str = "") -> None:
        """It works no longer, nor do its children."""
        if live.done:  # as a child of one that was cancelled before it
            return
        self._exchange.withdraw(live.ticket)
        self._finish(live, CANCELLED if live.transmitted else API_CANCELLED)
        self._events.cancelled(live, reason)
        for child in live.children:
            self.cancel(child)

    def refuse(self, live: LiveOrder, text: str) -> None:
        """It was taken, and is refused all the same."""
        self._exchange.withdraw(live.ticket)
        self._finish(live, INACTIVE)
        self._events.rejected(live, text)
        for child in live.children:
            self.cancel(child)

    def fill(self, live: LiveOrder, quantity: Decimal, price: Decimal) -> None:
        """Whatever the market says."""
        live.ticket.remaining -= quantity
        if not live.ticket.remaining:
            self._exchange.withdraw(live.ticket)
        self._on_fill(live.ticket, quantity, price)

    # --- steps ---

    def _tell(self, live: LiveOrder) -> None:
        live.told = True
        self._events.opened(live)

    def _set_end(self, live: LiveOrder) -> None:
        if live.expiry is not None:
            live.expiry.cancel()
        end = self.holds.ends(live)
        live.expiry = (
            None
            if math.isinf(end)
            else self._timers.call_later(max(0.0, end - self._now()), lambda: self._on_end(live))
        )

    def _wake_at(self, live: LiveOrder, when: float) -> None:
        live.wake = (
            None
            if math.isinf(when)
            else self._timers.call_later(max(0.0, when - self._now()), lambda: self.advance(live))
        )

    def _release(self, live: LiveOrder) -> None:
        """To the exchange."""
        live.released = True
        live.status = SUBMITTED if live.ticket.trigger is None else PRE_SUBMITTED
        self._tell(live)
        if is_for_auction(live):
            return
        self._exchange.enter(live.ticket)
        if live.order.tif in IMMEDIATE and not live.done:
            self.cancel(live)

    def _on_end(self, live: LiveOrder) -> None:
        """The order's time is over; of an auction order it has come."""
        live.expiry = None
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
            self._tell(live)
        else:
            live.completed_status = _BY_SYSTEM
            self.cancel(live)

    def _adjust(self, live: LiveOrder, quote: Quote) -> None:
        """An adjustable stop whose time has come is made into what it was to become."""
        if adjust(live.order, live.buys, quote):
            working = live.ticket
            self._maker.renew_ticket(live)
            working.terms = live.ticket.terms
            working.trigger = live.ticket.trigger
            working.adjust = None
            live.ticket = working
            self._tell(live)

    def _finish(self, live: LiveOrder, status: str) -> None:
        live.status = status
        live.completed_time = self._now()
        live.stop_timers()
        self._watch.end(live)

    def _size_hedge(self, live: LiveOrder) -> bool:
        """Its parent has filled. Whether the order is a hedge that has got its size by that."""
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
            self.ask_to_cancel(live)
        else:
            self.advance(live)

    # --- what the exchange tells ---

    def _on_elected(self, ticket: Ticket) -> None:
        live = self._by_perm_id[ticket.perm_id]
        if live.status != PENDING_CANCEL:
            live.status = SUBMITTED
        self._tell(live)

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
        """Another of its OCA group has filled."""
        if not left:
            self.cancel(live)
        elif left != live.remaining:
            live.order.totalQuantity = live.filled + left
            live.ticket.remaining = left
            if live.transmitted:
                self._tell(live)
