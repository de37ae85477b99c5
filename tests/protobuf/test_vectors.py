"""What IB's client was recorded to do with Protocol Buffers messages and to send as requests, from
server version 201 on, ours does too.
"""

from __future__ import annotations

from typing import Any

import pytest
from client.scripted import App
from protocol.helpers import Vector, made, vectors
from protocol.test_vectors import ask, refusal

from ibapi_port.protocol.exceptions import NotSupported
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.select import codec_for

from .helpers import (
    MESSAGE_PB,
    NAMES,
    PROTOBUF_ONLY_CALLBACKS,
    REQUEST_PB,
    VERSIONS,
    calls_agree,
    canonical,
    client,
    payload,
    recorded,
)

ENCODED = vectors("encode_protobuf")
# which Protocol Buffers has no message for
TEXT_ONLY = {"verifyAndAuthRequest", "verifyAndAuthMessage"}


def test_every_message_is_recorded_at_every_version() -> None:
    assert recorded().keys() == NAMES.keys()
    assert len(NAMES) == len(MESSAGE_PB) + len(PROTOBUF_ONLY_CALLBACKS) == 82
    for rows in recorded().values():
        versions = [vector["v"] for vector in rows]
        wanted = (
            VERSIONS if rows[0]["proto"] != "FundamentalsData" else VERSIONS[:-1]
        )  # gone from the client that speaks 226
        assert all(versions.count(version) >= 2 for version in wanted)


@pytest.mark.parametrize("msg_id", NAMES, ids=lambda msg_id: NAMES[msg_id])
def test_message_makes_the_recorded_callbacks(msg_id: int) -> None:
    for vector in recorded()[msg_id]:
        got = client(vector["v"]).take(payload(vector))
        assert calls_agree(vector["calls"], got), (vector, got)


@pytest.mark.parametrize("msg_id", NAMES, ids=lambda msg_id: NAMES[msg_id])
def test_and_with_the_message_itself_told_before_them(msg_id: int) -> None:
    """Recorded was whichever version; two are enough here."""
    for vector in recorded()[msg_id][:2]:
        told, *got = client(vector["v"], told=True).take(payload(vector))
        assert told[0].endswith("ProtoBuf")
        assert type(told[1][0]).DESCRIPTOR.name == vector["proto"]
        data = told[1][0].SerializeToString()
        assert canonical(vector["proto"], data) == canonical(
            vector["proto"], bytes.fromhex(vector["pb"])
        )
        assert calls_agree(vector["calls"], got), (vector, got)


def test_every_request_is_recorded() -> None:
    assert {ask(rows[0])[0] for rows in ENCODED.values()} == REQUESTS.keys() - {
        "startApi"
    }  # which the client makes by itself
    assert REQUEST_PB.keys() | TEXT_ONLY == REQUESTS.keys()
    assert sum(map(len, ENCODED.values())) == 2168
    assert {row["v"] for rows in ENCODED.values() for row in rows} == set(VERSIONS)


@pytest.mark.parametrize("call", ENCODED)
def test_request_makes_the_recorded_frame_or_error(call: str) -> None:
    assert any(row["frames"] for row in ENCODED[call]) or call in (
        "verifyRequest",
        "verifyAndAuthRequest",
    )
    for vector in ENCODED[call]:
        name, arguments = ask(vector)
        outcome = outcome_of(name, vector["v"], arguments)
        if isinstance(outcome, NotSupported):
            assert ([], [refusal(name, arguments, outcome)]) == (
                vector["frames"],
                vector["errors"],
            ), vector
        else:
            assert vector["errors"] == []
            assert_same_frame(name, vector, outcome)


def outcome_of(name: str, version: int, arguments: tuple[Any, ...]) -> bytes | NotSupported:
    try:
        return codec_for(version).encode_request(name, *arguments)
    except NotSupported as e:
        return e


def assert_same_frame(name: str, vector: Vector, frame: bytes) -> None:
    (want,) = map(bytes.fromhex, vector["frames"])
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    assert frame[4:8] == want[:4]
    binding = REQUEST_PB.get(name)
    if binding is None or vector["v"] < binding.since:
        assert frame[8:] == want[4:], vector
    else:
        assert canonical(binding.message, frame[8:]) == canonical(binding.message, want[4:]), vector


@pytest.mark.parametrize(
    "call", [call for call in ENCODED if any(row["frames"] for row in ENCODED[call])]
)
def test_the_simulated_tws_understands_every_recorded_request(call: str) -> None:
    for vector in ENCODED[call]:
        name, arguments = ask(vector)
        for want in map(bytes.fromhex, vector["frames"]):
            received = codec_for(vector["v"]).decode_request(want)
            assert received.name == name
            assert received.values.keys() >= set(REQUESTS[name].arguments) - {"extraAuth"}
            number = REQUESTS[name].id_argument
            if number is not None:
                assert received.values[number] == arguments[REQUESTS[name].arguments.index(number)]


def test_a_recorded_request_by_the_client_itself() -> None:
    """That the tests above see what the client's own methods hand to the codec."""
    app = App()
    for call in ("reqMktData", "placeOrder"):
        vector = ENCODED[call][0]
        getattr(app, call)(*map(made, vector["args"]))
    assert [code for _, code, _ in app.errors()] == [504, 504]
