"""How slow the machine is at the moment. Every time limit of the tests is multiplied by it: a limit
is there for what hangs, and is no measure of speed.

IBAPI_PORT_SLOWNESS sets it (a factor of 1 and above), where what is measured here does not suit.
"""

from __future__ import annotations

import functools
import os
import time

MOST = 20.0
LOOP = 0.012  # seconds that the loop below takes on a machine as the limits were chosen for


@functools.cache
def own_speed() -> float:
    """How many times longer than that machine this one takes, at its best of some tries."""
    return min(_loop() for _ in range(5)) / LOOP


def _loop() -> float:
    began = time.perf_counter()
    total = 0
    for n in range(200_000):
        total += n & 7
    return time.perf_counter() - began


def load() -> float:
    """How many programs share each processor; 1 where the system does not tell."""
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except (AttributeError, OSError):
        return 1.0


def slowness() -> float:
    """The factor, now: 1 on a machine that is quick and has nothing else to do."""
    given = os.environ.get("IBAPI_PORT_SLOWNESS")
    if given:
        return max(1.0, float(given))
    return min(MOST, max(1.0, own_speed()) * max(1.0, load()))
