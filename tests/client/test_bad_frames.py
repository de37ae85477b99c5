"""Frames that fit no declaration: one error each, no callback of theirs, and the frames after them
unharmed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from ibapi_port.protocol.framing import frame

from .samples import (
    BY_NAME,
    VERSIONS,
    bars,
    contract_details,
    next_id,
    open_order,
    order_status,
    price,
    quote,
)
from .scripted import Link, fields_of, message, raw

Links = Callable[..., Link]


def only_errors(one: Link, frames: list[bytes], code: int = 508) -> list[str]:
    """Let TWS send each frame with a good one after it: the texts of the errors, one for each frame
    and nothing else.
    """
    begin = time.monotonic()
    one.app.forget()
    one.peer.send(*(data + next_id(one.version, n) for n, data in enumerate(frames)))
    told = one.settle()
    assert time.monotonic() - begin < 5  # nobody counts to two thousand million
    assert len(told) == 2 * len(frames), told
    for n in range(len(frames)):
        assert told[2 * n][:3] == ("error", -1, code)
        assert told[2 * n + 1] == ("nextValidId", n)
    assert one.app.isConnected()
    assert one.app.threads() == {"run"}
    return [text for _, _, text in one.app.errors()]


@pytest.mark.parametrize("number", [0, 22, 112, 9999, -5, 2**40])
def test_an_unknown_message(link: Links, number: int) -> None:
    assert only_errors(link(), [raw(number, 1, 2, 3)], 505) == [
        f"Fatal Error: Unknown message id. {number}"
    ]


FRAMES = {
    "an id that is no number": (raw("tick", 1), "'tick' is not a number"),
    "an empty id": (raw("", 1), "'' is not a number"),
    "an id of 5000 digits": (raw("1" * 5000, 1), "is not a number"),
    "an empty frame": (frame(b""), "the frame is empty"),
    "one NUL": (frame(b"\0"), "'' is not a number"),
    "no NUL at all": (frame(b"9"), "its NUL is missing"),
    "not even text": (frame(b"\xff\xfe\xfd"), "its NUL is missing"),
}


@pytest.mark.parametrize("what", FRAMES)
def test_what_is_no_message(link: Links, what: str) -> None:
    data, reason = FRAMES[what]
    (text,) = only_errors(link(), [data])
    assert text.startswith("Bad message: frame: ")
    assert reason in text
    assert len(text) < 150


def test_bad_frames_one_after_the_other(link: Links) -> None:
    assert len(only_errors(link(), [data for data, _ in FRAMES.values()] * 20)) == 20 * len(FRAMES)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", BY_NAME)
def test_cut_after_each_field(link: Links, name: str, version: int) -> None:
    fields = fields_of(BY_NAME[name](version)[4:])
    texts = only_errors(link(version), [raw(*fields[:n]) for n in range(1, len(fields))])
    for n, text in enumerate(texts):
        reason = rf"\S+|\(not used\)): missing: the frame has {n} fields|\S+\.count: \d+ rows announced, \d+ fields left"
        assert re.fullmatch(f"Bad message: {name}: (?:(?:{reason})", text), text


def test_cut_frames_name_the_field(link: Links) -> None:
    texts = only_errors(link(), [raw(*fields_of(price(187)[4:])[:n]) for n in range(1, 7)])
    names = ["version", "reqId", "tickType", "price", "size", "attrib"]
    assert texts == [
        f"Bad message: tickPrice: {name}: missing: the frame has {n} fields"
        for n, name in enumerate(names)
    ]


@pytest.mark.parametrize("name", BY_NAME)
def test_the_last_nul_is_missing(link: Links, name: str) -> None:
    """Whatever the last field is, it was cut."""
    data = BY_NAME[name](187)[4:-1] + b"1"
    assert only_errors(link(), [frame(data)]) == [
        f"Bad message: {name}: last field: its NUL is missing"
    ]


def test_cut_at_each_byte(link: Links) -> None:
    payload = quote(187)[4:]
    texts = only_errors(link(), [frame(payload[:n]) for n in range(1, len(payload))])
    assert all(
        text.startswith(("Bad message: tickPrice: ", "Bad message: frame: last field"))
        for text in texts
    )


def with_field(data: bytes, index: int, text: object) -> bytes:
    fields = fields_of(data[4:])
    fields[index] = str(text)
    return raw(*fields)


NO_NUMBERS = [  # frame, index of the field, its name
    ("tickPrice", 2, "reqId"),
    ("tickPrice", 3, "tickType"),
    ("tickPrice", 4, "price"),
    ("tickPrice", 5, "size"),
    ("tickPrice", 6, "attrib"),
    ("orderStatus", 1, "orderId"),
    ("orderStatus", 3, "filled"),
    ("orderStatus", 11, "mktCapPrice"),
    ("openOrder", 2, "contract.conId"),
    ("contractDetails", 1, "reqId"),
]


@pytest.mark.parametrize(
    ("name", "index", "field"), NO_NUMBERS, ids=[f"{n}-{f}" for n, _, f in NO_NUMBERS]
)
@pytest.mark.parametrize(
    "text", ["abc", "1,5", "--1", "0x10", "1" * 5000 + "x"], ids=lambda text: text[:6]
)
def test_a_number_that_is_none(link: Links, name: str, index: int, field: str, text: str) -> None:
    (told,) = only_errors(link(), [with_field(BY_NAME[name](187), index, text)])
    assert told.startswith(f"Bad message: {name}: {field}: {text[:39]!r}"[:60])
    assert len(told) < 150


def counted() -> dict[str, tuple[bytes, str, str]]:
    """Frames with their count replaced by `%s`: the frame, the message, the counted field."""
    details = fields_of(contract_details(187)[4:])
    at = details.index("ISIN") - 1
    order = fields_of(open_order(187)[4:])
    return {
        "contractDetails": (with_field(contract_details(187), at, "%s"), "contractDetails", "contractDetails.secIdList.count"),
        "conditions": (with_field(open_order(187), order.index("265598", 3) - 5, "%s"), "openOrder", "order.conditions.count"),
        "algoParams": (with_field(open_order(187), order.index("maxPctVol") - 1, "%s"), "openOrder", "order.algoParams.count"),
        "bars": (
            with_field(message(187, "historicalData", reqId=1, startDateStr="", endDateStr="", bars=bars(2)), 4, "%s"),
            "historicalData", "bars.count",
        ),
        "inner rows": (
            raw(79, 5, 1, 8314, "IBM", "STK", "NYSE", "USD", "%s", "OPT", "", ""),
            "symbolSamples", "contractDescriptions[0].derivativeSecTypes.count",
        ),
        "bare values": (
            raw(75, 5, "SMART", 8314, "IBM", "100", "%s", "20261120", 1, "150"),
            "securityDefinitionOptionParameter", "expirations.count",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("count", [-2, -(2**31), 3000, 2_000_000_000, 2**63, 10**30])
@pytest.mark.parametrize("what", counted())
def test_a_count_that_cannot_be(link: Links, what: str, count: int) -> None:
    data, name, field = counted()[what]
    data = frame(data[4:].replace(b"%s", str(count).encode()))
    (text,) = only_errors(link(), [data])
    assert text.startswith(f"Bad message: {name}: {field}: {count} rows announced, ")


def test_a_negative_count_of_smart_components_means_none(link: Links) -> None:
    one = link()
    one.peer.send(raw(82, 3, -1))
    assert one.settle() == [("smartComponents", 3, [])]


def test_an_unknown_condition(link: Links) -> None:
    fields = fields_of(open_order(187)[4:])
    at = fields.index("265598", 3) - 4  # the first condition's type
    (text,) = only_errors(link(), [with_field(open_order(187), at, 99)])
    assert text == "Bad message: openOrder: order.conditions[0].condType: 99 is not known"


def test_more_fields_than_known_are_left_alone(link: Links) -> None:
    """Newer servers may add some."""
    one = link()
    one.peer.send(raw(*fields_of(order_status(187)[4:]), "new", "newer"))
    assert [t[0] for t in one.settle()] == ["orderStatus"]


def test_callbacks_that_are_made_twice_of_one_frame_are_not_made_once(link: Links) -> None:
    """tickPrice and tickSize come of one frame: if its last field is bad, neither does."""
    one = link()
    only_errors(one, [with_field(quote(187), 6, "x")])
    assert set(one.app.names()) == {"error", "nextValidId", "currentTime"}
