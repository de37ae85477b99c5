"""Volatility and greeks: tickOptionComputation, and the requests that calculate one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ...errors import Invalid
from ...net.clock import Clock
from ...services import ClientSession, Handler, Service, Values
from ..instruments import Instruments
from ..listings.instrument import Instrument
from ..listings.option_pricing import Greeks, greeks, implied_volatility, smile
from ..quotes.quote import Quote
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
    """Return the computations of the prices that have changed since `known`, and the model's."""
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
    """Return the message; what could not be worked out is None."""
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


class OptionRequestService(Service):
    """Answers calculateImpliedVolatility and calculateOptionPrice, each with a
    tickOptionComputation.
    """

    def __init__(self, instruments: Instruments, clock: Clock) -> None:
        self._instruments = instruments
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "calculateImpliedVolatility": self._volatility,
            "calculateOptionPrice": self._price,
            # the answer has been given already
            "cancelCalculateImpliedVolatility": lambda client, values: None,
            "cancelCalculateOptionPrice": lambda client, values: None,
        }

    def _volatility(self, client: ClientSession, values: Values) -> None:
        option, spot = self._option(values), values["underPrice"]
        price = _above_zero(values["optionPrice"], "option price")
        volatility = implied_volatility(option, spot, price / option.factor, self._clock.now())
        self._answer(client, values, option, volatility, price)

    def _price(self, client: ClientSession, values: Values) -> None:
        option, spot = self._option(values), values["underPrice"]
        volatility = _above_zero(values["volatility"], "volatility")
        price = greeks(option, spot, self._clock.now(), volatility).price * option.factor
        self._answer(client, values, option, volatility, price)

    def _option(self, values: Values) -> Instrument:
        option = self._instruments.one(values["contract"])
        if not option.is_option:
            raise Invalid("Option contract is required")
        _above_zero(values["underPrice"], "underlying price")
        return option

    def _answer(
        self,
        client: ClientSession,
        values: Values,
        option: Instrument,
        volatility: float | None,
        price: float,
    ) -> None:
        spot = values["underPrice"]
        found = None if volatility is None else greeks(option, spot, self._clock.now(), volatility)
        name, sent = computation(CUSTOM, volatility, found, price, spot)
        client.send(name, reqId=values["reqId"], **sent)


def _above_zero(value: float, name: str) -> float:
    if not (math.isfinite(value) and value > 0):
        raise Invalid(f"Invalid {name}: {value}")
    return value
