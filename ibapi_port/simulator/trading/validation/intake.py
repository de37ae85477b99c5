"""Makes what a client asks for into an order that the simulated TWS can work with."""

from __future__ import annotations

import copy
import itertools
from decimal import Decimal

from ....const import UNSET_DECIMAL, UNSET_DOUBLE
from ....order import Order
from ...account.money import ZERO
from ...errors import Refusal
from ...market.instruments import Instrument, Instruments
from ...market.quotes.market import Market
from ...net.clock import Clock
from ...options import BrokerBehaviour
from ..live import LiveOrder
from ..matching.scale import Scale, is_scale
from ..matching.terms import at_limit
from ..matching.terms_factory import TermsFactory
from ..matching.ticket import Ticket
from ..order_types import is_set, to_tick
from ..overnight import shown_tif
from .allocation import Allocator
from .conditions import Conditions
from .precautions import Precautions
from .rules import (
    check,
    check_flags_of_old,
    check_permission,
    check_whole,
    normalize,
    quantity_for_cash,
)

_FIRST_PERM_ID = 900_000_001
_REDUCE_NON_BLOCK = 3  # IB's ocaType of attached orders


class OrderFactory:
    """Checks orders, fills in what TWS fills in, splits them among accounts, and makes their
    tickets.
    """

    def __init__(
        self,
        market: Market,
        instruments: Instruments,
        allocator: Allocator,
        conditions: Conditions,
        clock: Clock,
        behaviour: BrokerBehaviour,
    ) -> None:
        self._market = market
        self._allocator = allocator
        self._conditions = conditions
        self._now = clock.now
        self._behaviour = behaviour
        self._precautions = Precautions(behaviour)
        self._not_permitted = {name.strip() for name in behaviour.not_permitted.split(",")} - {""}
        self._terms = TermsFactory(market, instruments.by_con_id, clock.now)
        self._perm_ids = itertools.count(_FIRST_PERM_ID)

    def checked(self, order_id: int, order: Order, instrument: Instrument) -> Order:
        """Return a copy that has passed the checks."""
        order = copy.copy(order)
        normalize(order)
        check_flags_of_old(order, self._behaviour.etrade_flags)
        check_permission(instrument, self._not_permitted)
        if not self._behaviour.fractions:
            check_whole(order, instrument)
        price = self._market.quote(instrument)
        if is_set(Decimal(repr(order.cashQty))) and order.cashQty != UNSET_DOUBLE:
            order.totalQuantity = quantity_for_cash(
                order, instrument, price.ask if order.action == "BUY" else price.bid
            )
        check(order, instrument, self._now())
        self._precautions.check(order_id, order, instrument, price)
        self._conditions.check(order.conditions)
        return order

    def make(
        self,
        client_id: int,
        order_id: int,
        instrument: Instrument,
        exchange: str,
        order: Order,
        parent: LiveOrder | None,
    ) -> LiveOrder:
        """Return a new order, made of one that has passed the checks. Refusal, Invalid: it is for
        no account that there is.
        """
        contract = instrument.contract(exchange)
        contract.right = contract.right or "?"  # what TWS writes there in its messages about orders
        shares = self._allocator.shares(order, instrument)
        order.clientId = client_id
        order.orderId = order_id
        order.permId = next(self._perm_ids)
        order.account = shares[0].account.code if len(shares) == 1 else order.account
        tif_missing = not (order.tif or order.goodTillDate)
        self._complete(order)
        # of a parent's children one fill cancels the others
        if parent is not None and not order.ocaGroup and not order.hedgeType:
            order.ocaGroup = str(parent.order.permId)
            order.ocaType = _REDUCE_NON_BLOCK
        no_ticket = Ticket(order.permId, instrument, order.action == "BUY", ZERO, at_limit(ZERO))
        live = LiveOrder(instrument, contract, order, parent, no_ticket, shares)
        live.tif_missing = tif_missing
        self.renew_ticket(live)
        return live

    def change(self, live: LiveOrder, order: Order) -> LiveOrder:
        """Return what the order would be with the changes of `order`, which has passed the
        checks.
        """
        old, changed = live.order, copy.copy(live)
        shares = self._allocator.shares(order, live.instrument)
        if len(shares) > 1 and any(
            share.quantity < live.allocated.get(share.account.code, ZERO) for share in shares
        ):
            raise Refusal(144, "Order size does not match total share allocation.")
        order.clientId = old.clientId
        order.orderId = old.orderId
        order.permId = old.permId
        order.parentId = old.parentId
        order.account = shares[0].account.code if len(shares) == 1 else order.account
        self._complete(order)
        order.ocaGroup = order.ocaGroup or old.ocaGroup
        order.ocaType = order.ocaType or old.ocaType
        changed.order = order
        changed.shares = shares
        self.renew_ticket(changed)
        return changed

    def renew_ticket(self, live: LiveOrder) -> None:
        """Make the order's ticket anew, from the order as it stands."""
        order = live.order

        def on_move(level: Decimal, limit: Decimal | None) -> None:
            order.trailStopPrice = float(to_tick(live.instrument, level))
            if limit is not None:
                order.lmtPrice = float(to_tick(live.instrument, limit))
            if live.on_move is not None:
                live.on_move()

        terms, trigger = self._terms.make(order, live.instrument, on_move)
        ticket = Ticket(order.permId, live.instrument, live.buys, live.remaining, terms, trigger)
        ticket.whole = order.allOrNone or order.tif == "FOK"
        ticket.smallest = Decimal(order.minQty) if 0 < order.minQty <= live.remaining else ZERO
        if is_scale(order):
            Scale(order, live.instrument, ticket).apply()
        live.ticket = ticket

    def _complete(self, order: Order) -> None:
        """Fill in what TWS fills in."""
        order.tif = order.tif or ("GTD" if order.goodTillDate else "DAY")
        order.tif = shown_tif(order.tif, order.includeOvernight)
        if order.hedgeType and order.totalQuantity == UNSET_DECIMAL:
            order.totalQuantity = ZERO
        order.lmtPrice = 0.0 if order.lmtPrice == UNSET_DOUBLE else order.lmtPrice
        order.auxPrice = 0.0 if order.auxPrice == UNSET_DOUBLE else order.auxPrice
