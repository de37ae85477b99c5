"""Everything historical of a world: the past, and the services that tell of it."""

from __future__ import annotations

from ..clock import Timers
from ..market.instruments import Instruments
from ..market.quotes import Market
from ..options import Options
from ..peer import Service
from .bars import Bars
from .overview import OverviewService
from .pacing import Pacing
from .past import Past
from .series import Courses
from .service import HistoryService
from .ticks import Ticks, TickService


class History:
    """To be made before the market's first tick: it records from then on."""

    def __init__(self, instruments: Instruments, market: Market, timers: Timers, options: Options) -> None:
        self.past = Past(instruments, market, timers.clock, options.seed)
        self.bars = Bars(self.past, Courses(self.past, options.seed))
        self.ticks = Ticks(self.past, options.seed)
        pacing, delay = Pacing(options.history_pacing, timers.clock.now), options.history_delay
        self.services: list[Service] = [
            HistoryService(instruments, self.past, self.bars, pacing, timers, delay),
            TickService(instruments, self.past, self.ticks, pacing, timers, delay),
            OverviewService(instruments, self.past, timers, delay),
        ]
