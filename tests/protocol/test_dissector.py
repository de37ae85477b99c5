"""The dissector for Wireshark: what tshark shows with it is what our own decoder shows."""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from protobuf.helpers import payload as protobuf_payload
from protobuf.helpers import recorded

from ibapi_port.protocol.__main__ import main
from ibapi_port.protocol.exceptions import BadFrame
from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.protocol.inspect.decode import DecodedFrame, decode_frame
from ibapi_port.protocol.reference.dissector import lua
from ibapi_port.protocol.schema.messages import INCOMING, REQUESTS
from ibapi_port.tap.recording import read_recording

from . import pcap
from .helpers import SOAK, payload_of, vectors

ROOT = Path(__file__).parents[2]
TSHARK = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(TSHARK is None, reason="there is no tshark here")
VERSIONS = range(100, 227) if SOAK else (100, 145, 176, 200, 213, 226)
EACH = 10**6 if SOAK else 1  # vectors of a message at a server version
GREETING = ("greeting", "offer of versions", "server version")
Spoken = dict[int, dict[bool, list[bytes]]]  # payloads by server version and "from TWS"


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dissector") / "ibapi.lua"
    path.write_text(lua(), encoding="utf-8")
    return path


def tshark(script: Path, capture: Path, *options: str) -> str:
    assert TSHARK is not None
    done = subprocess.run(
        [TSHARK, "-X", f"lua_script:{script}", "-r", str(capture), *options],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Lua" not in done.stderr, done.stderr
    return done.stdout


def shown(text: str) -> list[tuple[str, list[str]]]:
    """The frames in tshark's output: the title, and the fields below it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("TWS API, "):
            found.append((line.removeprefix("TWS API, "), []))
        elif re.match(r" +([^ ]+:( |$)|\(not used\):)", line) and found:
            found[-1][1].append(line.strip())
    return [
        (title, [line for line in lines if not re.match("(Length|Message): ", line)])
        for title, lines in found
        if title not in GREETING
    ]


def expected(decoded: DecodedFrame) -> tuple[str, list[str]]:
    title = f"{decoded.name} ({decoded.msg_id})" + ", Protocol Buffers" * decoded.protobuf
    return title, [
        f"{path}: {_text(value) if decoded.protobuf else text}".strip()
        for path, value, text in decoded.fields
    ]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def stream(version: int, sides: dict[bool, list[bytes]], rng: random.Random) -> list[pcap.Segment]:
    """A connection: the greeting, then all that each side says, cut anywhere."""
    answer = frame(f"{version}\x0020260414 09:30:00 EST\0".encode())
    segments = [(False, greeting(100, 226)), (True, answer)]
    for from_tws, payloads in sides.items():
        data = b"".join(map(frame, payloads))
        while data:
            size = rng.choice((1, 3, 700, 1400, 1400))
            segments.append((from_tws, data[:size]))
            data = data[size:]
    return segments


def recorded_frames() -> Spoken:
    found: Spoken = defaultdict(lambda: {True: [], False: []})
    taken: dict[tuple[int, bool, str], int] = defaultdict(int)

    def take(version: int, from_tws: bool, name: str, payload: bytes) -> None:
        if version not in VERSIONS or taken[version, from_tws, name] == EACH:
            return
        decoded = None
        with contextlib.suppress(BadFrame):
            decoded = decode_frame(payload, version, from_client=not from_tws)
        if decoded is not None and decoded.name and not decoded.failure and not decoded.rest:
            taken[version, from_tws, name] += 1
            found[version][from_tws].append(payload)

    for name, of_message in vectors("decode").items():
        for vector in of_message:
            take(vector["v"], True, name, payload_of(vector["fields"]))
    for kind in ("encode", "encode_protobuf"):
        for name, of_request in vectors(kind).items():
            for vector in of_request:
                for data in vector["frames"]:
                    take(vector["v"], False, name, bytes.fromhex(data))
    for number, of_number in recorded().items():
        for vector in of_number:
            take(vector["v"], True, str(number), protobuf_payload(vector))
    return found


@needs_tshark
def test_each_recorded_message_is_shown_as_the_decoder_shows_it(
    script: Path, tmp_path: Path
) -> None:
    rng = random.Random(21)
    frames = recorded_frames()
    capture = tmp_path / "session.pcap"
    pcap.write(capture, [stream(version, frames[version], rng) for version in VERSIONS])
    want = [
        expected(decode_frame(payload, version, from_client=not from_tws))
        for version in VERSIONS
        for from_tws, payloads in frames[version].items()
        for payload in payloads
    ]
    found = shown(tshark(script, capture, "-V", "-O", "ibapi"))
    assert len(found) == len(want) > 300
    for have, wanted in zip(found, want, strict=True):
        assert have == wanted


def recorded_session() -> list[pcap.Segment]:
    """A session that the tap recorded on loopback, a segment for each thing said."""
    spoken: list[pcap.Segment] = []
    for event in read_recording(ROOT / "samples" / "testing_example" / "session.jsonl").events:
        if event.kind == "greeting":
            spoken.append((False, b"API\0" + frame(event.data)))
        elif event.kind in ("answer", "frame"):
            spoken.append((not event.from_client, frame(event.data)))
    return spoken


@needs_tshark
def test_a_recorded_session_can_be_filtered(script: Path, tmp_path: Path) -> None:
    capture = tmp_path / "session.pcap"
    pcap.write(capture, [recorded_session()])
    chosen = ("-Y", "ibapi.orderId > 0 && ibapi.order.action == BUY", "-T", "fields")
    fields = ("-e", "ibapi.frame.message", "-e", "ibapi.contract.symbol")
    rows = tshark(script, capture, *chosen, *fields).splitlines()
    assert rows[0] == "placeOrder\tAAPL"
    assert "openOrder\tAAPL" in rows
    assert tshark(script, capture, "-Y", "ibapi.misfit") == ""


@needs_tshark
def test_what_does_not_fit_is_marked(script: Path, tmp_path: Path) -> None:
    capture = tmp_path / "session.pcap"
    said = {
        True: [b"4\x002\x001\x00", b"1\x006\x007\x00x\x00189.5\x00100\x000\x00", b"4\x00no end"],
        False: [],
    }
    pcap.write(capture, [stream(187, said, random.Random(1))])
    text = tshark(script, capture, "-V", "-O", "ibapi")
    assert "The frame does not fit: errorCode is missing" in text
    assert "The frame does not fit: tickType is no number: x" in text
    assert "The last field has no end" in text


@needs_tshark
def test_a_capture_without_the_greeting(script: Path, tmp_path: Path) -> None:
    capture = tmp_path / "session.pcap"
    pcap.write(capture, [recorded_session()[2:]])
    known = ("-o", "ibapi.ports:17497")
    unknown = tshark(script, capture, *known, "-V", "-O", "ibapi")
    assert "TWS API, message of an unknown server version" in unknown
    names = tshark(script, capture, *known, "-o", "ibapi.server_version:187", "-V", "-O", "ibapi")
    assert "TWS API, placeOrder (3)" in names
    assert "unknown" not in names


def test_the_script_has_every_message_and_field() -> None:
    text = lua()
    for message in (*INCOMING.values(), *REQUESTS.values()):
        assert f'[{message.msg_id}]={{name="{message.name}"' in text
    assert "@" not in text
    for path in ("reqId", "contract.symbol", "order.conditions.price", "execution.time"):
        assert f'["{path}"]=' in text


def test_it_is_written_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ibapi.lua"
    assert main(["dissector", "--write", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_text(encoding="utf-8") == lua()
    assert main(["dissector", "--write", str(tmp_path / "no" / "ibapi.lua")]) == 1
    assert "No such file" in capsys.readouterr().err
