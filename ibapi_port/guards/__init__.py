"""Guards on orders: what may be sent at all, and how much of it.

from ibapi_port.guards import DayLimit, Guards, OrderLimit

guards = Guards(client, order=OrderLimit(quantity=500, value=20_000), day=DayLimit(value=100_000))
guards.halt("something is wrong")

A refused order is an `error` on its id (201, or 134 for a change of an order that is out), which
names the guard, the limit and the value; nothing is sent. Cancels are never refused.
"""

from __future__ import annotations

from .guards import Guards
from .limits import DayLimit, OrderLimit

__all__ = ["DayLimit", "Guards", "OrderLimit"]
