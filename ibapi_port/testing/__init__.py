"""Tests of trading programs against a simulated TWS that does what the test says.

See samples/testing_example. `simulated_tws` is a fixture of the pytest plugin, which comes with the
package:

    def test_it_buys(simulated_tws):
        app = MyProgram()
        with connected(app, simulated_tws) as callbacks:
            simulated_tws.quote("AAPL", bid=99.99, ask=100.01, last=100)
            order = simulated_tws.expect("placeOrder", symbol="AAPL", action="BUY")
            simulated_tws.fill(order.orderId, price=100.01)
            callbacks.wait("orderStatus", status="Filled")

Only what is used is imported. `Heard` and `NotHeard` are the old names of `CallbackRecorder` and
`ExpectationError`. They are deprecated, but give no warning: many test suites make errors of
warnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .callbacks import CallbackRecorder, connected, watch
    from .matching import Call, ExpectationError, Values
    from .tws import Request, Requests, ScriptedTws

    Heard = CallbackRecorder
    NotHeard = ExpectationError

__all__ = [
    "Call",
    "CallbackRecorder",
    "ExpectationError",
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
    **dict.fromkeys(("CallbackRecorder", "connected", "watch"), "callbacks"),
    **dict.fromkeys(("Call", "ExpectationError", "Values"), "matching"),
    **dict.fromkeys(("Request", "Requests", "ScriptedTws"), "tws"),
}
_OLD_NAMES = {"Heard": "CallbackRecorder", "NotHeard": "ExpectationError"}


def __getattr__(name: str) -> object:
    from importlib import import_module

    current = _OLD_NAMES.get(name, name)
    if current not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_HOMES[current]}"), current)
