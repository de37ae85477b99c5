"""A record of every order and of all that became of it, which outlives a crash.

from ibapi_port.ledger import Ledger, read, states

ledger = Ledger("orders.jsonl", client)  # before the client connects
...
for state in states(read("orders.jsonl")).values():
    print(state.order_id, state.status, state.filled)

A line is written before the bytes of an order go out. Each line is one JSON object; lines are only
ever added.
"""

from __future__ import annotations

from .reading import Entry, OrderState, read, states
from .writing import Ledger

__all__ = ["Entry", "Ledger", "OrderState", "read", "states"]
