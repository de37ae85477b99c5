"""Waiting costs nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ibapi_port.reader import EJavaSignal, EReaderMonitorSignal

from .samples import next_id
from .scripted import WAIT, App, Link, ScriptedTws, accepts

IDLE = 0.3  # seconds


def idle_cost() -> float:
    """Processor time, in seconds, of the whole process while this thread waits."""
    before = time.process_time()
    threading.Event().wait(IDLE)
    return time.process_time() - before


def test_an_idle_connection(link: Callable[..., Link]) -> None:
    one = link()
    one.peer.send(next_id(187))
    one.settle()
    assert idle_cost() < 0.02
    assert one.app.runner is not None
    assert one.app.runner.is_alive()


def test_the_time_for_connecting_is_none_for_the_connection(
    app: App, serve: Callable[..., ScriptedTws]
) -> None:
    tws = serve(accepts())
    app.dial(tws, 0.2)
    app.start()
    threading.Event().wait(IDLE)
    tws.peer().send(next_id(187))
    app.wait_for("nextValidId")
    assert app.names() == ["connectAck", "nextValidId"]
    assert app.isConnected()


def test_a_message_comes_at_once_after_idling(link: Callable[..., Link]) -> None:
    """Nobody looks now and then: it is woken."""
    one = link()
    took = []
    for n in range(20):
        begin = time.monotonic()
        one.peer.send(next_id(187, n))
        one.app.wait_for("nextValidId", n + 1)
        took.append(time.monotonic() - begin)
    assert sorted(took)[10] < 0.1


class Waiting:
    """A thread that waits for a signal, again and again."""

    def __init__(self, signal: EReaderMonitorSignal) -> None:
        self.signal, self.wakes = signal, threading.Semaphore(0)
        self.stop = False
        self.thread = threading.Thread(target=self._wait, daemon=True)
        self.thread.start()

    def _wait(self) -> None:
        while not self.stop:
            self.signal.waitForSignal()
            self.wakes.release()

    def end(self) -> None:
        self.stop = True
        self.signal.issueSignal()
        self.thread.join(WAIT)
        assert not self.thread.is_alive()


def test_a_signal_before_the_wait_is_kept() -> None:
    signal = EReaderMonitorSignal()
    signal.issueSignal()
    thread = threading.Thread(target=signal.waitForSignal, daemon=True)
    thread.start()
    thread.join(WAIT)
    assert not thread.is_alive()


def test_several_signals_are_one_wake() -> None:
    signal = EReaderMonitorSignal()
    for _ in range(5):
        signal.issueSignal()
    signal.waitForSignal()
    waiting = Waiting(signal)
    assert not waiting.wakes.acquire(timeout=0.05)
    waiting.end()


def test_each_signal_wakes_who_waits() -> None:
    waiting = Waiting(EReaderMonitorSignal())
    for _ in range(100):
        waiting.signal.issueSignal()
        assert waiting.wakes.acquire(timeout=WAIT)
    assert not waiting.wakes.acquire(blocking=False)
    waiting.end()


def test_no_signal_is_lost_between_wait_and_wait() -> None:
    """However the two threads meet: what was announced by a signal is seen after a wake."""
    signal, items = EReaderMonitorSignal(), 0
    seen: list[int] = []

    def take() -> None:
        while not seen or seen[-1] < 5000:
            signal.waitForSignal()
            seen.append(items)

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    for _ in range(5000):
        items += 1
        signal.issueSignal()
    thread.join(WAIT)
    assert not thread.is_alive()
    assert seen[-1] == 5000


def test_waiting_is_not_polling() -> None:
    waiting = Waiting(EReaderMonitorSignal())
    cost = idle_cost()
    waiting.end()
    assert cost < 0.02


def test_the_name_in_java() -> None:
    assert EJavaSignal is EReaderMonitorSignal
