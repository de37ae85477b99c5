"""A dump of one side of a connection: its bytes, or their hex digits, as events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from ..protocol.framing import LENGTH, frame
from ..protocol.handshake import PREFIX
from ..protocol.text.codec import RAW_ID_SINCE
from .conversation import Conversation, message_name
from .recording import CLOSED, IN, OUT, Event, RecordingError

NO_TIME = datetime(1970, 1, 1, tzinfo=timezone.utc)


def events(data: bytes, server_version: int, *, from_client: bool) -> Iterator[Event]:
    """Return what a dump holds. `server_version` 0: it begins with TWS's answer, which tells it. A
    lone payload without its length will do.

    RecordingError: the version is not known.
    """
    data = _from_hex(data)
    from_client = from_client or data.startswith(PREFIX)
    direction = OUT if from_client else IN
    greeted = data.startswith(PREFIX) if from_client else _is_answer(data)
    if not server_version and (from_client or not greeted):
        raise RecordingError(
            "the dump does not tell the server version: --server-version is needed"
        )
    conversation = Conversation(1, 0 if greeted else server_version)
    if greeted and from_client:
        list(conversation.feed(0.0, IN, frame(f"{server_version}\0\0".encode())))
    if not greeted and _is_lone(data, server_version, from_client):
        yield conversation.frame(0.0, direction, data)
        return
    yield from conversation.feed(0.0, direction, data)
    yield from (event for event in conversation.end(0.0, direction, CLOSED) if event.kind != "end")


def _from_hex(data: bytes) -> bytes:
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return data


def _is_lone(data: bytes, server_version: int, from_client: bool) -> bool:
    """Return whether it is a payload without its length: what would be the length is too much, or
    is a message's id.
    """
    if len(data) < LENGTH.size:
        return False
    (length,) = LENGTH.unpack_from(data)
    if server_version >= RAW_ID_SINCE and length > len(data) - LENGTH.size:
        return message_name(data, server_version, from_client=from_client) != ""
    return int(length) > max(len(data), 1 << 20)


def _is_answer(data: bytes) -> bool:
    """Return whether it begins with TWS's answer to the greeting: a version of three digits and a
    time.
    """
    if len(data) < LENGTH.size:
        return False
    payload = data[LENGTH.size : LENGTH.size + LENGTH.unpack_from(data)[0]]
    version, _, time = payload.partition(b"\0")
    return (
        len(version) == 3
        and version.isdigit()
        and len(time) > 8
        and time[:8].isdigit()
        and time.count(b"\0") == 1
    )
