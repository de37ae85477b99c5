"""What these tests share: the recorded vectors, the bytes of the wire, wrappers, and a program
connected to a scripted TWS.

Whoever imports this is skipped where the protobuf package is not installed.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from client.scripted import CALLBACKS, App, Link
from protocol.helpers import DATA, Calls, Vector, agrees

from ibapi_port.decoder import Decoder
from ibapi_port.errors import BAD_MESSAGE, UNKNOWN_ID
from ibapi_port.object_implem import Object
from ibapi_port.protocol.framing import LENGTH, frame
from ibapi_port.protocol.protobuf.classes import schema
from ibapi_port.protocol.protobuf.codec import PROTOBUF_ID_OFFSET
from ibapi_port.protocol.schema.messages import INCOMING_BY_NAME, PROTOBUF_ONLY, REQUESTS
from ibapi_port.protocol.schema.nodes import Field
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text.codec import Received
from ibapi_port.tag_value import TagValue
from ibapi_port.wrapper import EWrapper

pytest.importorskip(
    "google.protobuf", reason="needs the protobuf package: pip install ibapi_port[protobuf]"
)

# the messages of either side that have a Protocol Buffers message, by name
MESSAGE_PB = {name: one.pb for name, one in INCOMING_BY_NAME.items() if one.pb is not None}
REQUEST_PB = {name: one.pb for name, one in REQUESTS.items() if one.pb is not None}
# the attributes of an order that only a later server version takes, and since when
LATER = {
    node.path.removeprefix("order."): node.since
    for node in REQUESTS["placeOrder"].nodes
    if isinstance(node, Field) and not node.text
}

FIRST, LAST = 201, 226
VERSIONS = range(FIRST, LAST + 1)
THRESHOLDS = sorted(
    {FIRST, LAST}
    | {pb.since for pb in MESSAGE_PB.values()}
    | {pb.since for pb in REQUEST_PB.values()}
    | set(LATER.values())
)  # where anything becomes different
# by message id: the Protocol Buffers message, and the callback
PROTOBUF_ONLY_CALLBACKS = {
    int(number): (message.pb.message, message.calls[0].name)
    for number, message in PROTOBUF_ONLY.items()
    if message.pb is not None
}


def thresholds(since: int) -> list[int]:
    return [version for version in THRESHOLDS if version >= since]


# --- recorded vectors (tests/data/README.md) ---


@cache
def recorded() -> dict[int, list[Vector]]:
    """The vectors of messages from TWS, by message id."""
    found: dict[int, list[Vector]] = defaultdict(list)
    with gzip.open(DATA / "protobuf.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            vector = json.loads(line)
            found[vector["id"]].append(vector)
    return dict(found)


MESSAGE_IDS = {name: message.msg_id for name, message in INCOMING_BY_NAME.items()}
NAMES = {MESSAGE_IDS[name]: name for name in MESSAGE_PB} | {
    n: names[0] for n, names in PROTOBUF_ONLY_CALLBACKS.items()
}


def payload_of(msg_id: int, data: bytes) -> bytes:
    """A Protocol Buffers message as it comes out of its frame."""
    return (msg_id + PROTOBUF_ID_OFFSET).to_bytes(4, "big") + data


def payload(vector: Vector) -> bytes:
    return payload_of(vector["id"], bytes.fromhex(vector["pb"]))


def calls_agree(want: list[Any], got: Calls) -> bool:
    """Whether the callbacks are the recorded ones, in type and value."""
    return [name for name, _ in want] == [name for name, _ in got] and all(
        len(arguments) == len(have) and all(map(_agrees, arguments, have))
        for (_, arguments), (_, have) in zip(want, got, strict=True)
    )


def _agrees(spec: Any, value: Any) -> bool:
    if isinstance(spec, dict) and "$map" in spec:
        return isinstance(value, dict) and agrees(
            spec["$map"], [_as_lists(pair) for pair in value.items()]
        )
    return agrees(spec, value)


def _as_lists(value: Any) -> Any:
    return [_as_lists(item) for item in value] if isinstance(value, tuple) else value


# --- the bytes of a message ---


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number: int, wire_type: int, body: bytes) -> bytes:
    """A field as it is on the wire; of type 2 with its length."""
    return varint(number << 3 | wire_type) + (varint(len(body)) if wire_type == 2 else b"") + body


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return number, at


def fields_of(data: bytes) -> Iterator[tuple[int, int, bytes, int]]:
    """(number, wire type, body, where it began) of each field of a sound message."""
    at = 0
    while at < len(data):
        start = at
        key, at = read_varint(data, at)
        if key & 7 == 0:
            _, end = read_varint(data, at)
        elif key & 7 == 2:
            size, at = read_varint(data, at)
            end = at + size
        else:
            end = at + {1: 8, 5: 4}[key & 7]
        assert end <= len(data)
        yield key >> 3, key & 7, data[at:end], start
        at = end


def canonical(name: str, data: bytes) -> list[Any]:
    """A message's fields in the order of the wire, the pairs of a map sorted: equal for two that
    say the same in the same way.
    """
    kinds = {one.number: one for one in schema().get(name, ())}
    out: list[Any] = []
    for number, wire_type, body, _ in fields_of(data):
        kind = kinds[number].type_name
        if kind == "map":
            if out and out[-1][0] == number:
                out[-1][2].append(body)
            else:
                out.append([number, wire_type, [body]])
        elif kind in schema():
            out.append([number, wire_type, canonical(kind, body)])
        else:
            out.append([number, wire_type, body])
    return [
        [number, wire_type, sorted(body) if kinds[number].type_name == "map" else body]
        for number, wire_type, body in out
    ]


# --- wrappers ---


class Plain(EWrapper):
    """Notes every callback but the ...ProtoBuf ones, which it does not override."""

    def __init__(self) -> None:
        self.calls: Calls = []


def _noting(name: str) -> Any:
    return lambda self, *arguments: self.calls.append((name, arguments))


for _name in CALLBACKS:
    if not _name.endswith("ProtoBuf"):
        setattr(Plain, _name, _noting(_name))


class Told(Plain):
    """Notes those too."""


for _name in CALLBACKS:
    if _name.endswith("ProtoBuf"):
        setattr(Told, _name, _noting(_name))


def raising(e: BaseException) -> None:
    raise AssertionError("a callback raised, or the decoder did") from e


class Client:
    """A decoder of the client, without a socket."""

    def __init__(self, version: int, wrapper: Plain) -> None:
        self.wrapper = wrapper
        self.decoder = Decoder(self.wrapper, version, raising)

    def take(self, payload: bytes) -> Calls:
        """The callbacks of one payload."""
        self.wrapper.calls = []
        self.decoder.process(payload)
        return self.wrapper.calls


@cache
def client(version: int, told: bool = False) -> Client:
    """The one of a server version; `told`: it overrides the ...ProtoBuf callbacks."""
    return Client(version, Told() if told else Plain())


def complaints(calls: Calls) -> list[tuple[int, str]]:
    """Code and text of the errors by which the client tells of a message that it cannot read."""
    return [
        (arguments[2], arguments[3])
        for name, arguments in calls
        if name == "error"
        and arguments[0] == -1
        and arguments[2] in (BAD_MESSAGE.code(), UNKNOWN_ID.code())
    ]


# --- comparing ---


def by_tag(value: Any) -> Any:
    """The same with the lists of TagValue that a map is read as sorted: the wire has no order for
    them.
    """
    if isinstance(value, (list, tuple)):
        rows = [by_tag(item) for item in value]
        if rows and all(isinstance(row, TagValue) for row in rows):
            rows.sort(key=lambda row: str(row.tag))
        return rows if isinstance(value, list) else tuple(rows)
    if isinstance(value, dict):
        return {key: by_tag(item) for key, item in value.items()}
    if isinstance(value, Object):
        for name, inner in list(vars(value).items()):
            setattr(value, name, by_tag(inner))
    return value


# --- a program connected to a scripted TWS ---


class ProtoLink(Link):
    """As Link, for servers that speak Protocol Buffers."""

    START = Received("startApi", {"clientId": 7, "optCapab": ""})
    TIME = Received("reqCurrentTime", {})

    def __init__(self, version: int, app: App | None = None) -> None:
        self.codec = codec_for(version)
        super().__init__(version, app)

    def next(self) -> Received:
        return self.codec.decode_request(self.peer.frame())

    def is_mark(self, told: tuple[Any, ...]) -> bool:
        return bool(told[0].startswith("currentTime"))  # currentTimeProtoBuf too


def framed(payloads: Sequence[bytes]) -> bytes:
    return b"".join(map(frame, payloads))


def id_of(whole: bytes) -> int:
    """The message id of a frame."""
    assert LENGTH.unpack_from(whole)[0] == len(whole) - 4
    return int.from_bytes(whole[4:8], "big")
