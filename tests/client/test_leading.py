"""A thread in run() reads for itself while it waits; the EReader thread takes over when callbacks keep
it, and nobody can tell the difference.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ibapi_port._client.frame_source import FrameSource
from ibapi_port.reader import EReader, EReaderMonitorSignal

from .scripted import HOST, WAIT, App, Link, ScriptedTws, SocketApp, accepts, raw
from .test_races import alarm

assert alarm  # a fixture
Links = Callable[..., Link]
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the EReader thread alone reads on Windows"
)


def source_of(app: Any) -> FrameSource:
    source = app._ibapi_port.session.source
    assert isinstance(source, FrameSource)
    return source


def await_leading(link: Link) -> FrameSource:
    """Send messages until run() reads for itself."""
    source = source_of(link.app)
    until = time.monotonic() + WAIT
    while not source._in_turn:
        assert time.monotonic() < until, "run() does not read for itself"
        link.settle()
    return source


def test_run_reads_while_it_waits(link: Links) -> None:
    one = link()
    source = await_leading(one)
    asleep = source._turn
    one.send("nextValidId", orderId=3)
    one.settle()
    assert source._turn > asleep
    assert source._in_turn or source._leads


def test_the_ereader_thread_reads_while_a_callback_takes_long(link: Links) -> None:
    one = link()
    await_leading(one)
    began, go_on = threading.Event(), threading.Event()

    def hold(*_: Any) -> None:
        began.set()
        assert go_on.wait(WAIT)

    one.app.managedAccounts = hold  # type: ignore[method-assign]
    one.send("managedAccounts", accountsList="DU1")
    assert began.wait(WAIT)
    one.peer.send(b"".join(raw(9, 1, n) for n in range(500)))
    queue = one.app.reader.msg_queue  # type: ignore[union-attr]
    until = time.monotonic() + WAIT
    while queue.qsize() < 500:
        assert time.monotonic() < until, "nothing is read while a callback takes long"
        time.sleep(0.005)
    go_on.set()
    told = one.settle()
    assert [call[1] for call in told if call[0] == "nextValidId"] == list(range(500))


def test_messages_keep_their_order_while_the_two_threads_take_turns(link: Links) -> None:
    one = link()
    await_leading(one)
    seen: list[int] = []
    turn = [0]

    def note(order_id: int) -> None:
        seen.append(order_id)
        turn[0] += 1
        if turn[0] % 40 == 0:
            time.sleep(0.03)  # longer than the EReader thread waits

    one.app.nextValidId = note  # type: ignore[method-assign]
    for n in range(0, 400, 4):
        frames = b"".join(raw(9, 1, k) for k in range(n, n + 4))
        one.peer.send(frames[:7])  # in the middle of a frame
        one.peer.send(frames[7:])
    one.settle()
    assert seen == list(range(400))


def test_the_end_of_the_stream_comes_last(link: Links) -> None:
    one = link()
    await_leading(one)
    one.send("nextValidId", orderId=8)
    one.peer.close()
    one.app.join()
    assert one.app.names()[-2:] == ["error", "connectionClosed"]
    assert "nextValidId" in one.app.names()


def test_a_program_with_three_threads_has_the_reference_design() -> None:
    app = SocketApp()
    with ScriptedTws(accepts(187)) as tws:
        app.eConnect(HOST, tws.port, 7)
        signal = EReaderMonitorSignal()
        reader = EReader(app, signal)
        reader.start()
        peer = tws.peer()
        for n in range(3):
            peer.send(raw(9, 1, n))
            while ("nextValidId", n) not in app.told():
                assert signal.waitForSignal(WAIT)
                reader.processMsgs()
            assert not source_of(app)._leads
        app.eDisconnect()
        reader.join(WAIT)


def test_a_program_that_goes_on_after_interrupts_does_not_read_for_itself() -> None:
    """An interrupt in the middle of reading would lose bytes."""

    class Program(App):
        def keyboardInterrupt(self) -> None:
            pass

        def keyboardInterruptHard(self) -> None:
            pass

    one = Link(app=Program())
    try:
        for _ in range(20):
            one.settle()
        assert not source_of(one.app)._leads
    finally:
        one.close()


def test_a_signal_handler_disconnects_while_run_reads(
    alarm: Callable[[Callable[[], object], float], None],
) -> None:
    """In the main thread: what TWS sends until it has closed its side is told all the same."""
    app = App()
    with ScriptedTws(accepts(187)) as tws:
        app.dial(tws)
        peer = tws.peer()
        peer.send(raw(9, 1, 1))
        app.on["nextValidId"] = lambda *_: peer.send(raw(9, 1, 2)) if len(app.told()) < 3 else None
        began = time.monotonic()
        alarm(app.disconnect, 0.3)
        closing = threading.Thread(target=lambda: (await_end(peer), peer.close()))
        closing.start()
        app.run()
        closing.join(WAIT)
    assert app.names()[-1] == "connectionClosed"
    assert [call[1] for call in app.told() if call[0] == "nextValidId"] == [1, 2]
    assert time.monotonic() - began < WAIT / 2


def await_end(peer: Any) -> None:
    """Read until the program has closed its side."""
    while peer.sock.recv(65536):
        pass


@pytest.mark.parametrize("kind", [TimeoutError, ConnectionError, RuntimeError])
def test_what_a_signal_handler_raises_ends_run_as_ever(
    kind: type[Exception], alarm: Callable[[Callable[[], object], float], None]
) -> None:
    """A program leaves run() after some time by an alarm that raises."""

    def leave() -> None:
        if not source_of(app)._in_turn:  # it does not read for itself yet
            peer.send(raw(9, 1, 3))
            alarm(leave, 0.01)
            return
        raise kind("the time is over")

    app = App()
    with ScriptedTws(accepts(187)) as tws:
        app.dial(tws)
        peer = tws.peer()
        closing = threading.Thread(target=lambda: (await_end(peer), peer.close()))
        closing.start()
        alarm(leave, 0.01)
        with pytest.raises(kind, match="the time is over"):
            app.run()
        closing.join(WAIT)
    assert app.names()[-1] == "connectionClosed"
    assert not app.errors()


def test_run_does_not_read_before_what_came_with_the_handshake_is_queued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The EReader thread may come to run later than run()."""
    may_read = threading.Event()
    read = EReader.run

    def late(self: EReader) -> None:
        assert may_read.wait(WAIT)
        read(self)

    monkeypatch.setattr(EReader, "run", late)
    app = App()
    with ScriptedTws(accepts(187)) as tws:
        app.dial(tws)
        source = source_of(app)
        peer = tws.peer()
        source.connection.unread = raw(9, 1, 1)
        peer.send(raw(9, 1, 2))
        app.start()
        until = time.monotonic() + WAIT
        while source._turn < 1:
            assert time.monotonic() < until
            time.sleep(0.001)
        may_read.set()
        app.wait_for("nextValidId", 2)
        app.disconnect()
        app.join()
    assert [call[1] for call in app.told() if call[0] == "nextValidId"] == [1, 2]


def test_the_end_is_told_where_the_wait_for_the_reading_ends_as_it_becomes_free(
    link: Links,
) -> None:
    one = link()
    source = await_leading(one)
    real = source._reading

    class Late:
        """Its wait is over just before it was released."""

        def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
            if not blocking:
                return real.acquire(blocking=False)
            if real.acquire(blocking, timeout):
                real.release()
            return False

        def release(self) -> None:
            real.release()

    source._reading = Late()  # type: ignore[assignment]
    one.peer.close()
    one.app.join()
    assert one.app.names()[-1] == "connectionClosed"


def test_a_second_disconnect_in_a_handler_leaves_the_reading_alone(
    alarm: Callable[[Callable[[], object], float], None],
) -> None:
    """It waits for nobody, so that its thread goes on to receive: one thread has to do so."""
    app = App()
    kept: list[bool] = []

    def disconnect_twice() -> None:
        if not source_of(app)._in_turn:  # it does not read for itself yet
            peer.send(raw(9, 1, 3))
            alarm(disconnect_twice, 0.01)
            return
        closing.start()
        until = time.monotonic() + WAIT
        while app._ibapi_port.session.lifecycle.end is None and time.monotonic() < until:
            time.sleep(0.001)
        source = source_of(app)
        app.disconnect()
        kept.append(source._in_turn)

    closing = threading.Thread(target=app.disconnect)
    with ScriptedTws(accepts(187)) as tws:
        app.dial(tws)
        peer = tws.peer()
        alarm(disconnect_twice, 0.01)
        app.run()
        closing.join(WAIT)
    assert kept == [True]
    assert app.names()[-1] == "connectionClosed"
