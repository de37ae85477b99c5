"""What a block of a page may take for granted, by name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ibapi_port.client import EClient
from ibapi_port.simulator import SimulatedTws
from ibapi_port.wrapper import EWrapper


class App(EWrapper, EClient):
    def __init__(self) -> None:
        EClient.__init__(self, self)


class Closing(App):
    def nextValidId(self, orderId: int) -> None:
        self.disconnect()


GIVEN: dict[str, Callable[[], Any]] = {
    "app": App,
    "client": App,
    "closing_app": Closing,
    "listener": lambda: object(),
    "SimulatedTws": lambda: SimulatedTws,
    "errorCode": lambda: 162,
    "errorString": lambda: "HMDS query returned no data",
    "simulated": lambda: None,
}


def namespace(names: tuple[str, ...]) -> dict[str, Any]:
    """The names that a block begins with."""
    made = {name.removeprefix("closing_"): GIVEN[name]() for name in names}
    return {"__name__": "__main__", **made}


def disconnect(values: dict[str, Any]) -> None:
    """End the connections that a block has left open."""
    for value in values.values():
        if isinstance(value, EClient):
            value.disconnect()
    sys.stdout.flush()
