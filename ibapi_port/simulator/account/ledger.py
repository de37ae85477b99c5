"""The paper account: cash, positions, and what they are worth. All money is Decimal and adds up exactly:
net liquidation = what it began with + realized + unrealized profit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ..market.instruments import Instrument, Instruments
from ..market.quotes import Market

BASE = "USD"  # the account's currency; commissions are paid in it
MARGIN = Decimal("0.25")  # of a position's value, both initial and maintenance
CENT = Decimal("0.01")
_ZERO = Decimal(0)
_PER_SHARE, _LEAST_STOCK, _MOST_STOCK = Decimal("0.005"), Decimal("1"), Decimal("0.01")  # the last: a share of the trade's value
_PAIR_RATE, _LEAST_PAIR = Decimal("0.00002"), Decimal("2")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Position:
    """What is held of an instrument. `cost`: what was paid for it (negative: received), stock commissions included."""

    instrument: Instrument
    quantity: Decimal = _ZERO
    cost: Decimal = _ZERO
    realized: Decimal = _ZERO

    @property
    def average_cost(self) -> Decimal:
        """IB's avgCost: per share."""
        return self.cost / self.quantity if self.quantity else _ZERO

    def trade(self, quantity: Decimal, price: Decimal, commission: Decimal) -> Decimal | None:
        """Take in a trade (a sale has negative `quantity`). Returns the profit that it realized; None if it closed nothing."""
        closing = min(abs(quantity), abs(self.quantity)) if quantity * self.quantity < 0 else _ZERO
        closed_commission = commission if closing == abs(quantity) else cents(commission * closing / abs(quantity))
        signed = closing.copy_sign(quantity)
        realized = None
        if closing:
            closed_cost = self.cost if closing == abs(self.quantity) else cents(self.cost * closing / abs(self.quantity))
            realized = -signed * price - closed_cost - closed_commission
            self.cost -= closed_cost
            self.realized += realized
        self.cost += (quantity - signed) * price + commission - closed_commission
        self.quantity += quantity
        return realized


class Account:
    """One account. Keys of `cash` are currencies."""

    def __init__(self, code: str, cash: Decimal, instruments: Instruments, market: Market) -> None:
        self.code = code
        self.cash: dict[str, Decimal] = {BASE: cash}
        self.initial = cash
        self.positions: dict[int, Position] = {}
        self._pair_commissions = _ZERO
        self._market = market
        self._pairs = {(entry.symbol, entry.currency): entry for entry in instruments.all if entry.is_pair}

    def rate(self, currency: str) -> Decimal:
        """What one unit of the currency is worth in the account's."""
        if currency == BASE:
            return Decimal(1)
        direct = self._pairs.get((currency, BASE))
        if direct is not None:
            return self._market.mark(direct)
        return 1 / self._market.mark(self._pairs[BASE, currency])

    def commission(self, instrument: Instrument, quantity: Decimal, price: Decimal) -> Decimal:
        """What a trade costs, after IB's fixed pricing for US stocks and its tiers for currencies."""
        if instrument.is_pair:
            return cents(max(_LEAST_PAIR, quantity * self.rate(instrument.symbol) * _PAIR_RATE))
        return cents(min(max(_LEAST_STOCK, quantity * _PER_SHARE), quantity * price * _MOST_STOCK))

    def trade(self, instrument: Instrument, quantity: Decimal, price: Decimal, commission: Decimal) -> Decimal | None:
        """Take in a trade (a sale has negative `quantity`). Returns the profit that it realized; None if it closed nothing."""
        self._pay(instrument.currency, -quantity * price)
        self._pay(BASE, -commission)
        position = self.positions.setdefault(instrument.con_id, Position(instrument))
        if not instrument.is_pair:
            return position.trade(quantity, price, commission)
        # A pair's position is in its own currency, the commission in the account's: it is realized at once.
        self._pay(instrument.symbol, quantity)
        self._pair_commissions += commission
        return position.trade(quantity, price, _ZERO)

    def _pay(self, currency: str, amount: Decimal) -> None:
        self.cash[currency] = self.cash.get(currency, _ZERO) + amount

    def market_value(self, position: Position) -> Decimal:
        """In the instrument's currency."""
        return position.quantity * self._market.mark(position.instrument)

    def unrealized(self, position: Position) -> Decimal:
        """In the instrument's currency."""
        return self.market_value(position) - position.cost

    # --- totals, in the account's currency ---

    def total_cash(self) -> Decimal:
        return sum((amount * self.rate(currency) for currency, amount in self.cash.items()), _ZERO)

    def stock_value(self) -> Decimal:
        """Long less short. A pair's value is in the cash already."""
        return sum((self.market_value(each) * self.rate(each.instrument.currency) for each in self._stocks()), _ZERO)

    def gross_value(self) -> Decimal:
        """Long and short alike."""
        return sum((abs(self.market_value(each)) * self.rate(each.instrument.currency) for each in self._stocks()), _ZERO)

    def net_liquidation(self) -> Decimal:
        return self.total_cash() + self.stock_value()

    def margin(self) -> Decimal:
        return self.gross_value() * MARGIN

    def realized_total(self) -> Decimal:
        realized = (each.realized * self.rate(each.instrument.currency) for each in self.positions.values())
        return sum(realized, _ZERO) - self._pair_commissions

    def unrealized_total(self) -> Decimal:
        return sum((self.unrealized(each) * self.rate(each.instrument.currency) for each in self.positions.values()), _ZERO)

    def margin_change(self, instrument: Instrument, quantity: Decimal) -> Decimal:
        """By how much a trade would change the margin."""
        if instrument.is_pair:
            return _ZERO
        held = self.positions.get(instrument.con_id, Position(instrument)).quantity
        return (abs(held + quantity) - abs(held)) * self._market.mark(instrument) * self.rate(instrument.currency) * MARGIN

    def _stocks(self) -> list[Position]:
        return [position for position in self.positions.values() if not position.instrument.is_pair]
