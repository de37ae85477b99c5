"""Everything of the simulated TWS but its network: clock, market, accounts, orders, and the
services that answer requests.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from .account.accounts import Accounts
from .account.ledger import Account
from .account.services import AccountServices
from .errors import BadValue
from .event_log import EventLog, brief
from .farms import Farms
from .history.days import Days
from .history.records import History
from .market.feeds.feeds import Feeds
from .market.instruments import Instruments
from .market.listings.hours import EXCHANGE
from .market.quotes.market import Market
from .net.clock import Clock
from .net.timers import Timers
from .options import Options
from .recorded.player import Player
from .recorded.recordings import Recordings
from .reference.services import Reference
from .services import ClientRegistry, ClientSession, Handler, Service, Values
from .trading.corporate_actions import CorporateActions
from .trading.lifecycle.executions import Executions
from .trading.lifecycle.order_book import OrderBook
from .trading.live import LiveOrder
from .trading.services import Trading

NEXT = ("event", "timer", "trade", "quote", "bar", "order")  # what may be waited for
MOST = Decimal(10) ** 9  # of a price
Watcher = Callable[[ClientSession, str, Values], None]


class World:
    """Everything that outlives connections, and the server's stops and starts. Only the server's
    thread may touch it.
    """

    def __init__(
        self, clock: Clock, options: Options, recordings: Recordings | None = None
    ) -> None:
        """`recordings`: the user's own data, if they have been read already."""
        self.clock = clock
        self.options = options
        self.timers = Timers(clock)
        self.log = EventLog(clock)
        self.registry = ClientRegistry()
        recordings = Recordings(options) if recordings is None else recordings
        self.instruments = Instruments(
            clock.now,
            options.instruments or None,
            EXCHANGE if recordings else options.market_hours,
            options.all_listings,
        )
        for text in options.instrument:
            self._list(text)
        courses = recordings.courses(self.instruments, Days(self.instruments), clock.now)
        recordings.begin(clock, courses)
        self.market = Market(self.instruments, options.seed, clock.now)
        if options.price_limits:
            self.market.limit(options.price_limits, self.timers.call_later)
        # the symbols of the user's data, in the order of the files
        self.own_symbols = [course.instrument.symbol for course in courses]
        self.player = Player(courses, self.instruments, self.market, self.timers)
        self.player.start()
        self._bank = AccountServices(self.instruments, self.market, self.timers, options)
        # The order counts: the market calls its listeners in the order in which they came. History
        # records a price first, then clients are sent it, and then it fills their orders.
        sources = {course.instrument.con_id: course for course in courses}
        still = bool(courses) and options.others == "still"
        self.history = History(
            self.instruments,
            self.market,
            self.timers,
            options,
            sources,
            invents=not still,
            sees=lambda instrument: self.feeds.permissions.sees(instrument),
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
        self._actions = CorporateActions(
            [(each.instrument, action) for each in courses for action in each.adjustments.actions],
            self.accounts,
            self._bank,
            self.book,
            self.market,
            self.timers,
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
        self._trading.watch.listen(self._note_order)
        # Called with every request before it is answered; `client_id` is -1 before startApi.
        self.watchers: list[Watcher] = []
        if still:
            self._watch_hours({course.instrument.hours for course in courses})
        else:
            self.timers.every(options.tick_interval, self.market.tick)

    def _list(self, text: str) -> None:
        """List a further stock: "PLTR", or with its price "GE=170"."""
        symbol, sign, price = (part.strip() for part in text.partition("="))
        try:
            value = Decimal(price) if sign else None
        except ArithmeticError:
            value = Decimal(-1)
        if value is not None and not 0 < value < MOST:
            raise BadValue("instrument", f"must be like PLTR or GE=170, not {text!r}")
        self.instruments.add_stock(symbol, value)

    def happened(self, what: str) -> int:
        """Return how much of it has happened so far. `what`: one of NEXT."""
        counts = {**self.player.counts, "order": self._trading.watch.count}
        return sum(counts.values()) if what in ("event", "timer") else counts[what]

    def _watch_hours(self, names: set[str]) -> None:
        """Open and close the markets of these schedules, each at its time: no tick does it."""
        self.market.stand_still(names)
        hours = self.instruments.hours

        def look() -> None:
            self.market.look()
            now = self.clock.now()
            following = min(hours.next_change_of(name, now) for name in names)
            if following < math.inf:
                self.timers.call_at(following, look)

        look()

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

    def _note_order(self, live: LiveOrder, text: str) -> None:
        order = live.order
        self.log.note(
            "order",
            f"client {order.clientId} order {order.orderId}: {live.status} {order.action} "
            f"{order.totalQuantity} {live.instrument.local_symbol}, {live.filled} filled"
            + (f" - {text}" if text else ""),
        )

    def note_request(self, client: ClientSession, name: str, values: Values) -> None:
        """Let the log know of a request."""
        if self.log.on:
            self.log.note("request", f"client {client.client_id} {name} {brief(values)}")

    def join(self, client: ClientSession) -> bool:
        """Let in a client that has said its id, and send what TWS sends first. Return False if the
        id is in use.
        """
        if not self.registry.join(client):
            return False
        self.log.note("client", f"client {client.client_id} connected")
        self._bank.greet(client)
        self._trading.orders.greet(client)
        for code, text in self.farms.greeting():
            client.error(-1, code, text)
        return True

    def leave(self, client: ClientSession) -> None:
        """Take out a client that has gone."""
        if client.client_id >= 0:
            self.log.note("client", f"client {client.client_id} is gone")
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
