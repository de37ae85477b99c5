"""The ...ProtoBuf callbacks: the message as it came, before the ordinary callback, for who
overrides them.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

import pytest
from client.scripted import App
from protocol.helpers import Calls

from ibapi_port.decoder import Decoder
from ibapi_port.protocol.protobuf.classes import message_class
from ibapi_port.protocol.protobuf.codec import ProtobufCodec
from ibapi_port.protocol.protobuf.public_classes import public_class
from ibapi_port.protocol.select import codec_for, write_request_source
from ibapi_port.wrapper import EWrapper

from .helpers import (
    LAST,
    MESSAGE_PB,
    NAMES,
    PROTOBUF_ONLY_CALLBACKS,
    Client,
    Plain,
    ProtoLink,
    Told,
    client,
    complaints,
    payload,
    payload_of,
    recorded,
)

TICK = payload_of(
    2, message_class("TickSize")(reqId=5, tickType=8, size="12.5").SerializeToString()
)
HIDDEN = ["error", "tickSize", "openOrder", "contractDetails", "tickByTick"]


class Sizes(Plain):
    """Overrides one ...ProtoBuf callback."""

    def tickSizeProtoBuf(self, tickSizeProto: Any) -> None:
        self.calls.append(("tickSizeProtoBuf", (tickSizeProto,)))


def test_every_callback_of_a_binding_is_one_of_the_wrapper() -> None:
    used = [pb.callback for pb in MESSAGE_PB.values()] + [
        callback for _, callback in PROTOBUF_ONLY_CALLBACKS.values()
    ]
    assert len(used) == len(set(used))
    assert set(used) == {name for name in vars(EWrapper) if name.endswith("ProtoBuf")}


def test_the_message_comes_first_and_as_it_is() -> None:
    (name, (message,)), ordinary = Client(LAST, Sizes()).take(TICK)
    assert name == "tickSizeProtoBuf"
    assert (message.reqId, message.tickType, message.size) == (5, 8, "12.5")
    assert message.HasField("size")
    assert message.DESCRIPTOR.name == "TickSize"
    assert ordinary[0] == "tickSize"
    assert list(map(str, ordinary[1])) == ["5", "8", "12.5"]


def test_a_field_that_is_not_set_can_be_told_from_0() -> None:
    (_, (message,)), _ = Client(LAST, Sizes()).take(payload_of(2, b"\x08\x00"))
    assert message.reqId == message.tickType == 0
    assert message.HasField("reqId")
    assert not message.HasField("tickType")


class Bare:
    """No EWrapper: it has what it needs, and no ...ProtoBuf callback."""

    def __init__(self) -> None:
        self.calls: Calls = []

    def tickSize(self, *arguments: Any) -> None:
        self.calls.append(("tickSize", arguments))


def test_a_wrapper_without_such_callbacks_is_not_told() -> None:
    assert [name for name, _ in Client(LAST, Bare()).take(TICK)] == ["tickSize"]  # type: ignore[arg-type]


def test_only_who_overrides_it_is_told() -> None:
    assert [name for name, _ in client(LAST).take(TICK)] == ["tickSize"]
    sizes = Client(LAST, Sizes())
    assert [name for name, _ in sizes.take(TICK)] == ["tickSizeProtoBuf", "tickSize"]
    price = payload_of(
        1, message_class("TickPrice")(reqId=5, tickType=6, price=1.5).SerializeToString()
    )
    assert [name for name, _ in sizes.take(price)] == ["tickPrice"]


@pytest.mark.parametrize(
    "msg_id",
    [n for n in NAMES if n not in PROTOBUF_ONLY_CALLBACKS],
    ids=lambda msg_id: NAMES[msg_id],
)
def test_it_is_not_compiled_in_otherwise(msg_id: int) -> None:
    name, callback = NAMES[msg_id], MESSAGE_PB[NAMES[msg_id]].callback
    codec = ProtobufCodec(LAST, write_request_source)
    assert codec.raw_callback(f"p{msg_id}") == callback

    def source(told: str) -> str:
        return "".join(linecache.getlines(f"<ibapi_port decode {name} {LAST} protobuf{told}>"))

    assert codec.deliverers[f"p{msg_id}"] is codec.deliverers[f"p{msg_id}"]
    assert "ProtoBuf" not in source("")
    codec.with_raw_callback(f"p{msg_id}")
    assert source(" raw").count("ProtoBuf") == 1
    assert f"w.{callback}(parse_raw(f[1]))" in source(" raw")


def test_what_tells_is_not_made_for_who_does_not_override(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    with_raw_callback = ProtobufCodec.with_raw_callback
    monkeypatch.setattr(
        ProtobufCodec,
        "with_raw_callback",
        lambda self, msg_id: made.append(msg_id) or with_raw_callback(self, msg_id),
    )  # type: ignore[func-returns-value]
    plain, told = Client(LAST, Plain()), Client(LAST, Told())
    for msg_id in NAMES:
        plain.take(payload_of(msg_id, b""))
    assert made == []
    for msg_id in NAMES:
        told.take(payload_of(msg_id, b""))
    assert made == [f"p{msg_id}" for msg_id in NAMES if msg_id not in PROTOBUF_ONLY_CALLBACKS]


def test_a_message_that_makes_no_callback_is_told() -> None:
    for msg_id in (5, 10, 11, 12, 90, 99, 61):
        told = client(LAST, told=True).take(payload_of(msg_id, b""))
        assert [name for name, _ in told] == [MESSAGE_PB[NAMES[msg_id]].callback]


def test_a_message_that_cannot_be_read_is_not() -> None:
    for data in (b"\x08", b"\x1a\x03abc"):
        calls = client(LAST, told=True).take(payload_of(2, data))
        assert [name for name, _ in calls] == ["error"]
        assert complaints(calls)[0][0] == 508


def test_what_comes_as_text_is_not_told() -> None:
    for version in (201, 205):
        frame = codec_for(version).encode_message("tickSize", reqId=5, tickType=8, size=12)
        assert [name for name, _ in Client(version, Sizes()).take(frame[4:])] == ["tickSize"]


# --- configuration: 110 and 111 have no other callback ---


@pytest.mark.parametrize(
    ("msg_id", "callback"), [(110, "configResponseProtoBuf"), (111, "updateConfigResponseProtoBuf")]
)
def test_configuration(msg_id: int, callback: str) -> None:
    vector = max(recorded()[msg_id], key=lambda vector: len(vector["pb"]))
    ((name, (message,)),) = client(LAST, told=True).take(payload(vector))
    assert name == callback
    assert message == public_class(vector["proto"]).FromString(bytes.fromhex(vector["pb"]))
    assert message.reqId == vector["json"]["reqId"]
    assert client(LAST).take(payload(vector)) == []


def test_what_a_configuration_says() -> None:
    sent = message_class("ConfigResponse")(reqId=9)
    sent.api.settings.socketPort, sent.api.settings.readOnlyApi = 7497, False
    sent.api.settings.trustedIPs.extend(["127.0.0.1", "10.0.0.1"])
    sent.messages.add(id=3, title="été", enabled=True)
    ((_, (got,)),) = client(LAST, told=True).take(payload_of(110, sent.SerializeToString()))
    assert (got.api.settings.socketPort, got.api.settings.readOnlyApi) == (7497, False)
    assert got.api.settings.HasField("readOnlyApi")
    assert list(got.api.settings.trustedIPs) == ["127.0.0.1", "10.0.0.1"]
    assert [(one.id, one.title, one.enabled) for one in got.messages] == [(3, "été", True)]
    assert not got.HasField("orders")


# --- callbacks that raise ---


class Raising(Plain):
    """Whose ...ProtoBuf callbacks raise."""

    def tickSizeProtoBuf(self, tickSizeProto: Any) -> None:
        raise ValueError("tickSizeProtoBuf")

    def configResponseProtoBuf(self, configResponseProto: Any) -> None:
        raise KeyError("configResponseProtoBuf")


def faults_of(wrapper: Plain, *payloads: bytes) -> tuple[list[str], Calls]:
    faults: list[BaseException] = []
    wrapper.calls = []
    decoder = Decoder(wrapper, LAST, faults.append)
    for one in payloads:
        decoder.process(one)
    return [str(e.args[0]) for e in faults], wrapper.calls


def test_an_exception_does_not_keep_the_ordinary_callback_from_being_made() -> None:
    faults, calls = faults_of(Raising(), TICK, TICK)
    assert faults == ["tickSizeProtoBuf"] * 2
    assert [name for name, _ in calls] == ["tickSize"] * 2


def test_an_exception_where_there_is_no_other_callback() -> None:
    faults, calls = faults_of(Raising(), payload_of(110, b"\x08\x05"), TICK)
    assert faults == ["configResponseProtoBuf", "tickSizeProtoBuf"]
    assert [name for name, _ in calls] == ["tickSize"]


def test_both_may_raise() -> None:
    class Both(Raising):
        def tickSize(self, *_: Any) -> None:
            raise TypeError("tickSize")

    assert faults_of(Both(), TICK)[0] == ["tickSizeProtoBuf", "tickSize"]


# --- over a socket ---


@pytest.fixture
def proto_link() -> Any:
    made: list[ProtoLink] = []

    def make(version: int, app: App | None = None) -> ProtoLink:
        made.append(ProtoLink(version, app))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_in_the_thread_of_the_others(proto_link: Callable[..., ProtoLink]) -> None:
    one = proto_link(206)
    one.send("tickSize", reqId=5, tickType=8, size=3)
    one.send("managedAccounts", accountsList="DU1")  # still text
    assert [told[0] for told in one.settle()] == ["tickSizeProtoBuf", "tickSize", "managedAccounts"]
    assert one.app.threads() == {"run"}


def test_next_valid_id_is_told_and_is_ready(proto_link: Callable[..., ProtoLink]) -> None:
    one = proto_link(213)
    one.send("nextValidId", orderId=77)
    (first, message), second = one.settle()
    assert (first, message.orderId, second) == ("nextValidIdProtoBuf", 77, ("nextValidId", 77))


def test_disconnecting_in_one(proto_link: Callable[..., ProtoLink]) -> None:
    one = proto_link(LAST)
    one.app.on["tickSizeProtoBuf"] = lambda *_: one.app.disconnect()
    one.send("tickSize", reqId=5, tickType=8, size=3)
    assert one.app.join() is None
    assert one.app.names() == ["tickSizeProtoBuf", "connectionClosed", "tickSize"]
