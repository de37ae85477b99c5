"""A connection that the program makes itself: clients on asyncio and the like put an object of
their own in `conn`.

Officially such a client sets `conn` (which has `sendMsg(bytes)`), `serverVersion_` and the state by
hand, sends requests as any other, and hands what it reads to `decoder.interpret`. Here it may, too:
nothing of a Session is behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..protocol.select import codec_for
from ..protocol.text.codec import Codec

CONNECTED = 2  # as EClient.connState has it


class OwnTransport:
    """What the core knows of a program's own connection."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """`tell` makes a callback without arguments."""
        self.state = 0  # what the program has set by setConnState
        self._tell = tell

    def of(self, client: object) -> Any:
        """Return the program's own connection, or None where `conn` is none of its own. It may be
        a Connection that the program has made.
        """
        conn = getattr(client, "conn", None)
        return (
            None
            if conn is None
            or getattr(conn, "is_clients", False) is True
            or not hasattr(conn, "sendMsg")
            else conn
        )

    def is_connected(self, client: object) -> bool:
        """Return whether the program says that its own connection is up."""
        conn = self.of(client)
        if conn is None or self.state != CONNECTED:
            return False
        is_connected = getattr(conn, "isConnected", None)
        return bool(is_connected()) if callable(is_connected) and conn is not client else True

    def close(self, client: Any) -> bool:
        """End the program's own connection by its `disconnect`, tell `connectionClosed`, and reset
        the client, as officially. False: there is none.
        """
        conn = self.of(client)
        if conn is None:
            return False
        self.state = 0
        client.conn = None  # at once: a callback may disconnect again
        disconnect = getattr(conn, "disconnect", None)
        try:
            if callable(disconnect) and conn is not client:
                disconnect()
        finally:
            self._tell("connectionClosed")
            client.reset()
        return True

    def codec(self, client: object) -> Codec | None:
        """Return the codec of the version that the program has set; None where it has set none."""
        version = getattr(client, "serverVersion_", None)
        return (
            codec_for(version) if isinstance(version, int) and self.of(client) is not None else None
        )


__all__ = ["OwnTransport"]
