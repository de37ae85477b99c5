"""The event loop of the simulated TWS: sockets, timers, and closures that other threads post.

Whatever it calls runs in the one thread that is in `run`, so the state behind needs no locks. Other
threads get in by `call` and `wait_until` only.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

from ..._printable import PrintableLog
from .clock import WallClock
from .timers import Timers

T = TypeVar("T")
OnReady = Callable[[int], None]  # called with the selectors' event mask
ENDED = "the simulated TWS is not running"
# rounds of reading what clients have sent, before somebody who floods is left for later
BURST = 1000
# real seconds that time which goes as fast as it can stands still for a client that does not read
PATIENCE = 1.0
_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class EventLoop:
    """Waits for sockets and timers. `run` returns after `stop`; a loop that has stopped is not
    started again.

    `timers` are the simulated world's, `wall_timers` those of the network: time limits of
    connections are on the wall clock.
    """

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self.wall_timers = Timers(WallClock())
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        # Other threads append, the loop's thread takes out: a deque is safe for that without a
        # lock.
        self._posted: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self.time_may_pass: Callable[[], bool] = lambda: True  # of time that goes as fast as it can
        self._soon: list[Callable[[], None]] = []
        self._awaited: list[tuple[Callable[[], bool], Future[None]]] = []
        self._blocked_since: float | None = None
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

    def soon(self, action: Callable[[], None]) -> None:
        """Call `action` in the next round, when all sockets have had their turn."""
        self._soon.append(action)

    # --- from any thread ---

    def call(self, action: Callable[[], T]) -> T:
        """Run `action` in the loop's thread and hand back what it returns or raises. RuntimeError:
        the loop has ended.
        """
        if threading.get_ident() == self._thread:
            return action()
        future: Future[T] = Future()
        self._posted.append((action, future))
        if self._closed:
            # A race: the loop may have ended just before it saw this action. Both it and we look at
            # what is left, and whoever comes second tells those who wait.
            self._refuse_posted()
        else:
            self._wake()
        return future.result()

    def wait_until(self, holds: Callable[[], bool], timeout: float) -> bool:
        """Wait until something holds, which the loop's thread looks at whenever anything has
        happened; False: it never did.
        """
        if threading.get_ident() == self._thread:
            raise RuntimeError("this would wait for itself")
        future: Future[None] = Future()
        self.call(lambda: self._awaited.append((holds, future)))
        try:
            future.result(timeout)
        except TimeoutError:
            return False
        except FutureTimeout:  # which TimeoutError is from Python 3.11 on
            return False
        finally:
            future.cancel()  # after the timeout nobody waits any longer: the loop drops it then
        return True

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
                idle = not self._dispatch(self._wait())
                self.timers.go_on(idle and self.time_may_pass() and self._all_sent())
                self.timers.run_due()
                self.wall_timers.run_due()
                if self._awaited:
                    self._look_at_awaited()
        finally:
            self._thread = None
            self._closed = True
            self._refuse_posted()
            for _, future in self._awaited:
                if future.set_running_or_notify_cancel():
                    future.set_exception(RuntimeError(ENDED))

    def read_all(self) -> None:
        """Serve what clients have sent by now. In the loop's thread."""
        for _ in range(BURST):
            if not self._dispatch(0.0):
                return

    def _dispatch(self, timeout: float | None) -> bool:
        """Wait for sockets and serve those that are ready, then those who wait for their next turn;
        whether there were any.
        """
        turns = self._soon
        self._soon = []
        events = self._selector.select(0.0 if turns else timeout)
        if events or turns:
            self.timers.go_on(False)  # what they ask, they ask by now
        for key, mask in events:
            watched = self._selector.get_map().get(key.fd)
            # an earlier call of this round may have closed it
            if watched is not None and watched.fileobj is key.fileobj:
                try:
                    watched.data(mask)
                except Exception:  # whatever fails must not end the loop with all else in it
                    _log.exception("the simulated TWS failed at a connection")
        for turn in turns:
            try:
                turn()
            except Exception:  # likewise
                _log.exception("the simulated TWS failed at a turn")
        return bool(events or turns)

    def _wait(self) -> float | None:
        return min(
            (wait for wait in (self.timers.wait(), self.wall_timers.wait()) if wait is not None),
            default=None,
        )

    def _all_sent(self) -> bool:
        """Return whether no client has anything to read that does not fit into its socket. Who does
        not read is not waited for any longer.
        """
        if not any(key.events & selectors.EVENT_WRITE for key in self._selector.get_map().values()):
            self._blocked_since = None
            return True
        now = self.wall_timers.clock.monotonic()
        if self._blocked_since is None:
            self._blocked_since = now
        return now - self._blocked_since > PATIENCE

    def _look_at_awaited(self) -> None:
        awaited = self._awaited
        self._awaited = []
        for holds, future in awaited:
            if future.cancelled():  # nobody waits any longer: looking may have an effect
                continue
            try:
                done, failure = holds(), None
            except Exception as e:  # the condition is the caller's: whatever it raises is his
                done, failure = True, e
            if not done:
                self._awaited.append((holds, future))
            elif done and future.set_running_or_notify_cancel():
                future.set_result(None) if failure is None else future.set_exception(failure)

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
                # the thread that waits for the result gets it, whatever it is
                future.set_exception(e)

    def _refuse_posted(self) -> None:
        while True:
            try:
                _, future = self._posted.popleft()
            except IndexError:
                return
            future.set_exception(RuntimeError(ENDED))
