"""A frame with names: which message it is, and each field with the name that its declaration gives
it.

It is slow, and needs no `protobuf` package. A frame that does not fit is shown as far as it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..exceptions import BadFrame, ProtocolError
from ..protobuf import wire
from ..protobuf.codec import PROTOBUF_PREFIX
from ..protobuf.wire import Change
from ..schema.messages import (
    INCOMING,
    PROTOBUF_ONLY,
    PROTOBUF_ONLY_REQUESTS_BY_ID,
    REQUESTS_BY_ID,
)
from ..schema.nodes import Message
from ..select import codec_for
from ..text import interpreter
from ..text.codec import RAW_ID_SINCE

UNKNOWN = ""  # name of a message that no declaration has
NOT_USED = "(not used)"


@dataclass
class DecodedFrame:
    """A frame.

    `fields`: path, value, and text as it was on the wire ("" for Protocol Buffers, whose values are
    not text).

    `failure`: why it does not fit, if it does not; `rest`: the texts after the last field that is
    known.
    """

    name: str
    msg_id: int
    protobuf: bool
    fields: list[tuple[str, Any, str]] = field(default_factory=list)
    failure: str = ""
    rest: list[str] = field(default_factory=list)

    def get(self, path: str) -> Any:
        """Return a field's value, or None if the frame does not have the field."""
        return next((value for name, value, _ in self.fields if name == path), None)


def decode_frame(payload: bytes, server_version: int, *, from_client: bool) -> DecodedFrame:
    """Return a payload with the names of its fields.

    BadFrame is raised if it does not even have a message id. If the id is not known, `name` is
    UNKNOWN.
    """
    messages: Mapping[str, Message] = REQUESTS_BY_ID if from_client else INCOMING
    fields: list[Any] = codec_for(server_version).fields(payload, messages)
    if not fields[0].startswith(PROTOBUF_PREFIX):
        return _text(messages.get(fields[0]), fields, server_version)
    msg_id = int(fields[0].removeprefix(PROTOBUF_PREFIX))
    name, message = _protobuf_names(fields[0], from_client)
    found = DecodedFrame(name, msg_id, True, failure="" if name else "unknown message id")
    try:
        for path, value in wire.values(fields[1], message):
            found.fields.append((path, value, ""))
    except wire.BadWire as e:
        found.failure = str(e)
    return found


def _text(message: Message | None, fields: list[str], server_version: int) -> DecodedFrame:
    if message is None:
        if not fields[0].isdecimal():
            raise BadFrame("frame", "message id", f"{fields[0]!r} is not a number")
        return DecodedFrame(
            UNKNOWN, int(fields[0]), False, failure="unknown message id", rest=fields[1:]
        )
    found = DecodedFrame(message.name, message.msg_id, False)
    try:
        interpreter.read(
            message,
            server_version,
            fields,
            lambda name, text, value: found.fields.append((name, value, text)),
        )
    except BadFrame as e:
        found.failure = str(e)
    except (AttributeError, TypeError) as e:  # a field that another one needs is missing
        found.failure = f"{type(e).__name__}: {e}"
    found.rest = fields[1 + len(found.fields) :]
    return found


def _protobuf_names(key: str, from_client: bool) -> tuple[str, str]:
    """Return the message's name in IB's interface, and its name in Protocol Buffers."""
    number = key.removeprefix(PROTOBUF_PREFIX)
    table: Mapping[str, Message] = REQUESTS_BY_ID if from_client else INCOMING
    only: Mapping[str, Message] = PROTOBUF_ONLY_REQUESTS_BY_ID if from_client else PROTOBUF_ONLY
    message = only.get(number) or table.get(number)
    if message is None:
        return UNKNOWN, ""
    return message.name, message.pb.message if message.pb is not None else ""


def rewrite_frame(
    payload: bytes, server_version: int, change: Change, *, from_client: bool
) -> bytes:
    """Return the payload with other texts and whole numbers; all else stays as it is.

    `change` gives the new text for a path and the present text. What no declaration names has the
    path "". A payload that cannot be read at all is changed as one text.
    """
    try:
        messages: Mapping[str, Message] = REQUESTS_BY_ID if from_client else INCOMING
        fields: list[Any] = codec_for(server_version).fields(payload, messages)
        if fields[0].startswith(PROTOBUF_PREFIX):
            return payload[:4] + wire.rewrite(
                fields[1], _protobuf_names(fields[0], from_client)[1], change
            )
        found = _text(messages.get(fields[0]), fields, server_version)
    except (ProtocolError, wire.BadWire):
        return change("", payload.decode(errors="surrogateescape")).encode(errors="surrogateescape")
    head, body = (
        (payload[:4], payload[4:]) if server_version >= RAW_ID_SINCE else payload.split(b"\0", 1)
    )
    if server_version < RAW_ID_SINCE:
        head += b"\0"
    paths = [path for path, _, _ in found.fields] + [""] * len(found.rest)
    out = [
        _change_text(raw, text, change(path, text))
        for raw, text, path in zip(body.split(b"\0"), fields[1:], paths, strict=False)
    ]
    return head + b"".join(raw + b"\0" for raw in out)


def _change_text(raw: bytes, text: str, new: str) -> bytes:
    return raw if new == text else new.encode()
