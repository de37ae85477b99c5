"""What instruments are worth that follow from others: futures by carry, options after Black and
Scholes, combinations by their legs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from ...times import ZONE
from .instrument import YEAR, Instrument

RATE = 0.04  # interest, a year
_LEAST_TIME = 300 / YEAR  # in years: an option keeps a little time value to its last moment
_EXACT = 1e-9  # of a price
_LEAST_VOLATILITY, _MOST_VOLATILITY = 0.001, 10.0


class Greeks(NamedTuple):
    """An option's value per unit of the underlying, and what it does when things change."""

    price: float
    delta: float
    gamma: float
    vega: float  # for one point (1%) of volatility
    theta: float  # a day


@lru_cache(maxsize=1024)
def expiry_moment(expiry: str) -> float:
    """Return the end of trading on that day (YYYYMMDD), in seconds since 1970."""
    return datetime.strptime(expiry, "%Y%m%d").replace(hour=16, tzinfo=ZONE).timestamp()


def years_left(instrument: Instrument, when: float) -> float:
    """Return the years until it expires; 0 afterwards."""
    return max(0.0, expiry_moment(instrument.expiry) - when) / YEAR


def value(instrument: Instrument, parents: Sequence[float], when: float) -> float:
    """Return the price that follows from its parents' (of a combination: its legs')."""
    if instrument.legs:
        whole = sum(
            leg.units * float(leg.instrument.multiplier) * price
            for leg, price in zip(instrument.legs, parents, strict=True)
        )
        return whole / float(instrument.multiplier)
    if instrument.right:
        return greeks(instrument, parents[0], when).price * instrument.factor
    price = instrument.factor
    for parent, power in zip(parents, instrument.powers, strict=True):
        price *= parent**power
    return price * math.exp(RATE * years_left(instrument, when)) if instrument.expiry else price


def greeks(
    instrument: Instrument, spot: float, when: float, volatility: float | None = None
) -> Greeks:
    """Return the greeks of an option at this price of its underlying; without a volatility with the
    market's.
    """
    sigma = smile(instrument, spot) if volatility is None else volatility
    carry = 0.0 if instrument.sec_type == "FOP" else RATE  # a future's price has its carry in it
    return black_scholes(
        instrument.right == "C",
        spot,
        float(instrument.strike),
        years_left(instrument, when),
        sigma,
        carry,
    )


def smile(instrument: Instrument, spot: float) -> float:
    """Return the volatility that the market sees in an option: the further from the money, and the
    lower the strike, the more.
    """
    moneyness = math.log(float(instrument.strike) / spot)
    return instrument.volatility * (
        1 + min(1.0, max(-0.2, 0.8 * moneyness * moneyness - 0.25 * moneyness))
    )


def black_scholes(
    is_call: bool, spot: float, strike: float, years: float, volatility: float, carry: float
) -> Greeks:
    """Return price and greeks of a European option. `carry`: what holding the underlying costs a
    year.
    """
    years = max(years, _LEAST_TIME)
    spread = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + (carry + volatility * volatility / 2) * years) / spread
    discount, grown = math.exp(-RATE * years), math.exp((carry - RATE) * years)
    density, sign = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi), 1 if is_call else -1
    n1, n2 = _cumulative(sign * d1), _cumulative(sign * (d1 - spread))
    price = sign * (spot * grown * n1 - strike * discount * n2)
    decay = -spot * grown * density * volatility / (2 * math.sqrt(years))
    theta = decay - sign * (carry - RATE) * spot * grown * n1 - sign * RATE * strike * discount * n2
    return Greeks(
        price=max(price, 0.0),
        delta=sign * grown * n1,
        gamma=grown * density / (spot * spread),
        vega=spot * grown * density * math.sqrt(years) / 100,
        theta=theta / 365,
    )


def implied_volatility(
    instrument: Instrument, spot: float, price: float, when: float
) -> float | None:
    """Return the volatility at which the option is worth this; None if there is none."""
    low, high = _LEAST_VOLATILITY, _MOST_VOLATILITY
    if (
        not greeks(instrument, spot, when, low).price
        <= price
        <= greeks(instrument, spot, when, high).price
    ):
        return None
    guess = smile(instrument, spot)
    for _ in range(60):
        found = greeks(instrument, spot, when, guess)
        miss = found.price - price
        if abs(miss) < _EXACT:
            break
        low, high = (low, guess) if miss > 0 else (guess, high)
        # Newton's, as long as it stays between the two
        step = guess - miss / (100 * found.vega) if found.vega > 0 else low
        guess = step if low < step < high else (low + high) / 2
    return guess


def _cumulative(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2
