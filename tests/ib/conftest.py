"""Fixtures of the tests of IB and AsyncIB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ibapi_port.ib import IB
from ibapi_port.simulator import SimulatedTws


@pytest.fixture
def tws() -> Iterator[SimulatedTws]:
    """Its market stands still."""
    with SimulatedTws(tick_interval=3600) as server:
        yield server


@pytest.fixture
def ib(tws: SimulatedTws) -> Iterator[IB]:
    with IB.connect(tws.host, tws.port, 1) as connected:
        yield connected
