"""A Gateway that is none: it shows the windows of one, and does what a test has told it to.

Its behaviour is the same on every screen: `FakeScreen` passes what it shows to an automater in the
same program; a screen with real windows can take its place.
"""

from __future__ import annotations

import dataclasses
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .parts import Part, choose_one

SPLASH = 1.0
BYPASSES = (
    "Bypass Order Precautions for API Orders",
    "Bypass Bond warning for API Orders",
    "Bypass negative yield to worst confirmation for API Orders",
    "Bypass Called Bond warning for API Orders",
)
DIALECTS: Mapping[str, Mapping[str, str]] = {
    "space": {},
    "hyphen": {
        "IBKR Gateway": "IBKR-Gateway",
        "IB API": "IB-API",
        "Log In": "Login",
        "Paper Log In": "Paper-Login",
        "Live Trading": "Live-Trading",
        "Paper Trading": "Paper-Trading",
        "Socket port": "Socket-port:",
        "Auto restart": "Auto-restart",
        "Read-Only API": "Read Only API",
        "Re-login": "Re login",
        "OK": "Ok",
    },
    "old": {
        "IBKR Gateway": "IB Gateway",
        "IB API": "TWS/API",
        "Log In": "Login",
        "Paper Log In": "Paper Login",
        "Auto restart": "Auto Restart",
        "OK": "OK...",
    },
}


@dataclass
class Dialog:
    """A window that comes in the course of things.

    `then` says by button what follows: "next", "form" (the login again), "exit" or "stay". A
    dialog with `closes_after` closes itself after so many seconds.
    """

    title: str = ""
    text: str = ""
    buttons: Sequence[str] = ("OK",)
    checks: Sequence[str] = ()
    then: Mapping[str, str] = field(default_factory=dict)
    devices: Sequence[str] = ()
    fields: Sequence[str] = ()
    enabled_after: float = 0.0
    buttons_after: float = 0.0
    closes_after: float | None = None
    kind: str = "dialog"
    text_kind: str = "label"
    code: Callable[[str], bool] | None = None  # whether the code that was typed is right


@dataclass
class Behaviour:
    """How a Gateway behaves. `logins` has, for each login, the dialogs after it."""

    logins: Sequence[Sequence[Dialog]] = ((),)
    before: Sequence[Dialog] = ()  # before any window
    notices: Sequence[Dialog] = ()  # once it is logged in
    dialect: str = "space"
    shuffle: int = 0  # 0: the usual order; otherwise the seed of another one
    login_enabled: bool = True
    late: float = 0.0  # seconds until a button can be clicked, or a page of settings is there
    shows_login: bool = True
    ends_at_close: bool = True
    asks_at_close: bool = False
    ends_at_term: bool = True
    offers_restart: bool = True
    restarts_at_time: bool = True  # when a soft restart was asked for
    api: bool = True
    answers: bool = True  # the API answers handshakes
    has_ssl: bool = True
    trusted: Sequence[str] = ("127.0.0.1",)


class Screen(ABC):
    """Where a Gateway shows its windows, and the process that it is in."""

    @abstractmethod
    def show(self, window: Part) -> None:
        """Show a window."""

    @abstractmethod
    def change(self, window: Part) -> None:
        """Show what has changed in a window."""

    @abstractmethod
    def close(self, window: Part) -> None:
        """Close a window."""

    @abstractmethod
    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something later, unless the process has ended by then."""

    @abstractmethod
    def exit(self, code: int) -> None:
        """End the process."""

    @abstractmethod
    def open_api(self, port: int) -> None:
        """Have the API answer at a port."""


class SimulatedGateway:
    """One Gateway. `answers` and `settings` tell what was done with it."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.answers: list[tuple[str, str]] = []  # title or text of a dialog, and the button
        self.ticked: list[str] = []
        self.settings: dict[str, object] = {}
        self.logins: list[tuple[str, str, str]] = []  # user, password, mode
        self.starts = 0
        self.codes: list[str] = []
        self.chosen: list[str] = []
        self.trusted = list(self.behaviour.trusted)
        self.soft = False
        self._screen: Screen | None = None
        self._form: Part | None = None
        self._windows: list[Part] = []
        self._panel: Part | None = None
        self._draft: dict[str, object] = {}

    # --- the process ---

    def begin(self, screen: Screen, soft: bool = False) -> None:
        """The process has started."""
        self._screen = screen
        self._windows = []
        self._form = None
        self.soft = soft
        self.starts += 1
        if soft:
            self.dialogs(self.behaviour.before, self._splash)
        elif self.behaviour.shows_login:
            self.dialogs(self.behaviour.before, self._login_form)

    @property
    def screen(self) -> Screen:
        """Return where it shows its windows."""
        assert self._screen is not None
        return self._screen

    def label(self, text: str) -> str:
        """Return a label in the dialect."""
        return DIALECTS[self.behaviour.dialect].get(text, text)

    def show(self, window: Part) -> None:
        """Show a window."""
        self._windows.append(window)
        self.screen.show(window)

    def close(self, window: Part) -> None:
        """Close a window."""
        if window in self._windows:
            self._windows.remove(window)
            self.screen.close(window)

    def exit(self, code: int = 0) -> None:
        """End the process."""
        self.screen.exit(code)

    def close_asked(self, window: Part) -> None:
        """A window was asked to close, by its cross."""
        if window.kind == "frame":
            self._leave()
        else:
            self.close(window)

    def _leave(self) -> None:
        if not self.behaviour.ends_at_close:
            return
        if self.behaviour.asks_at_close:
            ask = Dialog("Exit", "Are you sure you want to exit?", ("Yes", "No"))
            self.dialogs([ask], lambda: self.exit(0))
        else:
            self.screen.later(0.1, lambda: self.exit(0))

    # --- dialogs ---

    def dialogs(self, some: Sequence[Dialog], then: Callable[[], None]) -> None:
        """Show dialogs, each when the one before was answered with "next"; then go on."""
        if not some:
            then()
            return

        def answered(what: str) -> None:
            if what == "next":
                self.dialogs(some[1:], then)
            elif what == "form":
                self._form_again()
            elif what == "exit":
                self.exit(0)

        self.dialog(some[0], answered)

    def dialog(self, dialog: Dialog, answered: Callable[[str], None]) -> Part:
        """Show one dialog; `answered` gets what follows from the button."""
        window = Part(dialog.kind, self.label(dialog.title))
        window.name = f"{dialog.kind}0"
        if dialog.text:
            window.children.append(Part(dialog.text_kind, dialog.text))
        boxes = [Part("check", self.label(text)) for text in dialog.checks]
        fields = [Part("text", label=text) for text in dialog.fields]
        lists = [Part("list", items=dialog.devices)] if dialog.devices else []
        window.children += [*boxes, *fields, *lists]

        def press(button: str) -> None:
            self.answers.append((dialog.title or dialog.text, button))
            self.ticked += [box.text for box in boxes if box.selected]
            what = dialog.then.get(button, "next")
            if fields:
                self.codes.append(fields[0].text)
                if dialog.code is not None and not dialog.code(fields[0].text):
                    what = "again"
            if lists:
                self.chosen.append(dialog.devices[lists[0].index] if lists[0].index >= 0 else "")
            if what == "stay":
                return
            self.close(window)
            if what == "again":
                self.screen.later(0.5, lambda: answered_again())
            else:
                answered(what)

        def answered_again() -> None:
            self.dialog(dialog, answered)

        buttons = [
            Part(
                "button",
                self.label(text),
                on=lambda text=text: press(text),  # type: ignore[misc]
                enabled=not dialog.enabled_after,
            )
            for text in dialog.buttons
        ]
        if not dialog.buttons_after:
            window.children += buttons
        self.show(window)
        self._late(window, dialog, buttons)

        def close_itself() -> None:
            if window in self._windows:
                self.close(window)
                answered("next")

        if dialog.closes_after is not None:
            self.screen.later(dialog.closes_after, close_itself)
        return window

    def _late(self, window: Part, dialog: Dialog, buttons: list[Part]) -> None:
        def enable() -> None:
            for button in buttons:
                button.enabled = True
            if window in self._windows:
                self.screen.change(window)

        def add() -> None:
            window.children += buttons
            if window in self._windows:
                self.screen.change(window)

        if dialog.buttons_after:
            self.screen.later(dialog.buttons_after, add)
        if dialog.enabled_after:
            self.screen.later(dialog.buttons_after + dialog.enabled_after, enable)

    # --- login ---

    def _login_form(self) -> None:
        api = Part("toggle", self.label("IB API"), on=lambda: pick(kinds, api))
        fix = Part("toggle", "FIX CTCI", selected=True, on=lambda: pick(kinds, fix))
        live = Part("toggle", self.label("Live Trading"), selected=True, on=lambda: mode(live))
        paper = Part("toggle", self.label("Paper Trading"), on=lambda: mode(paper))
        kinds = [api, fix]
        modes = [live, paper]
        user = Part("text", label="Username")
        secret = Part("password", label="Password")
        ssl = [Part("check", "Use SSL")] if self.behaviour.has_ssl else []
        button = Part("button", self.label("Log In"), on=lambda: log_in())
        button.enabled = self.behaviour.login_enabled and not self.behaviour.late

        def pick(group: list[Part], chosen: Part) -> None:
            choose_one(group, chosen)
            self.screen.change(frame)

        def mode(chosen: Part) -> None:
            button.text = self.label("Paper Log In" if chosen is paper else "Log In")
            pick(modes, chosen)

        def log_in() -> None:
            number = len(self.logins)
            self.logins.append((user.text, secret.text, "paper" if paper.selected else "live"))
            self._log_in(number)

        parts = [*kinds, *modes, self._labelled(user), self._labelled(secret), *ssl, button]
        frame = Part("frame", self.label("IBKR Gateway"), *self._shuffled(parts))
        frame.name = "frame0"
        self._form = frame
        self.show(frame)

        def enable() -> None:
            button.enabled = True
            self.screen.change(frame)

        if self.behaviour.late and self.behaviour.login_enabled:
            self.screen.later(self.behaviour.late, enable)

    def _labelled(self, part: Part) -> Part:
        return Part("row", "", Part("label", part.label), part)

    def _shuffled(self, parts: list[Part]) -> list[Part]:
        if self.behaviour.shuffle:
            parts = list(parts)
            random.Random(self.behaviour.shuffle).shuffle(parts)
        return parts

    def _log_in(self, number: int) -> None:
        logins = self.behaviour.logins
        progress = Part("dialog", "Gateway", Part("label", "Connecting to server..."))
        progress.children.append(Part("button", "OK", on=lambda: self.close(progress)))
        self.show(progress)

        def go_on() -> None:
            self.close(progress)
            self.dialogs(logins[min(number, len(logins) - 1)], self._splash)

        self.screen.later(0.3, go_on)

    def _form_again(self) -> None:
        """The form was there all the time: it is used again."""

    def _splash(self) -> None:
        splash = Part("frame", "Starting application...", Part("label", "Loading modules"))
        self.show(splash)

        def started() -> None:
            self.close(splash)
            if self._form is not None:
                self.close(self._form)
            self._main()

        self.screen.later(SPLASH, started)

    # --- the main window and its settings ---

    def _main(self) -> None:
        menus = [
            Part(
                "menu",
                "File",
                Part("item", "Gateway Logs", on=self._logs),
                Part("item", "API Logs"),
                Part("item", "Close", on=self._leave),
            ),
            Part("menu", "Configure", Part("item", "Settings", on=self._settings)),
        ]
        frame = Part("frame", self.label("IBKR Gateway"), *menus, Part("label", "API Server"))
        self.main = frame
        self.show(frame)
        for notice in self.behaviour.notices:
            self.dialog(notice, lambda what: None)

    def _logs(self) -> None:
        """Export a log, in three windows."""
        view = Part("dialog", "View Logs")
        name = Dialog("Enter export filename", "File name:", ("Open", "Cancel"))
        done = Dialog("", "Finished exporting logs", ("OK",))

        def export() -> None:
            self.dialogs([name, done], lambda: None)

        view.children = [
            Part("button", "Export Today Logs...", on=export),
            Part("button", "Cancel", on=lambda: self.close(view)),
        ]
        self.show(view)

    def _settings(self) -> None:
        rows = ["Configuration", "Configuration\tAPI", "Configuration\tAPI\tSettings"]
        rows += ["Configuration\tAPI\tPrecautions", "Configuration\tLock and Exit"]
        tree = Part("tree", items=rows)
        panel = Part("other")
        self._draft = {}
        window = Part("dialog", f"{self.label('IBKR Gateway')} Configuration", tree, panel)
        window.name = "dialog1"

        def chosen() -> None:
            page = rows[tree.index].rpartition("\t")[2]
            self.screen.later(self.behaviour.late or 0.01, lambda: build(page))

        def build(page: str) -> None:
            self._keep(panel)
            panel.children = self._page(page, window)
            if window in self._windows:
                self.screen.change(window)

        def ok() -> None:
            self._keep(panel)
            self.close(window)
            self._apply()

        tree.on = chosen
        window.children += [
            Part("button", self.label("OK"), on=ok),
            Part("button", "Cancel", on=lambda: self.close(window)),
        ]
        self.show(window)

    def _page(self, page: str, window: Part) -> list[Part]:
        if page == "Settings":
            port = Part("text", "4001", label=self.label("Socket port"))
            master = Part("text", label="Master API client ID")
            ips = Part("list", items=self.trusted)

            def create() -> None:
                box = Part("text", label="Please enter trusted IP")
                dialog = Part("dialog", "Gateway", Part("label", "Trusted IP"), box)

                def ok() -> None:
                    self.trusted.append(box.text)
                    ips.items = list(self.trusted)
                    self.close(dialog)
                    self.screen.change(window)

                dialog.children.append(Part("button", "OK", on=ok))
                self.show(dialog)

            return self._shuffled(
                [
                    Part("check", self.label("Read-Only API"), selected=True),
                    Part("check", "Create API message log file"),
                    Part("check", "Use Account Groups with Allocation Methods", selected=True),
                    Part("check", "Allow connections from localhost only"),
                    self._labelled(port),
                    self._labelled(master),
                    ips,
                    Part("button", "Create", on=create),
                ]
            )
        if page == "Precautions":
            return self._shuffled([Part("check", text) for text in BYPASSES])
        if page == "Lock and Exit":
            return self._lock_and_exit(window)
        return [Part("label", page)]

    def _lock_and_exit(self, window: Part) -> list[Part]:
        if not self.behaviour.offers_restart:
            label = "Set Auto Log Off Time (HH:MM)"
            return [self._labelled(Part("text", "11:45", label=label))]
        label = "Set Auto Restart Time (HH:MM)"
        off = Part("radio", "Auto logoff", selected=True, on=lambda: pick(exits, off))
        on = Part("radio", self.label("Auto restart"), on=lambda: pick(exits, on))
        am = Part("radio", "AM", selected=True, on=lambda: pick(halves, am))
        pm = Part("radio", "PM", on=lambda: pick(halves, pm))
        exits = [off, on]
        halves = [am, pm]

        def pick(group: list[Part], chosen: Part) -> None:
            choose_one(group, chosen)
            self.screen.change(window)

        box = Part("text", "01:00", label=label)
        return [*exits, self._labelled(box), *halves]

    def _keep(self, panel: Part) -> None:
        for part in panel.walk():
            if part.kind in ("check", "radio"):
                self._draft[part.text] = part.selected
            elif part.kind == "text":
                self._draft[part.label] = part.text

    def _apply(self) -> None:
        self.settings.update(self._draft)
        port = self._draft.get(self.label("Socket port"))
        if isinstance(port, str) and self.behaviour.api:
            self.screen.open_api(int(port))

    # --- what happens later ---

    def say(self, dialog: Dialog) -> Part:
        """Show a dialog while it runs."""
        return self.dialog(dialog, lambda what: None)

    def change(self, **behaviour: object) -> None:
        """Change how it behaves from here on."""
        self.behaviour = dataclasses.replace(self.behaviour, **behaviour)  # type: ignore[arg-type]
