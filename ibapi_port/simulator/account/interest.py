"""Interest on cash and on loans, and fees for borrowed shares: they accrue at the end of each day,
and are paid on the first of the month.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ..options import AccountOptions
from .ledger import Account
from .money import ZERO, cents

_YEAR = 360 * 100  # days of interest, times percent


class Interest:
    """The rates, for all accounts."""

    def __init__(self, options: AccountOptions) -> None:
        self._credit = Decimal(repr(options.credit_interest))
        self._debit = Decimal(repr(options.debit_interest))
        self._borrow = Decimal(repr(options.borrow_fee))
        self._none = not (self._credit or self._debit or self._borrow)

    def end_day(self, account: Account, today: date) -> None:
        """Accrue the interest of the day that has ended; pay that of a month. `today`: the new
        day.
        """
        if self._none:
            return
        for currency, money in account.cash.items():
            rate = self._credit if money > 0 else self._debit
            self._accrue(account, currency, money * rate / _YEAR)
        for position in account.positions.values():
            if position.quantity < 0 and position.instrument.sec_type == "STK":
                fee = account.market_value(position) * self._borrow / _YEAR
                self._accrue(account, position.instrument.currency, fee)
        if today.day == 1:
            account.pay_accrued()

    def _accrue(self, account: Account, currency: str, amount: Decimal) -> None:
        if amount:
            account.accrued[currency] = account.accrued.get(currency, ZERO) + amount


def accrued_cash(account: Account) -> Decimal:
    """Return IB's AccruedCash, in the account's currency."""
    whole = (amount * account.rate(currency) for currency, amount in account.accrued.items())
    return cents(sum(whole, ZERO))
