"""Virtual time: moved by hand, scaled, as fast as it can; and that the same day gives the same
bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.protocol.exceptions import NotSupported
from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.net.clock import OPENING, VirtualClock
from ibapi_port.simulator.net.timers import Timers
from ibapi_port.simulator.world import World

from .helpers import RawClient, order, stock
from .test_every_request import GOOD, OPTION

HOUR = 3600


@pytest.fixture
def hand() -> Iterator[SimulatedTws]:
    """A server whose clock is moved by hand, its market ticking each minute of it."""
    with SimulatedTws(tick_interval=60.0, clock=VirtualClock()) as tws:
        yield tws


def prices(heard: list[tuple[str, tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
    return [arguments[:3] for name, arguments in heard if name == "tickPrice"]


def time_of(client: RawClient) -> int:
    client.ask("reqCurrentTime")
    return int(client.until("currentTime")[-1][1][0])


class TestTheClock:
    def test_by_hand_it_stands_until_it_is_moved(self) -> None:
        clock = VirtualClock(1000.0)
        assert clock.wait_for(1000.5) is None
        clock.go_on(1000.5, True)
        assert clock.now() == clock.monotonic() == 1000.0
        clock.move(1000.5)
        assert (clock.now(), clock.wait_for(1000.5)) == (1000.5, 0.0)
        with pytest.raises(ValueError, match="back"):
            clock.move(1000.0)

    def test_scaled_it_stops_at_every_timer(self) -> None:
        clock = VirtualClock(1000.0, speed=1e9)
        wait = clock.wait_for(1000.5)
        assert wait is not None
        assert wait < 0.1
        while clock.now() < 1000.5:
            clock.go_on(1000.5, False)
        clock.go_on(1000.5, False)
        assert clock.now() == 1000.5
        clock.go_on(None, False)
        assert clock.now() > 1000.5

    def test_as_fast_as_it_can_it_goes_when_nothing_is_left_to_do(self) -> None:
        clock = VirtualClock(1000.0, speed=math.inf, settle=0.25)
        clock.go_on(1007.0, False)
        assert (clock.now(), clock.wait_for(1007.0)) == (1000.0, 0.25)
        clock.go_on(1007.0, True)
        assert (clock.now(), clock.wait_for(1008.0)) == (1007.0, 0.0)

    def test_its_start(self) -> None:
        assert VirtualClock().now() == OPENING
        assert VirtualClock(datetime(2026, 4, 14, 13, 30, tzinfo=timezone.utc)).now() == OPENING

    @pytest.mark.parametrize(
        "options",
        [
            {"start": datetime(2026, 4, 14)},
            {"speed": -1.0},
            {"speed": math.nan},
            {"start": math.inf},
        ],
    )
    def test_bad_values(self, options: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"zone|speed"):
            VirtualClock(**options)

    def test_timers_run_at_their_very_time_in_bounded_turns(self) -> None:
        clock = VirtualClock(0.0)
        timers = Timers(clock)
        ran: list[float] = []
        timers.every(0.5, lambda: ran.append(clock.now()))
        timers.call_later(0.75, lambda: ran.append(-clock.now()))
        assert not timers.run_until(2.0, 3)
        assert ran == [0.5, -0.75, 1.0]
        assert timers.run_until(2.25, 100)
        assert ran[3:] == [1.5, 2.0]
        assert clock.now() == 2.25


class TestByHand:
    def test_time_stands_and_goes_where_it_is_told(self, hand: SimulatedTws) -> None:
        with RawClient(hand.address) as client:
            client.start()
            assert "20260414 09:30:00 US/Eastern" in client.time
            assert time_of(client) == int(OPENING)
            hand.advance(90)
            assert time_of(client) == int(OPENING) + 90
            hand.advance_to("20260414 10:30:00 US/Eastern")
            assert time_of(client) == int(OPENING + HOUR)
            hand.advance_to(OPENING + HOUR + 1)
            hand.advance_to(datetime.fromtimestamp(OPENING + HOUR + 2, timezone.utc))
            assert time_of(client) == int(OPENING + HOUR) + 2

    def test_what_was_asked_before_is_served_first_and_all_of_it_delivered(
        self, hand: SimulatedTws
    ) -> None:
        """No answer is awaited between: requests in the socket count as made before time goes on."""
        with RawClient(hand.address) as client:
            client.start()
            for n in range(50):
                client.ask("reqRealTimeBars", n, stock(), 5, "TRADES", True, [])
                hand.advance(5)
            bars = [arguments[:2] for name, arguments in client.until("realtimeBar")]
            while len(bars) < 50 * 51 // 2:
                bars += [arguments[:2] for name, arguments in client.until("realtimeBar")]
            assert sorted(bars, key=lambda bar: bar[1]) == [
                (n, int(OPENING) + 5 * turn) for turn in range(50) for n in range(turn + 1)
            ]

    def test_who_does_not_read_is_told_of(
        self, hand: SimulatedTws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ibapi_port.simulator.server.READ_TIME", 0.05)
        with RawClient(hand.address) as client:
            client.start()
            hand.call(
                lambda world: world.timers.every(1.0, lambda: world.notify_all(2104, "x" * 20_000))
            )
            with pytest.raises(TimeoutError, match="has not read"):
                hand.advance(1000)

    def test_mistakes(self, hand: SimulatedTws) -> None:
        with pytest.raises(ValueError, match="back"):
            hand.advance(-1)
        with pytest.raises(ValueError, match="no date and time: 'noon'"):
            hand.advance_to("noon")
        with pytest.raises(RuntimeError, match="itself"):
            hand.call(lambda world: hand.advance(1))
        with SimulatedTws() as wall, pytest.raises(ValueError, match="VirtualClock"):
            wall.advance(1)
        with pytest.raises(RuntimeError, match="not running"):
            SimulatedTws(clock=VirtualClock()).advance(1)


class TestOthers:
    def test_scaled(self) -> None:
        with (
            SimulatedTws(tick_interval=60.0, clock=VirtualClock(speed=36_000)) as tws,
            RawClient(tws.address) as client,
        ):
            client.start()
            client.ask("reqRealTimeBars", 1, stock(), 5, "TRADES", True, [])
            times = [client.until("realtimeBar")[-1][1][1] for _ in range(40)]
            assert times == [times[0] + 5 * n for n in range(40)]

    def test_as_fast_as_it_can_and_not_before_somebody_is_there(self) -> None:
        with (
            SimulatedTws(tick_interval=60.0, clock=VirtualClock(speed=math.inf)) as tws,
            RawClient(tws.address) as client,
        ):
            client.start()
            client.ask("reqRealTimeBars", 1, stock(), 5, "TRADES", True, [])
            times = [client.until("realtimeBar")[-1][1][1] for _ in range(40)]
            assert times == [times[0] + 5 * n for n in range(40)]
            assert times[0] < OPENING + 3600

    def test_without_a_client_the_fast_clock_stands(self) -> None:
        with SimulatedTws(clock=VirtualClock(speed=math.inf)) as tws:
            seen = {tws.call(lambda world: world.clock.now()) for _ in range(50)}
            assert seen == {OPENING}


class TestSettings:
    def test_by_hand(self) -> None:
        with (
            SimulatedTws(virtual=True, start="20260415 12:00:00 UTC") as tws,
            RawClient(tws.address) as client,
        ):
            client.start()
            tws.advance(60)
            assert time_of(client) == 1_776_254_400 + 60

    @pytest.mark.parametrize(
        ("options", "speed"),
        [({"speed": 100}, 100), ({"as_fast_as_possible": True}, math.inf), ({"virtual": True}, 0)],
    )
    def test_speeds(self, options: dict[str, Any], speed: float) -> None:
        with SimulatedTws(**options) as tws:
            clock = tws.call(lambda world: world.clock)
            assert isinstance(clock, VirtualClock)
            assert clock.speed == speed

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"virtual": True, "speed": 2}, "exclude each other"),
            ({"start": "20260415 12:00:00 Mars/Base"}, "start must be now, or a date"),
            ({"start": "noon", "virtual": True}, "start must be now, or a date"),
            ({"speed": 0}, "speed must be above 0"),
        ],
    )
    def test_bad_settings(self, options: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=said):
            SimulatedTws(**options)

    def test_flags(self) -> None:
        arguments = [
            "simulate",
            "--speed",
            "5000",
            "--tick-interval",
            "60",
            "--start",
            "20260415 12:00:00 UTC",
        ]
        with subprocess.Popen(
            [sys.executable, "-m", "ibapi_port", *arguments], stdout=subprocess.PIPE, text=True
        ) as program:
            assert program.stdout is not None
            port = int(program.stdout.readline().rpartition(":")[2])
            with RawClient(("127.0.0.1", port)) as client:
                client.start()
                begun = time_of(client)
                while time_of(client) < begun + 60:
                    pass
            program.terminate()
            assert program.wait(10) == 0


class TestWatching:
    def test_every_request_is_told_before_it_is_answered(self, hand: SimulatedTws) -> None:
        told: list[tuple[int, str]] = []
        hand.call(
            lambda world: world.watchers.append(
                lambda peer, name, values: told.append((peer.client_id, name))
            )
        )
        with RawClient(hand.address) as client:
            client.start(5)
            client.ask("reqCurrentTime")
            hand.settle()
            assert told == [(-1, "startApi"), (5, "reqCurrentTime")]


class TestWaitUntil:
    def test_it_looks_whenever_anything_has_happened(self, hand: SimulatedTws) -> None:
        loop, looks = hand._running(), itertools.count(1)
        assert loop.wait_until(lambda: True, 10)
        assert not loop.wait_until(lambda: next(looks) > 5, 0.01)
        for _ in range(5):
            hand.call(lambda world: None)
        assert next(looks) <= 6  # who has given up looks no more

    def test_what_the_question_raises_is_raised(self, hand: SimulatedTws) -> None:
        with pytest.raises(ZeroDivisionError):
            hand._running().wait_until(lambda: 1 / 0 > 0, 10)
        assert hand.call(lambda world: "alive") == "alive"

    def test_the_end_of_the_server_ends_the_waiting(self) -> None:
        tws = SimulatedTws(clock=VirtualClock())
        tws.start()
        loop = tws._running()
        ending = threading.Thread(target=tws.stop)
        loop.wall_timers.call_later(0.01, ending.start)
        with pytest.raises(RuntimeError, match="not running"):
            loop.wait_until(lambda: False, 10)
        ending.join()


DAY_PROGRAM = """
import sys
sys.path[:0] = sys.argv[2:]
from simulator.test_virtual_time import bytes_of_a_day
print(*bytes_of_a_day(int(sys.argv[1])), sep=chr(10))
"""


def bytes_of_a_day(version: int) -> list[str]:
    """All that a client gets when it asks all that can be asked and an hour passes: names, and
    digests of the bytes.
    """
    told: list[str] = []
    digest = hashlib.sha256()
    with SimulatedTws(
        server_version=version, tick_interval=60.0, seed=3, clock=VirtualClock()
    ) as tws:
        option = tws.call(_option)
        with RawClient(tws.address, version) as client:
            take = client._take

            def noted(data: bytes) -> None:
                known = len(client.heard)
                take(data)
                digest.update(data)
                told.extend(name for name, _ in client.heard[known:])

            client._take = noted  # type: ignore[method-assign]
            client.start()
            for name, (arguments, _) in GOOD.items():
                if name not in ("startApi", "cancelMktData"):
                    with contextlib.suppress(NotSupported):
                        client.ask(
                            name,
                            *(option if argument is OPTION else argument for argument in arguments),
                        )
                        _read_all(tws, client)
                        told.append(digest.hexdigest())
            for _ in range(6):
                client.ask("reqMktData", 5000, stock(), "", False, False, [])
                client.ask("placeOrder", len(told), stock(), order("BUY", "100"))
                tws.advance(600)
                _read_all(tws, client)
                told.append(digest.hexdigest())
    return told


def _read_all(tws: SimulatedTws, client: RawClient) -> None:
    client.ask("reqCurrentTime")
    tws.advance(0)
    client.until("currentTime")


def _option(world: World) -> Contract:
    instrument = world.instruments.by_con_id(265598)
    assert instrument is not None
    return world.instruments.chains(instrument)[0].members(date(2026, 4, 14))[0].contract("SMART")


@pytest.mark.timeout(120)  # two processes, on a busy computer
@pytest.mark.parametrize("version", [187, 226])
def test_the_same_day_gives_the_same_bytes_in_every_process(version: int) -> None:
    tests = Path(__file__).parents[1]
    seen = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", DAY_PROGRAM, str(version), str(tests), str(tests.parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        seen.append(done.stdout.splitlines())
    assert seen[0] == seen[1]
    assert len(seen[0]) > 500
