"""How instruments of each kind are paid for and counted."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from ..market.instruments import Instrument

CENT = Decimal("0.01")
ZERO = Decimal(0)
_MARKED = (
    "FUT",
    "CFD",
)  # nothing is paid at the trade; gains and losses come into the cash day by day
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
    return amount.quantize(CENT, ROUND_HALF_UP)


def is_marked(instrument: Instrument) -> bool:
    """A future or the like: its position has no value, only a gain or loss since the last settlement."""
    return instrument.sec_type in _MARKED


def is_commodity(instrument: Instrument) -> bool:
    return instrument.sec_type in _COMMODITIES


def is_option(instrument: Instrument) -> bool:
    return instrument.sec_type in ("OPT", "FOP")


def ledger_row(instrument: Instrument) -> str:
    """The account value's key under which a position's value is counted."""
    return _LEDGER_ROWS.get(instrument.sec_type, "StockMarketValue")
