"""Nothing from the wire reaches a terminal or a log as it is."""

from __future__ import annotations

import io
import json
import logging
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.__main__ import main
from ibapi_port._client.log_limit import RateLimit
from ibapi_port._printable import PrintableLog, json_line, printable
from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.simulator import SimulatedTws
from ibapi_port.tap import Event
from ibapi_port.tap.printing import as_json, line
from ibapi_port.tap.recording import Recorder
from ibapi_port.wrapper import EWrapper

from .helpers import connect

STARTED = datetime(2026, 4, 14, 13, 30, tzinfo=timezone.utc)
HOSTILE = "".join(
    [
        *map(chr, [*range(1, 0x20), 0x7F, *range(0x80, 0xA0)]),
        *map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]),
        *("\u2028", "\u2029", "\u0085", "\ufeff", "\u200b"),
    ]
)


def is_clean(text: str) -> bool:
    return all(one.isprintable() for one in text)


def events() -> list[Event]:
    text = HOSTILE.encode()
    texts = (b"4\x002\x00", b"5\x00", b"999\x00", b"9\x001\x007\n\x00", b"\n9\x00", b"49\x001\x00")
    made = [Event(1.0, 1, "in", "frame", one + text + b"\0", server_version=187) for one in texts]
    protobuf = (204).to_bytes(4, "big") + b"\x22" + bytes([len(text) & 0x7F | 0x80, 1]) + text
    made.append(Event(1.0, 1, "in", "frame", protobuf, server_version=226))
    made += [Event(1.0, 1, "out", kind, text) for kind in ("greeting", "raw")]
    made.append(Event(1.0, 1, "in", "answer", b"187\x00" + text + b"\0"))
    made += [Event(1.0, 1, "in", kind, text=HOSTILE) for kind in ("open", "end")]
    return made


@pytest.mark.parametrize("number", range(len(events())))
def test_lines_json_and_recordings(tmp_path: Path, number: int) -> None:
    event = events()[number]
    assert is_clean(line(event, STARTED, True))
    shown = as_json(event, STARTED)
    assert is_clean(shown)
    assert shown.isascii()
    json.loads(shown)
    with Recorder(tmp_path / "r") as recorder:
        recorder.write(event)
    whole = (tmp_path / "r").read_text(encoding="utf-8")
    assert whole.count("\n") == 2
    assert is_clean(whole.replace("\n", ""))


def test_every_character() -> None:
    for one in HOSTILE:
        assert is_clean(printable(f"a{one}b"))
        assert len(printable(one)) > 1
        assert json.loads(json_line(one, ascii_only=False)) == one
    assert printable("Zürich 户 \\n") == "Zürich 户 \\n"
    assert printable("\ud800") == "\\ud800"


@pytest.fixture
def log() -> Any:
    """A log as a program has it: its handler, and what it has written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def test_logs(log: io.StringIO) -> None:
    EWrapper().error(1, 0, 200, f"no{HOSTILE}\nINFO forged", f"{HOSTILE}")
    EWrapper().winError(HOSTILE, 1)
    for limit in (PrintableLog(), RateLimit()):
        logger = logging.getLogger(f"ibapi_port.test.{type(limit).__name__}")
        logger.addFilter(limit)
        logger.warning("%s and 100%%", HOSTILE)
        try:
            raise ValueError(f"{HOSTILE}\nINFO forged")
        except ValueError:
            logger.exception("it failed")
    lines = log.getvalue().split("\n")
    assert all(map(is_clean, lines))
    assert not [one for one in lines if one.startswith("INFO")]
    assert any(one.startswith("Traceback") for one in lines)
    assert any(one.startswith("ValueError: ") for one in lines)
    assert any(one.endswith("and 100%") for one in lines)


def test_arguments_that_do_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    """A program's own record with too many arguments is told by its handler; the call goes on."""
    for limit in (PrintableLog(), RateLimit()):
        logger = logging.getLogger(f"ibapi_port.test.unfit.{type(limit).__name__}")
        logger.addFilter(limit)
        logger.addHandler(logging.StreamHandler(io.StringIO()))
        logger.propagate = False  # pytest's own handler raises
        logger.error("no place for it", "one too many")
    assert capsys.readouterr().err.count("--- Logging error ---") == 2


def test_what_the_simulator_logs(log: io.StringIO) -> None:
    with SimulatedTws() as tws, connect(tws.address) as sock:
        sock.sendall(b"API\0" + frame(f"v1..{HOSTILE}\nINFO forged".encode()))
        assert sock.recv(1) == b""
    assert "not an API client" in log.getvalue()
    assert all(map(is_clean, log.getvalue().split("\n")))


@pytest.mark.parametrize("option", [[], ["--json"], ["--all-fields"]])
def test_decode(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str]) -> None:
    text = HOSTILE.encode()
    for name, data in (
        ("in", frame(b"187\x0020260414 " + text + b"\0") + frame(b"9\x001\x00" + text + b"\0")),
        ("out", greeting(100, 187, HOSTILE)),
    ):
        (tmp_path / name).write_bytes(data)
        version = [] if name == "in" else ["--server-version", "187"]
        assert main(["decode", str(tmp_path / name), *version, *option]) == 0
    (tmp_path / "\x1b[2J").write_bytes(b'{"format": "\x1b"}\n')
    assert main(["decode", str(tmp_path / "\x1b[2J"), *option]) == 1
    said, failed = capsys.readouterr()
    assert said
    assert failed
    assert all(map(is_clean, [*said.split("\n"), *failed.split("\n")]))
