"""How long TWS and the exchange take to answer orders."""

from __future__ import annotations

import random

from ...options import BrokerBehaviour


class AnswerTimes:
    """Draws the times of answers, in seconds of the clock: the same ones for the same seed."""

    def __init__(self, behaviour: BrokerBehaviour) -> None:
        self._behaviour = behaviour
        self._random = random.Random(f"{behaviour.seed}/answers")
        self._latest: dict[int, float] = {}  # when the latest answer is due, by client

    def of_order(self) -> float:
        """Return how long the next step of an order takes."""
        return self._drawn(self._behaviour.order_delay, self._behaviour.order_delay_most)

    def of_cancel(self) -> float:
        """Return how long the cancellation of an order takes."""
        return self._drawn(self._behaviour.cancel_delay, self._behaviour.cancel_delay_most)

    def in_turn(self, client_id: int, now: float) -> float:
        """Return how long the first answer to an order takes. A client's orders are answered in the
        order in which they were sent.
        """
        due = max(now + self.of_order(), self._latest.get(client_id, 0.0))
        self._latest[client_id] = due
        return due - now

    def _drawn(self, least: float, most: float) -> float:
        return self._random.uniform(least, most) if most > least else least
