"""tap, replay and decode, run as a user runs them; and what they print."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from simulator.helpers import RawClient

from ibapi_port.__main__ import main
from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.protocol.select import codec_for
from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.net.clock import VirtualClock
from ibapi_port.tap import Event, read_recording
from ibapi_port.tap.cli import Printer
from ibapi_port.tap.printing import as_json, line

from .helpers import record, trade

ROOT = Path(__file__).parents[2]
STARTED = datetime(2026, 4, 14, 13, 30, tzinfo=timezone.utc)


@contextlib.contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], tuple[str, int], str]]:
    """`python -m ibapi_port ...` that serves: the process, where it listens, its first line. It
    ends well with SIGTERM, or by itself.
    """
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "ibapi_port", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        try:
            address = first.partition("listening on ")[2].partition(",")[0].strip()
            host, _, port = address.rpartition(":")
            yield process, (host, int(port)), first
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)


def output(process: subprocess.Popen[str]) -> tuple[str, str]:
    """All that it prints until its end, after the first line."""
    assert process.stdout is not None
    assert process.stderr is not None
    said = process.stdout.read(), process.stderr.read()
    process.wait(20)
    return said


@pytest.mark.parametrize("version", [187, 226])
def test_tap_prints_and_records_and_replay_serves_it(
    tmp_path: Path, version: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.jsonl"
    with SimulatedTws(server_version=version, clock=VirtualClock()) as tws:
        arguments = [
            "--listen",
            "0",
            "--to",
            f"127.0.0.1:{tws.port}",
            "--record",
            str(path),
            "--mask-accounts",
        ]
        with command("tap", *arguments) as (process, address, first):
            heard = trade(address, version)
            process.send_signal(signal.SIGTERM)
            out, err = output(process)
    assert (process.returncode, err) == (0, "")
    assert first.startswith("tap listening on 127.0.0.1:")
    lines = out.splitlines()
    assert lines[0].startswith("masked: account numbers: ")
    assert "DU1234567" not in out
    assert any(
        " 1 > reqMktData reqId=1 " in line and "contract.symbol='AAPL'" in line for line in lines
    )
    assert any(" 1 < managedAccounts accountsList='DU0000001'" in line for line in lines)
    with command("replay", str(path), "--as-fast-as-possible", "--strict") as (process, address, _):
        again = trade(address, version)
        _, err = output(process)
    assert (process.returncode, err) == (0, "")
    assert repr(again) == repr(heard).replace("DU1234567", "DU0000001")
    assert main(["decode", str(path), "--message", "placeOrder", "--json"]) == 0
    (decoded,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (decoded["message"], decoded["direction"], decoded["protobuf"]) == (
        "placeOrder",
        "out",
        version == 226,
    )
    assert decoded["fields"]["order.orderType"] == "MKT"


def test_replay_tells_what_does_not_fit(tmp_path: Path) -> None:
    record(tmp_path / "r")
    with command("replay", str(tmp_path / "r"), "--as-fast-as-possible", "--strict") as (
        process,
        address,
        _,
    ):
        with RawClient(address) as client:
            client.start()
            client.ask("reqCurrentTime")
            client.wait_for_close()
        _, err = output(process)
    assert process.returncode == 1
    assert "the program asks other things than the recording (-) has:" in err
    with command("replay", str(tmp_path / "r"), "--speed", "100") as (process, address, _):
        trade(address)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay", "nothing"], "replay: "),
        (["decode", "nothing"], "decode: "),
        (["replay", __file__], "line 1"),
        (["decode", __file__], "--server-version is needed"),
        (["tap", "--listen", "1.2.3.4:5", "--to", "127.0.0.1:1"], "tap: "),
    ],
)
def test_mistakes(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["tap"],
        ["tap", "--listen", "x", "--to", "h:1"],
        ["decode", "x", "--server-version", "99"],
        ["replay"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"python -m ibapi_port {arguments[0]}: ")
    assert errors.count("\n") == 1


# --- decode of dumps ---

CODEC = codec_for(187)
NEXT = CODEC.encode_message("nextValidId", orderId=7)
MANAGED = codec_for(226).encode_message("managedAccounts", accountsList="U1234567")


@pytest.mark.parametrize(
    ("data", "options", "shown"),
    [
        (NEXT, ["--server-version", "187"], ["< nextValidId orderId=7"]),
        (NEXT[4:], ["--server-version", "187"], ["< nextValidId orderId=7"]),
        (NEXT.hex(" ").encode(), ["--server-version", "187"], ["< nextValidId orderId=7"]),
        (
            frame(b"187\x0020260414 09:30:00 EST\0") + NEXT,
            [],
            ["< --- server version 187, time 20260414 09:30:00 EST", "< nextValidId orderId=7"],
        ),
        (
            NEXT + NEXT[:5],
            ["--server-version", "187"],
            [
                "< nextValidId orderId=7",
                "< --- 5 bytes that are no frames: b'\\x00\\x00\\x00\\x069'",
            ],
        ),
        (
            greeting(100, 187) + CODEC.encode_request("reqIds", 1),
            ["--server-version", "187"],
            ["> --- client offers v100..187", "> reqIds numIds=1"],
        ),
        (
            CODEC.encode_request("reqIds", 1),
            ["--server-version", "187", "--from-client"],
            ["> reqIds numIds=1"],
        ),
        (MANAGED, ["--server-version", "226"], ["< managedAccounts accountsList='U1234567'"]),
        (
            MANAGED,
            ["--server-version", "226", "--mask-accounts"],
            ["< managedAccounts accountsList='U0000001'"],
        ),
        (MANAGED[4:], ["--server-version", "226"], ["< managedAccounts accountsList='U1234567'"]),
    ],
)
def test_dumps(
    tmp_path: Path,
    data: bytes,
    options: list[str],
    shown: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "dump").write_bytes(data)
    assert main(["decode", str(tmp_path / "dump"), *options]) == 0
    assert [text.partition(" 1 ")[2] for text in capsys.readouterr().out.splitlines()] == shown


def test_decode_masks_and_cuts_recordings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, recording = record(tmp_path / "r")
    assert (
        main(
            ["decode", str(tmp_path / "r"), "--mask-accounts", "--write", str(tmp_path / "masked")]
        )
        == 0
    )
    masked = read_recording(tmp_path / "masked")
    assert masked.started == recording.started
    assert [event.name for event in masked.events] == [event.name for event in recording.events]
    assert b"DU1234567" not in (tmp_path / "masked").read_bytes()
    assert main(["decode", str(tmp_path / "r"), "--connection", "2"]) == 0
    assert capsys.readouterr().out == ""
    (tmp_path / "r").write_bytes((tmp_path / "r").read_bytes()[:-3])
    assert main(["decode", str(tmp_path / "r"), "--message", "startApi", "--all-fields"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("> startApi (not used)='2' clientId=1 optCapab=''\n")
    assert "cut off" in err


# --- lines ---


def event(data: bytes, direction: str = "in", version: int = 187, kind: str = "frame") -> Event:
    return Event(1.5, 3, direction, kind, data, server_version=version)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (event(b"9\x001\x007\0"), "3 < nextValidId orderId=7"),
        (
            event(b"9\x001\x00x\0"),
            "3 < nextValidId --- does not fit: nextValidId: orderId: 'x' is no int",
        ),
        (event(b"9\x001\x007\x00y\0"), "3 < nextValidId orderId=7 --- and ['y']"),
        (
            event(b"999\x00a\0"),
            "3 < message 999 --- does not fit: unknown message id --- and ['a']",
        ),
        (
            event(b"9\x001"),
            "3 < --- a frame of 3 bytes that cannot be read (nextValidId: last field: its NUL is missing): b'9\\x001'",
        ),
        (
            event(b"", version=226),
            "3 < --- a frame of 0 bytes that cannot be read (frame: message id: 0 bytes are none): b''",
        ),
        (event(b"9\x00\0", "out", 0), "3 > reqContractDetails --- does not fit"),
        (event(b"x" * 50, kind="raw"), f"3 < --- 50 bytes that are no frames: {b'x' * 32!r}..."),
        (Event(1.5, 3, "out", "end", text="reset"), "3 > --- client reset the connection"),
        (Event(1.5, 3, "in", "end", text="closed"), "3 < --- TWS closed"),
        (Event(1.5, 3, "out", "open", text="h:1"), "3 > --- connection from h:1"),
    ],
)
def test_lines(shown: Event, text: str) -> None:
    whole = line(shown, STARTED)
    assert whole.startswith(f"13:30:01.500000 {text}")
    content: dict[str, Any] = json.loads(as_json(shown, STARTED))
    assert content["time"] == "2026-04-14T13:30:01.500000+00:00"
    assert (content["connection"], content["direction"]) == (3, shown.direction)


def test_json_has_what_json_has() -> None:
    found = json.loads(
        as_json(event(b"94\x001\x00Infinity\x002.5\x001.7976931348623157E308\0"), STARTED)
    )
    assert found["fields"]["unrealizedPnL"] == 2.5
    assert found["fields"]["dailyPnL"] == "inf"


def test_a_printer_that_is_too_slow_counts_what_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ibapi_port.tap.cli.WAITING", 0)
    printer = Printer(lambda event: "shown")
    printer(event(b""))
    printer(event(b""))
    monkeypatch.setattr("ibapi_port.tap.cli.WAITING", 10)
    printer(event(b""))
    printer.close()
    out, err = capsys.readouterr()
    assert out == "shown\n"
    assert err == "tap: 2 events not printed: the output is too slow\n"


def test_a_printer_whose_output_has_ended_goes_on_without(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(event: Event) -> str:
        raise BrokenPipeError(32, "Broken pipe")

    printer = Printer(broken)
    printer(event(b""))
    printer(event(b""))
    printer.close()
    assert capsys.readouterr().err == "tap: printing ends here: [Errno 32] Broken pipe\n"


def test_what_a_terminal_cannot_show_is_shown_by_its_number(tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    dump.write_bytes(frame("".join(f"{field}\0" for field in (4, 2, -1, 399, "Zürich")).encode()))
    command = [sys.executable, "-m", "ibapi_port", "decode", str(dump), "--server-version", "187"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Z\\xfcrich" in done.stdout
