from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.account_summary_tags import AccountSummaryTags
from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.simulator.errors import Invalid, Refusal

from .helpers import ACCOUNT, Desk, FakePeer, order, pair, stock


@pytest.fixture
def desk() -> Desk:
    made = Desk(tick_interval=3600)
    made.move("AAPL", "230.00")
    return made


def buy(
    peer: FakePeer, order_id: int, quantity: str = "100", contract: Any = None, action: str = "BUY"
) -> None:
    peer.ask(
        "placeOrder", orderId=order_id, contract=contract or stock(), order=order(action, quantity)
    )


def summary(
    peer: FakePeer, tags: str, req_id: int = 1, group: str = "All"
) -> dict[tuple[str, str], str]:
    peer.ask("reqAccountSummary", reqId=req_id, groupName=group, tags=tags)
    return {
        (values["tag"], values["currency"]): values["value"]
        for values in peer.all("accountSummary")
    }


def account_values(peer: FakePeer) -> dict[tuple[str, str], str]:
    return {
        (values["key"], values["currency"]): values["val"]
        for values in peer.all("updateAccountValue")
    }


def test_the_accounts(peer: FakePeer) -> None:
    assert peer.ask("reqManagedAccts") == [("managedAccounts", {"accountsList": ACCOUNT})]
    (code,) = peer.ask("reqFamilyCodes")[0][1]["familyCodes"]
    assert (code.accountID, code.familyCodeStr) == (ACCOUNT, "")


class TestAccountUpdates:
    def test_the_download(self, peer: FakePeer) -> None:
        buy(peer, 1)
        peer.ask("reqAccountUpdates", subscribe=True, acctCode=ACCOUNT)
        values = account_values(peer)
        assert values["AccountCode", ""] == ACCOUNT
        assert values["TotalCashValue", "USD"] == "976998.00"  # 100 at 230.01, and a dollar
        assert values["NetLiquidation", "USD"] == "999998.00"
        assert values["GrossPositionValue", "USD"] == "23000.00"
        assert values["InitMarginReq", "USD"] == "5750.00"
        assert values["AvailableFunds", "USD"] == "994248.00"
        assert values["BuyingPower", "USD"] == "3976992.00"
        assert values["CashBalance", "BASE"] == values["CashBalance", "USD"] == "976998.00"
        assert values["UnrealizedPnL", "BASE"] == "-2.00"
        portfolio = peer.last("updatePortfolio")
        assert (portfolio["position"], portfolio["marketPrice"], portfolio["marketValue"]) == (
            100,
            230.0,
            23000.0,
        )
        assert (portfolio["averageCost"], portfolio["unrealizedPNL"], portfolio["realizedPNL"]) == (
            230.02,
            -2.0,
            0.0,
        )
        assert portfolio["contract"].primaryExchange == "NASDAQ"
        assert peer.names()[-2:] == ["updateAccountTime", "accountDownloadEnd"]
        assert peer.last("updateAccountTime") == {"timeStamp": "12:00"}
        assert {values["accountName"] for values in peer.all("updateAccountValue")} == {ACCOUNT}

    def test_after_a_trade_come_the_changes(self, desk: Desk, peer: FakePeer) -> None:
        peer.ask("reqAccountUpdates", subscribe=True, acctCode="")
        buy(peer, 1)
        assert peer.names()[:6] == [
            "openOrder",
            "orderStatus",
            "execDetails",
            "openOrder",
            "orderStatus",
            "commissionAndFeesReport",
        ]
        assert peer.names()[6] == "updatePortfolio"
        assert account_values(peer)["TotalCashValue", "USD"] == "976998.00"
        assert ("AccountCode", "") not in account_values(peer)
        desk.move("AAPL", "231.00")
        buy(peer, 2, action="SELL")
        assert (
            peer.last("updatePortfolio")["position"],
            peer.last("updatePortfolio")["realizedPNL"],
        ) == (0, 96.0)
        assert account_values(peer)["RealizedPnL", "BASE"] == "96.00"

    def test_unsubscribed(self, peer: FakePeer) -> None:
        peer.ask("reqAccountUpdates", subscribe=True, acctCode="")
        told = peer.ask("reqAccountUpdates", subscribe=False, acctCode="")
        assert [(name, values["reqId"], values["errorCode"]) for name, values in told] == [
            ("error", -1, 2100)
        ]
        buy(peer, 1)
        assert peer.all("updateAccountValue") == []
        with pytest.raises(Invalid, match="Invalid account code 'U1'"):
            peer.ask("reqAccountUpdates", subscribe=True, acctCode="U1")

    def test_a_second_subscription_brings_nothing(self, peer: FakePeer) -> None:
        assert peer.ask("reqAccountUpdates", subscribe=True, acctCode="")
        assert peer.ask("reqAccountUpdates", subscribe=True, acctCode="") == []

    def test_other_currencies(self, peer: FakePeer) -> None:
        buy(peer, 1, "20000", pair())
        peer.ask("reqAccountUpdates", subscribe=True, acctCode="")
        values = account_values(peer)
        assert values["CashBalance", "EUR"] == "20000.00"
        assert values["ExchangeRate", "EUR"] == "1.085000"
        total = sum(
            Decimal(values["CashBalance", cur]) * Decimal(values["ExchangeRate", cur])
            for cur in ("EUR", "USD")
        )
        assert (
            total
            == Decimal(values["CashBalance", "BASE"])
            == Decimal(values["NetLiquidation", "USD"])
        )


class TestSummary:
    def test_the_tags_asked_for(self, peer: FakePeer) -> None:
        rows = summary(peer, "NetLiquidation, TotalCashValue,AccountType,NoSuchTag")
        assert rows == {
            ("NetLiquidation", "USD"): "1000000.00",
            ("TotalCashValue", "USD"): "1000000.00",
            ("AccountType", ""): "INDIVIDUAL",
        }
        assert peer.got[-1] == ("accountSummaryEnd", {"reqId": 1})

    def test_every_tag_of_the_api_is_known(self, peer: FakePeer) -> None:
        tags = set(AccountSummaryTags.AllTags.split(",")) - {
            "PreviousEquityWithLoanValue"
        }  # a name of 9.x, not TWS's today
        assert {tag for tag, _ in summary(peer, ",".join(tags))} == tags

    def test_ledgers(self, peer: FakePeer) -> None:
        buy(peer, 1, "20000", pair())
        assert {currency for _, currency in summary(peer, "$LEDGER:ALL")} == {"BASE", "USD", "EUR"}
        assert {currency for _, currency in summary(peer, "$LEDGER:EUR")} == {"EUR"}
        assert {currency for _, currency in summary(peer, "$LEDGER")} == {"BASE"}
        assert summary(peer, "$LEDGER:EUR")["CashBalance", "EUR"] == "20000.00"
        assert summary(peer, "$LEDGER:CHF") == {}

    def test_after_a_trade_come_the_changes_until_cancelled(self, peer: FakePeer) -> None:
        summary(peer, "TotalCashValue,AccountType")
        buy(peer, 1)
        assert peer.all("accountSummary") == [
            {
                "reqId": 1,
                "account": ACCOUNT,
                "tag": "TotalCashValue",
                "value": "976998.00",
                "currency": "USD",
            }
        ]
        assert peer.ask("cancelAccountSummary", reqId=1) == []
        buy(peer, 2)
        assert peer.all("accountSummary") == []

    def test_limits(self, desk: Desk, peer: FakePeer) -> None:
        summary(peer, "NetLiquidation", 1)
        summary(peer, "NetLiquidation", 2)
        summary(peer, "NetLiquidation", 2)  # the same one again
        with pytest.raises(
            Refusal, match="Maximum number of account summary requests exceeded"
        ) as refused:
            summary(peer, "NetLiquidation", 3)
        assert refused.value.code == 322
        summary(desk.client(2), "NetLiquidation", 3)
        with pytest.raises(Invalid, match="Nobody"):
            summary(peer, "NetLiquidation", 4, group="Nobody")


class TestPositions:
    def test_held_now_and_changed_later(self, desk: Desk, peer: FakePeer) -> None:
        assert peer.ask("reqPositions") == [("positionEnd", {})]
        buy(peer, 1)
        told = peer.last("position")
        assert (told["account"], told["contract"].symbol, told["position"], told["avgCost"]) == (
            ACCOUNT,
            "AAPL",
            100,
            230.02,
        )
        other = desk.client(2)
        assert [name for name, _ in other.ask("reqPositions")] == ["position", "positionEnd"]
        peer.ask("cancelPositions")
        buy(peer, 2, action="SELL")
        assert peer.all("position") == []
        assert other.last("position")["position"] == 0  # that it is closed is told once
        assert other.ask("reqPositions") == [("positionEnd", {})]

    def test_multi(self, peer: FakePeer) -> None:
        buy(peer, 1)
        peer.ask("reqPositionsMulti", reqId=4, account=ACCOUNT, modelCode="")
        assert peer.names() == ["positionMulti", "positionMultiEnd"]
        assert (peer.last("positionMulti")["reqId"], peer.last("positionMulti")["pos"]) == (4, 100)
        buy(peer, 2)
        assert peer.last("positionMulti")["pos"] == 200
        peer.ask("cancelPositionsMulti", reqId=4)
        buy(peer, 3)
        assert peer.all("positionMulti") == []

    def test_account_updates_multi(self, peer: FakePeer) -> None:
        peer.ask("reqAccountUpdatesMulti", reqId=5, account="", modelCode="", ledgerAndNLV=False)
        whole = {values["key"] for values in peer.all("accountUpdateMulti")}
        assert peer.got[-1] == ("accountUpdateMultiEnd", {"reqId": 5})
        peer.ask("reqAccountUpdatesMulti", reqId=6, account="", modelCode="", ledgerAndNLV=True)
        light = {values["key"] for values in peer.all("accountUpdateMulti")}
        assert {"NetLiquidation", "CashBalance"} < light < whole
        peer.ask("cancelAccountUpdatesMulti", reqId=5)
        buy(peer, 1)
        assert {values["reqId"] for values in peer.all("accountUpdateMulti")} == {6}
        with pytest.raises(Invalid):
            peer.ask(
                "reqAccountUpdatesMulti", reqId=7, account="U1", modelCode="", ledgerAndNLV=True
            )


class TestProfit:
    def test_of_the_account(self, desk: Desk, peer: FakePeer) -> None:
        buy(peer, 1)
        assert peer.ask("reqPnL", reqId=3, account=ACCOUNT, modelCode="") == [
            ("pnl", {"reqId": 3, "dailyPnL": -2.0, "unrealizedPnL": -2.0, "realizedPnL": 0.0})
        ]
        peer.got.clear()
        desk.advance(3)
        assert peer.got == []  # nothing has changed
        desk.move("AAPL", "231.00")
        desk.advance(1)
        assert peer.got == [
            ("pnl", {"reqId": 3, "dailyPnL": 98.0, "unrealizedPnL": 98.0, "realizedPnL": 0.0})
        ]
        peer.ask("cancelPnL", reqId=3)
        desk.move("AAPL", "232.00")
        desk.advance(5)
        assert peer.got == []

    def test_of_a_position(self, desk: Desk, peer: FakePeer) -> None:
        wanted = {"account": ACCOUNT, "modelCode": "", "conid": 265598}
        nothing = {
            "reqId": 3,
            "pos": 0,
            "dailyPnL": 0.0,
            "unrealizedPnL": UNSET_DOUBLE,
            "realizedPnL": 0.0,
            "value": UNSET_DOUBLE,
        }
        told = peer.ask("reqPnLSingle", reqId=3, **wanted)
        assert told[0][1]["errorCode"] == 2150  # there is no position
        assert told[1:] == [("pnlSingle", nothing)]
        buy(peer, 1)
        desk.advance(1)
        held = {
            "reqId": 3,
            "pos": 100,
            "dailyPnL": -2.0,
            "unrealizedPnL": -2.0,
            "realizedPnL": 0.0,
            "value": 23000.0,
        }
        assert peer.last("pnlSingle") == held
        with pytest.raises(Invalid, match="Duplicate"):
            peer.ask("reqPnLSingle", reqId=3, **wanted)

    def test_refusals(self, peer: FakePeer) -> None:
        with pytest.raises(Invalid, match="U1"):
            peer.ask("reqPnL", reqId=3, account="U1", modelCode="")
        for name, code in (("cancelPnL", 10185), ("cancelPnLSingle", 10186)):
            with pytest.raises(Refusal) as refused:
                peer.ask(name, reqId=3)
            assert refused.value.code == code
        with pytest.raises(Refusal):
            peer.ask("reqPnLSingle", reqId=3, account=ACCOUNT, modelCode="", conid=1)


def test_who_has_gone_is_sent_nothing(desk: Desk, peer: FakePeer) -> None:
    other = desk.client(2)
    for each in (peer, other):
        each.ask("reqPositions")
        each.ask("reqPositionsMulti", reqId=1, account="", modelCode="")
        each.ask("reqAccountUpdates", subscribe=True, acctCode="")
        each.ask("reqAccountUpdatesMulti", reqId=1, account="", modelCode="", ledgerAndNLV=True)
        each.ask("reqPnL", reqId=1, account=ACCOUNT, modelCode="")
        summary(each, "NetLiquidation")
    desk.world.leave(peer)
    peer.got.clear()
    buy(other, 1)
    desk.advance(2)
    assert peer.got == []
    assert {
        "position",
        "positionMulti",
        "updatePortfolio",
        "accountUpdateMulti",
        "pnl",
        "accountSummary",
    } <= set(other.names())
