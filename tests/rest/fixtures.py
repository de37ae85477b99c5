"""Fixtures of the tests of the REST server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ibapi_port.rest import RestServer
from ibapi_port.simulator import SimulatedTws

from .helpers import Client, serving


@pytest.fixture(scope="module")
def tws() -> Iterator[SimulatedTws]:
    """Its market stands still."""
    with SimulatedTws(tick_interval=3600) as server:
        yield server


@pytest.fixture(scope="module")
def rest(tws: SimulatedTws) -> Iterator[RestServer]:
    with serving(tws) as server:
        yield server


@pytest.fixture
def client(rest: RestServer) -> Iterator[Client]:
    with Client(rest) as made:
        yield made
