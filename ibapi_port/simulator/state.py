"""What is going on in the simulated TWS, as plain values for scripts in any language. Numbers that
are money or quantities are text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .market.quotes.market import Quote
from .net.clock import VirtualClock
from .network import Network
from .times import stamp
from .trading.live import LiveOrder
from .world import World

Json = dict[str, Any]  # a value as JSON has it; the type of JSON cannot be said without recursion


def state(world: World, network: Network) -> Json:
    """Return clients, orders, positions, quotes of both, farms, faults and the clock."""
    lives = [*world.book.active(), *world.book.completed()]
    held = [
        (account, position)
        for account in world.accounts
        for position in account.positions.values()
        if position.quantity
    ]
    instruments = [
        *(live.instrument for live in world.book.active()),
        *(position.instrument for _, position in held),
    ]
    concerned = {each.con_id: each for each in instruments}
    return {
        "clock": {
            "now": world.clock.now(),
            "text": stamp(world.clock.now()),
            "virtual": isinstance(world.clock, VirtualClock),
        },
        "port": network.port,
        "restarting": network.restarting,
        "connected": world.farms.connected,
        "farms": world.farms.states(),
        "faults": [rule.describe() for rule in network.faults.all()],
        "asking": sum(session.asking for session in network.sessions),
        "clients": [
            {
                "client_id": session.client_id,
                "server_version": session.server_version,
                "connect_options": session.connect_options,
                "capabilities": session.capabilities,
                "waiting": session.waiting,
            }
            for session in network.clients
        ],
        "accounts": [
            {
                "account": account.code,
                "cash": str(account.total_cash()),
                "net_liquidation": str(account.net_liquidation()),
            }
            for account in world.accounts
        ],
        "positions": [
            {
                "account": account.code,
                "con_id": position.instrument.con_id,
                "symbol": position.instrument.local_symbol,
                "quantity": str(position.quantity),
                "average_cost": str(position.average_cost),
            }
            for account, position in held
        ],
        "orders": [order(live) for live in lives],
        "quotes": {
            each.local_symbol: quote(world.market.quote(each)) for each in concerned.values()
        },
    }


def order(live: LiveOrder) -> Json:
    """Return an order and what has become of it."""
    return {
        "order_id": live.order.orderId,
        "client_id": live.order.clientId,
        "perm_id": live.order.permId,
        "symbol": live.instrument.local_symbol,
        "action": live.order.action,
        "order_type": live.order.orderType,
        "quantity": str(live.order.totalQuantity),
        "filled": str(live.filled),
        "remaining": str(live.remaining),
        "average_price": str(live.average_price),
        "status": live.status,
        "done": live.done,
    }


def quote(now: Quote) -> Json:
    """Return a quote."""
    return {name: plain(value) for name, value in now._asdict().items()}


def plain(value: object) -> Any:
    """Return any value of the API's as JSON has it: of an object the attributes that are not as
    they were made.
    """
    if isinstance(value, float) and not math.isfinite(value):  # JSON has no such numbers
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if hasattr(value, "__dict__"):
        fresh = vars(type(value)())
        return {
            name: plain(each)
            for name, each in vars(value).items()
            if name not in fresh or fresh[name] != each
        }
    return str(value)
