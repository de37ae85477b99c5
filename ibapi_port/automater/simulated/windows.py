"""A simulated process and its windows: what login and settings are built with."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from .behaviour import DIALECTS, Behaviour, Dialog, Screen
from .parts import Part


class Windows(ABC):
    """A process with its windows. `answers` and `settings` tell what was done with it."""

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
        self._draft: dict[str, object] = {}

    @abstractmethod
    def _login_form(self) -> None: ...

    @abstractmethod
    def _splash(self) -> None: ...

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
            elif what == "exit":
                self.exit(0)
            # after "form" the login is used again: it was there all the time

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

    # --- what happens later ---

    def say(self, dialog: Dialog) -> Part:
        """Show a dialog while it runs."""
        return self.dialog(dialog, lambda what: None)

    def change(self, **behaviour: object) -> None:
        """Change how it behaves from here on."""
        self.behaviour = dataclasses.replace(self.behaviour, **behaviour)  # type: ignore[arg-type]
