"""Tests of trading programs against a simulated TWS that does what the test says. See samples/testing_example.

    def test_it_buys(simulated_tws):                      # the fixture of the pytest plugin, which comes with the package
        app = MyProgram()
        with connected(app, simulated_tws) as heard:
            simulated_tws.quote("AAPL", bid=99.99, ask=100.01, last=100)
            order = simulated_tws.expect("placeOrder", symbol="AAPL", action="BUY")
            simulated_tws.fill(order.orderId, price=100.01)
            heard.wait("orderStatus", status="Filled")

Nothing but what is used is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .heard import Call, Heard, connected, watch
    from .matching import NotHeard, Values
    from .tws import Request, Requests, ScriptedTws

__all__ = [
    "Call",
    "Heard",
    "NotHeard",
    "Request",
    "Requests",
    "ScriptedTws",
    "Values",
    "connected",
    "watch",
]

_HOMES = {
    **dict.fromkeys(("Call", "Heard", "connected", "watch"), "heard"),
    **dict.fromkeys(("NotHeard", "Values"), "matching"),
    **dict.fromkeys(("Request", "Requests", "ScriptedTws"), "tws"),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
