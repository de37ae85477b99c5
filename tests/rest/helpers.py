"""A server on a simulated TWS, and a client of it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from ibapi_port.rest import RestServer, Settings
from ibapi_port.simulator import SimulatedTws
from ibapi_port.supervised import Policy

TOKEN = "a-token-for-tests"
WAIT = 20.0
POLICY = Policy(spread=0.02, pause=0.02, longest_pause=0.05, id_pauses=(0.05,), lost_after=0.5)
Response = httpx.Response


def settings(tws: SimulatedTws | None, **more: Any) -> Settings:
    where = {} if tws is None else {"gateway_host": tws.host, "gateway_port": tws.port}
    return Settings(**{"http": True, "port": 0, "tokens": (TOKEN,), "linger": 0.2,
                       "policy": POLICY, **where, **more})  # fmt: skip


@contextmanager
def serving(tws: SimulatedTws | None, ready: bool = True, **more: Any) -> Iterator[RestServer]:
    with RestServer(settings(tws, **more)) as server:
        if ready:
            with Client(server) as client:
                eventually(lambda: client.get("/health").status_code == 200)
        yield server


def eventually(holds: Callable[[], object], timeout: float = WAIT) -> None:
    """Wait until something holds that no event tells of."""
    end = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < end, "it does not hold in time"
        time.sleep(0.01)


class Client(httpx.Client):
    def __init__(self, server: RestServer, token: str = TOKEN, **more: Any) -> None:
        super().__init__(base_url=server.url, headers={"Authorization": f"Bearer {token}"},
                         timeout=WAIT, **more)  # fmt: skip


LMT = {"symbol": "AAPL", "action": "BUY", "totalQuantity": 10, "orderType": "LMT", "lmtPrice": 100}
MKT = {"symbol": "AAPL", "action": "BUY", "totalQuantity": 10, "orderType": "MKT"}


def order(client: httpx.Client, body: Any = None, key: str = "", **query: Any) -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/order", json=LMT if body is None else body, params=query, headers=headers)


class Events:
    """A stream of events, read in a thread."""

    def __init__(self, server: RestServer, path: str, token: str = TOKEN, **headers: str) -> None:
        self._client = Client(server, token)
        self._lines: list[tuple[str, str, Any]] = []
        self._changed = threading.Condition()
        self.ended = False
        self.comments = 0
        self.status = 0
        self._response: httpx.Response | None = None
        head = {"Accept": "text/event-stream", **headers}
        self._thread = threading.Thread(target=self._read, args=(path, head), daemon=True)
        self._thread.start()

    def _read(self, path: str, headers: dict[str, str]) -> None:
        try:
            with self._client.stream("GET", path, headers=headers, timeout=WAIT) as response:
                self.status = response.status_code
                self._response = response
                fields: dict[str, str] = {}
                for line in response.iter_lines():
                    if line.startswith(":"):
                        self.comments += 1
                    elif line:
                        name, _, value = line.partition(": ")
                        fields[name] = value
                    elif fields:
                        self._add(fields)
                        fields = {}
        except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError):
            pass
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def _add(self, fields: dict[str, str]) -> None:
        data = json.loads(fields["data"]) if "data" in fields else None
        with self._changed:
            self._lines.append((fields.get("id", ""), fields.get("event", ""), data))
            self._changed.notify_all()

    def all(self, event: str = "") -> list[Any]:
        with self._changed:
            return [data for _, name, data in self._lines if not event or name == event]

    def last(self) -> float | None:
        """The price of the last event."""
        with self._changed:
            data = self._lines[-1][2] if self._lines else None
            return data.get("price") if isinstance(data, dict) else None

    def ids(self) -> list[str]:
        with self._changed:
            return [number for number, _, _ in self._lines if number]

    def wait(self, holds: Callable[[Events], object], timeout: float = WAIT) -> None:
        end = time.monotonic() + timeout
        while not holds(self):
            left = end - time.monotonic()
            names = [name for _, name, _ in self._lines][-10:]
            assert left > 0, f"not in time; the last events: {names}, status {self.status}"
            with self._changed:
                self._changed.wait(min(left, 0.05))

    def wait_for(self, event: str, count: int = 1) -> list[Any]:
        self.wait(lambda events: len(events.all(event)) >= count)
        return self.all(event)

    def close(self) -> None:
        with contextlib.suppress(OSError, AttributeError, KeyError):  # it has ended by itself
            assert self._response is not None or self.ended
            stream = self._response.extensions["network_stream"]  # type: ignore[union-attr]
            # a close in this thread would not wake the other one, which reads
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        self._client.close()

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
