"""A TWS on 127.0.0.1 that does exactly what a test says, and programs that note every callback.

Nothing here sleeps: what is awaited is awaited on queues, conditions and sockets, for `WAIT` seconds at most.
"""

from __future__ import annotations

import contextlib
import inspect
import queue
import select
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ibapi_port.client import EClient, EClientSocket
from ibapi_port.protocol.codec import codec_for
from ibapi_port.protocol.framing import FrameBuffer, frame
from ibapi_port.wrapper import EWrapper

WAIT = 20.0  # seconds after which something that must come counts as missing
TIME = "20261120 09:30:00 EST"
HOST = "127.0.0.1"

Play = Callable[["Peer"], None]


def answer_to_hello(version: int, time: str = TIME) -> bytes:
    """What TWS answers to the greeting."""
    return frame(f"{version}\0{time}\0".encode())


def message(version: int, name: str, **values: Any) -> bytes:
    """The frame of a message from TWS."""
    return codec_for(version).encode_message(name, **values)


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
        self._buffer = FrameBuffer()
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

    def send(self, *frames: bytes) -> None:
        """All in one segment, if they fit into one."""
        self.sock.sendall(b"".join(frames))

    def send_pieces(self, pieces: Iterable[bytes]) -> None:
        """Each in a segment of its own."""
        for piece in pieces:
            self.sock.sendall(piece)

    # --- the end ---

    def close(self) -> None:
        """A regular end: the client sees all that was sent, and then the end of the stream."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)  # close() alone is a reset if there is something unread
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
    """Accepts connections, plays one play with each in turn (the last play again and again) and hands them to the test."""

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


class Heard(NamedTuple):
    """A callback that was made."""

    name: str
    args: tuple[Any, ...]
    thread: str


class Recorder(EWrapper):
    """Notes every callback. `on[name]` is called in it, after it was noted."""

    def record(self) -> None:
        """To be called by the constructor."""
        self.log: list[Heard] = []
        self.counts: Counter[str] = Counter()
        self.marks: set[int] = set()  # of currentTime
        self.on: dict[str, Callable[..., object]] = {}
        self._noted = threading.Condition()

    def note(self, name: str, args: tuple[Any, ...]) -> None:
        with self._noted:
            self.log.append(Heard(name, args, threading.current_thread().name))
            self.counts[name] += 1
            if name == "currentTime":
                self.marks.add(args[0])
            self._noted.notify_all()
        if name in self.on:
            self.on[name](*args)

    def wait_for(self, name: str, count: int = 1) -> Heard:
        """Wait until the callback was made `count` times; that one."""
        with self._noted:
            assert self._noted.wait_for(lambda: self.counts[name] >= count, WAIT), f"no {name} among {self.told()}"
            return [heard for heard in self.log if heard.name == name][count - 1]

    def names(self) -> list[str]:
        return [heard.name for heard in self.log]

    def told(self) -> list[tuple[Any, ...]]:
        """The callbacks as (name, arguments...); errors without their time, which no test can foresee, and without an empty refusal."""
        return [(h.name, h.args[0], *h.args[2:4], *filter(None, h.args[4:])) if h.name == "error" else (h.name, *h.args) for h in self.log]

    def errors(self) -> list[tuple[int, int, str]]:
        """Id, code and text of all errors."""
        return [(h.args[0], h.args[2], h.args[3]) for h in self.log if h.name == "error"]

    def threads(self) -> set[str]:
        return {heard.thread for heard in self.log}

    def forget(self) -> None:
        self.log.clear()
        self.counts.clear()


def _recording(name: str) -> Callable[..., None]:
    signature = inspect.signature(getattr(EWrapper, name))

    def callback(self: Recorder, *args: Any) -> None:
        signature.bind(self, *args)  # made as EWrapper has it
        self.note(name, args)

    callback.__signature__ = signature  # type: ignore[attr-defined]  # the client looks at it
    return callback


CALLBACKS = sorted(name for name, f in vars(EWrapper).items() if inspect.isfunction(f) and name[0] != "_" and name != "logAnswer")
for _name in CALLBACKS:
    setattr(Recorder, _name, _recording(_name))


class App(Recorder, EClient):
    """A program on EClient; `start` runs run() in the thread "run"."""

    def __init__(self) -> None:
        self.record()
        EClient.__init__(self, self)
        self.runner: threading.Thread | None = None
        self.outcome: BaseException | None = None

    def dial(self, tws: ScriptedTws, timeout: float = WAIT) -> None:
        """Connect with client id 7."""
        self.connect(HOST, tws.port, 7, timeout)

    def start(self) -> None:
        self.outcome = None
        self.runner = threading.Thread(target=self._run, name="run", daemon=True)
        self.runner.start()

    def _run(self) -> None:
        try:
            self.run()
        except BaseException as e:
            self.outcome = e

    def join(self) -> BaseException | None:
        """Wait for the end of run(); the exception that it ended with."""
        assert self.runner is not None
        self.runner.join(WAIT)
        assert not self.runner.is_alive(), "run() does not return"
        return self.outcome


class SocketApp(Recorder, EClientSocket):
    """A program on EClientSocket, with a reader of its own."""

    def __init__(self) -> None:
        self.record()
        EClientSocket.__init__(self, self)


class Link:
    """A program connected to a scripted TWS, its run() running, startApi already taken from the wire."""

    def __init__(self, version: int = 187, app: App | None = None, receive_buffer: int = 0) -> None:
        self.version = version
        self.tws = ScriptedTws(accepts(version), receive_buffer=receive_buffer)
        self.app = app if app is not None else App()
        self.app.dial(self.tws)
        assert self.app.names() == ["connectAck"], self.app.told()
        self.app.forget()
        self.peer = self.tws.peer()
        self.app.start()
        assert self.peer.fields() == ["71", "2", "7", ""]
        self._marks = 0

    def send(self, name: str, **values: Any) -> None:
        """Let TWS send a message."""
        self.peer.send(message(self.version, name, **values))

    def settle(self) -> list[tuple[Any, ...]]:
        """Wait until all that TWS has sent was processed; what the program was told, less the mark of this."""
        self._marks += 1
        mark = 10**9 + self._marks
        self.send("currentTime", time=mark)
        with self.app._noted:
            assert self.app._noted.wait_for(lambda: mark in self.app.marks, WAIT), self.app.told()
        return [told for told in self.app.told() if told[0] != "currentTime" or told[1] <= 10**9]

    def sent(self) -> list[list[str]]:
        """What the client has sent, up to now."""
        self.app.reqCurrentTime()
        got = []
        while (fields := self.peer.fields()) != ["49", "1"]:
            got.append(fields)
        return got

    def close(self) -> None:
        self.app.on.clear()
        self.app.disconnect()
        self.app.join()
        self.tws.close()
