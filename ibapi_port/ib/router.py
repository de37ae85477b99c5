"""The wrapper of the engine's client: each callback goes to `receive(name, key, arguments)`."""

from __future__ import annotations

from collections.abc import Callable

from .._client.forwarding import forwarder, keyed_callbacks
from ..protocol.schema.conversations import CONVERSATIONS, OTHER_NAMES, UNSOLICITED
from ..protocol.schema.messages import REQUESTS
from ..wrapper import EWrapper

Receive = Callable[[str, int | None, tuple[object, ...]], None]


class Router(EWrapper):
    """An EWrapper whose callbacks all go to one function, with the id that they begin with, if any.

    The methods are made of EWrapper's own, with the same parameters.
    """

    def __init__(self, receive: Receive) -> None:
        super().__init__()
        self.receive = receive


# callbacks with one object that has the id in it
HOLD_THEIR_ID = frozenset({"configResponseProtoBuf", "updateConfigResponseProtoBuf"})


def _install() -> None:
    keyed = keyed_callbacks()
    answers = {name for entries in CONVERSATIONS.values() for e in entries for name in e.answers}
    for name in sorted(answers | UNSOLICITED - {"winError"}):
        if name not in OTHER_NAMES:
            holds = "reqId" if name in HOLD_THEIR_ID else ""
            setattr(Router, name, forwarder(name, "receive", name in keyed, holds))


_install()

# requests of which the id is the first argument; all others have none, or an order's
KEYED_REQUESTS = frozenset(
    name for name, request in REQUESTS.items() if request.id_argument not in (None, "orderId")
)

__all__ = ["KEYED_REQUESTS", "Receive", "Router"]
