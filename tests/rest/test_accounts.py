"""A login with several accounts, such as an advisor's: each has its own values and positions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ibapi_port.rest import RestServer
from ibapi_port.simulator import SimulatedTws

from .helpers import MKT, Client, Events, eventually, order, serving

FIRST, SECOND = "DU1111111", "DU2222222"


@pytest.fixture(scope="module")
def tws() -> Iterator[SimulatedTws]:
    with SimulatedTws(tick_interval=3600, account=f"DF1000000,{FIRST},{SECOND}") as server:
        yield server


@pytest.fixture(scope="module")
def rest(tws: SimulatedTws) -> Iterator[RestServer]:
    with serving(tws) as server:
        yield server


@pytest.fixture(scope="module")
def held(rest: RestServer) -> None:
    """The first account has AAPL, the second MSFT."""
    with Client(rest) as client:
        for account, symbol in ((FIRST, "AAPL"), (SECOND, "MSFT")):
            answer = order(client, {**MKT, "symbol": symbol, "account": account}, wait="filled")
            assert answer.status_code == 200, answer.text


def symbols(rows: list[Any]) -> list[str]:
    return sorted({each["contract"]["symbol"] for each in rows})


def test_the_accounts(client: Client) -> None:
    body = client.get("/account").json()
    assert body["FA"] is True
    assert {FIRST, SECOND} <= set(body["managedAccounts"])
    assert client.get("/financial?type=aliases").status_code == 200


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(("account", "symbol"), [(FIRST, "AAPL"), (SECOND, "MSFT")])
def test_each_account_has_its_own(client: Client, account: str, symbol: str) -> None:
    for path in ("/account/updates", "/account/update"):
        body = client.get(f"{path}?acctCode={account}").json()
        assert symbols(body["updatePortfolio"]) == [symbol]
        assert {each["accountName"] for each in body["updatePortfolio"]} == {account}
        values = body["updateAccountValue"].values()
        rows = [row for each in values for row in (each if isinstance(each, list) else [each])]
        assert {row["accountName"] for row in rows} == {account}
        assert "NetLiquidation" in body["updateAccountValue"]
    rows = client.get(f"/account/positions?account={account}").json()["positions"]
    assert symbols(rows) == [symbol]
    assert client.get(f"/account/pnl?account={account}").json()["pnl"]["account"] == account
    fills = client.get(f"/executions?acctCode={account}").json()["execDetails"]
    assert {each["execution"]["acctNumber"] for each in fills} == {account}


@pytest.mark.usefixtures("held")
def test_all_accounts_at_once(client: Client) -> None:
    rows = client.get("/account/positions").json()["positions"]
    assert symbols(rows) == ["AAPL", "MSFT"]
    told = client.get("/account/summary?tags=NetLiquidation").json()["accounts"]
    assert {FIRST, SECOND} <= set(told)
    assert all(float(told[each]["NetLiquidation"]["value"]) > 0 for each in (FIRST, SECOND))


def test_an_account_of_somebody_else(client: Client) -> None:
    for path in ("/account/updates?acctCode=DU9", "/account/positions?account=DU9"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert FIRST in answer.json()["accounts"]


@pytest.mark.usefixtures("held")
def test_streams_of_several_accounts(rest: RestServer, client: Client) -> None:
    """Each hears of its own account alone, and that of all hears of all."""
    paths = ("/account/positions", f"/account/positions?account={FIRST}",
             f"/account/positions?account={SECOND}", f"/account/updates?acctCode={SECOND}")  # fmt: skip
    streams = [Events(rest, path) for path in paths]
    everything, first, second, updates = streams
    for stream in streams:
        stream.wait_for("snapshot")
    assert symbols(first.all("snapshot")[0]["positions"]) == ["AAPL"]
    assert symbols(second.all("snapshot")[0]["positions"]) == ["MSFT"]
    order(client, {**MKT, "symbol": "NVDA", "account": SECOND}, wait="filled")
    order(client, {**MKT, "symbol": "IBM", "account": FIRST}, wait="filled")
    for stream, told in ((everything, ["IBM", "NVDA"]), (first, ["IBM"]), (second, ["NVDA"])):
        stream.wait(lambda stream, told=told: symbols(stream.all("position")) == told)
    updates.wait(lambda updates: symbols(updates.all("position")) == ["NVDA"])
    updates.wait(
        lambda updates: "NetLiquidation" in [e["key"] for e in updates.all("updateAccountValue")]
    )
    assert {each["accountName"] for each in updates.all("updateAccountValue")} == {SECOND}
    for stream in streams:
        stream.close()


@pytest.mark.usefixtures("held")
def test_the_account_that_is_kept_stays_the_first(tws: SimulatedTws, client: Client) -> None:
    """TWS tells of one account at a time: after another one, and a loss, it is the first again.

    The advisor's own stands for all of them.
    """
    tws.do("record")
    client.get(f"/account/updates?acctCode={SECOND}")
    tws.do("drop_connection", reset=True)
    eventually(lambda: client.get("/clients").json()["clients"][0]["connections"] > 1)
    eventually(lambda: client.get("/health").status_code == 200)

    def last() -> str:
        asked = [r for r in tws.do("requests") if r["request"] == "reqAccountUpdates"]
        return str(asked[-1]["values"]["acctCode"])

    eventually(lambda: last() == FIRST)
    again = client.get(f"/account/updates?acctCode={SECOND}").json()
    assert "MSFT" in symbols(again["updatePortfolio"])
    eventually(lambda: last() == FIRST)
