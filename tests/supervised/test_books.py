"""The pure parts: what is kept in mind of requests, orders, executions and ids."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.execution import Execution
from ibapi_port.order import Order
from ibapi_port.order_state import OrderState
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.supervised import executions as executions_module
from ibapi_port.supervised.executions import Executions
from ibapi_port.supervised.farms import farm_of
from ibapi_port.supervised.kinds import CANCELS
from ibapi_port.supervised.leases import Lease
from ibapi_port.supervised.order_ids import Floor
from ibapi_port.supervised.orders import Orders, terms_of
from ibapi_port.supervised.pacing import Pacer
from ibapi_port.supervised.reconcile import COMPLETED, EXECUTIONS, LISTS, OPEN, Fate, Reconciliation
from ibapi_port.supervised.registry import Registry, Verdict

from .rig import limit_order, stock

TICKS = (1, stock(), "", False, False, [])


# --- requests ---


def registry(connection: int = 1) -> Registry:
    made = Registry()
    made.connection = connection
    return made


def test_a_standing_request_is_kept_until_its_cancel_or_a_final_error() -> None:
    for end in ("cancel", "error"):
        kept = registry()
        kept.asked("reqMktData", TICKS, 0)
        assert [each.name for each in kept.standing()] == [("reqMktData", 1)]
        if end == "cancel":
            kept.asked("cancelMktData", (1,), 0)
        else:
            kept.failed(1, 354, "not subscribed")
        assert not kept.standing()


@pytest.mark.parametrize(
    ("code", "text"),
    [(2104, "ok"), (10167, "delayed"), (317, "reset"), (102, "Duplicate ticker id"),
     (322, "Duplicate ticker id"), (10197, "competing session"), (201, "an order's, with this id")],
)  # fmt: skip
def test_errors_after_which_a_stream_goes_on(code: int, text: str) -> None:
    kept = registry()
    kept.asked("reqMktData", TICKS, 0)
    assert kept.failed(1, code, text) is None
    assert kept.standing()


@pytest.mark.parametrize("code", [200, 321, 354, 10089, 10168])
def test_errors_after_which_a_stream_is_over(code: int) -> None:
    kept = registry()
    kept.asked("reqMktData", TICKS, 0)
    kept.failed(1, code, "It is over.")
    assert not kept.standing()


def test_a_snapshot_and_a_history_without_updates_do_not_stand() -> None:
    kept = registry()
    kept.asked("reqMktData", (1, stock(), "", True, False, []), 0)
    kept.asked("reqHistoricalData", (2, stock(), "", "1 D", "1 min", "TRADES", 1, 1, False, []), 0)
    assert not kept.standing()
    assert [pending.key for pending in kept.lost(False)[0]] == [1, 2]
    kept.asked("reqHistoricalData", (2, stock(), "", "1 D", "1 min", "TRADES", 1, 1, True, []), 0)
    assert kept.standing()


def test_every_standing_request_has_a_cancel_that_fits_its_arguments() -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "reqMktData": TICKS,
        "reqMktDepth": (1, stock(), 5, True, []),
        "reqAccountUpdates": (True, "DU1"),
    }
    kept = registry()
    names = {request for requests in CANCELS.values() for request in requests} | set(arguments)
    for name in names:
        some = (1,) * len(REQUESTS[name].arguments)
        kept.asked(name, arguments.get(name, some), 0)
    cancels = dict(each.cancel for each in kept.standing())
    assert cancels["cancelMktDepth"] == (1, True)
    assert cancels["reqAccountUpdates"] == (False, "DU1")
    assert cancels["cancelPositions"] == ()
    assert cancels["cancelNewsBulletins"] == ()
    assert cancels["cancelMktData"] == (1,)
    for name, values in cancels.items():
        assert len(values) == len(REQUESTS[name].arguments)


def test_requests_of_the_program_after_a_loss() -> None:
    kept = registry()
    kept.asked("reqMktData", TICKS, 0)
    kept.connection = 2
    (standing,) = kept.to_repeat()
    assert kept.asked("reqMktData", TICKS, 0) is Verdict.SEND  # before it was repeated
    assert not kept.is_wanted(standing)
    assert not list(kept.to_repeat())
    kept.connection = 3
    (standing,) = kept.to_repeat()
    kept.repeated(standing, 0)
    same = (1, Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD"), "",
            False, False, [])  # fmt: skip
    assert kept.asked("reqMktData", same, 0) is Verdict.NOT_NEEDED
    assert kept.asked("reqMktData", same, 0) is Verdict.SEND  # TWS says that it is a duplicate
    kept.connection = 4
    (standing,) = kept.to_repeat()
    kept.repeated(standing, 0)
    assert kept.asked("reqMktData", (1, stock("IBM"), *same[2:]), 0) is Verdict.REPLACE


def test_answers_without_an_id_come_in_the_order_of_the_questions() -> None:
    kept = registry()
    kept.ask("reqOpenOrders")
    kept.asked("reqOpenOrders", (), 0)
    kept.ask("reqAllOpenOrders")
    ours = [(kept.answered("openOrderEnd", ()) or kept.ask("x")).is_ours for _ in range(3)]
    assert ours == [True, False, True]
    assert kept.answered("openOrderEnd", ()) is None


def test_pacing() -> None:
    pacer = Pacer(3)
    for now in (0.0, 0.1, 0.2):
        assert pacer.pause(now) == 0
        pacer.sent(now)
    assert pacer.pause(0.5) == pytest.approx(0.5)
    assert pacer.pause(1.0) == 0
    pacer.sent(1.0)
    assert pacer.pause(1.0) == pytest.approx(0.1)


# --- executions ---


def test_an_execution_and_its_commission_are_told_once() -> None:
    kept = Executions()
    assert kept.listed("a.01", is_ours=False) is False  # older than the program
    assert kept.commission("a.01") is False
    kept.list_ended()
    kept.told("b.01")
    assert kept.commission("b.01")
    kept.told("c.01")  # its commission did not come before the loss
    shown = [each for each in ("a.01", "b.01", "c.01", "d.01", "b.02")
             if kept.listed(each, is_ours=True)]  # fmt: skip
    assert shown == ["d.01", "b.02"]
    assert [kept.commission(f"{each}.01") for each in "abcd"] == [False, False, True, True]
    assert kept.commission("b.02")
    assert kept.commission("b.01")  # TWS tells it anew by itself


def test_executions_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions_module, "MOST", 10)
    kept = Executions()
    for number in range(100):
        kept.told(f"{number}.01")
        kept.commission(f"{number}.01")
    kept.list_ended()
    assert not kept.listed("99.01", is_ours=True)
    assert len(kept._told) <= 10
    assert len(kept._commissions) <= 11


# --- orders ---


def fill(order_id: int, shares: int, exec_id: str = "x.01", client_id: int = 1) -> Execution:
    return Execution(
        execId=exec_id, orderId=order_id, clientId=client_id, permId=7, shares=Decimal(shares),
        price=1.0,
    )  # fmt: skip


def book(*ids: int) -> Orders:
    made = Orders()
    made.client_id = 1
    for order_id in ids:
        made.sent(order_id, stock(), limit_order(quantity=10), 1)
    return made


def fate(orders: Orders, *lists: str, is_cut: bool = False, **told: Any) -> Fate:
    made = Reconciliation(orders, 0.0, {1}, is_cut)
    if "open" in told:
        made.open_order((1, told["open"]))
    if "completed" in told:
        order, status = told["completed"]
        made.completed_order(stock(), order, status, told.get("is_of_gap", True))
    for name in lists:
        made.ended(name)
    (report,) = made.report(1.0).orders
    return report.fate


def completed(perm_id: int, quantity: int = 10, filled: int = 0) -> Order:
    order = limit_order(quantity=quantity)
    order.permId, order.filledQuantity = perm_id, Decimal(filled)
    return order


def test_fates() -> None:
    assert fate(book(1), *LISTS) is Fate.LOST
    assert fate(book(1), *LISTS, is_cut=True) is Fate.UNKNOWN
    for missing in LISTS:
        assert fate(book(1), *(name for name in LISTS if name != missing)) is Fate.UNKNOWN
    assert fate(book(1), OPEN, open=1) is Fate.WORKING
    assert fate(book(1), *LISTS, completed=(completed(9), "Cancelled")) is Fate.DONE
    assert fate(book(1), *LISTS, completed=(completed(9, filled=10), "Filled")) is Fate.FILLED
    older = {"completed": (completed(9), "Cancelled"), "is_of_gap": False}
    assert fate(book(1), *LISTS, **older) is Fate.LOST
    assert fate(book(1), *LISTS, completed=(completed(9, 11), "Cancelled")) is Fate.LOST


def test_an_order_with_a_permid_is_found_by_it_alone() -> None:
    orders = book(1)
    orders.status(1, 1, "Submitted", 0, 0.0, 7, 0.0)
    assert fate(orders, *LISTS, completed=(completed(9), "Cancelled")) is Fate.LOST
    orders = book(1)
    orders.status(1, 1, "Submitted", 0, 0.0, 7, 0.0)
    assert fate(orders, *LISTS, completed=(completed(7), "Cancelled")) is Fate.DONE


def test_two_orders_of_the_same_terms_are_not_both_found_in_one() -> None:
    orders = book(1, 2)
    made = Reconciliation(orders, 0.0, {1})
    made.completed_order(stock(), completed(9), "Cancelled", True)
    for name in LISTS:
        made.ended(name)
    report = made.report(1.0)
    assert [each.fate for each in report.orders] == [Fate.DONE, Fate.LOST]


def test_orders_of_other_clients_and_manual_ones_are_not_looked_for() -> None:
    orders = book()
    for client_id, order_id in ((2, 5), (1, -1), (0, 0)):
        order = limit_order()
        order.clientId = client_id
        orders.open_order(order_id, stock(), order, "Submitted")
    made = Reconciliation(orders, 0.0, {1})
    assert made.report(1.0).orders == ()


def test_partial_fills_add_up() -> None:
    orders = book(1)
    orders.execution(fill(1, 4, "a.01"))
    orders.execution(fill(1, 4, "a.01"))
    orders.execution(fill(1, 5, "a.02"))  # a correction
    orders.execution(fill(1, 4, "a.01"))  # a list may hold what was corrected, too
    order = orders.get(1)
    assert order is not None
    assert order.filled == 5
    assert fate(orders, EXECUTIONS) is Fate.UNKNOWN
    orders.execution(fill(1, 5, "b.01"))
    assert fate(orders, EXECUTIONS) is Fate.FILLED
    assert orders.execution(fill(1, 5, client_id=3)) is None


def test_an_uncertain_order_stays_so_where_a_further_try_is_not_sent() -> None:
    orders = book(1)
    orders.not_sent(1, stock(), limit_order(), "not connected")
    assert [each.order_id for each in orders.uncertain()] == [1]
    assert fate(orders, *LISTS) is Fate.LOST
    orders = book(1)
    orders.sent(1, stock(), limit_order(limit=9.0, quantity=10), 1)
    orders.take_back(1)  # it could not be encoded; the first one is out all the same
    (order,) = orders.uncertain()
    assert order.terms == terms_of(stock(), limit_order(quantity=10))


@pytest.mark.parametrize("refused", ["not sent", "not encoded"])
def test_an_uncertain_change_stays_so_where_a_further_one_is_refused(refused: str) -> None:
    orders = book(1)
    orders.status(1, 1, "Submitted", 0, 0.0, 7, 0.0)
    orders.cancelled(1)
    if refused == "not sent":
        orders.not_sent(1, stock(), limit_order(), "not connected")
    else:
        orders.sent(1, stock(), limit_order(limit=9.0, quantity=10), 1)
        orders.take_back(1)
    assert [each.order_id for each in orders.uncertain()] == [1]


def test_a_change_without_an_answer_is_uncertain_and_openorder_answers_it() -> None:
    orders = book(1)
    assert [each.order_id for each in orders.uncertain()] == [1]
    orders.status(1, 1, "Submitted", 0, 0.0, 7, 0.0)
    assert not orders.uncertain()
    orders.sent(1, stock(), limit_order(limit=2.0), 1)
    assert orders.uncertain()
    changed = limit_order(limit=2.0)
    changed.clientId = 1
    orders.open_order(1, stock(), changed, OrderState(status="Submitted").status)
    assert not orders.uncertain()
    orders.cancelled(1)
    assert orders.uncertain()
    orders.failed(1, 10148, "cannot be cancelled")
    assert not orders.uncertain()
    order = orders.get(1)
    assert order is not None
    assert not order.is_over


def test_orders_are_not_kept_for_ever() -> None:
    orders = book()
    orders.most = 10
    for order_id in range(1, 100):
        orders.sent(order_id, stock(), limit_order(), 1)
        if order_id != 50:
            orders.status(1, order_id, "Filled", 10, 1.0, order_id, 1.0)
    for order_id in range(1, 100):  # of another client
        orders.status(2, order_id, "Filled", 10, 1.0, 1000 + order_id, 1.0)
    assert len(orders.all()) <= 12
    assert orders.get(99, 2) is not None  # the newest
    assert orders.get(50) is not None  # it is not over
    assert COMPLETED


# --- ids ---


def test_the_floor_is_never_lower(tmp_path: Path) -> None:
    path = tmp_path / "ids"
    floor = Floor(str(path))
    assert floor.told(5) == 5
    floor.used(9)
    floor.used(3)
    assert floor.told(6) == 10
    assert Floor(str(path)).value == 10
    floor.used(2**31 - 1)  # there is none above it
    assert floor.value == 10


def test_a_floor_that_cannot_be_written_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    floor = Floor(str(tmp_path / "no" / "such" / "folder"))
    floor.used(1)
    floor.used(2)
    assert floor.value == 3
    assert len(caplog.records) == 1


def test_a_lease_goes_through_its_ids_and_home() -> None:
    lease = Lease(1, (7, 8, 1))
    assert lease.ids == (1, 7, 8)
    assert lease.in_use()
    assert lease.client_id == 7
    assert lease.in_use()
    assert not lease.in_use()
    assert lease.is_home
    lease.grant()
    assert lease.taken == 1
    lease.give_back()
    assert lease.taken is None
    assert lease.used == {1}


@pytest.mark.parametrize(
    ("code", "text", "farm"),
    [
        (2104, "Market data farm connection is OK:usfarm.nj", ("usfarm.nj", "ok")),
        (2107, "HMDS data farm connection is inactive but should be available upon demand.ushmds",
         ("ushmds", "inactive")),
        (2108, "Market data farm connection is inactive but should be available upon demand.a.b",
         ("a.b", "inactive")),
        (2119, "Market data farm is connecting:jfarm", ("jfarm", "connecting")),
        (2105, "", ("?", "broken")),
        (2100, "New account data requested", None),
    ],
)  # fmt: skip
def test_farms(code: int, text: str, farm: tuple[str, str] | None) -> None:
    assert farm_of(code, text) == farm
