"""A compiled function that fails: the interpreter reads the frame, and says whose error it was."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ibapi_port.decoder import Decoder
from ibapi_port.protocol.exceptions import BadFrame, DecodeFailed
from ibapi_port.protocol.schema.source import load as usual
from ibapi_port.protocol.select import write_request_source
from ibapi_port.protocol.text import codec, fallback, interpreter
from ibapi_port.protocol.text.codec import Codec

from .helpers import Recorder, deliver, no_fault

CURRENT_TIME = b"49\x001\x001700000000\0"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Codec:
    """A codec whose compiled reader of currentTime looks for a name that is not there."""

    def load(source: str, name: str, names: dict[str, Any], title: str) -> Any:
        return usual(source.replace("int(f[2] or 0)", "int(no_such_name)"), name, names, title)

    monkeypatch.setattr(codec, "load", load)
    monkeypatch.setattr(fallback.logger, "handlers", [])  # here a failure is what is looked for
    return Codec(187, write_request_source)


def test_a_message_that_only_the_interpreter_reads_is_delivered(
    broken: Codec, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder()
    deliver(broken, CURRENT_TIME, recorder, no_fault)
    assert recorder.calls == [("currentTime", (1700000000,))]
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "failed to read currentTime at server version 187" in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], NameError)


def test_the_client_delivers_it_too_and_tells_no_508(
    broken: Codec, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder()
    decoder = Decoder(recorder, 187)
    decoder._codec = broken
    decoder.process(CURRENT_TIME)
    assert recorder.calls == [("currentTime", (1700000000,))]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_bad_frame_is_no_failure_of_ours(broken: Codec, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BadFrame, match=r"^currentTime: time: 'x' is no long$"):
        deliver(broken, b"49\x001\0x\0", Recorder(), no_fault)
    assert not caplog.records


def test_a_bad_frame_keeps_its_cause() -> None:
    codec = Codec(187, write_request_source)
    with pytest.raises(DecodeFailed) as raised:
        codec.deliverers["49"](["49", "1", "x"], Recorder(), no_fault)
    assert isinstance(raised.value.__cause__, ValueError)
    assert raised.value.bad_frame.field == "time"


def test_a_failure_of_the_interpreter_is_one_of_ours(
    broken: Codec, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read(*arguments: object) -> dict[str, Any]:
        raise AttributeError("gone")

    monkeypatch.setattr(interpreter, "read", read)
    with pytest.raises(
        BadFrame, match=r"^currentTime: frame: this client failed to read it; the log"
    ):
        deliver(broken, CURRENT_TIME, Recorder(), no_fault)
    (record,) = caplog.records
    assert (record.levelno, record.exc_info and str(record.exc_info[1])) == (logging.ERROR, "gone")


def test_a_request_that_only_the_interpreter_reads_is_read(
    broken: Codec, caplog: pytest.LogCaptureFixture
) -> None:
    received = broken.decode_request(b"14\x001\x005\0")
    assert (received.name, received.values) == ("setServerLogLevel", {"logLevel": 5})
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
