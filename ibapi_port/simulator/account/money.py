"""How instruments of each kind are paid for and counted, and what currencies are worth."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from ..market.instruments import Instrument
from ..market.quotes.market import Market

CENT = Decimal("0.01")
ZERO, ONE = Decimal(0), Decimal(1)
# nothing is paid at the trade; gains and losses come into the cash day by day
_MARKED = ("FUT", "CFD")
_COMMODITIES = ("FUT", "FOP")  # of IB's commodities segment; all others are securities
_LEDGER_ROWS = {
    "OPT": "OptionMarketValue",
    "FOP": "FutureOptionValue",
    "WAR": "WarrantValue",
    "IOPT": "IssuerOptionValue",
    "BOND": "CorporateBondValue",
    "BILL": "TBillValue",
    "FUND": "FundValue",
    "CRYPTO": "Cryptocurrency",
}
VALUE_ROWS = ("StockMarketValue", *_LEDGER_ROWS.values())


def cents(amount: Decimal) -> Decimal:
    """Round an amount to cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def is_marked(instrument: Instrument) -> bool:
    """Return whether it is a future or the like: its position has no value, only a gain or loss
    since the last settlement.
    """
    return instrument.sec_type in _MARKED


def is_commodity(instrument: Instrument) -> bool:
    """Return whether it belongs to IB's commodities segment."""
    return instrument.sec_type in _COMMODITIES


def is_option(instrument: Instrument) -> bool:
    """Return whether it is an option, on a future too."""
    return instrument.sec_type in ("OPT", "FOP")


def ledger_row(instrument: Instrument) -> str:
    """Return the account value's key under which a position's value is counted."""
    return _LEDGER_ROWS.get(instrument.sec_type, "StockMarketValue")


_THROUGH = "USD"  # where two currencies have no pair of their own


class Rates:
    """Exchange rates. `rate` reads the pairs' quotes, so that a rate is never older than the
    market.
    """

    def __init__(self, instruments: Iterable[Instrument], market: Market) -> None:
        self._market = market
        self._pairs = {
            (entry.symbol, entry.currency): entry for entry in instruments if entry.is_pair
        }

    def known(self, currency: str, base: str) -> bool:
        """Return whether there is a way from the one to the other."""
        return self._is_direct(currency, base) or (
            self._is_direct(currency, _THROUGH) and self._is_direct(_THROUGH, base)
        )

    def rate(self, currency: str, base: str) -> Decimal:
        """Return what one unit of the currency is worth in the base currency. KeyError: no pairs
        lead there.
        """
        if self._is_direct(currency, base):
            return self._direct(currency, base)
        return self._direct(currency, _THROUGH) * self._direct(_THROUGH, base)

    def _is_direct(self, currency: str, base: str) -> bool:
        return (
            currency == base or (currency, base) in self._pairs or (base, currency) in self._pairs
        )

    def _direct(self, currency: str, base: str) -> Decimal:
        if currency == base:
            return ONE
        pair = self._pairs.get((currency, base))
        if pair is not None:
            return self._market.mark(pair)
        return 1 / self._market.mark(self._pairs[base, currency])
