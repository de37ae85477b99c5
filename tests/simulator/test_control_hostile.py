"""The control port against cut, slow, pipelined and huge requests, and values that cost too much."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from typing import Any

import pytest
from machine import slowness

from ibapi_port.simulator import SimulatedTws, http_server
from ibapi_port.simulator.net.fault_rules import MOST_FAULTS

from .helpers import RawClient, order, stock
from .test_control import ask, post

WAIT = 10.0
HEAD = b"Host: 127.0.0.1\r\nContent-Type: application/json\r\n"


def dial(tws: SimulatedTws) -> socket.socket:
    assert tws.control_port is not None
    return socket.create_connection(("127.0.0.1", tws.control_port), timeout=WAIT)


def said(sock: socket.socket) -> bytes:
    """All until the other side closes."""
    data = b""
    while more := sock.recv(65536):
        data += more
    return data


def clients(tws: SimulatedTws) -> list[int]:
    return [one["client_id"] for one in ask(tws, "GET", "/state")["result"]["clients"]]


def serving() -> int:
    return sum(thread.name == "simulated-tws-control-request" for thread in threading.enumerate())


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST /drop_connection HTTP/1.1\r\n" + HEAD + b"Content-Length: 30\r\n\r\n{}", 400),
        (b"POST /drop_connection HTTP/1.1\r\n" + HEAD + b"Content-Length: 30\r\n\r\n", 400),
        (b"POST /drop_connection HTTP/1.1\r\n" + HEAD + b"Content-Length: 0\r\n\r\n", 400),
        (b"POST /drop_connection HTTP/1.1\r\n" + HEAD + b"\r\n", 411),
        (b"POST /drop_connection HTTP/1.0\r\n" + HEAD + b"\r\n{}", 411),
        (
            b"POST /drop_connection HTTP/1.1\r\n"
            + HEAD
            + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            411,
        ),
        (b"POST /drop_connection HTTP/1.1\r\n" + HEAD + b"Content-Length: +2\r\n\r\n{}", 411),
        (
            b"POST /drop_connection HTTP/1.1\r\n" + HEAD + "Content-Length: ²\r\n\r\n{}".encode(),
            411,
        ),
        (
            b"POST /drop_connection HTTP/1.1\r\n"
            + HEAD
            + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
            411,
        ),
        (b"PUT /drop_connection HTTP/1.1\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}", 405),
        (b"POST /drop_connection\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}", 400),
        (
            b"POST /drop_connection HTTP/1.1\r\n"
            + HEAD
            + b"Host: evil.example\r\nContent-Length: 2\r\n\r\n{}",
            400,
        ),
    ],
)
def test_no_command_without_its_whole_body(
    controlled: SimulatedTws, guest: RawClient, request_bytes: bytes, status: int
) -> None:
    with dial(controlled) as sock:
        sock.sendall(request_bytes)
        sock.shutdown(socket.SHUT_WR)
        answer = said(sock)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    assert clients(controlled) == [3]


def test_what_is_behind_a_refused_request_is_not_read(
    controlled: SimulatedTws, guest: RawClient
) -> None:
    drop = b"POST /drop_connection HTTP/1.1\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}"
    with dial(controlled) as sock:
        sock.sendall(
            b"GET /state HTTP/1.1\r\n"
            + HEAD
            + f"Content-Length: {len(drop)}\r\n\r\n".encode()
            + drop
        )
        answer = said(sock)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"GET takes no body" in answer
    with dial(controlled) as sock:
        sock.sendall(b"GET /fly HTTP/1.1\r\n" + HEAD + b"\r\n" + drop)
        answer = said(sock)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert clients(controlled) == [3]


def test_requests_one_behind_the_other_are_answered_in_order(controlled: SimulatedTws) -> None:
    with dial(controlled) as sock:
        sock.sendall(b"GET /faults HTTP/1.1\r\n" + HEAD + b"\r\n")
        sock.sendall(b"GET /requests HTTP/1.1\r\n" + HEAD + b"Connection: close\r\n\r\n")
        assert said(sock).count(b'{"result": []}') == 2


def test_slow_requests_take_no_more_than_the_limit(controlled: SimulatedTws) -> None:
    socks = []
    try:
        for _ in range(3 * http_server.MOST_CONNECTIONS):
            sock = dial(controlled)
            socks.append(sock)
            sock.sendall(b"POST /notice HTTP/1.1\r\n")
        assert clients(controlled) == []  # somebody else is served meanwhile
        assert said(socks[0]) == b""  # the oldest has made room
        deadline = time.monotonic() + WAIT
        while serving() > http_server.MOST_CONNECTIONS and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert serving() <= http_server.MOST_CONNECTIONS
    finally:
        for sock in socks:
            sock.close()
    controlled.stop()
    assert serving() == 0


def test_a_request_has_a_time_in_all(
    controlled: SimulatedTws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "REQUEST_TIME", 0.3)
    with dial(controlled) as sock:
        sock.sendall(b"POST /notice HTTP/1.1\r\n")
        begun = time.monotonic()
        with contextlib.suppress(OSError):  # a reset or a broken pipe, by the system
            while time.monotonic() - begun < WAIT:
                sock.sendall(b"X: y\r\n")  # never idle for long
                threading.Event().wait(0.02)
        assert time.monotonic() - begun < WAIT / 2


def test_heads_and_bodies_have_limits(
    controlled: SimulatedTws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for head in (b"X: " + b"y" * 65000 + b"\r\n", b"X: y\r\n" * 400):
        with dial(controlled) as sock:
            sock.sendall(b"GET /state HTTP/1.1\r\n" + HEAD + head * 8 + b"\r\n")
            assert said(sock).startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
    assert controlled._control is not None
    monkeypatch.setattr(controlled._control._server, "bodies", http_server._Budget(100))
    assert "too much" in ask(controlled, "POST", "/notice", b" " * 101, 503)["error"]
    post(controlled, "notice", code=2137, text="hello")


@pytest.mark.parametrize(
    ("command", "values", "field"),
    [
        ("fault", {"kind": "garbage", "size": 10**10}, "size"),
        ("fault", {"kind": "duplicate", "size": 10**6}, "size"),
        ("fault", {"kind": "corrupt", "size": 10**9}, "size"),
        ("fault", {"kind": "unknown", "number": 10**30}, "number"),
        ("fault", {"kind": "cut", "after": 10**40}, "after"),
        ("fault", {"kind": "x" * 100_000}, "kind"),
        ("notice", {"code": 1, "text": "x" * 100_000}, "text"),
        ("quote", {"symbol": "AAPL", "bid": 10**400}, "bid"),
        ("advance", {"seconds": 1e300}, "seconds"),
        ("advance", {"seconds": 10**9}, "seconds"),
        ("advance_to", {"when": 1e18}, "when"),
        ("wait", {"request": "x" * 60_000}, "request"),
        ("restart", {"seconds": 1e12}, "seconds"),
    ],
)
def test_values_that_cost_too_much_are_refused_at_once(
    controlled: SimulatedTws, command: str, values: dict[str, Any], field: str
) -> None:
    begun = time.monotonic()
    told = ask(controlled, "POST", f"/{command}", values, 400)
    assert told["field"] == field
    assert len(told["error"]) < 1000
    assert time.monotonic() - begun < 5 * slowness()


def test_faults_multiply_up_to_a_limit(controlled: SimulatedTws, guest: RawClient) -> None:
    for _ in range(4):
        post(controlled, "fault", kind="duplicate", message="currentTime", size=100, times=1)
    guest.ask("reqCurrentTime")
    guest.until("currentTime")
    assert clients(controlled) in ([3], [])  # a client that does not read is dropped


def test_the_number_of_faults_has_a_limit(controlled: SimulatedTws) -> None:
    for _ in range(MOST_FAULTS):
        controlled.faults.add("lose", message="currentTime")
    with pytest.raises(ValueError, match="take some back first"):
        controlled.faults.add("lose", message="currentTime")
    assert ask(controlled, "POST", "/fault", {"kind": "lose"}, 400)["field"] == "kind"


def test_a_wait_ends_with_its_client(controlled: SimulatedTws, guest: RawClient) -> None:
    body = json.dumps({"request": "placeOrder", "timeout": 3600}).encode()
    with dial(controlled) as sock:
        sock.sendall(
            b"POST /wait HTTP/1.1\r\n"
            + HEAD
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        guest.ask("placeOrder", 1, stock(), order("BUY", "10", "LMT", lmtPrice=99.0))
        assert b'"placeOrder"' in sock.recv(65536)
        sock.sendall(
            b"POST /wait HTTP/1.1\r\n"
            + HEAD
            + f"Content-Length: {len(body) + 12}\r\n\r\n".encode()
            + body.replace(b"}", b', "since": 9}')
        )
    deadline = time.monotonic() + WAIT
    while serving() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert serving() == 0
