"""Executions: trades booked on the accounts, and what is reported of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal

from ....commission_and_fees_report import CommissionAndFeesReport
from ....const import UNSET_DOUBLE
from ....execution import Execution, OptionExerciseType
from ...account.ledger import Account
from ...account.money import ZERO, cents
from ...market.instruments import SECONDS_PER_DAY, Instrument
from ...market.quotes.market import Market
from ...times import local, stamp
from ..live import MANUAL, Fill, LiveOrder
from ..order_types import to_tick
from ..validation.allocation import portion

_KEPT_SECONDS = 7 * SECONDS_PER_DAY
_PREFIX = "0000e0d5"
_ADDED, _REMOVED = 1, 2  # IB's lastLiquidity


class Executions:
    """All executions, in order of time. `fills` also has those that a correction has replaced."""

    def __init__(self, market: Market, now: Callable[[], float]) -> None:
        self._market = market
        self._now = now
        self.count = 0  # of all that there ever were
        self.kept = _KEPT_SECONDS
        self.fills: list[Fill] = []

    def current(self) -> Iterator[Fill]:
        """Return the executions, without those that a correction has replaced."""
        return (fill for fill in self.fills if not fill.replaced)

    def drop_old(self) -> None:
        """Drop what is too old to be asked for."""
        since = self._now() - self.kept
        self.fills[:] = [fill for fill in self.fills if fill.time >= since]

    def of_order(self, live: LiveOrder, quantity: Decimal, price: Decimal) -> list[Fill]:
        """Book a fill of an order, which is counted in it already, on its accounts; of a
        combination leg by leg. Return the executions.
        """
        made: list[Fill] = []
        for account, part in portion(
            live.shares, live.allocated, quantity, live.instrument.size_increment
        ):
            signed = part if live.buys else -part
            if live.instrument.legs:
                made.append(self._note(live, account, live.instrument, signed, price, None))
                made[-1].signed = ZERO
                for leg, leg_price in zip(
                    live.instrument.legs, self._leg_prices(live.instrument, price), strict=True
                ):
                    made.append(
                        self._book(live, account, leg.instrument, signed * leg.units, leg_price)
                    )
            else:
                made.append(self._book(live, account, live.instrument, signed, price))
        return made

    def by_clearing(
        self,
        account: Account,
        instrument: Instrument,
        signed: Decimal,
        price: Decimal,
        kind: OptionExerciseType,
    ) -> Fill:
        """Book a trade without an order: an option exercised or assigned, a future settled. It
        costs no commission.
        """
        realized = account.trade(instrument, signed, price, ZERO)
        fill = self._note(
            None,
            account,
            instrument,
            signed,
            price,
            self._report(account, instrument, ZERO, realized),
        )
        fill.execution.optExerciseOrLapseType = kind
        return fill

    def correct(self, exec_id: str, price: Decimal) -> Fill:
        """Correct a price, as the exchange does: the same execution with the next number after the
        last point takes the place of the old. KeyError: there is no such execution.
        """
        old = next(
            (
                fill
                for fill in self.fills
                if fill.execution.execId == exec_id and not fill.replaced and fill.report
            ),
            None,
        )
        if old is None:
            raise KeyError(exec_id)
        more = (price - Decimal(repr(old.execution.price))) * old.signed * old.instrument.multiplier
        old.account.correct(old.instrument, more)
        old.replaced = True
        self.count += 1
        new = copy.copy(old)
        new.number = self.count
        new.replaced = False
        new.execution = copy.copy(old.execution)
        new.report = copy.copy(old.report)
        head, _, number = exec_id.rpartition(".")
        new.execution.execId = f"{head}.{int(number) + 1:02d}"
        new.execution.price = float(price)
        if old.live is not None and not old.live.instrument.legs:
            old.live.spent += (price - Decimal(repr(old.execution.price))) * abs(old.signed)
            new.execution.avgPrice = float(old.live.average_price)
        if new.report is not None:
            new.report.execId = new.execution.execId
            if new.report.realizedPNL != UNSET_DOUBLE:
                new.report.realizedPNL = float(Decimal(repr(new.report.realizedPNL)) - more)
        self.fills.append(new)
        return new

    def can_book(self, instrument: Instrument, price: Decimal) -> bool:
        """Return whether a fill at that price can be booked: the prices of a combination's legs
        have to make up its own.
        """
        return not instrument.legs or min(self._leg_prices(instrument, price)) >= 0

    # --- steps ---

    def _book(
        self,
        live: LiveOrder,
        account: Account,
        instrument: Instrument,
        signed: Decimal,
        price: Decimal,
    ) -> Fill:
        commission = _commission(live, account, instrument, abs(signed), price)
        held, today = account.held(instrument), local(self._now()).date()
        account.day_trades.note(instrument, signed, held, live.order.permId, today)
        realized = account.trade(instrument, signed, price, commission)
        return self._note(
            live,
            account,
            instrument,
            signed,
            price,
            self._report(account, instrument, commission, realized),
        )

    def _report(
        self,
        account: Account,
        instrument: Instrument,
        commission: Decimal,
        realized: Decimal | None,
    ) -> CommissionAndFeesReport:
        report = CommissionAndFeesReport()
        report.commissionAndFees = float(commission)
        report.currency = account.commissions.currency(instrument)
        report.realizedPNL = UNSET_DOUBLE if realized is None else float(realized)
        report.yield_ = UNSET_DOUBLE
        return report

    def _note(
        self,
        live: LiveOrder | None,
        account: Account,
        instrument: Instrument,
        signed: Decimal,
        price: Decimal,
        report: CommissionAndFeesReport | None,
    ) -> Fill:
        self.count += 1
        execution = Execution()
        execution.execId = f"{_PREFIX}.{self.count:08x}.01.01"
        execution.time = stamp(self._now())
        execution.acctNumber = account.code
        execution.exchange = instrument.venue
        execution.side = "BOT" if signed > 0 else "SLD"
        execution.shares = abs(signed)
        execution.price = execution.avgPrice = float(price)
        execution.cumQty = abs(signed)
        execution.orderId = MANUAL
        execution.clientId = 0
        if live is not None:
            order = live.order
            if live.contract.exchange != "SMART":
                execution.exchange = live.contract.exchange
            execution.permId = order.permId
            execution.clientId = order.clientId
            execution.orderId = order.orderId
            execution.orderRef = order.orderRef
            execution.modelCode = order.modelCode
            execution.submitter = order.submitter
            execution.lastLiquidity = _ADDED if live.ticket.resting else _REMOVED
            if instrument is live.instrument:
                execution.cumQty = live.filled
                execution.avgPrice = float(live.average_price)
        if report is not None:
            report.execId = execution.execId
        contract = instrument.contract(execution.exchange)
        fill = Fill(
            instrument, account, contract, execution, report, signed, self._now(), self.count, live
        )
        self.fills.append(fill)
        return fill

    def _leg_prices(self, combo: Instrument, price: Decimal) -> list[Decimal]:
        """Return prices of the legs near their markets that make up the combination's price; the
        leg that is worth most takes the rest.
        """
        legs = combo.legs
        prices = [
            to_tick(leg.instrument, self._market.quote(leg.instrument).midpoint) for leg in legs
        ]
        weights = [leg.units * leg.instrument.multiplier / combo.multiplier for leg in legs]
        rest = price - sum(
            (weight * each for weight, each in zip(weights, prices, strict=True)), ZERO
        )
        heaviest = max(range(len(legs)), key=lambda n: abs(weights[n]) * prices[n])
        prices[heaviest] += rest / weights[heaviest]
        return prices


def _commission(
    live: LiveOrder, account: Account, instrument: Instrument, quantity: Decimal, price: Decimal
) -> Decimal:
    """Return by how much the order's commission grows."""
    key = account.code, instrument.con_id
    traded, money, charged = live.commissions.get(key, (ZERO, ZERO, ZERO))
    traded, money = traded + quantity, money + quantity * price
    total = max(charged, account.commissions.total(instrument, traded, money / traded))
    live.commissions[key] = traded, money, total
    return cents(total - charged)
