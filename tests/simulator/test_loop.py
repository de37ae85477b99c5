from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator

import pytest

from ibapi_port.simulator.net.clock import WallClock
from ibapi_port.simulator.net.loop import EventLoop
from ibapi_port.simulator.net.timers import Timers


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    """A loop that runs in a thread."""
    made = EventLoop(Timers(WallClock()))
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join()
    made.close()


def test_call_runs_in_the_loops_thread_and_returns(loop: EventLoop) -> None:
    assert loop.call(threading.get_ident) != threading.get_ident()
    assert loop.call(lambda: 42) == 42


def test_call_raises_what_the_action_raised_and_the_loop_goes_on(loop: EventLoop) -> None:
    with pytest.raises(ZeroDivisionError):
        loop.call(lambda: 1 / 0)
    assert loop.call(lambda: "alive") == "alive"


def test_call_from_within_runs_at_once(loop: EventLoop) -> None:
    assert loop.call(lambda: loop.call(lambda: "inner")) == "inner"


def test_calls_from_many_threads_all_run(loop: EventLoop) -> None:
    counts: list[int] = []  # appended to in the loop's thread only
    threads = [
        threading.Thread(target=lambda: [loop.call(lambda: counts.append(1)) for _ in range(200)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 1600


def test_call_after_the_end_is_refused() -> None:
    loop = EventLoop(Timers(WallClock()))
    thread = threading.Thread(target=loop.run)
    thread.start()
    loop.stop()
    thread.join()
    with pytest.raises(RuntimeError, match="not running"):
        loop.call(lambda: 1)
    loop.close()
    with pytest.raises(RuntimeError, match="not running"):
        loop.call(lambda: 1)


def test_a_call_that_is_waiting_when_the_loop_ends_is_refused(loop: EventLoop) -> None:
    results: list[object] = []

    def wait() -> None:
        try:
            results.append(loop.call(lambda: "too late"))
        except RuntimeError as e:
            results.append(e)

    def stop_with_a_call_waiting() -> threading.Thread:
        loop.stop()
        thread = threading.Thread(target=wait)
        thread.start()
        while not loop._posted:
            pass
        return thread

    loop.call(stop_with_a_call_waiting).join()
    assert len(results) == 1
    assert isinstance(results[0], RuntimeError) or results[0] == "too late"


def test_timers_run(loop: EventLoop) -> None:
    ran = threading.Event()
    loop.call(lambda: loop.timers.call_later(0.01, ran.set))
    assert ran.wait(10)


def test_a_timer_set_from_outside_shortens_the_wait(loop: EventLoop) -> None:
    loop.call(lambda: loop.timers.call_later(3600, lambda: None))
    ran = threading.Event()
    loop.call(lambda: loop.timers.call_later(0, ran.set))
    assert ran.wait(10)


def test_a_socket_closed_by_an_earlier_call_of_the_round_is_not_called(loop: EventLoop) -> None:
    ends = [socket.socketpair() for _ in range(2)]
    called: list[int] = []
    done = threading.Event()

    def on_ready(which: int) -> None:
        called.append(which)
        other = ends[1 - which][0]
        loop.unwatch(other)
        other.close()
        loop.unwatch(ends[which][0])
        loop.timers.call_later(0, done.set)

    def watch() -> None:  # both are ready in the same round
        for _, far in ends:
            far.send(b"x")
        for which, (near, _) in enumerate(ends):
            loop.watch(near, selectors.EVENT_READ, lambda mask, which=which: on_ready(which))  # type: ignore[misc]

    loop.call(watch)
    assert done.wait(10)
    assert len(called) == 1
    for pair in ends:
        for end in pair:
            end.close()
