"""What changed on the wire at which server version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeAlias

from ... import server_versions
from ..handshake import NEWEST, OLDEST
from ..inspect.show import protobuf_message
from ..schema.messages import INCOMING, PROTOBUF_ONLY_REQUESTS, REQUESTS
from ..schema.nodes import Field, Flags, Message, Request, walk
from .rows import rows


@cache
def version_names() -> dict[int, list[str]]:
    """Return the names that IB's clients have for server versions, by version."""
    found: dict[int, list[str]] = {}
    for name, value in sorted(vars(server_versions).items()):
        if name.startswith("MIN_SERVER_VER_") and isinstance(value, int):
            found.setdefault(value, []).append(name.removeprefix("MIN_SERVER_VER_"))
    return found


def exists_since(message: Message) -> int:
    """Return the first server version that knows a message, as far as the declarations go back."""
    return max(OLDEST, message.since) if isinstance(message, Request) else OLDEST


def protobuf_since(message: Message) -> int:
    """Return the server version from which on a message is Protocol Buffers, or NEWEST + 1."""
    return next(
        (n for n in _versions() if protobuf_message(message, n)),
        NEWEST + 1,
    )


def _versions() -> range:
    return range(OLDEST, NEWEST + 1)


def _turning_points(message: Message) -> list[int]:
    """Return the versions at which the layout of a message may differ from the one before."""
    points = {exists_since(message), protobuf_since(message)}
    for node in walk(message.nodes):
        points |= {node.since, node.until}
        if isinstance(node, Flags):
            points |= {since for _, _, since in node.bits}
    return sorted(point for point in points if OLDEST < point <= NEWEST)


def changes_of(message: Message) -> dict[int, list[str]]:
    """Return what changed in a message, as Markdown, by server version."""
    found: dict[int, list[str]] = {}
    for point in _turning_points(message):
        if point < exists_since(message):
            continue
        if isinstance(message, Request) and point == message.since:
            lines = ["new"]
        elif protobuf_message(message, point):
            turned = not protobuf_message(message, point - 1)
            lines = [f"Protocol Buffers: `{protobuf_message(message, point)}`"] * turned
        else:
            lines = list(_differences(_fields(message, point - 1), _fields(message, point)))
        if lines:
            found[point] = lines
    for node in message.nodes:  # what Protocol Buffers alone have
        if isinstance(node, Field) and node.since and not node.text:
            found.setdefault(node.since, []).append(f"+ `{node.path}`")
    return dict(sorted(found.items()))


_Field: TypeAlias = tuple[str, str, str]  # path, type, condition


def _fields(message: Message, server_version: int) -> Counter[_Field]:
    found = rows(message.nodes, server_version, server_version + 1)
    return Counter((row.path, row.kind, row.when) for row in found)


def _differences(before: Counter[_Field], now: Counter[_Field]) -> Iterator[str]:
    """Yield what is gone, what came, and what is of another type, each path once."""
    gone = {path: kind for path, kind, _ in before - now}
    came = {path: kind for path, kind, _ in now - before}
    for path in dict.fromkeys([*gone, *came]):
        old, new = gone.get(path), came.get(path)
        if old is not None and new is not None and old != new:
            yield f"`{path}`: {old}, now {new}"
        elif old is not None and new is not None:
            yield f"`{path}`: under another condition"
        else:
            yield f"{'+' if old is None else '-'} `{path}`"


@cache
def all_changes() -> dict[int, dict[str, list[str]]]:
    """Return what changed, by server version and message."""
    found: dict[int, dict[str, list[str]]] = {}
    messages: Iterable[Message] = (*INCOMING.values(), *REQUESTS.values())
    for message in messages:
        for version, lines in changes_of(message).items():
            found.setdefault(version, {})[message.name] = lines
    for request in PROTOBUF_ONLY_REQUESTS.values():
        found.setdefault(request.since, {})[request.name] = ["new, as Protocol Buffers"]
    return dict(sorted(found.items()))
