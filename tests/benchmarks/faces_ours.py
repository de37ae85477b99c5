"""One measurement on ibapi_port.ib; see faces_common.py. FACE: blocking (IB) or asyncio (AsyncIB)."""

import time

began = time.perf_counter()
from ibapi_port.ib import IB, AsyncIB, Stock  # noqa: E402 - its import is measured

IMPORTED = time.perf_counter() - began

import asyncio  # noqa: E402
import threading  # noqa: E402

import faces_common as common  # noqa: E402 - beside this script
from faces_common import BID, SENTINEL, clock  # noqa: E402 - used for each tick

# nothing is fetched, and pacing is off, on both sides: they are not measured
BARE = {"positions": False, "openOrders": False, "fills": False, "pacing": None}
STOCK = Stock("AAPL", "SMART", "USD")


class Ticks(common.Counter):
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


def begin(ib):
    """The subscriptions."""
    request = ib.reqMktData if common.KIND == "newest" else ib.reqTicks
    number = common.SUBSCRIPTIONS
    return [request(Stock(f"S{n}", "SMART", "USD", conId=n + 1)) for n in range(number)]


async def iterate(stream, take):
    async for row in stream:
        take(row)


async def run():
    started = clock()
    ib = await AsyncIB.connect("127.0.0.1", common.PORT, 1, **BARE)
    seconds = clock() - started
    if common.WHAT == "start":
        print(IMPORTED, seconds)
    elif common.WHAT in ("one", "fifty"):
        await common.awaited(lambda: ib.reqContractDetails(STOCK))
    else:
        await common.rows(Ticks(asyncio.Event()), begin(ib), iterate, ib.reqCurrentTime)
    await ib.disconnect()


def iterate_blocking(stream, take):
    for row in stream:
        take(row)


def quotes_blocking(ib):
    counter = Ticks(threading.Event())
    streams = begin(ib)
    take = getattr(counter, common.KIND)
    threads = []
    for stream in streams:
        if common.BY == "handler":
            stream.updateEvent += take
        else:
            threads.append(threading.Thread(target=iterate_blocking, args=(stream, take)))
            threads[-1].start()
    time.sleep(0.1)
    watch = common.Watch()
    ib.reqCurrentTime()
    counter.done.wait()
    watch.report_ticks(counter)
    for stream in streams:
        stream.cancel()
    for thread in threads:
        thread.join()


def run_blocking():
    started = clock()
    ib = IB.connect("127.0.0.1", common.PORT, 1, **BARE)
    seconds = clock() - started
    if common.WHAT == "start":
        print(IMPORTED, seconds)
    elif common.WHAT == "one":
        common.one_by_one(lambda: ib.reqContractDetails(STOCK))
    else:
        quotes_blocking(ib)
    ib.disconnect()


if common.FACE == "blocking":
    run_blocking()
else:
    asyncio.run(run())
