"""The rules of connections: who may come in, how fast, read-only, data farms, restarts."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ibapi_port.order_cancel import OrderCancel
from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.handshake import greeting
from ibapi_port.protocol.schema.messages import INCOMING_BY_NAME, REQUESTS
from ibapi_port.simulator import SimulatedTws, farms
from ibapi_port.simulator.net.clock import VirtualClock
from ibapi_port.simulator.session import TURN

from .helpers import RawClient, order, stock

READ_ONLY = "The API interface is currently in Read-Only mode."


def server(**options: Any) -> SimulatedTws:
    """One whose time stands until it is moved."""
    return SimulatedTws(tick_interval=3600, clock=VirtualClock(), **options)


@pytest.fixture
def still() -> Iterator[SimulatedTws]:
    with server() as tws:
        yield tws


def notices(client: RawClient) -> list[tuple[int, str]]:
    """Code and text of all errors that have come so far."""
    client.ask("reqCurrentTime")
    return [
        (arguments[2], arguments[3])
        for name, arguments in client.until("currentTime")
        if name == "error"
    ]


def silent(sock: socket.socket) -> bool:
    sock.settimeout(0.05)
    try:
        return not sock.recv(100)
    except TimeoutError:
        return True
    finally:
        sock.settimeout(10)


class TestLettingIn:
    def test_no_more_than_so_many(self) -> None:
        with (
            server(max_clients=1) as tws,
            RawClient(tws.address) as first,
            RawClient(tws.address) as second,
        ):
            first.start(1)
            second.ask("startApi", 2, "")
            told = second.until("error")[-1][1]
            assert told[2] == 321
            assert "1 API clients are connected already" in told[3]
            second.wait_for_close()
            first.close()
            while tws.call(lambda world: len(world.registry)):
                pass
            with RawClient(tws.address) as third:
                third.start(3)

    def test_a_dialog_that_is_answered_late(self) -> None:
        with (
            server(accept_after=30) as tws,
            socket.create_connection(tws.address, timeout=10) as sock,
        ):
            sock.sendall(greeting(100, 200) + frame(b"71\x002\x001\0\0"))
            assert silent(sock)
            tws.advance(29)
            assert silent(sock)
            tws.advance(1)
            assert sock.recv(4096)[4:].startswith(b"187\0")

    def test_a_dialog_that_somebody_answers(self) -> None:
        with server(accept="ask") as tws, socket.create_connection(tws.address, timeout=10) as sock:
            sock.sendall(greeting(100, 200))
            tws.advance(100_000)
            assert silent(sock)
            assert tws.do("accept") == 1
            assert sock.recv(4096)[4:].startswith(b"187\0")
            assert tws.do("accept") == 0
            with socket.create_connection(tws.address, timeout=10) as unwelcome:
                unwelcome.sendall(greeting(100, 200))
                assert silent(unwelcome)
                assert tws.do("accept", accepted=False) == 1
                assert unwelcome.recv(1) == b""

    @pytest.mark.parametrize("after", [0, 5])
    def test_refused_by_the_dialog(self, after: float) -> None:
        with (
            server(accept="no", accept_after=after) as tws,
            socket.create_connection(tws.address, timeout=10) as sock,
        ):
            sock.sendall(greeting(100, 200))
            if after:
                assert silent(sock)
            tws.advance(after)
            assert sock.recv(1) == b""

    def test_settings_that_change_while_it_runs(self, still: SimulatedTws) -> None:
        still.do("option", name="accept", value="no")
        with socket.create_connection(still.address, timeout=10) as sock:
            sock.sendall(greeting(100, 200))
            still.advance(0)
            assert sock.recv(1) == b""
        for wrong in (
            {"name": "seed", "value": 2},
            {"name": "accept", "value": "maybe"},
            {"name": "nothing", "value": 1},
        ):
            with pytest.raises(ValueError, match=r"setting|must be one of"):
                still.do("option", **wrong)


class TestReadOnly:
    def test_orders_are_refused_and_the_rest_is_not(self) -> None:
        with server(read_only=True) as tws, RawClient(tws.address) as client:
            client.start(1)
            client.ask("placeOrder", 5, stock(), order("BUY", "10"))
            client.ask("cancelOrder", 5, OrderCancel())
            client.ask("reqGlobalCancel", OrderCancel())
            client.ask("reqOpenOrders")
            client.ask("reqCompletedOrders", False)
            told = [client.until("error")[-1][1] for _ in range(5)]
            assert [arguments[0] for arguments in told] == [5, 5, -1, -1, -1]
            assert {arguments[2] for arguments in told} == {321}
            assert told[0][3] == f"Error validating request.-'placeOrder' : cause - {READ_ONLY}"
            client.ask("reqPositions")
            assert client.until("positionEnd")
            assert not tws.call(lambda world: world.book.active())


class TestPacing:
    def test_rejecting(self) -> None:
        with server(pacing="reject", max_rate=5) as tws, RawClient(tws.address) as client:
            client.start(1)
            tws.advance(1)
            for time in (1, 2, 3):
                for _ in range(7):
                    client.ask("reqIds", 1)
                for _ in range(7):  # they are answered nevertheless
                    client.until("nextValidId")
                tws.advance(1)
                told = client.until("error")[-1][1]
                assert told[2:4] == (
                    100,
                    f"Max rate of messages per second has been exceeded:max=5 rec=7 ({time})",
                )
            client.wait_for_close()

    def test_who_keeps_the_limit_hears_nothing(self) -> None:
        with server(pacing="reject", max_rate=5) as tws, RawClient(tws.address) as client:
            client.start(1)
            for _ in range(10):
                tws.advance(1)
                for _ in range(4):
                    client.ask("reqIds", 1)
                    client.until("nextValidId")
            assert notices(client) == []

    @pytest.mark.parametrize(
        "options", [{"pacing": "delay", "max_rate": 5}, {"pacing": "reject", "max_rate": 5}]
    )
    def test_waiting(self, options: dict[str, Any]) -> None:
        """By TWS's setting, or because the client asks for it."""
        asked = "+PACEAPI" if options["pacing"] == "reject" else ""
        with server(**options) as tws, RawClient(tws.address, connect_options=asked) as client:
            client.start(1)
            tws.advance(1)
            for _ in range(12):
                client.ask("reqIds", 1)
            for count in (5, 5, 2):
                for _ in range(count):
                    client.until("nextValidId")
                assert silent(client.sock)
                tws.advance(1)
            assert silent(client.sock)

    def test_without_pacing_nobody_waits(self, still: SimulatedTws) -> None:
        with RawClient(still.address, connect_options="+PACEAPI") as client:
            client.start(1)
            for _ in range(200):
                client.ask("reqIds", 1)
            for _ in range(200):
                client.until("nextValidId")


class TestTurns:
    def test_a_client_that_floods_leaves_others_their_turn(self, still: SimulatedTws) -> None:
        with RawClient(still.address) as flooder, RawClient(still.address) as modest:
            flooder.start(1)
            modest.start(2)
            served: list[int] = []
            still.call(
                lambda world: world.watchers.append(
                    lambda peer, name, values: served.append(peer.client_id)
                )
            )
            blocked, go = threading.Event(), threading.Event()

            def block(_: object) -> None:
                blocked.set()
                go.wait(10)

            blocker = threading.Thread(target=still.call, args=(block,))
            blocker.start()
            blocked.wait(10)
            flooder.sock.sendall(flooder.codec.encode_request("reqIds", 1) * 2000)
            modest.ask("reqIds", 1)
            go.set()
            blocker.join()
            modest.until("nextValidId")
            for _ in range(2000):
                flooder.until("nextValidId")
            assert served.index(2) <= 2 * TURN
            assert len(served) == 2001

    @pytest.mark.parametrize("version", [187, 226])
    def test_random_bytes_harm_nobody(self, version: int, caplog: pytest.LogCaptureFixture) -> None:
        if version > 200:
            pytest.importorskip("google.protobuf")
        rng = random.Random(7)
        with (
            SimulatedTws(server_version=version, tick_interval=3600) as tws,
            RawClient(tws.address, newest=version) as good,
        ):
            good.start(1)
            for n in range(120):
                with (
                    socket.create_connection(tws.address, timeout=10) as stranger,
                    contextlib.suppress(ConnectionError),
                ):
                    if n % 3:  # one that has greeted and begun as it should
                        stranger.sendall(greeting(100, version))
                        stranger.recv(100)
                    if n % 3 == 2:
                        stranger.sendall(good.codec.encode_request("startApi", 100 + n, ""))
                    for _ in range(20):
                        payload = bytes(
                            rng.choice(b"\0\0" + bytes([rng.randrange(256)]) + b"0123456789")
                            for _ in range(rng.randrange(60))
                        )
                        stranger.sendall(frame(payload) if rng.random() < 0.9 else payload)
            good.ask("reqCurrentTime")
            good.until("currentTime")
            while tws.call(lambda world: len(world.registry)) > 1:
                pass
        assert "Traceback" not in caplog.text


class TestFarms:
    def test_notices_and_silence(self, still: SimulatedTws) -> None:
        with RawClient(still.address) as client:
            client.start(1)
            client.ask("reqMktData", 1, stock(), "", False, False, [])
            client.until("tickPrice")
            notices(client)
            still.do("farm", name="usfarm", state="broken")
            still.do("quote", symbol="AAPL", bid=100, ask=101)
            client.ask("reqCurrentTime")
            assert [name for name, _ in client.until("currentTime")] == ["error", "currentTime"]
            still.do("farm", name="usfarm", state="connecting")
            still.do("farm", name="usfarm", state="ok")
            still.do("farm", name="ushmds", state="broken")
            still.do("farm", name="secdefil", state="broken")
            still.do("farm", name="eufarm", state="ok")
            assert notices(client) == [
                (2119, "Market data farm is connecting:usfarm"),
                (2104, "Market data farm connection is OK:usfarm"),
                (2105, "HMDS data farm connection is broken:ushmds"),
                (2157, "Sec-def data farm connection is broken:secdefil"),
                (2104, "Market data farm connection is OK:eufarm"),
            ]
            client.ask("reqCurrentTime")
            client.until("currentTime")
            still.do("quote", symbol="AAPL", bid=102, ask=103)
            client.until("tickPrice")
            client.ask(
                "reqHistoricalData", 2, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, False, []
            )
            assert client.until("error")[-1][1][2] == 162
            still.do("farm", name="ushmds", state="ok")
            client.ask(
                "reqHistoricalData", 3, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, False, []
            )
            assert client.until("historicalDataEnd")
            with pytest.raises(
                ValueError,
                match="the state of secdefil must be one of ok, broken, not 'connecting'",
            ):
                still.do("farm", name="secdefil", state="connecting")

    def test_what_was_missed_is_told_when_the_farm_is_back(self, still: SimulatedTws) -> None:
        with RawClient(still.address) as client:
            client.start(1)
            client.ask("reqMktData", 1, stock(), "", False, False, [])
            client.ask("reqMktDepth", 2, stock(exchange="NASDAQ"), 3, False, [])
            client.ask("reqTickByTickData", 3, stock(), "BidAsk", 0, False)
            client.until("updateMktDepth", "updateMktDepthL2")
            notices(client)
            still.do("farm", name="usfarm", state="broken")
            still.do("quote", symbol="AAPL", bid=100, ask=101)
            client.ask("reqCurrentTime")
            assert [name for name, _ in client.until("currentTime")] == ["error", "currentTime"]
            still.do("farm", name="usfarm", state="ok")
            client.ask("reqCurrentTime")
            told = client.until("currentTime")
            prices = {arguments[1]: arguments[2] for name, arguments in told if name == "tickPrice"}
            assert (prices[1], prices[2]) == (100.0, 101.0)
            assert [arguments[2] for name, arguments in told if name == "error"] == [2104, 317]
            assert any(name.startswith("updateMktDepth") for name, _ in told)

    def test_what_a_farm_carries_are_messages_and_requests_that_there_are(self) -> None:
        assert {
            name for names in farms._CARRIED.values() for name in names
        } <= INCOMING_BY_NAME.keys()
        assert {name for names in farms._USERS.values() for name in names} <= REQUESTS.keys()

    def test_the_line_to_ib(self, still: SimulatedTws) -> None:
        with RawClient(still.address) as client:
            client.start(1)
            client.ask("reqMktData", 1, stock(), "", False, False, [])
            client.until("tickPrice")
            notices(client)
            still.do("connectivity", up=False)
            with RawClient(still.address) as late:
                assert [arguments[2] for name, arguments in late.start(2) if name == "error"] == [
                    2110,
                    2104,
                    2106,
                    2158,
                ]
            still.do("quote", symbol="AAPL", bid=100, ask=101)
            still.do("farm", name="ushmds", state="broken")
            still.do("connectivity", up=True)
            still.do("farm", name="ushmds", state="ok")
            still.do("connectivity", up=False)
            still.do("connectivity", up=True)
            restored = "Connectivity between IBKR and Trader Workstation has been restored - data maintained. "
            some = "The following farms are connected: usfarm; secdefil. The following farms are not connected: ushmds."
            told = notices(client)
            assert [code for code, _ in told] == [
                *(1100, 2110, 2105, 1102, 2106),
                *(1100, 2110, 1102),
            ]
            assert told[0][1] == "Connectivity between IBKR and Trader Workstation has been lost."
            assert told[3][1] == restored + some
            assert (
                told[7][1] == restored + "All data farms are connected: usfarm; ushmds; secdefil."
            )
            still.do("quote", symbol="AAPL", bid=102, ask=103)
            client.until("tickPrice")  # the subscription has lived
            still.do("connectivity", up=True, data_lost=True)
            assert [code for code, _ in notices(client)][-1:] == [1101]
            still.do("quote", symbol="AAPL", bid=104, ask=105)
            client.ask("reqCurrentTime")
            assert [name for name, _ in client.until("currentTime")] == ["currentTime"]

    def test_a_gateway_wakes_its_farms_on_demand(self) -> None:
        with server(gateway=True) as tws, RawClient(tws.address) as client:
            greeted = [
                (arguments[2], arguments[3])
                for name, arguments in client.start(1)
                if name == "error"
            ]
            inactive = "is inactive but should be available upon demand."
            assert greeted == [
                (2108, f"Market data farm connection {inactive}usfarm"),
                (2107, f"HMDS data farm connection {inactive}ushmds"),
                (2158, "Sec-def data farm connection is OK:secdefil"),
            ]
            client.ask("reqMktData", 1, stock(), "", False, False, [])
            told = client.until("tickPrice")
            assert [arguments[2] for name, arguments in told if name == "error"] == [2119, 2104]
            client.ask("reqHeadTimeStamp", 2, stock(), "TRADES", 1, 1)
            told = client.until("headTimestamp")
            assert [arguments[2] for name, arguments in told if name == "error"] == [2106]
            with RawClient(tws.address) as second:
                assert [arguments[2] for name, arguments in second.start(2) if name == "error"] == [
                    2104,
                    2106,
                    2158,
                ]


class TestRestart:
    def test_connections_go_orders_stay(self, still: SimulatedTws) -> None:
        client = RawClient(still.address)
        client.start(1)
        client.ask("placeOrder", 4, stock(), order("BUY", "10", "LMT", lmtPrice=100.0, tif="GTC"))
        client.until("orderStatus")
        port = still.port
        still.do("restart", seconds=90)
        client.wait_for_close()
        client.close()
        for passed in (0, 89):
            still.advance(passed)
            with pytest.raises(ConnectionError):
                socket.create_connection(still.address, timeout=10)
        still.advance(1)
        assert still.port == port
        with RawClient(still.address) as again:
            greeted = again.start(1)
            assert ("nextValidId", (5,)) in greeted
            assert "openOrder" in [name for name, _ in greeted]

    def test_nobody_else_gets_the_port_meanwhile(self, still: SimulatedTws) -> None:
        still.do("restart", seconds=90)
        with pytest.raises(OSError, match="in use"), socket.socket() as other:
            other.bind(still.address)
        port = still.do("move_port")  # in the middle of it
        with pytest.raises(ConnectionError):
            socket.create_connection(("127.0.0.1", port), timeout=10)
        still.advance(90)
        with RawClient(("127.0.0.1", port)) as client:
            client.start(1)

    def test_a_second_restart_begins_anew(self, still: SimulatedTws) -> None:
        still.do("restart", seconds=90)
        still.advance(60)
        still.do("restart", seconds=90)
        still.advance(60)
        with pytest.raises(ConnectionError):
            socket.create_connection(still.address, timeout=10)
        still.advance(30)
        with RawClient(still.address) as client:
            client.start(1)

    def test_every_night(self) -> None:
        with server(restart_at="23:45", restart_seconds=300) as tws:
            for _ in range(2):  # the clock begins at 09:30
                tws.advance_to(tws.call(lambda world: world.clock.now()) + 1)
                with RawClient(tws.address) as client:
                    client.start(1)
                    tws.advance(14.24 * 3600)
                    notices(client)
                    tws.advance(0.02 * 3600)
                    client.wait_for_close()
                with pytest.raises(ConnectionError):
                    socket.create_connection(tws.address, timeout=10)
                tws.advance((24 - 14.26) * 3600)

    def test_as_fast_as_it_can_the_night_passes_without_clients(self) -> None:
        with SimulatedTws(tick_interval=3600, as_fast_as_possible=True) as tws:
            with RawClient(tws.address) as client:
                client.start(1)
                tws.do("restart", seconds=8 * 3600)
                client.wait_for_close()
            while tws.call(lambda world: world.clock.now()) < 1_776_173_400 + 8 * 3600:
                pass
            with RawClient(tws.address) as client:
                client.start(1)

    def test_stopped_and_started_in_the_middle_of_it(self, still: SimulatedTws) -> None:
        still.do("restart", seconds=90)
        still.stop()
        still.start()
        with pytest.raises(ConnectionError):
            socket.create_connection(still.address, timeout=10)
        still.advance(90)
        with RawClient(still.address) as client:
            client.start(1)

    def test_another_port(self, still: SimulatedTws) -> None:
        old = still.port
        with RawClient(still.address) as client:
            client.start(1)
            port = still.do("move_port")
            assert (still.port, still.address) == (port, ("127.0.0.1", port))
            assert port != old
            told = client.until("error")[-1][1]
            assert told[2] == 1300
            assert told[3].endswith(f"Please reconnect on the new port - {port}")
            client.wait_for_close()
        with pytest.raises(ConnectionError):
            socket.create_connection(("127.0.0.1", old), timeout=10)
        with RawClient(still.address) as client:
            client.start(1)
            with (
                socket.create_server(("127.0.0.1", 0)) as taken,
                pytest.raises(OSError, match="in use"),
            ):
                still.do("move_port", port=taken.getsockname()[1])
            assert notices(client) == []
