"""An asyncio loop in a thread of its own, for the tap and the replay.

Why asyncio here: both copy bytes between many sockets and wait for several things at once, which
streams and protocols do well. The simulated TWS has a loop of its own (see `simulator/net`).
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from .._server_thread import ServerThread

T = TypeVar("T")
_TURNS = 5  # of the loop, from a connection that is accepted to its handler


class AsyncServerThread(ServerThread):
    """A server on asyncio that is started and stopped by threads. `host` and `port`: where it
    listens (port 0: any free one).
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self.host = host
        self.port = port

    @property
    def address(self) -> tuple[str, int]:
        """Return where programs connect to."""
        return self.host, self.port

    @abstractmethod
    async def _listen(self) -> asyncio.Server:
        """Take the port, and begin to serve."""

    async def _end_connections(self) -> None:
        """End the connections; those that are served by a task end with it."""

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop, and return what it returns or raise what it raises."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _post(self, action: Callable[[], object]) -> None:
        """Call something in the loop, soon."""
        self._loop.call_soon_threadsafe(action)

    # --- as a ServerThread ---

    def _open(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _started(self) -> None:
        self._server = self._run(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]

    def _interrupt(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _stopped(self) -> None:
        self._loop.close()

    async def _end(self) -> None:
        """Listen no longer, end the connections, cancel what is left and wait for it."""
        if self._server is not None:
            # A race: a connection may have been accepted just now, and asyncio loses its socket if
            # the server is closed before the connection has got to its handler. So nothing more is
            # accepted first, then the handlers get their turns, then the server is closed.
            with contextlib.suppress(NotImplementedError):  # loops without readers (Windows)
                for sock in self._server.sockets:
                    self._loop.remove_reader(sock.fileno())
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            self._server.close()
        await self._end_connections()
        # A task that is pending when its loop closes would be lost.
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_asyncgens()
