"""The other end of a measurement: a TWS that does one thing, in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Protocol

from traffic import greeting, sentinel

from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.select import codec_for


class Act(Protocol):
    """What the server does when the client has said that it is ready."""

    def __call__(self, sock: socket.socket, version: int) -> None: ...


class Server(threading.Thread):
    """Accepts one client: handshake, startApi, greeting; acts once the client has sent its next
    request; reads on until the end.
    """

    def __init__(self, version: int, act: Act | None = None) -> None:
        super().__init__(daemon=True)
        self.version, self.act = version, act
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def run(self) -> None:
        with self.listener, self.listener.accept()[0] as sock, contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            hello = b""
            while len(hello) < 8 or len(hello) < 8 + int.from_bytes(hello[4:8], "big"):
                hello += sock.recv(4096)
            sock.sendall(frame(f"{self.version}\0{'20261120 09:30:00 EST'}\0".encode()))
            sock.recv(4096)  # startApi
            sock.sendall(greeting(self.version))
            if self.act is not None and sock.recv(4096):
                self.act(sock, self.version)
            while sock.recv(1 << 16):
                pass


def sender(data: bytes) -> Act:
    """Sends it as fast as the client takes it."""
    return lambda sock, version: sock.sendall(data)


def echo(sock: socket.socket, version: int) -> None:
    """Answers each request with currentTime."""
    answer = codec_for(version).encode_message("currentTime", time=1795194000)
    sock.sendall(answer)
    while sock.recv(4096):
        sock.sendall(answer)


def paced(frames: int, rate: int) -> Act:
    """`frames` a frame at a time, `rate` a second; each carries the time (of the system's monotonic
    clock) when it was sent.
    """

    def act(sock: socket.socket, version: int) -> None:
        encode, clock = codec_for(version).encode_message, time.perf_counter
        due = clock()
        for _ in range(frames):
            while (now := clock()) < due:
                pass
            sock.sendall(encode("tickString", reqId=1001, tickType=45, value=repr(now)))
            due += 1 / rate
        sock.sendall(sentinel(version))

    return act
