"""The options of a client: public attributes that the official class does not have.

A program may use one of these names for something of its own (a lock, a dict, a method): what is no
value of the option's kind counts as not set.
"""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from ssl import SSLContext


class Values(NamedTuple):
    """The options as they are at a moment, each checked."""

    queueFrames: int | None
    queueBytes: int | None
    sendTimeout: float | None
    watchdogSeconds: float | None
    ssl_context: SSLContext | None


class Options:
    """Reads the options of a client."""

    def __init__(self, client: object) -> None:
        self._client = weakref.ref(client)

    def read(self) -> Values:
        """Return the options that hold for a connection which is made now."""
        return Values(
            _count(self._get("queueFrames")),
            _count(self._get("queueBytes")),
            _seconds(self._get("sendTimeout")),
            _seconds(self._get("watchdogSeconds")),
            _context(self._get("ssl_context")),
        )

    def connection_lost_code(self) -> int | None:
        """Return the error code of a lost connection; None: no error is made."""
        code = self._get("connectionLostCode")
        if code is None or (isinstance(code, int) and not isinstance(code, bool)):
            return code
        return 507

    def raise_callback_errors(self) -> bool:
        """Return whether an exception of a callback ends the processing."""
        value = self._get("raiseCallbackErrors")
        return isinstance(value, int) and bool(value)

    def _get(self, name: str) -> object:
        return getattr(self._client(), name, None)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _seconds(value: object) -> float | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if 0 < value < math.inf else None


def _context(value: object) -> SSLContext | None:
    return cast("SSLContext", value) if hasattr(value, "wrap_bio") else None


__all__ = ["Options", "Values"]
