"""IB and AsyncIB on a supervised connection: what they hold goes on as the same objects."""

from __future__ import annotations

import asyncio
import threading
import time
from decimal import Decimal
from typing import Any

import pytest
from machine import slowness

from ibapi_port.ib import IB, AsyncIB, NotConnected, RequestFailed
from ibapi_port.ib.state import AccountState
from ibapi_port.ib.supervised import Freshness
from ibapi_port.order import Order
from ibapi_port.simulator import SimulatedTws
from ibapi_port.supervised import Fate, Gap, Policy, Report

from .rig import QUICK, WAIT, limit_order, quick, stock, until


def supervised(tws: SimulatedTws, policy: Policy = QUICK, **options: Any) -> IB:
    return IB.connect(tws.host, tws.port, 1, supervised=policy, **options)


class Gaps:
    """The gaps that a face has told of."""

    def __init__(self, ib: Any) -> None:
        self.gaps: list[Gap] = []
        self.reports: list[Report] = []
        ib.events.reconnected += self.gaps.append
        ib.events.ordersReconciled += self.reports.append

    def wait(self, count: int = 1) -> None:
        until(lambda: len(self.gaps) >= count and len(self.reports) >= count, "the gap's end")


def gap(tws: SimulatedTws, ib: IB, *actions: tuple[str, Any]) -> tuple[Gap, Report]:
    told = Gaps(ib)
    fault = tws.do("fault", kind="refuse")
    tws.do("drop_connection")
    until(lambda: not ib.isConnected)
    for command, values in actions:
        tws.do(command, **values)
    tws.do("remove_fault", fault=fault)
    told.wait()
    return told.gaps[0], told.reports[0]


def test_streams_trades_and_state_go_on_as_the_same_objects(tws: SimulatedTws) -> None:
    with supervised(tws, account="") as ib:
        lost: list[Any] = []
        ib.events.disconnected += lost.append
        ticks = ib.reqMktData(stock(), mode="all")
        ticks.next(WAIT)
        working = ib.placeOrder(stock(), limit_order())
        working.wait("Submitted", WAIT)
        filled = ib.placeOrder(stock("MSFT"), limit_order())
        filled.wait("Submitted", WAIT)
        waiter = threading.Thread(target=lambda: filled.wait("Filled", WAIT))
        waiter.start()
        marked, report = gap(tws, ib, ("fill", {"order_id": filled.orderId, "price": 1}))
        assert len(lost) == 1
        tws.do("quote", symbol="AAPL", bid=77, ask=78)
        while ticks.latest is None or ticks.latest.bid != 77:
            ticks.next(WAIT)
        waiter.join(WAIT)
        assert not waiter.is_alive()
        assert filled.isDone
        assert filled.filled == 100
        assert [fill.execution.price for fill in filled.fills] == [1]
        assert working.status.status == "Submitted"
        assert ib.trades() == [working, filled]
        assert {fill.execution.orderId for fill in ib.fills()} == {filled.orderId}
        assert ticks.gaps == working.gaps == ib.gaps == (marked,)
        assert marked.began < marked.ended
        assert ticks.reqId in marked.restored
        assert {each.orderId: each.fate for each in report.orders} == {
            working.orderId: Fate.WORKING, filled.orderId: Fate.FILLED,
        }  # fmt: skip
        until(lambda: bool(ib.positions()))
        assert [(p.contract.symbol, p.position) for p in ib.positions()] == [("MSFT", 100)]


def test_a_position_that_was_closed_in_the_gap_is_gone(tws: SimulatedTws) -> None:
    with supervised(tws, account="") as ib:
        bought = ib.placeOrder(stock(), limit_order(limit=10_000, quantity=1))
        bought.wait("Filled", WAIT)
        until(lambda: bool(ib.positions()) and bool(ib.portfolio()))
        sold = ib.placeOrder(stock(), limit_order("SELL", 1, 9_000))
        sold.wait("Submitted", WAIT)
        told: list[Any] = []
        ib.events.position += told.append
        gap(tws, ib, ("fill", {"order_id": sold.orderId, "price": 9_000}))
        until(lambda: not ib.positions() and not ib.portfolio())
        assert told[-1].position == 0


def test_the_end_of_a_portfolio_is_that_of_its_account() -> None:
    told: list[tuple[str, Any]] = []
    state = AccountState(lambda name, arguments: told.append((name, arguments)))
    freshness = Freshness(state)

    def holds(symbol: str, account: str) -> None:
        contract = stock(symbol)
        contract.conId = len(symbol)
        row = (contract, Decimal(5), 1.0, 5.0, 1.0, 0.0, 0.0, account)
        state.receive("updatePortfolio", row)
        freshness.receive("updatePortfolio", row)

    holds("IBM", "DU1")
    holds("AAPL", "DU1")
    holds("AAPL", "DU2")
    freshness.lost()
    holds("AAPL", "DU1")
    freshness.receive("accountDownloadEnd", ("DU1",))
    assert [item.contract.symbol for item in state.portfolio("DU1")] == ["AAPL"]
    assert [item.contract.symbol for item in state.portfolio("DU2")] == ["AAPL"]
    freshness.receive("accountDownloadEnd", ("DU2",))  # each account once
    assert state.portfolio("DU2") == []


def test_what_waits_for_an_answer_fails_at_once_and_later_requests_pass(tws: SimulatedTws) -> None:
    with supervised(tws) as ib:
        failed: list[BaseException] = []

        def ask() -> None:
            try:
                ib.reqContractDetails(stock(), timeout=WAIT)
            except BaseException as e:
                failed.append(e)

        fault = tws.do("fault", kind="lose", message="contractDetailsEnd")
        thread = threading.Thread(target=ask)
        thread.start()
        until(lambda: bool(ib._engine._open))
        began = time.monotonic()
        gap(tws, ib, ("remove_fault", {"fault": fault}))
        thread.join(WAIT)
        assert time.monotonic() - began < 2 * slowness()
        assert isinstance(failed[0], NotConnected)
        assert ib.reqContractDetails(stock())


def test_a_request_without_an_id_that_waits_fails_and_the_next_one_passes(
    tws: SimulatedTws,
) -> None:
    with supervised(tws) as ib:
        fault = tws.do("fault", kind="lose", message="scannerParameters")
        tws.do("record")
        failed: list[BaseException] = []

        def ask() -> None:
            try:
                ib.reqScannerParameters(timeout=WAIT)
            except BaseException as e:
                failed.append(e)

        thread = threading.Thread(target=ask)
        thread.start()
        until(lambda: "reqScannerParameters" in [e["request"] for e in tws.do("requests")])
        gap(tws, ib, ("remove_fault", {"fault": fault}))
        thread.join(WAIT)
        assert isinstance(failed[0], NotConnected)
        assert ib.reqScannerParameters().startswith("<")


def test_a_stream_that_is_ended_without_a_connection_does_not_come_back(tws: SimulatedTws) -> None:
    with supervised(tws) as ib:
        one, two = ib.reqMktData(stock()), ib.reqMktData(stock("MSFT"))
        one.next(WAIT)
        two.next(WAIT)
        tws.do("record")
        fault = tws.do("fault", kind="refuse")
        told = Gaps(ib)
        tws.do("drop_connection")
        until(lambda: not ib.isConnected)
        one.cancel()
        tws.do("remove_fault", fault=fault)
        told.wait()
        assert one.reqId not in told.gaps[0].restored
        names = [each["request"] for each in tws.do("requests")]
        assert names.count("reqMktData") == 1


def test_a_stream_that_is_cut_goes_on_and_one_that_is_refused_does_not_come_back(
    tws: SimulatedTws,
) -> None:
    with supervised(tws) as ib:
        cut, refused = ib.reqMktData(stock()), ib.reqMktData(stock("MSFT"))
        cut.next(WAIT)
        refused.next(WAIT)
        tws.do("record")
        tws.do("notice", code=10225, text="Bust event", req_id=cut.reqId)
        tws.do("notice", code=354, text="Not subscribed", req_id=refused.reqId)
        until(lambda: "reqMktData" in [each["request"] for each in tws.do("requests")])
        until(lambda: not refused.active)
        assert cut.active
        assert [notice.code for notice in cut.warnings] == [10225]
        assert gap(tws, ib)[0].restored == (cut.reqId, "reqPositions")[::-1]


def test_an_order_that_is_lost_says_so(tws: SimulatedTws) -> None:
    with supervised(tws) as ib:
        fault = tws.do("fault", kind="lose", message="placeOrder")
        trade = ib.placeOrder(stock(), limit_order())
        tws.settle()
        gap(tws, ib, ("remove_fault", {"fault": fault}))
        assert trade.isDone
        assert trade.error is not None
        assert "lost" in trade.error.text
        again = ib.placeOrder(stock(), limit_order())
        again.wait("Submitted", WAIT)
        assert again.orderId > trade.orderId


def test_an_order_that_worked_and_is_lost_has_ended() -> None:
    with SimulatedTws() as before:
        port = before.port
        ib = supervised(before)
        trade = ib.placeOrder(stock(), limit_order())
        trade.wait("Submitted", WAIT)
        told = Gaps(ib)
    with SimulatedTws(port=port), ib:  # one that knows nothing of the order
        told.wait()
        trade.wait(timeout=WAIT)
        assert trade.isDone
        assert "lost" in repr(trade)
        assert trade not in ib.openTrades()
        with pytest.raises(RequestFailed, match="lost"):
            trade.wait("Filled", WAIT)
        # What TWS tells of it after all counts.
        ib._orders.order_status(trade.orderId, *vars(trade.status).values())
        assert not trade.isDone
        assert trade.error is None


def test_orders_without_a_connection_are_refused(tws: SimulatedTws) -> None:
    with supervised(tws) as ib:
        fault = tws.do("fault", kind="refuse")
        tws.do("drop_connection")
        until(lambda: not ib.isConnected)
        trade = ib.placeOrder(stock(), limit_order())
        assert trade.isDone
        assert trade.error is not None
        assert trade.error.code == 504
        told = Gaps(ib)
        tws.do("remove_fault", fault=fault)
        told.wait()
        assert not tws.do("state")["orders"]


def test_connect_waits_for_a_tws_that_starts_and_gives_up_in_time() -> None:
    with SimulatedTws(tick_interval=3600) as server:
        port = server.port
    began = time.monotonic()
    with pytest.raises(NotConnected, match=r"in 0\.3 s: .*refused"):
        IB.connect("127.0.0.1", port, 1, supervised=QUICK, connectTimeout=0.3)
    assert time.monotonic() - began < 3 * slowness()
    made: list[IB] = []
    thread = threading.Thread(
        target=lambda: made.append(IB.connect("127.0.0.1", port, 1, supervised=QUICK))
    )
    thread.start()
    with SimulatedTws(port=port, tick_interval=3600):
        thread.join(WAIT)
        assert made[0].isConnected
        made[0].disconnect()


def test_a_connection_that_is_given_up_ends_the_streams(tws: SimulatedTws) -> None:
    with supervised(tws, quick(max_attempts=2, settled_after=10.0)) as ib:
        ticks = ib.reqMktData(stock(), mode="all")
        ticks.next(WAIT)
        tws.do("restart", seconds=60)
        with pytest.raises(NotConnected):
            for _ in ticks:
                pass


def test_async_ib(tws: SimulatedTws) -> None:
    async def main() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 1, supervised=QUICK) as ib:
            reconnected = asyncio.Event()
            ib.events.reconnected += lambda gap: reconnected.set()
            ticks = ib.reqMktData(stock(), mode="all")
            await ticks.next(WAIT)
            trade = ib.placeOrder(stock(), limit_order())
            await trade.wait("Submitted", WAIT)
            tws.do("restart", seconds=0)
            await asyncio.wait_for(reconnected.wait(), WAIT)
            tws.do("quote", symbol="AAPL", bid=77, ask=78)
            while ticks.latest is None or ticks.latest.bid != 77:
                await ticks.next(WAIT)
            assert len(ticks.gaps) == 1
            assert await ib.reqCurrentTime()
            assert isinstance(trade.order, Order)
            assert trade.filled == Decimal(0)

    asyncio.run(main())


def test_an_order_after_a_silence_does_not_hold_up_the_event_loop(tws: SimulatedTws) -> None:
    policy = quick(probe_after=0.4, probe_timeout=0.2)

    async def program() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 1, supervised=policy) as ib:
            client: Any = ib._engine.client
            silence = client._supervision.line
            for _ in range(3):  # TWS is asked in good time: orders go out
                began = time.monotonic()
                while time.monotonic() - began < 0.45:
                    await asyncio.sleep(0.01)
                assert silence.silence < 0.4
            trade = ib.placeOrder(stock(), limit_order())
            await trade.wait("Submitted", WAIT)
            fault = tws.do("fault", kind="lose", message="currentTime")
            while silence.silence <= 0.4:
                await asyncio.sleep(0.01)
            began = time.monotonic()
            refused = ib.placeOrder(stock(), limit_order())
            assert time.monotonic() - began < 0.1  # it did not wait for an answer
            assert refused.error is not None
            assert refused.error.code == 504
            assert "silent" in refused.error.text
            tws.do("remove_fault", fault=fault)

    asyncio.run(program())
