"""Requests after a gap: scenarios 1, 6, 11, 12 and 17."""

from __future__ import annotations

import gc
import os
import threading
import time
from typing import Any

import pytest
from leftovers import sockets
from reliability.bench import memory

from ibapi_port.simulator import SimulatedTws
from ibapi_port.supervised import Phase, Policy, SupervisedClient

from .rig import QUICK, WAIT, App, limit_order, quick, restart, running, stock, until

SYMBOLS = ("AAPL", "MSFT", "IBM")


def ask_for_ticks(client: SupervisedClient, *ids: int) -> None:
    for request_id in ids:
        client.reqMktData(request_id, stock(SYMBOLS[request_id % 3]), "", False, False, [])


RESTARTS = 50 if os.environ.get("RELIABILITY_FULL") else 15


def asked(tws: SimulatedTws, since: int = 0) -> list[str]:
    return [each["request"] for each in tws.do("requests") if each["number"] >= since]


def test_01_restarts_under_a_hundred_streams() -> None:
    """Fifty with RELIABILITY_FULL=1."""
    policy = quick(rate=10_000)
    with (
        SimulatedTws(tick_interval=0.1, market_data_lines=200) as tws,
        running(tws, policy) as (app, client),
    ):
        heard: set[int] = set()
        app.on["tickPrice"] = lambda req_id, *_: heard.add(req_id)
        ask_for_ticks(client, *range(100))
        levels: list[tuple[int, int, int]] = []
        for number in range(RESTARTS):
            heard.clear()
            restart(tws, client)
            until(lambda: len(heard) == 100, "ticks of all streams")
            app.calls.clear()
            if number in (5, RESTARTS - 1):
                until(lambda: client._supervision._repeater.is_idle)
                gc.collect()
                levels.append((threading.active_count(), len(sockets()), memory()))
        assert client.health()["subs"] == {"reqMktData": 100}
        (threads, open_sockets, kept), (threads_later, sockets_later, kept_later) = levels
        assert threads_later <= threads + 1
        assert sockets_later == open_sockets
        assert kept_later - kept < 8 << 20


# --- what is repeated, and how fast ---


def test_everything_that_stands_is_requested_again_once_and_in_order(tws: SimulatedTws) -> None:
    tws.do("record")
    with running(tws) as (app, client):
        client.reqMarketDataType(3)
        client.reqMktData(1, stock(), "233", False, False, [])
        client.reqMktDepth(2, stock("AAPL", "NASDAQ"), 5, False, [])
        client.reqRealTimeBars(3, stock(), 5, "TRADES", True, [])
        client.reqTickByTickData(4, stock(), "AllLast", 0, False)
        client.reqHistoricalData(
            5, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, True, []
        )  # keepUpToDate
        client.reqAccountUpdates(True, "")
        client.reqAccountSummary(6, "All", "NetLiquidation")
        client.reqPositions()
        client.reqPnL(7, "DU1234567", "")
        client.reqNewsBulletins(True)
        client.reqAutoOpenOrders(True)
        client.reqMktData(9, stock("MSFT"), "", True, False, [])  # a snapshot
        client.reqMktData(10, stock("MSFT"), "", False, False, [])
        client.cancelMktData(10)
        client.reqMktData(11, stock("NOSUCHTHING"), "", False, False, [])
        app.wait("error", lambda *v: v[0] == 11)
        app.wait("tickSnapshotEnd")
        app.wait("pnl")
        app.wait("historicalDataEnd")
        until(lambda: "reqExecutions" in asked(tws))  # which the client asks at the beginning
        since = len(asked(tws))
        restart(tws, client)
        gap = app.wait("connectionGap")[0]
        again = asked(tws, since)
        assert again[0] == "startApi"
        repeated = [
            each
            for each in again[1:]
            if each not in ("reqOpenOrders", "reqExecutions", "reqCompletedOrders")
        ]
        assert repeated == [
            "reqMarketDataType", "reqAutoOpenOrders",
            "reqAccountUpdates", "reqAccountSummary", "reqPnL", "reqPositions",
            "reqMktData", "reqMktDepth", "reqRealTimeBars", "reqTickByTickData",
            "reqHistoricalData", "reqNewsBulletins",
        ]  # fmt: skip
        lists = [again.index(n) for n in ("reqOpenOrders", "reqExecutions", "reqCompletedOrders")]
        assert again.index("reqAutoOpenOrders") < min(lists)
        assert max(lists) < again.index("reqAccountUpdates")
        assert set(gap.restored) >= {1, 2, 3, 4, 5, 6, 7, "reqPositions"}
        assert not gap.not_restored
        assert app.all("dataStale")[0][0] == (1, 2, 3, 4, 5, 6, 7)
        app.wait("historicalDataEnd", count=2)  # the bars of the gap
        app.wait("accountDownloadEnd", count=2)


def test_each_stream_comes_back_under_the_market_data_type_that_it_was_asked_with(
    tws: SimulatedTws,
) -> None:
    with running(tws) as (app, client):
        for number, kind in enumerate((None, 3, 4, 3)):
            if kind is not None:
                client.reqMarketDataType(kind)
            client.reqMktData(number, stock(), "", False, False, [])
            app.wait("tickPrice", lambda *v, number=number: v[0] == number)
        tws.do("record")
        restart(tws, client)
        app.wait("connectionGap")
        client.reqMktData(9, stock(), "", False, False, [])
        app.wait("tickPrice", lambda *v: v[0] == 9)
        kind, kinds = 1, {}
        for each in tws.do("requests"):
            if each["request"] == "reqMarketDataType":
                kind = each["values"]["marketDataType"]
            elif each["request"] == "reqMktData":
                kinds[each["values"]["reqId"]] = kind
        assert kinds == {0: 1, 1: 3, 2: 4, 3: 3, 9: 3}


def test_requests_are_repeated_no_faster_than_tws_takes_them(tws: SimulatedTws) -> None:
    with running(tws, quick(rate=60)) as (app, client):
        ask_for_ticks(client, *range(70))
        app.wait("tickPrice", lambda *v: v[0] == 69)
        tws.do("record")
        restart(tws, client)
        began = time.monotonic()
        app.wait("connectionGap")
        assert time.monotonic() - began > 0.5
        assert asked(tws).count("reqMktData") == 70


def test_a_contract_that_the_program_changes_is_requested_as_it_was(tws: SimulatedTws) -> None:
    tws.do("record")
    with running(tws) as (app, client):
        contract = stock()
        client.reqMktData(1, contract, "", False, False, [])
        contract.symbol = "IBM"
        restart(tws, client)
        app.wait("connectionGap")
        requests = [e for e in tws.do("requests") if e["request"] == "reqMktData"]
        assert [each["values"]["contract"]["symbol"] for each in requests] == ["AAPL", "AAPL"]


# --- 6: TWS's line to IB ---


def test_06_data_kept_only_the_summary_is_asked_for_again(tws: SimulatedTws) -> None:
    tws.do("record")
    with running(tws) as (app, client):
        ask_for_ticks(client, 1, 2)
        client.reqAccountSummary(6, "All", "NetLiquidation")
        client.reqPositions()
        app.wait("accountSummaryEnd")
        app.wait("positionEnd")
        until(lambda: "reqExecutions" in asked(tws))
        since = len(asked(tws))
        tws.do("connectivity", up=False)
        until(lambda: client.state is Phase.UPSTREAM_LOST)
        app.wait("dataStale")
        tws.do("connectivity", up=True)
        app.wait("ordersReconciled")
        app.wait("accountSummaryEnd", count=2)
        app.wait("connectionGap")
        assert sorted(asked(tws, since)) == sorted([
            "reqOpenOrders", "reqExecutions", "reqCompletedOrders",
            "cancelAccountSummary", "reqAccountSummary",
        ])  # fmt: skip
        assert client.health()["connections"] == 1


def test_06_data_lost_each_stream_is_cancelled_and_requested_once(tws: SimulatedTws) -> None:
    with running(tws, quick(rate=500)) as (app, client):
        ask_for_ticks(client, *range(20))
        client.reqMktDepth(50, stock("AAPL", "NASDAQ"), 5, False, [])
        client.reqPositions()
        app.wait("positionEnd")
        app.wait("tickPrice", lambda *v: v[0] == 19)
        tws.do("record")
        tws.do("connectivity", up=False)
        before = len(app.calls)
        tws.do("connectivity", up=True, data_lost=True)
        app.wait("connectionGap")
        app.wait("tickPrice", lambda *v: v[0] == 19, after=before)
        app.wait("updateMktDepthL2", after=before)
        requests = tws.do("requests")
        names = [each["request"] for each in requests]
        assert names.count("cancelMktData") == names.count("reqMktData") == 20
        assert names.count("cancelMktDepth") == names.count("reqMktDepth") == 1
        assert names.count("cancelPositions") == names.count("reqPositions") == 1
        for request_id in range(20):
            mine = [
                e["request"] for e in requests
                if (e["values"].get("reqId", e["values"].get("tickerId"))) == request_id
            ]  # fmt: skip
            assert mine == ["cancelMktData", "reqMktData"]
        errors = [each for each in app.errors(before) if each[1] not in (1100, 1101)]
        assert errors == [(50, 317)]  # no 102, no 300
        assert client.health()["connections"] == 1


def test_streams_that_stay_silent_after_1102_are_requested_again(tws: SimulatedTws) -> None:
    with running(tws, quick(stream_silence=0.15)) as (app, client):
        ask_for_ticks(client, 1, 2, 3)
        app.wait("tickPrice", lambda *v: v[0] == 3)
        tws.do("record")
        tws.do("connectivity", up=False)
        tws.do("connectivity", up=True)
        app.wait("connectionGap")
        tws.do("quote", symbol="MSFT", bid=10, ask=11)  # id 1 alone
        until(lambda: asked(tws).count("reqMktData") == 2)
        time.sleep(0.2)
        ids = [e["values"]["reqId"] for e in tws.do("requests") if e["request"] == "reqMktData"]
        assert ids == [2, 3]


# --- 11: requests that wait for one answer ---

FOR_ONE = {
    "contractDetailsEnd": lambda client: client.reqContractDetails(7, stock()),
    "historicalData": lambda client: client.reqHistoricalData(
        7, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, False, []
    ),
    "openOrderEnd": lambda client: client.reqOpenOrders(),
}


@pytest.mark.parametrize("message", FOR_ONE)
def test_11_a_request_that_was_open_at_a_loss_ends_at_once(tws: SimulatedTws, message: str) -> None:
    with running(tws) as (app, client):
        until(lambda: client._supervision.books.executions.has_base)
        tws.do("fault", kind="lose", message=message)
        FOR_ONE[message](client)
        client.reqCurrentTime()
        app.wait("currentTime")
        lost_at: list[float] = []
        app.on["error"] = lambda *v: lost_at.append(time.monotonic()) if v[2] == 507 else None
        tws.do("drop_connection")
        request_id = -1 if message == "openOrderEnd" else 7
        app.wait("error", lambda *v: v[0] == request_id and v[2] == 504)
        assert time.monotonic() - lost_at[0] < 0.1
        names = [n if n != "error" else v[2] for n, v in app.calls if n != "connectionState"]
        assert names[names.index(507) : names.index("connectionClosed") + 1] == [
            507, 504, "connectionClosed",
        ]  # fmt: skip
        tws.do("clear_faults")
        app.wait("connectionGap")
        assert app.all("connectionGap")[0][0].failed == (7 if request_id == 7 else "reqOpenOrders",)


def test_11_history_is_asked_for_again_where_the_program_wants_it(tws: SimulatedTws) -> None:
    with running(tws, quick(retry_safe=True)) as (app, client):
        tws.do("fault", kind="lose", message="historicalData", times=1)
        FOR_ONE["historicalData"](client)
        client.reqContractDetails(8, stock())
        app.wait("contractDetailsEnd")
        restart(tws, client)
        app.wait("historicalDataEnd")
        client.reqCurrentTime()
        app.wait("currentTime")
        bars = [bar.date for request_id, bar in app.all("historicalData")]
        assert len(bars) == len(set(bars)) > 0
        assert len(app.all("historicalDataEnd")) == len(app.all("contractDetailsEnd")) == 1
        assert not [each for each in app.errors() if each[1] == 504]


def test_11_an_answer_that_had_begun_is_not_asked_for_again(tws: SimulatedTws) -> None:
    with running(tws, quick(retry_safe=True)) as (app, client):
        tws.do("fault", kind="lose", message="contractDetailsEnd", times=1)
        client.reqContractDetails(8, stock())
        app.wait("contractDetails")
        restart(tws, client)
        app.wait("error", lambda *v: v[0] == 8 and v[2] == 504)
        app.wait("connectionGap")
        assert len(app.all("contractDetails")) == 1


def test_answers_to_options_calculations_are_heard(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        registry = client._supervision.books.registry
        until(lambda: client._supervision.books.executions.has_base)
        client.calculateImpliedVolatility(9, stock(), 5.0, 100.0, [])
        app.wait("error", lambda *v: v[0] == 9)  # a stock has none
        assert not registry._pending
        assert not registry.waits_for_computation


# --- 12: books ---


def test_12_a_book_begins_anew_and_what_is_over_does_not(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        book: dict[tuple[int, int], tuple[float, Any]] = {}

        def row(
            req_id: int, position: int, maker: str, operation: int, side: int, price: float,
            size: Any, *_: Any,
        ) -> None:  # fmt: skip
            if req_id != 1:
                return
            if operation == 2:
                book.pop((side, position), None)
            else:
                book[side, position] = (price, size)

        def error(req_id: int, when: int, code: int, *_: Any) -> None:
            if (req_id, code) == (1, 317):
                book.clear()

        app.on["updateMktDepthL2"] = row
        app.on["error"] = error
        client.reqMktDepth(1, stock("AAPL", "NASDAQ"), 10, False, [])
        client.reqMktDepth(2, stock("MSFT", "NASDAQ"), 10, False, [])
        until(lambda: len(app.all("updateMktDepthL2")) >= 40)
        client.cancelMktDepth(2, False)
        client.reqMktData(3, stock("NOSUCHTHING"), "", False, False, [])
        app.wait("error", lambda *v: v[0] == 3)
        tws.do("restart", seconds=0.2)
        app.wait("connectionClosed")
        tws.do("quote", symbol="AAPL", bid=50, ask=51)
        before = len(app.calls)
        app.wait("connectionGap", after=before)
        app.wait("updateMktDepthL2", count=20, after=before)
        told = [name for name, values in app.calls[before:]
                if name == "updateMktDepthL2" or (name == "error" and values[2] == 317)]  # fmt: skip
        assert told[0] == "error"
        assert told.count("error") == 1
        assert {v[0] for v in app.all("updateMktDepthL2", before)} == {1}
        assert len(book) == 20
        assert max(price for (side, _), (price, _) in book.items() if side == 1) == 50
        assert min(price for (side, _), (price, _) in book.items() if side == 0) == 51
        assert client.health()["subs"] == {"reqMktDepth": 1}


# --- 17: one stream is cut ---


@pytest.mark.parametrize(
    ("code", "cut", "request_"),
    [(10182, 5, "reqHistoricalData"), (10225, 1, "reqMktData"), (316, 2, "reqMktDepth")],
)
def test_17_only_the_stream_that_was_cut_is_requested_again(
    tws: SimulatedTws, code: int, cut: int, request_: str
) -> None:
    with running(tws) as (app, client):
        client.reqMktData(1, stock(), "", False, False, [])
        client.reqMktDepth(2, stock("AAPL", "NASDAQ"), 5, False, [])
        client.reqHistoricalData(5, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, True, [])
        app.wait("historicalDataEnd")
        app.wait("updateMktDepthL2")
        until(lambda: client._supervision.books.executions.has_base)
        tws.do("record")
        tws.do("notice", code=code, text="It was cut.", req_id=cut)
        until(lambda: request_ in asked(tws))
        client.reqCurrentTime()
        app.wait("currentTime")
        assert asked(tws) == [request_.replace("req", "cancel", 1), request_, "reqCurrentTime"]
        assert client.health()["connections"] == 1


# --- what the program requests by itself ---


def test_a_program_that_requests_anew_in_nextvalidid_is_not_doubled(tws: SimulatedTws) -> None:
    tws.do("record")
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)

    def begin(order_id: int) -> None:
        client.reqMktData(1, stock(), "", False, False, [])
        client.reqPositions()

    app.on["nextValidId"] = begin
    client.start()
    assert client.wait_ready(WAIT)
    app.wait("positionEnd")
    since = len(asked(tws))
    restart(tws, client)
    app.wait("connectionGap")
    later = asked(tws, since)
    assert later.count("reqMktData") == later.count("reqPositions") == 1
    since = len(asked(tws))
    app.on.clear()
    restart(tws, client)
    app.wait("connectionGap", count=2)
    begin(0)  # late: it is there already
    client.reqMktData(1, stock("MSFT"), "", False, False, [])  # the program's second: TWS's matter
    app.wait("error", lambda *v: v[0] == 1 and v[2] in (102, 322))
    later = asked(tws, since)
    assert later.count("reqMktData") == 2
    restart(tws, client)
    app.wait("connectionGap", count=3)
    client.reqMktData(1, stock("IBM"), "", False, False, [])  # another one in its place
    client.reqCurrentTime()
    app.wait("currentTime")
    assert asked(tws)[-3:] == ["cancelMktData", "reqMktData", "reqCurrentTime"]
    assert client.stop(WAIT)


def test_a_state_that_is_asked_for_later_is_answered(tws: SimulatedTws) -> None:
    """What was repeated has had its answer: it does not stand for a request after that."""
    with running(tws) as (app, client):
        client.reqPositions()
        client.reqAccountSummary(6, "All", "NetLiquidation")
        client.reqAccountUpdates(True, "")
        ends = ("positionEnd", "accountSummaryEnd", "accountDownloadEnd")
        for end in ends:
            app.wait(end)
        restart(tws, client)
        for end in ends:
            app.wait(end, count=2)
        client.reqPositions()
        client.reqAccountSummary(6, "All", "NetLiquidation")
        client.reqAccountUpdates(True, "")
        for end in ends:
            app.wait(end, count=3)


def test_orders_that_are_placed_in_each_nextvalidid_are_warned_of(
    tws: SimulatedTws, caplog: pytest.LogCaptureFixture
) -> None:
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)
    app.on["nextValidId"] = lambda order_id: client.placeOrder(order_id, stock(), limit_order())

    def warned() -> list[str]:
        return [each.message for each in caplog.records if "in nextValidId" in each.message]

    client.start()
    assert client.wait_ready(WAIT)
    app.wait("orderStatus")
    client.placeOrder(50, stock(), limit_order())
    assert not warned()
    for count in (1, 2):
        restart(tws, client)
        app.wait("connectionGap", count=count)
        assert len(warned()) == 1
        assert "order 51 was placed in nextValidId, as on a connection before" in warned()[0]
    assert client.stop(WAIT)


def test_orders_that_are_asked_an_id_for_are_not_warned_of(
    tws: SimulatedTws, caplog: pytest.LogCaptureFixture
) -> None:
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)
    client.start()
    assert client.wait_ready(WAIT)
    app.on["nextValidId"] = lambda order_id: client.placeOrder(order_id, stock(), limit_order())
    client.reqIds(1)
    app.wait("orderStatus")
    app.on.clear()
    restart(tws, client)
    app.wait("connectionGap")
    app.on["nextValidId"] = lambda order_id: client.placeOrder(order_id, stock(), limit_order())
    client.reqIds(1)
    app.wait("orderStatus", lambda *v: v[0] == 2)
    assert not [each for each in caplog.records if "in nextValidId" in each.message]
    assert client.stop(WAIT)


def test_answers_to_the_supervisors_questions_are_not_told(tws: SimulatedTws) -> None:
    policy = quick(silence=0.05, answer_timeout=2.0)
    with running(tws, policy) as (app, client):
        client.reqCurrentTime()
        client.reqOpenOrders()
        app.wait("currentTime")
        app.wait("openOrderEnd")
        restart(tws, client)
        app.wait("ordersReconciled")
        until(lambda: (client.health()["rtt"] or 0) > 0)
        for name, count in (
            ("currentTime", 1), ("openOrderEnd", 1), ("execDetailsEnd", 0),
            ("completedOrdersEnd", 0),
        ):  # fmt: skip
            assert len(app.all(name)) == count, name


@pytest.mark.parametrize("version", [100, 151, 187, 222])
def test_at_old_and_new_versions(version: int) -> None:
    with (
        SimulatedTws(tick_interval=3600, server_version=version) as tws,
        running(tws) as (app, client),
    ):
        client.reqMktData(1, stock(), "", False, False, [])
        client.reqContractDetails(2, stock())
        app.wait("contractDetailsEnd")
        restart(tws, client)
        app.wait("connectionGap")
        app.wait("tickPrice")
        assert not [each for each in app.errors() if each[1] not in (502, 507)]


def test_a_default_policy_holds_its_settings() -> None:
    assert Policy() == Policy.from_data({})


def test_what_is_cancelled_without_a_connection_does_not_come_back(tws: SimulatedTws) -> None:
    tws.do("record")
    with running(tws) as (app, client):
        ask_for_ticks(client, 1, 2)
        client.reqAccountUpdates(True, "")
        app.wait("accountDownloadEnd")
        since = len(asked(tws))
        fault = tws.do("fault", kind="refuse")
        tws.do("drop_connection")
        app.wait("connectionClosed")
        until(lambda: not client.isConnected())
        client.cancelMktData(1)
        client.reqAccountUpdates(False, "")
        ask_for_ticks(client, 2, 3)  # told with error 504, and 2 stands from before
        assert [each for each in app.errors() if each[1] == 504] == [
            (1, 504), (-1, 504), (2, 504), (3, 504),
        ]  # fmt: skip
        tws.do("remove_fault", fault=fault)
        assert app.wait("connectionGap")[0].restored == (2,)
        requests = [each for each in tws.do("requests") if each["number"] >= since]
        assert [e["values"]["reqId"] for e in requests if e["request"] == "reqMktData"] == [2]


def test_after_disconnect_nothing_is_requested_again(tws: SimulatedTws) -> None:
    tws.do("record")
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)
    for _ in range(2):
        client.start()
        assert client.wait_ready(WAIT)
        ask_for_ticks(client, 1)
        app.wait("tickPrice")
        app.calls.clear()
        assert client.stop(WAIT)
    assert asked(tws).count("reqMktData") == 2


def test_a_programs_own_attributes_and_methods_do_not_meet_the_supervisors(
    tws: SimulatedTws,
) -> None:
    class Program(App, SupervisedClient):  # type: ignore[misc]
        def __init__(self) -> None:
            App.__init__(self)
            SupervisedClient.__init__(self, self, policy=QUICK)
            self.state = "mine"
            self.policy = self.health = self.watch = None  # type: ignore[assignment, method-assign]

        def start(self) -> None:
            raise AssertionError("the supervisor calls a program's method")

        stop = wait_ready = start  # type: ignore[assignment]

    program = Program()
    program.connect(tws.host, tws.port, 1)
    thread = threading.Thread(target=program.run)
    thread.start()
    program.wait("nextValidId")
    tws.do("restart", seconds=0)
    program.wait("nextValidId", count=2)
    assert program.state == "mine"
    program.disconnect()
    thread.join(WAIT)
    assert not thread.is_alive()
