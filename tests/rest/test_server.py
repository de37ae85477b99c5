"""Scenarios 20 to 23: the command, how it stops, in a program, with several client ids."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx

from ibapi_port.client import EClient
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.rest import RestServer
from ibapi_port.rest.beacon import signature
from ibapi_port.simulator import SimulatedTws
from ibapi_port.wrapper import EWrapper

from .helpers import LMT, TOKEN, WAIT, Client, Events, eventually, order, serving


class Command:
    """`python -m ibapi_port rest`, running."""

    def __init__(self, *arguments: str, cwd: Path | None = None, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ibapi_port", "rest", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "IBREST_TOKEN": TOKEN, **environ}, cwd=cwd,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("REST on "), self.process.communicate(timeout=WAIT)
        self.url = line.removeprefix("REST on ").strip()
        self.told = line
        while not line.startswith("TWS at"):
            line = self.process.stdout.readline()
            self.told += line

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=WAIT)
        return self.process.returncode, err


def test_the_command_with_its_own_tws(tmp_path: Path) -> None:
    command = Command("--simulate", "--http", "--port", "0")
    head = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=command.url, headers=head, timeout=WAIT) as client:
        eventually(lambda: client.get("/health").status_code == 200)
        assert client.get("/market/AAPL").status_code == 200
    status, err = command.stop(signal.SIGINT)
    assert status == 0, err
    assert "(simulated)" in command.told
    assert "Traceback" not in err


def test_kill_9_and_the_same_key(tws: SimulatedTws, tmp_path: Path) -> None:
    arguments = ("--gateway", f"{tws.host}:{tws.port}", "--http", "--port", "0",
                 "--client-ids", "9", "--state", str(tmp_path / "state.sqlite"))  # fmt: skip
    head = {"Authorization": f"Bearer {TOKEN}"}
    numbers = []
    for _ in range(2):
        command = Command(*arguments)
        with httpx.Client(base_url=command.url, headers=head, timeout=WAIT) as client:
            eventually(lambda client=client: client.get("/health").status_code == 200)
            answer = order(client, key="one order")
            assert answer.status_code == 201, answer.text
            numbers += list(answer.json()["orders"])
        command.process.kill()
        command.process.communicate(timeout=WAIT)
    assert numbers[0] == numbers[1]
    mine = [each for each in tws.do("state")["orders"] if each["client_id"] == 9]
    assert len(mine) == 1


def test_a_stop_with_streams_and_waiting_orders(tws: SimulatedTws, rest: RestServer) -> None:
    with serving(tws, client_ids=(11,)) as other:
        streams = [Events(other, f"/market/data?symbol={s}") for s in ("AAPL", "MSFT") * 10]
        for stream in streams:
            stream.wait_for("snapshot")
        with ThreadPoolExecutor(5) as pool, Client(other) as client:
            waiting = [pool.submit(order, client, wait="filled") for _ in range(5)]
            mine = lambda: [o for o in tws.do("state")["orders"] if o["client_id"] == 11]  # noqa: E731
            eventually(lambda: len(mine()) == 5)
            start = time.monotonic()
            other.stop()
            took = time.monotonic() - start
            for each in waiting:
                each.exception()
        assert took < 5
        for stream in streams:
            stream.wait(lambda events: events.ended)
            assert stream.all("bye")
            stream.close()
        assert len(mine()) == 5
        assert {each["status"] for each in mine()} == {"Submitted"}  # orders are left alone


class Program(EWrapper, EClient):
    """A program with callbacks of its own, in the same process as a server."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.heard: list[tuple[Any, ...]] = []

    def tickPrice(self, reqId: Any, tickType: Any, price: Any, attrib: Any) -> None:
        self.heard.append(("tickPrice", reqId, tickType, price))

    def tickSize(self, reqId: Any, tickType: Any, size: Any) -> None:
        self.heard.append(("tickSize", reqId, tickType, size))

    def orderStatus(self, orderId: Any, status: Any, filled: Any, *others: Any) -> None:
        self.heard.append(("orderStatus", orderId, status, filled))

    def execDetails(self, reqId: Any, contract: Any, execution: Any) -> None:
        self.heard.append(("execDetails", reqId, contract.symbol, execution.shares))

    def connectionClosed(self) -> None:
        self.heard.append(("connectionClosed",))


def callbacks_of_a_program(beside: Callable[[SimulatedTws], None]) -> list[tuple[Any, ...]]:
    """What a program hears while something goes on beside it, but for times."""
    with SimulatedTws(tick_interval=3600) as tws:
        program = Program()
        program.connect(tws.host, tws.port, 50)
        thread = threading.Thread(target=program.run)
        thread.start()
        contract = Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
        program.reqMktData(1, contract, "", False, False, [])
        bought = Order(action="BUY", orderType="LMT", totalQuantity=5, lmtPrice=90)
        program.placeOrder(1, contract, bought)
        eventually(lambda: ("orderStatus", 1, "Submitted", 0) in program.heard)
        eventually(lambda: any(each[0] == "tickPrice" for each in program.heard))
        settled = len(program.heard)
        beside(tws)
        for price in (200, 201):
            tws.do("quote", symbol="AAPL", bid=price, ask=price + 1)
        tws.do("fill", order_id=1, client_id=50)
        eventually(lambda: any(each[0] == "execDetails" for each in program.heard))
        eventually(lambda: ("orderStatus", 1, "Filled", 5) in program.heard)
        program.disconnect()
        thread.join(WAIT)
        assert not thread.is_alive()
        return program.heard[settled:]


def test_in_a_program_with_callbacks_of_its_own() -> None:
    """They are the same as without the server, and threads do not become more."""

    def serve(tws: SimulatedTws) -> None:
        with serving(tws, client_ids=(51, 52)) as rest, Client(rest) as client:
            threads = []
            for losses in range(1, 4):
                streams = [Events(rest, f"/market/data?symbol={s}") for s in ("MSFT", "IBM") * 4]
                for stream in streams:
                    stream.wait_for("snapshot")
                for own in (51, 52):
                    tws.do("drop_connection", client_id=own)
                eventually(lambda losses=losses: restored(client, losses))
                for _ in range(10):
                    client.get("/contract?symbol=IBM")
                assert order(client, {**LMT, "symbol": "MSFT"}).status_code == 201
                threads.append(threading.active_count())
                for stream in streams:
                    stream.close()
            assert threads == [threads[0]] * 3  # with a reader for each of the test's streams

    def restored(client: Client, losses: int) -> bool:
        rows = client.get("/clients").json()["clients"]
        return all(each["connections"] > losses and each["state"] == "ready" for each in rows)

    assert callbacks_of_a_program(serve) == callbacks_of_a_program(lambda tws: None)


def test_a_pool_of_eight_client_ids() -> None:
    """Orders go by the first one, 400 histories by seven budgets, and one id is another's."""
    from ibapi_port.ib import IB

    symbols = ("AAPL", "MSFT", "NVDA", "IBM", "AMZN", "TSLA", "SPY", "META")
    paths = [
        f"/historical?symbol={symbol}&durationStr={days}+D&barSizeSetting=1+day"
        for symbol in symbols
        for days in range(1, 51)
    ]
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, client_ids=tuple(range(8))) as rest,
        Client(rest) as client,
    ):
        eventually(lambda: all(client.get("/clients").json()["connected"].values()))
        tws.do("record")
        start = time.monotonic()
        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(client.get, paths))
        took = time.monotonic() - start
        assert {each.status_code for each in answers} == {200}
        asked = Counter(each["client_id"] for each in tws.do("requests")
                        if each["request"] == "reqHistoricalData")  # fmt: skip
        assert sum(asked.values()) == len(paths)  # no two of them are the same
        assert set(asked) == set(range(1, 8))
        # the one with the least to do takes the next: the faster ones take more
        assert min(asked.values()) >= len(paths) / 7 / 3, asked
        assert max(asked.values()) <= 45 * (took + 1)  # each within its messages a second
        # another program takes one of the ids: the others go on
        tws.do("drop_connection", client_id=7)
        with IB.connect(tws.host, tws.port, 7):
            eventually(lambda: client.get("/clients").json()["clients"][7].get("inUse"))
            body = client.get("/clients").json()
            assert body["connected"]["7"] is False
            assert "326" in body["clients"][7]["why"]
            assert [each["role"] for each in body["clients"]] == ["orders", *["data"] * 7]
            before = len(tws.do("requests"))
            with ThreadPoolExecutor(32) as pool:
                assert {each.status_code for each in pool.map(client.get, paths)} == {200}
            rest_of = {each["client_id"] for each in tws.do("requests")[before:]
                       if each["request"] == "reqHistoricalData"}  # fmt: skip
            assert rest_of == set(range(1, 7))
            (placed,) = order(client).json()["orders"].values()
            assert placed["clientId"] == 0
            refused = client.get("/time?clientId=7")
            assert refused.status_code == 503
            assert refused.json()["errorCode"] == 326


class Hook:
    """What takes the beacon's PUTs."""

    def __init__(self) -> None:
        self.pushed: list[tuple[dict[str, str], bytes]] = []
        pushed = self.pushed

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                pushed.append((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def connected(self, client_id: int, since: int = 0) -> list[bool]:
        """Whether the client id was connected, by each PUT."""
        return [json.loads(body)["connected"][str(client_id)] for _, body in self.pushed[since:]]

    def check(self, secret: str) -> None:
        for head, body in self.pushed:
            assert head["X-Signature"] == signature(secret, head["X-Timestamp"], body)
            assert abs(time.time() - int(head["X-Timestamp"])) < 60

    def __enter__(self) -> Hook:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(WAIT)


def test_the_beacon(tws: SimulatedTws) -> None:
    with (
        Hook() as hook,
        serving(tws, client_ids=(13,), beacon_url=hook.url, beacon_secret="secret") as rest,
        Client(rest) as client,
    ):
        eventually(lambda: hook.connected(13)[-1:] == [True])
        count = len(hook.pushed)
        assert client.post("/beacon").json()["delivered"] is True
        assert len(hook.pushed) > count
        assert client.get("/beacon").json()["state"]["connected"] == {"13": True}
        hook.check("secret")


def test_a_container_is_started_by_its_environment_alone(tmp_path: Path) -> None:
    """By IBREST's names: TLS, the gateway, the client id, the signed beacon on each change."""
    with SimulatedTws(tick_interval=3600) as tws, Hook() as hook:
        environ = {
            "IBREST_HOST": "127.0.0.1", "IBREST_PORT": "0", "IBGW_PORT_4003_TCP_ADDR": tws.host,
            "IBGW_PORT_4003_TCP_PORT": str(tws.port), "IBGW_CLIENT_ID": "5",
            "ID_SECRET_KEY": "secret", "IBREST_BEACON_URL": hook.url, "XDG_STATE_HOME": str(tmp_path),
        }  # fmt: skip
        command = Command(cwd=tmp_path, **environ)
        try:
            assert command.url.startswith("https://127.0.0.1:")
            assert f"TWS at {tws.host}:{tws.port}, client ids 5" in command.told
            tls = ssl.create_default_context(cafile=str(tmp_path / "ibrest.crt"))
            with httpx.Client(base_url=command.url, verify=tls, timeout=WAIT) as check:
                # as a container's health check does it: without a token
                eventually(lambda: check.get("/health").status_code == 200)
                assert check.get("/order").status_code == 401
                head = {"Authorization": f"Bearer {TOKEN}"}
                answer = check.post("/order", json=LMT, headers=head)
                assert answer.status_code == 201, answer.text
                eventually(lambda: hook.connected(5)[-1:] == [True])
                since = len(hook.pushed)
                tws.do("restart", seconds=0.5)
                eventually(lambda: False in hook.connected(5, since))
                eventually(lambda: check.get("/health").status_code == 503)
                eventually(lambda: check.get("/health").status_code == 200)
                eventually(lambda: hook.connected(5)[-1:] == [True])
                since = len(hook.pushed)
                tws.do("connectivity", up=False)
                eventually(lambda: len(hook.pushed) > since)
                assert check.get("/health").status_code == 503
        finally:
            status, err = command.stop()
        assert status == 0, err
        assert "Traceback" not in err
        hook.check("secret")
        (state,) = (tmp_path / "ibapi_port" / "rest").glob("*.sqlite")
        assert state.stat().st_mode & 0o077 == 0
