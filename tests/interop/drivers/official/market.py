"""What the market does now."""

from __future__ import annotations

from checks import check
from contracts import contract, option, stock


def subscribe(tws, wanted, ticks="", snapshot=False):
    request = tws.id()
    tws.ask("reqMktData", request, wanted, ticks, snapshot, False, [])
    return request


@check("live")
def live(tws):
    request = subscribe(tws, stock())
    assert tws.until("tickReqParams", tickerId=request).minTick == 0.01
    for kind in (1, 2, 4, 6, 7, 9):
        tws.until("tickPrice", reqId=request, tickType=kind, where=lambda tick: tick.price > 0)
    for kind in (0, 3, 5, 8):
        tws.until("tickSize", reqId=request, tickType=kind, where=lambda tick: tick.size >= 0)
    assert tws.until("tickString", reqId=request, tickType=45).value.isdigit()
    assert {told.marketDataType for told in tws.all("marketDataType", reqId=request)} <= {1}
    tws.control.do("quote", symbol="AAPL", bid=301.25, ask=301.5, last=301.3)
    for kind, price in ((1, 301.25), (2, 301.5), (4, 301.3)):
        tws.until("tickPrice", reqId=request, tickType=kind, price=price)
    tws.ask("cancelMktData", request)


@check("delayed", at="delayed")
def delayed(tws):
    tws.allow(354, 10089, 10167)
    request = subscribe(tws, stock())
    tws.until("error", where=lambda told: told.errorCode in (354, 10089), reqId=request)
    tws.ask("reqMarketDataType", 3)
    request = subscribe(tws, stock())
    assert tws.until("marketDataType", reqId=request).marketDataType == 3
    for kind in (66, 67, 68):
        tws.until("tickPrice", reqId=request, tickType=kind, where=lambda tick: tick.price > 0)
    for kind in (69, 70, 71):
        tws.until("tickSize", reqId=request, tickType=kind)


@check("frozen", at="closed")
def frozen(tws):
    tws.ask("reqMarketDataType", 2)
    request = subscribe(tws, stock())
    assert tws.until("marketDataType", reqId=request).marketDataType == 2
    bid, ask = (
        tws.until(
            "tickPrice", reqId=request, tickType=kind, where=lambda tick: tick.price > 0
        ).price
        for kind in (1, 2)
    )
    assert bid < ask


@check("snapshot")
def snapshot(tws):
    request = subscribe(tws, stock("MSFT"), snapshot=True)
    tws.until("tickSnapshotEnd", reqId=request)
    assert {1, 2, 4} <= {
        tick.tickType for tick in tws.all("tickPrice", reqId=request) if tick.price > 0
    }


@check("generic")
def generic(tws):
    request = subscribe(
        tws, stock(), "100,101,104,105,106,165,221,225,233,236,293,294,295,318,411,456"
    )
    for kind in (
        15,
        16,
        19,
        20,
        37,
        57,
    ):  # 13 and 52 weeks' lows and highs, mark price, last price of regular hours
        tws.until("tickPrice", reqId=request, tickType=kind, where=lambda tick: tick.price > 0)
    for kind in (21, 27, 28, 29, 30):  # average volume; open interest and volume of calls and puts
        tws.until("tickSize", reqId=request, tickType=kind, where=lambda tick: tick.size > 0)
    for kind in (
        23,
        24,
        46,
        54,
        58,
    ):  # volatilities, shortable, trade count, historical volatility in real time
        tws.until("tickGeneric", reqId=request, tickType=kind, where=lambda tick: tick.value > 0)
    sale = tws.until("tickString", reqId=request, tickType=48).value.split(";")
    assert len(sale) == 6
    assert sale[2].isdigit()
    assert sale[5] in ("true", "false")
    assert len(tws.until("tickString", reqId=request, tickType=59).value.split(",")) == 4


@check("greeks")
def greeks(tws):
    request = subscribe(
        tws, option(tws, "IBM", 8314, 225.0)
    )  # nobody moves IBM: it is at the money
    for kind in (10, 11, 12, 13):
        told = tws.until(
            "tickOptionComputation",
            reqId=request,
            tickType=kind,
            where=lambda tick: tick.delta is not None,
        )
        assert 0 < told.delta < 1
        assert 0.01 < told.impliedVol < 3
        assert told.gamma > 0
        assert told.vega > 0 > told.theta
        assert told.optPrice > 0
        assert told.undPrice > 10


def book(tws, wanted, callback, smart):
    """An order book: (position, operation, side, price) by side."""
    request = tws.id()
    tws.ask("reqMktDepth", request, wanted, 5, smart, [])
    for side in (0, 1):
        for position in range(3):
            tws.until(callback, reqId=request, side=side, position=position, operation=0)
    first = {side: tws.all(callback, reqId=request, side=side, operation=0)[:3] for side in (0, 1)}
    asks, bids = ([row.price for row in first[side]] for side in (0, 1))
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)
    assert 0 < bids[0] < asks[0]
    assert all(row.size > 0 for row in first[0] + first[1])
    tws.until(callback, reqId=request, operation=1)
    tws.ask("cancelMktDepth", request, smart)
    return first[0] + first[1]


@check("depth")
def depth(tws):
    book(tws, contract("EUR", "CASH", "IDEALPRO"), "updateMktDepth", False)
    rows = book(tws, stock(exchange="NASDAQ"), "updateMktDepthL2", False)
    assert all(row.marketMaker and row.isSmartDepth is False for row in rows)


@check("smart_depth")
def smart_depth(tws):
    tws.allow(2152)  # names the exchanges in the book
    rows = book(tws, stock(), "updateMktDepthL2", True)
    assert all(row.isSmartDepth for row in rows)
    assert len({row.marketMaker for row in rows}) > 1


def sales(tws, kind):
    request = tws.id()
    tws.ask("reqTickByTickData", request, stock(), kind, 0, False)
    tws.settle()
    for price in (302.1, 302.2):
        tws.control.do(
            "quote", symbol="AAPL", bid=price - 0.01, ask=price + 0.01, last=price, last_size=100
        )
        tws.until("tickByTickAllLast", reqId=request, price=price)
    first, *_ = tws.all("tickByTickAllLast", reqId=request)
    assert first.tickType == (1 if kind == "Last" else 2)
    assert first.size > 0
    assert first.exchange
    assert first.time > 1_700_000_000
    assert first.tickAttribLast.pastLimit is False
    tws.ask("cancelTickByTickData", request)


@check("tick_last")
def tick_last(tws):
    sales(tws, "Last")


@check("tick_all_last")
def tick_all_last(tws):
    sales(tws, "AllLast")


@check("tick_bid_ask")
def tick_bid_ask(tws):
    tws.ask("reqTickByTickData", 7, stock(), "BidAsk", 0, False)
    tws.settle()
    tws.control.do(
        "quote", symbol="AAPL", bid=303.1, ask=303.2, last=303.15, bid_size=700, ask_size=900
    )
    told = tws.until("tickByTickBidAsk", reqId=7, bidPrice=303.1, askPrice=303.2)
    assert (told.bidSize, told.askSize) == (700, 900)
    assert told.tickAttribBidAsk.bidPastLow is False


@check("tick_mid_point")
def tick_mid_point(tws):
    tws.ask("reqTickByTickData", 7, stock(), "MidPoint", 0, False)
    tws.settle()
    tws.control.do("quote", symbol="AAPL", bid=304.1, ask=304.2, last=304.15)
    tws.until("tickByTickMidPoint", reqId=7, where=lambda told: abs(told.midPoint - 304.15) < 1e-9)


@check("real_time_bars")
def real_time_bars(tws):
    tws.ask("reqRealTimeBars", 7, stock(), 5, "TRADES", False, [])
    bar = tws.until("realtimeBar", reqId=7)
    assert bar.time % 5 == 0
    assert bar.low <= min(bar.open_, bar.close) <= max(bar.open_, bar.close) <= bar.high
    assert bar.volume >= 0
    assert bar.count >= 0
    assert bar.low > 10
    tws.until("realtimeBar", reqId=7, time=bar.time + 5)
    tws.ask("cancelRealTimeBars", 7)


@check("calculate_volatility")
def calculate_volatility(tws):
    tws.ask("calculateImpliedVolatility", 7, option(tws), 15.0, 235.0, [])
    told = tws.until("tickOptionComputation", reqId=7, tickType=53)
    assert 0.01 < told.impliedVol < 5
    assert told.undPrice == 235
    assert told.optPrice == 15


@check("calculate_price")
def calculate_price(tws):
    found = option(tws)
    tws.ask("calculateOptionPrice", 7, found, 0.5, 235.0, [])
    told = tws.until("tickOptionComputation", reqId=7, tickType=53)
    assert 5 < told.optPrice < 100
    assert told.impliedVol == 0.5
    assert 0 < told.delta < 1
    tws.ask("calculateImpliedVolatility", 8, found, told.optPrice, 235.0, [])
    assert abs(tws.until("tickOptionComputation", reqId=8, tickType=53).impliedVol - 0.5) < 0.01
