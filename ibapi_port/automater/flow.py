"""The state of the Gateway as the state machine sees it, what follows from windows, and how a start
and the Gateway come to an end. machine.py has what is done for each signal.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

from .clock import Clock
from .config import Config
from .result import ErrorCode, StartResult
from .rules import Rule
from .schedule import DEFAULT_REGION, in_server_reset
from .signals import (
    Action,
    Alert,
    CancelTimer,
    Do,
    End,
    Enter,
    Finish,
    Launch,
    Probe,
    Say,
    SetTimer,
    Signal,
    State,
    TellExited,
)
from .tree import Node, find, menu_item, message, plain

T = TypeVar("T")
Script = Generator[float, None, None]
BUSY = "IB server is busy or being reset for the weekend"
STARTING = {State.LAUNCHING, State.LOGIN, State.AUTHENTICATING, State.TWO_FACTOR, State.STARTING}
AT_REST = {State.STOPPED, State.FAILED}
MOST_CLICKS = 3  # of one button, before it is told that nothing follows
HELD = 1000  # signals of a process that waits to take the place of the one before


class Shown:
    """A window that is open, and what is being done in it."""

    def __init__(self, win: int, show: int, tree: Node) -> None:
        self.win = win
        self.show = show
        self.tree = tree
        self.open = True
        self.rule: Rule | None = None
        self.said = ""  # what it said when its rule was chosen
        self.script: Script | None = None


class Base:
    """State, windows and scripts; what they have in common."""

    def __init__(self, config: Config, rules: Sequence[Rule], clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.rules = tuple(rules)
        self.state = State.STOPPED
        self.region = DEFAULT_REGION
        self.pid = 0
        self.windows: dict[int, Shown] = {}
        self._out: list[Action] = []
        self.linked = False
        self.starting = False  # a result is owed
        self.restarting = False  # Restarted is owed
        self.restart_seen = False  # the Gateway has said that it restarts
        self.soft = False  # the process wants no login
        self.ending = False
        self.requested = False
        self.silent = False
        self.failed = False
        self.again = False  # it is to be started again once it has ended
        self.attempts = 0  # of the second factor
        self.tries = 0  # of the login, where IB asked for another
        self.menu_tries = 0
        self.logged_in = False  # the splash has closed
        self.configured = False
        self.purpose = "all"  # what the settings are opened for: "all" or "restart"
        self.unanswered = 0
        self.last_title = ""
        self.known_window = 0
        self.soft_calls: deque[float] = deque()
        self.soft_tries = 0
        self.soft_waiting = False
        self.held: deque[Signal] = deque(maxlen=HELD)
        self.held_pid = 0
        self.exit_code = 0

    # --- small words ---

    @property
    def now(self) -> float:
        """Return the clock's seconds."""
        return self.clock.monotonic()

    def say(self, text: str) -> None:
        """Tell a line of output."""
        self._out.append(Say(text))

    def do(self, what: str, **values: Any) -> None:
        """Have the agent do something."""
        self._out.append(Do({"do": what, **values}))

    def click(self, node: Node) -> None:
        """Click a component, and say so."""
        self.do("click", c=node.id)
        self.say(f"Click button: [{node.text}]")

    def tick(self, node: Node, value: bool) -> None:
        """Set a check box or a radio button, if it is not so yet."""
        if node.selected != value:
            self.do("check", c=node.id, value=value)
            kind = "radio button" if node.kind == "radio" else "checkbox"
            self.say(f"{'Select' if value else 'Unselect'} {kind}: [{node.text}]")

    def timer(self, name: str, seconds: float) -> None:
        """Set a timer."""
        self._out.append(SetTimer(name, seconds))

    def no_timer(self, *names: str) -> None:
        """Forget timers."""
        self._out.extend(CancelTimer(name) for name in names)

    def enter(self, state: State) -> None:
        """Go to another state."""
        if state is not self.state:
            self.state = state
            self._out.append(Enter(state))

    def alert(self, kind: str, level: str, text: str) -> None:
        """Tell a person."""
        self._out.append(Alert(kind, level, text))

    def main_frame(self) -> tuple[Shown, Node] | None:
        """Return the main window and its item Configure > Settings; None if it is not there."""
        for shown in self.windows.values():
            item = menu_item(shown.tree, "Configure", "Settings")
            if item is not None:
                return shown, item
        return None

    def in_reset(self) -> bool:
        """Return whether IB's servers are being reset now."""
        return in_server_reset(self.clock.utc(), self.config, self.region)

    # --- scripts ---

    def look(
        self, shown: Shown, find_it: Callable[[Node], T | None], seconds: float
    ) -> Generator[float, None, T | None]:
        """Wait in a script until something is in a window. Return None if it does not come."""
        end = self.now + seconds
        while shown.open:
            found = find_it(shown.tree)
            if found is not None:
                return found
            left = end - self.now
            if left <= 0:
                return None
            yield left
        return None

    def stay(self, shown: Shown, seconds: float) -> Script:
        """Wait in a script, as long as the window is open."""
        end = self.now + seconds
        while shown.open and (left := end - self.now) > 0:
            yield left

    def run(self, shown: Shown, script: Script) -> None:
        """Begin a script in a window, in place of what went on there."""
        shown.script = script
        self._resume(shown)

    def _resume(self, shown: Shown) -> None:
        script = shown.script
        name = f"window {shown.win}"
        if script is None:
            return
        try:
            seconds = next(script)
        except StopIteration:
            if shown.script is script:  # it may have begun another
                shown.script = None
                self.no_timer(name)
        else:
            if shown.script is script:
                self.timer(name, max(seconds, 0.0))


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
        self.no_timer("splash")
        self.linked = False
        again = self.again and not self.requested
        self.again = False
        if self.starting and not again:
            self.failed = True
            detail = "Stop() was called" if self.requested else f"it ended with exit code {code}"
            self._finish(StartResult(ErrorCode.ProcessStartFailed, detail), keep=False)
        if again:
            self._launch(soft=True)
            return
        self.restarting = False
        self.ending = False
        self.enter(State.FAILED if self.failed else State.STOPPED)
        if was_running and not self.silent:
            self._out.append(TellExited(code, self.requested))

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
        self.configured = False
        self.restart_seen = False
        self.menu_tries = 0
        self.attempts = 0
        self.tries = 0
        self.unanswered = 0
        self.last_title = ""
        self.known_window = 0
        self.purpose = "all"
        self.held.clear()
        self.held_pid = 0
        self.enter(State.RESTARTING if self.restarting else State.LAUNCHING)
        self._out.append(Launch(soft))
        self.timer("initialisation", self.config.initialization_timeout)


class Transitions(Endings):
    """What follows from windows: the names that `Rule.then` may have."""

    def then_close_window(self, shown: Shown) -> None:
        """Close the window."""
        self.do("close", w=shown.win)

    def then_server_disconnected(self, shown: Shown) -> None:
        """End the Gateway: IB's servers are away, as on weekends."""
        self.say("Server disconnection detected, closing IBGateway.")
        self.give_up_quietly(BUSY)

    def then_login_failed(self, shown: Shown) -> None:
        """Take it for a wrong password, unless IB's servers are being reset."""
        if self.in_reset():
            self.say("Login failed while IB's servers are being reset, closing IBGateway.")
            self.give_up_quietly(BUSY)
        else:
            self.fail(ErrorCode.LoginFailed, message(shown.tree))

    def then_too_many_logins(self, shown: Shown) -> None:
        """Log in again after the time that IB asks for."""
        wait = _wait_in(message(shown.tree)) + self.config.login_wait
        self.say(f"Too many failed login attempts: logging in again in {wait:g} seconds")
        self.alert("gateway_login_delayed", "warning", f"IB asks to wait {wait:g} seconds.")
        self.timer("initialisation", self.config.initialization_timeout + wait)
        self.log_in_again(wait)

    def then_try_again(self, shown: Shown) -> None:
        """Log in again, some times."""
        if self.tries >= MOST_CLICKS:
            self.fail(ErrorCode.InitializationTimeout, message(shown.tree))
        else:
            self.log_in_again(self.config.login_wait)

    def log_in_again(self, seconds: float) -> None:
        """Log in again after some seconds."""
        self.tries += 1
        self.timer("login", seconds)

    def then_token_expired(self, shown: Shown) -> None:
        """End the Gateway: the next start logs in with all that it takes."""
        self.alert("gateway_login_due", "warning", "The restart token has expired: a full login.")
        if self.starting:
            self._finish(
                StartResult(ErrorCode.InitializationTimeout, "Auto-restart token expired"),
            )
        self.enter(State.TOKEN_EXPIRED)
        self.shut_down(self.config.token_expired_timeout)

    def then_restart_soon(self, shown: Shown) -> None:
        """Expect another process in place of this one."""
        self.restart_seen = True
        self.say("Restart in progress")

    def then_logs_exported(self, shown: Shown) -> None:
        """Close the window that exported."""
        for other in self.windows.values():
            if "view logs" in plain(other.tree.text):
                cancel = find(other.tree, ("Cancel", "Close"))
                if cancel is not None:
                    self.click(cancel)

    def then_started(self, shown: Shown) -> None:
        """The login is complete: make the settings."""
        self.attempts = 0
        self.tries = 0
        self.soft = False
        self.logged_in = True
        self.no_timer("login window", "login", "splash")
        self.enter(State.RESTARTING if self.restarting else State.STARTING)
        self.say("Login complete")
        self.timer("main window", self.config.main_window_wait)
        self.open_settings()

    def open_settings(self) -> None:
        """Open the settings, if the main window is there."""
        found = self.main_frame()
        if found is None:
            self.say("Finding main window...")
            return
        if self.menu_tries >= MOST_CLICKS:
            self.fail(ErrorCode.InitializationTimeout, "the settings do not open")
            return
        self.menu_tries += 1
        shown, item = found
        self.say(
            f"Found main window (Window title: [{shown.tree.text}]"
            f" - Window name: [{shown.tree.name}])"
        )
        self.do("click", c=item.id)
        self.say("Click menu: [Configure > Settings]")
        self.timer("main window", self.config.step_timeout)

    def _timer_main_window(self) -> None:
        if self.main_frame() is None:
            self.say("Main window not found.")
            self.fail(
                ErrorCode.InitializationTimeout, "no window with the menu Configure > Settings"
            )
        else:
            self.open_settings()

    def settings_made(self) -> None:
        """The settings are made: ask the API whether it answers."""
        self.no_timer("main window")
        self.say("Configuration settings updated.")
        if self.purpose == "restart":
            self.purpose = "all"
            return
        self.configured = True
        self.enter(State.RESTARTING if self.restarting else State.CONFIGURING)
        self._out.append(Probe())
        if self.config.export_logs:
            self.export_logs()

    def export_logs(self) -> None:
        """Open the window that exports Gateway's log."""
        found = self.main_frame()
        item = None if found is None else menu_item(found[0].tree, "File", "Gateway Logs")
        if item is not None:
            self.do("click", c=item.id)
            self.say("Click menu: [File > Gateway Logs]")


_WAIT = re.compile(r"(\d+)\s*(hour|minute|second)", re.IGNORECASE)
_UNITS = {"hour": 3600, "minute": 60, "second": 1}


def _wait_in(text: str) -> float:
    """Return the seconds that a text asks to wait: "4 minutes & 47 seconds" is 287."""
    return float(sum(int(number) * _UNITS[unit.lower()] for number, unit in _WAIT.findall(text)))
