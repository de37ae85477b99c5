"""AsyncIB: requests that return their answers, for asyncio.

Its methods stand in _async, by area. IB is made from these files by .ci/async_to_sync.py: change
them, then run it.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from ..pacing import DEFAULT, Pacing
from ._async.accounts import Accounts
from ._async.history import History
from ._async.instruments import Instruments
from ._async.news import News
from ._async.orders import Orders
from ._async.session import Session
from .async_base import connecting
from .state import KeptPnL

if TYPE_CHECKING:
    from ..supervised import Policy


class AsyncIB(Session, Instruments, History, Orders, Accounts, News):
    """A connection to TWS whose requests return their answers.

    Make it with `connect`. `timeout` of a method is in seconds; None is that of `connect`. An error
    that ends a request raises RequestFailed, a late answer RequestTimeout, a lost connection
    NotConnected; "no data" is an empty list.
    """

    @classmethod
    @connecting
    async def connect(
        cls,
        host: str = "127.0.0.1",
        port: int = 7497,
        clientId: int = 0,
        *,
        timeout: float = 30.0,
        connectTimeout: float = 10.0,
        positions: bool = True,
        openOrders: bool = True,
        fills: bool = True,
        account: str | None = None,
        allOpenOrders: bool = False,
        pnl: bool = False,
        pacing: Pacing | None = DEFAULT,
        supervised: bool | Policy = False,
    ) -> AsyncIB:
        """Connect, and fetch the state that is kept in step. `async with` ends the connection.

        positions, openOrders, fills: whether to keep each. account: the account whose values and
        portfolio are kept ("" is the login's first one); None keeps neither. allOpenOrders: fetch
        those of other clients and manual ones too; TWS tells their changes to client 0 and to the
        master client alone. pnl: keep the day's profit and loss of each account. pacing: how fast
        requests go to TWS (see `ibapi_port.pacing`); None sends each at once. supervised: the
        connection comes back after a loss, and what was asked for goes on (True, or a Policy); it
        is tried for as long as connectTimeout. NotConnected says why there is no connection.
        """
        ib = cls(timeout, pacing)
        if supervised:
            from .supervised import supervise  # here: most programs do without

            supervise(ib, supervised)
        ready = await ib._connect(host, port, clientId, connectTimeout)
        try:
            await ib._answer(ready, "connect", connectTimeout)
            ib._orders.client_id = clientId
            await ib._start(positions, openOrders, allOpenOrders, fills, account, pnl)
        except BaseException:
            await ib._disconnect()
            raise
        return ib

    async def _start(
        self,
        positions: bool,
        open_orders: bool,
        all_open_orders: bool,
        fills: bool,
        account: str | None,
        pnl: bool,
    ) -> None:
        if not self._state.accounts:
            await self.reqManagedAccts()
        if open_orders:
            await self.reqOpenOrders()
        if all_open_orders:
            await self.reqAllOpenOrders()
        if fills:
            await self.reqExecutions()
        if positions:
            self._engine.kept.add("reqPositions")
            await self.reqPositions()
        if account is not None:
            self._engine.kept.add("reqAccountUpdates")
            await self._request("reqAccountUpdates", True, account, convert=len, timeout=None)
        if pnl:
            for each in self.accounts():
                self._engine.begin("reqPnL", each, "", stream=KeptPnL(self._state, each))

    async def disconnect(self) -> None:
        """End the connection. What waits for an answer gets NotConnected."""
        await self._disconnect()

    async def __aenter__(self) -> AsyncIB:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.disconnect()


__all__ = ["AsyncIB"]
