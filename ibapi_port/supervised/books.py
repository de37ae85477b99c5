"""What a supervised connection keeps in mind, and the lock that guards it."""

from __future__ import annotations

import threading

from .executions import Executions
from .order_ids import Floor
from .orders import Orders
from .pacing import Pacer
from .policy import Policy
from .registry import Registry


class Books:
    """Requests, orders, executions and the order ids of one client. Requests come from any thread,
    messages in the one that processes them, so each look is taken under `lock`. Nothing of the
    program is called while it is held.
    """

    def __init__(self, policy: Policy) -> None:
        self.lock = threading.RLock()
        self.registry = Registry()
        self.orders = Orders()
        self.executions = Executions()
        self.floor = Floor(policy.state_path)
        self.pacer = Pacer(policy.rate)
        self.client_ids: set[int] = set()  # all that were used: orders may belong to each of them
        # Held while the market data type is another one than the program's, for a stream that was
        # asked for under that: no request of the program's may come in between. Before `lock`.
        self.switching = threading.Lock()
        self.hears_all = False  # TWS tells of the executions of other clients, too


__all__ = ["Books"]
