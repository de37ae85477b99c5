"""Everything of the simulated TWS but its network: clock, market, account, orders, and the services that answer requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal

from .account.accounts import Accounts
from .account.ledger import Account, Position
from .account.margins import Margins
from .account.money import Rates
from .account.positions import PositionService
from .account.profit import ProfitService
from .account.updates import AccountService
from .farms import Farms
from .history.records import History
from .market.feeds.feeds import Feeds
from .market.instruments import Instruments
from .market.quotes.market import Market
from .net.clock import Clock
from .net.timers import Timers
from .options import Options
from .reference.services import Reference
from .services import Handler, Peer, Roster, Service, Values
from .trading.knobs import Knobs
from .trading.lifecycle.clearing import Clearing
from .trading.lifecycle.executions import Executions
from .trading.lifecycle.order_book import OrderBook
from .trading.reports import OrderReports
from .trading.requests import OrderService
from .trading.validation.buying_power import Credit

Watcher = Callable[[Peer, str, Values], None]


class World:
    """What outlives connections, and the server's stops and starts. To be touched from the server's thread only."""

    def __init__(self, clock: Clock, options: Options) -> None:
        self.clock = clock
        self.options = options
        self.timers = Timers(clock)
        self.roster = Roster()
        self.farms = Farms(self.tell, options.gateway)
        self.instruments = Instruments(clock.now, options.instruments or None, options.market_hours)
        self.market = Market(self.instruments, options.seed, clock.now)
        rates = Rates(self.instruments.all, self.market)
        codes = [code.strip() for code in options.account.split(",") if code.strip()]
        if not codes:
            raise ValueError("account must name at least one account")
        if not rates.known(options.base_currency, "USD"):
            raise ValueError(f"base_currency: no currency pair leads to {options.base_currency!r}")
        self.accounts = Accounts(
            [
                Account(code, options.cash, rates, self.market, options.base_currency)
                for code in codes
            ]
        )
        self.account = self.accounts.default
        margins = Margins(self.instruments, self.market)
        knobs = Knobs(
            **{each.name: getattr(options, each.name) for each in dataclasses.fields(Knobs)}
        )
        reports = OrderReports(
            self.roster,
            Credit(self.market, margins),
            self.timers,
            knobs,
            options.master_client_id,
            self._after_trade,
        )
        # Who listens to the market first is told first: clients see a price before what it does to their orders.
        self.farms.on_market_back = lambda: self.feeds.come_back()
        self.history = History(self.instruments, self.market, self.timers, options)
        self.feeds = Feeds(
            self.instruments, self.market, self.timers, options, self.history.tell_latest
        )
        self.executions = Executions(self.market, clock.now)
        self.book = OrderBook(
            self.market,
            self.instruments,
            self.accounts,
            margins,
            self.executions,
            reports,
            self.timers,
            knobs,
        )
        self.clearing = Clearing(
            self.instruments,
            self.market,
            self.accounts,
            self.book,
            self.executions,
            self.timers,
            reports.cleared,
        )
        self._accounts = AccountService(self.accounts, margins, self.timers, clock)
        self._positions = PositionService(self.accounts)
        self._orders = OrderService(
            self.instruments, self.book, self.executions, self.clearing, reports, clock
        )
        self._reports = reports
        profits = ProfitService(self.instruments, self.accounts, self.timers)
        self.reference = Reference(
            self.instruments,
            self.market,
            clock,
            self.timers,
            self,
            self.accounts,
            self.feeds.market_data,
        )
        asked: list[Service] = [
            *self.feeds.services,
            *self.history.services,
            *self.reference.services,
        ]
        self._services: list[Service] = [
            *asked,
            self._orders,
            self._accounts,
            self._positions,
            profits,
        ]
        self.handlers: dict[str, Handler] = {
            name: handler
            for service in self._services
            for name, handler in service.handlers().items()
        }
        self.watchers: list[
            Watcher
        ] = []  # are told of every request before it is looked at; `client_id` is -1 before startApi
        self.timers.every(options.tick_interval, self.market.tick)

    def join(self, peer: Peer) -> bool:
        """A client has said its id; False if that id is in use. What TWS sends first goes out."""
        if not self.roster.join(peer):
            return False
        self._accounts.greet(peer)
        self._orders.greet(peer)
        for code, text in self.farms.greeting():
            peer.error(-1, code, text)
        return True

    def leave(self, peer: Peer) -> None:
        """The client has gone."""
        self.roster.leave(peer)
        for service in self._services:
            service.forget(peer)

    def tell(self, code: int, text: str) -> None:
        """Tell all clients something that is about no request."""
        for peer in self.roster:
            peer.error(-1, code, text)

    def lose_subscriptions(self) -> None:
        """As if all clients had been away."""
        for peer in self.roster:
            for service in self._services:
                service.forget(peer)

    def correct(self, exec_id: str, price: Decimal) -> str:
        """An exchange corrects the price of an execution; the new execution's id. KeyError: there is no such execution."""
        fill = self.executions.correct(exec_id, price)
        self._reports.cleared(fill)
        return fill.execution.execId

    def _after_trade(self, account: Account, position: Position) -> None:
        self._positions.after_trade(account, position)
        self._accounts.after_trade(account, position)
