"""A day in virtual time; with RELIABILITY_FULL=1 a fortnight."""

from __future__ import annotations

import os
import threading

import pytest
from leftovers import sockets
from reliability.bench import memory

from .fortnight import Fortnight

FULL = bool(os.environ.get("RELIABILITY_FULL"))


@pytest.mark.timeout(1800 if FULL else 60)
def test_a_fortnight() -> None:
    days = Fortnight(14 if FULL else 1, seed=5)
    before = memory()
    try:
        days.run()
        assert days.gaps >= 5 * days.days - (4 if FULL else 0)
        assert days.filled == days.gaps
        assert days.most_a_second() <= 50
        threads = {thread.name for thread in threading.enumerate()}
        assert len([name for name in threads if "ibapi_port" in name or name == "EReader"]) <= 4
        assert len(sockets()) < 12
        assert memory() - before < 60 << 20
    finally:
        days.close()
    print(days.report())
