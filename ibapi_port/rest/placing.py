"""POST /order: one order, a bracket, or a change; never two orders for one Idempotency-Key.

What is under a key goes: reserved in the store; ids taken and written down; sent; answered. After a
crash, or a loss of the connection, the same key finds out from TWS's lists what became of these
ids. What no list knows is sent under the same ids, which TWS takes once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.responses import Response

from ..ib.trades import AsyncTrade
from ..order import Order
from .bodies import OrderBody, check_new, from_query, look_up_legs, read_orders
from .calls import COMMON, Call, json
from .desk import (
    AT_WORK,
    WAITS,
    Unheard,
    is_heard,
    is_there,
    known_to_tws,
    order_of,
    refusal,
    summary,
    warnings_of,
)
from .problems import Problem, tws_problem
from .store import Key
from .structs import given

if TYPE_CHECKING:
    from .context import Context

UNHEARD = 600.0  # seconds for which TWS may be silent of an order that nobody waits for
logger = logging.getLogger("ibapi_port.rest")
OPTIONS = ("wait", "timeout", "onError")
ON_ERROR = ("cancel", "report")
ALWAYS_TOLD = ("totalQuantity", "lmtPrice", "auxPrice", "orderType", "tif")  # by openOrder
CONTRACT_TERMS = ("symbol", "conId", "secType", "currency")  # that are never told in other words
ID_USED = 103  # TWS's code: an order has had this id, or a higher one


class Placing:
    """The options of one POST."""

    def __init__(self, call: Call, body: bytes) -> None:
        query = dict(call.query)
        self.wait = _one_of("wait", query.pop("wait", ["submitted"]), WAITS)
        self.on_error = _one_of("onError", query.pop("onError", ["cancel"]), ON_ERROR)
        self.timeout = call.timeout
        query.pop("timeout", None)
        query.pop("token", None)
        if query and not body.strip():
            body = from_query(query)
            query = {}
        if query:
            call.only(*OPTIONS, *COMMON)
        self.body = body


def _one_of(name: str, texts: list[str], allowed: Sequence[str]) -> str:
    if texts[0] not in allowed:
        raise Problem(400, f"{name}: {texts[0]!r} is none of {', '.join(allowed)}", parameter=name)
    return texts[0]


def key_of(call: Call) -> str:
    """Return the key of a request, "" if it has none."""
    key = call.request.headers.get("idempotency-key")
    if key is None:
        return ""
    if not key.strip():
        raise Problem(400, "Idempotency-Key: it is empty; leave it out, or give one")
    if len(key) > 200:
        raise Problem(400, "Idempotency-Key: it is longer than 200 characters")
    return key


async def post_order(call: Call) -> Response:
    """Place an order or a bracket, or change an order."""
    context = call.context
    placing = Placing(call, await call.raw_body())
    key = key_of(call)
    bodies, is_list = read_orders(placing.body)
    if not is_list and bodies[0].order_id:
        return await modify(call, bodies[0].order_id, bodies[0], placing.wait)
    for n, body in enumerate(bodies):
        if body.order_id:
            raise Problem(400, "orderId: a bracket is made of new orders", index=n)
        check_new(body)
    if not key:
        for body in bodies:
            await look_up_legs(call, body)
        await ready_to_send(context)
        trades = send_new(context, bodies)
        # the orders are out: that the client goes must not end what is done for them
        return await asyncio.shield(asyncio.ensure_future(answer(context, trades, placing)))
    work = under_key(
        context,
        key,
        body_hash(placing.body),
        lambda: _first(context, key, bodies, placing, call),
        lambda known: _settle_unknown(context, known, bodies, placing, call),
    )
    return await asyncio.shield(asyncio.ensure_future(work))


def body_hash(body: bytes) -> str:
    """Return by what a body is known again."""
    return hashlib.sha256(body).hexdigest()


class Outcome(NamedTuple):
    """What came of placing orders under a key: the answer, the orders, and what makes an answer of
    how they are at any later time (None: nothing does).
    """

    response: Response
    trades: Sequence[AsyncTrade]
    told_now: Callable[[], Response] | None = None


_in_flight: set[tuple[int, str]] = set()  # by server and key


async def under_key(
    context: Context,
    key: str,
    hashed: str,
    first: Callable[[], Awaitable[Outcome]],
    again: Callable[[Key], Awaitable[Outcome]],
) -> Response:
    """Place orders under a key. `first` sends them: the key is reserved by then, and given back if
    nothing was sent. `again` finds out what became of orders that were, or may have been, sent.
    """
    store = context.store
    known = store.key(key)
    if known is not None and known.hash != hashed:
        raise Problem(422, "Idempotency-Key: it was used with another body; "
                      "an order that is meant to be another one needs another key")  # fmt: skip
    mark = (id(context), key)
    if mark in _in_flight:
        raise Problem(409, "Idempotency-Key: its first request is under way", retry_after=1)
    if known is not None and known.state == "done":
        return _replayed(known.status, known.answer)
    told = None if known is None else _told_on_its_way(context, known)
    if told is not None:
        return told
    _in_flight.add(mark)
    try:
        losses = context.pool.orders.losses
        if known is not None and known.state == "sent":
            outcome = await again(known)
        else:
            if known is None:
                store.reserve(key, hashed, context.pool.orders.client_id)
            try:
                outcome = await first()
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # it may be what has failed
                    store.release(key)  # which it is not if anything was sent
                raise
        response, trades, told_now = outcome
        if is_final(outcome):
            _keep_answer(context, key, response)
        elif response.status_code != 503 and told_now is not None:
            unheard = context.desk.unheard[key] = Unheard(told_now, losses)
            context.desk.check()  # what waited under this key before ends
            context.run(_answer_later(context, key, trades, unheard))
        return response
    finally:
        _in_flight.discard(mark)


def _told_on_its_way(context: Context, known: Key) -> Response | None:
    """Return the answer for orders that are on their way: neither lost, nor to be looked for yet.
    None: there are none under this key.
    """
    waits = context.desk.unheard.get(known.key)
    connection = context.pool.orders
    if waits is None or waits.losses != connection.losses:
        return None
    if known.age >= connection.policy.lost_after:
        return None  # TWS has been silent for long: it is asked for its lists
    told = waits.told_now()
    told.headers["Idempotent-Replayed"] = "true"
    return told


def is_final(outcome: Outcome) -> bool:
    """Return whether an answer may be repeated for ever: TWS has told of the orders. If not (they
    were not waited for, TWS was silent, the connection was lost) the key stays open, as they may
    be lost yet: who asks again is told what became of them.
    """
    return not is_open(outcome.response) and all(map(is_heard, outcome.trades))


async def _answer_later(
    context: Context, key: str, trades: Sequence[AsyncTrade], unheard: Unheard
) -> None:
    """Keep the answer for a key once TWS has told of its orders; a lost one keeps it open."""
    try:
        waiting = context.desk.unheard
        await context.desk.wait(
            lambda: all(map(is_heard, trades)) or waiting.get(key) is not unheard, UNHEARD
        )
        if waiting.get(key) is not unheard:
            return  # who has asked again waits in its place
        known = context.store.key(key)
        if known is None or known.state != "sent":
            return  # who asked again had it answered
        outcome = Outcome(unheard.told_now(), trades)
        if is_final(outcome):
            _keep_answer(context, key, outcome.response)
    finally:
        if context.desk.unheard.get(key) is unheard:
            del context.desk.unheard[key]


def is_open(response: Response) -> bool:
    """Return whether an answer says itself that what became of the orders is not known yet."""
    return response.status_code == 503 or (
        response.status_code == 202 and "Retry-After" in response.headers
    )


def _keep_answer(context: Context, key: str, response: Response) -> None:
    try:
        context.store.answered(key, response.status_code, bytes(response.body))
    except sqlite3.Error as e:  # the orders are out: who asks again is answered by TWS
        logger.error("the answer under a key is not kept: %s", e)


async def _first(
    context: Context, key: str, bodies: list[OrderBody], placing: Placing, call: Call
) -> Outcome:
    """Send orders whose key is new, or of which nothing was sent."""
    for body in bodies:
        await look_up_legs(call, body)
    await ready_to_send(context)
    return await _outcome(context, send_new(context, bodies, key), placing, key)


async def _outcome(
    context: Context, trades: list[AsyncTrade], placing: Placing, key: str
) -> Outcome:
    losses = context.pool.orders.losses
    response = await answer(context, trades, placing, key)
    return Outcome(response, trades, lambda: _told(context, trades, placing, losses, key))


def _replayed(status: int, body: bytes) -> Response:
    media = "application/problem+json" if status >= 400 else "application/json"
    return Response(body, status, {"Idempotent-Replayed": "true"}, media_type=media)


async def _settle_unknown(
    context: Context, known: Key, bodies: list[OrderBody], placing: Placing, call: Call
) -> Outcome:
    """Find out what became of orders that were, or may have been, sent; send what never arrived."""
    await ready_to_send(context)
    client_id = context.pool.orders.client_id
    check_owner(context, known)
    for body in bodies:
        await look_up_legs(call, body)
    number(bodies, known.ids, known.key)
    orders = [(each.contract, each.order) for each in bodies]
    found = await context.desk.lookup(orders, client_id)
    missing = [n for n, order_id in enumerate(known.ids) if order_id not in found]
    if missing:
        check_age(context, known)
        ib = context.desk.may_trade()
        context.store.sending(known.key, known.ids)
        trades = context.desk.send(ib, [orders[n] for n in missing])
        found.update({trade.orderId: trade for trade in trades})
    trades = [found[order_id] for order_id in known.ids]
    outcome = await _outcome(context, trades, placing, known.key)
    used = [found[known.ids[n]] for n in missing if is_id_used(found[known.ids[n]])]
    if used:
        outcome = Outcome(_too_late(trades, used), trades)
    outcome.response.headers["Idempotent-Replayed"] = "false" if missing else "true"
    return outcome


def is_id_used(trade: AsyncTrade) -> bool:
    """Return whether TWS has refused an order as it takes higher ids alone by now."""
    found = refusal(trade)
    return found is not None and found[0] == ID_USED


def _too_late(trades: Sequence[AsyncTrade], used: Sequence[AsyncTrade]) -> Response:
    """Return the answer for orders that never came to TWS, and are too late under their ids. Under
    new ones they might be there twice: TWS does not tell of every order that has ended.
    """
    numbers = ", ".join(str(trade.orderId) for trade in used)
    problem = tws_problem(
        *(refusal(used[0]) or (ID_USED, "")),
        id=used[0].orderId,
        orders={str(trade.orderId): summary(trade) for trade in trades},
    )
    problem.detail = (
        f"order {numbers}: no list of TWS's has it, and TWS does not take it any more, as an order "
        "with a higher id has come meanwhile; see whether it is there, and place it under another "
        f"key ({problem.detail})"
    )
    return problem.response()


def check_owner(context: Context, known: Key) -> None:
    """Refuse a key of another client id. Problem (409)."""
    client_id = context.pool.orders.client_id
    if known.client_id != client_id:
        raise Problem(409, f"Idempotency-Key: its orders belong to client id {known.client_id}, "
                           f"and this server places orders as {client_id}")  # fmt: skip


def check_age(context: Context, known: Key) -> None:
    """Refuse to send again what may still be on its way to TWS. Problem (409)."""
    left = context.pool.orders.policy.lost_after - known.age
    if left > 0:
        raise Problem(409, "Idempotency-Key: what became of its orders is not known yet",
                      retry_after=left)  # fmt: skip


def number(bodies: Sequence[OrderBody], ids: Sequence[int], key: str = "") -> None:
    """Give orders their ids. Of several, the first one is the parent of the others, and TWS holds
    all until the last one has come.
    """
    for body, order_id in zip(bodies, ids, strict=True):
        order = body.order
        order.orderId = order_id
        if len(bodies) > 1:
            order.transmit = body is bodies[-1]
            order.parentId = 0 if body is bodies[0] else ids[0]
        # TWS takes no other characters, and an order must not fail for its key's sake
        if key and not order.orderRef and len(key) <= 40 and key.isascii() and key.isprintable():
            order.orderRef = key


async def ready_to_send(context: Context) -> None:
    """See that orders are taken now. Problem: they are not."""
    context.desk.may_trade()
    await context.pool.orders.sign_of_life()


def send_new(context: Context, bodies: Sequence[OrderBody], key: str = "") -> list[AsyncTrade]:
    """Give ids to orders, write them down, and send them, without a pause in between."""
    desk = context.desk
    ib = desk.may_trade()
    ids = desk.next_ids(ib, len(bodies))
    number(bodies, ids, key)
    if key:
        context.store.sending(key, ids)
    return desk.send(ib, [(body.contract, body.order) for body in bodies])


async def answer(
    context: Context, trades: list[AsyncTrade], placing: Placing, key: str = ""
) -> Response:
    """Wait as long as asked for, and tell what became of orders."""
    losses = context.pool.orders.losses
    await context.desk.settle(trades, _wait_of(trades, placing), placing.timeout)
    refused = [trade for trade in trades if refusal(trade)]
    context.metrics.orders["refused"] += len(refused)
    if len(trades) > 1 and placing.on_error == "cancel":
        if refused:
            await _cancel_rest(context, trades)
        elif not all(map(_is_settled, trades)):  # they were not waited for so long
            context.run(_cancel_rest_later(context, trades))
    return _told(context, trades, placing, losses, key)


def _wait_of(trades: Sequence[AsyncTrade], placing: Placing) -> str:
    """Return how far orders are waited for: one that begins later is not at work before."""
    begins_later = any(trade.order.goodAfterTime for trade in trades)
    return "ack" if begins_later and placing.wait != "none" else placing.wait


def _told(
    context: Context, trades: list[AsyncTrade], placing: Placing, losses: int, key: str
) -> Response:
    """Return the answer for orders as they are now. `losses` of the connection there were before
    they were sent.
    """
    wait = _wait_of(trades, placing)
    settled = wait == "none" or all(is_there(trade, wait) for trade in trades)
    refused = {trade.orderId: found for trade in trades if (found := refusal(trade))}
    made: dict[str, Any] = {"orders": {str(t.orderId): summary(t) for t in trades}}
    warnings = [each for trade in trades for each in warnings_of(trade)]
    if warnings:
        made["warnings"] = warnings
    if refused:
        return _refused(trades, refused, made)
    may_be_lost = wait == "none" or not settled
    if may_be_lost and context.desk.is_uncertain(trades, losses):
        made["uncertain"] = True
        if key:
            problem = Problem(
                503, "the connection was lost before TWS has answered; ask again with the same key",
                retry_after=context.pool.orders.retry_after, **made,
            )  # fmt: skip
            return problem.response()
    headers = {"Location": f"/order/{trades[0].orderId}"}
    if not settled and not all(known_to_tws(trade) for trade in trades):
        made["uncertain"] = True  # TWS is silent, or the server stops
        if key:  # without one, who asks again places another order
            headers["Retry-After"] = "1"
    status = 201 if settled and wait != "none" else 202
    if placing.wait == "filled" and settled:
        status = 201 if len(trades) > 1 else 200 if trades[0].status.status == "Filled" else 201
    return json(made, status, headers)


def _is_settled(trade: AsyncTrade) -> bool:
    """Return whether TWS has taken an order, or it has ended."""
    return trade.status.status in AT_WORK or trade.isDone or trade.error is not None


async def _cancel_rest_later(context: Context, trades: Sequence[AsyncTrade]) -> None:
    """Cancel the others if one of a bracket is refused after its answer was given."""
    desk = context.desk
    await desk.wait(lambda: any(map(refusal, trades)) or all(map(_is_settled, trades)), UNHEARD)
    if any(map(refusal, trades)):
        await _cancel_rest(context, trades)


async def _cancel_rest(context: Context, trades: Sequence[AsyncTrade]) -> None:
    """Cancel the other orders of a bracket of which one was refused."""
    alive = [trade for trade in trades if not trade.isDone and trade.error is None]
    for trade in alive:
        trade.cancel()
    await context.desk.wait(lambda: all(trade.isDone for trade in alive), 5)


def _refused(
    trades: list[AsyncTrade], refused: dict[int, tuple[int, str]], made: dict[str, Any]
) -> Response:
    errors = {
        str(order_id): {"id": order_id, "errorCode": code, "errorMsg": text}
        for order_id, (code, text) in refused.items()
    }
    order_id, (code, text) = next(iter(refused.items()))
    problem = tws_problem(code, text, id=order_id, errors=errors, **made)
    if problem.status in (400, 404) and code in (201, 110):
        problem.status = 422
    if len(trades) > 1:
        problem.detail = f"order {order_id}: {problem.detail}"
    return problem.response()


# --- changing ---


async def modify(call: Call, order_id: int, body: OrderBody, wait: str) -> Response:
    """Change what a body gives of an order; the rest stays as it is."""
    context = call.context
    desk = context.desk
    await ready_to_send(context)
    trade = await known_trade(context, order_id, call.client_id)
    if trade.isDone:
        raise Problem(409, f"order {order_id} is {trade.status.status}; it cannot be changed",
                      id=order_id, errorCode=104,
                      errorMsg="Cannot modify a filled order")  # fmt: skip
    _refuse_other_contract(trade, body)
    changes = given(body.order_given)
    if changes.pop("whatIf", False):
        raise Problem(400, "whatIf: what an order would do is told by POST /order/preview",
                      parameter="whatIf")  # fmt: skip
    for name in ("orderId", "clientId", "permId"):
        changes.pop(name, None)
    if not changes:
        raise Problem(400, "the body changes nothing of the order")
    desk.may_trade()  # again: it may have been halted while TWS was asked for the order
    before = trade._noted
    old = {name: getattr(trade.order, name) for name in changes}
    earlier, losses = copy(order_of(trade)), context.pool.orders.losses
    told: list[bool] = []

    def listener(changed: AsyncTrade) -> None:
        if changed is trade and _is_changed(earlier, order_of(trade), changes):
            told.append(True)
            desk.check()

    ib = context.pool.orders.ib
    ib.events.openOrder += listener
    try:
        trade.modify(**changes)
        await desk.wait(
            lambda: bool(told) or bool(errors_since(trade, before)) or trade.isDone,
            0 if wait == "none" else call.timeout,
        )
    finally:
        ib.events.openOrder -= listener
    errors = errors_since(trade, before)
    if errors:
        for name, value in old.items():  # the order stands as it was
            setattr(trade.order, name, value)
        trade.error = None
        code, text = errors[0]
        raise tws_problem(code, text, id=order_id)
    made = {"orders": {str(order_id): summary(trade)}}
    warnings = warnings_of(trade)
    if warnings:
        made["warnings"] = warnings  # type: ignore[assignment]
    if not told and context.pool.orders.losses > losses:
        made["uncertain"] = True  # type: ignore[assignment]
    return json(made, 200 if told else 202, {"Location": f"/order/{order_id}"})


def _is_changed(earlier: Order, now: Order, changes: Mapping[str, object]) -> bool:
    """Return whether TWS's telling of an order is that of its change: somebody may have asked for
    the list of orders before, or the change was lost and the order is told after a reconnection.
    """
    return all(
        getattr(now, name) == value or getattr(now, name) != getattr(earlier, name)
        for name, value in changes.items()
        if name in ALWAYS_TOLD
    )


def _refuse_other_contract(trade: AsyncTrade, body: OrderBody) -> None:
    """Refuse a change that names another instrument: its order id is a wrong one. Problem (409)."""
    for name, value in given(body.contract_given).items():
        known = getattr(trade.contract, name)
        if name in CONTRACT_TERMS and value and known and value != known:
            raise Problem(409, f"{name}: order {trade.orderId} is of {known}, not of {value}; the "
                               "contract of an order cannot be changed", id=trade.orderId,
                          parameter=name)  # fmt: skip


def errors_since(trade: AsyncTrade, before: int) -> list[tuple[int, str]]:
    """Return code and text of the errors that a trade has got since it had so many changes."""
    from ..protocol.schema.conversations import is_warning

    return [
        (entry.code, entry.message)
        for entry in trade._log_since(before)
        if entry.code and not is_warning(entry.code) and entry.code != 202
    ]


async def known_trade(context: Context, order_id: int, client_id: int | None) -> AsyncTrade:
    """Return the trade of an order id of ours. Problem: it is unknown (404), or another client's
    (409), which alone can change it.
    """
    desk = context.desk
    trade = desk.find(order_id, client_id)
    if trade is None:
        await desk.refresh()
        trade = desk.find(order_id, client_id)
    if trade is None:
        raise Problem(404, f"there is no order {order_id}", id=order_id, errorCode=10147,
                      errorMsg="OrderId that needs to be cancelled is not found")  # fmt: skip
    owner = trade.order.clientId
    if owner != context.pool.orders.client_id and not trade.isDone:
        raise Problem(409, f"order {order_id} belongs to client id {owner}, "
                           "which alone can change or cancel it", id=order_id,
                      clientId=owner)  # fmt: skip
    return trade


__all__ = [
    "Placing",
    "answer",
    "body_hash",
    "check_age",
    "check_owner",
    "errors_since",
    "is_open",
    "is_there",
    "key_of",
    "known_trade",
    "modify",
    "number",
    "post_order",
    "ready_to_send",
    "send_new",
    "under_key",
]
