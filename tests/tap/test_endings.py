"""tap and replay end when they are told to, whatever has failed, and say what is missing."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.protocol.select import codec_for
from ibapi_port.simulator import SimulatedTws
from ibapi_port.tap import Event, Replay, Tap, forward, read_recording
from ibapi_port.tap.recording import Recorder

from .helpers import WAIT, Upstream, connect, hello, receive, record, threads, trade

SOON = 12.0  # seconds that the slowest of these ends may take
NEXT = codec_for(187).encode_message("nextValidId", orderId=7)
ANSWER = frame(b"187\x0020260414 09:30:00 EST\0")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    deadline = time.monotonic() + WAIT
    while threads() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert threads() == set()


@contextlib.contextmanager
def session(tap: Tap, upstream: Upstream) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client and its TWS that have greeted each other through the tap."""
    with connect(tap.address) as client:
        hello(client)
        with upstream.accept() as server:
            receive(server, len(greeting(100, 187)))
            server.sendall(ANSWER)
            receive(client, len(ANSWER))
            yield client, server


def send(client: socket.socket, server: socket.socket, count: int) -> None:
    """So many messages from TWS to the client, each of which must arrive."""
    for _ in range(count // 100):
        server.sendall(NEXT * 100)
        assert receive(client, len(NEXT) * 100) == NEXT * 100


def test_on_event_that_blocks(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "LIMIT", 100_000)
    monkeypatch.setattr(forward, "STUCK_TIME", 0.3)
    release = threading.Event()
    tap = Tap(upstream.address, on_event=lambda event: void(release.wait(WAIT)))
    tap.start()
    with session(tap, upstream) as (client, server):
        send(client, server, 1000)
        begun = time.monotonic()
        tap.stop()
    assert time.monotonic() - begun < SOON
    assert tap.dropped >= 800
    release.set()


def void(_: object) -> None:
    """What on_event returns."""


def test_on_event_that_raises_costs_nothing_else(upstream: Upstream, tmp_path: Path) -> None:
    def fail(event: Event) -> None:
        raise ValueError("no")

    with (
        Tap(upstream.address, record=tmp_path / "r", on_event=fail) as tap,
        session(tap, upstream) as (client, server),
    ):
        send(client, server, 300)
    assert (tap.failure, tap.dropped) == ("", 0)
    names = [event.name for event in read_recording(tmp_path / "r").events]
    assert names.count("nextValidId") == 300


def test_a_disk_that_blocks(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "LIMIT", 100_000)
    monkeypatch.setattr(forward, "STUCK_TIME", 0.3)
    release = threading.Event()
    monkeypatch.setattr(Recorder, "write", lambda self, event: release.wait(WAIT))
    seen: list[Event] = []
    tap = Tap(upstream.address, record=tmp_path / "r", on_event=seen.append)
    tap.start()
    with session(tap, upstream) as (client, server):
        for _ in range(10):  # not faster than it is looked at
            send(client, server, 100)
            deadline = time.monotonic() + WAIT
            while len(seen) < 100 and time.monotonic() < deadline:
                threading.Event().wait(0.01)
            seen.clear()
        begun = time.monotonic()
        tap.stop()
    assert time.monotonic() - begun < SOON
    assert tap.failure == "the recording ends here: the disk is slower than the traffic"
    release.set()


def test_more_than_can_be_looked_at(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "LIMIT", 30_000)
    monkeypatch.setattr(forward, "REPORT_DELAY", 0.5)
    with (
        Tap(upstream.address, record=tmp_path / "r") as tap,
        session(tap, upstream) as (client, server),
    ):
        send(client, server, 10_000)
        client.sendall(b"y" * 100_000)
        assert receive(server, 100_000) == b"y" * 100_000
    assert "more traffic than can be looked at" in tap.failure


def test_stop_in_on_event(upstream: Upstream) -> None:
    stopped = threading.Event()

    def stop(event: Event) -> None:
        tap.stop()
        stopped.set()

    tap = Tap(upstream.address, on_event=stop)
    tap.start()
    with connect(tap.address), upstream.accept():
        assert stopped.wait(WAIT)


def test_a_client_in_the_middle_of_a_frame_and_no_tws(upstream: Upstream) -> None:
    with Tap(upstream.address) as tap, session(tap, upstream) as (client, _):
        client.sendall(b"\0\0\1\0abc")
        begun = time.monotonic()
    assert time.monotonic() - begun < SOON
    address = upstream.address
    upstream.close()
    with Tap(address) as tap:
        with contextlib.suppress(ConnectionError), connect(tap.address) as client:
            assert client.recv(1) == b""
        begun = time.monotonic()
    assert time.monotonic() - begun < SOON


def test_a_replay_to_a_program_that_does_not_read(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r") as recorder:
        for kind, data in (("answer", ANSWER[4:]), *[("frame", b"9\0" + b"1" * 1_000_000)] * 20):
            recorder.write(Event(0.0, 1, "in", kind, data, server_version=187, name="x"))
    replay = Replay(tmp_path / "r")
    replay.start()
    with connect(replay.address) as client:
        hello(client)
        receive(client, len(ANSWER))
        client.sendall(frame(b"71\x002\x001\0\0"))
        receive(client, 1000)
        begun = time.monotonic()
        replay.stop()
    assert time.monotonic() - begun < SOON


def test_on_note_may_raise(tmp_path: Path) -> None:
    record(tmp_path / "r")
    with Replay(tmp_path / "r") as replay:

        def fail(text: str) -> None:
            raise ValueError(text)

        replay.on_note = fail
        with connect(replay.address) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert client.recv(1) == b""
        trade(replay.address)
    assert any("no API client" in note or "not an API client" in note for note in replay.notes)


# --- as commands ---


@contextlib.contextmanager
def running(*arguments: str, **options: Any) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A command that serves, and the port that it says."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    with subprocess.Popen(
        [sys.executable, "-m", "ibapi_port", *arguments], cwd=ROOT, **options
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline().decode()
            yield process, int(first.partition("127.0.0.1:")[2].partition(",")[0])
        finally:
            process.kill()


def ended(process: subprocess.Popen[bytes], how: int = signal.SIGTERM) -> int:
    begun = time.monotonic()
    process.send_signal(how)
    status = process.wait(30)
    assert time.monotonic() - begun < SOON
    return status


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_output_that_nobody_reads(how: int) -> None:
    with (
        SimulatedTws() as tws,
        running("tap", "--listen", "0", "--to", f"127.0.0.1:{tws.port}") as (process, port),
    ):
        for n in range(12):  # each prints many lines: more than a pipe holds
            trade(("127.0.0.1", port), client_id=n, order_id=100 * n + 1)
        assert ended(process, how) == 1
        assert process.stderr is not None
        assert b"the output is too slow" in process.stderr.read()


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_output_that_has_ended() -> None:
    with (
        SimulatedTws() as tws,
        running("tap", "--listen", "0", "--to", f"127.0.0.1:{tws.port}") as (process, port),
    ):
        assert process.stdout is not None
        process.stdout.close()
        trade(("127.0.0.1", port))
        trade(("127.0.0.1", port), client_id=2, order_id=50)  # it goes on forwarding
        assert ended(process) == 1
        assert process.stderr is not None
        said = process.stderr.read()
    assert b"printing ends here: [Errno 32] Broken pipe" in said
    assert b"Exception ignored" not in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["decode", "replay", "tap"])
def test_a_full_disk_behind_the_output(tmp_path: Path, command: str) -> None:
    record(tmp_path / "r")
    arguments = [str(tmp_path / "r")]
    if command == "tap":
        arguments = ["--listen", "0", "--to", "127.0.0.1:1"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ibapi_port", command, *arguments],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=30,
        )
    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"{command}: [Errno 28] No space left")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_notes_that_nobody_reads(tmp_path: Path) -> None:
    record(tmp_path / "r")
    with running("replay", str(tmp_path / "r"), "--as-fast-as-possible") as (process, port):
        for n in range(400):  # each makes a note: more than a pipe holds
            with connect(("127.0.0.1", port)) as client:
                client.sendall(b"API\0" + frame(b"v" + b"x" * 300 + str(n).encode()))
                with contextlib.suppress(ConnectionError):
                    client.recv(1)
        trade(("127.0.0.1", port))
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert time.monotonic() - begun < SOON
