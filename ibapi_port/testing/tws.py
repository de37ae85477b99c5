"""A simulated TWS in a test's hands."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

from ..protocol.exceptions import ProtocolError
from ..protocol.schema.messages import INCOMING_BY_NAME, REQUESTS
from ..simulator.commands import COMMANDS
from ..simulator.script import Script
from ..simulator.server import SimulatedTws
from ..simulator.services import ClientSession
from .matching import (
    ExpectationError,
    Values,
    clock_hint,
    failure_text,
    matches,
    similar,
)

NEVER = 1e9  # seconds between ticks of a market that stands still
TIMEOUT = 5.0  # real seconds


class Request(Values):
    """A request that a client made: its `name` (EClient's method), its values, the client, and the
    virtual time.
    """

    def __init__(self, name: str, values: Mapping[str, Any], client_id: int, time: float) -> None:
        super().__init__(name, values)
        self.client_id = client_id
        self.time = time


class Requests(list[Request]):
    """Requests in the order of their coming."""

    def of(self, name: str, **wanted: object) -> Requests:
        """Return those of this name with these values."""
        return Requests(one for one in self if one.name == name and matches(one, wanted))


class ScriptedTws(SimulatedTws):
    """A simulated TWS that does what a test says.

    As SimulatedTws, but time stands still until `advance`, and prices do, unless `tick_interval`
    says otherwise. Each command of a script (`quote`, `fill`, `reject`, `cancel`,
    `drop_connection`, `notice`, ...: see `simulator.script.Script`) is a method: first it serves
    what clients have sent by now, then it does its work, and when it returns all that came
    of it is in the clients' sockets. Numbers are taken as int, float or text where a Decimal is
    meant.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, server_version: int = 187, **options: Any
    ) -> None:
        options.setdefault("tick_interval", NEVER)
        if not {"clock", "virtual", "speed", "as_fast_as_possible"} & options.keys():
            options["virtual"] = True
        super().__init__(host, port, server_version, **options)
        self._recorded = Requests()
        self._handed_out: set[int] = set()  # by `expect`
        self._world.watchers.append(self._record)

    def __getattr__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise AttributeError(f"{type(self).__name__} has no attribute {name}")
        return lambda *arguments, **values: self._command(name, *arguments, **values)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *COMMANDS})

    @property
    def requests(self) -> Requests:
        """Return all requests so far, those that wait in the sockets too."""
        self.settle()
        return self.call(lambda world: Requests(self._recorded))

    @property
    def clients(self) -> list[int]:
        """Return the ids of the clients that are connected."""
        self.settle()
        return self.call(lambda world: [client.client_id for client in world.registry])

    def expect(
        self, name: str, *, timeout: float = TIMEOUT, client_id: int | None = None, **wanted: object
    ) -> Request:
        """Wait for a request: an EClient method, and values that it must have, by parameter or by
        attribute of one (`symbol="AAPL"`).

        A value may be a function that tells whether it is right. Each request is handed out once,
        the earliest first. ExpectationError after `timeout` real seconds; ValueError, KeyError:
        there is no such request, or no such value in it.
        """
        if name not in REQUESTS:
            raise ValueError(f"there is no request {name!r}{similar(name, REQUESTS)}")
        found: list[int] = []

        def look() -> bool:
            for n, one in enumerate(self._recorded):
                if (
                    n not in self._handed_out
                    and one.name == name
                    and client_id in (None, one.client_id)
                    and matches(one, wanted)
                ):
                    self._handed_out.add(n)
                    found.append(n)
                    return True
            return False

        if not self._running().wait_until(look, timeout) and not found:
            instead = self.call(
                lambda world: [
                    one for n, one in enumerate(self._recorded) if n not in self._handed_out
                ]
            )
            if not found:  # a look that was under way when the time was over has ended by now
                raise ExpectationError(
                    failure_text(name, wanted, timeout, instead) + clock_hint(self)
                )
        return self._recorded[found[0]]

    def send(self, client_id: int, name: str, **values: object) -> None:
        """Send a client any message: its EWrapper callback's name and parameters.

        ValueError: it cannot be sent, or there is no such client.
        """
        if name not in INCOMING_BY_NAME:
            raise ValueError(f"there is no message {name!r}{similar(name, INCOMING_BY_NAME)}")
        self.settle()
        client = self.call(lambda world: world.registry.get(client_id))
        if client is None:
            raise ValueError(
                f"no client {client_id} is connected; connected are {self.clients or 'none'}"
            )
        try:
            self.call(lambda world: client.send(name, **values))
        except (ProtocolError, TypeError) as e:
            raise ValueError(f"{name} cannot be sent: {e}") from None
        self._delivered(self._running(), 0)

    def _command(self, name: str, /, *arguments: object, **values: object) -> Any:
        given = inspect.signature(getattr(Script, name)).bind(None, *arguments, **values).arguments
        del given["self"]
        self.settle()
        result = self.do(name, **given)
        self._delivered(self._running(), 0)
        return result

    def _record(self, client: ClientSession, name: str, values: Mapping[str, Any]) -> None:
        client_id = values["clientId"] if name == "startApi" else client.client_id
        self._recorded.append(
            Request(name, copy.deepcopy(dict(values)), client_id, self._world.clock.now())
        )
