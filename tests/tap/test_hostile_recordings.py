"""decode of files that somebody has made to break it; and what a recording's file is like."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.__main__ import main
from ibapi_port.protocol.framing import frame
from ibapi_port.tap import Replay, Tap

from .helpers import record

HEADER = '{"format": "ibapi_port recording", "version": 1, "started": "2026-04-14T13:30:00+00:00"}'
ANSWER = '{"t": 0, "c": 1, "d": "in", "answer": ["187", "x"]}'


def header(**other: Any) -> str:
    return json.dumps({**json.loads(HEADER), **other})


def event(**other: Any) -> str:
    return json.dumps({"t": 0, "c": 1, "d": "in", **other})


LINES = [
    ("[" * 200_000, "nested too deep"),
    ('{"frame": ' * 100_000, "nested too deep"),
    ('{"t": 0, "c": 1, "d": "in", "open": ' + "9" * 5000 + "}", "line 2: "),
    (event(t=float("inf"), open=""), "t must be a number of seconds"),
    (event(t=float("nan"), open=""), "t must be a number of seconds"),
    (event(t=1e308, open=""), "t must be a number of seconds"),
    (event(t="0", open=""), "t must be a number of seconds, not '0'"),
    (event(t=True, open=""), "t must be a number of seconds"),
    (event(c=10**300, open=""), "c must be the number of a connection"),
    (event(c=1.5, open=""), "c must be the number of a connection"),
    (event(d={}, open=""), "d must be in or out, not an object"),
    (event(open=[1]), "open must be a text, not a list"),
    (event(end=7), "end must be a text, not 7"),
    (event(greeting="户"), "greeting has characters that are no bytes"),
    (event(raw="%"), "raw is no base64"),
    (event(raw=None), "raw must be a text"),
    (event(answer=7), "answer must be a list of texts"),
    (event(answer=None), "text must be a list of texts"),
    (event(frame=5, text=[]), "frame must be a text"),
    (event(frame="x", text="abc"), "text must be a list of texts"),
    (event(frame="x", text=[1]), "text must be a list of texts"),
    (event(frame="x", text=["\ud800"]), "half a character"),
    (event(frame="x", id="7", text=[]), "id must be a number of four bytes"),
    (event(frame="x", id=1 << 32, b64=""), "id must be a number of four bytes"),
    (event(frame="x", b64=["a"]), "b64 must be a text"),
    ("\xff\xfe", "line 2: "),
]
HEADERS = [
    header(version=1.5),
    header(version=10**400) if sys.version_info < (3, 11) else header(version=10**300),
    header(started="0001-01-01T00:00:00+23:00"),
    header(started=[]),
    header(masked={"a": 1}),
    header(to=[]),
    "[" * 100_000,
]


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_line_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    text, reason = LINES[number]
    (tmp_path / "r").write_bytes(f"{HEADER}\n".encode() + text.encode("latin-1", "replace") + b"\n")
    if "户" in text or "\\u" in text:
        (tmp_path / "r").write_text(f"{HEADER}\n{text}\n", encoding="utf-8")
    for command in (["decode", "--json"], ["decode", "--mask-accounts"], ["replay"]):
        assert main([command[0], str(tmp_path / "r"), *command[1:]]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"{command[0]}: line 2: ")
        assert reason in said
        assert said.count("\n") == 1
        assert len(said) < 300


@pytest.mark.parametrize("number", range(len(HEADERS)))
def test_a_header_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    # without its first byte the last one would be a dump
    (tmp_path / "r").write_text("{}\n" if number == 6 else f"{HEADERS[number]}\n{ANSWER}\n")
    assert main(["decode", str(tmp_path / "r")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("decode: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("started", ["9999-12-31T23:00:00+00:00", "0001-01-01T00:00:00+00:00"])
def test_a_time_that_there_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], started: str
) -> None:
    seconds = 9000 if started.startswith("9") else -9000
    lines = [header(started=started), event(t=seconds, open=""), ""]
    (tmp_path / "r").write_text("\n".join(lines))
    assert main(["decode", str(tmp_path / "r")]) == 1
    assert capsys.readouterr().err == "decode: line 2: t is no time that there is\n"


@pytest.mark.parametrize("mask", [[], ["--mask-accounts"]])
def test_whatever_a_frame_holds_it_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mask: list[str]
) -> None:
    texts = [["9", "1", "9" * 5000], ["9" * 5000], ["²"], [""], ["4", "x"], ["10"], ["\n", "\n"]]
    lines = [HEADER, ANSWER, *(event(frame="x", text=one) for one in texts)]
    lines.append(event(frame="managedAccounts", text=["15", "1", "a" * 1000 + "," * 1000]))
    lines.append(event(c=2, answer=["²", "x"]))
    (tmp_path / "r").write_text("\n".join([*lines, ""]), encoding="utf-8")
    for more in ([], ["--json"], ["--all-fields"]):
        assert main(["decode", str(tmp_path / "r"), *mask, *more]) == 0
        assert capsys.readouterr().out.count("\n") == len(lines) - 1


def test_a_dump_nested_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = b""
    for _ in range(20_000):
        data = b"\x0a" + bytes([len(data) & 0x7F | 0x80, len(data) >> 7 & 0x7F]) + data[:16000]
    (tmp_path / "d").write_bytes(frame((203).to_bytes(4, "big") + data))
    for mask in ([], ["--mask-accounts"]):
        assert main(["decode", str(tmp_path / "d"), "--server-version", "226", *mask]) == 0
        assert "\n" in capsys.readouterr().out


# --- files ---


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_only_the_owner_may_read_a_recording(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        record(tmp_path / "r")
        assert main(["decode", str(tmp_path / "r"), "--write", str(tmp_path / "w")]) == 0
    finally:
        os.umask(before)
    for name in ("r", "w"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_nothing_is_written_over_or_through_a_link(tmp_path: Path) -> None:
    record(tmp_path / "r")
    before = (tmp_path / "r").read_bytes()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "other").symlink_to(tmp_path / "r")
    for name in ("r", "link", "other"):
        assert main(["decode", str(tmp_path / "r"), "--write", str(tmp_path / name)]) == 1
        with pytest.raises(FileExistsError):
            Tap(("127.0.0.1", 1), record=tmp_path / name).start()
    assert not (tmp_path / "elsewhere").exists()
    assert (tmp_path / "r").read_bytes() == before
    assert Replay(tmp_path / "r").notes == []
