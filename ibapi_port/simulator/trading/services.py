"""Everything about orders, put together."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ..account.services import AccountServices
from ..market.instruments import Instruments
from ..market.quotes.market import Market
from ..net.timers import Timers
from ..options import BrokerBehaviour
from ..services import ClientRegistry
from .lifecycle.clearing import Clearing
from .lifecycle.environment import OrderEnvironment
from .lifecycle.executions import Executions
from .lifecycle.order_book import OrderBook
from .order_watch import OrderWatch
from .reports import OrderReports
from .requests import OrderService
from .validation.allocation import Allocator
from .validation.buying_power import BuyingPower
from .validation.conditions import Conditions
from .validation.intake import OrderFactory


class Trading:
    """The orders, their executions, the clearing, and the service that answers requests about
    them.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        bank: AccountServices,
        registry: ClientRegistry,
        timers: Timers,
        behaviour: BrokerBehaviour,
        connected: Callable[[], bool],
    ) -> None:
        now = timers.clock.now
        margins = bank.margins
        buying_power = BuyingPower(market, margins)
        self._reports = OrderReports(
            registry, buying_power, timers, behaviour, bank.after_trade, connected
        )
        self.watch = OrderWatch(self._reports)
        self.executions = Executions(market, now)
        conditions = Conditions(market, margins, instruments.by_con_id, self.executions.fills, now)
        factory = OrderFactory(
            market,
            instruments,
            Allocator(bank.accounts, margins),
            conditions,
            timers.clock,
            behaviour,
        )
        self.book = OrderBook(
            OrderEnvironment(
                market=market,
                instruments=instruments,
                factory=factory,
                buying_power=buying_power,
                conditions=conditions,
                executions=self.executions,
                events=self.watch,
                timers=timers,
                behaviour=behaviour,
                connected=connected,
            )
        )
        self.clearing = Clearing(
            instruments,
            market,
            bank.accounts,
            self.book,
            self.executions,
            timers,
            self._reports.cleared,
            bank.interest,
        )
        self.orders = OrderService(
            instruments,
            self.book,
            self.executions,
            self.clearing,
            self._reports,
            timers.clock,
            behaviour,
        )

    def line_is_back(self) -> None:
        """Report what has happened while the line to IB was down, and go on with what waits."""
        self._reports.line_is_back()
        self.book.line_is_back()

    def correct(self, exec_id: str, price: Decimal) -> str:
        """Correct the price of an execution. Return the new execution's id. KeyError: there is
        none.
        """
        fill = self.executions.correct(exec_id, price)
        self._reports.cleared(fill)
        return fill.execution.execId
