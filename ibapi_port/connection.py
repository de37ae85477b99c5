"""The socket to TWS and all that can happen to it: the one place that opens, waits, sends and closes.

Rules it lives by: one deadline covers reaching TWS and the handshake, on the monotonic clock. A frame is sent whole under one lock,
or the connection is over: a stream that may be torn is never used again. Whoever closes only wakes the thread that reads;
the descriptor itself is given back when that thread is gone, so that it cannot read from somebody else's new socket.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from .protocol.exceptions import BadHandshake
from .protocol.handshake import ClientHandshake, greeting
from .watchdog import probe_when_silent

if TYPE_CHECKING:
    from ssl import SSLContext

    from .tls import TlsSocket

    Socket: TypeAlias = socket.socket | TlsSocket

RECEIVE_SIZE = 1 << 14  # bytes asked for at once: what is cut out of them is processed while it is in the cache
JOIN_DEADLINE = 5.0  # seconds that closing waits for the reader thread


class ConnectFailed(Exception):
    """TWS was not reached, or no TWS answered: the reason."""


LONGEST_WAIT = 86_400.0 * 20  # seconds: sockets refuse to wait longer than a month; math.inf is in order as a timeout


class Deadline:
    """A point in time, on a clock that nobody sets back."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self._clock = seconds, clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        return min(max(self._end - self._clock(), 0.0), LONGEST_WAIT)


class Connection:
    """One connection to TWS, from being opened to its end; a new one is made for each connect."""

    def __init__(self, host: str, port: int, ssl_context: SSLContext | None = None, send_timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self._ssl_context, self._send_timeout = ssl_context, send_timeout
        self.socket: Socket | None = None
        self.unread = b""  # what came after the handshake, for the reader
        self.closed_by_us = False
        self.forgotten = False  # it was warned of that nobody has closed it
        self._sending = threading.Lock()
        self._closing = threading.Lock()

    # --- opening ---

    def open(self, deadline: Deadline) -> None:
        """Reach TWS at any of the host's addresses within the deadline. ConnectFailed tells why not."""
        if not re.fullmatch("[0-9]{1,5}", str(self.port)) or not 0 < int(self.port) < 1 << 16:
            raise ConnectFailed("the port is not a number from 1 to 65535")  # getaddrinfo would drop its upper bits
        # As text a name goes through the codec for names in other scripts, which takes longer to import than all of this.
        host = self.host.encode() if isinstance(self.host, str) and self.host.isascii() else self.host
        try:
            addresses = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except (OSError, OverflowError, UnicodeError, TypeError) as e:
            raise ConnectFailed(f"unknown host or port ({e})") from None
        reasons: list[str] = []
        for tried, (family, kind, proto, _, address) in enumerate(addresses):
            # a silent address must not use up the time of those after it
            share = deadline.remaining() / (len(addresses) - tried)
            try:
                self._dial(socket.socket(family, kind, proto), address, share)
                return
            except OSError as e:
                reasons.append(f"{address[0]}: {describe(e, deadline)}")
            if self.closed_by_us:
                raise ConnectFailed("disconnect() was called")
        raise ConnectFailed("; ".join(dict.fromkeys(reasons)) or "the host has no address")

    def _dial(self, sock: socket.socket, address: tuple[object, ...], share: float) -> None:
        try:
            self.socket = sock
            began = time.monotonic()
            if self.closed_by_us:  # set before the socket was there to be closed
                raise OSError("disconnect() was called")
            sock.settimeout(max(share, 0.001))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            probe_when_silent(sock)
            if self._ssl_context is not None:
                self.socket = self._encrypted(sock, self._ssl_context, lambda: share - (time.monotonic() - began))
        except BaseException:
            self.socket = None
            sock.close()
            raise

    def _encrypted(self, sock: socket.socket, context: SSLContext, remaining: Callable[[], float]) -> Socket:
        from .tls import TlsSocket  # costs an import that few programs need

        return TlsSocket(sock, context, self.host, remaining)

    def shake_hands(self, hello: bytes, deadline: Deadline) -> ClientHandshake:
        """Greet TWS and take its answer, within the deadline. ConnectFailed where none comes, or one that is not TWS's."""
        sock, handshake = self.socket, ClientHandshake()
        if sock is None:
            raise ConnectFailed("disconnect() was called")
        try:
            self._within(sock, deadline)
            sock.sendall(hello)
            while not handshake.done:
                self._within(sock, deadline)
                data = sock.recv(RECEIVE_SIZE)
                if not data:
                    raise ConnectFailed("disconnect() was called" if self.closed_by_us else CLOSED_AT_ONCE)
                handshake.feed(data)
            sock.settimeout(None)
            if self._send_timeout is not None:
                limit_sending(sock, self._send_timeout)
        except OSError as e:
            raise ConnectFailed("disconnect() was called" if self.closed_by_us else describe(e, deadline)) from None
        except BadHandshake as e:
            raise ConnectFailed(str(e)) from None
        self.unread = handshake.rest
        return handshake

    @staticmethod
    def _within(sock: Socket, deadline: Deadline) -> None:
        remaining = deadline.remaining()
        if not remaining:
            raise TimeoutError
        sock.settimeout(remaining)

    # --- use ---

    def isConnected(self) -> bool:
        return self.socket is not None and not self.closed_by_us

    def sendMsg(self, msg: bytes) -> int:
        """Send a whole frame, from any thread. OSError: the connection is broken, and over."""
        with self._sending:
            sock = self.socket
            if sock is None or self.closed_by_us:
                raise OSError("the connection is closed")
            try:
                sock.sendall(msg)
            except BlockingIOError:
                self._shut(sock)
                raise TimeoutError(f"TWS did not take it within {self._send_timeout:g} s") from None
            except BaseException:
                # part of the frame may be out (an interrupt counts too): nothing may follow it
                self._shut(sock)
                raise
        return len(msg)

    def recvMsg(self) -> bytes:
        """What has come, waiting for it; b"" at the end of the stream. OSError when the connection broke."""
        sock = self.socket
        return sock.recv(RECEIVE_SIZE) if sock is not None else b""

    # --- closing ---

    def disconnect(self, reader: threading.Thread | None = None) -> None:
        """Close: wake and await the thread that reads, then give the descriptor back. Any number of times, from any thread."""
        self.closed_by_us = True
        sock = self.socket
        if sock is None:
            return
        self._shut(sock)
        if reader is not None and reader.is_alive() and reader is not threading.current_thread():
            reader.join(JOIN_DEADLINE)
        with self._closing:
            if self.socket is not None:
                self.socket = None
                sock.close()

    def forked(self) -> None:
        """In a child process: give back its copy of the descriptor; the connection goes on in the parent."""
        self._sending, self._closing = threading.Lock(), threading.Lock()
        sock, self.socket, self.closed_by_us = self.socket, None, True
        if sock is not None:
            sock.close()

    @staticmethod
    def _shut(sock: Socket) -> None:
        with contextlib.suppress(OSError):  # not connected any more: then nobody waits on it either
            sock.shutdown(socket.SHUT_RDWR)


def limit_sending(sock: Socket, seconds: float) -> None:
    """Let the system give up sending after so long. A timeout of Python's would hold for reading too."""
    if sys.platform == "win32":
        limit = struct.pack("L", max(1, int(seconds * 1000)))
    else:
        whole = int(seconds)
        limit = struct.pack("ll", whole, max(1, int((seconds - whole) * 1e6)))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


CLOSED_AT_ONCE = (
    "TWS closed the connection at once: the API may be switched off, this computer not among the trusted ones, "
    "or the greatest number of API clients reached"
)


def describe(error: OSError, deadline: Deadline) -> str:
    """A reason in a few words."""
    if isinstance(error, TimeoutError):
        return f"no answer within {deadline.seconds:g} s"
    return error.strerror or str(error) or type(error).__name__


def hello(oldest: int, newest: int, connect_options: str | None) -> bytes:
    """What opens the conversation."""
    return greeting(oldest, newest, connect_options or "")


__all__ = ["ConnectFailed", "Connection", "Deadline"]
