"""What lets the system notice that the other host is gone, while nothing is sent and while
something is.
"""

from __future__ import annotations

import contextlib
import socket
import sys

IDLE, INTERVAL, PROBES = 60, 10, 3  # seconds, seconds, probes: a dead host is noticed in 90 s
UNACKNOWLEDGED = IDLE + INTERVAL * PROBES  # seconds that sent bytes may stay without an answer

_TCP_RXT_CONNDROPTIME = 0x80  # macOS; in seconds
_TCP_MAXRT = 5  # Windows; in seconds


def probe_when_silent(sock: socket.socket) -> None:
    """Switch TCP keepalive on, and where the system lets one choose, make it notice in
    `UNACKNOWLEDGED` seconds.

    Keepalive rests while sent bytes are unacknowledged, so these have a limit of their own.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", IDLE),
        ("TCP_KEEPALIVE", IDLE),  # macOS
        ("TCP_KEEPINTVL", INTERVAL),
        ("TCP_KEEPCNT", PROBES),
    ):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    # an old system: the retransmissions end after its own, longer time
    with contextlib.suppress(OSError):
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            option = socket.TCP_USER_TIMEOUT
            sock.setsockopt(socket.IPPROTO_TCP, option, UNACKNOWLEDGED * 1000)
        elif sys.platform == "darwin":
            sock.setsockopt(socket.IPPROTO_TCP, _TCP_RXT_CONNDROPTIME, UNACKNOWLEDGED)
        elif sys.platform == "win32":
            sock.setsockopt(socket.IPPROTO_TCP, _TCP_MAXRT, UNACKNOWLEDGED)


__all__ = ["UNACKNOWLEDGED", "probe_when_silent"]
