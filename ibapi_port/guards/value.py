"""What an order is worth, in one currency."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from .quotes import Quotes
from .terms import Instrument, Leg, Terms

# Order types whose price is that of the order; all others fill at the market's.
LIMITED = frozenset({"LMT", "LIT", "LOC", "LOO", "STP LMT", "EXERCISE"})
_TRIGGERED = frozenset({"STP", "MIT", "STP PRT"})  # at the market, from a price on
_WITH_MULTIPLIER = frozenset({"OPT", "FOP", "FUT", "CONTFUT", "FUT+CONTFUT", "WAR", "IOPT"})
_BOND_PRICE = 10.0  # a bond's quantity is in thousands of face value, its price in percent


class Unknown(Exception):
    """The value cannot be told; the text says what is missing."""


class Valuer:
    """Values orders by their prices and the last quotes."""

    def __init__(
        self,
        quotes: Quotes,
        currency: str,
        rates: Mapping[str, float],
        quote: Callable[[Instrument, str], float | None] | None = None,
    ) -> None:
        self._quotes = quotes
        self._currency = currency
        self._rates = rates
        self._quote = quote or quotes.last

    def value(self, terms: Terms) -> float:
        """Return what an order is worth at most. Raise Unknown if that cannot be told."""
        if terms.legs or terms.instrument.kind == "BAG":
            return self._combination(terms)
        instrument = self._quotes.known(terms.instrument)
        values = []
        if terms.cash is not None:
            values.append(abs(terms.cash))
        if terms.quantity:
            price = self._price(terms, instrument)
            values.append(abs(terms.quantity) * price * _multiplier(instrument))
        if not values or not all(map(math.isfinite, values)):
            raise Unknown("the order has no quantity that could be valued")
        return max(values) * self._rate(instrument)

    def distance(self, terms: Terms) -> float | None:
        """Return how far an order's prices are from the last quote, in percent; None if it has no
        price of its own. Raise Unknown if there is no quote.
        """
        prices = _prices(terms)
        if not prices or terms.is_exercise:
            return None
        if terms.legs or terms.instrument.kind == "BAG":
            pairs = [(leg, self._leg_price(leg)[1]) for leg in terms.legs]
            reference = sum(leg.sign * leg.ratio * price for leg, price in pairs)
            scale = sum(leg.ratio * abs(price) for leg, price in pairs)
        else:
            reference = self._last(self._quotes.known(terms.instrument), "")
            scale = abs(reference)
        if not scale:
            raise Unknown(f"no last quote of {terms.instrument}")
        return max(abs(price - reference) for price in prices) / scale * 100

    def _price(self, terms: Terms, instrument: Instrument) -> float:
        """Return the highest price at which an order may fill, as far as is known."""
        own = [abs(price) for price in _prices(terms) if price]  # a sale at 0 is one at the market
        is_sale = terms.side.startswith("S")
        has_own = own and (terms.order_type in LIMITED or terms.order_type in _TRIGGERED)
        if has_own and (terms.order_type in LIMITED and not is_sale):
            return max(own)
        quote = self._quote(instrument, terms.side)
        if quote is None or not math.isfinite(quote):
            if has_own:
                return max(own)
            what = f"which an order of type {terms.order_type or 'unknown'} needs"
            raise Unknown(f"no last quote of {instrument}, {what}")
        return max([*own, abs(quote)])

    def _last(self, instrument: Instrument, side: str) -> float:
        quote = self._quote(instrument, side)
        if quote is None or not math.isfinite(quote):
            raise Unknown(f"no last quote of {instrument}")
        return quote

    def _combination(self, terms: Terms) -> float:
        """Return the value of all legs, bought and sold ones alike: a spread's own price is small,
        its legs are not.
        """
        if not terms.legs or not terms.quantity:
            raise Unknown("the combination has no legs, or no quantity")
        total = 0.0
        for leg in terms.legs:
            instrument, price = self._leg_price(leg)
            worth = leg.ratio * abs(price) * _multiplier(instrument) * self._rate(instrument)
            total += abs(terms.quantity) * worth
        return total

    def _leg_price(self, leg: Leg) -> tuple[Instrument, float]:
        instrument = self._quotes.by_id(leg.con_id)
        if instrument is None:
            text = f"nothing is known of the leg with conId {leg.con_id}"
            raise Unknown(f"{text}; ask reqContractDetails and reqMktData for it")
        return instrument, self._last(instrument, "BUY" if leg.sign > 0 else "SELL")

    def _rate(self, instrument: Instrument) -> float:
        currency = instrument.currency
        if currency == self._currency:
            return 1.0
        if not currency:
            raise Unknown(f"the currency of {instrument} is not known; set it on the contract")
        rate = self._rates.get(currency)
        if rate is None or not math.isfinite(rate) or rate <= 0:
            raise Unknown(f"no rate of {currency} to {self._currency}")
        return rate


def _prices(terms: Terms) -> list[float]:
    """Return the prices that an order names."""
    prices = []
    if terms.order_type in LIMITED and terms.limit_price is not None:
        prices.append(terms.limit_price)
    if terms.order_type in (*_TRIGGERED, "STP LMT", "LIT") and terms.aux_price is not None:
        prices.append(terms.aux_price)
    return prices


def _multiplier(instrument: Instrument) -> float:
    if instrument.kind == "BOND":
        return _BOND_PRICE
    if instrument.multiplier is not None:
        return abs(instrument.multiplier)
    if instrument.kind in _WITH_MULTIPLIER or not instrument.kind:
        raise Unknown(
            f"the multiplier of {instrument} is not known; set it on the contract, or ask "
            "reqContractDetails"
        )
    return 1.0


__all__ = ["LIMITED", "Unknown", "Valuer"]
