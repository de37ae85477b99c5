"""A TWS on 127.0.0.1 that does exactly what a test says. Standard library only: it also runs beside
foreign clients.

Nothing here sleeps: what is awaited is awaited on queues and sockets, for `WAIT` seconds at most.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable

WAIT = float(
    os.environ.get("RELIABILITY_WAIT", "20")
)  # seconds after which something that must come counts as missing
TIME = "20261120 09:30:00 EST"
HOST = "127.0.0.1"

Play = Callable[["Peer"], None]


def frame(payload: bytes) -> bytes:
    """A payload with its length before it."""
    return struct.pack(">I", len(payload)) + payload


class Cutter:
    """Cuts frames out of a stream; written apart from the package's own, which is what is tested."""

    def __init__(self) -> None:
        self.pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        self.pending += data
        frames, at = [], 0
        while len(self.pending) - at >= 4:
            stop = at + 4 + int.from_bytes(self.pending[at : at + 4], "big")
            if stop > len(self.pending):
                break
            frames.append(bytes(self.pending[at + 4 : stop]))
            at = stop
        del self.pending[:at]
        return frames


def answer_to_hello(version: int, time: str = TIME) -> bytes:
    """What TWS answers to the greeting."""
    return frame(f"{version}\0{time}\0".encode())


def raw(*fields: object) -> bytes:
    """A frame of these fields, whatever they are."""
    return frame("".join(f"{field}\0" for field in fields).encode())


def fields_of(payload: bytes) -> list[str]:
    """The texts of a payload that ends with a NUL."""
    *fields, rest = payload.decode().split("\0")
    assert not rest
    return fields


def one_by_one(data: bytes) -> list[bytes]:
    return [data[n : n + 1] for n in range(len(data))]


class Peer:
    """One accepted connection, in the test's hands."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.settimeout(WAIT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.offer = ""  # of the greeting, such as "v100..200"
        self._buffer = Cutter()
        self._frames: deque[bytes] = deque()

    # --- what the client sends ---

    def greet(self) -> str:
        """Read the client's greeting; its version offer."""
        start = b""
        while len(start) < 4:
            start += self._receive(4 - len(start))
        assert start == b"API\0"
        self.offer = self.frame().decode()
        return self.offer

    def _receive(self, size: int = 1 << 20) -> bytes:
        data = self.sock.recv(size)
        self._acknowledge_at_once()
        if not data:
            raise EOFError("the client has closed")
        return data

    def frame(self, size: int = 1 << 20) -> bytes:
        """The next payload from the client. EOFError: it has closed."""
        while not self._frames:
            self._frames.extend(self._buffer.feed(self._receive(size)))
        return self._frames.popleft()

    def fields(self) -> list[str]:
        return fields_of(self.frame())

    def to_the_end(self) -> list[bytes]:
        """All payloads until the client closes; it leaves no part of one behind."""
        got = []
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                got.append(self.frame())
        assert not self._buffer.pending
        return got

    # --- what TWS sends ---

    def _acknowledge_at_once(self) -> None:
        """Let the system acknowledge what comes next without a delay: a disconnect() waits for it.

        It holds until the next segment that is sent.
        """
        if hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def send(self, *frames: bytes) -> None:
        """All in one segment, if they fit into one."""
        self.sock.sendall(b"".join(frames))
        self._acknowledge_at_once()

    def send_pieces(self, pieces: Iterable[bytes]) -> None:
        """Each in a segment of its own."""
        for piece in pieces:
            self.sock.sendall(piece)

    # --- the end ---

    def close(self) -> None:
        """A regular end: the client sees all that was sent, and then the end of the stream."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(
                socket.SHUT_WR
            )  # close() alone is a reset if there is something unread
            self.sock.setblocking(False)
            while self.sock.recv(1 << 20):
                pass
        self.sock.close()

    def reset(self) -> None:
        """End the connection by RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


# --- what a server does with a new connection, in the server's thread ---


def accepts(version: int = 187, then: bytes = b"", time: str = TIME) -> Play:
    """The handshake; `then` comes in the same segment as its answer."""
    return says(answer_to_hello(version, time) + then)


def says(*pieces: bytes) -> Play:
    """Answer the greeting by these bytes, a segment each."""

    def play(peer: Peer) -> None:
        peer.greet()
        peer.send_pieces(pieces)

    return play


def silent(peer: Peer) -> None:
    """Read the greeting and never answer."""
    peer.greet()


def hangs_up(peer: Peer) -> None:
    """Read the greeting and close."""
    peer.greet()
    peer.close()


def resets(peer: Peer) -> None:
    peer.greet()
    peer.reset()


class ScriptedTws:
    """Accepts connections, plays one play with each in turn (the last play again and again) and
    hands them to the test.
    """

    def __init__(self, *plays: Play, receive_buffer: int = 0) -> None:
        self._plays = deque(plays or (accepts(),))
        self._listener = socket.socket()
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind((HOST, 0))
        self._listener.listen(16)
        self.port: int = self._listener.getsockname()[1]
        self._peers: queue.Queue[Peer] = queue.Queue()
        self._all: list[Peer] = []
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="scripted TWS", daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._woken], [], [])
            if self._woken in ready:
                return
            sock, _ = self._listener.accept()
            peer = Peer(sock)
            self._all.append(peer)
            play = self._plays[0] if len(self._plays) == 1 else self._plays.popleft()
            with contextlib.suppress(OSError, EOFError):  # the client may leave at any time
                play(peer)
            self._peers.put(peer)

    def peer(self) -> Peer:
        """The next connection, its play played."""
        return self._peers.get(timeout=WAIT)

    def close(self) -> None:
        self._wake.close()
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        for sock in (self._listener, self._woken, *(peer.sock for peer in self._all)):
            sock.close()

    def __enter__(self) -> ScriptedTws:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
