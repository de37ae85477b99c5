"""R70: a random walk of a whole program, judged by what must be conserved (walk.py)."""

from __future__ import annotations

import time

from ..bench import Bench, case
from ..walk import play


@case
def r70_conservation(bench: Bench) -> None:
    """Threads, signals, callbacks and reconnects against slow, silent and hostile peers: see
    walk.py for what must hold.
    """
    end = time.monotonic() + bench.size(6, 600)
    seed = 1
    while time.monotonic() < end or seed <= 2:  # two at least, however busy the machine
        play(seed, bench.package)
        seed += 1
