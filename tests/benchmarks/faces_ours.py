"""One measurement on ibapi_port.ib; see faces_common.py. FACE: blocking (IB) or asyncio (AsyncIB)."""

import time

began = time.perf_counter()
from ibapi_port.ib import IB, AsyncIB, Stock  # noqa: E402 - its import is measured

IMPORTED = time.perf_counter() - began

import asyncio  # noqa: E402
import threading  # noqa: E402

from faces_common import (  # noqa: E402 - beside this script
    BY,
    FACE,
    KIND,
    PORT,
    SENTINEL,
    SUBSCRIPTIONS,
    WHAT,
    Counter,
    Watch,
    awaited,
    clock,
    one_by_one,
)

BID = 1
# nothing is fetched, and pacing is off, on both sides: they are not measured
BARE = {"positions": False, "openOrders": False, "fills": False, "pacing": None}
STOCK = Stock("AAPL", "SMART", "USD")


class Ticks(Counter):
    """Takes rows of reqMktData, or of reqTicks."""

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

    def paced(self, tick):
        """Take a tick and the time that it took."""
        self.count += 1
        if tick.tickType == BID:
            self.latencies.append(clock() - tick.value)
        elif tick.value == SENTINEL:
            self.end()


def begin(ib, counter):
    """The subscriptions, and what takes their rows."""
    request = ib.reqMktData if KIND == "newest" else ib.reqTicks
    made = [request(Stock(f"S{n}", "SMART", "USD", conId=n + 1)) for n in range(SUBSCRIPTIONS)]
    return made, getattr(counter, KIND)


async def iterate(stream, take):
    async for row in stream:
        take(row)


async def quotes(ib):
    counter = Ticks(asyncio.Event())
    streams, take = begin(ib, counter)
    tasks = []
    for stream in streams:
        if BY == "handler":
            stream.updateEvent += take
        else:
            tasks.append(asyncio.create_task(iterate(stream, take)))
    await asyncio.sleep(0.1)
    watch = Watch()
    await ib.reqCurrentTime()
    await counter.done.wait()
    watch.report_ticks(counter)
    for task in tasks:
        task.cancel()


async def run():
    started = clock()
    ib = await AsyncIB.connect("127.0.0.1", PORT, 1, **BARE)
    seconds = clock() - started
    if WHAT == "start":
        print(IMPORTED, seconds)
    elif WHAT in ("one", "fifty"):
        await awaited(lambda: ib.reqContractDetails(STOCK))
    else:
        await quotes(ib)
    await ib.disconnect()


def iterate_blocking(stream, take):
    for row in stream:
        take(row)


def quotes_blocking(ib):
    counter = Ticks(threading.Event())
    streams, take = begin(ib, counter)
    threads = []
    for stream in streams:
        if BY == "handler":
            stream.updateEvent += take
        else:
            threads.append(threading.Thread(target=iterate_blocking, args=(stream, take)))
            threads[-1].start()
    time.sleep(0.1)
    watch = Watch()
    ib.reqCurrentTime()
    counter.done.wait()
    watch.report_ticks(counter)
    for stream in streams:
        stream.cancel()
    for thread in threads:
        thread.join()


def run_blocking():
    started = clock()
    ib = IB.connect("127.0.0.1", PORT, 1, **BARE)
    seconds = clock() - started
    if WHAT == "start":
        print(IMPORTED, seconds)
    elif WHAT == "one":
        one_by_one(lambda: ib.reqContractDetails(STOCK))
    else:
        quotes_blocking(ib)
    ib.disconnect()


if FACE == "blocking":
    run_blocking()
else:
    asyncio.run(run())
