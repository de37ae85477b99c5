"""Market data, history, contracts and accounts as an IB Gateway 10.40 sends them: the profile
gw10.40.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.errors import Refusal
from ibapi_port.simulator.net.clock import WallClock

from .helpers import ACCOUNT, Desk, FakePeer, bar_values, order, pair, stock

FIRST = [45, 4, 5, 5, 8, 6, 7, 9, 14, 1, 0, 2, 3, 0, 3]


@pytest.fixture
def desk() -> Desk:
    return Desk(tick_interval=1e9, profile="gw10.40")


@pytest.fixture
def peer(desk: Desk) -> FakePeer:
    return desk.client(server_version=187)


def subscribe(peer: FakePeer, req_id: int, contract: Contract, generic: str = "") -> None:
    peer.ask(
        "reqMktData",
        reqId=req_id,
        contract=contract,
        genericTickList=generic,
        snapshot=False,
        regulatorySnapshot=False,
        mktDataOptions=[],
    )


def ticks(peer: FakePeer) -> list[int]:
    """Types of the ticks that came; the size within a price tick is one of its own."""
    sizes = {1: 0, 2: 3, 4: 5}
    found = []
    for name, values in peer.got:
        if name.startswith("tick") and "tickType" in values:
            found.append(values["tickType"])
        if name == "tickPrice" and values["tickType"] in sizes:
            found.append(sizes[values["tickType"]])
    return found


def test_the_first_ticks(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 1, stock())
    assert peer.names()[:2] == ["marketDataType", "tickReqParams"]
    assert ticks(peer) == FIRST
    peer.got.clear()
    desk.advance(0.1)
    assert ticks(peer) == [32, 33, 8]


def test_an_instrument_asked_for_again_begins_with_its_quote(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 1, stock())
    peer.ask("cancelMktData", reqId=1)
    subscribe(peer, 2, stock())
    assert ticks(peer) == [1, 0, 0, 2, 3, 3, 4, 5, 5, 8, 45]
    peer.got.clear()
    desk.move("AAPL", "230.50")
    assert {6, 7, 9, 14, 32, 33} <= set(ticks(peer))


def test_the_volume_of_us_stocks_is_in_hundreds(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 1, stock())
    shares = desk.quote("AAPL").volume
    (told,) = (each["size"] for each in peer.all("tickSize") if each["tickType"] == 8)
    assert told == shares // 100


def test_delayed_data_are_late(peer: FakePeer) -> None:
    desk = Desk(tick_interval=1e9, profile="gw10.40", not_subscribed="ALL")
    peer = desk.client()
    desk.move("AAPL", "300")
    peer.ask("reqMarketDataType", marketDataType=3)
    subscribe(peer, 1, stock())
    assert peer.names()[:3] == ["marketDataType", "error", "tickReqParams"]
    assert peer.last("error")["errorCode"] == 10167
    params = peer.last("tickReqParams")
    assert (params["bboExchange"], params["snapshotPermissions"]) == ("", 0)
    (when,) = (each["value"] for each in peer.all("tickString") if each["tickType"] == 88)
    assert desk.clock.time - int(when) >= 890
    (last,) = (each["price"] for each in peer.all("tickPrice") if each["tickType"] == 68)
    assert last != 300.0


def test_history_needs_a_subscription() -> None:
    peer = Desk(profile="gw10.40", not_subscribed="ALL").client()
    with pytest.raises(Refusal) as refused:
        peer.ask("reqHistoricalData", reqId=1, **bar_values())
    assert refused.value.code == 162
    values = bar_values(contract=pair(), whatToShow="MIDPOINT")
    peer.ask("reqHistoricalData", reqId=2, **values)
    assert peer.names()[-1] == "historicalData"


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("20260410 16:00:00", 2174),
        ("20260410 16:00:00 Mars/Base", 10314),
        ("20260410", 10314),
        ("2026-04-10 16:00:00", 10314),
        ("20260410 16:00:00 US/Eastern", 0),
        ("20260410-16:00:00", 0),
        ("", 0),
    ],
)
def test_times_of_requests(peer: FakePeer, end: str, code: int) -> None:
    if code == 10314:
        with pytest.raises(Refusal) as refused:
            peer.ask("reqHistoricalData", reqId=1, **bar_values(endDateTime=end))
        assert refused.value.code == code
        return
    peer.ask("reqHistoricalData", reqId=1, **bar_values(endDateTime=end))
    assert [each["errorCode"] for each in peer.all("error")] == [code] * bool(code)
    assert peer.names()[-1] == "historicalData"


def test_a_stock_without_exchange_and_currency_is_ambiguous(peer: FakePeer) -> None:
    peer.ask("reqContractDetails", reqId=1, contract=Contract(symbol="AAPL", secType="STK"))
    found = [each["contractDetails"].contract for each in peer.all("contractDetails")]
    assert len(found) > 10
    assert found[0].exchange == "SMART"
    assert {each.currency for each in found} == {"USD", "MXN", "CHF"}
    peer.ask("reqContractDetails", reqId=2, contract=stock())
    assert len(peer.all("contractDetails")) == 1


def test_a_long_dated_option_far_from_the_price(peer: FakePeer) -> None:
    far = stock("SPY")
    far.secType, far.strike, far.right = "OPT", 750.0, "C"
    far.lastTradeDateOrContractMonth = "20281215"
    peer.ask("reqContractDetails", reqId=1, contract=far)
    (option,) = (each["contractDetails"].contract for each in peer.all("contractDetails"))
    far = Contract(conId=option.conId, exchange="SMART")
    peer.ask("reqContractDetails", reqId=2, contract=far)
    assert peer.last("contractDetails")["contractDetails"].contract.strike == 750.0


def test_chains_have_one_expiry_a_month(desk: Desk, peer: FakePeer) -> None:
    index = desk.instrument("SPX")
    values = {"underlyingSymbol": "SPX", "futFopExchange": "", "underlyingSecType": "IND"}
    peer.ask("reqSecDefOptParams", reqId=1, **values, underlyingConId=index.con_id)
    months = [
        each["expirations"]
        for each in peer.all("securityDefinitionOptionParameter")
        if each["tradingClass"] == "SPX"
    ]
    assert months
    for expiries in months:
        assert len({text[:6] for text in expiries}) == len(expiries)


def test_account_updates(peer: FakePeer) -> None:
    peer.ask("reqAccountUpdates", subscribe=True, acctCode="")
    keys = [each["key"] for each in peer.all("updateAccountValue")]
    assert keys == sorted(keys, key=keys.index)
    assert keys[0] == "AccountCode"
    assert peer.names()[-1] == "accountDownloadEnd"
    peer.ask("reqAccountUpdates", subscribe=True, acctCode=ACCOUNT)
    assert peer.got == []  # it goes on
    peer.ask("reqAccountUpdates", subscribe=False, acctCode="")
    assert peer.last("error")["errorCode"] == 2100


def test_a_pairs_position_has_no_exchange(desk: Desk, peer: FakePeer) -> None:
    bought = order("BUY", "30000", tif="DAY")
    peer.ask("placeOrder", orderId=1, contract=pair(), order=bought)
    desk.advance(2)
    peer.ask("reqPositions")
    assert [each["contract"].exchange for each in peer.all("position")] == [""]


@pytest.mark.parametrize(("name", "code"), [("cancelPnL", 10185), ("cancelPnLSingle", 10186)])
def test_cancels_of_nothing(peer: FakePeer, name: str, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        peer.ask(name, reqId=5)
    assert refused.value.code == code


def test_an_id_that_is_in_use(peer: FakePeer) -> None:
    subscribe(peer, 7, stock())
    with pytest.raises(Refusal) as refused:
        subscribe(peer, 7, stock())
    assert refused.value.code == 322


def test_an_unknown_source_of_news_is_refused(peer: FakePeer) -> None:
    with pytest.raises(Refusal, match="unchecked in API news Settings: XYZ") as refused:
        subscribe(peer, 1, stock(), "mdoff,292:XYZ")
    assert refused.value.code == 10094


def test_a_what_if_that_is_too_large(desk: Desk, peer: FakePeer) -> None:
    values = {"contract": stock(), "order": order("BUY", "10000000", tif="DAY", whatIf=True)}
    peer.ask("placeOrder", orderId=1, **values)
    desk.advance(2)
    assert peer.names() == ["openOrder", "error"]
    assert peer.last("error")["errorCode"] == 201
    state = peer.last("openOrder")["orderState"]
    assert state.commissionAndFees > 1e300
    assert 0 < state.suggestedSize < Decimal(10_000_000)
    assert state.suggestedSize % 100 == 0


def test_a_day_begins_in_a_session_whatever_the_hour() -> None:
    tws = SimulatedTws(profile="gw10.40")
    clock = tws._world.clock
    assert isinstance(clock, WallClock)
    hours = tws._world.instruments.hours
    apple = next(each for each in tws._world.instruments.all if each.symbol == "AAPL")
    assert hours.phase(apple, clock.now()).name == "REGULAR"
