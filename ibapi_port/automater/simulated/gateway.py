"""A Gateway that is none: it shows the windows of one, and does what a test has told it to.

Its behaviour is the same on every screen: `FakeScreen` passes what it shows to an automater in the
same program; a screen with real windows can take its place.
"""

from __future__ import annotations

import random

from .behaviour import BYPASSES, Dialog
from .parts import Part, choose_one
from .windows import Windows


class SimulatedGateway(Windows):
    """One Gateway: its login, its main window, its settings."""

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

    def _splash(self) -> None:
        splash = Part("frame", "Starting application...", Part("label", "Loading modules"))
        if self.behaviour.splash:
            self.show(splash)

        def started() -> None:
            self.close(splash)
            if self._form is not None:
                self.close(self._form)
            self._main()

        self.screen.later(self.behaviour.splash, started)

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
