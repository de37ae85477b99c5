"""No answer is lost or given to another request: late ones, errors, cancels, a lost connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from reliability.hostile import HOST, WAIT, ScriptedTws, accepts

from ibapi_port.contract import Contract
from ibapi_port.execution import Execution
from ibapi_port.ib import (
    IB,
    AsyncIB,
    NotConnected,
    RequestFailed,
    RequestTimeout,
    Subscription,
    Ticker,
    bracket,
)
from ibapi_port.ib.engine import OpenRequest
from ibapi_port.ib.trades import OrderBook, SyncTrade
from ibapi_port.simulator import SimulatedTws

from .helpers import VERSION, order, says, scripted, stock

SOON = 0.05  # seconds to wait for what does not come


def time_of(seconds: int) -> bytes:
    return says("currentTime", time=seconds)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def in_thread(ask: Callable[[], object], pool: ThreadPoolExecutor) -> Callable[[], object]:
    future = pool.submit(ask)
    return lambda: future.result(WAIT)


def error(request_id: int, code: int, text: str) -> bytes:
    return says("error", reqId=request_id, errorCode=code, errorString=text)


def test_a_late_answer_is_not_given_to_the_next_request() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        with pytest.raises(RequestTimeout, match="reqCurrentTime"):
            ib.reqCurrentTime(timeout=SOON)
        peer.fields()
        second = in_thread(ib.reqCurrentTime, pool)
        assert peer.fields()[0] == "49"
        peer.send(time_of(1))  # the late answer to the first
        assert peer.fields()[0] == "49"  # so it asks again
        peer.send(time_of(2))
        assert second() == at(2)


def test_a_late_answer_is_remembered_over_an_error() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        with pytest.raises(RequestTimeout):
            ib.reqCurrentTime(timeout=SOON)
        peer.fields()
        second = in_thread(ib.reqCurrentTime, pool)
        peer.fields()
        peer.send(error(-1, 321, "refused"))
        with pytest.raises(RequestFailed, match="321"):
            second()
        third = in_thread(ib.reqCurrentTime, pool)
        peer.fields()
        peer.send(time_of(1))  # the late answer to the first
        assert peer.fields()[0] == "49"
        peer.send(time_of(3))
        assert third() == at(3)


def test_the_end_of_another_account_does_not_end_a_request() -> None:
    with scripted() as (ib, peer):
        peer.send(says("managedAccounts", accountsList="DU1,DU2"))
        asking = ib._engine.ask("reqAccountUpdates", True, "DU1", convert=len)
        assert peer.fields() == ["6", "2", "1", "DU1"]
        peer.send(says("updateAccountValue", key="A", val="2", currency="", accountName="DU2"))
        peer.send(says("accountDownloadEnd", accountName="DU2"))
        assert peer.fields() == ["6", "2", "1", "DU1"]  # so it asks again
        peer.send(says("updateAccountValue", key="A", val="1", currency="", accountName="DU1"))
        peer.send(says("accountDownloadEnd", accountName="DU1"))
        assert asking.result(WAIT) == 2
        assert [(each.account, each.value) for each in ib.accountValues("DU1")] == [("DU1", "1")]


def test_an_answer_that_never_came_is_not_waited_for() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        with pytest.raises(RequestTimeout):
            ib.reqCurrentTime(timeout=SOON)
        peer.fields()
        second = in_thread(ib.reqCurrentTime, pool)
        for seconds in (3, 4):  # the first of these is its own, which it cannot know
            peer.fields()
            peer.send(time_of(seconds))
        assert second() == at(4)
        third = in_thread(ib.reqCurrentTime, pool)
        peer.fields()
        peer.send(time_of(5))
        assert third() == at(5)


def test_two_threads_that_ask_the_same_take_turns() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        answers = [in_thread(ib.reqCurrentTime, pool) for _ in range(3)]
        for seconds in (1, 2, 3):
            assert peer.fields()[0] == "49"  # one at a time
            peer.send(time_of(seconds))
        assert sorted(answer() for answer in answers) == [at(1), at(2), at(3)]  # type: ignore[type-var]


def test_answers_in_another_order_find_their_requests() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        first = in_thread(lambda: ib.reqHistoricalNews(1, "A"), pool)
        first_id = int(peer.fields()[1])
        second = in_thread(lambda: ib.reqHistoricalNews(2, "A"), pool)
        second_id = int(peer.fields()[1])
        for request_id in (second_id, first_id):
            peer.send(
                says(
                    "historicalNews",
                    requestId=request_id,
                    time="",
                    providerCode="A",
                    articleId="A$1",
                    headline=str(request_id),
                ),
                says("historicalNewsEnd", requestId=request_id, hasMore=False),
            )
        assert [each.headline for each in first()] == [str(first_id)]  # type: ignore[attr-defined]
        assert [each.headline for each in second()] == [str(second_id)]  # type: ignore[attr-defined]


def test_an_error_before_the_answer_and_rows_after_it() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        asked = in_thread(lambda: ib.reqMatchingSymbols("A"), pool)
        request_id = int(peer.fields()[1])
        peer.send(error(request_id, 321, "no"))
        with pytest.raises(RequestFailed, match="321: no"):
            asked()
        again = in_thread(lambda: ib.reqMatchingSymbols("B"), pool)
        other_id = int(peer.fields()[1])
        assert other_id != request_id
        peer.send(says("symbolSamples", reqId=request_id, contractDescriptions=[]))
        peer.send(error(other_id, 321, "no again"))
        with pytest.raises(RequestFailed, match="no again"):
            again()


def test_a_warning_is_on_the_result() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        asked = in_thread(lambda: ib.reqMatchingSymbols("A"), pool)
        request_id = int(peer.fields()[1])
        peer.send(error(request_id, 2174, "a time zone"))
        peer.send(says("symbolSamples", reqId=request_id, contractDescriptions=[]))
        rows = asked()
        assert [(each.code, each.text) for each in rows.warnings] == [(2174, "a time zone")]  # type: ignore[attr-defined]


def test_a_drop_in_mid_answer_fails_all_that_is_open() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        asked = in_thread(lambda: ib.reqHistoricalNews(1, "A"), pool)
        peer.fields()
        clock = in_thread(ib.reqCurrentTime, pool)
        peer.fields()
        quotes = ib.reqMktData(stock())
        peer.fields()
        peer.close()
        for answer in (asked, clock):
            with pytest.raises(NotConnected):
                answer()
        with pytest.raises(NotConnected):
            quotes.next(WAIT)


def test_the_end_of_a_given_up_request_is_dropped_and_tws_is_told() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        with pytest.raises(RequestTimeout):
            ib.reqHistoricalData(stock(), timeout=SOON)
        fields = peer.fields()
        assert fields[0] == "20"
        cancel = peer.fields()
        assert (cancel[0], cancel[2]) == ("25", fields[1])
        peer.send(says("historicalDataEnd", reqId=int(fields[1]), startDateStr="", endDateStr=""))
        asked = in_thread(ib.reqCurrentTime, pool)
        peer.fields()
        peer.send(time_of(9))
        assert asked() == at(9)


def test_a_slow_program_gets_the_newest_or_is_told_what_it_missed() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        newest = ib.reqMktData(stock())
        newest_id = int(peer.fields()[2])
        every = ib.reqTicks(stock(), limit=10)
        every_id = int(peer.fields()[2])
        for n in range(25):
            for request_id in (newest_id, every_id):
                peer.send(says("tickGeneric", reqId=request_id, tickType=49, value=float(n)))
        clock = in_thread(ib.reqCurrentTime, pool)
        peer.fields()
        peer.send(time_of(1))
        clock()  # all that came before it was delivered
        assert newest.next(WAIT)["HALTED"] == 24.0
        with pytest.raises(RequestTimeout):
            newest.next(SOON)
        assert [every.next(WAIT).value for _ in range(10)] == [float(n) for n in range(15, 25)]
        assert every.dropped == 15


def test_an_error_ends_a_stream_and_a_warning_does_not() -> None:
    with scripted() as (ib, peer):
        quotes = ib.reqMktData(stock())
        request_id = int(peer.fields()[2])
        peer.send(error(request_id, 10167, "delayed data"))
        peer.send(says("tickGeneric", reqId=request_id, tickType=49, value=1.0))
        assert quotes.next(WAIT).halted
        assert [each.code for each in quotes.warnings] == [10167]
        peer.send(error(request_id, 354, "no subscription"))
        with pytest.raises(RequestFailed, match="reqMktData: error 354"):
            quotes.next(WAIT)
        quotes.cancel()  # it has ended: nothing is sent


def test_many_threads_at_once(tws: SimulatedTws) -> None:
    names = ["AAPL", "MSFT", "IBM", "NOSUCH"] * 10

    with IB.connect(tws.host, tws.port, 1) as ib, ThreadPoolExecutor(8) as pool:

        def ask(symbol: str) -> str:
            ib.reqCurrentTime()
            try:
                return ib.reqContractDetails(stock(symbol))[0].contract.symbol
            except RequestFailed as e:
                return str(e.code)

        found = list(pool.map(ask, names))
    assert found == ["200" if name == "NOSUCH" else name for name in names]


def test_a_connect_that_is_not_answered_leaves_no_connection() -> None:
    with ScriptedTws(accepts(VERSION, b"")) as tws:
        with pytest.raises(RequestTimeout, match="connect"):
            IB.connect(HOST, tws.port, 1, connectTimeout=0.3)
        assert len(tws.peer().to_the_end()) == 1  # startApi, and the end

        async def main() -> None:
            with pytest.raises(RequestTimeout, match="connect"):
                await AsyncIB.connect(HOST, tws.port, 1, connectTimeout=0.3)

        asyncio.run(main())
        assert len(tws.peer().to_the_end()) == 1


# --- orders ---


def test_the_next_order_id_is_known_before_connect_returns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An order with the id 0 would be another client's."""
    heard: list[str] = []
    fulfil = OpenRequest.fulfil
    receive = OrderBook.receive

    def note(self: OrderBook[SyncTrade], name: str, arguments: tuple[object, ...]) -> None:
        receive(self, name, arguments)
        heard.append(name)

    def note_answer(self: OpenRequest[object]) -> None:
        heard.append(f"{self.name} is answered")
        fulfil(self)

    monkeypatch.setattr(OrderBook, "receive", note)
    monkeypatch.setattr(OpenRequest, "fulfil", note_answer)
    with scripted():
        assert heard.index("nextValidId") < heard.index("startApi is answered")


def test_an_order_from_its_beginning_to_its_end(ib: IB) -> None:
    trade = ib.placeOrder(stock(), order(limit=1.0))
    trade.wait("Submitted", WAIT)
    assert ib.openTrades() == [trade]
    assert not trade.isDone
    trade.modify(lmtPrice=2.0)
    with pytest.raises(AttributeError, match="lmtPrise"):
        trade.modify(lmtPrise=2.0)
    trade.cancel()
    trade.wait("Cancelled", WAIT)
    assert trade.isDone
    assert ib.openTrades() == []
    with pytest.raises(RequestFailed):
        trade.wait("Filled", WAIT)


def test_a_fill_has_its_commission(ib: IB) -> None:
    reported = threading.Event()
    ib.events.commissionAndFeesReport += lambda trade, fill: reported.set()
    trade = ib.placeOrder(stock(), order())
    trade.wait("Filled", WAIT)
    assert reported.wait(WAIT)
    assert trade.filled == 10
    assert trade.commission > 0
    assert ib.fills() == list(trade.fills)
    assert trade.log[0].message == "sent"


def test_an_order_that_is_refused_raises_where_it_is_waited_for(ib: IB) -> None:
    trade = ib.placeOrder(stock("NOSUCH"), order())
    with pytest.raises(RequestFailed, match="200"):
        trade.wait("Filled", WAIT)
    assert trade.isDone


def test_an_order_that_does_not_fill_in_time(ib: IB) -> None:
    trade = ib.placeOrder(stock(), order(limit=1.0))
    trade.wait("Submitted", WAIT)
    with pytest.raises(RequestTimeout, match="Submitted"):
        trade.wait("Filled", SOON)


def test_orders_of_an_earlier_connection_are_known_again(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1) as ib:
        ib.placeOrder(stock(), order(limit=1.0)).wait("Submitted", WAIT)
    with IB.connect(tws.host, tws.port, 1) as ib:
        (trade,) = ib.openTrades()
        assert (trade.orderId, trade.order.lmtPrice, trade.status.status) == (1, 1.0, "Submitted")
        another = ib.placeOrder(stock(), order(limit=1.5))
        another.wait("Submitted", WAIT)
        assert another.orderId == 2
        trade.cancel()
        trade.wait("Cancelled", WAIT)


def test_a_correction_replaces_the_execution() -> None:
    with scripted() as (ib, peer), ThreadPoolExecutor() as pool:
        trade = ib.placeOrder(stock(), order())
        order_id = int(peer.fields()[1])
        revised = (("a.01", 5), ("a.01", 5), ("b.01", 2), ("a.02", 4), ("a.01", 5))
        for exec_id, shares in revised:
            peer.send(
                says(
                    "execDetails",
                    reqId=-1,
                    contract=stock(),
                    execution=_execution(exec_id, shares, order_id),
                )
            )
        clock = in_thread(ib.reqCurrentTime, pool)
        peer.fields()
        peer.send(time_of(1))
        clock()
        known = [(each.execution.execId, int(each.execution.shares)) for each in trade.fills]
        assert known == [("a.02", 4), ("b.01", 2)]
        assert [each.execution.execId for each in ib.fills()] == ["a.02", "b.01"]


def _execution(exec_id: str, shares: int, order_id: int) -> Execution:
    made = Execution()
    made.execId, made.shares, made.orderId, made.clientId = exec_id, Decimal(shares), order_id, 1
    return made


def test_a_bracket_is_placed_with_ids_that_rise(ib: IB) -> None:
    earlier = ib.placeOrder(stock(), order(limit=1.0))
    trades = ib.placeOrders(stock(), bracket("BUY", 10, limit=1.0, profit=2.0, stop=0.5))
    assert [trade.orderId for trade in trades] == [earlier.orderId + n for n in (1, 2, 3)]
    assert [trade.order.parentId for trade in trades] == [0, trades[0].orderId, trades[0].orderId]
    trades[0].wait("Submitted", WAIT)
    trades[0].cancel()
    for trade in trades:
        trade.wait("Cancelled", WAIT)


def test_tickers_that_are_interrupted_while_they_begin_leave_no_line_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with scripted() as (ib, peer):
        begin = ib.reqMktData

        def interrupted(contract: Contract, ticks: str = "") -> Subscription[Ticker]:
            if contract.symbol == "B":
                raise KeyboardInterrupt
            return begin(contract, ticks)

        monkeypatch.setattr(ib, "reqMktData", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ib.reqTickers(stock("A"), stock("B"))
        request_id = peer.fields()[2]
        assert peer.fields() == ["2", "2", request_id]
