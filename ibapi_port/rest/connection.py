"""One client id's connection to TWS, which is made again after a loss, and several as a pool.

Each time it is made there is a new AsyncIB; who holds streams begins them again (`on_ready`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ..error_codes import is_warning, lookup
from ..ib import AsyncIB
from ..ib.exceptions import IBError, RequestFailed
from ..pacing import Pacing
from ..seams import End, seams
from .pacing import HistoryPace, Pace
from .problems import Problem
from .settings import Settings

logger = logging.getLogger("ibapi_port.rest")
FARM_STATES = {
    2103: "broken", 2104: "ok", 2105: "broken", 2106: "ok", 2107: "inactive", 2108: "inactive",
    2119: "connecting", 2157: "broken", 2158: "ok",
}  # fmt: skip
LOST, BACK_DATA_LOST, BACK, LOST_TO_TWS = 1100, 1101, 1102, 2110


class Connection:
    """The connection of one client id.

    state: "connecting", "ready", "down", or "in use" (326). on_ready(connection, ib) is called
    when there is a new AsyncIB; on_change(connection, what) when anything has changed: "ready",
    "lost", "upstream lost", "upstream back", "data lost", "state".
    """

    def __init__(
        self,
        settings: Settings,
        client_id: int,
        role: str,
        prepare: Callable[[Connection, AsyncIB], None],
        on_ready: Callable[[Connection, AsyncIB], None],
        on_change: Callable[[Connection, str], None],
    ) -> None:
        self.settings = settings
        self.client_id = client_id
        self.role = role
        self.ib: AsyncIB | None = None
        self.state = "connecting"
        self.why = ""
        self.since = time.time()
        self.attempt = 0
        self.next_try = 0.0
        self.upstream = True
        self.farms: dict[str, str] = {}
        self.round_trip: float | None = None
        self.market_data_type = 1
        self.busy = 0
        self.messages: deque[dict[str, Any]] = deque(maxlen=50)  # of TWS, the last ones
        self.streams = 0
        self.pace = Pace(settings.pace)
        self.history = HistoryPace()
        self.accounts_lock = asyncio.Lock()
        self._prepare = prepare
        self._on_ready = on_ready
        self._on_change = on_change
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether requests are taken."""
        return self.ib is not None

    def start(self) -> None:
        """Begin to connect."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End the connection for good."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        try:
            while True:
                await self._once()
                pauses = self.settings.retry_pauses
                pause = pauses[min(self.attempt, len(pauses)) - 1] if self.attempt else pauses[0]
                self.next_try = time.time() + pause
                self._tell("state")
                await asyncio.sleep(pause)
        finally:
            ib = self.ib
            self.ib = None
            if ib is not None:
                await asyncio.shield(ib.disconnect())

    async def _once(self) -> None:
        """Connect, and stay as long as the connection does."""
        self.attempt += 1
        if self.state not in ("connecting", "in use", "down"):
            self._become("connecting", "")
        self._ended.clear()
        try:
            ib = await self._connect()
        except (IBError, OSError) as e:
            in_use = "326" in str(e)
            logger.log(
                logging.WARNING if self.attempt == 1 else logging.DEBUG,
                "client id %d: no connection to TWS: %s", self.client_id, e,
            )  # fmt: skip
            self._become("in use" if in_use else "down", str(e))
            return
        self.attempt = 0
        self.ib = ib
        self.upstream = True
        self.market_data_type = 1
        self._become("ready", "")
        self._on_ready(self, ib)
        self._tell("ready")
        with contextlib.suppress(IBError, OSError):
            await self.measure()
        await self._ended.wait()
        self.ib = None
        self._become("down", self.why or "the connection has ended")
        self._tell("lost")
        with contextlib.suppress(Exception):
            await ib.disconnect()

    async def _connect(self) -> AsyncIB:
        """Return a new AsyncIB. What joins in at the client's seams does so before it connects."""
        settings = self.settings
        connection = self

        class Joined(AsyncIB):
            def __init__(self, timeout: float, pacing: Pacing | None = None) -> None:
                super().__init__(timeout, pacing)
                self._engine.client.watchdogSeconds = 30.0
                self.events.disconnected += connection._disconnected
                self.events.error += connection._error
                connection._prepare(connection, self)
                seams(self._engine.client).add_on_request(connection.pace.sent, last=True)

        keeps = self.role == "orders"
        return await Joined.connect(
            settings.gateway_host,
            settings.gateway_port,
            self.client_id,
            timeout=settings.timeout,
            connectTimeout=settings.connect_timeout,
            positions=keeps,
            openOrders=keeps,
            fills=keeps,
            account="" if keeps else None,
            pacing=None,  # the server's own: it knows the priorities of its clients
        )

    def _disconnected(self, end: End | None) -> None:
        self.why = end.text if end is not None else "the connection has ended"
        self._ended.set()

    def _error(self, request_id: int, code: int, text: str) -> None:
        advice = lookup(code, text)
        self.messages.append(
            {
                "time": time.time(),
                "clientId": self.client_id,
                "id": request_id,
                "errorCode": code,
                "errorMsg": text,
                "isWarning": is_warning(code, text),
                "cause": advice.cause if advice is not None else "",
                "cure": advice.cure if advice is not None else "",
            }
        )
        self._tell("message")
        if code in FARM_STATES:
            farm = text.rpartition(":")[2].strip()
            self.farms[farm] = FARM_STATES[code]
            self._tell("state")
        elif code in (LOST, LOST_TO_TWS) and self.upstream:
            self.upstream = False
            self.why = text
            self._tell("upstream lost")
        elif code in (BACK, BACK_DATA_LOST):
            self.upstream = True
            self.why = ""
            self._tell("data lost" if code == BACK_DATA_LOST else "upstream back")

    async def measure(self) -> None:
        """Measure how long TWS takes to answer."""
        if self.ib is not None:
            start = time.monotonic()
            await self.pace.acquire()
            await self.ib.reqCurrentTime(timeout=5)
            self.round_trip = time.monotonic() - start

    def _become(self, state: str, why: str) -> None:
        if self.state != state:
            self.since = time.time()
        self.state = state
        self.why = why
        self._tell("state")

    def _tell(self, what: str) -> None:
        self._on_change(self, what)

    def as_dict(self) -> dict[str, Any]:
        """Return how the connection is, as plain data."""
        waiting = self.ib is None and self.next_try > time.time()
        made: dict[str, Any] = {
            "clientId": self.client_id,
            "role": self.role,
            "state": self.state,
            "since": round(self.since, 3),
            "upstream": self.upstream and self.is_ready,
            "farms": dict(self.farms),
            "streams": self.streams,
        }
        if self.why:
            made["why"] = self.why
        if not self.is_ready:
            made["attempt"] = self.attempt
        if waiting:
            made["nextTry"] = round(self.next_try, 3)
        if self.ib is not None:
            made["serverVersion"] = self.ib.serverVersion
        if self.round_trip is not None:
            made["rttMs"] = round(self.round_trip * 1000, 2)
        return made

    @property
    def retry_after(self) -> float:
        """In how many seconds it makes sense to ask again."""
        return max(1.0, self.next_try - time.time())


class Pool:
    """The connections of all client ids. The first one places orders."""

    def __init__(self, connections: list[Connection]) -> None:
        self.connections = connections
        self._turn = 0

    @property
    def orders(self) -> Connection:
        """The connection that places orders."""
        return self.connections[0]

    def with_id(self, client_id: int) -> Connection:
        """Return the connection of a client id. Problem (404): it is none of ours."""
        for connection in self.connections:
            if connection.client_id == client_id:
                return connection
        known = ", ".join(str(each.client_id) for each in self.connections)
        raise Problem(404, f"clientId: {client_id} is none of this server's ids ({known})")

    def data(self, client_id: int | None = None) -> Connection:
        """Return a connection for data: the one asked for, or the one with the least to do.

        Problem (503): there is none.
        """
        if client_id is not None:
            found = self.with_id(client_id)
            ready_ib(found)
            return found
        ready = [each for each in self.connections if each.is_ready]
        if len(ready) > 1:  # orders go first: the others take the data
            ready = [each for each in ready if each.role != "orders"] or ready
        if not ready:
            raise not_connected(self.orders)
        self._turn += 1
        order = (ready[(self._turn + n) % len(ready)] for n in range(len(ready)))
        return min(order, key=lambda each: each.busy + each.pace.waiting + each.streams)


def not_connected(connection: Connection) -> Problem:
    """Return the problem of a connection that is not there."""
    why = connection.why or connection.state
    return Problem(
        503,
        f"client id {connection.client_id} has no connection to TWS: {why}",
        retry_after=connection.retry_after,
        errorCode=326 if connection.state == "in use" else 502,
        errorMsg=why,
    )


def ready_ib(connection: Connection) -> AsyncIB:
    """Return the AsyncIB of a connection. Problem (503): there is none."""
    if connection.ib is None:
        raise not_connected(connection)
    return connection.ib


def is_refused(error: BaseException) -> bool:
    """Return whether TWS has refused what was asked, rather than not answered."""
    return isinstance(error, RequestFailed)


__all__ = ["Connection", "Pool", "is_refused", "not_connected", "ready_ib"]
