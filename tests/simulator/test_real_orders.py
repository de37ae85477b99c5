"""Orders as an IB Gateway 10.40 answers them: the profile gw10.40, which is the default. What is
expected here was recorded from a real one, or is documented; docs/real_tws.md says which.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.order_cancel import OrderCancel
from ibapi_port.simulator.errors import Refusal
from ibapi_port.simulator.options import Options

from .helpers import Desk, FakePeer, order, stock

EARLY = 1_776_157_200.0  # 2026-04-14 05:00:00 US/Eastern
SHOWN = ("openOrder", "orderStatus", "execDetails", "commissionAndFeesReport", "error")
PAIRS = {
    "P": "PreSubmitted", "S": "Submitted", "F": "Filled", "C": "PendingCancel", "W": "PendingSubmit",
    "I": "Inactive",
}  # fmt: skip


@pytest.fixture
def desk() -> Desk:
    return Desk(tick_interval=1e9, profile="gw10.40")


@pytest.fixture
def peer(desk: Desk) -> Iterator[FakePeer]:
    return desk.client()


def place(peer: FakePeer, order_id: int, kind: str = "MKT", **attributes: Any) -> None:
    attributes.setdefault("tif", "DAY")
    quantity = attributes.pop("quantity", "1")
    action = attributes.pop("action", "BUY")
    values = {"contract": stock(), "order": order(action, quantity, kind, **attributes)}
    got = list(peer.got)
    peer.ask("placeOrder", orderId=order_id, **values)
    peer.got[:0] = got


def cancel(peer: FakePeer, order_id: int) -> None:
    got = list(peer.got)
    peer.ask("cancelOrder", orderId=order_id, orderCancel=OrderCancel())
    peer.got[:0] = got


def told(peer: FakePeer, order_id: int = 0) -> list[str]:
    """What came, or what came of an order: a pair of openOrder and orderStatus is one word."""
    words: list[str] = []
    for name, values in peer.got:
        own = values.get("orderId", values.get("reqId"))
        if name == "execDetails":
            own = values["execution"].orderId
        if name not in SHOWN or (order_id and own not in (order_id, None)):
            continue
        if name == "openOrder":
            words.append(f"openOrder {values['orderState'].status}")
        elif name == "orderStatus":
            pair = words[-1:] == [f"openOrder {values['status']}"]
            words[len(words) - pair :] = [("" if pair else "only ") + values["status"]]
        else:
            words.append(f"{name} {values['errorCode']}" if name == "error" else name)
    return words


def pairs(text: str) -> list[str]:
    """Words for what `told` gives: "P S" are the pairs PreSubmitted and Submitted."""
    longer = {"x": "execDetails", "r": "commissionAndFeesReport", "c": "only Cancelled"}
    return [
        f"error {word}" if word.isdigit() else longer.get(word) or PAIRS[word]
        for word in text.split()
    ]


def test_a_resting_order_is_pre_submitted_and_then_submitted(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0)
    assert told(peer) == []  # nothing at once
    desk.advance(0.049)
    assert told(peer) == []
    desk.advance(0.7)
    assert told(peer) == pairs("P S")


def test_a_fill_is_told_twice_and_with_its_commission(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1)
    desk.advance(2)
    words = told(peer)
    assert words[-4:] == pairs("x F F r")
    assert set(words[:-4]) == {"PreSubmitted"}  # never Submitted
    states = [values["orderState"] for values in peer.all("openOrder")]
    assert [state.commissionAndFees > 1e300 for state in states[-2:]] == [True, False]
    report = peer.last("commissionAndFeesReport")["commissionAndFeesReport"]
    assert states[-1].commissionAndFees == report.commissionAndFees
    assert states[-1].commissionAndFeesCurrency == report.currency == "USD"


def test_part_fills_are_told_each_by_itself(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0, quantity="10")
    desk.advance(2)
    peer.got.clear()
    book = desk.world.book
    live = book.find(1)
    for size in ("4", "6"):
        book.fill(live, Decimal(1), Decimal(size))
    desk.advance(1)
    assert told(peer) == pairs("x S S r x F F r")


def test_a_cancel_is_told_by_its_status_alone(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0)
    desk.advance(2)
    peer.got.clear()
    cancel(peer, 1)
    desk.advance(1)
    assert told(peer) == pairs("c 202")
    assert peer.last("orderStatus")["remaining"] == 1
    assert peer.last("error")["errorString"] == "Order Canceled - reason:"


def test_cancelled_before_it_was_answered(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0)
    cancel(peer, 1)
    desk.advance(2)
    assert told(peer) == pairs("C C c 202")


def test_changed_before_it_was_answered(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0)
    with pytest.raises(Refusal) as refused:
        place(peer, 1, "LMT", lmtPrice=2.0)
    assert refused.value.code == 2102
    desk.advance(2)
    assert told(peer, 1) == pairs("P S")
    place(peer, 1, "LMT", lmtPrice=2.0)
    desk.advance(2)
    assert peer.last("openOrder")["order"].lmtPrice == 2.0


def test_a_parent_that_fills_before_its_child_is_answered(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0, transmit=False)
    place(peer, 2, "LMT", lmtPrice=9000.0, action="SELL", parentId=1, transmit=False)
    place(peer, 3, "STP", auxPrice=0.5, action="SELL", parentId=1, tif="GTC")
    desk.world.book.fill(desk.world.book.find(1), Decimal("230"), Decimal(1))
    desk.advance(2)
    assert [told(peer, n)[-1:] for n in (2, 3)] == [pairs("S"), pairs("P")]
    desk.advance(8 * 3600)  # past the close
    assert told(peer, 2)[-2:] == pairs("c 202")


def test_the_rest_of_an_order_that_a_script_fills_before_it_is_answered(
    desk: Desk, peer: FakePeer
) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0, quantity="10")
    place(peer, 2, "LMT", lmtPrice=9000.0, quantity="10")
    place(peer, 3, "LMT", lmtPrice=1.0, quantity="10")
    cancel(peer, 3)
    for order_id in (1, 2, 3):
        desk.world.book.fill(desk.world.book.find(order_id), Decimal("1"), Decimal(4))
    desk.advance(2)
    assert told(peer, 3)[-2:] == pairs("c 202")
    assert "Filled" in told(peer, 2)[-3:]  # the rest by the market
    cancel(peer, 1)
    desk.advance(2)
    assert told(peer, 1)[-2:] == pairs("c 202")


def test_immediate_or_cancel(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0, tif="IOC")
    desk.advance(2)
    assert told(peer) == pairs("P S C c 202")
    assert peer.last("openOrder")["order"].outsideRth


def test_a_bracket_is_cancelled_with_its_parent(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0, transmit=False)
    place(peer, 2, "LMT", lmtPrice=9000.0, action="SELL", parentId=1, transmit=False)
    desk.advance(2)
    assert told(peer) == []
    place(peer, 3, "STP", auxPrice=0.5, action="SELL", parentId=1)
    desk.advance(2)
    held = {values["orderId"]: values["whyHeld"] for values in peer.all("orderStatus")}
    assert held == {1: "", 2: "child", 3: "child,trigger"}
    shown = {values["orderId"]: values["order"] for values in peer.all("openOrder")}
    parent, child = shown[1], shown[3]
    group = str(parent.permId)
    assert (child.ocaGroup, child.ocaType, child.parentPermId) == (group, 3, parent.permId)
    peer.got.clear()
    cancel(peer, 1)
    desk.advance(2)
    assert [told(peer, n)[-2:] for n in (1, 2, 3)] == [pairs("c 202")] * 3


def test_one_cancels_all_holds_for_a_cancel_too(desk: Desk, peer: FakePeer) -> None:
    for order_id in (1, 2, 3):
        group = "G" if order_id < 3 else ""
        place(peer, order_id, "LMT", lmtPrice=1.0, ocaGroup=group, ocaType=1 if group else 0)
    desk.advance(2)
    peer.got.clear()
    cancel(peer, 1)
    desk.advance(2)
    assert told(peer, 2) == pairs("C c 202")
    assert told(peer, 1) == pairs("c 202")
    assert told(peer, 3) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": "0.5"}, 10243),
        ({"eTradeOnly": True}, 10268),
        ({"firmQuoteOnly": True}, 10269),
        ({"kind": "PASSV REL"}, 387),
    ],
)
def test_what_is_refused_and_not_placed(peer: FakePeer, changes: dict[str, Any], code: int) -> None:
    flags = {name: changes.pop(name) for name in list(changes) if name.endswith("Only")}
    kind = changes.pop("kind", "MKT")
    made = order("BUY", changes.pop("quantity", "1"), kind, tif="DAY")
    vars(made).update(flags)
    with pytest.raises(Refusal) as refused:
        peer.ask("placeOrder", orderId=1, contract=stock(), order=made)
    assert refused.value.code == code
    peer.ask("placeOrder", orderId=1, contract=stock(), order=order("BUY", "1", tif="DAY"))


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"tif": "GTD", "goodTillDate": "20260414 15:00:00"}, 2174),
        ({"tif": "GTD", "goodTillDate": "20260414 15:00:00 US/Eastern"}, 0),
        ({"tif": "GTD", "goodTillDate": "20260414 15:00:00 Mars/Base"}, 10314),
        ({"goodAfterTime": "2026-04-14 15:00:00"}, 10314),
        ({"goodAfterTime": "20260414-19:00:00"}, 0),
    ],
)
def test_times_of_orders(peer: FakePeer, attributes: dict[str, Any], code: int) -> None:
    if code == 10314:
        with pytest.raises(Refusal) as refused:
            place(peer, 1, "LMT", lmtPrice=1.0, **attributes)
        assert refused.value.code == code
    else:
        place(peer, 1, "LMT", lmtPrice=1.0, **attributes)
        assert told(peer) == [f"error {code}"] * bool(code)


def test_what_an_account_may_not_trade() -> None:
    peer = Desk(profile="gw10.40", not_permitted="MSFT, OPT").client()
    values = {"contract": stock("MSFT"), "order": order("BUY", "1", tif="DAY")}
    with pytest.raises(Refusal, match="No trading permissions") as refused:
        peer.ask("placeOrder", orderId=1, **values)
    assert refused.value.code == 460
    peer.ask("placeOrder", orderId=1, **{**values, "contract": stock()})


def test_an_order_without_time_in_force_is_warned_of_and_lives(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0, tif="")
    desk.advance(2)
    assert told(peer) == pairs("10349 P S")
    assert peer.last("openOrder")["order"].tif == "DAY"


@pytest.mark.parametrize("kind", ["MKT", "STP", "TRAIL"])
def test_no_market_order_works_before_the_open(kind: str) -> None:
    desk = Desk(tick_interval=1e9, profile="gw10.40")
    desk.clock.time = EARLY
    peer = desk.client()
    prices = {"STP": {"auxPrice": 1e4}, "TRAIL": {"auxPrice": 1.0}}.get(kind, {})
    place(peer, 1, kind, outsideRth=True, **prices)
    desk.advance(60)
    assert told(peer)[:2] == pairs("2109 399")
    assert set(told(peer)[2:]) == {"PreSubmitted"}
    assert not peer.last("openOrder")["order"].outsideRth
    desk.advance(4 * 3600)
    assert told(peer)[-1] == "PreSubmitted"
    desk.advance(1800)
    assert told(peer)[-1] != "PreSubmitted" or kind != "MKT"


def test_orders_wait_while_the_line_is_down(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, "LMT", lmtPrice=1.0)
    desk.advance(2)
    desk.world.farms.lose()
    peer.got.clear()
    place(peer, 2, "LMT", lmtPrice=1.0)
    cancel(peer, 1)
    desk.advance(10)
    assert told(peer, 2) == pairs("W")
    assert told(peer, 1) == ["only PendingCancel"]
    peer.got.clear()
    desk.world.farms.restore(data_lost=False)
    desk.advance(2)
    assert told(peer, 1) == pairs("c 202")
    assert told(peer, 2) == pairs("P S")


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ({"kind": "LMT", "lmtPrice": 100.0}, {"trailStopPrice": 101.0, "usePriceMgmtAlgo": True}),
        (
            {"kind": "STP", "auxPrice": 9000.0},
            {"trailStopPrice": 9000.0, "usePriceMgmtAlgo": False},
        ),
        ({"kind": "LMT", "lmtPrice": 1.0, "tif": "GTC"}, {"ocaType": 3, "clearingIntent": "IB"}),
    ],
)
def test_what_tws_fills_in(
    desk: Desk, peer: FakePeer, attributes: dict[str, Any], shown: dict[str, Any]
) -> None:
    place(peer, 1, attributes.pop("kind"), **attributes)
    desk.advance(2)
    made = peer.last("openOrder")["order"]
    assert {name: getattr(made, name) for name in shown} == shown
    assert (made.adjustedOrderType, made.deltaNeutralOrderType) == ("None", "None")
    assert bool(made.autoCancelDate) == (attributes.get("tif") == "GTC")
    place(peer, 1, made.orderType, **{**attributes, "outsideRth": True})  # may be sent back


def test_times_are_random_and_the_same_for_the_same_seed() -> None:
    def times(seed: int) -> list[float]:
        desk = Desk(seed=seed, tick_interval=1e9, profile="gw10.40")
        peer, found = desk.client(), []
        place(peer, 1, "LMT", lmtPrice=1.0)
        while len(peer.all("openOrder")) < 2:
            before = len(peer.got)
            desk.advance(0.001)
            if len(peer.got) > before:
                found.append(round(desk.clock.time, 3))
        return found

    assert times(1) == times(1) != times(2)


def test_each_setting_stands_by_itself() -> None:
    simple = Options(profile="simple")
    real = Options(profile="gw10.40")
    assert (simple.repeat_pairs, real.repeat_pairs) == (False, True)
    mixed = Options(profile="simple", tif_warning=True, order_delay=0.2)
    assert (mixed.tif_warning, mixed.repeat_pairs, mixed.order_delay) == (True, False, 0.2)
    assert mixed.order_delay_most == 0.0  # a time that was set is meant exactly
    with pytest.raises(ValueError, match=r"profile must be one of gw10\.40, simple"):
        Options(profile="gw9")
