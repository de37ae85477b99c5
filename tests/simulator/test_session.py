"""Over real sockets: the greeting, requests and messages as frames, and what clients that misbehave
get.
"""

from __future__ import annotations

import errno
import socket
import threading
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.order_cancel import OrderCancel
from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.services import ClientSession, Values

from .helpers import ACCOUNT, NOON, HandClock, RawClient, order, stock

Call = tuple[str, tuple[Any, ...]]
VERSIONS = [100, 107, 112, 124, 137, 150, 163, 176, 187, 193, 194, 196, 200]


def errors(calls: list[Call]) -> list[tuple[int, int, str]]:
    """Request id, code and text of each error."""
    return [
        (arguments[0], arguments[2], arguments[3]) for name, arguments in calls if name == "error"
    ]


def names(calls: list[Call]) -> list[str]:
    return [name for name, _ in calls]


def settled(client: RawClient) -> list[Call]:
    """All that was on its way to the client, up to the error that it asks for here."""
    client.ask("cancelMktData", 999_999)
    told = client.until("error")
    while told[-1][1][0] != 999_999:
        told += client.until("error")
    return told


def alive(client: RawClient) -> bool:
    client.ask("reqCurrentTime")
    return names(client.until("currentTime"))[-1] == "currentTime"


class TestBeginning:
    def test_greeting(self, tws: SimulatedTws) -> None:
        with RawClient(tws.address) as client:
            assert client.server_version == 187
            assert client.time.endswith("US/Eastern")
            greeted = client.start(3)
            assert greeted[0] == ("managedAccounts", (ACCOUNT,))
            assert greeted[1] == ("nextValidId", (1,))
            assert errors(greeted) == [
                (-1, 2104, "Market data farm connection is OK:usfarm"),
                (-1, 2106, "HMDS data farm connection is OK:ushmds"),
                (-1, 2158, "Sec-def data farm connection is OK:secdefil"),
            ]
            assert tws.call(lambda world: [peer.client_id for peer in world.registry]) == [3]

    def test_the_version_is_the_lower_of_both(self, tws: SimulatedTws) -> None:
        with RawClient(tws.address, newest=150) as client:
            assert client.server_version == 150
            client.start()
            assert alive(client)

    @pytest.mark.parametrize(
        "bad",
        [
            b"GET / HTTP/1.1\r\n\r\n",
            b"API\0" + frame(b"nonsense"),
            b"API\0" + frame(b"v900..901"),
            b"API\0\xff\xff\xff\xff",
        ],
    )
    def test_who_is_no_api_client_is_dropped_and_others_are_served(
        self, tws: SimulatedTws, client: RawClient, bad: bytes
    ) -> None:
        with socket.create_connection(tws.address, timeout=10) as stranger:
            stranger.sendall(bad)
            assert stranger.recv(1) == b""
        assert alive(client)

    def test_a_greeting_byte_by_byte(self, tws: SimulatedTws) -> None:
        with socket.create_connection(tws.address, timeout=10) as slow:
            slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in greeting(100, 200, "+PACEAPI"):
                slow.sendall(bytes([byte]))
            assert slow.recv(4096)[4:8] == b"187\0"

    def test_greeting_and_start_in_one_piece(self, tws: SimulatedTws) -> None:
        with RawClient(tws.address) as first:
            start = first.codec.encode_request("startApi", 8, "")
        with socket.create_connection(tws.address, timeout=10) as hasty:
            hasty.sendall(greeting(100, 200) + start)
            data = b""
            while b"secdefil" not in data:
                data += hasty.recv(4096)
        assert b"DU1234567" in data

    def test_a_client_id_is_given_once(self, tws: SimulatedTws, client: RawClient) -> None:
        with RawClient(tws.address) as second:
            second.ask("startApi", 1, "")
            second.ask("reqCurrentTime")  # what it sends meanwhile doesn't cost it the reason
            assert errors(second.until("error")) == [
                (
                    -1,
                    326,
                    "Unable to connect as the client id is already in use. Retry with a unique client id.",
                )
            ]
            second.wait_for_close()
        assert alive(client)
        client.close()
        while tws.call(lambda world: len(world.registry)):  # until the server has seen it go
            pass
        with RawClient(tws.address) as third:
            assert errors(third.start(1))[-1][1] == 2158

    def test_start_comes_first_and_once(self, tws: SimulatedTws) -> None:
        with RawClient(tws.address) as client:
            client.ask("reqCurrentTime")
            assert errors(client.until("error"))[0][:2] == (-1, 321)
            client.start(5)
            client.ask("startApi", 6, "")
            assert errors(client.until("error"))[0][:2] == (-1, 321)
            assert alive(client)


class TestRequests:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_every_service_in_every_version(self, version: int) -> None:
        with (
            SimulatedTws(server_version=version, tick_interval=0.01, bar_interval=0.02) as tws,
            RawClient(tws.address) as client,
        ):
            client.start()
            client.ask("reqContractDetails", 1, stock())
            details = client.until("contractDetailsEnd")
            assert details[0][1][1].contract.conId == 265598
            client.ask("reqMktData", 2, stock(), "", False, False, [])
            ticks = client.until("tickGeneric")
            assert (("tickReqParams", (2, 0.01, "9c0001", 3)) in ticks) == (version >= 114)
            assert {arguments[1] for name, arguments in ticks if name == "tickPrice"} == {
                1,
                2,
                4,
                6,
                7,
                9,
                14,
            }
            assert {arguments[1] for name, arguments in ticks if name == "tickSize"} == {0, 3, 5, 8}
            client.until("tickPrice")  # the market moves
            client.ask("cancelMktData", 2)
            client.ask("reqRealTimeBars", 3, stock(), 5, "TRADES", False, [])
            assert client.until("realtimeBar")[-1][1][0] == 3
            client.ask("cancelRealTimeBars", 3)
            client.ask(
                "reqHistoricalData", 4, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, False, []
            )
            bars = client.until("historicalDataEnd")
            assert names(bars).count("historicalData") == 24
            assert names(bars).count("historicalDataEnd") == 1
            client.ask("placeOrder", 1, stock(), order("BUY", "100", cashQty=0.0))
            told = [
                call
                for call in client.until("commissionAndFeesReport")
                if call[0] not in ("tickPrice", "tickSize", "tickString", "realtimeBar")
            ]
            assert names(told) == [
                "openOrder",
                "orderStatus",
                "execDetails",
                "openOrder",
                "orderStatus",
                "commissionAndFeesReport",
            ]
            assert told[2][1][2].shares == Decimal(100)
            assert told[3][1][3].status == "Filled"
            client.ask("reqAccountUpdates", True, "")
            values = {
                (arguments[0], arguments[2]): arguments[1]
                for name, arguments in client.until("accountDownloadEnd")
                if name == "updateAccountValue"
            }
            assert Decimal(values["TotalCashValue", "USD"]) < 1_000_000
            client.ask("reqAccountSummary", 5, "All", "NetLiquidation")
            assert names(client.until("accountSummaryEnd"))[-2:] == [
                "accountSummary",
                "accountSummaryEnd",
            ]
            client.ask("reqPositions")
            assert client.until("position")[-1][1][2] == 100
            if version >= 135:
                client.ask("reqPnL", 6, ACCOUNT, "")
                assert client.until("pnl")[-1][1][0] == 6

    def test_refusals_carry_the_requests_id(self, client: RawClient) -> None:
        client.ask("reqMktData", 11, stock("NOSUCH"), "", False, False, [])
        client.ask("cancelMktData", 12)
        client.ask("placeOrder", 13, stock(), order("BUY", "1", "FEELINGS"))
        client.ask("reqAccountUpdates", True, "U1")
        client.ask("setServerLogLevel", 9)
        told: list[Call] = []
        while len(told) < 5:
            told += client.until("error")
        assert errors(told) == [
            (11, 200, "No security definition has been found for the request"),
            (12, 300, "Can't find EId with tickerId:12"),
            (13, 10051, "Invalid order type"),
            (
                2**31 - 1,
                321,
                "Error validating request.-'reqAccountUpdates' : cause - Invalid account code 'U1'.",
            ),
            (-1, 319, "Invalid log level 9"),
        ]

    def test_error_times_are_told_to_those_who_can_read_them(self) -> None:
        with (
            SimulatedTws(server_version=194, tick_interval=3600) as tws,
            RawClient(tws.address) as client,
        ):
            greeted = client.start()
            now = tws.call(lambda world: world.clock.now())
            assert all(
                now - 60 < arguments[1] / 1000 <= now
                for name, arguments in greeted
                if name == "error"
            )

    def test_orders_of_two_clients(self, tws: SimulatedTws, client: RawClient) -> None:
        client.ask("placeOrder", 1, stock(), order("BUY", "10", "LMT", lmtPrice=200.0))
        client.until("orderStatus")
        with RawClient(tws.address) as second:
            second.start(2)
            second.ask("reqAllOpenOrders")
            told = second.until("openOrderEnd")
            assert names(told) == ["openOrder", "orderStatus", "openOrderEnd"]
            assert told[1][1][8] == 1  # whose it is
            second.ask("reqGlobalCancel", OrderCancel())
            assert client.until("error")[-1][1][2] == 202


class TestMisbehaviour:
    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"\0",
            b"abc\0",
            b"9999\0",
            b"1\0",
            b"1",
            b"3\0nonsense\0",
            b"\xff\xfe\0",
            b"62\0001\0extra\0",
            b"20\0" + b"x\0" * 30,
        ],
    )
    def test_a_bad_frame_is_answered_and_the_session_goes_on(
        self, client: RawClient, payload: bytes
    ) -> None:
        client.sock.sendall(frame(payload))
        client.ask("reqCurrentTime")
        told = client.until("currentTime")
        assert [error[:2] for error in errors(told)] in ([(-1, 320)], [])
        if payload != b"62\0001\0extra\0":  # what a newer client adds at the end is left alone
            assert errors(told)[0][2].startswith("Error reading request. ")

    def test_a_frame_that_is_too_long_ends_the_session_with_a_reason(
        self, client: RawClient
    ) -> None:
        client.sock.sendall(b"\xff\xff\xff\xff" + b"x" * 100_000)
        assert errors(client.until("error"))[0][:2] == (-1, 320)
        client.wait_for_close()

    def test_requests_in_pieces_and_in_bulk(self, client: RawClient) -> None:
        one = client.codec.encode_request("reqCurrentTime")
        for byte in one:
            client.sock.sendall(bytes([byte]))
        client.sock.sendall(one * 999)
        assert sum(1 for _ in range(1000) if client.until("currentTime")) == 1000

    def test_a_client_that_does_not_read_is_dropped_and_others_are_served(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with (
            SimulatedTws(tick_interval=3600, out_limit=100_000) as tws,
            RawClient(tws.address) as good,
            RawClient(tws.address) as deaf,
        ):
            good.start(1)
            deaf.start(2)
            question = deaf.codec.encode_request("reqContractDetails", 1, stock())
            with pytest.raises(ConnectionError):  # answers pile up; the server closes
                deaf.sock.sendall(question * 100_000)
            assert alive(good)
            assert tws.call(lambda world: len(world.registry)) == 1
        assert "client 2 does not read" in caplog.text

    def test_a_fault_of_the_simulator_is_told_and_harms_nobody(
        self, tws: SimulatedTws, client: RawClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(peer: object, values: object) -> None:
            raise KeyError("oops")

        tws.call(lambda world: world.handlers.update(reqCurrentTime=fail))
        client.ask("reqCurrentTime")
        assert errors(client.until("error")) == [
            (-1, 322, "Error processing request.-'reqCurrentTime' : cause - KeyError: 'oops'")
        ]
        client.ask("reqIds", 1)
        assert client.until("nextValidId")[-1] == ("nextValidId", (1,))
        assert "the simulated TWS failed at reqCurrentTime" in caplog.text

    def test_a_client_that_resets_is_forgotten(self, tws: SimulatedTws, client: RawClient) -> None:
        with RawClient(tws.address) as rude:
            rude.start(2)
            rude.ask("reqMktData", 1, stock(), "", False, False, [])
            rude.until("tickGeneric")
            rude.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        while tws.call(lambda world: len(world.registry)) > 1:
            pass
        tws.call(lambda world: world.market.tick())
        assert alive(client)


class TestServer:
    def test_stop_closes_everything_and_the_same_port_serves_again(self) -> None:
        tws = SimulatedTws(tick_interval=3600)
        assert tws.port == 0
        tws.start()
        port = tws.port
        client = RawClient(tws.address)
        client.start()
        client.ask("placeOrder", 1, stock(), order("BUY", "10", "LMT", lmtPrice=200.0))
        client.until("orderStatus")
        tws.stop()
        with pytest.raises(ConnectionError):
            client.until("never")
        client.close()
        with pytest.raises(ConnectionError):
            socket.create_connection(("127.0.0.1", port), timeout=10)
        tws.start()
        assert tws.port == port
        with RawClient(tws.address) as again:
            greeted = again.start()
            assert names(greeted)[:4] == [
                "managedAccounts",
                "nextValidId",
                "openOrder",
                "orderStatus",
            ]  # the order is still there
            assert greeted[1] == ("nextValidId", (2,))
        tws.stop()
        tws.stop()
        assert "simulated-tws" not in [thread.name for thread in threading.enumerate()]

    def test_another_server_can_have_the_port_afterwards(self) -> None:
        with SimulatedTws(tick_interval=3600) as first, RawClient(first.address) as client:
            client.start()
        with (
            SimulatedTws(port=first.port, tick_interval=3600) as second,
            RawClient(second.address) as client,
        ):
            client.start()
            assert second.address == first.address

    def test_a_taken_port(self, tws: SimulatedTws) -> None:
        with pytest.raises(OSError, match="in use"):
            SimulatedTws(port=tws.port).start()
        with pytest.raises(RuntimeError, match="running"):
            tws.start()

    def test_calls_need_a_running_server(self, tws: SimulatedTws) -> None:
        assert tws.call(lambda world: world.account.code) == ACCOUNT
        with pytest.raises(ZeroDivisionError):
            tws.call(lambda world: 1 / 0)
        tws.stop()
        with pytest.raises(RuntimeError, match="not running"):
            tws.call(lambda world: world)

    @pytest.mark.parametrize(
        "bad",
        [
            {"server_version": 99},
            {"server_version": 9999},
            {"tick_interval": 0},
            {"bar_interval": -1},
        ],
    )
    def test_bad_settings(self, bad: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="must be"):
            SimulatedTws(**bad)

    def test_the_same_seed_gives_the_same_ticks(self) -> None:
        def record(seed: int) -> list[Call]:
            with (
                SimulatedTws(seed=seed, tick_interval=3600) as tws,
                RawClient(tws.address) as client,
            ):
                client.start()
                client.ask("reqMktData", 1, stock(), "", False, False, [])
                client.until("tickGeneric")
                for _ in range(50):
                    tws.call(lambda world: world.market.tick())
                client.ask("reqCurrentTime")
                return [
                    (name, arguments[:3])
                    for name, arguments in client.until("currentTime")
                    if name in ("tickPrice", "tickSize")
                ]

        assert record(4) == record(4)
        assert record(4) != record(5)

    def test_another_clock_can_be_slotted_in(self) -> None:
        clock = HandClock()
        with SimulatedTws(clock=clock) as tws, RawClient(tws.address) as client:
            client.start()
            client.ask("reqRealTimeBars", 1, stock(), 5, "TRADES", True, [])
            client.ask("reqCurrentTime")
            assert client.until("currentTime") == [("currentTime", (int(NOON),))]
            tws.call(lambda world: setattr(clock, "time", NOON + 5))
            assert client.until("realtimeBar")[-1][1][1] == int(NOON)

    def test_a_name_as_host(self) -> None:
        with (
            SimulatedTws(host="localhost", tick_interval=3600) as tws,
            RawClient(tws.address) as client,
        ):
            assert tws.host == "localhost"
            client.start()

    def test_who_says_nothing_is_dropped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ibapi_port.simulator.session.GREETING_TIME", 0.05)
        with SimulatedTws(tick_interval=3600) as tws, RawClient(tws.address) as client:
            with socket.create_connection(tws.address, timeout=10) as mute:
                mute.sendall(b"API\0")
                assert mute.recv(1) == b""
            client.start()  # who has greeted may take its time

    def test_connections_have_a_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ibapi_port.simulator.network.MAX_CONNECTIONS", 1)
        with SimulatedTws(tick_interval=3600) as tws:
            with RawClient(tws.address) as client:
                client.start()
                with socket.create_connection(tws.address, timeout=10) as second:
                    assert second.recv(1) == b""
                assert alive(client)
            while tws.call(lambda world: len(world.registry)):
                pass
            with RawClient(tws.address) as third:
                third.start()

    def test_who_says_no_client_id_makes_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ibapi_port.simulator.network.MAX_CONNECTIONS", 2)
        with SimulatedTws(tick_interval=3600) as tws, RawClient(tws.address) as client:
            client.start()
            with socket.create_connection(tws.address, timeout=10) as mute, RawClient(tws.address):
                assert mute.recv(1) == b""
                assert alive(client)

    def test_without_file_descriptors_it_waits_and_goes_on(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        accept, failures = socket.socket.accept, [OSError(errno.EMFILE, "Too many open files")] * 2

        def sometimes(listener: socket.socket) -> Any:
            if failures:
                raise failures.pop()
            return accept(listener)

        monkeypatch.setattr(socket.socket, "accept", sometimes)
        with SimulatedTws(tick_interval=3600) as tws, RawClient(tws.address) as client:
            client.start()
        assert caplog.text.count("Too many open files") == 2

    def test_many_clients(self, tws: SimulatedTws) -> None:
        clients = [RawClient(tws.address) for _ in range(32)]
        for number, client in enumerate(clients):
            client.start(number)
            client.ask("reqMktData", 1, stock(), "", False, False, [])
        for client in clients:
            client.until("tickGeneric")
        tws.call(lambda world: world.market.move(world.instruments.all[0], Decimal("231.00")))
        for client in clients:
            client.until("tickPrice")
            client.close()


class TestFaultsOfOurs:
    def test_a_watcher_that_fails_ends_the_connection_and_no_other(
        self, tws: SimulatedTws, client: RawClient
    ) -> None:
        def watch(peer: ClientSession, name: str, values: Values) -> None:
            if name == "reqIds":
                raise LookupError(name)

        tws.call(lambda world: world.watchers.append(watch))
        with RawClient(tws.address) as other:
            other.start(2)
            client.ask("reqIds", 1)
            while client.sock.recv(1000):
                pass
            other.ask("reqCurrentTime")
            other.until("currentTime")
            assert tws.call(lambda world: [peer.client_id for peer in world.registry]) == [2]

    def test_a_callback_that_fails_does_not_end_the_loop(
        self, tws: SimulatedTws, client: RawClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail() -> None:
            raise LookupError("a turn")

        loop = tws._running()
        tws.call(lambda world: loop.soon(fail))
        client.ask("reqCurrentTime")
        client.until("currentTime")
        assert "failed at a turn" in caplog.text
