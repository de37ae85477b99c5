"""Callbacks that all go to one method: made of EWrapper's own, with the same parameters, so that
the client calls them in their newest form without an adapter.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from ..protocol.schema.conversations import CONVERSATIONS, Key
from ..wrapper import EWrapper

_IDS = frozenset({"reqId", "tickerId", "requestId"})


def keyed_callbacks() -> frozenset[str]:
    """Return the callbacks whose first argument is the id of the request that they answer."""
    return frozenset(
        name
        for entries in CONVERSATIONS.values()
        for entry in entries
        for name in entry.answers
        if entry.key is Key.REQUEST and parameters_of(name)[:1] and parameters_of(name)[0] in _IDS
    )


def parameters_of(callback: str) -> list[str]:
    """Return the parameters of a callback, as EWrapper has them."""
    return list(inspect.signature(getattr(EWrapper, callback)).parameters)[1:]


def forwarder(
    callback: str, method: str, keyed: bool, holds: str = "", streams: str = ""
) -> Callable[..., None]:
    """Return the callback that calls `self.<method>(callback, key, arguments)`. The key is the
    first argument of a keyed one, which is not among the others then, or the attribute of it that
    `holds` names; else None. What `self.<streams>` has under the key gets the callback instead.
    """
    parameters = parameters_of(callback)
    rest = parameters[1:] if keyed else parameters
    key = parameters[0] if keyed else "None"
    if holds:
        key = f"{parameters[0]}.{holds}"
    values = f"({', '.join(rest)}{',' if rest else ''})"
    source = f"def {callback}(self{''.join(f', {name}' for name in parameters)}):\n"
    if streams and key != "None":  # ticks above all: no call more than needed
        source += f"    stream = self.{streams}.get({key})\n"
        source += f"    if stream is not None: return stream.receive({callback!r}, {values})\n"
    source += f"    self.{method}({callback!r}, {key}, {values})\n"
    namespace: dict[str, Callable[..., None]] = {}
    exec(compile(source, f"<ibapi_port {callback}>", "exec"), namespace)
    made = namespace[callback]
    made.takes_newest = True  # type: ignore[attr-defined]
    return made


__all__ = ["forwarder", "keyed_callbacks", "parameters_of"]
