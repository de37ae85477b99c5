"""Orders and executions over a gap: scenarios 8, 9 and 10."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.client import EClient
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.simulator import SimulatedTws
from ibapi_port.supervised import Fate, Phase, Policy, Report, SupervisedClient
from ibapi_port.supervised.orders import terms_of

from .rig import QUICK, WAIT, App, limit_order, quick, restart, running, stock, until


def place(client: SupervisedClient, app: App, order_id: int, **terms: Any) -> None:
    """Place an order that works."""
    client.placeOrder(order_id, stock(), limit_order(**terms))
    app.wait("orderStatus", lambda *v: v[0] == order_id)


def gap(tws: SimulatedTws, client: SupervisedClient, app: App, *actions: tuple[str, Any]) -> Report:
    """Let something happen in a gap. Return the report."""
    before = len(app.calls)
    fault = tws.do("fault", kind="refuse")
    tws.do("drop_connection")
    app.wait("connectionClosed", after=before)
    for command, values in actions:
        tws.do(command, **values)
    tws.do("remove_fault", fault=fault)
    report: Report = app.wait("ordersReconciled", after=before)[0]
    assert client.state is Phase.READY
    return report


def fates(report: Report) -> dict[int, Fate]:
    return {each.orderId: each.fate for each in report.orders}


# --- 8: what happens in a gap ---


def test_quantities_are_shown_as_they_were_given() -> None:
    terms = terms_of(stock(), Order(totalQuantity=Decimal(10)))
    assert str(terms.quantity) == "10"
    assert terms == terms_of(stock(), Order(totalQuantity=Decimal("10.0")))


def test_08_two_fills_and_a_cancel_in_the_gap_are_told_once(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        place(client, app, 1)
        place(client, app, 2)
        place(client, app, 3)
        place(client, app, 4)
        tws.do("fill", order_id=1, price=1, quantity=10)
        app.wait("commissionAndFeesReport")
        report = gap(
            tws, client, app,
            ("fill", {"order_id": 1, "price": 1, "quantity": 20}),
            ("fill", {"order_id": 2, "price": Decimal("0.5")}),
            ("cancel", {"order_id": 3}),
        )  # fmt: skip
        restart(tws, client)  # a second gap tells none of it again
        app.wait("ordersReconciled", count=2)

        details = app.all("execDetails")
        assert [(v[0], v[2].orderId, v[2].shares) for v in details] == [
            (-1, 1, 10), (-1, 1, 20), (-1, 2, 100),
        ]  # fmt: skip
        ids = [execution.execId for _, _, execution in details]
        assert len(set(ids)) == 3
        assert [r.execId for (r,) in app.all("commissionAndFeesReport")] == ids
        assert not app.all("execDetailsEnd")
        assert not app.all("completedOrder")
        assert fates(report) == {1: Fate.WORKING, 2: Fate.FILLED, 3: Fate.DONE, 4: Fate.WORKING}
        assert [(o.filled, o.remaining) for o in report.orders] == [
            (30, 70), (100, 0), (0, 100), (0, 100),
        ]  # fmt: skip
        statuses = [v for v in app.all("orderStatus") if v[1] in ("Filled", "Cancelled")]
        assert sorted((v[0], v[1], v[2], v[3]) for v in statuses) == [
            (2, "Filled", 100, 0), (3, "Cancelled", 0, 100),
        ]  # fmt: skip
        filled = next(v for v in statuses if v[0] == 2)
        assert filled[4] == filled[7] == 0.5  # average and last price
        assert filled[5] > 0  # permId
        assert filled[8] == 1  # client id
        assert not report.incomplete
        assert not report.unanswered


def test_08_executions_from_before_the_program_are_not_told(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        place(client, app, 1)
        tws.do("fill", order_id=1, price=1)
        app.wait("commissionAndFeesReport")
    with running(tws) as (app, client):
        until(lambda: client._supervision.books.executions.has_base)
        place(client, app, 2)
        gap(tws, client, app, ("fill", {"order_id": 2, "price": 1}))
        assert [v[2].orderId for v in app.all("execDetails")] == [2]
        assert len(app.all("commissionAndFeesReport")) == 1
        client.reqExecutions(9, ExecutionFilter())  # the program's own gets all
        app.wait("execDetailsEnd", lambda request_id: request_id == 9)
        assert [v[2].orderId for v in app.all("execDetails") if v[0] == 9] == [1, 2]
        assert len(app.all("commissionAndFeesReport")) == 3


def test_08_a_correction_in_the_gap_is_told(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        place(client, app, 1)
        tws.do("fill", order_id=1, price=1)
        app.wait("commissionAndFeesReport")
        exec_id = app.all("execDetails")[0][2].execId
        gap(tws, client, app, ("correct", {"exec_id": exec_id, "price": Decimal("0.9")}))
        told = [v[2] for v in app.all("execDetails")]
        assert [each.price for each in told] == [1, 0.9]
        assert told[1].execId.rpartition(".")[0] == exec_id.rpartition(".")[0]


@pytest.mark.parametrize("version", [130, 136, 201, 222])
def test_08_at_old_and_new_versions(version: int) -> None:
    with (
        SimulatedTws(tick_interval=3600, server_version=version) as tws,
        running(tws) as (app, client),
    ):
        place(client, app, 1)
        report = gap(tws, client, app, ("fill", {"order_id": 1, "price": 1}))
        assert [(v[0], v[2].orderId) for v in app.all("execDetails")] == [(-1, 1)]
        assert len(app.all("commissionAndFeesReport")) == 1
        assert fates(report)[1] is Fate.FILLED
        assert not report.unanswered


def test_the_line_to_ib_is_a_gap_too(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        place(client, app, 1)
        tws.do("fault", kind="lose", message="execDetails", times=1)
        tws.do("fault", kind="lose", message="commissionAndFeesReport", times=1)
        tws.do("connectivity", up=False)
        tws.do("fill", order_id=1, price=1)
        tws.do("connectivity", up=True)
        app.wait("ordersReconciled")
        assert [(v[0], v[2].orderId) for v in app.all("execDetails")] == [(-1, 1)]
        assert len(app.all("commissionAndFeesReport")) == 1


# --- 9: lost orders and order ids ---


def lose_orders(tws: SimulatedTws, client: SupervisedClient, *ids: int) -> None:
    """Write orders which TWS never sees."""
    fault = tws.do("fault", kind="lose", message="placeOrder", times=len(ids))
    for order_id in ids:
        client.placeOrder(order_id, stock(), limit_order())
    until(lambda: fault not in [each["fault"] for each in tws.do("faults")])


def test_09_orders_that_tws_never_saw_are_lost_and_their_ids_are_not_given_again(
    tws: SimulatedTws,
) -> None:
    with running(tws) as (app, client):
        place(client, app, 1)
        lose_orders(tws, client, 2, 3, 4, 5)
        report = gap(tws, client, app)
        assert fates(report) == {1: Fate.WORKING, **dict.fromkeys((2, 3, 4, 5), Fate.LOST)}
        assert app.all("nextValidId")[-1] == (6,)
        assert client.health()["raw_next_order_id"] == 2
        client.reqIds(1)
        app.wait("nextValidId", lambda order_id: order_id == 6, count=2)
        place(client, app, 6)
        assert client.health()["next_order_id"] == 7
        report = gap(tws, client, app)
        assert fates(report) == {1: Fate.WORKING, 6: Fate.WORKING}  # told once


def test_09_without_an_answer_an_order_is_unknown_and_later_it_is_known(tws: SimulatedTws) -> None:
    with running(tws, quick(list_timeout=0.2)) as (app, client):
        lose_orders(tws, client, 1)
        fault = tws.do("fault", kind="delay", message="execDetailsEnd", seconds=0.5)
        report = gap(tws, client, app)
        assert fates(report) == {1: Fate.UNKNOWN}
        assert report.unanswered == ("executions", "completed orders")  # these come behind it
        assert client.health()["uncertain_orders"] == [1]
        tws.do("remove_fault", fault=fault)
        report = app.wait("ordersReconciled", count=2)[0]
        assert fates(report) == {1: Fate.LOST}
        assert client.health()["uncertain_orders"] == []


def test_an_order_that_arrives_late_is_not_lost(tws: SimulatedTws) -> None:
    """TWS reads the bytes of the old connection when it has answered the first lists."""
    with running(tws, quick(lost_after=0.3)) as (app, client):
        lose_orders(tws, client, 1)
        tws.do("fault", kind="refuse")
        tws.do("drop_connection")
        app.wait("connectionClosed")
        tws.do("clear_faults")
        until(lambda: client.health()["connections"] == 2)
        until(lambda: client._supervision._reconciling.is_running)
        other = EClient(App())
        other.connect(tws.host, tws.port, 2)
        thread = threading.Thread(target=other.run)
        thread.start()
        try:

            def arrive(world: Any) -> None:
                order = limit_order()
                order.orderId, order.clientId = 1, 1
                instrument = world.instruments.by_name("AAPL")[0]
                world.book.place(1, 1, instrument, "SMART", order)

            tws.call(arrive)
        finally:
            other.disconnect()
            thread.join(WAIT)
        report = app.wait("ordersReconciled")[0]
        assert fates(report) == {1: Fate.WORKING}


def test_an_order_that_was_over_before_its_first_answer_is_found_by_its_terms(
    tws: SimulatedTws,
) -> None:
    with running(tws) as (app, client):
        for name in ("openOrder", "orderStatus", "error"):
            tws.do("fault", kind="lose", message=name)
        client.placeOrder(1, stock(), limit_order(orderRef="mine"))
        until(lambda: tws.do("state")["orders"])
        lose_orders(tws, client, 2)
        report = gap(tws, client, app, ("cancel", {"order_id": 1}))
        assert fates(report) == {1: Fate.DONE, 2: Fate.LOST}
        assert report.orders[0].permId > 0


def test_the_floor_outlives_the_program(tws: SimulatedTws, tmp_path: Path) -> None:
    policy = quick(state_path=str(tmp_path / "ids.json"))
    with running(tws, policy) as (app, client):
        lose_orders(tws, client, 40)
    with running(tws, policy) as (app, client):
        assert app.all("nextValidId") == [(41,)]
    (tmp_path / "ids.json").write_text("{}")
    with pytest.raises(ValueError, match=r"state_path: .*ids\.json has no order id"):
        SupervisedClient(App(), policy=policy)


# --- 10: brackets ---


def bracket() -> list[Order]:
    parent = limit_order(transmit=False)
    target = limit_order("SELL", limit=500, parentId=1, transmit=False)
    stop = Order(action="SELL", orderType="STP", totalQuantity=Decimal(100), auxPrice=0.5, tif="DAY",
                 parentId=1, transmit=True)  # fmt: skip
    return [parent, target, stop]


def test_10_a_loss_inside_of_a_bracket(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        parent, target, stop = bracket()
        client.placeOrder(1, stock(), parent)
        tws.settle()
        before = len(app.calls)
        tws.do("fault", kind="refuse")
        tws.do("drop_connection")
        app.wait("connectionClosed", after=before)
        until(lambda: client.state in (Phase.WAITING, Phase.CONNECTING))
        assert client.health()["uncertain_orders"] in ([], [1])
        client.placeOrder(2, stock(), target)
        client.placeOrder(3, stock(), stop)
        assert [each for each in app.errors() if each[1] == 504] == [(2, 504), (3, 504)]
        tws.do("clear_faults")
        report = app.wait("ordersReconciled")[0]
        found = fates(report)
        assert found[1] in (Fate.WORKING, Fate.LOST)
        assert found[2] is found[3] is Fate.NEVER_SENT
        assert [each.parentId for each in report.by_fate(Fate.NEVER_SENT)] == [1, 1]
        assert "Not connected" in report.by_fate(Fate.NEVER_SENT)[0].detail
        orders = tws.do("state")["orders"]
        assert {each["order_id"] for each in orders} <= {1}  # nothing was queued


def test_uncertain_until_the_lists_are_answered(tws: SimulatedTws) -> None:
    with running(tws, quick(list_timeout=5.0)) as (app, client):
        place(client, app, 1)
        lose_orders(tws, client, 2)
        tws.do("fault", kind="lose", message="cancelOrder", times=1)
        client.cancelOrder(1, OrderCancel())
        tws.do("fault", kind="delay", message="openOrderEnd", seconds=0.2)
        tws.do("drop_connection")
        until(lambda: client.health()["connections"] == 2)
        assert client.wait_ready(WAIT)
        assert set(client.health()["uncertain_orders"]) >= {2}
        report = app.wait("ordersReconciled")[0]
        assert fates(report) == {1: Fate.WORKING, 2: Fate.LOST}
        assert client.health()["uncertain_orders"] == []


def test_refused_and_finished_orders_are_not_reported(tws: SimulatedTws) -> None:
    with running(tws) as (app, client):
        bad = limit_order()
        bad.orderType = "NONSENSE"
        client.placeOrder(1, stock(), bad)
        app.wait("error", lambda *v: v[0] == 1)
        client.placeOrder(2, stock("NOSUCHTHING"), limit_order())
        app.wait("error", lambda *v: v[0] == 2)
        place(client, app, 3, limit=10_000)  # fills at once
        app.wait("orderStatus", lambda *v: v[1] == "Filled")
        broken = limit_order()
        broken.lmtPrice = "x"  # type: ignore[assignment]
        client.placeOrder(4, stock(), broken)
        app.wait("error", lambda *v: v[0] == 4)
        asks = limit_order()
        asks.whatIf = True
        client.placeOrder(5, stock(), asks)
        app.wait("openOrder", lambda *v: v[0] == 5)
        report = gap(tws, client, app)
        assert fates(report) == {}
        assert app.all("nextValidId")[-1][0] >= 5


def test_a_gap_over_midnight_makes_nothing_lost(tws: SimulatedTws) -> None:
    from .virtual import NOON

    class Day:
        """A clock that can be set to the next day."""

        shift = 0.0

        def monotonic(self) -> float:
            import time

            return time.monotonic()

        def time(self) -> float:
            return NOON + self.shift

        def wait(self, condition: threading.Condition, seconds: float | None) -> None:
            condition.wait(seconds)

    clock = Day()
    with running(tws, clock=clock) as (app, client):  # type: ignore[arg-type]
        lose_orders(tws, client, 1)
        tws.do("fault", kind="refuse")
        tws.do("drop_connection")
        app.wait("connectionClosed")
        until(lambda: client.state in (Phase.WAITING, Phase.CONNECTING))
        clock.shift = 86_400.0
        tws.do("clear_faults")
        report = app.wait("ordersReconciled")[0]
        assert report.incomplete
        assert fates(report) == {1: Fate.UNKNOWN}


def test_orders_of_threads_share_one_question_and_none_is_lost(tws: SimulatedTws) -> None:
    tws.do("record")
    with running(tws, quick(probe_after=0.0, probe_timeout=2.0)) as (app, client):
        until(lambda: client._supervision.books.executions.has_base)
        threads = [
            threading.Thread(target=client.placeOrder, args=(n, stock(), limit_order()))
            for n in range(1, 9)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
        until(lambda: len({v[0] for v in app.all("orderStatus")}) + len(app.errors()) >= 8)
        names = [each["request"] for each in tws.do("requests")]
        assert names.count("reqCurrentTime") <= 8
        # ids that come too late are TWS's to refuse
        assert {code for _, code in app.errors()} <= {103}


def test_guards_and_ledger_stand_beside_a_supervisor(tws: SimulatedTws, tmp_path: Path) -> None:
    from ibapi_port.guards import Guards, OrderLimit
    from ibapi_port.ledger import Ledger, read

    app = App()
    client = SupervisedClient(app, tws.host, tws.port, 1, QUICK)
    Guards(client, order=OrderLimit(quantity=500))
    with Ledger(tmp_path / "orders.jsonl", client):
        client.start()
        assert client.wait_ready(WAIT)
        client.placeOrder(1, stock(), limit_order(quantity=1000))
        assert app.errors() == [(1, 201)]
        place(client, app, 2)
        report = gap(tws, client, app, ("fill", {"order_id": 2, "price": 1}))
        assert fates(report) == {2: Fate.FILLED}
        assert client.stop(WAIT)
    kinds = [entry.kind for entry in read(tmp_path / "orders.jsonl")]
    assert kinds.count("place") == 1
    assert len([kind for kind in kinds if kind.startswith("exec")]) == 1


def test_default_policy_waits_before_it_takes_an_order_for_lost() -> None:
    assert Policy().lost_after == 5
