"""What the measurements of faces.py on either package share; each runs in an interpreter of its own.

usage of both: SCRIPT FACE WHAT PORT FRAMES, with FACE blocking or asyncio. They print numbers.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

FACE, WHAT, PORT, FRAMES = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
SUBSCRIPTIONS = 10
SENTINEL = 999_999.0
BID = 1
CALLS = 1000
TOGETHER = 50
WARM_UP = 50
KIND, _, BY = WHAT.partition("-")
clock = time.perf_counter


class Counter:
    """What the functions hand their ticks to. `done` is set when each subscription has had its last
    one.
    """

    def __init__(self, done: Any) -> None:
        self.latencies: list[float] = []
        self.count = 0
        self.open = SUBSCRIPTIONS
        self.done = done

    def end(self) -> None:
        self.open -= 1
        if not self.open:
            self.done.set()


class Watch:
    """The time, and the processor's, from now on."""

    def __init__(self) -> None:
        self._used = time.process_time()
        self._began = clock()

    def report_calls(self) -> None:
        seconds = clock() - self._began
        print(CALLS / seconds, (time.process_time() - self._used) / CALLS)

    def report_ticks(self, counter: Counter) -> None:
        seconds = clock() - self._began
        used = time.process_time() - self._used
        if KIND == "paced":
            values = sorted(counter.latencies)
            assert len(values) == FRAMES, f"{len(values)} of {FRAMES} ticks"
            print(values[len(values) // 2], values[int(len(values) * 0.99)], used / FRAMES)
        else:
            print(FRAMES / seconds, used / FRAMES)
            assert KIND == "newest" or counter.count >= FRAMES, f"{counter.count} ticks"


async def rows(
    counter: Counter,
    streams: Sequence[Any],
    iterate: Callable[[Any, Callable[[Any], None]], Coroutine[Any, Any, None]],
    ask: Callable[[], Awaitable[object]],
) -> None:
    """Measure the rows of streams, by handlers or iterated over; the answer to `ask` begins them."""
    import asyncio  # here: the import of what is measured has it

    take = getattr(counter, KIND)
    tasks = []
    for stream in streams:
        if BY == "handler":
            stream.updateEvent += take
        else:
            tasks.append(asyncio.create_task(iterate(stream, take)))
    await asyncio.sleep(0.1)
    watch = Watch()
    await ask()
    await counter.done.wait()
    watch.report_ticks(counter)
    for task in tasks:
        task.cancel()


def one_by_one(details: Callable[[], list[Any]]) -> None:
    """Measure a blocking request."""
    for _ in range(WARM_UP):
        details()
    watch = Watch()
    for _ in range(CALLS):
        assert len(details()) == 1
    watch.report_calls()


async def awaited(details: Callable[[], Awaitable[list[Any]]]) -> None:
    """Measure an awaited request, one at a time or several at once."""
    import asyncio  # here: the import of what is measured has it

    if WHAT == "one":
        for _ in range(WARM_UP):
            await details()
    watch = Watch()
    if WHAT == "one":
        for _ in range(CALLS):
            assert len(await details()) == 1
    else:
        for _ in range(CALLS // TOGETHER):
            asked = [details() for _ in range(TOGETHER)]
            assert sum(map(len, await asyncio.gather(*asked))) == TOGETHER
    watch.report_calls()
