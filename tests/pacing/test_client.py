"""The pacing of an EClient that is connected, in virtual time."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from client.scripted import WAIT, Link

from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.pacing import Pacing, Progress, pace, sender
from ibapi_port.pacing.progress import Bar, LogLines
from ibapi_port.seams import Refused, seams

from .clock import VirtualClock


@pytest.fixture
def link() -> Iterator[Link]:
    made = Link()
    yield made
    made.close()


def stock(symbol: str = "AAPL") -> Contract:
    return Contract(symbol=symbol, secType="STK", exchange="SMART", currency="USD")


def ask(link: Link, n: int, symbol: str = "AAPL", bar: str = "5 secs") -> None:
    link.app.reqHistoricalData(n, stock(symbol), "", "1 D", bar, "TRADES", 1, 1, False, [])


def ids(sent: list[list[str]], message: str = "20") -> list[str]:
    """The ids of the requests for history that were sent."""
    return [fields[1] for fields in sent if fields[0] == message]


def in_thread(link: Link, *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=ask, args=(link, *arguments), daemon=True)
    thread.start()
    return thread


def ended(thread: threading.Thread) -> bool:
    thread.join(WAIT)
    return not thread.is_alive()


# --- the thread that asks waits ---


def test_all_are_sent_in_order_and_in_time(link: Link) -> None:
    clock = VirtualClock()
    paced = pace(link.app, Pacing(messages=50), clock)
    began = clock.time
    for n in range(200):
        link.app.cancelMktData(n)
        link.app.reqContractDetails(n, stock())
    sent = link.sent()
    assert [fields[2] for fields in sent] == [str(n) for n in range(200) for _ in "ab"]
    assert 7 <= clock.time - began <= 9.5
    assert paced.waiting == 0


def test_others_pass_what_waits(link: Link) -> None:
    clock = VirtualClock(goes=False)
    paced = pace(link.app, clock=clock)
    ask(link, 1)
    thread = in_thread(link, 2)
    clock.until_waiting(paced._sender)
    link.app.placeOrder(3, stock(), Order(action="BUY", orderType="MKT", totalQuantity=Decimal(1)))
    ask(link, 4, "MSFT")
    assert [fields[0] for fields in link.sent()] == ["20", "3", "20"]
    assert paced.waiting == 1
    clock.advance(paced._sender, 15)
    assert paced.waiting == 1
    clock.advance(paced._sender, 1)
    assert ended(thread)
    assert ids(link.sent()) == ["2"]


def test_the_end_of_the_connection_ends_the_waiting(link: Link) -> None:
    clock = VirtualClock(goes=False)
    paced = pace(link.app, clock=clock)
    ask(link, 1)
    threads = [in_thread(link, 2), in_thread(link, 3)]
    clock.until_waiting(paced._sender, 2)
    link.app.disconnect()
    assert all(ended(thread) for thread in threads)
    assert sorted(link.app.errors()) == [
        (n, 504, "Not connected: the connection ended while the request waited; nothing was sent")
        for n in (2, 3)
    ]
    assert len(link.peer.to_the_end()) == 1


def test_a_request_that_is_cancelled_while_it_waits_is_not_sent(link: Link) -> None:
    clock = VirtualClock(goes=False)
    paced = pace(link.app, clock=clock)
    ask(link, 1)
    thread = in_thread(link, 2)
    clock.until_waiting(paced._sender)
    link.app.cancelHistoricalData(2)
    assert ended(thread)
    assert link.app.errors() == [(2, 162, "Pacing: it was cancelled before it was sent.")]
    assert ids(link.sent()) == ["1"]


def test_an_interrupt_takes_the_request_back(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualClock(goes=False)
    paced = pace(link.app, clock=clock)
    ask(link, 1)

    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sender.Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ask(link, 2)
    assert paced.waiting == 0
    assert ids(link.sent()) == ["1"]


def test_without_a_connection_nothing_waits() -> None:
    app = Link()
    clock = VirtualClock(goes=False)
    pace(app.app, Pacing(messages=1), clock)
    app.app.disconnect()
    for n in range(3):
        ask(app, n)
    assert [code for _, code, _ in app.app.errors()] == [504, 504, 504]
    app.close()


# --- the thread that processes messages does not wait ---


def test_in_a_callback_requests_are_put_off_as_they_were(link: Link) -> None:
    clock = VirtualClock()
    paced = pace(link.app, Pacing(messages=10), clock)
    seen: list[int] = []
    seams(link.app).add_on_request(lambda name, values: seen.append(values[0]), last=True)

    def place(first: int) -> None:
        """Send orders with an object that is used again and again."""
        order = Order(action="BUY", orderType="MKT")
        for n in range(30):
            order.totalQuantity = Decimal(n + 1)
            link.app.placeOrder(n, stock(), order)

    link.app.on["nextValidId"] = place
    link.send("nextValidId", orderId=0)
    link.settle()
    while paced.waiting:
        paced._sender.join(WAIT)
    sent = [link.peer.fields() for _ in range(30)]
    assert [fields[1] for fields in sent] == [str(n) for n in range(30)]
    quantities = [fields[fields.index("BUY") + 1] for fields in sent]
    assert quantities == [str(n + 1) for n in range(30)]
    assert seen == [*range(30)]  # a guard or ledger behind sees each once


def test_what_was_put_off_has_its_error_with_the_end_of_the_connection(link: Link) -> None:
    clock = VirtualClock(goes=False)
    pace(link.app, clock=clock)
    link.app.on["nextValidId"] = lambda n: [ask(link, each) for each in (1, 2)]
    link.send("nextValidId", orderId=5)
    assert [told[0] for told in link.settle()] == ["nextValidId"]
    link.app.disconnect()
    link.app.join()
    assert [(n, code) for n, code, _ in link.app.errors()] == [(2, 504)]


def test_what_was_put_off_and_cannot_be_written_has_its_error(link: Link) -> None:
    clock = VirtualClock(goes=False)
    paced = pace(link.app, Pacing(messages=1), clock)
    bad = Order(action="BUY", orderType="MKT", totalQuantity="many")  # type: ignore[arg-type]
    link.app.on["nextValidId"] = lambda n: (
        link.app.reqIds(-1),
        link.app.placeOrder(7, stock(), bad),
    )
    link.send("nextValidId", orderId=5)
    link.settle()
    clock.advance(paced._sender, 2)
    paced._sender.join(WAIT)
    ((n, code, text),) = link.app.errors()
    assert (n, code) == (7, 321)
    assert "totalQuantity" in text


# --- what holds something ---


def quotes(link: Link, n: int, snapshot: bool = False) -> None:
    link.app.reqMktData(n, stock(), "", snapshot, False, [])


def test_lines_are_counted_until_they_end(link: Link) -> None:
    pace(link.app, Pacing(lines=2, messages=0), VirtualClock(goes=False))
    quotes(link, 1)
    quotes(link, 2)
    quotes(link, 3)
    ((n, code, text),) = link.app.errors()
    assert (n, code) == (3, 101)
    assert "cancel one" in text
    link.app.cancelMktData(1)
    quotes(link, 4)
    link.send("error", reqId=4, errorCode=200, errorString="No security definition")
    link.settle()
    quotes(link, 5)
    assert [fields[2] for fields in link.sent() if fields[0] == "1"] == ["1", "2", "4", "5"]
    assert len(link.app.errors()) == 2


def test_what_is_refused_elsewhere_holds_nothing(link: Link) -> None:
    pace(link.app, Pacing(lines=1, messages=0), VirtualClock(goes=False))

    def refuse(name: str, arguments: tuple[object, ...]) -> None:
        if arguments[0] == 1:
            raise Refused("no")

    seams(link.app).add_on_request(refuse, last=True)
    quotes(link, 1)
    quotes(link, 2)
    assert [(n, code) for n, code, _ in link.app.errors()] == [(1, 321)]


@pytest.mark.parametrize(
    ("message", "values"),
    [
        ("historicalDataEnd", {"reqId": 1, "startDateStr": "", "endDateStr": ""}),
        ("error", {"reqId": 1, "errorCode": 162, "errorString": "no data"}),
        ("headTimestamp", {"reqId": 1, "headTimestamp": "1"}),
    ],
)
def test_one_more_history_goes_when_one_has_ended(
    link: Link, message: str, values: dict[str, object]
) -> None:
    clock = VirtualClock(goes=False)
    paced = pace(link.app, Pacing(open_histories=1), clock)
    ask(link, 1, bar="1 day")
    thread = in_thread(link, 2, "MSFT", "1 day")
    clock.until_waiting(paced._sender)
    link.send("error", reqId=1, errorCode=2106, errorString="a warning ends nothing")
    assert ids(link.sent()) == ["1"]
    link.send(message, **values)
    assert ended(thread)
    assert ids(link.sent()) == ["2"]


# --- what is told ---


def test_progress(link: Link) -> None:
    told: list[Progress] = []
    pace(link.app, Pacing(on_wait=told.append), VirtualClock())
    for n in range(3):
        ask(link, n)
    assert {each.rate for each in told} == {"history"}
    assert [each.waiting for each in told].count(0) == 2  # each time it was over
    assert told[0] == Progress("history", 1, 1, 15.25)
    assert [each.seconds for each in told[:3]] == [15.25, 14.25, 13.25]
    assert told[-1] == Progress("history", 3, 0, 0.0)


def test_who_is_told_may_raise(link: Link, caplog: pytest.LogCaptureFixture) -> None:
    def fail(progress: Progress) -> None:
        raise ValueError("no screen")

    pace(link.app, Pacing(on_wait=fail), VirtualClock())
    with caplog.at_level(logging.ERROR):
        ask(link, 1)
        ask(link, 2)
    assert ids(link.sent()) == ["1", "2"]
    assert "on_wait raised" in caplog.text


def test_short_waits_are_not_told(link: Link) -> None:
    told: list[Progress] = []
    pace(link.app, Pacing(on_wait=told.append), VirtualClock())
    for n in range(30):
        link.app.reqContractDetails(n, stock())
    assert told == []


def test_a_long_wait_is_logged_where_no_terminal_is(
    link: Link, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    caplog.set_level(logging.INFO, "ibapi_port.pacing")
    pace(link.app, clock=VirtualClock())
    ask(link, 1)
    assert not caplog.records
    ask(link, 2)
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        (
            "WARNING",
            "waiting for TWS's limits: history requests: 1 of 2 are sent, the rest within 16 s",
        ),
        ("INFO", "TWS's limits: history requests: 2 were sent, nothing waits any more"),
    ]
    ask(link, 3)  # soon afterwards: not again
    assert len(caplog.records) == 2


def test_the_log_says_it_again_every_five_minutes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ibapi_port.pacing")
    time = 0
    lines = LogLines(lambda: time)
    lines(Progress("message", 1, 20, 4.9))
    assert not caplog.records
    for time in range(700):
        lines(Progress("history", 60, 40, 900 - time))
    assert [each.levelname for each in caplog.records] == ["WARNING"] * 3


@pytest.mark.parametrize("pacing", [Pacing(bar=False), Pacing(on_wait=lambda progress: None)])
def test_who_has_said_how_to_be_told_is_not_told_by_the_log(
    link: Link, caplog: pytest.LogCaptureFixture, pacing: Pacing
) -> None:
    caplog.set_level(logging.INFO, "ibapi_port.pacing")
    pace(link.app, pacing, VirtualClock())
    ask(link, 1)
    ask(link, 2)
    assert not caplog.records


def test_the_bar() -> None:
    screen = io.StringIO()
    bar = Bar(screen)
    bar(Progress("history", 60, 40, 583))
    bar(Progress("history", 99, 1, 9))
    assert screen.getvalue().split("\r")[1:] == [
        "[##############..........] history requests: 60 of 100 are sent, the rest within 9 min 43 s",
        "[#######################.] history requests: 99 of 100 are sent, the rest within 9 s"
        + " " * 7,
    ]
    bar(Progress("history", 100, 0, 0))
    assert screen.getvalue().endswith("\r" + " " * 84 + "\r")


def test_the_bar_is_shown_on_a_terminal(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    pace(link.app, clock=VirtualClock())
    ask(link, 1)
    ask(link, 2)
    assert "history requests: 1 of 2 are sent, the rest within 16 s" in screen.getvalue()
