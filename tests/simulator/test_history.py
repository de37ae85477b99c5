from __future__ import annotations

import itertools
import math
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.common import BarData
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.history.trees import Curve
from ibapi_port.simulator.market.quotes.random_walk import hash_noise

from .helpers import NOON, Desk, FakePeer, bar_values, pair, stock


def request(peer: FakePeer, req_id: int = 1, **changes: Any) -> list[BarData]:
    peer.ask("reqHistoricalData", reqId=req_id, **bar_values(**changes))
    bars: list[BarData] = peer.last("historicalData")["bars"]
    return bars


def test_bars_hold_together_and_end_at_the_live_price(desk: Desk, peer: FakePeer) -> None:
    desk.advance(30)
    bars = request(peer)
    assert len(bars) == 24
    assert bars[-1].date == "20260414 12:00:00 US/Eastern"
    assert bars[-1].close == float(desk.quote("AAPL").last)
    for before, after in itertools.pairwise(bars):
        assert (
            abs(after.open - before.close) < 0.011
        )  # the next trade is at the same price, or at one beside it
    for bar in bars:
        assert bar.low <= min(bar.open, bar.close, float(bar.wap) + 1e-6)
        assert bar.high >= max(bar.open, bar.close, float(bar.wap) - 1e-6)
        assert bar.volume > 0
        assert bar.barCount > 0
        assert math.isclose(bar.close * 100, round(bar.close * 100), abs_tol=1e-6)


def test_the_answer_names_its_span(peer: FakePeer) -> None:
    request(peer)
    answer = peer.last("historicalData")
    assert (answer["startDateStr"], answer["endDateStr"]) == (
        "20260413 12:00:00 US/Eastern",
        "20260414 12:00:00 US/Eastern",
    )
    assert peer.names() == ["historicalData"]


def test_from_version_196_the_end_is_told_apart(desk: Desk) -> None:
    newer = desk.client(2, server_version=196)
    request(newer)
    assert newer.names() == ["historicalData", "historicalDataEnd"]
    assert newer.last("historicalDataEnd") == {
        "reqId": 1,
        "startDateStr": "20260413 12:00:00 US/Eastern",
        "endDateStr": "20260414 12:00:00 US/Eastern",
    }


def test_the_past_is_the_same_whenever_it_is_asked_for(desk: Desk, peer: FakePeer) -> None:
    end: dict[str, Any] = {"endDateTime": "20260410 16:00:00 US/Eastern"}
    first = request(peer, **end)
    desk.advance(3000)
    assert [str(bar) for bar in request(peer, **end)] == [str(bar) for bar in first]
    twin = Desk()
    assert [str(bar) for bar in request(twin.client(), **end)] == [str(bar) for bar in first]
    other = Desk(seed=2)
    assert [bar.close for bar in request(other.client(), **end)] != [bar.close for bar in first]


def test_bars_of_all_sizes_show_the_same_course(peer: FakePeer) -> None:
    end: dict[str, Any] = {"endDateTime": "20260410 00:00:00 US/Eastern"}
    (day,) = request(peer, barSizeSetting="1 day", **end)
    hours = request(peer, barSizeSetting="1 hour", **end)
    assert day.date == "20260409"
    assert (hours[0].open, hours[-1].close) == (day.open, day.close)


def test_the_years_look_like_prices() -> None:
    times = [NOON - day * 86400 for day in range(2000)]
    curve = Curve(1, 0.25)
    logs = [curve(when) for when in times]
    moves = [a - b for a, b in itertools.pairwise(logs)]
    assert (
        0.1 < math.sqrt(sum(move * move for move in moves) / len(moves) * 365) < 0.5
    )  # about the volatility of a year
    assert max(abs(log) for log in logs) < 1


def test_noise_is_even() -> None:
    values = [hash_noise(3, 2, cell) for cell in range(-5000, 5000)]
    assert all(-1 <= value <= 1 for value in values)
    assert abs(sum(values) / len(values)) < 0.03
    assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("what", "field"), [("MIDPOINT", "midpoint"), ("BID", "bid"), ("ASK", "ask")]
)
def test_series_of_quotes(desk: Desk, peer: FakePeer, what: str, field: str) -> None:
    bars = request(peer, contract=pair(), whatToShow=what)
    assert bars[-1].close == float(getattr(desk.quote("EUR.USD"), field))
    assert {(bar.volume, bar.wap, bar.barCount) for bar in bars} == {(Decimal(-1), Decimal(-1), -1)}


def test_bids_are_below_asks(peer: FakePeer) -> None:
    bids, asks = request(peer, whatToShow="BID"), request(peer, whatToShow="ASK")
    assert all(bid.close < ask.close for bid, ask in zip(bids, asks, strict=True))


def test_a_pair_has_no_trades(peer: FakePeer) -> None:
    with pytest.raises(
        Refusal, match=r"HMDS query returned no data: EUR\.USD@IDEALPRO Trades"
    ) as refused:
        request(peer, contract=pair())
    assert refused.value.code == 162


def test_refusals(peer: FakePeer) -> None:
    with pytest.raises(Invalid):
        request(peer, barSizeSetting="7 mins")
    with pytest.raises(Refusal) as refused:
        request(peer, contract=stock("NOSUCH"))
    assert refused.value.code == 200
    with pytest.raises(Refusal, match="No historical data query found for ticker id:1") as refused:
        peer.ask("cancelHistoricalData", reqId=1)
    assert refused.value.code == 366


def test_kept_up_to_date(desk: Desk, peer: FakePeer) -> None:
    last = request(peer, keepUpToDate=True, barSizeSetting="1 min", durationStr="600 S")[-1]
    assert last.date == "20260414 11:59:00 US/Eastern"
    peer.got.clear()
    desk.move("AAPL", "231.00")
    bar: BarData = peer.last("historicalDataUpdate")["bar"]
    assert (bar.date, bar.open, bar.close) == ("20260414 12:00:00 US/Eastern", 231.0, 231.0)
    desk.move("MSFT", "500.00")
    desk.move("AAPL", "229.00")
    assert len(peer.got) == 2
    bar = peer.last("historicalDataUpdate")["bar"]
    assert (bar.high, bar.low, bar.close, bar.barCount) == (231.0, 229.0, 229.0, 2)
    desk.advance(299)
    dates = [values["bar"].date for values in peer.all("historicalDataUpdate")]
    assert dates == sorted(dates)
    assert list(dict.fromkeys(dates)) == [
        f"20260414 12:0{minute}:00 US/Eastern" for minute in range(5)
    ]
    with pytest.raises(Refusal) as refused:
        request(peer, keepUpToDate=True)
    assert refused.value.code == 322


def test_updates_end_when_cancelled(desk: Desk, peer: FakePeer) -> None:
    request(peer, 4, keepUpToDate=True)
    with pytest.raises(Refusal, match="API historical data query cancelled: 4") as refused:
        peer.ask("cancelHistoricalData", reqId=4)
    assert refused.value.code == 162
    request(peer, 5, keepUpToDate=True)
    desk.world.leave(peer)
    peer.got.clear()
    desk.move("AAPL", "231.00")
    assert peer.got == []


def test_the_head_time_stamp(peer: FakePeer) -> None:
    wanted = {"reqId": 8, "contract": stock(), "whatToShow": "TRADES", "useRTH": 1}
    peer.ask("reqHeadTimeStamp", formatDate=1, **wanted)
    assert peer.got == [("headTimestamp", {"reqId": 8, "headTimestamp": "19801212-14:30:00"})]
    peer.ask("reqHeadTimeStamp", formatDate=2, **wanted)
    assert peer.last("headTimestamp")["headTimestamp"] == "345479400"
    assert peer.ask("cancelHeadTimeStamp", reqId=8) == []
