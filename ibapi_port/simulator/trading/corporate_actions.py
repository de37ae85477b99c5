"""Splits and dividends of the user's data, as accounts and orders feel them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..account.accounts import Accounts
from ..account.services import AccountServices
from ..market.instruments import Instrument
from ..market.quotes.market import Market
from ..net.timers import Timers
from ..recorded.adjustments import SPLIT, Action
from .lifecycle.order_book import OrderBook


class CorporateActions:
    """Does each action when the first day without it begins: a split changes positions and cancels
    the orders, as IB does; a dividend is paid to who holds shares, and by who is short.
    """

    def __init__(
        self,
        actions: Iterable[tuple[Instrument, Action]],
        accounts: Accounts,
        bank: AccountServices,
        book: OrderBook,
        market: Market,
        timers: Timers,
    ) -> None:
        self._accounts = accounts
        self._bank = bank
        self._book = book
        self._market = market
        now = timers.clock.now()
        for instrument, action in actions:
            if action.time > now:
                self._set(timers, instrument, action)

    def _set(self, timers: Timers, instrument: Instrument, action: Action) -> None:
        do = self._split if action.kind == SPLIT else self._pay
        timers.call_at(action.time, lambda: do(instrument, action.value))

    def _split(self, instrument: Instrument, ratio: Decimal) -> None:
        price = self._market.mark(instrument) / ratio
        for account in self._accounts:
            if account.held(instrument):
                account.split(instrument, ratio, price)
                self._bank.after_trade(account, account.positions[instrument.con_id])
        self._book.expire(instrument)
        self._market.split(instrument, ratio)

    def _pay(self, instrument: Instrument, amount: Decimal) -> None:
        for account in self._accounts:
            if account.held(instrument):
                account.dividend(instrument, amount)
                self._bank.after_trade(account, account.positions[instrument.con_id])
