"""Ticks, histograms, schedules, delays, pacing, and what is refused."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.history.admission import Pending
from ibapi_port.simulator.times import ZONE_NAME, parse, stamp

from .helpers import NOON, Desk, FakePeer, bar_values, pair, stock

FRIDAY = "20260410 16:00:00 US/Eastern"


def ask(peer: FakePeer, req_id: int = 1, **changes: Any) -> list[tuple[str, dict[str, Any]]]:
    return peer.ask("reqHistoricalData", reqId=req_id, **bar_values(**changes))


def tick_values(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "contract": stock(),
        "startDateTime": "",
        "endDateTime": FRIDAY,
        "numberOfTicks": 10,
        "whatToShow": "TRADES",
    }
    return {**values, "useRth": 1, "ignoreSize": False, "miscOptions": [], **changes}


class TestTicks:
    @pytest.mark.parametrize(
        ("what", "callback"),
        [
            ("TRADES", "historicalTicksLast"),
            ("BID_ASK", "historicalTicksBidAsk"),
            ("MIDPOINT", "historicalTicks"),
        ],
    )
    def test_each_series_has_its_callback(self, peer: FakePeer, what: str, callback: str) -> None:
        ((name, answer),) = peer.ask("reqHistoricalTicks", reqId=3, **tick_values(whatToShow=what))
        assert (name, answer["reqId"], answer["done"]) == (callback, 3, True)
        assert len(answer["ticks"]) >= 10
        end = parse(FRIDAY)
        assert end is not None
        assert all(tick.time < end for tick in answer["ticks"])

    def test_trades_say_where_they_were(self, peer: FakePeer) -> None:
        peer.ask("reqHistoricalTicks", reqId=3, **tick_values())
        tick = peer.last("historicalTicksLast")["ticks"][0]
        assert (tick.exchange, tick.size % 100, tick.specialConditions) == ("NASDAQ", 0, "")

    def test_quotes_whose_sizes_only_differ_can_be_left_out(self, peer: FakePeer) -> None:
        peer.ask(
            "reqHistoricalTicks", reqId=3, **tick_values(whatToShow="BID_ASK", numberOfTicks=500)
        )
        whole = peer.last("historicalTicksBidAsk")["ticks"]
        peer.ask(
            "reqHistoricalTicks",
            reqId=4,
            **tick_values(whatToShow="BID_ASK", numberOfTicks=500, ignoreSize=True),
        )
        prices = [
            (tick.priceBid, tick.priceAsk) for tick in peer.last("historicalTicksBidAsk")["ticks"]
        ]
        assert 500 <= len(prices) <= len(whole) + 5  # as many as were asked for all the same
        assert all(one != other for one, other in itertools.pairwise(prices))

    def test_from_a_start_on_until_now(self) -> None:
        desk = Desk()
        peer = desk.client()
        peer.ask(
            "reqHistoricalTicks",
            reqId=3,
            **tick_values(startDateTime=stamp(NOON - 5), endDateTime=""),
        )
        times = [tick.time for tick in peer.last("historicalTicksLast")["ticks"]]
        assert all(NOON - 5 <= time < NOON for time in times)
        peer.ask(
            "reqHistoricalTicks", reqId=3, **tick_values(startDateTime=stamp(NOON), endDateTime="")
        )
        assert peer.last("historicalTicksLast")["ticks"] == []

    def test_only_in_liquid_hours_if_so_asked(self) -> None:
        peer = Desk(market_hours="exchange").client()
        early = "20260410 08:00:00 US/Eastern"
        for regular, first in ((0, "08:0"), (1, "09:3")):
            peer.ask(
                "reqHistoricalTicks",
                reqId=3,
                **tick_values(startDateTime=early, endDateTime="", useRth=regular),
            )
            assert stamp(peer.last("historicalTicksLast")["ticks"][0].time)[9:13] == first

    @pytest.mark.parametrize(
        "changes",
        [
            {"startDateTime": FRIDAY},
            {"endDateTime": ""},
            {"numberOfTicks": 0},
            {"numberOfTicks": 1001},
            {"whatToShow": "BID"},
            {"endDateTime": "never"},
        ],
    )
    def test_what_is_not_valid(self, peer: FakePeer, changes: dict[str, Any]) -> None:
        with pytest.raises(Invalid):
            peer.ask("reqHistoricalTicks", reqId=3, **tick_values(**changes))

    def test_a_pair_has_no_trades(self, peer: FakePeer) -> None:
        with pytest.raises(Refusal, match="Failed to request historical ticks:") as refused:
            peer.ask("reqHistoricalTicks", reqId=3, **tick_values(contract=pair()))
        assert refused.value.code == 10187


class TestHistogram:
    def test_volumes_by_price_are_those_of_the_bars(self, peer: FakePeer) -> None:
        peer.ask(
            "reqHistogramData", tickerId=5, contract=stock(), useRTH=True, timePeriod="3 hours"
        )
        items = peer.last("histogramData")["items"]
        ask(peer, barSizeSetting="1 min", durationStr="10800 S")
        bars = peer.last("historicalData")["bars"]
        assert sum(item.size for item in items) == sum(bar.volume for bar in bars)
        prices = [item.price for item in items]
        assert prices == sorted(set(prices))
        assert set(prices) == {bar.close for bar in bars}

    @pytest.mark.parametrize(
        "period", ["3 days", "1 week", "1 D", "2 months", "3600 S", "30 seconds", "1 Y"]
    )
    def test_periods(self, period: str) -> None:
        peer = Desk(market_hours="exchange").client()
        peer.ask("reqHistogramData", tickerId=5, contract=stock(), useRTH=True, timePeriod=period)
        assert peer.last("histogramData")["items"]

    @pytest.mark.parametrize("period", ["", "days", "0 days", "3 fortnights"])
    def test_periods_that_there_are_not(self, peer: FakePeer, period: str) -> None:
        with pytest.raises(Invalid, match="Time period"):
            peer.ask(
                "reqHistogramData", tickerId=5, contract=stock(), useRTH=True, timePeriod=period
            )


class TestSchedule:
    def test_sessions_of_trading_days(self) -> None:
        peer = Desk(market_hours="exchange").client()
        ask(peer, whatToShow="SCHEDULE", durationStr="3 D", barSizeSetting="1 day")
        answer = peer.last("historicalSchedule")
        told = [
            (session.startDateTime, session.endDateTime, session.refDate)
            for session in answer["sessions"]
        ]
        assert told == [
            (f"{day}-09:30:00", f"{day}-16:00:00", day)
            for day in ("20260410", "20260413", "20260414")
        ]
        assert (answer["startDateTime"], answer["endDateTime"], answer["timeZone"]) == (
            "20260410-09:30:00",
            "20260414-16:00:00",
            ZONE_NAME,
        )
        ask(peer, whatToShow="SCHEDULE", durationStr="1 D", barSizeSetting="1 day", useRTH=0)
        assert peer.last("historicalSchedule")["startDateTime"] == "20260414-04:00:00"


def test_dates_in_three_forms(peer: FakePeer) -> None:
    for form, date in (
        (1, "20260414 11:00:00 US/Eastern"),
        (2, str(int(NOON - 3600))),
        (3, "0414 11:00:00 US/Eastern"),
    ):
        ask(peer, formatDate=form)
        assert peer.last("historicalData")["bars"][-1].date == date


class TestDelay:
    def test_an_answer_takes_its_time(self) -> None:
        desk = Desk(history_delay=2)
        peer = desk.client()
        assert ask(peer) == []
        with pytest.raises(Refusal) as refused:
            ask(peer)
        assert refused.value.code == 322
        desk.advance(3)
        assert peer.names() == ["historicalData"]

    def test_what_was_cancelled_gets_nothing(self) -> None:
        desk = Desk(history_delay=2)
        peer = desk.client()
        ask(peer, 1)
        with pytest.raises(Refusal, match="API historical data query cancelled: 1") as refused:
            peer.ask("cancelHistoricalData", reqId=1)
        assert refused.value.code == 162
        peer.ask("reqHistoricalTicks", reqId=2, **tick_values())
        peer.ask("cancelHistoricalTicks", reqId=2)
        peer.ask(
            "reqHeadTimeStamp",
            reqId=3,
            contract=stock(),
            whatToShow="TRADES",
            useRTH=1,
            formatDate=1,
        )
        peer.ask("cancelHeadTimeStamp", reqId=3)
        peer.ask("reqHistogramData", tickerId=4, contract=stock(), useRTH=True, timePeriod="1 day")
        peer.ask("cancelHistogramData", tickerId=4)
        desk.advance(5)
        assert peer.got == []

    def test_who_has_gone_gets_nothing(self) -> None:
        desk = Desk(history_delay=2)
        peer = desk.client()
        ask(peer, 1)
        desk.world.leave(peer)
        desk.advance(5)
        assert peer.got == []

    def test_errors_of_the_data_farm_are_told_then(self) -> None:
        desk = Desk(history_delay=2, market_hours="exchange")
        peer = desk.client()
        ask(peer, 9, endDateTime="19700101 00:00:00", barSizeSetting="1 day")
        desk.advance(3)
        assert [(error["reqId"], error["errorCode"]) for error in peer.all("error")] == [(9, 162)]

    def test_fifty_at_a_time(self) -> None:
        desk = Desk(history_delay=2)
        peer, other = desk.client(), desk.client(2)
        for n in range(50):
            ask(peer, n)
        with pytest.raises(
            Refusal, match="Only 50 simultaneous API historical data requests allowed"
        ) as refused:
            ask(peer, 50)
        assert refused.value.code == 322
        ask(other, 50)
        desk.advance(3)
        assert len(peer.all("historicalData")) == 50


class TestPacing:
    SMALL: dict[str, Any] = {"barSizeSetting": "30 secs", "durationStr": "600 S"}  # noqa: RUF012

    def test_it_is_off_if_nothing_is_said(self, peer: FakePeer) -> None:
        for n in range(70):
            ask(peer, n, **self.SMALL)
        assert peer.names() == ["historicalData"]

    def violated(self, peer: FakePeer, **changes: Any) -> bool:
        try:
            ask(peer, **changes)
        except Refusal as e:
            return (e.code, e.text) == (
                162,
                "Historical Market Data Service error message:Historical data request pacing violation",
            )
        return False

    def test_the_same_within_fifteen_seconds(self) -> None:
        desk = Desk(history_pacing="small")
        peer = desk.client()
        assert [self.violated(peer, **self.SMALL), self.violated(peer, **self.SMALL)] == [
            False,
            True,
        ]
        assert not self.violated(peer)  # longer bars are not counted
        assert not self.violated(peer)
        desk.advance(16)
        assert not self.violated(peer, **self.SMALL)

    def test_six_of_one_contract_within_two_seconds(self) -> None:
        desk = Desk(history_pacing="small")
        peer = desk.client()
        ends = [f"20260413 1{n}:00:00" for n in range(6)]
        assert [self.violated(peer, **self.SMALL, endDateTime=end) for end in ends] == [
            False
        ] * 5 + [True]
        desk.advance(3)
        assert not self.violated(peer, **self.SMALL, endDateTime=ends[5])

    def test_sixty_in_ten_minutes_of_all_clients(self) -> None:
        desk = Desk(history_pacing="all")
        peers = desk.client(1), desk.client(2)
        for n in range(60):
            assert not self.violated(
                peers[n % 2], endDateTime=f"202604{1 + n // 24:02d} {n % 24:02d}:00:00"
            )
            desk.advance(1)
        assert self.violated(peers[0])
        desk.advance(540)
        assert not self.violated(peers[0])

    def test_bids_and_asks_count_twice(self) -> None:
        desk = Desk(history_pacing="all")
        peer = desk.client()
        for n in range(30):
            assert not self.violated(
                peer,
                endDateTime=f"202604{1 + n // 24:02d} {n % 24:02d}:00:00",
                whatToShow="BID_ASK",
            )
            desk.advance(1)
        assert self.violated(peer)


def test_a_continuous_future_has_no_end() -> None:
    desk = Desk()
    peer, contract = desk.client(), stock("ES", "CME")
    contract.secType = "CONTFUT"
    ask(peer, contract=contract)
    assert peer.last("historicalData")["bars"]
    with pytest.raises(
        Refusal, match="Setting end date/time for continuous future security type is not allowed"
    ) as refused:
        ask(peer, contract=contract, endDateTime=FRIDAY)
    assert refused.value.code == 10339


def test_updates_of_bids_and_asks_and_of_liquid_hours() -> None:
    desk = Desk(market_hours="exchange", tick_interval=15)
    peer = desk.client()
    desk.advance(4 * 3600 - 90)  # 15:58:30
    with pytest.raises(Invalid, match="BID_ASK cannot be kept up to date"):
        ask(peer, whatToShow="BID_ASK", keepUpToDate=True, barSizeSetting="1 min")
    ask(peer, whatToShow="BID", keepUpToDate=True, barSizeSetting="1 min", durationStr="600 S")
    desk.advance(3600)
    bars = [values["bar"] for values in peer.all("historicalDataUpdate")]
    assert bars
    assert all(bar.date < "20260414 16:00:00" for bar in bars)
    assert all(
        bar.low <= min(bar.open, bar.close) and max(bar.open, bar.close) <= bar.high for bar in bars
    )


def test_the_head_of_what_there_is_not(peer: FakePeer) -> None:
    with pytest.raises(
        Refusal, match="Historical Market Data Service error message:No head time stamp"
    ) as refused:
        peer.ask(
            "reqHeadTimeStamp",
            reqId=1,
            contract=pair(),
            whatToShow="TRADES",
            useRTH=1,
            formatDate=1,
        )
    assert refused.value.code == 162


def test_a_fault_of_ours_is_told_when_the_answer_was_to_come() -> None:
    desk = Desk()
    peer = desk.client()

    def fail() -> None:
        raise LookupError("here")

    pending = Pending(desk.world.timers, 1.0)
    pending.answer((peer, 5), fail)
    desk.advance(2)
    [error] = peer.all("error")
    assert (error["reqId"], error["errorCode"]) == (5, 322)
    assert "LookupError: here" in error["errorString"]
