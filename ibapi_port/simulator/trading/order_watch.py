"""What is reported of orders, for others beside the clients: how much there was, and what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .live import Fill, LiveOrder, OrderEvents

OnOrder = Callable[[LiveOrder, str], None]  # with what there is to say about it


class OrderWatch:
    """Passes on what is reported of orders, and tells those who `listen`."""

    def __init__(self, events: OrderEvents) -> None:
        self._events = events
        self._listeners: list[OnOrder] = []
        self.count = 0  # of all that was reported

    def listen(self, on_order: OnOrder) -> None:
        """Call `on_order` with each order that something is reported of, before clients hear."""
        self._listeners.append(on_order)

    def _note(self, live: LiveOrder, text: str) -> None:
        self.count += 1
        for on_order in self._listeners:
            on_order(live, text)

    def opened(self, live: LiveOrder) -> None:
        """Pass it on."""
        self._note(live, "")
        self._events.opened(live)

    def status(self, live: LiveOrder) -> None:
        """Pass it on."""
        self._note(live, "")
        self._events.status(live)

    def cancelled(self, live: LiveOrder, reason: str) -> None:
        """Pass it on."""
        self._note(live, reason)
        self._events.cancelled(live, reason)

    def rejected(self, live: LiveOrder, text: str) -> None:
        """Pass it on."""
        self._note(live, text)
        self._events.rejected(live, text)

    def warned(self, live: LiveOrder, code: int, text: str) -> None:
        """Pass it on."""
        self._note(live, f"{code} {text}")
        self._events.warned(live, code, text)

    def filled(self, live: LiveOrder, fills: Sequence[Fill]) -> None:
        """Pass it on."""
        told = ", ".join(f"{abs(fill.signed)} at {fill.execution.price:g}" for fill in fills)
        self._note(live, f"filled {told}")
        self._events.filled(live, fills)

    def previewed(self, live: LiveOrder) -> None:
        """Pass it on."""
        self._events.previewed(live)

    def bound(self, live: LiveOrder) -> None:
        """Pass it on."""
        self._note(live, "bound to client 0")
        self._events.bound(live)
