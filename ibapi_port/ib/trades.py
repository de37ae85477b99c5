"""Orders as they go: what is told of one order in many callbacks, joined in one Trade."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeout
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from ..commission_and_fees_report import CommissionAndFeesReport
from ..contract import Contract
from ..execution import Execution
from ..order import Order
from ..order_cancel import OrderCancel
from ..order_state import OrderState
from ..protocol.schema.conversations import STATUS_FOLLOWS, is_warning
from .answers import Answer
from .engine import Engine
from .exceptions import NotConnected, RequestFailed, RequestTimeout, failure
from .finished import Finished
from .orders import Bracket
from .rows import Fill, OrderStatus
from .tables import html_table
from .waits import result_of

if TYPE_CHECKING:
    from ..supervised import Gap

DONE = frozenset({"Filled", "Cancelled", "ApiCancelled", "Inactive"})
# one after the other, but any may be left out: who waits for one has it with each that follows
STAGES = ("PendingSubmit", "PreSubmitted", "Submitted", "Filled")
KNOWN = (*STAGES, *sorted(DONE - {"Filled"}), "PendingCancel", "ApiPending")
TOO_LATE = frozenset({10147, 10148, 161})  # a cancel that found nothing to cancel


@dataclass(frozen=True)
class LogEntry:
    """A change of a trade: when it was received (UTC), the status then, and TWS's words."""

    time: datetime
    status: str
    message: str = ""
    code: int = 0


COMBO = "BAG"  # secType of a combo
LOG_KEPT = 1000  # changes of one order: one that is changed all day for weeks has very many
FILLS_KEPT = 5  # executions that are kept for each order that may be done


class Trade:
    """An order, its status, its fills, and the log of every change. The engine keeps it in step.

    Each attribute is replaced as a whole, so that any thread may read it.
    """

    def __init__(self, engine: Engine, contract: Contract, order: Order) -> None:
        self._engine = engine
        self.contract = contract
        self.order = order
        self.orderState: OrderState | None = None
        self._told: Order | None = None  # the order as TWS has it: somebody may change it in TWS
        self.status = OrderStatus()
        self.fills: tuple[Fill, ...] = ()
        self.log: tuple[LogEntry, ...] = ()
        self.error: RequestFailed | None = None
        self.gaps: tuple[Gap, ...] = ()  # times without a connection that it has been through
        self._is_lost = False  # TWS does not know it after a gap, whatever its status was before
        self._noted = 0  # how many changes there were: the log has the last ones
        # what the book knows it by, and since when it may be forgotten
        self._key = (0, 0)
        self._perm_id = 0
        self._ended_at: float | None = None
        self._is_unlisted = False  # of another client, and not among the open orders any more
        self._guard = threading.Lock()  # of the list of those who wait
        self._waiting: list[tuple[Callable[[], bool], Future[None]]] = []

    @property
    def orderId(self) -> int:
        return self.order.orderId

    @property
    def isDone(self) -> bool:
        """Whether nothing more is to be expected: filled, cancelled, refused or lost."""
        status = self.status.status
        return status in DONE or self._is_lost or (self.error is not None and not status)

    @property
    def _is_waited_for(self) -> bool:
        return bool(self._waiting)

    @property
    def _may_be_forgotten(self) -> bool:
        """Whether nothing more is to be expected, or TWS may not tell of it."""
        return self.isDone or self._is_unlisted

    @property
    def filled(self) -> Decimal:
        """How much was executed: the status or the sum of the fills, whichever knows more. Of a
        combo the executions of its legs do not count.
        """
        return max(self._executed(), self.status.filled)

    def _executed(self) -> Decimal:
        """Return how much the fills are together, of a combo those of the combo itself."""
        is_combo = self.contract.secType == COMBO
        counted = (f for f in self.fills if not is_combo or f.contract.secType == COMBO)
        return sum((each.execution.shares for each in counted), Decimal())

    def _is_paid(self) -> bool:
        """Return whether each fill has its commission. Where the legs of a combo are told, theirs
        is all that there is: one of the combo itself may never come.
        """
        legs = [f for f in self.fills if f.contract.secType != COMBO]
        counted = legs if legs and self.contract.secType == COMBO else self.fills
        return all(each.commission is not None for each in counted)

    @property
    def commission(self) -> float:
        """The sum of the commissions that TWS has reported."""
        known = (each.commission for each in self.fills)
        return sum(each.commissionAndFees for each in known if each is not None)

    def modify(self, **changes: object) -> None:
        """Change attributes of the order and send it again: `trade.modify(lmtPrice=190)`.

        AttributeError names an attribute that orders do not have, and NotConnected says that
        nothing was sent; then nothing is changed.
        """
        unknown = [name for name in changes if not hasattr(self.order, name)]
        if unknown:
            raise AttributeError(f"an Order has no {', '.join(unknown)}")
        before = {name: getattr(self.order, name) for name in changes}
        self._set(changes)
        try:
            self._engine.command("placeOrder", self.orderId, self.contract, self.order)
        except NotConnected:
            self._set(before)
            raise

    def _set(self, values: Mapping[str, object]) -> None:
        for name, value in values.items():
            setattr(self.order, name, value)

    def cancel(self, manualOrderCancelTime: str = "") -> None:
        """Ask TWS to cancel the order. The status tells whether it could. NotConnected: TWS was
        not asked.
        """
        cancel = OrderCancel()
        cancel.manualOrderCancelTime = manualOrderCancelTime
        self._engine.command("cancelOrder", self.orderId, cancel)

    def __repr__(self) -> str:
        order = self.order
        name = self.contract.localSymbol or self.contract.symbol
        return (
            f"{type(self).__name__}({self.orderId}: {order.action} {order.totalQuantity} {name} "
            f"{order.orderType}, {self._standing()}, filled {self.filled})"
        )

    def _standing(self) -> str:
        """Return the status in words, also where TWS has told none."""
        status, error = self.status.status, self.error
        if self._is_lost:
            return "lost"
        if error is not None and not status:
            return f"refused (error {error.code}: {error.text})"
        return status or "not acknowledged"

    def _row(self) -> dict[str, object]:
        """Return what tables and frames show."""
        order = self.order
        return {
            "symbol": self.contract.localSymbol or self.contract.symbol,
            "orderId": order.orderId,
            "permId": order.permId,
            "action": order.action,
            "totalQuantity": order.totalQuantity,
            "orderType": order.orderType,
            "lmtPrice": order.lmtPrice,
            "auxPrice": order.auxPrice,
            "tif": order.tif,
            "account": order.account,
            "status": self.status.status,
            "filled": self.filled,
            "remaining": self.status.remaining,
            "avgFillPrice": self.status.avgFillPrice,
            "commission": self.commission,
            "why": "" if self.error is None else self.error.text,
        }

    def _repr_html_(self) -> str:
        return html_table(self)

    def _reached(self, status: str) -> Future[None]:
        """Return what is fulfilled when the order has this status ("" is any that ends it)."""
        if status and status not in KNOWN:
            raise ValueError(f"status: {status!r} is none of {', '.join(KNOWN)}")

        def holds() -> bool:
            # One that went by counts too: an order may be filled before anybody looks.
            reached = self.status.status
            if status and (
                status in (reached, *(entry.status for entry in self.log))
                or (status in STAGES and reached in STAGES[STAGES.index(status) :])
            ):
                return True
            if status and self.isDone:
                raise self._why_done()
            return self.isDone

        return self._when(holds)

    def _reported(self) -> Future[None]:
        """Return what is fulfilled when all fills and their commissions are there."""

        def holds() -> bool:
            if self.isDone and not self.filled:
                raise self._why_done()
            return self.isDone and self._is_paid() and self._executed() >= self.filled

        return self._when(holds)

    def _when(self, holds: Callable[[], bool]) -> Future[None]:
        """Return what is fulfilled when this holds. It fails if that raises RequestFailed."""
        future: Future[None] = Future()
        with self._guard:
            self._waiting.append((holds, future))
        self._tell_waiting()
        return future

    def _tell_waiting(self) -> None:
        with self._guard:
            waiting = list(self._waiting)
        for entry in waiting:
            holds, future = entry
            try:
                over = holds() or future.done()  # done: it was given up
            except RequestFailed as e:
                self._settle(entry, e)
                continue
            if over:
                self._settle(entry, None)

    def _closed(self, error: Exception) -> None:
        """The connection has ended: nobody waits for what cannot be told."""
        with self._guard:
            waiting = list(self._waiting)
        for entry in waiting:
            self._settle(entry, error)

    def _settle(
        self, entry: tuple[Callable[[], bool], Future[None]], error: Exception | None
    ) -> None:
        with self._guard:
            if entry not in self._waiting:
                return
            self._waiting.remove(entry)
        try:
            if error is None:
                entry[1].set_result(None)
            else:
                entry[1].set_exception(error)
        except InvalidStateError:  # given up by who waited
            return

    def _why_done(self) -> RequestFailed:
        if self.error is not None:
            return self.error
        return RequestFailed("placeOrder", 0, f"the order is {self.status.status}")

    # --- in the processing thread ---

    def _note(self, message: str = "", code: int = 0) -> None:
        entry = LogEntry(datetime.now(timezone.utc), self.status.status, message, code)
        self.log = (*self.log[1 - LOG_KEPT :], entry)
        self._noted += 1

    def _log_since(self, noted: int) -> tuple[LogEntry, ...]:
        """Return the changes since there were so many of them (`_noted`)."""
        return self.log[-count:] if (count := self._noted - noted) else ()

    def _take_fill(self, fill: Fill) -> bool:
        """Take an execution in. A revision (the last number of its id) replaces the one before.

        Return whether it is new.
        """
        base, revision = _split_id(fill.execution.execId)
        for n, known in enumerate(self.fills):
            known_base, known_revision = _split_id(known.execution.execId)
            if known_base == base:
                if revision <= known_revision:
                    return False
                self.fills = (*self.fills[:n], fill, *self.fills[n + 1 :])
                return True
        self.fills = (*self.fills, fill)
        return True


def _split_id(exec_id: str) -> tuple[str, int]:
    """Return an execution's id without its revision, and the revision: "0000e0d5.01.02" has 2."""
    base, _, last = exec_id.rpartition(".")
    return (base, int(last)) if base and last.isdigit() else (exec_id, 0)


class SyncTrade(Trade):
    """A Trade of IB."""

    def wait(self, status: str = "", timeout: float | None = None) -> None:
        """Wait until the order has this status, or had it; "" waits for any that ends it.

        A stop order, or one whose parent is not filled, stays "PreSubmitted" until it is triggered;
        "PreSubmitted" is reached by an order that is "Submitted" or "Filled", too.

        RequestFailed: the order has ended otherwise. RequestTimeout: not within `timeout` seconds.
        ValueError: there is no such status.
        """
        self._engine.check_may_block()
        self._await(self._reached(status), status or "done", timeout)

    def waitFills(self, timeout: float | None = None) -> tuple[Fill, ...]:
        """Wait until the order is done and TWS has reported each of its executions, with its
        commission. Return the fills. Executions and commissions may come later than the status.

        RequestFailed: the order has ended, and nothing was filled. RequestTimeout: as in `wait`.
        """
        self._engine.check_may_block()
        self._await(self._reported(), "reported as a whole", timeout)
        return self.fills

    def _await(self, future: Future[None], what: str, timeout: float | None) -> None:
        try:
            result_of(future, timeout)
        except FutureTimeout:
            future.cancel()
            raise _late(self, what, timeout) from None


class AsyncTrade(Trade):
    """A Trade of AsyncIB."""

    async def wait(self, status: str = "", timeout: float | None = None) -> None:
        """Wait until the order has this status, or had it; "" waits for any that ends it.

        A stop order, or one whose parent is not filled, stays "PreSubmitted" until it is triggered;
        "PreSubmitted" is reached by an order that is "Submitted" or "Filled", too.

        RequestFailed: the order has ended otherwise. RequestTimeout: not within `timeout` seconds.
        ValueError: there is no such status.
        """
        await self._await(self._reached(status), status or "done", timeout)

    async def waitFills(self, timeout: float | None = None) -> tuple[Fill, ...]:
        """Wait until the order is done and TWS has reported each of its executions, with its
        commission. Return the fills. Executions and commissions may come later than the status.

        RequestFailed: the order has ended, and nothing was filled. RequestTimeout: as in `wait`.
        """
        await self._await(self._reported(), "reported as a whole", timeout)
        return self.fills

    async def _await(self, future: Future[None], what: str, timeout: float | None) -> None:
        try:
            await asyncio.wait_for(asyncio.wrap_future(future), timeout)
        except asyncio.TimeoutError:
            raise _late(self, what, timeout) from None


def _late(trade: Trade, what: str, timeout: float | None) -> RequestTimeout:
    return RequestTimeout(
        f"order {trade.orderId} is {trade._standing()}, not {what}, in {timeout} s"
    )


A = TypeVar("A", bound=Trade)
T = TypeVar("T")
Tell = Callable[[str, tuple[object, ...]], None]


class OrderBook(Generic[A]):
    """All trades that the client knows, and their ids. Callbacks come in the processing thread."""

    def __init__(self, engine: Engine, make: Callable[[Engine, Contract, Order], A], tell: Tell):
        self._engine = engine
        self._make = make
        self._tell = tell
        self.client_id = 0
        self._guard = threading.RLock()  # trades are made by the program and by callbacks
        self._placing = threading.Lock()  # ids have to reach TWS in their order
        self._next_id = 0
        self._trades: dict[tuple[int, int], A] = {}
        self._by_perm_id: dict[int, A] = {}
        self._fills: dict[str, Fill] = {}
        self._commissions: dict[str, CommissionAndFeesReport] = {}
        self._previews: dict[int, Answer[OrderState]] = {}  # by order id
        self.finished: Finished[A] = Finished()

    def trades(self) -> list[A]:
        """Return the trades of this session, the oldest first: all that are open, and the newest
        of those that are done.
        """
        with self._guard:
            return list({id(each): each for each in self._all()}.values())

    def _all(self) -> list[A]:
        return [*self._trades.values(), *self._by_perm_id.values()]

    def fills(self) -> list[Fill]:
        """Return all executions that TWS has told, each in its last revision."""
        with self._guard:
            return list(self._fills.values())

    def next_order_id(self) -> int:
        """Return an order id that was not used."""
        with self._guard:
            self._next_id += 1
            return self._next_id - 1

    def place(self, contract: Contract, orders: Sequence[Order]) -> list[A]:
        """Give ids to orders that have none, and send them, one after the other. Those of a Bracket
        always get new ones: its children name their parent.
        """
        made = []
        with self._placing:
            if isinstance(orders, Bracket):
                orders.number(self.next_order_id() for _ in orders)
            for order in orders:
                if not order.orderId:
                    order.orderId = self.next_order_id()
                trade = self._sent_again(contract, order)
                if trade is None:
                    trade = self._make(self._engine, contract, order)
                    self._know(trade, self.client_id)
                made.append(trade)
                trade._note("sent")
                self._engine.client_call("placeOrder", order.orderId, contract, order)
        return made

    def _sent_again(self, contract: Contract, order: Order) -> A | None:
        """Return the Trade of an order that is placed once more, as a change of it: who waits for
        it, and its fills, stay. None: there is none, or it is done.
        """
        with self._guard:
            trade = self._trades.get((self.client_id, order.orderId))
        if trade is None or trade.isDone:
            return None
        trade.contract = contract
        trade.order = order
        trade.error = None
        return trade

    def _know(self, trade: A, client_id: int) -> None:
        """Let a trade be found by the ids that its order has now."""
        order = trade.order
        with self._guard:
            if order.orderId:
                trade._key = client_id, order.orderId
                self._trades[trade._key] = trade
            if order.permId:
                trade._perm_id = order.permId
                self._by_perm_id[order.permId] = trade

    def adopt(self, trade: A) -> None:
        """Keep a trade that was made of TWS's lists."""
        self._know(trade, trade.order.clientId)
        self.look_at(trade)

    # --- orders that are done ---

    def look_at(self, trade: A) -> None:
        """See whether a trade has ended, and forget the oldest ones that have."""
        with self._guard:
            self.finished.look_at(trade)
            self.forget_old()

    def forget_old(self) -> None:
        """Forget the orders that ended long ago, and what is known of their executions."""
        with self._guard:
            for trade in self.finished.take_old():
                if self._trades.get(trade._key) is trade:
                    del self._trades[trade._key]
                if self._by_perm_id.get(trade._perm_id) is trade:
                    del self._by_perm_id[trade._perm_id]
                for fill in trade.fills:
                    self._fills.pop(_split_id(fill.execution.execId)[0], None)
                    self._commissions.pop(fill.execution.execId, None)
            # executions that were listed may be of orders that nobody knows
            most = FILLS_KEPT * max(self.finished.most, 100)
            _shorten(self._fills, most)
            _shorten(self._commissions, most)

    def all_open_listed(
        self, known: Sequence[A], rows: Sequence[tuple[str, tuple[object, ...]]]
    ) -> None:
        """Take in the list of all clients' open orders. Those of other clients that were known
        before it was asked for, and that it does not have, are open no more: TWS may never tell
        how they ended.
        """
        orders = [cast(Order, row[2]) for name, row in rows if name == "openOrder"]
        listed = {(each.clientId, each.orderId) for each in orders}
        perm_ids = {each.permId for each in orders}
        for trade in known:
            client_id, _ = trade._key
            is_there = trade._key in listed or trade._perm_id in perm_ids
            if client_id != self.client_id and not is_there and not trade.isDone:
                trade._is_unlisted = True
                self.look_at(trade)

    def what_if(self, contract: Contract, order: Order) -> Answer[OrderState]:
        """Ask what an order would do to the account, without placing it."""
        asked = copy(order)
        asked.whatIf = True
        future: Answer[OrderState] = Answer()
        with self._placing:
            asked.orderId = self.next_order_id()
            with self._guard:
                self._previews[asked.orderId] = future
            future.add_done_callback(lambda _: self._previews.pop(asked.orderId, None))
            self._engine.client_call("placeOrder", asked.orderId, contract, asked)
        return future

    def exercise(self, contract: Contract, order: Order, arguments: tuple[object, ...]) -> A:
        """Send an exerciseOptions, whose id is an order's. Return its Trade."""
        with self._placing:
            order.orderId = self.next_order_id()
            order.clientId = self.client_id
            trade = self._add(contract, order)
            trade._note("sent")
            self._engine.client_call("exerciseOptions", order.orderId, contract, *arguments)
        return trade

    # --- in the processing thread ---

    def closed(self, error: Exception) -> None:
        """The connection has ended: who waits for an order or a preview is told."""
        self.fail_previews(error)
        for trade in self.trades():
            trade._closed(error)

    def fail_previews(self, error: Exception) -> None:
        """The connection has ended: no preview that is awaited will be answered."""
        with self._guard:
            previews = list(self._previews.values())
        for preview in previews:
            _fail(preview, error)

    def receive(self, name: str, arguments: tuple[object, ...]) -> None:
        """Take a callback in, if it is one of orders."""
        handler = _HANDLERS.get(name)
        if handler is not None:
            handler(self, *arguments)

    def next_valid_id(self, order_id: int) -> None:
        with self._guard:
            self._next_id = max(self._next_id, order_id)

    def _find(self, client_id: int, order_id: int, perm_id: int) -> A | None:
        with self._guard:
            found = self._trades.get((client_id, order_id)) if order_id else None
            return found if found is not None else self._by_perm_id.get(perm_id)

    def open_order(
        self, order_id: int, contract: Contract, order: Order, state: OrderState
    ) -> None:
        if order.whatIf:  # no order: not even where nobody waits for the answer any more
            preview = self._previews.get(order_id)
            if preview is not None:
                with contextlib.suppress(InvalidStateError):  # given up meanwhile
                    preview.set_result(state)
            return
        trade = self._find(order.clientId, order_id, order.permId)
        if trade is None:
            trade = self._add(contract, order)
        else:
            trade.order.permId = order.permId
            with self._guard:
                if order.permId:
                    trade._perm_id = order.permId
                    self._by_perm_id[order.permId] = trade
        trade.orderState = state
        trade._told = order
        trade._is_unlisted = False
        trade._tell_waiting()
        self._tell("openOrder", (trade,))

    def _add(self, contract: Contract, order: Order) -> A:
        trade = self._make(self._engine, contract, order)
        self._know(trade, order.clientId)
        with self._guard:
            if order.clientId == self.client_id:
                self._next_id = max(self._next_id, order.orderId + 1)
            fills = list(self._fills.values())
        for fill in fills:  # executions that were listed before their order
            if _is_of(fill.execution, order):
                trade._take_fill(fill)
        return trade

    def order_status(self, order_id: int, *values: object) -> None:
        status = OrderStatus(*values)  # type: ignore[arg-type]
        trade = self._find(status.clientId, order_id, status.permId)
        if trade is None or (trade.status == status and not trade._is_lost):
            return
        if trade._is_lost:  # TWS has found it after all
            trade._is_lost = False
            trade.error = None
        trade.status = status
        trade._is_unlisted = False
        trade._note()
        trade._tell_waiting()
        self._tell("orderStatus", (trade,))
        self.look_at(trade)

    def execution(self, contract: Contract, execution: Execution) -> None:
        fill = Fill(contract, execution, self._commissions.get(execution.execId))
        with self._guard:
            base, revision = _split_id(execution.execId)
            known = self._fills.get(base)
            if known is not None and revision <= _split_id(known.execution.execId)[1]:
                return
            self._fills[base] = fill
        trade = self._find(execution.clientId, execution.orderId, execution.permId)
        if trade is not None and trade._take_fill(fill):
            trade._note(f"fill {execution.shares} at {execution.price}")
            trade._tell_waiting()
            self._tell("execDetails", (trade, fill))

    def commission(self, report: CommissionAndFeesReport) -> None:
        self._commissions[report.execId] = report
        base = _split_id(report.execId)[0]
        with self._guard:
            known = self._fills.get(base)
            if known is None or known.execution.execId != report.execId:
                return  # it comes before its execution, or is of a revision that is not known yet
            fill = replace(known, commission=report)
            self._fills[base] = fill
        execution = fill.execution
        trade = self._find(execution.clientId, execution.orderId, execution.permId)
        if trade is None:
            return
        trade.fills = tuple(
            fill if each.execution.execId == report.execId else each for each in trade.fills
        )
        trade._tell_waiting()
        self._tell("commissionAndFeesReport", (trade, fill))

    def error(self, order_id: int, code: int, text: str) -> None:
        """Take in an error with an order's id."""
        preview = self._previews.get(order_id)
        if preview is not None and not is_warning(code):
            _fail(preview, failure("placeOrder (whatIf)", code, text))
            return
        trade = self._find(self.client_id, order_id, 0)
        if trade is None:
            return
        trade._note(text, code)
        if not is_warning(code) and code not in TOO_LATE and code not in STATUS_FOLLOWS:
            trade.error = RequestFailed("placeOrder", code, text)
        elif code in STATUS_FOLLOWS:
            # the status comes after it; it says why the order has ended
            trade.error = trade.error or RequestFailed("placeOrder", code, text)
            return
        trade._tell_waiting()
        self.look_at(trade)


def _shorten(table: dict[str, T], most: int) -> None:
    """Drop the oldest rows of a table that has more than so many, some at a time."""
    if len(table) > most:
        for key in list(islice(table, len(table) - most + most // 10)):
            del table[key]


def _is_of(execution: Execution, order: Order) -> bool:
    """Return whether an execution is of this order."""
    if execution.permId and order.permId:
        return execution.permId == order.permId
    by_id = (execution.clientId, execution.orderId) == (order.clientId, order.orderId)
    return bool(order.orderId) and by_id


def _fail(future: Answer[OrderState], error: Exception) -> None:
    with contextlib.suppress(InvalidStateError):  # given up meanwhile
        future.set_exception(error)


_HANDLERS: dict[str, Callable[..., None]] = {
    "nextValidId": OrderBook.next_valid_id,
    "openOrder": OrderBook.open_order,
    "orderStatus": OrderBook.order_status,
    "execDetails": OrderBook.execution,
    "commissionAndFeesReport": OrderBook.commission,
}


def execution_of(arguments: tuple[object, ...]) -> tuple[Contract, Execution]:
    """Return what an execDetails tells, without its id."""
    return cast("tuple[Contract, Execution]", arguments[-2:])


__all__ = ["DONE", "AsyncTrade", "LogEntry", "OrderBook", "SyncTrade", "Trade", "execution_of"]
