"""How IB waits (in the calling thread) and calls handlers (in the one that processes messages)."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from typing import ParamSpec, TypeVar

from ..pacing import DEFAULT, Pacing
from .answers import Answer
from .engine import Convert
from .exceptions import RequestTimeout, WouldBlock
from .face import DEFAULT_TIMEOUT, Face
from .trades import SyncTrade
from .waits import result_of

T = TypeVar("T")
P = ParamSpec("P")


def connecting(connect: Callable[P, T]) -> Callable[P, T]:
    """Return the function as it is: AsyncIB's needs more."""
    return connect


class SyncBase(Face[SyncTrade]):
    """The base of IB."""

    def __init__(self, timeout: float = DEFAULT_TIMEOUT, pacing: Pacing | None = DEFAULT) -> None:
        super().__init__(SyncTrade, timeout, pacing)

    def _connect(self, host: str, port: int, client_id: int, timeout: float) -> Answer[None]:
        self._check_may_block()
        return self._engine.connect(host, port, client_id, timeout)

    def _disconnect(self) -> None:
        self._engine.disconnect()

    def _before_asking(self) -> None:
        self._check_may_block()

    def _request(
        self, name: str, *arguments: object, convert: Convert[T], timeout: float | None
    ) -> T:
        """Send a request and return its answer."""
        return self._answer(self._ask(name, *arguments, convert=convert), name, timeout)

    def _answer(self, future: Answer[T], what: str, timeout: float | None) -> T:
        seconds = self.timeout if timeout is None else timeout
        try:
            if future.waiting is not None:
                result_of(future.waiting, None)
            return result_of(future, seconds)
        except RequestTimeout:
            raise
        except FutureTimeout:
            future.cancel()
            raise RequestTimeout(f"{what}: no answer in {seconds:g} s") from None
        except BaseException:  # an interrupt: nobody waits for the answer any more
            future.cancel()
            raise

    def _check_may_block(self) -> None:
        self._engine.check_may_block()
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        if "ipykernel" not in sys.modules:  # a notebook's cell may block: its loop waits for it
            raise WouldBlock(
                "IB blocks, and this thread is running an event loop, which would stand still: use "
                "AsyncIB (`async with AsyncIB.connect(...) as ib:`, `await ib.reqCurrentTime()`), "
                "or call IB in another thread (`await asyncio.to_thread(...)`)"
            )

    def _run_handler(self, handler: Callable[..., object], arguments: tuple[object, ...]) -> None:
        self._call(handler, arguments)

    def _handler_returned(self, handler: Callable[..., object], made: object) -> None:
        if inspect.iscoroutine(made):
            made.close()
            error = TypeError("the handler is a coroutine function: use AsyncIB")
            self._handler_raised(handler, error)


__all__ = ["SyncBase", "connecting"]
