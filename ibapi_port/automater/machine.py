"""The state machine: signals in, actions out. It does no I/O, has no thread, and asks an injected
clock for the time.

Signals come one by one to `handle`, which returns what is to be done. A window that a rule
recognises gets a script: a generator that is resumed whenever the window has changed, or when the
seconds that it has yielded have passed. The scripts of login, second factor and settings are in
scripts.py; the scripts of all other windows follow from the steps of their rules.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from . import scripts
from .builtin_rules import BUILT_IN, PROGRESS
from .clock import Clock
from .config import Config
from .flow import AT_REST, BUSY, MOST_CLICKS, Script, Shown, Transitions
from .result import ErrorCode, StartResult
from .rules import Rule, Step
from .signals import (
    Action,
    CommandFailed,
    Exited,
    Finish,
    Launched,
    LaunchFailed,
    Linked,
    Probe,
    Probed,
    Record,
    Signal,
    SoftRestartAsked,
    StartAsked,
    State,
    StopAsked,
    TellExited,
    TellRestarted,
    TimerDue,
    WindowSeen,
)
from .tree import Node, field, find, has_text, message, plain


class Machine(Transitions):
    """The whole: what is done for each signal."""

    def __init__(
        self, config: Config, rules: Sequence[Rule] = BUILT_IN, clock: Clock | None = None
    ) -> None:
        super().__init__(config, rules, clock or Clock())
        self._handlers: dict[type, Callable[[Any], None]] = {
            StartAsked: self._start,
            StopAsked: self._stop,
            SoftRestartAsked: self._soft_restart,
            Launched: self._launched,
            LaunchFailed: self._launch_failed,
            Linked: self._link,
            Exited: self._exited,
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
        self.run(shown, scripts.make_settings(self, shown))

    # --- what is asked for ---

    def _start(self, _: StartAsked) -> None:
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
        self.soft_waiting = True
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
        self.soft_waiting = False
        self.restart_seen = False
        self._out.append(Finish(StartResult(ErrorCode.SoftRestartTimeout)))
        self._out.append(TellRestarted())

    # --- the process ---

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
        if self.ending:
            return
        if self.pid in (0, signal.pid):
            if not self.pid:
                self._adopt(signal.pid)
            self.linked = True
            self.say("IBGateway started")
        elif self.held_pid != signal.pid:
            # Another process by our token: the Gateway restarts itself. It takes the place of the
            # first one when that is gone; until then what it shows waits.
            self.held.clear()
            self.held_pid = signal.pid

    def _adopt(self, pid: int) -> None:
        self.pid = pid
        self.restarting = not self.starting
        self.soft = self.restarting
        self.logged_in = False
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
        self.no_timer("health", "probe", "main window")
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
            detail = f"it ended with exit code {self.exit_code}"
            self._finish(StartResult(ErrorCode.ProcessStartFailed, detail), keep=False)
            self.failed = True
        self.enter(State.FAILED if self.failed else State.STOPPED)
        self._out.append(TellExited(self.exit_code, False))

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
            detail = "the program has shown no window"
        self.fail(ErrorCode.InitializationTimeout, detail)

    def _timer_login_window(self) -> None:
        if self.state in (State.LAUNCHING, State.RESTARTING) and not self.known_window:
            limit = f"{self.config.login_window_timeout:g} seconds"
            self.fail(ErrorCode.InitializationTimeout, f"no window that is known within {limit}")

    def _timer_login(self) -> None:
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
        self._out.append(Probe())

    def _ready(self) -> None:
        restarted = self.restarting
        self.restarting = False
        self.soft_waiting = False
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
        self._out.append(Probe())

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

    # --- windows ---

    def _command_failed(self, signal: CommandFailed) -> None:
        if signal.pid == self.pid:
            self.say(f"Error: {signal.what}: {signal.error}")

    def _window(self, signal: WindowSeen) -> None:
        if signal.pid != self.pid:
            if signal.pid == self.held_pid:
                self.held.append(signal)
            return
        shown = self.windows.get(signal.win)
        if signal.kind == "closed":
            self._window_closed(signal, shown)
        elif signal.tree is not None:
            if shown is None or shown.show != signal.show:
                self._window_opened(signal, shown, signal.tree)
            else:
                shown.tree = signal.tree
                self._note(shown)
                self._consider(shown)
            if not self.ending:
                self._settings_wanted()

    def _window_opened(self, signal: WindowSeen, before: Shown | None, tree: Node) -> None:
        if before is not None:  # shown again, and the closing was not seen
            before.open = False
        shown = Shown(signal.win, signal.show, tree)
        self.windows[signal.win] = shown
        self.say(
            f"Window event: [WINDOW_OPENED] - Window title: [{tree.text}]"
            f" - Window name: [{tree.name}]"
        )
        self._note(shown)
        self._consider(shown)

    def _note(self, shown: Shown) -> None:
        self.last_title = shown.tree.text or message(shown.tree) or self.last_title
        if shown.rule is None and has_text(shown.tree, "Restart in progress"):
            self.restart_seen = True

    def _window_closed(self, signal: WindowSeen, shown: Shown | None) -> None:
        if shown is None or shown.show != signal.show:
            return
        if signal.tree is not None:
            shown.tree = signal.tree
        del self.windows[signal.win]
        shown.open = False
        self.no_timer(f"unknown {signal.win}", f"window {signal.win}")
        self.say(
            f"Window event: [WINDOW_CLOSED] - Window title: [{shown.tree.text}]"
            f" - Window name: [{shown.tree.name}]"
        )
        self._resume(shown)
        if shown.script is not None:  # it waits for something else than this window
            self.no_timer(f"window {signal.win}")
        rule = self._rule_for(shown.tree, "closed")
        if rule is not None and not self.ending:
            shown.rule = rule
            self._transition(shown, rule)

    def _settings_wanted(self) -> None:
        """The splash has closed before the main window was there: it may be there now."""
        if self.configured or self.menu_tries or self.main_frame() is None:
            return
        if self.logged_in:
            self.open_settings()
        elif self.state in (State.AUTHENTICATING, State.RESTARTING):
            self.timer("splash", self.config.splash_wait)

    def _timer_splash(self) -> None:
        """The main window is there and nothing else: the splash was gone before we could see it."""
        found = self.main_frame()
        if found is None or self.configured or self.menu_tries or self.ending:
            return
        if len(self.windows) > 1 or not found[1].enabled:  # the login, its second factor, a splash
            self.timer("splash", self.config.splash_wait)
        else:
            self.then_started(found[0])

    def _rule_for(self, tree: Node, event: str) -> Rule | None:
        for rule in self.rules:
            if rule.event == event and rule.matches(tree, self.config, self.ending):
                return rule
        return None

    def _consider(self, shown: Shown) -> None:
        if shown.script is not None:
            self._resume(shown)
            return
        rule = self._rule_for(shown.tree, "opened")
        said = message(shown.tree)
        if rule is None:
            if shown.rule is None:
                self._wait_for_a_rule(shown)
            return
        if rule is shown.rule and (not rule.steps or said == shown.said):
            return  # done already; only what has other words is done again
        shown.rule = rule
        shown.said = said
        self.known_window = shown.win
        self.no_timer(f"unknown {shown.win}")
        self.run(shown, self._follow(shown, rule))

    def _wait_for_a_rule(self, shown: Shown) -> None:
        words = plain(f"{shown.tree.text} {message(shown.tree)}")
        if any(plain(p) in words for p in PROGRESS) or self.ending:
            self.no_timer(f"unknown {shown.win}")
            self.known_window = shown.win
        else:
            self.timer(f"unknown {shown.win}", self.config.unknown_wait)

    def _follow(self, shown: Shown, rule: Rule) -> Script:
        """Do a rule's steps, then what follows from them."""
        text = message(shown.tree)
        if rule.say:
            self.say(rule.say.replace("{text}", text))
        if rule.alert:
            self.alert(f"gateway_{rule.name.replace(' ', '_')}", rule.alert, text)
        clicked: list[tuple[Step, float]] = []
        for step in rule.steps:
            done = yield from self._step(shown, step)
            if not shown.open:
                break
            if not done:
                self._stuck(shown, rule, step)
                return
            if step.do == "click":
                clicked = [(step, self.now)]
        self._transition(shown, rule)
        for step, _ in clicked:
            yield from self._see_it_close(shown, step)

    def _step(self, shown: Shown, step: Step) -> Generator[float, None, bool]:
        if step.do == "close":
            self.do("close", w=shown.win)
            return True
        fields = step.do == "type"

        def there(root: Node) -> Node | None:
            node = field(root, step.labels) if fields else find(root, step.labels)
            return node if node is not None and node.enabled else None

        wait = 0.0 if step.optional else self.config.step_timeout
        node = yield from self.look(shown, there, wait)
        if node is None:
            return step.optional
        if step.do == "click":
            self.click(node)
        elif step.do == "type":
            self.do("type", c=node.id, text=step.value)
        else:
            self.tick(node, step.do == "check")
        return True

    def _see_it_close(self, shown: Shown, step: Step) -> Script:
        """Click again, some times, what has not closed its dialog: a click may be lost."""
        for _ in range(MOST_CLICKS - 1):
            said = message(shown.tree)
            yield from self.stay(shown, self.config.click_check)
            if not shown.open or shown.tree.kind != "dialog":
                return
            node = find(shown.tree, step.labels)
            if node is None or not node.enabled:
                return
            what = "shows the next message" if message(shown.tree) != said else "is still open"
            self.say(f"The window {what} after clicking [{node.text}]")
            self.click(node)

    def _stuck(self, shown: Shown, rule: Rule, step: Step) -> None:
        if self.ending:
            return
        what = " / ".join(step.labels)
        why = f"the window {shown.tree.text!r} has no [{what}] that could be clicked"
        self.say(f"Error: {why}")
        self._out.append(Record(shown.win, shown.tree, why))
        if rule.error is not None:
            self._transition(shown, rule)
        elif self.starting or self.restarting:
            self.fail(ErrorCode.UnknownMessageWindowDetected, f"{message(shown.tree)} ({why})")
        else:
            self.alert("gateway_window_stuck", "error", why)

    def _transition(self, shown: Shown, rule: Rule) -> None:
        if rule.error is not None:
            text = message(shown.tree)
            self.fail(rule.error, text if rule.tell else "")
        elif rule.then:
            getattr(self, f"then_{rule.then}")(shown)

    def _unknown(self, win: int) -> None:
        shown = self.windows.get(win)
        if shown is None or shown.rule is not None or self.ending:
            return
        text = message(shown.tree) or shown.tree.text
        if shown.tree.kind != "dialog":
            main = self.main_frame()
            if main is None or main[0] is not shown:
                self.say(f"Unhandled window detected - Window title: [{shown.tree.text}]")
                self._out.append(Record(win, shown.tree, "unhandled window"))
            return
        self.say(f"Unknown message window detected: {text}")
        self._out.append(Record(win, shown.tree, "unknown message window"))
        self.alert("gateway_unknown_window", "error", f"Unknown window of IB Gateway: {text}")
        if self.starting or self.restarting:
            self.fail(ErrorCode.UnknownMessageWindowDetected, text)
