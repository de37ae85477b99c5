"""IBAutomater: a Gateway started, logged in and kept running, by the interface of the .NET one."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..alerts import Alerts
from . import schedule
from . import signals as s
from .arguments import MISSING, joined, with_settings
from .builtin_rules import BUILT_IN
from .clock import Clock
from .config import Config, check_port
from .credentials import Secret, credentials, resolve
from .engine import Engine
from .host import GatewayHost, Host
from .install import Install
from .machine import Machine
from .result import (
    ErrorCode,
    StartResult,
)
from .rules import Rule, with_own
from .teller import Pending, Teller
from .totp import secret_bytes
from .tree import masked, node_data
from .user_rules import load

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

logger = logging.getLogger("ibapi_port.automater")
HostFactory = Callable[[Config], Host]
RUNNING = {s.State.LAUNCHING, s.State.RESTARTING}


class IBAutomater(Teller):
    """Starts IB Gateway, logs in, makes its settings, and keeps it running.

    The names are those of .NET's IBAutomater; each has a twin in snake_case (`Start`, `start`).
    `password` may say where it is to be found: "keyring:SERVICE", "env:NAME", "fd:3" or
    "file:/path"; likewise `userName`. Everything else is a field of `Config`, by keyword, or all
    of it as `config`. Arguments may be given by their names in snake_case, too (`user_name`). The
    trading mode is "paper" unless it is given.

    Events: `OutputDataReceived` and `ErrorDataReceived` (lines, `e.Data`), `Exited` (`e.ExitCode`)
    and `Restarted`. Handlers take the sender and the arguments. They are called in two threads, one
    for lines and one for the others, with no lock held: they may call any method.
    """

    def __init__(
        self,
        ibDirectory: str | os.PathLike[str] = MISSING,
        ibVersion: str | int = MISSING,
        userName: str | Secret = MISSING,
        password: str | Secret = MISSING,
        tradingMode: str = MISSING,
        port: int = 4002,
        exportIbGatewayLogs: bool = MISSING,
        *,
        config: Config | None = None,
        alerts: Alerts | None = None,
        rules: tuple[Rule, ...] = (),
        host: HostFactory | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        """Make it; nothing is started yet.

        Raise ValueError or TypeError if a setting is wrong, CredentialsError if a secret cannot be
        had, RuleError if a rule of `rules_file` is wrong.
        """
        arguments = joined(
            {
                "ibDirectory": ibDirectory,
                "ibVersion": ibVersion,
                "userName": userName,
                "password": password,
                "tradingMode": tradingMode,
                "exportIbGatewayLogs": exportIbGatewayLogs,
            },
            settings,
        )
        given = with_settings(config, settings, arguments)
        user, secret = credentials(arguments["userName"], arguments["password"])
        totp = resolve(given.totp_secret)
        if totp:
            secret_bytes(totp.reveal())  # a wrong one is told now, not in the middle of a login
        check_port("port", port)
        super().__init__(port, alerts)
        self.config = given
        self._clock = clock or Clock()
        directory = Path(arguments["ibDirectory"]).expanduser()
        self._install = Install(directory, str(arguments["ibVersion"]))
        path = given.rules_path
        own = (*rules, *(load(path) if path else ()))
        machine = Machine(given, with_own(own, BUILT_IN), self._clock)
        secrets: dict[str, Secret | str] = {"user": user, "password": secret, "totp": totp}
        secrets["port"] = str(port)
        hidden = tuple(v.reveal() for v in (secret, totp) if v)
        self._host = host(given) if host else GatewayHost(self._install, given, port, hidden)
        # The user's name is masked as the password is: only the agent gets it.
        self._engine = Engine(machine, self._host, self._clock, secrets, self.sink())
        _open.add(self)

    # --- properties ---

    @property
    def state(self) -> s.State:
        """Return where the Gateway is."""
        return self._engine.machine.state

    @property
    def is_logged_in(self) -> bool:
        """Return whether the login is complete and the settings are made."""
        return self._engine.machine.is_logged_in

    @property
    def is_ready(self) -> bool:
        """Return whether the Gateway is logged in and its API has answered."""
        return self.state is s.State.READY

    @property
    def pid(self) -> int:
        """Return the Gateway's process id; 0 if it does not run."""
        return self._engine.machine.pid

    @property
    def result(self) -> StartResult:
        """Return what the last start came to."""
        with self._lock:
            return self._result

    # --- start and stop ---

    def Start(self, waitForExit: bool = False) -> StartResult:
        """Start the Gateway, log in, and return what it came to once its API answers.

        With `waitForExit` return when the Gateway has ended. Where it runs already, return success.
        After an error that a new start cannot mend, the same error again: see `reset`.
        """
        with self._lock:
            if self._disposed:
                return DISPOSED
            if self._result.is_fatal:
                return self._result
        if self.state in (s.State.STOPPING, s.State.TOKEN_EXPIRED):
            self._clock.wait_for(self._engine.at_rest, self._longest_stop())
        pending = Pending()
        with self._lock:
            if self._disposed:  # in the meantime: nobody would give this start a result
                return DISPOSED
            self._result = StartResult()
            self._pending.append(pending)
            self._exited.clear()
        self._engine.post(s.StartAsked())
        self._clock.wait_for(pending.done, None)
        if waitForExit and not pending.result.has_error:
            self._clock.wait_for(self._exited, None)
            return self.result
        return pending.result

    def Stop(self) -> None:
        """End the Gateway and wait for its end. A start that is under way returns an error."""
        self._stop(silent=False)

    def _stop(self, silent: bool) -> None:
        self._engine.post(s.StopAsked(silent))
        if not self._clock.wait_for(self._engine.at_rest, self._longest_stop()):
            logger.error("the Gateway, process %s, does not end", self.pid)

    def _longest_stop(self) -> float:
        c = self.config
        return c.close_timeout + c.token_expired_timeout + 5 * c.terminate_timeout + 10

    def Restart(self) -> StartResult:
        """Stop and start again, with a whole login. Exited is not fired: the caller knows."""
        self._stop(silent=True)
        pause = threading.Event()
        self._clock.wait_for(pause, self.config.restart_pause)
        return self.Start(False)

    def SoftRestart(self) -> None:
        """Have the Gateway restart itself within minutes, without a login. Restarted tells when.

        A second call within an hour waits 5 minutes first, a third 10.
        """
        self._engine.post(s.SoftRestartAsked())

    def GetLastStartResult(self) -> StartResult:
        """Return what the last start, or restart, came to."""
        return self.result

    def IsRunning(self) -> bool:
        """Return whether the process is there. `is_ready` says whether it is of use."""
        return self.pid != 0 or self.state in RUNNING

    def IsWithinScheduledServerResetTimes(self, utc: datetime | None = None) -> bool:
        """Return whether IB's servers are being reset: on the weekend, or daily in the region."""
        region = self._engine.machine.region
        return schedule.in_server_reset(utc or self._clock.utc(), self.config, region)

    def IsWithinWeekendServerResetTimes(self, utc: datetime | None = None) -> bool:
        """Return whether it is the time of the weekend's reset."""
        return schedule.in_weekend_reset(utc or self._clock.utc(), self.config)

    def Dispose(self) -> None:
        """Stop, and end the threads. It cannot be started again."""
        with self._lock:
            if self._ended:
                return
            self._disposed = True
        # from here on again if Ctrl-C interrupts it, at the latest at the end of the program
        self._stop(silent=False)
        self._engine.close()
        self._on_finished(DISPOSED, False)
        self._lines.close()
        self._life.close()
        with self._lock:
            self._ended = True
        _open.discard(self)

    def reset(self) -> None:
        """Forget the last error, so that `Start` tries again: when its cause is gone."""
        with self._lock:
            self._result = StartResult()

    def next_login_time(self) -> datetime:
        """Return when a login is expected to work, in UTC: now, or after the weekend's reset."""
        return schedule.next_login(self._clock.utc(), self.config)

    def next_forced_login(self) -> datetime:
        """Return when the tokens end: the next login after it wants the second factor."""
        return schedule.next_forced_login(self._clock.utc())

    def wait_ready(self, timeout: float | None = None) -> bool:
        """Wait until the Gateway is logged in and its API has answered a handshake.

        Return False if the time is over, or the Gateway has ended.
        """
        end = None if timeout is None else self._clock.monotonic() + timeout
        while True:
            self._settled.clear()
            if self.is_ready:
                return True
            left = None if end is None else end - self._clock.monotonic()
            if self._engine.at_rest.is_set() or (left is not None and left <= 0):
                return False
            self._clock.wait_for(self._settled, left)

    def windows(self) -> list[dict[str, Any]]:
        """Return the trees of the windows that are open, as data; names of users are masked."""
        shown = list(self._engine.machine.windows.values())
        return [masked(node_data(w.tree), self._engine.mask) for w in shown]

    def screenshot(self, window: int, timeout: float = 10.0) -> bytes:
        """Return a picture of a window (PNG). Raise TimeoutError if there is none."""
        import base64

        answer: dict[str, Any] = {}
        done = threading.Event()

        def reply(data: Mapping[str, Any]) -> None:
            answer.update(data)
            done.set()

        self._host.send({"do": "shot", "w": window}, reply)
        if not self._clock.wait_for(done, timeout) or "png" not in answer:
            raise TimeoutError(f"window {window}: no picture: {answer.get('error', 'no answer')}")
        return base64.b64decode(answer["png"])

    def __enter__(self) -> Self:
        """Return itself. The program starts it: `Start` has a result to look at."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.Dispose()

    def __repr__(self) -> str:
        return f"<IBAutomater {self._install.version} port {self.port}: {self.state.value}>"

    start = Start
    stop = Stop
    restart = Restart
    soft_restart = SoftRestart
    get_last_start_result = GetLastStartResult
    is_running = IsRunning
    is_within_scheduled_server_reset_times = IsWithinScheduledServerResetTimes
    is_within_weekend_server_reset_times = IsWithinWeekendServerResetTimes
    dispose = close = Dispose


DISPOSED = StartResult(ErrorCode.ProcessStartFailed, "the automater was disposed of")
_open: weakref.WeakSet[IBAutomater] = weakref.WeakSet()


def _at_exit() -> None:
    """End what a program has left running: without it nobody looks after that Gateway."""
    for automater in list(_open):
        automater.Dispose()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):  # the Gateways are the parent's, and so are their threads
    os.register_at_fork(after_in_child=_open.clear)
