"""One client id's supervised connection to TWS, and several as a pool.

The AsyncIB stays the same over all connections: guards, streams and trades stay on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, cast

from ..error_codes import is_warning, lookup
from ..ib import AsyncIB
from ..ib.exceptions import IBError
from ..ib.supervised import SupervisedEngine, supervise
from ..seams import End, seams
from ..supervised import Gap, Phase, Policy
from .pacing import HistoryPace, Pace
from .problems import Problem
from .settings import Settings

logger = logging.getLogger("ibapi_port.rest")
ID_IN_USE = 326
CONNECTED = (Phase.READY, Phase.UPSTREAM_LOST)
FARM_CODES = frozenset({2103, 2104, 2105, 2106, 2107, 2108, 2119, 2157, 2158})
AGAIN = 1.0  # seconds until the state is fetched again that TWS has not told


def policy_of(settings: Settings) -> Policy:
    """Return how the connections come back."""
    if settings.policy is not None:
        return settings.policy
    return Policy(connect_timeout=settings.connect_timeout, rate=settings.pace)


class Connection:
    """The connection of one client id. All methods are called in the event loop.

    state: where the supervised connection is, as its `Phase` says. on_ready(connection) is awaited
    once TWS has told all that is kept in step, for the first time. on_change(connection, what) is
    called when anything has changed: "ready", "lost", "restored", "in use", "upstream lost",
    "message", "state".
    """

    def __init__(
        self,
        settings: Settings,
        client_id: int,
        role: str,
        on_ready: Callable[[Connection], Awaitable[None]],
        on_change: Callable[[Connection, str], None],
    ) -> None:
        self.settings = settings
        self.client_id = client_id
        self.role = role
        self.phase = Phase.STOPPED
        self.why = "not started"
        self._logged = ""  # why there is no connection, as the log was told last
        self.since = time.time()
        self.losses = 0
        self.in_use = False  # another program has the client id
        self.round_trip: float | None = None
        self.market_data_type = 1
        self.busy = 0
        self.messages: deque[dict[str, Any]] = deque(maxlen=50)  # of TWS, the last ones
        self.streams = 0
        self.pace = Pace(settings.pace)
        self.history = HistoryPace()
        self.accounts_lock = asyncio.Lock()
        self.account_asked = ""  # TWS tells the values and the portfolio of one account at a time
        self._on_ready = on_ready
        self._on_change = on_change
        self._connected = asyncio.Event()
        self._has_begun = False  # what is kept in step has come once
        self._task: asyncio.Task[None] | None = None
        # The pacing is the server's own: it knows the priorities of its clients.
        self.ib = AsyncIB(settings.timeout, None)
        self.policy = policy_of(settings)
        supervise(self.ib, self.policy)
        self.ib._orders.client_id = client_id
        events = self.ib.events
        events.connectionState += self._phase_changed
        events.disconnected += self._lost
        events.reconnected += self._restored
        events.error += self._error
        seams(self.engine.client).add_on_request(self.pace.sent, last=True)

    @property
    def engine(self) -> SupervisedEngine:
        """What the AsyncIB stands on."""
        return cast(SupervisedEngine, self.ib._engine)

    @property
    def state(self) -> str:
        """Where the connection is."""
        return self.phase.value

    @property
    def is_ready(self) -> bool:
        """Whether requests are taken."""
        return self._has_begun and self.phase in CONNECTED

    @property
    def upstream(self) -> bool:
        """Whether TWS is connected to IB, as far as it is known."""
        return self.phase is not Phase.UPSTREAM_LOST

    def start(self) -> None:
        """Begin to connect."""
        settings = self.settings
        self._task = asyncio.get_running_loop().create_task(self._begin())
        self.engine.start(settings.gateway_host, settings.gateway_port, self.client_id)

    async def stop(self) -> None:
        """End the connection for good."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.ib.disconnect()

    async def _begin(self) -> None:
        """Fetch what is kept in step once there is a connection. From then on it is kept so over
        losses, by the supervision.
        """
        keeps = self.role == "orders"
        has_state = False
        while True:
            await self._connected.wait()
            try:
                if not has_state:
                    account = self.account_asked = self.kept_account
                    kept = account if keeps else None
                    await self.ib._start(keeps, keeps, False, keeps, kept, False)
                has_state = self._has_begun = True
                await self._on_ready(self)
                break
            except (IBError, Problem) as e:
                self._has_begun = False
                logger.warning("client id %d: TWS does not tell its state: %s", self.client_id, e)
                await asyncio.sleep(AGAIN)
        self._tell("ready")
        self._tell("state")
        with contextlib.suppress(IBError):
            await self.measure()

    async def measure(self) -> None:
        """Measure how long TWS takes to answer."""
        start = time.monotonic()
        await self.pace.acquire()
        await self.ib.reqCurrentTime(timeout=5)
        self.round_trip = time.monotonic() - start

    @property
    def kept_account(self) -> str:
        """The account that is kept in step, "" if none is known yet: the login's first one, of an
        advisor's the first client's.
        """
        accounts = self.ib.accounts()
        clients = [each for each in accounts if not is_advisors(each)]
        return next(iter(clients or accounts), "")

    async def account_updates(self, account: str, timeout: float | None = None) -> None:
        """Let TWS tell of an account, and wait until it has told all of it."""
        self.account_asked = account
        await self.pace.acquire()
        ready_ib(self)
        await self.ib._request("reqAccountUpdates", True, account, convert=len, timeout=timeout)

    async def back_to_account(self) -> None:
        """Let TWS tell of the account again that is kept. `accounts_lock` is held, and released."""
        try:
            while self.account_asked != self.kept_account:
                await self._connected.wait()
                try:
                    await self.account_updates(self.kept_account)
                except (IBError, Problem) as e:
                    self.account_asked = ""
                    logger.warning("account %s is asked for again: %s", self.kept_account, e)
                    await asyncio.sleep(AGAIN)
        finally:
            self.accounts_lock.release()

    async def keep_account(self) -> None:
        """As `back_to_account`, where nobody holds the lock."""
        await self.accounts_lock.acquire()
        await self.back_to_account()

    async def sign_of_life(self) -> None:
        """Ask TWS for the time where it was silent for long, so that the supervision need not do so
        before an order, which would hold up the event loop. Problem (503): it does not answer.
        """
        policy = self.policy
        silence = self.engine.supervised.health()["last_rx_age"]
        if not policy.probe_before_order or silence is None or silence <= policy.probe_after:
            return
        try:
            await self.ib.reqCurrentTime(timeout=policy.probe_timeout)
        except IBError as e:
            raise Problem(503, f"nothing was sent: TWS gives no sign of life ({e})", retry_after=5,
                          errorCode=504, errorMsg="Not connected") from None  # fmt: skip

    # --- what the supervision tells ---

    def _phase_changed(self, old: Phase, new: Phase, why: str) -> None:
        self.phase, self.why, self.since = new, why, time.time()
        if self.in_use and new is Phase.WAITING:
            self.why = f"the client id is in use by another program (326): {why}"
        if new in CONNECTED:
            self.in_use = False
            self._connected.set()
        else:
            self._connected.clear()
        if old is not Phase.STOPPED:
            self._log_phase(new)
        if new is Phase.UPSTREAM_LOST:
            self._tell("upstream lost")
        self._tell("state")
        if self.in_use and new is Phase.WAITING:
            self._tell("in use")

    def _log_phase(self, new: Phase) -> None:
        """Log once why there is no connection, and that it is back: tries go on and on."""
        if new is Phase.FAILED:
            logger.error("client id %d: the connection is given up: %s", self.client_id, self.why)
        elif new is Phase.WAITING and self.why != self._logged:
            self._logged = self.why
            logger.warning("client id %d: no connection to TWS: %s; it is tried again and again "
                           "(`ibapi-port doctor` looks for the cause)",
                           self.client_id, self.why)  # fmt: skip
        elif new is Phase.READY and self._logged:
            self._logged = ""
            logger.warning("client id %d: connected to TWS", self.client_id)

    def _lost(self, end: End | None) -> None:
        self.losses += 1
        self._tell("lost")

    def _restored(self, gap: Gap) -> None:
        self._tell("restored")

    def _error(self, request_id: int, code: int, text: str) -> None:
        self.in_use = self.in_use or code == ID_IN_USE
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
        if code in FARM_CODES:
            self._tell("state")

    def _tell(self, what: str) -> None:
        self._on_change(self, what)

    # --- looks from outside ---

    def as_dict(self) -> dict[str, Any]:
        """Return how the connection is, as plain data."""
        health = self.engine.supervised.health()
        made: dict[str, Any] = {
            "clientId": self.client_id,
            "role": self.role,
            "state": self.state,
            "since": round(self.since, 3),
            "upstream": self.upstream and self.is_ready,
            "farms": health["farms"],
            "streams": self.streams,
            "connections": health["connections"],
            "uncertainOrders": health["uncertain_orders"],
        }
        if not self.is_ready:
            made |= {"why": self.why, "attempt": health["attempt"], "inUse": self.in_use}
            if health["next_try"] is not None:
                made["nextTry"] = round(time.time() + health["next_try"], 3)
        elif not self.upstream:
            made["why"] = self.why
        if self.ib.serverVersion:
            made["serverVersion"] = self.ib.serverVersion
        if health["last_rx_age"] is not None:
            made["rxAge"] = round(health["last_rx_age"], 3)
        round_trip = self.round_trip if health["rtt"] is None else health["rtt"]
        if round_trip is not None:
            made["rttMs"] = round(round_trip * 1000, 2)
        return made

    @property
    def retry_after(self) -> float:
        """In how many seconds it makes sense to ask again."""
        if self.phase is Phase.FAILED:
            return 60.0
        return max(1.0, self.engine.supervised.health()["next_try"] or 0.0)


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


def is_advisors(account: str) -> bool:
    """Return whether an account is an advisor's own, which stands for those of the clients."""
    return account.startswith(("F", "DF"))


def not_connected(connection: Connection) -> Problem:
    """Return the problem of a connection that is not there."""
    why = f"{connection.state}: {connection.why}" if connection.why else connection.state
    return Problem(
        503,
        f"client id {connection.client_id} has no connection to TWS: {why}",
        retry_after=connection.retry_after,
        errorCode=ID_IN_USE if connection.in_use else 502,
        errorMsg=why,
    )


def ready_ib(connection: Connection) -> AsyncIB:
    """Return the AsyncIB of a connection. Problem (503): it is not connected."""
    if not connection.is_ready:
        raise not_connected(connection)
    return connection.ib


__all__ = ["Connection", "Pool", "is_advisors", "not_connected", "policy_of", "ready_ib"]
