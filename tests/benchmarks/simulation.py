"""The simulated TWS in a process of its own under load, and what it costs: what day.py and goals.py
share. The clients count bytes and decode nothing.

Whoever imports it has this checkout on its path.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import NamedTuple
from urllib.request import urlopen

from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.select import codec_for

ROOT = Path(__file__).resolve().parents[2]
VERSION, CLIENTS, SYMBOLS = 187, 20, 100
OPENS, CLOSES = "20260414 09:30:00 US/Eastern", 6.5 * 3600
TICK_INTERVAL = 10.0  # simulated seconds
TOGETHER = 25  # orders that wait for their fills at a time
WATCHED = 200  # symbols, where memory is measured
ORDER_EVERY = 100_000  # bytes that a client receives from one order of its to the next
TICKS = (b"1\0", b"2\0", b"45\0", b"46\0")  # tickPrice, tickSize, tickGeneric, tickString
CODEC = codec_for(VERSION)


def instruments(path: Path, number: int = SYMBOLS) -> list[str]:
    """Writes a file of as many stocks; returns their symbols."""
    data = json.loads(
        (ROOT / "ibapi_port/simulator/market/data/instruments.json").read_text(encoding="utf-8")
    )
    pairs = [entry for entry in data["instruments"] if entry["sec_type"] == "CASH"]
    model = next(entry for entry in data["instruments"] if entry["symbol"] == "AAPL")
    kept = ("primary_exchange", "industry", "category", "subcategory")
    made = [
        {
            **{name: value for name, value in model.items() if name in kept},
            "symbol": f"S{n:03}",
            "con_id": 900_000 + n,
            "sec_type": "STK",
            "price": f"{50 + n}.00",
            "listed": "20200102",
            "long_name": f"SYMBOL {n}",
        }
        for n in range(number)
    ]
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


class SimulatorProcess:
    """The simulated TWS of a checkout, in a process of its own, and what the process costs."""

    def __init__(self, root: Path, symbols: int, *options: str) -> None:
        self._file = Path(tempfile.gettempdir()) / f"instruments-{os.getpid()}.json"
        self.symbols = instruments(self._file, symbols)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._control = probe.getsockname()[1]
        command = [sys.executable, "-m", "ibapi_port", "simulate", "--instruments", str(self._file)]
        command += ["--control-port", str(self._control), *options]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            cwd=tempfile.gettempdir(),
            env={**os.environ, "PYTHONPATH": str(root)},
        )

    def __enter__(self) -> SimulatorProcess:
        assert self._process.stdout is not None
        found = re.search(r":(\d+)", self._process.stdout.readline())
        if not found:
            self.__exit__()
            raise SystemExit("the simulated TWS does not start")
        self.port = int(found.group(1))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)
        self._file.unlink()

    def now(self) -> float:
        """The simulated time, in seconds since 1970."""
        with urlopen(f"http://127.0.0.1:{self._control}/state", timeout=30) as answer:
            return float(json.load(answer)["result"]["clock"]["now"])

    def processor(self) -> float:
        """Seconds of processor time since its start."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, what: str = "VmRSS") -> float:
        """MB that are resident; VmHWM: at most."""
        found = re.search(
            rf"{what}:\s+(\d+)", Path(f"/proc/{self._process.pid}/status").read_text()
        )
        return int(found.group(1)) / 1024 if found else 0.0


class Client:
    """One that watches all symbols, and places a market order now and then."""

    def __init__(self, port: int, number: int, symbols: list[str], trades: bool = True) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.number, self.symbols, self.received, self.orders = number, symbols, 0, 0
        self._trades = trades
        self.sock.sendall(b"API\0" + frame(f"v100..{VERSION}".encode()))
        self.sock.recv(4096)
        self.sock.sendall(CODEC.encode_request("startApi", number, ""))

    def watch(self) -> None:
        for n, symbol in enumerate(self.symbols):
            self.sock.sendall(
                CODEC.encode_request("reqMktData", n + 1, stock(symbol), "", False, False, [])
            )

    def receive(self) -> bytes:
        data = self.sock.recv(1 << 18)
        if not data:
            raise SystemExit("the simulated TWS hung up")
        self.received += len(data)
        while self._trades and self.received > (self.orders + 1) * ORDER_EVERY:
            self.order()
        return data

    def order(self) -> None:
        """Buy each symbol in turn; then sell each in turn; and so on."""
        order, symbol = Order(), self.symbols[self.orders % len(self.symbols)]
        order.action = "SELL" if self.orders // len(self.symbols) % 2 else "BUY"
        order.orderType, order.totalQuantity = "MKT", Decimal(10)
        self.orders += 1
        self.sock.sendall(CODEC.encode_request("placeOrder", self.orders, stock(symbol), order))


class Frames:
    """Cuts a stream into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def of(self, data: bytes) -> list[bytes]:
        """Return the messages that end in this data, without their lengths."""
        data = self._rest + data
        at, end = 0, len(data)
        found = []
        while (start := at + 4) <= end:
            stop = start + int.from_bytes(data[at:start], "big")
            if stop > end:
                break
            found.append(data[start:stop])
            at = stop
        self._rest = data[at:]
        return found


class Day(NamedTuple):
    """What a stretch of a trading day has cost."""

    simulated: float  # seconds
    seconds: float
    processor: float  # seconds of the simulated TWS
    received: int  # bytes, by all clients
    ticks: int  # by all clients
    orders: int


class Trading:
    """Clients that watch all symbols and trade."""

    def __init__(self, tws: SimulatorProcess) -> None:
        self._tws = tws
        self._clients = [Client(tws.port, n + 1, tws.symbols) for n in range(CLIENTS)]
        self._selector = selectors.DefaultSelector()
        self._frames, self._ticks = Frames(), 0  # of the first client: all watch the same
        for client in self._clients:
            client.watch()
            self._selector.register(client.sock, selectors.EVENT_READ, client)

    def _play(self, look_every: float, is_over: Callable[[], bool]) -> None:
        """Take what comes, until it is over; it is asked so every few seconds."""
        looked = time.perf_counter()
        while True:
            for key, _ in self._selector.select(look_every):
                data = key.data.receive()
                if key.data is self._clients[0]:
                    self._ticks += sum(one.startswith(TICKS) for one in self._frames.of(data))
            if time.perf_counter() - looked > look_every:
                looked = time.perf_counter()
                if is_over():
                    return

    def _state(self) -> tuple[float, ...]:
        clients, tws = self._clients, self._tws
        received = sum(one.received for one in clients)
        orders = sum(one.orders for one in clients)
        clocks = (tws.now(), time.perf_counter(), tws.processor())
        return (*clocks, received, clients[0].received, self._ticks, orders)

    def measure(self, is_over: Callable[[float, float], bool], warm_up: float = 0.0) -> Day:
        """Trade until `is_over` says so of the simulated and the real seconds, after some real
        seconds that are not measured.
        """
        if warm_up:
            self._play(warm_up, lambda: True)
        first = last = self._state()

        def ends() -> bool:
            nonlocal last
            last = self._state()
            return is_over(last[0] - first[0], last[1] - first[1])

        self._play(1.0, ends)
        spent = [after - before for after, before in zip(last, first, strict=True)]
        simulated, seconds, processor, received, of_one, ticks, orders = spent
        of_all = ticks * received / of_one if of_one else 0
        return Day(simulated, seconds, processor, int(received), int(of_all), int(orders))

    def close(self) -> None:
        self._selector.close()
        for client in self._clients:
            client.sock.close()


def trading_day(
    root: Path,
    is_over: Callable[[float, float], bool],
    tick_interval: float = TICK_INTERVAL,
    warm_up: float = 0.0,
) -> tuple[Day, float]:
    """What the simulated TWS of a checkout spends on trading (`Trading.measure`), and its memory at
    most, in MB.
    """
    options = ["--as-fast-as-possible", "--start", OPENS, "--market-hours", "exchange"]
    options += ["--tick-interval", str(tick_interval)]
    with SimulatorProcess(root, SYMBOLS, *options) as tws:
        trading = Trading(tws)
        spent = trading.measure(is_over, warm_up)
        most = tws.memory("VmHWM")
        trading.close()
    return spent, most


def orders_a_second(root: Path, orders: int) -> float:
    """Market orders of one client that are filled in a second of the simulated TWS's processor time;
    25 wait for their fills at a time. As many first ones are not measured.
    """
    options = ["--tick-interval", "3600", "--market-hours", "always", "--order-delay", "0"]
    with SimulatorProcess(root, SYMBOLS, *options) as tws:
        client, frames = Client(tws.port, 1, tws.symbols, trades=False), Frames()
        filled: set[bytes] = set()
        used = 0.0
        while client.orders < orders + TOGETHER:
            for _ in range(TOGETHER):
                client.order()
            while len(filled) < client.orders:
                for message in frames.of(client.receive()):
                    fields = message.split(b"\0", 3)
                    if fields[0] == b"3" and fields[2] == b"Filled":  # orderStatus
                        filled.add(fields[1])
            used = used or tws.processor()
        used = tws.processor() - used
        client.sock.close()
    return (client.orders - TOGETHER) / used


def memory_of_watched(root: Path, symbols: int = WATCHED, seconds: float = 600.0) -> float:
    """MB that are resident when a client has watched as many symbols for simulated seconds."""
    options = ["--as-fast-as-possible", "--start", OPENS, "--market-data-lines", str(symbols)]
    with SimulatorProcess(root, symbols, *options, "--tick-interval", "4") as tws:
        client = Client(tws.port, 1, tws.symbols, trades=False)
        opened = tws.now()
        client.watch()
        looked = time.perf_counter()
        while True:
            client.receive()
            if time.perf_counter() - looked > 0.1:
                looked = time.perf_counter()
                if tws.now() - opened > seconds:
                    break
        client.sock.close()
        return tws.memory()
