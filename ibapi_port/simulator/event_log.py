"""What happens in the simulated TWS, an event a line: for people who look on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..contract import Contract
from ..order import Order
from .net.clock import Clock
from .times import stamp

MOST = 2000  # events that are kept
_LONGEST = 300  # characters of an event


@dataclass(frozen=True)
class Event:
    """An event. `number` counts from 1."""

    number: int
    time: float
    kind: str  # client, request, order, error, command
    text: str

    @property
    def line(self) -> str:
        """Return the event as a line."""
        return f"{stamp(self.time)} {self.kind:8} {self.text}"


class EventLog:
    """The latest events. What they say is made only once somebody has asked for it (`start`)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.on = False
        self._events: deque[Event] = deque(maxlen=MOST)
        self._listeners: list[Callable[[Event], None]] = []
        self._count = 0

    def start(self, listener: Callable[[Event], None] | None = None) -> None:
        """Keep events from now on; `listener` is called with each, in the server's thread."""
        self.on = True
        if listener is not None:
            self._listeners.append(listener)

    def note(self, kind: str, text: str) -> None:
        """Add an event, if anybody wants to know."""
        if not self.on:
            return
        self._count += 1
        shown = "".join(char if char.isprintable() else "?" for char in text[:_LONGEST])
        event = Event(self._count, self._clock.now(), kind, shown)
        self._events.append(event)
        for listener in self._listeners:
            listener(event)

    def since(self, number: int) -> list[Event]:
        """Return the events after that number, in order."""
        left = self._count - number
        return list(self._events)[-left:] if left > 0 else []


def brief(values: Mapping[str, Any]) -> str:
    """Return the values of a request as people read them: what is not as it was made."""
    return " ".join(
        text for name, value in values.items() if (text := _brief(name, value)) is not None
    )


def _brief(name: str, value: object) -> str | None:
    if isinstance(value, Contract):
        said = (value.localSymbol or value.symbol, value.secType, value.exchange, value.currency)
        return " ".join(str(part) for part in said if part) or f"conId={value.conId}"
    if isinstance(value, Order):
        price = f" limit {value.lmtPrice:g}" if _is_price(value.lmtPrice) else ""
        stop = f" stop {value.auxPrice:g}" if _is_price(value.auxPrice) else ""
        what = f"{value.action} {value.totalQuantity} {value.orderType}{price}{stop}"
        return f"{what} {value.tif}".rstrip()
    if value in ("", None) or value == []:
        return None
    if isinstance(value, (str, int, float, Decimal)):
        return f"{name}={value}"
    return f"{name}=..."


def _is_price(value: object) -> bool:
    return isinstance(value, (int, float)) and 0 < value < 1e300
