"""R54, by hypothesis: it picks what happens next, from which thread, and shrinks what breaks the
contract to the shortest history.

RELIABILITY_FULL=1 runs 2,000 histories.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from .bench import Bench
from .cases.walk import World

EXAMPLES = 2000 if os.environ.get("RELIABILITY_FULL") else 15


class Machine(RuleBasedStateMachine):
    """The steps of `World` as rules."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench("ibapi_port")
        self.world = World(self.bench)

    @precondition(lambda self: self.world.peer is None)
    @rule()
    def connect(self) -> None:
        self.world.connect()

    @precondition(lambda self: self.world.peer is not None)
    @rule(count=st.sampled_from([1, 2, 100, 3000]))
    def receive(self, count: int) -> None:
        self.world.receive(count)

    @precondition(lambda self: self.world.peer is not None)
    @rule(size=st.integers(1, 20))
    def receive_part(self, size: int) -> None:
        self.world.receive_part(size)

    @precondition(lambda self: self.world.torn)
    @rule()
    def finish_frame(self) -> None:
        self.world.finish_frame()

    @precondition(lambda self: self.world.peer is not None)
    @rule()
    def receive_nonsense(self) -> None:
        self.world.receive_nonsense()

    @precondition(lambda self: self.world.peer is not None)
    @rule(threads=st.integers(1, 8))
    def request(self, threads: int) -> None:
        self.world.request(threads)

    @precondition(lambda self: self.world.peer is not None)
    @rule()
    def raise_in_callback(self) -> None:
        self.world.raise_in_callback()

    @precondition(lambda self: self.world.peer is not None)
    @rule()
    def settle(self) -> None:
        self.world.settle()

    @precondition(lambda self: self.world.peer is not None)
    @rule(by_reset=st.booleans())
    def tws_ends(self, by_reset: bool) -> None:
        self.world.tws_ends(by_reset)

    @precondition(lambda self: self.world.peer is not None)
    @rule(threads=st.integers(1, 8))
    def disconnect(self, threads: int) -> None:
        self.world.disconnect(threads)

    @precondition(lambda self: self.world.peer is not None)
    @rule()
    def disconnect_in_callback(self) -> None:
        self.world.disconnect_in_callback()

    @invariant()
    def holds(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        self.world.close()
        self.bench.close()


TestR54 = pytest.mark.timeout(60 + EXAMPLES)(Machine.TestCase)
TestR54.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
