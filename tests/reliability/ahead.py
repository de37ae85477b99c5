"""Cases that run several at a time: most of them wait, and each is a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Outcomes of `run(name)`: those of the names that are known to come are worked on meanwhile."""

    def __init__(self, run: Callable[[str], T], names: Iterable[str], workers: int) -> None:
        self._run = run
        self._pool = ThreadPoolExecutor(workers, "ahead")
        self._over = threading.Event()
        self._coming: dict[str, Future[T]] = {
            name: self._pool.submit(self._unless_over, name) for name in names
        }

    def _unless_over(self, name: str) -> T:
        if self._over.is_set():
            raise RuntimeError("the tests have ended")
        return self._run(name)

    def outcome(self, name: str) -> T:
        """What `run` returned for this name, which is run here and now if it was not foreseen."""
        coming = self._coming.get(name)
        return self._run(name) if coming is None else coming.result()

    def close(self) -> None:
        """Begin no more of them, and wait for the end of those that have begun."""
        self._over.set()
        self._pool.shutdown(cancel_futures=True)
