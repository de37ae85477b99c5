"""An asyncio loop in a thread of its own, for the tap and the replay.

Why asyncio here: both copy bytes between many sockets and wait for several things at once, which
streams and protocols do well. The simulated TWS has a loop of its own (see `simulator/net`).
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from .._server_thread import ServerThread

T = TypeVar("T")


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

    @abstractmethod
    async def _close(self) -> None:
        """Listen no longer, and end the connections."""

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
        if self._server is not None:
            self._run(self._close())
        self._run(self._cancel_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _stopped(self) -> None:
        self._loop.close()

    async def _cancel_tasks(self) -> None:
        """Cancel what is left, and wait for it: a task that is pending when its loop closes is
        lost.
        """
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_asyncgens()
