"""Protocol Buffers messages read and changed without the `protobuf` package, held to what the
package reads.
"""

from __future__ import annotations

from typing import Any

import pytest

from ibapi_port.protocol.inspect.decode import decode_frame, rewrite_frame
from ibapi_port.protocol.protobuf import wire
from ibapi_port.protocol.protobuf.classes import message_class
from ibapi_port.protocol.schema.messages import REQUESTS_BY_ID
from ibapi_port.protocol.select import codec_for

from .helpers import (
    MESSAGE_PB,
    NAMES,
    PROTOBUF_ONLY_CALLBACKS,
    REQUEST_PB,
    VERSIONS,
    field,
    payload,
    recorded,
    varint,
)

VECTORS = [vector for vectors in recorded().values() for vector in vectors]


def flat(message: Any, path: str = "") -> list[tuple[str, Any]]:
    """As `wire.values`, by the package."""
    found: list[tuple[str, Any]] = []
    for described, value in message.ListFields():
        name = f"{path}.{described.name}".lstrip(".")
        many = hasattr(value, "append") or hasattr(value, "add")
        for at, one in (
            [(f"{name}[{n}]", one) for n, one in enumerate(value)] if many else [(name, value)]
        ):
            found += flat(one, at) if hasattr(one, "ListFields") else [(at, one)]
    return found


def message_of(msg_id: int) -> str:
    return (
        PROTOBUF_ONLY_CALLBACKS[msg_id][0]
        if msg_id in PROTOBUF_ONLY_CALLBACKS
        else MESSAGE_PB[NAMES[msg_id]].message
    )


def test_every_recorded_message_is_read_as_the_package_reads_it() -> None:
    seen = set()
    for vector in VECTORS:
        data = bytes.fromhex(vector["pb"])
        try:
            want = flat(message_class(message_of(vector["id"])).FromString(data))
        except Exception:
            continue
        have = [
            (path, value)
            for path, value in wire.values(data, message_of(vector["id"]))
            if not path.rpartition(".")[2].startswith("#")
        ]
        assert sorted(map(repr, have)) == sorted(map(repr, want)), vector
        seen.add(vector["id"])
    assert len(seen) > 70


def test_what_is_not_changed_stays_byte_for_byte() -> None:
    for vector in VECTORS:
        data = payload(vector)
        assert rewrite_frame(data, 225, lambda path, text: text, from_client=False) == data
        found = decode_frame(data, 225, from_client=False)
        assert found.protobuf
        assert found.name


def test_texts_and_numbers_are_changed_wherever_they_are() -> None:
    codec = codec_for(225)
    frame = codec.encode_request("reqPnLSingle", 7, "DU1234567", "", 265598)[4:]

    def change(path: str, text: str) -> str:
        return {"reqId": "-12", "account": "DU1" * 100}.get(path, text)

    received = codec.decode_request(rewrite_frame(frame, 225, change, from_client=True))
    assert received.values == {
        "reqId": -12,
        "account": "DU1" * 100,
        "modelCode": "",
        "conid": 265598,
    }


def test_an_unknown_field_keeps_its_place_and_its_texts_are_changed_too() -> None:
    inner = (
        field(99, 2, b"U1234567")
        + field(98, 0, varint(5))
        + field(97, 5, b"abcd")
        + field(96, 1, b"12345678")
    )
    data = (293).to_bytes(4, "big") + field(90, 2, inner) + field(1, 0, varint(3))
    new = rewrite_frame(
        data, 225, lambda path, text: text.replace("U1234567", "masked"), from_client=True
    )
    assert new == data.replace(
        varint(len(inner)) + inner,
        varint(len(inner) - 2) + inner.replace(b"\x08U1234567", b"\x06masked"),
    )
    assert [path for path, _, _ in decode_frame(data, 225, from_client=True).fields] == [
        "#90",
        "reqId",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x0a\x05abc", "ends after the message"),
        (b"\x08", "has no end"),
        (b"\x08" + b"\xff" * 11, "has no end"),
        (b"\x0b", "wire type 3"),
        (b"\x00\x01", "field 0"),
        (b"\x09abc", "ends after"),
    ],
)
def test_broken_messages(data: bytes, reason: str) -> None:
    found = decode_frame((205).to_bytes(4, "big") + data, 225, from_client=False)
    assert found.name == "openOrder"
    assert reason in found.failure
    assert (
        rewrite_frame(
            (205).to_bytes(4, "big") + data, 225, lambda path, text: text, from_client=False
        )
        == (205).to_bytes(4, "big") + data
    )


def test_messages_within_messages_end_somewhere() -> None:
    data = b""
    for _ in range(200):
        data = field(90, 2, data + b"\x01") if not data else field(90, 2, data)
    list(wire.values(data, "PnLRequest"))
    wire.rewrite(data, "PnLRequest", lambda path, text: text)


def test_every_request_has_a_name_at_every_version() -> None:
    for msg_id, request in REQUESTS_BY_ID.items():
        for version in VERSIONS:
            binding = REQUEST_PB.get(request.name)
            raw = int(msg_id) + (200 if binding and version >= binding.since else 0)
            found = decode_frame(raw.to_bytes(4, "big"), version, from_client=True)
            assert (found.name, found.protobuf) == (request.name, raw > 200)
