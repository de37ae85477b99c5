"""The way of frames through faults, without a network: what goes in comes out, in order, unless a
fault says otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibapi_port.protocol.framing import frame
from ibapi_port.simulator.net.fault_rules import Faults
from ibapi_port.simulator.net.faults import Fault
from ibapi_port.simulator.net.pipeline import OutboundPipeline
from ibapi_port.simulator.net.timers import Timers

from .helpers import HandClock


class Wire:
    """Takes what the line sends."""

    def __init__(self, *faults: Fault, seed: str = "1/1") -> None:
        self.out = b""
        self.pieces: list[bytes] = []
        self.ends: list[tuple[str, float]] = []
        self.clock = HandClock()
        self.timers = Timers(self.clock)
        self.turns: list[Callable[[], None]] = []
        self.faults = Faults()
        self.line = OutboundPipeline(self, self.faults, self.timers, self.turns.append, seed)
        self.faults.on_change = self.line.refresh
        for fault in faults:
            self.faults.add(fault)

    def write(self, data: bytes) -> None:
        self.out += data
        self.pieces.append(data)

    def end(self, how: str, seconds: float) -> None:
        self.ends.append((how, seconds))
        if how in ("close", "reset"):
            self.line.close()

    def check(self) -> None:
        pass

    def pass_time(self, seconds: float) -> None:
        end = self.clock.time + seconds
        while True:
            turns, self.turns[:] = self.turns[:], []
            for turn in turns:
                turn()
            due = self.timers.next_due()
            if not self.turns and (due is None or due > end):
                break
            if not self.turns and due is not None:
                self.clock.time = max(due, self.clock.time)
            self.timers.run_due()
        self.clock.time = end


KEEPING = st.one_of(
    st.builds(
        lambda size, seconds: Fault("split", size=size, seconds=seconds),
        st.integers(0, 9),
        st.sampled_from([0.0, 0.5]),
    ),
    st.builds(
        lambda seconds, jitter: Fault("delay", seconds=seconds, jitter=jitter),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 3.0]),
    ),
    st.builds(
        lambda size, seconds: Fault("coalesce", size=size, seconds=seconds),
        st.integers(0, 4),
        st.sampled_from([0.5, 5.0]),
    ),
    st.builds(lambda times: Fault("stall", seconds=1.0, times=times), st.integers(1, 3)),
)
FRAMES = st.lists(
    st.tuples(
        st.sampled_from(["tickPrice", "error"]), st.binary(max_size=20), st.sampled_from([0.0, 0.3])
    ),
    max_size=12,
)


class TestOrder:
    @given(frames=FRAMES, faults=st.lists(KEEPING, max_size=4), cleared=st.booleans())
    @settings(max_examples=150, deadline=None)
    def test_what_only_takes_its_time_changes_no_byte(
        self, frames: list[tuple[str, bytes, float]], faults: list[Fault], cleared: bool
    ) -> None:
        wire = Wire(*faults)
        for name, payload, rest in frames:
            wire.line.send(name, frame(payload))
            wire.pass_time(rest)
        if cleared:
            wire.faults.clear()
        wire.pass_time(1000)
        assert wire.out == b"".join(frame(payload) for _, payload, _ in frames)
        assert wire.line.held == 0
        assert wire.line.passed == len(wire.out)

    @given(
        frames=FRAMES,
        faults=st.lists(KEEPING, max_size=2),
        limit=st.integers(1, 100),
        how=st.sampled_from(["cut", "reset"]),
    )
    @settings(max_examples=150, deadline=None)
    def test_a_cut_is_where_it_should_be(
        self, frames: list[tuple[str, bytes, float]], faults: list[Fault], limit: int, how: str
    ) -> None:
        wire = Wire(*faults, Fault(how, after_bytes=limit))
        for name, payload, rest in frames:
            wire.line.send(name, frame(payload))
            wire.pass_time(rest)
        wire.pass_time(1000)
        whole = b"".join(frame(payload) for _, payload, _ in frames)
        assert wire.out == whole[:limit]
        ended = [how for how, _ in wire.ends if how != "stall"]
        assert ended == ([{"cut": "close", "reset": "reset"}[how]] if len(whole) > limit else [])

    @given(
        kinds=st.lists(
            st.sampled_from(
                [
                    "garbage",
                    "corrupt",
                    "duplicate",
                    "unknown",
                    "truncate",
                    "split",
                    "delay",
                    "insert",
                ]
            ),
            max_size=4,
        ),
        seed=st.integers(0, 5),
    )
    @settings(max_examples=60, deadline=None)
    def test_the_same_seed_gives_the_same_bytes(self, kinds: list[str], seed: int) -> None:
        def record() -> tuple[bytes, list[bytes]]:
            wire = Wire(
                *(Fault(kind, size=2, seconds=0.1, jitter=1.0, data="ff") for kind in kinds),
                seed=str(seed),
            )
            for n in range(5):
                wire.line.send("tickPrice", frame(bytes(range(n, n + 10))))
                wire.pass_time(0.2)
            wire.pass_time(100)
            return wire.out, wire.pieces

        assert record() == record()


class TestWhen:
    def test_after_so_many_messages_of_that_name_on_each_connection(self) -> None:
        wire = Wire(Fault("lose", message="b", after=2, times=1))
        other = OutboundPipeline(wire, wire.faults, wire.timers, wire.turns.append, "2")
        for line in (wire.line, other):
            line.send("b", b"1")
            line.send("a", b"-")
        wire.line.send("b", b"2")
        wire.line.send("b", b"lost")
        wire.line.send("b", b"3")
        other.send("b", b"4")
        other.send("b", b"5")  # its time is over
        assert wire.out == b"1-1-2345"
        assert not wire.faults.any

    def test_for_one_client(self) -> None:
        wire = Wire(Fault("lose", client_id=3))
        wire.line.send("handshake", b"h")
        wire.line.client_id = 2
        wire.line.send("a", b"a")
        wire.line.client_id = 3
        wire.line.send("a", b"lost")
        assert wire.out == b"ha"

    def test_for_the_next_connection_only(self) -> None:
        wire = Wire(Fault("duplicate", next_only=True))
        wire.line.send("a", b"a")
        second, third = (
            OutboundPipeline(wire, wire.faults, wire.timers, wire.turns.append, str(n))
            for n in (2, 3)
        )
        for line in (second, third):
            line.send("a", b"b")
        assert wire.out == b"abbb"
        second.close()
        assert not wire.faults.any

    @pytest.mark.parametrize(
        ("fault", "passes"),
        [({"kind": "lose"}, False), ({"kind": "cut"}, False), ({"kind": "deaf"}, True)],
    )
    def test_at_a_request(self, fault: dict[str, Any], passes: bool) -> None:
        wire = Wire(Fault(**fault, message="reqIds", after=1))
        assert [wire.line.passes(name) for name in ("reqIds", "reqPnL", "reqIds")] == [
            True,
            True,
            passes,
        ]

    def test_nothing_is_left_after_a_cut(self) -> None:
        wire = Wire(Fault("cut", size=2, message="b"), Fault("delay", seconds=1))
        for name in "abc":
            wire.line.send(name, name.encode() * 5)
        wire.pass_time(10)
        assert wire.out == b"aaaaabb"
        assert wire.ends == [("close", 0.0)]
        wire.line.send("d", b"d")
        assert wire.out == b"aaaaabb"

    def test_random_numbers_are_each_connections_own(self) -> None:
        first, second = (
            Wire(Fault("garbage", size=8), seed="1"),
            Wire(Fault("garbage", size=8), seed="2"),
        )
        for wire in (first, second):
            random.seed(0)
            wire.line.send("a", frame(b"a"))
        assert first.out != second.out
