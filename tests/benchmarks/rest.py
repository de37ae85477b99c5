"""The REST server under load: GETs and POSTs a second, and 20,000 ticks a second to eight viewers.

    python tests/benchmarks/rest.py [--seconds 10] [--beside PYTHON] [--check]

Scenario 13 is `--seconds 60 --check`: the server, on one core, loses no tick, 99 of 100 come within
50 ms and 99 of 100 GETs beside them within 20 ms; else the exit status is 1. PYTHON is an interpreter with fastapi, uvicorn and ib_async: a server of these does the same two
routes on the same simulated TWS, in the same run. Server and load are processes of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this checkout is measured

TOKEN = "benchmark"
CONNECTIONS = 16
VIEWERS = 8
BID = b'"field":"bid","price":1'  # a time, as a price
BESIDE = """
import sys
from contextlib import asynccontextmanager
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from ib_async import IB, LimitOrder, Stock
ib = IB()
ib.client.MaxRequests = 0  # no limit of its own

@asynccontextmanager
async def life(app):
    await ib.connectAsync("127.0.0.1", int(sys.argv[1]), clientId=77)
    yield
    ib.disconnect()

app = FastAPI(lifespan=life)

class Body(BaseModel):
    symbol: str
    action: str
    totalQuantity: float
    orderType: str
    lmtPrice: float

@app.get("/account/positions")
async def positions():
    return {"positionEnd": True, "positions": [
        {"account": p.account, "contract": {"symbol": p.contract.symbol, "conId": p.contract.conId},
         "pos": p.position, "avgCost": p.avgCost} for p in ib.positions()]}

@app.post("/order", status_code=201)
async def order(body: Body):
    import asyncio
    trade = ib.placeOrder(Stock(body.symbol, "SMART", "USD"),
                          LimitOrder(body.action, body.totalQuantity, body.lmtPrice, tif="DAY"))
    done = asyncio.Event()
    trade.statusEvent += lambda trade: done.set()
    while trade.orderStatus.status not in ("Submitted", "Filled"):
        done.clear()
        await asyncio.wait_for(done.wait(), 10)
    return {"orders": {trade.order.orderId: {"status": trade.orderStatus.status}}}

uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
"""
BODY = json.dumps({"symbol": "AAPL", "action": "BUY", "totalQuantity": 1, "orderType": "LMT",
                   "lmtPrice": 100}).encode()  # fmt: skip


def request(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


async def ask(port: int, what: bytes, seconds: float, connections: int) -> list[float]:
    """Ask again and again on keep-alive connections; the seconds that each answer took."""
    end = time.monotonic() + seconds
    took: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < end:
            start = time.perf_counter()
            writer.write(what)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.split(b" ", 2)[1] in (b"200", b"201"), head
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            took.append(time.perf_counter() - start)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return took


def report(name: str, took: list[float], seconds: float) -> None:
    ordered = sorted(took)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    print(
        f"{name:48} {len(took) / seconds:9,.0f} /s   p50 {p50 * 1000:7.2f} ms   p99 {p99 * 1000:7.2f} ms",
        flush=True,
    )


def serve(gateway: int, pipe: Any, pinned: bool) -> None:
    """The server, in a process; on demand it makes ticks as the processing thread would."""
    from ibapi_port.common import TickAttrib
    from ibapi_port.rest import RestServer, Settings

    if pinned and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core
    settings = Settings(gateway_port=gateway, http=True, port=0, tokens=(TOKEN,), client_ids=(70,))
    with RestServer(settings) as server:
        pipe.send(server.port)
        rate, seconds = pipe.recv()
        topics = [t for t in server.context.hub.topics.values() if t.upstream is not None]  # type: ignore[union-attr]
        upstream = topics[0].upstream
        attrib = TickAttrib()
        before = os.times()
        start = time.perf_counter()
        sent = 0
        while (now := time.perf_counter() - start) < seconds:
            due = int(now * rate)
            for _ in range(due - sent):
                upstream.receive("tickPrice", (1, time.time(), attrib))
            sent = max(sent, due)
            time.sleep(0.001)
        after = os.times()
        pipe.send((sent, (after.user + after.system - before.user - before.system) / seconds))
        pipe.recv()


async def view(port: int, seconds: float, viewers: int) -> list[tuple[int, list[float]]]:
    async def one() -> tuple[int, list[float]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        path = "/market/data?symbol=AAPL&mode=all"
        writer.write(
            request("GET", path).replace(b"\r\n\r\n", b"\r\nAccept: text/event-stream\r\n\r\n")
        )
        end = time.monotonic() + seconds
        count, late, rest = 0, [], b""
        while (left := end - time.monotonic()) > 0:
            try:
                data = rest + await asyncio.wait_for(reader.read(1 << 20), left)
            except asyncio.TimeoutError:
                break
            now = time.time()
            # as cheap as can be: it is the server that is measured
            end_of_last = data.rfind(b"\n\n")
            whole, rest = data[: end_of_last + 2], data[end_of_last + 2 :]
            count += whole.count(BID)
            last = 0.0
            if (place := whole.rfind(BID)) >= 0:
                last = float(whole[place:].partition(b'"price":')[2].partition(b",")[0])
            if last > 1e9:
                late.append(now - last)
        writer.close()
        return count, late

    return await asyncio.gather(*(one() for _ in range(viewers)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--beside", metavar="PYTHON")
    parser.add_argument("--check", action="store_true", help="fail where scenario 13 does not hold")
    options = parser.parse_args()
    from ibapi_port.simulator import SimulatedTws

    for name, beside in (("ibapi_port.rest", None), ("FastAPI + ib_async", options.beside)):
        if name == "ibapi_port.rest" or beside:
            # a TWS that answers at once: the servers are what is measured
            with SimulatedTws(tick_interval=3600, check_margin=False, order_delay=0) as tws:
                two_routes(name, tws.port, options, beside)
    with SimulatedTws(tick_interval=3600) as tws:
        holds = fan_out(tws.port, options)
    return 0 if holds or not options.check else 1


def two_routes(name: str, gateway: int, options: argparse.Namespace, beside: str | None) -> None:
    seconds = min(options.seconds / 2, 10.0)
    stop, port = started(gateway, beside)
    try:
        wait_for(port)
        for method, path, body in (("GET", "/account/positions", b""), ("POST", "/order", BODY)):
            what = request(method, path, body)
            asyncio.run(ask(port, what, 0.5, CONNECTIONS))
            took = asyncio.run(ask(port, what, seconds, CONNECTIONS))
            report(f"{name}: {method} {path}", took, seconds)
    finally:
        stop()


def started(
    gateway: int, beside: str | None, pinned: bool = False
) -> tuple[Callable[[], None], int]:
    if beside is not None:
        import socket

        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        process = subprocess.Popen([beside, "-c", BESIDE, str(gateway), str(port)])
        return process.terminate, port
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(
        target=serve, args=(gateway, theirs, pinned)
    )
    child.start()
    started.pipe = ours  # type: ignore[attr-defined]
    return child.terminate, ours.recv()


def wait_for(port: int) -> None:
    for _ in range(500):
        try:
            asyncio.run(ask(port, request("GET", "/account/positions"), 0.0, 1))
            asyncio.run(ask(port, request("GET", "/account/positions"), 0.01, 1))
            return
        except (OSError, AssertionError, asyncio.IncompleteReadError):
            time.sleep(0.02)
    raise SystemExit("the server does not answer")


def fan_out(gateway: int, options: argparse.Namespace) -> bool:
    stop, port = started(gateway, None, pinned=True)
    pipe = started.pipe  # type: ignore[attr-defined]
    seconds = options.seconds
    gets: list[float] = []
    try:
        wait_for(port)

        def beside() -> None:
            time.sleep(0.7)
            gets.extend(
                asyncio.run(ask(port, request("GET", "/account/positions"), seconds - 1, 1))
            )

        def go() -> None:
            time.sleep(0.5)
            pipe.send((options.rate, seconds))

        threads = [threading.Thread(target=work) for work in (beside, go)]
        for thread in threads:
            thread.start()
        seen = asyncio.run(view(port, seconds + 2, VIEWERS))
        for thread in threads:
            thread.join()
        sent, processor = pipe.recv()
        late = sorted(each for _, rows in seen for each in rows)
        lost = [sent - count for count, _ in seen]
        p99, p99_get = late[int(len(late) * 0.99)], sorted(gets)[int(len(gets) * 0.99)]
        print(f"{options.rate:,} ticks/s to {VIEWERS} viewers: {sent:,} ticks, lost {max(lost)}, "
              f"p50 {statistics.median(late) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, "
              f"processor of the server {processor:.0%}")  # fmt: skip
        report("GET /account/positions beside it", gets, seconds - 1)
        return not any(lost) and p99 < 0.05 and p99_get < 0.02
    finally:
        stop()


if __name__ == "__main__":
    raise SystemExit(main())
