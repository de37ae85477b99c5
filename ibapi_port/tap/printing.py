"""Events for people, a line each, and for programs, as JSON."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from .._printable import json_line, printable
from ..protocol.exceptions import ProtocolError
from ..protocol.handshake import NEWEST_TEXT
from ..protocol.inspect.decode import NOT_USED, DecodedFrame, decode_frame
from .recording import Event

ARROWS = {"in": "<", "out": ">"}  # from TWS, to TWS
RAW_SHOWN = 32  # bytes
_ENDS = {"closed": "closed", "reset": "reset the connection", "refused": "could not be reached"}


def frame_of(event: Event) -> DecodedFrame | str:
    """Return a frame event's message, or why it is none."""
    try:
        return decode_frame(
            event.data, event.server_version or NEWEST_TEXT, from_client=event.from_client
        )
    except ProtocolError as e:
        return str(e)
    except Exception as e:  # any bytes may pass by: printing must go on whatever they are
        return f"{type(e).__name__}: {e}"


def line(event: Event, started: datetime, all_fields: bool = False) -> str:
    """As `14:30:00.123456 1 < tickPrice reqId=7 price=187.5`: UTC, the connection, from (<) or to
    (>) TWS. Empty fields are left out.

    What cannot be printed is shown as its escape.
    """
    when = started.astimezone(timezone.utc) + timedelta(seconds=event.time)
    head = f"{when:%H:%M:%S.%f} {event.connection} {ARROWS[event.direction]}"
    return f"{head} {printable(_text(event, all_fields))}"


def _text(event: Event, all_fields: bool) -> str:
    if event.kind == "open":
        return f"--- connection from {event.text}"
    if event.kind == "end":
        return f"--- {'client' if event.from_client else 'TWS'} {_ENDS.get(event.text, event.text)}"
    if event.kind == "greeting":
        return f"--- client offers {event.data.decode('latin-1')}"
    if event.kind == "answer":
        return (
            "--- server version "
            f"{event.data.decode(errors='replace').rstrip(chr(0)).replace(chr(0), ', time ')}"
        )
    if event.kind == "raw":
        return f"--- {len(event.data)} bytes that are no frames: {_shortened(event.data)}"
    message = frame_of(event)
    if isinstance(message, str):
        return (
            f"--- a frame of {len(event.data)} bytes that cannot be read ({message}): "
            f"{_shortened(event.data)}"
        )
    return " ".join(_parts(message, all_fields))


def _shortened(data: bytes) -> str:
    return repr(data) if len(data) <= RAW_SHOWN else f"{data[:RAW_SHOWN]!r}..."


def _parts(message: DecodedFrame, all_fields: bool) -> list[str]:
    parts = [message.name or f"message {message.msg_id}"]
    for path, value, text in message.fields:
        if all_fields or (path != NOT_USED and path != "version" and (text or message.protobuf)):
            parts.append(f"{path}={_value(value, text)}")
    if message.failure:
        parts.append(f"--- does not fit: {message.failure}")
    if message.rest:
        parts.append(f"--- and {message.rest}")
    return parts


def _value(value: object, text: str) -> str:
    """Return a value as short as it can be without doubt."""
    return repr(value) if isinstance(value, (str, bytes)) else text or str(value)


def as_json(event: Event, started: datetime) -> str:
    """One JSON object, in printable ASCII: time, connection, direction, event, and of a frame
    message, id and fields.
    """
    when = started.astimezone(timezone.utc) + timedelta(seconds=event.time)
    content: dict[str, Any] = {
        "time": when.isoformat(timespec="microseconds"),
        "connection": event.connection,
        "direction": event.direction,
        "event": event.kind,
    }
    if event.kind == "frame":
        content |= _frame_content(event)
    elif event.kind in ("open", "end"):
        content["text"] = event.text
    elif event.kind == "raw":
        content["hex"] = event.data.hex()
    else:
        content["text"] = event.data.decode(errors="replace").rstrip("\0").replace("\0", " ")
    return json_line(content)


def _frame_content(event: Event) -> dict[str, Any]:
    message = frame_of(event)
    if isinstance(message, str):
        return {"failure": message, "hex": event.data.hex()}
    fields = {path: _plain(value) for path, value, _ in message.fields if path != NOT_USED}
    content = {
        "message": message.name,
        "id": message.msg_id,
        "protobuf": message.protobuf,
        "fields": fields,
    }
    if message.failure:
        content["failure"] = message.failure
    if message.rest:
        content["rest"] = message.rest
    return content


def _plain(value: object) -> object:
    """Return a value that JSON has; what it does not have, as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return (
        value
        if isinstance(value, (str, int, float, bool)) or value is None
        else str(value)
        if isinstance(value, Decimal)
        else repr(value)
    )
