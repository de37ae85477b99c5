"""The services that answer about everything beside the market and the account, and the files that
they read.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from ..account.accounts import Accounts
from ..market.feeds.market_data import MarketDataService
from ..market.instruments import Instruments
from ..market.quotes.market import Market
from ..net.timers import Timers
from ..services import Service
from .advisor import AdvisorService
from .config import ConfigService, HasOptions
from .desktop import DesktopService
from .display_groups import DisplayGroupService
from .fundamentals import FundamentalsService
from .horizon import HorizonService
from .news import BulletinService, NewsService
from .newsroom import Newsroom
from .scanner import ScannerService
from .symbols import ContractService, SymbolService
from .venues import VenueService
from .wire import NewsWire


def load(name: str, folder: str = "") -> Any:
    """Return the content of `name`.json of the folder if it has one, else of the built-in one.
    ValueError: it is no JSON, or there is no such folder.
    """
    if folder and not Path(folder).is_dir():
        raise ValueError(f"reference_data: there is no folder {folder!r}")
    own = Path(folder) / f"{name}.json" if folder else None
    if own is not None and own.is_file():
        text = own.read_text(encoding="utf-8")
    else:
        text = (
            resources.files(__package__).joinpath(f"data/{name}.json").read_text(encoding="utf-8")
        )
    try:
        return json.loads(text)
    except ValueError as e:
        raise ValueError(f"{own}: {e}") from None


class Reference:
    """All these services. Those that scripts use are attributes; all are in `services`. `world`:
    its options apply.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        timers: Timers,
        world: HasOptions,
        accounts: Accounts,
        market_data: MarketDataService,
    ) -> None:
        options = world.options
        clock = timers.clock
        seed, folder = options.seed, options.reference_data

        def held() -> list[int]:
            """Return the contract ids that the accounts hold."""
            return [
                con_id
                for account in accounts
                for con_id, position in account.positions.items()
                if position.quantity
            ]

        self.newsroom = Newsroom(instruments, seed, load("news", folder))
        market_data.news_providers = self.newsroom.providers
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
