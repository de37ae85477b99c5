"""A connection that the program makes itself: clients on asyncio and the like put an object of
their own in `conn`.

Officially such a client sets `conn` (which has `sendMsg(bytes)`), `serverVersion_` and the state by
hand, sends requests as any other, and hands what it reads to `decoder.interpret`. Here it may, too:
nothing of a Session is behind it.
"""

from __future__ import annotations

from typing import Any

from ..protocol.select import codec_for
from ..protocol.text.codec import Codec
from .transport import Connection

CONNECTED = 2  # as EClient.connState has it


class OwnTransport:
    """What the core knows of a program's own connection."""

    def __init__(self) -> None:
        self.state = 0  # what the program has set by setConnState

    def of(self, client: object) -> Any:
        """Return the program's own connection, or None where `conn` is none of its own."""
        conn = getattr(client, "conn", None)
        return (
            None
            if conn is None or isinstance(conn, Connection) or not hasattr(conn, "sendMsg")
            else conn
        )

    def is_connected(self, client: object) -> bool:
        """Return whether the program says that its own connection is up."""
        conn = self.of(client)
        if conn is None or self.state != CONNECTED:
            return False
        is_connected = getattr(conn, "isConnected", None)
        return bool(is_connected()) if callable(is_connected) and conn is not client else True

    def codec(self, client: object) -> Codec | None:
        """Return the codec of the version that the program has set; None where it has set none."""
        version = getattr(client, "serverVersion_", None)
        return (
            codec_for(version) if isinstance(version, int) and self.of(client) is not None else None
        )


__all__ = ["OwnTransport"]
