"""Whether TWS is still there: a connection may be dead without a sign, behind a tunnel or a router that has forgotten it."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection


class Watchdog:
    """Asks TWS for the time after as many seconds of silence; after as many more it is taken for gone."""

    def __init__(self, seconds: float, ask: Callable[[], None]) -> None:
        self.seconds, self._ask = seconds, ask

    def wait(self, conn: Connection) -> bool:
        """Wait until there is something to read. False: TWS is gone."""
        sock = conn.socket
        if sock is None or conn.closed_by_us:
            return True  # reading tells
        with selectors.DefaultSelector() as selector:
            selector.register(sock.fileno(), selectors.EVENT_READ)
            if selector.select(self.seconds):
                return True
            self._ask()
            return bool(selector.select(self.seconds))


KEEPALIVE_IDLE, KEEPALIVE_INTERVAL, KEEPALIVE_PROBES = 60, 10, 3  # seconds, seconds, probes: a dead host is noticed in 90 s


def probe_when_silent(sock: socket.socket) -> None:
    """TCP keepalive, and where the system lets one choose, soon."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_IDLE),
        ("TCP_KEEPALIVE", KEEPALIVE_IDLE),  # macOS
        ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES),
    ):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
