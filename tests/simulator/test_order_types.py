"""Order types: at which prices they fill, and what sets them off."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract

from .helpers import Desk, FakePeer, bag, order, stock

D = Decimal


@pytest.fixture
def desk() -> Desk:
    """AAPL stands at 230.00, bid 229.99, ask 230.01."""
    made = Desk(tick_interval=3600)
    made.move("AAPL", "230.00")
    return made


def place(peer: FakePeer, wanted: Any, contract: Contract | None = None, order_id: int = 1) -> None:
    peer.ask("placeOrder", orderId=order_id, contract=contract or stock(), order=wanted)


def fills(peer: FakePeer) -> list[tuple[Decimal, float]]:
    return [
        (values["execution"].shares, values["execution"].price)
        for values in peer.all("execDetails")
    ]


def status(peer: FakePeer) -> str:
    return str(peer.last("orderStatus")["status"])


class TestTrailing:
    def test_by_an_amount(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, order("SELL", "10", "TRAIL", auxPrice=1.0))
        assert (status(peer), peer.last("orderStatus")["whyHeld"]) == ("PreSubmitted", "trigger")
        desk.move("AAPL", "235.00")
        desk.move("AAPL", "234.10")
        assert fills(peer) == []
        desk.move("AAPL", "234.00")
        assert fills(peer) == [(10, 233.99)]
        assert peer.last("openOrder")["order"].trailStopPrice == 234.0

    def test_by_a_share_from_a_first_stop(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, order("BUY", "10", "TRAIL", trailingPercent=1.0, trailStopPrice=230.5))
        desk.move("AAPL", "200.00")  # the stop comes down to 202
        desk.move("AAPL", "201.90")
        assert fills(peer) == []
        desk.move("AAPL", "202.00")
        assert fills(peer) == [(10, 202.01)]

    def test_with_a_limit(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, order("SELL", "10", "TRAIL LIMIT", auxPrice=1.0, lmtPriceOffset=0.5))
        desk.move("AAPL", "228.00")  # it gapped through the stop of 229.00, and the limit of 228.50
        assert fills(peer) == []
        assert status(peer) == "Submitted"
        desk.move("AAPL", "228.60")
        assert fills(peer) == [(10, 228.59)]


@pytest.mark.parametrize(
    ("wanted", "moves", "price"),
    [
        (order("BUY", "10", "MIT", auxPrice=229.0), ["229.10", "229.00"], 229.01),
        (order("SELL", "10", "MIT", auxPrice=231.0), ["230.90", "231.50"], 231.49),
        (order("BUY", "10", "LIT", auxPrice=229.0, lmtPrice=228.5), ["229.00", "228.40"], 228.5),
        (
            order("SELL", "10", "STP LMT", auxPrice=229.0, lmtPrice=228.95),
            ["228.00", "228.97"],
            228.95,
        ),
        (order("BUY", "10", "STP", auxPrice=231.0), ["230.90", "231.00"], 231.01),
    ],
)
def test_what_waits_for_a_price(
    desk: Desk, peer: FakePeer, wanted: Any, moves: list[str], price: float
) -> None:
    place(peer, wanted)
    for last in moves:
        assert fills(peer) == []
        desk.move("AAPL", last)
    assert fills(peer) == [(10, price)]


def test_market_to_limit_rests_at_its_first_price(desk: Desk, peer: FakePeer) -> None:
    quote(desk, ask_size=4)
    place(peer, order("BUY", "10", "MTL"))
    assert fills(peer) == [(4, 230.01)]
    desk.move("AAPL", "230.50")
    assert len(fills(peer)) == 1
    desk.move("AAPL", "229.00")
    assert fills(peer)[1] == (6, 230.01)
    assert peer.last("orderStatus")["avgFillPrice"] == 230.01


@pytest.mark.parametrize(
    ("wanted", "price"),
    [
        (order("BUY", "10", "SNAP MKT"), 230.04),
        (order("SELL", "10", "SNAP MKT"), 230.00),
        (order("BUY", "10", "PEG MKT", lmtPrice=231.0), 230.04),
    ],
)
def test_what_takes_the_other_side_at_once(
    desk: Desk, peer: FakePeer, wanted: Any, price: float
) -> None:
    quote(desk, bid="230.00", ask="230.04")
    place(peer, wanted)
    assert fills(peer) == [(10, price)]


@pytest.mark.parametrize(
    ("wanted", "trade", "price"),
    [
        (order("BUY", "10", "REL", auxPrice=0.01), "230.01", 230.01),
        (order("BUY", "10", "REL", auxPrice=0.02, lmtPrice=230.0), "230.00", 230.0),
        (order("SELL", "10", "PEG MID"), "230.02", 230.02),
        (order("BUY", "10", "MIDPRICE", lmtPrice=231.0), "230.02", 230.02),
        (order("SELL", "10", "PEG PRIM"), "230.04", 230.04),
        (order("BUY", "10", "PEG BEST", postToAts=0), "230.01", 230.01),
        (order("BUY", "10", "SNAP PRIM"), "229.50", 230.0),
    ],
)
def test_what_goes_with_the_market_waits_for_a_trade(
    desk: Desk, peer: FakePeer, wanted: Any, trade: str, price: float
) -> None:
    quote(desk, bid="230.00", ask="230.04")
    place(peer, wanted)
    assert (fills(peer), status(peer)) == ([], "Submitted")
    if wanted.orderType == "SNAP PRIM":
        desk.move("AAPL", trade)
    else:
        quote(desk, bid="230.00", ask="230.04", last=trade)
    assert fills(peer) == [(10, price)]


class TestPartial:
    def test_executions_add_up(self, desk: Desk, peer: FakePeer) -> None:
        quote(desk, ask_size=30)
        place(peer, order("BUY", "100"))
        first = peer.last("orderStatus")
        assert (first["status"], first["filled"], first["remaining"]) == ("Submitted", 30, 70)
        quote(desk, bid="230.99", ask="231.01", ask_size=20)
        quote(desk, bid="231.99", ask="232.01", ask_size=500)
        assert fills(peer) == [(30, 230.01), (20, 231.01), (50, 232.01)]
        executions = [values["execution"] for values in peer.all("execDetails")]
        assert [each.cumQty for each in executions] == [30, 50, 100]
        assert executions[-1].avgPrice == pytest.approx(231.21)
        assert peer.last("orderStatus")["avgFillPrice"] == pytest.approx(231.21)
        reports = [
            values["commissionAndFeesReport"].commissionAndFees
            for values in peer.all("commissionAndFeesReport")
        ]
        assert reports == [1.0, 0.0, 0.0]  # the least is an order's

    def test_immediate_or_cancel_takes_what_there_is(self, desk: Desk, peer: FakePeer) -> None:
        quote(desk, ask_size=30)
        place(peer, order("BUY", "100", "LMT", lmtPrice=231.0, tif="IOC"))
        assert (fills(peer), status(peer), peer.last("orderStatus")["filled"]) == (
            [(30, 230.01)],
            "Cancelled",
            30,
        )

    @pytest.mark.parametrize("attributes", [{"tif": "FOK"}, {"allOrNone": True}])
    def test_all_or_nothing(self, desk: Desk, peer: FakePeer, attributes: dict[str, Any]) -> None:
        quote(desk, ask_size=30)
        place(peer, order("BUY", "100", "LMT", lmtPrice=231.0, **attributes))
        assert fills(peer) == []
        assert status(peer) == ("Cancelled" if "tif" in attributes else "Submitted")
        quote(desk, ask_size=100)
        assert fills(peer) == ([] if "tif" in attributes else [(100, 231.0)])

    def test_without_sizes(self, peer: FakePeer) -> None:
        desk = Desk(tick_interval=3600, partial_fills=False)
        peer = desk.client()
        place(peer, order("BUY", "5000"))
        assert [size for size, _ in fills(peer)] == [5000]


def test_adjustable_stop(desk: Desk, peer: FakePeer) -> None:
    wanted = order(
        "SELL",
        "10",
        "STP",
        auxPrice=225.0,
        triggerPrice=235.0,
        adjustedOrderType="TRAIL",
        adjustedStopPrice=233.0,
    )
    wanted.adjustedTrailingAmount = 2.0
    place(peer, wanted)
    desk.move("AAPL", "234.00")
    desk.move("AAPL", "232.00")
    assert fills(peer) == []
    desk.move("AAPL", "236.00")
    told = peer.last("openOrder")["order"]
    assert (told.orderType, told.auxPrice) == ("TRAIL", 2.0)
    desk.move("AAPL", "234.00")
    assert fills(peer) == [(10, 233.99)]


def test_a_combination_fills_by_its_legs(desk: Desk, peer: FakePeer) -> None:
    desk.move("MSFT", "420.00")
    combination = bag(desk, long=2)
    place(peer, order("BUY", "10", "LMT", lmtPrice=39.0), combination)
    assert status(peer) == "Submitted"
    place(peer, order("BUY", "10", "LMT", lmtPrice=41.0), combination)
    assert status(peer) == "Filled"
    told = [
        (values["contract"].secType, values["execution"].side, values["execution"].shares)
        for values in peer.all("execDetails")
    ]
    assert told == [("BAG", "BOT", 10), ("STK", "BOT", 20), ("STK", "SLD", 10)]
    combo, first, second = (values["execution"].price for values in peer.all("execDetails"))
    assert 2 * first - second == pytest.approx(combo)
    assert len(peer.all("commissionAndFeesReport")) == 2
    held = desk.world.account.positions
    assert {position.instrument.symbol: position.quantity for position in held.values()} == {
        "AAPL": 20,
        "MSFT": -10,
    }
    with pytest.raises(ValueError, match="cannot be filled"):
        desk.world.book.fill(desk.world.book.find(1), D(41), D(10))


def test_a_combination_filled_by_hand(desk: Desk, peer: FakePeer) -> None:
    """At any price that its legs can make up; at another nothing is booked."""
    place(peer, order("BUY", "10", "LMT", lmtPrice=-900.0), bag(desk))
    live = desk.world.book.find(1)
    before = desk.world.account.net_liquidation()
    with pytest.raises(ValueError, match="legs"):
        desk.world.book.fill(live, D(10_000), D(10))
    assert (live.filled, live.status, desk.world.account.net_liquidation()) == (
        0,
        "Submitted",
        before,
    )
    desk.world.book.fill(live, D(-200), D(10))
    assert live.status == "Filled"
    first, second = (values["execution"].price for values in peer.all("execDetails")[1:])
    assert first - second == pytest.approx(-200)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("STPLMT", "STP LMT"), ("PEGMKT", "PEG MKT"), ("lmt", "LMT"), ("TRAILLIMIT", "TRAIL LIMIT")],
)
def test_other_spellings(peer: FakePeer, spelling: str, name: str) -> None:
    place(
        peer,
        order(
            "BUY",
            "10",
            spelling,
            lmtPrice=1.0,
            auxPrice=900.0 if "STP" in name else 0.01,
            trailStopPrice=1000.0,
        ),
    )
    assert peer.last("openOrder")["order"].orderType == name


def quote(
    desk: Desk,
    bid: str = "229.99",
    ask: str = "230.01",
    last: str | None = None,
    ask_size: int = 900,
) -> None:
    instrument = desk.instrument("AAPL")
    desk.world.market.set_quote(
        instrument,
        bid=D(bid),
        ask=D(ask),
        last=D(last) if last else None,
        ask_size=D(ask_size),
        bid_size=D(900),
    )
