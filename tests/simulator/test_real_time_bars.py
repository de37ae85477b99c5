from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.market.feeds.real_time_bars import new_bar

from .helpers import NOON, Desk, FakePeer, pair, stock


def subscribe(
    peer: FakePeer, req_id: int = 1, what: str = "TRADES", contract: Contract | None = None
) -> list[Any]:
    return peer.ask(
        "reqRealTimeBars",
        reqId=req_id,
        contract=contract or stock(),
        barSize=5,
        whatToShow=what,
        useRTH=False,
        realTimeBarsOptions=[],
    )


def test_a_bar_collects() -> None:
    bar = new_bar(Decimal(10))
    assert bar.wap == 10
    bar.add(Decimal(12), Decimal(100))
    bar.add(Decimal(9), Decimal(300))
    assert [bar.open, bar.high, bar.low, bar.close] == [10, 12, 9, 9]
    assert (bar.volume, bar.count) == (Decimal(400), 2)
    assert bar.wap == Decimal("9.75")


def test_a_bar_every_five_seconds_of_the_clock(desk: Desk, peer: FakePeer) -> None:
    desk.advance(2)
    subscribe(peer)
    desk.advance(20)
    bars = peer.all("realtimeBar")
    assert [bar["time"] for bar in bars] == [
        int(NOON),
        int(NOON) + 5,
        int(NOON) + 10,
        int(NOON) + 15,
    ]
    for before, after in itertools.pairwise(bars):
        assert after["time"] == before["time"] + 5
        assert (
            after["low"]
            <= min(after["open_"], after["close"], after["wap"])
            <= max(after["open_"], after["close"])
            <= after["high"]
        )
    assert all(bar["count"] <= 5 for bar in bars)
    assert sum(bar["volume"] for bar in bars) > 0


def test_bars_say_what_was_traded() -> None:
    desk = Desk(tick_interval=3600)
    peer = desk.client()
    subscribe(peer)
    volume = desk.quote("AAPL").volume
    for last in ("231.00", "229.00", "230.50"):
        desk.move("AAPL", last)
    traded = desk.quote("AAPL").volume - volume
    desk.advance(5)
    (bar,) = peer.all("realtimeBar")
    assert (bar["open_"], bar["high"], bar["low"], bar["close"]) == (231.0, 231.0, 229.0, 230.5)
    assert (bar["volume"], bar["count"]) == (traded, 3)


@pytest.mark.parametrize(
    ("what", "field"), [("BID", "bid"), ("ASK", "ask"), ("MIDPOINT", "midpoint")]
)
def test_bars_of_quotes_have_no_volume(desk: Desk, peer: FakePeer, what: str, field: str) -> None:
    subscribe(peer, what=what, contract=pair())
    desk.advance(4.5)
    quote = desk.quote("EUR.USD")
    desk.advance(0.5)
    bar = peer.last("realtimeBar")
    assert bar["close"] == float(getattr(quote, field))
    assert (bar["volume"], bar["wap"], bar["count"]) == (-1, -1, -1)


def test_refusals(peer: FakePeer) -> None:
    with pytest.raises(Invalid, match="What to show field is missing or incorrect"):
        subscribe(peer, what="YIELD")
    with pytest.raises(Refusal, match=r"EUR\.USD@IDEALPRO Trades") as refused:
        subscribe(peer, contract=pair())
    assert refused.value.code == 420
    subscribe(peer)
    with pytest.raises(Refusal) as refused:
        subscribe(peer)
    assert refused.value.code == 322
    with pytest.raises(Refusal, match="tickerId:9") as refused:
        peer.ask("cancelRealTimeBars", reqId=9)
    assert refused.value.code == 300


def test_cancelled_bars_end_and_leave_no_timer(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 1)
    subscribe(peer, 2)
    peer.ask("cancelRealTimeBars", reqId=1)
    desk.advance(5)
    assert {bar["reqId"] for bar in peer.all("realtimeBar")} == {2}
    desk.world.leave(peer)
    peer.got.clear()
    desk.advance(20)
    assert peer.got == []
    back = desk.client(1)
    subscribe(back, 1)
    desk.advance(5)
    assert len(back.all("realtimeBar")) == 1


def test_only_regular_hours_if_so_asked() -> None:
    desk = Desk(market_hours="exchange")
    desk.clock.time += 4 * 3600 - 20  # 15:59:40
    peer = desk.client()
    for req_id, regular_only in ((1, True), (2, False)):
        wanted = {
            "contract": stock(),
            "barSize": 5,
            "whatToShow": "TRADES",
            "useRTH": regular_only,
            "realTimeBarsOptions": [],
        }
        peer.ask("reqRealTimeBars", reqId=req_id, **wanted)
    desk.advance(60)
    assert [
        len([bar for bar in peer.all("realtimeBar") if bar["reqId"] == req_id]) for req_id in (1, 2)
    ] == [4, 12]
    peer.got.clear()
    desk.clock.time += 4 * 3600  # closed
    desk.advance(60)
    assert len(peer.all("realtimeBar")) <= 1


@pytest.mark.parametrize(
    ("options", "code"), [({"not_subscribed": "NASDAQ"}, 420), ({"market_data_lines": 1}, 101)]
)
def test_without_permission_and_without_lines(options: dict[str, Any], code: int) -> None:
    peer = Desk(**options).client()
    subscribe(peer, 1, contract=stock("IBM"))
    with pytest.raises(Refusal) as refused:
        subscribe(peer, 2)
    assert refused.value.code == code
