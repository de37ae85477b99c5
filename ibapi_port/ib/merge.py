"""Several subscriptions as one: the rows of whichever has some."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Generic, TypeVar, overload

from .exceptions import RequestTimeout
from .streams import AsyncSubscription, Feed, Subscription
from .waits import slice_of

T = TypeVar("T")


class _Joined(Generic[T]):
    """What the two kinds share: whose turn it is, and the end of all."""

    def __init__(self, feeds: tuple[Feed[T], ...]) -> None:
        if not feeds:
            raise ValueError("subscriptions: at least one is expected")
        self._feeds = list(feeds)

    def _follow(self, feeds: tuple[Feed[T], ...]) -> None:
        for feed in feeds:
            feed.follow(self._wake)

    def _wake(self) -> None:
        """Tell who waits that there may be something. Called in the processing thread."""
        raise NotImplementedError

    def _take(self) -> tuple[T, ...]:
        """Return a row of the first one that has some, and let the others go before it the next
        time. StopIteration: all have ended. An error ends one of them: the others go on.
        """
        for feed in tuple(self._feeds):
            try:
                taken = feed._take()
            except StopIteration:
                self._feeds.remove(feed)
                continue
            except BaseException:
                self._feeds.remove(feed)
                raise
            if taken:
                self._feeds.remove(feed)
                self._feeds.append(feed)
                return taken
        if not self._feeds:
            raise StopIteration
        return ()

    def cancel(self) -> None:
        """End all of them. Rows that wait may still be taken."""
        for feed in tuple(self._feeds):
            feed.cancel()


class Merged(_Joined[T]):
    """Subscriptions of IB as one. Iterate over it; a `with` block ends all of them."""

    def __init__(self, feeds: tuple[Subscription[T], ...]) -> None:
        super().__init__(feeds)
        self._engines = {id(each._engine): each._engine for each in feeds}
        self._some = threading.Event()
        self._follow(feeds)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return self._next(None)

    def next(self, timeout: float) -> T:
        """Return the next row of any. RequestTimeout: none has come in so many seconds."""
        return self._next(timeout)

    def _next(self, timeout: float | None) -> T:
        for engine in self._engines.values():
            engine.check_may_block()
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            self._some.clear()  # before the look: what comes after it sets the flag again
            for row in self._take():
                return row
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise RequestTimeout(f"no row has come in {timeout:g} s")
            self._some.wait(slice_of(left))

    def _wake(self) -> None:
        self._some.set()

    def __enter__(self) -> Merged[T]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()


class AsyncMerged(_Joined[T]):
    """Subscriptions of AsyncIB as one. Iterate with `async for`; `async with` ends all of them."""

    def __init__(self, feeds: tuple[AsyncSubscription[T], ...]) -> None:
        super().__init__(feeds)
        self._in_loop = feeds[0]._engine.in_loop
        self._some = asyncio.Event()
        # Set while a coroutine waits for a row: else the loop need not be woken.
        self._waiting = False
        # Set while a call in the loop is due: the processing thread then asks for no other one.
        self._due = False
        self._follow(feeds)

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        try:
            while True:
                self._some.clear()
                self._waiting = True  # before the look: what comes after it wakes the loop
                for row in self._take():
                    return row
                await self._some.wait()
        except StopIteration:
            raise StopAsyncIteration from None
        finally:
            self._waiting = False

    async def next(self, timeout: float) -> T:
        """Return the next row of any. RequestTimeout: none has come in so many seconds."""
        try:
            return await asyncio.wait_for(self.__anext__(), timeout)
        except asyncio.TimeoutError:
            raise RequestTimeout(f"no row has come in {timeout:g} s") from None

    def _wake(self) -> None:
        if self._due or not self._waiting:
            return
        self._due = True
        self._in_loop(self._on_loop, True)

    def _on_loop(self) -> None:
        """Wake who waits."""
        self._due = False  # before the look: what comes after it asks for another call
        if self._waiting and self._has_something():
            self._some.set()

    def _has_something(self) -> bool:
        return any(each._queue or not each.active for each in self._feeds)

    async def __aenter__(self) -> AsyncMerged[T]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()


@overload
def merge(*subscriptions: Subscription[T]) -> Merged[T]: ...


@overload
def merge(*subscriptions: AsyncSubscription[T]) -> AsyncMerged[T]: ...


def merge(
    *subscriptions: Subscription[T] | AsyncSubscription[T],
) -> Merged[T] | AsyncMerged[T]:
    """Return several subscriptions as one, which gives the rows of whichever has some, in turn.

    Tickers and books name their contract; rows that do not name it cannot be told apart. A row that
    is taken here comes in no other place. An error that ends one of them is raised once, where rows
    are taken; the others go on if the program does.
    """
    sync = tuple(each for each in subscriptions if isinstance(each, Subscription))
    if len(sync) == len(subscriptions):
        return Merged(sync)
    waiting = tuple(each for each in subscriptions if isinstance(each, AsyncSubscription))
    if len(waiting) != len(subscriptions):
        raise TypeError("subscriptions: all of them must be of IB, or all of AsyncIB")
    return AsyncMerged(waiting)


__all__ = ["AsyncMerged", "Merged", "merge"]
