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
    PENDING_SUBMIT,
    PRE_SUBMITTED,
    SUBMITTED,
    LiveOrder,
    Share,
)
from ..matching.exchange import Exchange
from ..matching.fills import UNLIMITED, FillModel
from ..matching.terms import at_limit
from ..matching.terms_factory import adjust
from ..matching.ticket import Ticket
from ..validation.rules import IMMEDIATE, refused_by_server
from .answer_times import AnswerTimes
from .condition_watch import ConditionWatch
from .environment import OrderEnvironment
from .linked_orders import Groups, hedge_size
from .release_rules import (
    LOCATING,
    Hold,
    ReleaseRules,
    ignores_outside,
    is_for_auction,
    stays_pre_submitted,
    warnings,
)
from .slices import Slicer

_BY_SYSTEM = "Cancelled by System:\n"  # IB's completedStatus
_REPEAT_AFTER = 0.003  # seconds until a pair of messages comes again
_MOVED_AFTER = 1.0  # seconds from a stop's move to the pair that follows it


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
        self._times = AnswerTimes(behaviour)
        self._connected = environment.connected
        self._waiting: list[LiveOrder] = []  # placed while the line to IB is down
        self.release_rules = ReleaseRules(
            instruments.hours,
            conditions,
            behaviour.hard_to_borrow,
            self._now,
            behaviour.market_outside,
        )
        model = behaviour.fill_model if behaviour.partial_fills else UNLIMITED
        fills = FillModel(model, behaviour.slippage)
        self._exchange = Exchange(market, self._on_elected, self._on_fill, fills)
        self._slicer = Slicer(
            market, self._exchange, timers, self.release_rules.session_close, self.cancel
        )
        self._watch = ConditionWatch(
            market, instruments.by_con_id, conditions, self.release_rules, timers, self._on_met
        )
        self._groups = Groups()
        self._by_perm_id: dict[int, LiveOrder] = {}

    def register(self, live: LiveOrder) -> None:
        """Take in a new order, or one that was changed."""
        self._by_perm_id[live.order.permId] = live
        self._groups.add(live)
        live.on_move = lambda: self._on_move(live)
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
        live.executions_before = self._executions.count
        if not self._connected():
            live.status = PENDING_SUBMIT
            self._announce(live)
            self._waiting.append(live)
        elif self._behaviour.pre_submitted and self._behaviour.order_delay:
            delay = self._times.in_turn(live.order.clientId, self._now())
            live.next_step = self._timers.call_later(delay, lambda: self._answer(live))
        else:
            self._answer(live)

    def line_is_back(self) -> None:
        """Go on with what was asked for while the line to IB was down."""
        waiting, self._waiting = self._waiting, []
        for live in waiting:
            if live.status == PENDING_CANCEL:
                self._cancel_later(live)
            elif not live.done and not live.answered:
                live.status = PRE_SUBMITTED
                live.announced = False
                self.submit(live)

    def _answer(self, live: LiveOrder) -> None:
        """Give TWS's first answer to an order: it is refused, held, or on its way."""
        live.next_step = None
        if live.done:
            return
        live.answered = True
        text = refused_by_server(live.order)
        if not text and self._behaviour.check_margin and live.parent is None:
            text = self._buying_power.refused(live)
        if text:
            self.refuse(live, text)
            return
        if not live.waits_for_parent:
            self._size_hedge(live)
        self._warn(live)
        self._set_end(live)
        self._watch.begin(live)
        if live.status == PENDING_CANCEL:
            self._announce(live)
            self._repeat(live, 1)
            self._cancel_later(live)
        elif self.release_rules.hold_of(live) is not None or live.waits_for_parent:
            self.advance(live)
        else:
            self._approach(live)

    def _approach(self, live: LiveOrder) -> None:
        """Bring an order that nothing holds to the exchange."""
        behaviour = self._behaviour
        if not (behaviour.pre_submitted or behaviour.order_delay):
            self.advance(live)
            return
        live.status = PRE_SUBMITTED
        self._announce(live)
        if behaviour.order_delay:
            delay = self._times.of_order()
            live.next_step = self._timers.call_later(delay, lambda: self.advance(live))
        else:
            self.advance(live)

    def changed(self, live: LiveOrder) -> None:
        """Go on with an order that has other terms and another ticket now."""
        live.released = live.announced = False
        self._slicer.forget(live)
        self.register(live)
        self._drop_outside(live)
        self._set_end(live)
        self._watch.end(live)
        self._watch.begin(live)
        if self.release_rules.hold_of(live) is None and self._behaviour.pre_submitted:
            self._approach(live)
        else:
            self.advance(live)

    def withdraw(self, live: LiveOrder) -> None:
        """Take an order off the exchange, to be changed."""
        self._exchange.withdraw(live.ticket)

    def advance(self, live: LiveOrder) -> None:
        """Move an order as far as it can get: on hold, or to the exchange."""
        if live.done or live.status == PENDING_CANCEL or not live.answered:
            return  # its first answer, which is still due, moves it on: a fill of its parent, say
        if live.next_step is not None:
            live.next_step.cancel()
        hold = self.release_rules.hold_of(live)
        if hold is not None:
            self._hold(live, hold)
            return
        live.locating = False
        self._wake_at(live, self.release_rules.next_change(live))
        if not live.released:
            self._release(live)

    def _hold(self, live: LiveOrder, hold: Hold) -> None:
        self._exchange.withdraw(live.ticket)
        news = live.released or not live.announced
        live.released = False
        live.status = PRE_SUBMITTED
        live.locating = hold.warning is LOCATING
        warned = hold.warning is not None and not live.hours_warning_sent
        if warned and self._behaviour.repeat_pairs:  # the real one warns first
            self._warn_of(live, hold)
        if news:
            self._announce(live)
            self._repeat(live, 2 if hold.warning is not None else 1)
        if warned and not self._behaviour.repeat_pairs:
            self._warn_of(live, hold)
        self._wake_at(live, hold.until)

    def _warn_of(self, live: LiveOrder, hold: Hold) -> None:
        assert hold.warning is not None
        live.hours_warning_sent = True
        self._events.warned(live, *hold.warning)

    def request_cancel(self, live: LiveOrder) -> None:
        """Cancel an order for its user, and with it the others of its OCA group, after the time
        that the broker takes.
        """
        if not live.transmitted:
            self.cancel(live)
            return
        for other in self._groups.others(live):
            if other.transmitted and other.status != PENDING_CANCEL:
                self._begin_cancel(other, shown=True)
        self._begin_cancel(live, shown=False)

    def _begin_cancel(self, live: LiveOrder, shown: bool) -> None:
        """Begin to cancel an order. `shown`: its client is told that this goes on."""
        behaviour = self._behaviour
        if not live.answered or not self._connected():
            # of an order that was answered the next step is another: a change of hours, say
            unanswered = not live.answered and live.next_step is not None
            waits = unanswered or live in self._waiting
            live.status = PENDING_CANCEL
            if not self._connected():
                self._events.status(live)
                if not waits:
                    self._waiting.append(live)
            return  # it is cancelled when it has been answered, or when the line is back
        if not behaviour.cancel_delay:
            self.cancel(live)
            return
        if behaviour.pending_cancel == "always":
            live.status = PENDING_CANCEL
            self._events.status(live)
        elif shown or live.is_new or (live.next_step is not None and not live.announced):
            live.status = PENDING_CANCEL
            self._announce(live)
        self._cancel_later(live)

    def _cancel_later(self, live: LiveOrder) -> None:
        # Until then it may fill: `cancel` does nothing to an order that is done.
        delay = self._times.of_cancel()
        self._timers.call_later(delay, lambda: self.cancel(live))

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
        live.answered = True
        self._exchange.withdraw(live.ticket)
        self._finish(live, INACTIVE)
        self._events.rejected(live, text)
        for child in live.children:
            self.cancel(child)

    def fill(self, live: LiveOrder, quantity: Decimal, price: Decimal) -> None:
        """Fill so much of an order, whatever the market says."""
        unanswered = not live.answered
        if unanswered:  # a script was faster than TWS
            live.stop_timers()
            live.answered = True
            if self._behaviour.pre_submitted and live.status != PENDING_CANCEL:
                live.status = PRE_SUBMITTED
                self._announce(live)
        live.ticket.remaining -= quantity
        if not live.ticket.remaining:
            self._exchange.withdraw(live.ticket)
        self._on_fill(live.ticket, quantity, price)
        if unanswered and not live.done:  # the rest works on, as after an answer
            self._set_end(live)
            self._watch.begin(live)
            if live.status == PENDING_CANCEL:
                self._cancel_later(live)
            else:
                self.advance(live)

    # --- steps ---

    def _announce(self, live: LiveOrder) -> None:
        live.announced = True
        self._events.opened(live)

    def _repeat(self, live: LiveOrder, times: int) -> None:
        """Send the pair of messages again, so many times, in a moment; as it is then."""
        if not self._behaviour.repeat_pairs:
            return
        live.repeats += times
        for n in range(1, times + 1):
            self._timers.call_later(n * _REPEAT_AFTER, lambda: self._announce_again(live))

    def _announce_again(self, live: LiveOrder) -> None:
        live.repeats -= 1
        if not live.done and not live.released:
            self._events.opened(live)

    def _on_move(self, live: LiveOrder) -> None:
        """Send the pair again some time after a trailing stop has moved."""
        if live.moved or not self._behaviour.repeat_pairs:
            return

        def show() -> None:
            live.moved = False
            if live.released and not live.done and live.ticket.trigger is not None:
                self._events.opened(live)

        live.moved = True
        self._timers.call_later(_MOVED_AFTER, show)

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
        shows_later = self._behaviour.pre_submitted and live.status == PRE_SUBMITTED
        if not shows_later:
            live.status = SUBMITTED if live.ticket.trigger is None else PRE_SUBMITTED
            self._announce(live)
        if not is_for_auction(live):
            if self._behaviour.algo_slices:
                self._slicer.begin(live)
            self._exchange.enter(live.ticket)
        if shows_later and live.status == PRE_SUBMITTED:  # it has not been filled at once
            if live.ticket.trigger is None and not stays_pre_submitted(live.order):
                live.status = SUBMITTED
            self._announce(live)
        if live.order.tif in IMMEDIATE and not live.done:
            self._cancel_rest(live)

    def _cancel_rest(self, live: LiveOrder) -> None:
        """Cancel what an order that is filled at once or not at all has left."""
        if self._behaviour.pending_cancel == "soon" and self._behaviour.cancel_delay:
            self._exchange.withdraw(live.ticket)
            self._begin_cancel(live, shown=True)
        else:
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
        self._slicer.forget(live)
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
        if live.tif_missing and self._behaviour.tif_warning:
            live.tif_missing = False
            self._events.warned(live, 10349, "Order TIF was set to DAY based on order preset.")
        if live.order.totalQuantity:
            for code, text in warnings(live.order, live.instrument, self._behaviour.market_outside):
                self._events.warned(live, code, text)
        self._drop_outside(live)

    def _drop_outside(self, live: LiveOrder) -> None:
        if not self._behaviour.market_outside and ignores_outside(live.order, live.instrument):
            live.order.outsideRth = False

    def _on_met(self, live: LiveOrder) -> None:
        if live.order.conditionsCancelOrder:
            self.request_cancel(live)
        else:
            self.advance(live)

    # --- what the exchange reports ---

    def _on_elected(self, ticket: Ticket) -> None:
        live = self._by_perm_id[ticket.perm_id]
        if self._behaviour.pre_submitted and stays_pre_submitted(live.order):
            return
        if live.status != PENDING_CANCEL:
            live.status = SUBMITTED
        self._announce(live)

    def _on_fill(self, ticket: Ticket, quantity: Decimal, price: Decimal) -> None:
        live = self._by_perm_id[ticket.perm_id]
        if live.status == PRE_SUBMITTED and self._behaviour.repeat_pairs:
            self._events.opened(live)
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
                # a child that TWS has not answered yet goes on when it is answered
                if child.answered and not child.done:
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
