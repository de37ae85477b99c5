"""Splits and dividends of the user's data, as accounts and orders feel them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..account.accounts import Accounts
from ..account.ledger import Account
from ..account.services import AccountServices
from ..market.instruments import Instrument
from ..market.quotes.market import Market
from ..net.timers import Timers
from ..recorded.adjustments import SPLIT, Action
from .lifecycle.order_book import OrderBook


class CorporateActions:
    """Does each action when the first day without it begins: a split changes positions and cancels
    the orders, as IB does; a dividend belongs from then on to who holds shares, is owed by who is
    short, and is paid on its day.
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
        self._timers = timers
        now = timers.clock.now()
        for instrument, action in actions:
            if action.time > now:
                self._set(instrument, action)

    def _set(self, instrument: Instrument, action: Action) -> None:
        do = self._split if action.kind == SPLIT else self._accrue
        self._timers.call_at(action.time, lambda: do(instrument, action))

    def _split(self, instrument: Instrument, action: Action) -> None:
        ratio = action.value
        price = self._market.mark(instrument) / ratio
        for account in self._accounts:
            if account.held(instrument):
                account.split(instrument, ratio, price)
                self._bank.after_trade(account, account.positions[instrument.con_id])
        self._book.expire(instrument)
        self._market.split(instrument, ratio)

    def _accrue(self, instrument: Instrument, action: Action) -> None:
        for account in self._accounts:
            if account.held(instrument):
                money = account.accrue_dividend(instrument, action.value)
                if action.paid is None or action.paid <= action.time:
                    self._pay(account, instrument, money)
                else:
                    self._pay_later(account, instrument, money, action.paid)
                    self._bank.after_trade(account, account.positions[instrument.con_id])

    def _pay_later(
        self, account: Account, instrument: Instrument, money: Decimal, when: float
    ) -> None:
        self._timers.call_at(when, lambda: self._pay(account, instrument, money))

    def _pay(self, account: Account, instrument: Instrument, money: Decimal) -> None:
        account.pay_dividend(instrument.currency, money)
        self._bank.after_trade(account, account.positions[instrument.con_id])
