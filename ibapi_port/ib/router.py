"""The wrapper of the engine's client: a callback whose id is that of a stream goes to the stream,
any other one to `receive(name, key, arguments)`, with the id that it begins with, if any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from .._client.forwarding import forwarder, keyed_callbacks
from ..protocol.schema.conversations import CONVERSATIONS, OTHER_NAMES, UNSOLICITED
from ..protocol.schema.messages import REQUESTS
from ..wrapper import EWrapper

Receive = Callable[[str, int | None, tuple[object, ...]], None]


class Receiver(Protocol):
    """A stream."""

    def receive(self, name: str, arguments: tuple[object, ...]) -> None: ...


class Router(EWrapper):
    """An EWrapper whose callbacks go to a stream, or to one function.

    The methods are made of EWrapper's own, with the same parameters.
    """

    def __init__(self, receive: Receive, streams: Mapping[int, Receiver]) -> None:
        super().__init__()
        self.receive = receive
        self.streams = streams


# callbacks with one object that has the id in it
HOLD_THEIR_ID = frozenset({"configResponseProtoBuf", "updateConfigResponseProtoBuf"})


def _install() -> None:
    keyed = keyed_callbacks()
    answers = {name for entries in CONVERSATIONS.values() for e in entries for name in e.answers}
    for name in sorted(answers | UNSOLICITED - {"winError"}):
        if name not in OTHER_NAMES:
            holds = "reqId" if name in HOLD_THEIR_ID else ""
            setattr(Router, name, forwarder(name, "receive", name in keyed, holds, "streams"))


_install()

# requests of which the id is the first argument; all others have none, or an order's
KEYED_REQUESTS = frozenset(
    name for name, request in REQUESTS.items() if request.id_argument not in (None, "orderId")
)

__all__ = ["KEYED_REQUESTS", "Receive", "Router"]
