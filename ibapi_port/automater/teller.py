"""What an automater tells: its events, the results of starts, alerts."""

from __future__ import annotations

import logging
import threading
from typing import Any

from ..alerts import Alert, Alerts
from . import signals as s
from .engine import Sink
from .events import Dispatcher, Event
from .result import (
    ErrorDataReceivedEventArgs,
    EventArgs,
    ExitedEventArgs,
    OutputDataReceivedEventArgs,
    StartResult,
)

logger = logging.getLogger("ibapi_port.automater")
MOST_LINES = 10_000  # of output that wait for the handlers


class Pending:
    """A start that waits for its result."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result = StartResult()


class Teller:
    """The events, and what waits for them. The engine calls the functions of `sink()`."""

    def __init__(self, port: int, alerts: Alerts | None) -> None:
        self.port = port
        self._alerts = alerts
        self.OutputDataReceived = Event("OutputDataReceived")
        self.ErrorDataReceived = Event("ErrorDataReceived")
        self.Exited = Event("Exited")
        self.Restarted = Event("Restarted")
        self._lines = Dispatcher("automater output", MOST_LINES, self._on_dropped)
        self._life = Dispatcher("automater events")
        self._lock = threading.Lock()  # over the five below
        self._result = StartResult()
        self._pending: list[Pending] = []
        self._disposed = False
        self._ended = False  # it was disposed of, to the end
        self._exited = threading.Event()
        self._settled = threading.Event()  # something that wait_ready waits for may have come

    # the events by their other names; `+=` on them needs a setter
    def _event(name: str) -> Any:  # type: ignore[misc]
        def get(self: Teller) -> Event:
            found: Event = getattr(self, name)
            return found

        def set_(self: Teller, value: Event) -> None:
            setattr(self, name, value)

        return property(get, set_, doc=f"The event {name}.")

    output_data_received = _event("OutputDataReceived")
    error_data_received = _event("ErrorDataReceived")
    exited = _event("Exited")
    restarted = _event("Restarted")
    del _event

    def sink(self) -> Sink:
        """Return what the engine is to tell to."""
        return Sink(
            output=self._on_output,
            error=self._on_error,
            exited=self._on_exited,
            restarted=self._on_restarted,
            finished=self._on_finished,
            alert=self._on_alert,
            state=self._on_state,
        )

    # --- what the engine tells, in its thread ---

    def _on_output(self, text: str) -> None:
        logger.info("%s", text)
        arguments = OutputDataReceivedEventArgs(text)
        self._lines.post(lambda: self.OutputDataReceived.fire(self, arguments))

    def _on_error(self, text: str) -> None:
        arguments = ErrorDataReceivedEventArgs(text)
        self._lines.post(lambda: self.ErrorDataReceived.fire(self, arguments))

    def _on_dropped(self, count: int) -> None:
        text = f"{count} lines of output were left out: they came faster than they were taken"
        logger.warning("%s", text)
        self.OutputDataReceived.fire(self, OutputDataReceivedEventArgs(text))

    def _on_exited(self, code: int, requested: bool) -> None:
        self._exited.set()
        arguments = ExitedEventArgs(code, requested)
        self._life.post(lambda: self.Exited.fire(self, arguments))

    def _on_restarted(self) -> None:
        self._life.post(lambda: self.Restarted.fire(self, EventArgs.Empty))

    def _on_finished(self, result: StartResult, kept: bool) -> None:
        with self._lock:
            if kept:
                self._result = result
            waiting = list(self._pending)
            self._pending.clear()
        for pending in waiting:
            pending.result = result
            pending.done.set()

    def _on_alert(self, kind: str, level: str, text: str) -> None:
        if self._alerts is not None:
            self._alerts.send(Alert(kind, level, text, details={"port": self.port}))

    def _on_state(self, state: s.State) -> None:
        if state in (s.State.STOPPED, s.State.FAILED):
            self._exited.set()
        self._settled.set()
