from __future__ import annotations

import itertools
from typing import Any

import pytest

from ibapi_port.simulator.market.bar_requests import MAX_BARS, BarRequest, bar_start, next_start, read_request
from ibapi_port.simulator.peer import Invalid, Refusal
from ibapi_port.simulator.times import day, parse, stamp

from .helpers import NOON, bar_values

DAY, WEEK, MONTH = 86400, 7 * 86400, 30 * 86400


def read(**changes: Any) -> BarRequest:
    return read_request(bar_values(**changes), NOON)


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
def test_duration_and_size_give_the_number_of_bars(duration: str, size: str, count: int) -> None:
    request = read(durationStr=duration, barSizeSetting=size)
    starts = request.starts()
    assert len(starts) == request.count == count
    assert starts == sorted(set(starts))
    assert starts[-1] < request.end <= next_start(request.size, starts[-1])
    assert all(next_start(request.size, start) == after for start, after in itertools.pairwise(starts))


@pytest.mark.parametrize(
    ("size", "start", "after"),
    [
        (60, "20260414 12:00:00", "20260414 12:01:00"),
        (1800, "20260414 12:00:00", "20260414 12:30:00"),
        (DAY, "20260414 00:00:00", "20260415 00:00:00"),
        (WEEK, "20260413 00:00:00", "20260420 00:00:00"),
        (MONTH, "20260401 00:00:00", "20260501 00:00:00"),
    ],
)
def test_bars_begin_where_the_calendar_says(size: int, start: str, after: str) -> None:
    assert bar_start(size, NOON + 17) == parse(start)
    assert next_start(size, bar_start(size, NOON + 17)) == parse(after)


def test_days_are_whole_across_the_change_of_the_clocks() -> None:
    before = parse("20260307 00:00:00")  # clocks go forward on the 8th
    assert before is not None
    assert [day(next_start(DAY, before)), day(next_start(DAY, next_start(DAY, before)))] == ["20260308", "20260309"]
    assert next_start(DAY, next_start(DAY, before)) - next_start(DAY, before) == 23 * 3600


def test_end() -> None:
    assert read().end == NOON
    assert stamp(read(endDateTime="20260410 16:00:00 US/Eastern").end) == "20260410 16:00:00 US/Eastern"
    assert stamp(read(endDateTime="20260410-20:00:00").end) == "20260410 16:00:00 US/Eastern"
    assert read(endDateTime="20990101 00:00:00").end == NOON  # the future has no bars yet


def test_dates() -> None:
    assert read().date(NOON) == "20260414 12:00:00 US/Eastern"
    assert read(formatDate=2).date(NOON) == str(int(NOON))
    assert read(formatDate=2, barSizeSetting="1 day").date(NOON) == "20260414"


def test_adjusted_trades_are_the_trades() -> None:
    assert read(whatToShow="ADJUSTED_LAST").series == "TRADES"
    assert read(whatToShow="midpoint").series == "MIDPOINT"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"barSizeSetting": "1 sec"}, "Historical data bar size setting is invalid. Legal ones are: 1 secs, 5 secs, .*, 1 day, 1W, 1M"),
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
        ({"whatToShow": "ADJUSTED_LAST", "endDateTime": "20260410 16:00:00"}, "End Date not supported with adjusted last"),
    ],
)
def test_what_tws_does_not_accept(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(Invalid, match=text):
        read(**changes)


def test_too_many_bars() -> None:
    with pytest.raises(Refusal, match="Historical Market Data Service error message:Time length exceed max") as refused:
        read(durationStr=f"{MAX_BARS + 1} S", barSizeSetting="1 secs")
    assert refused.value.code == 162
