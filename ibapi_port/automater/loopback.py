"""A small server on loopback: a thread that accepts, and one for each connection.

The line to the agent (link.py) and the command server (command/control.py) are made of it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from abc import ABC, abstractmethod

logger = logging.getLogger("ibapi_port.automater")


class TooLong(ValueError):
    """A line is longer than it may be; what comes after it on the connection is no line either."""


class Lines:
    """The lines of a connection, without their ends.

    `read` raises TooLong for a line that is longer than `limit`, and OSError if the other side is
    silent for too long. What is left of a line when the connection ends is no line.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._data = bytearray()
        self._searched = 0  # no end of a line is before this place

    def read(self, limit: int, seconds: float | None, whole: bool = False) -> bytes | None:
        """Return the next line; None if the connection has ended.

        `seconds` is how long the other side may be silent; with `whole` how long the line may take.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while (place := self._data.find(b"\n", self._searched)) < 0:
            self._searched = len(self._data)
            if self._searched > limit:
                raise TooLong(f"a line is longer than {limit} bytes")
            left = seconds if not whole or end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("the line has not come in time")
            self._socket.settimeout(left)
            part = self._socket.recv(65536)
            if not part:
                return None
            self._data += part
        if place > limit:
            raise TooLong(f"a line is longer than {limit} bytes")
        line = bytes(self._data[:place])
        del self._data[: place + 1]
        self._searched = 0
        return line.rstrip(b"\r")


class LoopbackServer(ABC):
    """Listens on loopback from when it is made. `serve` is called in a thread per connection.

    There are at most `most` connections. One more takes the place of the oldest that has not said
    yet who it is (see `known`), so that others cannot keep out who belongs here by being silent.
    """

    def __init__(self, name: str, port: int, most: int) -> None:
        self._name = name
        self._most = most
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._lock = threading.Lock()  # over the three below
        self._open: dict[socket.socket, bool] = {}  # whether it is known, the oldest first
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, name=f"{name}s", daemon=True)
        self._accepting.start()

    @abstractmethod
    def serve(self, sock: socket.socket) -> None:
        """Talk on a connection until it ends. It is closed by who calls this."""

    def known(self, sock: socket.socket) -> None:
        """Say that a connection is of somebody who belongs here."""
        with self._lock:
            if sock in self._open:
                self._open[sock] = True

    def close(self, how: int = socket.SHUT_RDWR) -> None:
        """Hang up and wait for the threads. With SHUT_RD what is being answered is answered."""
        with self._lock:
            self._closed = True
            lines = list(self._open)
            threads = list(self._threads)
        with contextlib.suppress(OSError):  # it wakes accept() on Linux
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):  # and this one elsewhere
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._socket.close()
        for sock in lines:
            _hang_up(sock, how)
        for thread in [self._accepting, *threads]:
            if thread is not threading.current_thread():
                thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except ConnectionAbortedError:  # it has hung up before it was its turn
                continue
            except OSError:
                if self._closed:
                    return
                # too many files are open, for now: without a pause this would be a busy loop
                logger.exception("the %s server cannot accept", self._name)
                time.sleep(0.2)
                continue
            if not self._take(sock):
                sock.close()

    def _take(self, sock: socket.socket) -> bool:
        """Begin to serve a connection. Return False if there is no place for it."""
        thread = threading.Thread(target=self._run, args=(sock,), name=self._name, daemon=True)
        with self._lock:
            if self._closed:
                return False
            if len(self._open) >= self._most:
                strangers = [s for s, known in self._open.items() if not known]
                if not strangers:
                    return False
                del self._open[strangers[0]]
                _hang_up(strangers[0], socket.SHUT_RDWR)  # its thread closes it
            self._open[sock] = False
            self._threads = [t for t in self._threads if t.is_alive()]
            try:
                thread.start()
            except RuntimeError:  # there can be no more threads
                del self._open[sock]
                return False
            self._threads.append(thread)
        return True

    def _run(self, sock: socket.socket) -> None:
        try:
            self.serve(sock)
        except (OSError, ValueError, RecursionError):
            pass  # the other side is gone or silent, or it is none that is expected here
        except Exception:  # whatever it is: it concerns one connection alone
            logger.exception("a connection to the %s server failed", self._name)
        finally:
            with self._lock:
                self._open.pop(sock, None)
            sock.close()


def _hang_up(sock: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(how)


def object_in(line: bytes) -> dict[str, object] | None:
    """Return the JSON object that a line is; None if it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):  # brackets in brackets, thousands of them
        return None
    return found if isinstance(found, dict) else None
