"""Which requests for history are let in, and those that wait for their answer."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ..._printable import PrintableLog
from ..errors import Refusal
from ..market.listings.instrument import Instrument
from ..net.timers import Timer, Timers
from ..services import ClientSession, Handler, Key, SubscriptionTable, Values
from ..times import ZONE_WARNING, lacks_zone
from .requests import historical_error

# the option: nothing, ticks and bars of 30 seconds and less, or every request is counted
OFF, SMALL, ALL = ("off", "small", "all")
_SMALL_BARS = 30  # seconds
_MAX_REQUESTS, _WINDOW = 60, 600.0  # requests in seconds
_FREE = ("CASH", "CRYPTO")  # kinds whose data everybody has
_SAME = 15.0  # seconds between two requests that ask the same
# as many requests for the same data of the same contract in seconds are too many
_BURST, _BURST_WINDOW = (6, 2.0)


DUPLICATE = "Error processing request. Duplicate ticker id"


@dataclass(frozen=True)
class HistoryRules:
    """What requests for history have to comply with. `strict`: about their times; `sees`: whether
    the user has subscribed to an instrument's data, None where history needs none; `delay`: seconds
    of the clock that an answer takes.
    """

    delay: float
    strict: bool
    sees: Callable[[Instrument], bool] | None

    def warn(self, client: ClientSession, req_id: int, *times: str) -> None:
        """Send the warning that a time lacks its zone."""
        if self.strict and any(map(lacks_zone, times)):
            client.error(req_id, 2174, ZONE_WARNING)

    def require(self, instrument: Instrument) -> None:
        """Check that the user may have the data. Refusal 162: he may not."""
        if self.sees is None or instrument.sec_type in _FREE or self.sees(instrument):
            return
        raise historical_error(
            f"No market data permissions for {instrument.venue} {instrument.sec_type}"
        )


class Pacing:
    """Refuses requests for history that come too fast, if the option asks for it."""

    def __init__(self, which: str, now: Callable[[], float]) -> None:
        self._which = which
        self._now = now
        self._requests: deque[tuple[float, Hashable, Hashable]] = deque()

    def count(self, bar: int, source: Hashable, wanted: Hashable, twice: bool = False) -> None:
        """Count a request for bars of `bar` seconds (0: ticks) of a `source` (contract, exchange
        and series). Refusal 162: it is one too many.

        `twice`: it is for bids and asks, which are two requests.
        """
        if self._which == OFF or (self._which == SMALL and bar > _SMALL_BARS):
            return
        now, requests = self._now(), self._requests
        while requests and requests[0][0] <= now - _WINDOW:
            requests.popleft()
        same = any(each == wanted and when > now - _SAME for when, _, each in requests)
        burst = sum(of == source and when > now - _BURST_WINDOW for when, of, _ in requests)
        weight = 2 if twice else 1
        if same or burst + 1 >= _BURST or len(requests) + weight > _MAX_REQUESTS:
            raise historical_error("Historical data request pacing violation")
        requests.extend([(now, source, wanted)] * weight)


_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class Pending:
    """Requests that have not been answered yet. `delay`: seconds of the clock that an answer takes;
    0: each is answered at once.
    """

    def __init__(self, timers: Timers, delay: float) -> None:
        self._timers = timers
        self._delay = delay
        self.table = SubscriptionTable[Timer](lambda timer: timer.cancel())

    def __contains__(self, key: Key) -> bool:
        return key in self.table

    def count(self, client: ClientSession) -> int:
        """Return how many requests of a client wait."""
        return self.table.count(client)

    def answer(self, key: Key, action: Callable[[], None]) -> None:
        """Do it now or later. A Refusal comes through now, and is sent then."""
        if not self._delay:
            action()
            return

        def act() -> None:
            del self.table[key]
            try:
                action()
            except Refusal as e:
                key[0].error(key[1], e.code, e.text)
            except Exception as e:  # a bug of ours: the client learns of it
                _log.exception("the simulated TWS failed at a request that waited")
                key[0].error(
                    key[1], 322, f"Error processing request. - cause - {type(e).__name__}: {e}"
                )

        self.table[key] = self._timers.call_later(self._delay, act)

    def cancel(self, key: Key) -> bool:
        """Cancel a request that waits. Return False if there was none."""
        return self.table.end(key)

    def cancel_handler(self, name: str) -> Handler:
        """Answers the request that cancels, whose id is called `name`. Where nothing waits, nothing
        is said.
        """

        def drop(client: ClientSession, values: Values) -> None:
            self.cancel((client, values[name]))

        return drop
