"""Scenarios 2, 16 and 18: who gets in, and what they may do."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import ssl
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from ibapi_port.rest import RestServer, Settings
from ibapi_port.rest.cli import _guards, _parser, _settings, _words
from ibapi_port.rest.security import Tickets, Tokens, digest
from ibapi_port.rest.settings import client_ids, from_environment
from ibapi_port.simulator import SimulatedTws

from .helpers import LMT, TOKEN, WAIT, Client, Events, order, serving


def test_no_token_and_a_wrong_one(rest: RestServer) -> None:
    with httpx.Client(base_url=rest.url) as nobody:
        for path in ("/", "/clients", "/market/AAPL", "/order", "/metrics"):
            response = nobody.get(path)
            assert response.status_code == 401, path
            assert response.headers["www-authenticate"] == "Bearer"
        for path in ("/health", "/openapi.json", "/docs"):
            assert nobody.get(path).status_code == 200, path
        assert nobody.get("/", headers={"Accept": "text/html"}).status_code == 200
        wrong = nobody.get("/clients", headers={"Authorization": "Bearer wrong"})
        assert wrong.status_code == 401


def test_scopes(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    lines = [f"{scope} {scope} sha256:{digest(scope)}" for scope in ("read", "stream", "trade")]
    file.write_text("\n".join(["# name scopes hash", *lines]))
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, tokens=("all",), token_file=str(file), ready=False) as rest,
    ):
        with Client(rest, "read") as reader:
            assert reader.get("/openapi.json").status_code == 200
            assert order(reader).status_code == 403
            assert reader.delete("/order/all").status_code == 403
            assert reader.post("/stream/ticket").status_code == 403
            assert (
                reader.get("/clients", headers={"Accept": "text/event-stream"}).status_code == 403
            )
        with Client(rest, "trade") as trader:
            assert trader.get("/order").status_code == 403
            assert trader.post("/trading/halt").status_code == 403
        with Client(rest, "all") as everything:
            assert everything.post("/trading/halt").status_code == 200
            refused = order(everything)
            assert refused.status_code == 403
            assert "/trading/resume" in refused.json()["cure"]
            assert everything.get("/").json()["scopes"] == ["read", "stream", "trade", "admin"]
        with Client(rest, "read") as reader:
            assert reader.get("/").json()["scopes"] == ["read"]
            assert "it has read" in order(reader).json()["detail"]


@pytest.mark.parametrize("line", ["name", "name read md5:00", "name fly sha256:00"])
def test_a_bad_token_file_is_told(tmp_path: Path, line: str) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"\n{line}\n")
    with pytest.raises(ValueError, match="line 2"):
        Tokens((), str(file))


def test_read_only_has_no_routes_that_trade(tws: SimulatedTws) -> None:
    with serving(tws, read_only=True, client_ids=(3,)) as rest, Client(rest) as client:
        assert order(client).status_code == 405
        assert "--read-only" in order(client).json()["detail"]
        assert "--read-only" not in client.put("/clients").json()["detail"]
        assert client.post("/trading/halt").status_code in (404, 405)
        paths = client.get("/openapi.json").json()["paths"]
        assert "post" not in paths["/order"]
        assert "/trading/halt" not in paths
        assert "/order/all" not in paths
        assert client.get("/order").status_code == 200


def test_hosts_and_origins(client: Client) -> None:
    for host in ("evil.example", "evil.example:8443", "127.0.0.1.evil.example", "",
                 "127.0.0.1:80.evil", "[::1", "[::1].evil", "[::1]:80.evil", "a@127.0.0.1"):  # fmt: skip
        assert client.get("/clients", headers={"Host": host}).status_code in (400, 421)
    for host in ("localhost", "127.0.0.1:99", "[::1]:8443"):
        assert client.get("/clients", headers={"Host": host}).status_code == 200
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as raw:
        lines = ("GET / HTTP/1.1", "Host: evil.example", "Host: 127.0.0.1",
                 f"Authorization: Bearer {TOKEN}", "", "")  # fmt: skip
        raw.sendall("\r\n".join(lines).encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    foreign = client.get("/clients", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert "access-control-allow-origin" not in foreign.headers
    own = client.get("/clients", headers={"Origin": str(client.base_url).rstrip("/")})
    assert own.status_code == 200


def test_bodies_have_a_limit(client: Client) -> None:
    big = client.post("/order", content=b" " * ((1 << 20) + 1))
    assert big.status_code == 413

    def chunks():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield b" " * 100_000

    assert client.post("/order", content=chunks()).status_code == 413
    assert client.get("/clients").status_code == 200


def test_bodies_that_are_no_json(client: Client) -> None:
    head = {"Content-Type": "application/json"}
    for body in (b"", b"{", b"[]", b"3", b'"text"', b"[1]", b"\xff\xfe"):
        response = client.post("/order", content=body, headers=head)
        assert response.status_code == 400, (body, response.text)
    form = client.post("/order", data={"symbol": "AAPL"})
    assert form.status_code == 415


def test_values_of_the_wrong_type_are_told_in_plain_words(client: Client) -> None:
    for body, words in (
        ({**LMT, "lmtPrice": "x"}, "lmtPrice: a number is expected, and it is a text"),
        ({**LMT, "allOrNone": 3}, "allOrNone: true or false is expected, and it is a whole number"),
        ({**LMT, "symbol": None}, "symbol: a text is expected, and it is null"),
        ({"contract": 1, "order": {}}, "an object is expected"),
    ):
        refused = order(client, body)
        assert refused.status_code == 400
        assert words in refused.json()["detail"]
    form = client.post("/order", content=b"symbol=AAPL",
                       headers={"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert form.status_code == 415
    assert "Content-Type: application/json" in form.json()["detail"]


def test_a_typo_does_not_become_an_order(client: Client) -> None:
    response = order(client, {**LMT, "lmtprice": 1})
    assert response.status_code == 400
    assert response.json()["parameter"] == "lmtprice"
    assert "lmtPrice" in response.json()["detail"]
    nested = order(client, {"contract": {"symbol": "AAPL"}, "order": {"lmtprice": 1}})
    assert nested.json()["parameter"] == "lmtprice"


def test_a_token_in_the_body_of_a_webhook(tws: SimulatedTws) -> None:
    with (
        serving(tws, webhook_token=True, client_ids=(4,)) as rest,
        httpx.Client(base_url=rest.url) as sender,
    ):
        assert sender.post("/order", json=LMT).status_code == 401
        assert sender.post("/order", json={**LMT, "token": "wrong"}).status_code == 401
        placed = sender.post("/order", json={**LMT, "token": TOKEN})
        assert placed.status_code == 201, placed.text
        (number,) = placed.json()["orders"]
        assert (
            sender.put(f"/order/{number}", json={"lmtPrice": 1, "token": TOKEN}).status_code == 401
        )
        body = placed.request.content.decode()[:-1]
        twice = sender.post("/order", content=f'{body}, "totalQuantity": 1000}}')
        assert twice.status_code == 400, twice.text
        assert twice.json()["parameter"] == "totalQuantity"
    with serving(tws, client_ids=(5,)) as rest, httpx.Client(base_url=rest.url) as sender:
        assert sender.post("/order", json={**LMT, "token": TOKEN}).status_code == 401


def test_tickets_run_out() -> None:
    now = [0.0]
    tickets = Tickets(lambda: now[0])
    holder = Tokens(("all",)).holder("all")
    assert holder is not None
    first, _ = tickets.issue(holder)
    second, _ = tickets.issue(holder)
    taken = tickets.take(first)
    assert taken is not None
    assert taken.scopes == {"read", "stream"}  # a ticket never trades
    assert tickets.take(first) is None
    now[0] = 31.0
    assert tickets.take(second) is None


def test_who_may_listen_where() -> None:
    with pytest.raises(ValueError, match="token"):
        RestServer(Settings(host="0.0.0.0"))
    with pytest.raises(ValueError, match="http"):
        RestServer(Settings(host="0.0.0.0", http=True, tokens=("t",)))
    server = RestServer(Settings())
    assert len(server.token) > 30


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("--keep-orders", {"keep_orders": -1}),
        ("--port", {"port": 70_000}),
        ("--gateway", {"gateway_port": 0}),
        ("timeout", {"timeout": 0}),
        ("timeout", {"timeout": math.nan}),
        ("request_seconds", {"request_seconds": 0}),
        ("--linger", {"linger": -1}),
        ("--cert: there is no file", {"cert": "nix.crt", "key": "nix.key"}),
        ("--publish: 'foo'", {"publish": "foo"}),
        ("--publish: 'redis:'", {"publish": "redis:"}),
        ("--publish redis://", {"publish_channels": ("bars?symbol=A",)}),
        ("no 'nix'; known are", {"publish": "redis://h", "publish_channels": ("nix",)}),
        ("symbl: .* is symbol meant", {"publish": "redis://h",
                                       "publish_channels": ("market/data?symbl=A",)}),
        ("no parameters", {"publish": "redis://h", "publish_channels": ("clients?a=1",)}),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused_by_name(name: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=name):
        RestServer(Settings(**wrong))


@pytest.mark.parametrize("given", ["--symbols=,", "--symbols=", "--halt-file=", "--ledger="])
def test_a_guard_that_is_empty_is_not_left_out(given: str) -> None:
    """A script's variable that is not set must not start a server that limits nothing."""
    options = _parser().parse_args(["--http", given])
    with contextlib.ExitStack() as stack, pytest.raises(ValueError, match=given.partition("=")[0]):
        _settings(options, stack)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="--port takes") as caught:
            RestServer(Settings(http=True, port=port)).listen()
    assert _words(caught.value).startswith(f"another program listens at 127.0.0.1:{port};")
    with pytest.raises(OSError, match="nix") as caught:
        RestServer(Settings(http=True, token_file="nix.tokens"))
    assert _words(caught.value) == "nix.tokens: No such file or directory"


def test_only_the_live_accounts_that_are_named() -> None:
    options = _parser().parse_args(["--live", "U7654321"])
    assert _guards(options)["live"] == ("U7654321",)
    assert _guards(_parser().parse_args(["--max-value", "5"]))["live"] == ("*",)
    assert _guards(_parser().parse_args([])) == {}


def test_the_address_of_a_server_that_listens_everywhere(tmp_path: Path) -> None:
    more = {"host": "0.0.0.0", "http": False, "directory": str(tmp_path)}
    with serving(None, ready=False, **more) as rest:
        assert rest.url == f"https://127.0.0.1:{rest.port}"
        with httpx.Client(base_url=rest.url, verify=False) as client:
            for host in ("192.0.2.7:8443", "[2001:db8::7]", socket.gethostname()):
                assert client.get("/health", headers={"Host": host}).status_code == 503
            for host in ("evil.example", "192.0.2.7.evil.example", "192.0.2.07"):
                assert client.get("/health", headers={"Host": host}).status_code == 421


def test_a_request_that_does_not_come_loses_its_place() -> None:
    head = f"HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
    whole = b"GET /health " + head + b"\r\n"
    begun = b"POST /order " + head + b"Content-Length: 9\r\n\r\n{"
    with (
        serving(None, ready=False, request_seconds=0.3) as rest,
        Events(rest, "/clients") as events,
        contextlib.ExitStack() as stack,
    ):
        where = "127.0.0.1", rest.port
        peers = [stack.enter_context(socket.create_connection(where, WAIT)) for _ in range(4)]
        for peer, part in zip(peers, (b"", whole[:25], begun, whole), strict=True):
            peer.sendall(part)
        answer = b""
        while not answer.endswith(b"}"):
            answer += peers[3].recv(1 << 16)
        peers[3].sendall(whole[:5])  # the second request
        for peer in peers:
            with contextlib.suppress(ConnectionResetError):
                while peer.recv(1 << 16):
                    pass
        assert events.wait_for("snapshot")
        assert not events.ended  # it has waited as long


def test_the_certificate_of_the_first_start(tmp_path: Path) -> None:
    with serving(None, ready=False, http=False, directory=str(tmp_path)) as rest:
        key = tmp_path / "ibrest.key"
        assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
        context = ssl.create_default_context(cafile=str(tmp_path / "ibrest.crt"))
        for host in ("127.0.0.1", "localhost"):
            with httpx.Client(verify=context) as client:
                url = f"https://{host}:{rest.port}/health"
                assert client.get(url).status_code == 503  # no TWS, but it answers
        assert len(rest.fingerprint.split(":")) == 32
    before = key.read_bytes()
    with serving(None, ready=False, http=False, directory=str(tmp_path)):
        assert key.read_bytes() == before
    key.unlink()
    with pytest.raises(ValueError, match="only one"):
        RestServer(Settings(port=0, directory=str(tmp_path))).start()


def test_settings_from_the_environment() -> None:
    found = from_environment(
        {
            "IBREST_HOST": "0.0.0.0",
            "IBREST_PORT": "443",
            "IBGW_PORT_4003_TCP_ADDR": "gw",
            "IBGW_PORT_4003_TCP_PORT": "4003",
            "IBGW_CLIENT_ID": "5",
            "IBREST_TOKEN": "t",
            "ID_SECRET_KEY": "hush",
        }
    )
    made = Settings(**found)
    assert (made.host, made.port, made.gateway_host, made.gateway_port) == ("0.0.0.0", 443, "gw", 4003)  # fmt: skip
    assert made.client_ids == (5,)
    assert "hush" not in repr(made)
    with pytest.raises(ValueError, match="IBREST_PORT"):
        from_environment({"IBREST_PORT": "https"})


@pytest.mark.parametrize(
    ("text", "ids"), [("0-7", tuple(range(8))), ("0,3", (0, 3)), ("4", (4,)), ("1-2,9", (1, 2, 9))]
)
def test_client_ids(text: str, ids: tuple[int, ...]) -> None:
    assert client_ids(text) == ids


@pytest.mark.parametrize("text", ["", "a", "3-1", "1,1", "0-40", "-1"])
def test_no_client_ids(text: str) -> None:
    with pytest.raises(ValueError, match="client ids"):
        client_ids(text)


@pytest.mark.skipif("sys.platform == 'win32'", reason="there is no such limit")
def test_the_command_takes_as_many_files_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that say nothing must not leave none for a new connection to TWS."""
    import resource

    from ibapi_port.rest.cli import MOST_FILES, more_files

    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: asked.append(limits))
    for limits in (
        (1024, 4096),
        (1024, 1 << 20),
        (1 << 20, 1 << 20),
        (1024, resource.RLIM_INFINITY),
    ):
        monkeypatch.setattr(resource, "getrlimit", lambda which, limits=limits: limits)
        more_files()
    assert asked == [
        (4096, 4096),
        (MOST_FILES, 1 << 20),
        (MOST_FILES, resource.RLIM_INFINITY),
    ]
