"""Standing requests: what comes is kept until the program takes it, and no slow program holds up
the others.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, Literal, TypeVar

from .engine import Engine, Notice, Stream
from .events import Event
from .exceptions import RequestTimeout
from .waits import slice_of

T = TypeVar("T")
Mode = Literal["latest", "all"]
Receive = Callable[[str, tuple[object, ...]], "tuple[T, ...]"]
LIMIT = 10_000  # rows that wait with mode="all"


def as_it_is(row: T) -> T:
    """Return the row: it does not change any more."""
    return row


class Feed(Stream, Generic[T]):
    """A standing request: its rows, the latest one, and how it ended.

    mode "all" keeps each row up to `limit`, then drops the oldest and counts it in `dropped`;
    "latest" keeps the newest only. `updateEvent += function` has each row given to a function:
    then rows are kept only once somebody has begun to iterate.
    """

    def __init__(
        self,
        engine: Engine,
        receive: Receive[T],
        mode: Mode,
        limit: int,
        freeze: Callable[[T], T] = as_it_is,
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
        # what is above it is lost; nothing is where only the newest counts
        self._room = limit if mode == "all" else sys.maxsize
        self._iterated = False  # whether somebody has waited for a row
        # How many threads or coroutines wait: without one nobody is told.
        self._waiting = 0
        # Guards the queue and what ends it: the processing thread fills it, the program takes.
        self._guard = threading.RLock()
        self._error: Exception | None = None
        self._asked: tuple[str, int, tuple[object, ...]] | None = None
        self.mode = mode
        self.updateEvent: Event[T] = Event("updateEvent", engine.call_handler)
        self.dropped = 0
        self.warnings: tuple[Notice, ...] = ()
        self.active = True
        self._followers: tuple[Callable[[], None], ...] = ()
        self._cancelled = False
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
            self._cancelled = True
        if self._asked is not None:
            name, request_id, arguments = self._asked
            self._engine.end(name, request_id, *arguments)
        self._wake()
        for tell in self._followers:
            tell()

    def follow(self, tell: Callable[[], None]) -> None:
        """Have a function called after each row and at the end, in the thread that brings it."""
        self._iterated = True
        self._followers = (*self._followers, tell)

    # --- in the processing thread ---

    def receive(self, name: str, arguments: tuple[object, ...]) -> None:
        with self._guard:
            rows = self._receive(name, arguments)
            if not rows:
                return
            self._latest = rows[-1]
            handlers = self.updateEvent.handlers
            if self._iterated or not handlers:
                lost = len(self._queue) + len(rows) - self._room
                self._queue.extend(rows)
                if lost > 0 and not handlers:
                    self.dropped += lost
        if handlers:
            self._hand(rows)
        if self._waiting:
            self._wake()
        for tell in self._followers:
            tell()

    def _hand(self, rows: tuple[T, ...]) -> None:
        """Let the handlers be called with rows. Those that they miss are counted in `dropped`: what
        they get has reached the program, whoever iterates besides.
        """
        raise NotImplementedError

    def warn(self, code: int, text: str) -> None:
        self.warnings = (*self.warnings, Notice(code, text))
        with self._guard:
            self._on_warning(code)

    def fail(self, error: Exception) -> None:
        with self._guard:
            self._error = error
            self.active = False
        self._wake()
        for tell in self._followers:
            tell()

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


def _did_not_hold(timeout: float) -> RequestTimeout:
    return RequestTimeout(f"no row for which the condition holds has come in {timeout:g} s")


class Subscription(Feed[T]):
    """A standing request of IB. Iterate over it, or look at `latest`; a `with` block ends it.

    Functions of `updateEvent` are called in the thread that processes messages.
    """

    def _prepare(self) -> None:
        # Held while nothing was told: a fraction of what a Condition costs for each row.
        self._nothing_new = threading.Lock()
        self._nothing_new.acquire()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        self._engine.check_may_block()
        with self._guard:
            if self._queue:
                return self._freeze(self._queue.popleft())
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
            try:
                row = self._next(max(end - time.monotonic(), 0.0))
            except RequestTimeout:
                raise _did_not_hold(timeout) from None
        return row

    def _next(self, timeout: float | None) -> T:
        self._engine.check_may_block()
        end = None if timeout is None else time.monotonic() + timeout
        with self._guard:  # several threads may wait
            self._iterated = True
            self._waiting += 1  # before the look: what comes after it is told
        try:
            while True:
                for row in self._take():
                    return row
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise RequestTimeout(f"no row has come in {timeout:g} s")
                left = slice_of(left)
                self._nothing_new.acquire(timeout=-1 if left is None else left)
        finally:
            with self._guard:
                self._waiting -= 1
                told_too = self._waiting and (self._queue or not self.active)
            if told_too:  # another thread that waits
                self._wake()

    def _hand(self, rows: tuple[T, ...]) -> None:
        self._engine.call_each(self.updateEvent, map(self._freeze, rows))

    def _wake(self) -> None:
        try:  # noqa: SIM105 - suppress() costs more than all of this
            self._nothing_new.release()
        except RuntimeError:  # it was told already
            pass

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

    Functions and coroutine functions of `updateEvent` are called in the loop. `dropped` then counts
    what came too fast for them.
    """

    def _prepare(self) -> None:
        self._some: list[asyncio.Future[None]] = []  # of each who waits for a row
        # Set while a call in the loop is due: the processing thread then asks for no other one.
        self._due = False
        self._to_hand: deque[T] = deque(maxlen=self._queue.maxlen)  # rows for handlers

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        with self._guard:
            if self._queue:
                return self._freeze(self._queue.popleft())
        return await self._next()

    async def _next(self) -> T:
        self._iterated = True
        self._waiting += 1  # before the look: what comes after it wakes the loop
        try:
            while True:
                for row in self._take():
                    return row
                some = asyncio.get_running_loop().create_future()
                self._some.append(some)
                await some
        except StopIteration:
            raise StopAsyncIteration from None
        finally:
            self._waiting -= 1

    async def next(self, timeout: float) -> T:
        """Return the next row. RequestTimeout: none has come in so many seconds."""
        self._iterated = True
        if self._queue:  # whatever the time limit is
            return await self.__anext__()
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
            try:
                row = await self.next(max(end - time.monotonic(), 0.0))
            except RequestTimeout:
                raise _did_not_hold(timeout) from None
        return row

    def _hand(self, rows: tuple[T, ...]) -> None:
        if self._engine.is_in_loop() and not self._to_hand:
            self._engine.call_each(self.updateEvent, self._until_cancelled(rows))
            return
        with self._guard:
            lost = len(self._to_hand) + len(rows) - self._room
            self._to_hand.extend(rows)
            if lost > 0:
                self.dropped += lost
        self._wake()

    def _wake(self) -> None:
        if self._engine.is_in_loop():
            self._on_loop()
        elif not self._due:
            self._due = True
            self._engine.in_loop(self._on_loop, True)

    def _on_loop(self) -> None:
        """Call the handlers, and wake who waits, for all that has come by now."""
        self._due = False  # before the look: what comes after it asks for another call
        if self._waiting and self._has_something():
            for some in self._some:
                if not some.done():  # cancelled
                    some.set_result(None)
            self._some.clear()
        if self._to_hand:
            self._engine.call_each(self.updateEvent, self._handed())

    def _handed(self) -> Iterator[T]:
        with self._guard:
            rows = list(map(self._freeze, self._to_hand))
            self._to_hand.clear()
        return self._until_cancelled(rows, as_it_is)

    def _until_cancelled(
        self, rows: Iterable[T], freeze: Callable[[T], T] | None = None
    ) -> Iterator[T]:
        freeze = freeze or self._freeze
        for row in rows:
            if self._cancelled:  # by a handler, or since the rows came
                return
            yield freeze(row)

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
