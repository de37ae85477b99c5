"""calculateImpliedVolatility and calculateOptionPrice."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..errors import Invalid
from ..net.clock import Clock
from ..services import Handler, Peer, Values
from .instruments import Instrument, Instruments
from .option_ticks import CUSTOM, computation
from .pricing import greeks, implied_volatility


class OptionRequestService:
    """Answers with a tickOptionComputation."""

    def __init__(self, instruments: Instruments, clock: Clock) -> None:
        self._instruments = instruments
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "calculateImpliedVolatility": self._volatility,
            "calculateOptionPrice": self._price,
            "cancelCalculateImpliedVolatility": lambda peer, values: (
                None
            ),  # the answer has been given already
            "cancelCalculateOptionPrice": lambda peer, values: None,
        }

    def forget(self, peer: Peer) -> None:
        """Nothing is kept."""

    def _volatility(self, peer: Peer, values: Values) -> None:
        option, spot = self._option(values), values["underPrice"]
        price = _above_zero(values["optionPrice"], "option price")
        volatility = implied_volatility(option, spot, price / option.factor, self._clock.now())
        self._answer(peer, values, option, volatility, price)

    def _price(self, peer: Peer, values: Values) -> None:
        option, spot = self._option(values), values["underPrice"]
        volatility = _above_zero(values["volatility"], "volatility")
        price = greeks(option, spot, self._clock.now(), volatility).price * option.factor
        self._answer(peer, values, option, volatility, price)

    def _option(self, values: Values) -> Instrument:
        option = self._instruments.one(values["contract"])
        if not option.is_option:
            raise Invalid("Option contract is required")
        _above_zero(values["underPrice"], "underlying price")
        return option

    def _answer(
        self, peer: Peer, values: Values, option: Instrument, volatility: float | None, price: float
    ) -> None:
        spot = values["underPrice"]
        found = None if volatility is None else greeks(option, spot, self._clock.now(), volatility)
        name, sent = computation(CUSTOM, volatility, found, price, spot)
        peer.send(name, reqId=values["reqId"], **sent)


def _above_zero(value: float, name: str) -> float:
    if not (math.isfinite(value) and value > 0):
        raise Invalid(f"Invalid {name}: {value}")
    return value
