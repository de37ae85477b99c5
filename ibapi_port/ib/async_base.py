"""How AsyncIB waits and calls handlers: on the event loop, which is never blocked."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from typing import Generic, ParamSpec, TypeVar, cast

from .engine import Convert
from .exceptions import RequestTimeout
from .face import DEFAULT_TIMEOUT, Face
from .trades import AsyncTrade

T = TypeVar("T")
P = ParamSpec("P")


class Connecting(Generic[T]):
    """What AsyncIB.connect returns: to be awaited, or entered by `async with`."""

    def __init__(self, connection: Coroutine[object, object, T]) -> None:
        self._connection = connection
        self._made: T | None = None

    def __await__(self) -> Generator[object, object, T]:
        return self._connection.__await__()

    async def __aenter__(self) -> T:
        self._made = await self._connection
        return self._made

    async def __aexit__(self, *error: object) -> None:
        if isinstance(self._made, AsyncBase):
            await self._made._disconnect()


def connecting(
    connect: Callable[P, Coroutine[object, object, T]],
) -> Callable[P, Connecting[T]]:
    """Let what this coroutine function returns be awaited, or entered by `async with`."""

    @functools.wraps(connect)
    def connect_(*args: P.args, **kwargs: P.kwargs) -> Connecting[T]:
        return Connecting(connect(*args, **kwargs))

    return connect_


class AsyncBase(Face[AsyncTrade]):
    """The base of AsyncIB. It is made, and used, within one running event loop."""

    def __init__(self, timeout: float = DEFAULT_TIMEOUT) -> None:
        super().__init__(AsyncTrade, timeout)
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[object]] = set()  # else the loop may drop them

    async def _connect(self, host: str, port: int, client_id: int, timeout: float) -> Future[None]:
        connect = self._engine.connect
        return await self._loop.run_in_executor(None, connect, host, port, client_id, timeout)

    async def _disconnect(self) -> None:
        await self._loop.run_in_executor(None, self._engine.disconnect)

    async def _request(
        self, name: str, *arguments: object, convert: Convert[T], timeout: float | None
    ) -> T:
        """Send a request and return its answer."""
        return await self._answer(self._ask(name, *arguments, convert=convert), name, timeout)

    async def _answer(self, future: Future[T], what: str, timeout: float | None) -> T:
        seconds = self.timeout if timeout is None else timeout
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except asyncio.TimeoutError as e:
            if isinstance(e, RequestTimeout):
                raise
            raise RequestTimeout(f"{what}: no answer in {seconds:g} s") from None

    def _run_handler(self, handler: Callable[..., object], arguments: tuple[object, ...]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._call, handler, arguments)
        except RuntimeError:  # the loop is closed: there is nobody to tell
            return

    def _call(self, handler: Callable[..., object], arguments: tuple[object, ...]) -> None:
        try:
            made = handler(*arguments)
        except Exception as e:  # whatever a handler raises is the handler's own
            self._handler_raised(handler, e)
            return
        if inspect.isawaitable(made):
            task = self._loop.create_task(cast("Coroutine[object, object, object]", made))
            self._tasks.add(task)
            task.add_done_callback(lambda done: self._task_done(handler, done))

    def _task_done(self, handler: Callable[..., object], task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._handler_raised(handler, error)


__all__ = ["AsyncBase", "Connecting", "connecting"]
