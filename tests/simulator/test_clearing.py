"""What becomes of positions overnight: futures settled, options exercised, assigned, expired."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.contract import Contract
from ibapi_port.execution import ExecutionFilter, OptionExerciseType
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.market.instruments import Instrument

from .helpers import ACCOUNT, Desk, FakePeer, order, realized_total

D = Decimal
DAY = 86400


@pytest.fixture
def desk() -> Desk:
    made = Desk(tick_interval=1e9, partial_fills=False)
    made.move("AAPL", "230.00")
    return made


def contract(
    kind: str, symbol: str, right: str = "", strike: float | None = None, expiry: str = ""
) -> Contract:
    wanted = Contract()
    wanted.secType, wanted.symbol, wanted.right, wanted.lastTradeDateOrContractMonth = (
        kind,
        symbol,
        right,
        expiry,
    )
    wanted.strike = UNSET_DOUBLE if strike is None else strike
    wanted.exchange = {"FUT": "CME", "FOP": "CME"}.get(kind, "SMART")
    return wanted


def found(desk: Desk, wanted: Contract) -> Instrument:
    return desk.world.instruments.find(wanted)[0]


def trade(
    desk: Desk, peer: FakePeer, order_id: int, instrument: Instrument, action: str, quantity: str
) -> None:
    peer.ask(
        "placeOrder",
        orderId=order_id,
        contract=instrument.contract(),
        order=order(action, quantity),
    )
    assert peer.last("orderStatus")["status"] == "Filled"


class TestFutures:
    def test_settled_each_day(self, desk: Desk, peer: FakePeer) -> None:
        future = found(desk, contract("FUT", "ES"))
        account, market = desk.world.account, desk.world.market
        market.set_quote(future, bid=D(5800), ask=D(5800) + future.min_tick, last=D(5800))
        trade(desk, peer, 1, future, "BUY", "2")
        position = account.positions[future.con_id]
        fee = -account.cash["USD"] + 1_000_000
        assert (fee, position.average_cost) == (
            D("4.50"),
            50 * (5800 + future.min_tick) + D("2.25"),
        )  # nothing else is paid
        market.set_quote(future, bid=D(5810), ask=D(5811), last=D(5810))
        gain = 2 * 50 * (10 - future.min_tick)
        assert account.futures_gain() == gain
        assert account.total_cash() == account.net_liquidation() == 1_000_000 - fee + gain
        assert account.position_value() == 0
        desk.advance(DAY)
        mark = market.mark(future)
        settled = 2 * 50 * (mark - 5800 - future.min_tick)
        assert (account.cash["USD"], account.futures_gain()) == (1_000_000 - fee + settled, 0)
        assert account.daily_total() == 0
        assert account.unrealized(position) == settled - fee

    def test_cash_at_the_end(self, desk: Desk, peer: FakePeer) -> None:
        future = found(desk, contract("FUT", "ES"))
        trade(desk, peer, 1, future, "SELL", "1")
        desk.advance(70 * DAY)
        account = desk.world.account
        assert account.held(future) == 0
        assert (
            account.net_liquidation() == account.cash["USD"] == 1_000_000 + realized_total(account)
        )
        assert account.cash["USD"] == account.cash["USD"].quantize(D("0.01"))


class TestExercise:
    def ask(self, peer: FakePeer, option: Instrument, **changes: Any) -> None:
        values: dict[str, Any] = {
            "exerciseAction": 1,
            "exerciseQuantity": 1,
            "account": ACCOUNT,
            "override": 0,
            **changes,
        }
        values |= {"manualOrderTime": "", "customerAccount": "", "professionalCustomer": False}
        peer.ask("exerciseOptions", reqId=50, contract=option.contract("SMART"), **values)

    def test_a_call_brings_the_stock(self, desk: Desk) -> None:
        peer = desk.client(0)
        option = found(desk, contract("OPT", "AAPL", "C", 220.0))
        trade(desk, peer, 1, option, "BUY", "2")
        cash = desk.world.account.cash["USD"]
        self.ask(peer, option)
        account = desk.world.account
        assert (
            account.held(option),
            account.held(desk.instrument("AAPL")),
            cash - account.cash["USD"],
        ) == (1, 100, 22000)
        told = [
            (values["contract"].secType, values["execution"].price)
            for values in peer.all("execDetails")
        ]
        assert told == [("OPT", 0.0), ("STK", 220.0)]
        assert (
            peer.last("execDetails")["execution"].optExerciseOrLapseType
            is OptionExerciseType.Exercise
        )

    def test_refusals(self, desk: Desk, peer: FakePeer) -> None:
        out, into = (
            found(desk, contract("OPT", "AAPL", "C", 250.0)),
            found(desk, contract("OPT", "AAPL", "C", 200.0)),
        )
        with pytest.raises(Invalid, match="No unlapsed position exists in this option in account"):
            self.ask(peer, out)
        trade(desk, peer, 1, out, "BUY", "1")
        trade(desk, peer, 2, into, "BUY", "1")
        with pytest.raises(Refusal, match="Exercise ignored because option is not in-the-money"):
            self.ask(peer, out)
        with pytest.raises(Refusal, match="Lapse ignored because option is in-the-money"):
            self.ask(peer, into, exerciseAction=2)
        with pytest.raises(Invalid, match="quantity"):
            self.ask(peer, into, exerciseQuantity=2)
        with pytest.raises(Invalid, match="action"):
            self.ask(peer, into, exerciseAction=3)
        self.ask(peer, out, override=1)
        assert desk.world.account.held(desk.instrument("AAPL")) == 100


class TestExpiry:
    @pytest.mark.parametrize(
        ("right", "strike", "action", "stock", "kind"),
        [
            ("C", 220.0, "BUY", 100, OptionExerciseType.AutoexerciseClearing),
            ("P", 240.0, "BUY", -100, OptionExerciseType.AutoexerciseClearing),
            ("C", 220.0, "SELL", -100, OptionExerciseType.Assigned),
            ("C", 250.0, "SELL", 0, OptionExerciseType.Expired),
            ("P", 220.0, "BUY", 0, OptionExerciseType.Expired),
        ],
    )
    def test_options_on_stock(
        self,
        desk: Desk,
        right: str,
        strike: float,
        action: str,
        stock: int,
        kind: OptionExerciseType,
    ) -> None:
        peer = desk.client(0)
        option = found(desk, contract("OPT", "AAPL", right, strike))
        trade(desk, peer, 1, option, action, "1")
        peer.got.clear()
        desk.advance(4 * DAY)  # it ended on the 17th
        account = desk.world.account
        assert (account.held(option), account.held(desk.instrument("AAPL"))) == (0, stock)
        assert {
            values["execution"].optExerciseOrLapseType for values in peer.all("execDetails")
        } == {kind}
        whole = account.initial + realized_total(account) + account.unrealized_total()
        assert account.net_liquidation() == whole

    def test_what_is_to_lapse_is_not_exercised(self, desk: Desk, peer: FakePeer) -> None:
        option = found(desk, contract("OPT", "AAPL", "C", 220.0))
        trade(desk, peer, 1, option, "BUY", "3")
        TestExercise().ask(peer, option, exerciseAction=2, override=1)
        desk.advance(4 * DAY)
        assert desk.world.account.held(desk.instrument("AAPL")) == 200

    def test_index_options_bring_money(self, desk: Desk, peer: FakePeer) -> None:
        option = found(desk, contract("OPT", "SPX", "C", 5600.0))
        trade(desk, peer, 1, option, "BUY", "1")
        spent = desk.world.account.cash["USD"]
        desk.advance(4 * DAY)
        account = desk.world.account
        assert set(account.positions) == {option.con_id}
        worth = desk.world.market.mark(desk.instrument("SPX")) - 5600
        assert worth > 0
        assert account.cash["USD"] - spent == 100 * worth

    def test_orders_for_it_end(self, desk: Desk, peer: FakePeer) -> None:
        option = found(desk, contract("OPT", "AAPL", "C", 220.0))
        trade(desk, peer, 1, option, "BUY", "1")
        peer.ask(
            "placeOrder",
            orderId=2,
            contract=option.contract(),
            order=order("SELL", "1", "LMT", lmtPrice=500.0, tif="GTC"),
        )
        desk.advance(4 * DAY)
        assert peer.last("orderStatus")["status"] == "Cancelled"


def test_a_new_day_begins_at_zero(desk: Desk, peer: FakePeer) -> None:
    trade(desk, peer, 1, desk.instrument("AAPL"), "BUY", "100")
    trade(desk, peer, 2, desk.instrument("AAPL"), "SELL", "50")
    desk.move("AAPL", "240.00")
    desk.advance(DAY)
    peer.ask("reqPnL", reqId=1, account=ACCOUNT, modelCode="")
    assert peer.last("pnl")["dailyPnL"] == peer.last("pnl")["realizedPnL"] == 0
    assert peer.last("pnl")["unrealizedPnL"] > 0
    desk.move("AAPL", "241.00")
    desk.advance(1)
    assert peer.last("pnl")["dailyPnL"] == 50
    peer.ask("reqExecutions", reqId=1, execFilter=ExecutionFilter())
    assert peer.names() == ["execDetailsEnd"]  # of today
    peer.ask("reqAccountUpdates", subscribe=True, acctCode="")
    values = {
        (values["key"], values["currency"]): values["val"]
        for values in peer.all("updateAccountValue")
    }
    assert values["RealizedPnL", "USD"] == "0.00"
    assert (
        D(values["PreviousDayEquityWithLoanValue", "USD"])
        == D(values["EquityWithLoanValue", "USD"]) - 50
    )


def test_what_is_long_done_is_forgotten(desk: Desk, peer: FakePeer) -> None:
    for order_id in (1, 2):
        trade(desk, peer, order_id, desk.instrument("AAPL"), "BUY", "1")
        desk.advance(2 * DAY)
    peer.ask(
        "placeOrder",
        orderId=3,
        contract=desk.instrument("AAPL").contract("SMART"),
        order=order("BUY", "1", "LMT", lmtPrice=1.0, tif="GTC"),
    )
    desk.advance(4 * DAY)
    assert [live.order.orderId for live in desk.world.book._all] == [3]
    assert [fill.execution.orderId for fill in desk.world.executions.fills] == [2]
    assert peer.ask("reqIds", numIds=1) == [("nextValidId", {"orderId": 4})]
    desk.advance(5 * DAY)
    assert desk.world.executions.fills == []
