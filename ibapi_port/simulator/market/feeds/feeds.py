"""All feeds of the market together."""

from __future__ import annotations

from ...net.timers import Timers
from ...options import FeedOptions
from ...services import Service
from ..instruments import Instruments
from ..quotes.market import Market
from .depth import DepthService, depth_lines
from .feed import QuoteAt
from .market_data import MarketDataService
from .option_ticks import OptionRequestService
from .permissions import Permissions, market_data_lines
from .real_time_bars import RealTimeBarService
from .tick_by_tick import Past, TickByTickService, tick_by_tick_lines


class Feeds:
    """All services that bring the market to clients. `past` sends ticks from before a request for
    tick-by-tick data; `quote_at` gives the quote of a moment that has passed.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        timers: Timers,
        options: FeedOptions,
        past: Past | None = None,
        quote_at: QuoteAt | None = None,
    ) -> None:
        self.permissions = permissions = Permissions(options.not_subscribed, options.delayed_data)
        lines = market_data_lines(options.market_data_lines)
        depth = depth_lines(options.market_depth_limit)
        every_tick = tick_by_tick_lines(options.tick_by_tick_limit)
        self.market_data = MarketDataService(
            instruments, market, timers, permissions, lines, options, quote_at
        )
        self.depth = DepthService(instruments, market, permissions, depth, options.depth_notice)
        self.services: list[Service] = [
            self.market_data,
            self.depth,
            RealTimeBarService(
                instruments, market, timers, options.bar_interval, permissions, lines
            ),
            TickByTickService(instruments, market, permissions, every_tick, past),
            OptionRequestService(instruments, timers.clock),
        ]

    def come_back(self) -> None:
        """Send clients what they have missed while market data were away."""
        self.market_data.repeat()
        self.depth.reset_all()
