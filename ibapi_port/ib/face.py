"""What IB and AsyncIB share: the engine, the events, the state that is kept in step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from .._client.dispatcher import ENDING
from ..contract import Contract
from ..order import Order
from ..order_cancel import OrderCancel
from ..pacing import Pacing
from ..seams import End
from .answers import Answer
from .engine import Below, Convert, Engine, Observed
from .events import Event
from .rows import AccountValue, Fill, PnL, PortfolioItem, Position
from .state import AccountState
from .streams import Feed
from .trades import OrderBook, Trade, execution_of

if TYPE_CHECKING:
    from ..supervised import Gap, Phase, Report

logger = logging.getLogger("ibapi_port.ib")
A = TypeVar("A", bound=Trade)
T = TypeVar("T")
DEFAULT_TIMEOUT = 30.0  # seconds for an answer


class Events(Generic[A]):
    """What a program may hear of. Add a function with `+=`."""

    def __init__(self, run: Callable[[Callable[..., object], tuple[object, ...]], None]) -> None:
        self.error: Event[int, int, str] = Event("error", run)
        self.handlerError: Event[Exception] = Event("handlerError", run)
        self.disconnected: Event[End | None] = Event("disconnected", run)
        self.openOrder: Event[A] = Event("openOrder", run)
        self.orderStatus: Event[A] = Event("orderStatus", run)
        self.execDetails: Event[A, Fill] = Event("execDetails", run)
        self.commissionAndFeesReport: Event[A, Fill] = Event("commissionAndFeesReport", run)
        self.position: Event[Position] = Event("position", run)
        self.updatePortfolio: Event[PortfolioItem] = Event("updatePortfolio", run)
        self.updateAccountValue: Event[AccountValue] = Event("updateAccountValue", run)
        self.pnl: Event[PnL] = Event("pnl", run)
        self.connectionState: Event[Phase, Phase, str] = Event("connectionState", run)
        self.reconnected: Event[Gap] = Event("reconnected", run)
        self.ordersReconciled: Event[Report] = Event("ordersReconciled", run)


class Face(Generic[A]):
    """State that is kept in step, and orders: the base of IB and AsyncIB."""

    _leads_itself = False  # an event loop reads, and processes messages, while it is free

    def __init__(
        self,
        make_trade: Callable[[Engine, Contract, Order], A],
        timeout: float,
        pacing: Pacing | None,
    ) -> None:
        self.timeout = timeout
        self.events: Events[A] = Events(self._run_handler)
        self.gaps: tuple[Gap, ...] = ()
        self._make_trade = make_trade
        self._below = Below(pacing, self._call, self._call_each, self._in_loop, self._leads_itself)
        self._stand_on(Engine(self._callback, self._error, self._closed, self._below))

    def _stand_on(self, engine: Engine) -> None:
        self._engine = engine
        self._orders = OrderBook(engine, self._make_trade, self._tell)
        self._state = AccountState(self._tell)

    # --- state kept in step ---

    @property
    def isConnected(self) -> bool:
        """Whether there is a connection."""
        return bool(self._engine.client.isConnected())

    @property
    def serverVersion(self) -> int:
        """The server version that was agreed; 0 without a connection."""
        return self._engine.client.serverVersion() or 0

    def health(self) -> dict[str, object]:
        """Return how the connection is, as plain data: "state", "why" it has ended, "host", "port",
        how many "subs" there are by request, how many "requests" wait for an answer, and how many
        are "waiting" for TWS's limits. With `connect(supervised=True)` also what
        SupervisedClient.health() has.
        """
        return self._engine.health()

    def accounts(self) -> list[str]:
        """Return the accounts of the login."""
        return list(self._state.accounts)

    def positions(self, account: str = "") -> list[Position]:
        """Return what is held now, of one account or of all."""
        return self._state.positions(account)

    def portfolio(self, account: str = "") -> list[PortfolioItem]:
        """Return what is held now, with its value."""
        return self._state.portfolio(account)

    def accountValues(self, account: str = "") -> list[AccountValue]:
        """Return the account's values now, such as NetLiquidation."""
        return self._state.values(account)

    def pnl(self, account: str = "") -> list[PnL]:
        """Return the day's profit and loss now, of one account or of all (connect(pnl=True))."""
        return self._state.pnl(account)

    @property
    def keepDone(self) -> int:
        """How many orders that are done are kept, with their executions: the newest 10,000."""
        return self._orders.finished.most

    @keepDone.setter
    def keepDone(self, most: int) -> None:
        if most < 0:
            raise ValueError(f"keepDone: {most} is below 0")
        self._orders.finished.most = most
        self._orders.forget_old()

    def trades(self) -> list[A]:
        """Return the orders that are known, the oldest first: all open ones, and those done that
        are kept (`keepDone`).
        """
        return self._orders.trades()

    def openTrades(self) -> list[A]:
        """Return the orders that are not done."""
        return [each for each in self._orders.trades() if not each._may_be_forgotten]

    def fills(self) -> list[Fill]:
        """Return the executions of the day that are known."""
        return self._orders.fills()

    # --- orders ---

    def placeOrder(self, contract: Contract, order: Order) -> A:
        """Send an order. Return its Trade at once; an orderId is given to it if it has none."""
        if isinstance(order, Sequence):
            raise TypeError("order: these are several orders, such as a bracket; use placeOrders")
        return self._orders.place(contract, [order])[0]

    def placeOrders(self, contract: Contract, orders: Sequence[Order]) -> list[A]:
        """Send several orders, such as a bracket, in their order. Return their Trades."""
        if isinstance(orders, Order):
            raise TypeError("orders: this is one order; use placeOrder")
        return self._orders.place(contract, orders)

    def reqGlobalCancel(self) -> None:
        """Cancel all open orders of the login, manual ones too. NotConnected: it was not sent."""
        self._engine.command("reqGlobalCancel", OrderCancel())

    def reqAutoOpenOrders(self, bAutoBind: bool) -> None:
        """For client 0: take orders that are entered in TWS from now on as this client's."""
        self._engine.client_call("reqAutoOpenOrders", bAutoBind)

    def exerciseOptions(
        self,
        contract: Contract,
        exerciseAction: Literal[1, 2],
        exerciseQuantity: int,
        account: str,
        override: bool = False,
        manualOrderTime: str = "",
        customerAccount: str = "",
        professionalCustomer: bool = False,
    ) -> A:
        """Exercise options (1), or let them lapse (2). Return its Trade.

        override: exercise what is out of the money, or let lapse what is in it.
        """
        action = "EXERCISE" if exerciseAction == 1 else "LAPSE"
        order = Order(action=action, totalQuantity=Decimal(exerciseQuantity), account=account)
        what = (exerciseAction, exerciseQuantity, account, int(override))
        more = (manualOrderTime, customerAccount, professionalCustomer)
        return self._orders.exercise(contract, order, (*what, *more))

    def updateDisplayGroup(self, group: Feed[str], contractInfo: str) -> None:
        """Let a colour group of TWS show a contract: "conId@exchange", or "none".

        group: what subscribeToGroupEvents has returned.
        """
        self._engine.client_call("updateDisplayGroup", group.reqId, contractInfo)

    def _ask(self, name: str, *arguments: object, convert: Convert[T]) -> Answer[T]:
        self._before_asking()
        return self._engine.ask(name, *arguments, convert=convert)

    def _before_asking(self) -> None:
        """Raise WouldBlock where waiting for the answer would block, before anything is sent."""

    # --- in the processing thread ---

    def _callback(self, name: str, key: int | None, arguments: tuple[object, ...]) -> None:
        if name == "execDetails":
            arguments = execution_of(arguments)
        self._orders.receive(name, arguments)
        self._state.receive(name, arguments)

    def _error(self, request_id: int, code: int, text: str) -> None:
        self._orders.error(request_id, code, text)
        self.events.error(request_id, code, text)

    def _closed(self, end: End | None) -> None:
        self._orders.closed(self._engine.not_connected())
        self.events.disconnected(end)

    def _tell(self, name: str, arguments: tuple[object, ...]) -> None:
        getattr(self.events, name)(*arguments)

    def _run_handler(self, handler: Callable[..., object], arguments: tuple[object, ...]) -> None:
        """Let a handler be called in the thread that is for it."""
        raise NotImplementedError

    def _call(self, handler: Callable[..., object], arguments: tuple[object, ...]) -> None:
        """Call a handler, in the thread that is for it. What it raises is told and goes no
        further.
        """
        try:
            made = handler(*arguments)
        except ENDING:
            raise
        except BaseException as e:  # whatever a handler raises is the handler's own
            self._handler_raised(handler, e)
        else:
            if made is not None:
                self._handler_returned(handler, made)

    def _call_each(self, stream: Observed, rows: Iterable[object]) -> None:
        """Call a stream's handlers with each row, in the thread that is for it."""
        event = stream.updateEvent
        for row in rows:
            if stream.is_cancelled:  # by a handler, or since the rows came
                return
            for handler in event.handlers:
                try:
                    made = handler(row)
                except ENDING:
                    raise
                except BaseException as e:  # whatever a handler raises is the handler's own
                    self._handler_raised(handler, e)
                    continue
                if made is not None:
                    self._handler_returned(handler, made)

    def _handler_returned(self, handler: Callable[..., object], made: object) -> None:
        """Take what a handler has returned: a coroutine, if it is a coroutine function."""
        raise NotImplementedError

    def _in_loop(self, function: Callable[[], None], may_wait: bool = False) -> None:
        """Let a function be called in the event loop. IB has none."""
        raise NotImplementedError

    def _handler_raised(self, handler: Callable[..., object], error: BaseException) -> None:
        """Log what a handler raised, and tell it; not where it came from such a telling."""
        if not isinstance(error, Exception):  # asyncio's CancelledError, of a future's result()
            cause = error
            error = RuntimeError(f"the handler raised {type(cause).__name__}")
            error.__cause__ = cause
        logger.error("an event handler raised: %r", handler, exc_info=error)
        if handler not in self.events.handlerError.handlers:
            self.events.handlerError(error)


__all__ = ["DEFAULT_TIMEOUT", "Events", "Face"]
