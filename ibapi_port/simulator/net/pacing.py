"""How many messages a client may send in a second, and what happens if it sends more.

TWS has two ways: the older rejects (error 100, and at the third time it hangs up), the newer lets
the messages wait.
"""

from __future__ import annotations

from collections.abc import Callable

from .timers import Timers

OFF, REJECT, DELAY = "off", "reject", "delay"
SECOND = 1.0
PATIENCE = 3  # violations, the last of which ends the connection


class Pace:
    """Counts one client's messages by seconds of the simulated clock.

    `on_violation` is called at the end of a second with too many: how many, and for which time.
    `on_room`: messages that `take` has not let pass may come again.
    """

    def __init__(
        self, timers: Timers, on_violation: Callable[[int, int], None], on_room: Callable[[], None]
    ) -> None:
        self._timers = timers
        self._on_violation = on_violation
        self._on_room = on_room
        self._mode = OFF
        self._limit = 0
        self._count = self._violations = 0
        self._counting = False

    def set(self, mode: str, limit: int) -> None:
        """Set what happens to a client that sends too fast, and how many messages a second are too
        many.
        """
        self._mode = mode
        self._limit = limit

    def take(self) -> bool:
        """Count a message; False: it has to wait."""
        if self._mode == OFF:
            return True
        if not self._counting:
            self._counting = True
            self._count = 0
            self._timers.call_later(SECOND, self._end_second)
        if self._mode == DELAY and self._count >= self._limit:
            return False
        self._count += 1
        return True

    def _end_second(self) -> None:
        self._counting = False
        if self._mode == REJECT and self._count > self._limit:
            self._violations += 1
            self._on_violation(self._count, self._violations)
        self._on_room()
