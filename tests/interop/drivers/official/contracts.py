"""Contracts and what there is to know of them."""

from __future__ import annotations

from checks import check
from ibapi.contract import ComboLeg, Contract


def contract(symbol, kind, exchange="SMART", currency="USD", **more):
    made = Contract()
    made.symbol, made.secType, made.exchange, made.currency = symbol, kind, exchange, currency
    for name, value in more.items():
        assert hasattr(made, name), name
        setattr(made, name, value)
    return made


def stock(symbol="AAPL", exchange="SMART"):
    return contract(symbol, "STK", exchange)


def details(tws, wanted, callback="contractDetails"):
    request = tws.id()
    tws.ask("reqContractDetails", request, wanted)
    tws.until("contractDetailsEnd", reqId=request)
    return [told.contractDetails for told in tws.all(callback, reqId=request)]


def chain(tws, symbol="AAPL", con_id=265598):
    request = tws.id()
    tws.ask("reqSecDefOptParams", request, symbol, "", "STK", con_id)
    tws.until("securityDefinitionOptionParameterEnd", reqId=request)
    return tws.all("securityDefinitionOptionParameter", reqId=request)


def option(tws, symbol="AAPL", con_id=265598, strike=230.0, right="C"):
    """The option of the fourth expiry, with its contract id."""
    listed = next(each for each in chain(tws, symbol, con_id) if each.exchange == "SMART")
    expiry = sorted(listed.expirations)[3]
    found = details(
        tws,
        contract(symbol, "OPT", lastTradeDateOrContractMonth=expiry, strike=strike, right=right),
    )
    assert len(found) == 1
    return found[0].contract


def spread(tws):
    """Long the call of 230, short that of 240."""
    combo = contract("AAPL", "BAG")
    combo.comboLegs = []
    for strike, action in ((230.0, "BUY"), (240.0, "SELL")):
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = (
            option(tws, strike=strike).conId,
            1,
            action,
            "SMART",
        )
        combo.comboLegs.append(leg)
    return combo


@check("connect")
def connect(tws):
    assert tws.next_order_id > 0
    assert tws.until("managedAccounts").accountsList == "DU1234567"
    (told,) = (
        each for each in tws.control.do("state")["clients"] if each["client_id"] == tws.client_id
    )
    assert told["server_version"] == tws.client.serverVersion()
    assert details(tws, stock())[0].contract.conId == 265598
    tws.ask("reqMktData", 1, stock(), "", False, False, [])
    tws.until("tickPrice", reqId=1, tickType=1, where=lambda tick: 10 < tick.price < 1000)


@check("stock")
def a_stock(tws):
    (found,) = details(tws, stock())
    assert found.contract.conId == 265598
    assert found.contract.primaryExchange == "NASDAQ"
    assert found.contract.tradingClass == "NMS"
    assert found.longName.upper().startswith("APPLE")
    assert found.minTick == 0.01
    assert found.timeZoneId == "US/Eastern"
    assert "SMART" in found.validExchanges.split(",")
    assert "LMT" in found.orderTypes.split(",")
    assert ":" in found.tradingHours
    assert ":" in found.liquidHours
    assert found.stockType == "COMMON"
    assert ("ISIN", "US0378331005") in [(each.tag, each.value) for each in found.secIdList]
    assert found.industry
    assert found.category
    assert found.marketRuleIds.split(",")[0] == "26"
    request = tws.id()
    tws.allow(200)
    tws.ask("reqContractDetails", request, stock("NOSUCH"))
    tws.until("error", errorCode=200)


@check("option")
def an_option(tws):
    found = option(tws)
    (told,) = details(tws, contract("", "OPT", conId=found.conId))
    assert told.contract.right == "C"
    assert told.contract.strike == 230
    assert told.contract.multiplier == "100"
    assert told.underConId == 265598
    assert told.underSymbol == "AAPL"
    assert told.underSecType == "STK"
    assert (
        told.contract.lastTradeDateOrContractMonth
        == found.lastTradeDateOrContractMonth
        == told.realExpirationDate
    )
    assert told.contract.localSymbol.startswith("AAPL  ")
    assert told.contractMonth == told.realExpirationDate[:6]


@check("future")
def futures(tws):
    found = details(tws, contract("ES", "FUT", "CME"))
    assert len(found) >= 4
    for each in found:
        assert each.contract.multiplier == "50"
        assert each.minTick == 0.25
        assert each.marketName == "ES"
        assert each.underSecType == "IND"
        assert each.contract.localSymbol.startswith("ES")
        assert len(each.contract.lastTradeDateOrContractMonth) == 8
    assert len({each.contract.conId for each in found}) == len(found)


@check("forex")
def forex(tws):
    (found,) = details(tws, contract("EUR", "CASH", "IDEALPRO"))
    assert found.contract.conId == 12087792
    assert found.contract.localSymbol == "EUR.USD"
    assert found.minTick == 5e-05


@check("bond")
def bond(tws):
    found = details(tws, contract("US912810TL26", "BOND"), "bondContractDetails")
    assert [each.contract.conId for each in found] == [594912341]
    assert found[0].cusip or found[0].secIdList
    assert found[0].coupon > 0
    assert len(found[0].maturity) >= 8
    assert found[0].minTick > 0


@check("index")
def index(tws):
    (found,) = details(tws, contract("SPX", "IND", "CBOE"))
    assert found.contract.conId == 416904
    assert found.contract.secType == "IND"
    assert found.longName


@check("crypto")
def crypto(tws):
    (found,) = details(tws, contract("BTC", "CRYPTO", "PAXOS"))
    assert found.contract.conId == 479624278
    assert found.contract.localSymbol == "BTC.USD"
    if hasattr(found, "minSize"):
        assert float(found.minSize) == 1e-08


@check("combo")
def combo(tws):
    tws.ask("reqMktData", 1, spread(tws), "", False, False, [])
    bid = tws.until("tickPrice", reqId=1, tickType=1, where=lambda tick: tick.price > 0).price
    ask = tws.until("tickPrice", reqId=1, tickType=2, where=lambda tick: tick.price > 0).price
    assert 0 < bid <= ask + 1 < 12


@check("symbols")
def symbols(tws):
    tws.ask("reqMatchingSymbols", 5, "AAP")
    found = tws.until("symbolSamples", reqId=5).contractDescriptions
    (apple,) = (
        each
        for each in found
        if (each.contract.symbol, each.contract.secType, each.contract.currency)
        == ("AAPL", "STK", "USD")  # there are listings in other currencies too
    )
    assert apple.contract.conId == 265598
    assert apple.contract.primaryExchange == "NASDAQ"
    assert "OPT" in apple.derivativeSecTypes


@check("option_parameters")
def option_parameters(tws):
    listed = chain(tws)
    assert {"SMART", "CBOE"} <= {each.exchange for each in listed}
    for each in listed:
        assert each.underlyingConId == 265598
        assert each.tradingClass == "AAPL"
        assert each.multiplier == "100"
        assert 230.0 in each.strikes
        assert len(each.expirations) >= 8
        assert all(len(day) == 8 for day in each.expirations)


@check("market_rule")
def market_rule(tws):
    tws.ask("reqMarketRule", 26)
    rows = tws.until("marketRule", marketRuleId=26).priceIncrements
    assert [(row.lowEdge, row.increment) for row in rows] == [(0.0, 0.01)]


@check("smart_components")
def smart_components(tws):
    tws.ask("reqMktData", 1, stock(), "", False, False, [])
    letters = tws.until("tickReqParams", tickerId=1).bboExchange
    tws.ask("reqSmartComponents", 2, letters)
    found = tws.until("smartComponents", reqId=2).smartComponentMap
    # over Protocol Buffers it is by bit number
    rows = (
        found.values()
        if isinstance(found, dict)
        else [(each.exchange, each.exchangeLetter) for each in found]
    )
    assert "NASDAQ" in {exchange for exchange, _ in rows}
    assert len({letter for _, letter in rows}) == len(rows) > 5


@check("depth_exchanges")
def depth_exchanges(tws):
    tws.ask("reqMktDepthExchanges")
    found = tws.until("mktDepthExchanges").depthMktDataDescriptions
    assert ("NASDAQ", "STK", "Deep2") in {
        (each.exchange, each.secType, each.serviceDataType) for each in found
    }
