"""Tell a person, or another program, that something is wrong: through a function, a command or a
webhook.

    from ibapi_port.alerts import Alert, Alerts, Command, Webhook
    from ibapi_port.reset_windows import AMERICA

    alerts = Alerts([print, Command(["mail-me"]), Webhook("https://...")], quiet=AMERICA)
    alerts.send(Alert("connection_down", "error", "TWS has been away for 10 minutes."))

`send` never waits: each hook has its own thread and a queue with a limit. An alert that says the
same as one shortly before, comes within a quiet window, or exceeds the rate is not delivered; it is
counted, and the next alert that is delivered says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ._alert_hooks import Command, Hook, HookFailed, Webhook, call, hook_from
from .reset_windows import Window, in_window

logger = logging.getLogger("ibapi_port.alerts")

SEVERITIES = ("info", "warning", "error", "critical")


@dataclass(frozen=True)
class Alert:
    """What is to be told. `kind` is a short name for programs, `text` a sentence for people.

    `key` says which alerts are the same one; without it, those of one kind and text are. `time` is
    seconds since 1970; `send` puts the present in if it is 0.
    """

    kind: str
    severity: str
    text: str
    time: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            known = ", ".join(SEVERITIES)
            raise ValueError(f"severity: {self.severity!r} is none of {known}")

    def as_dict(self) -> dict[str, Any]:
        """Return the alert as JSON has it: the time as text in UTC, "2026-11-29T12:00:00Z"."""
        when = datetime.fromtimestamp(self.time, timezone.utc)
        return {
            "kind": self.kind,
            "severity": self.severity,
            "text": self.text,
            "time": f"{when:%Y-%m-%dT%H:%M:%SZ}",
            "details": dict(self.details),
        }


class Alerts:
    """Decides which alerts are delivered, and hands them to the hooks. All methods may be called
    from any thread.

    - `quiet`: windows in which nothing below the severity `always` is delivered.
    - `repeat_after`: seconds in which the same alert is not delivered again.
    - `rate`, `per`: at most so many alerts in so many seconds.
    - `limit`: how many alerts wait for one hook; the oldest is dropped for a newer one.
    """

    def __init__(
        self,
        hooks: Iterable[Hook] = (),
        *,
        quiet: Iterable[Window] = (),
        always: str = "critical",
        repeat_after: float = 900.0,
        rate: int = 20,
        per: float = 3600.0,
        limit: int = 100,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if always not in SEVERITIES:
            raise ValueError(f"always: {always!r} is none of {', '.join(SEVERITIES)}")
        for name, value in (("rate", rate), ("limit", limit)):
            if value < 1:
                raise ValueError(f"{name}: {value} is not at least 1")
        self._clock = clock
        self._quiet = tuple(quiet)
        self._always = SEVERITIES.index(always)
        self._repeat_after = repeat_after
        self._rate = rate
        self._per = per
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}  # by key: when it was handed on
        self._held: dict[str, int] = {}  # by key: how often the same came since
        self._recent: deque[float] = deque()
        self._limited = 0  # since the last one that was handed on
        self._counts = dict.fromkeys(("sent", "quiet", "repeated", "limited"), 0)
        self._deliveries = [_Delivery(hook, limit) for hook in hooks]

    def send(self, alert: Alert) -> bool:
        """Hand an alert to all hooks, without waiting. Return False if it is held back."""
        with self._lock:
            now = self._clock()
            if not alert.time:
                alert = replace(alert, time=now)
            key = alert.key or f"{alert.kind}\n{alert.text}"
            why = self._held_back(alert, key, now)
            self._counts[why or "sent"] += 1
            if why:
                return False
            alert = self._with_notes(alert, key)
            self._last[key] = now
            self._recent.append(now)
            # within the lock: two threads' alerts reach each hook in the order they were counted
            for delivery in self._deliveries:
                delivery.put(alert)
        return True

    def _held_back(self, alert: Alert, key: str, now: float) -> str:
        """Return why an alert is not delivered; "" if it is."""
        below = SEVERITIES.index(alert.severity) < self._always
        if below and self._quiet and in_window(now, self._quiet) is not None:
            return "quiet"
        self._forget(now)
        if key in self._last:
            self._held[key] = self._held.get(key, 0) + 1
            return "repeated"
        if len(self._recent) >= self._rate:
            self._limited += 1
            return "limited"
        return ""

    def _forget(self, now: float) -> None:
        """Drop what is older than the two limits; also what lies ahead, after the clock was set."""
        recent = (when for when in self._recent if 0 <= now - when < self._per)
        self._recent = deque(recent)
        for key, when in list(self._last.items()):
            if not 0 <= now - when < self._repeat_after:
                del self._last[key]
        if len(self._held) > _MANY:
            self._held = {key: n for key, n in self._held.items() if key in self._last}

    def _with_notes(self, alert: Alert, key: str) -> Alert:
        notes: dict[str, Any] = {}
        if repeated := self._held.pop(key, 0):
            notes["repeated"] = repeated
        if self._limited:
            notes["suppressed"] = self._limited
            self._limited = 0
        return replace(alert, details={**alert.details, **notes}) if notes else alert

    def forget(self, key: str) -> None:
        """Let the next alert of a key (or of a kind) be delivered, though it was shortly before.

        Call it when what the alert told of is over.
        """
        with self._lock:
            for known in [k for k in self._last if k == key or k.startswith(f"{key}\n")]:
                del self._last[known]
                self._held.pop(known, None)

    def counts(self) -> dict[str, int]:
        """Return how many alerts were sent, held back (quiet, repeated, limited), and how many
        deliveries to hooks succeeded, failed, or were dropped.
        """
        with self._lock:
            counts = dict(self._counts)
        for name in ("delivered", "failed", "dropped"):
            counts[name] = sum(getattr(d, name) for d in self._deliveries)
        return counts

    def try_out(self, alert: Alert) -> list[tuple[str, str]]:
        """Deliver an alert through each hook at once and wait for it, once each, without any limit.

        Return each hook's name and what went wrong, "" if nothing did.
        """
        if not alert.time:
            alert = replace(alert, time=self._clock())
        return [(_name(d.hook), _attempt(d.hook, alert)) for d in self._deliveries]

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all that was sent is delivered. Return False if that takes too long."""
        deadline = time.monotonic() + timeout
        return all(d.flush(deadline) for d in self._deliveries)

    def close(self, timeout: float = 10.0) -> bool:
        """Deliver what waits, at most so long, and end the threads. Return whether all was
        delivered or given up by then; later alerts are dropped.
        """
        deadline = time.monotonic() + timeout
        for delivery in self._deliveries:
            delivery.close()
        joined = [d.join(deadline) for d in self._deliveries]  # each is waited for
        return all(joined)

    def __enter__(self) -> Alerts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_MANY = 1000  # keys


def _name(hook: Hook) -> str:
    name = getattr(hook, "name", "") or getattr(hook, "__name__", "")
    return str(name or type(hook).__name__)


def _attempt(hook: Hook, alert: Alert) -> str:
    try:
        call(hook, alert)
    except HookFailed as e:
        return str(e)
    except Exception as e:  # a hook is the program's: it may raise anything
        return f"{type(e).__name__}: {e}"
    return ""


class _Delivery:
    """One hook, its queue and its thread, which begins with the first alert."""

    def __init__(self, hook: Hook, limit: int) -> None:
        self.hook = hook
        self.delivered = 0
        self.failed = 0
        self.dropped = 0
        self._limit = limit
        self._waiting: deque[Alert] = deque()
        self._changed = threading.Condition()
        self._busy = False
        self._closed = False
        self._hurry = threading.Event()  # set: no pause between two tries
        self._thread: threading.Thread | None = None

    def put(self, alert: Alert) -> None:
        with self._changed:
            if self._closed:
                self.dropped += 1
                return
            if len(self._waiting) >= self._limit:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(alert)
            if self._thread is None:
                name = f"alerts: {_name(self.hook)}"
                # A daemon: a webhook that hangs must not keep the program from ending.
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # no thread to be had: the next alert tries again
                    logger.error("no thread for the alert hook %s", _name(self.hook))
                    return
                self._thread = thread
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                alert = self._waiting.popleft()
                self._busy = True
            failed = self._deliver(alert)
            with self._changed:
                if failed:
                    self.failed += 1
                else:
                    self.delivered += 1
            if failed:
                logger.error("alert %s not delivered by %s: %s", alert.kind, *failed)

    def _deliver(self, alert: Alert) -> tuple[str, str] | None:
        """Try as often as the hook wants. Return its name and what went wrong the last time."""
        pauses = list(getattr(self.hook, "pauses", ()))
        while True:
            try:
                call(self.hook, alert)
                return None
            except HookFailed as e:
                if not e.again or not pauses:
                    return _name(self.hook), str(e)
                pause = max(pauses.pop(0), e.wait)
            except Exception as e:  # a hook is the program's: it may raise anything
                return _name(self.hook), f"{type(e).__name__}: {e}"
            if self._hurry.wait(pause):
                pauses = pauses[:1]

    def flush(self, deadline: float) -> bool:
        with self._changed:
            left = max(0.0, deadline - time.monotonic())
            return self._changed.wait_for(lambda: not (self._waiting or self._busy), left)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._hurry.set()

    def join(self, deadline: float) -> bool:
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return not self._waiting
        thread.join(max(0.0, deadline - time.monotonic()))
        return not thread.is_alive()


__all__ = ["SEVERITIES", "Alert", "Alerts", "Command", "Hook", "HookFailed", "Webhook", "hook_from"]
