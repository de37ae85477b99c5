"""What was received and not processed yet, and what happens when there is more and more of it."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from .state import End

logger = logging.getLogger("ibapi_port.reader")

BACKLOG = 100_000  # frames in the queue that are worth a warning
# seconds after which a reader that waits for room looks whether the connection was closed
LOOK = 0.2
POLL = 0.2  # seconds after which a wait looks whether Ctrl-C was pressed


class MessageQueue:
    """Received payloads in order. One thread fills it, in batches; one empties it. Nothing is ever
    dropped.

    `frames`, `size` (bytes): with as many waiting the reader reads on only when half of them are
    gone, so that TCP slows TWS down. It may pass them by what one read brings. Without them the
    queue grows as it must, and says so once.

    A program with a loop of its own takes payloads by `get`, as from a `queue.Queue`; `at_end` is
    called with the end of the stream.
    """

    def __init__(
        self,
        frames: int | None = None,
        size: int | None = None,
        at_end: Callable[[End], None] | None = None,
    ) -> None:
        self.frames = frames
        self.size = size
        self.limited = frames is not None or size is not None  # the reader may wait for room
        self.items: deque[bytes | End | Callable[[], None]] = deque()
        self.wait: Callable[[float], bool] = self._sleep  # for who waits in `get`
        self._at_end = at_end
        self._warned = False
        self._abandoned = False
        # Held while no room was told of. No Event: it has a lock that a signal handler of the same
        # thread would wait for.
        self._no_room = threading.Lock()
        self._no_room.acquire()
        self._received = 0  # payloads ever
        # payloads up to a batch's end, and its bytes
        self._batches: deque[tuple[int, int]] = deque()

    # --- the reader ---

    def extend(self, payloads: Sequence[bytes]) -> None:
        """Add a batch."""
        if self._abandoned:
            return
        self.items.extend(payloads)
        if self.size is not None:
            self._received += len(payloads)
            self._batches.append((self._received, sum(map(len, payloads))))

    def append(self, end: End) -> None:
        """Add the end of the stream."""
        self.items.append(end)

    def is_full(self) -> bool:
        """Return whether there is so much that the reader should wait; warn at the first great
        backlog.
        """
        waiting = len(self.items)
        if waiting >= BACKLOG and not self._warned:
            self._warned = True
            logger.warning(
                "%d messages wait to be processed: the program is slower than TWS", waiting
            )
        return self._is_over(1)

    def await_room(self, given_up: Callable[[], bool]) -> None:
        """Wait until half of what makes the queue full is gone, or `given_up` says True."""
        while self._is_over(2) and not given_up():
            self._no_room.acquire(timeout=LOOK)

    def _is_over(self, part: int) -> bool:
        if self.frames is not None and len(self.items) * part >= self.frames:
            return True
        if self.size is None:
            return False
        processed = self._received - len(self.items)
        while self._batches and self._batches[0][0] <= processed:
            self._batches.popleft()
        return self.qbytes() * part >= self.size

    # --- the processing thread ---

    def taken(self) -> None:
        """Called after payloads were taken: a reader that waits for room looks again."""
        try:  # noqa: SIM105 - suppress() costs more than all of this
            self._no_room.release()
        except RuntimeError:  # it was told already
            pass

    def abandon(self) -> None:
        """Drop what waits and all that may still come: the client has begun its next connection."""
        self._abandoned = True
        while self.items:
            try:
                item = self.items.popleft()
            except IndexError:
                break
            if isinstance(item, End):
                self.items.append(item)  # who processes this queue must still see that it ends
                break
        self.taken()

    # --- as queue.Queue, for a program's own loop ---

    def get(self, block: bool = True, timeout: float | None = None) -> bytes:
        """Return the next payload; queue.Empty where there is none (in time)."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                item = self.items.popleft()
            except IndexError:
                left = POLL if until is None else min(until - time.monotonic(), POLL)
                if not block or left <= 0:
                    raise queue.Empty from None
                self.wait(left)
                continue
            self.taken()
            if isinstance(item, bytes):
                return item
            if not isinstance(item, End):
                item()
                continue
            if self._at_end is not None:
                self._at_end(item)
            raise queue.Empty

    def get_nowait(self) -> bytes:
        """`get` without waiting."""
        return self.get(block=False)

    def put(self, item: bytes, block: bool = True, timeout: float | None = None) -> None:
        """Add a payload, as if TWS had sent it. `block` and `timeout` are those of queue.Queue;
        there is always room.
        """
        self.extend([item])

    def put_nowait(self, item: bytes) -> None:
        """`put`: there is always room."""
        self.extend([item])

    def full(self) -> bool:
        """Return False: a payload can always be added."""
        return False

    def task_done(self) -> None:
        """Do nothing; it is there for loops written for queue.Queue."""

    @staticmethod
    def _sleep(seconds: float) -> bool:
        time.sleep(min(seconds, 0.005))
        return False

    # --- anybody ---

    def qsize(self) -> int:
        """Return how many messages wait to be processed."""
        return len(self.items)

    def qbytes(self) -> int:
        """Return the bytes of the messages that wait, up to a batch; they are counted only where
        they are limited.
        """
        processed = self._received - len(self.items)
        return sum(size for last, size in tuple(self._batches) if last > processed)

    def empty(self) -> bool:
        """Return whether nothing waits, the end of the stream included."""
        return not self.items


__all__ = ["BACKLOG", "MessageQueue"]
