"""The socket of one client: what waits to be sent, when it is read, and how it ends."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import struct
import sys
from collections.abc import Callable

from ..._printable import PrintableLog
from .fault_rules import Faults
from .loop import EventLoop
from .pipeline import OutboundPipeline
from .timers import Timers

LINGER = 1.0  # seconds that a client which is turned away has to hang up
_LINGER_NOT = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_CHUNK = 65536
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class Channel:
    """The bytes to and from one client. `on_data` gets what the client sends; `on_closed` is called
    once. A client for which more than `limit` bytes wait is dropped.
    """

    def __init__(
        self,
        sock: socket.socket,
        loop: EventLoop,
        timers: Timers,
        faults: Faults,
        seed: str,
        limit: int,
        on_data: Callable[[bytes], None],
        on_closed: Callable[[], None],
    ) -> None:
        self._sock = sock
        self._loop = loop
        self._timers = timers
        self._limit = limit
        self._on_data = on_data
        self._on_closed = on_closed
        self._out = bytearray()
        self._mask = 0  # what the loop watches for
        self._reading_paused: set[str] = set()  # the reasons
        self.stalled = self.ending = self._finishing = self._closed = False
        self.timed_faults = 0  # faults that will end by themselves
        self._fault_counts: dict[str, int] = {}  # how many there are of each
        # The time that a client has to hang up. It begins as a timer that does nothing, so that
        # `close` can cancel it in any case.
        self._linger = loop.wall_timers.call_later(0, lambda: None)
        sock.setblocking(False)
        # some systems refuse it when the client has gone already
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pipeline = OutboundPipeline(self, faults, timers, loop.soon, seed)
        self._watch()

    @property
    def waiting(self) -> int:
        """Return bytes that could be in the socket and are not yet."""
        return 0 if self._closed or self.stalled else len(self._out)

    def pause_reading(self, reason: str, paused: bool) -> None:
        """Read nothing while there is any reason not to."""
        (self._reading_paused.add if paused else self._reading_paused.discard)(reason)
        self._watch()

    # --- the end ---

    def close(self, reset: bool = False) -> None:
        """Drop the connection now; with `reset` by a TCP reset, and what was on its way is lost."""
        if self._closed:
            return
        self._closed = self.ending = True
        self._linger.cancel()
        self.pipeline.close()
        self._watch()
        if reset:
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._sock.close()
        self._on_closed()

    def hang_up(self) -> None:
        """Say no more, and close once the client has, or after a while: closing with its bytes
        unread could cost it our last ones.
        """
        if not self.ending:
            self.ending = True
            self.pipeline.finish()

    def _finish(self) -> None:
        self.ending = True
        self._finishing = True
        self._linger = self._loop.wall_timers.call_later(LINGER, self.close)
        if not self._out:
            self._shut_down_writing()

    def _close_soon(self, reset: bool = False) -> None:
        """Close in the next round, not now: whoever is sending may be in the middle of a list that
        this client is on.
        """
        self.ending = True
        self._loop.wall_timers.call_later(0, lambda: self.close(reset))

    def _shut_down_writing(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:  # it has gone
            self._close_soon()

    # --- as the line's wire ---

    def write(self, data: bytes) -> None:
        """Send bytes to the client, as they are."""
        self._out += data
        if len(self._out) + self.pipeline.held > self._limit:
            self.check()
        if not self._mask & _WRITE:
            self._watch()

    def has_room(self, size: int) -> bool:
        """Return whether so many bytes more are no reason to drop the client."""
        return len(self._out) + self.pipeline.held + size <= self._limit

    def check(self) -> None:
        """Drop a client for which too much waits."""
        waiting = len(self._out) + self.pipeline.held
        if waiting > self._limit and not self.ending:
            _log.warning(
                "client %s does not read: dropped with %d bytes not sent",
                self.pipeline.client_id,
                waiting,
            )
            self._close_soon()

    def end(self, how: str, seconds: float) -> None:
        """End or hinder the connection as a fault has it: "close", "reset", "stall" or "deaf"; the
        latter two for some seconds, 0: for good.
        """
        if how == "close":
            self._finish()
        elif how == "reset":
            if self._out:
                self._flush()
            self._close_soon(reset=True)
        else:
            self._count_fault(how, 1)
            if seconds:
                self.timed_faults += 1
                # On the simulated clock, as all times of faults are.
                self._timers.call_later(seconds, lambda: self._recover(how))

    def _recover(self, how: str) -> None:
        self.timed_faults -= 1
        self._count_fault(how, -1)

    def _count_fault(self, how: str, change: int) -> None:
        """Count a fault that begins (1) or ends (-1): a short one does not end a longer one."""
        self._fault_counts[how] = self._fault_counts.get(how, 0) + change
        on = self._fault_counts[how] > 0
        if how == "stall":
            self.stalled = on
        self.pause_reading(how, on)

    # --- the socket ---

    def _watch(self) -> None:
        """Have the loop watch for what can be dealt with now."""
        mask = 0
        if not self._closed and not self.stalled:
            mask = (0 if self._reading_paused else _READ) | (_WRITE if self._out else 0)
        if mask == self._mask:
            return
        if not mask:
            self._loop.unwatch(self._sock)
        elif self._mask:
            self._loop.rewatch(self._sock, mask, self._on_ready)
        else:
            self._loop.watch(self._sock, mask, self._on_ready)
        self._mask = mask

    def _on_ready(self, mask: int) -> None:
        if mask & _WRITE:
            self._flush()
        if mask & self._mask & _READ:
            self._read()

    def _flush(self) -> None:
        try:
            with memoryview(self._out) as view:
                sent = self._sock.send(view)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        del self._out[:sent]
        self._watch()
        if not self._out and self._finishing:
            self._shut_down_writing()

    def _read(self) -> None:
        try:
            data = self._sock.recv(self._read_size())
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
        elif not self.ending:
            self._on_data(data)

    def _read_size(self) -> int:
        fault = self.pipeline.fault("slow")
        if fault is None:
            return _CHUNK
        self.end("deaf", fault.seconds or 1e-3)
        return max(fault.size, 1)
