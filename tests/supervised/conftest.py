"""Fixtures of the tests of supervised connections; no test may leave a thread or a socket behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from leftovers import nothing_left

from ibapi_port.simulator import SimulatedTws


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    with nothing_left():
        yield


@pytest.fixture
def tws() -> Iterator[SimulatedTws]:
    """Its market stands still, but for what a test does."""
    with SimulatedTws(tick_interval=3600) as server:
        yield server
