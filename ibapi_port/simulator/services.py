"""What the parts of the simulated TWS know of a client: no socket, no bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, Protocol


class Peer(Protocol):
    """A connected client program."""

    client_id: int
    server_version: int

    def send(self, name: str, **values: Any) -> None:
        """Send a message: its EWrapper callback's name and parameters."""

    def error(self, req_id: int, code: int, text: str) -> None:
        """Send an `error`; `req_id` -1 where no request of the client's is meant."""


Values = Mapping[str, Any]  # a request's values by the EClient method's parameter names
Handler = Callable[[Peer, Values], None]
Key = tuple[Peer, int]  # a subscription: whose, and its request id


class Service(Protocol):
    """A part of TWS that answers requests."""

    def handlers(self) -> Mapping[str, Handler]:
        """The requests that it answers, by EClient method name."""

    def forget(self, peer: Peer) -> None:
        """The client has gone: drop its subscriptions."""


def forget(table: MutableMapping[Key, Any], peer: Peer) -> None:
    """Drop the client's entries."""
    for key in [key for key in table if key[0] is peer]:
        del table[key]


class Roster:
    """The clients that have said their client id; each id is there once."""

    def __init__(self) -> None:
        self._peers: dict[int, Peer] = {}

    def join(self, peer: Peer) -> bool:
        """False if the client id is in use."""
        return self._peers.setdefault(peer.client_id, peer) is peer

    def leave(self, peer: Peer) -> None:
        if self._peers.get(peer.client_id) is peer:
            del self._peers[peer.client_id]

    def get(self, client_id: int) -> Peer | None:
        return self._peers.get(client_id)

    def __iter__(self) -> Iterator[Peer]:
        return iter(list(self._peers.values()))

    def __len__(self) -> int:
        return len(self._peers)
