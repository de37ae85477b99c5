from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.history.requests import MAX_BARS, BarRequest, read_request
from ibapi_port.simulator.history.spans import MONTH, WEEK, Span, back, open_ranges, span_at, spans
from ibapi_port.simulator.times import parse, stamp

from .helpers import NOON, Desk, bar_values

DAY = 86400


def read(**changes: Any) -> BarRequest:
    return read_request(bar_values(**changes), NOON)


def moment(text: str) -> float:
    found = parse(text)
    assert found is not None
    return found


def places(desk: Desk, symbol: str = "AAPL", regular: bool = True, **changes: Any) -> list[Span]:
    request = read(useRTH=int(regular), **changes)
    return desk.world.history.bars.places(desk.instrument(symbol), request)


@pytest.mark.parametrize(
    ("duration", "size", "count"),
    [
        ("3600 S", "1 min", 60),
        ("1800 S", "30 secs", 60),
        ("60 S", "1 secs", 60),
        ("1 D", "1 hour", 24),
        ("2 D", "5 mins", 576),
        ("1 W", "1 day", 7),
        ("2 W", "8 hours", 42),
        ("1 M", "1 day", 30),
        ("6 M", "1W", 26),
        ("1 Y", "1 month", 12),
        ("1 y", "1 week", 52),
        ("60 S", "1 day", 1),
    ],
)
def test_in_a_market_that_never_closes_duration_and_size_give_the_number_of_bars(
    desk: Desk, duration: str, size: str, count: int
) -> None:
    request = read(durationStr=duration, barSizeSetting=size)
    made = desk.world.history.bars.places(desk.instrument("AAPL"), request)
    assert len(made) == request.count == count
    assert all(place.end == after.start for place, after in itertools.pairwise(made))
    assert made[-1].start < request.end <= made[-1].end


@pytest.mark.parametrize(
    ("size", "start", "after"),
    [
        (60, "20260414 12:00:00", "20260414 12:01:00"),
        (1800, "20260414 12:00:00", "20260414 12:30:00"),
        (4 * 3600, "20260414 12:00:00", "20260414 16:00:00"),
        (8 * 3600, "20260414 08:00:00", "20260414 16:00:00"),
        (DAY, "20260414 00:00:00", "20260415 00:00:00"),
        (WEEK, "20260413 00:00:00", "20260415 00:00:00"),  # the rest of it has not been yet
        (MONTH, "20260401 00:00:00", "20260415 00:00:00"),
    ],
)
def test_bars_begin_where_the_calendar_says(desk: Desk, size: int, start: str, after: str) -> None:
    place = span_at(desk.world.history.past.days, desk.instrument("AAPL"), size, True, NOON + 17)
    assert place is not None
    assert (place.start, place.end) == (moment(start), moment(after))


def test_days_are_whole_across_the_change_of_the_clocks(desk: Desk) -> None:
    end = {"endDateTime": "20260310 00:00:00"}  # clocks go forward on the 8th
    made = places(desk, durationStr="3 D", barSizeSetting="1 day", **end)
    assert [place.end - place.start for place in made] == [24 * 3600, 23 * 3600, 24 * 3600]
    hours = places(desk, durationStr="2 D", barSizeSetting="1 hour", **end)
    assert [stamp(place.start)[9:14] for place in hours[:4]] == ["23:00", "00:00", "01:00", "03:00"]


class TestWithTheHoursOfExchanges:
    def test_only_liquid_hours(self) -> None:
        desk = Desk(market_hours="exchange")
        made = places(desk, durationStr="2 D", barSizeSetting="1 hour")
        hours = ["09:30", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]
        assert [stamp(place.start)[4:14] for place in made[:8]] == [
            *(f"0413 {hour}" for hour in hours),
            "0414 09:30",
        ]
        assert made[0].end - made[0].start == 1800
        assert stamp(made[-1].start)[9:17] == "11:00:00"

    def test_all_hours(self) -> None:
        made = places(
            Desk(market_hours="exchange"),
            regular=False,
            durationStr="1 D",
            barSizeSetting="30 mins",
        )
        assert [stamp(made[0].start)[9:14], stamp(made[-1].start)[9:14], len(made)] == [
            "04:00",
            "11:30",
            16,
        ]

    def test_days_weeks_and_months_are_of_trading_days(self) -> None:
        desk = Desk(market_hours="exchange")
        days = places(desk, durationStr="1 W", barSizeSetting="1 day")
        assert [f"{place.day:%m%d}" for place in days] == ["0408", "0409", "0410", "0413", "0414"]
        assert {stamp(place.start)[9:14] for place in days} == {"09:30"}
        weeks = places(desk, durationStr="3 W", barSizeSetting="1 week")
        assert [f"{place.day:%m%d}" for place in weeks] == [
            "0327",
            "0402",
            "0410",
            "0414",
        ]  # Good Friday is the 3rd
        months = places(desk, durationStr="2 M", barSizeSetting="1 month")
        assert [f"{place.day:%m%d}" for place in months] == ["0227", "0331", "0414"]

    def test_seconds_are_those_of_trading(self) -> None:
        desk = Desk(market_hours="exchange")
        end = "20260411 12:00:00 US/Eastern"  # a Saturday
        made = places(desk, durationStr="600 S", barSizeSetting="5 mins", endDateTime=end)
        assert [stamp(place.start)[4:14] for place in made] == ["0410 15:50", "0410 15:55"]
        made = places(
            desk,
            durationStr="600 S",
            barSizeSetting="5 mins",
            endDateTime="20260413 09:35:00 US/Eastern",
        )
        assert [stamp(place.start)[4:14] for place in made] == ["0410 15:55", "0413 09:30"]

    def test_a_future_begins_its_day_on_the_evening_before(self) -> None:
        desk = Desk(market_hours="exchange")
        future = desk.world.instruments.families[0].members(date(2026, 4, 14))[0]
        days = desk.world.history.past.days
        (today,) = spans(days, future, DAY, False, NOON - 60, NOON, 10)
        assert stamp(today.start) == "20260413 18:00:00 US/Eastern"
        assert f"{today.day:%Y%m%d}" == "20260414"
        assert span_at(days, future, 60, False, moment("20260413 17:30:00 US/Eastern")) is None

    def test_ranges_that_are_open(self) -> None:
        desk = Desk(market_hours="exchange")
        days, stock = desk.world.history.past.days, desk.instrument("AAPL")
        since, until = (
            moment("20260410 15:00:00 US/Eastern"),
            moment("20260413 10:00:00 US/Eastern"),
        )
        assert [
            (stamp(a)[4:14], stamp(b)[4:14])
            for a, b in open_ranges(days, stock, True, since, until)
        ] == [
            ("0410 15:00", "0410 16:00"),
            ("0413 09:30", "0413 10:00"),
        ]
        assert back(days, stock, True, until, 2, "D") == moment("20260410 09:30:00 US/Eastern")


def test_end() -> None:
    assert read().end == NOON
    assert (
        stamp(read(endDateTime="20260410 16:00:00 US/Eastern").end)
        == "20260410 16:00:00 US/Eastern"
    )
    assert stamp(read(endDateTime="20260410-20:00:00").end) == "20260410 16:00:00 US/Eastern"
    assert stamp(read(endDateTime="20260410-20:00:00Z").end) == "20260410 16:00:00 US/Eastern"
    assert stamp(read(endDateTime="20260410").end) == "20260410 23:59:59 US/Eastern"
    assert read(endDateTime="20990101 00:00:00").end == NOON  # the future has no bars yet


def test_series() -> None:
    assert read(whatToShow="midpoint").series == "MIDPOINT"
    assert read(whatToShow="ADJUSTED_LAST").series == "ADJUSTED_LAST"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"barSizeSetting": "1 sec"},
            "Historical data bar size setting is invalid. Legal ones are: 1 secs, 5 secs, .*, 1 day, 1W, 1M",
        ),
        ({"durationStr": "1 X"}, "duration"),
        ({"durationStr": "D"}, "duration"),
        ({"durationStr": "0 D"}, "duration"),
        ({"durationStr": "-1 D"}, "duration"),
        ({"durationStr": ""}, "duration"),
        ({"durationStr": "366 D"}, "longer than 365 days must be made in years"),
        ({"durationStr": "13 M"}, "longer than 12 months must be made in years"),
        ({"durationStr": "90000 S"}, "must be made in days"),
        ({"whatToShow": "NONSENSE"}, "What to show field is missing or incorrect"),
        ({"whatToShow": ""}, "What to show field is missing or incorrect"),
        ({"endDateTime": "yesterday"}, r"end date/time string \[yesterday\] is invalid"),
        ({"formatDate": 0}, "Date formatting selection of 0 rejected"),
        ({"keepUpToDate": True, "endDateTime": "20260410 16:00:00"}, "keepUpToDate"),
        (
            {"keepUpToDate": True, "barSizeSetting": "1 secs", "durationStr": "60 S"},
            "5 seconds or more",
        ),
        (
            {"whatToShow": "ADJUSTED_LAST", "endDateTime": "20260410 16:00:00"},
            "End Date not supported with adjusted last",
        ),
    ],
)
def test_what_tws_does_not_accept(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(Invalid, match=text):
        read(**changes)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"durationStr": "1 Y", "barSizeSetting": "1 min"}, "Time length exceed max"),
        ({"durationStr": "2001 S", "barSizeSetting": "1 secs"}, "invalid step: 1"),
        ({"durationStr": "2 D", "barSizeSetting": "30 secs"}, "invalid step: 30"),
        (
            {"durationStr": "60 S", "barSizeSetting": "1 secs", "endDateTime": "20250414 12:00:00"},
            "no data",
        ),
    ],
)
def test_what_the_data_farm_does_not_give(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(
        Refusal, match=f"Historical Market Data Service error message:.*{text}"
    ) as refused:
        read(**changes)
    assert refused.value.code == 162


def test_a_month_of_minutes_is_not_too_much() -> None:
    assert read(durationStr="1 M", barSizeSetting="1 min").count <= MAX_BARS
