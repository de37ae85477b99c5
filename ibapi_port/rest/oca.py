"""POST /order/oca: the first order opens; the others, which close, are sent after its fill."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from ..ib.trades import AsyncTrade
from .bodies import OrderBody, check_new, look_up_legs, read_orders
from .calls import Call, json
from .desk import refusal, summary
from .placing import Placing, send_new
from .problems import Problem, tws_problem

if TYPE_CHECKING:
    from .context import Context

logger = logging.getLogger("ibapi_port.rest")
OCA_WAIT = 60.0
OCA_TYPE = 1  # a fill of one cancels the others
_under_way: set[tuple[int, int]] = set()  # server and id of the first order


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
    (opening,) = send_new(context, bodies[:1])
    order_id = opening.orderId
    _group(bodies[1:], order_id)
    from .structs import encode

    _under_way.add((id(context), order_id))
    kept = encode([{"contract": each.contract, "order": each.order} for each in bodies[1:]])
    context.store.wait_for(order_id, context.pool.orders.client_id, kept)
    closing = context.run(_close_after(context, opening, bodies[1:]))
    done, _ = await asyncio.wait({closing}, timeout=timeout)
    found = refusal(opening)
    if found is not None:
        raise tws_problem(*found, id=order_id, orders={str(order_id): summary(opening)})
    made: dict[str, Any] = {
        "open_resp": {"orders": {str(order_id): summary(opening)}},
        "close_resp": None,
    }
    if done:
        trades = closing.result()
        made["close_resp"] = {"orders": {str(t.orderId): summary(t) for t in trades}}
        errors = {str(t.orderId): {"id": t.orderId, "errorCode": e[0], "errorMsg": e[1]}
                  for t in trades if (e := refusal(t))}  # fmt: skip
        if errors:
            made["errors"] = errors
    is_whole = bool(done) and opening.status.status == "Filled"
    return json(made, 201 if is_whole else 202, {"Location": f"/order/{order_id}"})


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

    while True:
        await desk.wait(lambda: current().isDone, 3600)
        trade = current()
        if trade.isDone:
            break
    if trade.status.status != "Filled" and not trade.filled:
        context.store.waiting_over(order_id)
        return []
    while not context.pool.orders.is_ready or desk.why_halted():
        await asyncio.sleep(0.5)
    ib = desk.may_trade()
    ids = desk.next_ids(ib, len(bodies))
    for body, each in zip(bodies, ids, strict=True):
        body.order.orderId = each
    context.store.waiting_sent(order_id, ids)
    trades = desk.send(ib, [(body.contract, body.order) for body in bodies])
    await desk.settle(trades, "submitted", 10)
    context.store.waiting_over(order_id)
    for trade in trades:
        found = refusal(trade)
        if found is not None:
            logger.error("order %d, which closes order %d, was refused: error %d: %s",
                         trade.orderId, order_id, *found)  # fmt: skip
    return trades


async def resume(context: Context) -> None:
    """Go on, after a start, with what waited for a fill then."""
    client_id = context.pool.orders.client_id
    for order_id, state, body, ids in context.store.waiting(client_id):
        mark = (id(context), order_id)
        if mark in _under_way:
            continue
        _under_way.add(mark)
        bodies, _ = read_orders(body)
        found = await context.desk.lookup([order_id], client_id, "")
        opening = found.get(order_id)
        if state == "sent":
            await _send_again(context, order_id, bodies, ids)
        elif opening is None:
            logger.error("order %d is not known to TWS any more: the orders that were to close it "
                         "are not sent", order_id)  # fmt: skip
            context.store.waiting_over(order_id)
        else:
            context.run(_close_after(context, opening, bodies))


async def _send_again(
    context: Context, order_id: int, bodies: Sequence[OrderBody], ids: Sequence[int]
) -> None:
    """Send those closing orders that never came to TWS, under the ids that they had."""
    found = await context.desk.lookup(list(ids), context.pool.orders.client_id, "")
    missing = []
    for body, each in zip(bodies, ids, strict=True):
        body.order.orderId = each
        if each not in found:
            missing.append((body.contract, body.order))
    if missing:
        context.desk.send(context.desk.may_trade(), missing)
    context.store.waiting_over(order_id)


__all__ = ["OCA_WAIT", "post_oca", "resume"]
