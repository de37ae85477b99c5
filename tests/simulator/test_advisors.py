"""Several accounts: linked ones, and an advisor's with groups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.simulator.account.accounts import Group
from ibapi_port.simulator.account.ledger import Account
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.trading.live import Share
from ibapi_port.simulator.trading.validation.allocation import portion

from .helpers import Desk, FakePeer, order, stock

D = Decimal


@pytest.fixture
def desk() -> Desk:
    made = Desk(tick_interval=3600, account="DF1000,DU1001,DU1002,DU1003")
    made.move("AAPL", "230.00")
    made.world.accounts.set_groups(
        [
            Group("two", ("DU1001", "DU1003")),
            Group("parts", ("DU1001", "DU1002"), "Ratio", (D(1), D(3))),
        ]
    )
    return made


def place(peer: FakePeer, order_id: int, wanted: Any) -> None:
    peer.ask("placeOrder", orderId=order_id, contract=stock(), order=wanted)


def held(desk: Desk) -> dict[str, int]:
    return {
        account.code: int(account.held(desk.instrument("AAPL"))) for account in desk.world.accounts
    }


class TestAdvisor:
    def test_the_accounts(self, peer: FakePeer) -> None:
        assert peer.ask("reqManagedAccts") == [
            ("managedAccounts", {"accountsList": "DF1000,DU1001,DU1002,DU1003"})
        ]
        peer.ask("reqAccountSummary", reqId=1, groupName="All", tags="NetLiquidation")
        assert [values["account"] for values in peer.all("accountSummary")] == [
            "DU1001",
            "DU1002",
            "DU1003",
        ]
        peer.ask("reqAccountSummary", reqId=1, groupName="two", tags="NetLiquidation")
        assert [values["account"] for values in peer.all("accountSummary")] == ["DU1001", "DU1003"]

    @pytest.mark.parametrize(
        ("group", "method", "quantity", "wanted"),
        [
            ("two", "", "100", {"DU1001": 50, "DU1002": 0, "DU1003": 50}),
            ("All", "Equal", "100", {"DU1001": 34, "DU1002": 33, "DU1003": 33}),
            ("parts", "", "100", {"DU1001": 25, "DU1002": 75, "DU1003": 0}),
            ("two", "NetLiq", "100", {"DU1001": 50, "DU1002": 0, "DU1003": 50}),
            ("two", "AvailableEquity", "60", {"DU1001": 30, "DU1002": 0, "DU1003": 30}),
        ],
    )
    def test_an_order_for_a_group(
        self,
        desk: Desk,
        peer: FakePeer,
        group: str,
        method: str,
        quantity: str,
        wanted: dict[str, int],
    ) -> None:
        place(peer, 1, order("BUY", quantity, faGroup=group, faMethod=method))
        assert peer.last("orderStatus")["status"] == "Filled"
        rounded = {
            code: round(float(account.held(desk.instrument("AAPL"))))
            for code, account in _by_code(desk).items()
        }
        assert {code: abs(rounded[code] - wanted[code]) <= 1 for code in wanted} == dict.fromkeys(
            wanted, True
        )
        assert sum(account.held(desk.instrument("AAPL")) for account in desk.world.accounts) == D(
            quantity
        )
        executions = [values["execution"] for values in peer.all("execDetails")]
        assert sum(each.shares for each in executions) == D(quantity)
        assert {each.acctNumber for each in executions} == {
            code for code, amount in wanted.items() if amount
        }

    def test_by_the_share_of_what_is_held(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "30", account="DU1001"))
        place(peer, 2, order("BUY", "10", account="DU1003"))
        place(peer, 3, order("SELL", "20", faGroup="two", faMethod="PctChange", faPercentage="-50"))
        assert held(desk) == {"DU1001": 15, "DU1002": 0, "DU1003": 5}
        with pytest.raises(Refusal) as refused:
            place(peer, 4, order("SELL", "20"))
        assert refused.value.code == 436

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({}, 436),
            ({"account": "DF1000"}, 436),
            ({"faGroup": "none"}, 321),
            ({"faGroup": "two", "faMethod": "Luck"}, 333),
            ({"account": "DU9"}, 321),
        ],
    )
    def test_refusals(self, peer: FakePeer, changes: dict[str, str], code: int) -> None:
        with pytest.raises((Refusal, Invalid)) as refused:
            place(peer, 1, order("BUY", "10", **changes))
        assert (refused.value.code if isinstance(refused.value, Refusal) else 321) == code

    def test_nobody_holds_what_is_to_be_sold(self, peer: FakePeer) -> None:
        with pytest.raises(Refusal) as refused:
            place(
                peer,
                1,
                order("SELL", "10", faGroup="two", faMethod="PctChange", faPercentage="-50"),
            )
        assert refused.value.code == 426

    def test_profits_of_all_together(self, desk: Desk, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "100", faGroup="two"))
        desk.move("AAPL", "240.00")
        peer.ask("reqPnL", reqId=1, account="DF1000", modelCode="")
        whole = peer.last("pnl")["dailyPnL"]
        parts = []
        for n, code in enumerate(("DU1001", "DU1003"), 2):
            peer.ask("reqPnLSingle", reqId=n, account=code, modelCode="", conid=265598)
            parts.append(peer.last("pnlSingle")["dailyPnL"])
        assert whole == pytest.approx(sum(parts))
        peer.ask("reqPositions")
        assert [(values["account"], values["position"]) for values in peer.all("position")] == [
            ("DU1001", 50),
            ("DU1003", 50),
        ]

    def test_updates_of_all_accounts(self, peer: FakePeer) -> None:
        place(peer, 1, order("BUY", "100", faGroup="two"))
        peer.ask("reqAccountUpdates", subscribe=True, acctCode="DF1000")
        assert [values["accountName"] for values in peer.all("updatePortfolio")] == [
            "DU1001",
            "DU1003",
        ]
        assert [values["accountName"] for values in peer.all("accountDownloadEnd")] == [
            "DU1001",
            "DU1002",
            "DU1003",
        ]


def _by_code(desk: Desk) -> dict[str, Account]:
    return {account.code: account for account in desk.world.accounts}


@pytest.mark.parametrize(
    ("options", "text"),
    [({"account": " , "}, "account"), ({"base_currency": "XYZ"}, "base_currency")],
)
def test_bad_options(options: dict[str, str], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Desk(**options)


def test_linked_accounts_have_to_be_named() -> None:
    desk = Desk(tick_interval=3600, account="DU1,DU2")
    peer = desk.client()
    with pytest.raises(Refusal) as refused:
        place(peer, 1, order("BUY", "10"))
    assert refused.value.code == 435
    place(peer, 1, order("BUY", "10", account="DU2"))
    assert held(desk) == {"DU1": 0, "DU2": 10}
    peer.ask("reqAccountUpdates", subscribe=True, acctCode="DU2")
    assert {values["accountName"] for values in peer.all("updatePortfolio")} == {"DU2"}
    peer.ask("reqPositionsMulti", reqId=1, account="DU1", modelCode="")
    assert peer.names() == ["positionMultiEnd"]


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=4),
    st.lists(st.integers(1, 40), min_size=1, max_size=12),
)
def test_every_account_gets_its_share_and_never_more(sizes: list[int], fills: list[int]) -> None:
    accounts: list[Any] = [type("Named", (), {"code": f"DU{n}"})() for n in range(len(sizes))]
    shares = [Share(account, D(size)) for account, size in zip(accounts, sizes, strict=True)]
    given_out: dict[str, Decimal] = {}
    got = dict.fromkeys((account.code for account in accounts), D(0))
    left = sum(sizes)
    for fill in (*fills, left):
        part = min(fill, left)
        if not part:
            continue
        left -= part
        parts = portion(shares, given_out, D(part), D(1))
        assert sum(size for _, size in parts) == part
        for account, size in parts:
            assert size > 0
            got[account.code] += size
        assert all(got[share.account.code] <= share.quantity for share in shares)
    assert not left
    assert [got[account.code] for account in accounts] == sizes
