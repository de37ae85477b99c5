"""IB's requests: what they return from the simulated TWS, and what they raise."""

from __future__ import annotations

import inspect
import subprocess
import sys
import threading
import typing
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from reliability.hostile import HOST, WAIT

from ibapi_port.common import BarData, WshEventData
from ibapi_port.contract import Contract, ContractDetails
from ibapi_port.ib import (
    IB,
    AsyncIB,
    IBError,
    LimitOrder,
    NotConnected,
    RequestFailed,
    Rows,
    Ticker,
    WouldBlock,
)
from ibapi_port.protocol.schema.conversations import CONVERSATIONS, Kind
from ibapi_port.scanner import ScannerSubscription
from ibapi_port.simulator import SimulatedTws

from .helpers import order, stock

ROOT = Path(__file__).parents[2]
# Requests that have another name on the faces, or that are methods of what another one returns.
ELSEWHERE = {
    "startApi": "connect",
    "reqTickByTickData": "reqTickByTickLast",
    "reqHistoricalTicks": "reqHistoricalTicksLast",
    "cancelOrder": "placeOrder",
    "reqAccountUpdates": "connect",
}
# Left to EClient: what IB keeps for its partners, with an option that is set before connecting.
LEFT_OUT = {
    "verifyRequest",
    "verifyMessage",
    "verifyAndAuthRequest",
    "verifyAndAuthMessage",
}


def test_the_blocking_face_is_made_from_the_other() -> None:
    script = ROOT / ".ci" / "async_to_sync.py"
    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0


@pytest.mark.parametrize("face", [IB, AsyncIB])
def test_every_request_has_a_method(face: type) -> None:
    for request, entries in CONVERSATIONS.items():
        cancels = {entry.cancel for all_ in CONVERSATIONS.values() for entry in all_}
        if (request in cancels and request not in ELSEWHERE) or request in LEFT_OUT:
            assert not hasattr(face, request)
            continue
        if entries[0].kind is Kind.COMMAND and request.startswith("cancel"):
            continue
        assert hasattr(face, ELSEWHERE.get(request, request)), request


@pytest.mark.parametrize("face", [IB, AsyncIB])
def test_what_methods_return_is_typed(face: type) -> None:
    for name, method in inspect.getmembers(face, inspect.isfunction):
        if name.startswith("_"):
            continue
        signature = inspect.signature(method)
        for parameter in [*signature.parameters.values()][1:]:
            assert parameter.annotation not in (inspect.Parameter.empty, typing.Any, "Any"), name
        assert signature.return_annotation not in (inspect.Signature.empty, typing.Any, "Any")
        assert method.__doc__, name


def test_the_clock(ib: IB, tws: SimulatedTws) -> None:
    clock = datetime.fromtimestamp(tws.call(lambda world: world.clock.now()), timezone.utc)
    assert abs(ib.reqCurrentTime() - clock) < timedelta(seconds=60)
    assert ib.accounts() == ib.reqManagedAccts() == ["DU1234567"]
    assert ib.serverVersion == 187


def test_contracts(ib: IB) -> None:
    details = ib.reqContractDetails(stock())
    assert isinstance(details, Rows)
    assert details.warnings == ()
    assert [(type(each), each.contract.symbol) for each in details] == [(ContractDetails, "AAPL")]
    assert "AAPL" in [each.contract.symbol for each in ib.reqMatchingSymbols("AAP")]
    con_id = details[0].contract.conId
    chains = ib.reqSecDefOptParams("AAPL", "", "STK", con_id)
    assert chains
    assert all(each.underlyingConId == con_id for each in chains)
    assert chains[0].strikes == sorted(chains[0].strikes)
    rule = int(details[0].marketRuleIds.split(",")[0])
    assert ib.reqMarketRule(rule)[0].increment > 0


def test_history(ib: IB) -> None:
    bars = ib.reqHistoricalData(stock(), durationStr="5 D", barSizeSetting="1 day")
    assert [type(bar) for bar in bars] == [BarData] * 5
    assert ib.reqHeadTimeStamp(stock()) < datetime.now(timezone.utc)
    schedule = ib.reqHistoricalSchedule(stock(), durationStr="5 D")
    assert len(schedule.sessions) == 5
    assert sum(each.size for each in ib.reqHistogramData(stock())) > 0
    start = "20260413 10:00:00 US/Eastern"
    assert len(ib.reqHistoricalTicksLast(stock(), start, numberOfTicks=10)) >= 10
    assert len(ib.reqHistoricalTicksBidAsk(stock(), start, numberOfTicks=10)) >= 10
    assert len(ib.reqHistoricalTicksMidPoint(stock(), start, numberOfTicks=10)) >= 10


def test_no_data_is_an_empty_list(ib: IB) -> None:
    assert ib.reqHistoricalData(stock(), "19700105 10:00:00 US/Eastern", "1 D", "1 day") == []


def test_accounts_news_and_the_rest(ib: IB) -> None:
    account = ib.accounts()[0]
    assert ib.reqPositions() == ib.reqPositionsMulti(account) == []
    summary = ib.reqAccountSummary("NetLiquidation,BuyingPower")
    assert {each.tag for each in summary} == {"NetLiquidation", "BuyingPower"}
    assert ib.reqAccountUpdatesMulti(account)[0].account == account
    with ib.reqPnL(account) as pnl:
        assert pnl.next(WAIT).dailyPnL is not None
    assert ib.reqFamilyCodes()
    assert ib.reqSoftDollarTiers() is not None
    providers = ib.reqNewsProviders()
    assert providers
    assert ib.reqScannerParameters().startswith("<?xml")
    scan = ScannerSubscription()
    scan.instrument, scan.locationCode, scan.scanCode = "STK", "STK.US.MAJOR", "TOP_PERC_GAIN"
    assert [row.rank for row in ib.reqScannerSubscription(scan)][:2] == [0, 1]
    assert ib.reqFundamentalData(stock(), "ReportSnapshot").startswith("<?xml")
    assert ib.reqWshMetaData().startswith("{")
    events = WshEventData()
    events.conId = 265598
    assert ib.reqWshEventData(events)
    assert ib.queryDisplayGroups()
    assert ib.reqMktDepthExchanges()
    assert ib.reqUserInfo() == ""
    assert ib.reqOpenOrders() == ib.reqAllOpenOrders() == []
    assert ib.reqCompletedOrders() == ib.reqExecutions() == []


def test_quotes(ib: IB, tws: SimulatedTws) -> None:
    snapshot = ib.reqMktDataSnapshot(stock())
    assert isinstance(snapshot, Ticker)
    assert snapshot.bid is not None
    assert snapshot.ask is not None
    assert snapshot.bid < snapshot.ask
    with ib.reqMktData(stock()) as quotes:
        ticker = quotes.next(WAIT)
        while ticker.last is None:
            ticker = quotes.next(WAIT)
        assert ticker["LAST"] == ticker.last
        with pytest.raises(KeyError, match="tick type"):
            ticker["LASTLY"]
    assert not quotes.active
    assert ib.reqSmartComponents(ticker.bboExchange or "9c0001")


def test_options_are_computed(ib: IB, tws: SimulatedTws) -> None:
    (apple,) = ib.reqContractDetails(stock())
    chain = ib.reqSecDefOptParams("AAPL", "", "STK", apple.contract.conId)[0]
    wanted = Contract(
        symbol="AAPL",
        secType="OPT",
        exchange="SMART",
        currency="USD",
        lastTradeDateOrContractMonth=chain.expirations[2],
        strike=230.0,
        right="C",
    )
    option = ib.reqContractDetails(wanted)[0].contract
    option.exchange = "SMART"
    greeks = ib.calculateOptionPrice(option, 0.3, 230.0)
    assert greeks.optPrice is not None
    volatility = ib.calculateImpliedVolatility(option, greeks.optPrice, 230.0).impliedVol
    assert volatility == pytest.approx(0.3, abs=0.02)


def test_an_error_ends_the_request_at_once(ib: IB) -> None:
    heard: list[tuple[int, int, str]] = []
    ib.events.error += lambda *error: heard.append(error)
    with pytest.raises(RequestFailed) as caught:
        ib.reqContractDetails(stock("NOSUCH"))
    assert (caught.value.code, caught.value.request) == (200, "reqContractDetails")
    assert isinstance(caught.value, IBError)
    assert caught.value.advice is not None
    assert caught.value.advice.cure
    assert [code for _, code, _ in heard] == [200]
    with pytest.raises(RequestFailed, match="321"):
        ib.reqHistoricalData(stock(), barSizeSetting="1 parsec")
    with pytest.raises(RequestFailed, match="503"):
        ib.reqCurrentTimeInMillis()  # server version 197
    assert ib.reqContractDetails(stock())


def test_there_is_no_connection() -> None:
    with pytest.raises(NotConnected, match="502"):
        IB.connect(HOST, 1, 1)


def test_after_the_end(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1) as ib:
        assert ib.isConnected
    assert not ib.isConnected
    for call in (
        ib.reqCurrentTime,
        ib.reqGlobalCancel,
        lambda: ib.reqContractDetails(stock()),
        lambda: ib.reqMktData(stock()).next(1),
        lambda: ib.whatIf(stock(), LimitOrder("BUY", 1, 1)),
    ):
        with pytest.raises(NotConnected, match=r"(?i)not connected"):
            call()
    assert not [t for t in threading.enumerate() if t.name == "ibapi_port.ib"]


def test_a_working_order_is_not_refused_by_a_cancel_that_was_not_sent(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1) as ib:
        trade = ib.placeOrder(stock(), LimitOrder("BUY", 1, 1))
        trade.wait("Submitted", timeout=10)
    for call in (trade.cancel, lambda: trade.modify(lmtPrice=2)):
        with pytest.raises(NotConnected, match="not sent"):
            call()
    assert (trade.status.status, trade.order.lmtPrice) == ("Submitted", 1)
    assert all(entry.code != 504 for entry in trade.log)


def test_the_client_id_is_in_use(tws: SimulatedTws, ib: IB) -> None:
    with pytest.raises(NotConnected, match="326"):
        IB.connect(tws.host, tws.port, 1)


def test_a_handler_cannot_block(ib: IB) -> None:
    raised: list[Exception] = []
    done = threading.Event()

    def ask(*_: object) -> None:
        ib.reqCurrentTime()

    def note(error: Exception) -> None:
        raised.append(error)
        done.set()

    ib.events.orderStatus += ask
    ib.events.handlerError += note
    ib.placeOrder(stock(), order(limit=1.0)).wait("Submitted", WAIT)
    assert done.wait(WAIT)
    assert isinstance(raised[0], WouldBlock)
    assert ib.reqCurrentTime()


def test_state_is_kept_in_step(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1, account="") as ib:
        assert ib.positions() == ib.portfolio() == ib.fills() == []
        values = {each.tag for each in ib.accountValues() if each.currency == "USD"}
        assert "NetLiquidation" in values
        changed = threading.Event()
        ib.events.position += lambda row: changed.set()
        trade = ib.placeOrder(stock(), order())
        trade.wait("Filled", WAIT)
        assert changed.wait(WAIT)
        (position,) = ib.positions()
        assert (position.position, position.contract.symbol) == (Decimal(10), "AAPL")
        assert ib.positions("another") == []
    with IB.connect(tws.host, tws.port, 1) as again:  # what happened before is fetched
        assert len(again.positions()) == len(again.fills()) == 1
        assert again.fills()[0].execution.orderId == trade.orderId


def test_an_error_without_an_id_ends_the_only_request_without_one(ib: IB) -> None:
    with pytest.raises(RequestFailed, match="321"):
        ib.requestFA(1)  # the account is no advisor's
    assert ib.reqCurrentTime()
