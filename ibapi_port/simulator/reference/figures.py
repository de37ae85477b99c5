"""What scanners know of an instrument at a moment: the numbers that they sort and filter by."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

from ..market.listings.instrument import Instrument
from ..market.quotes.market import Quote
from .companies import Company

_TRADE = 120  # units of an average trade, in lots


@dataclass
class Figures:
    """The numbers that scans look at. `options`: whether there are options on the instrument. A
    number that it does not have is NaN; then it is in no list that is sorted by it.
    """

    instrument: Instrument
    quote: Quote
    company: Company | None
    options: bool
    seed: int

    @property
    def price(self) -> float:
        """Return the price that the instrument is said to have."""
        return float(self.quote.last)

    @property
    def change(self) -> float:
        """Return the change in percent, since the close of the day before."""
        return _percent(self.price, float(self.quote.close))

    @property
    def change_since_open(self) -> float:
        """Return the change in percent, since the opening."""
        return _percent(self.price, float(self.quote.open))

    @property
    def gap(self) -> float:
        """Return the gap in percent, from the close to the opening."""
        return _percent(float(self.quote.open), float(self.quote.close))

    @property
    def price_range(self) -> float:
        """Return the range in percent."""
        return _percent(float(self.quote.high), float(self.quote.low))

    @property
    def volume(self) -> float:
        """Return the day's volume."""
        return float(self.quote.volume) if self.instrument.has_trades else float("nan")

    @property
    def trades(self) -> float:
        """Return the number of the day's trades."""
        return self.volume / (float(self.instrument.lot) * _TRADE)

    @property
    def turnover(self) -> float:
        """Return the money that was turned over today."""
        return self.volume * self.price * float(self.instrument.multiplier)

    @cached_property
    def average_volume(self) -> float:
        """Return the average volume of a day."""
        rng = random.Random(f"volume {self.seed} {self.instrument.con_id}")
        return float(self.instrument.lot) * rng.uniform(5_000, 20_000)

    @property
    def relative_volume(self) -> float:
        """Return the day's volume as a share of the average."""
        return self.volume / self.average_volume

    @property
    def implied_volatility(self) -> float:
        """Return the volatility of a year, 0.25 = 25%."""
        return self.instrument.volatility if self.options else float("nan")

    @property
    def average_option_volume(self) -> float:
        """Return the average volume of its options in a day."""
        return self.average_volume / 50 if self.options else 0.0

    @property
    def option_volume(self) -> float:
        """Return the day's volume of its options."""
        return self.average_option_volume * self.relative_volume

    @property
    def market_cap(self) -> float:
        """Return the market's value in millions."""
        return self.company.shares * self.price if self.company else float("nan")

    @property
    def earnings(self) -> float:
        """Return the earnings per share and year."""
        return (
            self.company.earnings_yield * float(self.instrument.price)
            if self.company
            else float("nan")
        )

    @property
    def price_earnings(self) -> float:
        """Return the price as a multiple of the earnings."""
        return self.price / self.earnings

    @property
    def dividend_yield(self) -> float:
        """Return the dividend of a year as a share of the price, or NaN without a company."""
        return self.company.dividend_yield if self.company else float("nan")

    @property
    def growth(self) -> float:
        """Return how the earnings grow in a year, as a share, or NaN without a company."""
        return self.company.growth if self.company else float("nan")

    @property
    def coupon(self) -> float:
        """Return a bond's coupon, in percent."""
        return float(self.instrument.details.get("coupon", "nan"))

    @property
    def maturity(self) -> str:
        """Return the maturity as YYYYMMDD, or "" if it has none."""
        return str(self.instrument.details.get("maturity", ""))

    @property
    def maturity_number(self) -> float:
        """Return the maturity as a number, YYYYMMDD."""
        return float(self.maturity or "nan")

    @property
    def ratings(self) -> tuple[str, str]:
        """Return Moody's and S&P's rating."""
        moody, _, standard = str(self.instrument.details.get("ratings", "")).partition("/")
        return moody, standard


def _percent(now: float, before: float) -> float:
    return (now / before - 1) * 100 if before else float("nan")
