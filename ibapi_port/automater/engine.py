"""The thread that feeds the state machine and does what it says."""

from __future__ import annotations

import base64
import heapq
import logging
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import signals as s
from .clock import Clock
from .credentials import Mask, Secret
from .dumps import as_json, keep, prune
from .host import Host
from .machine import Machine
from .result import ErrorCode, StartResult
from .schedule import region_of
from .totp import code
from .tree import masked, node_data

logger = logging.getLogger("ibapi_port.automater")


# what a Java says that cannot go on; other exceptions it may live with
_JAVA = re.compile(
    r'Exception in thread "main"|Could not create the Java Virtual Machine|^Error: Could not find|'
    r"^Error opening zip file|^Unrecognized (VM )?option|"
    r"AWTError|HeadlessException|UnsupportedClassVersionError|OutOfMemoryError"
)
_JAVA_OUTPUT = re.compile(r"^Error occurred during initialization of VM")


class Sink:
    """What an engine tells: functions that return at once."""

    def __init__(self, **told: Callable[..., None]) -> None:
        self.output = told["output"]
        self.error = told["error"]
        self.exited = told["exited"]
        self.restarted = told["restarted"]
        self.finished = told["finished"]
        self.alert = told["alert"]
        self.state = told["state"]


class Engine:
    """Signals go in by `post`, from any thread; everything else happens in the engine's own."""

    def __init__(
        self,
        machine: Machine,
        host: Host,
        clock: Clock,
        secrets: Mapping[str, Secret | str],
        sink: Sink,
    ) -> None:
        self.machine = machine
        self._host = host
        self._clock = clock
        self._secrets = secrets
        self._sink = sink
        self.mask = Mask(
            [v.reveal() for v in secrets.values() if isinstance(v, Secret)],
        )
        self.at_rest = threading.Event()
        self.at_rest.set()
        self.moved = threading.Event()  # set whenever the state changes; cleared by who waits
        self._changed = threading.Condition()  # over the three below
        self._queue: deque[s.Signal] = deque()
        self._closed = False
        self._thread: threading.Thread | None = None
        # of the engine's thread alone
        self._timers: dict[str, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._count = 0
        host.post = self.post
        host.line = self._line

    def post(self, signal: s.Signal) -> None:
        """Hand the machine a signal."""
        with self._changed:
            if self._closed:
                return
            if isinstance(signal, s.StartAsked):
                self.at_rest.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="automater", daemon=True)
                self._thread.start()
            self._queue.append(signal)
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread. What it holds is given back; the Gateway should have ended before."""
        with self._changed:
            self._closed = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(10)

    # --- in the engine's thread ---

    def _run(self) -> None:
        while (signal := self._next()) is not None:
            try:
                self._handle(signal)
            except Exception:  # whatever it is: a Gateway without its engine is left alone for ever
                self._failed(type(signal).__name__)
        self._host.clean()

    def _failed(self, what: str) -> None:
        logger.exception("the automater failed at %s", what)
        self._sink.error(f"the automater failed at {what}; see the log")

    def _next(self) -> s.Signal | None:
        """Return the next signal, or the timer that is due; None once it is closed."""
        with self._changed:
            while True:
                if self._queue:
                    return self._queue.popleft()
                if self._closed:
                    return None
                due = self._due()
                if due is not None and due <= self._clock.monotonic():
                    return self._take_timer()
                self._clock.wait(self._changed, due)

    def _due(self) -> float | None:
        while self._heap:
            when, number, name = self._heap[0]
            if self._timers.get(name) == (when, number):
                return when
            heapq.heappop(self._heap)
        return None

    def _take_timer(self) -> s.TimerDue:
        _, _, name = heapq.heappop(self._heap)
        del self._timers[name]
        return s.TimerDue(name)

    def _handle(self, signal: s.Signal) -> None:
        for action in self.machine.handle(signal):
            try:
                self._do(action)
            except Exception:  # the others are done all the same: a timer, the result of a start
                self._failed(type(action).__name__)
        if isinstance(signal, s.Linked) and self.machine.pid == signal.pid:
            self._host.take(signal.pid)

    def _do(self, action: s.Action) -> None:
        match action:
            case s.Do(command):
                self._host.take(self.machine.pid)
                self._host.send(self._filled(command))
            case s.SetTimer(name, seconds):
                self._set_timer(name, seconds)
            case s.CancelTimer(name):
                self._timers.pop(name, None)
            case s.Say(text):
                self._sink.output(self.mask(text))
            case s.Launch(soft):
                self._handle(self._launched(soft))
            case s.End(force):
                self._host.end(force)
            case s.Probe():
                self._host.probe()
            case s.Record():
                self._record(action)
            case s.Alert(kind, level, text):
                self._sink.alert(kind, level, self.mask(text))
            case s.Finish(result, kept):
                detail = self.mask(result.detail)
                self._sink.finished(StartResult(result.error_code, detail), kept)
            case s.TellExited(exit_code, requested):
                self._sink.exited(exit_code, requested)
            case s.TellRestarted():
                self._sink.restarted()
            case s.Enter(state):
                self._enter(state)

    def _launched(self, soft: bool) -> s.Launched | s.LaunchFailed:
        try:
            return self._host.launch(soft)
        except Exception as e:  # nobody has thought of it; a start must have a result all the same
            self._failed("launch")
            self._host.clean()
            return s.LaunchFailed(ErrorCode.ProcessStartFailed, f"{type(e).__name__}: {e}")

    def _enter(self, state: s.State) -> None:
        if state is s.State.READY:
            self.machine.region = region_of(self._host.peer())
        rest = state in (s.State.STOPPED, s.State.FAILED)
        if rest:
            self._timers.clear()
            self._host.clean()
        self._sink.state(state)
        if rest:
            self.at_rest.set()
        else:
            self.at_rest.clear()
        self.moved.set()

    def _set_timer(self, name: str, seconds: float) -> None:
        self._count += 1
        entry = (self._clock.monotonic() + seconds, self._count)
        self._timers[name] = entry
        heapq.heappush(self._heap, (*entry, name))

    def _filled(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Return a command with the secret in it that it names."""
        found = dict(command)
        name = found.pop("secret", None)
        if name == "totp":
            secret = self._secrets["totp"]
            assert isinstance(secret, Secret)
            found["text"] = code(secret.reveal(), self._clock.utc().timestamp())
        elif name is not None:
            value = self._secrets[name]
            found["text"] = value.reveal() if isinstance(value, Secret) else value
        return found

    def _line(self, text: str, error: bool) -> None:
        if (_JAVA if error else _JAVA_OUTPUT).search(text):
            self.post(s.JavaFailed(text))
        notice = text.startswith("Picked up JAVA_TOOL_OPTIONS") or "INSTALL4J_ADD_VM" in text
        (self._sink.error if error and not notice else self._sink.output)(self.mask(text))

    def _record(self, action: s.Record) -> None:
        where = self.machine.config.dump_directory
        if not where:
            return
        directory = Path(where).expanduser()
        stamp = self._clock.utc().strftime("%Y%m%d-%H%M%S")
        self._count += 1
        name = f"window-{stamp}-{os.getpid()}-{self._count}"
        data = {"why": action.why, "tree": node_data(action.tree)}
        text = as_json(masked(data, self.mask))
        try:
            path = keep(directory, f"{name}.json", text)
            prune(directory)
        except OSError as e:
            self._sink.output(f"The window's tree cannot be kept in {directory}: {e.strerror}")
            return
        self._sink.output(f"The window's tree is in {path}")

        def picture(reply: Mapping[str, Any]) -> None:
            png = reply.get("png")
            if isinstance(png, str):
                try:
                    keep(directory, f"{name}.png", base64.b64decode(png))
                except (OSError, ValueError) as e:
                    self._sink.output(f"The window's picture cannot be kept in {directory}: {e}")

        self._host.send({"do": "shot", "w": action.win}, picture)
