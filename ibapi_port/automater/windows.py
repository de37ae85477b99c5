"""What is done for a window: the rule that it matches, its steps, what is not known."""

from __future__ import annotations

import re
from collections.abc import Generator

from .base import MOST_CLICKS, MOST_RECORDS, MOST_TOLD, Script, Shown
from .builtin_rules import is_progress
from .flow import Transitions
from .result import ErrorCode
from .rules import Rule, Step
from .signals import (
    CommandFailed,
    Record,
    State,
    WindowSeen,
)
from .tree import Node, field, find, has_text, message, of_kind


def _words(shown: Shown) -> str:
    """Return what a window says without its numbers: a countdown says the same all the time."""
    return re.sub(r"\d+", "", message(shown.tree) or shown.tree.text)


class Windows(Transitions):
    """Windows that are opened, change and close, and the rules that they match."""

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
        elif self.state in (State.AUTHENTICATING, State.RESTARTING) and not self.splash_awaited:
            self.splash_awaited = True  # set once: a window may change all the time
            self.timer("splash", self.config.splash_wait)

    def _timer_splash(self) -> None:
        """The main window is there and nothing else: the splash was gone before we could see it."""
        self.splash_awaited = False
        found = self.main_frame()
        if found is None or self.configured or self.menu_tries or self.ending:
            return
        if len(self.windows) > 1 or not found[1].enabled:  # the login, its second factor, a splash
            self.splash_awaited = True
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
        if is_progress(shown.tree) or self.ending:
            self.no_timer(f"unknown {shown.win}")
            shown.awaited = False
            self.known_window = shown.win
        elif not shown.awaited and _words(shown) not in shown.told[-1:]:
            # set once, not for each change: a window that counts down would never be told
            shown.awaited = True
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
        shown.awaited = False
        if len(shown.told) >= MOST_TOLD:
            return
        shown.told.append(_words(shown))
        if shown.tree.kind == "dialog":
            self._unknown_dialog(shown)
        else:
            self._unknown_frame(shown)

    def _unknown_frame(self, shown: Shown) -> None:
        main = self.main_frame()
        if main is not None and main[0] is shown:
            return
        self.say(f"Unhandled window detected - Window title: [{shown.tree.text}]")
        self._keep(shown, "unhandled window")
        if self.starting and of_kind(shown.tree, "password"):
            buttons = ", ".join(n.text for n in of_kind(shown.tree, "button") if n.text) or "none"
            text = "has a field for a password, and no button that is known"
            self.fail(
                ErrorCode.InitializationTimeout,
                f"the window {shown.tree.text!r} {text}; there are: {buttons}",
            )

    def _unknown_dialog(self, shown: Shown) -> None:
        text = message(shown.tree) or shown.tree.text
        self.say(f"Unknown message window detected: {text}")
        self._keep(shown, "unknown message window")
        self.alert("gateway_unknown_window", "error", f"Unknown window of IB Gateway: {text}")
        if self.starting or self.restarting:
            self.fail(ErrorCode.UnknownMessageWindowDetected, text)

    def _keep(self, shown: Shown, why: str) -> None:
        """Have a window kept, unless it, and others that say the same, are kept already: those of
        another kind would be deleted for what comes again and again.
        """
        words = f"{shown.tree.text} {_words(shown)}"
        self.records[words] += 1
        if self.records[words] <= MOST_RECORDS:
            self._out.append(Record(shown.win, shown.tree, why))
        if len(self.records) > 1000:
            self.records.clear()
