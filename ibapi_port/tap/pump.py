"""A thread that hands things on, with a limit on what may wait: who is slow costs no memory and
holds up nobody.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from .._printable import PrintableLog

T = TypeVar("T")
_LOOK = 0.02
ITEM = 500  # bytes that a waiting item costs beside its own
_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class Pump(Generic[T]):
    """Calls `take` with each item, in a thread of its own. What `take` raises is logged and ends
    nothing.

    `limit`: bytes that may wait; what comes above is not taken, but counted in `dropped`. `delay`:
    seconds that the thread rests before it begins with something new. `finish` is called in the
    thread, as its last step.
    """

    def __init__(
        self,
        take: Callable[[T], None],
        name: str,
        limit: int,
        *,
        delay: float = 0.0,
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        self.dropped = 0
        self._take = take
        self._limit = limit
        self._delay = delay
        self._finish = finish
        self._items: deque[tuple[T, int]] = deque()
        self._held = 0
        self._taken = 0
        self._closing = False
        # guards all of the above, and is notified of each change: an item came, was taken, the end
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: T, size: int = 0, *, always: bool = False) -> bool:
        """Hand in an item of so many bytes. False: too much waits already; `always`: it is taken
        nevertheless.
        """
        cost = size + ITEM
        with self._changed:
            if (self._held + cost > self._limit or self._closing) and not always:
                self.dropped += 1
                return False
            self._items.append((item, cost))
            self._held += cost
            self._changed.notify()
        return True

    def put_when_free(self, item: T, size: int, stuck: float) -> bool:
        """Hand in an item, and wait for room as long as things move. False: nothing has moved for
        `stuck` seconds; then it is not taken.
        """
        seen, moved = -1, time.monotonic()
        with self._changed:
            while self._held + size + ITEM > self._limit and self._items and not self._closing:
                if self._taken != seen:
                    seen, moved = self._taken, time.monotonic()
                elif time.monotonic() - moved >= stuck:
                    break
                self._changed.wait(_LOOK)  # nobody notifies: it would cost each item something
        return self.put(item, size, always=not self._items)

    def close(self, stuck: float, most: float) -> bool:
        """Wait until all has been taken and the thread has ended; what comes from now on is not
        taken.

        False: it has given up, after `most` seconds, or `stuck` seconds in which nothing was taken.
        What waits then counts as dropped. The thread ends once `take` returns.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        if threading.current_thread() is self._thread:  # `take` ends it: it can't wait for itself
            return True
        end = moved = time.monotonic()
        end += most
        seen = -1
        while self._thread.is_alive():
            self._thread.join(0.02)
            now = time.monotonic()
            if self._taken != seen:
                seen, moved = self._taken, now
            if now >= end or now - moved >= stuck:
                with self._changed:
                    self.dropped += len(self._items)
                    self._items.clear()
                return not self._thread.is_alive()
        return True

    # --- in the thread ---

    def _run(self) -> None:
        try:
            while (entry := self._next()) is not None:
                item, cost = entry
                try:
                    self._take(item)
                except Exception:  # it may be the user's: it must not end all else
                    _log.exception("%s: it could not tell what it saw", self._thread.name)
                with self._changed:
                    self._held -= cost
                    self._taken += 1
        finally:
            self._finish()

    def _next(self) -> tuple[T, int] | None:
        """Wait for an item; None: there will be none."""
        with self._changed:
            idle = not self._items
            while not self._items:
                if self._closing:
                    return None
                self._changed.wait()
            if not (idle and self._delay):
                return self._items.popleft()
        time.sleep(self._delay)
        with self._changed:
            return self._items.popleft() if self._items else None
