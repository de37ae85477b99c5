"""TWSSyncWrapper: what its methods bring from the simulated TWS, and how a wait ends when no answer
comes, or a late one.
"""

from __future__ import annotations

import functools
import inspect
import logging
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from machine import slowness

from ibapi_port import sync_wrapper
from ibapi_port._sync import asking as asking_module
from ibapi_port._sync import waits
from ibapi_port._sync.names import END_MARKERS, NAMES
from ibapi_port.client import EClient
from ibapi_port.common import TickAttrib
from ibapi_port.connection import Deadline
from ibapi_port.contract import Contract, ContractDetails
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order import Order
from ibapi_port.protocol.schema.conversations import CONVERSATIONS
from ibapi_port.simulator import SimulatedTws
from ibapi_port.sync_wrapper import RequestFailed, ResponseTimeout, TWSSyncWrapper
from ibapi_port.wrapper import EWrapper

from .samples import (
    bars,
    contract_details,
    details,
    next_id,
    notice,
    open_order,
    plain_order,
    price,
    stock,
)
from .scripted import HOST, WAIT, Peer, ScriptedTws, accepts, message

VERSION = 187
SOON = 0.05  # seconds to wait for what does not come
AT_ONCE = 2.0  # seconds within which something has happened that did not wait for a time-out

# --- the simulated TWS ---


@pytest.fixture
def tws() -> Iterator[SimulatedTws]:
    """Its market stands still."""
    with SimulatedTws(tick_interval=3600) as server:
        yield server


@pytest.fixture
def app(tws: SimulatedTws) -> Iterator[TWSSyncWrapper]:
    made = TWSSyncWrapper(timeout=WAIT)
    assert made.connect_and_start(tws.host, tws.port, 1) is True
    yield made
    made.disconnect_and_stop()
    assert not made.api_thread.is_alive()


def share(symbol: str = "AAPL") -> Contract:
    return Contract(symbol=symbol, secType="STK", exchange="SMART", currency="USD")


def order(kind: str = "LMT", limit: float = 1.0) -> Order:
    made = Order(action="BUY", orderType=kind, totalQuantity=Decimal(100), tif="DAY")
    if kind == "LMT":
        made.lmtPrice = limit
    return made


def test_connected(app: TWSSyncWrapper) -> None:
    assert app.isConnected()
    assert isinstance(app, EWrapper)
    assert isinstance(app, EClient)
    assert (
        app.next_valid_id_value
        == app.get_next_valid_id()
        == app.get_next_valid_id(timeout=WAIT)
        == 1
    )
    assert abs(app.get_current_time(timeout=WAIT) - time.time()) < WAIT
    assert app.current_time_value is not None


def test_contract_details_are_those_of_one_request(app: TWSSyncWrapper) -> None:
    for _ in range(2):  # the second time not those of the first as well
        (found,) = app.get_contract_details(share(), timeout=WAIT)
        assert (found.contract.symbol, found.longName) == ("AAPL", "APPLE INC")
    pairs = app.get_contract_details(Contract(symbol="EUR", secType="CASH", currency="USD"), WAIT)
    assert [pair.contract.symbol for pair in pairs] == ["EUR"]


def test_an_order_from_its_beginning_to_its_end(app: TWSSyncWrapper) -> None:
    placed = order()
    status = app.place_order_sync(share(), placed, timeout=WAIT)
    assert status == app.order_status[1]
    assert list(status) == list(inspect.signature(EWrapper.orderStatus).parameters)[1:]
    assert (
        (status["orderId"], status["status"], status["remaining"])
        == (placed.orderId, "Submitted", 100)
        == (1, "Submitted", 100)
    )
    opened = app.get_open_orders(timeout=WAIT)
    assert list(opened) == [1]
    assert list(opened[1]) == ["orderId", "contract", "order", "orderState"]
    assert (
        opened[1]["contract"].symbol,
        opened[1]["order"].lmtPrice,
        opened[1]["orderState"].status,
    ) == ("AAPL", 1.0, "Submitted")
    assert app.cancel_order_sync(1, timeout=WAIT)["status"] == "Cancelled"
    assert app.get_open_orders(timeout=WAIT) == app.open_orders == {}
    with pytest.raises(RequestFailed, match="10148") as caught:
        app.cancel_order_sync(1, timeout=WAIT)
    assert caught.value.error == app.errors[1][-1]


def test_what_a_trade_leaves(app: TWSSyncWrapper) -> None:
    assert (
        app.get_executions(timeout=WAIT),
        app.get_positions(timeout=WAIT),
        app.get_portfolio(),
    ) == ([], {}, [])
    assert app.place_order_sync(share(), order("MKT"), WAIT)["orderId"] == 1
    (traded,) = app.get_executions(timeout=WAIT)
    assert (traded["contract"].symbol, traded["execution"].shares, traded["execution"].side) == (
        "AAPL",
        100,
        "BOT",
    )
    assert app.get_executions(ExecutionFilter(symbol="IBM"), timeout=WAIT) == []
    ((account, (held,)),) = app.get_positions(timeout=WAIT).items()
    assert (account, held["contract"].symbol, held["position"], list(held)) == (
        "DU1234567", "AAPL", 100, ["contract", "position", "avgCost"],
    )  # fmt: skip
    for _ in range(2):
        (row,) = app.get_portfolio("DU1234567", timeout=WAIT)
        assert list(row) == list(inspect.signature(EWrapper.updatePortfolio).parameters)[1:]
        assert (row["contract"].symbol, row["position"], row["accountName"]) == (
            "AAPL",
            100,
            "DU1234567",
        )


def test_account_summary(app: TWSSyncWrapper) -> None:
    for _ in range(4):  # TWS serves two at a time: each one is ended
        summary = app.get_account_summary("NetLiquidation,BuyingPower", timeout=WAIT)
    assert {tag: row["currency"] for tag, row in summary["DU1234567"].items()} == {
        "NetLiquidation": "USD",
        "BuyingPower": "USD",
    }
    assert Decimal(summary["DU1234567"]["NetLiquidation"]["value"]) == 1_000_000


def test_market_data(app: TWSSyncWrapper) -> None:
    ticks = app.get_market_data_snapshot(share())
    assert {
        "BID",
        "ASK",
        "LAST",
        "BID_SIZE",
        "LAST_SIZE",
        "VOLUME",
        "CLOSE",
        "LAST_TIMESTAMP",
        "HALTED",
    } <= set(ticks)
    assert 0 < ticks["BID"] < ticks["ASK"]
    assert isinstance(ticks["BID_SIZE"], Decimal)
    streamed = app.get_market_data_snapshot(share(), "233", snapshot=False, timeout=2 * SOON)
    assert streamed["BID"] == ticks["BID"]
    assert (
        app.get_market_data_snapshot(share("NOPE"), snapshot=False) == {}
    )  # as long as an error takes
    assert [codes(app, req_id) for req_id in app.errors if req_id > 0] == [[200]]


def test_historical_data(app: TWSSyncWrapper) -> None:
    got = app.get_historical_data(
        share(), "20260414 16:00:00 US/Eastern", "1 D", "1 hour", "TRADES", timeout=WAIT
    )
    assert len(got) == 24
    assert [bar.date for bar in got] == sorted(bar.date for bar in got)
    daily = app.get_historical_data(
        share(), "20260414 16:00:00 US/Eastern", "3 D", "1 day", "MIDPOINT", False, 2
    )
    assert [bar.date for bar in daily] == ["20260412", "20260413", "20260414"]


def test_the_rows_of_requests_do_not_pile_up(app: TWSSyncWrapper) -> None:
    for _ in range(5):
        app.get_contract_details(share())
        app.get_market_data_snapshot(share())
    assert [len(rows) for rows in app.contract_details.values()] == [1]
    assert len(app.market_data) == 1


REFUSED: list[tuple[int, Callable[[TWSSyncWrapper], object]]] = [
    (200, lambda app: app.get_contract_details(share("NOPE"), timeout=WAIT)),
    (200, lambda app: app.get_market_data_snapshot(share("NOPE"))),
    (321, lambda app: app.get_historical_data(share(), "", "1 D", "7 hours", "TRADES")),
    (321, lambda app: app.get_account_summary("NetLiquidation", "No such group", timeout=WAIT)),
    (110, lambda app: app.place_order_sync(share(), order(limit=1.00001), timeout=WAIT)),
    (10147, lambda app: app.cancel_order_sync(77, timeout=WAIT)),
    (321, lambda app: app.get_executions(ExecutionFilter(time="yesterday"), timeout=WAIT)),
]


@pytest.mark.parametrize(("code", "ask"), REFUSED)
def test_an_error_ends_the_wait_at_once(
    app: TWSSyncWrapper, code: int, ask: Callable[[TWSSyncWrapper], object]
) -> None:
    begin = time.monotonic()
    with pytest.raises(ResponseTimeout, match=f"^{code} ") as caught:
        ask(app)
    assert time.monotonic() - begin < AT_ONCE * slowness()
    assert isinstance(caught.value, RequestFailed)
    assert caught.value.error is not None
    assert list(caught.value.error) == [
        "reqId",
        "errorTime",
        "errorCode",
        "errorString",
        "advancedOrderRejectJson",
    ]
    assert caught.value.error in app.errors[caught.value.error["reqId"]]
    assert app.get_contract_details(share(), timeout=WAIT)  # the next request is unharmed


def test_a_value_that_cannot_be_sent(app: TWSSyncWrapper) -> None:
    with pytest.raises(RequestFailed, match="321"):
        app.place_order_sync(share(), order(limit=float("nan")), timeout=WAIT)
    with pytest.raises(
        RequestFailed, match="321"
    ):  # an error without an id of its own, in this thread
        app.get_portfolio(object(), timeout=WAIT)  # type: ignore[arg-type]
    assert app.get_portfolio() == []


def codes(app: TWSSyncWrapper, req_id: int) -> list[int]:
    return [row["errorCode"] for row in app.errors.get(req_id, [])]


@pytest.mark.parametrize("transmit", [False, 0, "0"])
def test_an_order_that_tws_keeps_returns_once_it_is_sent(
    app: TWSSyncWrapper, transmit: object
) -> None:
    kept = order()
    kept.transmit = transmit  # type: ignore[assignment]
    begin = time.monotonic()
    told = app.place_order_sync(share(), kept, timeout=WAIT)
    assert time.monotonic() - begin < AT_ONCE * slowness()
    assert list(told) == list(inspect.signature(EWrapper.orderStatus).parameters)[1:]
    assert (told["orderId"], told["status"], told["remaining"]) == (1, "ApiPending", 100)
    assert app.order_status == {}
    child = order()
    child.parentId = kept.orderId
    child.action = "SELL"
    assert app.place_order_sync(share(), child, timeout=WAIT)["orderId"] == 2
    assert app.order_status[1]["status"] == "Submitted"
    wrong = order(limit=float("nan"))
    wrong.transmit = False
    with pytest.raises(RequestFailed, match="321"):
        app.place_order_sync(share(), wrong, timeout=WAIT)


def test_no_data_is_an_empty_list(script: Script) -> None:
    asking = Asking(
        lambda: script.app.get_historical_data(stock(), "", "1 D", "1 hour", "TRADES", timeout=WAIT)
    )
    req_id = int(script.next_request(REQ_HISTORY)[1])
    text = "Historical Market Data Service error message:HMDS query returned no data: AAPL"
    script.peer.send(notice(VERSION, 162, text, req_id))
    assert asking.got() == []
    assert codes(script.app, req_id) == [162]


def test_a_schedule_is_not_waited_for_in_vain(app: TWSSyncWrapper) -> None:
    with pytest.raises(RequestFailed, match="override its callback"):
        app.get_historical_data(share(), "", "1 D", "1 day", "SCHEDULE")


def test_what_belongs_to_a_request_is_what_its_conversation_says() -> None:
    """Each answer of a request that waits is collected, or is known not to be."""
    not_collected = {
        *("commissionAndFeesReport", "updateAccountValue", "updateAccountTime"),
        *("historicalDataUpdate", "historicalSchedule", "tickEFP", "tickReqParams"),
        *("marketDataType", "deltaNeutralValidation", "rerouteMktDataReq"),
    }
    collecting = {
        name for kind in TWSSyncWrapper.__mro__[:2] for name in vars(kind) if name[0] != "_"
    }
    assert set(NAMES) < set(CONVERSATIONS)
    for request in NAMES:
        for entry in CONVERSATIONS[request]:
            assert set(entry.answers) <= collecting | not_collected, request
            assert not set(entry.answers) & collecting & not_collected
    assert set(END_MARKERS) <= collecting
    for name in END_MARKERS:
        ours, theirs = (
            list(inspect.signature(getattr(kind, name)).parameters)
            for kind in (TWSSyncWrapper, EWrapper)
        )
        assert ours == theirs


# --- several threads ---


def in_threads(*asks: Callable[[], object]) -> list[Any]:
    """What these bring, or raise, when they are all called at the same time."""
    start = threading.Barrier(len(asks))
    got: list[Any] = [None] * len(asks)

    def run(n: int) -> None:
        start.wait(WAIT)
        try:
            got[n] = asks[n]()
        except Exception as e:
            got[n] = e

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(asks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3 * WAIT)
        assert not thread.is_alive()
    return got


def test_threads_get_their_own_answers(app: TWSSyncWrapper) -> None:
    symbols = ["AAPL", "MSFT", "IBM", "NOPE"] * 3
    got = in_threads(
        *[functools.partial(app.get_contract_details, share(symbol), WAIT) for symbol in symbols]
    )
    for symbol, found in zip(symbols, got, strict=True):
        if symbol == "NOPE":
            assert isinstance(found, RequestFailed)
        else:
            assert [row.contract.symbol for row in found] == [symbol]


def test_threads_place_orders_under_different_ids(app: TWSSyncWrapper) -> None:
    got = in_threads(*[lambda: app.place_order_sync(share(), order(), WAIT)] * 8)
    assert sorted(status["orderId"] for status in got) == list(range(1, 9))
    assert list(app.get_open_orders(WAIT)) == list(range(1, 9))


def test_threads_ask_for_what_has_no_id(app: TWSSyncWrapper) -> None:
    app.place_order_sync(share(), order("MKT"))
    asks: list[Callable[[], object]] = [
        app.get_positions,
        app.get_portfolio,
        app.get_open_orders,
        app.get_next_valid_id,
    ]
    got = in_threads(*asks * 4)
    assert [list(positions) for positions in got[::4]] == [["DU1234567"]] * 4
    assert [len(portfolio) for portfolio in got[1::4]] == [1] * 4
    assert got[2::4] == [{}] * 4
    assert got[3::4] == [2] * 4


# --- a TWS that does what the test says ---


class Script:
    """A wrapper connected to a scripted TWS; startApi is already taken from the wire."""

    def __init__(self, tws: ScriptedTws, app: TWSSyncWrapper | None = None) -> None:
        self.app = app if app is not None else TWSSyncWrapper(timeout=WAIT)
        assert self.app.connect_and_start(HOST, tws.port, 7)
        self.peer: Peer = tws.peer()
        assert self.peer.fields()[0] == "71"

    def send(self, name: str, **values: Any) -> None:
        self.peer.send(message(VERSION, name, **values))

    def next_request(self, msg_id: int) -> list[str]:
        """What the client sends next has to be this."""
        fields = self.peer.fields()
        assert fields[0] == str(msg_id), fields
        return fields

    def settle(self) -> None:
        """Wait until the wrapper has processed all that was sent."""
        with self.app._ibapi_port_waits.opened(waits.Wait("error", -9)) as mark:
            self.peer.send(notice(VERSION, 2100, "mark", -9))
            self.app._ibapi_port_waits.result(mark, Deadline(WAIT))


class Asking(threading.Thread):
    """A thread that asks."""

    def __init__(self, ask: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self.start()

    def run(self) -> None:
        try:
            self._got: Any = self._ask()
        except Exception as e:
            self._got = e

    def got(self) -> Any:
        """What it was answered, or what was raised."""
        self.join(WAIT)
        assert not self.is_alive()
        return self._got


@pytest.fixture
def script(serve: Callable[..., ScriptedTws]) -> Iterator[Script]:
    made = Script(serve(accepts(VERSION, next_id(VERSION, 5))))
    yield made
    made.app.disconnect_and_stop()


REQ_TIME, REQ_IDS, REQ_DETAILS, REQ_POSITIONS, CANCEL_POSITIONS, REQ_ACCOUNT, REQ_OPEN = (
    49,
    8,
    9,
    61,
    64,
    6,
    5,
)
(
    REQ_HISTORY,
    CANCEL_HISTORY,
    REQ_TICKS,
    CANCEL_TICKS,
    REQ_SUMMARY,
    CANCEL_SUMMARY,
    PLACE,
    CANCEL_ORDER,
) = 20, 25, 1, 2, 62, 63, 3, 4


def timed_out(ask: Callable[[], object]) -> None:
    with pytest.raises(ResponseTimeout) as caught:
        ask()
    assert not isinstance(caught.value, RequestFailed)


def test_a_late_answer_is_nobody_elses(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """The rows of a request that was given up come while the next one waits."""
    caplog.set_level(logging.INFO, "ibapi_port.sync_wrapper")
    timed_out(lambda: script.app.get_contract_details(stock(), timeout=SOON))
    first = int(script.next_request(REQ_DETAILS)[2])
    asking = Asking(lambda: script.app.get_contract_details(stock(), timeout=WAIT))
    second = int(script.next_request(REQ_DETAILS)[2])
    assert first != second
    script.send("contractDetails", reqId=first, contractDetails=details())
    script.send("contractDetailsEnd", reqId=first)
    script.send("error", reqId=first, errorCode=162, errorString="late")
    ours = details()
    ours.contract = stock("IBM")
    script.send("contractDetails", reqId=second, contractDetails=ours)
    script.settle()
    assert asking.is_alive()
    script.send("contractDetailsEnd", reqId=second)
    assert [row.contract.symbol for row in asking.got()] == ["IBM"]
    assert list(script.app.contract_details) == [second]
    assert f"contract_details of {first}: nobody waits for it" in caplog.messages


def test_a_late_time(script: Script) -> None:
    """It comes after the next caller has asked: he lets it pass, and asks once more."""
    timed_out(lambda: script.app.get_current_time(timeout=SOON))
    script.next_request(REQ_TIME)
    asking = Asking(lambda: script.app.get_current_time(timeout=WAIT))
    script.next_request(REQ_TIME)
    script.send("currentTime", time=1)
    script.next_request(REQ_TIME)
    assert asking.is_alive()
    script.send("currentTime", time=2)
    assert asking.got() == 2
    script.send("currentTime", time=3)
    script.settle()
    asking = Asking(lambda: script.app.get_current_time(timeout=WAIT))  # nothing is due any more
    script.next_request(REQ_TIME)
    script.send("currentTime", time=4)
    assert asking.got() == 4


def test_a_late_time_before_anybody_asks(script: Script) -> None:
    timed_out(lambda: script.app.get_current_time(SOON))
    script.next_request(REQ_TIME)
    script.send("currentTime", time=1)
    script.settle()
    asking = Asking(lambda: script.app.get_current_time(WAIT))
    script.next_request(REQ_TIME)
    script.send("currentTime", time=2)
    assert asking.got() == 2


def test_a_time_that_never_came(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later calls are answered, with a request more until TWS has had its time."""
    for _ in range(2):
        timed_out(lambda: script.app.get_current_time(SOON))
        script.next_request(REQ_TIME)
    for rounds, memory in ((3, -1.0), (1, -1.0)):
        monkeypatch.setattr(asking_module, "MEMORY", memory)
        asking = Asking(lambda: script.app.get_current_time(WAIT))
        for n in range(rounds):
            script.next_request(REQ_TIME)
            script.send("currentTime", time=n)
        assert asking.got() == rounds - 1


def held(symbol: str, quantity: int, con_id: int = 1) -> dict[str, Any]:
    contract = stock(symbol)
    contract.conId = con_id
    return {"account": "DU1", "contract": contract, "position": Decimal(quantity), "avgCost": 1.0}


def test_late_positions(script: Script) -> None:
    """Rows of the late answer, and what of the next had come when it ended, are not mixed with
    those of the one that is taken.
    """
    app = script.app
    timed_out(lambda: app.get_positions(timeout=SOON))
    script.next_request(REQ_POSITIONS)
    script.next_request(CANCEL_POSITIONS)
    asking = Asking(lambda: app.get_positions(timeout=WAIT))
    script.next_request(REQ_POSITIONS)
    script.send("position", **held("OLD", 1, con_id=2))
    script.send("positionEnd")
    script.next_request(CANCEL_POSITIONS)
    script.next_request(REQ_POSITIONS)
    script.send("position", **held("AAPL", 2))
    script.send("position", **held("AAPL", 3))  # a change meanwhile
    script.send("position", **held("IBM", 4, con_id=3))
    script.send("positionEnd")
    script.send("position", **held("LATER", 5, con_id=4))
    rows = asking.got()
    assert [(row["contract"].symbol, row["position"]) for row in rows["DU1"]] == [
        ("AAPL", 3),
        ("IBM", 4),
    ]
    script.next_request(CANCEL_POSITIONS)
    script.settle()
    assert [row["contract"].symbol for row in app.positions["DU1"]] == ["AAPL", "IBM", "LATER"]
    assert len(rows["DU1"]) == 2


def test_an_answer_to_the_programs_own_request_is_not_taken(script: Script) -> None:
    script.app.reqOpenOrders()
    script.next_request(REQ_OPEN)
    asking = Asking(lambda: script.app.get_open_orders(timeout=WAIT))
    script.next_request(REQ_OPEN)
    script.peer.send(open_order(VERSION))
    script.send("openOrderEnd")
    script.next_request(REQ_OPEN)
    script.send("openOrderEnd")
    assert asking.got() == {}


def portfolio_row(symbol: str, account: str) -> dict[str, Any]:
    zeros = ("marketPrice", "marketValue", "averageCost", "unrealizedPNL", "realizedPNL")
    row = {"contract": stock(symbol), "position": Decimal(1), "accountName": account}
    return {**row, **dict.fromkeys(zeros, 0.0)}


def test_the_end_of_another_account_is_let_pass(script: Script) -> None:
    script.send("managedAccounts", accountsList="DU1,DU2")
    script.settle()
    asking = Asking(lambda: script.app.get_portfolio("DU1", timeout=WAIT))
    assert script.next_request(REQ_ACCOUNT)[2:4] == ["1", "DU1"]
    script.send("updatePortfolio", **portfolio_row("IBM", "DU2"))
    script.send("accountDownloadEnd", accountName="DU2")
    assert script.next_request(REQ_ACCOUNT)[2:4] == ["0", "DU1"]
    assert script.next_request(REQ_ACCOUNT)[2:4] == ["1", "DU1"]  # so it asks again
    script.send("updatePortfolio", **portfolio_row("AAPL", "DU1"))
    script.send("accountDownloadEnd", accountName="DU1")
    assert [row["contract"].symbol for row in asking.got()] == ["AAPL"]


def test_one_asks_while_the_other_waits(script: Script) -> None:
    asking = Asking(lambda: script.app.get_portfolio(timeout=WAIT))
    assert script.next_request(REQ_ACCOUNT)[2] == "1"
    with pytest.raises(ResponseTimeout, match="another thread"):
        script.app.get_portfolio(timeout=SOON)
    script.send("accountDownloadEnd", accountName="DU1")
    assert asking.got() == []
    assert script.next_request(REQ_ACCOUNT)[2] == "0"


GIVEN_UP: list[tuple[int, int, Callable[[TWSSyncWrapper], object]]] = [
    (
        REQ_HISTORY,
        CANCEL_HISTORY,
        lambda app: app.get_historical_data(stock(), "", "1 D", "1 hour", "TRADES", timeout=SOON),
    ),
    (REQ_TICKS, CANCEL_TICKS, lambda app: app.get_market_data_snapshot(stock(), timeout=SOON)),
    (
        REQ_SUMMARY,
        CANCEL_SUMMARY,
        lambda app: app.get_account_summary("NetLiquidation", timeout=SOON),
    ),
    (REQ_POSITIONS, CANCEL_POSITIONS, lambda app: app.get_positions(timeout=SOON)),
    (REQ_ACCOUNT, REQ_ACCOUNT, lambda app: app.get_portfolio(timeout=SOON)),
]


@pytest.mark.parametrize(("request_id", "cancel_id", "ask"), GIVEN_UP)
def test_what_is_given_up_is_cancelled(
    script: Script, request_id: int, cancel_id: int, ask: Callable[[TWSSyncWrapper], object]
) -> None:
    timed_out(lambda: ask(script.app))
    asked, cancelled = script.next_request(request_id), script.next_request(cancel_id)
    if request_id == REQ_ACCOUNT:
        assert (asked[2], cancelled[2]) == ("1", "0")
    elif request_id != REQ_POSITIONS:
        assert any(field == cancelled[-1] for field in asked)
    assert not script.app._ibapi_port_live


def test_notices_do_not_end_a_wait(script: Script) -> None:
    asking = Asking(lambda: script.app.get_market_data_snapshot(stock(), timeout=WAIT))
    req_id = int(script.next_request(REQ_TICKS)[2])
    for code in (10167, 10090, 2119):
        script.peer.send(notice(VERSION, code, "on it goes", req_id))
    script.peer.send(price(VERSION, req_id, 7.5))
    script.send("tickSnapshotEnd", reqId=req_id)
    assert asking.got() == {"HIGH": 7.5}
    assert codes(script.app, req_id) == [10167, 10090, 2119]


def status(order_id: int, text: str) -> dict[str, Any]:
    return {
        "orderId": order_id, "status": text, "filled": Decimal(0), "remaining": Decimal(5), "avgFillPrice": 0.0, "permId": 9,
        "parentId": 0, "lastFillPrice": 0.0, "clientId": 7, "whyHeld": "", "mktCapPrice": 0.0,
    }  # fmt: skip


def placing(script: Script) -> Asking:
    """Under way with order 5."""
    asking = Asking(lambda: script.app.place_order_sync(stock(), plain_order(), timeout=WAIT))
    script.next_request(REQ_IDS)
    script.send("nextValidId", orderId=5)
    assert script.next_request(PLACE)[1] == "5"
    return asking


def test_a_rejected_order_has_the_status_that_comes_with_the_error(script: Script) -> None:
    asking = placing(script)
    script.peer.send(
        notice(VERSION, 399, "held until the market opens", 5),
        notice(VERSION, 201, "Order rejected", 5),
    )
    script.send("orderStatus", **status(5, "Inactive"))
    assert asking.got() == status(5, "Inactive")


def test_a_rejected_order_without_a_status(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "STATUS_TIME", SOON)
    begin = time.monotonic()
    asking = placing(script)
    script.peer.send(notice(VERSION, 201, "Order rejected", 5))
    failure = asking.got()
    assert isinstance(failure, RequestFailed)
    assert str(failure) == "201 Order rejected"
    assert time.monotonic() - begin < AT_ONCE * slowness()
    asking = Asking(lambda: script.app.place_order_sync(stock(), plain_order(), timeout=WAIT))
    script.next_request(REQ_IDS)
    script.send(
        "nextValidId", orderId=5
    )  # TWS has forgotten the order; what may yet come of it is not the next one's
    assert script.next_request(PLACE)[1] == "6"
    script.send("orderStatus", **status(5, "Inactive"))
    script.send("orderStatus", **status(6, "PreSubmitted"))
    assert asking.got()["orderId"] == 6


def test_cancelling_is_not_answered_by_a_late_status(script: Script) -> None:
    asking = Asking(lambda: script.app.cancel_order_sync(5, timeout=WAIT))
    assert script.next_request(CANCEL_ORDER)[2] == "5"
    script.send("orderStatus", **status(5, "Submitted"))
    script.peer.send(notice(VERSION, 202, "Order Canceled - reason:", 5))
    script.send("orderStatus", **status(6, "Cancelled"))
    script.send("orderStatus", **status(5, "Cancelled"))
    assert asking.got() == status(5, "Cancelled")


def test_an_order_type_decides_how_long_it_waits(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def result(wait: waits.Wait, deadline: Deadline, count: int = 1) -> object:
        waited.append(deadline.seconds)
        wait.answer = 5
        return 5

    monkeypatch.setattr(script.app._ibapi_port_waits, "result", result)
    monkeypatch.setattr(script.app, "get_next_valid_id", lambda: 5)
    for kind in ("LMT", "MKT", "STP"):
        script.app.place_order_sync(
            stock(), Order(action="BUY", orderType=kind, totalQuantity=Decimal(1))
        )
    script.app.get_market_data_snapshot(stock())
    assert waited == [5, 5, 2, 11]


def test_headlines(script: Script) -> None:
    asking = Asking(lambda: script.app.get_market_data_snapshot(stock(), timeout=WAIT))
    req_id = int(script.next_request(REQ_TICKS)[2])
    script.send(
        "tickNews",
        tickerId=req_id,
        timeStamp=1,
        providerCode="BZ",
        articleId="a",
        headline="up",
        extraData="x",
    )
    script.send(
        "tickNews",
        tickerId=req_id,
        timeStamp=2,
        providerCode="BZ",
        articleId="b",
        headline="down",
        extraData="",
    )
    script.send("tickSnapshotEnd", reqId=req_id)
    first = {
        "timeStamp": 1,
        "providerCode": "BZ",
        "articleId": "a",
        "headline": "up",
        "extraData": "x",
    }
    second = {
        "timeStamp": 2,
        "providerCode": "BZ",
        "articleId": "b",
        "headline": "down",
        "extraData": "",
    }
    assert asking.got() == {"News": [first, second]}


# --- the connection ---


def test_tws_goes_away_while_one_waits(script: Script) -> None:
    """What it had sent is delivered first."""
    bars_, late = Asking(lambda: script.app.get_contract_details(stock(), timeout=WAIT)), None
    req_id = int(script.next_request(REQ_DETAILS)[2])
    late = Asking(lambda: script.app.get_current_time(timeout=WAIT))
    script.next_request(REQ_TIME)
    begin = time.monotonic()
    script.send("contractDetailsEnd", reqId=req_id)
    script.peer.close()
    assert bars_.got() == []
    failure = late.got()
    assert isinstance(failure, RequestFailed)
    assert failure.error is None
    assert time.monotonic() - begin < AT_ONCE * slowness()


def test_disconnecting_while_others_wait(script: Script) -> None:
    app = script.app
    waiting = [
        Asking(ask)
        for ask in (
            app.get_open_orders,
            app.get_positions,
            lambda: app.get_market_data_snapshot(stock(), "233", False),
        )
    ]
    for _ in waiting:
        assert script.peer.fields()[0] in {str(REQ_OPEN), str(REQ_POSITIONS), str(REQ_TICKS)}
    app.disconnect_and_stop()
    assert not app.api_thread.is_alive()
    assert [type(one.got()) for one in waiting] == [RequestFailed] * 3
    assert b"504" not in b"".join(script.peer.to_the_end())


METHODS: list[Callable[[TWSSyncWrapper], object]] = [
    lambda app: app.get_next_valid_id(),
    lambda app: app.get_current_time(),
    lambda app: app.get_contract_details(stock()),
    lambda app: app.place_order_sync(stock(), plain_order()),
    lambda app: app.cancel_order_sync(5),
    lambda app: app.get_open_orders(),
    lambda app: app.get_executions(),
    lambda app: app.get_portfolio(),
    lambda app: app.get_positions(),
    lambda app: app.get_account_summary("NetLiquidation"),
    lambda app: app.get_market_data_snapshot(stock()),
    lambda app: app.get_market_data_snapshot(stock(), snapshot=False),
    lambda app: app.get_historical_data(stock(), "", "1 D", "1 hour", "TRADES"),
]


@pytest.mark.parametrize("ask", METHODS)
def test_without_a_connection(ask: Callable[[TWSSyncWrapper], object]) -> None:
    app, begin = TWSSyncWrapper(), time.monotonic()
    with pytest.raises(RequestFailed):
        ask(app)
    assert time.monotonic() - begin < AT_ONCE * slowness()
    assert [row["errorCode"] for rows in app.errors.values() for row in rows] == [504]


@pytest.mark.parametrize("ask", METHODS)
def test_the_processing_thread_cannot_wait(
    app: TWSSyncWrapper, ask: Callable[[TWSSyncWrapper], object]
) -> None:
    got: list[Any] = []
    done = threading.Event()

    def managedAccounts(accountsList: str) -> None:
        try:
            got.append(ask(app))
        except ResponseTimeout as e:
            got.append(e)
        done.set()

    app.managedAccounts = managedAccounts  # type: ignore[method-assign]
    app.reqManagedAccts()
    assert done.wait(AT_ONCE)
    assert [type(e) for e in got] == [RequestFailed]
    assert app.get_open_orders() == {}


class Reconnecting(TWSSyncWrapper):
    """Connects anew in the callback that tells of the end of the connection."""

    port_of_tws = 0
    outcome: bool | None = None
    reconnected: threading.Event

    def connectionClosed(self) -> None:
        if self.port_of_tws:
            port, self.port_of_tws = self.port_of_tws, 0
            self.outcome = self.connect_and_start(HOST, port, 7)
            self.reconnected.set()


def test_connecting_anew_in_a_callback(serve: Callable[..., ScriptedTws]) -> None:
    tws = serve(accepts(VERSION, next_id(VERSION, 5)))
    app = Reconnecting()
    app.port_of_tws, app.reconnected = tws.port, threading.Event()
    first = Script(tws, app)
    first_thread = app.api_thread
    first.peer.close()
    assert app.reconnected.wait(WAIT)
    assert app.outcome is True
    first_thread.join(WAIT)
    tws.peer()
    timed_out(lambda: app.get_current_time(SOON))  # in a connection that is up
    app.disconnect_and_stop()
    assert not first_thread.is_alive()
    assert not app.api_thread.is_alive()


def test_a_connection_that_fails() -> None:
    app = TWSSyncWrapper()
    assert app.connect_and_start(HOST, 1, 7) is False
    assert codes(app, -1) == [502]
    assert not hasattr(app, "api_thread")
    app.disconnect_and_stop()
    assert not app.isConnected()


def test_a_client_id_in_use(app: TWSSyncWrapper, tws: SimulatedTws) -> None:
    other, begin = TWSSyncWrapper(), time.monotonic()
    assert other.connect_and_start(tws.host, tws.port, 1) is False
    assert time.monotonic() - begin < AT_ONCE * slowness()
    assert codes(other, -1)[0] == 326
    assert not other.isConnected()
    assert other.connect_and_start(tws.host, tws.port, 2) is True
    other.disconnect_and_stop()
    assert app.isConnected()


def test_tws_never_takes_requests(
    serve: Callable[..., ScriptedTws], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_wrapper, "START_TIME", SOON)
    app = TWSSyncWrapper()
    app.next_valid_id_value = 3  # of an earlier connection
    assert app.connect_and_start(HOST, serve(accepts(VERSION)).port, 7) is False
    assert not app.isConnected()
    assert not app.api_thread.is_alive()
    ((code, text),) = ((row["errorCode"], row["errorString"]) for row in app.errors[-1])
    assert code == 504
    assert "no nextValidId came" in text


def test_connecting_when_connected(app: TWSSyncWrapper, tws: SimulatedTws) -> None:
    thread = app.api_thread
    assert app.connect_and_start(tws.host, tws.port, 1) is True
    assert 501 in codes(app, -1)
    assert app.api_thread is thread


def test_a_connection_made_by_connect(tws: SimulatedTws) -> None:
    app = TWSSyncWrapper()
    app.connect(tws.host, tws.port, 3)
    assert app.connect_and_start(tws.host, tws.port, 3) is True  # only its thread was missing
    app.disconnect_and_stop()
    app.connect(tws.host, tws.port, 3)
    runner = threading.Thread(target=app.run)
    runner.start()
    assert app.get_next_valid_id(WAIT) == 1
    assert app.get_positions(WAIT) == {}
    app.disconnect_and_stop()
    runner.join(WAIT)
    assert not runner.is_alive()


def test_nothing_is_left_of_a_connection(tws: SimulatedTws) -> None:
    app = TWSSyncWrapper(timeout=None)
    for _ in range(3):
        assert app.connect_and_start(tws.host, tws.port, 1)
        assert app.get_next_valid_id() == 1
        app.disconnect_and_stop()
    assert (sum(app._ibapi_port_due.values()), app._ibapi_port_live) == (0, set())


# --- for programs ---


class Extended(TWSSyncWrapper):
    """A program's own request that waits, made as it would be for the official class."""

    def headTimestamp(self, reqId: int, headTimestamp: str) -> None:
        self._set_event(reqId, "head", headTimestamp)

    def get_head(self, timeout: float | None = None) -> Any:
        self.reqHeadTimeStamp(77, share(), "TRADES", 1, 2)
        return self._wait_for_response(77, "head", timeout)


def test_a_subclass_waits_for_its_own_events(serve: Callable[..., ScriptedTws]) -> None:
    script = Script(serve(accepts(VERSION, next_id(VERSION, 5))), Extended(timeout=SOON))
    app = script.app
    assert isinstance(app, Extended)
    timed_out(app.get_head)
    script.peer.fields()
    script.send("headTimestamp", reqId=77, headTimestamp="late")
    script.settle()
    asking = Asking(lambda: app.get_head(WAIT))
    script.peer.fields()
    script.send("headTimestamp", reqId=77, headTimestamp="2")
    assert asking.got() == "2"
    app.reqHeadTimeStamp(78, share(), "TRADES", 1, 2)
    script.send("headTimestamp", reqId=78, headTimestamp="3")  # it comes before anybody waits
    script.settle()
    assert app._wait_for_response(78, "head") == "3"
    timed_out(lambda: app._wait_for_response(78, "head"))
    asking = Asking(lambda: app._wait_for_response(78, "error", WAIT))
    script.peer.send(notice(VERSION, 162, "no data", 78), notice(VERSION, 162, "no data", 78))
    script.settle()
    app.disconnect_and_stop()
    assert asking.got()["errorCode"] == 162
    with pytest.raises(RequestFailed, match="not connected"):
        app._wait_for_response(79, "head")


def test_what_the_program_asks_for_itself_is_collected(script: Script) -> None:
    app = script.app
    for _ in range(2):
        script.peer.send(contract_details(VERSION), price(VERSION, 4, 2.5))
    script.send("contractDetailsEnd", reqId=3)
    script.send("historicalData", reqId=6, startDateStr="s", endDateStr="e", bars=bars(3))
    script.settle()
    assert [len(app.contract_details[3]), app.market_data[4], len(app.historical_data[6])] == [
        2,
        {"HIGH": 2.5},
        3,
    ]
    app.currentTime(time_value=7)  # by this class's name for it, which is not EWrapper's
    assert app.current_time_value == 7
    app.bondContractDetails(8, ContractDetails())
    app.tickString(4, 45, "1")
    app.tickGeneric(4, 49, 0.0)
    app.tickPrice(4, 999, 1.0, TickAttrib())
    app.tickOptionComputation(5, 13, 1, 0.3, 0.5, 2.5, 0.0, 0.1, 0.2, -0.1, 100.0)
    app.tickOptionComputation(
        5, 13, 1, 0.4, None, None, None, None, None, None, 101.0
    )  # the last one counts
    app.updatePortfolio(stock(), Decimal(1), 1.0, 1.0, 1.0, 0.0, 0.0, "DU1")
    app.updatePortfolio(stock(), Decimal(2), 1.0, 2.0, 1.0, 0.0, 0.0, "DU1")
    app.updatePortfolio(stock(), Decimal(3), 1.0, 3.0, 1.0, 0.0, 0.0, "DU2")
    assert len(app.contract_details[8]) == 1
    assert app.market_data[4] == {
        "HIGH": 2.5,
        "LAST_TIMESTAMP": "1",
        "HALTED": 0.0,
        "NOTFOUND": 1.0,
    }
    unknown = dict.fromkeys(["delta", "optPrice", "pvDividend", "gamma", "vega", "theta"])
    assert app.market_data[5] == {
        "MODEL_OPTION": {"tickAttrib": 1, "impliedVol": 0.4, **unknown, "undPrice": 101.0}
    }
    assert [(row["accountName"], row["position"]) for row in app.portfolio] == [
        ("DU1", 2),
        ("DU2", 3),
    ]


SIGNATURES = {
    "__init__": "(timeout=30)",
    "connect_and_start": "(host, port, client_id)",
    "disconnect_and_stop": "()",
    "get_next_valid_id": "(timeout=None)",
    "get_current_time": "(timeout=1)",
    "get_contract_details": "(contract, timeout=5)",
    "place_order_sync": "(contract, order, timeout=None)",
    "cancel_order_sync": "(order_id, orderCancel=None, timeout=3)",
    "get_open_orders": "(timeout=3)",
    "get_executions": "(exec_filter=None, timeout=10)",
    "get_portfolio": "(account_code='', timeout=None)",
    "get_positions": "(timeout=10)",
    "get_account_summary": "(tags, group='All', timeout=5)",
    "get_market_data_snapshot": "(contract, generic_tick_list='', snapshot=True, timeout=None)",
    "get_historical_data": (
        "(contract, end_date_time, duration_str, bar_size_setting, what_to_show, use_rth=True, format_date=1, timeout=30)"
    ),
    "currentTime": "(time_value)",
    "error": "(reqId, errorTime, errorCode, errorString, advancedOrderRejectJson='')",
    "tickOptionComputation": "(reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice)",
    "tickNews": "(reqId, timeStamp, providerCode, articleId, headline, extraData)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    _, *named = inspect.signature(getattr(TWSSyncWrapper, name)).parameters.values()
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in named]
    assert str(inspect.Signature(plain)) == SIGNATURES[name]


def test_attributes() -> None:
    app = TWSSyncWrapper()
    assert app.timeout == 30
    assert (app.current_time_value, app.next_valid_id_value, app.portfolio) == (None, None, [])
    for name in (
        "account_summary", "completion_events", "contract_details", "errors", "executions", "historical_data", "market_data",
        "open_orders", "order_status", "positions", "response_data", "response_events",
    ):  # fmt: skip
        assert getattr(app, name) == {}
    assert all(hasattr(sync_wrapper, name) for name in sync_wrapper.__all__)
    assert {"TWSSyncWrapper", "ResponseTimeout", "Contract", "Order", "time"} <= set(
        sync_wrapper.__all__
    )


OWN_NAMES = ["_events", "_waits", "_next_id", "_send", "_end", "_lock", "answers"]


@pytest.mark.parametrize("name", OWN_NAMES)
def test_names_of_a_subclass_are_its_own(name: str) -> None:
    """A lock or a dict by any name of the program's does not disturb an answer."""
    for value in (threading.Lock(), {}):
        for on_class in (True, False):
            kind = type("Program", (TWSSyncWrapper,), {name: value} if on_class else {})
            with SimulatedTws() as tws:
                app = kind(timeout=WAIT)
                if not on_class:
                    setattr(app, name, value)
                assert app.connect_and_start(tws.host, tws.port, 1)
                try:
                    assert app.get_contract_details(
                        Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
                    )
                finally:
                    app.disconnect_and_stop()
                assert getattr(app, name) is value


def test_names_beyond_the_official_ones_are_ours_by_their_beginning() -> None:
    app = TWSSyncWrapper()
    usual = {*dir(EClient), *dir(EWrapper), *vars(EClient(EWrapper()))}
    names = {
        name
        for name in ({*dir(app), *vars(app)} - usual)
        if name.startswith("_") and not name.startswith("_ibapi_port")
    }
    assert names == {"_set_event", "_wait_for_response"}  # the official class has these
