"""Order.conditions: whether the market, the clock, the account or a trade is as an order waits for
it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from ....order import Order
from ....order_condition import (
    ExecutionCondition,
    MarginCondition,
    OperatorCondition,
    OrderCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from ...account.ledger import Account
from ...account.margins import Margins
from ...errors import Invalid, Refusal
from ...market.instruments import Instrument
from ...market.quotes.market import Market
from ...times import BAD_TIME, order_time
from ..live import Fill, LiveOrder
from ..matching.triggers import METHODS, Watch

_PERCENT = Decimal(100)
_OF_MARKET = (PriceCondition, VolumeCondition, PercentChangeCondition)
_ANY = ("", "ANY", "SMART", "*")


def times_of(order: Order) -> list[str]:
    """Return the times that an order names, as its client wrote them."""
    named = [each.time or "" for each in order.conditions if isinstance(each, TimeCondition)]
    return [order.goodTillDate, order.goodAfterTime, *named]


class Conditions:
    """Checks orders' conditions, and decides whether they are met."""

    def __init__(
        self,
        market: Market,
        margins: Margins,
        by_con_id: Callable[[int], Instrument | None],
        fills: Sequence[Fill],
        now: Callable[[], float],
    ) -> None:
        self._market = market
        self._margins = margins
        self._by_con_id = by_con_id
        self._fills = fills
        self._now = now

    def check(self, conditions: Sequence[OrderCondition]) -> None:
        """Check conditions before they are watched. Refusal: they cannot be."""
        for each in conditions:
            number = getattr(each, "price", getattr(each, "changePercent", 0.0))
            if number is None or not math.isfinite(number):
                raise Invalid("Invalid condition value was entered")
            if isinstance(each, _OF_MARKET) and self._by_con_id(each.conId or 0) is None:
                raise Refusal(147, "The conditional contract info is incomplete.")
            if isinstance(each, PriceCondition) and (each.triggerMethod or 0) not in METHODS:
                raise Refusal(146, "Invalid trigger method.")
            if isinstance(each, TimeCondition) and order_time(each.time or "", self._now()) is None:
                raise Refusal(10314, f"{each.time}: {BAD_TIME}")

    def met(self, live: LiveOrder) -> bool:
        """Return whether all hold: "and" binds closer than "or"; each condition says how the next
        is joined to it.
        """
        group, any_group = True, False
        for each in live.order.conditions:
            group = group and self._holds(each, live)
            if not each.isConjunctionConnection:
                any_group, group = any_group or group, True
        ends_open = not live.order.conditions[
            -1
        ].isConjunctionConnection  # the last one's joint leads nowhere
        return any_group if ends_open else any_group or group

    def watched(self, live: LiveOrder) -> set[int]:
        """Return contract ids whose quotes may meet the conditions."""
        return {each.conId or 0 for each in live.order.conditions if isinstance(each, _OF_MARKET)}

    def _holds(self, condition: OrderCondition, live: LiveOrder) -> bool:
        if isinstance(condition, ExecutionCondition):
            return self._traded(condition, live)
        value = self._value(condition, live)
        if value is None or not isinstance(condition, OperatorCondition):
            return False
        seen, level = value
        return seen >= level if condition.isMore else seen <= level

    def _value(self, condition: OrderCondition, live: LiveOrder) -> tuple[Decimal, Decimal] | None:
        """Return what the condition looks at, and its threshold."""
        if isinstance(condition, TimeCondition):
            at = order_time(condition.time or "", self._now())
            return None if at is None else (Decimal(self._now()), Decimal(at))
        if isinstance(condition, MarginCondition):
            return self._cushion(live.shares[0].account), Decimal(str(condition.percent or 0))
        instrument = self._by_con_id(getattr(condition, "conId", 0) or 0)
        if instrument is None:
            return None
        quote = self._market.quote(instrument)
        if isinstance(condition, PriceCondition):
            prices = Watch(instrument, condition.triggerMethod or 0, bool(condition.isMore)).prices(
                quote
            )
            return (max if condition.isMore else min)(prices), Decimal(str(condition.price or 0))
        if isinstance(condition, VolumeCondition):
            return quote.volume, Decimal(condition.volume or 0)
        if isinstance(condition, PercentChangeCondition) and quote.close:
            return (quote.last / quote.close - 1) * _PERCENT, Decimal(str(condition.changePercent))
        return None

    def _cushion(self, account: Account) -> Decimal:
        """Return IB's excess liquidity as a share of the net liquidation value, in percent."""
        whole = account.net_liquidation()
        return (
            (account.equity_with_loan() - self._margins.of(account).maintenance) / whole * _PERCENT
            if whole
            else Decimal(0)
        )

    def _traded(self, condition: ExecutionCondition, live: LiveOrder) -> bool:
        """Return whether there was an execution in that instrument since the order was placed."""
        new = itertools.takewhile(
            lambda fill: fill.number > live.executions_before, reversed(self._fills)
        )
        return any(
            fill.instrument.symbol == condition.symbol
            and (condition.secType or "") in ("", fill.instrument.sec_type)
            and (
                (condition.exchange or "") in _ANY or fill.execution.exchange == condition.exchange
            )
            and fill.live is not live
            for fill in new
        )
