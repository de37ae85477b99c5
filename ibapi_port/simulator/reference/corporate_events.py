"""What happens to companies and when: the events of the Wall Street Horizon calendar."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .companies import Company, Quarter

EVENT_TYPES = {
    "wshe_ed": "Earnings Date",
    "wshe_eps": "Earnings Report",
    "wshe_cc": "Conference Call",
    "wshe_fq": "Future Quarter",
    "wshe_qe": "Quarter End",
    "wshe_div": "WSHE Dividend",
    "wshe_sh": "Shareholder Meeting",
    "wshe_bod": "Board of Directors Meeting",
    "wshe_option": "Option Expiration Date",
}
_UNSURE = timedelta(days=60)  # dates of earnings that are further away are inferred


@dataclass(frozen=True)
class Event:
    """An event of a company. `kind` is a key of EVENT_TYPES; `details` are IB's fields of this
    kind.
    """

    day: date
    kind: str
    company: Company
    details: dict[str, Any]

    def as_json(self, index: int) -> dict[str, Any]:
        """Return the event as reqWshEventData's JSON has it."""
        stock = self.company.instrument
        known = {
            "conids": [str(stock.con_id)],
            "company_name": stock.long_name,
            "symbol": stock.symbol,
        }
        return {
            "index": index,
            "event_type": self.kind,
            "index_date": f"{self.day:%Y%m%d}",
            "index_date_type": EVENT_TYPES[self.kind],
            "conids": [str(stock.con_id)],
            "data": {**known, **self.details},
        }


def events_of(company: Company, first: date, last: date, today: date) -> list[Event]:
    """Return the events in [first, last], in order of time."""
    found = [
        event
        for quarter in company.between(first, last)
        for event in _of_quarter(company, quarter, today)
    ]
    found += _expirations(company, first, last)
    return sorted(
        (event for event in found if first <= event.day <= last),
        key=lambda event: (event.day, event.kind),
    )


def _of_quarter(company: Company, quarter: Quarter, today: date) -> Iterator[Event]:
    named = {
        "fiscal_year": quarter.year,
        "quarter": quarter.name,
        "quarter_end_date": f"{quarter.end:%Y%m%d}",
    }
    done = quarter.reported < today
    status = "CONFIRMED" if quarter.reported <= today + _UNSURE / 4 else "UNCONFIRMED"
    when = {
        "earnings_date": f"{quarter.reported:%Y%m%d}",
        "time_of_day": "AFTER MARKET" if quarter.after_market else "BEFORE MARKET",
    }
    yield Event(quarter.end, "wshe_qe", company, named)
    if quarter.reported > today + _UNSURE:
        inferred = {
            **named,
            **when,
            "wshe_earnings_date_status": "INFERRED",
            "confidence_indicator": "MEDIUM",
        }
        yield Event(quarter.reported, "wshe_fq", company, inferred)
    else:
        yield Event(
            quarter.reported,
            "wshe_ed",
            company,
            {**named, **when, "wshe_earnings_date_status": status},
        )
        yield Event(
            quarter.reported,
            "wshe_cc",
            company,
            {**named, "call_date": f"{quarter.reported:%Y%m%d}"},
        )
    if done:
        change = quarter.eps - quarter.estimated_eps
        figures = {
            "amount_oc": quarter.eps,
            "estimated_eps": quarter.estimated_eps,
            "change_amount": round(change, 2),
        }
        yield Event(
            quarter.reported,
            "wshe_eps",
            company,
            {**named, **figures, "currency": company.instrument.currency},
        )
    yield from _dividend(company, quarter)
    board = quarter.reported - timedelta(days=7)
    yield Event(board, "wshe_bod", company, {**named, "meeting_date": f"{board:%Y%m%d}"})
    if quarter.number == 1:
        meeting = quarter.reported + timedelta(days=14)
        yield Event(
            meeting,
            "wshe_sh",
            company,
            {"fiscal_year": quarter.year, "meeting_date": f"{meeting:%Y%m%d}", "type": "Annual"},
        )


def _dividend(company: Company, quarter: Quarter) -> Iterator[Event]:
    if quarter.dividend:
        dates = {
            "ex_div_date": quarter.ex_date,
            "record_date": quarter.ex_date,
            "pay_date": quarter.pay_date,
        }
        paid = {
            "dividend_oc": quarter.dividend,
            "dividend_currency": company.instrument.currency,
            "frequency": "Quarterly",
        }
        yield Event(
            quarter.ex_date,
            "wshe_div",
            company,
            {**{name: f"{day:%Y%m%d}" for name, day in dates.items()}, **paid},
        )


def _expirations(company: Company, first: date, last: date) -> Iterator[Event]:
    """Return the expirations: third Fridays."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        fridays = [
            week[calendar.FRIDAY]
            for week in calendar.Calendar().monthdayscalendar(year, month)
            if week[calendar.FRIDAY]
        ]
        day = date(year, month, fridays[2])
        yield Event(day, "wshe_option", company, {"expiration_date": f"{day:%Y%m%d}"})
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
