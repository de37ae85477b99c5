"""Events as in .NET: handlers are added with `+=`, taken away with `-=`, and called in a thread of
the automater's with no lock held.
"""

from __future__ import annotations

import functools
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("ibapi_port.automater")
Handler = Callable[[Any, Any], Any]


class Event:
    """A list of handlers, each called with the sender and the arguments."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._handlers: tuple[Handler, ...] = ()  # replaced as a whole: a call goes over one of it

    def __iadd__(self, handler: Handler) -> Event:
        if not callable(handler):
            raise TypeError(f"{self._name}: {handler!r} is no function")
        self._handlers = (*self._handlers, handler)
        return self

    def __isub__(self, handler: Handler) -> Event:
        left = list(self._handlers)
        if handler in left:
            left.remove(handler)
        self._handlers = tuple(left)
        return self

    def __len__(self) -> int:
        return len(self._handlers)

    def __bool__(self) -> bool:
        return True

    def fire(self, sender: Any, arguments: Any) -> None:
        """Call the handlers. What one raises is logged; the next is called all the same."""
        for handler in self._handlers:
            try:
                handler(sender, arguments)
            except BaseException:  # whatever it is, sys.exit() too: it must not end the thread
                # that tells the others; and sys.exit() would end nothing but that thread
                logger.exception("a handler of %s failed", self._name)


class Dispatcher:
    """A thread that calls, in their order, what is put in: at most `limit` wait, what comes beyond
    is counted, and the number told to `dropped` before the next one.
    """

    def __init__(
        self, name: str, limit: int = 0, dropped: Callable[[int], None] | None = None
    ) -> None:
        self._name = name
        self._limit = limit
        self._dropped = dropped
        self._left_out = 0
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # over _thread, _closed and _left_out
        self._thread: threading.Thread | None = None
        self._closed = False

    def post(self, call: Callable[[], None]) -> None:
        """Have something called in the thread. Do nothing once it was closed."""
        with self._lock:
            if self._closed:
                return
            if self._limit and self._queue.qsize() >= self._limit:
                self._left_out += 1  # who takes them is slower than the program that prints them
                return
            if self._left_out and self._dropped is not None:
                self._queue.put(functools.partial(self._dropped, self._left_out))
                self._left_out = 0
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._queue.put(call)

    def close(self, timeout: float = 5.0) -> None:
        """Have all called that waits, then end the thread. Wait for it unless it is this one."""
        with self._lock:
            self._closed = True
            thread = self._thread
            self._queue.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _run(self) -> None:
        while (call := self._queue.get()) is not None:
            call()
