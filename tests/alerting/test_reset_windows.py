"""IB's reset windows: in which a moment is, which comes next, on days when the clocks change too."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from ibapi_port import _zones
from ibapi_port.reset_windows import (
    AMERICA,
    ASIA,
    EUROPE,
    REGIONS,
    TOKENS_END,
    WEEKEND,
    Window,
    in_window,
    next_window,
    occurrence,
    windows_from,
)

UTC = timezone.utc
NEW_YORK = ZoneInfo("America/New_York")


def ny(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("when", "label"),
    [
        ("2026-11-25 00:14", None),
        ("2026-11-25 00:15", "daily reset, America"),
        ("2026-11-25 01:44", "daily reset, America"),
        ("2026-11-25 01:45", None),
        ("2026-11-27 22:59", None),
        ("2026-11-27 23:00", "weekend reset"),  # Friday
        ("2026-11-28 02:59", "weekend reset"),
        ("2026-11-28 03:00", None),
        ("2026-11-29 00:30", "daily reset, America"),  # Sunday
    ],
)
def test_in_window(when: str, label: str | None) -> None:
    found = in_window(ny(when))
    assert (found.label if found else None) == label


def test_seconds_and_datetimes_are_moments() -> None:
    when = ny("2026-11-25 01:00")
    assert in_window(when.timestamp()) == in_window(when) == AMERICA[0]


def test_a_datetime_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        in_window(datetime(2026, 11, 25))


def test_now_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: ny("2026-11-25 01:00").timestamp())
    assert in_window() == AMERICA[0]
    found = next_window()
    assert found is not None
    assert found.start == ny("2026-11-26 00:15")


def test_an_occurrence_has_start_and_end() -> None:
    found = occurrence(ny("2026-11-28 00:30"))
    assert found is not None
    assert (found.window, found.start, found.end) == (
        WEEKEND,
        ny("2026-11-27 23:00"),
        ny("2026-11-28 03:00"),
    )


def test_of_two_windows_the_one_that_ends_last_counts() -> None:
    windows = (
        Window("short", "UTC", "mon", "01:00", "02:00"),
        Window("long", "UTC", "mon", "00:00", "03:00"),
    )
    found = in_window(datetime(2026, 11, 30, 1, 30, tzinfo=UTC), windows)
    assert found is not None
    assert found.label == "long"


def test_next_window_skips_the_one_at_hand() -> None:
    found = next_window(ny("2026-11-27 00:30"))
    assert found is not None
    assert found.window == WEEKEND
    assert next_window(ny("2026-11-27 00:30"), ()) is None


def test_summer_time_begins_within_a_window() -> None:
    """On 8 March 2026, 02:00 is followed by 03:00 in New York: the night is an hour shorter."""
    window = Window("w", "America/New_York", "sun", "01:00", "04:00")
    found = occurrence(datetime(2026, 3, 8, 6, 30, tzinfo=UTC), (window,))
    assert found is not None
    assert found.end - found.start == timedelta(hours=2)


def test_summer_time_ends_within_a_window() -> None:
    """On 1 November 2026, 01:00 to 02:00 comes twice: the window has both."""
    window = Window("w", "America/New_York", "sun", "00:15", "01:45")
    start = ny("2026-11-01 00:15").astimezone(UTC)
    found = occurrence(start, (window,))
    assert found is not None
    assert found.end - found.start == timedelta(hours=2, minutes=30)
    assert in_window(start + timedelta(hours=2), (window,)) is window


def test_a_time_that_is_skipped_still_starts_a_window() -> None:
    window = Window("w", "America/New_York", "sun", "02:30", "05:00")
    found = next_window(ny("2026-03-08 00:00"), (window,))
    assert found is not None
    assert found.start == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 03:30 summer time


def test_regions() -> None:
    hong_kong = datetime(2026, 11, 25, 20, 30, tzinfo=ZoneInfo("Asia/Hong_Kong"))
    assert in_window(hong_kong, ASIA) == ASIA[1]
    assert in_window(hong_kong, EUROPE) is None
    assert all(WEEKEND in windows for windows in REGIONS.values())


def test_a_window_over_several_days() -> None:
    window = Window("long", "America/New_York", "fri", "22:45", "02:00", end_day="sun")
    assert in_window(ny("2026-11-28 12:00"), (window,)) is window
    assert in_window(ny("2026-11-29 01:59"), (window,)) is window
    assert in_window(ny("2026-11-29 02:00"), (window,)) is None
    week = Window("week", "UTC", "mon", "12:00", "12:00", end_day="mon")
    found = week.on(datetime(2026, 11, 30).date())
    assert found is not None
    assert found.end - found.start == timedelta(days=7)


def test_the_tokens_end_on_sunday() -> None:
    found = next_window(ny("2026-11-25 00:00"), (TOKENS_END,))
    assert found is not None
    assert found.start == ny("2026-11-29 01:00")


def test_windows_from_data() -> None:
    data = [window.as_dict() for windows in REGIONS.values() for window in windows]
    assert windows_from(data) == tuple(w for windows in REGIONS.values() for w in windows)
    row = {"zone": "UTC", "days": ["mon", "Wednesday"], "from": "10:00", "to": "9:00"}
    (made,) = windows_from([row | {"to_day": "thu"}])
    assert made.as_dict() == {
        "label": "window",
        "zone": "UTC",
        "days": ["mon", "Wednesday"],
        "from": "10:00",
        "to": "9:00",
        "to_day": "thu",
    }
    assert in_window(datetime(2026, 12, 3, 8, tzinfo=UTC), (made,)) is made


GOOD = {"zone": "UTC", "days": "mon", "from": "10:00", "to": "11:00"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"zone": "Mars/Base"}, "window 2: zone: 'Mars/Base' is not known"),
        ({"zone": ""}, "window 2: zone: '' is not known"),
        ({"days": "today"}, "window 2: days: 'today' is no day; the days are mon"),
        ({"days": []}, "window 2: days: there is none"),
        ({"days": [1]}, "window 2: days: 1 is no day"),
        ({"from": "24:00"}, "window 2: start: '24:00' is no time"),
        ({"to": 1100}, "window 2: end: 1100 is no time"),
        ({"to_day": "x"}, "window 2: end_day: 'x' is no day"),
        ({"until": "x"}, "window 2: unknown: until"),
        ({"label": 3}, "window 2: label: 3 is no text"),
    ],
)
def test_bad_data_is_named(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        windows_from([GOOD, GOOD | change])


def test_missing_fields_are_named() -> None:
    with pytest.raises(ValueError, match="window 1: missing: days, from, to, zone"):
        windows_from([{}])
    with pytest.raises(ValueError, match="window 1: 'x' is no table"):
        windows_from(["x"])  # type: ignore[list-item]


@pytest.mark.parametrize("name", sorted(_zones.RULES))
def test_built_in_zones_are_as_in_the_database(name: str) -> None:
    """Windows has no database: the three zones of IB's hours are built in."""
    rule, known = _zones.RULES[name], ZoneInfo(name)
    for year in (2019, 2025, 2026, 2027, 2030):
        for month, day in ((1, 15), (3, 7), (3, 28), (7, 1), (10, 24), (10, 31)):
            start = datetime(year, month, day, tzinfo=UTC)
            for half_hours in range(48 * 9):
                when = start + timedelta(minutes=30 * half_hours)
                ours, theirs = when.astimezone(rule), when.astimezone(known)
                assert (ours.replace(tzinfo=None), ours.fold) == (
                    theirs.replace(tzinfo=None),
                    theirs.fold,
                )
                assert ours.utcoffset() == theirs.utcoffset()
                naive = when.replace(tzinfo=None)
                for fold in (0, 1):
                    local = naive.replace(fold=fold)
                    assert rule.utcoffset(local) == known.utcoffset(local), local


def test_a_computer_without_a_database_knows_the_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(_zones, "ZoneInfo", none)
    windows = windows_from([window.as_dict() for window in AMERICA])
    assert in_window(ny("2026-11-25 01:00"), windows) == windows[0]
    with pytest.raises(ValueError, match="pip install tzdata"):
        windows_from([GOOD | {"zone": "Europe/Paris"}])
