"""All faces together, for hours: `faces.py [--minutes 60] [--sample 10]`.

A callback client, a supervised one, IB, AsyncIB and the REST server watch five stocks of one
simulated TWS, which runs in a process of its own. All five have to see the very same bids in the
same order. Once a second each is asked for the time (the REST server for positions), which gives
its latency; memory is sampled as well. Exit status 1 when bids differ, a thread is left, or memory
has grown by more than the limit (MB) after the first tenth.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import http.client
import json
import multiprocessing
import statistics
import sys
import threading
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from reliability.bench import memory  # noqa: E402 - made findable above

from ibapi_port.client import EClient  # noqa: E402
from ibapi_port.ib import IB, AsyncIB, Stock  # noqa: E402
from ibapi_port.rest import RestServer, Settings  # noqa: E402
from ibapi_port.supervised import SupervisedClient  # noqa: E402
from ibapi_port.wrapper import EWrapper  # noqa: E402

SYMBOLS = ("AAPL", "MSFT", "IBM", "NVDA", "TSLA")
BID, TOKEN, WAIT, OK = 1, "soak", 30.0, 200
NOTHING_KEPT = {"positions": False, "openOrders": False, "fills": False}


def serve(pipe: Any, interval: float) -> None:
    """The simulated TWS, in a process."""
    from ibapi_port.simulator import SimulatedTws

    with SimulatedTws(tick_interval=interval, seed=22) as tws:
        pipe.send(tws.port)
        pipe.recv()


class Face:
    """What one face has seen, and how long its answers took."""

    name = ""

    def __init__(self) -> None:
        self.bids = {symbol: array("d") for symbol in SYMBOLS}
        self.took: list[float] = []

    def measure(self) -> None:
        """Ask once, and note how long the answer took."""
        began = time.perf_counter()
        self.ask()
        self.took.append(time.perf_counter() - began)

    def ask(self) -> None:
        """Ask, and wait for the answer."""

    def stop(self) -> None:
        """End it."""


class Callbacks(Face, EWrapper):
    """IB's interface; `make` makes the client."""

    def __init__(self, name: str, make: Callable[[Callbacks], EClient]) -> None:
        Face.__init__(self)
        EWrapper.__init__(self)
        self.name, self.client = name, make(self)
        self.answered, self.valid = threading.Event(), threading.Event()

    def watch(self) -> None:
        assert self.valid.wait(WAIT), f"{self.name} is not connected"
        for number, symbol in enumerate(SYMBOLS):
            self.client.reqMktData(number, Stock(symbol, "SMART", "USD"), "", False, False, [])

    def nextValidId(self, orderId: int) -> None:
        self.valid.set()

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        if tickType == BID:
            self.bids[SYMBOLS[reqId]].append(price)

    def currentTime(self, time: int) -> None:
        self.answered.set()

    def error(self, *_: Any) -> None:
        """Notices of farms."""

    def ask(self) -> None:
        self.answered.clear()
        self.client.reqCurrentTime()
        assert self.answered.wait(WAIT), f"{self.name} got no answer"


class Plain(Callbacks):
    """EClient, with run() in a thread."""

    def __init__(self, port: int) -> None:
        super().__init__("callbacks", EClient)
        self.client.connect("127.0.0.1", port, 1)
        self.thread = threading.Thread(target=self.client.run, name="run")
        self.thread.start()
        self.watch()

    def stop(self) -> None:
        self.client.disconnect()
        self.thread.join(WAIT)


class Supervised(Callbacks):
    """SupervisedClient."""

    def __init__(self, port: int) -> None:
        super().__init__("supervised", lambda it: SupervisedClient(it, "127.0.0.1", port, 2))
        self.client.start()  # type: ignore[attr-defined]
        self.watch()

    def stop(self) -> None:
        self.client.stop()  # type: ignore[attr-defined]


class Blocking(Face):
    """IB."""

    name = "IB"

    def __init__(self, port: int) -> None:
        super().__init__()
        self.ib = IB.connect("127.0.0.1", port, 3, **NOTHING_KEPT)
        for symbol in SYMBOLS:
            stream = self.ib.reqTicks(Stock(symbol, "SMART", "USD"))
            stream.updateEvent += noting(self.bids[symbol])

    def ask(self) -> None:
        self.ib.reqCurrentTime()

    def stop(self) -> None:
        self.ib.disconnect()


class InLoop(Face):
    """AsyncIB, in a loop in a thread."""

    name = "AsyncIB"

    def __init__(self, port: int) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="loop")
        self.thread.start()
        self.ib = self.do(self.begin(port))

    def do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(WAIT)

    async def begin(self, port: int) -> AsyncIB:
        ib = await AsyncIB.connect("127.0.0.1", port, 4, **NOTHING_KEPT)
        for symbol in SYMBOLS:
            stream = ib.reqTicks(Stock(symbol, "SMART", "USD"))
            stream.updateEvent += noting(self.bids[symbol])
        return ib

    def ask(self) -> None:
        self.do(self.ib.reqCurrentTime())

    def stop(self) -> None:
        self.do(self.ib.disconnect())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(WAIT)
        self.loop.close()


class Rest(Face):
    """The REST server, a viewer of one stream for each stock, and a client that asks."""

    name = "REST"

    def __init__(self, port: int) -> None:
        super().__init__()
        settings = Settings(gateway_port=port, http=True, port=0, tokens=(TOKEN,), client_ids=(5,))
        self.server = RestServer(settings)
        self.server.__enter__()
        self.head = {"Authorization": f"Bearer {TOKEN}"}
        self.asking = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=WAIT)
        self.viewing = []
        until = time.monotonic() + WAIT
        while self.status() != OK and time.monotonic() < until:  # it has no connection yet
            time.sleep(0.1)
        for symbol in SYMBOLS:
            path = f"/market/data?symbol={symbol}&mode=all"
            to = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=WAIT)
            to.request("GET", path, headers={**self.head, "Accept": "text/event-stream"})
            self.viewing.append(
                threading.Thread(target=self.view, args=(to.getresponse(), symbol), daemon=True)
            )
            self.viewing[-1].start()

    def view(self, answer: http.client.HTTPResponse, symbol: str) -> None:
        for line in answer:
            if line.startswith(b"data:") and b'"field":"bid"' in line:
                self.bids[symbol].append(json.loads(line[5:])["price"])

    def status(self) -> int:
        self.asking.request("GET", "/account/positions", headers=self.head)
        answer = self.asking.getresponse()
        answer.read()
        return answer.status

    def ask(self) -> None:
        assert self.status() == OK, "no positions"

    def stop(self) -> None:
        self.asking.close()
        self.server.__exit__(None, None, None)
        for thread in self.viewing:
            thread.join(WAIT)


def noting(bids: array[float]) -> Callable[[Any], None]:
    """Return a handler that notes the bid of each tick."""

    def note(tick: Any) -> None:
        if tick.tickType == BID:
            bids.append(tick.value)

    return note


def differing(faces: list[Face]) -> list[str]:
    """Return what one face has seen and another has not, as text. They began one after the other:
    the shorter list must be the end of the longer one.
    """
    found = []
    for symbol in SYMBOLS:
        longest = max((face.bids[symbol] for face in faces), key=len)
        for face in faces:
            bids = face.bids[symbol]
            # the first one is the bid of the moment, which the others may have had before
            if len(bids) < 2 or longest[len(longest) - len(bids) + 1 :] != bids[1:]:
                found.append(f"{face.name} has other bids of {symbol} ({len(bids)})")
    return found


def settle(faces: list[Face]) -> None:
    """Wait until nothing comes any more."""
    before: list[int] = []
    now = [0]
    while now != before:
        time.sleep(2)
        before, now = now, [len(bids) for face in faces for bids in face.bids.values()]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1e3


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--sample", type=float, default=10.0, help="seconds between two lines")
    parser.add_argument("--interval", type=float, default=0.1, help="seconds between two ticks")
    parser.add_argument("--limit", type=float, default=10.0, help="MB by which memory may grow")
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(
        target=serve, args=(theirs, options.interval)
    )
    child.start()
    port = ours.recv()
    faces: list[Face] = [make(port) for make in (Plain, Supervised, Blocking, InLoop, Rest)]
    end, held = time.monotonic() + options.minutes * 60, []
    began = time.monotonic()
    while time.monotonic() < end:
        until = time.monotonic() + options.sample
        while time.monotonic() < until:
            for face in faces:
                face.measure()
            time.sleep(1)
        gc.collect()
        held.append(memory() / 1e6)
        ticks = sum(len(bids) for face in faces for bids in face.bids.values())
        late = " ".join(
            f"{face.name} {statistics.median(face.took[-10:]) * 1e3:.1f}" for face in faces
        )
        print(
            f"{time.monotonic() - began:7.0f} s {held[-1]:7.1f} MB {threading.active_count()} threads, "
            f"{ticks} bids; ms: {late}",
            flush=True,
        )
    ours.send("pause")
    child.join(WAIT)
    settle(faces)
    wrong = differing(faces)
    for face in faces:
        print(
            f"{face.name:10} p50 {percentile(face.took, 0.5):6.2f} ms, "
            f"p99 {percentile(face.took, 0.99):7.2f} ms of {len(face.took)} answers; "
            f"{sum(map(len, face.bids.values()))} bids"
        )
    for face in faces:
        face.stop()
    grown = held[-1] - held[len(held) // 10]
    print(
        f"{(time.monotonic() - began) / 60:.1f} minutes; memory {held[len(held) // 10]:.1f} to {held[-1]:.1f} MB;"
        f" {'the same bids everywhere' if not wrong else '; '.join(wrong)}"
    )
    return int(bool(wrong) or grown > options.limit)


if __name__ == "__main__":
    sys.exit(main())
