"""One measurement on ib_async; see faces_common.py. FACE: blocking or asyncio."""

import time

began = time.perf_counter()
import ib_async  # noqa: E402 - its import is measured
from ib_async import IB, StartupFetch, Stock  # noqa: E402

IMPORTED = time.perf_counter() - began

import asyncio  # noqa: E402
import sys  # noqa: E402

import faces_common as common  # noqa: E402 - beside this script
from faces_common import BID, SENTINEL, clock  # noqa: E402 - used for each tick

STOCK = Stock("AAPL", "SMART", "USD")


class Tickers(common.Counter):
    """Takes tickers, which have the ticks since the last time."""

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

    def paced(self, ticker):
        """Take each tick and the time that it took."""
        now = clock()
        for tick in ticker.ticks:
            self.count += 1
            if tick.tickType == BID:
                self.latencies.append(now - tick.price)
            elif tick.price == SENTINEL:
                self.end()


async def iterate(ticker, take):
    async for each in ticker.updateEvent:
        take(each)


def begin(ib):
    """The subscriptions."""
    number = common.SUBSCRIPTIONS
    return [ib.reqMktData(Stock(f"S{n}", "SMART", "USD", conId=n + 1)) for n in range(number)]


def unconnected():
    ib = IB()
    ib.client.MaxRequests = 0  # its own pacing of requests is not measured
    return ib


async def run():
    ib = unconnected()
    started = clock()
    await ib.connectAsync("127.0.0.1", common.PORT, 1, fetchFields=StartupFetch(0))
    seconds = clock() - started
    if common.WHAT == "start":
        print(IMPORTED, seconds)
    elif common.WHAT in ("one", "fifty"):
        await common.awaited(lambda: ib.reqContractDetailsAsync(STOCK))
    else:
        await common.rows(Tickers(asyncio.Event()), begin(ib), iterate, ib.reqCurrentTimeAsync)
    ib.disconnect()


def run_blocking():
    ib = unconnected()
    started = clock()
    ib.connect("127.0.0.1", common.PORT, 1, fetchFields=StartupFetch(0))
    seconds = clock() - started
    if common.WHAT == "start":
        print(IMPORTED, seconds)
    elif common.WHAT == "one":
        common.one_by_one(lambda: ib.reqContractDetails(STOCK))
    ib.disconnect()


print(ib_async.__version__, file=sys.stderr)
if common.FACE == "blocking":
    run_blocking()
else:
    asyncio.run(run())
