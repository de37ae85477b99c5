"""A simulated trading day: 100 symbols, 20 clients that watch them all and trade; what it costs.
usage: day.py [--tick-interval SECONDS]

The simulated TWS runs in a process of its own, as fast as the clients take what it sends. The
clients count bytes and decode nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ibapi_port.contract import Contract  # noqa: E402 - the package of this checkout
from ibapi_port.order import Order  # noqa: E402
from ibapi_port.protocol.framing import frame  # noqa: E402
from ibapi_port.protocol.select import codec_for  # noqa: E402

VERSION, CLIENTS, SYMBOLS = 187, 20, 100
OPENS, CLOSES = "20260414 09:30:00 US/Eastern", 6.5 * 3600
ORDER_EVERY = 100_000  # bytes that a client receives from one order of its to the next
CODEC = codec_for(VERSION)


def instruments(path: Path) -> list[str]:
    """Writes a file of as many stocks; returns their symbols."""
    from ibapi_port.simulator.market import instruments as module

    data = json.loads(
        (Path(module.__file__).parent / "data" / "instruments.json").read_text(encoding="utf-8")
    )
    pairs = [entry for entry in data["instruments"] if entry["sec_type"] == "CASH"]
    model = next(entry for entry in data["instruments"] if entry["symbol"] == "AAPL")
    made = []
    for n in range(SYMBOLS):
        symbol = f"S{n:03}"
        made.append(
            {
                "symbol": symbol,
                "con_id": 900_000 + n,
                "sec_type": "STK",
                "price": f"{50 + n}.00",
                "listed": "20200102",
            }
        )
        made[-1] = {
            **{
                k: v
                for k, v in model.items()
                if k in ("primary_exchange", "industry", "category", "subcategory")
            },
            **made[-1],
        }
        made[-1]["long_name"] = f"SYMBOL {n}"
    path.write_text(
        json.dumps({**data, "instruments": [*pairs, *made], "futures": [], "options": []}),
        encoding="utf-8",
    )
    return [entry["symbol"] for entry in made]


def stock(symbol: str) -> Contract:
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = (
        symbol,
        "STK",
        "SMART",
        "USD",
    )
    return contract


class Client:
    """One that watches all symbols, and places a market order now and then."""

    def __init__(self, port: int, number: int, symbols: list[str]) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.number, self.symbols, self.received, self.orders = number, symbols, 0, 0
        self.sock.sendall(b"API\0" + frame(f"v100..{VERSION}".encode()))
        self.sock.recv(4096)
        self.sock.sendall(CODEC.encode_request("startApi", number, ""))
        for n, symbol in enumerate(symbols):
            self.sock.sendall(
                CODEC.encode_request("reqMktData", n + 1, stock(symbol), "", False, False, [])
            )

    def receive(self) -> bool:
        data = self.sock.recv(1 << 18)
        self.received += len(data)
        while self.received > (self.orders + 1) * ORDER_EVERY:
            order, symbol = Order(), self.symbols[self.orders % SYMBOLS]
            order.action, order.orderType = "SELL" if self.orders // SYMBOLS % 2 else "BUY", "MKT"
            order.totalQuantity = Decimal(10)
            self.orders += 1
            self.sock.sendall(CODEC.encode_request("placeOrder", self.orders, stock(symbol), order))
        return bool(data)


def clock(control: int) -> float:
    """The simulated time, in seconds since 1970."""
    with urlopen(f"http://127.0.0.1:{control}/state", timeout=30) as answer:
        return float(json.load(answer)["result"]["clock"]["now"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tick-interval",
        type=float,
        default=10.0,
        help="simulated seconds between changes of the market",
    )
    parser.add_argument("--hours", type=float, default=CLOSES / 3600, help="of trading")
    options = parser.parse_args()
    path = Path(tempfile.gettempdir()) / f"instruments-{os.getpid()}.json"
    symbols = instruments(path)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        control = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "ibapi_port",
        "simulate",
        "--as-fast-as-possible",
        "--start",
        OPENS,
        "--market-hours",
        "exchange",
    ]
    command += [
        "--tick-interval",
        str(options.tick_interval),
        "--instruments",
        str(path),
        "--control-port",
        str(control),
    ]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        assert server.stdout is not None
        port = int(re.search(r":(\d+)", server.stdout.readline()).group(1))  # type: ignore[union-attr]
        began, opened = time.perf_counter(), clock(control)
        clients = [Client(port, n + 1, symbols) for n in range(CLIENTS)]
        selector = selectors.DefaultSelector()
        for client in clients:
            selector.register(client.sock, selectors.EVENT_READ, client)
        looked = began
        while True:
            for key, _ in selector.select(1.0):
                if not key.data.receive():
                    raise SystemExit("the simulated TWS hung up")
            if time.perf_counter() - looked > 1:
                looked, now = time.perf_counter(), clock(control)
                if now - opened >= options.hours * 3600:
                    break
        seconds = time.perf_counter() - began
        fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text())
        sent, orders = (
            sum(client.received for client in clients),
            sum(client.orders for client in clients),
        )
        print(
            f"{(now - opened) / 3600:.2f} simulated hours, {SYMBOLS} symbols, {CLIENTS} clients, a tick each {options.tick_interval:g} s:"
        )
        print(
            f"  {seconds:.0f} s, {cpu:.0f} s of processor, {int(peak.group(1)) / 1024 if peak else 0:.0f} MB at most"
        )
        print(f"  {sent / 1e6:.0f} MB sent to the clients, {orders} orders")
    finally:
        server.terminate()
        server.wait(10)
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
