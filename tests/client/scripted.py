"""Programs that note every callback, and the scripted TWS (reliability/hostile.py) that they are
connected to.

Nothing here sleeps: what is awaited is awaited on conditions, for `WAIT` seconds at most.
"""

from __future__ import annotations

import inspect
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from reliability.hostile import (
    HOST,
    TIME,
    WAIT,
    Peer,
    Play,
    ScriptedTws,
    accepts,
    answer_to_hello,
    fields_of,
    hangs_up,
    one_by_one,
    raw,
    resets,
    says,
    silent,
)

from ibapi_port.client import EClient, EClientSocket
from ibapi_port.protocol.select import codec_for
from ibapi_port.wrapper import EWrapper


def message(version: int, name: str, **values: Any) -> bytes:
    """The frame of a message from TWS."""
    return codec_for(version).encode_message(name, **values)


class Heard(NamedTuple):
    """A callback that was made."""

    name: str
    args: tuple[Any, ...]
    thread: str


class Recorder(EWrapper):
    """Notes every callback. `on[name]` is called in it, after it was noted."""

    def record(self) -> None:
        """To be called by the constructor."""
        self.log: list[Heard] = []
        self.counts: Counter[str] = Counter()
        self.marks: set[int] = set()  # of currentTime
        self.on: dict[str, Callable[..., object]] = {}
        self._noted = threading.Condition()

    def note(self, name: str, args: tuple[Any, ...]) -> None:
        with self._noted:
            self.log.append(Heard(name, args, threading.current_thread().name))
            self.counts[name] += 1
            if name == "currentTime":
                self.marks.add(args[0])
            self._noted.notify_all()
        if name in self.on:
            self.on[name](*args)

    def wait_for(self, name: str, count: int = 1) -> Heard:
        """Wait until the callback was made `count` times; that one."""
        with self._noted:
            assert self._noted.wait_for(lambda: self.counts[name] >= count, WAIT), (
                f"no {name} among {self.told()}"
            )
            return [heard for heard in self.log if heard.name == name][count - 1]

    def names(self) -> list[str]:
        return [heard.name for heard in self.log]

    def told(self) -> list[tuple[Any, ...]]:
        """The callbacks as (name, arguments...); errors without their time, which no test can
        foresee, and without an empty refusal.
        """
        return [
            (h.name, h.args[0], *h.args[2:4], *filter(None, h.args[4:]))
            if h.name == "error"
            else (h.name, *h.args)
            for h in self.log
        ]

    def errors(self) -> list[tuple[int, int, str]]:
        """Id, code and text of all errors."""
        return [(h.args[0], h.args[2], h.args[3]) for h in self.log if h.name == "error"]

    def threads(self) -> set[str]:
        return {heard.thread for heard in self.log}

    def forget(self) -> None:
        self.log.clear()
        self.counts.clear()


def _recording(name: str) -> Callable[..., None]:
    signature = inspect.signature(getattr(EWrapper, name))

    def callback(self: Recorder, *args: Any) -> None:
        signature.bind(self, *args)  # made as EWrapper has it
        self.note(name, args)

    callback.__signature__ = signature  # type: ignore[attr-defined]  # the client looks at it
    return callback


CALLBACKS = sorted(
    name
    for name, f in vars(EWrapper).items()
    if inspect.isfunction(f) and name[0] != "_" and name != "logAnswer"
)
for _name in CALLBACKS:
    setattr(Recorder, _name, _recording(_name))


class App(Recorder, EClient):
    """A program on EClient; `start` runs run() in the thread "run"."""

    def __init__(self) -> None:
        self.record()
        EClient.__init__(self, self)
        self.runner: threading.Thread | None = None
        self.outcome: BaseException | None = None

    def dial(self, tws: ScriptedTws, timeout: float = WAIT) -> None:
        """Connect with client id 7."""
        self.connect(HOST, tws.port, 7, timeout)

    def start(self) -> None:
        self.outcome = None
        self.runner = threading.Thread(target=self._run, name="run", daemon=True)
        self.runner.start()

    def _run(self) -> None:
        try:
            self.run()
        except BaseException as e:
            self.outcome = e

    def join(self) -> BaseException | None:
        """Wait for the end of run(); the exception that it ended with."""
        assert self.runner is not None
        self.runner.join(WAIT)
        assert not self.runner.is_alive(), "run() does not return"
        return self.outcome


class SocketApp(Recorder, EClientSocket):
    """A program on EClientSocket, with a reader of its own."""

    def __init__(self) -> None:
        self.record()
        EClientSocket.__init__(self, self)


class Link:
    """A program connected to a scripted TWS, its run() running, startApi already taken from the
    wire.
    """

    START: ClassVar[Any] = ["71", "2", "7", ""]
    TIME: ClassVar[Any] = ["49", "1"]

    def __init__(self, version: int = 187, app: App | None = None, receive_buffer: int = 0) -> None:
        self.version = version
        self.tws = ScriptedTws(accepts(version), receive_buffer=receive_buffer)
        self.app = app if app is not None else App()
        self.app.dial(self.tws)
        assert self.app.names() == ["connectAck"], self.app.told()
        self.app.forget()
        self.peer = self.tws.peer()
        self.app.start()
        assert self.next() == self.START
        self._marks = 0

    def next(self) -> Any:
        """The next request from the client."""
        return self.peer.fields()

    def is_mark(self, told: tuple[Any, ...]) -> bool:
        """Whether this callback is one that `settle` has asked for."""
        return told[0] == "currentTime" and bool(told[1] > 10**9)

    def send(self, name: str, **values: Any) -> None:
        """Let TWS send a message."""
        self.peer.send(message(self.version, name, **values))

    def settle(self) -> list[tuple[Any, ...]]:
        """Wait until all that TWS has sent was processed; what the program was told, less the mark
        of this.
        """
        self._marks += 1
        mark = 10**9 + self._marks
        self.send("currentTime", time=mark)
        with self.app._noted:
            assert self.app._noted.wait_for(lambda: mark in self.app.marks, WAIT), self.app.told()
        return [told for told in self.app.told() if not self.is_mark(told)]

    def sent(self) -> list[Any]:
        """What the client has sent, up to now."""
        self.app.reqCurrentTime()
        got = []
        while (request := self.next()) != self.TIME:
            got.append(request)
        return got

    def close(self) -> None:
        self.app.on.clear()
        self.app.disconnect()
        self.app.join()
        self.tws.close()


__all__ = [
    "CALLBACKS",
    "HOST",
    "TIME",
    "WAIT",
    "App",
    "Heard",
    "Link",
    "Peer",
    "Play",
    "Recorder",
    "ScriptedTws",
    "SocketApp",
    "accepts",
    "answer_to_hello",
    "fields_of",
    "hangs_up",
    "message",
    "one_by_one",
    "raw",
    "resets",
    "says",
    "silent",
]
