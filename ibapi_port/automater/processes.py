"""What is done for a process: the Gateway's own, and the one that takes its place."""

from __future__ import annotations

from .base import AT_REST
from .result import ErrorCode, StartResult
from .signals import (
    Exited,
    JavaFailed,
    Launched,
    LaunchFailed,
    Linked,
    State,
    TellExited,
    Unlinked,
)
from .windows import Windows


class Processes(Windows):
    """The Gateway's process: it starts, dials in, restarts itself, ends."""

    def _launched(self, signal: Launched) -> None:
        self.pid = signal.pid
        self.soft = signal.soft
        self.say(f"IBGateway process started - Id:{signal.pid}")
        self.timer("login window", self.config.login_window_timeout)
        if self.requested and not self.ending:
            self.shut_down()

    def _launch_failed(self, signal: LaunchFailed) -> None:
        self.failed = True
        result = StartResult(signal.code, signal.detail)
        self.say(f"Error: {result.error_message}")
        if self.restarting:
            self.alert("gateway_restart_failed", "error", result.error_message)
            self._out.append(TellExited(0, False))
        self._finish(result, keep=False)
        self.restarting = False
        self.enter(State.FAILED)

    def _link(self, signal: Linked) -> None:
        if self.ending or self.state in AT_REST:
            return
        if self.pid in (0, signal.pid):
            if not self.pid:
                self._adopt(signal.pid)
            self.linked = True
            self.no_timer("unlinked")
            self.say("IBGateway started")
        elif self.held_pid != signal.pid:
            # Another process by our token: the Gateway restarts itself. It takes the place of the
            # first one when that is gone; until then what it shows waits.
            self.held.clear()
            self.held_pid = signal.pid

    def _unlink(self, signal: Unlinked) -> None:
        if signal.pid == self.pid and self.linked:
            self.linked = False
            if not self.ending:  # its process is about to be gone, too, in all likelihood
                self.timer("unlinked", self.config.unexpected_exit_wait)

    def _timer_unlinked(self) -> None:
        if self.linked or not self.pid or self.ending:
            return
        text = "the line to the agent in IB Gateway has ended, and its process has not"
        self.say(f"Error: {text}")
        if self.starting or self.restarting:
            self.fail(ErrorCode.InitializationTimeout, text)
        else:  # its API may be in use
            self.alert("gateway_agent_lost", "error", f"Its windows are not answered: {text}.")

    def _adopt(self, pid: int) -> None:
        self.pid = pid
        self.restarting = not self.starting
        self.soft = self.restarting
        self.logged_in = False
        self.splash_awaited = False
        self.configured = False
        self.restart_seen = False
        self.menu_tries = 0
        self.purpose = "all"
        self.no_timer("adopt", "splash")
        self.enter(State.RESTARTING if self.restarting else State.LAUNCHING)
        self.say(f"IBGateway process found - Id:{pid}")
        self.timer("initialisation", self.config.initialization_timeout)

    def _exited(self, signal: Exited) -> None:
        if signal.pid != self.pid:
            if signal.pid == self.held_pid:
                self.held_pid = 0
            return
        self.say("IBGateway process exited")
        self._forget_windows()
        self.linked = False
        self.no_timer("health", "probe", "main window", "unlinked")
        if self.ending:
            self._ended(signal.code)
            return
        if self.starting and not self.restart_seen and not signal.token and not self.held_pid:
            self._ended(signal.code)
            return
        self.pid = 0
        expected = self.restart_seen or signal.token
        self.exit_code = signal.code
        self.again = expected
        if not self.starting:
            self.restarting = expected
        if self.held_pid:
            self._take_held()
            return
        if expected:
            self.enter(State.RESTARTING)
            self.say("Waiting for IBGateway auto-restart")
        wait = self.config.adoption_wait if expected else self.config.unexpected_exit_wait
        self.timer("adopt", wait)

    def _java_failed(self, signal: JavaFailed) -> None:
        if self.starting:
            self.java_error = self.java_error or signal.text

    def _take_held(self) -> None:
        pid = self.held_pid
        held = list(self.held)
        self.held.clear()
        self.held_pid = 0
        self.again = False
        self._adopt(pid)
        self.linked = True
        for signal in held:
            self._handlers[type(signal)](signal)

    def _timer_adopt(self) -> None:
        if self.again:
            self.again = False
            self._launch(soft=True)
        else:
            self.pid = 0
            self.failed = False
            self.alert(
                "gateway_crash", "error", f"IB Gateway ended with exit code {self.exit_code}."
            )
            self._exited_unasked()

    def _exited_unasked(self) -> None:
        self.restarting = False
        self.no_timer("initialisation", "login window", "soft limit", "soft restart")
        if self.starting:
            self._finish(self.early_end(self.exit_code), keep=False)
            self.failed = True
        self.enter(State.FAILED if self.failed else State.STOPPED)
        self._out.append(TellExited(self.exit_code, False))
