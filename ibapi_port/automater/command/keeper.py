"""Keeps one Gateway running, and tells a person what only a person can do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ...alerts import Alert, Alerts
from ..automater import IBAutomater
from ..clock import Clock
from ..result import ErrorCode, StartResult
from .settings import Keep

STOPPED = 0
GIVEN_UP = 3  # a person has to do something first: a service must not try again
CHECK = 60.0
LOOK = 900.0  # seconds after which a wait for a moment looks at the clock again


class Keeper:
    """`run` stays until `stop` is called, or until there is no sense in going on.

    All other methods may be called from any thread.
    """

    def __init__(
        self,
        automater: IBAutomater,
        keep: Keep | None = None,
        alerts: Alerts | None = None,
        clock: Clock | None = None,
        say: Callable[[str], None] = print,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self.automater = automater
        self._keep = keep or Keep()
        self._alerts = alerts
        self._clock = clock or Clock()
        self._say = say
        self._ready = ready
        self._lock = threading.Lock()  # over the flags
        self._wake = threading.Event()
        self._stopping = False
        self._cold = False
        self._ended = False
        self._failures = 0
        self._warned = ""
        self._until: datetime | None = None  # what is waited for next is a moment, no duration
        automater.Exited += self._on_exited

    def run(self) -> int:
        """Keep the Gateway running; return the exit status."""
        try:
            while not self._stopping:
                pause = self._start_once()
                if pause is None:
                    return GIVEN_UP
                if not self._stopping and pause:
                    self._wait(pause)
            return STOPPED
        finally:
            self.automater.Stop()

    def stop(self) -> None:
        """End the Gateway, and `run`."""
        with self._lock:
            self._stopping = True
            self._wake.set()
        self.automater.Stop()  # a start that is under way ends at once

    def restart(self, cold: bool = False) -> None:
        """Restart the Gateway: with the session that it has, or `cold` with a login."""
        if not cold and self.automater.is_ready:
            self.automater.SoftRestart()
            return
        with self._lock:
            self._cold = True
            self._wake.set()

    def status(self) -> dict[str, Any]:
        """Return what is known, as data."""
        a = self.automater
        result = a.GetLastStartResult()
        return {
            "state": a.state.value,
            "ready": a.is_ready,
            "logged_in": a.is_logged_in,
            "pid": a.pid,
            "port": a.port,
            "trading_mode": a.config.trading_mode,
            "error_code": int(result.ErrorCode),
            "error": result.ErrorMessage,
            "next_login_time": a.next_login_time().isoformat(),
            "next_forced_login": a.next_forced_login().isoformat(),
            "server_reset": a.IsWithinScheduledServerResetTimes(),
        }

    # --- in the thread that is in run() ---

    def _start_once(self) -> float | None:
        """Start the Gateway and watch it. Return how long to wait then, None to give up."""
        with self._lock:
            self._ended = self._cold = False
            self._wake.clear()
            if self._stopping:
                return 0.0
        result = self.automater.Start(False)
        if self._stopping:
            return 0.0
        if result.has_error:
            return self._after(result)
        self._failures = 0
        self._say("The Gateway is ready.")
        self._ready()
        self._watch()
        if self._stopping:
            return 0.0
        if self._cold:
            self._say("Restarting with a login.")
            self.automater.Stop()
            return 0.0
        return self._pause_after_end()

    def _after(self, result: StartResult) -> float | None:
        self._say(f"The start failed: {result.error_code}: {result.error_message}")
        if result.is_fatal:
            self._tell(
                "gateway_given_up",
                "critical",
                f"IB Gateway is not started any more: {result.error_message}",
            )
            return None
        self._failures += 1
        wait = self._until_login()
        if wait > 0:
            self._say(f"IB's servers are being reset for the weekend: waiting {wait / 3600:.1f} h.")
            return wait
        if result.error_code is ErrorCode.TwoFactorConfirmationTimeout:
            return self._keep.two_factor_retry
        if self.automater.IsWithinScheduledServerResetTimes():
            return max(self._keep.reset_pause, self._keep.retry)
        doubled: float = self._keep.retry * 2.0 ** min(self._failures - 1, 20)
        return min(doubled, self._keep.longest_retry)

    def _pause_after_end(self) -> float:
        if self.automater.IsWithinScheduledServerResetTimes():
            pause = max(self._until_login(), self._keep.reset_pause)
        else:
            pause = self._keep.exit_pause
        self._say(f"The Gateway has ended; it is started again in {pause:g} seconds.")
        return pause

    def _until_login(self) -> float:
        """Return how long it is until a login can work; 0 if it can now. `_wait` waits for that."""
        until = self.automater.next_login_time()
        seconds = (until - self._clock.utc()).total_seconds()
        self._until = until if seconds > self._keep.reset_pause else None
        return max(seconds, 0.0)

    def _watch(self) -> None:
        """Wait until the Gateway has ended, or something is asked for."""
        while True:
            with self._lock:
                # the end of a start before this one may be told late
                self._ended = self._ended and not self.automater.IsRunning()
                if self._ended or self._cold or self._stopping:
                    return
                self._wake.clear()
            self._warn_of_the_login()
            self._clock.wait_for(self._wake, CHECK)

    def _wait(self, seconds: float) -> None:
        """Wait, unless something is asked for."""
        until = self._until
        self._until = None
        end = self._clock.monotonic() + seconds
        while True:
            left = end - self._clock.monotonic()
            if until is not None:  # in two days the clock may be set, and the machine may sleep
                left = min((until - self._clock.utc()).total_seconds(), LOOK)
            with self._lock:
                if left <= 0 or self._stopping or self._cold:
                    return
                self._wake.clear()
            self._clock.wait_for(self._wake, left)

    def _warn_of_the_login(self) -> None:
        due = self.automater.next_forced_login()
        ahead = due - self._clock.utc()
        if ahead > timedelta(hours=self._keep.login_warning) or self._warned == due.isoformat():
            return
        self._warned = due.isoformat()
        hours = ahead.total_seconds() / 3600
        self._tell(
            "gateway_weekly_login",
            "warning",
            f"IB ends the tokens of IB Gateway in {hours:.1f} hours ({due:%a %H:%M} UTC): "
            "the next login after that wants the second factor.",
        )

    def _tell(self, kind: str, severity: str, text: str) -> None:
        self._say(text)
        if self._alerts is not None:
            self._alerts.send(Alert(kind, severity, text, details={"port": self.automater.port}))

    # --- in the automater's thread ---

    def _on_exited(self, sender: object, arguments: Any) -> None:
        with self._lock:
            self._ended = True
            self._wake.set()
