"""What the parts of one server share, but for orders."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ..guards import Guards
from ..ledger import Ledger
from .channels import CHANNELS, Channel, Log
from .connection import Connection, Pool, not_connected
from .hub import Hub
from .metrics import Metrics
from .problems import Problem
from .security import Hosts, Tickets, Tokens
from .settings import Settings
from .shared import Shared
from .store import Store
from .structs import encode
from .topics import Topic

logger = logging.getLogger("ibapi_port.rest")


class Base:
    """Made within the running event loop."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self.settings = settings
        self.tokens = tokens
        self.tickets = Tickets()
        self.hosts = Hosts(settings)
        self.metrics = Metrics()
        self.store = Store(settings.state)
        self.shared = Shared()
        self.hub = Hub(settings.keep)
        self.started_at = time.time()
        self.guards: Guards | None = None
        self.ledger: Ledger | None = None
        self.subscriptions: dict[str, tuple[str, Topic]] = {}
        self.parameters_xml: tuple[float, str] = (0.0, "")
        # called when the connection for orders is there for the first time
        self.when_connected: list[Callable[[], Awaitable[None]]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self.pool = Pool(
            [
                Connection(
                    settings,
                    client_id,
                    "orders" if n == 0 else "data",
                    self._ready,
                    self._changed,
                )
                for n, client_id in enumerate(settings.client_ids)
            ]
        )

    async def _ready(self, connection: Connection) -> None:
        """A client has connected for the first time."""

    def _changed(self, connection: Connection, what: str) -> None:
        """Something of a connection has changed."""

    def run(self, work: Any) -> asyncio.Task[Any]:
        """Let a coroutine run on its own; what it raises is logged."""
        task = self.hub.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a task of the server has failed", exc_info=task.exception())

    # --- topics ---

    def _own_topic(self, name: str, state: Any) -> Topic:
        """Return a topic whose events are the server's own."""
        channel = CHANNELS.get(name) or Channel(
            name, None, lambda values: Log(state), permanent=True
        )
        topic = Topic(self.hub, self.pool, channel, name, {}, self.settings.linger)
        topic.phase = "live"
        self.hub.topics[name] = topic
        return topic

    async def topic(self, channel: Channel, values: Mapping[str, Any]) -> Topic:
        """Return the topic of a channel with these values, whose request stands. Problem: it cannot
        be made.
        """
        key = f"{channel.name} {encode(values).decode()}"
        topic = self.hub.topics.get(key)
        if topic is None:
            topic = Topic(self.hub, self.pool, channel, key, values, self.settings.linger)
            self.hub.topics[key] = topic
        topic.hold()
        try:
            if topic.phase != "stale":
                await topic.begin()
        except BaseException:
            if topic.phase == "new":
                self.hub.topics.pop(key, None)
            raise
        finally:
            topic.release()
        return topic

    def own(self, name: str) -> Topic:
        """Return a topic of the server's own events."""
        found: Topic = self.hub.topics[name]
        return found

    def must_have_upstream(self) -> Connection:
        """Return the connection for orders. Problem (503): it, or TWS's own, is not there."""
        connection = self.pool.orders
        if not connection.is_ready:
            raise not_connected(connection)
        if not connection.upstream:
            raise Problem(503, "TWS has no connection to IB; orders are not taken meanwhile",
                          retry_after=10, errorCode=1100, errorMsg=connection.why)  # fmt: skip
        return connection


__all__ = ["Base"]
