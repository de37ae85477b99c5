"""Orders that depend on others: OCA groups, and hedges whose size follows from what their parent
has traded.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from ...account.money import ZERO
from ...market.instruments import Instrument
from ...market.listings.option_pricing import greeks
from ...market.quotes.market import Market
from ..live import LiveOrder

_REDUCE = (2, 3)  # IB's ocaType: with and without block; all else cancels


class Groups:
    """The OCA groups and their orders. An order stays in its group's list when it is done."""

    def __init__(self) -> None:
        self._members: dict[str, dict[int, LiveOrder]] = {}  # by name and perm id
        self._names: dict[
            int, list[str]
        ] = {}  # of the groups that an order is or was in, by perm id

    def add(self, live: LiveOrder) -> None:
        """Note the order's group, if it has one."""
        name, perm_id = live.order.ocaGroup, live.order.permId
        if name and perm_id not in self._members.setdefault(name, {}):
            self._members[name][perm_id] = live
            self._names.setdefault(perm_id, []).append(name)

    def remove(self, live: LiveOrder) -> None:
        """Remove the order, whatever groups it was in."""
        for name in self._names.pop(live.order.permId, ()):
            del self._members[name][live.order.permId]
            if not self._members[name]:
                del self._members[name]

    def others(self, live: LiveOrder) -> list[LiveOrder]:
        """Return the other orders of its group that have not come to their end."""
        name = live.order.ocaGroup
        return [
            each
            for each in (self._members.get(name, {}) if name else {}).values()
            if each is not live and not each.done and each.order.ocaGroup == name
        ]

    def after_fill(
        self, live: LiveOrder, quantity: Decimal, before: Decimal
    ) -> list[tuple[LiveOrder, Decimal]]:
        """Return the others of the group, and what is to be left of each: nothing, or in the
        proportion in which `quantity` was filled of the `before` that remained.
        """
        return [(other, self._left(live, other, quantity, before)) for other in self.others(live)]

    def _left(
        self, live: LiveOrder, other: LiveOrder, quantity: Decimal, before: Decimal
    ) -> Decimal:
        if live.order.ocaType not in _REDUCE or quantity == before:
            return ZERO
        step = other.instrument.size_step(other.remaining)
        return (other.remaining * (before - quantity) / before / step).to_integral_value(
            ROUND_FLOOR
        ) * step


BETA, CURRENCY, PAIR = "B", "F", "P"  # IB's hedgeType; "D": by the delta


def hedge_size(live: LiveOrder, market: Market, now: float) -> Decimal:
    """Return how much a hedge is, now that its parent has filled. `hedgeParam` is the beta, or the
    ratio of a pair.
    """
    parent = live.parent
    if parent is None:
        return ZERO
    step, traded, kind = live.instrument.size_increment, parent.instrument, live.order.hedgeType
    if kind == CURRENCY:
        size = parent.spent * traded.multiplier
    elif kind == BETA:
        size = (
            parent.spent
            * traded.multiplier
            * _parameter(live)
            / (market.mark(live.instrument) * live.instrument.multiplier)
        )
    elif kind == PAIR:
        size = parent.filled * _parameter(live)
    else:
        size = (
            parent.filled
            * traded.multiplier
            / live.instrument.multiplier
            * _delta(traded, market, now)
        )
    return (size / step).to_integral_value(ROUND_FLOOR) * step


def _parameter(live: LiveOrder) -> Decimal:
    try:
        return abs(Decimal(live.order.hedgeParam or "1"))
    except ArithmeticError:
        return Decimal(1)


def _delta(option: Instrument, market: Market, now: float) -> Decimal:
    """Return how an option follows its underlying; 1 of all else."""
    return (
        abs(Decimal(repr(greeks(option, market.spot(option), now).delta)))
        if option.right
        else Decimal(1)
    )
