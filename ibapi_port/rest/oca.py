"""POST /order/oca: the first order opens; the others, which close, are sent after its fill."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Coroutine, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from ..const import UNSET_DECIMAL
from ..contract import Contract
from ..ib import AsyncIB
from ..ib.exceptions import IBError
from ..ib.trades import AsyncTrade
from ..order import Order
from .bodies import OrderBody, check_new, look_up_legs, read_orders
from .calls import Call, json
from .desk import known_to_tws, refusal, summary
from .placing import (
    Outcome,
    Placing,
    body_hash,
    check_age,
    check_owner,
    key_of,
    number,
    ready_to_send,
    under_key,
)
from .problems import Problem, tws_problem
from .store import Key
from .structs import encode

if TYPE_CHECKING:
    from .context import Context

logger = logging.getLogger("ibapi_port.rest")
OCA_WAIT = 60.0
SETTLE = 10.0  # seconds for TWS's answer to the orders that close
AGAIN = 0.5
NOT_CONNECTED = 504
OCA_TYPE = 1  # a fill of one cancels the others
MOST_CLOSED = 1000  # groups of which the server knows what was sent after the fill


async def post_oca(call: Call) -> Response:
    """Send the first order, and the others once it is filled; also if the client has gone by
    then, or the server was started anew.
    """
    context = call.context
    placing = Placing(call, await call.raw_body())
    timeout = call.timeout if "timeout" in call.query else OCA_WAIT
    bodies, _ = read_orders(placing.body)
    if len(bodies) < 2:
        raise Problem(400, "a list is expected: the order that opens, then those that close")
    for body in bodies:
        if body.order_id:
            raise Problem(400, "orderId: all orders of a group are new")
        check_new(body)
        await look_up_legs(call, body)
    key = key_of(call)
    if not key:
        await ready_to_send(context)
        opening, closing = _begin(context, bodies)
        return await _answer(opening, closing, timeout)

    async def first() -> Outcome:
        await ready_to_send(context)
        opening, closing = _begin(context, bodies, key)
        return Outcome(await _answer(opening, closing, timeout), [opening])

    # it goes on if the client goes: the key is to have its answer
    work = under_key(context, key, body_hash(b"/order/oca " + placing.body), first,
                     lambda known: _again(context, known, bodies, timeout))  # fmt: skip
    return await asyncio.shield(asyncio.ensure_future(work))


async def _answer(
    opening: AsyncTrade, closing: asyncio.Task[list[AsyncTrade]] | None, timeout: float
) -> Response:
    """Wait for the orders that close, and tell what became of all."""
    order_id = opening.orderId
    done = closing is not None and bool((await asyncio.wait({closing}, timeout=timeout))[0])
    found = refusal(opening)
    if found is not None:
        orders = {str(order_id): summary(opening)}
        return tws_problem(*found, id=order_id, orders=orders).response()
    made: dict[str, Any] = {
        "open_resp": {"orders": {str(order_id): summary(opening)}},
        "close_resp": None,
    }
    if closing is not None and done:
        trades = closing.result()
        made["close_resp"] = {"orders": {str(t.orderId): summary(t) for t in trades}}
        errors = {str(t.orderId): {"id": t.orderId, "errorCode": e[0], "errorMsg": e[1]}
                  for t in trades if (e := refusal(t))}  # fmt: skip
        if errors:
            made["errors"] = errors
    is_whole = done and opening.status.status == "Filled"
    headers = {"Location": f"/order/{order_id}"}
    if not done:  # under a key the answer is not kept: the orders that close are still to come
        headers["Retry-After"] = "1"
    return json(made, 201 if is_whole else 202, headers)


async def _again(
    context: Context, known: Key, bodies: Sequence[OrderBody], timeout: float
) -> Outcome:
    """Find out what became of a group whose answer was lost. What never came to TWS is sent under
    the same id; those that close go on waiting in any case.
    """
    await ready_to_send(context)
    check_owner(context, known)
    order_id = known.ids[0]
    number(bodies[:1], [order_id], known.key)
    first = bodies[0].contract, bodies[0].order
    found = await context.desk.lookup([first], context.pool.orders.client_id)
    closing: asyncio.Task[list[AsyncTrade]] | None
    if order_id in found:
        opening, closing = found[order_id], context.desk.closing.get(order_id)
    else:
        check_age(context, known)
        opening, closing = _send(context, bodies, order_id)
    response = await _answer(opening, closing, timeout)
    response.headers["Idempotent-Replayed"] = "true" if order_id in found else "false"
    return Outcome(response, [opening])


def _begin(
    context: Context, bodies: Sequence[OrderBody], key: str = ""
) -> tuple[AsyncTrade, asyncio.Task[list[AsyncTrade]]]:
    """Send the first order, under a new id. Problem: it, or one that closes it, is refused."""
    # one that were refused after the fill would leave what was opened open
    context.desk.would_pass([(body.contract, body.order) for body in bodies])
    (order_id,) = context.desk.next_ids(context.desk.may_trade(), 1)
    if key:
        context.store.sending(key, [order_id])
    number(bodies[:1], [order_id], key)
    return _send(context, bodies, order_id)


def _send(
    context: Context, bodies: Sequence[OrderBody], order_id: int
) -> tuple[AsyncTrade, asyncio.Task[list[AsyncTrade]]]:
    """Send the first order. Those that close are kept before that: they outlive a crash."""
    ib = context.desk.may_trade()
    _group(bodies[1:], order_id)
    context.store.keep_quantity(order_id, bodies[0].order.totalQuantity)
    context.store.wait_for(order_id, context.pool.orders.client_id, _kept(bodies[1:]))
    (opening,) = context.desk.send(ib, [(bodies[0].contract, bodies[0].order)])
    return opening, _wait(context, order_id, _close_after(context, opening, bodies[1:]))


def _kept(bodies: Sequence[OrderBody]) -> bytes:
    return encode([{"contract": each.contract, "order": each.order} for each in bodies])


def _wait(
    context: Context, order_id: int, work: Coroutine[Any, Any, list[AsyncTrade]]
) -> asyncio.Task[list[AsyncTrade]]:
    """Let the orders that close an order wait for it."""
    task: asyncio.Task[list[AsyncTrade]] = context.run(work)
    closing = context.desk.closing
    for done in [n for n, each in closing.items() if each.done()][:-MOST_CLOSED]:
        del closing[done]
    closing[order_id] = task
    return task


def _group(bodies: Sequence[OrderBody], order_id: int) -> None:
    for body in bodies:
        body.order.ocaGroup = body.order.ocaGroup or f"oca-{order_id}"
        body.order.ocaType = body.order.ocaType or OCA_TYPE


async def _close_after(
    context: Context, opening: AsyncTrade, bodies: Sequence[OrderBody]
) -> list[AsyncTrade]:
    """Wait for the fill of the first order, and send the others. Return their trades."""
    desk = context.desk
    order_id = opening.orderId
    client_id = context.pool.orders.client_id

    def current() -> AsyncTrade:
        return desk.find(order_id, client_id) or opening

    while not current().isDone:
        await desk.wait(lambda: current().isDone, 3600)
    trade = current()
    if trade.status.status != "Filled" and not trade.filled:
        _over(context, order_id)
        return []
    bodies = _of_what_was_filled(trade, _quantity(context, trade), bodies)
    if not bodies:  # less than one share each
        _over(context, order_id)
        return []
    ib, ids = await _written_down(context, order_id, bodies)
    for body, each in zip(bodies, ids, strict=True):
        body.order.orderId = each
    trades = desk.send(ib, [(body.contract, body.order) for body in bodies])
    await desk.settle(trades, "submitted", SETTLE)
    if context.hub.closed and not all(known_to_tws(trade) or trade.error for trade in trades):
        return trades  # the server stops: the next one finds out whether they have arrived
    if any(is_unsent(trade) for trade in trades):
        # lost, or not sent: what no list knows is sent under its id, as after a crash
        trades = await _send_again(context, order_id, bodies, ids)
    _over(context, order_id)
    for trade in trades:
        found = refusal(trade)
        if found is not None:
            logger.error("order %d, which closes order %d, was refused: error %d: %s",
                         trade.orderId, order_id, *found)  # fmt: skip
    return trades


def _over(context: Context, order_id: int) -> None:
    """Forget what was kept of orders that are out, or never will be."""
    try:
        context.store.waiting_over(order_id)
    except sqlite3.Error as e:  # after a restart TWS's lists tell that they are out
        logger.error("order %d: its closing orders are kept as if they waited: %s", order_id, e)


def _quantity(context: Context, trade: AsyncTrade) -> Decimal:
    """Return how large the first order is: as TWS has told, which a change may have changed, or as
    it was placed where TWS's lists do not tell. 0: nobody knows.
    """
    for quantity in (trade.order.totalQuantity, context.store.quantity(trade.orderId)):
        if quantity.is_finite() and 0 < quantity < UNSET_DECIMAL:
            return quantity
    return Decimal(0)


def _of_what_was_filled(
    trade: AsyncTrade, total: Decimal, bodies: Sequence[OrderBody]
) -> Sequence[OrderBody]:
    """Return the orders that close, less large where the first order has ended with a part of it
    filled: as a whole they would open the opposite.
    """
    filled = trade.filled
    if not 0 < filled < total:
        return bodies
    logger.warning("order %d has ended with %s of %s filled: the orders that close it are for as "
                   "much less", trade.orderId, filled, total)  # fmt: skip
    for body in bodies:
        order = body.order
        if order.totalQuantity.is_finite():
            part = order.totalQuantity * filled / total
            is_whole = order.totalQuantity == int(order.totalQuantity)
            order.totalQuantity = Decimal(int(part)) if is_whole else part
    return [body for body in bodies if body.order.totalQuantity]


async def _written_down(
    context: Context, order_id: int, bodies: Sequence[OrderBody]
) -> tuple[AsyncIB, list[int]]:
    """Wait until orders are taken, and until the file has taken down under which ids the closing
    ones go. Return what to send them by, and the ids.
    """
    told = False
    while True:
        ib = await _until_taken(context)
        try:
            ids = context.desk.next_ids(ib, len(bodies))
            context.store.waiting_sent(order_id, ids, _kept(bodies))
        except sqlite3.Error as e:  # unwritten, they might be sent twice
            if not told:
                logger.error("the orders that close order %d are not sent before the state file "
                             "takes their ids down: %s", order_id, e)  # fmt: skip
            told = True
            await asyncio.sleep(AGAIN)
        else:
            return ib, ids


async def _until_taken(context: Context) -> AsyncIB:
    """Wait until orders are taken, however long that is. Return the AsyncIB to send them by."""
    while True:
        try:
            await ready_to_send(context)
            return context.desk.may_trade()
        except Problem:  # halted, or no connection: the orders that close are not given up
            await asyncio.sleep(AGAIN)


async def resume(context: Context) -> None:
    """Go on, after a start, with what waited for a fill then."""
    client_id = context.pool.orders.client_id
    for order_id, state, body, ids in context.store.waiting(client_id):
        running = context.desk.closing.get(order_id)
        if running is not None and not running.done():
            continue
        bodies, _ = read_orders(body)
        if state == "sent":
            _wait(context, order_id, _finish(context, order_id, bodies, ids))
            continue
        opening = Order()
        opening.orderId = order_id
        found = await context.desk.lookup([(Contract(), opening)], client_id)
        if order_id not in found:
            logger.error("order %d is not known to TWS any more: the orders that were to close it "
                         "are not sent", order_id)  # fmt: skip
            _over(context, order_id)
        else:
            _wait(context, order_id, _close_after(context, found[order_id], bodies))


async def _finish(
    context: Context, order_id: int, bodies: Sequence[OrderBody], ids: Sequence[int]
) -> list[AsyncTrade]:
    trades = await _send_again(context, order_id, bodies, ids)
    _over(context, order_id)
    return trades


async def _send_again(
    context: Context, order_id: int, bodies: Sequence[OrderBody], ids: Sequence[int]
) -> list[AsyncTrade]:
    """Send those closing orders that never came to TWS, under the ids that they had. Return the
    trades of all.
    """
    for body, each in zip(bodies, ids, strict=True):
        body.order.orderId = each
    known: dict[int, AsyncTrade] = {}
    while missing := [body for body in bodies if body.order.orderId not in known]:
        await _until_taken(context)
        try:
            known |= await _look_again(context, missing)
            ib = context.desk.may_trade()
        except (IBError, Problem):  # lost again, or halted
            await asyncio.sleep(AGAIN)
            continue
        unsent = [(b.contract, b.order) for b in missing if b.order.orderId not in known]
        trades = context.desk.send(ib, unsent)
        await context.desk.settle(trades, "submitted", SETTLE)
        known |= {trade.orderId: trade for trade in trades if not is_unsent(trade)}
    return [known[each] for each in ids]


async def _look_again(context: Context, bodies: Sequence[OrderBody]) -> dict[int, AsyncTrade]:
    """Return which of these orders TWS knows. Where one is missing, its bytes may be on their way:
    it is looked for once more, later.
    """
    orders = [(body.contract, body.order) for body in bodies]
    client_id = context.pool.orders.client_id
    found = await context.desk.lookup(orders, client_id)
    if len(found) < len(orders):
        await asyncio.sleep(context.pool.orders.policy.lost_after)
        found = await context.desk.lookup(orders, client_id)
    return found


def is_unsent(trade: AsyncTrade) -> bool:
    """Return whether an order was not sent for want of a connection, or lost with one."""
    return trade.error is not None and trade.error.code == NOT_CONNECTED


__all__ = ["OCA_WAIT", "post_oca", "resume"]
