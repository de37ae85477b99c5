"""What a request will have brought: a future for threads and for the event loop.

concurrent.futures.Future does the same with a Condition, which costs more than all else of a short
request.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Generic, TypeVar, cast

logger = logging.getLogger("ibapi_port.ib")
T = TypeVar("T")


class Answer(Generic[T]):
    """An answer that is set once, by whichever thread is first, or given up by `cancel()`.

    `waiting` is fulfilled when the request is sent, where TWS's limits hold it back: the time for
    the answer begins then.
    """

    __slots__ = ("_callbacks", "_cancelled", "_done", "_error", "_may_set", "_over", "_result",
                 "waiting")  # fmt: skip

    def __init__(self) -> None:
        self.waiting: Future[None] | None = None
        self._may_set = [True]  # taken, by an atomic pop(), by who sets it
        self._done = False
        self._cancelled = False
        self._result: T | None = None
        self._error: BaseException | None = None
        self._callbacks: deque[Callable[[Answer[T]], object]] = deque()
        self._over = threading.Lock()  # held until it is done
        self._over.acquire()

    def done(self) -> bool:
        """Return whether there is an answer, an error, or it was given up."""
        return self._done

    def cancelled(self) -> bool:
        """Return whether it was given up."""
        return self._cancelled

    def cancel(self) -> bool:
        """Give it up. False: it is done already."""
        if not self._take():
            return self._cancelled
        self._cancelled = True
        self._set()
        return True

    def set_result(self, result: T) -> None:
        """Set the answer. InvalidStateError: it is done already."""
        if not self._take():
            raise InvalidStateError("the answer is there already")
        self._result = result
        self._set()

    def set_exception(self, error: BaseException) -> None:
        """Set what asking for the answer raises. InvalidStateError: it is done already."""
        if not self._take():
            raise InvalidStateError("the answer is there already")
        self._error = error
        self._set()

    def _take(self) -> bool:
        try:
            return self._may_set.pop()
        except IndexError:
            return False

    def _set(self) -> None:
        self._done = True
        self._over.release()
        self._tell()

    def add_done_callback(self, callback: Callable[[Answer[T]], object]) -> None:
        """Call a function once it is done, in the thread that sets it; at once if it is."""
        self._callbacks.append(callback)
        if self._done:  # looked at after it was added: one of the two threads calls it
            self._tell()

    def _tell(self) -> None:
        while self._callbacks:
            try:
                callback = self._callbacks.popleft()
            except IndexError:  # another thread has just taken the last one
                return
            try:
                callback(self)
            except Exception:
                logger.exception("what waits for an answer raised")

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return the error, waiting for it; None: there is an answer. CancelledError: it was given
        up. TimeoutError of concurrent.futures: not within so many seconds.
        """
        if not self._done:
            # in the form that waits without end it can be interrupted, too (not on Windows)
            if not self._over.acquire(timeout=-1 if timeout is None else max(timeout, 0.0)):
                raise FutureTimeout
            self._over.release()  # for others that wait
        if self._cancelled:
            raise CancelledError
        return self._error

    def result(self, timeout: float | None = None) -> T:
        """Return the answer, waiting for it, or raise its error; else as `exception`."""
        error = self.exception(timeout)
        if error is not None:
            raise error
        return cast("T", self._result)


__all__ = ["Answer"]
