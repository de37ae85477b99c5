"""What is told of an order late, twice or before the order itself reaches its Trade, and no other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.execution import Execution
from ibapi_port.ib.trades import OrderBook, SyncTrade
from ibapi_port.order import Order
from ibapi_port.order_state import OrderState

from .helpers import order, stock

CLIENT_ID = 3


class Sent:
    """An engine that notes what is sent."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def client_call(self, *call: Any) -> None:
        self.calls.append(call)


@pytest.fixture
def book() -> OrderBook[SyncTrade]:
    engine: Any = Sent()
    made = OrderBook(engine, SyncTrade, lambda *_: None)
    made.client_id = CLIENT_ID
    made.next_valid_id(10)
    return made


def status(book: OrderBook[SyncTrade], order_id: int, text: str, filled: int = 0) -> None:
    rest = (Decimal(filled), Decimal(10 - filled), 1.0, 77, 0, 1.0, CLIENT_ID, "", 0.0)
    book.receive("orderStatus", (order_id, text, *rest))


def execution(order_id: int, perm_id: int, client_id: int = CLIENT_ID) -> Execution:
    made = Execution()
    made.execId, made.shares, made.price = "0001.01.01", Decimal(4), 2.0
    made.orderId, made.permId, made.clientId = order_id, perm_id, client_id
    return made


def opened(order_id: int, perm_id: int, **more: Any) -> Order:
    made = order(limit=1.0)
    made.orderId, made.permId, made.clientId = order_id, perm_id, CLIENT_ID
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_the_late_answer_to_a_preview_is_no_order(book: OrderBook[SyncTrade]) -> None:
    asked = book.what_if(stock(), order(limit=1.0))
    assert asked.cancel()
    book.receive("openOrder", (10, stock(), opened(10, 0, whatIf=True), OrderState()))
    assert book.trades() == []


def test_an_exercise_is_followed_where_the_client_id_is_not_0(book: OrderBook[SyncTrade]) -> None:
    trade = book.exercise(stock(), Order(action="EXERCISE"), (1, 1, "DU1", 0))
    status(book, trade.orderId, "Submitted")
    assert trade.status.status == "Submitted"
    book.error(trade.orderId, 201, "Order rejected")
    assert trade.error is not None
    assert book.trades() == [trade]


def test_an_order_that_is_placed_again_stays_one_trade(book: OrderBook[SyncTrade]) -> None:
    sent = order(limit=1.0)
    (trade,) = book.place(stock(), [sent])
    waiting = trade._reached("Filled")
    status(book, 10, "Submitted", 4)
    book.execution(stock(), execution(10, 77))
    sent.lmtPrice = 2.0
    assert book.place(stock(), [sent]) == [trade]
    assert len(trade.fills) == 1
    status(book, 10, "Filled", 10)
    assert waiting.done()
    assert book.place(stock(), [sent]) != [trade]  # it is done: TWS will refuse the id


def test_executions_that_are_listed_before_their_order(book: OrderBook[SyncTrade]) -> None:
    book.execution(stock(), execution(20, 77))
    book.receive("openOrder", (21, stock(), opened(21, 78), OrderState()))
    book.receive("openOrder", (20, stock(), opened(20, 77), OrderState()))
    assert [len(trade.fills) for trade in book.trades()] == [0, 1]


def test_the_legs_of_a_combo_do_not_count_twice(book: OrderBook[SyncTrade]) -> None:
    combo = stock()
    combo.secType = "BAG"
    (trade,) = book.place(combo, [order(limit=1.0)])
    waiting = trade._reported()
    for number, contract in enumerate((combo, stock("AAPL"), stock("MSFT"))):
        made = execution(10, 77)
        made.execId, made.shares = f"000{number}.01.01", Decimal(10)
        book.execution(contract, made)
    assert trade.filled == 10
    status(book, 10, "Filled", 10)
    for number in (1, 2):  # of the combo itself none comes
        assert not waiting.done()
        report = CommissionAndFeesReport()
        report.execId, report.commissionAndFees = f"000{number}.01.01", 0.5
        book.receive("commissionAndFeesReport", (report,))
    assert waiting.done()
    assert trade.commission == 1.0


def test_of_the_orders_that_are_done_the_newest_are_kept(book: OrderBook[SyncTrade]) -> None:
    book.finished.most = 2
    first, *others = (book.place(stock(), [order(limit=1.0)])[0] for _ in range(4))
    report = CommissionAndFeesReport()
    report.execId = "0001.01.01"
    for trade in (first, *others):
        number = trade.orderId
        book.receive("openOrder", (number, stock(), opened(number, 100 + number), OrderState()))
    book.receive("execDetails", (stock(), execution(first.orderId, 100 + first.orderId)))
    book.receive("commissionAndFeesReport", (report,))
    for trade in (first, *others[:2]):
        rest = (Decimal(4), Decimal(0), 1.0, 100 + trade.orderId, 0, 1.0, CLIENT_ID, "", 0.0)
        book.receive("orderStatus", (trade.orderId, "Filled", *rest))
    assert book.trades() == others  # the last one is open: it does not count
    assert not book.fills()
    assert not book._commissions
    assert len(book._by_perm_id) == 3


def test_an_order_that_somebody_waits_for_is_not_forgotten(book: OrderBook[SyncTrade]) -> None:
    book.finished.most = 0
    trade = book.place(stock(), [order(limit=1.0)])[0]
    reported = trade._reported()  # the status comes before the execution
    status(book, trade.orderId, "Filled", 4)
    assert book.trades() == [trade]
    assert not reported.done()
    book.receive("execDetails", (stock(), execution(trade.orderId, 77)))
    report = CommissionAndFeesReport()
    report.execId = "0001.01.01"
    book.receive("commissionAndFeesReport", (report,))
    assert reported.done()
    book.forget_old()
    assert not book.trades()


def test_an_order_that_goes_on_is_not_forgotten(book: OrderBook[SyncTrade]) -> None:
    book.finished.most = 1
    again, other = (book.place(stock(), [order(limit=1.0)])[0] for _ in range(2))
    status(book, again.orderId, "Inactive")
    status(book, again.orderId, "Submitted")  # TWS has sent it to the exchange after all
    status(book, other.orderId, "Cancelled")
    book.finished.seconds = -1.0  # whatever is done is too old
    book.forget_old()
    assert book.trades() == [again]


def test_an_order_of_another_client_that_is_listed_no_more_is_not_open(
    book: OrderBook[SyncTrade],
) -> None:
    other, still = opened(5, 71, clientId=9), opened(6, 72, clientId=9)
    rows = [("openOrder", (each.orderId, stock(), each, OrderState())) for each in (other, still)]
    for name, arguments in rows:
        book.receive(name, arguments)
    gone, there = known = book.trades()
    book.all_open_listed(known, rows[1:])
    assert gone._may_be_forgotten
    assert not there._may_be_forgotten
    book.receive("openOrder", rows[0][1])  # it was not gone
    assert not gone._may_be_forgotten


def test_the_log_of_an_order_has_its_last_changes(book: OrderBook[SyncTrade]) -> None:
    trade = book.place(stock(), [order(limit=1.0)])[0]
    for n in range(1500):
        trade._note(str(n))
    before = trade._noted
    assert len(trade.log) == 1000
    assert trade.log[-1].message == "1499"
    assert not trade._log_since(before)
    trade._note("refused", 201)
    assert [entry.code for entry in trade._log_since(before)] == [201]
