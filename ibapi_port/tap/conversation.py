"""One connection listened to: from the bytes of both sides to events. Bytes that are no frames are
events too; none is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..protocol.exceptions import BadHandshake
from ..protocol.framing import LENGTH, FrameBuffer
from ..protocol.handshake import PREFIX, ClientHandshake, ServerHandshake
from ..protocol.protobuf.codec import PROTOBUF_ID_OFFSET
from ..protocol.schema.messages import INCOMING_BY_NAME, PROTOBUF_ONLY, REQUESTS_BY_ID
from ..protocol.text.codec import RAW_ID_SINCE
from .recording import IN, OUT, Event

NEWEST_EVER = 10**9  # no version of a client's is too new to be listened to
_INCOMING = {str(message.msg_id): name for name, message in INCOMING_BY_NAME.items()}
_CONFIG = {number: message.name for number, message in PROTOBUF_ONLY.items()}


class Conversation:
    """What came so far on one connection. `server_version`: 0 until TWS has said it."""

    def __init__(self, number: int, server_version: int = 0) -> None:
        self.number = number
        self.server_version = server_version
        self._sides = {OUT: _Side(), IN: _Side()}
        self._greetings: dict[str, ServerHandshake | ClientHandshake] = {
            OUT: ServerHandshake(NEWEST_EVER, ""),
            IN: ClientHandshake(),
        }
        if server_version:  # a dump that begins after the greeting
            for side in self._sides.values():
                side.greeted = True

    def feed(self, time: float, direction: str, data: bytes) -> Iterator[Event]:
        """Return the events that these bytes complete."""
        side = self._sides[direction]
        if not side.greeted and not side.raw:
            events, data = self._greet(time, direction, side, data)
            yield from events
        if side.raw:
            if data:
                yield Event(
                    time, self.number, direction, "raw", data, server_version=self.server_version
                )
        elif side.greeted:
            payloads, failure = side.frames.feed_until(data)
            yield from (self.frame(time, direction, payload) for payload in payloads)
            if failure is not None:
                side.raw = True
                yield Event(
                    time,
                    self.number,
                    direction,
                    "raw",
                    side.frames.rest,
                    server_version=self.server_version,
                )

    def end(self, time: float, direction: str, how: str) -> Iterator[Event]:
        """Return the events of a side that has ended: what it left unfinished, and the end."""
        side = self._sides[direction]
        rest = side.greeting if not side.greeted else b"" if side.raw else side.frames.rest
        if rest:
            yield Event(
                time, self.number, direction, "raw", rest, server_version=self.server_version
            )
        yield Event(
            time, self.number, direction, "end", text=how, server_version=self.server_version
        )

    def frame(self, time: float, direction: str, payload: bytes) -> Event:
        """Return a frame's event."""
        name = message_name(payload, self.server_version, from_client=direction == OUT)
        return Event(
            time,
            self.number,
            direction,
            "frame",
            payload,
            server_version=self.server_version,
            name=name,
        )

    def _greet(
        self, time: float, direction: str, side: _Side, data: bytes
    ) -> tuple[list[Event], bytes]:
        """Return the greeting or its answer once it is whole, and the bytes after it."""
        handshake = self._greetings[direction]
        side.greeting += data
        try:
            handshake.feed(data)
        except BadHandshake:
            side.raw = True
        if not handshake.done:
            data, side.greeting = (side.greeting, b"") if side.raw else (b"", side.greeting)
            return [], data
        side.greeted = True
        if isinstance(handshake, ClientHandshake):
            self.server_version = max(0, handshake.server_version)
        start = LENGTH.size + (len(PREFIX) if direction == OUT else 0)
        text = side.greeting[start : len(side.greeting) - len(handshake.rest)]
        side.greeting = b""
        kind = "greeting" if direction == OUT else "answer"
        return [
            Event(time, self.number, direction, kind, text, server_version=self.server_version)
        ], handshake.rest


class _Side:
    """One direction: `raw`, once it can't be cut into frames."""

    def __init__(self) -> None:
        self.frames = FrameBuffer()
        self.greeting = b""  # as far as it has come
        self.greeted = self.raw = False


def message_name(payload: bytes, server_version: int, *, from_client: bool) -> str:
    """Return the name of a payload's message; "" where it has none."""
    if server_version >= RAW_ID_SINCE:
        number = int.from_bytes(payload[:4], "big")
        msg_id = str(number - PROTOBUF_ID_OFFSET if number > PROTOBUF_ID_OFFSET else number)
        if not from_client and number > PROTOBUF_ID_OFFSET and msg_id in _CONFIG:
            return _CONFIG[msg_id]
    else:
        msg_id = payload.partition(b"\0")[0].decode("latin-1")
    if from_client:
        return REQUESTS_BY_ID[msg_id].name if msg_id in REQUESTS_BY_ID else ""
    return _INCOMING.get(msg_id, "")
