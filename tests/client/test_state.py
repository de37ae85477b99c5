"""The life of a connection as a table, and the seams that tell of it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ibapi_port._client.state import End, EndReason, Lifecycle, OnState, State
from ibapi_port.seams import Refused, seams

from .samples import next_id, price
from .scripted import HOST, WAIT, App, Link, ScriptedTws, accepts, raw

Serve = Callable[..., ScriptedTws]

EVENTS: dict[str, Callable[[Lifecycle], Any]] = {
    "accept": lambda life: life.accept(False),
    "accept, asynchronous": lambda life: life.accept(True),
    "start": lambda life: life.start(),
    "ready": lambda life: life.ready(),
    "lose": lambda life: life.lose(End(EndReason.BY_TWS)),
    "close": lambda life: life.close(End(EndReason.BY_US)),
    "closed": lambda life: life.closed(),
}
ALLOWED: dict[State, set[State]] = {
    State.DISCONNECTED: {State.CONNECTING},
    State.CONNECTING: {State.OPENING, State.AWAITING_START, State.CLOSING},
    State.OPENING: {State.CONNECTED, State.LOST, State.CLOSING},
    State.AWAITING_START: {State.CONNECTED, State.LOST, State.CLOSING},
    State.CONNECTED: {State.READY, State.LOST, State.CLOSING},
    State.READY: {State.LOST, State.CLOSING},
    State.LOST: {State.CLOSING},
    State.CLOSING: {State.CLOSED},
    State.CLOSED: set(),
}


def test_the_way_of_a_connection() -> None:
    life = Lifecycle(lambda: None)
    states = [life.state]
    for event in ("accept", "start", "ready", "ready", "lose", "close", "closed"):
        EVENTS[event](life)
        states.append(life.state)
    assert [state.name for state in states] == [
        "CONNECTING", "OPENING", "CONNECTED", "READY", "READY", "LOST", "CLOSING", "CLOSED",
    ]  # fmt: skip
    assert life.end == End(EndReason.BY_TWS)


def _noting(changes: list[tuple[State, State]]) -> OnState:
    return lambda old, new, end: changes.append((old, new))


def test_every_order_of_events() -> None:
    """Whatever comes when: only changes of the table happen, a connection is lost at most once and
    closed at most once.
    """
    names = [name for name in EVENTS if name != "closed"]
    for order in itertools.product(names, repeat=4):
        changes: list[tuple[State, State]] = []
        life = Lifecycle(partial(_noting, changes))
        claimed = [name for name in order if EVENTS[name](life) and name in ("lose", "close")]
        for old, new in changes:
            assert new in ALLOWED[old], (order, old, new)
        assert claimed.count("lose") <= 1
        assert claimed.count("close") <= 1
        assert ("close" in order) == (life.state is State.CLOSING)


def test_one_of_many_threads_closes() -> None:
    for _ in range(200):
        life = Lifecycle(lambda: None)
        go = threading.Barrier(4)
        won: list[bool] = []

        def close(
            life: Lifecycle = life, go: threading.Barrier = go, won: list[bool] = won
        ) -> None:
            go.wait()
            won.append(life.close(End(EndReason.BY_US)))

        threads = [threading.Thread(target=close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
        assert sorted(won) == [False, False, False, True]


@pytest.mark.parametrize("reason", EndReason)
def test_what_a_reason_means(reason: EndReason) -> None:
    end = End(reason)
    assert end.text == reason.meaning
    assert End(reason, "more").text == "more"
    expected = {EndReason.BY_US: None, EndReason.VERSION: 503}
    made = {
        EndReason.BY_TWS,
        EndReason.RESET,
        EndReason.SILENT,
        EndReason.FRAME_TOO_LONG,
        EndReason.ID_IN_USE,
    }
    assert end.code() == expected.get(reason, 507 if reason in made else 502)
    assert reason.can_retry == (
        reason.name
        in {
            "BY_TWS",
            "RESET",
            "SILENT",
            "FRAME_TOO_LONG",
            "NOT_REACHED",
            "REFUSED",
            "CLOSED_AT_ONCE",
        }
    )


# --- seams ---


def test_on_state(serve: Serve) -> None:
    app = App()
    seen: list[tuple[str, str, str]] = []
    closed = threading.Event()

    def on_state(old: State, new: State, end: End | None) -> None:
        seen.append((old.name, new.name, end.reason.name if end else ""))
        if new is State.CLOSED:
            closed.set()

    seams(app).on_state = on_state
    tws = serve(accepts(187, next_id(187)))
    app.dial(tws)
    app.start()
    app.wait_for("nextValidId")
    tws.peer().close()
    assert closed.wait(WAIT)
    assert app.join() is None
    assert seen == [
        ("DISCONNECTED", "CONNECTING", ""),
        ("CONNECTING", "OPENING", ""),
        ("OPENING", "CONNECTED", ""),
        ("CONNECTED", "READY", ""),
        ("READY", "LOST", "BY_TWS"),
        ("LOST", "CLOSING", "BY_TWS"),
        ("CLOSING", "CLOSED", "BY_TWS"),
    ]


def test_why_a_connection_was_refused(app: App, serve: Serve) -> None:
    """An id in use: error 326, then TWS closes."""
    ends: list[End | None] = []
    seams(app).on_state = lambda old, new, end: ends.append(end)
    tws = serve(
        accepts(
            187, raw(4, 2, -1, 326, "Unable to connect as the client id is already in use.", "")
        )
    )
    app.dial(tws)
    app.start()
    app.wait_for("error")
    tws.peer().close()
    assert app.join() is None
    assert ends[-1] == End(EndReason.ID_IN_USE, "TWS closed the connection")
    assert [error[1] for error in app.errors()] == [326, 507]


def test_why_a_connection_was_not_made(app: App) -> None:
    ends: list[End | None] = []
    seams(app).on_state = lambda old, new, end: ends.append(end)
    app.connect(HOST, 1, 7)
    assert ends[-1] is not None
    assert ends[-1].reason is EndReason.REFUSED


def test_on_request_sees_and_refuses(link: Callable[..., Link]) -> None:
    one = link()
    seen: list[tuple[str, tuple[Any, ...]]] = []

    def guard(name: str, arguments: tuple[Any, ...]) -> None:
        seen.append((name, arguments))
        if name == "cancelMktData":
            raise Refused("the guard is on", 999)

    seams(one.app).on_request = guard
    one.app.cancelMktData(5)
    assert one.app.errors() == [(5, 999, "the guard is on")]
    assert one.sent() == []
    assert seen == [("cancelMktData", (5,)), ("reqCurrentTime", ())]


def test_on_message(link: Callable[..., Link]) -> None:
    one = link()
    names: list[str] = []
    one.send("currentTime", time=1)
    one.settle()
    seams(one.app).on_message = names.append  # while connected, too
    one.peer.send(price(187), raw(9999))
    one.settle()
    assert names == ["tickPrice", "currentTime"]
    seams(one.app).on_message = None
    one.settle()
    assert names == ["tickPrice", "currentTime"]


def test_several_join_in_at_requests(link: Callable[..., Link]) -> None:
    one = link()
    seen: list[tuple[str, str]] = []

    def note(who: str) -> Callable[[str, tuple[Any, ...]], None]:
        return lambda name, arguments: seen.append((who, name))

    def guard(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "cancelMktData":
            raise Refused("the guard is on", 999)

    joined = seams(one.app)
    joined.add_on_request(note("middle"))
    joined.add_on_request(note("last"), last=True)
    joined.add_on_request(guard)
    joined.add_on_request(note("first"))
    one.app.cancelMktData(5)
    one.app.cancelMktDepth(5, False)
    assert [row for row in seen if row[1] != "reqCurrentTime"] == [
        ("first", "cancelMktData"),
        ("first", "cancelMktDepth"),
        ("middle", "cancelMktDepth"),
        ("last", "cancelMktDepth"),
    ]


def test_on_refused_tells_of_what_is_not_sent(link: Callable[..., Link]) -> None:
    one = link()
    seen: list[tuple[Any, ...]] = []
    seams(one.app).add_on_refused(lambda *told: seen.append(("one", *told)))
    seams(one.app).add_on_refused(lambda *told: seen.append(("two", *told)))

    def guard(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "cancelMktData":
            raise Refused("the guard is on", 999)

    seams(one.app).on_request = guard
    one.app.cancelMktData(5)
    one.app.cancelPnL("x")  # type: ignore[arg-type]
    one.app.disconnect()
    one.app.cancelScannerSubscription(7)
    assert seen[:2] == [
        ("one", "cancelMktData", (5,), 999, "the guard is on"),
        ("two", "cancelMktData", (5,), 999, "the guard is on"),
    ]
    assert [(row[1], row[3]) for row in seen[2::2]] == [
        ("cancelPnL", 321),
        ("cancelScannerSubscription", 504),
    ]


def test_a_listener_hears_messages_before_the_program(
    link: Callable[..., Link], caplog: pytest.LogCaptureFixture
) -> None:
    one = link()
    order: list[str] = []

    class Listener:
        def tickPrice(self, *told: Any) -> None:
            order.append(f"listener {told[0]}")
            raise RuntimeError("its own")

    one.app.on["tickPrice"] = lambda *told: order.append(f"program {told[0]}")
    seams(one.app).listen(Listener())  # while connected, too
    one.peer.send(price(187), raw(1, "x"))
    one.settle()
    assert len(order) == 2
    assert order[0].startswith("listener")
    assert order[1].startswith("program")
    assert "what listens to messages raised" in caplog.text
    assert [error[1] for error in one.app.errors()] == [508]  # told once


# --- requests and startApi ---


def test_no_request_comes_before_startApi(serve: Serve) -> None:
    """Whatever thread makes it, in any reconnect: it is sent after startApi, or it is error 504."""
    app = App()
    tws = serve(accepts())
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            if app.isConnected():
                app.cancelMktData(1)
            else:
                over.wait(0.0001)  # a thread that spins holds up the one that connects

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(8):
            app.dial(tws)
            assert tws.peer().fields()[0] == "71"
            app.disconnect()
    finally:
        over.set()
        for thread in threads:
            thread.join(WAIT)
    assert {error[1] for error in app.errors()} <= {504}


# --- the end of run() ---


def test_run_returns_after_connectionClosed(serve: Serve) -> None:
    """Also when another thread disconnects."""
    tws = serve(accepts(187, next_id(187)))
    for _ in range(30):
        app = App()
        app.dial(tws)
        app.start()
        app.wait_for("nextValidId")
        app.disconnect()
        assert app.join() is None
        assert app.names()[-1] == "connectionClosed"


def test_connectionClosed_may_wait_for_the_end_of_run(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibapi_port._client.session.CLOSED_IS_TOLD", 0.2)
    app = App()
    tws = serve(accepts(187, next_id(187)))
    app.dial(tws)
    app.start()
    app.wait_for("nextValidId")
    runner = app.runner
    assert runner is not None
    app.on["connectionClosed"] = lambda: runner.join(WAIT)
    app.disconnect()
    assert not runner.is_alive()


def test_disconnect_and_connect_back_to_back(serve: Serve) -> None:
    """In the main thread, again and again: the one run() serves each connection."""
    app = App()
    tws = serve(accepts(187, next_id(187, 5)))
    app.dial(tws)
    app.start()
    for n in range(1, 11):
        app.wait_for("nextValidId", n)
        app.disconnect()
        app.dial(tws)
    app.wait_for("nextValidId", 11)
    app.disconnect()
    assert app.join() is None
    assert app.counts["connectionClosed"] == 11


def test_messages_that_nobody_processes_are_told(
    serve: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibapi_port._client.frame_source.UNHEARD", 0.0)
    app = App()
    tws = serve(accepts(187, next_id(187, 5)))
    app.dial(tws)
    app.signal.waitForSignal()
    tws.peer().send(price(187))
    app.signal.waitForSignal()
    app.disconnect()
    assert "call run()" in caplog.text
