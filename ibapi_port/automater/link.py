"""The line to the agent in the Gateway: JSON lines over a loopback socket, opened with a token."""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

from .loopback import Lines, LoopbackServer, TooLong, object_in
from .signals import CommandFailed, Linked, Signal, WindowSeen
from .tree import node_from

logger = logging.getLogger("ibapi_port.automater")
LONGEST_LINE = 16 << 20  # a screenshot is the longest there is
LONGEST_HELLO = 1000  # of somebody who may be anybody
HELLO_TIMEOUT = 5.0
SEND_TIMEOUT = 5.0  # a process that was stopped takes nothing; the automater must not wait for it
MOST = 20  # connections at once: a Gateway has one agent, two while it restarts itself
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
        """Send a command; return False if the line is gone, or the other side takes nothing."""
        data = json.dumps(command).encode() + b"\n"
        try:
            with self._lock:
                self._socket.sendall(data)
        except OSError:  # half a command may have gone out: nothing can follow it
            self.close()
            return False
        return True

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


class Listener(LoopbackServer):
    """Where agents dial in. `heard` is called, from threads of its own, with each line's link and
    data; `lost` with the link of a line that has ended.
    """

    def __init__(
        self, heard: Callable[[Link, dict[str, Any]], None], lost: Callable[[Link], None]
    ) -> None:
        self.token = secrets.token_hex(16)
        self._heard = heard
        self._lost = lost
        super().__init__("agent", 0, MOST)

    def serve(self, sock: socket.socket) -> None:
        """Hear an agent, once it has said the token."""
        lines = Lines(sock)
        link = self._greet(sock, lines.read(LONGEST_HELLO, HELLO_TIMEOUT, whole=True))
        if link is None:
            return
        self.known(sock)
        try:
            self._listen(link, lines)
        finally:
            self._lost(link)

    def _listen(self, link: Link, lines: Lines) -> None:
        while True:
            try:
                line = lines.read(LONGEST_LINE, SEND_TIMEOUT)
            except TimeoutError:  # an agent may be silent; the limit is for what is sent to it
                continue
            except TooLong as e:
                logger.error("the agent of process %d: %s", link.pid, e)
                return
            if line is None:
                return
            data = object_in(line)
            if data is None:
                logger.error("the agent of process %d has sent what is no line", link.pid)
                continue
            try:
                self._heard(link, data)
            except Exception:  # whatever it is: without its agent the Gateway is left alone
                logger.exception("a line of the agent of process %d failed", link.pid)

    def _greet(self, sock: socket.socket, line: bytes | None) -> Link | None:
        """Return the link of an agent that knows the token; None for anybody else."""
        hello = object_in(line or b"")
        if hello is None:
            return None
        token = hello.get("token")
        pid = hello.get("pid")
        # by this number its process group is ended later: it has to be that of a program
        if not isinstance(token, str) or type(pid) is not int or pid <= 1:
            return None
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode()):
            return None
        return Link(sock, pid)
