"""Scenarios 20 to 23: the command, how it stops, in a program, with several client ids."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx

from ibapi_port.rest import RestServer
from ibapi_port.rest.beacon import signature
from ibapi_port.simulator import SimulatedTws

from .helpers import TOKEN, WAIT, Client, Events, eventually, order, serving


class Command:
    """`python -m ibapi_port rest`, running."""

    def __init__(self, *arguments: str, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ibapi_port", "rest", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "IBREST_TOKEN": TOKEN, **environ},
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


def test_in_a_program_threads_stay_few(tws: SimulatedTws) -> None:
    with serving(tws, client_ids=(12,)) as rest, Client(rest) as client:
        client.get("/market/AAPL")
        before = threading.active_count()
        streams = [Events(rest, "/market/data?symbol=AAPL") for _ in range(8)]
        for stream in streams:
            stream.wait_for("snapshot")
        for _ in range(20):
            client.get("/contract?symbol=AAPL")
        assert threading.active_count() == before + 8  # the test's own, one for each stream
        for stream in streams:
            stream.close()


def test_a_pool_of_client_ids(tws: SimulatedTws) -> None:
    from ibapi_port.ib import IB

    with (
        IB.connect(tws.host, tws.port, 23),
        serving(tws, client_ids=(20, 21, 22, 23)) as rest,
        Client(rest) as client,
    ):
        eventually(lambda: sum(client.get("/clients").json()["connected"].values()) == 3)
        states = {each["clientId"]: each for each in client.get("/clients").json()["clients"]}
        assert states[23]["inUse"] is True
        assert "326" in states[23]["why"] or "in use" in states[23]["why"]
        assert states[20]["role"] == "orders"
        tws.do("record")
        before = len(tws.do("requests"))
        symbols = ("AAPL", "MSFT", "NVDA", "IBM")
        paths = [f"/contract?symbol={s}&currency=USD&exchange={x}" for s in symbols
                 for x in ("SMART", "")]  # fmt: skip
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(client.get, paths * 3))
        assert {each.status_code for each in answers} == {200}
        asked = [each["client_id"] for each in tws.do("requests")[before:]
                 if each["request"] == "reqContractDetails"]  # fmt: skip
        assert set(asked) == {21, 22}
        (placed,) = order(client).json()["orders"].values()
        assert placed["clientId"] == 20
        assert client.get("/time?clientId=23").status_code == 503


def test_the_beacon(tws: SimulatedTws) -> None:
    pushed: list[tuple[dict[str, str], bytes]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            pushed.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    hook = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=hook.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{hook.server_port}/"
    try:
        with (
            serving(tws, client_ids=(13,), beacon_url=url, beacon_secret="secret") as rest,
            Client(rest) as client,
        ):
            eventually(lambda: any(json.loads(body)["connected"]["13"] for _, body in pushed))
            head, body = pushed[-1]
            assert head["X-Signature"] == signature("secret", head["X-Timestamp"], body)
            count = len(pushed)
            assert client.post("/beacon").json()["delivered"] is True
            assert len(pushed) > count
            assert client.get("/beacon").json()["state"]["connected"] == {"13": True}
    finally:
        hook.shutdown()
        hook.server_close()
        thread.join(WAIT)
