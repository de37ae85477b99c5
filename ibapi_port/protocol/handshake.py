"""The greeting: the client opens with `API\\0` and a frame `v100..200`; TWS answers a frame with
its version and time. No I/O here.
"""

from __future__ import annotations

import re

from .exceptions import BadHandshake, FrameTooLong, quote
from .framing import LENGTH, frame

PREFIX = b"API\0"
ANSWER_LIMIT = 4096  # bytes; a real answer has some 30
# server versions; those after the second need Protocol Buffers
OLDEST = 100
NEWEST_TEXT = 200
NEWEST = 226

_OFFER = re.compile(r"v(\d{1,9})\.\.(\d{1,9})(?: (.*))?", re.DOTALL)


def greeting(oldest: int, newest: int, connect_options: str = "") -> bytes:
    """Return what the client sends first; `connect_options` are such as "+PACEAPI"."""
    offer = f"v{oldest}..{newest}" + (f" {connect_options}" if connect_options else "")
    return PREFIX + frame(offer.encode())


class ClientHandshake:
    """The client's side: feed it what comes until `done`; `rest` is what came after the answer."""

    def __init__(self) -> None:
        self._frame = _FirstFrame()
        self._first = b""
        self.done = False
        self.server_version = 0
        self.time = ""
        self.time_bytes = b""
        self.rest = b""

    def feed(self, data: bytes) -> None:
        """Take bytes from TWS.

        BadHandshake: what came is not TWS's answer; its text quotes what it was.
        """
        self._first = (self._first + data)[:64]
        try:
            whole, self.rest = self._frame.feed(data)
        except FrameTooLong as e:
            raise BadHandshake(f"the answer is not TWS's: {quote(self._first)}") from e
        if whole is not None:
            self._answer(whole)

    def _answer(self, payload: bytes) -> None:
        version, _, rest = payload.partition(b"\0")
        if not re.fullmatch(rb"-?\d{1,9}", version):
            raise BadHandshake(f"the answer does not begin with a server version: {quote(payload)}")
        self.server_version = int(version)
        self.time_bytes = rest.partition(b"\0")[0]
        self.time = decode_text(self.time_bytes)
        self.done = True


class ServerHandshake:
    """TWS's side: feed it what the client sends until `done`; then `reply` goes out and `rest` is
    what came after the greeting.
    """

    def __init__(self, server_version: int, time_text: str) -> None:
        self._newest = server_version
        self._time = time_text
        self._frame = _FirstFrame()
        self._prefix = b""
        self.done = False
        self.server_version = 0
        self.connect_options = ""
        self.reply = b""
        self.rest = b""

    def feed(self, data: bytes) -> None:
        """Take bytes from the client.

        BadHandshake: no API client, or one that shares no version with us.
        """
        missing = len(PREFIX) - len(self._prefix)
        self._prefix = self._prefix + data[:missing]
        data = data[missing:]
        if not PREFIX.startswith(self._prefix):
            raise BadHandshake(f"the greeting does not begin with API: {quote(self._prefix)}")
        try:
            whole, self.rest = self._frame.feed(data)
        except FrameTooLong as e:
            raise BadHandshake(f"the greeting is no version offer: {e}") from e
        if whole is not None:
            self._offer(decode_text(whole))

    def _offer(self, text: str) -> None:
        match = _OFFER.fullmatch(text.rstrip("\0"))
        if match is None:
            raise BadHandshake(f"the greeting is no version offer: {quote(text)}")
        oldest = int(match[1])
        newest = int(match[2])
        if not oldest <= min(self._newest, newest):
            raise BadHandshake(
                f"the client speaks versions {oldest} to {newest}, the server {self._newest}"
            )
        self.server_version = min(self._newest, newest)
        self.connect_options = match[3] or ""
        self.reply = frame(f"{self.server_version}\0{self._time}\0".encode())
        self.done = True


class _FirstFrame:
    """Gathers the first frame of a stream; what comes after it is left alone, for another buffer
    with another limit.
    """

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> tuple[bytes | None, bytes]:
        """Return the payload once it is whole, or None, and the bytes that come after it."""
        self._data += data
        if len(self._data) < LENGTH.size:
            return None, b""
        (length,) = LENGTH.unpack_from(self._data)
        if length > ANSWER_LIMIT:
            raise FrameTooLong(length, ANSWER_LIMIT)
        stop = LENGTH.size + length
        if len(self._data) < stop:
            return None, b""
        return self._data[LENGTH.size : stop], self._data[stop:]


def decode_text(data: bytes) -> str:
    """Return bytes as text: UTF-8, or Latin-1 where they are not (older TWS on Windows)."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
