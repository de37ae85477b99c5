"""TLS, for a TWS behind a tunnel: what `Connection` needs of a socket, encrypted.

One thread reads while others send, which an `ssl.SSLSocket` does not promise to bear. So the
encryption is apart from the socket, in memory and under a short lock; nobody waits for the network
while holding it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable

RECORD = 1 << 16  # bytes of plain text taken out at once


class TlsSocket:
    """A connected socket, encrypted: shakes hands when made, in the seconds that remain. OSError
    (ssl.SSLError is one) where that fails.
    """

    def __init__(
        self,
        sock: socket.socket,
        context: ssl.SSLContext,
        host: str,
        remaining: Callable[[], float],
    ) -> None:
        self._socket = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        # Reentrant: a signal handler or __del__ may send or close in the middle of either.
        self._lock = threading.RLock()  # the encryption's state; held for no I/O
        self._sending = threading.RLock()  # keeps what was encrypted in order on its way out
        self._shake_hands(remaining)

    def _shake_hands(self, remaining: Callable[[], float]) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                left = remaining()
                if left <= 0:
                    raise TimeoutError from None
                self._socket.settimeout(left)
                self._flush()
                self._take(self._socket.recv(RECORD))
            except ssl.SSLError:
                self._flush()  # TWS's side is told why
                raise
            else:
                self._flush()
                return

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            self._socket.sendall(data)

    def _take(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def recv(self, size: int) -> bytes:
        """Everything that can be decrypted, waiting for some; b"" at the end of the stream."""
        while True:
            data = self._socket.recv(size)
            with self._lock:
                self._take(data)
                plain = self._decrypted()
            if plain or not data:
                return plain

    def _decrypted(self) -> bytes:
        parts = []
        try:
            while part := self._tls.read(RECORD):
                parts.append(part)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        except ssl.SSLEOFError:
            pass  # the end without a farewell
        return b"".join(parts)

    def sendall(self, data: bytes) -> None:
        with self._sending:
            self._socket.sendall(self.encrypted(data))

    def encrypted(self, data: bytes) -> bytes:
        """What goes over the socket for these bytes: all of it, and before anything that is
        encrypted later.
        """
        with self._lock:
            self._tls.write(data)
            return self._outgoing.read()

    @property
    def raw(self) -> socket.socket:
        """The socket below."""
        return self._socket

    def settimeout(self, seconds: float | None) -> None:
        self._socket.settimeout(seconds)

    def setsockopt(self, level: int, option: int, value: int | bytes) -> None:
        self._socket.setsockopt(level, option, value)

    def getsockopt(self, level: int, option: int) -> int:
        return self._socket.getsockopt(level, option)

    def fileno(self) -> int:
        return self._socket.fileno()

    def shutdown(self, how: int) -> None:
        self._socket.shutdown(how)

    def close(self) -> None:
        self._socket.close()
