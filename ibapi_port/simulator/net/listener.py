"""The port at which the simulated TWS listens, and the times at which it does not."""

from __future__ import annotations

import contextlib
import errno
import logging
import selectors
import socket
import sys
from collections.abc import Callable

from ..._printable import PrintableLog
from .loop import EventLoop

# seconds until the next attempt when the process is out of file descriptors, or the port is taken
_BREATH = 0.1
_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class Listener:
    """The listening socket. It listens at once (OSError: the port is taken) and accepts from `open`
    on. From then on it belongs to the loop's thread.
    """

    def __init__(
        self, host: str, port: int, loop: EventLoop, on_connection: Callable[[socket.socket], None]
    ) -> None:
        self._host = host
        self._loop = loop
        self._on_connection = on_connection
        sock = _listening(_bound(host, port))
        self._sock: socket.socket | None = sock
        self._reserved: socket.socket | None = None  # keeps the port for us while nobody is let in
        self.port: int = sock.getsockname()[1]
        self._blocked: list[str] = []  # why nobody is let in
        self._watched = self._closed = False

    def open(self) -> None:
        """Accept connections, if there is no reason not to."""
        if self._closed or self._blocked or self._watched:
            return
        if self._sock is None:
            try:
                held = self._reserved
                self._reserved = None
                self._sock = _listening(held or _bound(self._host, self.port))
            except OSError as e:
                _log.warning("cannot listen again at port %d: %s", self.port, e)
                # Somebody has taken the port meanwhile; it may become free again.
                self._loop.wall_timers.call_later(_BREATH, self.open)
                return
        self._loop.watch(self._sock, selectors.EVENT_READ, self._accept)
        self._watched = True

    def block(self, reason: str) -> None:
        """Refuse connections, until all reasons are gone."""
        if reason not in self._blocked:
            self._blocked.append(reason)
        if self._sock is not None:
            self._leave()
            with contextlib.suppress(OSError):  # somebody was quick; `open` will try again
                self._reserved = _bound(self._host, self.port)

    def unblock(self, reason: str) -> None:
        """Take a reason back, and let clients in if it was the last."""
        if reason in self._blocked:
            self._blocked.remove(reason)
        self.open()

    def move(self, port: int) -> None:
        """Listen at another port, 0: any free one. OSError: it is taken; then nothing changes."""
        sock = _listening(_bound(self._host, port))
        self._leave()
        self._sock = sock
        self.port = sock.getsockname()[1]
        if self._blocked:
            self.block(self._blocked[0])
        self.open()

    def close(self) -> None:
        """Give the port back."""
        self._closed = True
        self._leave()

    def _leave(self) -> None:
        if self._sock is not None:
            self._rest()
            self._sock.close()
            self._sock = None
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    def _rest(self) -> None:
        if self._watched and self._sock is not None:
            self._loop.unwatch(self._sock)
        self._watched = False

    def _accept(self, _mask: int) -> None:
        assert self._sock is not None
        try:
            sock, _ = self._sock.accept()
        except (BlockingIOError, ConnectionError):
            return  # the client has thought better of it
        except OSError as e:
            _log.warning("cannot accept a connection: %s", e)
            self._rest()  # or the loop would call this again at once, and spin
            self._loop.wall_timers.call_later(_BREATH, self.open)
            return
        self._on_connection(sock)


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that has the port, and refuses connections."""
    family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two programs have the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.setblocking(False)
    except BaseException as e:  # whatever it was: the socket must not be left open
        sock.close()
        if isinstance(e, OSError) and e.errno == errno.EADDRINUSE:
            raise OSError(
                e.errno, f"{host}:{port} is in use by another program; choose another port"
            ) from None
        raise
    return sock


def _listening(sock: socket.socket) -> socket.socket:
    """Make the socket listen, and return it. OSError: another listens there; the socket is
    closed.
    """
    try:
        sock.listen()
    except OSError:
        sock.close()
        raise
    return sock
