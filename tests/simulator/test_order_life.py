"""What orders wait for, how they end, and who is told."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from ibapi_port.const import UNSET_INTEGER
from ibapi_port.contract import Contract
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_condition import (
    ExecutionCondition,
    MarginCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.trading.lifecycle.linked_orders import Groups
from ibapi_port.tag_value import TagValue

from .helpers import Desk, FakePeer, order, pair, stock

D = Decimal
HOUR = 3600


def opened(hours: str = "always", **options: Any) -> tuple[Desk, FakePeer]:
    """A desk at noon of a Tuesday with AAPL at 230.00, and a client."""
    desk = Desk(tick_interval=1e9, market_hours=hours, **options)
    desk.move("AAPL", "230.00")
    return desk, desk.client()


def place(peer: FakePeer, order_id: int, wanted: Any, contract: Contract | None = None) -> None:
    peer.ask("placeOrder", orderId=order_id, contract=contract or stock(), order=wanted)


def cancel(peer: FakePeer, order_id: int) -> None:
    peer.ask("cancelOrder", orderId=order_id, orderCancel=OrderCancel())


def statuses(peer: FakePeer) -> list[tuple[int, str]]:
    return [(values["orderId"], values["status"]) for values in peer.all("orderStatus")]


def errors(peer: FakePeer) -> list[tuple[int, int]]:
    return [(values["reqId"], values["errorCode"]) for values in peer.all("error")]


class TestHours:
    def test_at_the_close_day_orders_end_and_others_wait_for_the_morning(self) -> None:
        desk, peer = opened("exchange")
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        place(peer, 2, order("BUY", "10", "LMT", lmtPrice=220.0, tif="GTC"))
        place(peer, 3, order("BUY", "10", "LMT", lmtPrice=220.0, outsideRth=True))
        peer.got.clear()
        desk.advance(4 * HOUR)
        assert sorted(statuses(peer)) == [(1, "Cancelled"), (2, "PreSubmitted")]
        assert errors(peer) == [(1, 202), (2, 399)]
        peer.ask("reqCompletedOrders", apiOnly=False)
        assert peer.last("completedOrder")["orderState"].completedStatus == "Cancelled by System:\n"
        desk.move("AAPL", "219.00")  # after hours
        assert statuses(peer)[-1] == (3, "Filled")
        peer.got.clear()
        desk.advance(17.5 * HOUR)
        assert statuses(peer) == [(2, "Submitted"), (2, "Filled")]
        assert peer.last("execDetails")["execution"].time == "20260415 09:30:00 US/Eastern"

    def test_an_order_before_the_opening_waits_with_a_warning(self) -> None:
        desk, peer = opened("exchange")
        desk.advance(20 * HOUR)  # 08:00
        place(peer, 1, order("BUY", "10"))
        assert (statuses(peer), errors(peer)) == ([(1, "PreSubmitted")], [(1, 399)])
        text = peer.last("error")["errorString"]
        assert text.startswith("Order Message:\nBUY 10 AAPL NASDAQ.NMS\nWarning: ")
        assert text.endswith(
            "your order will not be placed at the exchange until 2026-04-15 09:30:00 US/Eastern"
        )
        desk.advance(1.5 * HOUR)
        assert statuses(peer)[-1] == (1, "Filled")

    def test_good_till_date_and_good_after_time(self) -> None:
        desk, peer = opened()
        place(
            peer,
            1,
            order(
                "BUY",
                "10",
                "LMT",
                lmtPrice=220.0,
                tif="GTD",
                goodTillDate="20260414 12:30:00 US/Eastern",
            ),
        )
        place(peer, 2, order("BUY", "10", goodAfterTime="20260414-16:10:00"))
        assert statuses(peer) == [(2, "PreSubmitted")]
        desk.advance(599)
        assert len(statuses(peer)) == 1
        desk.advance(1)
        assert statuses(peer)[-1] == (2, "Filled")
        desk.advance(20 * 60)
        assert statuses(peer)[-1] == (1, "Cancelled")

    def test_auctions(self) -> None:
        desk, peer = opened("exchange")
        place(peer, 1, order("BUY", "10", "MOC"))
        place(peer, 2, order("SELL", "10", "LOC", lmtPrice=231.0))
        place(peer, 3, order("SELL", "10", "LOC", lmtPrice=229.0))
        place(peer, 4, order("SELL", "10", "LMT", lmtPrice=225.0, tif="OPG"))
        desk.move("AAPL", "232.00")
        desk.move("AAPL", "230.00")
        assert peer.all("execDetails") == []
        peer.got.clear()
        desk.advance(4 * HOUR)
        assert [values["execution"].orderId for values in peer.all("execDetails")] == [1, 3]
        assert peer.last("execDetails")["execution"].price == 230.0
        assert (2, "Cancelled") in statuses(peer)
        desk.advance(17.5 * HOUR)
        assert peer.last("execDetails")["execution"].orderId == 4

    def test_day_till_cancelled_is_put_out_of_action(self) -> None:
        desk, peer = opened("exchange")
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0, tif="DTC"))
        desk.advance(4 * HOUR)
        assert statuses(peer)[-1] == (1, "Inactive")

    def test_market_orders_know_no_outside_hours(self) -> None:
        _, peer = opened()
        place(peer, 1, order("BUY", "10", outsideRth=True))
        assert errors(peer) == [(1, 2109)]
        assert statuses(peer)[-1] == (1, "Filled")


def conditional(*conditions: Any, **attributes: Any) -> Any:
    return order("BUY", "10", conditions=list(conditions), **attributes)


class TestConditions:
    @pytest.fixture
    def world(self) -> tuple[Desk, FakePeer]:
        desk, peer = opened()
        desk.move("MSFT", "420.00")
        return desk, peer

    def test_a_price(self, world: tuple[Desk, FakePeer]) -> None:
        desk, peer = world
        place(
            peer,
            1,
            conditional(PriceCondition(0, desk.instrument("MSFT").con_id, "SMART", True, 421.0)),
        )
        assert statuses(peer) == [(1, "PreSubmitted")]
        desk.move("MSFT", "420.90")
        assert len(statuses(peer)) == 1
        desk.move("MSFT", "421.00")
        assert statuses(peer)[1:] == [(1, "Submitted"), (1, "Filled")]

    def test_the_time(self, world: tuple[Desk, FakePeer]) -> None:
        desk, peer = world
        place(peer, 1, conditional(TimeCondition(True, "20260414 12:05:00 US/Eastern")))
        desk.advance(299)
        assert statuses(peer) == [(1, "PreSubmitted")]
        desk.advance(1)
        assert statuses(peer)[-1] == (1, "Filled")

    def test_a_trade_of_another_order(self, world: tuple[Desk, FakePeer]) -> None:
        desk, peer = world
        place(peer, 9, order("BUY", "1"), stock("MSFT"))
        place(peer, 10, conditional(ExecutionCondition("STK", "SMART", "MSFT")))
        desk.advance(5)
        assert statuses(peer) == [(10, "PreSubmitted")]
        place(peer, 11, order("BUY", "1"), stock("MSFT"))
        desk.advance(2)
        assert desk.world.book.find(10).status == "Filled"

    def test_margin_volume_and_change(self, world: tuple[Desk, FakePeer]) -> None:
        desk, peer = world
        con_id = desk.instrument("MSFT").con_id
        quote = desk.quote("MSFT")
        place(peer, 1, conditional(MarginCondition(False, 90.0)))
        place(peer, 2, conditional(VolumeCondition(con_id, "SMART", True, int(quote.volume) + 500)))
        place(peer, 3, conditional(PercentChangeCondition(con_id, "SMART", True, 100.0)))
        desk.advance(2)
        assert {desk.world.book.find(n).status for n in (1, 2, 3)} == {"PreSubmitted"}
        desk.world.market.set_quote(desk.instrument("MSFT"), last=D(420), last_size=D(500))
        assert desk.world.book.find(2).status == "Filled"
        desk.move("MSFT", str(2 * quote.close + 1))
        assert desk.world.book.find(3).status == "Filled"
        place(peer, 4, order("SELL", "1500"), stock("MSFT"))
        for _ in range(20):
            desk.move("MSFT", "900.00")
        desk.advance(2)
        assert desk.world.book.find(1).status == "Filled"

    def test_and_binds_closer_than_or(self, world: tuple[Desk, FakePeer]) -> None:
        desk, peer = world
        con_id = desk.instrument("MSFT").con_id

        def price(more: bool, level: float) -> PriceCondition:
            return PriceCondition(0, con_id, "SMART", more, level)

        true, false = price(True, 1.0), price(False, 1.0)
        place(peer, 1, conditional(price(False, 1.0), price(True, 1.0)))
        place(peer, 2, conditional(price(False, 1.0).Or(), price(True, 1.0)))
        place(peer, 3, conditional(price(True, 1.0).Or(), price(True, 1.0), price(False, 1.0)))
        place(peer, 4, conditional(false.And(), true.Or(), price(False, 1.0)))
        states = [desk.world.book.find(n).status for n in (1, 2, 3, 4)]
        assert states == ["PreSubmitted", "Filled", "Filled", "PreSubmitted"]

    def test_it_can_cancel(self, world: tuple[Desk, FakePeer]) -> None:
        desk, peer = world
        wanted = order("BUY", "10", "LMT", lmtPrice=220.0, conditionsCancelOrder=True)
        wanted.conditions = [
            PriceCondition(0, desk.instrument("MSFT").con_id, "SMART", True, 421.0)
        ]
        place(peer, 1, wanted)
        assert statuses(peer) == [(1, "Submitted")]
        desk.move("MSFT", "422.00")
        assert statuses(peer)[-1] == (1, "Cancelled")

    @pytest.mark.parametrize(
        ("condition", "code"),
        [
            (PriceCondition(0, 1, "SMART", True, 1.0), 147),
            (PriceCondition(6, 265598, "SMART", True, 1.0), 146),
            (TimeCondition(True, "soon"), 10314),
        ],
    )
    def test_bad_ones(self, world: tuple[Desk, FakePeer], condition: Any, code: int) -> None:
        with pytest.raises(Refusal) as refused:
            place(world[1], 1, conditional(condition))
        assert refused.value.code == code

    @pytest.mark.parametrize(
        "condition",
        [
            PriceCondition(0, 265598, "SMART", True, float("nan")),
            PriceCondition(0, 265598, "SMART"),
            PercentChangeCondition(265598, "SMART", True, float("inf")),
        ],
    )
    def test_without_a_number_they_are_not_taken(
        self, world: tuple[Desk, FakePeer], condition: Any
    ) -> None:
        desk, peer = world
        with pytest.raises(Invalid):
            place(peer, 1, conditional(condition))
        assert desk.world.book.active() == []


class TestGroups:
    @pytest.mark.parametrize(("kind", "left"), [(1, None), (2, 14), (3, 14)])
    def test_a_part_of_one_cancels_or_reduces_the_others(self, kind: int, left: int | None) -> None:
        desk, peer = opened()
        place(peer, 1, order("BUY", "100", "LMT", lmtPrice=229.0, ocaGroup="g", ocaType=kind))
        place(peer, 2, order("BUY", "20", "LMT", lmtPrice=228.0, ocaGroup="g", ocaType=kind))
        desk.world.market.set_quote(
            desk.instrument("AAPL"), bid=D("228.80"), ask=D("228.90"), ask_size=D(30)
        )
        assert desk.world.book.find(1).filled == 30
        other = desk.world.book.find(2)
        assert (other.status, other.remaining if left else None) == (
            "Submitted" if left else "Cancelled",
            left,
        )
        desk.world.market.set_quote(desk.instrument("AAPL"), ask=D("228.90"), ask_size=D(70))
        assert (desk.world.book.find(1).status, other.status) == ("Filled", "Cancelled")


class TestModifying:
    def test_the_rest_of_a_partly_filled_order(self) -> None:
        desk, peer = opened()
        aapl = desk.instrument("AAPL")
        desk.world.market.set_quote(aapl, ask_size=D(30))
        place(peer, 1, order("BUY", "100", "LMT", lmtPrice=230.01))
        assert peer.last("orderStatus")["filled"] == 30
        with pytest.raises(Refusal) as refused:
            place(peer, 1, order("BUY", "30", "LMT", lmtPrice=230.01))
        assert refused.value.code == 201
        place(peer, 1, order("BUY", "50", "LMT", lmtPrice=220.0))
        assert (peer.last("orderStatus")["filled"], peer.last("orderStatus")["remaining"]) == (
            30,
            20,
        )
        desk.move("AAPL", "219.00")
        assert (statuses(peer)[-1], peer.last("execDetails")["execution"].cumQty) == (
            (1, "Filled"),
            50,
        )

    def test_time_in_force(self) -> None:
        desk, peer = opened("exchange")
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0, tif="GTC"))
        desk.advance(4 * HOUR)
        assert statuses(peer)[-1] == (1, "PreSubmitted")

    def test_a_refused_order_may_be_placed_again(self) -> None:
        _, peer = opened()
        place(peer, 1, order("BUY", "50000"))
        assert statuses(peer) == [(1, "Inactive")]
        assert errors(peer) == [(1, 201)]
        text = peer.last("error")["errorString"]
        assert text.startswith(
            "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY"
        )
        with pytest.raises(Refusal) as refused:
            cancel(peer, 1)
        assert refused.value.code == 161
        place(peer, 1, order("BUY", "50"))
        assert statuses(peer)[-1] == (1, "Filled")


class TestKnobs:
    def test_delays(self) -> None:
        desk, peer = opened(order_delay=0.5, cancel_delay=0.5)
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        assert statuses(peer) == [(1, "PreSubmitted")]
        desk.advance(0.5)
        assert statuses(peer)[-1] == (1, "Submitted")
        cancel(peer, 1)
        assert statuses(peer) == [(1, "PendingCancel")]
        with pytest.raises(Refusal) as refused:
            cancel(peer, 1)
        assert refused.value.code == 161
        desk.advance(0.5)
        assert statuses(peer) == [(1, "Cancelled")]

    def test_a_child_is_answered_though_its_parent_has_filled_before(self) -> None:
        desk, peer = opened(
            pre_submitted=True, order_delay=0.001, order_delay_most=0.3, cancel_delay=0.05
        )
        for first in range(1, 61, 3):  # each with delays of its own
            place(peer, first, order("BUY", "10", "LMT", lmtPrice=231.0, transmit=False))
            child = order("SELL", "10", "LMT", lmtPrice=240.0, parentId=first, transmit=False)
            place(peer, first + 1, child)
            last = order("SELL", "10", "STP", auxPrice=220.0, parentId=first)
            place(peer, first + 2, last)
            desk.advance(2)
            cancel(peer, first + 1)
            desk.advance(2)
            assert (first + 1, "Cancelled") in statuses(peer), f"bracket {first}"

    def test_an_order_may_fill_while_it_is_being_cancelled(self) -> None:
        desk, peer = opened(cancel_delay=0.5)
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        cancel(peer, 1)
        desk.move("AAPL", "219.00")
        assert statuses(peer)[-1] == (1, "Filled")
        desk.advance(1)
        assert statuses(peer)[-1] == (1, "Filled")

    def test_disorder(self) -> None:
        desk, peer = opened(repeat_status=True, late_executions=0.2)
        place(peer, 1, order("BUY", "10"))
        assert statuses(peer) == [(1, "Submitted")] * 2 + [(1, "Filled")] * 2
        assert peer.all("execDetails") == []
        desk.advance(0.2)
        assert peer.names()[-2:] == ["execDetails", "commissionAndFeesReport"]


class TestClients:
    def test_the_master_sees_everything_once(self) -> None:
        desk, peer = opened(master_client_id=7)
        master = desk.client(7)
        place(peer, 1, order("BUY", "10"))
        assert master.names() == peer.names()
        place(master, 1, order("BUY", "10"))
        assert len(master.all("execDetails")) == 1

    def test_manual_orders_are_hidden_until_client_zero_binds_them(self) -> None:
        desk, _ = opened()
        zero, other = desk.client(0), desk.client(5)
        book, aapl = desk.world.book, desk.instrument("AAPL")
        live = book.place_by_hand(aapl, "SMART", order("BUY", "10", "LMT", lmtPrice=220.0))
        assert zero.got == []
        other.ask("reqAllOpenOrders")
        assert statuses(other) == [(0, "Submitted")]
        assert other.last("openOrder")["order"].orderId == 0
        zero.ask("reqAutoOpenOrders", bAutoBind=True)
        assert zero.all("orderBound") == [
            {"permId": live.order.permId, "clientId": 0, "orderId": -1}
        ]
        zero.ask("reqOpenOrders")
        assert statuses(zero) == [(-1, "Submitted")]
        zero.got.clear()
        book.place_by_hand(aapl, "SMART", order("BUY", "10", "LMT", lmtPrice=220.0))
        assert zero.names() == ["orderBound", "openOrder", "orderStatus"]
        cancel(zero, -2)
        assert statuses(zero) == [(-2, "Cancelled")]
        with pytest.raises(Refusal):
            cancel(other, -1)
        zero.ask("reqCompletedOrders", apiOnly=True)
        assert zero.names() == ["completedOrdersEnd"]
        zero.ask("reqCompletedOrders", apiOnly=False)
        assert zero.names() == ["completedOrder", "completedOrdersEnd"]

    def test_an_old_server_knows_another_code(self) -> None:
        desk, _ = opened()
        with pytest.raises(Refusal) as refused:
            cancel(desk.client(3, 110), 4)
        assert refused.value.code == 135


class TestExecutions:
    def test_a_correction_takes_the_place_of_the_old(self) -> None:
        desk, peer = opened()
        place(peer, 1, order("BUY", "10"))
        exec_id = peer.last("execDetails")["execution"].execId
        account = desk.world.account
        before = account.cash["USD"]
        assert exec_id.endswith(".01.01")
        peer.got.clear()
        corrected = desk.world.correct(exec_id, D("229.01"))
        assert corrected == exec_id[:-2] + "02"
        assert peer.last("execDetails")["execution"].price == 229.01
        assert account.cash["USD"] - before == 10
        peer.ask("reqExecutions", reqId=1, execFilter=ExecutionFilter())
        assert [values["execution"].execId for values in peer.all("execDetails")] == [corrected]
        with pytest.raises(KeyError):
            desk.world.correct(exec_id, D(1))

    @pytest.mark.parametrize(
        ("changes", "orders"),
        [
            ({}, [3]),
            ({"lastNDays": 2}, [2, 3]),
            ({"lastNDays": 7}, [1, 2, 3]),
            ({"specificDates": [20260414, 20260416]}, [1, 3]),
            ({"lastNDays": UNSET_INTEGER, "time": "12:00:00"}, [3]),
            ({"time": "20260416 12:00:01 US/Eastern"}, []),
        ],
    )
    def test_by_day(self, changes: dict[str, Any], orders: list[int]) -> None:
        desk, peer = opened()
        for order_id in (1, 2, 3):
            place(peer, order_id, order("BUY", "10"))
            desk.advance(24 * HOUR if order_id < 3 else 0)
        wanted = ExecutionFilter()
        for name, value in changes.items():
            setattr(wanted, name, value)
        peer.ask("reqExecutions", reqId=1, execFilter=wanted)
        assert [values["execution"].orderId for values in peer.all("execDetails")] == orders


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (order("BUY", "10", "MOC", tif="GTC"), 113),
        (order("BUY", "10", "STP", auxPrice=231.0, tif="IOC"), 111),
        (order("BUY", "10", "STP", auxPrice=231.0, tif="OPG"), 111),
        (order("BUY", "10", "LMT", lmtPrice=1.0, tif="GTD"), 321),
        (order("BUY", "10", "LMT", lmtPrice=1.0, tif="GTD", goodTillDate="20260413 12:00:00"), 334),
        (order("BUY", "10", "LMT", lmtPrice=1.0, tif="GTD", goodTillDate="tomorrow"), 343),
        (order("BUY", "10", "LMT", lmtPrice=1.0, goodAfterTime="tomorrow"), 337),
        (order("BUY", "10", "TRAIL"), 321),
        (order("BUY", "10", "TRAIL", trailingPercent=120.0), 321),
        (order("BUY", "10", "TRAIL", trailingPercent=2.0, auxPrice=1.0), 320),
        (order("BUY", "10", "TRAIL LIMIT", auxPrice=1.0), 321),
        (order("BUY", "10", "TRAIL LIMIT", auxPrice=1.0, lmtPriceOffset=0.1, lmtPrice=5.0), 321),
        (order("BUY", "10", "MKT PRT"), 387),
        (order("BUY", "10", "PEG STK", delta=0.5), 387),
        (order("BUY", "10", displaySize=10), 10020),
        (order("BUY", "10", displaySize=5, discretionaryAmt=0.1), 157),
        (order("BUY", "10", minQty=11), 321),
        (order("BUY", "10", triggerMethod=5), 321),
        (order("BUY", "10", ocaGroup="g", ocaType=4), 321),
        (order("BUY", "10", whatIf=True, transmit=False), 321),
        (order("BUY", "10", hedgeType="X"), 321),
        (order("BUY", "10", "MIDPRICE", outsideRth=True), 321),
        (order("BUY", "10", "RPI", lmtPrice=1.0), 387),
        (order("BUY", "10", "PASSV REL", auxPrice=0.1), 387),
        (order("SELL", "10", shortSaleSlot=1), 321),
        (order("SSHORT", "10", shortSaleSlot=3), 321),
        (order("SSHORT", "10", shortSaleSlot=2), 321),
        (order("SSHORT", "10", shortSaleSlot=1, designatedLocation="here"), 321),
        (order("BUY", "10", scaleInitLevelSize=5), 408),
        (order("BUY", "10", scalePriceIncrement=0.1), 409),
        (order("BUY", "10", algoStrategy="Magic"), 439),
        (order("BUY", "10", "STP", auxPrice=250.0, algoStrategy="Adaptive"), 442),
        (order("BUY", "10", "STP", auxPrice=250.0, adjustedOrderType="TRAIL"), 361),
        (order("BUY", "10", faGroup="All"), 344),
        (order("BUY", "0", cashQty=100.0, orderType="TRAIL"), 10244),
    ],
)
def test_refusals(wanted: Any, code: int) -> None:
    _, peer = opened()
    with pytest.raises((Refusal, Invalid)) as refused:
        place(peer, 1, wanted)
    assert (refused.value.code if isinstance(refused.value, Refusal) else 321) == code
    assert peer.got == []


def test_what_cannot_be_traded() -> None:
    _, peer = opened()
    index = Contract()
    index.symbol, index.secType, index.exchange = "SPX", "IND", "CBOE"
    with pytest.raises(Refusal) as refused:
        place(peer, 1, order("BUY", "1"), index)
    assert (refused.value.code, refused.value.text) == (
        201,
        "Order rejected - reason:The contract is not available for trading.",
    )


def test_orders_for_an_amount_of_money() -> None:
    _, peer = opened()
    place(peer, 1, order("BUY", "0", cashQty=2300.1))
    assert peer.last("execDetails")["execution"].shares == 10
    place(peer, 2, order("BUY", "0", cashQty=1085.0), pair())
    assert peer.last("execDetails")["execution"].shares in (999, 1000)


def test_short_sales_and_algorithms_are_taken() -> None:
    _, peer = opened()
    place(peer, 1, order("SSHORT", "10", shortSaleSlot=1))
    assert peer.last("execDetails")["execution"].side == "SLD"
    place(
        peer,
        2,
        order(
            "BUY",
            "10",
            algoStrategy="Adaptive",
            algoParams=[TagValue("adaptivePriority", "Normal")],
        ),
    )
    assert statuses(peer)[-1] == (2, "Filled")
    with pytest.raises(Refusal) as refused:
        place(
            peer,
            3,
            order("BUY", "10", algoStrategy="Vwap", algoParams=[TagValue("maxPctVol", "2")]),
        )
    assert refused.value.code == 441


class TestHedges:
    def attached(
        self, kind: str, parameter: str = "", contract: Contract | None = None
    ) -> tuple[Desk, FakePeer]:
        desk, peer = opened()
        place(peer, 1, order("BUY", "100", transmit=False))
        hedge = order("SELL", "0", hedgeType=kind, hedgeParam=parameter, parentId=1)
        place(peer, 2, hedge, contract or stock("MSFT"))
        return desk, peer

    def test_by_a_ratio(self) -> None:
        desk, _ = self.attached("P", "0.4")
        assert (desk.world.book.find(2).status, desk.world.book.find(2).filled) == ("Filled", 40)

    def test_by_beta(self) -> None:
        desk, _ = self.attached("B", "2")
        hedged = desk.world.book.find(2)
        assert float(hedged.filled) == pytest.approx(
            2 * 23001 / float(desk.quote("MSFT").last), abs=0.01
        )

    def test_of_the_currency(self) -> None:
        desk, peer = self.attached("F", contract=pair("USD", "JPY"))
        assert desk.world.book.find(2).filled == 23001
        assert errors(peer) == [(2, 399)]
        assert peer.last("error")["errorString"].endswith(
            "below the USD 25000 IdealPro minimum and will be routed as an odd lot order."
        )


def test_a_short_sale_waits_for_shares() -> None:
    desk, peer = opened(hard_to_borrow="GME, AAPL")
    place(peer, 1, order("BUY", "10"))
    place(peer, 2, order("SELL", "10"))
    assert statuses(peer)[-1] == (2, "Filled")
    place(peer, 3, order("SELL", "10"))
    assert (statuses(peer), errors(peer), peer.last("orderStatus")["whyHeld"]) == (
        [(3, "PreSubmitted")],
        [(3, 404)],
        "locate",
    )
    desk.world.book.locate("AAPL")
    assert statuses(peer)[-1] == (3, "Filled")


def test_prices_far_through_the_market_can_be_refused() -> None:
    _, peer = opened(price_percentage=3.0)
    for order_id, wanted in enumerate(
        (order("BUY", "1", "LMT", lmtPrice=240.0), order("SELL", "1", "LMT", lmtPrice=220.0)), 1
    ):
        with pytest.raises(Refusal) as refused:
            place(peer, order_id, wanted)
        assert refused.value.code == 109
    place(peer, 1, order("BUY", "1", "LMT", lmtPrice=240.0, overridePercentageConstraints=True))
    place(peer, 2, order("BUY", "1", "LMT", lmtPrice=150.0))
    assert statuses(peer) == [(2, "Submitted")]


def test_groups_of_forgotten_orders_are_forgotten() -> None:
    groups = Groups()
    first, second = (SimpleNamespace(order=SimpleNamespace(ocaGroup="a", permId=n)) for n in (1, 2))
    for live in (first, second, first):
        groups.add(live)  # type: ignore[arg-type]
    first.order.ocaGroup = "b"
    groups.add(first)  # type: ignore[arg-type]
    groups.remove(first)  # type: ignore[arg-type]
    assert (list(groups._members), list(groups._members["a"])) == (["a"], [2])
    groups.remove(second)  # type: ignore[arg-type]
    assert (groups._members, groups._names) == ({}, {})
