"""tickOptionComputation: volatility and greeks of an option's bid, ask, last and model price."""

from __future__ import annotations

from collections.abc import Iterator

from .instrument import Instrument
from .pricing import Greeks, greeks, implied_volatility, smile
from .quote import Quote
from .ticks import Tick

_TYPES = (("bid", 10, 80), ("ask", 11, 81), ("last", 12, 82))
_MODEL = (13, 83)
CUSTOM = 53  # of calculateImpliedVolatility and calculateOptionPrice
FROM_RETURNS = 0  # tickAttrib


def option_ticks(
    instrument: Instrument,
    known: Quote | None,
    quote: Quote,
    spot: float,
    now: float,
    delayed: bool,
) -> Iterator[Tick]:
    """Of the prices that have changed since `known`, and the model's."""
    for name, *tick_types in _TYPES:
        price = getattr(quote, name)
        if known is None or getattr(known, name) != price:
            volatility = implied_volatility(instrument, spot, float(price) / instrument.factor, now)
            found = None if volatility is None else greeks(instrument, spot, now, volatility)
            yield computation(tick_types[delayed], volatility, found, float(price), spot)
    model = greeks(instrument, spot, now)
    yield computation(
        _MODEL[delayed], smile(instrument, spot), model, model.price * instrument.factor, spot
    )


def computation(
    tick_type: int, volatility: float | None, found: Greeks | None, price: float | None, spot: float
) -> Tick:
    """The message; what could not be worked out is None."""
    return "tickOptionComputation", {
        "tickType": tick_type,
        "tickAttrib": FROM_RETURNS,
        "impliedVol": volatility,
        "delta": found.delta if found else None,
        "optPrice": price,
        "pvDividend": 0.0 if found else None,
        "gamma": found.gamma if found else None,
        "vega": found.vega if found else None,
        "theta": found.theta if found else None,
        "undPrice": spot,
    }
