"""The command server: IBC's line protocol on loopback, and ours on top of it.

A line is a command, each answer a line that begins with OK, ERROR or INFO. With a token the first
line has to be `AUTH <token>`. What a running Gateway's own port and token are stands in a file that
only its owner may read.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..config import default_dumps
from ..ini import replace_file
from ..loopback import Lines, LoopbackServer, TooLong

logger = logging.getLogger("ibapi_port.automater")
IDLE = 300.0  # seconds that a connection may be silent
LONGEST_LINE = 4096
MOST = 20  # connections at once
Handler = Callable[[str, str], Iterable[str]]


class CommandError(Exception):
    """A running Gateway cannot be asked, or it has refused; the text says why."""


class CommandServer(LoopbackServer):
    """Listens on loopback. `handle` gets a command in capitals and its argument, and returns the
    lines of the answer; it raises CommandError to refuse.
    """

    def __init__(self, handle: Handler, port: int = 0, token: str = "") -> None:
        self._handle = handle
        self._token = token
        super().__init__("command", port, MOST)

    def close(self, how: int = socket.SHUT_RD) -> None:
        """Hang up, after what is being answered, and wait for the threads."""
        super().close(how)

    def serve(self, sock: socket.socket) -> None:
        """Take commands; the first one has to be AUTH where there is a token."""
        known = not self._token
        lines = Lines(sock)
        while (data := self._line(lines)) is not None:
            word, _, rest = data.decode("utf-8", "replace").strip().partition(" ")
            word = word.upper()
            if word == "EXIT" or "HTTP/" in f"{word} {rest}".upper():
                return  # a web page may have a browser send lines to any port here
            if word == "AUTH":
                known = known or hmac.compare_digest(rest.encode(), self._token.encode())
                answer = ["OK AUTH" if known else "ERROR the token is wrong"]
            elif known:
                answer = self._answer(word, rest.strip())
            else:
                answer = ["ERROR AUTH <token> has to come first"]
            text = "".join(" ".join(line.splitlines()) + "\n" for line in answer)
            sock.sendall(text.encode("utf-8", "replace"))
            if not known:
                return
            self.known(sock)

    def _line(self, lines: Lines) -> bytes | None:
        try:
            return lines.read(LONGEST_LINE, IDLE)
        except TooLong:
            # What follows must not be taken for commands: a browser can be made to send a request
            # whose first line is so long, and any lines after it.
            return None

    def _answer(self, word: str, argument: str) -> list[str]:
        try:
            return [*self._handle(word, argument)]
        except CommandError as e:
            return [f"ERROR {e}"]
        except Exception as e:  # the disk is full, ...: who asks has to hear of it
            logger.exception("the command %s failed", word[:40])
            return [f"ERROR {word[:40]} failed: {e}"]


# --- how the command finds a Gateway that runs ---


def state_directory() -> Path:
    """Return where it is written which Gateways run."""
    return Path(default_dumps())


def state_path(name: str) -> Path:
    """Return the file of one Gateway, by the name of its settings."""
    return state_directory() / f"{name}.json"


def lock_path(name: str) -> Path:
    """Return the file that a running Gateway has locked."""
    return state_directory() / f"{name}.lock"


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
    if not any(line.startswith("OK ") for line in lines[1:]):
        raise CommandError(f"the Gateway {name!r} has hung up without an answer")
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
