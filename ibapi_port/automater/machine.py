"""The state machine: signals in, actions out. It does no I/O, has no thread, and asks an injected
clock for the time.

Signals come one by one to `handle`, which returns what is to be done. A window that a rule
recognises gets a script: a generator that is resumed whenever the window has changed, or when the
seconds that it has yielded have passed. The scripts of login, second factor and settings are in
scripts.py; the scripts of all other windows follow from the steps of their rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import scripts, settings_scripts
from .base import AT_REST, BUSY, Shown
from .builtin_rules import BUILT_IN, PROGRESS, is_progress
from .clock import Clock
from .config import Config
from .processes import Processes
from .result import ErrorCode, StartResult
from .rules import Rule
from .signals import (
    Action,
    CommandFailed,
    Exited,
    Finish,
    JavaFailed,
    Launched,
    LaunchFailed,
    Linked,
    Probed,
    Signal,
    SoftRestartAsked,
    StartAsked,
    State,
    StopAsked,
    TellRestarted,
    TimerDue,
    Unlinked,
    WindowSeen,
)
from .tree import plain

# said where no agent has told of a window
NO_AGENT = (
    " (it hangs before its first window, or its launcher passes on neither "
    "INSTALL4J_ADD_VM_PARAMS nor JAVA_TOOL_OPTIONS, by which our agent gets into it)"
)


class Machine(Processes):
    """The whole: what is done for each signal."""

    def __init__(
        self, config: Config, rules: Sequence[Rule] = BUILT_IN, clock: Clock | None = None
    ) -> None:
        super().__init__(config, rules, clock or Clock())
        self._handlers = {
            StartAsked: self._start,
            StopAsked: self._stop,
            SoftRestartAsked: self._soft_restart,
            Launched: self._launched,
            LaunchFailed: self._launch_failed,
            Linked: self._link,
            Unlinked: self._unlink,
            Exited: self._exited,
            JavaFailed: self._java_failed,
            WindowSeen: self._window,
            CommandFailed: self._command_failed,
            TimerDue: self._due,
            Probed: self._probed,
        }

    @property
    def is_logged_in(self) -> bool:
        """Return whether the login is complete and the settings are made."""
        return self.configured and bool(self.pid) and not self.ending

    def handle(self, signal: Signal) -> list[Action]:
        """Take a signal; return what is to be done, in this order."""
        self._out = []
        self._handlers[type(signal)](signal)
        out = self._out
        self._out = []
        return out

    # --- the windows that have a script of their own ---

    def then_login(self, shown: Shown) -> None:
        """Log in."""
        if self.state is not State.READY or not self.configured:
            self.run(shown, scripts.log_in(self, shown))

    def then_choose_device(self, shown: Shown) -> None:
        """Choose the second factor."""
        self.run(shown, scripts.choose_device(self, shown))

    def then_two_factor(self, shown: Shown) -> None:
        """Wait for the second factor, or type it."""
        self.run(shown, scripts.second_factor(self, shown))

    def then_login_again(self, shown: Shown) -> None:
        """Say that it shall log in again, unless the second factor has failed too often."""
        self.run(shown, scripts.login_again(self, shown))

    def then_configure(self, shown: Shown) -> None:
        """Make the settings."""
        self.run(shown, settings_scripts.make_settings(self, shown))

    # --- what is asked for ---

    def _start(self, _: StartAsked) -> None:
        if self.ending:
            result = StartResult(ErrorCode.ProcessStartFailed, "the Gateway is just being ended")
            self._out.append(Finish(result, keep=False))
            return
        if self.starting:
            return  # what the start under way comes to is the result of this one too
        if self.state not in AT_REST:
            self._out.append(Finish(StartResult()))
            return
        self.starting = True
        self.requested = False
        self.silent = False
        self.restarting = False
        self.again = False
        self._launch(soft=False)

    def _stop(self, asked: StopAsked) -> None:
        self.requested = True
        self.silent = asked.silent
        self.again = False
        if self.state in AT_REST:
            return
        self.say("Shutdown request detected. Shutting down...")
        if self.starting:
            self._finish(StartResult(ErrorCode.ProcessStartFailed, "Stop() was called"), False)
        self.shut_down()

    def _soft_restart(self, _: SoftRestartAsked) -> None:
        if self.state is not State.READY:
            self.say("A soft restart needs a Gateway that is ready; there is none")
            return
        while self.soft_calls and self.soft_calls[0] <= self.now - 3600:
            self.soft_calls.popleft()
        self.soft_calls.append(self.now)
        delay = self.config.soft_restart_backoff * (len(self.soft_calls) - 1)
        self.say(f"Restart request detected, starting restart in {delay:g} seconds...")
        self.soft_tries = 0
        self.timer("soft restart", delay)

    def _timer_soft_restart(self) -> None:
        self.soft_tries += 1
        self.purpose = "restart"
        self.restart_seen = True
        self.menu_tries = 0
        self.timer("soft limit", self.config.soft_restart_timeout)
        self.open_settings()

    def _timer_soft_limit(self) -> None:
        limit = f"{self.config.soft_restart_timeout:g} seconds"
        if self.soft_tries < 2 and self.state is State.READY:
            self.say(f"Soft restart timed out after {limit}. Triggering a new restart...")
            self._timer_soft_restart()
            return
        self.restart_seen = False
        self._out.append(Finish(StartResult(ErrorCode.SoftRestartTimeout)))
        self._out.append(TellRestarted())

    # --- time ---

    def _due(self, signal: TimerDue) -> None:
        name, _, number = signal.name.partition(" ")
        if name == "window" and number.isdigit():
            shown = self.windows.get(int(number))
            if shown is not None:
                self._resume(shown)
        elif name == "unknown":
            self._unknown(int(number))
        else:
            getattr(self, f"_timer_{signal.name.replace(' ', '_')}")()

    def _timer_initialisation(self) -> None:
        busy = any(key in plain(self.last_title) for key in map(plain, PROGRESS))
        detail = BUSY if busy else f"the last window was {self.last_title!r}"
        if self.restarting:
            detail = f"Auto-restart timed out - {detail}"
        if not self.windows and not self.linked:
            detail = f"the program has shown no window{NO_AGENT}"
        self.fail(ErrorCode.InitializationTimeout, detail)

    def _timer_login_window(self) -> None:
        if self.state in (State.LAUNCHING, State.RESTARTING) and not self.known_window:
            limit = f"{self.config.login_window_timeout:g} seconds"
            more = "" if self.linked else NO_AGENT
            self.fail(
                ErrorCode.InitializationTimeout, f"no window that is known within {limit}{more}"
            )

    def _timer_login(self) -> None:
        if any(is_progress(shown.tree) for shown in self.windows.values()):
            # the second factor was given in the moment that it was cancelled: it goes on by itself
            self.timer("login", self.config.two_factor_backoff)
            return
        for shown in self.windows.values():
            if shown.rule is not None and shown.rule.then == "login":
                self.run(shown, scripts.log_in(self, shown))
                return
        self.fail(ErrorCode.InitializationTimeout, "the window of the login is gone")

    # --- the API ---

    def _probed(self, signal: Probed) -> None:
        if self.ending or not self.configured:
            return
        if self.state is State.READY:
            self._health(signal)
        elif signal.answered:
            self._ready()
        else:
            self.timer("probe", self.config.probe_interval)

    def _timer_probe(self) -> None:
        self.probe()

    def _ready(self) -> None:
        restarted = self.restarting
        self.restarting = False
        self.no_timer("soft limit")
        self.enter(State.READY)
        self._finish(StartResult())
        if restarted:
            self.say("IB Automater restarted and initialized.")
            self._out.append(TellRestarted())
        else:
            self.say("IB Automater initialized.")
        if self.config.health_interval:
            self.timer("health", self.config.health_interval)

    def _timer_health(self) -> None:
        self.probe()

    def _health(self, signal: Probed) -> None:
        self.unanswered = 0 if signal.answered else self.unanswered + 1
        if self.unanswered >= self.config.health_failures:
            self.say(f"The API is silent: {signal.detail}; restarting IBGateway")
            self.alert("gateway_api_silent", "error", f"The API is silent: {signal.detail}")
            self.restarting = True
            self.again = True
            self.shut_down()
        elif self.config.health_interval:
            self.timer("health", self.config.health_interval)
