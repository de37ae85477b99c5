"""Rules of accounts that hold if they are set: pattern day traders, interest, TWS's precautions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Refusal

from .helpers import Desk, FakePeer, order, stock

DAY = 86_400.0


def made(**options: Any) -> tuple[Desk, FakePeer]:
    desk = Desk(tick_interval=1e9, order_delay=0.0, cancel_delay=0.0, **options)
    return desk, desk.client()


def trade(
    desk: Desk, peer: FakePeer, order_id: int, action: str, symbol: str = "KO", size: str = "1"
) -> str:
    """The last status of a market order."""
    request = {"contract": stock(symbol), "order": order(action, size, tif="DAY")}
    peer.ask("placeOrder", orderId=order_id, **request)
    desk.advance(1)
    return str(peer.last("orderStatus")["status"])


def summary(peer: FakePeer, tag: str) -> str:
    peer.ask("reqAccountSummary", reqId=7, groupName="All", tags=tag)
    return str(peer.last("accountSummary")["value"])


class TestPatternDayTrader:
    def day_trades(self, desk: Desk, peer: FakePeer, count: int, first: int = 1) -> int:
        for n in range(count):
            assert trade(desk, peer, first + 2 * n, "BUY") == "Filled"
            assert trade(desk, peer, first + 2 * n + 1, "SELL") == "Filled"
        return first + 2 * count

    def test_three_in_five_days(self) -> None:
        desk, peer = made(cash=20_000, pattern_day_trader=True)
        assert summary(peer, "DayTradesRemaining") == "3"
        following = self.day_trades(desk, peer, 3)
        assert summary(peer, "DayTradesRemaining") == "0"
        assert trade(desk, peer, following, "BUY") == "Inactive"
        (code, text), *_ = [(e["errorCode"], e["errorString"]) for e in peer.all("error")]
        assert code == 201
        assert "DAY TRADES" in text
        desk.advance(6 * DAY)  # Tuesday to the next Monday: they are five business days old
        assert summary(peer, "DayTradesRemaining") == "0"
        desk.advance(DAY)
        assert summary(peer, "DayTradesRemaining") == "3"
        assert trade(desk, peer, following + 1, "BUY") == "Filled"

    def test_what_is_held_can_be_sold(self) -> None:
        desk, peer = made(cash=20_000, pattern_day_trader=True)
        trade(desk, peer, 1, "BUY", "IBM")
        following = self.day_trades(desk, peer, 3, first=2)
        assert trade(desk, peer, following, "SELL", "IBM") == "Filled"
        assert trade(desk, peer, following + 1, "SELL", "IBM") == "Inactive"  # a short position

    def test_one_that_was_opened_before_is_no_day_trade(self) -> None:
        desk, peer = made(cash=20_000, pattern_day_trader=True)
        trade(desk, peer, 1, "BUY")
        desk.advance(DAY)
        trade(desk, peer, 2, "SELL")
        assert summary(peer, "DayTradesRemaining") == "3"

    def test_parts_of_an_order_are_one(self) -> None:
        desk, peer = made(cash=20_000, pattern_day_trader=True)
        trade(desk, peer, 1, "BUY", size="10")
        desk.world.market.set_quote(desk.instrument("KO"), bid_size=Decimal(4))
        trade(desk, peer, 2, "SELL", size="10")
        desk.world.market.set_quote(desk.instrument("KO"), bid_size=Decimal(500))
        desk.advance(1)
        assert len([e for e in peer.all("execDetails") if e["execution"].orderId == 2]) == 2
        assert summary(peer, "DayTradesRemaining") == "2"

    @pytest.mark.parametrize(
        "options", [{"cash": 30_000, "pattern_day_trader": True}, {"cash": 20_000}]
    )
    def test_rich_accounts_and_without_the_rule(self, options: dict[str, Any]) -> None:
        desk, peer = made(**options)
        self.day_trades(desk, peer, 4)
        assert summary(peer, "DayTradesRemaining") == "-1"


class TestInterest:
    def test_cash_earns_and_is_paid_each_month(self) -> None:
        desk, peer = made(cash=360_000, credit_interest=5.0)
        desk.advance(DAY)
        assert summary(peer, "AccruedCash") == "50.00"
        assert summary(peer, "NetLiquidation") == "360050.00"
        assert summary(peer, "TotalCashValue") == "360000.00"
        desk.advance(16 * DAY)  # the first of May
        account = desk.world.account
        assert account.accrued == {}
        assert account.cash["USD"] == 360_000 + 17 * 50
        assert account.net_liquidation() == account.cash["USD"]

    def test_loans_and_shorts_cost(self) -> None:
        desk, peer = made(cash=100_000, debit_interest=7.2, borrow_fee=36.0)
        account, apple = desk.world.account, desk.instrument("AAPL")
        account.trade(apple, Decimal(-100), Decimal(230), Decimal(0))
        worth = desk.quote("AAPL").last * 100
        desk.advance(DAY)
        fee = -worth * 36 / 100 / 360
        assert summary(peer, "AccruedCash") == f"{fee:.2f}"
        account.trade(apple, Decimal(1100), Decimal(230), Decimal(0))
        borrowed = account.cash["USD"]
        assert borrowed < 0
        desk.advance(DAY)
        assert account.accrued["USD"] == fee + borrowed * Decimal("7.2") / 100 / 360

    def test_nothing_accrues_without(self) -> None:
        desk, peer = made()
        desk.advance(DAY)
        assert summary(peer, "AccruedCash") == "0.00"


class TestPrecautions:
    @pytest.mark.parametrize(
        ("options", "size", "limit", "code"),
        [
            ({"size_limit": 100}, "101", 200.0, 383),
            ({"size_limit": 100}, "100", 200.0, 0),
            ({"ticks_limit": 5}, "1", 230.07, 382),
            ({"ticks_limit": 5}, "1", 230.06, 0),
            ({"price_percentage": 1.0}, "1", 240.0, 109),
            ({"value_limit": 2000}, "10", 200.01, 451),
            ({"value_limit": 2000}, "10", 200.0, 0),
            ({"direct_routing": True}, "1", 200.0, 0),
        ],
    )
    def test_limits(self, options: dict[str, Any], size: str, limit: float, code: int) -> None:
        desk, peer = made(**options)
        desk.world.market.set_quote(
            desk.instrument("AAPL"), bid=Decimal("229.99"), ask=Decimal("230.01")
        )
        request: dict[str, Any] = {"orderId": 1, "contract": stock()}
        request["order"] = order("BUY", size, "LMT", lmtPrice=limit, tif="DAY")
        if code:
            with pytest.raises(Refusal) as refused:
                peer.ask("placeOrder", **request)
            assert refused.value.code == code
            request["order"].overridePercentageConstraints = True
        peer.ask("placeOrder", **request)
        assert peer.all("openOrder")

    def test_the_value_of_a_stop_on_a_future(self) -> None:
        desk, peer = made(value_limit=100_000.5)
        contract = Contract()
        contract.symbol, contract.secType, contract.exchange = "ES", "FUT", "CME"
        contract = desk.world.instruments.find(contract)[0].contract("CME")
        request: dict[str, Any] = {"orderId": 329, "contract": contract}
        request["order"] = order("SELL", "5", "STP LMT", lmtPrice=4990.0, auxPrice=5000.0)
        with pytest.raises(Refusal) as refused:
            peer.ask("placeOrder", **request)
        assert refused.value.code == 451
        assert refused.value.text == (
            'The following order "ID:329" value estimate of 1,250,000 USD exceeds \n'
            "the Total Value Limit of 100,000.50 USD. \n"
            "Restriction is specified in Precautionary Settings of Global Configuration/Presets."
        )
        request["order"] = order("BUY", "1", "MKT")  # goes by the market's price
        with pytest.raises(Refusal) as refused:
            peer.ask("placeOrder", **request)
        assert refused.value.code == 451

    def test_orders_past_smart(self) -> None:
        desk, peer = made(direct_routing=False)
        request = {"orderId": 1, "contract": stock(exchange="ARCA")}
        request["order"] = order("BUY", "1", "LMT", lmtPrice=100.0, tif="DAY")
        peer.ask("placeOrder", **request)
        assert [each["errorCode"] for each in peer.all("error")] == [10311, 201]
        assert "ARCA" in peer.all("error")[0]["errorString"]
        request |= {"orderId": 2, "contract": stock()}
        peer.ask("placeOrder", **request)
        desk.advance(1)
        assert peer.last("orderStatus")["status"] == "Submitted"
