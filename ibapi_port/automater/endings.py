"""How a start, and the Gateway, come to an end."""

from __future__ import annotations

from .base import Base
from .result import ErrorCode, StartResult
from .signals import (
    End,
    Finish,
    Launch,
    State,
    TellExited,
)
from .tree import menu_item


class Endings(Base):
    """How a start and the Gateway come to an end."""

    def fail(self, code: ErrorCode, detail: str = "", keep: bool = True) -> None:
        """Give the start an error for its result, and end the Gateway."""
        if self.ending:
            return
        result = StartResult(code, detail)
        self.say(f"Error: {result.error_message}")
        if not self.requested:
            self.alert(f"gateway_{code.name}", "error", result.error_message)
        self.failed = True
        self._finish(result, keep)
        self.shut_down()

    def _finish(self, result: StartResult, keep: bool = True) -> None:
        if self.starting or keep:
            self._out.append(Finish(result, keep))
        self.starting = False
        self.no_timer("initialisation", "login window", "probe", "main window", "login")

    def give_up_quietly(self, detail: str) -> None:
        """End the Gateway without an error of its own; a start that is under way needs one."""
        if self.starting:
            self.fail(ErrorCode.InitializationTimeout, detail)
        else:
            self.shut_down()

    def shut_down(self, limit: float | None = None) -> None:
        """Close the Gateway as a person would; if it does not end, end it."""
        if self.ending:
            return
        self.ending = True
        if self.state is not State.TOKEN_EXPIRED:
            self.enter(State.STOPPING)
        self.no_timer("health", "probe", "soft restart", "soft limit", "adopt", "login")
        if not self.pid:
            # between two processes: what restarts the Gateway may still be there
            self._out.append(End(force=True))
            self._ended(0)
            return
        if self.linked:
            self.timer("close", self.config.close_timeout if limit is None else limit)
            self._close_windows()
        else:
            self._terminate()

    def _close_windows(self) -> None:
        frame = self.main_frame()
        item = None if frame is None else menu_item(frame[0].tree, "File", "Close")
        if item is not None and item.enabled:
            self.do("click", c=item.id)
            self.say("Click menu: [File > Close]")
            return
        for shown in list(self.windows.values()):
            if shown.tree.kind == "frame":
                self.do("close", w=shown.win)

    def _terminate(self) -> None:
        self.say("IBGateway does not close, ending its process")
        self._out.append(End())
        self.timer("terminate", self.config.terminate_timeout)

    def _timer_close(self) -> None:
        self._terminate()

    def _timer_terminate(self) -> None:
        self._out.append(End(force=True))
        self.timer("terminate", self.config.terminate_timeout)

    def _ended(self, code: int) -> None:
        """The process is no more, and no other takes its place."""
        was_running = bool(self.pid)
        self.pid = 0
        self._forget_windows()
        self.no_timer("close", "terminate", "initialisation", "login window", "adopt", "health")
        self.no_timer("main window", "probe", "login", "soft limit", "soft restart")
        self.no_timer("splash", "unlinked")
        self.linked = False
        again = self.again and not self.requested
        self.again = False
        if self.starting and not again:
            self.failed = True
            self._finish(self.early_end(code), keep=False)
        if again:
            self._launch(soft=True)
            return
        self.restarting = False
        self.ending = False
        self.enter(State.FAILED if self.failed else State.STOPPED)
        if was_running and not self.silent:
            self._out.append(TellExited(code, self.requested))

    def early_end(self, code: int) -> StartResult:
        """Return what a start has come to whose process has ended."""
        if self.requested:
            return StartResult(ErrorCode.ProcessStartFailed, "Stop() was called")
        detail = f"it ended with exit code {code}"
        if self.java_error:
            return StartResult(ErrorCode.JavaException, f"{self.java_error} ({detail})")
        return StartResult(ErrorCode.ProcessStartFailed, detail)

    def _forget_windows(self) -> None:
        for shown in self.windows.values():
            shown.open = False
            shown.script = None  # not closed: it may be the one that is running
            self.no_timer(f"window {shown.win}", f"unknown {shown.win}")
        self.windows.clear()

    def _launch(self, soft: bool) -> None:
        self.ending = False
        self.failed = False
        self.linked = False
        self.logged_in = False
        self.splash_awaited = False
        self.configured = False
        self.restart_seen = False
        self.menu_tries = 0
        self.attempts = 0
        self.tries = 0
        self.unanswered = 0
        self.last_title = ""
        self.java_error = ""
        self.known_window = 0
        self.purpose = "all"
        self.held.clear()
        self.held_pid = 0
        self.enter(State.RESTARTING if self.restarting else State.LAUNCHING)
        self._out.append(Launch(soft))
        self.timer("initialisation", self.config.initialization_timeout)
