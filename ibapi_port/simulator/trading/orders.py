"""The life of orders: placed, held, sent to the exchange, modified, cancelled, filled.

An order is known by its client's id and its order id. It goes through these states; the word in brackets is what IB calls it:
kept (untransmitted), waiting for its parent (PreSubmitted), a stop not yet reached (PreSubmitted), working (Submitted), then
Filled or Cancelled, which is the end.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from ...commission_and_fees_report import CommissionAndFeesReport
from ...const import UNSET_DOUBLE
from ...contract import Contract
from ...execution import Execution
from ...order import Order
from ..account.ledger import BASE, Account
from ..market.instruments import Instrument
from ..market.quotes import Market
from ..peer import Refusal
from ..times import stamp
from .exchange import Exchange, Ticket
from .rules import IMMEDIATE, check, limit_of, stop_of

PRE_SUBMITTED, SUBMITTED, FILLED, CANCELLED, INACTIVE = "PreSubmitted", "Submitted", "Filled", "Cancelled", "Inactive"
_FIRST_PERM_ID = 900_000_001
_EXECUTION_PREFIX = "0000e0d5"
_ADDED, _REMOVED = 1, 2  # IB's lastLiquidity
_REDUCE_NON_BLOCK = 3  # IB's ocaType of attached orders


@dataclass
class Fill:
    """An execution with what belongs to it."""

    contract: Contract
    execution: Execution
    report: CommissionAndFeesReport


@dataclass(eq=False)
class LiveOrder:
    """An order and what has become of it."""

    instrument: Instrument
    contract: Contract
    order: Order
    parent: LiveOrder | None
    ticket: Ticket
    children: list[LiveOrder] = field(default_factory=list)
    transmitted: bool = False
    status: str = PRE_SUBMITTED
    filled: Decimal = Decimal(0)
    fill_price: Decimal = Decimal(0)  # the average of its fills
    last_price: Decimal = Decimal(0)
    completed_time: float = 0.0  # seconds since 1970

    @property
    def done(self) -> bool:
        return self.status in (FILLED, CANCELLED, INACTIVE)

    @property
    def waits_for_parent(self) -> bool:
        return self.parent is not None and self.parent.status != FILLED

    @property
    def remaining(self) -> Decimal:
        return self.order.totalQuantity - self.filled

    @property
    def why_held(self) -> str:
        """IB's whyHeld."""
        if self.done:
            return ""
        reasons = [(self.waits_for_parent, "child"), (not self.ticket.elected, "trigger")]
        return ",".join(reason for holds, reason in reasons if holds)


class OrderEvents(Protocol):
    """Who is told what happens to orders."""

    def opened(self, live: LiveOrder) -> None:
        """The order was taken, was changed, or got another status."""

    def cancelled(self, live: LiveOrder) -> None:
        """It works no longer."""

    def rejected(self, live: LiveOrder, text: str) -> None:
        """It was refused after it had been taken."""

    def executed(self, live: LiveOrder, fill: Fill) -> None:
        """It was filled; `opened` and `charged` follow."""

    def charged(self, live: LiveOrder, fill: Fill) -> None:
        """The commission is known, and the account has changed."""

    def previewed(self, live: LiveOrder) -> None:
        """What the order would do; it has not been placed."""


class OrderBook:
    """All orders and executions of the account."""

    def __init__(self, market: Market, account: Account, events: OrderEvents, now: Callable[[], float]) -> None:
        self._market, self._account, self._events, self._now = market, account, events, now
        self._exchange = Exchange(market, self._on_elected, self._on_fill)
        self._orders: dict[tuple[int, int], LiveOrder] = {}
        self._by_perm_id: dict[int, LiveOrder] = {}
        self._highest: dict[int, int] = {}  # order id of each client
        self._manual_ids = itertools.count(-1, -1)
        self._perm_ids = itertools.count(_FIRST_PERM_ID)
        self._execution_numbers = itertools.count(1)
        self.fills: list[Fill] = []

    def next_id(self, client_id: int) -> int:
        """IB's nextValidId."""
        return self._highest.get(client_id, 0) + 1

    def active(self, client_id: int | None = None) -> list[LiveOrder]:
        """The orders that are on their way, of one client or of all; those that are kept untransmitted are not told of."""
        return [live for live in self._undone() if live.transmitted and client_id in (None, live.order.clientId)]

    def completed(self) -> list[LiveOrder]:
        """Those that have come to their end, in that order."""
        return sorted((live for live in self._orders.values() if live.done), key=lambda live: live.completed_time)

    # --- what clients ask ---

    def place(self, client_id: int, order_id: int, instrument: Instrument, exchange: str, order: Order) -> None:
        """A new order, or a change to one that is under way. Refusal, Invalid: it is not taken."""
        known = self._orders.get((client_id, order_id))
        if known is None or known.done:
            self._refuse_used_id(known, client_id, order_id)
        elif known.instrument is not instrument or known.order.action != order.action:
            raise Refusal(105, "Order being modified does not match original order.")
        check(order, instrument, self._account.code)
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
        if live.done:
            raise Refusal(10148, f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {live.status}.")
        self._cancel(live)

    def cancel_all(self) -> None:
        """Every client's orders."""
        for live in self._undone():
            self._cancel(live)

    # --- what scripts do ---

    def find(self, order_id: int, client_id: int | None = None) -> LiveOrder:
        """An order, of that client or of any. ValueError: there is none, or there are several."""
        found = [live for live in self._orders.values() if live.order.orderId == order_id and client_id in (None, live.order.clientId)]
        if len(found) != 1:
            raise ValueError(f"there is no order {order_id}" if not found else f"several clients have an order {order_id}: say whose")
        return found[0]

    def fill(self, live: LiveOrder, price: Decimal, quantity: Decimal) -> None:
        """Fill so much of an order at that price, whatever the market says. ValueError: it is done, or not so much is left."""
        if live.done or not 0 < quantity <= live.remaining:
            raise ValueError(f"order {live.order.orderId} is {live.status}, {live.remaining} of it remain: {quantity} cannot be filled")
        if quantity == live.remaining:
            self._exchange.withdraw(live.order.permId)
        live.transmitted = True
        self._on_fill(live.ticket, price, quantity)

    def reject(self, live: LiveOrder, text: str) -> None:
        """As a broker that refuses an order that it had taken. ValueError: it is done."""
        if live.done:
            raise ValueError(f"order {live.order.orderId} is {live.status}")
        self._exchange.withdraw(live.order.permId)
        live.status, live.completed_time = INACTIVE, self._now()
        self._events.rejected(live, text)
        for child in live.children:
            self._cancel(child)

    def place_by_hand(self, instrument: Instrument, exchange: str, order: Order) -> LiveOrder:
        """An order that somebody enters in TWS: it belongs to client 0, its id is negative."""
        check(order, instrument, self._account.code)
        live = self._new(0, next(self._manual_ids), instrument, exchange, order)
        self._keep(live)
        self._transmit(live)
        return live

    # --- steps ---

    def _undone(self) -> list[LiveOrder]:
        return [live for live in self._orders.values() if not live.done]

    def _refuse_used_id(self, known: LiveOrder | None, client_id: int, order_id: int) -> None:
        if known is not None and known.status == FILLED:
            raise Refusal(104, "Cannot modify a filled order.")
        if order_id < self.next_id(client_id):
            raise Refusal(103, "Duplicate order id")

    def _new(self, client_id: int, order_id: int, instrument: Instrument, exchange: str, order: Order) -> LiveOrder:
        parent = None
        if order.parentId:
            parent = self._orders.get((client_id, order.parentId))
            if parent is None or parent.status == CANCELLED:
                raise Refusal(10006, "Missing parent order.")
        contract = instrument.contract(exchange)
        contract.right = "?"  # what TWS writes there in its messages about orders
        order = self._completed_by_tws(order, client_id, order_id, next(self._perm_ids))
        if parent is not None and not order.ocaGroup:  # of a parent's children one fill cancels the others
            order.ocaGroup, order.ocaType = str(parent.order.permId), _REDUCE_NON_BLOCK
        return LiveOrder(instrument, contract, order, parent, _ticket(instrument, order))

    def _completed_by_tws(self, order: Order, client_id: int, order_id: int, perm_id: int) -> Order:
        """A copy of the client's order with what TWS fills in."""
        order = copy.copy(order)
        order.clientId, order.orderId, order.permId = client_id, order_id, perm_id
        order.account, order.tif = self._account.code, order.tif or "DAY"
        order.usePriceMgmtAlgo = order.usePriceMgmtAlgo or False
        order.lmtPrice = 0.0 if order.lmtPrice == UNSET_DOUBLE else order.lmtPrice
        order.auxPrice = 0.0 if order.auxPrice == UNSET_DOUBLE else order.auxPrice
        return order

    def _keep(self, live: LiveOrder) -> None:
        order = live.order
        self._orders[order.clientId, order.orderId] = self._by_perm_id[order.permId] = live
        self._highest[order.clientId] = max(order.orderId, self._highest.get(order.clientId, 0))
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
        live.status = SUBMITTED if live.ticket.elected and not live.waits_for_parent else PRE_SUBMITTED
        self._events.opened(live)
        if live.waits_for_parent:
            return
        self._exchange.enter(live.ticket)
        if live.order.tif in IMMEDIATE and not live.done:
            self._cancel(live)

    def _modify(self, live: LiveOrder, order: Order) -> None:
        old = live.order
        self._exchange.withdraw(old.permId)
        live.order = self._completed_by_tws(order, old.clientId, old.orderId, old.permId)
        live.order.parentId = old.parentId
        live.order.ocaGroup, live.order.ocaType = order.ocaGroup or old.ocaGroup, order.ocaType or old.ocaType
        live.ticket = _ticket(live.instrument, live.order)
        if live.transmitted:
            self._submit(live)
        elif order.transmit:
            self._transmit(live)

    def _cancel(self, live: LiveOrder) -> None:
        if live.done:  # as a child of one that was cancelled before it
            return
        self._exchange.withdraw(live.order.permId)
        live.status, live.completed_time = CANCELLED, self._now()
        self._events.cancelled(live)
        for child in live.children:
            self._cancel(child)

    # --- what the exchange tells ---

    def _on_elected(self, ticket: Ticket) -> None:
        live = self._by_perm_id[ticket.perm_id]
        live.status = SUBMITTED
        self._events.opened(live)

    def _on_fill(self, ticket: Ticket, price: Decimal, quantity: Decimal | None = None) -> None:
        live = self._by_perm_id[ticket.perm_id]
        quantity = live.remaining if quantity is None else quantity
        live.fill_price = (live.fill_price * live.filled + price * quantity) / (live.filled + quantity)
        live.filled, live.last_price = live.filled + quantity, price
        if live.remaining == 0:
            live.status, live.completed_time = FILLED, self._now()
        else:
            live.status = SUBMITTED
        fill = self._fill(live, quantity, price)
        self.fills.append(fill)
        self._events.executed(live, fill)
        self._events.opened(live)
        self._events.charged(live, fill)
        if not live.done:
            return
        for child in live.children:
            if child.transmitted and not child.done:
                self._submit(child)
        for other in self._undone():
            if live.order.ocaGroup and other.order.ocaGroup == live.order.ocaGroup:
                self._cancel(other)

    def _fill(self, live: LiveOrder, quantity: Decimal, price: Decimal) -> Fill:
        """Book it, and make the execution and its commission report."""
        commission = self._account.commission(live.instrument, quantity, price)
        signed = quantity if live.ticket.buys else -quantity
        realized = self._account.trade(live.instrument, signed, price, commission)
        execution, order = Execution(), live.order
        execution.execId = f"{_EXECUTION_PREFIX}.{next(self._execution_numbers):08x}.01.01"
        execution.time, execution.acctNumber = stamp(self._now()), self._account.code
        execution.exchange = live.contract.exchange if live.contract.exchange != "SMART" else live.instrument.venue
        execution.side, execution.shares = "BOT" if live.ticket.buys else "SLD", quantity
        execution.price, execution.avgPrice = float(price), float(live.fill_price)
        execution.permId, execution.clientId, execution.orderId = order.permId, order.clientId, order.orderId
        execution.cumQty, execution.orderRef, execution.modelCode = live.filled, order.orderRef, order.modelCode
        execution.lastLiquidity = _ADDED if live.ticket.resting else _REMOVED
        report = CommissionAndFeesReport()
        report.execId, report.commissionAndFees, report.currency = execution.execId, float(commission), BASE
        report.realizedPNL = UNSET_DOUBLE if realized is None else float(realized)
        report.yield_ = UNSET_DOUBLE
        return Fill(live.instrument.contract(execution.exchange), execution, report)


def _ticket(instrument: Instrument, order: Order) -> Ticket:
    stop = stop_of(order)
    return Ticket(order.permId, instrument, order.action == "BUY", order.orderType, limit_of(order), stop, elected=stop is None)
