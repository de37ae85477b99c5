"""Whether TWS is still there: a connection may be dead without a sign, behind a tunnel or a router
that has forgotten it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LOOKS = 4  # how often in the time of a silence the watchdog looks


class Watchdog:
    """Asks TWS for the time after as many seconds without a whole frame; after as many more TWS is
    taken for gone.

    It counts whole frames, not bytes: a frame that goes on for ever is silence too. It waits for
    nothing itself: `is_over` is called by the thread that reads, after each read and whenever one
    took `interval` seconds.
    """

    def __init__(
        self, seconds: float, ask: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self.interval = seconds / LOOKS
        self._ask = ask
        self._clock = clock
        self._heard = clock()
        self._asked = False

    def heard(self) -> None:
        """Whole frames have come."""
        self._heard = self._clock()
        self._asked = False

    def is_over(self) -> bool:
        """Return whether TWS is to be taken for gone; ask it for the time where it is merely
        silent.
        """
        silence = self._clock() - self._heard
        if silence >= 2 * self.seconds:
            return True
        if silence >= self.seconds and not self._asked:
            self._asked = True
            self._ask()
        return False


__all__ = ["Watchdog"]
