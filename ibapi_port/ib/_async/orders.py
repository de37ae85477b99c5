"""Orders: those that TWS knows, previews, executions. Face places them."""

from __future__ import annotations

from functools import partial

from ...contract import Contract
from ...execution import ExecutionFilter
from ...order import Order
from ...order_state import OrderState
from .. import converters as made
from ..async_base import AsyncBase
from ..engine import Row, Rows
from ..rows import Fill, OpenOrder
from ..trades import AsyncTrade


class Orders(AsyncBase):
    """Orders: those that TWS knows, previews, executions. Face places them."""

    async def reqOpenOrders(self, *, timeout: float | None = None) -> list[AsyncTrade]:
        """Fetch this client's open orders. Return all that are open then."""
        await self._request("reqOpenOrders", convert=len, timeout=timeout)
        return self.openTrades()

    async def reqAllOpenOrders(self, *, timeout: float | None = None) -> list[AsyncTrade]:
        """Fetch the open orders of all clients, manual ones too. Return all that are open then."""
        listed = partial(self._orders.all_open_listed, self._orders.trades())
        await self._request("reqAllOpenOrders", convert=listed, timeout=timeout)
        return self.openTrades()

    async def whatIf(
        self, contract: Contract, order: Order, *, timeout: float | None = None
    ) -> OrderState:
        """Return margin and commission of an order that is not placed."""
        self._before_asking()
        asked = self._orders.what_if(contract, order)
        return await self._answer(asked, "whatIf", timeout)

    async def reqCompletedOrders(
        self, apiOnly: bool = False, *, timeout: float | None = None
    ) -> Rows[OpenOrder]:
        """Return the day's orders that were filled or cancelled."""
        convert = made.each(OpenOrder, "completedOrder")
        return await self._request("reqCompletedOrders", apiOnly, convert=convert, timeout=timeout)

    async def reqExecutions(
        self, execFilter: ExecutionFilter | None = None, *, timeout: float | None = None
    ) -> Rows[Fill]:
        """Return the day's executions that fit the filter; commissions may follow in `fills()`."""
        wanted = ExecutionFilter() if execFilter is None else execFilter

        def convert(rows: list[Row]) -> Rows[Fill]:
            found = made.each(Fill, "execDetails")(rows)
            for fill in found:
                self._orders.execution(fill.contract, fill.execution)
            return found

        return await self._request("reqExecutions", wanted, convert=convert, timeout=timeout)


__all__ = ["Orders"]
