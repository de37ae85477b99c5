"""Orders: those that TWS knows, previews, executions. Face places them.

This file is made from _async/orders.py by .ci/async_to_sync.py: change that one, then run it.
"""

from __future__ import annotations

from functools import partial

from ...contract import Contract
from ...execution import ExecutionFilter
from ...order import Order
from ...order_state import OrderState
from .. import converters as made
from ..engine import Row, Rows
from ..rows import Fill, OpenOrder
from ..sync_base import SyncBase
from ..trades import SyncTrade


class Orders(SyncBase):
    """Orders: those that TWS knows, previews, executions. Face places them."""

    def reqOpenOrders(self, *, timeout: float | None = None) -> list[SyncTrade]:
        """Fetch this client's open orders. Return all that are open then."""
        self._request("reqOpenOrders", convert=len, timeout=timeout)
        return self.openTrades()

    def reqAllOpenOrders(self, *, timeout: float | None = None) -> list[SyncTrade]:
        """Fetch the open orders of all clients, manual ones too. Return all that are open then."""
        listed = partial(self._orders.all_open_listed, self._orders.trades())
        self._request("reqAllOpenOrders", convert=listed, timeout=timeout)
        return self.openTrades()

    def whatIf(
        self, contract: Contract, order: Order, *, timeout: float | None = None
    ) -> OrderState:
        """Return margin and commission of an order that is not placed."""
        self._before_asking()
        asked = self._orders.what_if(contract, order)
        return self._answer(asked, "whatIf", timeout)

    def reqCompletedOrders(
        self, apiOnly: bool = False, *, timeout: float | None = None
    ) -> Rows[OpenOrder]:
        """Return the day's orders that were filled or cancelled."""
        convert = made.each(OpenOrder, "completedOrder")
        return self._request("reqCompletedOrders", apiOnly, convert=convert, timeout=timeout)

    def reqExecutions(
        self, execFilter: ExecutionFilter | None = None, *, timeout: float | None = None
    ) -> Rows[Fill]:
        """Return the day's executions that fit the filter; commissions may follow in `fills()`."""
        wanted = ExecutionFilter() if execFilter is None else execFilter

        def convert(rows: list[Row]) -> Rows[Fill]:
            found = made.each(Fill, "execDetails")(rows)
            for fill in found:
                self._orders.execution(fill.contract, fill.execution)
            return found

        return self._request("reqExecutions", wanted, convert=convert, timeout=timeout)


__all__ = ["Orders"]
