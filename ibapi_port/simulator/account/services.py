"""The accounts and the services that answer with them, put together."""

from __future__ import annotations

from ..market.instruments import Instruments
from ..market.quotes.market import Market
from ..net.timers import Timers
from ..options import AccountOptions
from ..services import ClientSession, Service
from .accounts import Accounts
from .interest import Interest
from .ledger import Account, Position
from .margins import Margins
from .money import Rates
from .positions import PositionService
from .profit import ProfitService
from .updates import AccountService


class AccountServices:
    """All accounts, their margins, and what clients are sent about them."""

    def __init__(
        self, instruments: Instruments, market: Market, timers: Timers, options: AccountOptions
    ) -> None:
        rates = Rates(instruments.all, market)
        codes = [code.strip() for code in options.account.split(",") if code.strip()]
        if not codes:
            raise ValueError("account must name at least one account")
        if not rates.known(options.base_currency, "USD"):
            raise ValueError(f"base_currency: no currency pair leads to {options.base_currency!r}")
        self.accounts = Accounts(
            [Account(code, options.cash, rates, market, options.base_currency) for code in codes]
        )
        now = timers.clock.now if options.pattern_day_trader else None
        self.margins = Margins(instruments, market, now)
        self.interest = Interest(options)
        self._values = AccountService(self.accounts, self.margins, timers, options.gateway_values)
        self._positions = PositionService(self.accounts, options.gateway_values)
        self.services: list[Service] = [
            self._values,
            self._positions,
            ProfitService(instruments, self.accounts, timers, options.gateway_values),
        ]

    def greet(self, client: ClientSession) -> None:
        """Send a client that has connected which accounts there are."""
        self._values.greet(client)

    def after_trade(self, account: Account, position: Position) -> None:
        """Send subscribers what a trade has changed."""
        self._positions.after_trade(account, position)
        self._values.after_trade(account, position)
