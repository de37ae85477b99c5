"""Everything historical of a world: the past, and the services that answer with it."""

from __future__ import annotations

from collections.abc import Mapping

from ..market.instruments import Instrument, Instruments
from ..market.quotes.market import Market
from ..net.timers import Timers
from ..options import HistoryOptions
from ..services import ClientSession, Service
from .admission import Pacing
from .bars import Bars
from .events import Source
from .overview import OverviewService
from .past import Past
from .series import Courses
from .service import HistoryService
from .ticks import NAMES, Ticks, TickService, tick_messages

_KINDS = {"Last": "TRADES", "AllLast": "TRADES", "BidAsk": "BID_ASK", "MidPoint": "MIDPOINT"}


class History:
    """The past and its services. It records from its making on, so it has to be made before the
    market's first tick.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        timers: Timers,
        options: HistoryOptions,
        sources: Mapping[int, Source] | None = None,
        invents: bool = True,
    ) -> None:
        self.past = Past(instruments, market, timers.clock, options.seed, sources, invents)
        self.bars = Bars(self.past, Courses(self.past, options.seed))
        self.ticks = Ticks(self.past, options.seed)
        pacing, delay = Pacing(options.history_pacing, timers.clock.now), options.history_delay
        self.services: list[Service] = [
            HistoryService(instruments, self.past, self.bars, pacing, timers, delay),
            TickService(instruments, self.past, self.ticks, pacing, timers, delay),
            OverviewService(instruments, self.past, timers, delay),
        ]

    def send_latest(
        self,
        client: ClientSession,
        req_id: int,
        instrument: Instrument,
        kind: str,
        count: int,
        ignore_size: bool,
    ) -> None:
        """Send the last ticks of a kind (IB's tick-by-tick type), with which a request for
        tick-by-tick data can begin.
        """
        wanted = _KINDS[kind]
        events = self.ticks.backward(instrument, False, self.past.now(instrument), wanted, count)[
            -count:
        ]
        client.send(
            NAMES[wanted],
            reqId=req_id,
            ticks=tick_messages(instrument, events, wanted, ignore_size),
            done=True,
        )
