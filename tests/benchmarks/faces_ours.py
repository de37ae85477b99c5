"""One measurement on ibapi_port.ib: `faces_ours.py FACE WHAT PORT FRAMES`. Prints numbers; see faces.py.

FACE: blocking (IB) or asyncio (AsyncIB).
"""

import asyncio
import sys
import threading
import time

began = time.perf_counter()
from ibapi_port.ib import IB, AsyncIB, Stock  # noqa: E402 - its import is measured

IMPORTED = time.perf_counter() - began
FACE, WHAT, PORT, FRAMES = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
SUBSCRIPTIONS = 10
SENTINEL = 999_999.0
CALLS = 1000
TOGETHER = 50
BID, LAST = 1, 4
# pacing is off on both sides: it is not measured
NOTHING_KEPT = {"positions": False, "openOrders": False, "fills": False, "pacing": None}
clock = time.perf_counter


class Counter:
    """What the handlers hand their ticks to. `done` when each subscription has had its last one."""

    def __init__(self, done):
        self.latencies = []
        self.count = 0
        self.open = SUBSCRIPTIONS
        self.done = done

    def newest(self, ticker):
        """Take a ticker as it is now."""
        self.count += 1
        if ticker.last == SENTINEL and ticker.lastSize == 1:
            self.end()

    def ticks(self, tick):
        """Take a tick."""
        self.count += 1
        if tick.value == SENTINEL:
            self.end()

    def stamped(self, tick):
        """Take a tick and the time that it took."""
        self.count += 1
        if tick.tickType == BID:
            self.latencies.append(clock() - tick.value)
        elif tick.value == SENTINEL:
            self.end()

    def end(self):
        self.open -= 1
        if not self.open:
            self.done.set()


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


def begin(ib, counter):
    """The subscriptions, and what takes their rows."""
    kind = WHAT.partition("-")[0]
    request = ib.reqMktData if kind == "newest" else ib.reqTicks
    made = [request(Stock(f"S{n}", "SMART", "USD", conId=n + 1)) for n in range(SUBSCRIPTIONS)]
    return made, {"paced": counter.stamped, "newest": counter.newest, "ticks": counter.ticks}[kind]


def report(counter, seconds, used):
    if WHAT.startswith("paced"):
        values = counter.latencies
        assert len(values) == FRAMES, f"{len(values)} of {FRAMES} ticks"
        print(percentile(values, 0.5), percentile(values, 0.99), used / FRAMES)
    else:
        print(FRAMES / seconds, used / FRAMES)
        assert WHAT.startswith("newest") or counter.count >= FRAMES, f"{counter.count} ticks"


def report_calls(seconds, used):
    print(CALLS / seconds, used / CALLS)


# --- AsyncIB ---


async def iterate(stream, take):
    async for row in stream:
        take(row)


async def quotes(ib):
    counter = Counter(asyncio.Event())
    streams, take = begin(ib, counter)
    tasks = []
    for stream in streams:
        if WHAT.endswith("handler"):
            stream.updateEvent += take
        else:
            tasks.append(asyncio.create_task(iterate(stream, take)))
    await asyncio.sleep(0.1)
    used, began = time.process_time(), clock()
    await ib.reqCurrentTime()
    await counter.done.wait()
    seconds, used = clock() - began, time.process_time() - used
    for task in tasks:
        task.cancel()
    report(counter, seconds, used)


async def run():
    began = clock()
    ib = await AsyncIB.connect("127.0.0.1", PORT, 1, **NOTHING_KEPT)
    seconds = clock() - began
    stock = Stock("AAPL", "SMART", "USD")
    if WHAT == "start":
        print(IMPORTED, seconds)
    elif WHAT == "one":
        for _ in range(50):
            await ib.reqContractDetails(stock)
        used, began = time.process_time(), clock()
        for _ in range(CALLS):
            assert len(await ib.reqContractDetails(stock)) == 1
        report_calls(clock() - began, time.process_time() - used)
    elif WHAT == "fifty":
        used, began = time.process_time(), clock()
        for _ in range(CALLS // TOGETHER):
            asked = [ib.reqContractDetails(stock) for _ in range(TOGETHER)]
            assert sum(map(len, await asyncio.gather(*asked))) == TOGETHER
        report_calls(clock() - began, time.process_time() - used)
    else:
        await quotes(ib)
    await ib.disconnect()


# --- IB ---


def iterate_blocking(stream, take):
    for row in stream:
        take(row)


def quotes_blocking(ib):
    counter = Counter(threading.Event())
    streams, take = begin(ib, counter)
    threads = []
    for stream in streams:
        if WHAT.endswith("handler"):
            stream.updateEvent += take
        else:
            threads.append(threading.Thread(target=iterate_blocking, args=(stream, take)))
            threads[-1].start()
    time.sleep(0.1)
    used, began = time.process_time(), clock()
    ib.reqCurrentTime()
    counter.done.wait()
    seconds, used = clock() - began, time.process_time() - used
    for stream in streams:
        stream.cancel()
    for thread in threads:
        thread.join()
    report(counter, seconds, used)


def run_blocking():
    began = clock()
    ib = IB.connect("127.0.0.1", PORT, 1, **NOTHING_KEPT)
    seconds = clock() - began
    stock = Stock("AAPL", "SMART", "USD")
    if WHAT == "start":
        print(IMPORTED, seconds)
    elif WHAT == "one":
        for _ in range(50):
            ib.reqContractDetails(stock)
        used, began = time.process_time(), clock()
        for _ in range(CALLS):
            assert len(ib.reqContractDetails(stock)) == 1
        report_calls(clock() - began, time.process_time() - used)
    else:
        quotes_blocking(ib)
    ib.disconnect()


if FACE == "blocking":
    run_blocking()
else:
    asyncio.run(run())
