"""`gateway run`: the automater, the keeper, the command servers and the companions as one whole."""

from __future__ import annotations

import contextlib
import json
import secrets
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...alerts import Alerts
from ..automater import IBAutomater
from ..clock import Clock
from ..credentials import resolve
from ..dumps import as_json, keep, prune
from .companions import Companion
from .control import CommandError, CommandServer, is_running, state_path, write_state
from .keeper import Keeper
from .settings import Settings

# IBC has them for TWS, or for its own script
_FOREIGN = ("PAUSE", "RECONNECTDATA", "RECONNECTACCOUNT", "ENABLEAPI")


class Runner:
    """One Gateway in the foreground."""

    def __init__(
        self,
        settings: Settings,
        say: Callable[[str], None] = print,
        clock: Clock | None = None,
        host: Any = None,
    ) -> None:
        """Make it; nothing is started. Raise ValueError if a setting or a secret is wrong."""
        self.settings = settings
        self._say = say
        self._alerts = Alerts(settings.hooks) if settings.hooks else None
        self.automater: IBAutomater = settings.automater(self._alerts, clock, host)
        self.automater.OutputDataReceived += lambda sender, e: say(e.Data)
        self.automater.ErrorDataReceived += lambda sender, e: say(e.Data)
        self._companions = [Companion(command, say) for command in settings.companions]
        self.keeper = Keeper(
            self.automater, settings.keep, self._alerts, clock, say, self._start_companions
        )

    def run(self) -> int:
        """Keep the Gateway running until it is stopped; return the exit status.

        Raise CommandError if a Gateway of this name runs already, OSError if a port is taken.
        """
        name = self.settings.name
        if is_running(name):
            raise CommandError(f"the Gateway {name!r} runs already: gateway status")
        token = secrets.token_hex(16)
        servers = [CommandServer(self.handle, token=token)]
        try:
            if self.settings.command_port:
                own = resolve(self.settings.command_token).reveal()
                servers.append(CommandServer(self.handle, self.settings.command_port, own))
            write_state(name, servers[0].port, token)
            with self._signals():
                return self.keeper.run()
        finally:
            for companion in self._companions:
                companion.stop()
            self.automater.Dispose()
            for server in servers:
                server.close()
            with contextlib.suppress(FileNotFoundError):
                state_path(name).unlink()
            if self._alerts is not None:
                self._alerts.close()

    def handle(self, word: str, argument: str) -> Iterable[str]:
        """Do what a command says; return the lines of the answer. Raise CommandError."""
        if word == "STOP":
            self._later(self.keeper.stop)
        elif word == "RESTART":
            self._later(self.keeper.restart)
        elif word == "COLDRESTART":
            self._later(lambda: self.keeper.restart(cold=True))
        elif word in ("INFO", "STATUS"):
            status = {"name": self.settings.name, **self.keeper.status()}
            status["companions"] = [
                {"command": c.command, "pid": c.pid, "starts": c.starts} for c in self._companions
            ]
            return [f"INFO {json.dumps(status)}", f"OK {word}"]
        elif word == "DUMP":
            return [f"INFO {path}" for path in self.dump()] + ["OK DUMP"]
        elif word in _FOREIGN:
            raise CommandError(f"{word} is not possible with IB Gateway")
        else:
            raise CommandError(f"{word[:40]!r} is no command")
        return [f"OK {word}"]

    def dump(self) -> list[Path]:
        """Write down trees and pictures of the windows that are open; return the files."""
        where = self.automater.config.dump_directory
        if not where:
            raise CommandError("policy.dump_directory is empty: there is no place for it")
        directory = Path(where).expanduser()
        windows = self.automater.windows()
        name = f"window-dump-{secrets.token_hex(4)}"
        data = {"state": self.automater.state.value, "windows": windows}
        files = [keep(directory, f"{name}.json", as_json(data))]
        for number, window in enumerate(windows, 1):
            with contextlib.suppress(TimeoutError):
                picture = self.automater.screenshot(window["id"])
                files.append(keep(directory, f"{name}-{number}.png", picture))
        prune(directory)
        return files

    def _start_companions(self) -> None:
        for companion in self._companions:
            companion.start()

    @staticmethod
    def _later(call: Callable[[], None]) -> None:
        """Call in a thread: the answer must not wait for the Gateway, nor a signal for a lock."""
        threading.Thread(target=call, name="gateway command", daemon=True).start()

    @contextlib.contextmanager
    def _signals(self) -> Any:
        """End by SIGTERM and Ctrl-C, where this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [signal.SIGINT, signal.SIGTERM]
        before = {n: signal.signal(n, lambda *_: self._later(self.keeper.stop)) for n in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


__all__ = ["Runner"]
