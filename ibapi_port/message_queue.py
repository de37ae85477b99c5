"""What was received and not processed yet, and what happens when there is more and more of it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from .structs import Comparable, struct

logger = logging.getLogger("ibapi_port.reader")

BACKLOG = 100_000  # frames in the queue that are worth a warning
LOOK = 0.005  # seconds after which a reader that waits for room looks again


@struct
class EndOfStream(Comparable):
    """How the stream ended."""

    reason: str


class MessageQueue:
    """Received payloads in order. One thread fills it, in batches; one empties it. Nothing is ever dropped.

    `frames`, `size` (bytes): with as many waiting the reader reads on only when half of them are gone, so that TCP slows TWS down. It may
    pass them by what one read brings. Without them the queue grows as it must, and says so once.
    """

    def __init__(self, frames: int | None = None, size: int | None = None) -> None:
        self.frames, self.size = frames, size
        self.items: deque[bytes | EndOfStream] = deque()
        self._warned = False
        self._room = threading.Event()
        self._received = 0  # payloads ever
        self._batches: deque[tuple[int, int]] = deque()  # what was received up to a batch's end, and the batch's bytes

    # --- the reader ---

    def extend(self, payloads: list[bytes]) -> None:
        """Add a batch."""
        self.items.extend(payloads)
        if self.size is not None:
            self._received += len(payloads)
            self._batches.append((self._received, sum(map(len, payloads))))

    def append(self, end: EndOfStream) -> None:
        self.items.append(end)

    def full(self) -> bool:
        """Whether there is so much that the reader should wait; warns at the first great backlog."""
        waiting = len(self.items)
        if waiting >= BACKLOG and not self._warned:
            self._warned = True
            logger.warning("%d messages wait to be processed: the program is slower than TWS", waiting)
        return self._over(1)

    def await_room(self, given_up: Callable[[], bool]) -> None:
        """Wait until half of what makes the queue full is gone."""
        while self._over(2) and not given_up():
            self._room.clear()
            self._room.wait(LOOK)

    def _over(self, part: int) -> bool:
        if self.frames is not None and len(self.items) * part >= self.frames:
            return True
        if self.size is None:
            return False
        processed = self._received - len(self.items)
        while self._batches and self._batches[0][0] <= processed:
            self._batches.popleft()
        return self.qbytes() * part >= self.size

    # --- the processing thread ---

    def clear(self) -> None:
        self.items.clear()

    def emptied(self) -> None:
        """Everything was taken: who waits for room need not look."""
        self._room.set()

    # --- anybody ---

    def qsize(self) -> int:
        """Messages that wait to be processed."""
        return len(self.items)

    def qbytes(self) -> int:
        """Bytes of the messages that wait, up to a batch; counted only where they are limited."""
        processed = self._received - len(self.items)
        return sum(size for last, size in tuple(self._batches) if last > processed)

    def empty(self) -> bool:
        return not self.items
