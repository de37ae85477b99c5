"""A program with a supervised client, and policies in which seconds are short."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ibapi_port.contract import Contract
from ibapi_port.ib.router import Router
from ibapi_port.order import Order
from ibapi_port.simulator import SimulatedTws
from ibapi_port.supervised import Policy, SupervisedClient

WAIT = 10.0  # seconds after which a test gives up
QUICK = Policy(
    connect_timeout=0.5,
    sync_timeout=0.6,
    spread=0.0,
    pause=0.01,
    longest_pause=0.05,
    settled_after=0.0,
    id_pauses=(0.03,),
    silence=5.0,
    answer_timeout=2.0,
    list_timeout=5.0,
    lost_after=0.0,
    repeat_after=0.0,
)


def quick(**changes: Any) -> Policy:
    return replace(QUICK, **changes)


def stock(symbol: str = "AAPL", exchange: str = "SMART") -> Contract:
    return Contract(symbol=symbol, secType="STK", exchange=exchange, currency="USD")


def limit_order(action: str = "BUY", quantity: int = 100, limit: float = 1.0, **more: Any) -> Order:
    return Order(
        action=action, orderType="LMT", totalQuantity=Decimal(quantity), lmtPrice=limit,
        tif="DAY", **more
    )  # fmt: skip


Call = tuple[str, tuple[Any, ...]]


class App(Router):
    """A program that notes all callbacks, and the threads that make them. `on` has what it does in
    some.
    """

    def __init__(self) -> None:
        super().__init__(self._note, {})
        self.calls: list[Call] = []
        self.threads: dict[str, set[int]] = {}
        self.on: dict[str, Callable[..., None]] = {}
        self._changed = threading.Condition()

    def _note(self, name: str, key: int | None, arguments: tuple[Any, ...]) -> None:
        values = arguments if key is None else (key, *arguments)
        self.threads.setdefault(name, set()).add(threading.get_ident())
        with self._changed:
            self.calls.append((name, values))
            self._changed.notify_all()
        if name in self.on:
            self.on[name](*values)

    def connectionState(self, old: Any, new: Any, why: str) -> None:
        self._note("connectionState", None, (old, new, why))

    def connectionGap(self, gap: Any) -> None:
        self._note("connectionGap", None, (gap,))

    def dataStale(self, ids: Any) -> None:
        self._note("dataStale", None, (ids,))

    def ordersReconciled(self, report: Any) -> None:
        self._note("ordersReconciled", None, (report,))

    # --- what tests ask ---

    def all(self, name: str, after: int = 0) -> list[tuple[Any, ...]]:
        return [values for each, values in self.calls[after:] if each == name]

    def errors(self, after: int = 0) -> list[tuple[int, int]]:
        """The ids and codes of all errors that are no notices."""
        return [(v[0], v[2]) for v in self.all("error", after) if not 2100 <= v[2] < 2200]

    def wait(
        self,
        name: str,
        holds: Callable[..., bool] = lambda *_: True,
        after: int = 0,
        count: int = 1,
    ) -> tuple[Any, ...]:
        """Wait for the `count`th such callback; its values."""
        end = time.monotonic() + WAIT
        with self._changed:
            while True:
                found = [values for values in self.all(name, after) if holds(*values)]
                if len(found) >= count:
                    return found[count - 1]
                left = end - time.monotonic()
                assert left > 0, f"no {name}; there were {[each for each, _ in self.calls[after:]]}"
                self._changed.wait(left)


def until(holds: Callable[[], bool], what: str = "it") -> None:
    """Wait until something holds."""
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.002)


@contextmanager
def running(
    tws: SimulatedTws, policy: Policy = QUICK, client_id: int = 1, **options: Any
) -> Iterator[tuple[App, SupervisedClient]]:
    """A supervised client that is ready."""
    app = App()
    client = SupervisedClient(app, tws.host, tws.port, client_id, policy, **options)
    client.start()
    try:
        assert client.wait_ready(WAIT)
        yield app, client
    finally:
        app.on.clear()
        assert client.stop(WAIT)


def restart(tws: SimulatedTws, client: SupervisedClient) -> None:
    """Restart the TWS, and wait until the client is ready again."""
    before = client.health()["connections"]
    tws.do("restart", seconds=0)
    until(lambda: client.health()["connections"] > before, "the next connection")
    assert client.wait_ready(WAIT)
