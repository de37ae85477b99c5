"""What the routes of one server share."""

from __future__ import annotations

import asyncio
import json as json_text
import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..guards import Guards
from ..guards.terms import Instrument, instrument_of
from ..ib import AsyncIB
from ..ledger import Ledger
from .beacon import Beacon
from .calls import Shared
from .channels import CHANNELS, Channel, Log, quotes_of
from .connection import Connection, Pool
from .desk import Desk
from .hub import Hub
from .metrics import Metrics
from .problems import Problem
from .security import Hosts, Tickets, Tokens
from .settings import Settings
from .store import Store
from .structs import encode
from .topics import Topic

if TYPE_CHECKING:
    from .calls import Route

logger = logging.getLogger("ibapi_port.rest")
QUOTE_AGE = 60.0  # seconds for which a quote counts for the guards


class Context:
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
        self.routes: list[Route] = []
        self.started_at = time.time()
        self.pool = Pool(
            [
                Connection(
                    settings, client_id, "orders" if n == 0 else "data",
                    self._prepare, self._ready, self._changed,
                )
                for n, client_id in enumerate(settings.client_ids)
            ]
        )  # fmt: skip
        self.guards: Guards | None = None
        self.ledger: Ledger | None = None
        self.desk = Desk(self)
        self.subscriptions: dict[str, tuple[str, Topic]] = {}
        self.parameters_xml: tuple[float, str] = (0.0, "")
        self.beacon: Beacon | None = None
        if settings.beacon_url:
            self.beacon = Beacon(self, settings.beacon_url, settings.beacon_secret)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.clients_topic = self._own_topic("clients", self.clients)
        self.orders_topic = self._own_topic("order/events", lambda: {"since": self.store.last()})
        self.executions_topic = self._own_topic("executions", dict)
        self.positions_topic = self._own_topic("account/positions", self.desk.positions)
        self.updates_topic = self._own_topic("account/updates", self.desk.updates)

    def _own_topic(self, name: str, state: Any) -> Topic:
        """Return a topic whose events are the server's own."""
        channel = CHANNELS.get(name) or Channel(
            name, None, lambda values: Log(state), permanent=True
        )
        topic = Topic(self.hub, self.pool, channel, name, {}, self.settings.linger)
        topic.phase = "live"
        self.hub.topics[name] = topic
        return topic

    # --- connections ---

    def start(self) -> None:
        """Begin to connect."""
        for connection in self.pool.connections:
            connection.start()
        if self.beacon is not None:
            self.run(self.beacon.run())

    async def stop(self) -> None:
        """End the connections. Orders are left alone; streams are ended upstream."""
        for task in list(self._tasks):
            task.cancel()
        for topic in list(self.hub.topics.values()):
            topic.end()
        for connection in self.pool.connections:
            await connection.stop()
        if self.ledger is not None:
            self.ledger.close()
        self.store.close()

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

    def _prepare(self, connection: Connection, ib: AsyncIB) -> None:
        """Let guards and ledger join in, before the client connects."""
        if connection.role != "orders":
            return
        client = ib._engine.client
        before = self.guards
        if self.settings.guards is not None:
            self.guards = Guards(client, **{"quote": self._quote, **self.settings.guards})
            if before is not None:
                self.guards.take_over(before)
        if self.settings.ledger:
            if self.ledger is not None:
                self.ledger.close()
            self.ledger = Ledger(self.settings.ledger, client)
        self.desk.listen(ib)

    def _quote(self, instrument: Instrument, side: str) -> float | None:
        """Return the last quote of an instrument, whichever client id watches it, None without one.

        Guards call it in the thread that places the order: the event loop's.
        """
        for topic in self.hub.topics.values():
            if topic.channel.name != "market/data" or time.time() - topic.changed_at > QUOTE_AGE:
                continue
            known = instrument_of(topic.values["contract"])
            if instrument.key not in (known.key, known._replace(con_id=0).key):
                continue
            ticker = quotes_of(topic.state).ticker
            best = ticker.bid if side.startswith("S") else ticker.ask
            return ticker.price if best is None else best
        return None

    def _ready(self, connection: Connection, ib: AsyncIB) -> None:
        if connection.role == "orders":
            self.run(self.desk.connected(ib))
        for topic in list(self.hub.topics.values()):
            if topic.phase == "stale":
                self.run(topic.begin_again())

    def _changed(self, connection: Connection, what: str) -> None:
        self.clients_topic.emit("state", connection.as_dict(), ("state", connection.client_id))
        self.clients_topic.flush()
        if self.beacon is not None:
            self.beacon.changed()
        if what == "lost":
            self.metrics.reconnects += 1
        for topic in list(self.hub.topics.values()):
            if topic.connection is not connection or topic.channel.request is None:
                continue
            if what == "upstream lost":
                topic.stale(connection.why)
            elif what == "upstream back" and topic.phase == "stale":
                topic.resumed()
            elif what == "data lost":
                topic.stale("TWS has lost its requests (1101)")
                topic.end()
                self.run(topic.begin_again())

    def clients(self) -> dict[str, Any]:
        """Return how the connections are."""
        rows = [connection.as_dict() for connection in self.pool.connections]
        made: dict[str, Any] = {
            "connected": {str(c.client_id): c.is_ready for c in self.pool.connections},
            "clients": rows,
        }
        if self.guards is not None or self.desk.halted:
            made["trading"] = self.desk.trading()
        return made

    # --- topics ---

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
        return self.hub.topics[name]

    def must_have_upstream(self) -> Connection:
        """Return the connection for orders. Problem (503): it, or TWS's own, is not there."""
        from .connection import not_connected

        connection = self.pool.orders
        if not connection.is_ready:
            raise not_connected(connection)
        if not connection.upstream:
            raise Problem(503, "TWS has no connection to IB; orders are not taken meanwhile",
                          retry_after=10, errorCode=1100, errorMsg=connection.why)  # fmt: skip
        return connection


def sorted_json(value: object) -> str:
    """Return JSON whose names are in order, for comparing."""
    return json_text.dumps(value, sort_keys=True, default=str)


__all__ = ["Context", "sorted_json"]
