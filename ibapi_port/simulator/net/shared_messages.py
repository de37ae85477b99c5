"""Messages that several clients get, each under its own request id: encoded once for them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...protocol.framing import LENGTH
from ...protocol.text.codec import RAW_ID_SINCE, Codec

_HEAD = 4  # bytes of a message id in front of the fields, from RAW_ID_SINCE on
_REQ_ID = b"\x08"  # what stands before the number in Protocol Buffers: field 1, an integer
_SIGNED = 64  # bits of a negative number there


class SharedMessages:
    """Names of messages, and their values but `reqId`, in order.

    `frames` gives the bytes of all of them for one client. What stands around the request ids is
    kept by server version, and by how long an id is, as a frame begins with its length.
    """

    def __init__(self, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        self.messages = messages
        self._is_text: dict[int, bool] = {}  # by server version
        self._around: dict[tuple[int, int], list[bytes] | None] = {}

    def frames(self, codec: Codec, req_id: int) -> bytes | None:
        """Return the frames under a request id. None: each has to be encoded by itself."""
        version = codec.server_version
        if version not in self._is_text:
            self._is_text[version] = self._looks_like_text(codec)
        is_text = self._is_text[version]
        written = b"%d" % req_id if is_text else _REQ_ID + _varint(req_id)
        key = (version, len(written))
        if key not in self._around:
            self._around[key] = self._cut(codec, req_id, written)
        around = self._around[key]
        return None if around is None else written.join(around)

    def _looks_like_text(self, codec: Codec) -> bool:
        if codec.server_version < RAW_ID_SINCE or not self.messages:
            return True
        name, values = self.messages[0]
        frame = codec.encode_message(name, reqId=1, **values)
        return not codec.protobuf_id(frame[LENGTH.size : LENGTH.size + _HEAD])

    def _cut(self, codec: Codec, req_id: int, written: bytes) -> list[bytes] | None:
        """Return what stands before, between and behind the request ids, which are written so. None
        where some messages are text and some are not.
        """
        around = [b""]
        for name, values in self.messages:
            frame = codec.encode_message(name, reqId=req_id, **values)
            at = _place_of_id(codec, name, frame)
            if not frame.startswith(written, at):
                return None
            around[-1] += frame[:at]
            around.append(frame[at + len(written) :])
        return around


def _place_of_id(codec: Codec, name: str, frame: bytes) -> int:
    """Return where a frame's request id stands."""
    head = 0 if codec.server_version < RAW_ID_SINCE else _HEAD
    at = LENGTH.size + head
    if head and codec.protobuf_id(frame[LENGTH.size : at]):
        return at
    for _ in range(_fields_before_id(codec, name, frame[LENGTH.size :])):
        at = frame.index(0, at) + 1
    return at


_known_fields: dict[tuple[int, str], int] = {}  # by server version and message


def _fields_before_id(codec: Codec, name: str, payload: bytes) -> int:
    """Return how many fields of text stand before the request id."""
    key = (codec.server_version, name)
    if key not in _known_fields:
        fields = codec.fields(payload)
        place = codec.renumbered([fields[0], *range(1, len(fields))], -1).index("-1")
        _known_fields[key] = place - (codec.server_version >= RAW_ID_SINCE)
    return _known_fields[key]


def _varint(number: int) -> bytes:
    """Return an integer as Protocol Buffers write it."""
    left = number % (1 << _SIGNED)
    made = bytearray()
    while left > 0x7F:
        made.append(left & 0x7F | 0x80)
        left >>= 7
    made.append(left)
    return bytes(made)


__all__ = ["SharedMessages"]
