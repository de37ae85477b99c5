"""Orders as a client sees them: what is asked, what is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.contract import Contract
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.simulator.errors import Invalid, Refusal

from .helpers import ACCOUNT, Desk, FakePeer, order, pair, stock

FLOW = ["openOrder", "orderStatus"]
FILL = ["execDetails", "openOrder", "orderStatus", "commissionAndFeesReport"]


@pytest.fixture
def desk() -> Desk:
    """AAPL stands at 230.00, bid 229.99, ask 230.01."""
    made = Desk(tick_interval=3600)
    made.move("AAPL", "230.00")
    return made


def place(peer: FakePeer, order_id: int, wanted: Order, contract: Contract | None = None) -> None:
    peer.ask("placeOrder", orderId=order_id, contract=contract or stock(), order=wanted)


def cancel(peer: FakePeer, order_id: int) -> None:
    peer.ask("cancelOrder", orderId=order_id, orderCancel=OrderCancel())


def statuses(peer: FakePeer) -> list[tuple[int, str]]:
    return [(values["orderId"], values["status"]) for values in peer.all("orderStatus")]


def refusal(
    peer: FakePeer, order_id: int, wanted: Order, contract: Contract | None = None
) -> tuple[int, str]:
    """The error that an order gets; nothing else may be told."""
    with pytest.raises((Refusal, Invalid)) as refused:
        place(peer, order_id, wanted, contract)
    assert peer.got == []
    error = refused.value
    return (error.code if isinstance(error, Refusal) else 321), str(error)


class TestFilling:
    def test_a_market_order_fills_at_once(self, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "100", orderRef="mine"))
        assert peer.names() == FLOW + FILL
        assert statuses(peer) == [(1, "Submitted"), (1, "Filled")]
        opened = peer.all("openOrder")
        assert [values["orderState"].status for values in opened] == ["Submitted", "Filled"]
        told: Order = opened[0]["order"]
        assert (
            told.orderId,
            told.clientId,
            told.account,
            told.tif,
            told.lmtPrice,
            told.auxPrice,
        ) == (1, 1, ACCOUNT, "DAY", 0.0, 0.0)
        assert opened[0]["contract"].conId == 265598
        execution = peer.last("execDetails")["execution"]
        assert peer.last("execDetails")["reqId"] == -1
        assert (
            execution.side,
            execution.shares,
            execution.price,
            execution.cumQty,
            execution.avgPrice,
        ) == (
            "BOT",
            100,
            230.01,
            100,
            230.01,
        )
        assert (execution.acctNumber, execution.clientId, execution.orderId, execution.permId) == (
            ACCOUNT,
            1,
            1,
            told.permId,
        )
        assert (execution.exchange, execution.orderRef, execution.time) == (
            "NASDAQ",
            "mine",
            "20260414 12:00:00 US/Eastern",
        )
        report = peer.last("commissionAndFeesReport")["commissionAndFeesReport"]
        assert (report.execId, report.commissionAndFees, report.currency, report.realizedPNL) == (
            execution.execId,
            1.0,
            "USD",
            UNSET_DOUBLE,
        )
        status = peer.last("orderStatus")
        assert (
            status["filled"],
            status["remaining"],
            status["avgFillPrice"],
            status["lastFillPrice"],
        ) == (100, 0, 230.01, 230.01)
        assert (status["clientId"], status["permId"], status["parentId"], status["whyHeld"]) == (
            1,
            told.permId,
            0,
            "",
        )

    def test_a_closing_trade_reports_its_profit(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "100"))
        desk.move("AAPL", "231.00")
        place(peer, 2, order("SELL", "100"))
        assert (
            peer.last("commissionAndFeesReport")["commissionAndFeesReport"].realizedPNL == 96.0
        )  # 0.98 a share less 2 dollars
        assert peer.last("execDetails")["execution"].side == "SLD"

    def test_a_limit_order_rests_until_the_quote_crosses(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=229.5))
        assert peer.names() == FLOW
        assert statuses(peer) == [(1, "Submitted")]
        assert peer.last("orderStatus")["remaining"] == 10
        peer.got.clear()
        desk.move("AAPL", "229.60")
        assert peer.got == []
        desk.move("AAPL", "229.40")
        assert peer.names() == FILL
        assert peer.last("orderStatus")["avgFillPrice"] == 229.5
        assert peer.last("execDetails")["execution"].lastLiquidity == 1

    def test_a_marketable_limit_order_fills_at_the_quote(self, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=235.0))
        assert peer.last("orderStatus")["avgFillPrice"] == 230.01
        assert peer.last("execDetails")["execution"].lastLiquidity == 2

    def test_a_stop_is_held_until_it_is_reached(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("SELL", "10", "STP", auxPrice=229.0))
        assert (statuses(peer), peer.last("orderStatus")["whyHeld"]) == (
            [(1, "PreSubmitted")],
            "trigger",
        )
        peer.got.clear()
        desk.move("AAPL", "228.90")
        assert statuses(peer) == [(1, "Submitted"), (1, "Filled")]
        assert peer.last("orderStatus")["avgFillPrice"] == 228.89

    def test_a_currency_pair(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "20000"), pair())
        execution = peer.last("execDetails")["execution"]
        assert (execution.exchange, execution.price) == (
            "IDEALPRO",
            float(desk.quote("EUR.USD").ask),
        )

    @pytest.mark.parametrize("tif", ["IOC", "FOK"])
    def test_what_cannot_be_filled_at_once_is_cancelled_if_it_must(
        self, peer: FakePeer, tif: str
    ) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=200.0, tif=tif))
        assert statuses(peer) == [(1, "Submitted"), (1, "Cancelled")]
        assert peer.last("error")["errorCode"] == 202
        place(peer, 2, order("BUY", "10", "LMT", lmtPrice=235.0, tif=tif))
        assert statuses(peer)[-1] == (2, "Filled")

    def test_execution_and_permanent_ids_are_unique(self, peer: FakePeer) -> None:
        executions = []
        for order_id in range(1, 6):
            place(peer, order_id, order("BUY", "1"))
            executions.append(peer.last("execDetails")["execution"])
        assert (
            len({each.execId for each in executions})
            == len({each.permId for each in executions})
            == 5
        )


class TestIds:
    def test_the_next_id_is_above_all_used_ones_of_that_client(
        self, desk: Desk, peer: FakePeer
    ) -> None:
        assert peer.ask("reqIds", numIds=1) == [("nextValidId", {"orderId": 1})]
        place(peer, 17, order("BUY", "1"))
        assert peer.ask("reqIds", numIds=1) == [("nextValidId", {"orderId": 18})]
        other = desk.client(2)
        assert other.ask("reqIds", numIds=1) == [("nextValidId", {"orderId": 1})]
        place(other, 17, order("BUY", "1"))
        assert statuses(other)[-1] == (17, "Filled")

    def test_used_ids_are_refused(self, peer: FakePeer) -> None:
        place(peer, 5, order("BUY", "1"))
        place(peer, 6, order("BUY", "1", "LMT", lmtPrice=1.0))
        cancel(peer, 6)
        peer.got.clear()
        assert refusal(peer, 4, order("BUY", "1")) == (103, "Duplicate order id")
        assert refusal(peer, 6, order("BUY", "1"))[0] == 104  # it is cancelled
        assert refusal(peer, 5, order("BUY", "1"))[0] == 104

    def test_a_refused_order_does_not_use_its_id(self, peer: FakePeer) -> None:
        refusal(peer, 1, order("BUY", "0"))
        place(peer, 1, order("BUY", "1"))
        assert statuses(peer)[-1] == (1, "Filled")


class TestRefusals:
    @pytest.mark.parametrize(
        ("wanted", "code", "text"),
        [
            (order("BUY", "0"), 321, "The size value cannot be zero"),
            (order("BUY", "-5"), 321, "Order size must be positive"),
            (order("BUY", "NaN"), 321, "Order size must be positive"),
            (
                order("BUY", "0.00001"),
                10250,
                "The size does not conform to the minimum variation of 0.0001 for this contract",
            ),
            (order("HOLD", "1"), 321, "Invalid order action was entered"),
            (order("BUY", "1", "FEELINGS"), 10051, "Invalid order type"),
            (order("BUY", "1", tif="SOON"), 10052, "Invalid time in force"),
            (order("BUY", "1", account="U999"), 321, "Invalid account code 'U999'."),
            (
                order("BUY", "1", "LMT"),
                463,
                "You must enter a valid price.",
            ),
            (
                order("BUY", "1", "STP"),
                321,
                "Please enter a stop price",
            ),
            (
                order("BUY", "1", "STP LMT", auxPrice=230.0),
                463,
                "You must enter a valid price.",
            ),
            (
                order("BUY", "1", "LMT", lmtPrice=229.995),
                110,
                "The price does not conform to the minimum price variation for this contract.",
            ),
            (
                order("BUY", "1", "LMT", lmtPrice=float("nan")),
                110,
                "The price does not conform to the minimum price variation for this contract.",
            ),
            (order("BUY", "1", parentId=99), 321, "Can't find order with id = 99"),
        ],
    )
    def test_bad_orders(self, peer: FakePeer, wanted: Order, code: int, text: str) -> None:
        assert refusal(peer, 1, wanted) == (code, text)

    def test_unset_quantity(self, peer: FakePeer) -> None:
        wanted = Order()
        wanted.action, wanted.orderType = "BUY", "MKT"
        assert refusal_code(peer, 1, wanted) == 321

    def test_unknown_contract(self, peer: FakePeer) -> None:
        assert refusal(peer, 1, order("BUY", "1"), stock("NOSUCH")) == (
            200,
            "No security definition has been found for the request",
        )
        assert refusal(peer, 1, order("BUY", "1"), stock(exchange="")) == (
            321,
            "Missing order exchange",
        )


class TestModifying:
    def test_the_same_id_again_changes_the_order(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        perm_id = peer.last("orderStatus")["permId"]
        place(peer, 1, order("BUY", "20", "LMT", lmtPrice=225.0))
        assert peer.names() == FLOW
        assert (
            peer.last("openOrder")["order"].lmtPrice,
            peer.last("orderStatus")["remaining"],
        ) == (225.0, 20)
        assert peer.last("orderStatus")["permId"] == perm_id
        peer.got.clear()
        desk.move("AAPL", "224.00")
        assert peer.last("execDetails")["execution"].shares == 20
        desk.move("AAPL", "200.00")
        assert peer.names() == FILL  # once

    def test_a_limit_order_can_become_a_market_order(self, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        place(peer, 1, order("BUY", "10"))
        assert statuses(peer) == [(1, "Submitted"), (1, "Filled")]

    def test_what_does_not_match_is_refused(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        peer.got.clear()
        assert refusal(peer, 1, order("SELL", "10", "LMT", lmtPrice=220.0))[0] == 105
        assert refusal(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0), stock("MSFT"))[0] == 105
        assert refusal_code(peer, 1, order("BUY", "0", "LMT", lmtPrice=220.0)) == 321
        desk.move("AAPL", "219.00")
        assert peer.last("execDetails")["execution"].shares == 10  # as it was


class TestCancelling:
    def test_cancel(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        cancel(peer, 1)
        assert peer.names() == ["orderStatus", "error"]
        assert statuses(peer) == [(1, "Cancelled")]
        assert peer.last("error") == {
            "reqId": 1,
            "errorCode": 202,
            "errorString": "Order Canceled - reason:",
        }
        peer.got.clear()
        desk.move("AAPL", "200.00")
        assert peer.got == []

    def test_what_cannot_be_cancelled(self, desk: Desk, peer: FakePeer) -> None:
        with pytest.raises(Refusal) as refused:
            cancel(peer, 3)
        assert (refused.value.code, refused.value.text) == (
            10147,
            "OrderId 3 that needs to be cancelled is not found.",
        )
        place(peer, 3, order("BUY", "1"))
        with pytest.raises(Refusal) as refused:
            cancel(peer, 3)
        assert (refused.value.code, refused.value.text) == (
            10148,
            "OrderId 3 that needs to be cancelled cannot be cancelled, state: Filled.",
        )
        with pytest.raises(Refusal, match="not found"):
            cancel(desk.client(2), 3)

    def test_global_cancel_reaches_every_clients_orders(self, desk: Desk, peer: FakePeer) -> None:
        other = desk.client(2)
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        place(other, 1, order("SELL", "10", "LMT", lmtPrice=240.0))
        other.got.clear()
        peer.ask("reqGlobalCancel", orderCancel=OrderCancel())
        assert statuses(peer) == statuses(other) == [(1, "Cancelled")]
        assert peer.ask("reqAllOpenOrders") == [("openOrderEnd", {})]


class TestFamilies:
    def bracket(self, peer: FakePeer, **parent: Any) -> list[list[str]]:
        """A bracket order; what was told after each of its three parts."""
        told = []
        parts = [
            order("BUY", "10", "LMT", transmit=False, **{"lmtPrice": 225.0, **parent}),
            order("SELL", "10", "LMT", lmtPrice=240.0, parentId=1, transmit=False),
            order("SELL", "10", "STP", auxPrice=220.0, parentId=1),
        ]
        for order_id, part in enumerate(parts, 1):
            place(peer, order_id, part)
            told.append(peer.names())
        return told

    def test_kept_until_the_last_is_transmitted(self, peer: FakePeer) -> None:
        assert self.bracket(peer) == [[], [], FLOW * 3]
        assert statuses(peer) == [(1, "Submitted"), (2, "PreSubmitted"), (3, "PreSubmitted")]
        held = {
            values["orderId"]: (values["whyHeld"], values["parentId"])
            for values in peer.all("orderStatus")
        }
        assert held == {1: ("", 0), 2: ("child", 1), 3: ("child,trigger", 1)}
        assert len({values["order"].ocaGroup for values in peer.all("openOrder")[1:]}) == 1

    def test_children_work_when_the_parent_has_filled_and_one_fill_cancels_the_other(
        self, desk: Desk, peer: FakePeer
    ) -> None:
        self.bracket(peer)
        peer.got.clear()
        desk.move("AAPL", "241.00")  # above the profit taker, but the parent hasn't filled
        assert peer.got == []
        desk.move("AAPL", "224.00")
        assert statuses(peer) == [(1, "Filled"), (2, "Submitted"), (3, "PreSubmitted")]
        peer.got.clear()
        desk.move("AAPL", "241.00")
        assert statuses(peer) == [(2, "Filled"), (3, "Cancelled")]
        assert desk.world.account.positions[265598].quantity == 0

    def test_a_parent_that_fills_at_once(self, peer: FakePeer) -> None:
        self.bracket(peer, lmtPrice=235.0)
        assert [status for order_id, status in statuses(peer) if order_id == 1] == [
            "Submitted",
            "Filled",
        ]
        assert [statuses(peer)[-1], statuses(peer)[-2]] == [(3, "PreSubmitted"), (2, "Submitted")]
        assert peer.last("orderStatus")["whyHeld"] == "trigger"

    def test_children_go_with_their_parent(self, desk: Desk, peer: FakePeer) -> None:
        self.bracket(peer)
        cancel(peer, 1)
        assert statuses(peer) == [(1, "Cancelled"), (2, "Cancelled"), (3, "Cancelled")]
        assert refusal_code(peer, 4, order("SELL", "10", parentId=1)) == 321
        desk.move("AAPL", "200.00")
        assert desk.world.account.positions == {}

    def test_an_order_is_kept_until_it_is_placed_again_with_transmit(
        self, desk: Desk, peer: FakePeer
    ) -> None:
        place(peer, 1, order("BUY", "10", transmit=False))
        assert peer.got == []
        assert peer.ask("reqOpenOrders") == [("openOrderEnd", {})]
        place(peer, 1, order("BUY", "15", transmit=False))
        assert peer.got == []
        place(peer, 1, order("BUY", "20"))
        assert peer.last("execDetails")["execution"].shares == 20
        assert peer.ask("reqIds", numIds=1) == [("nextValidId", {"orderId": 2})]

    def test_orders_of_a_group_cancel_each_other(self, desk: Desk, peer: FakePeer) -> None:
        for order_id, limit in ((1, 229.0), (2, 228.0), (3, 227.0)):
            place(
                peer,
                order_id,
                order("BUY", "10", "LMT", lmtPrice=limit, ocaGroup="either", ocaType=1),
            )
        peer.got.clear()
        desk.move("AAPL", "228.90")
        assert statuses(peer) == [(1, "Filled"), (2, "Cancelled"), (3, "Cancelled")]


def refusal_code(peer: FakePeer, order_id: int, wanted: Order) -> int:
    peer.got.clear()
    return refusal(peer, order_id, wanted)[0]


class TestPreview:
    def test_what_if(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "100", whatIf=True))
        assert peer.names() == ["openOrder"]
        state = peer.last("openOrder")["orderState"]
        assert (state.initMarginBefore, state.initMarginChange, state.initMarginAfter) == (
            "0.00",
            "5750.00",
            "5750.00",
        )
        assert (
            state.equityWithLoanBefore,
            state.equityWithLoanChange,
            state.equityWithLoanAfter,
        ) == ("1000000.00", "-2.00", "999998.00")
        assert (
            state.commissionAndFees,
            state.minCommissionAndFees,
            state.maxCommissionAndFees,
        ) == (1.0, 1.0, 1.0)
        assert (state.commissionAndFeesCurrency, state.marginCurrency) == ("USD", "USD")
        assert desk.world.account.positions == {}
        assert peer.ask("reqAllOpenOrders") == [("openOrderEnd", {})]
        place(peer, 1, order("BUY", "100"))
        assert statuses(peer)[-1] == (1, "Filled")


class TestAsking:
    def test_open_orders_of_one_and_of_all(self, desk: Desk, peer: FakePeer) -> None:
        other = desk.client(2)
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        place(other, 7, order("SELL", "10", "LMT", lmtPrice=240.0))
        peer.ask("reqOpenOrders")
        assert (peer.names(), statuses(peer)) == ([*FLOW, "openOrderEnd"], [(1, "Submitted")])
        peer.ask("reqAllOpenOrders")
        assert (peer.names(), statuses(peer)) == (
            [*FLOW, *FLOW, "openOrderEnd"],
            [(1, "Submitted"), (7, "Submitted")],
        )

    def test_orders_outlive_their_client_which_is_told_of_them_when_it_returns(
        self, desk: Desk, peer: FakePeer
    ) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        place(peer, 2, order("BUY", "10", "LMT", lmtPrice=210.0))
        desk.world.leave(peer)
        peer.got.clear()
        desk.move("AAPL", "215.00")  # fills the first, and nobody hears
        assert peer.got == []
        back = FakePeer(desk.world, 1)
        assert desk.world.join(back)
        assert back.names()[:4] == ["managedAccounts", "nextValidId", *FLOW]
        assert back.all("nextValidId") == [{"orderId": 3}]
        assert statuses(back) == [(2, "Submitted")]
        back.ask("reqExecutions", reqId=9, execFilter=ExecutionFilter())
        assert back.last("execDetails")["execution"].orderId == 1
        cancel(back, 2)
        assert statuses(back) == [(2, "Cancelled")]

    @pytest.mark.parametrize(
        ("changes", "orders"),
        [
            ({}, [1, 2, 1]),
            ({"symbol": "MSFT"}, [2]),
            ({"side": "BUY"}, [1, 1]),
            ({"side": "SLD"}, [2]),
            ({"secType": "STK"}, [1, 2, 1]),
            ({"exchange": "NYSE"}, []),
            ({"clientId": 2}, [1]),
            ({"acctCode": ACCOUNT}, [1, 2, 1]),
            ({"acctCode": "U999"}, []),
            ({"time": "20260414 12:00:30"}, [1]),
            ({"time": "20260414-16:00:00"}, [1, 2, 1]),
        ],
    )
    def test_executions_by_filter(
        self, desk: Desk, peer: FakePeer, changes: dict[str, Any], orders: list[int]
    ) -> None:
        place(peer, 1, order("BUY", "10"))
        place(peer, 2, order("SELL", "10"), stock("MSFT"))
        desk.advance(60)
        place(desk.client(2), 1, order("BUY", "10"))
        wanted = ExecutionFilter()
        for name, value in changes.items():
            setattr(wanted, name, value)
        peer.ask("reqExecutions", reqId=9, execFilter=wanted)
        assert [values["execution"].orderId for values in peer.all("execDetails")] == orders
        assert {values["reqId"] for values in peer.all("execDetails")} <= {9}
        assert len(peer.all("commissionAndFeesReport")) == len(orders)
        assert peer.got[-1] == ("execDetailsEnd", {"reqId": 9})

    def test_a_bad_time_filter(self, peer: FakePeer) -> None:
        wanted = ExecutionFilter()
        wanted.time = "noon"
        with pytest.raises(Invalid, match="noon"):
            peer.ask("reqExecutions", reqId=9, execFilter=wanted)

    def test_completed_orders(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "10", "LMT", lmtPrice=220.0))
        place(peer, 2, order("BUY", "5"))
        desk.advance(60)
        cancel(peer, 1)
        peer.ask("reqCompletedOrders", apiOnly=False)
        assert peer.names() == ["completedOrder", "completedOrder", "completedOrdersEnd"]
        filled, cancelled = peer.all("completedOrder")
        assert (filled["orderState"].status, filled["orderState"].completedStatus) == (
            "Filled",
            "Filled Size: 5",
        )
        assert filled["order"].filledQuantity == Decimal(5)
        assert (cancelled["orderState"].status, cancelled["orderState"].completedStatus) == (
            "Cancelled",
            "Cancelled by Trader",
        )
        assert cancelled["orderState"].completedTime == "20260414 12:01:00 US/Eastern"

    def test_only_client_zero_binds_orders(self, desk: Desk, peer: FakePeer) -> None:
        with pytest.raises(Refusal) as refused:
            peer.ask("reqAutoOpenOrders", bAutoBind=True)
        assert refused.value.code == 327
        assert desk.client(0).ask("reqAutoOpenOrders", bAutoBind=True) == []
