"""A small HTTP server for this computer: JSON bodies and answers, with limits on all that a client
can make it keep: connections and their threads, time, heads, bodies, answers.

A request is handed on only when it is whole. After an error the connection is closed, so nothing
that came behind it is read.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from typing import Protocol

MOST_CONNECTIONS = 32  # one more takes the place of the one that has asked nothing for the longest
HEAD_LIMIT = 32 << 10  # bytes of a request's first line and headers
BODY_LIMIT = 1 << 20  # bytes
BODIES_LIMIT = 8 << 20  # bytes of all bodies that are being read or worked on
ANSWERS_LIMIT = 64 << 20  # bytes of all answers that are being sent
IDLE_TIME = 30.0  # seconds until the first byte of the next request
REQUEST_TIME = 10.0  # seconds from a request's first byte to its last
SEND_TIME = 10.0  # seconds that a client has to read an answer
LINGER = 0.5  # seconds that a client has to hang up after an error
_CHUNK = 65536
_LOOK = 0.1
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) (\S{1,8000}) HTTP/1\.([01])")


class HttpError(Exception):
    """The request is refused: a status, a text, and the field or header that is wrong."""

    def __init__(self, status: int, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.field = field


@dataclass(frozen=True)
class Head:
    """What a request begins with. `gone` says whether the client has hung up."""

    method: str
    path: str
    headers: Message
    gone: Callable[[], bool]


class Application(Protocol):
    """What answers. Both raise HttpError."""

    def check(self, head: Head) -> None:
        """Refuse a request before its body is read."""

    def answer(self, head: Head, body: bytes) -> object:
        """Return the answer to a whole request: what JSON has."""


class HttpServer:
    """Serves until `close`. OSError: the port is taken."""

    def __init__(self, address: tuple[str, int], application: Application, name: str) -> None:
        self._listener = socket.create_server(address, backlog=64)
        self._listener.settimeout(_LOOK)
        self.server_address: tuple[str, int] = self._listener.getsockname()
        self.application = application
        self.bodies = _Budget(BODIES_LIMIT)
        self.answers = _Budget(ANSWERS_LIMIT)
        self._name = name
        # Guards the connections: the accepting thread adds, each connection's own one removes.
        self._lock = threading.Lock()
        self._connections: dict[_Connection, None] = {}  # in the order of their coming
        self._closing = False
        self._thread = threading.Thread(target=self._accept, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no longer, and end the connections. A command that still runs ends with its
        thread.
        """
        self._closing = True
        with contextlib.suppress(OSError):  # wakes accept() at once where the system can do that
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        with self._lock:
            left = list(self._connections)
        for connection in left:
            connection.cut()
        end = time.monotonic() + 2 * LINGER
        for connection in left:
            connection.thread.join(max(0.0, end - time.monotonic()))

    def gone(self, connection: _Connection) -> None:
        """Drop a connection that has ended."""
        with self._lock:
            self._connections.pop(connection, None)

    def _accept(self) -> None:
        while not self._closing:
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # no descriptor is left, the client has gone again, or close()
                if not self._closing:
                    time.sleep(_LOOK)
                continue
            self._admit(sock)

    def _admit(self, sock: socket.socket) -> None:
        with self._lock:
            if len(self._connections) >= MOST_CONNECTIONS:
                idle = next((one for one in self._connections if not one.busy), None)
                if idle is None:
                    _turn_away(sock)
                    return
                del self._connections[idle]
                idle.cut()
            connection = _Connection(self, sock)
            self._connections[connection] = None
        connection.thread = threading.Thread(
            target=connection.serve, name=f"{self._name}-request", daemon=True
        )
        try:
            connection.thread.start()
        except RuntimeError:  # no thread is left
            self.gone(connection)
            sock.close()


class _Budget:
    """Bytes that all connections share."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._lock = threading.Lock()  # each connection has a thread of its own

    @contextlib.contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Have so many bytes inside the `with`. HttpError: so many are not left."""
        with self._lock:
            if size > self._left:
                raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, "too much is being worked on")
            self._left -= size
        try:
            yield
        finally:
            with self._lock:
                self._left += size


class _Connection:
    """One client, in a thread of its own."""

    thread: threading.Thread

    def __init__(self, server: HttpServer, sock: socket.socket) -> None:
        self.busy = False  # a whole request is being worked on
        self._server = server
        self._sock = sock
        self._data = b""  # come, and not used yet

    def cut(self) -> None:
        """Break it off, from any thread."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        try:
            while self._serve_one():
                pass
        except (OSError, EOFError):  # it has hung up, or was cut off
            pass
        finally:
            self._sock.close()
            self._server.gone(self)

    def _serve_one(self) -> bool:
        """Answer a request; whether another may come."""
        if not self._data:
            self._receive(time.monotonic() + IDLE_TIME)
        try:
            return self._answer_one(time.monotonic() + REQUEST_TIME)
        except HttpError as e:
            self._refuse(e)
        except TimeoutError:
            self._refuse(HttpError(HTTPStatus.REQUEST_TIMEOUT, "the request did not come whole"))
        return False

    def _answer_one(self, deadline: float) -> bool:
        head, goes_on = self._head(deadline)
        self._server.application.check(head)
        size = _body_size(head)
        if head.headers.get("Expect", "").lower() == "100-continue" and size:
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        with self._server.bodies.take(size):
            body = self._body(size, deadline)
            self.busy = True
            try:
                content = self._server.application.answer(head, body)
                self._send(HTTPStatus.OK, content, goes_on)
            finally:
                self.busy = False
        return goes_on

    # --- reading ---

    def _receive(self, deadline: float) -> None:
        """Take what comes next. TimeoutError; EOFError: nothing will."""
        self._sock.settimeout(max(deadline - time.monotonic(), 1e-3))
        data = self._sock.recv(_CHUNK)
        if not data:
            raise EOFError
        if time.monotonic() >= deadline:
            raise TimeoutError
        self._data += data

    def _head(self, deadline: float) -> tuple[Head, bool]:
        """Read the first line and the headers; whether another request may come behind."""
        while (end := self._data.find(b"\r\n\r\n")) < 0:
            if len(self._data) > HEAD_LIMIT:
                break
            self._receive(deadline)
        if not 0 <= end <= HEAD_LIMIT:
            raise HttpError(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"the headers are longer than {HEAD_LIMIT} bytes",
            )
        first, _, rest = self._data[: end + 4].partition(b"\r\n")
        self._data = self._data[end + 4 :]
        line = _REQUEST_LINE.fullmatch(first.decode("latin-1"))
        if line is None:
            raise HttpError(HTTPStatus.BAD_REQUEST, "the first line is no HTTP request")
        try:
            headers = http.client.parse_headers(io.BytesIO(rest))
        except http.client.HTTPException:
            raise HttpError(HTTPStatus.BAD_REQUEST, "there are too many headers") from None
        if headers.defects or headers.get_payload():
            raise HttpError(HTTPStatus.BAD_REQUEST, "the headers are not in order")
        ends = "close" in headers.get("Connection", "").lower() or line[3] == "0"
        return Head(line[1], line[2], headers, self._gone), not ends

    def _body(self, size: int, deadline: float) -> bytes:
        parts, left = [self._data[:size]], size - len(self._data[:size])
        self._data = self._data[size:]
        while left:
            try:
                self._receive(deadline)
            except EOFError:
                raise HttpError(
                    HTTPStatus.BAD_REQUEST,
                    f"the body is cut: {left} of {size} bytes are missing",
                    "Content-Length",
                ) from None
            parts.append(self._data[:left])
            self._data = self._data[left:]
            left -= len(parts[-1])
        return b"".join(parts)

    def _gone(self) -> bool:
        """Whether the client has hung up while its request is worked on."""
        try:
            self._sock.setblocking(False)
            return not self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    # --- writing ---

    def _refuse(self, error: HttpError) -> None:
        content = {"error": str(error), **({"field": error.field} if error.field else {})}
        self._send(error.status, content, False)
        # The answer must not be lost by a reset, which closing with bytes unread would make.
        self._sock.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + LINGER
        for _ in range(BODY_LIMIT // _CHUNK):
            self._sock.settimeout(max(deadline - time.monotonic(), 1e-3))
            if not self._sock.recv(_CHUNK) or time.monotonic() > deadline:
                return

    def _send(self, status: int, content: object, goes_on: bool) -> None:
        body = json.dumps(content).encode()
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "X-Content-Type-Options: nosniff",
            *([] if goes_on else ["Connection: close"]),
        ]
        head = "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
        self._sock.settimeout(SEND_TIME)
        with self._server.answers.take(len(body)):
            try:
                self._sock.sendall(head + body)  # the time is for all of it
            except TimeoutError:
                raise ConnectionError("the client does not read the answer") from None


def _turn_away(sock: socket.socket) -> None:
    with sock, contextlib.suppress(OSError):
        sock.setblocking(False)  # it is the accepting thread that sends it
        sock.send(
            b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )


def _body_size(head: Head) -> int:
    """Return how long the body is. HttpError: it is not said, or a GET has one."""
    lengths = head.headers.get_all("Content-Length", [])
    no_body = head.method == "GET" and not lengths
    if head.headers.get("Transfer-Encoding") is not None or (len(lengths) != 1 and not no_body):
        raise HttpError(
            HTTPStatus.LENGTH_REQUIRED, "the length of the body is needed", "Content-Length"
        )
    if no_body:
        return 0
    if not re.fullmatch("[0-9]{1,18}", lengths[0]):
        raise HttpError(
            HTTPStatus.LENGTH_REQUIRED, "the length of the body is no number", "Content-Length"
        )
    size = int(lengths[0])
    if size and head.method == "GET":
        raise HttpError(HTTPStatus.BAD_REQUEST, "GET takes no body", "Content-Length")
    if size > BODY_LIMIT:
        raise HttpError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body is longer than {BODY_LIMIT} bytes",
            "Content-Length",
        )
    return size
