"""Fixtures of the simulator's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ibapi_port.simulator import SimulatedTws

from .helpers import Desk, FakePeer, RawClient


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def peer(desk: Desk) -> FakePeer:
    return desk.client()


@pytest.fixture
def tws() -> Iterator[SimulatedTws]:
    """A server whose market moves only when a test moves it."""
    with SimulatedTws(tick_interval=3600) as server:
        yield server


@pytest.fixture
def client(tws: SimulatedTws) -> Iterator[RawClient]:
    with RawClient(tws.address) as raw:
        raw.start()
        yield raw


@pytest.fixture
def controlled() -> Iterator[SimulatedTws]:
    """A server with a control port, in virtual time."""
    with SimulatedTws(virtual=True, tick_interval=3600, control_port=0) as tws:
        yield tws


@pytest.fixture
def guest(controlled: SimulatedTws) -> Iterator[RawClient]:
    with RawClient(controlled.address) as raw:
        raw.start(3)
        yield raw
