"""The tap in the middle: bytes, ends, resets and back-pressure go through as they come; what was
seen is told.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulator.helpers import RawClient

from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.select import codec_for
from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.net.clock import VirtualClock
from ibapi_port.tap import Tap, read_recording

from .helpers import (
    Events,
    Upstream,
    connect,
    hello,
    receive,
    record,
    reset,
    tapped,
    threads,
    trade,
)

ANSWER = frame(b"187\x0020260414 09:30:00 EST\0")


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    yield
    assert threads() == set()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    yield made
    made.close()


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def tap(upstream: Upstream, events: Events) -> Iterator[Tap]:
    with Tap(upstream.address, on_event=events) as tap:
        yield tap


@pytest.mark.parametrize("version", [176, 187, 200, 226])
def test_a_client_hears_what_it_hears_without(version: int) -> None:
    with SimulatedTws(server_version=version, clock=VirtualClock()) as tws:
        direct = trade(tws.address, version)
    with tapped(server_version=version) as (_, tap, events):
        through = trade(tap.address, version)
        assert {events.until("end").direction, events.until("end").direction} == {"in", "out"}
    assert repr(through) == repr(direct)
    told = [(event.direction, event.name) for event in events.rest() if event.kind == "frame"]
    assert ("out", "placeOrder") in told
    assert ("in", "commissionAndFeesReport") in told
    assert told[0] == ("out", "startApi")
    assert [event.kind for event in events.all[:3]] == ["open", "greeting", "answer"]


def test_many_at_once() -> None:
    with tapped() as (_, tap, events):
        clients = [RawClient(tap.address) for _ in range(20)]
        for n, client in enumerate(clients):
            client.start(n)
        for client in clients:
            client.ask("reqCurrentTime")
        assert [client.until("currentTime")[-1][1] for client in clients] == [(1776173400,)] * 20
        for client in clients:
            client.close()
        for _ in range(40):
            events.until("end", "closed")
    ids = {event.connection: event.data for event in events.rest() if event.name == "startApi"}
    assert len(ids) == 20
    assert {int(codec_for(187).fields(data)[2]) for data in ids.values()} == set(range(20))


def test_bytes_that_are_no_frames_go_through(tap: Tap, upstream: Upstream, events: Events) -> None:
    with connect(tap.address) as client, upstream.accept() as server:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert receive(server, 18) == b"GET / HTTP/1.0\r\n\r\n"
        server.sendall(bytes(range(256)))
        assert receive(client, 256) == bytes(range(256))
        assert events.until("raw").data == b"GET / HTTP/1.0\r\n\r\n"
        assert events.until("raw").data == bytes(range(256))


def test_a_frame_that_does_not_fit_is_told_and_goes_through(
    tap: Tap, upstream: Upstream, events: Events
) -> None:
    with connect(tap.address) as client, upstream.accept() as server:
        hello(client)
        server.sendall(ANSWER + frame(b"1\x006\x00x\0") + b"\0\0")
        assert receive(client, len(ANSWER) + 12) == ANSWER + frame(b"1\x006\x00x\0") + b"\0\0"
        assert events.until("frame", "tickPrice").data == b"1\x006\x00x\0"


@pytest.mark.parametrize("who", ["client", "server"])
def test_half_of_a_connection_ends(tap: Tap, upstream: Upstream, events: Events, who: str) -> None:
    with connect(tap.address) as client, upstream.accept() as server:
        first, second = (client, server) if who == "client" else (server, client)
        first.sendall(b"last words")
        first.shutdown(socket.SHUT_WR)
        assert receive(second, 100) == b"last words"
        second.sendall(b"answer")  # the other half goes on
        assert receive(first, 6) == b"answer"
        second.shutdown(socket.SHUT_WR)
        assert receive(first, 1) == b""
        assert events.until("end").text == "closed"
        assert events.until("end").text == "closed"


@pytest.mark.parametrize("who", ["client", "server"])
def test_a_reset_goes_through(tap: Tap, upstream: Upstream, events: Events, who: str) -> None:
    with connect(tap.address) as client, upstream.accept() as server:
        client.sendall(b"x")
        assert receive(server, 1) == b"x"
        first, second = (client, server) if who == "client" else (server, client)
        reset(first)
        with pytest.raises(ConnectionResetError):
            second.recv(1)
        end = events.until("end")
        assert (end.text, end.direction) == ("reset", "out" if who == "client" else "in")


def test_what_came_before_a_reset_is_not_lost(tap: Tap, upstream: Upstream) -> None:
    data = bytes(30_000)
    with connect(tap.address) as client, upstream.accept() as server:
        client.sendall(data)
        reset(client)
        assert receive_until_reset(server) == data


def receive_until_reset(sock: socket.socket) -> bytes:
    data = bytearray()
    while True:
        try:
            more = sock.recv(65536)
        except ConnectionResetError:
            return bytes(data)
        assert more
        data += more


def test_who_does_not_read_holds_up_the_other(tap: Tap, upstream: Upstream) -> None:
    """And nobody else; the tap does not gather what is not read."""
    with connect(tap.address) as client, upstream.accept() as server:
        server.setblocking(False)
        sent, block = 0, bytes(65536)
        idle = 0
        while idle < 50 and sent < 1 << 28:
            try:
                sent += server.send(block)
                idle = 0
            except BlockingIOError:
                idle += 1
                with connect(tap.address) as other, upstream.accept() as its:
                    other.sendall(b"?")
                    assert receive(its, 1) == b"?"
        assert sent < 1 << 26  # what the kernel and the tap hold, far from all
        assert len(receive(client, sent)) == sent


def ask_nothing(address: tuple[str, int]) -> bytes:
    with connect(address) as client:
        return client.recv(1)


def test_a_tws_that_is_not_there(events: Events) -> None:
    upstream = Upstream()
    upstream.close()
    with Tap(upstream.address, on_event=events) as tap:
        with pytest.raises(ConnectionResetError):
            ask_nothing(tap.address)
        assert events.until("end").text == "refused"


def test_the_end_of_the_tap_ends_all(upstream: Upstream) -> None:
    with Tap(upstream.address) as tap:
        client = connect(tap.address)
        server = upstream.accept()
    for sock in (client, server):
        with sock, contextlib.suppress(ConnectionResetError):
            assert sock.recv(1) == b""  # one that has just been accepted may end so


def test_a_taken_port_and_a_file_that_is_there(tap: Tap, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        Tap(tap.to, tap.address).start()
    (tmp_path / "r").touch()
    with pytest.raises(FileExistsError):
        Tap(tap.to, record=tmp_path / "r").start()


def test_a_sink_that_fails_harms_nothing(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Any) -> None:
        raise ValueError("sink")

    with (
        Tap(upstream.address, on_event=fail) as tap,
        connect(tap.address) as client,
        upstream.accept() as server,
    ):
        client.sendall(b"x")
        assert receive(server, 1) == b"x"
    assert "could not tell" in caplog.text


def test_a_full_disk_ends_the_recording_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, recording = record(tmp_path / "first")
    written = 0

    def write(self: Any, event: Any) -> None:
        nonlocal written
        written += 1
        if written > 10:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("ibapi_port.tap.recording.Recorder.write", write)
    with tapped(record=tmp_path / "second") as (_, tap, events):
        assert repr(trade(tap.address)) == repr(heard)
        events.until("end")
        events.until("end")
    assert "No space left" in tap.failure
    assert written == 11
    assert len(events.rest()) == len(recording.events)


@pytest.mark.parametrize("version", [187, 226])
def test_a_masked_recording(tmp_path: Path, version: int) -> None:
    heard, recording = record(tmp_path / "r", version, mask_accounts=True)
    assert ("managedAccounts", ("DU1234567",)) in heard
    assert b"DU1234567" not in (tmp_path / "r").read_bytes()
    assert recording.masked is not None
    assert "account numbers" in recording.masked
    (accounts,) = [event.data for event in recording.events if event.name == "managedAccounts"]
    assert codec_for(version).fields(accounts)
    assert b"DU0000001" in accounts
    again = read_recording(tmp_path / "r")
    assert again.events == recording.events
