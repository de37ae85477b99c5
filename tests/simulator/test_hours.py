from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ibapi_port.simulator.market.instruments import Instrument, Instruments
from ibapi_port.simulator.market.listings.holidays import Calendar, easter, nth_weekday
from ibapi_port.simulator.market.listings.hours import ALWAYS, EXCHANGE, Phase

from .helpers import NOON

NEW_YORK = ZoneInfo("America/New_York")
INSTRUMENTS = Instruments(lambda: NOON, market_hours=EXCHANGE)
HOURS = INSTRUMENTS.hours


def at(text: str, zone: str = "America/New_York") -> float:
    """Seconds since 1970 of "2026-04-14 09:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def named(local_symbol: str, sec_type: str = "STK") -> Instrument:
    return next(
        entry
        for entry in INSTRUMENTS.all
        if (entry.local_symbol, entry.sec_type) == (local_symbol, sec_type)
    )


def future(trading_class: str) -> Instrument:
    family = next(
        each for each in INSTRUMENTS.families if each.template.trading_class == trading_class
    )
    return family.members(date(2026, 4, 14))[0]


AAPL, EUR, BTC, TOYOTA = (
    named("AAPL"),
    named("EUR.USD", "CASH"),
    named("BTC.USD", "CRYPTO"),
    named("7203"),
)


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        ("2026-04-14 03:59", Phase.CLOSED),
        ("2026-04-14 04:00", Phase.OUTSIDE),
        ("2026-04-14 09:29", Phase.OUTSIDE),
        ("2026-04-14 09:30", Phase.REGULAR),
        ("2026-04-14 15:59", Phase.REGULAR),
        ("2026-04-14 16:00", Phase.OUTSIDE),
        ("2026-04-14 20:00", Phase.CLOSED),
        ("2026-04-18 12:00", Phase.CLOSED),  # Saturday
        ("2026-04-03 12:00", Phase.CLOSED),  # Good Friday
        ("2026-11-26 12:00", Phase.CLOSED),  # Thanksgiving
        ("2026-11-27 12:59", Phase.REGULAR),
        ("2026-11-27 13:00", Phase.CLOSED),  # the day after ends early
        ("2026-07-03 12:00", Phase.CLOSED),  # the fourth is a Saturday
        ("2027-12-31 12:00", Phase.REGULAR),
        (
            "2023-01-02 12:00",
            Phase.CLOSED,
        ),  # New Year's Day was a Sunday; a Saturday is not made up for
    ],
)
def test_us_stocks(moment: str, phase: Phase) -> None:
    assert HOURS.phase(AAPL, at(moment)) is phase


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-04-17 16:59", True),
        ("2026-04-17 17:00", False),
        ("2026-04-19 17:14", False),
        ("2026-04-19 17:15", True),
    ],
)
def test_currencies_rest_from_friday_to_sunday_evening(moment: str, is_open: bool) -> None:
    assert (HOURS.phase(EUR, at(moment)) is Phase.REGULAR) is is_open


def test_futures_begin_on_the_evening_before() -> None:
    es = future("ES")
    assert HOURS.phase(es, at("2026-04-19 16:59", "America/Chicago")) is Phase.CLOSED
    assert HOURS.phase(es, at("2026-04-19 17:00", "America/Chicago")) is Phase.OUTSIDE
    assert HOURS.phase(es, at("2026-04-20 08:30", "America/Chicago")) is Phase.REGULAR
    assert HOURS.next_open(es, at("2026-04-17 18:00", "America/Chicago"), outside=True) == at(
        "2026-04-19 17:00", "America/Chicago"
    )
    assert HOURS.next_open(es, at("2026-04-17 18:00", "America/Chicago"), outside=False) == at(
        "2026-04-20 08:30", "America/Chicago"
    )


def test_crypto_never_closes_and_tokyo_has_lunch() -> None:
    assert {HOURS.phase(BTC, at("2026-04-18 00:00") + hour * 3600) for hour in range(48)} == {
        Phase.REGULAR
    }
    tokyo = [
        HOURS.phase(TOYOTA, at(f"2026-04-14 {time}", "Asia/Tokyo"))
        for time in ("11:29", "11:30", "12:29", "12:30")
    ]
    assert tokyo == [Phase.REGULAR, Phase.CLOSED, Phase.CLOSED, Phase.REGULAR]


def test_what_comes_next() -> None:
    friday_noon = at("2026-04-17 12:00")
    assert HOURS.next_change(AAPL, friday_noon) == at("2026-04-17 16:00")
    assert HOURS.session_close(AAPL, friday_noon, outside=False) == at("2026-04-17 16:00")
    assert HOURS.session_close(AAPL, friday_noon, outside=True) == at("2026-04-17 20:00")
    assert HOURS.next_open(AAPL, friday_noon, outside=False) == at("2026-04-20 09:30")
    assert HOURS.next_change(AAPL, at("2026-04-17 20:00")) == at("2026-04-20 04:00")
    assert HOURS.session_close(AAPL, at("2026-04-18 12:00"), outside=False) == at(
        "2026-04-20 16:00"
    )
    assert HOURS.next_change(BTC, friday_noon) == float("inf")
    assert HOURS.trading_day(AAPL, at("2026-04-18 12:00")) == (
        at("2026-04-17 04:00"),
        at("2026-04-20 04:00"),
    )


def test_clocks_put_forward() -> None:
    """Sunday, 8 March 2026: the market opens by the clock on the wall on either side."""
    assert HOURS.next_open(AAPL, at("2026-03-06 21:00"), outside=False) == at("2026-03-09 09:30")
    assert at("2026-03-09 09:30") - at("2026-03-06 09:30") == 3 * 86400 - 3600


def told(instrument: Instrument, now: float = NOON) -> Any:
    return INSTRUMENTS.details(instrument, "", now)


def test_contract_details_tell_the_hours() -> None:
    details = told(AAPL)
    assert details.tradingHours.startswith("20260414:0400-20260414:2000;20260415:0400-")
    assert details.liquidHours.split(";")[0] == "20260414:0930-20260414:1600"
    assert details.liquidHours.endswith(";20260418:CLOSED;20260419:CLOSED")
    assert details.timeZoneId == "US/Eastern"
    es = told(future("ES"))
    assert es.timeZoneId == "US/Central"
    assert es.tradingHours.startswith("20260413:1700-20260414:1600;")
    assert es.liquidHours.startswith("20260414:0830-20260414:1600;")
    assert told(BTC).tradingHours.startswith("20260414:0000-20260414:2359;20260415:0000-")
    assert told(TOYOTA).liquidHours.startswith(
        "20260415:0900-20260415:1130;20260415:1230-20260415:1530;"
    )


def test_always_means_always() -> None:
    hours = Instruments(lambda: NOON).hours
    assert hours.mode == ALWAYS
    saturday = at("2026-04-18 03:00")
    assert hours.phase(AAPL, saturday) is Phase.REGULAR
    assert hours.next_change(AAPL, saturday) == float("inf")
    assert hours.session_close(AAPL, saturday, outside=False) == at("2026-04-19 00:00")
    with pytest.raises(ValueError, match="market_hours must be"):
        Instruments(lambda: NOON, market_hours="never")


def test_rules_of_holidays() -> None:
    assert [easter(year) for year in (2024, 2025, 2026, 2027)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
    ]
    assert nth_weekday(2026, 5, 0, -1) == date(2026, 5, 25)
    assert nth_weekday(2026, 12, 3, -1) == date(2026, 12, 31)
    calendar = Calendar(
        ["20260105", "12-thu-1+1", "0704*", "0101>"], {"easter-2": 780, "20260105": 600}
    )
    assert [
        day
        for day in (date(2026, 1, 5), date(2026, 12, 4), date(2026, 7, 3), date(2025, 1, 5))
        if calendar.is_closed(day)
    ] == [
        date(2026, 1, 5),
        date(2026, 12, 4),
        date(2026, 7, 3),
    ]
    assert calendar.early_close(date(2026, 4, 3)) == 780
    assert calendar.early_close(date(2026, 1, 5)) is None  # closed is closed
    with pytest.raises(ValueError, match="not a holiday: 'soon'"):
        Calendar(["soon"], {})
