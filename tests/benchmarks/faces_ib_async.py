"""One measurement on ib_async: `faces_ib_async.py FACE WHAT PORT FRAMES`. Prints numbers; see faces.py.

FACE: blocking or asyncio.
"""

import asyncio
import sys
import time

began = time.perf_counter()
import ib_async  # noqa: E402 - its import is measured
from ib_async import IB, StartupFetch, Stock  # noqa: E402

IMPORTED = time.perf_counter() - began
FACE, WHAT, PORT, FRAMES = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
SUBSCRIPTIONS = 10
SENTINEL = 999_999.0
CALLS = 1000
TOGETHER = 50
clock = time.perf_counter


class Counter:
    """What the handlers hand their ticks to. `done` when each subscription has had its last one."""

    def __init__(self):
        self.latencies = []
        self.count = 0
        self.open = SUBSCRIPTIONS
        self.done = asyncio.Event()

    def newest(self, ticker):
        """Take a ticker as it is now."""
        self.count += 1
        if ticker.last == SENTINEL and not self.done.is_set():
            self.end()

    def ticks(self, ticker):
        """Take each tick."""
        for tick in ticker.ticks:
            self.count += 1
            if tick.price == SENTINEL:
                self.end()

    def stamped(self, ticker):
        """Take each tick and the time that it took."""
        now = clock()
        for tick in ticker.ticks:
            self.count += 1
            if tick.tickType == 1:
                self.latencies.append(now - tick.price)
            elif tick.price == SENTINEL:
                self.end()

    def end(self):
        self.open -= 1
        if not self.open:
            self.done.set()


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


async def connected():
    ib = IB()
    ib.client.MaxRequests = 0  # its own pacing of requests is not measured
    began = clock()
    await ib.connectAsync("127.0.0.1", PORT, 1, fetchFields=StartupFetch(0))
    return ib, clock() - began


async def iterate(ticker, take):
    async for each in ticker.updateEvent:
        take(each)


async def quotes(ib):
    counter = Counter()
    kind, _, by = WHAT.partition("-")
    take = {"paced": counter.stamped, "newest": counter.newest, "ticks": counter.ticks}[kind]
    tasks = []
    for number in range(SUBSCRIPTIONS):
        ticker = ib.reqMktData(Stock(f"S{number}", "SMART", "USD", conId=number + 1))
        if by == "handler":
            ticker.updateEvent += take
        else:
            tasks.append(asyncio.create_task(iterate(ticker, take)))
    await asyncio.sleep(0.1)
    used, began = time.process_time(), clock()
    await ib.reqCurrentTimeAsync()
    await counter.done.wait()
    seconds, used = clock() - began, time.process_time() - used
    for task in tasks:
        task.cancel()
    if kind == "paced":
        values = counter.latencies
        assert len(values) == FRAMES, f"{len(values)} of {FRAMES} ticks"
        print(percentile(values, 0.5), percentile(values, 0.99), used / FRAMES)
    else:
        print(FRAMES / seconds, used / FRAMES)
        assert kind == "newest" or counter.count >= FRAMES, f"{counter.count} ticks"


async def run():
    ib, seconds = await connected()
    stock = Stock("AAPL", "SMART", "USD")
    if WHAT == "start":
        print(IMPORTED, seconds)
    elif WHAT == "one":
        for _ in range(50):
            await ib.reqContractDetailsAsync(stock)
        used, began = time.process_time(), clock()
        for _ in range(CALLS):
            assert len(await ib.reqContractDetailsAsync(stock)) == 1
        seconds = clock() - began
        print(CALLS / seconds, (time.process_time() - used) / CALLS)
    elif WHAT == "fifty":
        used, began = time.process_time(), clock()
        for _ in range(CALLS // TOGETHER):
            asked = [ib.reqContractDetailsAsync(stock) for _ in range(TOGETHER)]
            assert sum(map(len, await asyncio.gather(*asked))) == TOGETHER
        seconds = clock() - began
        print(CALLS / seconds, (time.process_time() - used) / CALLS)
    else:
        await quotes(ib)
    ib.disconnect()


def run_blocking():
    ib = IB()
    ib.client.MaxRequests = 0
    began = clock()
    ib.connect("127.0.0.1", PORT, 1, fetchFields=StartupFetch(0))
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
        seconds = clock() - began
        print(CALLS / seconds, (time.process_time() - used) / CALLS)
    ib.disconnect()


print(ib_async.__version__, file=sys.stderr)
if FACE == "blocking":
    run_blocking()
else:
    asyncio.run(run())
