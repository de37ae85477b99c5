"""One account: cash, positions, and what they are worth. All money is Decimal and adds up exactly:

net liquidation = deposits + realized + unrealized profit - commissions of currency pairs
                = cash + gains of futures not yet settled + value of all other positions
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from ..market.instruments import Instrument
from ..market.quotes.market import Market
from .commissions import Commissions
from .day_trades import DayTrades
from .money import ONE, ZERO, Rates, cents, is_marked
from .valuation import Held, Valuation

BASE = "USD"  # an account's currency, where nothing else is said
T = TypeVar("T")


@dataclass(eq=False)
class Position:
    """What is held of an instrument. `cost`: what was paid for it (negative: received), the
    multiplier and commissions included.
    """

    instrument: Instrument
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realized: Decimal = ZERO  # since the account began
    # of a currency pair, whose commissions are in the account's currency and not in `cost`
    fees: Decimal = ZERO
    # of a future: its value when it was last settled, and of the trades since
    settled: Decimal = ZERO
    profit_before: Decimal = ZERO  # realized and unrealized, at the beginning of the day
    realized_before: Decimal = ZERO
    fees_before: Decimal = ZERO
    traded_today: bool = False

    @property
    def average_cost(self) -> Decimal:
        """Return IB's avgCost: the cost of a unit or contract."""
        return self.cost / self.quantity if self.quantity else ZERO

    @property
    def realized_today(self) -> Decimal:
        """Return the profit that was realized today."""
        return self.realized - self.realized_before

    def value(self, price: Decimal) -> Decimal:
        """Return the value at a price."""
        return self.quantity * price * self.instrument.multiplier

    def trade(self, quantity: Decimal, price: Decimal, commission: Decimal) -> Decimal | None:
        """Take in a trade (a sale has negative `quantity`). Returns the profit that it realized;
        None if it closed nothing.
        """
        money = price * self.instrument.multiplier
        closing = min(abs(quantity), abs(self.quantity)) if quantity * self.quantity < 0 else ZERO
        closed_commission = (
            commission if closing == abs(quantity) else cents(commission * closing / abs(quantity))
        )
        signed = closing.copy_sign(quantity)
        realized = None
        if closing:
            closed_cost = (
                self.cost
                if closing == abs(self.quantity)
                else cents(self.cost * closing / abs(self.quantity))
            )
            realized = -signed * money - closed_cost - closed_commission
            self.cost -= closed_cost
            self.realized += realized
        self.cost += (quantity - signed) * money + commission - closed_commission
        self.settled += quantity * money
        self.quantity += quantity
        self.traded_today = True
        return realized

    def correct(self, money: Decimal, commission: Decimal = ZERO) -> None:
        """Book that an earlier trade turns out to have cost that much more."""
        self.settled += money
        if self.quantity:
            self.cost += money + commission
        else:
            self.realized -= money + commission


class Account:
    """One account. Keys of `cash` are currencies. `standing` gives it as it is at a moment, whose
    figures are worked out once.
    """

    _kept: dict[Hashable, Any] | None = None  # figures of a moment; None: of no moment

    def __init__(
        self, code: str, cash: Decimal, rates: Rates, market: Market, base: str = BASE
    ) -> None:
        self.code = code
        self.base = base
        self.cash: dict[str, Decimal] = {base: cash}
        self.accrued: dict[str, Decimal] = {}  # interest that is not in the cash yet
        self.dividends: dict[str, Decimal] = {}  # that are not paid yet
        self.day_trades = DayTrades()
        self.initial = cash  # the deposit
        self.positions: dict[int, Position] = {}
        self.equity_before = cash  # with loan value, at the end of the day before
        self.commissions = Commissions(base, self.rate)
        self._rates = rates
        self._market = market
        self._valuation = Valuation()

    def standing(self) -> Account:
        """Return the account as it is now, for as long as neither it nor the market moves: what it
        is worth is worked out once, however often it is asked for.
        """
        if self._kept is not None:
            return self
        made = copy.copy(self)
        made._kept = {}
        return made

    def once(self, what: Hashable, figure: Callable[[], T]) -> T:
        """Return a figure, of a `standing` account the one that was worked out first."""
        kept = self._kept
        if kept is None:
            return figure()
        if what not in kept:
            kept[what] = figure()
        found: T = kept[what]
        return found

    def rate(self, currency: str) -> Decimal:
        """Return what one unit of the currency is worth in the account's."""
        if currency == self.base:
            return ONE
        return self.once(("rate", currency), lambda: self._rates.rate(currency, self.base))

    def supports(self, currency: str) -> bool:
        """Return whether trades in the currency can be booked."""
        return self._rates.known(currency, self.base)

    def held(self, instrument: Instrument) -> Decimal:
        """Return the quantity that is held of an instrument."""
        position = self.positions.get(instrument.con_id)
        return position.quantity if position else ZERO

    def trade(
        self, instrument: Instrument, quantity: Decimal, price: Decimal, commission: Decimal
    ) -> Decimal | None:
        """Take in a trade (a sale has negative `quantity`). Returns the profit that it realized;
        None if it closed nothing.
        """
        if not is_marked(instrument):
            self._pay(instrument.currency, -quantity * price * instrument.multiplier)
        self._pay(self.commissions.currency(instrument), -commission)
        self.commissions.note(instrument, abs(quantity))
        position = self.positions.setdefault(instrument.con_id, Position(instrument))
        if not instrument.is_pair:
            return position.trade(quantity, price, commission)
        # A pair's position is in its own currency, the commission in the account's: it is realized
        # at once.
        self._pay(instrument.symbol, quantity)
        position.fees += commission
        return position.trade(quantity, price, ZERO)

    def correct(self, instrument: Instrument, money: Decimal) -> None:
        """Book that an earlier trade turns out to have cost that much more."""
        if not is_marked(instrument):
            self._pay(instrument.currency, -money)
        self.positions[instrument.con_id].correct(money)

    def split(self, instrument: Instrument, ratio: Decimal, price: Decimal) -> None:
        """Take in a split into `ratio` shares for one. A part of a share is paid out at `price`."""
        position = self.positions[instrument.con_id]
        exact = position.quantity * ratio
        step = instrument.size_increment
        left = exact % step
        position.quantity = exact
        if left:
            self.trade(instrument, -left, price, ZERO)

    def accrue_dividend(self, instrument: Instrument, amount: Decimal) -> Decimal:
        """Take in a dividend of `amount` a share, which short positions owe. It is not in the cash
        before `pay_dividend`. Return the money.
        """
        position = self.positions[instrument.con_id]
        money = cents(position.quantity * amount)
        currency = instrument.currency
        self.dividends[currency] = self.dividends.get(currency, ZERO) + money
        position.realized += money
        return money

    def pay_dividend(self, currency: str, money: Decimal) -> None:
        """Take a dividend that has accrued into the cash."""
        self.dividends[currency] -= money
        if not self.dividends[currency]:
            del self.dividends[currency]
        self._pay(currency, money)

    def accrued_dividends(self) -> Decimal:
        """Return the dividends that are not paid yet, in the account's currency."""
        owed = (amount * self.rate(currency) for currency, amount in self.dividends.items())
        return cents(sum(owed, ZERO))

    def pay_accrued(self) -> None:
        """Take the interest that has accrued into the cash, in cents."""
        for currency, amount in self.accrued.items():
            self._pay(currency, cents(amount))
        self.accrued.clear()

    def _pay(self, currency: str, amount: Decimal) -> None:
        self.cash[currency] = self.cash.get(currency, ZERO) + amount

    def after(self, trades: Sequence[tuple[Instrument, Decimal, Decimal, Decimal]]) -> Account:
        """Return the account, `standing`, as these trades (instrument, signed quantity, price,
        commission) would leave it.
        """
        would = copy.copy(self)
        would._kept = None
        would.cash = dict(self.cash)
        would.positions = dict(self.positions)
        would.commissions = copy.copy(self.commissions)
        for instrument, *_ in trades:
            if instrument.con_id in would.positions:
                would.positions[instrument.con_id] = copy.copy(self.positions[instrument.con_id])
        for trade in trades:
            would.trade(*trade)
        return would.standing()

    def settle(self) -> None:
        """End a day: gains of futures come into the cash, and the day's profits begin at zero."""
        for position in self.positions.values():
            position.traded_today = False
            if is_marked(position.instrument):
                gain = self.future_gain(position)
                self._pay(position.instrument.currency, gain)
                position.settled += gain
            position.realized_before = position.realized
            position.fees_before = position.fees
            position.profit_before = position.realized + self.unrealized(position)
        self.equity_before = self.equity_with_loan()

    # --- of one position, in the instrument's currency ---

    def mark(self, instrument: Instrument) -> Decimal:
        """Return the price that a position is valued at. Of a currency pair it follows from what
        both currencies are worth to the account: its own quote may be a tick off that, and money
        would not add up.
        """
        if instrument.is_pair:
            return self.rate(instrument.symbol) / self.rate(instrument.currency)
        return self._market.mark(instrument)

    def market_value(self, position: Position) -> Decimal:
        """Return the value as updatePortfolio has it, of a future too."""
        instrument = position.instrument
        return self.once(
            ("value", instrument.con_id), lambda: position.value(self.mark(instrument))
        )

    def unrealized(self, position: Position) -> Decimal:
        """Return the profit of a position that is not realized yet."""
        return self.market_value(position) - position.cost

    def future_gain(self, position: Position) -> Decimal:
        """Return what is not in the cash yet."""
        return self.market_value(position) - position.settled

    def daily(self, position: Position) -> Decimal:
        """Return the day's profit of a position, in the account's currency."""
        profit = position.realized + self.unrealized(position) - position.profit_before
        return (
            profit * self.rate(position.instrument.currency) - position.fees + position.fees_before
        )

    def realized_today(self, position: Position) -> Decimal:
        """Return what was realized today, in the account's currency."""
        return (
            position.realized_today * self.rate(position.instrument.currency)
            - position.fees
            + position.fees_before
        )

    # --- totals, in the account's currency ---

    def in_base(self, position: Position, amount: Decimal) -> Decimal:
        """Return an amount in a position's currency in the account's."""
        return amount * self.rate(position.instrument.currency)

    def valued(self) -> list[Held]:
        """Return what the positions are worth, in their order, but those of currency pairs, which
        are in the cash.
        """
        return self.once("valued", self._valued)

    def _valued(self) -> list[Held]:
        valued, made = self._valuation.at(self._market.moves), []
        for con_id, position in self.positions.items():
            known = valued.get(con_id)
            if known is None or known.quantity is not position.quantity:
                instrument = position.instrument
                if instrument.is_pair:
                    continue
                value, rate = self.market_value(position), self.rate(instrument.currency)
                known = valued[con_id] = Held(instrument, position.quantity, value, rate)
            made.append(known)
        return made

    def cash_balance(self) -> Decimal:
        """Return the cash, without what futures have gained since their last settlement."""
        return self.once("cash", self._cash_balance)

    def _cash_balance(self) -> Decimal:
        return sum((amount * self.rate(currency) for currency, amount in self.cash.items()), ZERO)

    def futures_gain(self) -> Decimal:
        """Return what futures have gained since their last settlement, in the account's
        currency.
        """
        return self.once("futures", self._futures_gain)

    def _futures_gain(self) -> Decimal:
        gains = (
            (each.value - self.positions[each.instrument.con_id].settled) * each.rate
            for each in self.valued()
            if each.is_marked
        )
        return sum(gains, ZERO)

    def total_cash(self) -> Decimal:
        """Return the cash, with what futures have gained since their last settlement."""
        return self.cash_balance() + self.futures_gain()

    def position_value(self) -> Decimal:
        """Return the value of long positions less that of short ones. Pairs and futures have none:
        they are in the cash already.
        """
        return sum(self._worths(), ZERO)

    def option_value(self) -> Decimal:
        """Return the value of all options."""
        return self.once("options", self._option_value)

    def _option_value(self) -> Decimal:
        return sum([each.worth for each in self.valued() if each.is_option], ZERO)

    def gross_value(self) -> Decimal:
        """Return the value of all positions, long and short alike."""
        return self.once("gross", lambda: sum(map(abs, self._worths()), ZERO))

    def _worths(self) -> list[Decimal]:
        """Return the values of the positions that have one, in the account's currency."""
        return [each.worth for each in self.valued() if not each.is_marked]

    def net_liquidation(self) -> Decimal:
        """Return what the account is worth, interest and dividends that have accrued included."""
        return self.once("net liquidation", self.standing()._net_liquidation)

    def _net_liquidation(self) -> Decimal:
        worth = self.total_cash() + self.position_value()
        if self.accrued:
            accrued = (amount * self.rate(each) for each, amount in self.accrued.items())
            worth += cents(sum(accrued, ZERO))
        if self.dividends:
            worth += self.accrued_dividends()
        return worth

    def equity_with_loan(self) -> Decimal:
        """Return what margin can be had for: options cannot."""
        standing = self.standing()
        return standing.net_liquidation() - standing.option_value()

    def unrealized_total(self) -> Decimal:
        """Return the profit of all positions that is not realized yet, in the account's
        currency.
        """
        return sum(
            (self.in_base(each, self.unrealized(each)) for each in self.positions.values()), ZERO
        )

    def realized_today_total(self) -> Decimal:
        """Return the profit that was realized today, in the account's currency."""
        return sum((self.realized_today(each) for each in self.positions.values()), ZERO)

    def daily_total(self) -> Decimal:
        """Return the day's profit, in the account's currency."""
        return sum((self.daily(each) for each in self.positions.values()), ZERO)
