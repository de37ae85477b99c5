"""What the parts of the simulated TWS know of a client, and the base of those that answer requests:
no socket, no bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class ClientSession(Protocol):
    """A connected client program."""

    client_id: int
    server_version: int

    def send(self, name: str, **values: Any) -> None:
        """Send a message: its EWrapper callback's name and parameters."""

    def error(self, req_id: int, code: int, text: str) -> None:
        """Send an `error`; `req_id` is -1 where no request of the client's is meant."""


Values = Mapping[str, Any]  # a request's values by the EClient method's parameter names
Handler = Callable[[ClientSession, Values], None]
Key = tuple[ClientSession, int]  # a subscription: whose, and its request id
NO_REQUEST_ID = -1  # in the key of a subscription that a client can have only once


class SubscriptionTable(dict[Key, T]):
    """What clients have subscribed to, by client and request id, in the order of their requests.

    `on_end` is called with each entry that has just been taken out by `end` or `end_all`.
    """

    def __init__(self, on_end: Callable[[T], None] | None = None) -> None:
        super().__init__()
        self._on_end = on_end

    def end(self, key: Key) -> bool:
        """Take an entry out. Return False if there was none."""
        if key not in self:
            return False
        entry = self.pop(key)
        if self._on_end is not None:
            self._on_end(entry)
        return True

    def end_all(self, client: ClientSession) -> None:
        """Take out all entries of a client."""
        for key in [key for key in self if key[0] is client]:
            self.end(key)

    def count(self, client: ClientSession) -> int:
        """Return how many entries a client has."""
        return sum(owner is client for owner, _ in self)


class Service:
    """A part of TWS that answers requests. A subclass lists in `tables` what it keeps for
    clients.
    """

    tables: Sequence[SubscriptionTable[Any]] = ()

    def handlers(self) -> Mapping[str, Handler]:
        """Return the functions that answer its requests, by EClient method name."""
        raise NotImplementedError

    def on_disconnect(self, client: ClientSession) -> None:
        """End everything that a client has subscribed to, because the client has gone."""
        for table in self.tables:
            table.end_all(client)


class ClientRegistry:
    """The clients that have said their client id; each id is there once."""

    def __init__(self) -> None:
        self._clients: dict[int, ClientSession] = {}

    def join(self, client: ClientSession) -> bool:
        """Take a client in. Return False if its client id is in use."""
        return self._clients.setdefault(client.client_id, client) is client

    def leave(self, client: ClientSession) -> None:
        """Take a client out, unless another one has its id."""
        if self._clients.get(client.client_id) is client:
            del self._clients[client.client_id]

    def get(self, client_id: int) -> ClientSession | None:
        """Return the client with this id, or None if it is not connected."""
        return self._clients.get(client_id)

    def __iter__(self) -> Iterator[ClientSession]:
        return iter(list(self._clients.values()))

    def __len__(self) -> int:
        return len(self._clients)
