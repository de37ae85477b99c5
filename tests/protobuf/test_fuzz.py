"""Damaged Protocol Buffers messages: each is a delivery, or exactly one error 508 or 505 that names
the message; nothing else.

Made from the recorded vectors; every test ends with a look whether the sound message still arrives.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from protocol.helpers import SOAK, Calls, same, vectors
from protocol.test_vectors import ask

from ibapi_port.protocol.exceptions import BadFrame, UnknownMessage
from ibapi_port.protocol.protobuf.classes import message_class, schema
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text.codec import Codec, Received

from .helpers import (
    LAST,
    NAMES,
    REQUEST_PB,
    VERSIONS,
    ProtoLink,
    client,
    complaints,
    field,
    fields_of,
    framed,
    payload,
    payload_of,
    recorded,
    varint,
)

CPU_LIMIT = 0.5  # seconds for one message, of processor time; they take well under a millisecond
by_message = pytest.mark.parametrize("msg_id", NAMES, ids=lambda msg_id: NAMES[msg_id])


def richest(msg_id: int) -> tuple[str, bytes]:
    """The recorded message of that id that has most in it, and what it is in Protocol Buffers."""
    vector = max(recorded()[msg_id], key=lambda vector: len(vector["pb"]))
    return vector["proto"], bytes.fromhex(vector["pb"])


def judged(msg_id: int, data: bytes) -> tuple[Calls, str]:
    """What became of a message: its callbacks, or the text of the one error; asserts that it is
    what may become of it.
    """
    before = time.process_time()
    calls = client(LAST).take(payload_of(msg_id, data))
    assert time.process_time() - before < CPU_LIMIT
    errors = complaints(calls)
    if not errors:
        return calls, ""
    ((code, text),) = errors
    assert len(calls) == 1
    assert code == 508
    assert text.startswith(f"Bad message: {NAMES[msg_id]}: ")
    assert len(text) < 350
    return [], text


@pytest.fixture(autouse=True)
def _unharmed(request: pytest.FixtureRequest) -> Iterator[None]:
    """The sound message has the same callbacks after the test as before it."""
    msg_id = request.getfixturevalue("msg_id") if "msg_id" in request.fixturenames else 1
    _, data = richest(msg_id)
    want, error = judged(msg_id, data)
    assert not error
    yield
    assert same(judged(msg_id, data), (want, ""))


# --- the bytes ---


@by_message
def test_cut_at_every_byte(msg_id: int) -> None:
    """Cut between two fields it is a shorter message, cut in one it is none."""
    _, data = richest(msg_id)
    between = {at for _, _, _, at in fields_of(data)}
    cuts = range(len(data))
    for cut in cuts if SOAK or len(data) < 400 else sorted(random.Random(msg_id).sample(cuts, 400)):
        _, error = judged(msg_id, data[:cut])
        assert bool(error) == (cut not in between)


@by_message
def test_cut_inside_of_its_messages(msg_id: int) -> None:
    """The same one level down: the outer lengths are right."""
    name, data = richest(msg_id)
    kinds = {one.number: one.type_name for one in schema()[name]}
    cuts = 0
    for number, wire_type, body, _ in fields_of(data):
        if kinds[number] in schema():
            between = {at for _, _, _, at in fields_of(body)} | {len(body)}
            for cut in range(0, len(body), 1 + len(body) // 60):
                cuts += 1
                _, error = judged(msg_id, field(number, wire_type, body[:cut]))
                assert bool(error) == (cut not in between)
    assert bool(cuts) == any(kind in schema() for kind in kinds.values())


@by_message
def test_other_wire_types(msg_id: int) -> None:
    """A known field of another type is an unknown one; groups without an end, and the two types
    that there are not, are none.
    """
    name, data = richest(msg_id)
    bodies = {0: b"\x05", 1: b"\1" * 8, 2: b"xyz", 5: b"\1" * 4}
    for one in schema()[name]:
        usual = {"int32": 0, "int64": 0, "bool": 0, "double": 1}.get(one.type_name, 2)
        for wire_type in range(8):
            if wire_type == usual:
                continue
            _, error = judged(msg_id, field(one.number, wire_type, bodies.get(wire_type, b"")))
            packed = (
                one.repeated and one.type_name == "double" and wire_type == 2
            )  # three bytes of doubles
            assert bool(error) == (
                wire_type not in bodies or packed or (one.repeated and usual == 2 == wire_type)
            )
            judged(msg_id, data + field(one.number, wire_type, bodies.get(wire_type, b"")))


@by_message
def test_broken_varints(msg_id: int) -> None:
    """Every key, length and number of a message as a varint that does not end."""
    _, data = richest(msg_id)
    endless = b"\xff" * 11
    for number, wire_type, body, at in fields_of(data):
        start, rest = data[:at], data[at + len(field(number, wire_type, body)) :]
        broken = [start + endless + rest]
        if wire_type == 0:
            broken.append(start + varint(number << 3) + endless + rest)
        if wire_type == 2:
            broken += [
                start + varint(number << 3 | 2) + length + body + rest
                for length in (endless, varint(2**31), varint(2**63))
            ]
            broken.append(
                start + varint(number << 3 | 2) + varint(len(body) + len(rest) + 1) + body + rest
            )
        for damaged in broken:
            assert judged(msg_id, damaged)[1]


@by_message
def test_field_number_0_is_none(msg_id: int) -> None:
    name, data = richest(msg_id)
    for damaged in (field(0, 0, b"\1"), data + field(0, 2, b"abc")):
        assert (
            judged(msg_id, damaged)[1] or not schema()[name]
        )  # a message that has no fields is not looked at that closely


@by_message
def test_unknown_fields_change_nothing(msg_id: int) -> None:
    """At the end, at the beginning, and in the messages inside."""
    name, data = richest(msg_id)
    want = judged(msg_id, data)
    nested = b"x"
    for _ in range(10_000):
        nested = field(999, 2, nested) if len(nested) < 5_000 else nested
    unknown = [
        *(field(number, 0, varint(2**64 - 1)) for number in (1000, 536_870_911)),
        field(1000, 1, b"\xff" * 8),
        field(1000, 2, b"\xff\xfe" * 50),
        field(1000, 5, b"\xff" * 4),
        field(1000, 3, field(1, 0, b"\1")) + field(1000, 4, b""),
        nested,
    ]
    kinds = {one.number: one.type_name for one in schema()[name]}
    for extra in (*unknown, b"".join(unknown)):
        assert same(judged(msg_id, data + extra), want)
        assert same(judged(msg_id, extra + data), want)
        inside = b"".join(
            field(number, wire_type, body + extra if kinds[number] in schema() else body)
            for number, wire_type, body, _ in fields_of(data)
        )
        assert same(judged(msg_id, inside), want)


@by_message
@pytest.mark.parametrize("end", [False, True])
def test_ten_thousand_groups_deep(msg_id: int, end: bool) -> None:
    deep = field(999, 3, b"") * 10_000 + field(999, 4, b"") * 10_000 * end
    assert "it cannot be parsed" in judged(msg_id, deep)[1]
    assert "it cannot be parsed" in judged(msg_id, richest(msg_id)[1] + deep)[1]


def test_no_message_holds_itself() -> None:
    """So nothing but unknown groups can nest, which are skipped."""

    def depth(name: str, seen: tuple[str, ...] = ()) -> int:
        assert name not in seen
        return 1 + max(
            (
                depth(one.type_name, (*seen, name))
                for one in schema()[name]
                if one.type_name in schema()
            ),
            default=0,
        )

    assert max(map(depth, schema())) <= 5


@by_message
def test_bytes_changed(msg_id: int) -> None:
    """Changed, taken out and put in anywhere."""
    rng = random.Random(f"bytes {msg_id}")
    _, data = richest(msg_id)
    for _ in range(1000 if SOAK else 60):
        damaged = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            at = rng.randint(0, len(damaged))
            damaged[at : at + rng.randint(0, 2)] = rng.randbytes(rng.randint(0, 2))
        judged(msg_id, bytes(damaged))


# --- the values ---


def texts_replaced(name: str, data: bytes, junk: bytes) -> Iterator[tuple[str, bytes]]:
    """The message with one text replaced, for each that it has: (its way, the bytes)."""
    kinds = {one.number: one for one in schema().get(name, ())}
    for number, wire_type, body, at in fields_of(data):
        start, rest = data[:at], data[at + len(field(number, wire_type, body)) :]
        one = kinds[number]
        if one.type_name == "string":
            yield one.name, start + field(number, 2, junk) + rest
        elif one.type_name == "map":
            pair = field(1, 2, junk) + field(2, 2, junk)
            yield one.name, start + field(number, 2, pair) + rest
        elif wire_type == 2 and one.type_name in schema():
            for way, inner in texts_replaced(one.type_name, body, junk):
                yield f"{one.name}.{way}", start + field(number, 2, inner) + rest


@by_message
def test_text_that_is_no_utf_8(msg_id: int) -> None:
    """Wherever it stands, and whether it is looked at or not."""
    name, data = richest(msg_id)
    for junk in (b"ok\xff\xfe", b"\xe9", b"\xed\xa0\x80"):
        for _, damaged in texts_replaced(name, data, junk):
            assert "it cannot be parsed" in judged(msg_id, damaged)[1]


JUNK = [
    "abc",
    "",
    "1e",
    "--1",
    "0x10",
    "1_0",
    "NaN",
    "sNaN",
    "-Infinity",
    "1e999999999",
    "-1e-999999999",
    "9" * 5000,
    "é日🙂",
    "\0",
    "1 0",
    "٣",
]


@by_message
def test_junk_for_text(msg_id: int) -> None:
    """Numbers as text are among the texts: sizes, prices' least steps, dates."""
    name, data = richest(msg_id)
    for junk in JUNK:
        for _, damaged in texts_replaced(name, data, junk.encode()):
            judged(msg_id, damaged)


SIZES = [  # message, its Protocol Buffers message, way to the field, what the error names
    (2, "TickSize", "size", "size"),
    (1, "TickPrice", "size", "size"),
    (3, "OrderStatus", "filled", "filled"),
    (3, "OrderStatus", "remaining", "remaining"),
    (12, "MarketDepth", "marketDepthData.size", "size"),
    (5, "OpenOrder", "order.totalQuantity", "order"),
    (11, "ExecutionDetails", "execution.shares", "execution"),
    (61, "Position", "position", "position"),
    (50, "RealTimeBarTick", "WAP", "wap"),
    (17, "HistoricalData", "historicalDataBars.volume", "bars"),
    (10, "ContractData", "contractDetails.minTick", "contractDetails"),
    (10, "ContractData", "contractDetails.minSize", "contractDetails"),
    (59, "CommissionAndFeesReport", "yieldRedemptionDate", "commissionAndFeesReport"),
    (81, "TickReqParams", "minTick", "minTick"),
]


def filled(name: str, way: str, value: Any) -> Any:
    """A message with that field set, and with what it needs to make its callback."""
    made = message_class(name)()
    for one in schema()[name]:
        if one.type_name in schema() and not one.repeated:
            getattr(made, one.name).SetInParent()
    *parts, last = way.split(".")
    target = made
    for part in parts:
        target = getattr(target, part)
        target = target.add() if hasattr(target, "add") else target
    setattr(target, last, value)
    return made


@pytest.mark.parametrize(("msg_id", "name", "way", "named"), SIZES)
@pytest.mark.parametrize("junk", ["abc", "1e", "0x10", "1 0", "--1"])
def test_a_number_that_is_none_is_named(
    msg_id: int, name: str, way: str, named: str, junk: str
) -> None:
    _, error = judged(msg_id, filled(name, way, junk).SerializeToString())
    assert error.startswith(f"Bad message: {NAMES[msg_id]}: {named}: ")


def one_call(msg_id: int, made: Any) -> tuple[Any, ...]:
    calls, error = judged(msg_id, made.SerializeToString())
    assert not error
    ((_, arguments),) = calls
    return arguments


def test_codes_that_are_not_known_are_none() -> None:
    details = filled("ContractData", "contractDetails.fundAssetType", "999")
    details.contractDetails.fundDistributionPolicyIndicator = "X"
    got = one_call(10, details)[1]
    assert (got.fundAssetType.name, got.fundDistributionPolicyIndicator.name) == (
        "NoneItem",
        "NoneItem",
    )
    for code in (77, -5, 2**31 - 1):
        execution = one_call(
            11, filled("ExecutionDetails", "execution.optExerciseOrLapseType", code)
        )[2]
        assert execution.optExerciseOrLapseType.name == "NoneItem"


def test_tick_types_that_are_not_known() -> None:
    assert one_call(2, filled("TickSize", "tickType", 4711))[1] == 4711
    for kind in (0, 5, -1, 2**31 - 1):  # of a tick by tick: no callback
        assert judged(99, filled("TickByTickData", "tickType", kind).SerializeToString()) == (
            [],
            "",
        )


@pytest.mark.parametrize("kind", [0, 2, 8, 77, -1])
def test_a_condition_that_is_not_known(kind: int) -> None:
    """After another it stands for that one, as in IB's client; as the first it is an error."""
    made = filled("OpenOrder", "order.orderId", 3)
    made.order.conditions.add(type=kind)
    assert judged(5, made.SerializeToString())[1].startswith(
        "Bad message: openOrder: order: ValueError: order condition"
    )
    del made.order.conditions[:]
    made.order.conditions.add(type=3, time="20261120 10:00:00")
    made.order.conditions.add(type=kind)
    first, second = one_call(5, made)[2].conditions
    assert first is second


def test_a_part_that_is_missing_makes_no_callback() -> None:
    for msg_id in (5, 101, 10, 18, 11, 12, 13, 90, 99, 7, 61, 71):
        assert judged(msg_id, b"") == ([], "")


# --- ids and payloads ---


@pytest.mark.parametrize(
    "number", [200, 301 + 100, 200 + 47, 200 + 56, 200 + 112, 999, 2**31, 2**32 - 1]
)
def test_an_id_that_is_not_known(number: int) -> None:
    for version in (201, 213, LAST):
        for data in (b"", b"\x08\x01", b"\0", b"abc\0", b"\xff" * 40):
            calls = client(version).take(number.to_bytes(4, "big") + data)
            code, text = complaints(calls)[0]
            assert len(calls) == 1
            if number > 200:
                assert (code, text) == (505, f"Fatal Error: Unknown message id. {number}")


@pytest.mark.parametrize("number", [301, 302, 303])
def test_ids_from_300_on(number: int) -> None:
    """They are those of text from 101 on; a completed order without its parts makes no callback."""
    calls = client(LAST).take(number.to_bytes(4, "big"))
    assert (
        calls
        == {301: [], 302: [("completedOrdersEnd", ())], 303: [("replaceFAEnd", (-1, ""))]}[number]
    )


@pytest.mark.parametrize("version", [201, 213, LAST])
@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0", b"\0\0\0", b"1\0", b"\xff\xff\xff", b"49\0"])
def test_payloads_without_room_for_an_id(version: int, data: bytes) -> None:
    calls = client(version).take(data)
    assert complaints(calls) == [
        (508, f"Bad message: frame: message id: {len(data)} bytes are none")
    ]
    assert len(calls) == 1


def test_random_bytes() -> None:
    rng = random.Random("bytes")
    for _ in range(20_000 if SOAK else 2_000):
        data = rng.randbytes(rng.randint(0, 40))
        calls = client(rng.choice(VERSIONS)).take(data)
        assert [code for code, _ in complaints(calls)] in ([505], [508])
        assert len(calls) == 1


@pytest.mark.parametrize("msg_id", [1, 2, 45, 49, 61])
def test_random_bytes_as_a_message(msg_id: int) -> None:
    rng = random.Random(msg_id)
    for _ in range(300):
        judged(msg_id, rng.randbytes(rng.randint(0, 60)))


# --- the other side ---


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in REQUEST_PB
        if any(row["frames"] for row in vectors("encode_protobuf").get(name, ()))
    ],
)
def test_damaged_requests(name: str) -> None:
    """At the simulated TWS: a request, or one BadFrame that names it."""
    rows = [
        row
        for row in vectors("encode_protobuf").get(name, ())
        if row["frames"] and row["v"] >= REQUEST_PB[name].since
    ]
    row = max(rows, key=lambda row: len(row["frames"][0]))
    assert ask(row)[0] == name
    good, codec, rng = bytes.fromhex(row["frames"][0]), codec_for(row["v"]), random.Random(name)
    want = codec.decode_request(good)
    between = {at for _, _, _, at in fields_of(good[4:])} | {len(good) - 4}
    damaged = [
        (good[:4] + good[4 : 4 + cut], cut not in between)
        for cut in range(0, len(good) - 4, 1 + len(good) // 200)
    ]
    for _ in range(40):
        changed = bytearray(good)
        changed[rng.randrange(4, len(good) + 1) :] = rng.randbytes(rng.randint(1, 3))
        damaged.append((bytes(changed), False))
    for data, must in damaged:
        got = as_request(codec, data)
        if isinstance(got, BadFrame):
            assert got.message == name
            assert len(str(got)) < 300
        else:
            assert got.name == name
            assert not must
    assert same(codec.decode_request(good).values, want.values)


def as_request(codec: Codec, data: bytes) -> Received | BadFrame:
    try:
        return codec.decode_request(data)
    except BadFrame as e:
        return e


@pytest.mark.parametrize("number", [200 + 72, 200 + 999, 2**32 - 1])
def test_requests_that_are_not_known(number: int) -> None:
    with pytest.raises(UnknownMessage) as unknown:
        codec_for(LAST).decode_request(number.to_bytes(4, "big") + b"\x08\x01")
    assert unknown.value.msg_id == number
    assert number - 200 not in {REQUESTS[name].msg_id for name in REQUEST_PB}


# --- over a socket ---


def test_each_bad_message_is_one_error_and_harms_no_other() -> None:
    one = ProtoLink(LAST)
    try:
        vector = max(recorded()[2], key=lambda vector: len(vector["pb"]))
        good = payload(vector)
        bad = [
            payload_of(2, b"\x08"),
            payload_of(2, b"\x1a\x03abc"),
            payload_of(999, b""),
            b"\0\0",
            payload_of(3, field(999, 3, b"") * 10_000),
        ]
        one.peer.send(framed([part for each in bad for part in (each, good)]))
        names = [told[0] for told in one.settle()]
        per_good = ["tickSizeProtoBuf", *[name for name, _ in vector["calls"]]]
        assert names == [name for _ in bad for name in ("error", *per_good)]
        assert [code for _, code, _ in one.app.errors()] == [508, 508, 505, 508, 508]
        assert all(number == -1 for number, _, _ in one.app.errors())
        one.app.cancelMktData(5)
        assert [received.values for received in one.sent()] == [{"reqId": 5}]
    finally:
        one.close()
