"""What clients get of orders: openOrder, orderStatus, execDetails, commission reports,
errors.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from ...const import UNSET_LONG
from ...order_state import OrderAllocation, OrderState
from ...server_versions import MIN_SERVER_VER_PROTOBUF_PLACE_ORDER as PROTOBUF
from ..account.ledger import Account, Position
from ..net.timers import Timers
from ..options import BrokerBehaviour
from ..services import ClientRegistry, ClientSession
from ..times import stamp
from .live import FILLED, INACTIVE, MANUAL, PENDING_CANCEL, PENDING_SUBMIT, Fill, LiveOrder
from .shown_order import shown_order
from .validation.buying_power import BuyingPower, no_preview

UNSOLICITED = -1  # request id of an execution that was not asked for
_NOBODY = 0
_OF_TWS = (PENDING_SUBMIT, PENDING_CANCEL)  # statuses that TWS gives by itself


class OrderReports:
    """Sends reports to the client that placed the order and the master client, if they are there;
    `after_trade` is called when an account has changed.
    """

    def __init__(
        self,
        registry: ClientRegistry,
        buying_power: BuyingPower,
        timers: Timers,
        behaviour: BrokerBehaviour,
        after_trade: Callable[[Account, Position], None],
        connected: Callable[[], bool] = lambda: True,
    ) -> None:
        self._registry = registry
        self._buying_power = buying_power
        self._timers = timers
        self._behaviour = behaviour
        self._master = behaviour.master_client_id
        self._after_trade = after_trade
        self._connected = connected
        self._kept: list[Callable[[], None]] = []  # what happened while the line to IB was down

    def _audience(self, live: LiveOrder) -> list[ClientSession]:
        owner = None if live.hidden else self._registry.get(live.order.clientId)
        master = None if self._master is None else self._registry.get(self._master)
        return [client for client in dict.fromkeys((owner, master)) if client is not None]

    # --- events of the order book ---

    def line_is_back(self) -> None:
        """Report what has happened at IB while the line was down."""
        kept, self._kept = self._kept, []
        for report in kept:
            report()

    def _report(self, report: Callable[[], None]) -> None:
        """Report what comes from IB: now, or when the line is back."""
        if self._connected():
            report()
        else:
            self._kept.append(report)

    def opened(self, live: LiveOrder) -> None:
        """Send openOrder and orderStatus."""
        if live.status in _OF_TWS:
            self._opened(live)
        else:
            self._report(lambda: self._opened(live))

    def _opened(self, live: LiveOrder) -> None:
        for client in self._audience(live):
            self.describe(client, live)
        live.times_shown += 1

    def status(self, live: LiveOrder) -> None:
        """Send orderStatus."""
        for client in self._audience(live):
            self._send_status(client, live)

    def cancelled(self, live: LiveOrder, reason: str) -> None:
        """Send orderStatus and error 202."""

        def send() -> None:
            for client in self._audience(live):
                self._send_status(client, live)
                client.error(_id(live), 202, f"Order Canceled - reason:{reason}")

        self._report(send)

    def rejected(self, live: LiveOrder, text: str) -> None:
        """Send openOrder, orderStatus and error 201."""

        def send() -> None:
            for client in self._audience(live):
                self.describe(client, live)
                client.error(_id(live), 201, f"Order rejected - reason:{text}")
                if self._behaviour.repeat_pairs:
                    self.describe(client, live)

        self._report(send)

    def warned(self, live: LiveOrder, code: int, text: str) -> None:
        """Send a warning as an error."""

        def send() -> None:
            for client in self._audience(live):
                client.error(_id(live), code, text)

        self._report(send)

    def bound(self, live: LiveOrder) -> None:
        """Send orderBound."""
        for client in self._audience(live):
            client.send(
                "orderBound",
                permId=live.order.permId,
                clientId=live.order.clientId,
                orderId=live.order.orderId,
            )

    def filled(self, live: LiveOrder, fills: Sequence[Fill]) -> None:
        """Send executions, the order's new state and commissions."""
        self._report(lambda: self._filled(live, fills))

    def _filled(self, live: LiveOrder, fills: Sequence[Fill]) -> None:
        late = self._behaviour.late_executions
        for client in self._audience(live):
            if late:
                self.describe(client, live)
            elif self._behaviour.repeat_pairs:
                self._send_fills(client, live, fills)
            else:
                _send_executions(client, fills)
                self.describe(client, live)
                _send_commissions(client, fills)
        if late:
            self._timers.call_later(late, lambda: self._executed_late(live, fills))
        for fill in fills:
            if fill.report is not None:
                self._after_trade(fill.account, fill.account.positions[fill.instrument.con_id])

    def _send_fills(self, client: ClientSession, live: LiveOrder, fills: Sequence[Fill]) -> None:
        """Send each execution with the order's state; then the state with the commission, and the
        report of it.
        """
        for fill in fills:
            _send_executions(client, [fill])
            self.describe(client, live)
        for fill in fills:
            if fill.report is not None:
                self.describe(client, live, with_commission=True)
                _send_commissions(client, [fill])

    def _executed_late(self, live: LiveOrder, fills: Sequence[Fill]) -> None:
        for client in self._audience(live):
            _send_executions(client, fills)
            _send_commissions(client, fills)

    def cleared(self, fill: Fill) -> None:
        """Report an execution without an order, or a correction, to everybody who may see it."""
        wanted = (_NOBODY if fill.live is None else fill.live.order.clientId, self._master)
        for client in [client for client in self._registry if client.client_id in wanted]:
            _send_executions(client, [fill])
            _send_commissions(client, [fill])
        self._after_trade(fill.account, fill.account.positions[fill.instrument.con_id])

    def previewed(self, live: LiveOrder) -> None:
        """Send openOrder with the figures of a whatIf."""
        owner = self._registry.get(live.order.clientId)
        if owner is not None:
            state = self._buying_power.preview(live, self._behaviour.order_defaults)
            self._send_open_order(owner, live, state)
            if text := self._buying_power.refused(live):
                owner.error(live.order.orderId, 201, f"Order rejected - reason:{text}")

    # --- on request ---

    def describe(
        self, client: ClientSession, live: LiveOrder, with_commission: bool = False
    ) -> None:
        """Send the pair of messages by which TWS reports an order."""
        state = no_preview(live.status)
        if client.server_version >= PROTOBUF:  # there what is not known is left out
            state = OrderState()
            state.status = live.status
        if len(live.shares) > 1:
            state.orderAllocations = [_allocation(live, n) for n in range(len(live.shares))]
        if with_commission:
            if not live.instrument.legs:
                state.commissionAndFees = float(live.commission)
            state.commissionAndFeesCurrency = live.shares[0].account.commissions.currency(
                live.instrument
            )
        self._send_open_order(client, live, state)
        self._send_status(client, live)

    def _send_open_order(self, client: ClientSession, live: LiveOrder, state: OrderState) -> None:
        contract = live.contract
        if client.server_version >= PROTOBUF and contract.right == "?":
            contract = copy.copy(contract)
            contract.right = ""
        order = shown_order(live, self._behaviour.order_defaults, self._timers.clock.now())
        client.send(
            "openOrder", orderId=_id(live), contract=contract, order=order, orderState=state
        )

    def describe_completed(self, client: ClientSession, live: LiveOrder) -> None:
        """Send completedOrder."""
        state = no_preview(live.status)
        state.completedTime = stamp(live.completed_time)
        order = live.order
        if live.status == FILLED:
            state.completedStatus = f"Filled Size: {live.filled.normalize():f}"
        else:
            state.completedStatus = (
                "Rejected by System"
                if live.status == INACTIVE
                else live.completed_status or "Cancelled by Trader"
            )
        order.filledQuantity = live.filled
        order.usePriceMgmtAlgo = order.usePriceMgmtAlgo or False
        order.routeMarketableToBbo = order.routeMarketableToBbo or False
        order.parentPermId = live.parent.order.permId if live.parent else UNSET_LONG
        client.send("completedOrder", contract=live.contract, order=order, orderState=state)

    def _send_status(self, client: ClientSession, live: LiveOrder) -> None:
        order = live.order
        values: dict[str, Any] = {
            "orderId": _id(live),
            "status": live.status,
            "filled": live.filled,
            "remaining": live.remaining,
            "avgFillPrice": float(live.average_price),
            "permId": order.permId,
            "parentId": order.parentId,
            "lastFillPrice": float(live.last_price),
            "clientId": order.clientId,
            "whyHeld": live.why_held,
            "mktCapPrice": 0.0,
        }
        for _ in range(2 if self._behaviour.repeat_status else 1):
            client.send("orderStatus", **values)


def _id(live: LiveOrder) -> int:
    return MANUAL if live.hidden else live.order.orderId


def _allocation(live: LiveOrder, n: int) -> OrderAllocation:
    share, made = live.shares[n], OrderAllocation()
    held, sign = share.account.held(live.instrument), 1 if live.buys else -1
    got = live.allocated.get(share.account.code)
    made.account = share.account.code
    made.position = held
    made.desiredAllocQty = made.allowedAllocQty = share.quantity
    made.positionDesired = made.positionAfter = held + sign * (share.quantity - (got or 0))
    return made


def _send_executions(client: ClientSession, fills: Sequence[Fill]) -> None:
    for fill in fills:
        client.send(
            "execDetails", reqId=UNSOLICITED, contract=fill.contract, execution=fill.execution
        )


def _send_commissions(client: ClientSession, fills: Sequence[Fill]) -> None:
    for fill in fills:
        if fill.report is not None:
            client.send("commissionAndFeesReport", commissionAndFeesReport=fill.report)
