"""The server on the supervised connection: what holds over restarts of TWS and lost connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.guards import OrderLimit
from ibapi_port.rest import RestServer
from ibapi_port.simulator import SimulatedTws

from .helpers import LMT, MKT, Client, Events, eventually, order, serving

AAPL = "/market/data?symbol=AAPL&mode=all"
LIMITED = {"order": OrderLimit(value=2000)}


def live(tws: SimulatedTws) -> list[Any]:
    return [each for each in tws.do("orders") if not each["done"]]


@contextmanager
def away(tws: SimulatedTws, rest: RestServer) -> Iterator[None]:
    """TWS is not there: connections are cut, and new ones refused."""
    before = losses(rest)
    number = tws.faults.add("refuse_connections")
    try:
        tws.do("drop_connection", reset=True)
        eventually(lambda: losses(rest) > before)
        yield
    finally:
        tws.faults.remove(number)


def losses(rest: RestServer) -> int:
    assert rest.context is not None
    return rest.context.pool.orders.losses


def back(client: Client) -> None:
    eventually(lambda: client.get("/health").status_code == 200)


def test_faults() -> None:
    from ibapi_port.simulator import faults

    print(dir(faults))
