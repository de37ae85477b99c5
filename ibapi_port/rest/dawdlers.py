"""Connections whose request does not come: each takes one of the places that there are for clients.

uvicorn limits how long a connection may rest between two requests, but not how long the first one,
or the rest of one that has begun, may take.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any


def is_awaited(connection: Any) -> bool:
    """Return whether a request, or the rest of one, is still to come over a connection."""
    if not hasattr(connection, "cycle"):
        return False  # a WebSocket, whose peer is asked for a sign of life
    cycle = connection.cycle
    if cycle is None:
        return True
    if cycle.response_complete:
        # the timer between two requests ends with the first byte of the next one
        return connection.timeout_keep_alive_task is None
    return bool(cycle.more_body)


class Dawdlers:
    """Closes connections over which a request takes longer than so many seconds to come."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: dict[Any, tuple[Any, float]] = {}

    async def run(self, connections: Iterable[Any]) -> None:
        """Look at the connections again and again."""
        while True:
            await asyncio.sleep(min(self._seconds / 4, 5.0))
            self.look_at(connections)

    def look_at(self, connections: Iterable[Any]) -> None:
        """Close those whose time is over."""
        now = self._clock()
        waiting = {}
        for connection in [each for each in connections if is_awaited(each)]:
            last, since = self._since.get(connection, (connection.cycle, now))
            if last is not connection.cycle:
                since = now
            if now - since >= self._seconds:
                connection.transport.abort()
            else:
                waiting[connection] = connection.cycle, since
        self._since = waiting


__all__ = ["Dawdlers", "is_awaited"]
