from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Invalid, Refusal

from .helpers import Desk, FakePeer, front_option, pair, stock


def subscribe(
    peer: FakePeer,
    kind: str,
    req_id: int = 1,
    contract: Contract | None = None,
    count: int = 0,
    ignore_size: bool = False,
) -> list[dict[str, Any]]:
    wanted = contract or stock()
    peer.ask(
        "reqTickByTickData",
        reqId=req_id,
        contract=wanted,
        tickType=kind,
        numberOfTicks=count,
        ignoreSize=ignore_size,
    )
    return peer.all("tickByTick")


def refused(peer: FakePeer, kind: str, **request: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        subscribe(peer, kind, **request)
    return refusal.value


@pytest.mark.parametrize(("kind", "number"), [("Last", 1), ("AllLast", 2)])
def test_trades(desk: Desk, peer: FakePeer, kind: str, number: int) -> None:
    subscribe(peer, kind)
    before = desk.quote("AAPL").volume
    desk.advance(60)
    trades = peer.all("tickByTick")
    assert len(trades) > 20
    assert {trade["tickType"] for trade in trades} == {number}
    assert sum(trade["size"] for trade in trades) == desk.quote("AAPL").volume - before
    assert trades[-1]["price"] == float(desk.quote("AAPL").last)
    assert [trade["time"] for trade in trades] == sorted(trade["time"] for trade in trades)
    assert all(trade["exchange"] in desk.instrument("AAPL").exchanges for trade in trades)
    peer.got.clear()
    quote = desk.quote("AAPL")
    desk.world.market.set_quote(desk.instrument("AAPL"), bid=quote.bid - Decimal("0.05"))
    assert peer.got == []


def test_quotes_with_and_without_sizes(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, "BidAsk", 1)
    subscribe(peer, "BidAsk", 2, ignore_size=True)
    peer.got.clear()
    quote = desk.quote("AAPL")
    desk.world.market.set_quote(
        desk.instrument("AAPL"), bid=quote.bid, ask=quote.ask, bid_size=quote.bid_size + 100
    )
    assert [tick["reqId"] for tick in peer.all("tickByTick")] == [1]
    desk.move("AAPL", "231.00")
    assert [
        (tick["reqId"], tick["bidPrice"], tick["askPrice"]) for tick in peer.all("tickByTick")[1:]
    ] == [
        (1, 230.99, 231.01),
        (2, 230.99, 231.01),
    ]
    assert peer.last("tickByTick")["tickAttribBidAsk"].askPastHigh


def test_midpoints(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, "MidPoint", contract=pair())
    desk.move("EUR.USD", "1.10000")
    assert [tick["midPoint"] for tick in peer.all("tickByTick")] == [1.1]
    desk.move("EUR.USD", "1.10000")
    assert len(peer.all("tickByTick")) == 1


def test_an_index_has_values(desk: Desk, peer: FakePeer) -> None:
    wanted = stock("SPX", "CBOE")
    wanted.secType = "IND"
    subscribe(peer, "Last", contract=wanted)
    desk.move("SPY", "600.00")
    assert [tick["price"] for tick in peer.all("tickByTick")] == [6018.0]


def option() -> Contract:
    wanted = front_option()
    wanted.lastTradeDateOrContractMonth = "202701"
    return wanted


@pytest.mark.parametrize(
    ("kind", "wanted", "name"),
    [("Last", pair(), "EUR.USD"), ("BidAsk", option(), "AAPL  270115C00230000")],
)
def test_what_has_no_such_data(peer: FakePeer, kind: str, wanted: Contract, name: str) -> None:
    error = refused(peer, kind, contract=wanted)
    text = f"Failed to request tick-by-tick data.{kind} tick-by-tick requests are not supported for {name}"
    assert (error.code, error.text) == (10189, text)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("Last", "historicalTicksLast"),
        ("AllLast", "historicalTicksLast"),
        ("BidAsk", "historicalTicksBidAsk"),
        ("MidPoint", "historicalTicks"),
    ],
)
def test_it_can_begin_with_the_past(desk: Desk, peer: FakePeer, kind: str, message: str) -> None:
    desk.advance(30)
    subscribe(peer, kind, count=12)
    assert peer.names() == [message]
    past = peer.last(message)
    assert (past["reqId"], past["done"], len(past["ticks"])) == (1, True, 12)
    assert [tick.time for tick in past["ticks"]] == sorted(tick.time for tick in past["ticks"])
    assert past["ticks"][-1].time <= desk.clock.time
    if kind == "Last":
        assert past["ticks"][-1].price == float(desk.quote("AAPL").last)
    peer.got.clear()
    desk.advance(30)
    assert set(peer.names()) == {"tickByTick"}


def test_ids_limits_and_permissions(desk: Desk, peer: FakePeer) -> None:
    for n, symbol in enumerate(("AAPL", "MSFT", "INTC")):
        subscribe(peer, "Last", n, stock(symbol))
    subscribe(peer, "BidAsk", 3)
    assert refused(peer, "Last", req_id=3).code == 322
    error = refused(peer, "Last", req_id=4, contract=stock("IBM"))
    assert (error.code, error.text) == (
        10190,
        "Max number of tick-by-tick requests has been reached.",
    )
    peer.ask("cancelTickByTickData", reqId=1)
    subscribe(peer, "Last", 4, stock("IBM"))
    with pytest.raises(Refusal, match="tickerId:1"):
        peer.ask("cancelTickByTickData", reqId=1)
    with pytest.raises(Invalid, match="tick-by-tick type"):
        subscribe(peer, "First", 9)
    with pytest.raises(Invalid, match="ticks"):
        subscribe(peer, "Last", 9, count=1001)
    desk.world.leave(peer)
    peer.got.clear()
    desk.advance(10)
    assert peer.got == []
    error = refused(Desk(not_subscribed="NASDAQ").client(), "Last")
    assert (
        error.text
        == "Failed to request tick-by-tick data.No market data permissions for NASDAQ STK"
    )


def test_volatility_and_price_are_each_others_way_back(peer: FakePeer) -> None:
    wanted = option()
    peer.ask(
        "calculateOptionPrice",
        reqId=5,
        contract=wanted,
        volatility=0.3,
        underPrice=225.0,
        optPrcOptions=[],
    )
    priced = peer.last("tickOptionComputation")
    assert (priced["reqId"], priced["tickType"], priced["impliedVol"], priced["undPrice"]) == (
        5,
        53,
        0.3,
        225.0,
    )
    peer.ask(
        "calculateImpliedVolatility",
        reqId=6,
        contract=wanted,
        optionPrice=priced["optPrice"],
        underPrice=225.0,
        implVolOptions=[],
    )
    found = peer.last("tickOptionComputation")
    assert found["impliedVol"] == pytest.approx(0.3, abs=1e-6)
    assert found["delta"] == pytest.approx(priced["delta"], abs=1e-6)
    peer.ask(
        "calculateImpliedVolatility",
        reqId=7,
        contract=wanted,
        optionPrice=1000.0,
        underPrice=225.0,
        implVolOptions=[],
    )
    assert peer.last("tickOptionComputation")["impliedVol"] is None
    for wrong in (
        {"contract": stock(), "volatility": 0.3, "underPrice": 1.0},
        {"contract": wanted, "volatility": 0.0, "underPrice": 1.0},
    ):
        with pytest.raises(Invalid):
            peer.ask("calculateOptionPrice", reqId=8, optPrcOptions=[], **wrong)
    for cancel in ("cancelCalculateOptionPrice", "cancelCalculateImpliedVolatility"):
        assert peer.ask(cancel, reqId=5) == []
