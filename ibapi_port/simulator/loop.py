"""The event loop of the simulated TWS: sockets, timers, and closures that other threads post.

Whatever it calls runs in the one thread that is in `run`, so the state behind needs no locks. Other threads get in by `call` only.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from .clock import Timers

T = TypeVar("T")
OnReady = Callable[[int], None]  # called with the selectors' event mask


class EventLoop:
    """Waits for sockets and timers. `run` returns after `stop`; a loop that has stopped is not started again."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._posted: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._stopping = False
        self._closed = False
        self._thread: int | None = None
        self.watch(self._wake_in, selectors.EVENT_READ, self._on_wake)

    # --- sockets; from the loop's thread only ---

    def watch(self, sock: socket.socket, events: int, on_ready: OnReady) -> None:
        """Call `on_ready` when the socket is ready for one of `events`."""
        self._selector.register(sock, events, on_ready)

    def rewatch(self, sock: socket.socket, events: int, on_ready: OnReady) -> None:
        """Watch a watched socket for other events."""
        self._selector.modify(sock, events, on_ready)

    def unwatch(self, sock: socket.socket) -> None:
        """Watch the socket no longer; it stays open."""
        self._selector.unregister(sock)

    # --- from any thread ---

    def call(self, action: Callable[[], T]) -> T:
        """Run `action` in the loop's thread and hand back what it returns or raises. RuntimeError: the loop has ended."""
        if threading.get_ident() == self._thread:
            return action()
        future: Future[T] = Future()
        self._posted.append((action, future))
        if self._closed:
            # The loop may have ended before it saw ours; whoever comes second, it or we, tells the waiting.
            self._refuse_posted()
        else:
            self._wake()
        return future.result()

    def stop(self) -> None:
        """Make `run` return soon."""
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it will wake anyway; closed: it has ended
            self._wake_out.send(b"!")

    # --- the loop ---

    def run(self) -> None:
        """Serve until `stop`."""
        self._thread = threading.get_ident()
        try:
            while not self._stopping:
                for key, mask in self._selector.select(self.timers.wait()):
                    watched = self._selector.get_map().get(key.fd)
                    if watched is not None and watched.fileobj is key.fileobj:  # an earlier call of this round may have closed it
                        watched.data(mask)
                self.timers.run_due()
        finally:
            self._thread = None
            self._closed = True
            self._refuse_posted()

    def close(self) -> None:
        """Give the loop's own sockets back. After `run` has returned."""
        self._closed = True
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def _on_wake(self, _mask: int) -> None:
        try:
            self._wake_in.recv(4096)
        except BlockingIOError:
            return
        while self._posted:
            action, future = self._posted.popleft()
            try:
                future.set_result(action())
            except BaseException as e:
                future.set_exception(e)

    def _refuse_posted(self) -> None:
        while True:
            try:
                _, future = self._posted.popleft()
            except IndexError:
                return
            future.set_exception(RuntimeError("the simulated TWS is not running"))
