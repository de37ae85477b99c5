"""Whatever passes by: no byte is lost, nothing falls over, and no account number stays."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import PREFIX, greeting
from ibapi_port.protocol.select import codec_for
from ibapi_port.tap import Event
from ibapi_port.tap.conversation import Conversation
from ibapi_port.tap.masking import Masker
from ibapi_port.tap.printing import as_json, line

moderate = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STARTED = datetime(2026, 4, 14, tzinfo=timezone.utc)
VERSIONS = st.sampled_from([0, 100, 176, 187, 200, 201, 213, 226])
DIRECTIONS = st.sampled_from(["in", "out"])
NUMBERS = st.integers(0, 320).map(lambda number: number.to_bytes(4, "big")) | st.integers(
    0, 120
).map(lambda number: f"{number}\0".encode())
TEXTS = st.lists(
    st.sampled_from(["1", "0", "-1", "", "x", "DU1234567", "1e9", "\xe9"]), max_size=12
)
PAYLOADS = st.binary(max_size=30) | st.builds(
    lambda head, fields: head + "".join(f"{field}\0" for field in fields).encode(), NUMBERS, TEXTS
) | st.builds(bytes.__add__, NUMBERS, st.binary(max_size=40))  # fmt: skip


def joined(events: list[Event], direction: str) -> bytes:
    """The bytes that the events were made of."""
    wires = {
        "greeting": lambda data: PREFIX + frame(data),
        "answer": frame,
        "frame": frame,
        "raw": bytes,
    }
    return b"".join(
        wires[event.kind](event.data)
        for event in events
        if event.direction == direction and event.kind in wires
    )


SAID = st.binary(max_size=30) | PAYLOADS.map(frame) | st.sampled_from(
    [greeting(100, 187), frame(b"187\x0020260414 09:30:00 EST\0"), frame(b"226\x0020260414 09:30:00 EST\0"), b"API\0", b"\xff\xff\xff\xff"]
)  # fmt: skip


@moderate
@given(st.lists(st.tuples(DIRECTIONS, SAID), max_size=6))
def test_no_byte_is_lost(chunks: list[tuple[str, bytes]]) -> None:
    conversation = Conversation(1)
    events = [
        event for direction, data in chunks for event in conversation.feed(0.0, direction, data)
    ]
    for side in ("in", "out"):
        events += conversation.end(1.0, side, "closed")
        assert joined(events, side) == b"".join(
            data for direction, data in chunks if direction == side
        )


ACCOUNT = re.compile(
    rb"(?<![A-Za-z0-9])DU1234567(?![A-Za-z0-9])"
)  # not as a part of something else


@moderate
@given(PAYLOADS, VERSIONS, DIRECTIONS)
def test_whatever_it_is_it_can_be_shown_and_masked(
    payload: bytes, version: int, direction: str
) -> None:
    event = Event(0.0, 1, direction, "frame", payload, server_version=version)
    masked = Masker().event(event)
    for one in (event, masked):
        assert "\n" not in line(one, STARTED)
        assert json.loads(as_json(one, STARTED))["event"] == "frame"
    if ACCOUNT.search(payload):
        assert not ACCOUNT.search(masked.data)
        assert len(masked.data) == len(payload)


@moderate
@given(
    st.lists(st.integers(1_000_000, 9_999_999), min_size=1, max_size=6, unique=True),
    st.sampled_from([187, 226]),
)
def test_masks_are_one_to_one(numbers: list[int], version: int) -> None:
    codec, masker = codec_for(version), Masker()
    accounts = [f"U{number}" for number in numbers]
    shown = []
    for account in [*accounts, *reversed(accounts)]:
        data = codec.encode_message("accountDownloadEnd", accountName=account)
        shown.append(
            masker.event(Event(0.0, 1, "in", "frame", data[4:], server_version=version)).data
        )
    assert shown == shown[::-1]
    assert len(set(shown)) == len(numbers)
