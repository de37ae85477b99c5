"""The other end of a measurement: a TWS that does one thing, in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from typing import Protocol

from traffic import greeting, sentinel, stamped

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


def quiet(sock: socket.socket, version: int) -> None:
    """Reads what has come now and then. So no request wakes it, and each costs its sender the same,
    however fast they come.
    """
    while sock.recv(1 << 20):
        time.sleep(0.002)


def paced(frames: int, rate: int) -> Act:
    """`frames` a frame at a time, `rate` a second; each carries the time (of the system's monotonic
    clock) when it was sent. This thread does not sleep, so that each is in time.
    """

    def act(sock: socket.socket, version: int) -> None:
        clock, (head, tail) = time.perf_counter, stamped(version)
        due = clock()
        for _ in range(frames):
            while (now := clock()) < due:
                pass
            sock.sendall(head + b"%018.7f" % now + tail)
            due += 1 / rate
        sock.sendall(sentinel(version))

    return act


def steady(frames: list[bytes], rate: int, warm_up: int) -> Act:
    """These frames, each in a segment of its own, `rate` a second; the sentinel also after the
    first `warm_up`. This thread sleeps between them, as a TWS does.
    """

    def act(sock: socket.socket, version: int) -> None:
        clock, end = time.perf_counter, sentinel(version)
        late, began = 0, clock()
        for n, one in enumerate(frames):
            if (wait := began + n / rate - clock()) > 0:
                time.sleep(wait)
            else:
                late += 1
            if n == warm_up:
                sock.sendall(end)
            sock.sendall(one)
        sock.sendall(end)
        if late > len(frames) / 20:  # such a message may be read together with the one before it
            print(f"the machine is busy: {late} of {len(frames)} were late", file=sys.stderr)

    return act
