"""Recordings: text files of JSON lines, written one line at a time.

A crash costs the last line at most. The first line is the header:

    {"format": "ibapi_port recording", "version": 1, "started": "2026-04-14T13:30:00.000000+00:00",
     "to": "127.0.0.1:7497", "masked": ...}

`masked` says what was masked, or is null. Each further line is an event: `t`, seconds since the
start; `c`, the number of the connection; `d`, who: "out" is the client, "in" is TWS; and one of

    "open": where the client comes from        "greeting": the client's offer, "v100..187"
    "answer": [server version, time]           "raw": bytes that are no frames (base64)
    "end": "closed" (no more will come from this side), or "reset",
           or "refused" (TWS could not be reached)
    "frame": the message's name, for the reader's eye, with the payload as
             "text": [fields, the message id first] or, from server version 201 on,
             "id": the number before the payload and "text": [fields]
             or "b64": a payload that is no texts.

A last line without its end is left out. Keys and events that are not known are left alone; a higher
`version` is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from .._printable import json_line, printable

FORMAT, VERSION = "ibapi_port recording", 1
IN, OUT = "in", "out"  # from TWS; from the client
_LONGEST = 1e10  # seconds
_QUOTED = 60  # characters
CLOSED, RESET, REFUSED = "closed", "reset", "refused"


class RecordingError(ValueError):
    """The file is no recording, or is damaged: which line, and how."""


@dataclass(frozen=True)
class Event:
    """Something that happened on a connection: `kind` is open, greeting, answer, frame, raw or end.

    `time`: seconds since the recording began. `data`: a frame's payload, the text of the greeting,
    the payload of the answer, raw bytes. `text`: of open where the client comes from, of end how.
    `server_version`: 0 before TWS has said it. `name`: of a frame.
    """

    time: float
    connection: int
    direction: str
    kind: str
    data: bytes = b""
    text: str = ""
    server_version: int = 0
    name: str = ""

    @property
    def from_client(self) -> bool:
        """Return whether the client said it."""
        return self.direction == OUT


@dataclass(frozen=True)
class Recording:
    """A recording read: `started` is when; `torn`, that its last line was not whole."""

    started: datetime
    to: str
    masked: str | None
    events: list[Event]
    torn: bool = False

    def connections(self) -> dict[int, list[Event]]:
        """Return the events of each connection."""
        found: dict[int, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.connection, []).append(event)
        return found


class Recorder:
    """Writes a recording, event by event. Only its owner may read the file.

    FileExistsError: it writes neither over a file nor through a link.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        to: str = "",
        masked: str | None = None,
        started: datetime | None = None,
    ) -> None:
        self._file = os.open(
            path,
            os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0),
            0o600,
        )
        started = started or datetime.now(timezone.utc)
        self._line(
            {
                "format": FORMAT,
                "version": VERSION,
                "started": started.isoformat(timespec="microseconds"),
                "to": to,
                "masked": masked,
            }
        )

    def write(self, event: Event) -> None:
        """Write an event. OSError: it could not be written."""
        self._line(
            {
                "t": round(event.time, 6),
                "c": event.connection,
                "d": event.direction,
                **_content(event),
            }
        )

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _line(self, content: dict[str, Any]) -> None:
        data = (json_line(content, ascii_only=False, short=True) + "\n").encode()
        while data:  # the disk may take it in pieces
            data = data[os.write(self._file, data) :]


def _content(event: Event) -> dict[str, Any]:
    if event.kind in ("open", "end"):
        return {event.kind: event.text}
    if event.kind == "greeting":
        return {"greeting": event.data.decode("latin-1")}
    if event.kind == "raw":
        return {"raw": _base64(event.data)}
    if event.kind == "answer":
        return (
            {"answer": texts(event.data)}
            if texts(event.data) is not None
            else {"answer": None, "b64": _base64(event.data)}
        )
    content: dict[str, Any] = {"frame": event.name}
    payload = event.data
    if event.server_version > 200 and len(payload) >= 4:
        content["id"], payload = int.from_bytes(payload[:4], "big"), payload[4:]
        if content["id"] > 200:
            return {**content, "b64": _base64(payload)}
    fields = texts(payload)
    return {**content, "b64": _base64(payload)} if fields is None else {**content, "text": fields}


def texts(payload: bytes) -> list[str] | None:
    """Return the texts that a payload is made of; None where it is anything else."""
    try:
        fields = payload.decode().split("\0")
    except UnicodeDecodeError:
        return None
    return None if fields.pop() else fields


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Return a recording from a file. OSError; RecordingError: it is none, or a line is damaged."""
    lines = Path(path).read_bytes().split(b"\n")
    torn = bool(lines.pop())
    header = _json(lines[0], 1) if lines else {}
    shown = printable(path)
    if header.get("format") != FORMAT:
        raise RecordingError(f"{shown} is no recording: its first line does not say so")
    version, masked = header.get("version"), header.get("masked")
    if not isinstance(version, int) or not 0 <= version <= VERSION:
        raise RecordingError(
            f"{shown} is a recording of version {_shown(version)}; "
            f"this release reads up to {VERSION}"
        )
    try:
        started = datetime.fromisoformat(header["started"]).astimezone(timezone.utc)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise RecordingError("line 1: its date cannot be read") from None
    if not isinstance(masked, str | None):
        raise RecordingError(f"line 1: masked must be a text or null, not {_shown(masked)}")
    to = header.get("to", "")
    if not isinstance(to, str):
        raise RecordingError(f"line 1: to must be a text, not {_shown(to)}")
    return Recording(started, to, masked, list(_events(lines[1:], started)), torn)


def _events(lines: list[bytes], started: datetime) -> Iterator[Event]:
    versions: dict[int, int] = {}
    for number, line in enumerate(lines, 2):
        content = _json(line, number)
        try:
            event = _event(content)
            if event is None:
                continue
            started + timedelta(seconds=event.time)
        except OverflowError:
            raise RecordingError(f"line {number}: t is no time that there is") from None
        except ValueError as e:
            raise RecordingError(f"line {number}: {printable(e)}") from None
        if event.kind == "answer":
            versions[event.connection] = _version(event.data)
        yield replace(event, server_version=versions.get(event.connection, 0))


def _json(line: bytes, number: int) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except RecursionError:
        raise RecordingError(f"line {number}: the JSON is nested too deep") from None
    except ValueError as e:
        raise RecordingError(f"line {number}: {printable(e)}") from None
    if not isinstance(content, dict):
        raise RecordingError(f"line {number}: it is no JSON object")
    return content


def _event(content: dict[str, Any]) -> Event | None:
    """Return the event of a line, or None if its kind is unknown. ValueError says what is wrong."""
    kind = next(
        (kind for kind in ("open", "greeting", "answer", "frame", "raw", "end") if kind in content),
        None,
    )
    if kind is None:
        return None
    time, connection, direction = content.get("t"), content.get("c"), content.get("d")
    if isinstance(time, bool) or not isinstance(time, (int, float)) or not abs(time) < _LONGEST:
        raise ValueError(f"t must be a number of seconds, not {_shown(time)}")
    if not isinstance(connection, int) or not _is_whole(connection):
        raise ValueError(f"c must be the number of a connection, not {_shown(connection)}")
    if direction not in (IN, OUT):
        raise ValueError(f"d must be {IN} or {OUT}, not {_shown(direction)}")
    made = Event(float(time), connection, direction, kind)
    if kind in ("open", "end"):
        return replace(made, text=_text(content, kind))
    if kind == "greeting":
        return replace(made, data=_latin(_text(content, kind)))
    if kind == "raw":
        return replace(made, data=_from_base64(content, "raw"))
    if kind == "answer" and content["answer"] is not None:
        return replace(made, data=_payload(content, "answer"))
    payload = _from_base64(content, "b64") if "b64" in content else _payload(content, "text")
    if "id" in content:
        if not _is_whole(content["id"]) or content["id"] >= 1 << 32:
            raise ValueError(f"id must be a number of four bytes, not {_shown(content['id'])}")
        payload = content["id"].to_bytes(4, "big") + payload
    name = _text(content, "frame") if kind == "frame" else ""
    return replace(made, data=payload, name=name)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _shown(value: object) -> str:
    """A wrong value in an error's text: short, and on one line."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    text = "a number too large" if isinstance(value, int) and abs(value) >= 1 << 63 else repr(value)
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}..."


def _text(content: dict[str, Any], key: str) -> str:
    if not isinstance(content[key], str):
        raise ValueError(f"{key} must be a text, not {_shown(content[key])}")
    return str(content[key])


def _latin(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("greeting has characters that are no bytes") from None


def _from_base64(content: dict[str, Any], key: str) -> bytes:
    try:
        return base64.b64decode(_text(content, key), validate=True)
    except binascii.Error:
        raise ValueError(f"{key} is no base64") from None


def _payload(content: dict[str, Any], key: str) -> bytes:
    fields = content.get(key)
    if not isinstance(fields, list) or not all(isinstance(field, str) for field in fields):
        raise ValueError(f"{key} must be a list of texts, not {_shown(fields)}")
    try:
        return "".join(f"{field}\0" for field in fields).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{key} has half a character (a surrogate) in it") from None


def _version(answer: bytes) -> int:
    head = answer.partition(b"\0")[0]
    return int(head) if head.isdigit() and len(head) < 10 else 0
