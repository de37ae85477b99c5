"""Who watches topics: a buffer with a limit for each, so that a slow one harms no other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from .hub import Event, Sink
from .structs import encode

Format = Callable[[Sink, Sequence[Event]], bytes]
MOST_PENDING = 10_000  # events that wait for a viewer that wants the latest ones


class Viewer:
    """What waits for one viewer of one topic.

    mode "all": each event, up to `limit` bytes; then all that waits is dropped, and `gap` says how
    many events that were. mode "latest": of events about the same only the latest one.
    """

    def __init__(
        self, topic: Sink, fmt: Format, mode: str, limit: int, wake: asyncio.Event
    ) -> None:
        self.topic = topic
        self.format = fmt
        self.mode = mode
        self.limit = limit
        self.wake = wake
        self.closed = False
        self.dropped = 0  # since the last `gap`
        self.wants: Callable[[Event], bool] | None = None  # None: all events
        self.size = 0
        self._blocks: deque[tuple[bytes, int]] = deque()
        self._pending: dict[object, Event] = {}
        self._earlier: Callable[[], bytes] | None = None

    def begin_with(self, earlier: Callable[[], bytes]) -> None:
        """Begin with what is kept elsewhere, live events among it: `earlier` returns one part after
        the other, b"" once there is no more, and live events are taken from then on.
        """
        self._blocks.clear()
        self.size = 0
        self._earlier = earlier
        self.wake.set()

    def offer(self, events: Sequence[Event], blocks: dict[Format, bytes]) -> None:
        """Take events. `blocks` has what was encoded for others already."""
        if self.closed:
            return
        if self._earlier is not None:
            self.wake.set()
            return
        if self.wants is not None:
            events = [event for event in events if self.wants(event)]
            blocks = {}
            if not events:
                return
        if self.mode == "latest":
            self._offer_latest(events)
        else:
            block = blocks.get(self.format)
            if block is None:
                block = blocks[self.format] = self.format(self.topic, events)
            self.push(block, len(events))
        self.wake.set()

    def push(self, block: bytes, count: int = 0) -> None:
        """Let bytes wait, which hold so many events."""
        if self.size + len(block) > self.limit and self._blocks:
            self.dropped += sum(number for _, number in self._blocks) + count
            self._blocks.clear()
            self.size = 0
            return
        self._blocks.append((block, count))
        self.size += len(block)
        self.wake.set()

    def _offer_latest(self, events: Sequence[Event]) -> None:
        pending = self._pending
        for event in events:
            key = event.seq if event.same is None else event.same
            pending.pop(key, None)  # it goes to the end: the order of time holds
            pending[key] = event
        if len(pending) > MOST_PENDING:
            self.dropped += len(pending)
            pending.clear()

    def take(self) -> bytes:
        """Return all that waits, or a part of it; b"" if nothing does."""
        if self._earlier is not None:
            part = self._earlier()
            if part:
                return part
            self._earlier = None
        blocks: list[bytes] = []
        if self.dropped:
            blocks.append(self.format(self.topic, [self._gap()]))
            self.dropped = 0
        blocks += (block for block, _ in self._blocks)
        self._blocks.clear()
        self.size = 0
        if self._pending:
            blocks.append(self.format(self.topic, list(self._pending.values())))
            self._pending.clear()
        return b"".join(blocks)

    def _gap(self) -> Event:
        # without a number of its own: a viewer that resumes gets what it has missed, if it is there
        return Event(0, "gap", encode({"dropped": self.dropped}), None, 0.0)

    @property
    def is_done(self) -> bool:
        """Whether it is closed, and nothing waits any more: what came before its end is taken."""
        waits = self._blocks or self._pending or self.dropped or self._earlier is not None
        return self.closed and not waits

    def close(self) -> None:
        """End the stream, after what waits."""
        self.closed = True
        self.wake.set()

    def leave(self) -> None:
        """Watch no more."""
        self.closed = True
        self.topic.remove(self)


__all__ = ["Format", "Viewer"]
