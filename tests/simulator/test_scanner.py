from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from ibapi_port.scanner import ScannerSubscription
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.reference.scans import FILTERS, SCANS
from ibapi_port.tag_value import TagValue

from .helpers import Desk, FakePeer


def scan(code: str = "TOP_PERC_GAIN", **changes: Any) -> ScannerSubscription:
    made = ScannerSubscription()
    made.instrument, made.locationCode, made.scanCode = "STK", "STK.US.MAJOR", code
    for name, value in changes.items():
        assert hasattr(made, name)
        setattr(made, name, value)
    return made


def subscribe(
    peer: FakePeer,
    wanted: ScannerSubscription,
    req_id: int = 1,
    filters: dict[str, str] | None = None,
) -> list[str]:
    """The symbols of the first result; the subscription stays."""
    options = [TagValue(tag, value) for tag, value in (filters or {}).items()]
    peer.ask(
        "reqScannerSubscription",
        reqId=req_id,
        subscription=wanted,
        scannerSubscriptionOptions=[],
        scannerSubscriptionFilterOptions=options,
    )
    return symbols(peer)


def symbols(peer: FakePeer) -> list[str]:
    rows = [row for message in peer.all("scannerData") for row in message["rows"]]
    return [row.contract.contract.symbol for row in rows]


def refusal(peer: FakePeer, wanted: ScannerSubscription, **more: Any) -> tuple[int, str]:
    with pytest.raises(Refusal) as refused:
        subscribe(peer, wanted, **more)
    return refused.value.code, refused.value.text


def test_gainers_and_losers(desk: Desk, peer: FakePeer) -> None:
    for symbol, times in (
        ("MSFT", "1.5"),
        ("TSLA", "1.4"),
        ("AMD", "1.3"),
        ("KO", "0.5"),
        ("BA", "0.6"),
    ):
        close = desk.quote(symbol).close
        desk.move(symbol, str(desk.instrument(symbol).round(float(close) * float(times))))
    assert subscribe(peer, scan(numberOfRows=3)) == ["MSFT", "TSLA", "AMD"]
    (row, *_) = peer.last("scannerData")["rows"]
    contract = row.contract.contract
    assert (row.rank, contract.conId, contract.secType, contract.exchange, contract.currency) == (
        0,
        272093,
        "STK",
        "SMART",
        "USD",
    )
    assert row.contract.marketName == contract.tradingClass == "NMS"
    assert subscribe(peer, scan("TOP_PERC_LOSE"), 2)[:2] == ["KO", "BA"]


def test_results_come_again_and_follow_the_market(desk: Desk, peer: FakePeer) -> None:
    desk.world.market.tick = lambda: None  # type: ignore[method-assign]
    first = subscribe(peer, scan(numberOfRows=5))
    peer.got.clear()
    desk.advance(29)
    assert peer.got == []
    desk.move("IBM", "1000")
    desk.advance(1)
    assert symbols(peer)[0] == "IBM"
    assert symbols(peer)[1:] == [symbol for symbol in first if symbol != "IBM"][:4]


def test_cancelling_is_confirmed(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, scan())
    with pytest.raises(Refusal) as refused:
        peer.ask("cancelScannerSubscription", reqId=1)
    assert refused.value.code == 162
    assert (
        refused.value.text
        == "Historical Market Data Service error message:API scanner subscription cancelled: 1"
    )
    with pytest.raises(Refusal) as refused:
        peer.ask("cancelScannerSubscription", reqId=1)
    assert (refused.value.code, refused.value.text) == (
        365,
        "No scanner subscription found for ticker id:1",
    )
    desk.advance(60)
    assert peer.got == []


def test_nothing_found_is_said(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, scan(abovePrice=1e9))
    error = peer.last("error")
    assert (error["reqId"], error["errorCode"]) == (1, 165)
    assert error["errorString"] == "Historical Market Data Service query message:no items retrieved"
    assert peer.last("scannerData")["rows"] == []  # who takes 165 for a warning waits for the end
    peer.got.clear()
    desk.advance(30)
    assert peer.names() == ["error", "scannerData"]  # the scan goes on


@pytest.mark.parametrize(
    ("attribute", "tag", "value", "passes"),
    [
        ("abovePrice", "priceAbove", 300, lambda quote: quote.last >= 300),
        ("belowPrice", "priceBelow", 50, lambda quote: quote.last <= 50),
    ],
)
def test_filters(
    desk: Desk, peer: FakePeer, attribute: str, tag: str, value: int, passes: Any
) -> None:
    by_attribute = subscribe(peer, scan(**{attribute: value}), 1)
    by_tag = subscribe(peer, scan(), 2, {tag: str(value)})
    assert by_attribute == by_tag
    assert by_tag
    assert all(passes(desk.quote(symbol)) for symbol in by_tag)
    assert set(subscribe(peer, scan(), 3)) - set(by_tag)


def test_stock_types(peer: FakePeer) -> None:
    funds = subscribe(peer, scan(stockTypeFilter="ETF"), 1)
    assert {"SPY", "QQQ", "IWM"} <= set(funds)
    assert subscribe(peer, scan(), 2, {"stkTypes": "inc:ETF"}) == funds
    assert not set(subscribe(peer, scan(), 3, {"stkTypes": "exc:ETF"})) & set(funds)


def test_implied_volatility_needs_options(desk: Desk, peer: FakePeer) -> None:
    found = subscribe(peer, scan("HIGH_OPT_IMP_VOLAT"))
    volatilities = [desk.instrument(symbol).volatility for symbol in found]
    assert volatilities == sorted(volatilities, reverse=True)
    assert all(desk.world.instruments.chains(desk.instrument(symbol)) for symbol in found)


def test_other_instruments(desk: Desk, peer: FakePeer) -> None:
    futures = subscribe(peer, scan("MOST_ACTIVE", instrument="FUT.US", locationCode="FUT.CME"), 1)
    assert "ES" in futures
    assert all(
        row.contract.contract.lastTradeDateOrContractMonth
        for row in peer.last("scannerData")["rows"]
    )
    assert subscribe(peer, scan(instrument="STOCK.EU", locationCode="STK.EU.IBIS"), 2)
    assert {row.contract.contract.currency for row in peer.last("scannerData")["rows"]} == {"EUR"}


def test_bonds(desk: Desk, peer: FakePeer) -> None:
    bonds = scan("HIGH_COUPON_RATE", instrument="BOND", locationCode="BOND.US")
    found = subscribe(peer, bonds, 3)
    listed = [
        entry for entry in desk.world.instruments.all if entry.details.get("bondType") == "CORP"
    ]
    assert found == [
        entry.symbol for entry in sorted(listed, key=lambda entry: -entry.details["coupon"])
    ]
    rating = listed[0].details["ratings"].partition("/")[0].upper()
    bonds.moodyRatingAbove = bonds.moodyRatingBelow = rating
    assert set(subscribe(peer, bonds, 4)) == {
        one.symbol for one in listed if one.details["ratings"].upper().startswith(f"{rating}/")
    }
    bonds.moodyRatingAbove, bonds.moodyRatingBelow = "", "C"
    assert subscribe(peer, bonds, 5) == []
    bonds.moodyRatingBelow = ""
    bonds.couponRateAbove = 99.0
    assert subscribe(peer, bonds, 6) == []


def test_every_scan_and_filter_runs(peer: FakePeer) -> None:
    places = {"STK": "STK.US", "FUT.US": "FUT.US", "IND.US": "IND.US", "BOND": "BOND.US"}
    places["NATCOMB"] = "NATCOMB.OPT.US"
    for code, one in SCANS.items():
        instrument = one.instruments[0]
        desk = Desk()
        client = desk.client()
        filters = dict.fromkeys(FILTERS, "5")
        subscribe(client, scan(code, instrument=instrument, locationCode=places[instrument]), 1)
        nothing = code == "HALTED" or code.startswith("COMBO")
        assert client.names() == ["error"] * nothing + ["scannerData"], code
        subscribe(
            client, scan(code, instrument=instrument, locationCode=places[instrument]), 2, filters
        )
        assert client.names() == ["error", "scannerData"], code  # nothing passes them all


def test_what_is_wrong_is_refused(peer: FakePeer) -> None:
    error = "Historical Market Data Service error message:"
    assert refusal(peer, scan("NONSENSE")) == (162, f"{error}Unsupported scan code: NONSENSE")
    assert refusal(peer, scan(locationCode="STK.MOON")) == (
        162,
        f"{error}Error: Market Scanner is not configured for one of the chosen locations.",
    )
    assert refusal(peer, scan("HIGH_COUPON_RATE"))[0] == 162
    assert refusal(peer, scan(), filters={"nonsense": "1"}) == (
        162,
        f"{error}Unknown filter option: nonsense",
    )
    assert refusal(peer, scan(), filters={"priceAbove": "much"})[0] == 162
    assert refusal(peer, scan(stockTypeFilter="NONSENSE"))[0] == 162
    assert refusal(peer, scan(spRatingAbove="Z"))[0] == 162
    with pytest.raises(Invalid):
        subscribe(peer, scan(instrument=""))


def test_ids_and_numbers_are_limited(desk: Desk, peer: FakePeer) -> None:
    for req_id in range(10):
        subscribe(peer, scan(), req_id)
    assert refusal(peer, scan(), req_id=3)[0] == 385
    assert refusal(peer, scan(), req_id=10)[0] == 162
    assert subscribe(desk.client(2), scan(), 1)
    desk.world.leave(peer)
    assert subscribe(desk.client(1), scan(), 10)


def test_those_who_leave_are_told_no_more(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, scan())
    desk.world.leave(peer)
    peer.got.clear()
    desk.advance(120)
    assert peer.got == []


def test_the_same_seed_scans_the_same() -> None:
    assert subscribe(Desk(seed=3).client(), scan("HOT_BY_VOLUME")) == subscribe(
        Desk(seed=3).client(), scan("HOT_BY_VOLUME")
    )


def test_parameters_list_all_that_is_taken(peer: FakePeer) -> None:
    peer.ask("reqScannerParameters")
    root = ElementTree.fromstring(peer.last("scannerParameters")["xml"].encode())
    assert root.tag == "ScanParameterResponse"
    assert [tag.text for tag in root.iter("scanCode")] == list(SCANS)
    codes = {tag.text for tag in root.iter("locationCode")}
    assert {"STK.US", "STK.US.MAJOR", "FUT.CME"} <= codes
    assert set(FILTERS) <= {tag.text for tag in root.iter("code")}
    types = {tag.text for tag in root.iter("type")}
    assert all(set((tag.text or "").split(",")) <= types for tag in root.iter("instruments"))
