"""Answers that take their time, and can be cancelled while they do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..errors import Refusal
from ..net.timers import Timer, Timers
from ..services import Handler, Key, Peer, Values

_log = logging.getLogger(__name__)


class Pending:
    """Requests that have not been answered yet. `delay` in seconds of the clock; 0: each is answered at once."""

    def __init__(self, timers: Timers, delay: float) -> None:
        self._timers = timers
        self._delay = delay
        self._waiting: dict[Key, Timer] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._waiting

    def of(self, peer: Peer) -> int:
        """How many a client has."""
        return sum(each is peer for each, _ in self._waiting)

    def answer(self, key: Key, action: Callable[[], None]) -> None:
        """Do it now or later. A Refusal comes through now, and is sent then."""
        if not self._delay:
            action()
            return

        def act() -> None:
            del self._waiting[key]
            try:
                action()
            except Refusal as e:
                key[0].error(key[1], e.code, e.text)
            except Exception as e:
                _log.exception("the simulated TWS failed at a request that waited")
                key[0].error(
                    key[1], 322, f"Error processing request. - cause - {type(e).__name__}: {e}"
                )

        self._waiting[key] = self._timers.call_later(self._delay, act)

    def cancel(self, key: Key) -> bool:
        """Whether there was something to cancel."""
        timer = self._waiting.pop(key, None)
        if timer is not None:
            timer.cancel()
        return timer is not None

    def dropping(self, name: str) -> Handler:
        """Answers the request that cancels, whose id is called `name`. Where nothing waits, nothing is said."""

        def drop(peer: Peer, values: Values) -> None:
            self.cancel((peer, values[name]))

        return drop

    def forget(self, peer: Peer) -> None:
        for key in [key for key in self._waiting if key[0] is peer]:
            self.cancel(key)
