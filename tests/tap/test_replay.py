"""A recording served again: to the same program, to one with other ids, in another order, and to
those that do something else.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from machine import slowness
from simulator.helpers import RawClient, order, stock

from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.protocol.select import codec_for
from ibapi_port.tap import RecordingError, Replay, ReplayMismatch, Tap, read_recording
from ibapi_port.tap.recording import Recorder

from .helpers import WAIT, connect, hello, record, tapped, threads, trade

DIFFERS = "reqMktData differs: contract.symbol: recorded 'AAPL', now 'GOOG'"


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    yield
    assert threads() == set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    record(tmp_path / "r")
    return tmp_path / "r"


@pytest.mark.parametrize("version", [176, 187, 200, 226])
@pytest.mark.parametrize("strict", [False, True])
def test_the_same_program_hears_the_same(tmp_path: Path, version: int, strict: bool) -> None:
    heard, _ = record(tmp_path / "r", version)
    with Replay(tmp_path / "r", strict=strict) as replay:
        assert repr(trade(replay.address, version)) == repr(heard)
        assert replay.wait(WAIT)
    assert replay.notes == []


@pytest.mark.parametrize("version", [187, 226])
def test_other_ids_get_their_answers(tmp_path: Path, version: int) -> None:
    heard, _ = record(tmp_path / "r", version)
    with Replay(tmp_path / "r", strict=True) as replay:
        again = trade(replay.address, version, client_id=9, first_id=70, order_id=500)
        assert replay.wait(WAIT)
    assert [name for name, _ in again] == [name for name, _ in heard]
    for (name, arguments), (_, want) in zip(again, heard, strict=True):
        if name in ("tickPrice", "tickSize", "contractDetails", "contractDetailsEnd"):
            assert arguments[0] == want[0] + 69
        if name in ("orderStatus", "openOrder"):
            assert arguments[0] == 500
        if name == "orderStatus":
            assert arguments[8] == 9
        if name == "execDetails":
            assert (arguments[2].orderId, arguments[2].clientId) == (500, 9)
    assert replay.notes == []


def test_another_order_of_requests(path: Path) -> None:
    with Replay(path, patience=WAIT) as replay, RawClient(replay.address) as client:
        client.start()
        client.ask("reqContractDetails", 2, stock("MSFT"))
        client.ask("reqMktData", 1, stock(), "", False, False, [])
        assert "tickPrice" in [name for name, _ in client.until("contractDetailsEnd")]
    assert [note.partition(";")[0] for note in replay.notes] in ([], ["the program has closed"])


def test_what_the_program_leaves_out_is_left_out_of_the_answers(path: Path) -> None:
    with Replay(path, patience=0.05) as replay, RawClient(replay.address) as client:
        client.start()
        client.ask("reqContractDetails", 2, stock("MSFT"))
        assert [name for name, _ in client.until("contractDetailsEnd")] == [
            "contractDetails",
            "contractDetailsEnd",
        ]
    assert replay.notes[0].startswith(
        "the program does not ask what the recording has: reqMktData reqId=1 "
    )


def test_other_values_and_other_requests_are_noted(path: Path) -> None:
    with Replay(path) as replay, RawClient(replay.address) as client:
        client.start()
        client.ask("reqScannerParameters")
        client.ask("reqMktData", 1, stock("GOOG"), "", False, False, [])
        client.ask("reqContractDetails", 2, stock("MSFT"))
        client.until("contractDetailsEnd")
    assert {"not in the recording: reqScannerParameters", DIFFERS} <= set(replay.notes)


def test_strict_ends_with_the_difference(path: Path) -> None:
    def session() -> None:
        with Replay(path, strict=True) as replay, RawClient(replay.address) as client:
            client.start()
            client.ask("reqMktData", 1, stock("GOOG"), "", False, False, [])
            client.wait_for_close()

    with pytest.raises(ReplayMismatch) as caught:
        session()
    lines = str(caught.value).splitlines()
    assert lines[0] == "the program asks other things than the recording (-) has:"
    assert lines[1].startswith("- reqMktData reqId=1 ")
    assert lines[2].startswith("+ reqMktData reqId=1 ")
    assert lines[3:] == ["  contract.symbol: recorded 'AAPL', now 'GOOG'"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("reqCurrentTime",), "reqMktData was recorded"),
        (None, "the program has closed; the recording goes on with reqMktData"),
    ],
)
def test_strict_of_other_requests_and_of_none(
    path: Path, asked: tuple[Any, ...] | None, said: str
) -> None:
    with Replay(path, strict=True) as replay:
        with RawClient(replay.address) as client:
            client.start()
            if asked:
                client.ask(*asked)
                client.wait_for_close()
        with pytest.raises(ReplayMismatch, match=said):
            replay.wait(WAIT)
        replay.strict = False  # it has been raised


def test_strict_with_more_than_was_recorded(path: Path) -> None:
    with Replay(path, strict=True) as replay:
        with RawClient(replay.address) as client:
            heard = client.start()
            client.ask("reqMktData", 1, stock(), "", False, False, [])
            client.ask("reqContractDetails", 2, stock("MSFT"))
            client.until("contractDetailsEnd")
            client.ask("placeOrder", 1, stock(), order("BUY", "100"))
            client.until("commissionAndFeesReport")
            client.ask("cancelMktData", 1)
            client.ask("reqCurrentTime")
            client.ask("reqScannerParameters")
            client.until("currentTime")
        assert heard
        replay.settle(WAIT)
        with pytest.raises(ReplayMismatch, match="not in the recording: reqScannerParameters"):
            replay.check()
        replay.strict = False


def test_a_cancel_goes_with_what_it_cancels(tmp_path: Path) -> None:
    with tapped(record=tmp_path / "r") as (_, tap, _), RawClient(tap.address) as client:
        client.start()
        for n, symbol in enumerate(("AAPL", "MSFT")):
            client.ask("placeOrder", n + 1, stock(symbol), order("BUY", "1", "LMT", lmtPrice=1.0))
        client.ask("cancelOrder", 2, *_cancel())
        client.until("error")
        client.ask("cancelOrder", 1, *_cancel())
        client.until("error")
    with Replay(tmp_path / "r", patience=WAIT) as replay, RawClient(replay.address) as client:
        client.start()
        client.ask("placeOrder", 71, stock("MSFT"), order("BUY", "1", "LMT", lmtPrice=1.0))
        client.ask("placeOrder", 72, stock("AAPL"), order("BUY", "1", "LMT", lmtPrice=1.0))
        client.ask("cancelOrder", 72, *_cancel())
        client.ask("cancelOrder", 71, *_cancel())
        assert client.until("error")[-1][1][:1] == (71,)
        assert client.until("error")[-1][1][:1] == (72,)


def _cancel() -> tuple[Any, ...]:
    from ibapi_port.order_cancel import OrderCancel

    return (OrderCancel(),)


def test_recorded_connections_go_to_the_clients_they_belong_to(tmp_path: Path) -> None:
    with tapped(record=tmp_path / "r") as (_, tap, _):
        for client_id, symbol in ((1, "AAPL"), (2, "MSFT")):
            with RawClient(tap.address) as client:
                client.start(client_id)
                client.ask("reqContractDetails", 1, stock(symbol))
                client.until("contractDetailsEnd")
    with Replay(tmp_path / "r") as replay:
        for client_id, symbol in (
            (2, "MSFT"),
            (1, "AAPL"),
            (1, "AAPL"),
        ):  # the third: it begins again
            with RawClient(replay.address) as client:
                client.start(client_id)
                client.ask("reqContractDetails", 5, stock(symbol))
                (_, details), _ = client.until("contractDetailsEnd")
                assert (details[0], details[1].contract.symbol) == (5, symbol)
        assert replay.wait(WAIT)
    assert replay.notes == []


def test_the_recorded_pace(path: Path) -> None:
    recording = read_recording(path)
    slow = path.with_name("slow")
    with Recorder(slow) as recorder:
        for event in recording.events:
            recorder.write(
                replace(event, time=2.0 * (event.name == "commissionAndFeesReport") + event.time)
            )
    begun = time.monotonic()
    with Replay(slow, speed=10) as replay:
        trade(replay.address)
    assert 0.2 <= time.monotonic() - begun < WAIT
    begun = time.monotonic()
    with Replay(slow) as replay:
        trade(replay.address)
    assert time.monotonic() - begun < 1.5 * slowness()


@pytest.mark.parametrize("how", ["reset", "closed", "cut"])
def test_ends_of_tws_are_played(tmp_path: Path, how: str) -> None:
    codec = codec_for(187)
    with Recorder(tmp_path / "r") as recorder:
        from ibapi_port.tap.conversation import Conversation

        conversation = Conversation(1)
        for event in [
            *conversation.feed(0.0, "out", b"API\0" + frame(b"v100..187")),
            *conversation.feed(
                0.0, "in", frame(b"187\0now\0") + codec.encode_message("nextValidId", orderId=7)
            ),
            *(conversation.feed(0.0, "in", b"\0\0\0\x09half") if how == "cut" else ()),
            *conversation.end(0.1, "in", "reset" if how == "reset" else "closed"),
        ]:
            recorder.write(event)
    with Replay(tmp_path / "r") as replay, connect(replay.address) as sock:
        hello(sock)
        sock.sendall(codec.encode_request("startApi", 1, ""))
        data = b""
        ended = ""
        while not ended:
            try:
                more = sock.recv(4096)
            except ConnectionResetError:
                ended = "reset"
            else:
                data += more
                ended = "" if more else "closed"
        assert ended == ("reset" if how == "reset" else "closed")
        assert data.endswith(b"half") == (how == "cut")
        if how != "reset":
            assert b"9\x001\x007\0" in data


def test_a_program_of_older_versions_is_told(path: Path) -> None:
    with Replay(path) as replay:
        with connect(replay.address) as sock:
            sock.sendall(greeting(100, 150))
            assert _ends(sock)
        with connect(replay.address) as sock:
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert _ends(sock)
    assert (
        replay.notes[0]
        == "the recording is of server version 187; the program speaks none above 150"
    )
    assert replay.notes[1].startswith("not an API client")


def _ends(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def test_bad_recordings_and_values(tmp_path: Path, path: Path) -> None:
    with Recorder(tmp_path / "empty"):
        pass
    with pytest.raises(RecordingError, match="no connection that TWS answered"):
        Replay(tmp_path / "empty")
    with pytest.raises(ValueError, match="above 0"):
        Replay(path, speed=0)
    with pytest.raises(ValueError, match="0 to 65535"):
        Replay(path, port=65536)
    with Replay(path) as replay, pytest.raises(OSError, match="in use"):
        Replay(path, port=replay.port).start()


def test_the_end_of_the_replay_ends_its_connections(path: Path) -> None:
    with Replay(path) as replay:
        client = RawClient(replay.address)
        client.start()
    client.wait_for_close()
    client.close()


def test_a_replay_can_be_tapped(path: Path, tmp_path: Path) -> None:
    with Replay(path) as replay, Tap(replay.address, record=tmp_path / "again") as tap:
        trade(tap.address)
        replay.wait(WAIT)

    def frames(path: Path) -> list[tuple[str, bytes]]:
        return [
            (event.direction, event.data)
            for event in read_recording(path).events
            if event.kind == "frame"
        ]

    assert sorted(frames(tmp_path / "again")) == sorted(frames(path))
