"""Times of TWS, read."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone

import pytest

from ibapi_port.ib.times import read_session_times, read_time, read_written, zone_named

UTC = timezone.utc
NOV_20 = datetime(2026, 11, 20, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "20261120 16:00:00 US/Eastern",
        "20261120  16:00:00 US/Eastern",
        "20261120  16:00:00  America/New_York",
        "20261120 16:00:00 EST",
        "20261120 16:00:00 EDT",  # the zone of New York, as TWS means it
        "20261120 16:00:00 Eastern Standard Time",
        "20261120 16:00:00.000 EST (Eastern Standard Time)",
        "20261120 16:00 US/Eastern",
        " 20261120 16:00:00 US/Eastern ",
        "20261120-21:00:00",
        "20261120-21:00:00 UTC",
        "20261120-21:00:00.000",
        "20261120 21:00:00 GMT",
        "20261120 22:00:00 MET",
        "20261120 22:00:00 GMT+01:00",
        "20261120 22:00:00 Central European Standard Time",
        "20261121 06:00:00 Japan",
        "20261121 05:00:00 Hongkong",
        "20261121 05:00:00 China Standard Time",
        "20261121 02:30:00 +05:30",
        "2026-11-20 21:00:00.0",
        "2026-11-20T21:00:00Z",
        "1795208400",
        "1795208400000",
        1795208400,
        1795208400.0,
        1795208400000,
    ],
)  # fmt: skip
def test_the_same_moment(value: str | float) -> None:
    found = read_time(value)
    assert found == NOV_20
    assert found.utcoffset() is not None


@pytest.mark.parametrize("text", ["20261120 16:00:00", "20261120  16:00:00", "20261120:1600"])
def test_a_text_without_zone(text: str) -> None:
    assert read_time(text, "US/Eastern") == NOV_20
    assert read_time(text, zone_named("EST")) == NOV_20
    with pytest.raises(ValueError, match="names no time zone; give it as zone="):
        read_time(text)


def test_a_zone_in_the_text_counts() -> None:
    assert read_time("20261120 16:00:00 US/Eastern", "Japan") == NOV_20
    assert read_time("20261120-21:00:00", "Japan") == NOV_20


def test_a_date() -> None:
    assert read_written("20261120") == (datetime(2026, 11, 20), None, True, None)
    assert read_time("20261120", "US/Eastern") == datetime(2026, 11, 20, 5, tzinfo=UTC)


def test_fractions() -> None:
    assert read_time("20261120-21:00:00.1234567").microsecond == 123456
    assert read_time(1795208400123).microsecond == 123000
    assert read_time("1795208400.5").microsecond == 500000
    assert read_time(0) == datetime(1970, 1, 1, tzinfo=UTC)


def test_the_hour_that_comes_twice() -> None:
    text = "20261101 01:30:00 US/Eastern"
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert read_time(text).astimezone(UTC) == first
    assert read_time(text, fold=1).astimezone(UTC) == second
    assert read_time("20261101 01:30:00 EDT", fold=1).astimezone(UTC) == first
    assert read_time("20261101 01:30:00 EST").astimezone(UTC) == second
    assert read_time("20261101 02:30:00 EST").astimezone(UTC) == second + timedelta(hours=1)


def test_the_hour_that_the_clock_leaves_out() -> None:
    with pytest.raises(ValueError, match=r"there was no 2026-03-08 02:30:00 in .*set forward"):
        read_time("20260308 02:30:00 US/Eastern")
    assert read_time("20260308 03:00:00 US/Eastern") == datetime(2026, 3, 8, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "finished-20261119",
        "20261320 16:00:00 US/Eastern",
        "20261120 24:00:00 US/Eastern",
        "20261120 16:00:00 Mars/Olympus",
        "20261120 16:00:00 ../../etc/passwd",
        "20261120 16:00:00 GMT+99",
        "20261120 1600 US/Eastern",
        "20261120:16:00:00",
        "20261120 US/Eastern",
        "202611",
        "²0261120",
        "16:00:00",
        "1" * 40,
        float("nan"),
        float("inf"),
        True,
        None,
    ],
)
def test_bad_texts(text: str | float) -> None:
    with pytest.raises(ValueError, match=r"^(time|zone): "):
        read_time(text)


def test_zones_are_shown_as_tws_writes_them_and_can_be_pickled() -> None:
    zone = zone_named("US/Eastern")
    assert str(zone) in ("US/Eastern", "America/New_York")
    assert zone_named("US/Eastern") is zone
    assert pickle.loads(pickle.dumps(read_time("20261120 16:00:00 US/Eastern"))) == NOV_20


def test_session_times() -> None:
    text = "20261120:0930-20261120:1600;20261121:CLOSED;20261122:1800-20261123:1700"
    assert read_session_times(text, "EST (Eastern Standard Time)") == [
        (datetime(2026, 11, 20, 14, 30, tzinfo=UTC), NOV_20),
        (datetime(2026, 11, 22, 23, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC)),
    ]
    assert read_session_times("20261120:0930-1600", "US/Eastern")[0][1] == NOV_20
    assert read_session_times("20261120:0930-1130,1300-1600", "US/Eastern")[1][1] == NOV_20
    assert read_session_times("", "US/Eastern") == []
    with pytest.raises(ValueError, match="hours: '20261120:0930'"):
        read_session_times("20261120:0930", "US/Eastern")
