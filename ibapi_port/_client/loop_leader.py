"""An event loop that reads and processes messages in its own thread while it is free.

It saves waking two threads for each message. While the loop is kept by the program (or stands
still, or is closed) the EReader thread reads and the thread in run() processes, as in every other
program; `Session.processing` lets one of them process at a time, and the queue keeps the order.
"""

from __future__ import annotations

import contextlib
import select
from collections.abc import Callable
from functools import partial
from typing import Protocol

from .dispatcher import ENDING
from .frame_source import FrameSource
from .session import Session

# Seconds until the loop looks again where another thread reads or processes: it would be called
# without end meanwhile, as the bytes are still there. It is doubled up to the second one.
REST, LONGEST_REST = 0.001, 0.02
YIELD = 0.005  # seconds in which the other thread ends the message at hand; it calls no handlers


class Timer(Protocol):
    """A call of the loop's that is due later."""

    def cancel(self) -> None: ...


class Loop(Protocol):
    """What is needed of an event loop; asyncio's and uvloop's have it."""

    def add_reader(self, fd: int, callback: Callable[[], object], /) -> object: ...

    def remove_reader(self, fd: int, /) -> object: ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer: ...

    def call_soon(self, callback: Callable[[], object], /) -> object: ...

    def call_soon_threadsafe(self, callback: Callable[[], object], /) -> object: ...


class LoopLeader:
    """Reads one Session in a loop. All methods are called in the loop's thread.

    `before` is called when it is this thread's turn to process, `after` when that is over;
    `interrupted` when an interrupt comes in between, which may have lost a message.
    """

    def __init__(
        self,
        session: Session,
        loop: Loop,
        before: Callable[[], None],
        after: Callable[[], None],
        interrupted: Callable[[], None],
    ) -> None:
        self._session = session
        self._loop = loop
        self._before = before
        self._after = after
        self._interrupted = interrupted
        self._poll: select.epoll | None = None
        self._fd = -1
        self._rest = REST
        self._timer: Timer | None = None
        self._more_due = False

    def start(self) -> bool:
        """Begin. False: this loop, system or connection cannot do so, and the threads go on."""
        source = self._session.source
        if source is None or not hasattr(select, "epoll"):
            return False
        if getattr(self._loop, "_nest_patched", False):
            # nest_asyncio lets a handler run the loop again, which then cannot call this reader:
            # its context is entered already.
            return False
        sock = self._session.connection.socket
        try:
            # The loop watches this descriptor, not the socket's: that one may be closed by any
            # thread at any time, and another socket of the program's may get its number before
            # the loop is told.
            self._poll = select.epoll()
            self._fd = self._poll.fileno()
            if sock is None or not source.let_loop_lead(partial(_call_in, self._loop, source)):
                self._close()
                return False
            self._poll.register(sock.fileno(), select.EPOLLIN)
            self._loop.add_reader(self._fd, self._bytes_came)
        except Exception:  # a loop of the program's may raise anything; so may a closed socket
            source.stop_leading()
            self._close()
            return False
        return True

    def stop(self) -> None:
        """Read no more. The threads go on."""
        source = self._session.source
        if source is not None:
            source.stop_leading()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._fd >= 0:
            with contextlib.suppress(Exception):  # the loop is closed
                self._loop.remove_reader(self._fd)
            self._close()

    def _close(self) -> None:
        self._fd = -1
        if self._poll is not None:
            self._poll.close()
            self._poll = None

    def _bytes_came(self) -> None:
        if not self._more_due:  # else there is a turn in this round of the loop
            self._turn()

    def _turn(self) -> None:
        """Read and process what is there."""
        session = self._session
        source = session.source
        if source is None or session.finished:
            self.stop()
            return
        processing = session.processing
        if not processing.acquire(blocking=False):
            # The thread in run() has served while this loop was kept. Both at once would contend.
            session.end_turn()
            if not processing.acquire(timeout=YIELD):
                source.miss_turn()
                self._take_a_rest()
                return
        try:
            self._before()
            try:
                try:
                    more = session.take_turn(source)
                finally:
                    self._after()
            except ENDING:
                self._interrupted()
                raise
        finally:
            processing.release()
        if more:
            self._go_on()
        elif more is not None:
            self._rest = REST
        elif source.leads:
            self._take_a_rest()
        else:
            self.stop()

    def _go_on(self) -> None:
        """Have another turn soon: what waits is not in the socket any more."""
        if not self._more_due:
            self._more_due = True
            self._loop.call_soon(self._turn_again)

    def _turn_again(self) -> None:
        self._more_due = False
        self._turn()

    def _take_a_rest(self) -> None:
        """Leave it to the threads for a moment. What they were told of they process."""
        if self._timer is None and self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._timer = self._loop.call_later(self._rest, self._end_rest)
            self._rest = min(2 * self._rest, LONGEST_REST)

    def _end_rest(self) -> None:
        self._timer = None
        if self._fd >= 0:
            self._loop.add_reader(self._fd, self._bytes_came)


def _call_in(loop: Loop, source: FrameSource) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: the threads serve from now on
        loop.call_soon_threadsafe(source.miss_turn)


__all__ = ["Loop", "LoopLeader"]
