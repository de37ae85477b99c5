"""All that TWS knows and answers beside the market, the orders and the accounts, put together."""

from __future__ import annotations

from ..account.accounts import Accounts
from ..market.instruments import Instruments
from ..market.market_data import MarketDataService
from ..market.quotes import Market
from ..net.clock import Clock
from ..net.timers import Timers
from ..services import Service
from .advisor import AdvisorService
from .bulletins import BulletinService
from .config import ConfigService, HasOptions
from .contracts import ContractService
from .desktop import DesktopService
from .display_groups import DisplayGroupService
from .files import load
from .fundamentals import FundamentalsService
from .horizon import HorizonService
from .news import NewsService
from .newsroom import Newsroom
from .scanner import ScannerService
from .symbols import SymbolService
from .venues import VenueService
from .wire import NewsWire


class Reference:
    """What scripts reach for has a name, all are in `services`. `world`: whose options they go by."""

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        clock: Clock,
        timers: Timers,
        world: HasOptions,
        accounts: Accounts,
        market_data: MarketDataService,
    ) -> None:
        options = world.options
        seed, folder = options.seed, options.reference_data

        def held() -> list[int]:
            """Contract ids."""
            return [
                con_id
                for account in accounts
                for con_id, position in account.positions.items()
                if position.quantity
            ]

        self.newsroom = Newsroom(instruments, seed, load("news", folder))
        self.wire = NewsWire(instruments, self.newsroom, market_data, timers, clock, seed)
        self.bulletins = BulletinService(clock)
        self.display_groups = DisplayGroupService()
        self.horizon = HorizonService(instruments, clock, seed, held, options.horizon)
        self.services: list[Service] = [
            ContractService(instruments, clock),
            SymbolService(instruments, clock),
            VenueService(instruments, load("exchanges", folder)),
            DesktopService(clock),
            ScannerService(
                instruments,
                market,
                timers,
                clock,
                seed,
                options.scanner_interval,
                load("scanner", folder),
            ),
            NewsService(instruments, self.newsroom, clock),
            FundamentalsService(instruments, market, clock, seed),
            AdvisorService(accounts),
            ConfigService(world, load("config", folder)),
            self.bulletins,
            self.display_groups,
            self.horizon,
        ]
