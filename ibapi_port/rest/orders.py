"""Orders: placing, changing, cancelling, previews, groups, events, and the kill switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from starlette.responses import Response

from ..contract import Contract
from ..ib.rows import Fill, OpenOrder
from ..ib.trades import AsyncTrade
from ..order import Order
from ..order_state import OrderState
from .asking import Warning_, asks
from .bodies import ONE_ORDER, ORDERS, check_new, look_up_legs, read_orders
from .calls import Call, Route, json
from .connection import ready_ib
from .desk import CANCELLED, numbered, order_of, summary, warnings_of
from .hub import Event
from .oca import post_oca
from .parameters import Parameter
from .placing import errors_since, known_trade, modify, post_order
from .problems import Problem, tws_problem
from .sse import atom
from .streaming import ATOM, SSE, last_id_of, stream_of
from .structs import dict_of, encode, envelope, list_of, plain

if TYPE_CHECKING:
    from .context import Context

SAID_TWICE = 0.25  # seconds
KEPT_ID = "n-"  # of events that come from the file
AT_A_TIME = 200  # of these
ORDER_ID = Parameter("orderId", int, text="the order's id")
ORDER_EVENTS = ("openOrder", "orderStatus", "execDetails", "commissionReport", "error")
PLACING = (
    Parameter("wait", Literal["none", "ack", "submitted", "filled"], "submitted",
              "how far the order is to be before the answer"),
    Parameter("onError", Literal["cancel", "report"], "cancel",
              "what becomes of a bracket of which one order is refused"),
)  # fmt: skip
StatusRow = envelope(
    "OrderStatusRow", orderId=int, status=str, filled=float, remaining=float, avgFillPrice=float,
    permId=int, parentId=int, lastFillPrice=float, clientId=int, whyHeld=str, mktCapPrice=float,
)  # fmt: skip
OpenRow = envelope("OpenOrderRow", orderId=int, contract=Contract, order=Order,
                   orderState=OrderState)  # fmt: skip
OpenOrders = envelope(
    "OpenOrders",
    openOrderEnd=bool,
    openOrder=list_of(OpenRow),
    orderStatus=list_of(StatusRow),
)
Summary = envelope(
    "OrderSummary", orderId=int, status=str, permId=int, clientId=int, parentId=int, symbol=str,
    conId=int, action=str, totalQuantity=float, orderType=str, lmtPrice=float, auxPrice=float,
    trailingPercent=float, tif=str, account=str, orderRef=str, transmit=bool, filled=float,
    remaining=float, avgFillPrice=float, commission=float, whyHeld=str,
)  # fmt: skip
Placed = envelope(
    "Placed", orders=dict_of(Summary), warnings=list_of(Warning_), uncertain=bool,
    errors=dict_of(Warning_)
)  # fmt: skip


# --- looking ---


async def get_orders(call: Call) -> Response:
    """Return the open orders."""
    scope = call.values()["scope"]
    context = call.context
    ib = ready_ib(context.pool.orders)
    if scope == "all":
        trades = await context.desk.refresh()
    else:
        if scope == "auto":
            ib.reqAutoOpenOrders(True)
        await context.pool.orders.pace.acquire()
        trades = list(await ib.reqOpenOrders(timeout=call.timeout))
        own = context.pool.orders.client_id
        trades = [trade for trade in trades if trade.order.clientId == own]
    return json(
        {
            "openOrderEnd": True,
            "openOrder": [open_row(trade) for trade in trades],
            "orderStatus": [status_row(trade) for trade in trades],
        }
    )


def open_row(trade: AsyncTrade) -> dict[str, Any]:
    """Return an open order by IBREST's names."""
    return {
        "orderId": trade.orderId,
        "contract": trade.contract,
        "order": order_of(trade),
        "orderState": trade.orderState or OrderState(),
    }


def status_row(trade: AsyncTrade) -> dict[str, Any]:
    """Return an order's status by IBREST's names."""
    return {"orderId": trade.orderId, **plain(trade.status)}


async def get_order(call: Call) -> Response:
    """Return one order, with its status and executions."""
    order_id = call.values()["orderId"]
    desk = call.context.desk
    trade = desk.find(order_id, call.client_id)
    if trade is None:
        await desk.refresh()
        trade = desk.find(order_id, call.client_id)
    if trade is None:
        raise Problem(404, f"there is no order {order_id}", id=order_id)
    made: dict[str, Any] = {
        **open_row(trade),
        "orderStatus": status_row(trade),
        "executions": [
            {"execution": fill.execution, "commissionReport": fill.commission}
            for fill in trade.fills
        ],
        "summary": summary(trade),
        "log": [plain(entry) for entry in trade.log],
    }
    warnings = warnings_of(trade)
    if warnings:
        made["warnings"] = warnings
    return json(made)


async def get_filled(call: Call) -> Response:
    """Return the statuses of filled orders that are kept."""
    values = call.values()
    rows = call.context.store.events(
        values["since"], "orderStatus", values["orderId"] or None, most=100_000
    )
    found = [msgspec.json.decode(data) for _, _, _, data in rows]
    # TWS repeats a status now and then
    filled = {each["permId"]: each for each in found if each["status"] == "Filled"}
    return json({"orderStatus": list(filled.values())})


async def get_events(call: Call) -> Any:
    """Return what happened to orders: as a stream, a feed, or a list."""
    values = call.values()
    context = call.context
    if call.accepts(SSE):
        return _event_stream(call, values)
    rows = context.store.events(
        values["since"], "", values["orderId"] or None, values["account"], values["limit"]
    )
    if call.accepts(ATOM):
        events = [Event(n, name, data, None, when) for n, when, name, data in rows]
        return atom(context.own("order/events"), events, str(call.request.url))
    return json({"events": [
        {"n": n, "time": when, "event": name, "data": msgspec.Raw(data)}
        for n, when, name, data in rows
    ]})  # fmt: skip


def _event_stream(call: Call, values: dict[str, Any]) -> Any:
    """Return the stream of order events; `since` begins with those that are kept."""
    context = call.context
    topic = context.own("order/events")
    last_id = last_id_of(call)
    since = values["since"]
    if last_id.startswith(KEPT_ID) and (text := last_id.removeprefix(KEPT_ID)).isascii():
        since = int(text) if text.isdigit() and len(text) <= 18 else since
    stream = stream_of(call, topic)
    viewer = stream._viewers[0]
    if since and not topic.knows(last_id):
        viewer.begin_with(_kept(context, since, values))
    wanted = {name: values[name] for name in ("orderId", "account") if values[name]}
    if wanted:
        viewer.wants = lambda event: _concerns(event, wanted)
    return stream


def _kept(context: Context, since: int, values: dict[str, Any]) -> Callable[[], bytes]:
    """Return what gives the kept events after a number, some at a time, up to the live ones. Their
    ids are their numbers in the file: a client that resumes goes on there, also after a restart.
    """
    state = encode({"since": since})
    parts = iter([b"event: snapshot\ndata: %b\n\n" % state])

    def part() -> bytes:
        nonlocal since
        for first in parts:
            return first
        rows = context.store.events(
            since, "", values["orderId"] or None, values["account"], AT_A_TIME
        )
        since = rows[-1][0] if rows else since
        return b"".join(
            b"id: %b%d\nevent: %b\ndata: %b\n\n"
            % (KEPT_ID.encode(), n, name.encode(), numbered(n, data))
            for n, _, name, data in rows
        )

    return part


def _concerns(event: Event, wanted: dict[str, Any]) -> bool:
    """Return whether an event is of the order or account that is wanted."""
    if event.name not in ORDER_EVENTS:
        return True
    row = msgspec.json.decode(event.data)
    account = row.get("order", {}).get("account") or row.get("execution", {}).get("acctNumber")
    told = {"orderId": row.get("orderId"), "account": account or wanted.get("account")}
    return all(told[name] == value for name, value in wanted.items())


# --- doing ---


async def put_order(call: Call) -> Response:
    """Change an order."""
    bodies, is_list = read_orders(await call.raw_body())
    values = call.values()
    if is_list:
        raise Problem(400, "one order is expected, not a list")
    named = bodies[0].order_id
    if named and named != values["orderId"]:
        raise Problem(400, f"orderId: the body says {named}", parameter="orderId")
    return await modify(call, values["orderId"], bodies[0], "ack")


async def delete_order(call: Call) -> Response:
    """Cancel an order, and wait for what becomes of it."""
    context = call.context
    order_id = call.values()["orderId"]
    ready_ib(context.pool.orders)
    trade = await known_trade(context, order_id, call.client_id)
    if trade.isDone:
        raise Problem(409, f"order {order_id} is {trade.status.status}; it cannot be cancelled",
                      id=order_id, errorCode=10148, errorMsg=f"it is {trade.status.status}",
                      orders={str(order_id): summary(trade)})  # fmt: skip
    before = trade._noted
    trade.cancel()
    await context.desk.wait(lambda: trade.isDone or bool(errors_since(trade, before)), call.timeout)
    if trade.status.status == "Cancelled":  # TWS says so twice: by the status, and by 202
        await context.desk.wait(lambda: any(e.code == CANCELLED for e in trade.log), SAID_TWICE)
    made: dict[str, Any] = {"orders": {str(order_id): summary(trade)}}
    errors = errors_since(trade, before)
    if errors and not trade.isDone:
        raise tws_problem(*errors[0], id=order_id, **made)
    if trade.status.status == "Filled":
        raise Problem(409, f"order {order_id} was filled before it could be cancelled",
                      id=order_id, errorCode=10148, errorMsg="Filled", **made)  # fmt: skip
    warnings = warnings_of(trade)
    if warnings:
        made["warnings"] = warnings
    return json(made, 200 if trade.isDone else 202)


async def delete_all(call: Call) -> Response:
    """Cancel all open orders of the login."""
    if not call.values()["confirm"]:
        raise Problem(400, "confirm: all orders of the login, manual ones too, would be cancelled; "
                           "say confirm=true", parameter="confirm")  # fmt: skip
    ib = ready_ib(call.context.pool.orders)
    trades = await call.context.desk.refresh()
    ib.reqGlobalCancel()
    return json({"cancelling": [trade.orderId for trade in trades]}, 202)


async def post_preview(call: Call) -> Response:
    """Return margin and commission of an order that is not placed."""
    bodies, is_list = read_orders(await call.raw_body())
    if is_list:
        raise Problem(400, "one order is expected, not a list")
    body = bodies[0]
    body.order.whatIf = False  # it is one in any case
    check_new(body)
    await look_up_legs(call, body)
    connection = call.context.must_have_upstream()
    await connection.pace.acquire()
    ib = ready_ib(connection)
    work = ib.whatIf(body.contract, body.order, timeout=call.timeout)
    return json({"orderState": await call.while_connected(work)})


# --- the kill switch ---

Halt = envelope("Halt", reason=str, cancel=bool)
Trading = envelope("Trading", halted=str, guards=dict[str, Any])
HALT = (
    Parameter("reason", str, "", "why, as it is shown"),
    Parameter("cancel", bool, False, "cancel all open orders, too"),
)


async def get_trading(call: Call) -> Response:
    """Return whether orders are taken, and what the guards have counted."""
    return json(call.context.desk.trading())


async def post_halt(call: Call) -> Response:
    """Refuse all orders from now on. The query may say what the body does."""
    values = call.values()
    raw = await call.raw_body()
    names = [("reason", str, values["reason"]), ("cancel", bool, values["cancel"])]
    kind = msgspec.defstruct("Halt", names, forbid_unknown_fields=True)
    body: Any = kind()
    if raw.strip():
        body = await call.body(kind)
    reason = getattr(body, "reason", "") or f"POST /trading/halt by {call.holder.name}"
    try:
        call.context.desk.halt(reason, getattr(body, "cancel", False))
    finally:
        say_trading(call)
    return json(call.context.desk.trading())


async def post_resume(call: Call) -> Response:
    """Take orders again."""
    call.context.desk.resume()
    say_trading(call)
    return json(call.context.desk.trading())


def say_trading(call: Call) -> None:
    """Tell viewers whether orders are taken."""
    topic = call.context.clients_topic
    topic.emit("trading", call.context.desk.trading(), "trading")
    topic.flush()


_one = envelope(
    "OneOrder", orderId=int, contract=Contract, order=Order, orderState=OrderState,
    orderStatus=StatusRow, executions=list[dict[str, Any]], summary=Summary,
    log=list[dict[str, Any]], warnings=list_of(Warning_),
)  # fmt: skip
EVENTS = (
    Parameter("since", int, 0, "after this event's number"),
    Parameter("orderId", int, 0, "of one order"),
    Parameter("account", str, "", "of one account"),
    Parameter("limit", int, 1000, "at most so many", low=1, high=10_000),
)
_events = envelope("OrderEvents", events=list[dict[str, Any]])

ROUTES: list[Route] = [
    Route("/order", "GET", get_orders, "open orders", "read",
          (Parameter("scope", Literal["all", "client", "auto"], "all", "whose"),), OpenOrders),
    Route("/order", "POST", post_order, "place an order or a bracket, or change an order", "trade",
          PLACING, Placed, ONE_ORDER + ORDERS, status=201, body_token=True, any_query=True),
    Route("/order", "DELETE", delete_order, "cancel an order (IBREST's form)", "trade",
          (ORDER_ID,), Placed, hidden=True),
    Route("/order/oca", "POST", post_oca, "an order, and others once it is filled", "trade", (),
          envelope("Oca", open_resp=Placed, close_resp=Placed | None, errors=dict_of(Warning_)),
          ORDERS, status=201, any_query=True),
    Route("/order/preview", "POST", post_preview, "margin and commission", "read", (),
          envelope("Preview", orderState=OrderState), ONE_ORDER),
    Route("/order/all", "DELETE", delete_all, "cancel all orders of the login", "trade",
          (Parameter("confirm", bool, False, "that it is meant"),),
          envelope("Cancelling", cancelling=list[int]), status=202),
    Route("/order/filled", "GET", get_filled, "filled orders that are kept", "read",
          (Parameter("orderId", int, 0), Parameter("since", int, 0)),
          envelope("FilledOrders", orderStatus=list[dict[str, Any]])),
    asks("/order/completed", "reqCompletedOrders", "the day's orders that have ended",
         "completedOrder", end="completedOrdersEnd"),
    Route("/order/events", "GET", get_events, "what happened to orders", "read", EVENTS, _events,
          stream=True, media=(SSE, ATOM)),
    Route("/order/{orderId}", "GET", get_order, "one order", "read", (ORDER_ID,), _one),
    Route("/order/{orderId}", "PUT", put_order, "change an order", "trade", (ORDER_ID,), Placed,
          ONE_ORDER),
    Route("/order/{orderId}", "DELETE", delete_order, "cancel an order", "trade", (ORDER_ID,),
          Placed),
    Route("/trading", "GET", get_trading, "whether orders are taken", answer=Trading),
    Route("/trading/halt", "POST", post_halt, "refuse all orders", "admin", HALT, Trading, Halt),
    Route("/trading/resume", "POST", post_resume, "take orders again", "admin", (), Trading),
]  # fmt: skip

__all__ = ["ROUTES", "Fill", "OpenOrder"]
