"""The tests of the REST server need its extra; the plain test command does not install it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

for name in ("starlette", "uvicorn", "msgspec", "cryptography", "websockets", "httpx"):
    pytest.importorskip(name, reason="needs ibapi_port[rest] and httpx; .ci/run runs these tests")

import warnings  # noqa: E402

from ibapi_port.rest import RestServer  # noqa: E402
from ibapi_port.simulator import SimulatedTws  # noqa: E402

from .helpers import Client, serving  # noqa: E402

__all__ = ["warnings"]


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
