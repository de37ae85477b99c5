from __future__ import annotations

from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.peer import Invalid, Refusal

from .helpers import Desk, FakePeer, pair, stock

PRICE, SIZE = "tickPrice", "tickSize"


def subscribe(peer: FakePeer, req_id: int = 1, contract: Contract | None = None, snapshot: bool = False, generic: str = "") -> None:
    peer.ask(
        "reqMktData",
        reqId=req_id,
        contract=contract or stock(),
        genericTickList=generic,
        snapshot=snapshot,
        regulatorySnapshot=False,
        mktDataOptions=[],
    )


def ticks(peer: FakePeer, kind: str) -> dict[int, Any]:
    """Tick type to value."""
    value = {PRICE: "price", SIZE: "size"}.get(kind, "value")
    return {values["tickType"]: values[value] for values in peer.all(kind)}


def test_first_comes_the_whole_picture(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    quote = desk.quote("AAPL")
    assert peer.got[0] == ("tickReqParams", {"tickerId": 1, "minTick": 0.01, "bboExchange": "9c0001", "snapshotPermissions": 3})
    wanted = {1: quote.bid, 2: quote.ask, 4: quote.last, 6: quote.high, 7: quote.low, 9: quote.close, 14: quote.open}
    assert ticks(peer, PRICE) == {tick: float(price) for tick, price in wanted.items()}
    assert {values["tickType"]: values["size"] for values in peer.all(PRICE)[:3]} == {
        1: quote.bid_size,
        2: quote.ask_size,
        4: quote.last_size,
    }
    assert ticks(peer, SIZE) == {8: quote.volume}
    assert ticks(peer, "tickString") == {45: str(quote.last_time)}
    assert ticks(peer, "tickGeneric") == {49: 0.0}
    assert "marketDataType" not in peer.names()
    assert {values.get("reqId", 1) for _, values in peer.got} == {1}


def test_then_only_what_changes(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    peer.got.clear()
    before = desk.quote("AAPL")
    desk.move("AAPL", str(before.last))  # same price, other sizes and volume
    after = desk.quote("AAPL")
    assert ticks(peer, PRICE) == {}
    sizes = {0: (before.bid_size, after.bid_size), 3: (before.ask_size, after.ask_size), 5: (before.last_size, after.last_size)}
    assert ticks(peer, SIZE) == {tick: new for tick, (old, new) in sizes.items() if new != old} | {8: after.volume}
    peer.got.clear()
    desk.move("AAPL", "231.00")
    assert ticks(peer, PRICE) == {1: 230.99, 2: 231.01, 4: 231.0, 6: 231.0}
    assert set(ticks(peer, SIZE)) == {8}  # the others went along with their prices


def test_the_clock_drives_the_stream(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    peer.got.clear()
    desk.advance(60)
    assert len(peer.all(PRICE)) > 10
    assert ticks(peer, "tickString") == {45: str(desk.quote("AAPL").last_time)}


def test_only_the_subscribed_instrument_and_only_until_cancelled(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    peer.got.clear()
    desk.move("MSFT", "500.00")
    assert peer.got == []
    peer.ask("cancelMktData", reqId=1)
    desk.move("AAPL", "240.00")
    assert peer.got == []


def test_a_snapshot_ends(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, snapshot=True)
    assert peer.got[-1] == ("tickSnapshotEnd", {"reqId": 1})
    assert ticks(peer, PRICE)[4] == float(desk.quote("AAPL").last)
    peer.got.clear()
    desk.move("AAPL", "240.00")
    assert peer.got == []
    subscribe(peer, snapshot=True)  # its id is free again
    with pytest.raises(Invalid, match="not applicable to generic ticks"):
        subscribe(peer, snapshot=True, generic="233")


@pytest.mark.parametrize(
    ("wanted", "told", "last", "volume", "time", "halted"), [(1, 1, 4, 8, 45, 49), (2, 1, 4, 8, 45, 49), (3, 3, 68, 74, 88, 90)]
)
def test_market_data_types(peer: FakePeer, wanted: int, told: int, last: int, volume: int, time: int, halted: int) -> None:
    peer.ask("reqMarketDataType", marketDataType=wanted)
    subscribe(peer)
    assert peer.got[0] == ("marketDataType", {"reqId": 1, "marketDataType": told})
    assert last in ticks(peer, PRICE)
    assert volume in ticks(peer, SIZE)
    assert (set(ticks(peer, "tickString")), set(ticks(peer, "tickGeneric"))) == ({time}, {halted})
    with pytest.raises(Invalid):
        peer.ask("reqMarketDataType", marketDataType=5)


def test_delayed_ticks_all_have_delayed_ids(desk: Desk, peer: FakePeer) -> None:
    peer.ask("reqMarketDataType", marketDataType=4)
    subscribe(peer)
    desk.advance(60)
    assert set(ticks(peer, PRICE)) == {66, 67, 68, 72, 73, 75, 76}
    assert set(ticks(peer, SIZE)) == {69, 70, 71, 74}


def test_a_currency_pair_has_quotes_only(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, contract=pair())
    assert set(ticks(peer, PRICE)) == {1, 2, 6, 7, 9}
    desk.advance(60)
    assert set(ticks(peer, SIZE)) <= {0, 3}
    assert peer.all("tickString") == []


def test_ids(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 5)
    with pytest.raises(Refusal) as refused:
        subscribe(peer, 5)
    assert refused.value.code == 102
    with pytest.raises(Refusal, match="Can't find EId with tickerId:6") as refused:
        peer.ask("cancelMktData", reqId=6)
    assert refused.value.code == 300
    other = desk.client(2)
    subscribe(other, 5)  # another client's ids are its own
    with pytest.raises(Refusal) as refused:
        subscribe(peer, 7, stock("NOSUCH"))
    assert refused.value.code == 200


def test_an_old_client_gets_no_tick_req_params(desk: Desk) -> None:
    old = desk.client(3, server_version=113)
    subscribe(old)
    assert "tickReqParams" not in old.names()


def test_who_has_gone_is_sent_nothing(desk: Desk, peer: FakePeer) -> None:
    peer.ask("reqMarketDataType", marketDataType=3)
    subscribe(peer)
    desk.world.leave(peer)
    peer.got.clear()
    desk.move("AAPL", "240.00")
    assert peer.got == []
    again = desk.client(1)
    subscribe(again)
    assert 4 in ticks(again, PRICE)  # the market data type was of the connection
