"""What trades cost, after IB's price lists (fixed pricing). A minimum is an order's, however many
executions it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ..market.instruments import Instrument
from .money import ZERO, cents

_D = Decimal
# volume below
_PAIR_TIERS = (
    (_D(1_000_000_000), _D("0.00002"), _D("2.00")),
    (_D(2_000_000_000), _D("0.000015"), _D("1.50")),
)
_PAIR_LAST = _D("0.00001"), _D("1.25")
_MICRO = "M"  # how the symbols of micro futures begin


@dataclass(frozen=True)
class Tariff:
    """A price list for orders: an amount for each unit and a share of the value, within limits.
    `maximum` is a share of the value.
    """

    unit: Decimal = ZERO
    share: Decimal = ZERO
    minimum: Decimal = ZERO
    maximum: Decimal | None = None

    def total(self, quantity: Decimal, value: Decimal) -> Decimal:
        """Return the commission of an order of that quantity and value."""
        amount = max(self.minimum, quantity * self.unit + value * self.share)
        return amount if self.maximum is None else min(amount, value * self.maximum)


_US_STOCK = Tariff(unit=_D("0.005"), minimum=_D(1), maximum=_D("0.01"))
_FOREIGN_STOCK = Tariff(share=_D("0.0005"), minimum=_D(3))
_STOCK = {
    "USD": _US_STOCK,
    "CAD": Tariff(unit=_D("0.01"), minimum=_D(1), maximum=_D("0.005")),
    "JPY": Tariff(share=_D("0.0008"), minimum=_D(80)),
    "HKD": Tariff(share=_D("0.0008"), minimum=_D(18)),
}
_OPTION = {"USD": Tariff(unit=_D("0.65"), minimum=_D(1))}
_FOREIGN_OPTION = Tariff(unit=_D("1.10"), minimum=_D("1.10"))
_TARIFFS = {
    "FOP": Tariff(unit=_D("1.42")),
    "BOND": Tariff(share=_D("0.001"), minimum=_D(1)),
    "BILL": Tariff(share=_D("0.001"), minimum=_D(1)),
    "CRYPTO": Tariff(share=_D("0.0018"), minimum=_D("1.75"), maximum=_D("0.01")),
    "CMDTY": Tariff(share=_D("0.000015"), minimum=_D(2)),
    "FUND": Tariff(minimum=_D("14.95")),
}
_MICRO_FUTURE, _FUTURE = Tariff(unit=_D("0.62")), Tariff(unit=_D("2.25"))


def _tariff(instrument: Instrument) -> Tariff:
    kind, currency = instrument.sec_type, instrument.currency
    if kind == "FUT":
        return _MICRO_FUTURE if instrument.symbol.startswith(_MICRO) else _FUTURE
    if kind == "OPT":
        return _OPTION.get(currency, _FOREIGN_OPTION)
    return _TARIFFS[kind] if kind in _TARIFFS else _STOCK.get(currency, _FOREIGN_STOCK)


class Commissions:
    """The commissions of one account. Currency pairs get cheaper with the month's volume, which
    `note` counts.
    """

    def __init__(self, base: str, rate: Callable[[str], Decimal]) -> None:
        self._base = base
        self._rate = rate
        self._pair_volume = ZERO

    def currency(self, instrument: Instrument) -> str:
        """Return the currency in which the commission is paid."""
        return self._base if instrument.is_pair else instrument.currency

    def total(self, instrument: Instrument, quantity: Decimal, price: Decimal) -> Decimal:
        """Return the commission of an order that has traded so much, at this average price."""
        if not quantity:
            return ZERO
        if instrument.is_pair:
            share, least = next(
                (tier[1:] for tier in _PAIR_TIERS if self._pair_volume < tier[0]), _PAIR_LAST
            )
            return cents(max(least, quantity * self._rate(instrument.symbol) * share))
        return cents(
            _tariff(instrument).total(quantity, quantity * abs(price) * instrument.multiplier)
        )

    def note(self, instrument: Instrument, quantity: Decimal) -> None:
        """Count a trade that has been made."""
        if instrument.is_pair:
            self._pair_volume += quantity * self._rate(instrument.symbol)

    def new_month(self) -> None:
        """Begin a month: the volume counts from zero."""
        self._pair_volume = ZERO
