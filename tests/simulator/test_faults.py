"""Faults on demand, over real sockets: what a client gets, byte for byte, and that nobody else is
harmed.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from protocol.helpers import payloads

from ibapi_port.protocol.framing import FrameBuffer, frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.net.clock import VirtualClock
from ibapi_port.simulator.net.faults import KINDS

from .helpers import RawClient


@pytest.fixture
def still() -> Iterator[SimulatedTws]:
    """A server whose time stands until it is moved."""
    with SimulatedTws(tick_interval=3600, clock=VirtualClock()) as server:
        yield server


@pytest.fixture
def guest(still: SimulatedTws) -> Iterator[RawClient]:
    with RawClient(still.address) as raw:
        raw.start(7)
        yield raw


def answer(client: RawClient) -> bytes:
    """The frame of one reqCurrentTime, as bytes."""
    client.ask("reqCurrentTime")
    return client.sock.recv(65536)


def nothing_comes(client: RawClient) -> bool:
    client.sock.settimeout(0.05)
    try:
        return not client.sock.recv(65536)
    except TimeoutError:
        return True
    finally:
        client.sock.settimeout(10)


def read_all(sock: socket.socket) -> bytes:
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


def connect(tws: SimulatedTws) -> socket.socket:
    sock = socket.create_connection(tws.address, timeout=10)
    sock.sendall(greeting(100, 200))
    return sock


class TestMessages:
    def test_lost_duplicated_and_spared(self, still: SimulatedTws, guest: RawClient) -> None:
        plain = answer(guest)
        number = still.faults.add("lose", message="currentTime", times=1)
        guest.ask("reqCurrentTime")
        assert answer(guest) == plain  # of two answers one came
        assert [fault["fault"] for fault in still.faults.all()] != [number]
        still.faults.add("duplicate", message="currentTime", after=1, times=1, size=2)
        assert answer(guest) == plain
        assert answer(guest) == plain * 3
        assert answer(guest) == plain

    def test_what_comes_before_a_message(self, still: SimulatedTws, guest: RawClient) -> None:
        plain = answer(guest)
        still.faults.add("insert", data=b"\xff\0", times=1)
        still.faults.add("unknown", number=4711, times=1)
        still.faults.add("garbage", size=5, times=1)
        came = answer(guest)
        assert came.startswith(b"\xff\0")
        assert came.endswith(plain)
        unknown, garbage, whole = payloads(FrameBuffer(), came[2:])
        assert {len(unknown), len(garbage)} == {len(b"4711\x001\0unknown\0"), 5}
        assert b"4711\0" in (unknown + garbage)
        assert frame(whole) == plain
        still.faults.add("replace", data="00000000", times=1)
        assert answer(guest) == b"\0\0\0\0"

    def test_changed_messages_are_whole_frames(self, still: SimulatedTws, guest: RawClient) -> None:
        plain = answer(guest)
        still.faults.add("truncate", size=4, times=1)
        assert answer(guest) == frame(plain[4:-4])
        still.faults.add("truncate", size=4000, times=1)
        assert answer(guest) == frame(b"")
        still.faults.add("corrupt", times=1)
        changed = answer(guest)
        assert len(changed) == len(plain)
        assert sum(a != b for a, b in zip(changed, plain, strict=True)) == 1
        assert changed[:4] == plain[:4]

    def test_delay_is_on_the_simulated_clock_and_keeps_the_order(
        self, still: SimulatedTws, guest: RawClient
    ) -> None:
        still.faults.add("delay", seconds=2, jitter=1, message="currentTime")
        guest.ask("reqCurrentTime")
        guest.ask("reqIds", 1)
        assert nothing_comes(guest)
        still.advance(1.9)
        assert nothing_comes(guest)
        still.advance(1.2)
        assert [name for name, _ in guest.until("nextValidId")] == ["currentTime", "nextValidId"]

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        def record(seed: int) -> bytes:
            with (
                SimulatedTws(seed=seed, tick_interval=3600, clock=VirtualClock()) as tws,
                RawClient(tws.address) as client,
            ):
                client.start()
                tws.faults.add("garbage", size=8)
                tws.faults.add("corrupt", size=3)
                return answer(client)

        assert record(1) == record(1)
        assert record(1) != record(2)

    def test_byte_by_byte_nothing_is_lost(self, still: SimulatedTws) -> None:
        still.faults.add("split", size=1)
        with RawClient(still.address) as client:
            assert client.server_version == 187
            client.start(1)
            client.ask("reqCurrentTime")
            client.until("currentTime")

    def test_pieces_with_pauses(self, still: SimulatedTws, guest: RawClient) -> None:
        plain = answer(guest)
        still.faults.add("split", size=6, seconds=1)
        guest.ask("reqCurrentTime")
        assert guest.sock.recv(100) == plain[:6]
        assert nothing_comes(guest)
        still.advance(1)
        assert guest.sock.recv(100) == plain[6:12]
        still.faults.clear()  # what is under way stays as it is
        still.advance(10)
        rest = guest.sock.recv(100)
        while len(rest) < len(plain) - 12:
            rest += guest.sock.recv(100)
        assert rest == plain[12:]

    def test_coalesced(self, still: SimulatedTws, guest: RawClient) -> None:
        plain = answer(guest)
        still.faults.add("coalesce", size=3, seconds=5)
        guest.ask("reqCurrentTime")
        guest.ask("reqCurrentTime")
        assert nothing_comes(guest)
        guest.ask("reqCurrentTime")
        assert guest.sock.recv(1000) == plain * 3
        guest.ask("reqCurrentTime")
        assert nothing_comes(guest)
        still.advance(5)
        assert len(guest.sock.recv(1000)) == len(plain)
        guest.ask("reqCurrentTime")
        assert nothing_comes(guest)
        still.faults.clear()
        assert len(guest.sock.recv(1000)) == len(plain)
        still.faults.add("coalesce", size=3, times=1)  # its only time is over at once
        assert len(answer(guest)) == len(plain)


class TestEnds:
    def test_cut_in_mid_frame(self, still: SimulatedTws, guest: RawClient) -> None:
        plain = answer(guest)
        still.faults.add("cut", size=7, message="currentTime", after=1)
        guest.ask("reqCurrentTime")
        guest.ask("reqCurrentTime")
        assert read_all(guest.sock) == plain + plain[:7]

    @pytest.mark.parametrize("limit", [1, 30, 31, 32, 200])
    def test_cut_after_so_many_bytes(self, still: SimulatedTws, limit: int) -> None:
        still.faults.add("cut", after_bytes=limit)
        with connect(still) as sock:
            sock.sendall(frame(b"71\x002\x001\0\0"))
            assert len(read_all(sock)) == limit

    def test_reset(self, still: SimulatedTws, guest: RawClient) -> None:
        still.faults.add("reset", message="reqCurrentTime")
        guest.ask("reqCurrentTime")
        with pytest.raises(ConnectionResetError):
            guest.sock.recv(100)

    def test_half_open_for_a_while(self, still: SimulatedTws, guest: RawClient) -> None:
        still.faults.add("stall", seconds=60, message="currentTime", times=1)
        guest.ask("reqCurrentTime")
        guest.ask("reqIds", 1)
        assert nothing_comes(guest)
        guest.ask("reqIds", 1)
        still.advance(60)
        assert [name for name, _ in guest.until("nextValidId")] == ["currentTime", "nextValidId"]
        guest.until("nextValidId")

    def test_half_open_for_good(self, still: SimulatedTws, guest: RawClient) -> None:
        still.faults.add("stall", client_id=7)
        guest.ask("reqCurrentTime")
        still.advance(10_000)
        assert nothing_comes(guest)
        with RawClient(still.address) as other:
            other.start(8)
            other.ask("reqCurrentTime")
            other.until("currentTime")

    def test_deaf(self, still: SimulatedTws, guest: RawClient) -> None:
        still.faults.add("deaf", seconds=5, message="reqIds", times=1)
        guest.ask("reqIds", 1)
        guest.until("nextValidId")
        guest.ask("reqIds", 1)
        assert nothing_comes(guest)
        still.do("notice", code=2137, text="TWS can still speak")
        assert guest.until("error")[-1][1][2] == 2137
        still.advance(5)
        guest.until("nextValidId")

    def test_slow_reader(self, still: SimulatedTws, guest: RawClient) -> None:
        still.faults.add("slow", size=5, seconds=1)
        request = guest.codec.encode_request("reqIds", 1)
        guest.sock.sendall(request)
        for _ in range((len(request) - 1) // 5):  # the first bytes are read at once
            assert nothing_comes(guest)
            still.advance(1)
        assert guest.until("nextValidId")

    def test_a_request_that_is_not_seen(self, still: SimulatedTws, guest: RawClient) -> None:
        still.faults.add("lose", message="reqIds", times=1)
        guest.ask("reqIds", 1)
        guest.ask("reqCurrentTime")
        assert [name for name, _ in guest.until("currentTime")] == ["currentTime"]

    def test_the_last_words_are_not_lost_on_their_way(
        self, still: SimulatedTws, guest: RawClient
    ) -> None:
        still.faults.add("delay", seconds=60)
        still.do("move_port")
        assert nothing_comes(guest)
        still.advance(60)
        assert guest.until("error")[-1][1][2] == 1300
        guest.wait_for_close()

    def test_what_waits_for_its_time_is_limited_too(self, caplog: pytest.LogCaptureFixture) -> None:
        with (
            SimulatedTws(virtual=True, tick_interval=3600, out_limit=2000) as tws,
            RawClient(tws.address) as client,
        ):
            client.start(1)
            tws.faults.add("delay", seconds=60, message="currentTime")
            client.sock.sendall(
                client.codec.encode_request("reqCurrentTime") * 200
            )  # one by one it may be dropped in between
            with pytest.raises(ConnectionError):
                client.until("never")
        assert "client 1 does not read" in caplog.text


class TestConnecting:
    def test_refused_and_again_let_in(self, still: SimulatedTws, guest: RawClient) -> None:
        number = still.faults.add("refuse")
        with pytest.raises(ConnectionError):
            socket.create_connection(still.address, timeout=10)
        answer(guest)  # who is in stays in
        still.faults.remove(number)
        with RawClient(still.address) as client:
            client.start(1)
        still.faults.add("refuse", seconds=5)
        with pytest.raises(ConnectionError):
            socket.create_connection(still.address, timeout=10)
        still.advance(5)
        with RawClient(still.address) as client:
            client.start(1)

    def test_set_before_the_start(self) -> None:
        tws = SimulatedTws(tick_interval=3600)
        tws.faults.add("version", number=150)
        with tws, RawClient(tws.address) as client:
            assert client.server_version == 150
            client.start(1)
            answer(client)

    @pytest.mark.parametrize("number", [-1, 0, 25, 99, 999_999])
    def test_versions_that_do_not_exist(self, still: SimulatedTws, number: int) -> None:
        still.faults.add("version", number=number, next_only=True)
        with connect(still) as sock:
            assert sock.recv(100)[4:].startswith(b"%d\0" % number)
        with RawClient(still.address) as client:
            assert client.server_version == 187

    def test_accepts_and_never_answers(self, still: SimulatedTws) -> None:
        still.faults.add("lose", message="handshake", next_only=True)
        with connect(still) as sock:
            sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                sock.recv(1)
            with RawClient(still.address) as client:  # the next but one
                client.start(1)

    def test_reset_as_soon_as_connected(self, still: SimulatedTws) -> None:
        still.faults.add("reset", message="accept", times=1)
        with (
            pytest.raises(ConnectionResetError),
            socket.create_connection(still.address, timeout=10) as sock,
        ):
            sock.recv(1)
        with RawClient(still.address) as client:
            client.start(1)

    def test_another_protocol(self, still: SimulatedTws) -> None:
        still.faults.add("replace", message="handshake", data=b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with connect(still) as sock:
            assert sock.recv(100).startswith(b"HTTP/1.1")


class TestSettings:
    def test_what_is_set_is_told(self, still: SimulatedTws) -> None:
        first = still.faults.add("delay", seconds=0.5, client_id=3)
        second = still.faults.add("insert", data="00ff", times=4, next_only=True)
        assert still.faults.all() == [
            {"fault": first, "kind": "delay", "client_id": 3, "seconds": 0.5},
            {
                "fault": second,
                "kind": "insert",
                "next_only": True,
                "times": 4,
                "data": "00ff",
                "left": 4,
            },
        ]
        still.faults.remove(first)
        assert [fault["fault"] for fault in still.faults.all()] == [second]
        with pytest.raises(ValueError, match="no fault"):
            still.faults.remove(first)
        still.faults.clear()
        assert still.faults.all() == []

    @pytest.mark.parametrize(
        ("bad", "field"),
        [
            ({"kind": "explode"}, "kind"),
            ({"kind": "delay", "seconds": -1}, "seconds"),
            ({"kind": "delay", "seconds": float("nan")}, "seconds"),
            ({"kind": "cut", "size": 1.5}, "size"),
            ({"kind": "cut", "after": True}, "after"),
            ({"kind": "cut", "times": 0}, "times"),
            ({"kind": "insert", "data": "xyz"}, "data"),
            ({"kind": "lose", "client_id": "1"}, "client_id"),
            ({"kind": "lose", "message": 5}, "message"),
        ],
    )
    def test_a_bad_setting_is_named(
        self, still: SimulatedTws, bad: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(ValueError, match=f"^{field}: must be"):
            still.faults.add(**bad)
        assert still.faults.all() == []

    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "refuse"])
    def test_no_kind_harms_another_client_or_the_server(
        self, still: SimulatedTws, guest: RawClient, kind: str
    ) -> None:
        still.faults.add(kind, client_id=8, size=3)
        with RawClient(still.address) as victim, contextlib.suppress(ConnectionError):
            victim.ask("startApi", 8, "")
            victim.ask("reqCurrentTime")
        answer(guest)
        guest.ask("reqCurrentTime")
        guest.until("currentTime")
        assert still.faults.all()[0]["kind"] == kind


class TestTheEnd:
    def test_nothing_comes_after_a_cut_though_it_was_sent_meanwhile(
        self, still: SimulatedTws, guest: RawClient
    ) -> None:
        still.faults.add("delay", seconds=1)
        still.faults.add("cut", message="nextValidId", size=5, times=1)
        for request in ("reqIds", "reqCurrentTime"):
            guest.ask(request, *([1] if request == "reqIds" else []))
        still.advance(2)
        assert len(read_all(guest.sock)) == 5

    def test_half_open_for_good_is_so_when_the_fault_is_used_up(
        self, still: SimulatedTws, guest: RawClient
    ) -> None:
        still.faults.add("stall", message="reqCurrentTime", times=1)
        guest.ask("reqCurrentTime")
        still.settle()
        still.do("notice", code=2104, text="x" * 1000)
        assert still.call(
            lambda world: [session.waiting for session in still._network.sessions]
        ) == [0]
        assert still.call(
            lambda world: [len(session._channel._out) for session in still._network.sessions]
        ) == [0]

    def test_a_short_one_does_not_end_a_long_one(
        self, still: SimulatedTws, guest: RawClient
    ) -> None:
        still.faults.add("slow", size=1000, seconds=1, times=1)
        still.faults.add("deaf", message="reqCurrentTime", times=1)
        guest.ask("reqCurrentTime")
        assert guest.until("currentTime")
        still.advance(2)
        guest.ask("reqCurrentTime")
        still.settle()
        assert nothing_comes(guest)

    @pytest.mark.parametrize(
        "fault",
        [{"kind": "delay", "message": "handshake"}, {"kind": "slow", "size": 4}, {"kind": "split"}],
    )
    def test_time_goes_on_for_who_is_kept_waiting_before_being_known(
        self, fault: dict[str, Any]
    ) -> None:
        with SimulatedTws(tick_interval=3600, as_fast_as_possible=True) as tws:
            tws.faults.add(**fault, seconds=2.0)
            with RawClient(tws.address) as client:
                client.start(1)
                assert client.server_version == 187

    def test_time_goes_on_while_connections_are_refused_for_a_time(self) -> None:
        with SimulatedTws(tick_interval=3600, as_fast_as_possible=True) as tws:
            tws.faults.add("refuse", seconds=2.0)
            assert tws.wait_until(lambda: not tws._network.faults.any, 5)
            connect(tws).close()
