"""Everything of the simulated TWS but its network: clock, market, account, orders, and the services that answer requests."""

from __future__ import annotations

from collections.abc import Callable

from .account.ledger import Account
from .account.profit import ProfitService
from .account.updates import AccountService
from .clock import Clock, Timers
from .market.history import History, HistoryService
from .market.instruments import Instruments
from .market.market_data import MarketDataService
from .market.permissions import Permissions, market_data_lines
from .market.quotes import Market
from .market.real_time_bars import RealTimeBarService
from .options import Options
from .peer import Handler, Peer, Roster, Service, Values
from .reference.bulletins import BulletinService
from .reference.contracts import ReferenceService
from .trading.orders import LiveOrder, OrderBook
from .trading.reports import OrderReports
from .trading.requests import OrderService

_FARMS = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefil"),
)

Watcher = Callable[[Peer, str, Values], None]


class World:
    """What outlives connections, and the server's stops and starts. To be touched from the server's thread only."""

    def __init__(self, clock: Clock, options: Options) -> None:
        self.clock, self.options = clock, options
        self.timers = Timers(clock)
        self.roster = Roster()
        self.instruments = Instruments(clock.now, options.instruments or None, options.market_hours)
        self.market = Market(self.instruments, options.seed, clock.now)
        self.permissions = Permissions(options.not_subscribed, options.delayed_data)
        lines = market_data_lines(options.market_data_lines)
        self.account = Account(options.account, options.cash, self.instruments, self.market)
        reports = OrderReports(self.roster, self.market, self.account, self._after_trade)
        # Who listens to the market first is told first: clients see a price before what it does to their orders.
        self.market_data = market_data = MarketDataService(self.instruments, self.market, self.timers, self.permissions, lines)
        bars = RealTimeBarService(self.instruments, self.market, self.timers, options.bar_interval)
        history = HistoryService(self.instruments, self.market, History(self.market, clock, options.seed), clock)
        self.book = OrderBook(self.market, self.account, reports, clock.now)
        self._accounts = AccountService(self.account, self.market, clock)
        self._orders = OrderService(self.instruments, self.book, reports)
        profits = ProfitService(self.instruments, self.account, self.timers)
        reference = ReferenceService(self.instruments, clock)
        self.bulletins = BulletinService()
        self._services: list[Service] = [market_data, bars, history, self._orders, self._accounts, profits, reference, self.bulletins]
        self.handlers: dict[str, Handler] = {name: handler for service in self._services for name, handler in service.handlers().items()}
        self._watchers: list[Watcher] = []
        self.timers.every(options.tick_interval, self.market.tick)

    def watch(self, told: Watcher) -> None:
        """Tell of every request from now on that is going to be answered, before it is."""
        self._watchers.append(told)
        self.handlers = {name: _watched(name, handler, told) for name, handler in self.handlers.items()}

    def join(self, peer: Peer) -> bool:
        """A client has said its id; False if that id is in use. What TWS sends first goes out."""
        if not self.roster.join(peer):
            return False
        for told in self._watchers:
            told(peer, "startApi", {"clientId": peer.client_id})
        self._accounts.greet(peer)
        self._orders.greet(peer)
        for code, text in _FARMS:
            peer.error(-1, code, text)
        return True

    def leave(self, peer: Peer) -> None:
        """The client has gone."""
        self.roster.leave(peer)
        for service in self._services:
            service.forget(peer)

    def _after_trade(self, live: LiveOrder) -> None:
        self._accounts.after_trade(live.instrument.con_id)


def _watched(name: str, handler: Handler, told: Watcher) -> Handler:
    def answer(peer: Peer, values: Values) -> None:
        told(peer, name, values)
        handler(peer, values)

    return answer
