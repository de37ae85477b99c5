"""The ledger: what is in the file, when, and what can be read back."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibapi_port._client.log_limit import RateLimit
from ibapi_port.client import EClient
from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.guards import Guards, OrderLimit
from ibapi_port.ledger import Entry, Ledger, OrderState, read, states
from ibapi_port.ledger.plain import plain
from ibapi_port.order import Order
from ibapi_port.order_condition import PriceCondition
from ibapi_port.seams import Refused, seams
from ibapi_port.simulator import SimulatedTws
from ibapi_port.wrapper import EWrapper

WAIT = 10.0
NOW = datetime(2026, 11, 29, 12, 30, 1, 500_000, tzinfo=timezone.utc)


def stock(symbol: str = "AAPL", **more: Any) -> Contract:
    base = {"symbol": symbol, "secType": "STK", "exchange": "SMART", "currency": "USD"}
    return Contract(**{**base, **more})


def order(quantity: int = 10, limit: float | None = None, side: str = "BUY", **more: Any) -> Order:
    made = Order()
    made.action, made.totalQuantity = side, Decimal(quantity)
    made.orderType = "MKT" if limit is None else "LMT"
    if limit is not None:
        made.lmtPrice = limit
    for name, value in more.items():
        setattr(made, name, value)
    return made


class Desk:
    """A client that is not connected, with a ledger."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.client = EClient(EWrapper())
        self.client.clientId = 3
        self.path = path
        self.ledger = Ledger(path, self.client, clock=NOW.timestamp, **options)

    def ask(self, name: str, *arguments: Any) -> str:
        on_request = seams(self.client).on_request
        assert on_request is not None
        self.arguments = arguments
        try:
            on_request(name, arguments)
        except Refused as e:
            self.code = e.code
            self.refused(name, e.code, str(e))
            return str(e)
        return ""

    def refused(self, name: str, code: int, text: str) -> None:
        on_refused = seams(self.client).on_refused
        assert on_refused is not None
        on_refused(name, self.arguments, code, text)

    def hear(self, name: str, *arguments: Any) -> None:
        for listener in seams(self.client).listeners:
            if hasattr(listener, name):
                getattr(listener, name)(*arguments)

    def state(self, order_id: int = 1) -> OrderState:
        return states(read(self.path))[3, order_id]

    def kinds(self) -> list[str]:
        return [entry.kind for entry in read(self.path)]


@pytest.fixture(autouse=True)
def _log_from_anew() -> None:
    """What other tests have logged counts for no limit."""
    for limit in logging.getLogger("ibapi_port.ledger").filters:
        if isinstance(limit, RateLimit):
            limit.forget()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "orders.jsonl")
    yield made
    made.ledger.close()


# --- what is written ---


def test_an_order_is_a_line(desk: Desk) -> None:
    assert desk.ask("placeOrder", 1, stock(), order(10, 189.5)) == ""
    (line,) = desk.path.read_text().splitlines()
    row = json.loads(line)
    assert len(row.pop("run")) == 8
    assert row == {
        "v": 1,
        "time": "2026-11-29T12:30:01.500000Z",
        "n": 1,
        "session": 0,
        "client": 3,
        "kind": "place",
        "order_id": 1,
        "contract": {"symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD"},
        "order": {
            "action": "BUY",
            "totalQuantity": "10",
            "orderType": "LMT",
            "lmtPrice": 189.5,
        },
    }
    (entry,) = read(desk.path)
    assert (entry.line, entry.time, entry.kind, entry.client_id) == (1, NOW, "place", 3)


def test_the_file_is_ones_own(desk: Desk) -> None:
    assert stat.S_IMODE(desk.path.stat().st_mode) == 0o600


def test_an_older_file_becomes_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.touch(0o644)
    path.chmod(0o644)
    Desk(path).ledger.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_requests_that_are_no_orders_are_not_recorded(desk: Desk) -> None:
    assert desk.ask("reqMktData", 1, stock(), "", False, False, []) == ""
    desk.hear("error", 77, 0, 200, "of a request", "")
    assert desk.kinds() == []


def test_each_kind_of_request(desk: Desk) -> None:
    desk.ask("placeOrder", 1, stock(), order())
    desk.ask("placeOrder", 1, stock(), order(5))
    desk.ask("cancelOrder", 1, None)
    desk.ask("reqGlobalCancel", None)
    desk.ask("exerciseOptions", 9, stock(), 1, 2, "DU1", 0, "", "", False)
    assert desk.kinds() == ["place", "change", "cancel", "cancel_all", "exercise"]
    entry = list(read(desk.path))[-1]
    assert (entry.data["action"], entry.data["quantity"], entry.data["account"]) == (1, 2, "DU1")


def test_what_is_not_set_is_left_out() -> None:
    leg = ComboLeg()
    leg.conId = 7
    condition = PriceCondition()
    condition.price = 5.0
    placed = order(10, float("nan"), conditions=[condition], softDollarTier=None, mine={"a": 1})
    assert plain(stock(comboLegs=[leg]))["comboLegs"] == [{"conId": 7}]
    data = plain(placed)
    assert data["totalQuantity"] == "10"
    assert data["lmtPrice"] == "nan"
    assert data["conditions"][0]["price"] == 5.0
    assert data["mine"] == {"a": 1}
    assert "auxPrice" not in data
    loop: list[Any] = []
    loop.append(loop)
    json.dumps(plain(loop))


# --- a crash ---


def test_a_torn_line_is_reported_and_left(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    first = Desk(path)
    first.ask("placeOrder", 1, stock(), order())
    first.ledger.close()
    torn = '{"v": 1, "time": "2026-11-2'
    with path.open("a") as file:
        file.write(torn)
    assert [(e.line, e.kind) for e in read(path)] == [(1, "place"), (2, "torn")]
    second = Desk(path)
    second.ask("placeOrder", 2, stock(), order())
    second.ledger.close()
    entries = list(read(path))
    assert [(e.line, e.kind) for e in entries] == [(1, "place"), (2, "torn"), (3, "place")]
    assert entries[1].data["text"] == torn
    assert entries[0].run != entries[2].run
    assert set(states(entries)) == {(3, 1), (3, 2)}


@pytest.mark.parametrize(
    "line",
    [b"\n", b"null\n", b"[]\n", b'{"kind": "place"}\n', b"\xff\xfe\n", b"[" * 100_000 + b"\n"],
)
def test_lines_that_are_none_harm_no_other(desk: Desk, line: bytes) -> None:
    with desk.path.open("ab") as file:
        file.write(line)
    desk.ask("placeOrder", 1, stock(), order())
    assert desk.kinds() == ["torn", "place"]


# --- a file that cannot be written ---


def full(monkeypatch: pytest.MonkeyPatch, room: int = 0) -> None:
    real = os.write

    def write(file: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(file, data[:room])

    monkeypatch.setattr("ibapi_port.ledger.writing.os.write", write)


@pytest.mark.parametrize("room", [0, 20])
def test_a_full_disk_refuses_orders_and_no_cancels(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    desk.ask("placeOrder", 1, stock(), order())
    with monkeypatch.context() as patch:
        full(patch, room)
        refused = desk.ask("placeOrder", 2, stock(), order())
        assert refused.startswith("Order rejected - reason: guard ledger: ")
        assert ("No space left" if not room else "the disk may be full") in refused
        assert refused.endswith("; nothing was sent.")
        assert desk.code == 201
        assert "Modify order failed" in desk.ask("placeOrder", 1, stock(), order(5))
        assert desk.code == 134
        assert desk.ask("cancelOrder", 1, None) == ""
        desk.hear("orderStatus", 1, "Submitted", 0, 10, 0.0, 5, 0, 0.0, 3, "", 0.0)
    assert desk.ledger.failed == 6
    assert desk.ask("placeOrder", 2, stock(), order()) == ""  # there is room again
    kinds = desk.kinds()
    assert [kind for kind in kinds if kind != "torn"] == ["place", "place"]
    assert ("torn" in kinds) is bool(room)


def test_it_can_go_on_without_a_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(FileNotFoundError):
        Desk(tmp_path / "none" / "orders.jsonl")
    desk = Desk(tmp_path / "none" / "orders.jsonl", go_on=True)
    assert desk.ask("placeOrder", 1, stock(), order()) == ""
    assert desk.ledger.failed == 1
    assert "did not take an entry (place): No such file or directory" in caplog.text
    (tmp_path / "none").mkdir()
    assert desk.ask("placeOrder", 2, stock(), order()) == ""
    assert desk.kinds() == ["place"]
    desk.ledger.close()


def test_after_close_orders_are_refused(desk: Desk) -> None:
    desk.ledger.close()
    assert "the ledger is closed" in desk.ask("placeOrder", 1, stock(), order())


def test_fsync_is_for_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("ibapi_port.ledger.writing.os.fsync", synced.append)
    desk = Desk(tmp_path / "orders.jsonl", fsync=True)
    desk.ask("placeOrder", 1, stock(), order())
    desk.ask("cancelOrder", 1, None)
    desk.hear("orderStatus", 1, "Submitted", 0, 10, 0.0, 5, 0, 0.0, 3, "", 0.0)
    assert len(synced) == 2
    desk.ledger.close()


def test_threads_and_ledgers_share_a_file(tmp_path: Path) -> None:
    desks = [Desk(tmp_path / "orders.jsonl") for _ in range(2)]

    def place(desk: Desk) -> None:
        for n in range(100):
            desk.ask("placeOrder", n, stock(), order())

    threads = [threading.Thread(target=place, args=(desk,)) for desk in desks * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    kinds = desks[0].kinds()
    assert len(kinds) == 400
    assert set(kinds) == {"place", "change"}
    for desk in desks:
        desk.ledger.close()


# --- what is known of an order ---


def execution(desk: Desk, exec_id: str, shares: int, order_id: int = 1) -> None:
    from ibapi_port.execution import Execution

    made = Execution()
    made.execId, made.shares, made.orderId, made.clientId = exec_id, Decimal(shares), order_id, 3
    desk.hear("execDetails", -1, stock(), made)


def commission(desk: Desk, exec_id: str) -> None:
    from ibapi_port.commission_and_fees_report import CommissionAndFeesReport

    made = CommissionAndFeesReport()
    made.execId, made.commissionAndFees = exec_id, 1.5
    desk.hear("commissionAndFeesReport", made)


def status(desk: Desk, text: str, filled: int = 0, order_id: int = 1, client_id: int = 3) -> None:
    desk.hear(
        "orderStatus",
        *(order_id, text, Decimal(filled), Decimal(10 - filled)),
        *(0.0, 99, 0, 0.0, client_id, "", 0.0),
    )


def test_an_order_without_an_answer_is_uncertain(desk: Desk) -> None:
    desk.ask("placeOrder", 1, stock(), order())
    assert (desk.state().status, desk.state().is_uncertain) == ("sent", True)
    desk.refused("placeOrder", 504, "Not connected: Broken pipe")
    assert desk.state().is_uncertain
    status(desk, "Submitted")
    assert (desk.state().status, desk.state().is_uncertain) == ("Submitted", False)
    assert desk.state().perm_id == 99


def test_what_was_never_sent_is_refused(desk: Desk) -> None:
    desk.ask("placeOrder", 1, stock(), order())
    desk.refused("placeOrder", 321, "a value that cannot be sent")
    assert (desk.state().status, desk.state().is_over) == ("refused", True)
    assert desk.state().errors == [(321, "a value that cannot be sent")]
    desk.ask("placeOrder", 1, stock(), order())  # it is a new order still
    assert desk.kinds() == ["place", "refused", "place"]
    assert desk.state().is_uncertain
    # without a connection the seam is not even asked
    desk.arguments = (2, stock(), order())
    desk.refused("placeOrder", 504, "Not connected")
    assert desk.state(2).status == "refused"


def test_a_refused_change_leaves_the_order(desk: Desk) -> None:
    desk.ask("placeOrder", 1, stock(), order())
    desk.ask("placeOrder", 1, stock(), order(5))
    desk.refused("placeOrder", 134, "by a guard")
    assert desk.state().is_uncertain
    assert desk.kinds() == ["place", "change", "refused"]


def test_fills_corrections_and_commissions(desk: Desk) -> None:
    desk.ask("placeOrder", 1, stock(), order())
    commission(desk, "0000a.01.01")  # before its execution
    execution(desk, "0000a.01.01", 4)
    assert desk.state().status == "Submitted"
    execution(desk, "0000b.01.01", 6)
    status(desk, "Filled", 10)
    execution(desk, "0000b.01.02", 5)  # a correction
    execution(desk, "0000b.01.01", 6)  # told again
    commission(desk, "0000b.01.02")
    status(desk, "Submitted", 4)  # late
    state = desk.state()
    assert (state.status, state.filled) == ("Filled", Decimal(10))
    assert {base: e["shares"] for base, e in state.executions.items()} == {
        "0000a.01": "4",
        "0000b.01": "5",
    }
    assert set(state.commissions) == {"0000a.01", "0000b.01"}


def test_rejections_and_cancels(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.ask("placeOrder", number, stock(), order())
    desk.hear("error", 1, 0, 201, "Order rejected - reason: no", "")
    desk.hear("error", 2, 0, 399, "a warning", "")
    desk.ask("cancelOrder", 3, None)
    desk.hear("error", 3, 0, 202, "Order Canceled - reason:", "")
    assert desk.state(1).status == "rejected"
    assert desk.state(2).status == "sent"
    assert (desk.state(3).status, desk.state(3).cancel_sent) == ("Cancelled", True)


def test_orders_of_others_and_of_the_window(desk: Desk) -> None:
    status(desk, "Submitted", client_id=8)
    status(desk, "Submitted", order_id=0, client_id=0)
    found = states(read(desk.path))
    assert set(found) == {(8, 1), (0, -99)}


def test_what_only_asks_is_no_order(desk: Desk) -> None:
    desk.ask("placeOrder", 1, stock(), order(whatIf=True))
    desk.hear("openOrder", 1, stock(), order(whatIf=True, clientId=3), None)
    assert states(read(desk.path)) == {}
    desk.ask("placeOrder", 1, stock(), order())
    assert desk.kinds() == ["place", "open_order", "place"]


# --- with a client at a TWS ---


class App(EWrapper, EClient):
    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.told: list[tuple[str, int]] = []
        self.changed = threading.Condition()

    def tell(self, name: str, number: int) -> None:
        with self.changed:
            self.told.append((name, number))
            self.changed.notify_all()

    def wait(self, name: str, number: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: (name, number) in self.told, WAIT), self.told

    def nextValidId(self, orderId: int) -> None:
        self.tell("ready", 0)

    def commissionAndFeesReport(self, commissionAndFeesReport: Any) -> None:
        self.tell("commission", 0)

    def orderStatus(self, orderId: int, status: str, *_: Any) -> None:
        self.tell(status, orderId)

    def error(self, reqId: int, errorTime: int, errorCode: int, errorString: str, *_: Any) -> None:
        self.tell(str(errorCode), reqId)


@pytest.fixture(params=[187, 226])
def at_tws(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[App, Path, SimulatedTws]]:
    with SimulatedTws(server_version=request.param) as tws:
        app, path = App(), tmp_path / "orders.jsonl"
        with Ledger(path, app):
            Guards(app, order=OrderLimit(quantity=100))
            app.connect(tws.host, tws.port, 3)
            runner = threading.Thread(target=app.run)
            runner.start()
            app.wait("ready", 0)
            yield app, path, tws
            app.disconnect()
            runner.join(WAIT)


def test_a_session(at_tws: tuple[App, Path, SimulatedTws]) -> None:
    app, path, _ = at_tws
    app.placeOrder(1, stock(), order(10))
    app.wait("commission", 0)
    app.wait("Filled", 1)
    app.placeOrder(2, stock(), order(10, 1.0))
    app.wait("Submitted", 2)
    app.cancelOrder(2)
    app.wait("202", 2)
    app.placeOrder(3, stock(), order(101, 1.0))
    app.wait("201", 3)
    app.placeOrder(4, stock("NOSUCH"), order(1, 1.0))
    app.wait("200", 4)
    entries = list(read(path))
    found = states(entries)
    assert {key: state.status for key, state in found.items()} == {
        (3, 1): "Filled",
        (3, 2): "Cancelled",
        (3, 3): "refused",
        (3, 4): "rejected",
    }
    first = found[3, 1]
    assert first.filled == 10
    assert len(first.executions) == len(first.commissions) >= 1
    assert found[3, 2].cancel_sent
    assert "guard quantity" in found[3, 3].errors[0][1]
    kinds = {entry.kind for entry in entries}
    assert {
        "place",
        "cancel",
        "refused",
        "open_order",
        "status",
        "execution",
        "commission",
    } <= kinds
    assert {entry.session for entry in entries} == {1}


def test_the_line_is_there_before_the_bytes(
    at_tws: tuple[App, Path, SimulatedTws], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, path, _ = at_tws
    seen: list[list[str]] = []
    connection: Any = app.conn
    real: Callable[[bytes], int] = connection.sendMsg

    def send(message: bytes) -> int:
        seen.append([entry.kind for entry in read(path)])
        return real(message)

    monkeypatch.setattr(connection, "sendMsg", send)
    app.placeOrder(1, stock(), order(10, 1.0))
    assert seen == [["place"]]


def test_sessions_are_counted(at_tws: tuple[App, Path, SimulatedTws]) -> None:
    app, path, tws = at_tws
    app.placeOrder(1, stock(), order(10, 1.0))
    app.wait("Submitted", 1)
    app.disconnect()
    app.told.clear()
    app.connect(tws.host, tws.port, 3)
    app.wait("ready", 0)
    app.cancelOrder(1)
    app.wait("202", 1)
    entries = list(read(path))
    assert {entry.session for entry in entries if entry.kind == "place"} == {1}
    assert {entry.session for entry in entries if entry.kind == "cancel"} == {2}
    assert states(entries)[3, 1].status == "Cancelled"


def test_entries_are_typed() -> None:
    assert Entry._fields[:3] == ("line", "time", "kind")
    assert logging.getLogger("ibapi_port.ledger").filters
