"""The listings that stocks of the United States have in Mexico: they make a contract ambiguous that
does not say its currency, as in life.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .instrument import Instrument

_VENUE, _CURRENCY = "MEXI", "MXN"
_OFFSET = 600_000_000  # contract ids: far above those of the data file, below those of families
_MOST = 300_000_000


def listings_abroad(instruments: Sequence[Instrument]) -> list[Instrument]:
    """Return a listing in Mexico for each US stock; none if there is no price of the peso."""
    pair = next(
        (
            each
            for each in instruments
            if each.is_pair and (each.symbol, each.currency) == ("USD", _CURRENCY)
        ),
        None,
    )
    if pair is None:
        return []
    return [
        replace(
            stock,
            con_id=_OFFSET + stock.con_id,
            currency=_CURRENCY,
            primary_exchange=_VENUE,
            exchanges=("SMART", _VENUE),
            trading_class="XMEX",
            parents=(stock.con_id, pair.con_id),
            powers=(1, 1),
            price=stock.round(float(stock.price * pair.price)),
        )
        for stock in instruments
        if stock.sec_type == "STK"
        and stock.currency == "USD"
        and "SMART" in stock.exchanges
        and stock.con_id < _MOST
    ]
