"""As client.py, on ib_async's client: `async_client.py WHAT PORT`. Its wrapper is one of our own,
as light as the others'.
"""

import asyncio
import sys
import time

import ib_async

WHAT, PORT = sys.argv[1], int(sys.argv[2])
SENTINEL = 1_999_999_999
CALLS = 3000


class Wrapper:
    def __init__(self):
        self.latencies = []
        self.marks = []
        self.done = asyncio.Event()

    def __getattr__(self, name):
        if name.startswith("_") or name in ("tcpDataArrived", "tcpDataProcessed", "priceSizeTick"):
            raise AttributeError(name)
        return lambda *args: None

    def tickSize(self, reqId, tickType, size):
        pass

    def priceSizeTick(self, reqId, tickType, price, size):
        pass

    def tickString(self, reqId, tickType, value):
        if WHAT == "latency":
            self.latencies.append(time.perf_counter() - float(value))

    def tickGeneric(self, reqId, tickType, value):
        pass

    def currentTime(self, now):
        if WHAT == "steady":
            self.marks.append(time.process_time())
            if len(self.marks) == 1:  # what was measured before it warms up
                return
        if WHAT == "roundtrip":
            self.latencies.append(time.perf_counter() - self.started)
            if len(self.latencies) < CALLS:
                self.started = time.perf_counter()
                self.client.reqCurrentTime()
                return
        self.seconds = time.perf_counter() - self.started
        self.done.set()


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


async def main():
    wrapper = Wrapper()
    wrapper.client = client = ib_async.Client(wrapper)
    client.MaxRequests = 0  # its own pacing of requests is not measured
    await client.connectAsync("127.0.0.1", PORT, 1)
    wrapper.started = time.perf_counter()
    client.reqCurrentTime()
    await wrapper.done.wait()
    if WHAT == "burst":
        print(wrapper.seconds, 0)
    elif WHAT == "steady":
        print(wrapper.marks[1] - wrapper.marks[0])
    else:
        values = wrapper.latencies[len(wrapper.latencies) // 10 :]
        print(percentile(values, 0.5), percentile(values, 0.99))


asyncio.run(main())
