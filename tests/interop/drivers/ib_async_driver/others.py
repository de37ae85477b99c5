"""Scanners, news, companies, and TWS itself."""

from __future__ import annotations

import json
from contextlib import suppress
from xml.etree import ElementTree

from checks import Absent, check
from data import AAPL, stock
from session import api
from trading import resting, status


@check("scanner")
def scanner(tws):
    wanted = api.ScannerSubscription(
        numberOfRows=10, instrument="STK", locationCode="STK.US.MAJOR", scanCode="TOP_PERC_GAIN"
    )
    rows = tws.ib.reqScannerData(wanted)
    assert [row.rank for row in rows] == list(range(len(rows)))
    assert len(rows) >= 5
    assert all(row.contractDetails.contract.conId for row in rows)
    tws.allow(162)


@check("scanner_parameters")
def scanner_parameters(tws):
    root = ElementTree.fromstring(tws.ib.reqScannerParameters().encode())
    assert "TOP_PERC_GAIN" in {each.text for each in root.iter("scanCode")}


@check("news_providers")
def news_providers(tws):
    assert {"BRFG", "DJNL"} <= {each.code for each in tws.ib.reqNewsProviders()}


def headlines(tws):
    found = tws.ib.reqHistoricalNews(AAPL, "BRFG+DJNL+BZ", "", "", 5)
    return found if isinstance(found, list) else [found]  # ib_insync hands back the last one only


@check("news_history")
def news_history(tws):
    found = headlines(tws)
    assert found
    assert all(
        each.headline
        and each.articleId.startswith(each.providerCode + "$")
        and each.time.year > 2000
        for each in found
    )


@check("news_article")
def news_article(tws):
    newest = headlines(tws)[0]
    assert len(tws.ib.reqNewsArticle(newest.providerCode, newest.articleId).articleText) > 100


@check("news_ticks")
def news_ticks(tws):
    tws.ib.reqMktData(stock(tws), "mdoff,292:BRFG")
    tws.settle()
    tws.control.do("news", symbol="AAPL", headline="Apple does something", provider="BRFG")
    told = tws.until(
        lambda: [
            each for each in tws.ib.newsTicks() if each.headline.endswith("Apple does something")
        ],
        "news",
    )[0]
    assert told.providerCode == "BRFG"
    assert told.articleId.startswith("BRFG$")


@check("bulletins")
def bulletins(tws):
    tws.ib.reqNewsBulletins(True)
    tws.settle()
    tws.control.do("bulletin", text="The exchange opens late", exchange="NYSE", kind=2)
    told = tws.until(
        lambda: [
            each for each in tws.ib.newsBulletins() if each.message == "The exchange opens late"
        ],
        "a bulletin",
    )[0]
    assert told.msgType == 2
    assert told.origExchange == "NYSE"
    tws.ib.cancelNewsBulletins()


@check("fundamentals")
def fundamentals(tws):
    root = ElementTree.fromstring(tws.ib.reqFundamentalData(stock(tws), "ReportSnapshot").encode())
    assert root.tag == "ReportSnapshot"
    assert len(list(root.iter())) > 20


@check("wsh")
def horizon(tws):
    if not hasattr(tws.ib, "getWshMetaData"):
        raise Absent
    assert json.loads(tws.ib.getWshMetaData())
    assert json.loads(tws.ib.getWshEventData(api.WshEventData(conId=AAPL)))
    tws.ib.cancelWshEventData()
    tws.ib.cancelWshMetaData()


@check("display_groups")
def display_groups(tws):
    raise Absent


@check("current_time")
def current_time(tws):
    assert abs(tws.ib.reqCurrentTime().timestamp() - tws.control.do("state")["clock"]["now"]) < 600


@check("farms")
def farm_notices(tws):
    for code in (2104, 2106, 2158):
        tws.error(code)
    tws.control.do("farm", name="usfarm", state="broken")
    assert "usfarm" in tws.error(2103)
    tws.control.do("farm", name="usfarm", state="ok")
    tws.until(
        lambda: [text for _, code, text in tws.errors if code == 2104 and "usfarm" in text][1:],
        "the farm's return",
    )
    tws.allow(1100, 1102, 2110)
    tws.control.do("connectivity", up=False)
    tws.error(1100)
    tws.control.do("connectivity", up=True)
    tws.error(1102)


@check("restart")
def restart(tws):
    trade, gone = resting(tws, tif="GTC"), []
    tws.ib.disconnectedEvent += lambda: gone.append(True)
    tws.control.do("restart", seconds=4)
    with suppress(ConnectionError):  # which its event loop raises then
        tws.until(lambda: gone, "the disconnection")
    tws.until(lambda: not tws.control.do("state")["restarting"], "the end of the restart")
    with tws.second(tws.client_id) as again:
        (found,) = (
            each for each in again.ib.openTrades() if each.order.permId == trade.order.permId
        )
        assert found.order.tif == "GTC"
        assert found.order.lmtPrice == 1.0
        again.ib.cancelOrder(found.order)
        status(again, found, "Cancelled")
