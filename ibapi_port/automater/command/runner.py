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
from .companions import Companion, end_left
from .control import CommandError, CommandServer, lock_path, state_path, write_state
from .keeper import Keeper
from .lock import Locked, only_one
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
        owner = str(lock_path(settings.name))
        self._companions = [Companion(c, say, owner=owner) for c in settings.companions]
        self.keeper = Keeper(
            self.automater, settings.keep, self._alerts, clock, say, self._start_companions
        )

    def run(self) -> int:
        """Keep the Gateway running until it is stopped; return the exit status.

        Raise CommandError if a Gateway of this name runs already, OSError if a port is taken.
        """
        with self._signals():  # to the end: what is being ended must not be left half ended
            try:
                return self._run_alone()
            finally:
                self.automater.Dispose()
                if self._alerts is not None:
                    self._alerts.close()

    def _run_alone(self) -> int:
        name = self.settings.name
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(only_one(lock_path(name)))
            except Locked:
                raise CommandError(f"the Gateway {name!r} runs already: gateway status") from None
            end_left(str(lock_path(name)), self._say)
            token = secrets.token_hex(16)
            own = CommandServer(self.handle, token=token)
            stack.callback(own.close)
            if self.settings.command_port:
                stack.callback(self._command_server().close)
            write_state(name, own.port, token)
            stack.callback(state_path(name).unlink, missing_ok=True)
            stack.callback(self.automater.Dispose)
            stack.callback(self._stop_companions)
            return self.keeper.run()

    def _command_server(self) -> CommandServer:
        port = self.settings.command_port
        token = resolve(self.settings.command_token).reveal()
        try:
            return CommandServer(self.handle, port, token)
        except OSError as e:
            text = f"the port {port} of the command server cannot be opened: {e.strerror}"
            raise CommandError(text) from None

    def _stop_companions(self) -> None:
        threads = [threading.Thread(target=one.stop) for one in self._companions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

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
        """End by SIGTERM, Ctrl-C and the end of the terminal, where this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [signal.SIGINT, signal.SIGTERM]
        hangup = getattr(signal, "SIGHUP", None)
        if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:  # as of nohup
            numbers.append(hangup)
        before = {n: signal.signal(n, lambda *_: self._later(self.keeper.stop)) for n in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


__all__ = ["Runner"]
