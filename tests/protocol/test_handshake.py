"""The greeting and its answer, on both sides, however they are cut; and what is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.protocol.exceptions import BadHandshake, ProtocolError
from ibapi_port.protocol.framing import LENGTH, FrameBuffer, frame
from ibapi_port.protocol.handshake import (
    ANSWER_LIMIT,
    NEWEST,
    OLDEST,
    PREFIX,
    ClientHandshake,
    ServerHandshake,
    decode_text,
    greeting,
)

from .helpers import VERSIONS, payloads
from .strategies import examples

TIME = "20261121 09:30:00 Central European Standard Time"
ANSWER = frame(f"187\0{TIME}\0".encode())
REST = frame(b"15\x001\0DU1\0") + b"\0\0"


def outcome(handshake: ClientHandshake | ServerHandshake) -> dict[str, object]:
    """What a handshake tells, without how it got there."""
    return {name: value for name, value in vars(handshake).items() if not name.startswith("_")}


def greeted(data: bytes, own: int = 187) -> ServerHandshake:
    handshake = ServerHandshake(own, TIME)
    handshake.feed(data)
    return handshake


def feed_by(piece: int, handshake: ClientHandshake | ServerHandshake, data: bytes) -> None:
    """Feed in pieces until it is done."""
    for start in range(0, len(data), piece):
        handshake.feed(data[start : start + piece])
        if handshake.done:
            break


# --- the client's side ---


def test_the_greeting() -> None:
    assert greeting(100, 200) == b"API\0\0\0\0\tv100..200"
    assert greeting(100, 200, "+PACEAPI") == b"API\0\0\0\0\x12v100..200 +PACEAPI"


def test_the_answer() -> None:
    handshake = ClientHandshake()
    assert not handshake.done
    handshake.feed(ANSWER + REST)
    assert outcome(handshake) == {
        "done": True,
        "server_version": 187,
        "time": TIME,
        "time_bytes": TIME.encode(),
        "rest": REST,
    }


def test_the_answer_cut_at_every_byte() -> None:
    for cut in range(len(ANSWER) + 1):
        handshake = ClientHandshake()
        handshake.feed(ANSWER[:cut])
        assert handshake.done == (cut == len(ANSWER))
        if not handshake.done:
            handshake.feed(ANSWER[cut:] + REST)
            assert outcome(handshake) == {
                "done": True,
                "server_version": 187,
                "time": TIME,
                "time_bytes": TIME.encode(),
                "rest": REST,
            }


def test_the_answer_byte_by_byte() -> None:
    handshake = ClientHandshake()
    for n, byte in enumerate(ANSWER):
        assert (handshake.done, handshake.rest) == (False, b"")
        handshake.feed(bytes([byte]))
        assert handshake.done == (n == len(ANSWER) - 1)
    assert (handshake.server_version, handshake.time, handshake.rest) == (187, TIME, b"")


@pytest.mark.parametrize(
    ("payload", "version", "time"),
    [
        (b"25\0", 25, ""),
        (b"0\0x\0", 0, "x"),
        (b"-1\0other.host:4001\0", -1, "other.host:4001"),
        (b"187", 187, ""),
        (b"187\0no NUL", 187, "no NUL"),
        (b"187\0time\0and\0more\0", 187, "time"),
        ("187\x0020261121 Größenwahn\0".encode(), 187, "20261121 Größenwahn"),
        ("187\x0020261121 Größe\0".encode("latin-1"), 187, "20261121 Größe"),
        (b"999999999\0t\0", 999999999, "t"),
    ],
)
def test_answers_of_all_sorts(payload: bytes, version: int, time: str) -> None:
    handshake = ClientHandshake()
    handshake.feed(frame(payload))
    assert (handshake.done, handshake.server_version, handshake.time) == (True, version, time)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\xff\xff\xff\xff",
        LENGTH.pack(ANSWER_LIMIT + 1),
        frame(b""),
        frame(b"abc\0time\0"),
        frame(b"1.5\0time\0"),
        frame(b" 187\0time\0"),
        frame(b"\0time\0"),
        frame(b"9" * 4000 + b"\0time\0"),
        frame(b"1234567890\0time\0"),
        frame(b"\xd9\xa1\xd9\xa0\xd9\xa0\0time\0"),  # Arabic digits
        frame(b"187\n\0time\0"),
    ],
)
def test_what_is_no_answer(data: bytes) -> None:
    for piece in (len(data), 1):
        handshake = ClientHandshake()
        with pytest.raises(BadHandshake) as refused:
            feed_by(piece, handshake, data)
        assert not handshake.done
        assert "answer" in str(refused.value)
        assert len(str(refused.value)) < 200


def test_a_refusal_quotes_what_came() -> None:
    with pytest.raises(BadHandshake, match=re.escape("b'HTTP/1.1 400 Bad Request")):
        ClientHandshake().feed(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")
    handshake = ClientHandshake()
    with pytest.raises(BadHandshake, match="HTTP"):
        feed_by(1, handshake, b"HTTP")


def test_no_more_is_kept_than_an_answer_may_have() -> None:
    handshake = ClientHandshake()
    handshake.feed(LENGTH.pack(ANSWER_LIMIT) + b"187\0")
    assert not handshake.done
    handshake.feed(b"x" * (ANSWER_LIMIT - 4) + b"rest")
    assert (handshake.done, handshake.rest) == (True, b"rest")


# --- TWS's side ---


def test_the_reply() -> None:
    handshake = greeted(greeting(100, 200, "+PACEAPI") + REST)
    assert outcome(handshake) == {
        "done": True,
        "server_version": 187,
        "connect_options": "+PACEAPI",
        "reply": ANSWER,
        "rest": REST,
    }


def test_the_greeting_cut_at_every_byte() -> None:
    data = greeting(100, 200, "+PACEAPI")
    want = outcome(greeted(data + REST))
    for cut in range(len(data)):
        handshake = ServerHandshake(187, TIME)
        handshake.feed(data[:cut])
        assert (handshake.done, handshake.reply) == (False, b"")
        handshake.feed(data[cut:] + REST)
        assert outcome(handshake) == want


def test_the_greeting_byte_by_byte() -> None:
    handshake, data = ServerHandshake(187, TIME), greeting(100, 200)
    for n, byte in enumerate(data):
        handshake.feed(bytes([byte]))
        assert handshake.done == (n == len(data) - 1)
    assert handshake.reply == ANSWER


@pytest.mark.parametrize(
    ("offer", "own", "agreed"),
    [
        ("v100..200", 187, 187),
        ("v100..176", 187, 176),
        ("v187..187", 187, 187),
        ("v100..100", 200, 100),
        ("v38..222", 187, 187),
        ("v0..999999999", 100, 100),
        ("v100..200\0", 187, 187),
    ],
)
def test_the_lower_of_both_newest_versions_is_agreed_on(offer: str, own: int, agreed: int) -> None:
    handshake = greeted(PREFIX + frame(offer.encode()), own)
    assert handshake.server_version == agreed
    assert payloads(FrameBuffer(), handshake.reply) == [f"{agreed}\0{TIME}\0".encode()]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("v100..200", ""),
        ("v100..200 ", ""),
        ("v100..200 +PACEAPI", "+PACEAPI"),
        ("v100..200 a b\nc", "a b\nc"),
        ("v100..200 é", "é"),
    ],
)
def test_connect_options(text: str, options: str) -> None:
    assert greeted(PREFIX + frame(text.encode())).connect_options == options


@pytest.mark.parametrize(
    ("oldest", "newest", "own"), [(188, 200, 187), (200, 100, 187), (150, 149, 187), (100, 200, 99)]
)
def test_no_version_in_common(oldest: int, newest: int, own: int) -> None:
    handshake = ServerHandshake(own, TIME)
    with pytest.raises(BadHandshake, match=f"versions {oldest} to {newest}, the server {own}"):
        handshake.feed(greeting(oldest, newest))
    assert (handshake.done, handshake.reply) == (False, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"X",
        b"API\1",
        b"APIX",
        b"API\0\xff\xff\xff\xff",
        b"API\0" + LENGTH.pack(ANSWER_LIMIT + 1),
        *(
            PREFIX + frame(offer)
            for offer in (
                b"",
                b"v100",
                b"v100..",
                b"100..200",
                b"v-1..200",
                b"vx..y",
                b"v100...200",
                b"v100..200+",
            )
        ),
        PREFIX + frame(b"v1" + b"0" * 50 + b"..200"),
        PREFIX + frame("v١٠٠..200".encode()[:-3] + b"abc"),
        PREFIX + frame(b"71\x002\x007\0\0"),
    ],
)
def test_what_is_no_greeting(data: bytes) -> None:
    for piece in (len(data), 1):
        handshake = ServerHandshake(187, TIME)
        with pytest.raises(BadHandshake) as refused:
            feed_by(piece, handshake, data)
        assert (handshake.done, handshake.reply) == (False, b"")
        assert "greeting" in str(refused.value)


def test_a_stranger_is_refused_at_the_first_byte() -> None:
    with pytest.raises(BadHandshake, match="b'G'"):
        greeted(b"G")


# --- both ---


@pytest.mark.parametrize("own", [*VERSIONS, 201, 226])
def test_both_sides_joined_in_memory(own: int) -> None:
    client, server = ClientHandshake(), ServerHandshake(own, TIME)
    server.feed(greeting(OLDEST, NEWEST))
    client.feed(server.reply)
    assert client.server_version == server.server_version == min(own, NEWEST)
    assert (client.time, client.rest, server.rest) == (TIME, b"", b"")


@given(st.binary(max_size=60), st.integers(1, 20), st.booleans())
@examples(300)
def test_any_bytes_are_a_handshake_or_a_bad_one(data: bytes, piece: int, prefixed: bool) -> None:
    server: ServerHandshake = ServerHandshake(187, TIME)
    for handshake, stream in (
        (ClientHandshake(), data),
        (server, PREFIX + data if prefixed else data),
    ):
        try:
            feed_by(piece, handshake, stream)
        except ProtocolError as e:
            refused: ProtocolError | None = e
        else:
            refused = None
        assert refused is None or isinstance(refused, BadHandshake)
        assert not (refused and handshake.done)


def test_text_is_utf_8_or_latin_1() -> None:
    assert decode_text("é日".encode()) == "é日"
    assert decode_text(b"\xe9") == "é"
    assert decode_text(bytes(range(128, 256))) == bytes(range(128, 256)).decode("latin-1")
