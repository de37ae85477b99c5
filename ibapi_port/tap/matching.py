"""Requests of a program against those of a recording: which is which, and what the ids of the one
are in the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..protocol.inspect.decode import NOT_USED, rewrite_frame
from .conversation import message_name
from .printing import frame_of
from .recording import Event

REQUEST, ORDER, CLIENT = "request", "order", "client"
_KINDS = {
    **dict.fromkeys(("reqId", "tickerId", "requestId"), REQUEST),
    **dict.fromkeys(("orderId", "parentId"), ORDER),
    "clientId": CLIENT,
}
_ERROR_IDS = {"reqId", "id"}  # of a request or of an order: it does not say
_FOLLOWERS = ("cancel", "unsubscribe", "updateDisplayGroup")
_UNSET = {"", "-1", "2147483647"}
_SHOWN = 300  # characters of a value in a note
_IGNORED = {NOT_USED, "version"}


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


@dataclass(frozen=True)
class ParsedRequest:
    """A request: its name, and its values by path."""

    name: str
    values: dict[str, Any]

    @property
    def follows(self) -> bool:
        """Return whether it means what was asked before, by its id."""
        return self.name.startswith(_FOLLOWERS)

    def ids(self) -> list[tuple[str, str]]:
        """Return (kind, path) of its ids."""
        return [
            (kind, path)
            for path in self.values
            if (kind := id_kind(path)) and _is_set(kind, str(self.values[path]))
        ]

    def __str__(self) -> str:
        texts = (
            f"{path}={_short(value)}"
            for path, value in self.values.items()
            if value not in ("", None)
        )
        return " ".join([self.name, *texts])


def id_kind(path: str) -> str | None:
    """Return what kind of id a field is, if it is one."""
    return _KINDS.get(path.rpartition(".")[2])


def _is_set(kind: str, text: str) -> bool:
    return text not in _UNSET and (kind != ORDER or text != "0")


def parse_request(payload: bytes, server_version: int) -> ParsedRequest:
    """Return a client's frame as a request; one that cannot be read is named by its bytes."""
    name = message_name(payload, server_version, from_client=True)
    message = frame_of(Event(0.0, 0, "out", "frame", payload, server_version=server_version))
    if isinstance(message, str):
        return ParsedRequest(name or "unreadable", {"bytes": payload})
    values = {path: value for path, value, _ in message.fields if path not in _IGNORED}
    return ParsedRequest(
        message.name or f"message {message.msg_id}",
        values | ({"rest": message.rest} if message.rest else {}),
    )


@dataclass
class IdMap:
    """The program's id for each of the recording's."""

    live: dict[tuple[str, str], str] = field(default_factory=dict)
    # ids of requests that the program did not make
    unasked: set[tuple[str, str]] = field(default_factory=set)
    _last: dict[str, str] = field(default_factory=dict)
    _same: bool = True  # the program's ids are the recorded ones, and it has asked everything

    def of(self, kind: str, recorded: str) -> str:
        """Return the program's id for a recorded one; the same if it is not known."""
        return self.live.get((kind, recorded), recorded)

    def bind(self, recorded: ParsedRequest, live: ParsedRequest) -> None:
        """Note that these two requests are one."""
        for kind, path in recorded.ids():
            if path in live.values:
                old, new = str(recorded.values[path]), str(live.values[path])
                self.live[kind, old] = new
                self._same = self._same and old == new
                self.unasked.discard((kind, old))
                if kind != CLIENT:
                    self._last[old] = new

    def mark_unasked(self, recorded: ParsedRequest) -> None:
        """Note that the program does not make this request: what TWS says to it is not for the
        program.
        """
        if not recorded.follows:
            self._same = False
            self.unasked.update(
                (kind, str(recorded.values[path]))
                for kind, path in recorded.ids()
                if kind != CLIENT
            )

    def with_program_ids(self, event: Event) -> bytes | None:
        """Return what TWS said, with the program's ids; None where it answers what the program did
        not ask.
        """
        if self._same or event.name == "nextValidId":
            return event.data
        wanted = True

        def change(path: str, text: str) -> str:
            nonlocal wanted
            if event.name == "error" and path in _ERROR_IDS and text not in _UNSET:
                wanted = wanted and not {(REQUEST, text), (ORDER, text)} & self.unasked
                return self._last.get(text, text)
            kind = id_kind(path)
            if kind is None or not _is_set(kind, text):
                return text
            wanted = wanted and (kind, text) not in self.unasked
            return self.of(kind, text)

        payload = rewrite_frame(event.data, event.server_version, change, from_client=False)
        return payload if wanted else None


def differences(recorded: ParsedRequest, live: ParsedRequest, ids: IdMap) -> list[str]:
    """Return the fields in which a program's request differs from the recorded one, ids apart."""
    found = []
    for path in {**recorded.values, **live.values}:
        if id_kind(path) is None and recorded.values.get(path) != live.values.get(path):
            found.append(
                f"{path}: recorded {_short(recorded.values.get(path))}, "
                f"now {_short(live.values.get(path))}"
            )
    return found


def same_ids(recorded: ParsedRequest, live: ParsedRequest, ids: IdMap) -> bool:
    """Return whether the ids may belong together: those that mean something known must mean the
    same.
    """
    for kind, path in recorded.ids():
        old, new = str(recorded.values[path]), str(live.values.get(path))
        known = (kind, old) in ids.live
        if (
            kind == ORDER
            and not known
            and any(one == ORDER and new == used for (one, _), used in ids.live.items())
        ):
            return False
        if kind == CLIENT or (not known and not recorded.follows):
            continue
        if kind == REQUEST and not recorded.follows:
            continue  # an id that is used anew
        if ids.of(kind, old) != new:
            return False
    return True


def best_match(
    recorded: ParsedRequest,
    pending: Sequence[ParsedRequest],
    later: Sequence[ParsedRequest],
    ids: IdMap,
) -> tuple[int, list[str]] | None:
    """Return which of the program's requests is the recorded one, and in what it differs; None: it
    is not there yet.

    One that differs is taken only if it is not exactly what the recording has later.
    """
    choices = []
    for n, live in enumerate(pending):
        if live.name == recorded.name and same_ids(recorded, live, ids):
            found = differences(recorded, live, ids)
            if not found or not any(
                one.name == live.name and not differences(one, live, ids) for one in later
            ):
                choices.append((len(found), n, found))
    if not choices:
        return None
    _, n, found = min(choices)
    return n, found
