"""From TWS's processing threads to any number of viewers.

`Hub.put` is called for each callback, in the threads that process messages: it appends to a deque,
and wakes the event loop if nobody has yet. The loop drains the deque at most every 5 ms, encodes
each event once, and hands the same bytes to all viewers.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from typing import Any, NamedTuple, Protocol

from ..ib.engine import Stream
from .problems import Problem
from .structs import encode

logger = logging.getLogger("ibapi_port.rest")
FLUSH = 0.005  # seconds between two drains
FAILED, WARNED = "!failed", "!warned"


class Event(NamedTuple):
    """What viewers get. `same`: later events with the same value take its place where only the
    latest counts; None: each counts.
    """

    seq: int
    name: str
    data: bytes
    same: object
    time: float


class Sink(Protocol):
    """What a topic is to the hub and to its viewers."""

    hub: Hub
    key: str
    upstream: Upstream | None

    def receive(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Take a callback in."""

    def emit(self, name: str, value: object, same: object = None) -> None:
        """Make an event."""

    def flush(self) -> None:
        """Hand new events to the viewers."""

    def remove(self, viewer: Any) -> None:
        """A viewer has gone."""

    def close(self) -> None:
        """End the streams of all viewers."""


class Upstream(Stream):
    """The stream of one standing request: what comes goes to the hub."""

    def __init__(self, hub: Hub, topic: Sink) -> None:
        self.topic = topic
        self._hub = hub

    def receive(self, name: str, arguments: tuple[object, ...]) -> None:
        self._hub.put(self, name, arguments)

    def warn(self, code: int, text: str) -> None:
        self._hub.put(self, WARNED, (code, text))

    def fail(self, error: Exception) -> None:
        self._hub.put(self, FAILED, (error,))


class Hub:
    """All topics, and the way to them from other threads."""

    def __init__(self, keep: float = 60.0) -> None:
        self.loop = asyncio.get_running_loop()
        self.keep = keep
        self.epoch = secrets.token_hex(4)  # ids of another run mean nothing
        self.seq = 0
        self.topics: dict[str, Any] = {}  # each is a Topic, which stands on the hub
        self.delivered = 0
        self.closed = False
        self.streams = 0  # that are open: streams of events, and WebSockets
        self._queue: deque[tuple[Upstream, str, tuple[Any, ...]]] = deque()
        self._armed = False
        self._last = 0.0

    # --- in the processing threads ---

    def put(self, upstream: Upstream, name: str, arguments: tuple[Any, ...]) -> None:
        """Hand a callback on to the loop."""
        self._queue.append((upstream, name, arguments))
        # Armed is cleared before the drain: whoever appends after the drain has begun, and sees it
        # armed, is drained in the same turn or arms anew.
        if not self._armed:
            self._armed = True
            try:
                self.loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop is closed
                return

    # --- in the loop ---

    def _wake(self) -> None:
        left = self._last + FLUSH - time.monotonic()
        if left > 0:
            self.loop.call_later(left, self._drain)
        else:
            self._drain()

    def drain(self) -> None:
        """Hand on now what has come by now."""
        self._drain()

    def _drain(self) -> None:
        self._last = time.monotonic()
        self._armed = False
        queue = self._queue
        touched: dict[Sink, None] = {}
        for _ in range(len(queue)):
            upstream, name, arguments = queue.popleft()
            topic = upstream.topic
            if topic.upstream is not upstream:
                continue  # of a request that was ended, or made anew
            try:
                topic.receive(name, arguments)
            except Exception:  # one topic's trouble is not the others'
                logger.exception("%s: %s could not be handed on", topic.key, name)
            touched[topic] = None
        for topic in touched:
            topic.flush()
        if queue and not self._armed:
            self._armed = True
            self.loop.call_later(FLUSH, self._drain)

    def next_event(self, name: str, value: object, same: object = None) -> Event:
        """Return a new event, with the next number."""
        return self.next_encoded(name, encode(value), same)

    def next_encoded(self, name: str, data: bytes, same: object = None) -> Event:
        """As `next_event`, with JSON."""
        self.seq += 1
        return Event(self.seq, name, data, same, time.time())

    def id_of(self, seq: int) -> str:
        """Return an event's id as viewers see it."""
        return f"{self.epoch}-{seq}"

    def seq_of(self, last_id: str) -> int | None:
        """Return the number of an id, None if it is of another run, or none at all."""
        epoch, _, seq = last_id.partition("-")
        is_number = seq.isascii() and seq.isdigit() and len(seq) <= 18
        return int(seq) if epoch == self.epoch and is_number else None

    def check_room(self, most: int) -> None:
        """Refuse a new stream. Problem (429): there are as many as may be; (503): the server stops.

        Each one takes a file, of which a process has not many, and TWS needs one, too.
        """
        if self.closed:
            raise Problem(503, "the server stops", retry_after=5)
        if self.streams >= most:
            raise Problem(429, f"{most} streams are open, which is all that the server takes",
                          retry_after=10)  # fmt: skip

    def say(self, name: str, value: object) -> None:
        """Send an event to the viewers of all topics."""
        for topic in list(self.topics.values()):
            topic.emit(name, value)
            topic.flush()

    def close(self) -> None:
        """Say goodbye to all viewers, and end their streams."""
        self.closed = True
        for topic in list(self.topics.values()):
            topic.emit("bye", {"reason": "the server stops"})
            topic.flush()
            topic.close()


__all__ = ["FAILED", "FLUSH", "WARNED", "Event", "Hub", "Sink", "Upstream"]
