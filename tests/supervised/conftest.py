"""Fixtures of the tests of supervised connections; no test may leave a thread or a socket behind."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ibapi_port.simulator import SimulatedTws

from .rig import WAIT

FDS = Path("/proc/self/fd")


def sockets() -> set[str]:
    """The process's sockets, where the system tells."""
    found = set()
    for fd in FDS.iterdir() if FDS.is_dir() else ():
        with contextlib.suppress(OSError):
            target = os.readlink(fd)
            if target.startswith("socket:"):
                found.add(target)
    return found


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    threads, open_before = set(threading.enumerate()), sockets()
    yield
    for thread in set(threading.enumerate()) - threads:
        thread.join(WAIT)
        assert not thread.is_alive(), f"{thread.name} is left"
    assert not sockets() - open_before


@pytest.fixture
def tws() -> Iterator[SimulatedTws]:
    """Its market stands still, but for what a test does."""
    with SimulatedTws(tick_interval=3600) as server:
        yield server
