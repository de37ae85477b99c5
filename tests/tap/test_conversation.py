"""Bytes to events: however they are split, nothing is lost; what is no frame is told as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.protocol.framing import LIMIT, frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.protocol.select import codec_for
from ibapi_port.tap.conversation import Conversation
from ibapi_port.tap.recording import Event

ANSWER = frame(b"187\x0020260414 09:30:00 EST\0")
START = codec_for(187).encode_request("startApi", 1, "")
NEXT = codec_for(187).encode_message("nextValidId", orderId=1)


def told(*chunks: tuple[str, bytes]) -> list[Event]:
    conversation = Conversation(1)
    return [
        event for direction, data in chunks for event in conversation.feed(0.0, direction, data)
    ]


def shape(events: list[Event]) -> list[tuple[str, str, str]]:
    return [(event.direction, event.kind, event.name) for event in events]


SESSION = [("out", greeting(100, 187)), ("in", ANSWER), ("out", START), ("in", NEXT + NEXT)]
TOLD = [
    ("out", "greeting", ""),
    ("in", "answer", ""),
    ("out", "frame", "startApi"),
    ("in", "frame", "nextValidId"),
    ("in", "frame", "nextValidId"),
]


@given(st.integers(1, 40))
def test_however_it_is_split(size: int) -> None:
    chunks = [
        (direction, data[n : n + size])
        for direction, data in SESSION
        for n in range(0, len(data), size)
    ]
    events = told(*chunks)
    assert shape(events) == TOLD
    assert [event.server_version for event in events[1:]] == [187] * 4
    assert events[0].data == b"v100..187"
    assert events[1].data == ANSWER[4:]


def test_a_burst_with_the_greeting() -> None:
    events = told(("out", greeting(100, 187) + START), ("in", ANSWER + NEXT + NEXT))
    assert shape(events) == [TOLD[0], TOLD[2], TOLD[1], *TOLD[3:]]


@pytest.mark.parametrize(
    "first", [b"GET / HTTP/1.0\r\n\r\n", b"API\0" + b"\xff" * 8, b"API\0" + frame(b"hello")]
)
def test_who_does_not_greet(first: bytes) -> None:
    events = told(("out", first[:3]), ("out", first[3:]), ("out", b"more"))
    assert {event.kind for event in events} == {"raw"}
    assert b"".join(event.data for event in events) == first + b"more"


def test_a_tws_that_is_none() -> None:
    events = told(("out", greeting(100, 187)), ("in", b"HTTP/1.1 400 Bad Request\r\n"))
    assert (events[1].kind, events[1].data) == ("raw", b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("split", range(12))
def test_from_a_length_that_is_none_it_is_told_as_bytes(split: int) -> None:
    bad = (LIMIT + 1).to_bytes(4, "big") + b"abcdefgh"
    events = told(*SESSION[:2], ("in", NEXT + bad[:split]), ("in", bad[split:]), ("in", b"tail"))
    assert shape(events)[2] == ("in", "frame", "nextValidId")
    assert {event.kind for event in events[3:]} == {"raw"}
    assert b"".join(event.data for event in events[3:]) == bad + b"tail"


def test_an_end_in_the_middle() -> None:
    conversation = Conversation(1)
    for direction, data in [*SESSION, ("in", NEXT[:-2])]:
        list(conversation.feed(0.0, direction, data))
    events = list(conversation.end(1.0, "in", "reset"))
    assert [(event.kind, event.data, event.text) for event in events] == [
        ("raw", NEXT[:-2], ""),
        ("end", b"", "reset"),
    ]
    assert [event.kind for event in conversation.end(1.0, "out", "closed")] == ["end"]
    early = Conversation(2)
    list(early.feed(0.0, "out", b"AP"))
    assert [(event.kind, event.data) for event in early.end(1.0, "out", "closed")] == [
        ("raw", b"AP"),
        ("end", b""),
    ]


def test_unknown_messages_have_no_name() -> None:
    events = told(
        *SESSION[:2],
        ("in", frame(b"9999\x001\0")),
        ("in", frame(b"")),
        ("out", frame(b"\xff\xfe\0")),
    )
    assert [event.name for event in events[2:]] == ["", "", ""]
    assert [event.kind for event in events[2:]] == ["frame"] * 3
