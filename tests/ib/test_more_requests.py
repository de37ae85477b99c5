"""Depth, bars and scans that go on, bulletins, colour groups, chains, previews, settings."""

from __future__ import annotations

import asyncio
import json
import threading
from decimal import Decimal

import pytest
from reliability.hostile import WAIT

from ibapi_port.common import BarData
from ibapi_port.ib import (
    IB,
    AmbiguousContract,
    AsyncIB,
    Book,
    IBError,
    LimitOrder,
    MarketOrder,
    NotConnected,
    RequestFailed,
    RequestTimeout,
    Stock,
    frame,
    table,
)
from ibapi_port.ib.depth import DEPTH_RESET
from ibapi_port.ib.updates import KeptBars, KeptScan
from ibapi_port.scanner import ScannerSubscription
from ibapi_port.simulator import SimulatedTws

from .helpers import order, says, scripted, stock


def test_depth(ib: IB) -> None:
    with ib.reqMktDepth(Stock("AAPL", "NASDAQ"), 5) as depth:
        book = depth.wait(lambda one: len(one.bids) == len(one.asks) == 5, WAIT)
    assert [row.price for row in book.bids] == sorted((r.price for r in book.bids), reverse=True)
    assert [row.price for row in book.asks] == sorted(row.price for row in book.asks)
    assert book.bids[0].price < book.asks[0].price


def test_a_book_from_its_changes() -> None:
    book = Book(stock())

    def bids() -> list[tuple[float, int]]:
        return [(row.price, int(row.size)) for row in book.bids]

    for position, price in enumerate((10.0, 9.0, 8.0)):
        assert book.apply("updateMktDepth", (position, 0, 1, price, Decimal(1))) == (book,)
    before = book.copy()
    book.apply("updateMktDepthL2", (0, "ARCA", 0, 1, 11.0, Decimal(2), True))
    assert bids() == [(11.0, 2), (10.0, 1), (9.0, 1), (8.0, 1)]
    assert book.bids[0].marketMaker == "ARCA"
    book.apply("updateMktDepth", (1, 1, 1, 10.5, Decimal(5)))
    book.apply("updateMktDepth", (2, 2, 1, 0.0, Decimal()))
    assert bids() == [(11.0, 2), (10.5, 5), (8.0, 1)]
    book.apply("updateMktDepth", (9, 2, 1, 0.0, Decimal()))
    assert len(before.bids) == len(book.bids) == 3
    assert book.asks == ()
    book.warned(2104)
    assert book.bids
    book.warned(DEPTH_RESET)
    assert book.bids == ()
    assert before.bids


def test_bars_that_are_kept_up_to_date(ib: IB) -> None:
    with ib.reqHistoricalDataUpdates(stock(), "1 D", "1 min") as updates:
        bars = updates.next(WAIT)
        assert isinstance(bars[0], BarData)
        assert len(bars) > 20
        assert updates.latest == bars


def bar(date: str, close: float) -> BarData:
    made = BarData()
    made.date, made.close = date, close
    return made


def test_a_bar_is_changed_or_added_and_a_new_set_replaces_all() -> None:
    kept = KeptBars()

    def closes() -> list[float]:
        return [one.close for one in kept.apply("historicalDataUpdate", (bar("3", 3.0),))[0]]

    for n in (1, 2):
        assert kept.apply("historicalData", (bar(str(n), n),)) == ()
    (rows,) = kept.apply("historicalDataEnd", ("", ""))
    assert [one.close for one in rows] == [1, 2]
    assert closes() == [1, 2, 3]
    assert closes() == [1, 2, 3]
    kept.apply("historicalDataUpdate", (bar("2", 2.5),))
    assert closes() == [1, 2.5, 3]
    assert kept.apply("historicalData", (bar("9", 9),)) == ()
    (rows,) = kept.apply("historicalDataEnd", ("", ""))
    assert [one.close for one in rows] == [9]


def test_a_scan_that_goes_on(ib: IB) -> None:
    scan = ScannerSubscription()
    scan.instrument, scan.locationCode, scan.scanCode = "STK", "STK.US.MAJOR", "TOP_PERC_GAIN"
    with ib.reqScannerSubscriptionUpdates(scan) as updates:
        assert [row.rank for row in updates.next(WAIT)][:2] == [0, 1]
    kept = KeptScan()
    for rank in range(2):
        assert kept.apply("scannerData", (rank, None, "", "", "", "")) == ()
    assert len(kept.apply("scannerDataEnd", ())[0]) == 2
    assert kept.apply("scannerDataEnd", ())[0] == []


def test_two_streams_without_an_id_get_the_same_and_the_last_one_cancels() -> None:
    with scripted() as (ib, peer):
        first = ib.reqNewsBulletins()
        second = ib.reqNewsBulletins(False)
        assert [peer.fields()[0] for _ in range(2)] == ["12", "12"]
        said = {"newsMessage": "Closed", "originExch": "NYSE"}
        peer.send(says("updateNewsBulletin", msgId=1, msgType=2, **said))
        assert first.next(WAIT) == second.next(WAIT)
        first.cancel()
        peer.send(says("updateNewsBulletin", msgId=2, msgType=2, **said))
        assert second.next(WAIT).msgId == 2
        second.cancel()
        assert peer.fields()[0] == "13"
        assert not first.active


def test_colour_groups(ib: IB) -> None:
    with ib.subscribeToGroupEvents(1) as group:
        assert group.next(WAIT)
        ib.updateDisplayGroup(group, "265598@SMART")
        assert group.wait(lambda shown: shown.startswith("265598"), WAIT)


def test_qualify(ib: IB) -> None:
    found = ib.qualify(Stock("AAPL"))
    assert found.conId > 0
    with pytest.raises(RequestFailed, match="200"):
        ib.qualify(Stock("NOSUCH"))
    with pytest.raises(AmbiguousContract, match="contracts fit ES FUT") as caught:
        ib.qualify(stock("ES").__class__(symbol="ES", secType="FUT", exchange="CME"))
    assert len(caught.value.candidates) > 1
    assert isinstance(caught.value, IBError)


def test_a_chain_with_greeks(ib: IB) -> None:
    chain = ib.optionChain(Stock("AAPL"), strikes=3, wait=WAIT)
    assert len(chain) == 6
    assert {row.right for row in chain} == {"C", "P"}
    assert len({row.strike for row in chain}) == 3
    assert all(row.delta is not None and row.impliedVol is not None for row in chain)
    assert "delta" in table(chain)
    assert "<th" in chain._repr_html_()
    one = ib.optionChain(
        Stock("AAPL"), expirations=[chain[0].expiration], strikes=[chain[0].strike], rights="C"
    )
    assert [(row.strike, row.right) for row in one] == [(chain[0].strike, "C")]
    with pytest.raises(ValueError, match="expirations: 20200101"):
        ib.optionChain(Stock("AAPL"), expirations=["20200101"])
    with pytest.raises(ValueError, match="exchange: there are no options on 'MOON'"):
        ib.optionChain(Stock("AAPL"), exchange="MOON")
    with pytest.raises(ValueError, match="strikes: "):
        ib.optionChain(Stock("AAPL"), strikes=[1e6])
    with pytest.raises(ValueError, match="tradingClass: 'X' is none of"):
        ib.optionChain(Stock("AAPL"), tradingClass="X")


def test_quotes_of_several_at_once(ib: IB) -> None:
    apple, microsoft = ib.reqTickers(Stock("AAPL"), Stock("MSFT"), wait=WAIT)
    assert apple.contract.symbol == "AAPL"
    assert apple.price is not None
    assert microsoft.bid is not None
    with pytest.raises(RequestFailed, match="200"):
        ib.reqTickers(Stock("AAPL"), Stock("NOSUCH"))
    assert ib._engine.streams == {}


def test_what_an_order_would_do(ib: IB) -> None:
    wanted = LimitOrder("BUY", 10, 150)
    state = ib.whatIf(Stock("AAPL"), wanted)
    assert float(state.initMarginChange) > 0
    assert ib.trades() == []
    assert not wanted.whatIf
    with pytest.raises(RequestFailed, match="200"):
        ib.whatIf(Stock("NOSUCH"), wanted)
    assert ib.placeOrder(Stock("AAPL"), wanted).orderId


def test_who_waits_for_an_order_is_told_of_the_end_of_the_connection() -> None:
    with scripted() as (ib, peer):
        trade = ib.placeOrder(stock(), order(limit=1.0))
        peer.fields()
        failed: list[Exception] = []

        def wait() -> None:
            try:
                trade.wait("Filled", WAIT)
            except IBError as e:
                failed.append(e)

        waiting = threading.Thread(target=wait)
        waiting.start()
        while not trade._waiting:
            pass
        peer.close()
        waiting.join(WAIT)
        assert [type(each) for each in failed] == [NotConnected]


def test_a_status_that_went_by_was_reached(ib: IB) -> None:
    trade = ib.placeOrder(Stock("AAPL"), MarketOrder("BUY", 10))
    trade.wait("Filled", WAIT)
    for status in ("PendingSubmit", "PreSubmitted", "Submitted"):
        trade.wait(status, 0)
    with pytest.raises(RequestFailed, match="Filled"):
        trade.wait("Cancelled", WAIT)
    assert "AAPL" in trade._repr_html_()


def test_profit_and_loss_is_kept(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 3, pnl=True) as ib:
        came = threading.Event()
        ib.events.pnl += lambda row: came.set()
        if not ib.pnl():
            assert came.wait(WAIT)
        assert [row.account for row in ib.pnl()] == ib.accounts()
        assert ib.pnl("another") == []


def test_open_orders_of_other_clients(tws: SimulatedTws, ib: IB) -> None:
    trade = ib.placeOrder(Stock("AAPL"), LimitOrder("BUY", 10, 100))
    trade.wait("Submitted", WAIT)
    with IB.connect(tws.host, tws.port, 2) as other:
        assert other.openTrades() == []
    with IB.connect(tws.host, tws.port, 2, allOpenOrders=True) as other:
        assert [each.order.permId for each in other.openTrades()] == [trade.order.permId]


def test_ids_and_manual_orders(ib: IB) -> None:
    assert ib.reqIds() >= 1
    ib.reqAutoOpenOrders(False)
    assert ib.reqCurrentTime()


def test_options_are_exercised(ib: IB) -> None:
    option = ib.optionChain(Stock("AAPL"), strikes=1, rights="C")[0].contract
    option.exchange = "SMART"
    ib.placeOrder(option, MarketOrder("BUY", 1)).wait("Filled", WAIT)
    stocks = threading.Event()
    ib.events.position += lambda row: row.contract.secType == "STK" and stocks.set()
    trade = ib.exerciseOptions(option, 1, 1, ib.accounts()[0], override=True)
    assert trade.order.action == "EXERCISE"
    assert stocks.wait(WAIT)
    assert [int(row.position) for row in ib.positions()] == [100]


def test_settings_of_tws() -> None:
    pytest.importorskip("google.protobuf", reason="needs the extra [protobuf]")
    new = SimulatedTws(tick_interval=3600, server_version=226)
    with new as tws, IB.connect(tws.host, tws.port, 1) as ib:
        first, second = ib.reqConfig(), ib.reqConfig()
        assert first.reqId != second.reqId
        assert first.ByteSize() > 10


def test_a_tws_that_tells_no_settings(ib: IB) -> None:
    pytest.importorskip("google.protobuf", reason="needs the extra [protobuf]")
    with pytest.raises(RequestFailed, match="503"):
        ib.reqConfig()


def test_waiting_for_a_row(ib: IB) -> None:
    with ib.reqMktData(Stock("AAPL")) as quotes, pytest.raises(RequestTimeout):
        quotes.wait(lambda one: False, 0.05)


def test_waiting_in_coroutines(tws: SimulatedTws) -> None:
    async def run() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 4) as ib:
            async with ib.reqMktData(Stock("AAPL")) as quotes:
                ticker = await quotes.wait(lambda one: one.bid is not None, WAIT)
                assert ticker.bid is not None
                with pytest.raises(RequestTimeout):
                    await quotes.wait(lambda one: False, 0.05)
            chain = await ib.optionChain(Stock("AAPL"), strikes=1)
            assert len(chain) == 2

    asyncio.run(run())


def test_frames_of_what_the_faces_return(ib: IB) -> None:
    pytest.importorskip("pandas", reason="needs the extra [pandas]")
    trade = ib.placeOrder(Stock("AAPL"), MarketOrder("BUY", 10))
    trade.wait("Filled", WAIT)
    assert list(frame(ib.trades())["status"]) == ["Filled"]
    assert frame(ib.reqTickers(Stock("AAPL")))["bid"][0] > 0
    assert frame(ib.reqHistoricalData(Stock("AAPL"))).index.tz is not None
    assert frame(ib.optionChain(Stock("AAPL"), strikes=1))["delta"].dtype == "float64"


def test_fills_are_waited_for_with_their_commissions() -> None:
    late = SimulatedTws(tick_interval=0.02, late_executions=0.05)
    with late as tws, IB.connect(tws.host, tws.port, 1) as ib:
        trade = ib.placeOrder(stock(), order())
        fills = trade.waitFills(WAIT)
        assert sum(each.execution.shares for each in fills) == 10
        assert all(each.commission is not None for each in fills)
        assert trade.fills == fills
        assert trade.commission > 0
        assert trade.waitFills(0) == fills


def test_an_order_that_ends_without_fills_has_none_to_wait_for(ib: IB) -> None:
    trade = ib.placeOrder(stock(), order(limit=1.0))
    trade.wait("Submitted", WAIT)
    trade.wait("PreSubmitted", 0)
    with pytest.raises(RequestTimeout, match="is Submitted, not Filled, in 0 s"):
        trade.wait("Filled", 0)
    with pytest.raises(RequestTimeout, match="is Submitted, not reported as a whole, in 0 s"):
        trade.waitFills(0)
    trade.cancel()
    with pytest.raises(RequestFailed, match="Cancel"):
        trade.waitFills(WAIT)


def test_health_is_plain_data(tws: SimulatedTws) -> None:
    for supervised in (False, True):
        with IB.connect(tws.host, tws.port, 1, supervised=supervised) as ib:
            ib.reqMktData(stock())
            ib.reqMktData(stock("MSFT"))
            health = ib.health()
            assert health["state"] == "ready"
            assert health["port"] == tws.port
            assert health["subs"]["reqMktData"] == 2  # type: ignore[index]
            assert health["requests"] == health["waiting"] == 0
            assert ("upstream" in health) is supervised
            json.dumps(health)
        assert ib.health()["state"] in ("disconnected", "stopped")
        assert ib.health()["requests"] == 0
