"""What currencies are worth in each other, by the market's currency pairs."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..market.instruments import Instrument
from ..market.quotes import Market

_THROUGH = "USD"  # where two currencies have no pair of their own
_ONE = Decimal(1)


class Rates:
    """`rate` reads the pairs' quotes, so that a rate is never older than the market."""

    def __init__(self, instruments: Iterable[Instrument], market: Market) -> None:
        self._market = market
        self._pairs = {
            (entry.symbol, entry.currency): entry for entry in instruments if entry.is_pair
        }

    def known(self, currency: str, base: str) -> bool:
        """Whether there is a way from the one to the other."""
        return self._is_direct(currency, base) or (
            self._is_direct(currency, _THROUGH) and self._is_direct(_THROUGH, base)
        )

    def rate(self, currency: str, base: str) -> Decimal:
        """What one unit of the currency is worth in the base currency. KeyError: no pairs lead there."""
        if self._is_direct(currency, base):
            return self._direct(currency, base)
        return self._direct(currency, _THROUGH) * self._direct(_THROUGH, base)

    def _is_direct(self, currency: str, base: str) -> bool:
        return (
            currency == base or (currency, base) in self._pairs or (base, currency) in self._pairs
        )

    def _direct(self, currency: str, base: str) -> Decimal:
        if currency == base:
            return _ONE
        pair = self._pairs.get((currency, base))
        if pair is not None:
            return self._market.mark(pair)
        return 1 / self._market.mark(self._pairs[base, currency])
