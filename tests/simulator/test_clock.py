from __future__ import annotations

import logging

import pytest

from ibapi_port.simulator.net.clock import WallClock
from ibapi_port.simulator.net.timers import Timers

from .helpers import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock(1000.0)


@pytest.fixture
def timers(clock: HandClock) -> Timers:
    return Timers(clock)


def test_timers_run_in_order_of_time_then_of_setting(clock: HandClock, timers: Timers) -> None:
    ran: list[str] = []
    for delay, name in ((2.0, "c"), (1.0, "a"), (1.0, "b"), (9.0, "never")):
        timers.call_later(delay, lambda name=name: ran.append(name))  # type: ignore[misc]
    clock.time += 5
    timers.run_due()
    assert ran == ["a", "b", "c"]


def test_a_cancelled_timer_does_not_run_and_is_not_waited_for(
    clock: HandClock, timers: Timers
) -> None:
    timers.call_later(1.0, lambda: pytest.fail("cancelled")).cancel()
    assert timers.next_due() is None
    clock.time += 2
    timers.run_due()


def test_a_timer_cancelled_by_one_of_the_same_moment_does_not_run(
    clock: HandClock, timers: Timers
) -> None:
    second = timers.call_later(1.0, lambda: None)
    ran: list[int] = []
    first = timers.call_later(0.5, lambda: second.cancel())
    second.action = lambda: ran.append(1)
    clock.time += 2
    timers.run_due()
    assert not first.cancelled
    assert ran == []


def test_repeating_goes_on_by_its_interval(clock: HandClock, timers: Timers) -> None:
    times: list[float] = []
    timers.every(2.0, lambda: times.append(clock.time), first=0.5)
    while clock.time < 1007:
        clock.time += 0.5
        timers.run_due()
    assert times == [1000.5, 1002.5, 1004.5, 1006.5]


def test_missed_turns_are_left_out(clock: HandClock, timers: Timers) -> None:
    times: list[float] = []
    timers.every(1.0, lambda: times.append(clock.time))
    clock.time += 100
    for _ in range(5):
        timers.run_due()
    assert times == [1100.0]
    clock.time += 1
    timers.run_due()
    assert times[1:] == [1101.0]


def test_repeating_ends_when_cancelled_by_itself(clock: HandClock, timers: Timers) -> None:
    ran: list[int] = []

    def once() -> None:
        ran.append(1)
        timer.cancel()

    timer = timers.every(1.0, once)
    for _ in range(3):
        clock.time += 1
        timers.run_due()
    assert ran == [1]


def test_a_timer_set_by_a_timer_waits_for_the_next_round(clock: HandClock, timers: Timers) -> None:
    ran: list[str] = []

    def first() -> None:
        ran.append("first")
        timers.call_later(0, lambda: ran.append("second"))

    timers.call_later(1.0, first)
    clock.time += 1
    timers.run_due()
    assert ran == ["first"]
    timers.run_due()
    assert ran == ["first", "second"]


def test_a_failing_timer_is_logged_and_harms_no_other(
    clock: HandClock, timers: Timers, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[int] = []
    timers.call_later(1.0, lambda: 1 / 0)  # type: ignore[arg-type]
    timers.call_later(1.0, lambda: ran.append(1))
    clock.time += 1
    with caplog.at_level(logging.ERROR):
        timers.run_due()
    assert ran == [1]
    assert "ZeroDivisionError" in caplog.text


def test_the_clock_says_how_long_to_wait(clock: HandClock, timers: Timers) -> None:
    assert timers.wait() is None
    timers.call_later(3.0, lambda: None)
    assert timers.wait() is None  # this clock is moved by hand: there is nothing to sleep for
    clock.time += 3
    assert timers.wait() == 0.0


def test_the_wall_clock_waits_for_what_is_left() -> None:
    clock = WallClock()
    wait = clock.wait_for(clock.monotonic() + 5)
    assert wait is not None
    assert 4 < wait <= 5
    assert clock.wait_for(clock.monotonic() - 5) == 0.0
