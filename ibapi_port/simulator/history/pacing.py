"""Too many requests for history: TWS counts those of all clients together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable

from .requests import historical_error

OFF, SMALL, ALL = (
    "off",
    "small",
    "all",
)  # the option: nothing, ticks and bars of 30 seconds and less, or every request is counted
_SMALL_BARS = 30  # seconds
_MOST, _WINDOW = 60, 600.0  # requests in seconds
_SAME = 15.0  # seconds between two requests that ask the same
_BURST, _BURST_WINDOW = (
    6,
    2.0,
)  # as many requests for the same data of the same contract in seconds are too many


class Pacing:
    """Refuses, if the option says so, what comes too fast."""

    def __init__(self, which: str, now: Callable[[], float]) -> None:
        self._which = which
        self._now = now
        self._requests: deque[tuple[float, Hashable, Hashable]] = deque()

    def count(self, bar: int, source: Hashable, wanted: Hashable, twice: bool = False) -> None:
        """A request for bars of `bar` seconds (0: ticks) of a `source` (contract, exchange and series). Refusal 162: it is one too many.

        `twice`: for bids and asks, which are two requests.
        """
        if self._which == OFF or (self._which == SMALL and bar > _SMALL_BARS):
            return
        now, requests = self._now(), self._requests
        while requests and requests[0][0] <= now - _WINDOW:
            requests.popleft()
        same = any(each == wanted and when > now - _SAME for when, _, each in requests)
        burst = sum(of == source and when > now - _BURST_WINDOW for when, of, _ in requests)
        weight = 2 if twice else 1
        if same or burst + 1 >= _BURST or len(requests) + weight > _MOST:
            raise historical_error("Historical data request pacing violation")
        requests.extend([(now, source, wanted)] * weight)
