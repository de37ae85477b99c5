"""An advisor's groups, profiles and aliases."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from ibapi_port.simulator.errors import Invalid, Refusal

from .helpers import Desk, FakePeer, order, stock

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


@pytest.fixture
def desk() -> Desk:
    return Desk(account="DF1,DU1,DU2")


def group(name: str, method: str, *accounts: tuple[str, str]) -> str:
    rows = "".join(
        f"<Account><acct>{code}</acct>{f'<amount>{amount}</amount>' if amount else ''}</Account>"
        for code, amount in accounts
    )
    return f'<Group><name>{name}</name><defaultMethod>{method}</defaultMethod><ListOfAccts varName="list">{rows}</ListOfAccts></Group>'


def groups(*made: str) -> str:
    return f"{HEAD}<ListOfGroups>{''.join(made)}</ListOfGroups>"


def get(peer: FakePeer, kind: int) -> ElementTree.Element:
    peer.ask("requestFA", faData=kind)
    told = peer.last("receiveFA")
    assert told["faData"] == kind
    return ElementTree.fromstring(told["cxml"].encode())


def put(peer: FakePeer, kind: int, cxml: str) -> list[tuple[str, dict[str, Any]]]:
    return peer.ask("replaceFA", reqId=5, faData=kind, cxml=cxml)


def test_groups_are_kept_and_orders_go_by_them(desk: Desk) -> None:
    peer = desk.client()
    assert list(get(peer, 1)) == []
    text = groups(
        group("both", "Ratio", ("DU1", "3"), ("DU2", "1")),
        group("same", "Equal", ("DU1", ""), ("DU2", "")),
    )
    assert put(peer, 1, text) == [("replaceFAEnd", {"reqId": 5, "text": ""})]
    root = get(peer, 1)
    assert [(one.findtext("name"), one.findtext("defaultMethod")) for one in root] == [
        ("both", "Ratio"),
        ("same", "Equal"),
    ]
    assert [one.text for one in root.iter("acct")] == ["DU1", "DU2"] * 2
    assert [one.text for one in root.iter("amount")] == ["3", "1"]
    assert put(peer, 1, peer.last("receiveFA")["cxml"])
    assert ElementTree.tostring(get(peer, 1)) == ElementTree.tostring(root)
    peer.ask("placeOrder", orderId=1, contract=stock(), order=order("BUY", "40", faGroup="both"))
    desk.advance(5)
    held = {
        account.code: [position.quantity for position in account.positions.values()]
        for account in desk.world.accounts
    }
    assert held == {"DU1": [30], "DU2": [10]}


def test_old_clients_have_profiles_and_plain_groups(desk: Desk) -> None:
    old, new = desk.client(1, 176), desk.client(2, 200)
    profile = (
        f"{HEAD}<ListOfAllocationProfiles><AllocationProfile><name>thirds</name><type>2</type>"
        '<ListOfAllocations varName="listOfAllocations"><Allocation><acct>DU1</acct><amount>2.0</amount><posEff>O</posEff></Allocation>'
        "<Allocation><acct>DU2</acct><amount>1.0</amount></Allocation></ListOfAllocations></AllocationProfile></ListOfAllocationProfiles>"
    )
    assert put(old, 2, profile)
    plain = (
        "<Group><name>all</name><ListOfAccts><String>DU1</String><String>DU2</String></ListOfAccts>"
    )
    assert put(old, 1, groups(f"{plain}<defaultMethod>EqualQuantity</defaultMethod></Group>"))
    assert [one.text for one in get(old, 1).iter("String")] == ["DU1", "DU2"]
    assert [(one.findtext("name"), one.findtext("defaultMethod")) for one in get(old, 1)] == [
        ("all", "EqualQuantity")
    ]
    assert [one.text for one in get(old, 2).iter("amount")] == ["2.0", "1.0"]
    assert {one.findtext("name"): one.findtext("defaultMethod") for one in get(new, 1)} == {
        "thirds": "Ratio",
        "all": "Equal",
    }
    for name, values in (("requestFA", {}), ("replaceFA", {"reqId": 1, "cxml": profile})):
        with pytest.raises(Refusal) as refused:
            new.ask(name, faData=2, **values)
        assert refused.value.code == 585
    assert put(desk.client(3, 156), 2, profile) == []  # TWS did not tell yet that it was done


def test_aliases(desk: Desk) -> None:
    peer = desk.client()
    text = f"{HEAD}<ListOfAccountAliases><AccountAlias><account>DU2</account><alias>Mother</alias></AccountAlias></ListOfAccountAliases>"
    assert put(peer, 3, text)
    found = {one.findtext("account"): one.findtext("alias") for one in get(peer, 3)}
    assert found == {"DF1": "DF1", "DU1": "DU1", "DU2": "Mother"}
    with pytest.raises(Invalid, match="U9"):
        put(peer, 3, text.replace("DU2", "U9"))


def test_those_who_are_no_advisors() -> None:
    peer = Desk().client()
    with pytest.raises(Invalid, match="FA data operations ignored for non FA customers"):
        get(peer, 1)
    with pytest.raises(Invalid, match="FA data operations ignored for non FA customers"):
        put(peer, 1, groups())


@pytest.mark.parametrize(
    ("kind", "cxml", "cause"),
    [
        (9, "", "Non-existent FA data operation request"),
        (1, "", "An XML string is required"),
        (1, "<ListOfGroups>", "An XML string is required"),
        (1, "<ListOfAccountAliases/>", "<ListOfGroups> is expected"),
        (3, "<ListOfGroups/>", "<ListOfAccountAliases> is expected"),
        (1, groups(group("", "Equal", ("DU1", ""))), "lacks <name>"),
        (1, groups(group("x", "Nonsense", ("DU1", ""))), "Invalid method 'Nonsense'"),
        (1, groups(group("x", "Equal")), "lacks accounts"),
        (1, groups(group("x", "Ratio", ("DU1", "a lot"))), "Invalid amount"),
        (1, groups(group("x", "Ratio", ("DU1", "-1"))), "Invalid amount"),
        (1, groups(group("x", "Ratio", ("DU1", ""))), "lacks <amount>"),
        (1, groups(*[group("x", "Equal", ("DU1", ""))] * 2), "more than one 'x'"),
    ],
)
def test_what_is_wrong_changes_nothing(desk: Desk, kind: int, cxml: str, cause: str) -> None:
    peer = desk.client()
    put(peer, 1, groups(group("kept", "Equal", ("DU1", ""))))
    with pytest.raises(Invalid) as invalid:
        put(peer, kind, cxml)
    assert cause in str(invalid.value)
    assert [one.findtext("name") for one in get(peer, 1)] == ["kept"]


def test_accounts_that_are_not_there(desk: Desk) -> None:
    with pytest.raises(Refusal) as refused:
        put(
            desk.client(),
            1,
            groups(group("good", "Equal", ("DU1", "")), group("bad", "Equal", ("U9", ""))),
        )
    assert (refused.value.code, refused.value.text) == (
        10231,
        "The following Groups and/or Profiles contain invalid accounts: bad",
    )
