"""What happens to positions without a trade: the end of a day, options exercised and assigned,
expiries.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from ....execution import OptionExerciseType
from ...account.accounts import Accounts
from ...account.interest import Interest
from ...account.ledger import Account, Position
from ...account.money import ZERO, is_option
from ...errors import Invalid, Refusal
from ...market.instruments import SECONDS_PER_DAY, Instrument, Instruments
from ...market.quotes.market import Market
from ...net.timers import Timers
from ...times import day, local
from ..live import Fill
from .executions import Executions
from .order_book import OrderBook

EXERCISE, LAPSE = 1, 2  # IB's exerciseAction
_PROCESSING = "Error processing request."
_CASH_SETTLED = ("IND",)  # options on these deliver money


class Clearing:
    """Clears positions at midnight where the simulated TWS stands. `on_booking` is called with each
    booking.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        accounts: Accounts,
        book: OrderBook,
        executions: Executions,
        timers: Timers,
        on_booking: Callable[[Fill], None],
        interest: Interest,
    ) -> None:
        self._interest = interest
        self._instruments = instruments
        self._market = market
        self._accounts = accounts
        self._book = book
        self._executions = executions
        self._timers = timers
        self._on_booking = on_booking
        self._lapsed: dict[
            tuple[str, int], Decimal
        ] = {}  # by account and contract id: not to be exercised
        self._set()

    def exercise(
        self, option: Instrument, action: int, quantity: int, code: str, override: bool
    ) -> None:
        """Exercise options or let them lapse, as their holder decides. Invalid, Refusal: he may
        not.
        """
        account = self._accounts.one(code)
        held = account.held(option)
        if action not in (EXERCISE, LAPSE):
            raise Invalid("Invalid exercise action was entered")
        if not is_option(option) or held <= 0:
            raise Invalid(f"No unlapsed position exists in this option in account {account.code}")
        if not 0 < quantity <= held:
            raise Invalid("Invalid exercise quantity was entered")
        worth = self._worth(option)
        if action == LAPSE:
            if worth > 0 and not override:
                raise Refusal(322, f"{_PROCESSING}Lapse ignored because option is in-the-money.")
            key = account.code, option.con_id
            self._lapsed[key] = min(held, self._lapsed.get(key, ZERO) + quantity)
        elif worth <= 0 and not override:
            raise Refusal(322, f"{_PROCESSING}Exercise ignored because option is not in-the-money.")
        else:
            self._deliver(account, option, Decimal(quantity), OptionExerciseType.Exercise)

    # --- the end of the day ---

    def _set(self) -> None:
        now = local(self._timers.clock.now())
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        self._timers.call_later(max(1.0, midnight.timestamp() - now.timestamp()), self._end_of_day)

    def _end_of_day(self) -> None:
        self._set()
        now = self._timers.clock.now()
        today = day(now)
        # Options first: what they deliver may be a future that expires with them.
        for options in (True, False):
            for account in self._accounts:
                for position in list(account.positions.values()):
                    if (
                        is_option(position.instrument) is options
                        and position.instrument.expiry
                        and position.instrument.expiry < today
                    ):
                        self._expire(account, position)
        for account in self._accounts:
            self._interest.end_day(account, local(now).date())
            account.settle()
            if local(now).day == 1:
                account.commissions.new_month()
        self._book.drop_done(now - SECONDS_PER_DAY)
        self._executions.drop_old()

    def _expire(self, account: Account, position: Position) -> None:
        instrument = position.instrument
        self._book.expire(instrument)
        if not position.quantity:
            return
        if not is_option(instrument):
            price = self._market.mark(instrument)
            self._on_booking(
                self._executions.by_clearing(
                    account, instrument, -position.quantity, price, OptionExerciseType.Netting
                )
            )
            return
        lapsed = self._lapsed.pop((account.code, instrument.con_id), ZERO)
        alive = position.quantity - lapsed if position.quantity > 0 else position.quantity
        if self._worth(instrument) > 0 and alive:
            kind = (
                OptionExerciseType.AutoexerciseClearing
                if alive > 0
                else OptionExerciseType.Assigned
            )
            self._deliver(account, instrument, alive, kind)
        if position.quantity:
            kind = OptionExerciseType.Lapse if lapsed else OptionExerciseType.Expired
            self._on_booking(
                self._executions.by_clearing(account, instrument, -position.quantity, ZERO, kind)
            )

    # --- options ---

    def _worth(self, option: Instrument) -> Decimal:
        """Return what exercising brings for a unit of the underlying."""
        underlying = self._instruments.by_con_id(option.underlying)
        if underlying is None:
            return ZERO
        price = self._market.mark(underlying)
        return price - option.strike if option.right == "C" else option.strike - price

    def _deliver(
        self, account: Account, option: Instrument, quantity: Decimal, kind: OptionExerciseType
    ) -> None:
        """Exercise so many (below zero: get them assigned): against money, or the underlying at the
        strike.
        """
        underlying = self._instruments.by_con_id(option.underlying)
        if underlying is None or underlying.sec_type in _CASH_SETTLED:
            self._on_booking(
                self._executions.by_clearing(
                    account, option, -quantity, max(ZERO, self._worth(option)), kind
                )
            )
            return
        units = quantity * option.multiplier / underlying.multiplier
        self._on_booking(self._executions.by_clearing(account, option, -quantity, ZERO, kind))
        signed = units if option.right == "C" else -units
        self._on_booking(
            self._executions.by_clearing(account, underlying, signed, option.strike, kind)
        )
