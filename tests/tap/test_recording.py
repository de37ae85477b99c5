"""The file format: what is written is read, in this release and in later ones; damage is told by
its line.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.tap import Event, RecordingError, read_recording
from ibapi_port.tap.recording import Recorder

STARTED = datetime(2026, 4, 14, 13, 30, tzinfo=timezone.utc)
EVENTS = [
    Event(0.0, 1, "out", "open", text="127.0.0.1:5000"),
    Event(0.1, 1, "out", "greeting", b"v100..187 +PACEAPI"),
    Event(
        0.2, 1, "in", "answer", "187\x0020260414 09:30:00 Österreich\0".encode(), server_version=187
    ),
    Event(0.3, 1, "out", "frame", b"71\x002\x001\0\0", server_version=187, name="startApi"),
    Event(0.4, 1, "in", "frame", b"1\x006\xff\0", server_version=187, name="tickPrice"),
    Event(0.5, 1, "in", "frame", b"no end", server_version=187),
    Event(0.6, 1, "in", "frame", b"", server_version=187),
    Event(0.7, 1, "in", "raw", bytes(range(256)), server_version=187),
    Event(0.8, 1, "in", "end", text="reset", server_version=187),
    Event(0.9, 2, "in", "answer", b"226\x00now\0", server_version=226),
    Event(1.0, 2, "in", "frame", b"\0\0\0\x01\x31\0", server_version=226, name="tickPrice"),
    Event(1.1, 2, "in", "frame", b"\0\0\0\xcd\x08\x01", server_version=226, name="openOrder"),
    Event(1.2, 2, "in", "frame", b"\0\0", server_version=226),
]


def write(path: Path, *events: Event) -> Path:
    with Recorder(path, "127.0.0.1:7497", None, STARTED) as recorder:
        for event in events:
            recorder.write(event)
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    recording = read_recording(write(tmp_path / "r", *EVENTS))
    assert recording.events == EVENTS
    assert (recording.started, recording.to, recording.masked, recording.torn) == (
        STARTED,
        "127.0.0.1:7497",
        None,
        False,
    )
    assert {number: len(events) for number, events in recording.connections().items()} == {
        1: 9,
        2: 4,
    }


def test_frames_of_text_can_be_read_by_people(tmp_path: Path) -> None:
    lines = write(tmp_path / "r", *EVENTS).read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[4]) == {
        "t": 0.3,
        "c": 1,
        "d": "out",
        "frame": "startApi",
        "text": ["71", "2", "1", ""],
    }
    assert "Österreich" in lines[3]
    assert json.loads(lines[11])["text"] == ["1"]


@given(st.lists(st.binary(max_size=40), max_size=5), st.sampled_from([100, 187, 200, 201, 226]))
def test_any_frame(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes], version: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "r"
    answer = Event(0.0, 1, "in", "answer", f"{version}\0\0".encode(), server_version=version)
    events = [
        answer,
        *(
            Event(n / 7, 1, "out", "frame", payload, server_version=version)
            for n, payload in enumerate(payloads)
        ),
    ]
    assert [event.data for event in read_recording(write(path, *events)).events] == [
        event.data for event in events
    ]


def test_every_line_is_there_at_once_and_a_torn_one_costs_itself_only(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r") as recorder:
        for n, event in enumerate(EVENTS):
            recorder.write(event)
            assert len(read_recording(tmp_path / "r").events) == n + 1
    data = (tmp_path / "r").read_bytes()
    (tmp_path / "r").write_bytes(data[:-9])
    torn = read_recording(tmp_path / "r")
    assert torn.torn
    assert torn.events == EVENTS[:-1]


def test_it_does_not_write_over_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "r")
    with pytest.raises(FileExistsError):
        Recorder(path)


def lines(*contents: Any) -> bytes:
    return b"".join(json.dumps(content).encode() + b"\n" for content in contents)


HEADER = {"format": "ibapi_port recording", "version": 1, "started": STARTED.isoformat()}
OPEN = {"t": 0, "c": 1, "d": "out", "open": "x"}


def test_what_a_later_release_adds_is_left_alone(tmp_path: Path) -> None:
    later = {"t": 1, "c": 1, "d": "in", "new": 5}
    (tmp_path / "r").write_bytes(lines({**HEADER, "more": 1}, {**OPEN, "more": 2}, later))
    assert read_recording(tmp_path / "r").events == [Event(0.0, 1, "out", "open", text="x")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is no recording"),
        (b"hello\n", "line 1"),
        (lines({"format": "other"}), "is no recording"),
        (lines({**HEADER, "version": 2}), "version 2; this release reads up to 1"),
        (lines({**HEADER, "version": None}), "version None"),
        (lines({**HEADER, "started": "yesterday"}), "line 1: its date"),
        (lines(HEADER, OPEN, [1]), "line 3: it is no JSON object"),
        (lines(HEADER) + b"{]\n", "line 2"),
        (lines(HEADER, {**OPEN, "d": "up"}), "line 2: d must be in or out, not 'up'"),
        (lines(HEADER, {"t": 0, "c": 1, "open": ""}), "line 2: d must be in or out, not None"),
        (
            lines(HEADER, {"t": 0, "c": 1, "d": "in", "frame": "x"}),
            "line 2: text must be a list of texts, not None",
        ),
        (lines(HEADER, {"t": 0, "c": 1, "d": "in", "frame": "x", "b64": "?"}), "line 2"),
        (
            lines(HEADER, {"t": 0, "c": 1, "d": "in", "frame": "x", "id": -1, "text": []}),
            "line 2: id must be a number of four bytes",
        ),
    ],
)
def test_damage_is_told_by_its_line(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "r").write_bytes(data)
    with pytest.raises(RecordingError, match=reason.replace("?", "[?]")):
        read_recording(tmp_path / "r")
