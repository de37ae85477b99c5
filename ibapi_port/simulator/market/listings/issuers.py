"""Bonds of companies whose shares are listed: made when somebody asks for the bonds of an issuer of
which the file of instruments has none.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from .instrument import Instrument

_IDS = 200_000_000  # contract ids begin here, far from those of the file and of other makings
_MOST = 40_000_000  # of the shares' contract ids; each issuer has room for four bonds
_RATINGS = ("AA2/AA", "A1/A+", "A2/A", "BAA1/BBB+")
_TERMS = ((2021, 2031), (2023, 2043))  # issued, due
_COMPANIES = ("COMMON", "ADR", "REIT")


def bonds_of(stock: Instrument) -> list[Mapping[str, Any]]:
    """Return the entries of a company's bonds, as in the file of instruments; none if it is no
    company of the United States. The same company always has the same.
    """
    if stock.stock_type.upper() not in _COMPANIES or stock.currency != "USD":
        return []
    dice = random.Random(f"bonds {stock.con_id}")
    rating, month, day = dice.choice(_RATINGS), dice.randint(1, 12), dice.randint(1, 28)
    return [
        _entry(stock, n, dice.randint(12, 24) / 4, rating, f"{month:02d}{day:02d}", *years)
        for n, years in enumerate(_TERMS)
    ]


def _entry(
    stock: Instrument, n: int, coupon: float, rating: str, date: str, issued: int, due: int
) -> dict[str, Any]:
    con_id = _IDS + stock.con_id % _MOST * 2 + n
    name = f"{stock.symbol} {coupon:g} {date[:2]}/{date[2:]}/{due % 100}"
    return {
        "symbol": stock.symbol,
        "con_id": con_id,
        "sec_type": "BOND",
        "local_symbol": f"IBCID{con_id}",
        "trading_class": stock.symbol,
        "long_name": name,
        "price": f"{100 + (4.5 - coupon) * (due - 2026) / 2:.4f}",
        "listed": f"{issued}{date}",
        "details": {
            "coupon": coupon,
            "maturity": f"{due}{date}",
            "issueDate": f"{issued}{date}",
            "ratings": rating,
            "bondType": "CORP",
            "couponType": "FIXED",
            "descAppend": name,
        },
    }
