"""What the routes of one server share."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from ..guards import Guards
from ..guards.terms import Instrument, instrument_of
from ..ledger import Ledger
from .base import Base
from .beacon import Beacon
from .channels import quotes_of
from .connection import Connection
from .desk import Desk
from .security import Tokens
from .settings import Settings
from .topics import Topic

logger = logging.getLogger("ibapi_port.rest")
HOUSEKEEPING = 60.0  # seconds
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
        self._own_topic("order/events", lambda: {"since": self.store.last()})
        self._own_topic("executions", dict)
        for name in ("account/positions", "account/updates"):
            self.of_account(name, "")
        try:
            self._join()
        except BaseException:  # guards or ledger cannot be made: the state file is free again
            self.store.close()
            raise

    def of_account(self, name: str, account: str) -> Topic:
        """Return the topic of an account's positions or updates; "": of all that TWS tells."""
        full = f"{name} {account}".strip()
        found: Topic | None = self.hub.topics.get(full)
        if found is None:
            state = {"account/positions": self.desk.positions, "account/updates": self.desk.updates}
            found = self._own_topic(full, partial(state[name], account))
        return found

    # --- connections ---

    def start(self) -> None:
        """Begin to connect."""
        for connection in self.pool.connections:
            connection.start()
        if self.beacon is not None:
            self.run(self.beacon.run())
        self.run(self._keep_house())

    async def _keep_house(self) -> None:
        """Forget what is old, again and again: a server runs for weeks."""
        while True:
            await asyncio.sleep(HOUSEKEEPING)
            self.desk.forget_old()
            self.store.forget_old()

    async def stop(self) -> None:
        """End the connections. Orders are left alone; streams are ended upstream."""
        for task in list(self._tasks):
            task.cancel()
        for topic in list(self.hub.topics.values()):
            topic.end()
        await asyncio.gather(*(connection.stop() for connection in self.pool.connections))
        if self.ledger is not None:
            self.ledger.close()
        self.store.close()

    def _join(self) -> None:
        """Let guards and ledger join in. They stay on the client over all connections."""
        ib = self.pool.orders.ib
        client = ib._engine.client
        if self.settings.guards is not None:
            self.guards = Guards(client, **{"quote": self._quote, **self.settings.guards})
        if self.settings.ledger:
            self.ledger = Ledger(self.settings.ledger, client)
        self.desk.join(ib)

    def _quote(self, instrument: Instrument, side: str) -> float | None:
        """Return the last quote of an instrument, whichever client id watches it, None without one.

        Guards call it in the thread that places the order: the event loop's.
        """
        for topic in self.hub.topics.values():
            if topic.channel.name != "market/data" or topic.age > QUOTE_AGE:
                continue
            known = instrument_of(topic.values["contract"])
            if instrument.key not in (known.key, known._replace(con_id=0).key):
                continue
            ticker = quotes_of(topic.state).ticker
            best = ticker.bid if side.startswith("S") else ticker.ask
            return ticker.price if best is None else best
        return None

    async def _ready(self, connection: Connection) -> None:
        if connection.role == "orders":
            await self.desk.connected()

    def _changed(self, connection: Connection, what: str) -> None:
        topic = self.clients_topic
        if what == "message":
            topic.emit("message", connection.messages[-1])
            topic.flush()
            return
        if what == "state":
            topic.emit("state", connection.as_dict(), ("state", connection.client_id))
            topic.flush()
            if self.beacon is not None:
                self.beacon.changed()
        elif what == "lost":
            self.metrics.reconnects += 1
            # what came before the loss is handed on before it is told
            self.hub.drain()
            self._all_stale(connection)
        elif what == "upstream lost":
            self._all_stale(connection)
        elif what == "in use":
            self._move(connection)
        else:
            self._restored(connection)

    def _topics(self, connection: Connection | None) -> list[Topic]:
        """Return the topics whose requests are a connection's, or nobody's."""
        topics = list(self.hub.topics.values())
        return [t for t in topics if t.channel.request is not None and t.connection is connection]

    def _all_stale(self, connection: Connection) -> None:
        for topic in self._topics(connection):
            topic.stale(connection.why)

    def _restored(self, connection: Connection) -> None:
        """A connection is there, and its requests are made again: streams go on."""
        lock = connection.accounts_lock
        if connection.account_asked != connection.kept_account and not lock.locked():
            self.run(connection.keep_account())
        for topic in self._topics(connection):
            topic.resumed()
        # requests that have lost their connection, or never had one
        for topic in self._topics(None):
            if topic.phase == "stale":
                self.run(topic.begin_again())

    def _move(self, connection: Connection) -> None:
        """Another program has the client id, perhaps for long: the others take its requests."""
        if any(each.is_ready for each in self.pool.connections):
            for topic in self._topics(connection):
                if not topic.channel.by_orders:
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
