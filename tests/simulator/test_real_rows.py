"""Rows of docs/real_tws.md that have no test elsewhere: what a real TWS was seen or is documented to
do, on the profile gw10.40.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.order_condition import TimeCondition
from ibapi_port.scanner import ScannerSubscription
from ibapi_port.simulator.errors import Refusal
from ibapi_port.simulator.trading.matching.triggers import (
    BID_ASK,
    DOUBLE_BID_ASK,
    LAST,
    Watch,
    default_method,
)
from ibapi_port.tag_value import TagValue

from .helpers import Desk, FakePeer, front_option, order, stock


@pytest.fixture
def desk() -> Desk:
    return Desk(tick_interval=1e9, profile="gw10.40")


@pytest.fixture
def peer(desk: Desk) -> FakePeer:
    return desk.client()


def place(peer: FakePeer, order_id: int, contract: Contract, **attributes: Any) -> None:
    kind = attributes.pop("kind", "LMT")
    made = order("BUY", "1", kind, **{"tif": "DAY", "lmtPrice": 100.0, **attributes})
    peer.ask("placeOrder", orderId=order_id, contract=contract, order=made)


# --- triggers ---


def test_the_default_trigger_of_each_kind(desk: Desk) -> None:
    instruments = desk.world.instruments
    option = instruments.one(front_option())
    assert default_method(option) == DOUBLE_BID_ASK
    assert default_method(desk.instrument("AAPL")) == LAST
    assert default_method(desk.instrument("EUR.USD")) == BID_ASK
    instruments.add_stock("THIN", primary_exchange="PINK", exchanges=["SMART", "PINK"])
    assert default_method(desk.instrument("THIN")) == DOUBLE_BID_ASK


def test_a_trade_is_no_second_bid(desk: Desk) -> None:
    quote = desk.quote("AAPL")
    watch = Watch(desk.instrument("AAPL"), DOUBLE_BID_ASK, upward=True)
    level = quote.bid
    assert not watch.reached(quote, level)
    traded = quote._replace(volume=quote.volume + 100, last=level)
    assert not watch.reached(traded, level)
    assert watch.reached(traded._replace(bid_size=quote.bid_size + 100), level)


def test_a_new_bid_is_no_second_trade(desk: Desk) -> None:
    quote = desk.quote("AAPL")
    watch = Watch(desk.instrument("AAPL"), 3, upward=True)
    assert not watch.reached(quote, quote.last)
    quoted = quote._replace(bid_size=quote.bid_size + 100)
    assert not watch.reached(quoted, quote.last)
    assert watch.reached(quoted._replace(volume=quote.volume + 100), quote.last)


def test_a_stop_on_an_option_takes_two_bids(desk: Desk, peer: FakePeer) -> None:
    option = desk.world.instruments.one(front_option())
    quote = desk.quote_of(option)
    level = quote.ask + Decimal("0.10")
    contract = option.contract("SMART")
    place(peer, 1, contract, kind="STP", lmtPrice=0.0, auxPrice=float(level))
    desk.advance(2)
    for held, size in ((True, 10), (False, 20)):
        desk.world.market.set_quote(
            option, bid=level, ask=level + Decimal("0.10"), bid_size=Decimal(size)
        )
        assert (peer.all("execDetails") == []) is held


# --- times, algorithms ---


@pytest.mark.parametrize("field", ["goodTillDate", "goodAfterTime", "condition"])
def test_a_date_alone_is_no_time_of_an_order(peer: FakePeer, field: str) -> None:
    date = "20260420"
    if field == "condition":
        condition = TimeCondition()
        condition.time, condition.isMore = date, True
        attributes: dict[str, Any] = {"conditions": [condition]}
    else:
        attributes = {field: date, "tif": "GTD" if field == "goodTillDate" else "DAY"}
    with pytest.raises(Refusal) as refused:
        place(peer, 1, stock(), **attributes)
    assert refused.value.code == 10314
    assert date in refused.value.text


@pytest.mark.parametrize(
    ("tag", "value", "code"),
    [
        ("activeTimeStart", "20260416 12:00:00 US/Eastern", 0),
        ("activeTimeEnd", "20260426 12:00:00 US/Eastern", 441),
        ("activeTimeStart", "soon", 441),
        ("startTime", "25:61:00 US/Eastern", 441),
        ("startTime", "10:00:00 US/Eastern", 0),
    ],
)
def test_times_of_algorithms(peer: FakePeer, tag: str, value: str, code: int) -> None:
    attributes = {"algoStrategy": "AD", "algoParams": [TagValue(tag, value)]}
    if not code:
        place(peer, 1, stock(), **attributes)
        return
    with pytest.raises(Refusal) as refused:
        place(peer, 1, stock(), **attributes)
    assert refused.value.code == code
    assert tag in refused.value.text


# --- accounts ---


def test_the_tags_of_a_summary_come_in_alphabetical_order(peer: FakePeer) -> None:
    tags = "NetLiquidation,Cushion,BuyingPower,AccountType,Cushion"
    peer.ask("reqAccountSummary", reqId=1, groupName="All", tags=tags)
    rows = {row["tag"]: row["value"] for row in peer.all("accountSummary")}
    assert [row["tag"] for row in peer.all("accountSummary")] == sorted({*tags.split(",")})
    assert rows["Cushion"] == "1"


def test_the_cushion_has_six_digits(desk: Desk, peer: FakePeer) -> None:
    account = desk.world.account
    account.trade(desk.instrument("AAPL"), Decimal(777), Decimal(230), Decimal(1))
    peer.ask("reqAccountSummary", reqId=1, groupName="All", tags="Cushion")
    assert len(peer.last("accountSummary")["value"].partition(".")[2]) in (5, 6)


def test_a_what_if_writes_numbers_as_a_gateway_does(desk: Desk, peer: FakePeer) -> None:
    place(peer, 1, stock(), whatIf=True)
    desk.advance(1)
    state = peer.last("openOrder")["orderState"]
    assert state.initMarginBefore == "0.0"
    for name in ("initMargin", "maintMargin", "equityWithLoan"):
        before, change, after = (
            getattr(state, f"{name}{which}") for which in ("Before", "Change", "After")
        )
        assert change == repr(float(after) - float(before))
        assert [before, after] == [repr(float(before)), repr(float(after))]


# --- history ---


def test_historical_quotes_begin_with_the_one_before_the_start(peer: FakePeer) -> None:
    peer.ask(
        "reqHistoricalTicks",
        reqId=1,
        contract=stock(),
        startDateTime="20260413 12:00:00 US/Eastern",
        endDateTime="",
        numberOfTicks=3,
        whatToShow="BID_ASK",
        useRth=1,
        ignoreSize=False,
        miscOptions=[],
    )
    times = [tick.time for tick in peer.last("historicalTicksBidAsk")["ticks"]]
    noon = 1_776_096_000
    assert times[0] < noon <= times[1]
    assert len(times) >= 3


# --- symbols ---


def test_matching_symbols_bring_listings_abroad(peer: FakePeer) -> None:
    peer.ask("reqMatchingSymbols", reqId=1, pattern="aapl")
    found = peer.last("symbolSamples")["contractDescriptions"]
    first = found[0]
    assert first.contract.primaryExchange == "NASDAQ"
    assert list(first.derivativeSecTypes) == ["CFD", "OPT", "IOPT", "WAR", "BAG"]
    listed = {(each.contract.primaryExchange, each.contract.currency) for each in found}
    assert {("NASDAQ", "USD"), ("MEXI", "MXN"), ("EBS", "CHF")} <= listed


def test_a_further_stock_is_listed_abroad_too(peer: FakePeer) -> None:
    peer.ask("reqContractDetails", reqId=1, contract=Contract(symbol="PLTR", secType="STK"))
    found = [each["contractDetails"].contract for each in peer.all("contractDetails")]
    assert {each.currency for each in found} == {"USD", "MXN", "CHF"}
    swiss = stock("PLTR")
    swiss.currency = "CHF"
    peer.ask("reqContractDetails", reqId=2, contract=swiss)
    assert peer.last("contractDetails")["contractDetails"].timeZoneId == "MET"


def test_bonds_by_their_issuer(desk: Desk, peer: FakePeer) -> None:
    wanted = Contract(symbol="IBM", secType="BOND", exchange="SMART", currency="USD")
    peer.ask("reqContractDetails", reqId=1, contract=wanted)
    found = [each["contractDetails"] for each in peer.all("bondContractDetails")]
    assert len(found) == 2
    assert all(each.coupon > 0 and each.maturity > "2030" for each in found)
    peer.ask("reqContractDetails", reqId=2, contract=wanted)
    again = [each["contractDetails"].contract.conId for each in peer.all("bondContractDetails")]
    assert again == [each.contract.conId for each in found]
    wanted.symbol = "SPY"  # a fund owes nothing
    with pytest.raises(Refusal) as refused:
        peer.ask("reqContractDetails", reqId=3, contract=wanted)
    assert refused.value.code == 200


# --- scanners ---


def scan(peer: FakePeer, code: str, kind: str, place: str, *filters: TagValue) -> list[Contract]:
    wanted = ScannerSubscription()
    wanted.instrument, wanted.locationCode, wanted.scanCode = kind, place, code
    peer.ask(
        "reqScannerSubscription",
        reqId=1,
        subscription=wanted,
        scannerSubscriptionOptions=[],
        scannerSubscriptionFilterOptions=list(filters),
    )
    rows: list[Any] = peer.last("scannerData")["rows"]
    return [row.contract.contract for row in rows]


def test_a_scan_of_stocks_is_full(peer: FakePeer) -> None:
    assert len(scan(peer, "TOP_PERC_GAIN", "STK", "STK.US.MAJOR")) == 50


def test_a_scan_by_the_volume_of_options(peer: FakePeer) -> None:
    asked = [("usdMarketCapAbove", "10000"), ("optVolumeAbove", "0"), ("avgVolumeAbove", "10000")]
    filters = [TagValue(*each) for each in asked]
    assert scan(peer, "HOT_BY_VOLUME", "STK", "STK.US.MAJOR", *filters)


def test_a_scan_of_combinations(desk: Desk, peer: FakePeer) -> None:
    assert scan(peer, "COMBO_LATEST_TRADE", "NATCOMB", "NATCOMB.OPT.US") == []
    combo = Contract(symbol="AAPL", secType="BAG", exchange="SMART", currency="USD")
    for action, strike in (("BUY", 230.0), ("SELL", 235.0)):
        leg = ComboLeg()
        leg.conId = desk.world.instruments.one(front_option(strike=strike)).con_id
        leg.ratio, leg.action, leg.exchange = 1, action, "SMART"
        combo.comboLegs = [*(combo.comboLegs or []), leg]
    desk.world.instruments.one(combo)
    with pytest.raises(Refusal):  # TWS confirms it with an error
        peer.ask("cancelScannerSubscription", reqId=1)
    (found,) = scan(peer, "COMBO_LATEST_TRADE", "NATCOMB", "NATCOMB.OPT.US")
    assert (found.symbol, found.secType) == ("AAPL", "BAG")


# --- what programs name that is not in use here ---


@pytest.mark.parametrize(("rule", "increment"), [(635, 0.0001), (2806, 0.25), (26, 0.01)])
def test_market_rules(peer: FakePeer, rule: int, increment: float) -> None:
    peer.ask("reqMarketRule", marketRuleId=rule)
    (row,) = peer.last("marketRule")["priceIncrements"]
    assert (row.lowEdge, row.increment) == (0.0, increment)


@pytest.mark.parametrize("code", ["a9", "a6", "9c0001", "a60001"])
def test_codes_of_bbo_exchanges(peer: FakePeer, code: str) -> None:
    peer.ask("reqSmartComponents", reqId=1, bboExchange=code)
    assert len(peer.last("smartComponents")["smartComponentMap"]) > 5


@pytest.mark.parametrize("venue", ["IBKRATS", "JEFFALGO", "CSFBALGO"])
def test_destinations_of_orders(desk: Desk, peer: FakePeer, venue: str) -> None:
    place(peer, 1, stock(exchange=venue), lmtPrice=1.0)
    desk.advance(1)
    assert peer.last("orderStatus")["status"] == "Submitted"
