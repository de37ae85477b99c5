"""What comes in between: signal handlers, interrupts, other threads' connects, hooks that raise, a
second reader.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from machine import slowness

from ibapi_port._client import core as core_module
from ibapi_port._client.frame_queue import MessageQueue
from ibapi_port._client.state import End, EndReason, Lifecycle, State
from ibapi_port._client.tls import TlsSocket
from ibapi_port._client.transport import Connection
from ibapi_port.client import EClient
from ibapi_port.contract import Contract
from ibapi_port.reader import EReader, EReaderMonitorSignal
from ibapi_port.seams import seams

from .samples import price
from .scripted import HOST, WAIT, App, Link, ScriptedTws, SocketApp, accepts, raw, silent

Links = Callable[..., Link]
Serve = Callable[..., ScriptedTws]
LARGE = "1" * 9_000_000


def ask_much(app: Any) -> None:
    """A request that no system's buffers hold."""
    app.reqMktData(1, Contract(), LARGE, False, False, [])


@pytest.fixture
def alarm() -> Iterator[Callable[[Callable[[], object], float], None]]:
    """Have something called by a signal handler, in the main thread: `alarm(function, seconds)`."""
    before = signal.getsignal(signal.SIGALRM)

    def start(function: Callable[[], object], seconds: float) -> None:
        signal.signal(signal.SIGALRM, lambda *_: function())
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield start
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


# --- states ---


def test_a_handler_that_closes_in_the_middle_of_a_change_of_state() -> None:
    """Between the test of the old state and the assignment of the new one."""
    for end in (False, True):
        lifecycle = Lifecycle(lambda: None)
        assert lifecycle.accept(False)
        assert lifecycle.close(End(EndReason.BY_US))
        if end:
            lifecycle.closed()
        lifecycle._enter(State.CONNECTED)
        assert lifecycle.state is (State.CLOSED if end else State.CLOSING)


def test_a_listener_that_raises_keeps_no_connection_open(
    app: App, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("of the listener")

    seams(app).on_state = fail
    with caplog.at_level(logging.CRITICAL, "ibapi_port"):
        app.dial(serve())
        assert app.isConnected()
        app.disconnect()
    assert app.names() == ["connectAck", "connectionClosed"]


def test_connect_in_the_middle_of_a_connect_of_the_same_thread(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal handler may: there is one connection, and one error 501."""
    tws, original = serve(), core_module.Session
    inner: list[int] = []

    def session(*args: Any) -> Any:
        if not inner:
            inner.append(1)
            app.dial(tws)
        return original(*args)

    monkeypatch.setattr(core_module, "Session", session)
    app.dial(tws)
    assert app.isConnected()
    assert [code for _, code, _ in app.errors()] == [501]
    assert app.names().count("connectAck") == 1


def test_connectAck_comes_after_the_last_connectionClosed(app: App, serve: Serve) -> None:
    """Another thread connects while this one is about to tell the end of the connection before."""
    tws, began = serve(), threading.Event()
    app.dial(tws)
    again = threading.Thread(target=lambda: (began.wait(WAIT), app.dial(tws)))
    again.start()
    tell = app._ibapi_port._tell_closed

    def later(session: Any) -> None:
        began.set()
        again.join(0.2)
        tell(session)

    app._ibapi_port._tell_closed = later
    app.disconnect()
    again.join(WAIT)
    assert app.names() == ["connectAck", "connectionClosed", "connectAck"]


def test_startApi_belongs_to_the_connection_that_sends_it(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread has made the next connection meanwhile."""
    first, second = serve(), serve()
    start = EClient.startApi
    held: list[int] = []

    def late(self: App) -> None:
        if not held:
            held.append(1)
            other = threading.Thread(
                target=lambda: (app.disconnect(), app.connect(HOST, second.port, 8, WAIT))
            )
            other.start()
            other.join(WAIT)
            app.clientId = 7
        start(self)

    monkeypatch.setattr(EClient, "startApi", late)
    app.dial(first)
    assert second.peer().fields()[2] == "8"
    app.reqCurrentTime()
    app.disconnect()
    assert first.peer().to_the_end() == []


# --- interrupts ---


def test_an_interrupt_in_disconnect(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is closed and told of all the same, and the next one can be made."""
    tws = serve()
    app.dial(tws)

    def interrupted(*_: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Connection, "_drain", interrupted)
    with pytest.raises(KeyboardInterrupt):
        app.disconnect()
    monkeypatch.undo()
    assert app.names()[-1] == "connectionClosed"
    assert app.connState == EClient.DISCONNECTED
    app.dial(tws)
    assert app.isConnected()


@pytest.mark.parametrize("closed_before", [False, True])
def test_an_interrupt_in_the_middle_of_closing_the_socket(
    app: App, serve: Serve, closed_before: bool
) -> None:
    """The descriptor is given back all the same, whether close() had come to that or not."""
    app.dial(serve())
    connection = app._ibapi_port.session.connection  # type: ignore[union-attr]
    sock = connection.socket
    assert sock is not None

    class Interrupted:
        """The socket, whose first close() is interrupted."""

        def __getattr__(self, name: str) -> Any:
            return getattr(sock, name)

        interrupted = False

        def close(self) -> None:
            if closed_before or self.interrupted:
                sock.close()
            if not self.interrupted:
                self.interrupted = True
                raise KeyboardInterrupt

    connection.socket = Interrupted()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        app.disconnect()
    assert connection.socket is None
    assert sock.fileno() == -1
    assert app.names()[-1] == "connectionClosed"


def no_more_alarms() -> None:
    """Stop the timer; an alarm that comes in between is one of the interrupts."""
    while True:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            continue
        return


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="an interrupt may come between any two steps there"
)
def test_no_message_is_lost_by_interrupts_that_the_program_goes_on_after(serve: Serve) -> None:
    """Each is told once, but those in whose callback an interrupt came."""
    count, seen, cut = 15_000, [], set()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)

    class Program(App):
        armed = 0

        def keyboardInterrupt(self) -> None:
            trace = sys.exc_info()[2]
            while trace is not None:
                if trace.tb_frame.f_code.co_name == "orderStatus":
                    cut.add(trace.tb_frame.f_locals["orderId"])
                trace = trace.tb_next
            self.armed = 0

        def keyboardInterruptHard(self) -> None:
            pass

        def orderStatus(self, orderId: int, *_: Any) -> None:
            seen.append(orderId)
            if not self.armed:
                self.armed = 1
                signal.setitimer(signal.ITIMER_REAL, 0.0001 + orderId % 17 * 0.00003)

    app = Program()
    tws = serve()
    app.dial(tws)
    peer = tws.peer()

    def play() -> None:
        for n in range(0, count, 500):
            peer.send(
                b"".join(
                    raw(3, i, "Filled", 1, 0, 9, 7, 0, 9, 1, "", "", 0) for i in range(n, n + 500)
                )
            )
        peer.close()

    playing = threading.Thread(target=play)
    playing.start()
    with contextlib.suppress(KeyboardInterrupt):  # the last one may come after the end
        try:
            app.run()
        finally:
            no_more_alarms()
    signal.signal(signal.SIGALRM, before)
    app.disconnect()  # run() may have been left in the middle of it
    playing.join(WAIT)
    assert len(seen) == len(set(seen)), "told twice"
    assert set(range(count)) - set(seen) <= cut
    assert seen == sorted(seen)


def test_a_request_in_a_handler_after_an_interrupted_send_is_not_put_behind_it(
    app: App, serve: Serve, alarm: Any
) -> None:
    """An interrupt ends the connection; nobody's frames wait for ever behind the torn one."""
    tws = serve(accepts(), receive_buffer=4096)
    app.dial(tws)
    peer = tws.peer()

    def interrupt() -> None:
        raise KeyboardInterrupt

    alarm(interrupt, 0.3 * slowness())  # when sending waits for TWS
    with pytest.raises(KeyboardInterrupt):
        ask_much(app)
    app.cancelMktData(5)
    assert app.errors()[-1][:2] == (5, 504)
    assert not app._ibapi_port.session.connection._sending  # type: ignore[union-attr]
    peer.sock.close()


def test_cancel_and_disconnect_in_a_handler_are_told(
    app: App, serve: Serve, alarm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibapi_port._client.transport.DRAIN_DEADLINE", 0.2)
    tws = serve(accepts(), receive_buffer=4096)
    app.dial(tws)
    tws.peer()
    alarm(lambda: (app.cancelMktData(5), app.disconnect()), 0.3 * slowness())
    ask_much(app)
    texts = [text for _, code, text in app.errors() if code == 504]
    assert any("it and 1 behind it were not sent" in text for text in texts), texts
    assert app.counts["connectionClosed"] == 1


# --- giving up ---


def test_a_connection_without_a_reader_is_closed_at_once(serve: Serve) -> None:
    """Nothing that the system holds is sent after the program was told that it is not."""
    app = SocketApp()
    app.sendTimeout = 0.2
    tws = serve(accepts(), receive_buffer=4096)
    app.eConnect(HOST, tws.port, 7)
    connection = app._ibapi_port.session.connection  # type: ignore[union-attr]
    ask_much(app)
    assert app.errors()[-1][:2] == (1, 504)
    assert connection.socket is None
    peer = tws.peer()
    assert peer.fields()[0] == "71"
    with pytest.raises(ConnectionResetError):
        peer.frame()
    app.eDisconnect()


def test_sendTimeout_holds_for_a_tws_that_takes_it_in_drops(app: App, serve: Serve) -> None:
    """And under signals, each of which interrupts the wait."""
    app.sendTimeout = 0.4
    tws = serve(accepts(), receive_buffer=4096)
    app.dial(tws)
    peer, over = tws.peer(), threading.Event()

    def sip() -> None:
        with contextlib.suppress(OSError):
            while not over.wait(0.005):
                peer.sock.recv(500)

    sipping = threading.Thread(target=sip)
    sipping.start()
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    began = time.monotonic()
    try:
        ask_much(app)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        over.set()
        sipping.join(WAIT)
    assert 0.4 <= time.monotonic() - began < 2.4 * slowness()
    assert app.errors()[-1][:2] == (1, 504)


def test_requests_after_the_end_of_the_stream_are_refused(link: Links) -> None:
    """Before the end was processed, and in the callback that tells of it: the other side of a
    tunnel may read on.
    """
    one = link()
    inside, told = threading.Event(), threading.Event()
    one.app.on["tickPrice"] = lambda *_: (inside.set(), told.wait(WAIT))
    one.app.on["error"] = lambda _, __, code, *___: (
        one.app.cancelMktData(6) if code == 507 else None
    )
    one.peer.send(price(187, 1))
    assert inside.wait(WAIT)
    one.peer.sock.shutdown(socket.SHUT_WR)
    connection = one.app._ibapi_port.session.connection  # type: ignore[union-attr]
    end = time.monotonic() + WAIT
    while not connection._broken and time.monotonic() < end:
        time.sleep(0.001)
    one.app.cancelMktData(5)
    told.set()
    one.app.join()
    assert [error[:2] for error in one.app.errors()] == [(5, 504), (-1, 507), (6, 504)]
    assert one.peer.to_the_end() == []


def test_a_reset_while_disconnect_waits_is_told(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    tws = serve(accepts(), receive_buffer=4096)
    app.dial(tws)
    peer = tws.peer()
    app.start()
    for n in range(300):
        app.reqMktData(n, Contract(), "1" * 1000, False, False, [])
    leaving = threading.Thread(target=app.disconnect)
    leaving.start()
    connection = app._ibapi_port.session.connection  # type: ignore[union-attr]
    end = time.monotonic() + WAIT
    while not connection.closed_by_us and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(0.05)
    peer.reset()
    leaving.join(WAIT)
    assert any(code == 504 and "may not have reached" in text for _, code, text in app.errors()), (
        app.errors()
    )
    app.join()


# --- hooks and readers ---


def test_a_signal_that_raises_ends_nothing(serve: Serve) -> None:
    class Broken(EReaderMonitorSignal):
        def issueSignal(self) -> None:
            super().issueSignal()
            raise RuntimeError("of the program")

    app, tws = SocketApp(), serve(accepts())
    app.eConnect(HOST, tws.port, 7)
    reader = EReader(app, Broken())
    reader.start()
    peer = tws.peer()
    for n in range(3):
        peer.send(price(187, n))
    peer.close()
    reader.join(WAIT)
    reader.processMsgs()
    assert app.counts["tickPrice"] == 3
    assert app.names()[-1] == "connectionClosed"


def test_a_second_reader_reads_nothing(link: Links) -> None:
    """Two that read one stream would tear it: the second one's signal is issued, and its
    processMsgs() works.
    """
    one = link()
    one.settle()
    signal_ = EReaderMonitorSignal()
    second = EReader(one.app, signal_)
    second.start()
    second.join(WAIT)
    assert not second.is_alive()
    one.peer.send(*(price(187, n) for n in range(50)))
    one.settle()
    assert one.app.counts["tickPrice"] == 50
    one.settle()  # the receive that run() was in at the second reader's start is told to nobody
    assert signal_.waitForSignal(WAIT)
    second.processMsgs()


def test_run_returns_where_nothing_reads(serve: Serve) -> None:
    """eConnect without a reader, or with one that was not started; then disconnect()."""
    for with_reader in (False, True):
        app, tws = App(), serve(accepts())
        app.eConnect(HOST, tws.port, 7)
        if with_reader:
            EReader(app, EReaderMonitorSignal())
        app.start()
        app.disconnect()
        assert app.join() is None
        assert app.names() == ["connectAck", "connectionClosed"]


def test_a_handler_that_takes_from_the_queue_waits_for_nobody() -> None:
    """`taken` holds no lock that its own thread could wait for: two at once leave the queue usable."""
    queue = MessageQueue(frames=1)
    queue.taken()
    queue.taken()
    queue.extend([b"1"])
    waiting = threading.Thread(target=queue.await_room, args=(lambda: False,))
    waiting.start()
    queue.items.clear()
    queue.taken()
    waiting.join(WAIT)
    assert not waiting.is_alive()


def test_tls_may_be_used_in_the_middle_of_itself() -> None:
    """By __del__ in the thread that reads, and by signal handlers: neither of its locks is one that
    its own thread waits for.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        TlsSocket(ours, ssl.create_default_context(), HOST, lambda: 0.0)
    locks = [name for name in TlsSocket.__init__.__code__.co_names if name.endswith("Lock")]
    assert locks == ["RLock"]


def test_disconnect_during_a_slow_look_up(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()
    original = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *a, **k: (answer.wait(WAIT), original(*a, **k))[1]
    )
    connecting = threading.Thread(target=app.dial, args=(serve(silent),))
    connecting.start()
    end = time.monotonic() + WAIT
    while app.connState != EClient.CONNECTING and time.monotonic() < end:
        time.sleep(0.001)
    app.disconnect()
    connecting.join(WAIT / 2)
    assert not connecting.is_alive()
    answer.set()
    assert [code for _, code, _ in app.errors()] == [502]
