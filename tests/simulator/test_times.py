from __future__ import annotations

import pytest

from ibapi_port.simulator import times

from .helpers import NOON


def test_stamps() -> None:
    assert times.stamp(NOON) == "20260414 12:00:00 US/Eastern"
    assert times.day(NOON) == "20260414"
    assert times.utc_stamp(NOON) == "20260414-16:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "20260414 12:00:00",
        "20260414 12:00:00 US/Eastern",
        "20260414 12:00:00 EDT",
        "20260414 16:00:00 UTC",
        "20260414-16:00:00",
        "20260414 18:00:00 Europe/Berlin",
    ],
)
def test_parse_reads_every_form(text: str) -> None:
    assert times.parse(text) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "20260414",
        "20260414 25:00:00",
        "20260414 12:00:00 Nowhere/Land",
        "20260414 12:00:00 ../x",
    ],
)
def test_parse_refuses_what_is_no_time(text: str) -> None:
    assert times.parse(text) is None


def test_without_a_time_zone_database_it_says_what_to_install() -> None:
    with pytest.raises(RuntimeError, match="pip install tzdata"):
        times.zone_of("Mars/Base")
