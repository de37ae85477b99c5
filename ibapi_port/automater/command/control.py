"""The command server: IBC's line protocol on loopback, and ours on top of it.

A line is a command, each answer a line that begins with OK, ERROR or INFO. With a token the first
line has to be `AUTH <token>`. What a running Gateway's own port and token are stands in a file that
only its owner may read.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..config import default_dumps
from ..ini import replace_file

IDLE = 300.0  # seconds that a connection may be silent
LONGEST_LINE = 4096
MOST = 20  # connections at once
Handler = Callable[[str, str], Iterable[str]]


class CommandError(Exception):
    """A running Gateway cannot be asked, or it has refused; the text says why."""


class CommandServer:
    """Listens on loopback. `handle` gets a command in capitals and its argument, and returns the
    lines of the answer; it raises CommandError to refuse.
    """

    def __init__(self, handle: Handler, port: int = 0, token: str = "") -> None:
        self._handle = handle
        self._token = token
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._lock = threading.Lock()  # over _open and _closed
        self._open: set[socket.socket] = set()
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, name="commands", daemon=True)
        self._accepting.start()

    def close(self) -> None:
        """Hang up and wait for the threads."""
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
                sock.shutdown(socket.SHUT_RD)
        for thread in [self._accepting, *self._threads]:
            if thread is not threading.current_thread():
                thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                if self._closed or len(self._open) >= MOST:
                    sock.close()
                    continue
                self._open.add(sock)
            thread = threading.Thread(target=self._serve, args=(sock,), name="command", daemon=True)
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        known = not self._token
        try:
            sock.settimeout(IDLE)
            with sock.makefile("rb") as lines:
                while data := lines.readline(LONGEST_LINE):
                    word, _, rest = data.decode("utf-8", "replace").strip().partition(" ")
                    word = word.upper()
                    if word == "EXIT" or "HTTP/" in rest:
                        break  # a web page may have a browser send lines to any port here
                    if word == "AUTH":
                        known = known or hmac.compare_digest(rest.encode(), self._token.encode())
                        answer = ["OK AUTH" if known else "ERROR the token is wrong"]
                    elif known:
                        answer = self._answer(word, rest.strip())
                    else:
                        answer = ["ERROR AUTH <token> has to come first"]
                    sock.sendall("".join(f"{line}\n" for line in answer).encode())
                    if not known:
                        break
        except OSError:  # the other side is gone, or silent
            pass
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()

    def _answer(self, word: str, argument: str) -> list[str]:
        try:
            return [*self._handle(word, argument)]
        except CommandError as e:
            return [f"ERROR {e}"]


# --- how the command finds a Gateway that runs ---


def state_directory() -> Path:
    """Return where it is written which Gateways run."""
    return Path(default_dumps())


def state_path(name: str) -> Path:
    """Return the file of one Gateway, by the name of its settings."""
    return state_directory() / f"{name}.json"


def log_path(name: str) -> Path:
    """Return the file that `gateway start` has the output written to."""
    return state_directory() / f"{name}.log"


def write_state(name: str, port: int, token: str) -> None:
    """Write down how a Gateway is reached: for its owner alone."""
    path = state_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps({"pid": os.getpid(), "port": port, "token": token})
    replace_file(path, data.encode())  # made with mode 0600


def ask(name: str, command: str, timeout: float = 30.0) -> list[str]:
    """Send a command to a Gateway that runs; return the lines of the answer.

    Raise CommandError if none runs, or it has refused.
    """
    try:
        state = json.loads(state_path(name).read_text(encoding="utf-8"))
        port = int(state["port"])
        token = str(state["token"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError(f"no Gateway {name!r} runs by this command") from None
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as sock:
            sock.sendall(f"AUTH {token}\n{command}\nEXIT\n".encode())
            text = sock.makefile("r", encoding="utf-8").read()
    except OSError as e:
        raise CommandError(
            f"the Gateway {name!r} does not answer ({e}); if it does not run, "
            f"delete {state_path(name)}"
        ) from None
    lines = text.splitlines()
    if lines[:1] != ["OK AUTH"]:
        raise CommandError(f"another program answers at the port of the Gateway {name!r}")
    refused = [line.partition(" ")[2] for line in lines if line.startswith("ERROR")]
    if refused:
        raise CommandError(refused[0])
    return lines[1:]


def is_running(name: str) -> bool:
    """Return whether a Gateway of this name runs and answers."""
    try:
        ask(name, "INFO", timeout=5.0)
    except CommandError:
        return False
    return True


def info(name: str) -> dict[str, Any]:
    """Return the status of a Gateway that runs. Raise CommandError if none does."""
    for line in ask(name, "INFO"):
        word, _, rest = line.partition(" ")
        if word == "INFO":
            found: dict[str, Any] = json.loads(rest)
            return found
    raise CommandError(f"the Gateway {name!r} has not told its status")
