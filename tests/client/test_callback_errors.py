"""Callbacks that raise: logged and survived, or the end of run() if the program wants it so;
interrupts always are.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from .samples import bars, next_id, notice, price, quote
from .scripted import App, Link, ScriptedTws, accepts, message, raw

Links = Callable[..., Link]
Serve = Callable[..., ScriptedTws]


class Own(Exception):
    """Of the program."""


def raising(exception: BaseException) -> Callable[..., None]:
    def raise_it(*_: Any) -> None:
        raise exception

    return raise_it


def strict() -> App:
    """A program that ends with an exception of its callbacks."""
    app = App()
    app.raiseCallbackErrors = True
    return app


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[BaseException]]:
    """The exceptions that were logged, each with its traceback."""

    def exceptions() -> list[BaseException]:
        found = []
        for record in caplog.records:
            if record.name == "ibapi_port.decoder" and record.exc_info is not None:
                assert record.levelno == logging.ERROR
                assert record.getMessage() == "a callback raised"
                _, exception, traceback = record.exc_info
                assert exception is not None
                assert traceback is not None
                assert "raise_it" in caplog.text
                found.append(exception)
        return found

    return exceptions


Logged = Callable[[], list[BaseException]]


def test_an_exception_is_logged_and_the_next_message_comes(link: Links, logged: Logged) -> None:
    one, own = link(), Own()
    one.app.on["nextValidId"] = raising(own)
    one.peer.send(next_id(187, 1), price(187, 2), next_id(187, 3))
    assert [t[:2] for t in one.settle()] == [
        ("nextValidId", 1),
        ("tickPrice", 2),
        ("nextValidId", 3),
    ]
    assert logged() == [own, own]
    assert one.app.isConnected()


def test_the_other_callbacks_of_the_same_message_come_too(link: Links, logged: Logged) -> None:
    one, own = link(), Own()
    one.app.on["tickPrice"] = one.app.on["historicalData"] = raising(own)
    one.peer.send(
        quote(187, 1),
        message(187, "historicalData", reqId=6, startDateStr="", endDateStr="", bars=bars(3)),
    )
    names = [told[0] for told in one.settle()]
    assert names == [
        "tickPrice",
        "tickSize",
        "historicalData",
        "historicalData",
        "historicalData",
        "historicalDataEnd",
    ]
    assert logged() == [own] * 4


@pytest.mark.parametrize(
    "kind", [TypeError, ValueError, AttributeError, KeyError, StopIteration, OSError]
)
def test_exceptions_that_the_client_knows_itself_are_the_programs_too(
    link: Links, logged: Logged, kind: type[Exception]
) -> None:
    """None of them is taken for a bad frame, or a callback of another form, or a broken connection;
    no callback is made twice.
    """
    one, own = link(), kind("own")
    one.app.on.update(nextValidId=raising(own), tickPrice=raising(own), error=raising(own))
    one.peer.send(next_id(187), quote(187), notice(187, 2104, "OK"), raw(9999))
    assert [told[0] for told in one.settle()] == [
        "nextValidId",
        "tickPrice",
        "tickSize",
        "error",
        "error",
    ]
    one.app.cancelMktData("x")  # type: ignore[arg-type]
    assert [error[1] for error in one.app.errors()] == [2104, 505, 321]
    assert logged() == [own] * 5
    assert one.app.isConnected()


@pytest.mark.parametrize(
    "data", [notice(187, 2104, "OK"), raw(9999), raw(1, 6, "x")], ids=["of TWS", "505", "508"]
)
def test_an_exception_within_error(link: Links, logged: Logged, data: bytes) -> None:
    one, own = link(), Own()
    one.app.on["error"] = raising(own)
    one.peer.send(data, next_id(187))
    assert [told[0] for told in one.settle()] == ["error", "nextValidId"]
    assert logged() == [own]


def test_within_the_error_of_a_request(link: Links, logged: Logged) -> None:
    one, own = link(), Own()
    one.app.on["error"] = raising(own)
    one.app.cancelMktData("x")  # type: ignore[arg-type]
    assert logged() == [own]
    one.app.raiseCallbackErrors = True
    with pytest.raises(Own):
        one.app.cancelMktData("x")  # type: ignore[arg-type]
    assert one.app.isConnected()


def test_within_the_errors_of_the_end_and_connection_closed(link: Links, logged: Logged) -> None:
    one, first, second = link(), Own(), Own()
    one.app.on.update(error=raising(first), connectionClosed=raising(second))
    one.peer.close()
    assert one.app.join() is None
    assert one.app.names() == ["error", "connectionClosed"]
    assert logged() == [first, second]
    assert not one.app.isConnected()


def test_within_connection_closed_of_disconnect(link: Links, logged: Logged) -> None:
    one, own = link(), Own()
    one.app.on["connectionClosed"] = raising(own)
    one.app.disconnect()
    assert one.app.join() is None
    assert one.app.names() == ["connectionClosed"]
    assert logged() == [own]


def test_within_connect_ack(app: App, serve: Serve, logged: Logged) -> None:
    own = Own()
    app.on["connectAck"] = raising(own)
    app.dial(serve(accepts(187, next_id(187))))
    app.start()
    app.wait_for("nextValidId")
    assert app.isConnected()
    assert logged() == [own]


def test_within_the_error_of_a_failed_connection(app: App, logged: Logged) -> None:
    own = Own()
    app.on["error"] = raising(own)
    app.connect("127.0.0.1", -1, 7)
    assert app.connState == app.DISCONNECTED
    assert logged() == [own]
    app.raiseCallbackErrors = True
    with pytest.raises(Own):
        app.connect("127.0.0.1", -1, 7)
    assert app.connState == app.DISCONNECTED


# --- raiseCallbackErrors: run() ends with the exception ---


def ended(one: Link, exception: BaseException, *callbacks: str) -> None:
    """run() has ended with the exception, after a clean disconnect."""
    assert one.app.join() is exception
    assert one.app.names() == list(callbacks)
    assert one.app.names().count("connectionClosed") == 1
    assert [heard.thread for heard in one.app.log if heard.name == "connectionClosed"] == ["run"]
    assert not one.app.isConnected()
    one.app.disconnect()
    assert one.app.names() == list(callbacks)
    if one.peer.sock.fileno() >= 0:
        assert one.peer.to_the_end() == []


@pytest.mark.parametrize(
    ("name", "data", "callbacks"),
    [
        ("nextValidId", next_id(187), ["nextValidId"]),
        ("tickPrice", quote(187), ["tickPrice"]),
        ("tickSize", quote(187), ["tickPrice", "tickSize"]),
        ("error", notice(187, 2104, "OK"), ["error"]),
        ("error", raw(9999), ["error"]),
        ("error", raw(1, 6, "x"), ["error"]),
    ],
    ids=["nextValidId", "first of two", "second of two", "error of TWS", "error 505", "error 508"],
)
def test_run_ends_with_the_exception(
    link: Links, logged: Logged, name: str, data: bytes, callbacks: list[str]
) -> None:
    one, own = link(app=strict()), Own()
    one.app.on[name] = raising(own)
    one.peer.send(raw(62, 1), data, price(187))
    ended(one, own, "positionEnd", *callbacks, "connectionClosed")
    assert logged() == []


def test_of_the_error_of_a_lost_connection(link: Links) -> None:
    one, own = link(app=strict()), Own()
    one.app.on["error"] = raising(own)
    one.peer.close()
    ended(one, own, "error", "connectionClosed")


def test_of_connection_closed_itself(link: Links) -> None:
    one, own = link(app=strict()), Own()
    one.app.on["connectionClosed"] = raising(own)
    one.peer.close()
    ended(one, own, "error", "connectionClosed")


def test_of_connect_ack(serve: Serve) -> None:
    """connect() raises; what to do with the connection is the program's."""
    app, own = strict(), Own()
    app.on["connectAck"] = raising(own)
    with pytest.raises(Own):
        app.dial(serve(accepts()))
    assert app.isConnected()
    app.disconnect()
    assert app.names() == ["connectAck", "connectionClosed"]


def test_the_last_exception_is_the_one(link: Links) -> None:
    """connectionClosed raises while run() ends with another exception."""
    one, first, second = link(app=strict()), Own(), Own()
    one.app.on.update(nextValidId=raising(first), connectionClosed=raising(second))
    one.peer.send(next_id(187))
    ended(one, second, "nextValidId", "connectionClosed")
    assert second.__context__ is first


# --- KeyboardInterrupt and SystemExit ---


@pytest.mark.parametrize(
    "exception", [KeyboardInterrupt(), SystemExit(3)], ids=["KeyboardInterrupt", "SystemExit"]
)
@pytest.mark.parametrize(
    ("name", "data", "callbacks"),
    [
        ("nextValidId", next_id(187), ["nextValidId"]),
        ("tickPrice", quote(187), ["tickPrice"]),
        ("tickSize", quote(187), ["tickPrice", "tickSize"]),
        ("error", notice(187, 2104, "OK"), ["error"]),
        ("error", raw(1, 6, "x"), ["error"]),
    ],
    ids=["nextValidId", "first of two", "second of two", "error of TWS", "error 508"],
)
def test_an_interrupt_ends_run(
    link: Links,
    logged: Logged,
    exception: BaseException,
    name: str,
    data: bytes,
    callbacks: list[str],
) -> None:
    one = link()
    one.app.on[name] = raising(exception)
    told = []
    one.app.keyboardInterrupt = lambda: told.append(one.app.isConnected())  # type: ignore[method-assign]
    one.peer.send(data, price(187))
    ended(one, exception, *callbacks, "connectionClosed")
    assert told == [True]
    assert logged() == []


@pytest.mark.parametrize("name", ["error", "connectionClosed"])
@pytest.mark.parametrize(
    "exception", [KeyboardInterrupt(), SystemExit(3)], ids=["KeyboardInterrupt", "SystemExit"]
)
def test_an_interrupt_as_the_connection_ends(
    link: Links, exception: BaseException, name: str
) -> None:
    one = link()
    one.app.on[name] = raising(exception)
    one.peer.close()
    ended(one, exception, "error", "connectionClosed")


def test_ctrl_c_ends_a_run_that_waits(app: App, serve: Serve) -> None:
    """The signal itself, while the main thread is in run()."""
    app.dial(serve(accepts(187, next_id(187))))
    main, over = threading.main_thread().ident, threading.Event()
    assert main is not None

    def interrupt() -> None:
        app.wait_for("nextValidId")
        # CPython sees a signal late that comes just before it begins to wait: give it the time, and
        # try again if it was too short
        for wait in (0.05, 1.0, 1.0):
            if not over.wait(wait):
                signal.pthread_kill(main, signal.SIGINT)
        if not over.wait(1.0):
            app.disconnect()

    thread = threading.Thread(target=interrupt)
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # in the background it is ignored
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            app.run()
    finally:
        over.set()
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert app.names() == ["connectAck", "nextValidId", "connectionClosed"]
    assert not app.isConnected()
