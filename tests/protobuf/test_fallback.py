"""A compiled reader of a Protocol Buffers message that fails: it is run once more, with an
account of where it is.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from protocol.helpers import Recorder, deliver, no_fault

from ibapi_port.protocol.exceptions import BadFrame
from ibapi_port.protocol.protobuf import codec as protobuf_codec
from ibapi_port.protocol.protobuf import compiler
from ibapi_port.protocol.protobuf.classes import message_class
from ibapi_port.protocol.protobuf.codec import ProtobufCodec
from ibapi_port.protocol.schema.field_types import FieldType
from ibapi_port.protocol.schema.source import load as usual
from ibapi_port.protocol.select import write_request_source
from ibapi_port.protocol.text import fallback

HEAD = (200 + 49).to_bytes(4, "big")


def payload() -> bytes:
    data: bytes = message_class("CurrentTime")(currentTime=1700000000).SerializeToString()
    return HEAD + data


def broken(monkeypatch: pytest.MonkeyPatch) -> ProtobufCodec:
    def load(source: str, name: str, names: dict[str, Any], title: str) -> Any:
        return usual(source.replace("m.currentTime", "m.noSuchField"), name, names, title)

    monkeypatch.setattr(protobuf_codec, "load", load)
    monkeypatch.setattr(fallback.logger, "handlers", [])  # here a failure is what is looked for
    return ProtobufCodec(226, write_request_source)


def test_a_message_that_is_read_at_the_second_try_is_delivered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder()
    deliver(broken(monkeypatch), payload(), recorder, no_fault)
    assert recorder.calls == [("currentTime", (1700000000,))]
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "failed to read currentTime at server version 226" in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], AttributeError)


def test_one_that_is_not_names_the_field_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(FieldType, "from_wire", lambda *_: "no_such_name")
    compiler._traced_reader.cache_clear()  # what is kept was made by others
    with pytest.raises(
        BadFrame, match=r"^currentTime: time: this client failed to read it; the log"
    ):
        deliver(broken(monkeypatch), payload(), Recorder(), no_fault)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    monkeypatch.undo()
    compiler._traced_reader.cache_clear()


def test_bytes_that_are_no_message_are_no_failure_of_ours(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(BadFrame, match=r"^currentTime: message: it cannot be parsed"):
        deliver(broken(monkeypatch), HEAD + b"\xff", Recorder(), no_fault)
    assert not caplog.records
