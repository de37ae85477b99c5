"""Who is told what happens to orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .live import Fill, LiveOrder


class OrderEvents(Protocol):
    """Who is told what happens to orders."""

    def opened(self, live: LiveOrder) -> None:
        """The order was taken, was changed, or got another status."""

    def status(self, live: LiveOrder) -> None:
        """Only the status has changed."""

    def cancelled(self, live: LiveOrder, reason: str) -> None:
        """It works no longer."""

    def rejected(self, live: LiveOrder, text: str) -> None:
        """It was refused after it had been taken."""

    def warned(self, live: LiveOrder, code: int, text: str) -> None:
        """TWS has something to say about it; it works on."""

    def filled(self, live: LiveOrder, fills: Sequence[Fill]) -> None:
        """It was filled, whole or in part; the accounts have changed."""

    def previewed(self, live: LiveOrder) -> None:
        """What the order would do; it has not been placed."""

    def bound(self, live: LiveOrder) -> None:
        """A manual order has got an id of client 0."""
