"""Standing requests: what comes is kept until the program takes it, and no slow program holds up
the others.
"""

from __future__ import annotations

import asyncio
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


def _nothing(code: int) -> None:
    """Take a warning that changes no rows."""


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
        on_warning: Callable[[int], None] = _nothing,
    ) -> None:
        if mode not in ("latest", "all"):
            raise ValueError(f"mode: 'latest' or 'all' is expected, not {mode!r}")
        if limit < 1:
            raise ValueError(f"limit: a number of rows above 0 is expected, not {limit}")
        self._engine = engine
        self._receive = receive
        self._freeze = freeze
        self._on_warning = on_warning
        # Whether a row, or what it is made of, may change while another thread looks at it.
        self._changes = freeze is not as_it_is or on_warning is not _nothing
        self._latest: T | None = None
        self._length = 1 if mode == "latest" else None  # of a queue: only the newest row counts
        self._queue: deque[T] = deque(maxlen=self._length)
        self._room = limit  # rows above it are dropped, and counted
        self._iterated = False  # whether somebody has waited for a row
        # How many threads or coroutines wait: without one nobody is told.
        self._waiting = 0
        # Guards the latest row where it changes, and who waits. The queue needs none: the
        # processing thread fills it, the program takes, each in one step.
        self._guard = threading.RLock()
        self._error: Exception | None = None
        self._asked: tuple[str, int, tuple[object, ...]] | None = None
        self.mode = mode
        self.updateEvent: Event[T] = Event("updateEvent", engine.call_handler)
        self.dropped = 0
        self.warnings: tuple[Notice, ...] = ()
        self.active = True
        self._followers: tuple[Callable[[], None], ...] = ()
        self.is_cancelled = False  # by the program
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
            self.is_cancelled = True
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
        if self._changes:
            with self._guard:
                rows = self._receive(name, arguments)
        else:
            rows = self._receive(name, arguments)
        if not rows:
            return
        self._latest = rows[-1]
        handlers = self.updateEvent.handlers
        if self._iterated or not handlers:
            queue = self._queue
            queue.extend(rows)
            if len(queue) > self._room:
                lost = self._shorten(queue)
                if not handlers:
                    self.dropped += lost
        if handlers:
            self._hand(rows)
        if self._waiting:
            self._wake()
        for tell in self._followers:
            tell()

    def _shorten(self, queue: deque[T]) -> int:
        """Drop the oldest rows above the limit. Return how many: the program may be taking some."""
        lost = 0
        while len(queue) > self._room:
            try:
                queue.popleft()
            except IndexError:
                break
            lost += 1
        return lost

    def _hand(self, rows: tuple[T, ...]) -> None:
        """Let the handlers be called with rows. Those that they miss are counted in `dropped`: what
        they get has reached the program, whoever iterates besides.
        """
        raise NotImplementedError

    def _frozen(self, rows: Iterable[T]) -> Iterable[T]:
        """Return rows as they are now."""
        if self._freeze is as_it_is:
            return rows
        with self._guard:
            return list(map(self._freeze, rows))

    def _freeze_one(self, row: T) -> T:
        if self._freeze is as_it_is:
            return row
        with self._guard:
            return self._freeze(row)

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
        over = not self.active  # before the look for rows: what is set after it comes after them
        try:
            row = self._queue.popleft()
        except IndexError:
            if not over:
                return ()
            if self._error is not None:
                raise self._error from None
            raise StopIteration from None
        return (self._freeze_one(row),)


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
        try:
            row = self._queue.popleft()
        except IndexError:
            return self._next(None)
        return row if self._freeze is as_it_is else self._freeze_one(row)

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
        # without the guard: it is this thread that changes them
        frozen = rows if self._freeze is as_it_is else map(self._freeze, rows)
        self._engine.call_each(self, frozen)

    def _wake(self) -> None:
        if not self._nothing_new.locked():  # it was told already
            return
        try:  # noqa: SIM105 - suppress() costs more than all of this
            self._nothing_new.release()
        except RuntimeError:  # by another thread, just now
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
        self._to_hand: deque[T] = deque(maxlen=self._length)  # rows for handlers

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        try:
            row = self._queue.popleft()
        except IndexError:
            return await self._next()
        return row if self._freeze is as_it_is else self._freeze_one(row)

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
        self._to_hand.extend(rows)
        if len(self._to_hand) > self._room and not self._engine.is_in_loop():
            # The loop itself hands them over at the end of its turn: there none is too many.
            self.dropped += self._shorten(self._to_hand)
        if not self._due:
            self._wake()

    def _wake(self) -> None:
        if not self._due:
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
            self._engine.call_each(self, self._handed())

    def _handed(self) -> Iterable[T]:
        """Take what is for the handlers."""
        waiting = self._to_hand
        rows = []
        for _ in range(len(waiting)):
            try:
                rows.append(waiting.popleft())
            except IndexError:  # dropped just now by the thread that brings more
                break
        return self._frozen(rows)

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
