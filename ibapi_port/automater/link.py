"""The line to the agent in the Gateway: JSON lines over a loopback socket, opened with a token."""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

from .signals import CommandFailed, Linked, Signal, WindowSeen
from .tree import node_from

LONGEST_LINE = 16 << 20  # a screenshot is the longest there is
HELLO_TIMEOUT = 5.0
WINDOW_EVENTS = ("opened", "changed", "closed")


def signal_from(pid: int, data: Mapping[str, Any]) -> Signal | None:
    """Return the signal that a line of the agent's is; None if it is no signal."""
    kind = data.get("ev")
    if kind == "awt":
        return Linked(pid)
    if kind in WINDOW_EVENTS:
        tree = data.get("tree")
        if isinstance(tree, Mapping) and isinstance(data.get("title"), str):
            # a title that changes until the window closes: of a tree it is the last one seen
            tree = {**tree, "t": data["title"]}
        return WindowSeen(
            pid,
            str(kind),
            int(data.get("win", 0)),
            int(data.get("show", 0)),
            node_from(tree) if isinstance(tree, Mapping) else None,
        )
    if "error" in data and "re" in data:
        return CommandFailed(pid, str(data.get("do", "")), str(data["error"]))
    return None


class Link:
    """The line to one agent."""

    def __init__(self, sock: socket.socket, pid: int) -> None:
        self.pid = pid
        self._socket = sock
        self._lock = threading.Lock()  # one line is written at a time

    def send(self, command: Mapping[str, Any]) -> bool:
        """Send a command; return False if the line is gone."""
        data = json.dumps(command).encode() + b"\n"
        try:
            with self._lock:
                self._socket.sendall(data)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Listener:
    """Where agents dial in. `heard` is called, from threads of its own, with each line's pid, link
    and data; `lost` with the pid of a line that has ended.
    """

    def __init__(
        self, heard: Callable[[Link, dict[str, Any]], None], lost: Callable[[Link], None]
    ) -> None:
        self.token = secrets.token_hex(16)
        self._heard = heard
        self._lost = lost
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._lock = threading.Lock()  # over _open and _closed
        self._open: set[socket.socket] = set()
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, name="agents", daemon=True)
        self._accepting.start()

    def close(self) -> None:
        """Hang up all lines and wait for the threads."""
        with self._lock:
            self._closed = True
            lines = list(self._open)
        with contextlib.suppress(OSError):  # it wakes accept() on Linux
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):  # and this one elsewhere
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._socket.close()
        for sock in lines:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in [self._accepting, *self._threads]:
            if thread is not threading.current_thread():
                thread.join(HELLO_TIMEOUT)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                if self._closed:
                    sock.close()
                    return
                self._open.add(sock)
            thread = threading.Thread(target=self._serve, args=(sock,), name="agent", daemon=True)
            self._threads = [t for t in self._threads if t.is_alive()]
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        link: Link | None = None
        try:
            sock.settimeout(HELLO_TIMEOUT)
            with sock.makefile("rb") as lines:
                link = self._greet(sock, lines.readline(LONGEST_LINE))
                if link is None:
                    return
                sock.settimeout(None)
                while line := lines.readline(LONGEST_LINE):
                    data = json.loads(line)
                    if isinstance(data, dict):
                        self._heard(link, data)
        except (OSError, ValueError):  # it has ended, or it is no agent
            pass
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()
            if link is not None:
                self._lost(link)

    def _greet(self, sock: socket.socket, line: bytes) -> Link | None:
        """Return the link of an agent that knows the token; None for anybody else."""
        hello = json.loads(line)
        if not isinstance(hello, dict):
            return None
        token = hello.get("token")
        pid = hello.get("pid")
        if not isinstance(token, str) or not isinstance(pid, int):
            return None
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return None
        return Link(sock, pid)
