"""What the routes of one server share."""

from __future__ import annotations

import logging
import time
from typing import Any

from ..guards import Guards
from ..guards.terms import Instrument, instrument_of
from ..ib import AsyncIB
from ..ledger import Ledger
from .base import Base
from .beacon import Beacon
from .channels import quotes_of
from .connection import Connection
from .desk import Desk
from .security import Tokens
from .settings import Settings

logger = logging.getLogger("ibapi_port.rest")
QUOTE_AGE = 60.0  # seconds for which a quote counts for the guards


class Context(Base):
    """Made within the running event loop."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        super().__init__(settings, tokens)
        self.routes: list[Any] = []
        self.desk = Desk(self)
        self.beacon: Beacon | None = None
        if settings.beacon_url:
            self.beacon = Beacon(self.clients, settings.beacon_url, settings.beacon_secret)
        self.clients_topic = self._own_topic("clients", self.clients)
        for name, state in (
            ("order/events", lambda: {"since": self.store.last()}),
            ("executions", dict),
            ("account/positions", self.desk.positions),
            ("account/updates", self.desk.updates),
        ):
            self._own_topic(name, state)

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
        if what == "message":
            self.clients_topic.emit("message", connection.messages[-1])
            self.clients_topic.flush()
            return
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
            "messages": [each for c in self.pool.connections for each in c.messages],
        }
        made["trading"] = self.desk.trading()
        return made

    def closing(self) -> None:
        """The server stops: streams end, and who waits is told how far it is."""
        self.hub.close()
        self.desk.close()


__all__ = ["Context"]
