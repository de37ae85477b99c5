"""What the supervisor needs to know of requests, made of the conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..error_codes import lookup
from ..protocol.schema.conversations import (
    ANY,
    CONVERSATIONS,
    Conversation,
    Key,
    Kind,
    is_warning,
)
from ..protocol.schema.messages import REQUESTS

# Commands that change what TWS sends for as long as the connection lasts.
SETTINGS = ("setServerLogLevel", "reqMarketDataType", "reqAutoOpenOrders")
# In which order requests are repeated: what changes the meaning of the later ones comes first.
RANKS = (
    SETTINGS,
    ("reqAccountUpdates", "reqAccountUpdatesMulti", "reqAccountSummary", "reqPnL", "reqPnLSingle"),
    ("reqPositions", "reqPositionsMulti"),
)
SUMMARIES = ("reqAccountSummary",)
DEPTH = ("reqMktDepth",)
# Whose callbacks come with ticks, too: they are heard only while such a request is open.
COMPUTATIONS = ("calculateImpliedVolatility", "calculateOptionPrice")
COMPUTED = "tickOptionComputation"
# Streams whose silence can be told from an empty market at least after a while.
STREAMS = frozenset({"reqMktData", "reqMktDepth", "reqTickByTickData", "reqRealTimeBars"})

# Errors by which TWS cuts one stream, which then can be had again.
CUT = frozenset({316, 10182, 10225})
# Errors that come with the id of a stream, and after which it still is there: a duplicate was
# refused, another session has the data for now, the book begins anew.
_GOES_ON = frozenset({102, 317, 10197}) | CUT
_DUPLICATE = 322


def is_protobuf(arguments: tuple[Any, ...]) -> bool:
    """Return whether a request was made by its Protocol Buffers message."""
    return len(arguments) == 1 and hasattr(arguments[0], "SerializeToString")


def value_of(request: str, arguments: tuple[Any, ...], argument: str) -> Any:
    """Return the value of an argument of a request, in either form."""
    if is_protobuf(arguments):
        return getattr(arguments[0], argument, None)
    return arguments[REQUESTS[request].arguments.index(argument)]


def id_of(request: str, arguments: tuple[Any, ...]) -> int | None:
    """Return the id of a request; None if it has none, or one that is no number."""
    argument = REQUESTS[request].id_argument
    if argument is None:
        return None
    value = getattr(arguments[0], "reqId", None) if is_protobuf(arguments) else None
    if value is None:
        value = value_of(request, arguments, argument)
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def conversation(request: str, arguments: tuple[Any, ...]) -> Conversation:
    """Return the conversation that a request begins, in either form."""
    entries = CONVERSATIONS[request]
    for entry in entries:
        if entry.when is not None:
            name, values = entry.when
            given = value_of(request, arguments, name)
            if (given if isinstance(given, str) else bool(given)) in values:
                return entry
    return next(entry for entry in entries if entry.when is None)


def same(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    """Return whether two requests have the same arguments, objects by their attributes."""
    return len(first) == len(second) and all(
        _plain(a) == _plain(b) for a, b in zip(first, second, strict=True)
    )


def _plain(value: Any) -> Any:
    if hasattr(value, "SerializeToString"):
        return value.SerializeToString()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if hasattr(value, "__dict__"):
        return type(value), {name: _plain(each) for name, each in vars(value).items()}
    return value


def rank(request: str) -> int:
    return next((n for n, names in enumerate(RANKS) if request in names), len(RANKS))


def is_final(code: int, text: str) -> bool:
    if code in _GOES_ON or is_warning(code):
        return False
    if code == _DUPLICATE and "duplicate" in text.lower():
        return False
    advice = lookup(code, text)
    return advice is None or advice.effect == "request"


def _cancels() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, entries in CONVERSATIONS.items():
        for entry in entries:
            if entry.cancel not in ("", name) and entry.kind is not Kind.ORDER:
                there = found.get(entry.cancel, ())
                found[entry.cancel] = (*there, name) if name not in there else there
    return found


CANCELS = _cancels()


def _of(kind: Kind) -> Iterable[Conversation]:
    return (e for entries in CONVERSATIONS.values() for e in entries if e.kind is kind)


# Requests that may be made again, as they change nothing and cost nothing.
RETRIED = frozenset(
    each.request
    for each in _of(Kind.ONE_SHOT)
    if each.repeatable
    and each.key is Key.REQUEST
    and each.request not in ("reqMktData", "reqExecutions", *COMPUTATIONS)
)
# The callbacks that end a request for one answer.
ENDS = frozenset(
    callback
    for each in _of(Kind.ONE_SHOT)
    for callback in (each.answers if each.end == ANY else (each.end,))
) - {COMPUTED}
# The callbacks that end the first set of a request whose changes follow.
STATE_ENDS = frozenset(each.end for each in _of(Kind.STATE))
# The callbacks that bring a part of the answer to one that may be made again.
ROWS = frozenset(
    callback for each in _of(Kind.ONE_SHOT) if each.request in RETRIED for callback in each.answers
)
# The callbacks of streams.
DATA = frozenset(
    callback for each in _of(Kind.STANDING) if each.request in STREAMS for callback in each.answers
)


__all__ = [
    "CANCELS",
    "COMPUTATIONS",
    "COMPUTED",
    "CUT",
    "DATA",
    "DEPTH",
    "ENDS",
    "RETRIED",
    "ROWS",
    "SETTINGS",
    "STATE_ENDS",
    "STREAMS",
    "SUMMARIES",
    "conversation",
    "id_of",
    "is_final",
    "is_protobuf",
    "rank",
    "same",
    "value_of",
]
