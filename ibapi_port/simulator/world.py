"""Everything of the simulated TWS but its network: clock, market, accounts, orders, and the
services that answer requests.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .account.accounts import Accounts
from .account.ledger import Account
from .account.services import AccountServices
from .farms import Farms
from .history.records import History
from .market.feeds.feeds import Feeds
from .market.instruments import Instruments
from .market.quotes.market import Market
from .net.clock import Clock
from .net.timers import Timers
from .options import Options
from .reference.services import Reference
from .services import ClientRegistry, ClientSession, Handler, Service, Values
from .trading.lifecycle.executions import Executions
from .trading.lifecycle.order_book import OrderBook
from .trading.services import Trading

Watcher = Callable[[ClientSession, str, Values], None]


class World:
    """Everything that outlives connections, and the server's stops and starts. Only the server's
    thread may touch it.
    """

    def __init__(self, clock: Clock, options: Options) -> None:
        self.clock = clock
        self.options = options
        self.timers = Timers(clock)
        self.registry = ClientRegistry()
        self.instruments = Instruments(
            clock.now, options.instruments or None, options.market_hours, options.all_listings
        )
        self.market = Market(self.instruments, options.seed, clock.now)
        self._bank = AccountServices(self.instruments, self.market, self.timers, options)
        # The order counts: the market calls its listeners in the order in which they came. History
        # records a price first, then clients are sent it, and then it fills their orders.
        self.history = History(
            self.instruments,
            self.market,
            self.timers,
            options,
            lambda instrument: self.feeds.permissions.sees(instrument),
        )
        self.feeds = Feeds(
            self.instruments,
            self.market,
            self.timers,
            options,
            self.history.send_latest,
            self.history.quote_at,
        )
        self._trading = Trading(
            self.instruments,
            self.market,
            self._bank,
            self.registry,
            self.timers,
            options,
            lambda: self.farms.connected,
        )
        self.reference = Reference(
            self.instruments, self.market, self.timers, self, self.accounts, self.feeds.market_data
        )
        self.farms = Farms(
            self.notify_all, options.gateway, self.feeds.come_back, self._trading.line_is_back
        )
        self._services: list[Service] = [
            *self.feeds.services,
            *self.history.services,
            *self.reference.services,
            self._trading.orders,
            *self._bank.services,
        ]
        self.handlers: dict[str, Handler] = {}
        for service in self._services:
            self.handlers.update(service.handlers())
        # Called with every request before it is answered; `client_id` is -1 before startApi.
        self.watchers: list[Watcher] = []
        self.timers.every(options.tick_interval, self.market.tick)

    @property
    def accounts(self) -> Accounts:
        """Return all accounts."""
        return self._bank.accounts

    @property
    def account(self) -> Account:
        """Return the account that is meant where none is named."""
        return self.accounts.default

    @property
    def book(self) -> OrderBook:
        """Return all orders."""
        return self._trading.book

    @property
    def executions(self) -> Executions:
        """Return all executions."""
        return self._trading.executions

    def join(self, client: ClientSession) -> bool:
        """Let in a client that has said its id, and send what TWS sends first. Return False if the
        id is in use.
        """
        if not self.registry.join(client):
            return False
        self._bank.greet(client)
        self._trading.orders.greet(client)
        for code, text in self.farms.greeting():
            client.error(-1, code, text)
        return True

    def leave(self, client: ClientSession) -> None:
        """Take out a client that has gone."""
        self.registry.leave(client)
        for service in self._services:
            service.on_disconnect(client)

    def notify_all(self, code: int, text: str) -> None:
        """Send all clients an error that is about no request."""
        for client in self.registry:
            client.error(-1, code, text)

    # Old names of what programs may use by `SimulatedTws.call`: deprecated.
    tell = notify_all

    @property
    def roster(self) -> ClientRegistry:
        """Return `registry`; an old name, deprecated."""
        return self.registry

    def lose_subscriptions(self) -> None:
        """End what all clients have subscribed to, as if they had been away."""
        for client in self.registry:
            for service in self._services:
                service.on_disconnect(client)

    def correct(self, exec_id: str, price: Decimal) -> str:
        """Correct the price of an execution, as an exchange does. Return the new execution's id.

        KeyError: there is no such execution.
        """
        return self._trading.correct(exec_id, price)
