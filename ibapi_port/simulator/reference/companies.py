"""The companies behind the stocks: their figures, made from the seed, so that reports, calendar and
scanners say the same of each.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from ..market.instruments import Instrument

_LAST_DAYS = {3: 31, 6: 30, 9: 30, 12: 31}
_HAVE_NONE = ("ETF", "ETN", "ETC", "CLOSED-END FUND")  # stock types without a company's figures


@dataclass(frozen=True)
class Quarter:
    """A fiscal quarter; amounts in millions, those per share in the stock's currency."""

    year: int
    number: int  # 1 to 4
    end: date
    reported: date
    after_market: bool
    revenue: float
    net_income: float
    eps: float
    estimated_eps: float
    dividend: float  # per share; 0: none
    ex_date: date
    pay_date: date

    @property
    def name(self) -> str:
        """Return the quarter's name, such as "Q1"."""
        return f"Q{self.number}"


@dataclass(frozen=True)
class Company:
    """A company. `shares` are in millions."""

    instrument: Instrument
    seed: int
    shares: float
    earnings_yield: float  # of a year
    margin: float
    growth: float  # of a year
    dividend_yield: float  # of a year
    founded: int
    employees: int

    @property
    def market_cap(self) -> float:
        """Return the market's value in millions, at the price that the market begins with."""
        return self.shares * float(self.instrument.price)

    def quarter(self, year: int, number: int) -> Quarter:
        """Return a quarter of the company."""
        rng = random.Random(f"quarter {self.seed} {self.instrument.con_id} {year} {number}")
        end = date(year, 3 * number, _LAST_DAYS[3 * number])
        years = (year - 2025) + number / 4
        price = float(self.instrument.price)
        normal = price * self.earnings_yield / 4 * (1 + self.growth) ** years
        estimate = round(normal * rng.uniform(0.95, 1.05), 2)
        eps = round(normal * rng.uniform(0.85, 1.15), 2)
        income = round(eps * self.shares, 1)
        ex_date = _workday(end + timedelta(rng.randint(35, 45)))
        return Quarter(
            year=year,
            number=number,
            end=end,
            reported=_workday(end + timedelta(rng.randint(18, 34))),
            after_market=rng.random() < 0.6,
            revenue=round(income / self.margin, 1),
            net_income=income,
            eps=eps,
            estimated_eps=estimate,
            dividend=round(price * self.dividend_yield / 4, 2),
            ex_date=ex_date,
            pay_date=_workday(ex_date + timedelta(21)),
        )

    def reported(self, today: date, count: int) -> list[Quarter]:
        """Return the last quarters whose figures are known, the newest first."""
        found: list[Quarter] = []
        year, number = today.year, 4
        while len(found) < count:
            quarter = self.quarter(year, number)
            if quarter.reported < today:
                found.append(quarter)
            year, number = (year, number - 1) if number > 1 else (year - 1, 4)
        return found

    def between(self, first: date, last: date) -> list[Quarter]:
        """Return the quarters of which something may happen in these days."""
        return [
            self.quarter(year, number)
            for year in range(first.year - 1, last.year + 1)
            for number in range(1, 5)
        ]


def company_of(instrument: Instrument, seed: int) -> Company | None:
    """Return the company behind an instrument, or None if there is none."""
    if instrument.sec_type != "STK" or instrument.stock_type.upper() in _HAVE_NONE:
        return None
    rng = random.Random(f"company {seed} {instrument.con_id}")
    return Company(
        instrument=instrument,
        seed=seed,
        shares=round(10 ** rng.uniform(2.5, 4.2), 1),
        earnings_yield=rng.uniform(0.02, 0.07),
        margin=rng.uniform(0.05, 0.35),
        growth=rng.uniform(-0.02, 0.15),
        dividend_yield=max(0.0, rng.uniform(-0.01, 0.03)),
        founded=rng.randint(1900, 2010),
        employees=rng.randint(2, 400) * 1000,
    )


def _workday(day: date) -> date:
    return day + timedelta(max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
