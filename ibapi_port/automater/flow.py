"""What follows from windows: the transitions that rules name."""

from __future__ import annotations

import re

from .base import BUSY, MOST_CLICKS, Shown
from .endings import Endings
from .result import ErrorCode, StartResult
from .signals import State
from .tree import find, menu_item, message, plain


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
        if self.tries >= MOST_CLICKS:
            self.fail(ErrorCode.InitializationTimeout, message(shown.tree))
            return
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
        self.probe()
        if self.config.export_logs:
            self.export_logs()

    def export_logs(self) -> None:
        """Open the window that exports Gateway's log."""
        found = self.main_frame()
        item = None if found is None else menu_item(found[0].tree, "File", "Gateway Logs")
        if item is not None:
            self.do("click", c=item.id)
            self.say("Click menu: [File > Gateway Logs]")


LONGEST_WAIT = 86400.0
_WAIT = re.compile(r"(\d{1,9})\s*(hour|minute|second)", re.IGNORECASE)
_UNITS = {"hour": 3600, "minute": 60, "second": 1}


def _wait_in(text: str) -> float:
    """Return the seconds that a text asks to wait: "4 minutes & 47 seconds" is 287."""
    found = sum(int(number) * _UNITS[unit.lower()] for number, unit in _WAIT.findall(text))
    return min(float(found), LONGEST_WAIT)
