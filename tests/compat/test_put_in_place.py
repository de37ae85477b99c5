"""Classes, methods and numbers that a program puts in the place where the official client looks
them up: a Connection, a Decoder, an EReader, MAX_CLIENT_VER.
"""

from __future__ import annotations

import struct
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from ibapi_port import client, comm, decoder, reader, server_versions
from ibapi_port.client import EClient
from ibapi_port.compat import GENERATIONS, generation
from ibapi_port.connection import Connection
from ibapi_port.contract import Contract
from ibapi_port.decoder import Decoder
from ibapi_port.execution import ExecutionFilter
from ibapi_port.message import IN
from ibapi_port.order import Order
from ibapi_port.protocol.exceptions import FieldError
from ibapi_port.protocol.protobuf import available
from ibapi_port.protocol.select import codec_for
from ibapi_port.reader import EReader
from ibapi_port.simulator import SimulatedTws
from ibapi_port.wrapper import EWrapper

NEEDS_PROTOBUF = pytest.mark.skipif(not available(), reason="the protobuf package is not installed")

NOTICES = range(2100, 2170)


class App(EWrapper, EClient):
    """Asks for the time, and is done when it comes."""

    def __init__(self, *, ends: bool = True) -> None:
        EClient.__init__(self, self)
        self.told: list[str] = []
        self._ends = ends

    def nextValidId(self, orderId: int) -> None:
        self.reqCurrentTime()

    def currentTime(self, time: int) -> None:
        self.told.append("currentTime")
        if self._ends:
            self.disconnect()

    def error(self, *arguments: Any) -> None:
        if not any(argument in NOTICES for argument in arguments):
            self.told.append(f"error {arguments}")


def run(app: App, version: int = 187) -> App:
    with SimulatedTws(port=0, virtual=True, server_version=version) as tws:
        app.connect("127.0.0.1", tws.port, 1)
        app.run()
    return app


class Seen(list[Any]):
    """What a program's own methods were called for, each kind once."""

    def __call__(self, what: Any) -> None:
        if what not in self:
            self.append(what)


def test_a_connection_of_a_subclass(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen()

    class Own(Connection):
        def connect(self) -> None:  # type: ignore[override]
            seen("connect")
            super().connect()

        def sendMsg(self, msg: bytes) -> int:
            seen("sendMsg")
            return super().sendMsg(msg)

        def recvMsg(self) -> bytes:
            seen("recvMsg")
            return super().recvMsg()

        def disconnect(self) -> None:  # type: ignore[override]
            seen("disconnect")
            super().disconnect()

    monkeypatch.setattr(client, "Connection", Own)
    app = run(App())
    assert sorted(seen) == ["connect", "disconnect", "recvMsg", "sendMsg"]
    assert app.told == ["currentTime"]


def test_a_connection_of_a_subclass_that_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refused(Connection):
        def connect(self, timeout: float = 10.0) -> None:
            raise ConnectionRefusedError(111, "refused by the subclass")

    monkeypatch.setattr(client, "Connection", Refused)
    app = App()
    app.connect("127.0.0.1", 1, 1)
    assert not app.isConnected()
    assert len(app.told) == 1
    assert "502" in app.told[0]
    assert "refused by the subclass" in app.told[0]


@pytest.mark.parametrize("of_generation", ["9.81", "10.30", "10.37", "10.51"])
def test_a_decoder_of_a_subclass_sees_every_message(
    monkeypatch: pytest.MonkeyPatch, of_generation: str
) -> None:
    generation(of_generation)
    seen = Seen()

    class Own(Decoder):
        def interpret(self, *arguments: Any) -> None:
            fields, *rest = arguments
            seen(rest[0] if rest else int(fields[0]))
            assert bool(rest) is (of_generation not in ("9.81", "10.30"))
            assert all(isinstance(field, bytes) for field in fields)
            super().interpret(*arguments)

    monkeypatch.setattr(decoder, "Decoder", Own)
    app = run(App())
    assert isinstance(app.decoder, Own)
    assert seen == [IN.MANAGED_ACCTS, IN.NEXT_VALID_ID, IN.ERR_MSG, IN.CURRENT_TIME]
    assert app.told == ["currentTime"]


def test_interpret_with_the_id_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen()

    def interpret(self: Decoder, fields: Any, msgId: int) -> None:
        seen((msgId, len(fields)))
        own(self, fields, msgId)

    own = Decoder.interpret
    monkeypatch.setattr(Decoder, "interpret", interpret)
    assert run(App()).told == ["currentTime"]
    assert (IN.CURRENT_TIME, 2) in seen


def test_interpret_on_the_object() -> None:
    seen = Seen()

    class Later(App):
        def connectAck(self) -> None:
            assert self.decoder is not None
            own = self.decoder.interpret

            def interpret(*arguments: Any) -> None:
                seen(len(arguments))
                own(*arguments)

            self.decoder.interpret = interpret  # type: ignore[method-assign]

    assert run(Later()).told == ["currentTime"]
    assert len(seen) == 1


def test_an_exception_of_interpret_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(Decoder):
        def interpret(self, *arguments: Any) -> None:
            super().interpret(*arguments)
            raise RuntimeError("after each message")

    monkeypatch.setattr(decoder, "Decoder", Own)
    assert run(App()).told == ["currentTime"]


@NEEDS_PROTOBUF
def test_a_decoder_of_a_subclass_sees_protocol_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    generation("10.51")
    seen = Seen()

    class Own(Decoder):
        def processProtoBuf(self, protoBuf: bytes, msgId: int) -> None:
            seen(msgId)
            super().processProtoBuf(protoBuf, msgId)

    monkeypatch.setattr(decoder, "Decoder", Own)
    assert run(App(), 225).told == ["currentTime"]
    assert seen == [IN.MANAGED_ACCTS, IN.NEXT_VALID_ID, IN.ERR_MSG, IN.CURRENT_TIME]


@NEEDS_PROTOBUF
def test_what_sees_messages_gets_those_of_its_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    generation("9.81")
    seen = Seen()

    class Own(Decoder):
        def interpret(self, *arguments: Any) -> None:
            seen(int(arguments[0][0]))
            super().interpret(*arguments)

    monkeypatch.setattr(decoder, "Decoder", Own)
    app = run(App(), 225)
    assert IN.CURRENT_TIME in seen
    assert app.told == ["currentTime"]


def test_an_ereader_of_a_subclass(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen()

    class Own(EReader):
        def run(self) -> None:
            seen("run")
            super().run()

    monkeypatch.setattr(reader, "EReader", Own)
    assert run(App()).told == ["currentTime"]
    assert seen == ["run"]


def test_another_wrapper_for_the_decoder() -> None:
    app = App()
    other = App(ends=False)
    other.reqCurrentTime = app.reqCurrentTime  # type: ignore[method-assign]
    other.currentTime = lambda time: (other.told.append("other"), app.disconnect())  # type: ignore[method-assign,assignment,func-returns-value]

    def ack() -> None:
        assert app.decoder is not None
        app.decoder.wrapper = other

    app.connectAck = ack  # type: ignore[method-assign]
    run(app)
    assert (app.told, other.told) == ([], ["other"])


# --- the range of versions ---

OFFERED = dict(zip(GENERATIONS, (148, 151, 157, 176, 187, 203, 225, 226), strict=True))


@pytest.mark.parametrize("name", GENERATIONS)
def test_the_newest_version_of_a_generation(name: str) -> None:
    generation(name)
    found = server_versions.MAX_CLIENT_VER
    assert found == OFFERED[name]


def test_a_programs_own_number_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_versions, "MAX_CLIENT_VER", 160)
    generation("9.81")
    assert server_versions.MAX_CLIENT_VER == 160


def test_a_programs_own_number_limits_what_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_CLIENT_VER", 160, raising=False)
    offered: list[int | None] = []

    class Asking(App):
        def connectAck(self) -> None:
            offered.append(self.serverVersion())

    assert run(Asking()).told == ["currentTime"]
    assert offered == [160]


@NEEDS_PROTOBUF
def test_a_connection_of_its_own_speaks_as_its_generation() -> None:
    """A TWS that speaks Protocol Buffers, and a program that cuts text."""
    generation("9.81")
    told: list[tuple[int, int]] = []

    class Wrapper(EWrapper):
        def nextValidId(self, orderId: int) -> None:
            told.append((version, orderId))

    with SimulatedTws(port=0, virtual=True, server_version=225) as tws:
        connection = Connection("127.0.0.1", tws.port)
        connection.connect()
        offer = f"v{server_versions.MIN_CLIENT_VER}..{server_versions.MAX_CLIENT_VER}".encode()
        connection.sendMsg(b"API\0" + struct.pack(">I", len(offer)) + offer)
        came, version = b"", 0
        own = Decoder(Wrapper(), None)
        while not told:
            came += connection.recvMsg()
            _, message, rest = comm.read_msg(came)
            while message:
                came = rest
                fields = comm.read_fields(message)
                if version:
                    own.interpret(fields)
                else:
                    own.serverVersion = version = int(fields[0])
                    connection.sendMsg(comm.make_msg("71\x002\x003\x00\x00"))
                _, message, rest = comm.read_msg(came)
        connection.disconnect()
    assert told == [(157, 1)]


def test_a_frame_of_a_text_alone() -> None:
    assert comm.make_msg("49\x001\0") == comm.make_msg(text="49\x001\0")
    assert comm.make_msg("49\x001\0") == comm.make_msg(49, False, "1\0")
    with pytest.raises(TypeError, match="or the text alone"):
        comm.make_msg(49)  # type: ignore[call-overload]


def test_a_lock_of_the_programs_own() -> None:
    """Programs put in one that does nothing, to be faster; the frames have their own."""

    class NoLock:
        def acquire(self) -> None: ...

        def release(self) -> None: ...

    class Unlocked(App):
        def connectAck(self) -> None:
            assert self.conn is not None
            self.conn.lock = NoLock()

    assert run(Unlocked()).told == ["currentTime"]


# --- objects of classes of its own ---


@pytest.mark.parametrize("of_generation", [name for name in GENERATIONS if name != "9.73"])
@pytest.mark.parametrize("version", [187, 200])
def test_objects_of_a_programs_own_class_need_what_their_generation_has(
    of_generation: str, version: int
) -> None:
    generation(of_generation)
    order = Order()
    order.action, order.orderType, order.totalQuantity, order.lmtPrice = "BUY", "LMT", 1, 5.0
    codec = codec_for(version)
    for request, given in (
        ("reqContractDetails", [Contract()]),
        ("reqExecutions", [ExecutionFilter()]),
        ("placeOrder", [Contract(), order]),
    ):
        alike = [SimpleNamespace(**vars(one)) for one in given]
        sent = codec.encode_request(request, 1, *alike)
        assert sent == codec.encode_request(request, 1, *given)


def test_an_attribute_of_the_generation_may_not_be_missing() -> None:
    generation("9.81")
    alike = SimpleNamespace(**vars(Contract()))
    del alike.exchange
    with pytest.raises(FieldError, match=r"exchange: missing"):
        codec_for(187).encode_request("reqContractDetails", 1, alike)


def test_a_proxy_around_the_connection_is_still_the_clients() -> None:
    """disconnect() ends the session that is behind it, and tells so once."""

    class Proxy:
        def __init__(self, conn: Any) -> None:
            self._conn = conn

        def isConnected(self) -> bool:
            return bool(self._conn.isConnected())

        def sendMsg(self, msg: bytes) -> None:
            self._conn.sendMsg(msg)

    class Closing(App):
        def connectionClosed(self) -> None:
            self.told.append("connectionClosed")

    app = Closing()
    with SimulatedTws(port=0, virtual=True, server_version=187) as tws:
        app.connect("127.0.0.1", tws.port, 1)
        app.conn = Proxy(app.conn)  # type: ignore[assignment]
        app.run()
        assert not app.isConnected()
    assert app.told == ["currentTime", "connectionClosed"]


def test_a_decoder_keeps_the_wrapper_that_it_has_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Log(EWrapper):
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def nextValidId(self, orderId: int) -> None:
            self.inner.nextValidId(orderId)

        def currentTime(self, time: int) -> None:
            self.inner.told.append("logged")
            self.inner.currentTime(time)

    class Own(Decoder):
        def __init__(self, wrapper: Any, serverVersion: int | None) -> None:
            super().__init__(Log(wrapper), serverVersion)

    monkeypatch.setattr(decoder, "Decoder", Own)
    assert run(App()).told == ["logged", "currentTime"]


def test_a_class_of_another_kind_has_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "Decoder", object)
    assert run(App()).told == ["currentTime"]


def test_an_interrupt_in_a_programs_interpret_doubles_no_callback() -> None:
    """It comes after the callback: the message was told, and is not put back."""

    class Own(Decoder):
        def interpret(self, *arguments: Any) -> None:
            super().interpret(*arguments)
            raise KeyboardInterrupt

    app = App(ends=False)
    made = Own(app, 187)
    messages = deque([b"49\x001\x00111\x00"])
    with pytest.raises(KeyboardInterrupt):
        made.process_resumably(messages, None)
    assert app.told == ["currentTime"]
    assert not messages


def test_a_programs_interpret_gets_whole_frames_alone() -> None:
    class Own(Decoder):
        def interpret(self, *arguments: Any) -> None:
            app.told.append("interpret")

    app = App()
    Own(app, 187).process_queued(deque([b"49\x001\x00111"]))
    assert len(app.told) == 1
    assert app.told[0].startswith("error")
