"""SupervisedClient: an EClient whose connection comes back by itself."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

from .._client.members import own_members
from .._client.message_loop import MessageLoop
from ..alerts import Alerts
from ..client import DEFAULT_TIMEOUT, EClient
from ..reader import EReader, EReaderMonitorSignal
from .clock import Clock
from .events import Phase
from .policy import Policy
from .supervision import Supervision


@own_members
class SupervisedClient(EClient):
    """An EClient that connects again after a loss, requests again what stood, and finds out what
    became of the orders.

        client = SupervisedClient(wrapper, "127.0.0.1", 7497, clientId=1)
        client.start()
        client.wait_ready(30)
        ...
        client.stop()

    An old program may call `connect` and `run` as ever. What a wrapper may have beside IB's
    callbacks: `connectionState(old, new, why)`, `dataStale(reqIds)`, `connectionGap(gap)` and
    `ordersReconciled(report)`.
    """

    def __init__(
        self,
        wrapper: Any,
        host: str = "127.0.0.1",
        port: int = 7497,
        clientId: int = 0,
        policy: Policy | None = None,
        *,
        clock: Clock | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`clock` and `draw` (random numbers from 0 to below 1) are for tests."""
        super().__init__(wrapper)
        policy = policy if policy is not None else Policy()
        self._supervised_at = host, port, clientId
        self._supervision = Supervision(self, policy, clock or Clock(), draw, self._make_reader)

    def _make_reader(self) -> EReader:
        # a signal of its own, as in EClient.connect
        reader = EReader(self, EReaderMonitorSignal())
        self.msg_queue = reader.msg_queue
        if isinstance(getattr(self, "signal", None), EReaderMonitorSignal):
            self.signal = reader.signal
        return reader

    # --- supervision ---

    def start(self) -> None:
        """Begin to connect, and return at once. Callbacks come in a thread of their own."""
        self._supervision.start(*self._supervised_at)

    def stop(self, timeout: float = 10.0) -> bool:
        """End the connection and all threads, within so many seconds; from any thread, a callback
        included. Return whether all threads have ended by then (a callback may hold one).
        """
        return self._supervision.stop(timeout)

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until requests and orders are taken. Return False if that was not within so many
        seconds, or if the connection was stopped or has failed. Do not call it in a callback.
        """
        return self._supervision.wait_ready(timeout)

    @property
    def state(self) -> Phase:
        """Where the supervised connection is."""
        own: Phase | None = self.__dict__.get("state")
        return self._supervision.phase if own is None else own

    @state.setter
    def state(self, value: Any) -> None:
        self.__dict__["state"] = value  # something of the program's, by this name

    def health(self) -> dict[str, Any]:
        """Return how the connection is, as plain data."""
        return self._supervision.health()

    def watch(self, alerts: Any) -> Alerts:
        """Send alerts: "connection_down", "upstream_lost", "uncertain_order", "data_stale", and the
        first two with "_over" when they are.

        `alerts`: an Alerts, or a hook, or several: a callable, a Command, a Webhook. Return the
        Alerts, which the program closes.
        """
        if isinstance(alerts, Alerts):
            made = alerts
        else:
            hooks = list(alerts) if isinstance(alerts, (list, tuple)) else [alerts]
            made = Alerts(hooks, quiet=self._supervision.policy.windows)
        self._supervision.alarms.watch(made)
        return made

    # --- for the faces that stand on it ---

    def start_at(self, host: str, port: int, clientId: int) -> threading.Thread | None:
        """As `start`, there. Return the thread that makes the callbacks."""
        self._supervised_at = host, port, clientId
        return self._supervision.start(host, port, clientId)

    def forget(self, request: str, reqId: int | None) -> None:
        """Do not make a request again after a loss that the program has ended."""
        self._supervision.forget(request, reqId)

    def never_wait_in(self, thread: int | None) -> None:
        """Do not ask in this thread whether TWS is there: it is an event loop's. The policy is one
        `without_waiting`.
        """
        self._supervision.never_wait_in(thread)

    def keep_orders(self, most: int) -> None:
        """Keep so many orders that are over, the newest ones."""
        self._supervision.books.orders.most = most

    # --- as EClient ---

    def connect(
        self, host: str, port: int, clientId: int, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        """As EClient.connect: the first try is made here, and its error is told. All that follow
        are made by the supervisor, until disconnect() or stop().
        """
        self._supervised_at = host, port, clientId
        self._supervision.connect(host, port, clientId, timeout)

    def eConnect(
        self, host: str, port: int, clientId: int, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        """As `connect`: a supervised client always reads by itself."""
        self.connect(host, port, clientId, timeout)

    def disconnect(self) -> None:
        """As EClient.disconnect: it ends the supervision, too. Where the program is told of a loss
        it is ignored: the connection comes back by itself.
        """
        self._supervision.disconnect()

    def eDisconnect(self) -> None:
        """As `disconnect`."""
        self._supervision.disconnect()

    def run(self) -> None:
        """Process messages until the supervision has ended, over all connections."""
        core = self._ibapi_port
        self._supervision.run(MessageLoop(core, self, core.hooks.loop_hooks()))


__all__ = ["SupervisedClient"]
