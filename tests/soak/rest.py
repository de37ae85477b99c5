"""The memory of the REST server while clients come and go, for as long as is said.

    python tests/soak/rest.py [--minutes 60] [--clients 12]

The server is a process of its own, on a simulated TWS whose market moves. Each client opens a
stream (Server-Sent Events of one channel or of many, or a WebSocket), reads it for some seconds,
and goes: in order, in the middle of an event, or without reading at all. Beside them requests are
made, orders placed and cancelled, and now and then the connection to TWS is cut.

Printed: memory, threads and open files over time, and how fast memory grows after the first
quarter. The exit status is 1 if that is faster than 5 MB an hour, or if the server has failed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ibapi_port.simulator import SimulatedTws

TOKEN = "soak"
SYMBOLS = ("AAPL", "MSFT", "NVDA", "IBM", "AMZN", "TSLA")
CHANNELS = ("market/data?symbol={}&mode=all", "market/data?symbol={}", "market/depth?symbol={}",
            "bars?symbol={}", "market/ticks?symbol={}&tickType=BidAsk", "order/events", "clients",
            "account/updates", "account/pnl", "news")  # fmt: skip
GETS = ("/market/{}", "/order", "/account/positions", "/account/summary?tags=NetLiquidation",
        "/contract?symbol={}", "/executions", "/health", "/metrics", "/nosuch", "/market/NOSUCH")  # fmt: skip
ORDER = b'{"symbol":"AAPL","action":"BUY","totalQuantity":1,"orderType":"LMT","lmtPrice":1}'
MOST_GROWTH = 5.0  # MB an hour


class Counts:
    streams = requests = orders = failures = bytes = cuts = 0


def head(method: str, path: str, *lines: str) -> bytes:
    more = "".join(f"{line}\r\n" for line in lines)
    return (f"{method} /{path.lstrip('/')} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {TOKEN}\r\n{more}\r\n").encode()  # fmt: skip


def channel() -> str:
    return random.choice(CHANNELS).format(random.choice(SYMBOLS))


def opening() -> bytes:
    """What opens a stream, of one of the three kinds."""
    kind = random.random()
    if kind < 0.6:
        return head("GET", channel(), "Accept: text/event-stream")
    if kind < 0.8:
        names = "&".join(
            "channels=" + channel().replace("?", "%3F").replace("=", "%3D").replace("&", "%26")
            for _ in range(5)
        )
        return head("GET", f"stream?{names}", "Accept: text/event-stream")
    key = base64.b64encode(os.urandom(16)).decode()
    asked = head("GET", "stream", "Connection: Upgrade", "Upgrade: websocket",
                 "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}")  # fmt: skip
    symbol = random.choice(SYMBOLS)
    said = {"op": "subscribe", "id": 1, "channel": "market/data", "params": {"symbol": symbol}}
    text = json.dumps(said).encode()
    return asked + bytes((0x81, 0x80 | len(text))) + bytes(4) + text


async def come_and_go(port: int, counts: Counts, until: float) -> None:
    """One client after the other."""
    while time.monotonic() < until:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(opening())
            counts.streams += 1
            end = time.monotonic() + random.expovariate(1 / 2)
            if random.random() < 0.1:  # one that does not read
                await asyncio.sleep(end - time.monotonic())
            while (left := end - time.monotonic()) > 0:
                data = await asyncio.wait_for(reader.read(1 << 16), left)
                counts.bytes += len(data)
                if not data:
                    break
        except asyncio.TimeoutError:
            pass
        except OSError:
            counts.failures += 1
        finally:
            if random.random() < 0.5:
                writer.transport.abort()
            writer.close()


async def ask(port: int, counts: Counts, what: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(what)
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        body = await asyncio.wait_for(reader.readexactly(length), 30)
        counts.requests += 1
        counts.failures += answer.split(b" ", 2)[1] == b"500"
        return body
    finally:
        writer.close()


async def requests(port: int, counts: Counts, until: float) -> None:
    while time.monotonic() < until:
        path = random.choice(GETS).format(random.choice(SYMBOLS))
        await ask(port, counts, head("GET", path))
        await asyncio.sleep(random.random() / 5)


async def orders(port: int, counts: Counts, until: float) -> None:
    while time.monotonic() < until:
        length, key = f"Content-Length: {len(ORDER)}", f"Idempotency-Key: {os.urandom(8).hex()}"
        asked = head("POST", "/order", "Content-Type: application/json", length, key)
        for number in json.loads(await ask(port, counts, asked + ORDER)).get("orders", {}):
            counts.orders += 1
            await ask(port, counts, head("DELETE", f"/order/{number}"))
        await asyncio.sleep(0.5)


async def cuts(tws: SimulatedTws, counts: Counts, until: float) -> None:
    while time.monotonic() < until - 30:
        await asyncio.sleep(60)
        tws.do("drop_connection", reset=random.random() < 0.5)
        counts.cuts += 1


def resident(pid: int) -> tuple[float, int, int]:
    """Return memory in MB, threads, and open files of a process."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    files = len(os.listdir(f"/proc/{pid}/fd"))
    return int(fields["VmRSS"].split()[0]) / 1024, int(fields["Threads"]), files


async def sample(
    process: subprocess.Popen[str], counts: Counts, until: float, every: float
) -> list[tuple[float, float]]:
    began = time.monotonic()
    samples = []
    print("minute  memory MB  threads  files  streams  requests  orders  cuts  MB read", flush=True)
    told = 0.0
    while (now := time.monotonic()) < until and process.poll() is None:
        memory, threads, files = resident(process.pid)
        samples.append((now - began, memory))
        if now >= told:
            told = now + every
            print(f"{(now - began) / 60:6.1f} {memory:10.1f} {threads:8} {files:6} {counts.streams:8} "
                  f"{counts.requests:9} {counts.orders:7} {counts.cuts:5} "
                  f"{counts.bytes >> 20:8}", flush=True)  # fmt: skip
        await asyncio.sleep(2)
    return samples


def growth(samples: list[tuple[float, float]]) -> float:
    """Return by how many MB an hour memory grows after the first quarter: the slope that fits."""
    rows = samples[len(samples) // 4 :]
    middle_time = sum(at for at, _ in rows) / len(rows)
    middle = sum(memory for _, memory in rows) / len(rows)
    above = sum((at - middle_time) * (memory - middle) for at, memory in rows)
    return 3600 * above / sum((at - middle_time) ** 2 for at, _ in rows)


async def load(
    port: int, tws: SimulatedTws, process: subprocess.Popen[str], options: argparse.Namespace
) -> bool:
    counts = Counts()
    until = time.monotonic() + options.minutes * 60
    works = [come_and_go(port, counts, until) for _ in range(options.clients)]
    works += [requests(port, counts, until), orders(port, counts, until), cuts(tws, counts, until)]
    running = [asyncio.ensure_future(work) for work in works]
    samples = await sample(process, counts, until, options.minutes * 60 / 30)
    await asyncio.sleep(6)  # requests to TWS stay for five seconds after the last viewer
    for task in running:
        task.cancel()
    raised = [each for each in await asyncio.gather(*running, return_exceptions=True)
              if isinstance(each, Exception)]  # fmt: skip
    hourly = growth(samples)
    print(f"{options.minutes:g} minutes, {counts.streams} streams: memory {samples[0][1]:.1f} MB at "
          f"first, {samples[len(samples) // 4][1]:.1f} after a quarter, {samples[-1][1]:.1f} at last; "
          f"{hourly:+.2f} MB an hour; answers with 500: {counts.failures}")  # fmt: skip
    for each in raised:
        print(f"the load failed: {each!r}")
    ended = process.poll() is not None
    if ended:
        print(f"the server has ended: {process.returncode}")
    return not ended and not counts.failures and not raised and hourly < MOST_GROWTH


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=12)
    options = parser.parse_args()
    with (
        SimulatedTws() as tws,
        tempfile.TemporaryDirectory() as folder,
        contextlib.ExitStack() as s,
    ):
        command = [sys.executable, "-m", "ibapi_port", "rest", "--http", "--port", "0",
                   "--gateway", f"{tws.host}:{tws.port}", "--client-ids", "0-1",
                   "--keep-orders", "100",  # so many are soon there: then memory has to be flat
                   "--state", f"{folder}/state.sqlite", "--no-access-log"]  # fmt: skip
        log = s.enter_context(open(f"{folder}/log", "w", encoding="utf-8"))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True,
                                   env={**os.environ, "IBREST_TOKEN": TOKEN})  # fmt: skip
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rpartition(":")[2])
            fine = asyncio.run(load(port, tws, process, options))
        finally:
            process.terminate()
            process.wait(20)
        text = Path(f"{folder}/log").read_text(encoding="utf-8")
        if "Traceback" in text:
            fine = False
            print(text[text.index("Traceback") :][:4000])
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
