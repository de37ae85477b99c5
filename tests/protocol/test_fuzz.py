"""Damaged frames: every one makes the callbacks that it still can make, or is one BadFrame that
names message and field; nothing else.

Made from the recorded vectors: a seeded sample, or all of them with IBAPI_PORT_SOAK=1.
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from ibapi_port.protocol.exceptions import BadFrame, UnknownMessage
from ibapi_port.protocol.schema.messages import INCOMING, REQUESTS
from ibapi_port.protocol.schema.nodes import Message, Repeated, walk
from ibapi_port.protocol.select import codec_for

from .helpers import (
    SOAK,
    Recorder,
    Vector,
    deliver,
    delivered,
    field_names,
    interpreted,
    no_fault,
    payload_of,
    same,
    vectors,
)

JUNK = [
    b"abc",
    b"",
    b"1.0",
    b"-1",
    b"99999999999",
    b"2000000000",
    b"\xff\xfe",
    b"9" * 5000,
    "é日🙂".encode(),
    b"nan",
]
CPU_LIMIT = 0.5  # seconds for one frame, of processor time; they take well under a millisecond

Outcome = BadFrame | list[Any]


def sample(rows: list[Vector], name: str, number: int) -> list[Vector]:
    return rows if SOAK else random.Random(f"fuzz {name}").sample(rows, number)


def delivery(version: int, payload: bytes) -> Outcome:
    """The callbacks, or BadFrame, then without a callback."""
    recorder = Recorder()
    try:
        deliver(codec_for(version), payload, recorder, no_fault)
    except BadFrame as e:
        return [e, *recorder.calls] if recorder.calls else e
    return recorder.calls


def request(version: int, payload: bytes) -> Outcome:
    """The request as the simulated TWS gets it, or BadFrame."""
    try:
        received = codec_for(version).decode_request(payload)
    except BadFrame as e:
        return e
    return [(received.name, received.values)]


def judged(
    name: str, read: Callable[[int, bytes], Outcome], version: int, payload: bytes
) -> Outcome:
    """What became of a frame; asserts that it is what may become of it."""
    for attempt in (
        "first",
        "second",
    ):  # a garbage collection of the whole test run may fall into one of them
        before = time.process_time()
        outcome = read(version, payload)
        elapsed = time.process_time() - before
        if elapsed < CPU_LIMIT:
            break
        assert attempt == "first", f"{elapsed} s"
    if isinstance(outcome, BadFrame):
        assert outcome.message == name
        assert outcome.field not in ("", "frame")
        assert len(str(outcome)) < 300
        assert str(outcome) == f"{name}: {outcome.field}: {outcome.reason}"
    else:
        assert not any(isinstance(part, BadFrame) for part in outcome)
    return outcome


def harm(
    name: str, read: Callable[[int, bytes], Outcome], version: int, fields: list[bytes]
) -> Iterator[Outcome]:
    """Cut at every field and inside of it, each field replaced by junk; after each field a look
    whether the good frame still is one.
    """
    good = b"".join(field + b"\0" for field in fields)
    want = read(version, good)
    for at in range(1, len(fields)):
        yield judged(name, read, version, b"".join(field + b"\0" for field in fields[:at]))
        cut = judged(name, read, version, b"".join(field + b"\0" for field in fields[:at]) + b"x")
        assert isinstance(cut, BadFrame)
        for junk in JUNK:
            yield judged(
                name,
                read,
                version,
                b"".join(field + b"\0" for field in (*fields[:at], junk, *fields[at + 1 :])),
            )
        assert same(read(version, good), want)


@pytest.mark.parametrize("msg_id", INCOMING, ids=lambda msg_id: INCOMING[msg_id].name)
def test_damaged_message(msg_id: str) -> None:
    name = INCOMING[msg_id].name
    for vector in sample(vectors("decode")[msg_id], name, 2):
        outcomes = list(
            harm(
                name,
                delivery,
                vector["v"],
                [field.encode() for field in (msg_id, *vector["fields"])],
            )
        )
        assert any(isinstance(outcome, BadFrame) for outcome in outcomes) == bool(vector["fields"])


@pytest.mark.parametrize("name", [name for name in REQUESTS if name in vectors("encode")])
def test_damaged_request(name: str) -> None:
    rows = [row for row in vectors("encode")[name] if row["frames"]]
    for vector in sample(rows, name, min(2, len(rows))):
        fields = bytes.fromhex(vector["frames"][0]).split(b"\0")[:-1]
        for outcome in harm(REQUESTS[name].name, request, vector["v"], fields):
            assert isinstance(outcome, (BadFrame, list))


@pytest.mark.parametrize("msg_id", INCOMING, ids=lambda msg_id: INCOMING[msg_id].name)
def test_damaged_bytes(msg_id: str) -> None:
    """Bytes changed, taken out and put in anywhere, the id included."""
    rng = random.Random(f"bytes {msg_id}")
    for vector in sample(vectors("decode")[msg_id], msg_id, 4):
        for _ in range(25):
            payload = bytearray(payload_of([msg_id, *vector["fields"]]))
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(payload))
                payload[at : at + rng.randint(0, 2)] = rng.randbytes(rng.randint(0, 2))
                payload = payload or bytearray(b"x")
            with suppress(UnknownMessage):
                outcome = delivery(vector["v"], bytes(payload))
                assert isinstance(outcome, BadFrame) or not any(
                    isinstance(part, BadFrame) for part in outcome
                )


WITH_ROWS = [
    m for m in INCOMING.values() if any(isinstance(node, Repeated) for node in walk(m.nodes))
]


@pytest.mark.parametrize("message", WITH_ROWS, ids=lambda message: message.name)
def test_a_count_is_held_against_what_is_there(message: Message) -> None:
    """Every count in every vector: negative, one too many, huge; answered at once, without the
    memory for as many rows.

    A count of -1 has a test of its own below.
    """
    counts = 0
    for vector in vectors("decode")[str(message.msg_id)][:: 1 if SOAK else 9]:
        fields: list[str] = [str(message.msg_id), *vector["fields"]]
        for at, name in enumerate(field_names(message, vector["v"], fields), 1):
            if name.endswith(".count"):
                counts += 1
                for count in (
                    "-2",
                    "-2147483648",
                    str(len(fields) + 1),
                    "99999999",
                    "2000000000",
                    "99999999999999999999",
                ):
                    outcome = held_against(
                        message.name,
                        vector["v"],
                        payload_of([*fields[:at], count, *fields[at + 1 :]]),
                    )
                    if "-" in count and message.name == "smartComponents":  # see below
                        continue
                    assert isinstance(outcome, BadFrame)
                    assert outcome.field == name
    assert counts


def held_against(name: str, version: int, payload: bytes) -> Outcome:
    delivery(version, payload)  # what is made on first use is not to be measured
    tracemalloc.start()
    outcome = judged(name, delivery, version, payload)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    return outcome


@pytest.mark.parametrize("message", WITH_ROWS, ids=lambda message: message.name)
def test_a_count_of_minus_one_is_no_rows(message: Message) -> None:
    """Every count in every vector, with its rows taken out: what is called is what a count of 0
    calls, the message's end included.
    """
    counts = 0
    for vector in vectors("decode")[str(message.msg_id)][:: 1 if SOAK else 9]:
        fields: list[str] = [str(message.msg_id), *vector["fields"]]
        names = ["", *field_names(message, vector["v"], fields)]
        for at, name in enumerate(names):
            if name.endswith(".count"):
                counts += 1
                rows = name.removesuffix(".count")  # and what there is only where there are rows
                after = [
                    text
                    for text, of in zip(fields[at + 1 :], names[at + 1 :], strict=False)
                    if not of.startswith(rows)
                ]
                none, empty = (payload_of([*fields[:at], count, *after]) for count in ("-1", "0"))
                wanted = delivered(vector["v"], empty)
                assert same(delivered(vector["v"], none), wanted)
                assert same(interpreted(vector["v"], none), wanted)
    assert counts


def test_the_end_of_a_list_that_is_announced_as_minus_one() -> None:
    """As TWS ends a scan; data that older servers end in the same frame, too."""
    assert delivered(187, b"20\x003\x007\x00-1\0") == [("scannerDataEnd", (7,))]
    assert delivered(187, b"17\x007\x00from\x00to\x00-1\0") == [
        ("historicalDataEnd", (7, "from", "to"))
    ]
    assert delivered(187, b"96\x007\x00-1\x001\0") == [("historicalTicks", (7, [], True))]


def test_a_negative_count_is_no_rows_where_the_declaration_says_so() -> None:
    """IB's client reads smartComponents so, and only that."""
    declared = {
        (m.name, n.path)
        for m in INCOMING.values()
        for n in walk(m.nodes)
        if isinstance(n, Repeated) and n.negative_is_none
    }
    assert declared == {("smartComponents", "smartComponentMap")}
    assert delivered(200, b"82\x007\x00-3\0") == [("smartComponents", (7, []))]


def test_random_bytes_are_no_message() -> None:
    rng = random.Random("bytes")
    for _ in range(20_000 if SOAK else 2_000):
        payload = rng.randbytes(rng.randint(0, 40))
        with pytest.raises((BadFrame, UnknownMessage)):
            deliver(codec_for(187), payload, Recorder(), no_fault)
