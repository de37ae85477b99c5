"""The addresses of a host, within a deadline."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

Address: TypeAlias = tuple[Any, ...]  # as socket.getaddrinfo returns it

LOCAL = "127.0.0.1"  # what a blank host means


LOOK = 0.05  # seconds after which a wait looks whether it is still wanted


def addresses_of(
    host: str | bytes | None,
    port: int,
    seconds: float,
    given_up: Callable[[], bool] = lambda: False,
) -> list[Address]:
    """Return the addresses of a host and port. OSError: it has none, or they were not found in
    time.

    The system's look-up cannot be interrupted: it runs in a thread of its own, which is left alone
    when the time is over.
    """
    name = host if host else LOCAL
    # As text a name goes through the codec for names in other scripts, which takes longer to import
    # than all of this.
    raw = name.encode() if isinstance(name, str) and name.isascii() else name
    found: list[list[Address] | BaseException] = []

    def look_up() -> None:
        try:
            found.append(list(socket.getaddrinfo(raw, port, type=socket.SOCK_STREAM)))
        except BaseException as e:  # raised again in the thread that waits
            found.append(e)

    thread = threading.Thread(target=look_up, name="getaddrinfo", daemon=True)
    try:
        thread.start()
    except (
        RuntimeError,
        MemoryError,
    ):
        # the system has no thread left: the look-up may then take longer than the deadline
        look_up()
    else:
        end = time.monotonic() + seconds
        while thread.is_alive() and not given_up() and (left := end - time.monotonic()) > 0:
            thread.join(min(left, LOOK))
    if not found:
        raise TimeoutError
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


__all__ = ["LOCAL", "addresses_of"]
