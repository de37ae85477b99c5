"""A server that runs in a thread of its own: what the simulated TWS, a replay and the tap have in
common.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class ServerThread(ABC):
    """Start, stop, `with`, the wait for the thread, and errors at the start.

    `start` calls `_open` in the caller's thread, then `_serve` runs in the new thread until
    `_interrupt` makes it return. What `_open` or `_started` raises is raised by `start`, and then
    nothing runs any more.
    """

    _what = "the server"  # how errors call it
    _thread_name = "server"

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, and serve in a thread.

        Raise OSError if the port is taken, RuntimeError if the server runs already.
        """
        if self._thread is not None:
            raise RuntimeError(f"{self._what} is running")
        self._open()
        self._thread = threading.Thread(target=self._serve, name=self._thread_name, daemon=True)
        self._thread.start()
        try:
            self._started()
        except BaseException:  # whatever it was, and Ctrl-C too: no thread may be left behind
            self.stop()
            raise

    def stop(self) -> None:
        """Close everything and wait until the thread has ended. Do nothing if it does not run."""
        thread = self._thread
        if thread is None:
            return
        if thread is threading.current_thread():  # it would wait for itself for ever
            raise RuntimeError(f"{self._what} cannot be stopped in its own thread")
        self._interrupt()
        thread.join()
        self._thread = None
        self._stopped()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def _open(self) -> None:
        """Get ready, in the thread that calls `start`. If this raises, it leaves nothing open."""

    @abstractmethod
    def _serve(self) -> None:
        """Serve, in the thread, until `_interrupt`."""

    @abstractmethod
    def _interrupt(self) -> None:
        """End what goes on and make `_serve` return soon. `stop` calls this, in its own thread."""

    def _started(self) -> None:  # noqa: B027 - a step that most servers do not need
        """Do what needs the running thread; the last step of `start`."""

    def _stopped(self) -> None:  # noqa: B027 - likewise
        """Clean up, after the thread has ended."""
