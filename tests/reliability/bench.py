"""What a case works with: a program on whichever client package, and the scripted TWS. Standard
library only.

A case is a function of a `Bench`, named after its row in the list of faults (README.md here) and
registered by `@case`. It passes by returning; AssertionError says why it failed.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import inspect
import logging
import os
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .hostile import HOST, WAIT, Peer, Play, ScriptedTws, answer_to_hello, raw

SOON = float(
    os.environ.get("RELIABILITY_SOON", "2.0")
)  # seconds that "at once" may take on a busy machine
NEWEST = (
    187  # server version of the cases: the text protocol, spoken by all generations but the oldest
)
SENTINEL = 10**9

Case = Callable[["Bench"], None]
CASES: dict[str, Case] = {}


class NotApplicable(Exception):
    """The row does not concern this package: why."""


def case(function: Case) -> Case:
    """Register a case: `def r07_...` is row R07."""
    row = function.__name__.split("_")[0].upper()
    assert row not in CASES, row
    CASES[row] = function
    return function


class Logged(logging.Handler):
    """Notes all log records."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def plain(value: Any) -> Any:
    """A callback's argument in a form that compares by value."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, set):
        return sorted(repr(plain(v)) for v in value)
    if hasattr(value, "__dict__") and not isinstance(value, (type, enum.Enum)):
        return [type(value).__name__, sorted((k, plain(v)) for k, v in vars(value).items())]
    return repr(value)


class Program:
    """Mixed into a class of EWrapper and EClient by `Bench.program`: notes every callback;
    `on[name]` is called in it.
    """

    wrapper_names: tuple[str, ...] = ()

    def note(self, name: str, args: tuple[Any, ...]) -> None:
        with self.noted:
            self.log.append((name, args))
            self.counts[name] += 1
            self.noted.notify_all()
        if name in self.on:
            self.on[name](*args)

    def begin(self) -> None:
        self.log: list[tuple[str, tuple[Any, ...]]] = []
        self.counts: Counter[str] = Counter()
        self.on: dict[str, Callable[..., object]] = {}
        self.noted = threading.Condition()
        self.runner: threading.Thread | None = None
        self.outcome: BaseException | None = None
        self.marks = 0

    # --- run() in a thread ---

    def start(self) -> None:
        self.outcome = None
        self.runner = threading.Thread(target=self._run_noting, name="run", daemon=True)
        self.runner.start()

    def _run_noting(self) -> None:
        try:
            self.run()  # type: ignore[attr-defined]  # EClient's
        except BaseException as e:
            self.outcome = e

    def join(self, seconds: float = WAIT) -> None:
        """run() returns, and without an exception."""
        assert self.runner is not None
        self.runner.join(seconds)
        assert not self.runner.is_alive(), "run() does not return"
        assert self.outcome is None, f"run() raised {self.outcome!r}"

    # --- what was heard ---

    def wait_for(self, name: str, count: int = 1, seconds: float = WAIT) -> tuple[Any, ...]:
        """Wait until the callback was made `count` times; that one's arguments."""
        with self.noted:
            assert self.noted.wait_for(lambda: self.counts[name] >= count, seconds), (
                f"no {name}; heard {self.heard()}"
            )
            return [args for heard, args in self.log if heard == name][count - 1]

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = WAIT) -> None:
        with self.noted:
            assert self.noted.wait_for(holds, seconds), f"{what}; heard {self.heard()}"

    def heard(self) -> str:
        last = [
            name if name != "error" else f"error {self.problem(args)[:2]}"
            for name, args in self.log[-6:]
        ]
        return ", ".join(last) or "nothing"

    def names(self) -> list[str]:
        return [name for name, _ in self.log]

    @staticmethod
    def problem(args: tuple[Any, ...]) -> tuple[Any, int, str]:
        """Id, code and text of an error callback of any generation: the text is the first str after
        the code.
        """
        at = next(n for n in range(2, len(args)) if isinstance(args[n], str))
        return args[0], args[at - 1], args[at]

    def errors(self) -> list[tuple[Any, int, str]]:
        return [self.problem(args) for name, args in list(self.log) if name == "error"]

    def codes(self) -> list[int]:
        return [code for _, code, _ in self.errors()]

    def told(self) -> list[Any]:
        """All callbacks in a form that compares."""
        return [
            [name, plain(self.problem(args) if name == "error" else args)]
            for name, args in self.log
        ]

    def forget(self) -> None:
        with self.noted:
            self.log.clear()
            self.counts.clear()


class Bench:
    """One case's tools; everything made with it is closed at its end."""

    def __init__(self, package: str, full: bool = False) -> None:
        self.package, self.full = package, full
        self.ours = package == "ibapi_port"
        self.client = importlib.import_module(f"{package}.client")
        self.wrapper = importlib.import_module(f"{package}.wrapper")
        self.logged = Logged()
        self._stack = contextlib.ExitStack()
        self._apps: list[Any] = []
        logging.getLogger().addHandler(self.logged)  # whose level is WARNING

    def size(self, small: int, full: int) -> int:
        """How many: few in the test suite, many with --full."""
        return full if self.full else small

    def module(self, name: str) -> Any:
        return importlib.import_module(f"{self.package}.{name}")

    # --- programs and servers ---

    def program(self) -> Any:
        """A new program, not connected."""
        base = self.wrapper.EWrapper
        names = [
            name
            for name, f in inspect.getmembers(base, inspect.isfunction)
            if name[0] != "_" and name != "logAnswer"
        ]
        body = {
            name: _noting(name, getattr(base, name))
            for name in names
            if not name.endswith("ProtoBuf")
        }

        def init(app: Any) -> None:
            app.begin()
            self.client.EClient.__init__(app, app)

        body["__init__"] = init
        app = type("App", (Program, base, self.client.EClient), body)()
        self._apps.append(app)
        return app

    def tws(self, *plays: Play, receive_buffer: int = 0) -> ScriptedTws:
        return self._stack.enter_context(
            ScriptedTws(*(plays or (accepts_up_to(),)), receive_buffer=receive_buffer)
        )

    def takes_timeout(self) -> bool:
        """Whether connect() has a deadline of its own to choose."""
        return "timeout" in inspect.signature(self.client.EClient.connect).parameters

    def dial(self, app: Any, tws: ScriptedTws, timeout: float = WAIT) -> None:
        """connect(), in this thread; it must return."""
        options = {"timeout": timeout} if self.takes_timeout() else {}
        app.connect(HOST, tws.port, 7, **options)

    def dial_in_thread(
        self, app: Any, tws: ScriptedTws, timeout: float = WAIT, patience: float = WAIT
    ) -> float:
        """connect() in a thread, which must return; the seconds that it took."""
        raised: list[BaseException] = []

        def connect() -> None:
            try:
                self.dial(app, tws, timeout)
            except BaseException as e:
                raised.append(e)

        began = time.monotonic()
        thread = threading.Thread(target=connect, daemon=True)
        thread.start()
        thread.join(patience)
        took = time.monotonic() - began
        assert not thread.is_alive(), "connect() does not return"
        assert not raised, f"connect() raised {raised[0]!r}"[:200]
        return took

    def link(self, version: int = NEWEST, receive_buffer: int = 0) -> tuple[Any, Peer]:
        """A connected program, its run() running, and its TWS, startApi already taken from the
        wire.
        """
        app, tws = self.program(), self.tws(accepts_up_to(version), receive_buffer=receive_buffer)
        self.dial_in_thread(app, tws)
        assert app.isConnected(), f"not connected; heard {app.heard()}"
        peer = tws.peer()
        assert peer.fields()[0] == "71"
        app.forget()
        app.start()
        return app, peer

    def settle(self, app: Any, peer: Peer, seconds: float = WAIT) -> None:
        """The session lives: a time that TWS sends arrives, and with it all that was sent before."""
        app.marks += 1
        mark = SENTINEL + app.marks
        with contextlib.suppress(OSError):  # the client has left: told below
            peer.send(raw(49, 1, mark))
        with app.noted:
            arrived = app.noted.wait_for(
                lambda: ("currentTime", (mark,)) in app.log[-50:] or _ended(app), seconds
            )
        assert ("currentTime", (mark,)) in app.log[-50:], (
            f"{'the session is dead' if arrived else 'nothing comes any more'}: {app.outcome!r}; heard {app.heard()}"
        )

    def close(self) -> None:
        for app in self._apps:
            app.on.clear()
            with contextlib.suppress(Exception):
                app.disconnect()
        self._stack.close()
        logging.getLogger().removeHandler(self.logged)


def _ended(app: Any) -> bool:
    return app.runner is not None and not app.runner.is_alive()


def _noting(name: str, original: Callable[..., None]) -> Callable[..., None]:
    def callback(self: Program, *args: Any) -> None:
        self.note(name, args)

    callback.__name__ = name
    callback.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]  # the oldest generation decodes by it
    return callback


def accepts_up_to(version: int = NEWEST, then: bytes = b"") -> Play:
    """The handshake at the newest version that both know; `then` comes in the same segment."""

    def play(peer: Peer) -> None:
        newest = int(peer.greet().split("..")[1].split(" ")[0])
        peer.send(answer_to_hello(min(version, newest)) + then)

    return play


# --- frames that several cases use ---


def price(request_id: object, value: object = "1.5", size: object = "100") -> bytes:
    """tickPrice 1 (bid), which also tells the size."""
    return raw(1, 6, request_id, 1, value, size, 0)


def error_of(app: Any, request_id: int, code: int, text: str = "OK") -> bytes:
    """TWS's error message, as the session's server version has it."""
    return raw(4, 2, request_id, code, text, *([""] if app.serverVersion() >= 166 else []))


def text_tick(request_id: int, text: str = "x") -> bytes:
    return raw(46, 6, request_id, 45, text)


# --- the process ---


def memory() -> int:
    """Resident bytes of this process."""
    import resource

    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # the most it ever was


def descriptors() -> set[str]:
    """The process's sockets, where the system tells."""
    found = set()
    own = Path("/proc/self/fd")
    for fd in own.iterdir() if own.is_dir() else ():
        with contextlib.suppress(OSError):
            target = os.readlink(fd)
            if target.startswith("socket:"):
                found.add(target)
    return found


@contextlib.contextmanager
def reads_of(port: Callable[[], int], sizes: Callable[[], int]) -> Iterator[None]:
    """Within, whoever reads from a connection to that port gets so few bytes at once, however they
    arrived.
    """
    recv, recv_into = socket.socket.recv, socket.socket.recv_into

    def ours(sock: socket.socket) -> bool:
        try:
            return bool(sock.getpeername()[1] == port())
        except OSError:
            return False

    def few(sock: socket.socket, size: int, *flags: int) -> bytes:
        return recv(sock, min(size, sizes()) if ours(sock) else size, *flags)

    def few_into(sock: socket.socket, buffer: Any, size: int = 0, *flags: int) -> int:
        size = size or len(buffer)
        return recv_into(sock, buffer, min(size, sizes()) if ours(sock) else size, *flags)

    socket.socket.recv, socket.socket.recv_into = few, few_into  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del socket.socket.recv, socket.socket.recv_into


def random_sizes(seed: int) -> Callable[[], int]:
    rng = random.Random(seed)
    return lambda: rng.choice((1, 2, 3, 5, 8, 40, 300, 4096))
