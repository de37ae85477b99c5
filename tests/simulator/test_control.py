"""Control over HTTP: commands for programs in any language, and what it does not let happen."""

from __future__ import annotations

import http.client
import json
import math
import socket
import threading
from typing import Any

import pytest

from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.commands import COMMANDS
from ibapi_port.simulator.http_server import BODY_LIMIT
from ibapi_port.simulator.net.faults import KINDS

from .helpers import ACCOUNT, RawClient, order, stock


def ask(
    tws: SimulatedTws,
    method: str,
    path: str,
    body: Any = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The answer, whose status must be this."""
    assert tws.control_port is not None
    connection = http.client.HTTPConnection("127.0.0.1", tws.control_port, timeout=10)
    try:
        data = body if isinstance(body, (bytes, str, type(None))) else json.dumps(body)
        connection.request(method, path, data, headers or {})
        response = connection.getresponse()
        told = json.loads(response.read())
        assert response.status == status, told
        assert response.headers["Content-Type"] == "application/json"
        return dict(told)
    finally:
        connection.close()


def post(tws: SimulatedTws, command: str, **values: Any) -> Any:
    return ask(tws, "POST", f"/{command}", values)["result"]


class TestCommands:
    def test_all_are_listed_with_what_they_take(self, controlled: SimulatedTws) -> None:
        there = ask(controlled, "GET", "/")["result"]
        listed = there["commands"]
        assert there["faults"].keys() == KINDS.keys()
        assert {"read_only", "pacing", "accept"} <= there["options"].keys()
        assert {f"POST /{name}" for name in COMMANDS} | {
            "POST /advance",
            "POST /advance_to",
            "POST /wait",
        } == set(listed)
        assert listed["POST /quote"]["values"]["symbol"] == "text or whole number"
        assert listed["POST /quote"]["values"]["bid"] == "number, optional"
        assert all(told["text"] for told in listed.values())

    def test_a_quote_an_order_and_its_fill(
        self, controlled: SimulatedTws, guest: RawClient
    ) -> None:
        told = post(controlled, "quote", symbol="AAPL", bid=100.1, ask="100.2", bid_size=300)
        assert (told["bid"], told["ask"], told["bid_size"]) == ("100.1", "100.2", "300")
        guest.ask("placeOrder", 1, stock(), order("BUY", "10", "LMT", lmtPrice=99.0))
        guest.until("orderStatus")
        assert post(controlled, "fill", order_id=1, price=98.7, quantity=4) is None
        assert guest.until("execDetails")[-1][1][2].price == 98.7
        state = ask(controlled, "GET", "/state")["result"]
        (placed,) = state["orders"]
        assert (placed["order_id"], placed["client_id"], placed["filled"], placed["remaining"]) == (
            1,
            3,
            "4",
            "6",
        )
        (position,) = state["positions"]
        assert (position["account"], position["symbol"], position["quantity"]) == (
            ACCOUNT,
            "AAPL",
            "4",
        )
        assert state["quotes"]["AAPL"]["bid"] == "100.1"
        assert [client["client_id"] for client in state["clients"]] == [3]
        assert state["clock"]["virtual"] is True

    def test_time(self, controlled: SimulatedTws) -> None:
        before = ask(controlled, "GET", "/state")["result"]["clock"]["now"]
        post(controlled, "advance", seconds=90)
        assert ask(controlled, "GET", "/state")["result"]["clock"]["now"] == before + 90
        post(controlled, "advance_to", when="20260414 16:00:00 US/Eastern")
        assert (
            ask(controlled, "GET", "/state")["result"]["clock"]["text"]
            == "20260414 16:00:00 US/Eastern"
        )
        assert ask(controlled, "POST", "/advance", {"seconds": -1}, 400)["field"] == "seconds"
        assert (
            "does not go back" in ask(controlled, "POST", "/advance_to", {"when": 0}, 400)["error"]
        )

    def test_faults(self, controlled: SimulatedTws, guest: RawClient) -> None:
        number = post(controlled, "fault", kind="duplicate", message="currentTime", size=2)
        listed = [{"fault": number, "kind": "duplicate", "message": "currentTime", "size": 2}]
        assert ask(controlled, "GET", "/faults")["result"] == listed
        guest.ask("reqCurrentTime")
        for _ in range(3):
            guest.until("currentTime")
        post(controlled, "clear_faults")
        assert ask(controlled, "GET", "/state")["result"]["faults"] == []
        assert (
            ask(controlled, "POST", "/fault", {"kind": "delay", "seconds": -1}, 400)["field"]
            == "seconds"
        )

    def test_what_clients_have_asked(self, controlled: SimulatedTws, guest: RawClient) -> None:
        waited: list[Any] = []
        waiter = threading.Thread(
            target=lambda: waited.append(
                post(controlled, "wait", request="placeOrder", client_id=3)
            )
        )
        waiter.start()
        guest.ask("reqCurrentTime")
        guest.ask("placeOrder", 1, stock(), order("BUY", "10", "LMT", lmtPrice=99.0))
        waiter.join(10)
        (found,) = waited
        assert found["values"]["order"]["lmtPrice"] == 99.0
        assert found["values"]["contract"]["symbol"] == "AAPL"
        assert found["values"]["order"]["totalQuantity"] == "10"
        asked = ask(controlled, "GET", "/requests")["result"]
        assert [request["request"] for request in asked] == [
            "startApi",
            "reqCurrentTime",
            "placeOrder",
        ]
        assert post(controlled, "requests", since=2) == asked[2:]
        assert post(controlled, "wait", request="placeOrder", since=3, timeout=0.01) is None

    def test_connections_and_settings(self, controlled: SimulatedTws, guest: RawClient) -> None:
        post(controlled, "option", name="read_only", value=True)
        guest.ask("reqOpenOrders")
        assert guest.until("error")[-1][1][2] == 321
        post(controlled, "notice", code=2137, text="hello", client_id=3)
        assert guest.until("error")[-1][1][3] == "hello"
        post(controlled, "farm", name="ushmds", state="broken")
        assert guest.until("error")[-1][1][2] == 2105
        assert ask(controlled, "GET", "/state")["result"]["farms"]["ushmds"] == "broken"
        assert post(controlled, "drop_connection", client_id=3) == 1
        guest.wait_for_close()
        post(controlled, "restart", seconds=5)
        assert ask(controlled, "GET", "/state")["result"]["restarting"] is True
        post(controlled, "advance", seconds=5)
        assert ask(controlled, "GET", "/state")["result"]["restarting"] is False
        port = post(controlled, "move_port")
        assert ask(controlled, "GET", "/state")["result"]["port"] == port == controlled.port


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            ("/quote", {"symbol": "NONE", "bid": 1}, "symbol"),
            ("/quote", {"bid": 1}, "symbol"),
            ("/quote", {"symbol": "AAPL", "bid": "much"}, "bid"),
            ("/quote", {"symbol": "AAPL", "bid": True}, "bid"),
            ("/quote", {"symbol": "AAPL", "bid": [1]}, "bid"),
            ("/quote", {"symbol": "AAPL", "price": 1}, "price"),
            ("/fill", {"order_id": "1"}, "order_id"),
            ("/fill", {"order_id": 1.5}, "order_id"),
            ("/fill", {"order_id": None}, "order_id"),
            ("/option", {"name": "seed", "value": 3}, "name"),
            ("/option", {"name": "pacing", "value": "fast"}, "value"),
            ("/remove_fault", {"fault": 99}, "fault"),
            ("/drop_connection", {"reset": 1}, "reset"),
            ("/wait", {"request": "reqIds", "timeout": -1}, "timeout"),
            ("/wait", {"request": "placeOrders"}, "request"),
        ],
    )
    def test_a_bad_value_is_named(
        self, controlled: SimulatedTws, path: str, body: dict[str, Any], field: str
    ) -> None:
        told = ask(controlled, "POST", path, body, 400)
        assert told["field"] == field
        assert told["error"].startswith(f"{field}: ")

    @pytest.mark.parametrize(
        "body",
        [b"{", b"[1]", b'"x"', b'{"seconds": NaN}', b"\xff", b"[" * 100_000, b'{"seconds": 1e999}'],
    )
    def test_a_bad_body(self, controlled: SimulatedTws, body: bytes) -> None:
        assert ask(controlled, "POST", "/advance", body, 400)["error"]

    def test_unknown_paths_and_methods(self, controlled: SimulatedTws) -> None:
        assert "no command 'fly'" in ask(controlled, "POST", "/fly", {}, 404)["error"]
        assert (
            "no command '_instrument'" in ask(controlled, "POST", "/_instrument", {}, 404)["error"]
        )
        ask(controlled, "GET", "/fly", status=404)
        ask(controlled, "GET", "/restart", status=405)
        assert "no order 7" in ask(controlled, "POST", "/fill", {"order_id": 7}, 400)["error"]

    @pytest.mark.parametrize(
        ("headers", "field"),
        [
            ({"Host": "evil.example"}, "Host"),
            ({"Host": "127.0.0.1.evil.example:80"}, "Host"),
            ({"Origin": "http://evil.example"}, "Origin"),
            ({"Origin": "null"}, "Origin"),
        ],
    )
    def test_web_pages_are_kept_out(
        self, controlled: SimulatedTws, headers: dict[str, str], field: str
    ) -> None:
        for method, path in (("GET", "/state"), ("POST", "/restart")):
            assert ask(controlled, method, path, None, 403, headers)["field"] == field
        assert ask(controlled, "GET", "/state")["result"]["restarting"] is False

    def test_large_and_endless_bodies(self, controlled: SimulatedTws) -> None:
        assert (
            ask(controlled, "POST", "/notice", b"", 413, {"Content-Length": str(BODY_LIMIT + 1)})[
                "field"
            ]
            == "Content-Length"
        )
        ask(controlled, "POST", "/notice", b"", 411, {"Content-Length": "many"})
        ask(controlled, "POST", "/notice", b"", 411, {"Transfer-Encoding": "chunked"})

    def test_it_is_not_to_be_had_from_elsewhere(self, controlled: SimulatedTws) -> None:
        assert controlled._control is not None
        assert controlled._control._server.server_address[0] == "127.0.0.1"

    def test_who_connects_and_says_nothing_stops_nobody(self, controlled: SimulatedTws) -> None:
        assert controlled.control_port is not None
        with socket.create_connection(("127.0.0.1", controlled.control_port), timeout=10) as mute:
            mute.sendall(b"POST /restart HTTP/1.1\r\nContent-")
            assert ask(controlled, "GET", "/state")["result"]["clients"] == []

    def test_it_goes_with_the_server_and_without_it_there_is_none(
        self, controlled: SimulatedTws, tws: SimulatedTws
    ) -> None:
        assert tws.control_port is None
        port = controlled.control_port
        controlled.stop()
        assert controlled.control_port is None
        with pytest.raises(ConnectionError):
            socket.create_connection(("127.0.0.1", port or 0), timeout=10)
        assert "simulated-tws-control" not in [thread.name for thread in threading.enumerate()]
        with (
            socket.create_server(("127.0.0.1", 0)) as taken,
            pytest.raises(OSError, match="in use"),
        ):
            SimulatedTws(control_port=taken.getsockname()[1]).start()


def test_numbers_that_json_does_not_have_are_text(
    controlled: SimulatedTws, guest: RawClient
) -> None:
    guest.ask("placeOrder", 1, stock(), order("BUY", "1", "PEG BENCH", peggedChangeAmount=math.inf))
    guest.until("error")
    [placed] = [
        one
        for one in ask(controlled, "GET", "/requests")["result"]
        if one["request"] == "placeOrder"
    ]
    assert placed["values"]["order"]["peggedChangeAmount"] == "inf"


def test_a_whole_number_of_a_billion_digits_is_refused_at_once(controlled: SimulatedTws) -> None:
    body = b'{"symbol": "AAPL", "code": 1e999999999}'
    assert ask(controlled, "POST", "/halt", body, 400)["field"] == "code"


def test_a_fault_of_ours_is_told(controlled: SimulatedTws, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise LookupError("here")

    monkeypatch.setattr("ibapi_port.simulator.script.Script.state", fail)
    assert ask(controlled, "GET", "/state", status=500)["error"] == "LookupError: here"
