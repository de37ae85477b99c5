"""Scanners, news, companies, and TWS itself."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from checks import check, soon
from contracts import contract, stock
from ibapi.scanner import ScannerSubscription
from orders import cancel, resting, status

try:
    from ibapi.common import WshEventData
except ImportError:  # before 10.19
    WshEventData = None


@check("scanner")
def scanner(tws):
    wanted = ScannerSubscription()
    wanted.instrument, wanted.locationCode, wanted.scanCode = "STK", "STK.US.MAJOR", "TOP_PERC_GAIN"
    wanted.numberOfRows = 10
    tws.ask("reqScannerSubscription", 5, wanted, [], [])
    tws.until("scannerDataEnd", reqId=5)
    rows = tws.all("scannerData", reqId=5)[:10]
    assert [row.rank for row in rows] == list(range(len(rows)))
    assert len(rows) >= 5
    assert all(
        row.contractDetails.contract.conId and row.contractDetails.contract.secType == "STK"
        for row in rows
    )
    tws.allow(162, 365)
    tws.ask("cancelScannerSubscription", 5)


@check("scanner_parameters")
def scanner_parameters(tws):
    tws.ask("reqScannerParameters")
    root = ElementTree.fromstring(tws.until("scannerParameters").xml.encode())
    assert "TOP_PERC_GAIN" in {each.text for each in root.iter("scanCode")}


@check("news_providers")
def news_providers(tws):
    tws.ask("reqNewsProviders")
    assert {"BRFG", "DJNL"} <= {each.code for each in tws.until("newsProviders").newsProviders}


def headlines(tws):
    tws.ask("reqHistoricalNews", 5, 265598, "BRFG+DJNL+BZ", "", "", 5, [])
    assert tws.until("historicalNewsEnd", requestId=5).hasMore
    found = tws.all("historicalNews", requestId=5)
    assert len(found) == 5
    return found


@check("news_history")
def news_history(tws):
    for each in headlines(tws):
        assert each.time.startswith("20")
        assert each.headline
        assert each.articleId.startswith(each.providerCode + "$")


@check("news_article")
def news_article(tws):
    newest = headlines(tws)[0]
    tws.ask("reqNewsArticle", 6, newest.providerCode, newest.articleId, [])
    told = tws.until("newsArticle", requestId=6)
    assert told.articleType in (0, 1)
    assert newest.headline.rpartition("}")[2].lstrip("!") in told.articleText
    assert len(told.articleText) > 100


@check("news_ticks")
def news_ticks(tws):
    tws.ask(
        "reqMktData", 5, contract("BRFG:BRFG_ALL", "NEWS", "BRFG"), "mdoff,292", False, False, []
    )
    tws.ask("reqMktData", 6, stock(), "mdoff,292:BRFG", False, False, [])
    tws.settle()
    made = tws.control.do("news", symbol="AAPL", headline="Apple does something", provider="BRFG")
    for request in (5, 6):
        told = tws.until("tickNews", tickerId=request, articleId=made)
        assert told.providerCode == "BRFG"
        assert told.headline.endswith("Apple does something")
        assert told.timeStamp > 1_600_000_000


@check("bulletins")
def bulletins(tws):
    tws.ask("reqNewsBulletins", True)
    tws.settle()
    tws.control.do("bulletin", text="The exchange opens late", exchange="NYSE", kind=2)
    told = tws.until("updateNewsBulletin", newsMessage="The exchange opens late")
    assert told.msgType == 2
    assert told.originExch == "NYSE"
    tws.ask("cancelNewsBulletins")


@check("fundamentals")
def fundamentals(tws):
    tws.ask("reqFundamentalData", 5, stock(), "ReportSnapshot", [])
    root = ElementTree.fromstring(tws.until("fundamentalData", reqId=5).data.encode())
    assert root.tag == "ReportSnapshot"
    assert len(list(root.iter())) > 20


@check("wsh")
def horizon(tws):
    tws.needs("wshMetaData")
    tws.ask("reqWshMetaData", 5)
    json.loads(tws.until("wshMetaData", reqId=5).dataJson)
    if WshEventData is None:
        tws.ask("reqWshEventData", 6, 265598)
    else:
        wanted = WshEventData()
        wanted.conId = 265598
        tws.ask(
            "reqWshEventData", 6, wanted, 173
        )  # 10.30 wants to be told which server version brought filters by date
    assert json.loads(tws.until("wshEventData", reqId=6).dataJson)


@check("display_groups")
def display_groups(tws):
    tws.ask("queryDisplayGroups", 5)
    assert tws.until("displayGroupList", reqId=5).groups.split("|")[0] == "1"
    tws.ask("subscribeToGroupEvents", 6, 1)
    tws.until("displayGroupUpdated", reqId=6)
    tws.ask("updateDisplayGroup", 6, "272093@SMART")
    tws.until("displayGroupUpdated", reqId=6, contractInfo="272093@SMART")
    tws.ask("unsubscribeFromGroupEvents", 6)


@check("current_time")
def current_time(tws):
    tws.ask("reqCurrentTime")
    seconds = tws.until("currentTime").time
    assert abs(seconds - tws.control.do("state")["clock"]["now"]) < 600
    if hasattr(tws.client, "reqCurrentTimeInMillis"):
        tws.ask("reqCurrentTimeInMillis")
        assert abs(tws.until("currentTimeInMillis").timeInMillis / 1000 - seconds) < 600


@check("farms")
def farm_notices(tws):
    for code in (2104, 2106, 2158):
        tws.until("error", errorCode=code)
    tws.control.do("farm", name="usfarm", state="broken")
    assert "usfarm" in tws.until("error", errorCode=2103).errorString
    tws.control.do("farm", name="usfarm", state="ok")
    soon(
        lambda: [
            each
            for each in tws.all("error")
            if each.errorCode == 2104 and "usfarm" in each.errorString
        ][1:],
        "the farm's return",
    )
    tws.allow(1100, 1102, 2110)
    tws.control.do("connectivity", up=False)
    tws.until("error", errorCode=1100)
    tws.control.do("connectivity", up=True)
    tws.until("error", errorCode=1102)


@check("restart")
def restart(tws):
    tws.allow(502, 504, 507)
    number = resting(tws, tif="GTC")
    tws.control.do("restart", seconds=4)
    tws.until("connectionClosed")
    soon(lambda: not tws.control.do("state")["restarting"], "the end of the restart")
    with tws.second(tws.client_id) as again:
        assert again.next_order_id > number
        told = again.until("openOrder", orderId=number) if again.all("openOrder") else None
        if told is None:
            again.ask("reqOpenOrders")
            told = again.until("openOrder", orderId=number)
        assert told.order.tif == "GTC"
        assert told.order.lmtPrice == 1.0
        cancel(again, number)
        status(again, number, "Cancelled")
