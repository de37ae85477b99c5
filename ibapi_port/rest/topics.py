"""A topic: one standing request upstream, its state, its last events, and all who watch it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..ib.exceptions import IBError, NotConnected
from .channels import Channel, State
from .connection import Connection, Pool, ready_ib
from .hub import FAILED, WARNED, Event, Hub, Upstream
from .problems import Problem, problem_of
from .structs import encode
from .viewers import Format, Viewer

if TYPE_CHECKING:
    from .channels import Arguments

NOT_CONNECTED = 504  # a request that could not be sent for want of a connection
MOST_EVENTS = 100_000  # that a topic keeps for who resumes


class Topic:
    """See above. All methods are called in the event loop.

    phase: "new", "live", "stale" (no connection, it comes back), "failed" (TWS has refused it).
    """

    def __init__(
        self, hub: Hub, pool: Pool, channel: Channel, key: str, values: Mapping[str, Any],
        linger: float,
    ) -> None:  # fmt: skip
        self.hub = hub
        self.channel = channel
        self.key = key
        self.values = dict(values)
        self.state: State = channel.state(self.values)
        self.phase = "new"
        self.upstream: Upstream | None = None
        self.viewers: set[Viewer] = set()
        self.holds = 0  # who waits for a row, and subscriptions without a stream
        self.warnings: list[dict[str, Any]] = []
        self.ring: deque[Event] = deque()
        self.floor = hub.seq  # the number of the newest event that is not kept
        self._changed = time.monotonic()
        self.stale_since = 0.0
        self.error: Exception | None = None  # what has ended it
        self.connection: Connection | None = None
        self._pool = pool
        self._linger = linger
        self._starting = asyncio.Lock()
        self._new: list[Event] = []
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._request: tuple[str, int, Arguments] | None = None
        self._losses = 0  # of the connection, when its rows last began to come
        self._timer: asyncio.TimerHandle | None = None

    # --- the request upstream ---

    async def begin(self) -> None:
        """Send the request, unless it stands. Problem: there is no connection."""
        async with self._starting:
            if self.upstream is not None or self.phase == "failed":
                return
            if self.channel.request is None:
                self.phase = "live"
                return
            connection = self._pool.data(self.values.get("clientId"))
            if self.channel.by_orders:
                connection = self._pool.orders
            await connection.pace.acquire()
            engine = ready_ib(connection)._engine
            self._choose_data_type(connection)
            upstream = Upstream(self.hub, self)
            self.upstream = upstream
            self.connection = connection
            connection.streams += 1
            self._losses = connection.losses
            arguments = self.channel.arguments(self.values)
            request_id = engine.begin(self.channel.request, *arguments, stream=upstream)
            self._request = (self.channel.request, request_id, arguments)
            if self.phase == "new":
                self.phase = "live"

    def _choose_data_type(self, connection: Connection) -> None:
        """Choose live or delayed data, which holds for all requests that follow."""
        if not self.channel.has_data_type:
            return
        wanted = self.values.get("marketDataType") or connection.settings.market_data_type
        if wanted != connection.market_data_type:
            connection.market_data_type = wanted
            ready_ib(connection).reqMarketDataType(wanted)

    async def begin_again(self) -> None:
        """Send the request anew, where the supervision cannot: it was not sent, or was ended."""
        if self.phase != "stale" or self.upstream is not None:
            return
        try:
            await self.begin()
        except (Problem, IBError):  # lost again: the next connection begins it
            return
        self.resumed()

    def resumed(self) -> None:
        """Say that the stream goes on."""
        if self.phase == "stale":
            self.phase = "live"
            self.emit("resumed", {"from": self.stale_since, "to": time.time()})
            self.flush()

    def stale(self, why: str) -> None:
        """Say that nothing comes for the time being."""
        if self.phase == "live":
            self.phase = "stale"
            self.stale_since = time.time()
            self.emit("stale", {"since": self.stale_since, "why": why})
            self.flush()

    def end(self) -> None:
        """End the request upstream."""
        request, connection = self._request, self.connection
        self._drop_upstream()
        if request is not None and connection is not None:
            connection.engine.end(*request[:2], *request[2])

    def _drop_upstream(self) -> None:
        if self.upstream is not None and self.connection is not None:
            self.connection.streams -= 1
        self.upstream = self.connection = self._request = None

    # --- what comes, from the hub ---

    def receive(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Take a callback in."""
        if name == FAILED:
            self._failed(arguments[0])
        elif name == WARNED:
            self.warned(*arguments)
        else:
            connection = self.connection
            if self.phase == "stale" and connection and connection.losses > self._losses:
                # It was requested again: what came before the loss was drained when it was told.
                self._losses = connection.losses
                self.resumed()
            for event, value, same in self.state.apply(name, arguments):
                self.emit(event, value, same)

    def warned(self, code: int, text: str) -> None:
        """Take a warning of TWS's in."""
        self.warnings = [each for each in self.warnings[-9:] if each["errorCode"] != code]
        self.warnings.append({"errorCode": code, "errorMsg": text})
        self.emit("warning", self.warnings[-1])
        for event, value, same in self.state.warned(code):
            self.emit(event, value, same)

    def _failed(self, error: Exception) -> None:
        self._drop_upstream()
        if isinstance(error, NotConnected) or getattr(error, "code", 0) == NOT_CONNECTED:
            self._fail_waiting(error)
            self.stale(str(error))
            # the connection may be there again by now
            self.hub.loop.create_task(self.begin_again())
            return
        self.phase = "failed"
        self.error = error
        self.hub.topics.pop(self.key, None)
        self.emit("error", problem_of(error).as_dict())
        self._fail_waiting(error)
        self.flush()
        self.close()

    def close(self) -> None:
        """End the streams of all viewers, after what waits for them, and the waits for rows."""
        for viewer in list(self.viewers):
            viewer.close()
        self._fail_waiting(self.error or Problem(503, "the server stops", retry_after=5))

    def emit(self, name: str, value: object, same: object = None) -> None:
        """Make an event; `flush` hands it to the viewers."""
        self.emit_encoded(name, encode(value), same)

    def emit_encoded(self, name: str, data: bytes, same: object = None) -> None:
        """As `emit`, with JSON."""
        self._new.append(self.hub.next_encoded(name, data, same))

    def flush(self) -> None:
        """Hand new events to the viewers, and wake who waits."""
        events = self._new
        if events:
            self._new = []
            self._changed = time.monotonic()
            self._keep(events)
            blocks: dict[Format, bytes] = {}
            for viewer in self.viewers:
                viewer.offer(events, blocks)
            self.hub.delivered += len(events) * len(self.viewers)
        for holds, future in list(self._waiting):
            if not future.done() and holds():
                future.set_result(None)

    def _keep(self, events: Sequence[Event]) -> None:
        ring = self.ring
        ring.extend(events)
        oldest = time.time() - self.hub.keep
        while ring and (ring[0].time < oldest or len(ring) > MOST_EVENTS):
            self.floor = ring.popleft().seq

    # --- who waits for a row ---

    async def wait(self, holds: Callable[[], bool], timeout: float) -> bool:
        """Wait until something holds. Return False if it does not within so many seconds. The error
        that ends the topic is raised.
        """
        if self.error is not None:
            raise self.error
        if holds():
            return True
        future: asyncio.Future[None] = self.hub.loop.create_future()
        entry = (holds, future)
        self._waiting.append(entry)
        try:
            await asyncio.wait_for(future, timeout)
        except asyncio.TimeoutError:
            return False
        finally:
            self._waiting.remove(entry)
        return True

    def _fail_waiting(self, error: Exception) -> None:
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(error)

    # --- who watches ---

    def watch(
        self, fmt: Format, mode: str, limit: int, wake: asyncio.Event, last_id: str = ""
    ) -> Viewer:
        """Return a new viewer. It begins with the snapshot, or with what came after `last_id`."""
        if self.error is not None:
            raise self.error
        self.flush()
        viewer = Viewer(self, fmt, mode, limit, wake)
        self.viewers.add(viewer)
        self._stop_timer()
        if self.knows(last_id):
            since = self.hub.seq_of(last_id) or 0
            missed = [event for event in self.ring if event.seq > since]
            if missed:
                viewer.push(fmt(self, missed), len(missed))
            return viewer
        first = []
        if last_id:
            first.append(self.hub.next_event("reset", {"lastEventId": last_id}))
        first.append(self.hub.next_event("snapshot", self.snapshot()))
        viewer.push(fmt(self, first), len(first))
        return viewer

    def knows(self, last_id: str) -> bool:
        """Return whether all events after this id are there."""
        since = self.hub.seq_of(last_id)
        return since is not None and self.floor <= since <= self.hub.seq

    def snapshot(self) -> dict[str, Any]:
        """Return the state as it is now."""
        made = self.state.snapshot()
        made["age"] = round(self.age, 3)
        if self.phase == "stale":
            made["stale"] = True
        if self.warnings:
            made["warnings"] = self.warnings
        return made

    @property
    def age(self) -> float:
        """How many seconds ago the last event came."""
        return time.monotonic() - self._changed

    def hold(self) -> None:
        """Keep the request though nobody watches."""
        self.holds += 1
        self._stop_timer()

    def release(self) -> None:
        """Take a `hold` back."""
        self.holds -= 1
        self._check_idle()

    def remove(self, viewer: Viewer) -> None:
        """A viewer has gone."""
        self.viewers.discard(viewer)
        self._check_idle()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check_idle(self) -> None:
        """End the request some seconds after the last one has gone: somebody may come back."""
        if self.viewers or self.holds or self._timer is not None or self.channel.permanent:
            return
        self._timer = self.hub.loop.call_later(self._linger, self._idle)

    def _idle(self) -> None:
        self._timer = None
        if not self.viewers and not self.holds:
            if self.hub.topics.get(self.key) is self:
                del self.hub.topics[self.key]
            self.end()


__all__ = ["MOST_EVENTS", "Topic"]
