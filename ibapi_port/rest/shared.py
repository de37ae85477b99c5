"""Requests that are asked for by several at a time, and made once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Shared:
    """Requests that are asked for by several at a time, and made once."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[asyncio.Task[Any], list[int]]] = {}

    async def ask(self, key: str, make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Return the answer. The request is cancelled when nobody waits for it any more."""
        entry = self._open.get(key)
        if entry is None:
            task = asyncio.get_running_loop().create_task(make())
            entry = self._open[key] = (task, [0])
            task.add_done_callback(lambda _: self._open.pop(key, None))
        task, waiting = entry
        waiting[0] += 1
        try:
            return await asyncio.shield(task)
        finally:
            waiting[0] -= 1
            if not waiting[0] and not task.done():
                self._open.pop(key, None)
                task.cancel()


__all__ = ["Shared"]
