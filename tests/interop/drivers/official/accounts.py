"""The account, or an advisor's accounts."""

from __future__ import annotations

from xml.etree import ElementTree

from checks import check
from contracts import stock
from orders import filled, order, place


def hold(tws, symbol="V", quantity=10):
    filled(tws, place(tws, stock(symbol), order("BUY", quantity, "MKT")), quantity)


@check("positions")
def positions(tws):
    hold(tws)
    tws.ask("reqPositions")
    tws.until("positionEnd")
    (told,) = (each for each in tws.all("position") if each.contract.symbol == "V")
    assert told.account == "DU1234567"
    assert float(told.position) >= 10
    assert told.avgCost > 10
    assert told.contract.conId == 49462172


@check("portfolio")
def portfolio(tws):
    hold(tws)
    tws.ask("reqAccountUpdates", True, "DU1234567")
    tws.until("accountDownloadEnd", accountName="DU1234567")
    told = [each for each in tws.all("updatePortfolio") if each.contract.symbol == "V"][-1]
    assert float(told.position) >= 10
    assert abs(told.marketValue - float(told.position) * told.marketPrice) < 0.1
    assert (
        abs(told.unrealizedPNL - (told.marketPrice - told.averageCost) * float(told.position)) < 0.1
    )
    values = {(each.key, each.currency): each.val for each in tws.all("updateAccountValue")}
    assert float(values["NetLiquidation", "USD"]) > 100_000
    assert float(values["TotalCashBalance", "BASE"]) > 0
    assert {"BuyingPower", "AvailableFunds", "GrossPositionValue", "AccountType"} <= {
        key for key, _ in values
    }
    assert tws.until("updateAccountTime").timeStamp.count(":") == 1
    tws.ask("reqAccountUpdates", False, "DU1234567")


@check("account_summary")
def account_summary(tws):
    tws.ask("reqAccountSummary", 5, "All", "NetLiquidation,TotalCashValue,BuyingPower,AccountType")
    tws.until("accountSummaryEnd", reqId=5)
    told = {each.tag: each for each in tws.all("accountSummary", reqId=5)}
    assert set(told) == {"NetLiquidation", "TotalCashValue", "BuyingPower", "AccountType"}
    assert float(told["NetLiquidation"].value) > 100_000
    assert told["NetLiquidation"].currency == "USD"
    assert told["AccountType"].account == "DU1234567"
    assert told["AccountType"].value
    tws.ask("cancelAccountSummary", 5)


@check("pnl")
def pnl(tws):
    hold(tws)
    tws.ask("reqPnL", 5, "DU1234567", "")
    told = tws.until("pnl", reqId=5)
    assert all(abs(each) < 1e8 for each in (told.dailyPnL, told.unrealizedPnL, told.realizedPnL))
    assert any((told.dailyPnL, told.unrealizedPnL, told.realizedPnL))
    tws.ask("cancelPnL", 5)


@check("pnl_single")
def pnl_single(tws):
    hold(tws)
    tws.ask("reqPnLSingle", 5, "DU1234567", "", 49462172)
    told = tws.until("pnlSingle", reqId=5)
    assert float(told.pos) >= 10
    assert told.value > 100
    assert abs(told.unrealizedPnL) < 1e7
    tws.ask("cancelPnLSingle", 5)


@check("multi", at="advisor")
def several_accounts(tws):
    assert tws.until("managedAccounts").accountsList.split(",")[:3] == ["DF100", "DU101", "DU102"]
    hold_for = order("BUY", 10, "MKT", account="DU101")
    filled(tws, place(tws, stock("V"), hold_for), 10)
    tws.ask("reqPositionsMulti", 5, "DU101", "")
    tws.until("positionMultiEnd", reqId=5)
    held = {each.contract.symbol: each for each in tws.all("positionMulti", reqId=5)}
    assert float(held["V"].pos) >= 10
    assert held["V"].account == "DU101"
    assert held["V"].avgCost > 10
    tws.ask("reqAccountUpdatesMulti", 6, "DU102", "", False)
    tws.until("accountUpdateMultiEnd", reqId=6)
    values = {each.key: each for each in tws.all("accountUpdateMulti", reqId=6)}
    assert float(values["NetLiquidation"].value) > 1000
    assert values["NetLiquidation"].account == "DU102"
    tws.ask("reqAccountSummary", 7, "All", "NetLiquidation")
    tws.until("accountSummaryEnd", reqId=7)
    assert {"DU101", "DU102"} <= {each.account for each in tws.all("accountSummary", reqId=7)}


@check("fa_groups", at="advisor")
def advisors_groups(tws):
    old = (
        int(tws.client.serverVersion()) < 177
    )  # profiles were still apart, and groups had no amounts
    rows = "".join(
        f"<String>{each}</String>" if old else f"<Account><acct>{each}</acct></Account>"
        for each in ("DU101", "DU102")
    )
    method = "EqualQuantity" if old else "Equal"
    tws.ask("replaceFA", 5, 1, (
        f'<?xml version="1.0" encoding="UTF-8"?><ListOfGroups><Group><name>both</name><defaultMethod>{method}</defaultMethod>'
        f'<ListOfAccts varName="list">{rows}</ListOfAccts></Group></ListOfGroups>'
    ))  # fmt: skip
    tws.until("replaceFAEnd", reqId=5)
    tws.ask("requestFA", 1)
    told = tws.until("receiveFA")
    assert told.faData == 1
    (group,) = ElementTree.fromstring(told.cxml.encode())
    assert group.findtext("name") == "both"
    assert group.findtext("defaultMethod") == method
    more = {"faMethod": method} if old else {}
    filled(tws, place(tws, stock("IBM"), order("BUY", 40, "MKT", faGroup="both", **more)), 40)
    tws.ask("reqPositions")
    tws.until("positionEnd")
    held = {
        each.account: float(each.position)
        for each in tws.all("position")
        if each.contract.symbol == "IBM"
    }
    assert held == {"DU101": 20, "DU102": 20}, held


@check("family_codes")
def family_codes(tws):
    tws.ask("reqFamilyCodes")
    assert [each.accountID for each in tws.until("familyCodes").familyCodes] == ["DU1234567"]


@check("user_info")
def user_info(tws):
    tws.ask("reqUserInfo", 5)
    assert tws.until("userInfo", reqId=5).whiteBrandingId == ""


@check("soft_dollar_tiers")
def soft_dollar_tiers(tws):
    tws.ask("reqSoftDollarTiers", 5)
    assert list(tws.until("softDollarTiers", reqId=5).tiers) == []
