"""What clients are told of orders: openOrder, orderStatus, execDetails, commission reports, errors."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ...const import UNSET_DOUBLE, UNSET_LONG
from ...order_state import OrderState
from ..account.ledger import BASE, Account, cents
from ..market.quotes import Market
from ..peer import Peer, Roster
from ..times import stamp
from .orders import FILLED, Fill, LiveOrder

UNSOLICITED = -1  # request id of an execution that was not asked for
_UNSET_TEXT = "1.7976931348623157E308"  # how TWS writes a margin that it doesn't tell


class OrderReports:
    """Tells the client that placed the order, if it is there; `after_trade` is called when the account has changed."""

    def __init__(self, roster: Roster, market: Market, account: Account, after_trade: Callable[[LiveOrder], None]) -> None:
        self._roster, self._market, self._account, self._after_trade = roster, market, account, after_trade

    # --- events of the order book ---

    def opened(self, live: LiveOrder) -> None:
        owner = self._roster.get(live.order.clientId)
        if owner is not None:
            self.describe(owner, live)

    def cancelled(self, live: LiveOrder) -> None:
        owner = self._roster.get(live.order.clientId)
        if owner is not None:
            _send_status(owner, live)
            owner.error(live.order.orderId, 202, "Order Canceled - reason:")

    def rejected(self, live: LiveOrder, text: str) -> None:
        owner = self._roster.get(live.order.clientId)
        if owner is not None:
            _send_status(owner, live)
            owner.error(live.order.orderId, 201, f"Order rejected - reason:{text}")

    def executed(self, live: LiveOrder, fill: Fill) -> None:
        owner = self._roster.get(live.order.clientId)
        if owner is not None:
            owner.send("execDetails", reqId=UNSOLICITED, contract=fill.contract, execution=fill.execution)

    def charged(self, live: LiveOrder, fill: Fill) -> None:
        owner = self._roster.get(live.order.clientId)
        if owner is not None:
            owner.send("commissionAndFeesReport", commissionAndFeesReport=fill.report)
        self._after_trade(live)

    def previewed(self, live: LiveOrder) -> None:
        owner = self._roster.get(live.order.clientId)
        if owner is not None:
            owner.send("openOrder", orderId=live.order.orderId, contract=live.contract, order=live.order, orderState=self._preview(live))

    # --- on request ---

    def describe(self, peer: Peer, live: LiveOrder) -> None:
        """The pair of messages by which TWS tells of an order."""
        peer.send("openOrder", orderId=live.order.orderId, contract=live.contract, order=live.order, orderState=_state(live.status))
        _send_status(peer, live)

    def describe_completed(self, peer: Peer, live: LiveOrder) -> None:
        state = _state(live.status)
        state.completedTime = stamp(live.completed_time)
        state.completedStatus = f"Filled Size: {live.filled}" if live.status == FILLED else "Cancelled by Trader"
        order = live.order
        order.filledQuantity = live.filled
        order.routeMarketableToBbo = order.routeMarketableToBbo or False
        order.parentPermId = live.parent.order.permId if live.parent else UNSET_LONG
        peer.send("completedOrder", contract=live.contract, order=order, orderState=state)

    def _preview(self, live: LiveOrder) -> OrderState:
        """Margin and commission as they would be if the order filled now."""
        quote = self._market.quote(live.instrument)
        price = live.ticket.limit or live.ticket.stop or (quote.ask if live.ticket.buys else quote.bid)
        quantity = live.order.totalQuantity
        commission = self._account.commission(live.instrument, quantity, price)
        margin, equity = self._account.margin(), self._account.net_liquidation()
        change = self._account.margin_change(live.instrument, quantity if live.ticket.buys else -quantity)
        state = OrderState()
        state.status = live.status
        state.initMarginBefore, state.initMarginChange, state.initMarginAfter = _before_and_after(margin, change)
        state.maintMarginBefore, state.maintMarginChange, state.maintMarginAfter = _before_and_after(margin, change)
        state.equityWithLoanBefore, state.equityWithLoanChange, state.equityWithLoanAfter = _before_and_after(equity, -commission)
        state.commissionAndFees, state.commissionAndFeesCurrency, state.marginCurrency = float(commission), BASE, BASE
        return state


def _before_and_after(before: Decimal, change: Decimal) -> tuple[str, str, str]:
    return str(cents(before)), str(cents(change)), str(cents(before + change))


def _state(status: str) -> OrderState:
    state = OrderState()
    state.status = status
    state.initMarginBefore = state.initMarginChange = state.initMarginAfter = _UNSET_TEXT
    state.maintMarginBefore = state.maintMarginChange = state.maintMarginAfter = _UNSET_TEXT
    state.equityWithLoanBefore = state.equityWithLoanChange = state.equityWithLoanAfter = _UNSET_TEXT
    state.commissionAndFees = UNSET_DOUBLE
    return state


def _send_status(peer: Peer, live: LiveOrder) -> None:
    order = live.order
    peer.send(
        "orderStatus",
        orderId=order.orderId,
        status=live.status,
        filled=live.filled,
        remaining=Decimal(0) if live.status == FILLED else live.remaining,
        avgFillPrice=float(live.fill_price),
        permId=order.permId,
        parentId=order.parentId,
        lastFillPrice=float(live.last_price),
        clientId=order.clientId,
        whyHeld=live.why_held,
        mktCapPrice=0.0,
    )
