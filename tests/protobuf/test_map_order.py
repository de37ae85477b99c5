"""The order of a map's pairs: as IB's client hands them over with the `protobuf` releases that it
is used with, and the same each time.

The expected orders are what maps of protobuf 4.25.8 and 5.29.5 came out in; those of the vectors
are what IB's client was recorded with.
"""

from __future__ import annotations

import random
from importlib.metadata import version

import pytest

from ibapi_port.contract import Contract
from ibapi_port.protocol.protobuf.classes import message_class
from ibapi_port.protocol.protobuf.map_order import in_order
from ibapi_port.protocol.select import codec_for
from ibapi_port.tag_value import TagValue

from .helpers import client, field, payload_of

RELEASE = int(version("protobuf").partition(".")[0])
ALGO = [
    "maxPctVol",
    "noTakeLiq",
    "startTime",
    "endTime",
    "strategyType",
    "allowPastEndTime",
    "riskAversion",
    "forceCompletion",
]
TAGS = [f"tag{n}" for n in range(15)]
MANY = [f"k{n:02}" for n in range(30)]
GROWN = (
    1,
    20,
    12,
    29,
    6,
    7,
    19,
    16,
    10,
    26,
    11,
    22,
    4,
    27,
    2,
    18,
    25,
    9,
    23,
    21,
    17,
    13,
    24,
    8,
    0,
    14,
    5,
    15,
    3,
    28,
)
KNOWN: list[tuple[list[str], list[str]]] = [
    ([], []),
    ([""], [""]),
    (["ISIN"], ["ISIN"]),
    (
        ALGO,
        [
            "noTakeLiq",
            "forceCompletion",
            "endTime",
            "strategyType",
            "startTime",
            "allowPastEndTime",
            "maxPctVol",
            "riskAversion",
        ],
    ),  # more than 6: the table has grown once
    (
        TAGS,
        [f"tag{n}" for n in (2, 0, 11, 9, 14, 6, 8, 7, 12, 13, 10, 4, 3, 1, 5)],
    ),  # more than 13: twice
    (
        MANY,
        [f"k{n:02}" for n in GROWN],
    ),
]


@pytest.mark.parametrize(
    ("arrived", "want"), KNOWN, ids=[str(len(arrived)) for arrived, _ in KNOWN]
)
def test_known_orders(arrived: list[str], want: list[str]) -> None:
    assert in_order(arrived) == want


# keys of algoParams and smartComboRoutingParams as they came, and as IB's client was recorded to
# tell them
RECORDED = [
    (["20261218", ""], ["20261218", ""]),
    (["20261218", "a,b;c"], ["20261218", "a,b;c"]),
    (["SMART", "hello world"], ["hello world", "SMART"]),
    (["a,b;c", "été"], ["été", "a,b;c"]),
    (["20261218 09:30:00 US/Eastern", "DU123456"], ["DU123456", "20261218 09:30:00 US/Eastern"]),
    (["20261218", "DU123456"], ["DU123456", "20261218"]),
    (["AAPL", "SMART"], ["AAPL", "SMART"]),
    (["F", "USD"], ["F", "USD"]),
]


@pytest.mark.parametrize(("arrived", "want"), RECORDED)
def test_recorded_orders(arrived: list[str], want: list[str]) -> None:
    assert in_order(arrived) == want


def pairs(keys: list[str]) -> bytes:
    """A map's entries as they stand in a ContractDetails, its field 17."""
    entries = (
        field(1, 2, key.encode()) + field(2, 2, f"{n}".encode()) for n, key in enumerate(keys)
    )
    return b"".join(field(17, 2, entry) for entry in entries)


def told(keys: list[str]) -> list[TagValue]:
    """The secIdList that the client hands over."""
    data = field(2, 2, b"") + field(3, 2, pairs(keys))
    ((_, (_, details)),) = client(225).take(payload_of(10, data))
    got: list[TagValue] = details.secIdList
    return got


@pytest.mark.parametrize(
    ("arrived", "want"), KNOWN, ids=[str(len(arrived)) for arrived, _ in KNOWN]
)
def test_the_client_hands_them_over_so(arrived: list[str], want: list[str]) -> None:
    got = told(arrived)
    assert [pair.tag for pair in got] == want
    assert {pair.tag: pair.value for pair in got} == {key: str(n) for n, key in enumerate(arrived)}


def test_of_two_with_one_key_the_later_counts_once() -> None:
    got = told([*ALGO, "endTime", "noTakeLiq"])
    assert [pair.tag for pair in got] == in_order(ALGO)
    values = {pair.tag: pair.value for pair in got}
    assert (values["endTime"], values["noTakeLiq"], values["maxPctVol"]) == ("8", "9", "0")
    assert in_order(["b", "a", "b", "b", "a"]) == in_order(["b", "a"])


def test_keys_over_64_bytes_leave_the_order_that_they_came_in() -> None:
    long = ["x", "a" * 65, "b", "c" * 70]
    assert in_order(long) == long
    assert in_order(["é" * 33, "b", "a"]) == ["é" * 33, "b", "a"]  # bytes, not characters
    at_most = ["b", "a", "é" * 32]
    assert in_order(at_most) != at_most
    assert [pair.tag for pair in told(long)] == long


def test_each_key_once_and_none_lost() -> None:
    rng = random.Random("keys")
    for _ in range(300):
        keys = random_keys(rng)
        got = in_order(keys)
        assert sorted(got) == sorted(keys)
        assert got == in_order(list(keys))


def random_keys(rng: random.Random) -> list[str]:
    lengths = [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 20, 32]
    keys = (
        "".join(rng.choice("abcXYZ019é日 _-") for _ in range(rng.choice(lengths)))
        for _ in range(rng.randint(0, 60))
    )
    return [key for key in dict.fromkeys(keys) if len(key.encode()) <= 64]


@pytest.mark.skipif(RELEASE > 5, reason="from release 6 on a map has another order in each process")
def test_as_the_maps_of_these_releases() -> None:
    """Held against a true map, of whatever keys."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="map.proto", package="map", syntax="proto3")
    message = file.message_type.add(name="Map")
    entry = message.nested_type.add(name="PairsEntry")
    entry.options.map_entry = True
    kinds = descriptor_pb2.FieldDescriptorProto
    for number, name in enumerate(("key", "value"), 1):
        entry.field.add(
            name=name, number=number, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL
        )
    message.field.add(
        name="pairs",
        number=17,
        type=kinds.TYPE_MESSAGE,
        label=kinds.LABEL_REPEATED,
        type_name=".map.Map.PairsEntry",
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    made = message_factory.GetMessageClass(pool.FindMessageTypeByName("map.Map"))
    rng = random.Random("maps")
    for _ in range(1000):
        keys = random_keys(rng)
        assert list(made.FromString(pairs(keys)).pairs) == in_order(keys)
    for arrived, want in KNOWN:
        assert list(made.FromString(pairs(arrived)).pairs) == want


def test_the_pairs_go_out_in_the_order_of_the_list() -> None:
    options = [TagValue(tag, "1") for tag in ALGO]
    frame = codec_for(225).encode_request("reqMktDepth", 1, Contract(), 5, False, options)
    sent = message_class("MarketDepthRequest").FromString(frame[8:])
    assert [pair.key for pair in sent.marketDepthOptions] == ALGO
    got = codec_for(225).decode_request(frame[4:]).values["mktDepthOptions"]
    assert [pair.tag for pair in got] == in_order(ALGO)
