"""The order desk: it places, changes and cancels orders, knows their trades, and what the orders'
events are. What became of them in a gap the supervision finds out.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from starlette.responses import Response

from ..contract import Contract
from ..ib import AsyncIB
from ..ib.exceptions import IBError
from ..ib.rows import AccountValue, Fill, OpenOrder, PortfolioItem, Position
from ..ib.trades import DONE, AsyncTrade
from ..order import Order
from ..protocol.schema.conversations import is_warning
from ..seams import Refused
from ..supervised import Fate, Report
from ..supervised.orders import terms_of
from .base import Base
from .connection import ready_ib
from .problems import Problem, problem_of, tws_problem
from .structs import UNSET, encode, plain

logger = logging.getLogger("ibapi_port.rest")
DAY = 86400.0  # seconds for which an order that is done is kept
CANCELLED = 202  # the error that tells of a cancel
WAITS = ("none", "ack", "submitted", "filled")
RESUME = "POST /trading/resume, with a token of the scope admin, lets orders pass again."
AT_WORK = frozenset({"Submitted", "PreSubmitted", "PendingCancel"})


class Unheard(NamedTuple):
    """Orders under a key that were answered for before TWS had told of them: what makes an answer
    of how they are, and how many losses of the connection there were before.
    """

    told_now: Callable[[], Response]
    losses: int


class Desk:
    """See above. All methods are called in the event loop."""

    def __init__(self, context: Base) -> None:
        self._context = context
        self._trades: dict[tuple[int, int], AsyncTrade] = {}
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[bool]]] = []
        self._told_unkept = False  # that the state file does not take events
        self.halted = context.store.fact("halted")
        self.unheard: dict[str, Unheard] = {}  # by key
        # by the first order of a group: the work that sends those that close it
        self.closing: dict[int, asyncio.Task[list[AsyncTrade]]] = {}

    # --- the kill switch ---

    def halt(self, reason: str, cancel: bool) -> None:
        """Refuse every order from now on, after a restart too; `cancel` all open ones. Problem:
        orders are refused, but not all of that could be done.
        """
        self.halted = reason or "POST /trading/halt"
        if self._context.guards is not None:
            self._context.guards.halt(self.halted)
        failed: list[Problem] = []
        if cancel:
            try:
                ready_ib(self._context.pool.orders).reqGlobalCancel()
            except (Problem, IBError) as e:
                failed.append(problem_of(e))
                failed[-1].detail = f"the open ones are not cancelled: {e}"
        try:
            self._context.store.set_fact("halted", self.halted)
        except sqlite3.Error as e:  # a full disk must not keep orders from being halted
            failed.append(problem_of(e))
            failed[-1].detail = f"a restart of the server forgets it: {e}"
        if failed:
            failed[0].detail = "; ".join(["orders are halted", *(each.detail for each in failed)])
            raise failed[0]

    def resume(self) -> None:
        """Let orders pass again."""
        self._context.store.set_fact("halted", "")
        self.halted = ""
        if self._context.guards is not None:
            self._context.guards.resume()

    def why_halted(self) -> str:
        """Return why orders are refused, "" if they are not."""
        guards = self._context.guards
        return self.halted or (guards.halted if guards is not None else "")

    def trading(self) -> dict[str, Any]:
        """Return what is told of the kill switch and the guards."""
        guards = self._context.guards
        made: dict[str, Any] = {"halted": self.why_halted()}
        if guards is not None:
            made["guards"] = {**guards.state(), "halted": made["halted"]}
        return made

    # --- trades ---

    def find(self, order_id: int, client_id: int | None = None) -> AsyncTrade | None:
        """Return the trade of an order id, of our client or of another one."""
        own = self._context.pool.orders.client_id if client_id is None else client_id
        found = self._trades.get((own, order_id))
        if found is not None or client_id is not None:
            return found
        others = [t for (_, number), t in self._trades.items() if number == order_id]
        return others[0] if len(others) == 1 else None

    def _know(self, trade: AsyncTrade) -> None:
        order = trade.order
        if order.orderId:
            client_id = order.clientId or trade.status.clientId
            known = self._trades.get((client_id, order.orderId))
            if known is not trade:
                self._trades[client_id, order.orderId] = trade

    def forget_old(self) -> None:
        """Forget the orders that ended long ago: those that the AsyncIB does not keep any more."""
        ib = self._context.pool.orders.ib
        ib._orders.forget_old()
        kept = {id(trade) for trade in ib.trades()}
        self._trades = {
            key: trade
            for key, trade in self._trades.items()
            if id(trade) in kept or not trade._may_be_forgotten
        }

    async def refresh(self) -> list[AsyncTrade]:
        """Fetch the open orders of all clients. Return all that are open."""
        connection = self._context.pool.orders
        ib = ready_ib(connection)
        await connection.pace.acquire()
        trades = await self._context.shared.ask("reqAllOpenOrders", ib.reqAllOpenOrders)
        for trade in trades:
            self._know(trade)
        return list(trades)

    # --- events ---

    def join(self, ib: AsyncIB) -> None:
        """Join in, before the client connects: hear what happens to orders and accounts, refuse
        orders that were halted before the start, let order ids go on above those that were used.
        """
        context = self._context
        client_id = context.pool.orders.client_id
        ib.keepDone = context.settings.keep_orders
        ib._orders.finished.seconds = DAY
        context.pool.orders.engine.supervised.keep_orders(context.settings.keep_orders)
        ib._orders.next_valid_id(context.store.last_order_id(client_id) + 1)
        if self.halted and context.guards is not None:
            context.guards.halt(self.halted)
        events = ib.events
        events.openOrder += self._open_order
        events.orderStatus += self._order_status
        events.execDetails += self._execution
        events.commissionAndFeesReport += self._commission
        events.error += self._error
        events.position += self._position
        events.updatePortfolio += self._portfolio
        events.updateAccountValue += self._account_value
        events.disconnected += lambda end: self.check()
        events.ordersReconciled += self._reconciled

    def _open_order(self, trade: AsyncTrade) -> None:
        self._know(trade)
        state = trade.orderState
        value = {"contract": trade.contract, "order": order_of(trade), "orderState": state}
        self._tell("openOrder", trade, value)

    def _order_status(self, trade: AsyncTrade) -> None:
        self._know(trade)
        self._tell("orderStatus", trade, plain(trade.status))

    def _execution(self, trade: AsyncTrade, fill: Fill) -> None:
        value = {"contract": fill.contract, "execution": fill.execution}
        self._tell("execDetails", trade, value)
        self._tell_execution(fill)

    def _commission(self, trade: AsyncTrade, fill: Fill) -> None:
        value = {"execId": fill.execution.execId, "commissionReport": fill.commission}
        self._tell("commissionReport", trade, value)
        self._tell_execution(fill)

    def _tell_execution(self, fill: Fill) -> None:
        topic = self._context.own("executions")
        topic.emit("execution", execution_row(fill), fill.execution.execId)
        topic.flush()

    def _error(self, request_id: int, code: int, text: str) -> None:
        trade = self.find(request_id) if request_id > 0 else None
        if trade is not None:
            self._tell("error", trade, {"errorCode": code, "errorMsg": text})
        self.check()

    def _reconciled(self, report: Report) -> None:
        """Tell of orders that TWS does not know any more after a gap, or may not know."""
        for row in report.orders:
            trade = self.find(row.orderId, row.clientId)
            if trade is not None and row.fate in (Fate.LOST, Fate.UNKNOWN):
                text = f"after the loss of the connection the order is {row.fate.value}"
                value = {"errorCode": 504, "errorMsg": f"{text}: {row.detail}",
                         "fate": row.fate.value}  # fmt: skip
                self._tell("error", trade, value)
        self.check()

    def _tell(self, event: str, trade: AsyncTrade, value: dict[str, Any]) -> None:
        """Keep an event, hand it to the viewers, and wake who waits for the order."""
        order = trade.order
        ids = {
            "orderId": order.orderId,
            "permId": order.permId or trade.status.permId,
            "clientId": order.clientId or trade.status.clientId,
        }
        data = encode({**ids, **value})  # once: an order has many fields
        context = self._context
        try:
            n = context.store.add_event(event, ids, order.account, data)
        except sqlite3.Error as e:  # it must not keep the order's news from those who wait
            n = 0
            if not self._told_unkept:
                logger.error("events of orders are not kept, as of order %d: %s", order.orderId, e)
        self._told_unkept = n == 0
        context.own("order/events").emit_encoded(event, numbered(n, data))
        context.own("order/events").flush()
        self.check()

    def _position(self, row: Position) -> None:
        self._tell_account("account/positions", row.account, "position", position_row(row))

    def _portfolio(self, row: PortfolioItem) -> None:
        value = portfolio_row(row)
        self._tell_account("account/updates", row.account, "updatePortfolio", value)

    def _account_value(self, row: AccountValue) -> None:
        value = account_value(row.account, "", row.tag, row.value, row.currency)
        self._tell_account("account/updates", row.account, "updateAccountValue", value)

    def _tell_account(self, name: str, account: str, event: str, value: dict[str, Any]) -> None:
        contract = value.get("contract")
        same = (event, value.get("key"), value.get("currency"), account,
                contract.conId if isinstance(contract, Contract) else 0)  # fmt: skip
        topics = self._context.hub.topics
        for topic in filter(None, (topics.get(name), topics.get(f"{name} {account}"))):
            topic.emit(event, value, same)
            # many come at a time: they are handed on together
            self._context.hub.loop.call_soon(topic.flush)

    def positions(self, account: str = "") -> dict[str, Any]:
        """Return what is held, in one account or in all."""
        rows = self._context.pool.orders.ib.positions(account)
        return {"positions": [position_row(row) for row in rows]}

    def updates(self, account: str = "") -> dict[str, Any]:
        """Return the account's values and portfolio, as IBREST has them."""
        ib = self._context.pool.orders.ib
        return updates_answer(ib.accountValues(account), ib.portfolio(account))

    # --- who waits for an order ---

    def check(self) -> None:
        """Wake those for whom it holds now what they wait for."""
        for holds, future in list(self._waiting):
            if not future.done() and holds():
                future.set_result(True)

    async def wait(self, holds: Callable[[], bool], timeout: float) -> bool:
        """Wait until something holds of orders. Return False if it does not in so many seconds, or
        the server stops before.
        """
        if holds():
            return True
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        entry = (holds, future)
        self._waiting.append(entry)
        try:
            return await asyncio.wait_for(future, timeout)
        except asyncio.TimeoutError:
            return False
        finally:
            self._waiting.remove(entry)

    def close(self) -> None:
        """The server stops: nobody waits any more, and is told how far the order is."""
        for _, future in self._waiting:
            if not future.done():
                future.set_result(False)

    # --- placing ---

    def may_trade(self) -> AsyncIB:
        """Return the AsyncIB that places orders. Problem: orders are not taken."""
        why = self.why_halted()
        if why:
            raise Problem(403, f"orders are halted: {why}", guard="kill switch", cure=RESUME)
        return ready_ib(self._context.must_have_upstream())

    def would_pass(self, orders: Sequence[tuple[Contract, Order]]) -> None:
        """See that the guards would let orders pass, all of them. Problem (422): they would not."""
        guards = self._context.guards
        if guards is None:
            return
        try:
            guards.check(orders)
        except Refused as e:
            raise tws_problem(e.code, str(e)) from None

    def next_ids(self, ib: AsyncIB, count: int) -> list[int]:
        """Return order ids that nobody has used, and write down that they are."""
        ids = [ib._orders.next_order_id() for _ in range(count)]
        self._context.store.used_order_id(self._context.pool.orders.client_id, ids[-1])
        return ids

    def send(self, ib: AsyncIB, orders: Sequence[tuple[Contract, Order]]) -> list[AsyncTrade]:
        """Send orders that have their ids. Return their trades."""
        made = []
        client_id = self._context.pool.orders.client_id
        for contract, order in orders:
            order.clientId = client_id
            trade = ib.placeOrder(contract, order)
            self._trades[client_id, order.orderId] = trade
            self._context.metrics.orders["sent"] += 1
            made.append(trade)
        return made

    async def settle(self, trades: Sequence[AsyncTrade], wait: str, timeout: float) -> bool:
        """Wait until all orders are as far as `wait` says, over losses of the connection, too.
        Return False if they are not in time.
        """
        if wait == "none":
            return True
        return await self.wait(lambda: all(is_there(trade, wait) for trade in trades), timeout)

    def is_uncertain(self, trades: Sequence[AsyncTrade], losses: int) -> bool:
        """Return whether TWS may, or may not, have got orders: the connection was lost since there
        were so many losses of it, and nothing was heard of an order.
        """
        unheard = any(not known_to_tws(each) and each.error is None for each in trades)
        return unheard and self._context.pool.orders.losses > losses

    async def connected(self) -> None:
        """The connection is there for the first time: go on with what waited for it."""
        ib = self._context.pool.orders.ib
        for trade in ib.trades():
            self._know(trade)
        for fill in ib.fills():
            self._catch_up(ib, fill)
        for go_on in self._context.when_connected:
            await go_on()
        self.check()

    def _catch_up(self, ib: AsyncIB, fill: Fill) -> None:
        """Tell of a fill of the day that no run of the server has told."""
        told = fill.execution
        key = told.clientId, told.orderId
        is_ours = told.clientId == self._context.pool.orders.client_id and told.orderId > 0
        if not is_ours or self._context.store.has_fill(told.orderId, told.execId):
            return
        trade = self._trades.get(key)
        if trade is None:
            order = Order(orderId=told.orderId, clientId=told.clientId, permId=told.permId)
            order.account = told.acctNumber
            trade = AsyncTrade(ib._engine, fill.contract, order)
        self._execution(trade, fill)
        if fill.commission is not None:
            self._commission(trade, fill)

    # --- finding orders again ---

    async def lookup(
        self, orders: Sequence[tuple[Contract, Order]], client_id: int
    ) -> dict[int, AsyncTrade]:
        """Return which of these orders TWS knows by their ids, by all of its lists. A list that is
        not answered is an error: then nothing is known.

        The list of completed orders has no order ids. There an order is known by its permId, or by
        its orderRef and terms: an order is rather taken for one that has ended than sent twice.
        """
        ib = ready_ib(self._context.must_have_upstream())
        open_now = await self.refresh()
        fills = await ib.reqExecutions()
        completed = await ib.reqCompletedOrders()
        found: dict[int, AsyncTrade] = {}
        for contract, order in orders:
            key = client_id, order.orderId
            by_fill = [f for f in fills if key == (f.execution.clientId, f.execution.orderId)]
            trade = self._trades.get(key)
            perm_ids = {f.execution.permId for f in by_fill}
            if trade is not None:
                perm_ids.add(trade.order.permId or trade.status.permId)
            perm_ids.discard(0)
            rows = [row for row in completed if row.order.permId in perm_ids]
            if not rows and order.orderRef:
                terms = terms_of(contract, order)
                rows = [row for row in completed if terms_of(row.contract, row.order) == terms]
            if any(own_key(each, -1) == key for each in open_now):
                found[order.orderId] = next(t for t in open_now if own_key(t, -1) == key)
            elif trade is not None and trade.status.status in DONE and not trade._is_lost:
                found[order.orderId] = trade
            elif by_fill or rows:
                found[order.orderId] = self._rebuilt(ib, key, rows, by_fill)
        return found

    def _rebuilt(
        self, ib: AsyncIB, key: tuple[int, int], rows: list[OpenOrder], fills: list[Fill]
    ) -> AsyncTrade:
        """Return the trade of an order that has ended, from what TWS's lists tell."""
        contract = rows[0].contract if rows else fills[0].contract
        order = rows[0].order if rows else Order()
        client_id, order_id = key
        order.orderId, order.clientId = order_id, client_id
        trade = AsyncTrade(ib._engine, contract, order)
        for fill in fills:
            trade._take_fill(fill)
        done = trade.filled
        total = order.totalQuantity if rows else done
        status = rows[0].orderState.status if rows else "Filled"
        average = sum((f.execution.shares * Decimal(str(f.execution.price)) for f in fills),
                      Decimal()) / done if done else Decimal()  # fmt: skip
        trade.status = replace(
            trade.status, status=status, filled=done, remaining=max(total - done, Decimal()),
            avgFillPrice=float(average), clientId=client_id,
            permId=order.permId or (fills[0].execution.permId if fills else 0),
        )  # fmt: skip
        self._trades[key] = trade
        ib._orders.adopt(trade)
        return trade


# --- what is told of a trade ---


def order_of(trade: AsyncTrade) -> Order:
    """Return an order as TWS has told it, which a change may not have reached yet, or as it was
    sent.
    """
    return trade._told or trade.order


def numbered(n: int, data: bytes) -> bytes:
    """Return an event's JSON with its number."""
    return b'{"n":%d,%b' % (n, data[1:])


def own_key(trade: AsyncTrade, client_id: int) -> tuple[int, int]:
    """Return client id and order id of a trade."""
    return (trade.order.clientId or trade.status.clientId or max(client_id, 0),
            trade.order.orderId)  # fmt: skip


def known_to_tws(trade: AsyncTrade) -> bool:
    """Return whether TWS has told anything of an order."""
    return bool(trade.status.status or trade.orderState is not None or trade.fills)


def is_heard(trade: AsyncTrade) -> bool:
    """Return whether TWS has told an order's status, or it was refused or lost. Of one that TWS is
    not to transmit it may tell nothing.
    """
    has_status = bool(trade.status.status or trade.fills)
    return has_status or trade.error is not None or not trade.order.transmit


def is_there(trade: AsyncTrade, wait: str) -> bool:
    """Return whether an order is as far as `wait` says, or has ended."""
    if trade.isDone or trade.error is not None:
        return True
    if wait == "filled":
        return False
    if wait == "ack" or not trade.order.transmit:
        return known_to_tws(trade) or not trade.order.transmit
    return trade.status.status in AT_WORK


def refusal(trade: AsyncTrade) -> tuple[int, str] | None:
    """Return code and text if an order was refused, None if it was not."""
    error = trade.error
    if error is None or error.code == CANCELLED or trade.status.status in ("Filled", "Submitted"):
        return None
    if is_warning(error.code):
        return None
    return error.code, error.text


def warnings_of(trade: AsyncTrade) -> list[dict[str, Any]]:
    """Return the warnings of an order."""
    found = [
        {"id": trade.orderId, "errorCode": entry.code, "errorMsg": entry.message}
        for entry in trade.log
        if entry.code and (is_warning(entry.code) or entry.code == CANCELLED)
    ]
    state = trade.orderState
    if state is not None and state.warningText:
        found.append({"id": trade.orderId, "errorCode": 399, "errorMsg": state.warningText})
    return found


def summary(trade: AsyncTrade) -> dict[str, Any]:
    """Return what is told of an order in an answer."""
    order, status, told = trade.order, trade.status, order_of(trade)
    made: dict[str, Any] = {
        "orderId": order.orderId,
        "status": status.status or ("Refused" if trade.error is not None else "Unknown"),
        "permId": order.permId or status.permId,
        "clientId": order.clientId,
        "parentId": order.parentId,
        "symbol": trade.contract.symbol,
        "conId": trade.contract.conId,
        "action": order.action,
        "totalQuantity": told.totalQuantity,
        "orderType": told.orderType,
        "lmtPrice": told.lmtPrice,
        "auxPrice": told.auxPrice,
        "trailingPercent": told.trailingPercent,
        "tif": told.tif,
        "account": told.account,
        "orderRef": order.orderRef,
        "transmit": order.transmit,
        "filled": trade.filled,
        "remaining": status.remaining if status.status else order.totalQuantity,
        "avgFillPrice": status.avgFillPrice,
        "commission": trade.commission,
        "whyHeld": status.whyHeld,
    }
    return {name: value for name, value in made.items() if plain(value) is not UNSET}


def is_over(trade: AsyncTrade) -> bool:
    """Return whether an order has ended."""
    return trade.status.status in DONE or trade.isDone


def position_row(row: Position) -> dict[str, Any]:
    """Return a position by IBREST's names."""
    return {"account": row.account, "contract": row.contract, "pos": row.position,
            "avgCost": row.avgCost}  # fmt: skip


def account_value(account: str, model: str, key: str, value: str, currency: str) -> dict[str, Any]:
    """Return an account's value by IBREST's names."""
    return {"key": key, "value": value, "currency": currency, "accountName": account}


def portfolio_row(row: PortfolioItem) -> dict[str, Any]:
    """Return a row of the portfolio by IBREST's names."""
    made = plain(row)
    made["accountName"] = made.pop("account")
    made["contract"] = row.contract
    return dict(made)


def execution_row(fill: Fill) -> dict[str, Any]:
    """Return an execution by IBREST's names."""
    made: dict[str, Any] = {"contract": fill.contract, "execution": fill.execution}
    if fill.commission is not None:
        made["commissionReport"] = fill.commission
    return made


def updates_answer(
    values: Iterable[AccountValue], portfolio: Iterable[PortfolioItem]
) -> dict[str, Any]:
    """Return account values and portfolio as IBREST does; a key with several currencies is a
    list.
    """
    found: dict[str, Any] = {}
    for row in values:
        one = {"key": row.tag, "value": row.value, "currency": row.currency,
               "accountName": row.account}  # fmt: skip
        before = found.get(row.tag)
        if before is None:
            found[row.tag] = one
        elif isinstance(before, list):
            before.append(one)
        else:
            found[row.tag] = [before, one]
    return {
        "updateAccountValue": found,
        "updatePortfolio": [portfolio_row(row) for row in portfolio],
    }


__all__ = [
    "WAITS",
    "Desk",
    "Unheard",
    "account_value",
    "execution_row",
    "is_heard",
    "is_over",
    "is_there",
    "numbered",
    "order_of",
    "own_key",
    "portfolio_row",
    "position_row",
    "refusal",
    "summary",
    "updates_answer",
    "warnings_of",
]
