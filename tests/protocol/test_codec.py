"""Payloads into fields, and what becomes of payloads that are no message."""

from __future__ import annotations

import pytest

from ibapi_port.protocol import exceptions
from ibapi_port.protocol.exceptions import BadFrame, FieldError, NotSupported, UnknownMessage, quote
from ibapi_port.protocol.schema.messages import INCOMING, REQUESTS
from ibapi_port.protocol.select import codec_for, write_request_source
from ibapi_port.protocol.text import interpreter
from ibapi_port.protocol.text.codec import RAW_ID_SINCE, Codec, CompileOnDemand

from .helpers import VERSIONS, Recorder, deliver, delivered, no_fault, vectors

CODEC = codec_for(187)


def test_fields() -> None:
    assert CODEC.fields(b"9\x001\x0042\0") == ["9", "1", "42"]
    assert CODEC.fields(b"9\0") == ["9"]
    assert CODEC.fields(b"\0") == [""]
    assert CODEC.fields("4\0é日🙂\0".encode()) == ["4", "é日🙂"]


def test_text_that_is_not_utf_8_is_latin_1_field_by_field() -> None:
    assert CODEC.fields(b"4\0caf\xe9\0" + "日".encode() + b"\0") == ["4", "café", "日"]
    assert delivered(187, b"4\x002\x007\x00200\0caf\xe9\0\0") == [
        ("error", (7, 0, 200, "café", ""))
    ]


@pytest.mark.parametrize(
    ("payload", "message", "field", "reason"),
    [
        (b"", "frame", "message id", "the frame is empty"),
        (b"\0", "frame", "message id", "'' is not a number"),
        (b"abc\0", "frame", "message id", "'abc' is not a number"),
        (b"1.0\0", "frame", "message id", "'1.0' is not a number"),
        (b"\xff\0", "frame", "message id", "'ÿ' is not a number"),
        (b"x" * 5000 + b"\0", "frame", "message id", "'" + "x" * 40 + "... is not a number"),
        (b"9" * 5000 + b"\0", "frame", "message id", "'" + "9" * 40 + "... is not a number"),
        (b"9", "frame", "last field", "its NUL is missing"),
        (b"9\0", "nextValidId", "version", "missing: the frame has 0 fields"),
        (b"9\x001\x004", "nextValidId", "last field", "its NUL is missing"),
        (b"zz\x001", "frame", "last field", "its NUL is missing"),
        (b"9\x001\x00x\0", "nextValidId", "orderId", "'x' is no int"),
        (
            b"9\x001\x00" + b"7" * 5000 + b"\0",
            "nextValidId",
            "orderId",
            "'" + "7" * 40 + "... is no int",
        ),
        (b"1\x006\x001\x001\x00\xff\x000\x000\0", "tickPrice", "price", "'ÿ' is no float"),
        (b"9\x001\0", "nextValidId", "orderId", "missing: the frame has 1 fields"),
        (b"78\x00-2\0", "familyCodes", "familyCodes.count", "-2 rows announced, 0 fields left"),
        (
            b"78\x002\0a\0b\0c\0",
            "familyCodes",
            "familyCodes.count",
            "2 rows announced, 3 fields left",
        ),
        (
            b"78\x002000000000\0a\0b\0",
            "familyCodes",
            "familyCodes.count",
            "2000000000 rows announced, 2 fields left",
        ),
    ],
)
def test_bad_frames(payload: bytes, message: str, field: str, reason: str) -> None:
    recorder = Recorder()
    with pytest.raises(BadFrame) as bad:
        deliver(CODEC, payload, recorder, no_fault)
    assert (bad.value.message, bad.value.field, bad.value.reason) == (message, field, reason)
    assert str(bad.value) == f"{message}: {field}: {reason}"
    assert recorder.calls == []


@pytest.mark.parametrize("number", [0, -1, 60, 999, 2**31])
def test_unknown_messages(number: int) -> None:
    for read in (
        lambda payload: deliver(CODEC, payload, Recorder(), no_fault),
        CODEC.decode_request,
    ):
        with pytest.raises(UnknownMessage, match=f"^unknown message id {number}$") as unknown:
            read(f"{number}\0001\0".encode())
        assert unknown.value.msg_id == number


def test_every_number_that_is_no_message_is_unknown() -> None:
    for number in range(-5, 300):
        if str(number) not in INCOMING:
            with pytest.raises(UnknownMessage):
                deliver(CODEC, f"{number}\0".encode(), Recorder(), no_fault)


def test_fields_over_are_left_alone() -> None:
    """Of a newer server: what is known is delivered."""
    for version in (100, 150, 200):
        for msg_id in INCOMING:
            vector = next(v for v in vectors("decode")[msg_id] if v["v"] == version)
            payload = "\0".join([msg_id, *vector["fields"], ""]).encode()
            assert delivered(version, payload + b"one more\0\0") == delivered(version, payload)


def test_requests_that_are_none() -> None:
    with pytest.raises(BadFrame, match=r"^frame: message id: 'GET / HTTP/1\.1' is not a number$"):
        CODEC.decode_request(b"GET / HTTP/1.1\0")
    with pytest.raises(BadFrame, match=r"^reqMktData: last field: its NUL is missing$"):
        CODEC.decode_request(b"1\x0011\x007")
    with pytest.raises(BadFrame, match=r"^cancelMktData: reqId: 'seven' is no int$"):
        CODEC.decode_request(b"2\x002\0seven\0")


# --- from version 201 on ids are binary ---


def test_a_binary_id() -> None:
    codec = Codec(RAW_ID_SINCE, write_request_source)
    assert codec.fields(b"\0\0\0\x091\x0042\0") == ["9", "1", "42"]
    assert codec.fields(b"\0\0\x01\x02") == ["258"]
    for short in (b"", b"\0", b"\0\0\0"):
        with pytest.raises(BadFrame, match=f"message id: {len(short)} bytes are none"):
            codec.fields(short)
    with pytest.raises(BadFrame, match="nextValidId: last field: its NUL is missing"):
        codec.fields(b"\0\0\0\x091\x0042")
    assert codec.encode_request("cancelPnL", 7) == b"\0\0\0\x06\0\0\0\x5d7\0"
    assert codec.decode_request(codec.encode_request("cancelPnL", 7)[4:]).values == {"reqId": 7}


# --- the rest ---


def test_a_request_that_no_one_knows_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        CODEC.encode_request("reqNothing")
    with pytest.raises(KeyError):
        CODEC.encode_message("nothing")


def test_every_version_has_a_codec() -> None:
    for version in VERSIONS:
        assert codec_for(version).server_version == version
        assert codec_for(version).encode_request("reqIds", 1) == b"\0\0\0\x068\x001\x001\0"


def test_lazy() -> None:
    asked: list[str] = []

    def make(key: str) -> str:
        asked.append(key)
        return key.upper()

    lazy = CompileOnDemand(make)
    assert [lazy["a"], lazy["a"], lazy["b"]] == ["A", "A", "B"]
    assert asked == ["a", "b"]


def test_trace_is_told_of_every_field() -> None:
    seen: list[tuple[str, str, object]] = []
    fields = ["1", "6", "7", "1", "187.5", "300", "5"]
    interpreter.read(
        INCOMING["1"], 187, fields, lambda name, text, value: seen.append((name, text, value))
    )
    assert [name for name, _, _ in seen] == [
        "version",
        "reqId",
        "tickType",
        "price",
        "size",
        "attrib",
    ]
    assert [text for _, text, _ in seen] == fields[1:]
    assert seen[3] == ("price", "187.5", 187.5)


def test_trace_names_rows_and_parts() -> None:
    names: list[str] = []
    fields = [*"7370", *[""] * 6, "5", "2", "20261120", "20261121"]
    interpreter.read(
        REQUESTS["reqExecutions"], 200, fields, lambda name, text, value: names.append(name)
    )
    assert names[0] == "(not used)"
    assert names[-4:] == [
        f"execFilter.{name}"
        for name in ("lastNDays", "specificDates.count", "specificDates[0]", "specificDates[1]")
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("abc", "'abc'"),
        ("x" * 40, f"'{'x' * 40}'"),
        ("x" * 41, "'" + "x" * 40 + "..."),
        ("a\nb", "'a\\nb'"),
        (None, "None"),
        (b"\xff", "b'\\xff'"),
    ],
)
def test_quote_is_short_and_on_one_line(value: object, text: str) -> None:
    assert quote(value) == text


def test_whose_fault_it_was() -> None:
    remote = {BadFrame, UnknownMessage, exceptions.FrameTooLong, exceptions.BadHandshake}
    local = {FieldError, NotSupported}
    assert all(
        issubclass(e, exceptions.RemoteProtocolError)
        and not issubclass(e, exceptions.LocalProtocolError)
        for e in remote
    )
    assert all(
        issubclass(e, exceptions.LocalProtocolError)
        and not issubclass(e, exceptions.RemoteProtocolError)
        for e in local
    )
    assert all(issubclass(e, exceptions.ProtocolError) for e in remote | local)


@pytest.mark.parametrize("end", ["0\0\0", "\0", "1\0a=b;\0"])
def test_fundamental_data_is_asked_for_with_and_without_a_count_of_options(end: str) -> None:
    got = CODEC.decode_request(
        f"52\x002\x005\x00\0AAPL\0STK\0SMART\0\0USD\0\0ReportSnapshot\0{end}".encode()
    )
    assert got.name == "reqFundamentalData"
    assert got.values["reportType"] == "ReportSnapshot"
    assert len(got.values["fundamentalDataOptions"]) == end.count("=")


def test_fundamental_data_with_less_is_refused() -> None:
    with pytest.raises(BadFrame):
        CODEC.decode_request(b"52\x002\x005\0\0AAPL\0STK\0SMART\0\0USD\0\0ReportSnapshot\0")
