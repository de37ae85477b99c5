"""Contracts, the market now, and what it did."""

from __future__ import annotations

import itertools
import math

from checks import Absent, check
from session import api

AAPL, IBM = 265598, 8314


def stock(tws, symbol="AAPL", exchange="SMART"):
    made = api.Stock(symbol, exchange, "USD")
    assert tws.ib.qualifyContracts(made) == [made]
    assert made.conId > 0
    return made


def option(tws, symbol="AAPL", con_id=AAPL, strike=230.0):
    listed = next(
        each
        for each in tws.ib.reqSecDefOptParams(symbol, "", "STK", con_id)
        if each.exchange == "SMART"
    )
    made = api.Option(symbol, sorted(listed.expirations)[3], strike, "C", "SMART")
    assert tws.ib.qualifyContracts(made) == [made]
    assert made.conId > 0
    return made


def spread(tws):
    """Long the call of 230, short that of 240."""
    legs = [api.ComboLeg(conId=option(tws, strike=strike).conId, ratio=1, action=action, exchange="SMART")
            for strike, action in ((230.0, "BUY"), (240.0, "SELL"))]  # fmt: skip
    return api.Bag(symbol="AAPL", exchange="SMART", currency="USD", comboLegs=legs)


def one(tws, contract):
    (found,) = tws.ib.reqContractDetails(contract)
    return found


@check("connect")
def connect(tws):
    assert tws.ib.isConnected()
    assert tws.ib.managedAccounts() == ["DU1234567"]
    assert tws.ib.client.getReqId() > 0
    (told,) = (
        each for each in tws.control.do("state")["clients"] if each["client_id"] == tws.client_id
    )
    assert told["server_version"] == tws.ib.client.serverVersion()
    (ticker,) = tws.ib.reqTickers(stock(tws))
    assert 0 < ticker.bid < ticker.ask


@check("stock")
def a_stock(tws):
    assert stock(tws).conId == AAPL
    assert stock(tws).primaryExchange == "NASDAQ"
    found = one(tws, api.Stock("AAPL", "SMART", "USD"))
    assert found.longName.upper().startswith("APPLE")
    assert found.minTick == 0.01
    assert found.stockType == "COMMON"
    assert len(found.tradingSessions() if hasattr(found, "tradingSessions") else [1]) > 0
    assert found.timeZoneId == "US/Eastern"
    assert ("ISIN", "US0378331005") in [
        tuple(each) if isinstance(each, tuple) else (each.tag, each.value)
        for each in found.secIdList
    ]
    tws.allow(200)
    assert not [
        each for each in tws.ib.qualifyContracts(api.Stock("NOSUCH", "SMART", "USD")) if each
    ]
    tws.error(200)


@check("option")
def an_option(tws):
    found = one(tws, option(tws))
    assert found.underConId == AAPL
    assert found.contract.multiplier == "100"
    assert found.contract.strike == 230
    assert found.realExpirationDate == found.contract.lastTradeDateOrContractMonth


@check("future")
def futures(tws):
    found = tws.ib.reqContractDetails(api.Future("ES", exchange="CME"))
    assert len(found) >= 4
    assert {each.contract.multiplier for each in found} == {"50"}
    front = api.ContFuture("ES", "CME")
    assert tws.ib.qualifyContracts(front)
    assert front.conId == min(found, key=lambda each: each.realExpirationDate).contract.conId


@check("forex")
def forex(tws):
    pair = api.Forex("EURUSD")
    assert tws.ib.qualifyContracts(pair)
    assert pair.conId == 12087792
    assert pair.localSymbol == "EUR.USD"


@check("bond")
def bond(tws):
    found = one(tws, api.Bond(symbol="US912810TL26", exchange="SMART", currency="USD"))
    assert found.contract.conId == 594912341
    assert found.coupon > 0
    assert len(found.maturity) >= 8


@check("index")
def index(tws):
    wanted = api.Index("SPX", "CBOE")
    assert tws.ib.qualifyContracts(wanted)
    assert wanted.conId == 416904


@check("crypto")
def crypto(tws):
    wanted = api.Crypto("BTC", "PAXOS", "USD")
    assert tws.ib.qualifyContracts(wanted)
    assert wanted.conId == 479624278


@check("combo")
def combo(tws):
    ticker = tws.ib.reqMktData(spread(tws))
    tws.until(lambda: ticker.bid > 0 and ticker.ask > 0, "quotes of a combo")
    assert 0 < ticker.bid <= ticker.ask + 1 < 12


@check("symbols")
def symbols(tws):
    found = {each.contract.conId: each for each in tws.ib.reqMatchingSymbols("AAP")}
    assert found[AAPL].contract.symbol == "AAPL"
    assert "OPT" in found[AAPL].derivativeSecTypes


@check("option_parameters")
def option_parameters(tws):
    chains = tws.ib.reqSecDefOptParams("AAPL", "", "STK", AAPL)
    assert {"SMART", "CBOE"} <= {each.exchange for each in chains}
    assert all(
        230.0 in each.strikes and len(each.expirations) >= 8 and each.multiplier == "100"
        for each in chains
    )
    chain = next(each for each in chains if each.exchange == "SMART")
    strikes = [strike for strike in chain.strikes if 220 <= strike <= 240]
    wanted = [
        api.Option("AAPL", sorted(chain.expirations)[3], strike, right, "SMART")
        for right in "PC"
        for strike in strikes
    ]
    assert tws.ib.qualifyContracts(*wanted) == wanted
    assert len({each.conId for each in wanted}) == len(wanted) >= 10


@check("market_rule")
def market_rule(tws):
    assert [(row.lowEdge, row.increment) for row in tws.ib.reqMarketRule(26)] == [(0.0, 0.01)]


@check("smart_components")
def smart_components(tws):
    ticker = tws.ib.reqMktData(stock(tws))
    letters = (
        tws.until(lambda: ticker.bboExchange, "bboExchange")
        if hasattr(ticker, "bboExchange")
        else None
    )
    found = tws.ib.reqSmartComponents(letters or "9c0001")
    assert "NASDAQ" in {each.exchange for each in found}
    assert len({each.exchangeLetter for each in found}) == len(found) > 5


@check("depth_exchanges")
def depth_exchanges(tws):
    assert ("NASDAQ", "STK", "Deep2") in {
        (each.exchange, each.secType, each.serviceDataType)
        for each in tws.ib.reqMktDepthExchanges()
    }


# --- now ---


@check("live")
def live(tws):
    ticker = tws.ib.reqMktData(stock(tws))
    names = (
        "bid",
        "ask",
        "last",
        "high",
        "low",
        "close",
        "bidSize",
        "askSize",
        "lastSize",
        "volume",
    )
    tws.until(lambda: all(getattr(ticker, name) >= 0 for name in names), "all ticks")
    seen = []
    ticker.updateEvent += lambda each: seen.append((each.bid, each.ask, each.last))

    def shown():
        """Its events come once for all ticks of a moment, and the next tick may be in the same one:
        so it is tried again.
        """
        tws.control.do("quote", symbol="AAPL", bid=301.25, ask=301.5, last=301.3)
        tws.ib.sleep(0.01)
        return (301.25, 301.5, 301.3) in seen

    tws.until(shown, "the new quote")
    tws.ib.cancelMktData(ticker.contract)


@check("delayed", at="delayed")
def delayed(tws):
    tws.allow(354, 10089, 10167, 300)
    contract = stock(tws)
    tws.ib.reqMktData(contract)
    tws.error(354, 10089)
    tws.ib.cancelMktData(contract)
    tws.ib.reqMarketDataType(3)
    ticker = tws.ib.reqMktData(contract)
    tws.until(
        lambda: ticker.bid > 0 and ticker.ask > ticker.bid and ticker.last > 0, "delayed ticks"
    )
    assert ticker.marketDataType == 3


@check("frozen", at="closed")
def frozen(tws):
    tws.ib.reqMarketDataType(2)
    ticker = tws.ib.reqMktData(stock(tws))
    tws.until(lambda: ticker.bid > 0 and ticker.ask > ticker.bid, "frozen ticks")
    assert ticker.marketDataType == 2


@check("snapshot")
def snapshot(tws):
    tickers = tws.ib.reqTickers(stock(tws, "MSFT"), stock(tws, "IBM"))
    assert all(0 < each.bid < each.ask and each.marketPrice() > 0 for each in tickers)
    assert len(tickers) == 2


@check("generic")
def generic(tws):
    ticker = tws.ib.reqMktData(
        stock(tws), "100,101,104,105,106,165,221,225,233,236,293,294,295,318,411,456"
    )
    names = [
        "markPrice",
        "low13week",
        "high52week",
        "avVolume",
        "callOpenInterest",
        "putOpenInterest",
        "callVolume",
        "putVolume",
    ]
    names += [
        "histVolatility",
        "impliedVolatility",
        "shortableShares",
        "tradeCount",
        "rtHistVolatility",
        "lastRthTrade",
        "rtVolume",
    ]
    tws.until(lambda: all(getattr(ticker, name) > 0 for name in names if hasattr(ticker, name)),
              f"generic ticks {[(name, getattr(ticker, name, None)) for name in names]}")  # fmt: skip
    tws.until(lambda: ticker.dividends and ticker.dividends.next12Months is not None, "dividends")


@check("greeks")
def greeks(tws):
    ticker = tws.ib.reqMktData(option(tws, "IBM", IBM, 225.0))
    names = ("bidGreeks", "askGreeks", "lastGreeks", "modelGreeks")
    tws.until(
        lambda: all(getattr(ticker, name) and getattr(ticker, name).delta for name in names),
        "greeks",
    )
    for told in (getattr(ticker, name) for name in names):
        assert 0 < told.delta < 1
        assert 0.01 < told.impliedVol < 3
        assert told.gamma > 0
        assert told.vega > 0 > told.theta
        assert told.undPrice > 10


def book(tws, contract, smart):
    ticker = tws.ib.reqMktDepth(contract, 5, smart)
    tws.until(lambda: len(ticker.domBids) >= 3 and len(ticker.domAsks) >= 3, "a book")
    bids, asks = ([row.price for row in rows] for rows in (ticker.domBids, ticker.domAsks))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    makers = {row.marketMaker for row in (*ticker.domBids, *ticker.domAsks)}
    tws.ib.cancelMktDepth(contract, smart)
    return makers


@check("depth")
def depth(tws):
    pair = api.Forex("EURUSD")
    tws.ib.qualifyContracts(pair)
    assert book(tws, pair, False) == {""}
    assert all(book(tws, stock(tws, exchange="NASDAQ"), False))


@check("smart_depth")
def smart_depth(tws):
    tws.allow(2152)  # names the exchanges in the book
    assert len(book(tws, stock(tws), True)) > 1


def ticks(tws, kind, found):
    contract = stock(tws)
    ticker, seen = tws.ib.reqTickByTickData(contract, kind), []
    ticker.updateEvent += lambda each: seen.extend(each.tickByTicks)
    tws.settle()
    tws.control.do(
        "quote",
        symbol="AAPL",
        bid=302.1,
        ask=302.3,
        last=302.2,
        bid_size=700,
        ask_size=900,
        last_size=100,
    )
    told = tws.until(lambda: [each for each in seen if found(each)], "a tick")[0]
    tws.ib.cancelTickByTickData(contract, kind)
    return told


@check("tick_last")
def tick_last(tws):
    told = ticks(tws, "Last", lambda tick: tick.price == 302.2)
    assert told.size > 0
    assert told.exchange
    assert told.tickType == 1


@check("tick_all_last")
def tick_all_last(tws):
    assert ticks(tws, "AllLast", lambda tick: tick.price == 302.2).tickType == 2


@check("tick_bid_ask")
def tick_bid_ask(tws):
    told = ticks(tws, "BidAsk", lambda tick: (tick.bidPrice, tick.askPrice) == (302.1, 302.3))
    assert (told.bidSize, told.askSize) == (700, 900)


@check("tick_mid_point")
def tick_mid_point(tws):
    ticks(tws, "MidPoint", lambda tick: math.isclose(tick.midPoint, 302.2))


@check("real_time_bars")
def real_time_bars(tws):
    bars = tws.ib.reqRealTimeBars(stock(tws), 5, "TRADES", False)
    tws.until(lambda: len(bars) > 1, "two bars")
    first, second = bars[:2]
    assert (second.time - first.time).total_seconds() == 5
    assert 10 < first.low <= first.open_ <= first.high
    assert first.volume >= 0
    tws.ib.cancelRealTimeBars(bars)


@check("calculate_volatility")
def calculate_volatility(tws):
    told = tws.ib.calculateImpliedVolatility(option(tws), 15.0, 235.0)
    assert told
    assert 0.01 < told.impliedVol < 5


@check("calculate_price")
def calculate_price(tws):
    contract = option(tws)
    told = tws.ib.calculateOptionPrice(contract, 0.5, 235.0)
    assert told
    assert 5 < told.optPrice < 100
    assert (
        abs(tws.ib.calculateImpliedVolatility(contract, told.optPrice, 235.0).impliedVol - 0.5)
        < 0.01
    )


# --- then ---


@check("bars")
def history(tws):
    bars = tws.ib.reqHistoricalData(stock(tws), "", "2 D", "1 hour", "TRADES", True)
    assert len(bars) >= 8
    assert all(
        bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars
    )
    assert all(bar.volume > 0 and bar.barCount > 0 for bar in bars)
    assert all(a.date < b.date for a, b in itertools.pairwise(bars))
    days = tws.ib.reqHistoricalData(stock(tws), "", "1 M", "1 day", "BID_ASK", True)
    assert 15 <= len(days) <= 31
    assert days[-1].date.year == 2026


@check("keep_up_to_date")
def keep_up_to_date(tws):
    bars = tws.ib.reqHistoricalData(
        stock(tws), "", "600 S", "5 secs", "TRADES", True, keepUpToDate=True
    )
    before, fresh = len(bars), []
    bars.updateEvent += lambda bars, is_new: fresh.append(is_new)
    tws.until(lambda: len(bars) > before + 1 and True in fresh, "new bars")
    assert bars[-1].date > bars[-2].date
    assert bars[-2].low <= bars[-2].close <= bars[-2].high
    tws.allow(162)
    tws.ib.cancelHistoricalData(bars)


@check("historical_ticks")
def historical_ticks(tws):
    contract = stock(tws)
    for show in ("TRADES", "BID_ASK", "MIDPOINT"):
        found = tws.ib.reqHistoricalTicks(
            contract, "20260413 11:00:00 US/Eastern", "", 20, show, True
        )
        assert len(found) >= 20
        assert all(a.time <= b.time for a, b in itertools.pairwise(found))
        assert all(
            0 < tick.priceBid <= tick.priceAsk if show == "BID_ASK" else tick.price > 0
            for tick in found
        )


@check("head")
def head(tws):
    assert tws.ib.reqHeadTimeStamp(stock(tws), "TRADES", True, 1).year < 2020


@check("histogram")
def histogram(tws):
    found = tws.ib.reqHistogramData(stock(tws), True, "1 week")
    assert len(found) > 3
    assert all(each.price > 10 and each.count > 0 for each in found)


@check("schedule", at="closed")
def schedule(tws):
    if not hasattr(tws.ib, "reqHistoricalSchedule"):
        raise Absent
    told = tws.ib.reqHistoricalSchedule(stock(tws), 4, "20260410 16:00:00 US/Eastern")
    assert told.timeZone == "US/Eastern"
    assert len(told.sessions) == 4
    assert told.sessions[-1].startDateTime == "20260410-09:30:00"
    assert told.sessions[-1].refDate == "20260410"
