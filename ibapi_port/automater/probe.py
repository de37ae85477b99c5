"""Whether the API of a Gateway answers: a handshake by our own client, without a client id."""

from __future__ import annotations

import socket
import threading
from typing import Any

from ..client import EClient
from ..wrapper import EWrapper


class _Prober(EWrapper, EClient):
    """A client that goes as far as the handshake: startApi is never sent, so no id is in use."""

    AsyncEConnect = True

    def __init__(self) -> None:
        EClient.__init__(self, wrapper=self)
        self.said = ""

    def error(self, *args: Any) -> None:
        """Keep what the client says of a connection that fails."""
        texts = [a for a in args if isinstance(a, str) and a]
        if texts:
            self.said = texts[0]


def handshake(port: int, timeout: float = 5.0, host: str = "127.0.0.1") -> tuple[bool, str]:
    """Return whether a Gateway answers, and its server version or what went wrong."""
    client = _Prober()
    timer = threading.Timer(timeout, client.disconnect)
    timer.daemon = True
    timer.start()
    try:
        client.connect(host, port, 0)
        version = client.serverVersion()
        if not version:
            return False, client.said or f"nothing answers at {host}:{port} in {timeout:g} seconds"
        return True, f"server version {version}"
    finally:
        timer.cancel()
        client.disconnect()


def is_taken(port: int) -> bool:
    """Return whether something listens at a port of this machine already."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
