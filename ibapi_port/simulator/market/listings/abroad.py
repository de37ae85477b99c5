"""The listings of stocks of the United States in Mexico and Switzerland: they make a contract
ambiguous that does not say its currency, as in life.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import NamedTuple

from .instrument import Instrument

_MOST = 300_000_000  # contract ids above it are no stocks of the data file


class _Abroad(NamedTuple):
    """A market abroad. Contract ids are `offset` higher there: far above those of the data file,
    below those of families. `hours`: its schedule; "": that of the stock at home.
    """

    venue: str
    currency: str
    trading_class: str
    offset: int
    hours: str


_MARKETS = (
    _Abroad("MEXI", "MXN", "XMEX", 600_000_000, ""),
    _Abroad("EBS", "CHF", "USSTARS", 300_000_000, "europe"),
)


def listings_abroad(
    stocks: Sequence[Instrument], pairs: Sequence[Instrument], schedules: Container[str]
) -> list[Instrument]:
    """Return the listings abroad of each US stock, in markets whose currency has a price in `pairs`
    and whose hours are known.
    """
    return [
        _listed(stock, market, pair)
        for market in _MARKETS
        if not market.hours or market.hours in schedules
        for pair in pairs
        if pair.is_pair and (pair.symbol, pair.currency) == ("USD", market.currency)
        for stock in stocks
        if stock.sec_type == "STK"
        and stock.currency == "USD"
        and "SMART" in stock.exchanges
        and stock.con_id < _MOST
    ]


def _listed(stock: Instrument, market: _Abroad, pair: Instrument) -> Instrument:
    return replace(
        stock,
        con_id=market.offset + stock.con_id,
        currency=market.currency,
        primary_exchange=market.venue,
        exchanges=("SMART", market.venue),
        trading_class=market.trading_class,
        parents=(stock.con_id, pair.con_id),
        powers=(1, 1),
        price=stock.round(float(stock.price * pair.price)),
        hours=market.hours or stock.hours,
    )
