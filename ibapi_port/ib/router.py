"""The wrapper of the engine's client: each callback goes to `receive(name, key, arguments)`."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from ..protocol.schema.conversations import CONVERSATIONS, OTHER_NAMES, UNSOLICITED, Key
from ..protocol.schema.messages import REQUESTS
from ..wrapper import EWrapper

Receive = Callable[[str, int | None, tuple[object, ...]], None]


class Router(EWrapper):
    """An EWrapper whose callbacks all go to one function, with the id that they begin with, if any.

    The methods are made from EWrapper's own by `_make`, with the same parameters: so the decoder
    calls them in their newest form without an adapter.
    """

    def __init__(self, receive: Receive) -> None:
        super().__init__()
        self.receive = receive


# callbacks with one object that has the id in it
HOLD_THEIR_ID = frozenset({"configResponseProtoBuf", "updateConfigResponseProtoBuf"})


def keyed_callbacks() -> frozenset[str]:
    """Return the callbacks whose first argument is the id of the request that they answer."""
    return frozenset(
        name
        for entries in CONVERSATIONS.values()
        for entry in entries
        for name in entry.answers
        if _first_parameter(name) in _IDS and (entry.key is Key.REQUEST)
    )


_IDS = frozenset({"reqId", "tickerId", "requestId"})


def _first_parameter(callback: str) -> str:
    return next(iter(list(inspect.signature(getattr(EWrapper, callback)).parameters)[1:]), "")


def _make(name: str, keyed: bool) -> Callable[..., None]:
    """Return the method for a callback, compiled with EWrapper's own parameter names."""
    parameters = list(inspect.signature(getattr(EWrapper, name)).parameters)[1:]
    rest = parameters[1:] if keyed else parameters
    key = parameters[0] if keyed else "None"
    if name in HOLD_THEIR_ID:
        key = f"{parameters[0]}.reqId"
    tuple_text = f"({', '.join(rest)}{',' if rest else ''})"
    source = (
        f"def {name}(self, {', '.join(parameters)}):\n"
        f"    self.receive({name!r}, {key}, {tuple_text})\n"
    )
    namespace: dict[str, Callable[..., None]] = {}
    exec(compile(source, f"<ibapi_port ib {name}>", "exec"), namespace)
    return namespace[name]


def _install() -> None:
    keyed = keyed_callbacks()
    answers = {name for entries in CONVERSATIONS.values() for e in entries for name in e.answers}
    for name in sorted(answers | UNSOLICITED - {"winError"}):
        if name not in OTHER_NAMES:
            setattr(Router, name, _make(name, name in keyed))


_install()

# requests of which the id is the first argument; all others have none, or an order's
KEYED_REQUESTS = frozenset(
    name for name, request in REQUESTS.items() if request.id_argument not in (None, "orderId")
)

__all__ = ["KEYED_REQUESTS", "Receive", "Router", "keyed_callbacks"]
