"""Standing requests: what comes is kept until the program takes it, and no slow program holds up
the others.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Generic, Literal, TypeVar

from .engine import Engine, Notice, Stream
from .exceptions import RequestTimeout

T = TypeVar("T")
Mode = Literal["latest", "all"]
Receive = Callable[[str, tuple[object, ...]], "tuple[T, ...]"]
LIMIT = 10_000  # rows that wait with mode="all"
# seconds between two wake-ups of the loop while rows come without a break
SPREAD = 0.002


class Feed(Stream, Generic[T]):
    """A standing request: its rows, the latest one, and how it ended.

    mode "all" keeps each row up to `limit`, then drops the oldest and counts it in `dropped`;
    "latest" keeps the newest only.
    """

    def __init__(
        self,
        engine: Engine,
        receive: Receive[T],
        mode: Mode,
        limit: int,
        freeze: Callable[[T], T] = lambda row: row,
        on_warning: Callable[[int], None] = lambda code: None,
    ) -> None:
        if mode not in ("latest", "all"):
            raise ValueError(f"mode: 'latest' or 'all' is expected, not {mode!r}")
        if limit < 1:
            raise ValueError(f"limit: a number of rows above 0 is expected, not {limit}")
        self._engine = engine
        self._receive = receive
        self._freeze = freeze
        self._on_warning = on_warning
        self._latest: T | None = None
        self._queue: deque[T] = deque(maxlen=limit if mode == "all" else 1)
        # Guards the queue and what ends it: the processing thread fills it, the program takes.
        self._guard = threading.Condition()
        self._error: Exception | None = None
        self._asked: tuple[str, int, tuple[object, ...]] | None = None
        self.mode = mode
        self.dropped = 0
        self.warnings: tuple[Notice, ...] = ()
        self.active = True
        self._prepare()

    def _prepare(self) -> None:
        """Make what the face needs to wait."""

    def start(self, name: str, *arguments: object) -> None:
        """Send the request."""
        request_id = self._engine.begin(name, *arguments, stream=self)
        self._asked = (name, request_id, arguments)

    @property
    def reqId(self) -> int:
        """The id of the request."""
        if self._asked is None:
            raise RuntimeError("the request was not sent")
        return self._asked[1]

    @property
    def latest(self) -> T | None:
        """The newest row; None before the first one."""
        with self._guard:
            return None if self._latest is None else self._freeze(self._latest)

    def cancel(self) -> None:
        """End the request. Rows that wait may still be taken."""
        with self._guard:
            if not self.active:
                return
            self.active = False
        if self._asked is not None:
            name, request_id, arguments = self._asked
            self._engine.end(name, request_id, *arguments)
        self._wake()

    # --- in the processing thread ---

    def receive(self, name: str, arguments: tuple[object, ...]) -> None:
        with self._guard:
            for row in self._receive(name, arguments):
                self._latest = row
                if self.mode == "all" and len(self._queue) == self._queue.maxlen:
                    self.dropped += 1
                self._queue.append(row)
        self._wake()

    def warn(self, code: int, text: str) -> None:
        self.warnings = (*self.warnings, Notice(code, text))
        with self._guard:
            self._on_warning(code)

    def fail(self, error: Exception) -> None:
        with self._guard:
            self._error = error
            self.active = False
        self._wake()

    # --- for the faces ---

    def _wake(self) -> None:
        """Tell who waits that there is something, or that the stream has ended."""
        raise NotImplementedError

    def _take(self) -> tuple[T, ...]:
        """Return the oldest row that waits, or nothing.

        StopIteration: the program has ended the stream, and all is taken. The error of TWS that
        has ended it, once all is taken.
        """
        with self._guard:
            if self._queue:
                return (self._freeze(self._queue.popleft()),)
            if self._error is not None:
                raise self._error
            if not self.active:
                raise StopIteration
            return ()


class Subscription(Feed[T]):
    """A standing request of IB. Iterate over it, or look at `latest`; a `with` block ends it."""

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return self._next(None)

    def next(self, timeout: float) -> T:
        """Return the next row. RequestTimeout: none has come in so many seconds."""
        return self._next(timeout)

    def wait(self, condition: Callable[[T], bool], timeout: float) -> T:
        """Return the latest row, or the first one to come, for which the condition holds.

        RequestTimeout: there was none in so many seconds.
        """
        end = time.monotonic() + timeout
        row = self.latest
        while row is None or not condition(row):
            row = self._next(max(end - time.monotonic(), 0.0))
        return row

    def _next(self, timeout: float | None) -> T:
        self._engine.check_may_block()
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._guard:
                for row in self._take():
                    return row
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise RequestTimeout(f"no row has come in {timeout:g} s")
                self._guard.wait(left)

    def _wake(self) -> None:
        with self._guard:
            self._guard.notify_all()

    def __enter__(self) -> Subscription[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()


class AsyncSubscription(Feed[T]):
    """A standing request of AsyncIB. Iterate with `async for`, or look at `latest`; an `async with`
    block ends it.
    """

    def _prepare(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._some = asyncio.Event()
        # Set while a coroutine waits: without one the loop is not woken at all.
        self._waiting = False
        # Set while a wake-up of the loop is due: the processing thread then makes no other one.
        self._due = False

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        while True:
            self._some.clear()
            self._waiting = True  # before the look: what comes after it wakes the loop
            try:
                for row in self._take():
                    self._waiting = False
                    return row
            except StopIteration:
                raise StopAsyncIteration from None
            await self._some.wait()

    async def next(self, timeout: float) -> T:
        """Return the next row. RequestTimeout: none has come in so many seconds."""
        try:
            return await asyncio.wait_for(self.__anext__(), timeout)
        except asyncio.TimeoutError:
            raise RequestTimeout(f"no row has come in {timeout:g} s") from None

    async def wait(self, condition: Callable[[T], bool], timeout: float) -> T:
        """Return the latest row, or the first one to come, for which the condition holds.

        RequestTimeout: there was none in so many seconds.
        """
        end = time.monotonic() + timeout
        row = self.latest
        while row is None or not condition(row):
            row = await self.next(max(end - time.monotonic(), 0.0))
        return row

    def _wake(self) -> None:
        if self._due or not self._waiting:
            return
        self._due = True
        try:
            self._loop.call_soon_threadsafe(self._on_loop)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    def _on_loop(self) -> None:
        """Wake who waits. While rows come without a break the loop looks again by itself, so that
        the processing thread need not wake it for each.
        """
        if self._waiting and self._has_something():
            self._some.set()
            self._loop.call_later(SPREAD, self._on_loop)
            return
        self._due = False
        if self._waiting and self._has_something():  # it came before the flag was down
            self._some.set()

    def _has_something(self) -> bool:
        return bool(self._queue) or not self.active

    async def __aenter__(self) -> AsyncSubscription[T]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()


__all__ = ["LIMIT", "AsyncSubscription", "Feed", "Mode", "Subscription"]
