"""The state machine of a supervised connection: events in, actions out.

It has no thread, no socket and no clock: each event brings the time with it, and `due` says when
TimePassed is to be brought. `print(machine)` shows all of it.

    STOPPED --Start--> WAITING --TimePassed--> CONNECTING --Connected--> SYNCING --Synced--> READY
                          ^                         |                       |                 |  ^
                          +---- NotMade, Lost ------+-----------------------+-----------------+  |
    READY --Notice 1100, 2110--> UPSTREAM_LOST --Notice 1101, 1102-------------------------------+
    SYNCING, READY, UPSTREAM_LOST --no answer--> SUSPECT --Lost--> WAITING
    any --Stop--> STOPPED; any --what no retry can mend--> FAILED
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from ..reset_windows import occurrence
from ..seams import EndReason
from . import events as ev
from .events import CONNECTED, OVER, Phase
from .farms import farm_of
from .leases import Lease
from .policy import Policy


class Machine:
    """See above. `handle` takes an event and its time and returns what is to be done."""

    def __init__(
        self, policy: Policy, lease: Lease, draw: Callable[[], float] = random.random
    ) -> None:
        """`draw` returns a number from 0 to below 1."""
        self.policy = policy
        self.lease = lease
        self._draw = draw
        self.phase = Phase.STOPPED
        self.why = "not started"
        self.since = 0.0
        self.attempt = 0  # tries since the connection was last ready for long enough
        self.try_at: float | None = None
        self.port: int | None = None  # where TWS said that it has moved to
        self.upstream = True
        self.farms: dict[str, str] = {}
        self.heard_at = 0.0
        self.asked_at: float | None = None  # when TWS was asked for the time, until a byte comes
        self.rtt: float | None = None
        self._ready_since: float | None = None
        self._down_since: float | None = None  # no connection; None with one that is synced
        self._id_since: float | None = None  # the first 326 in a row
        self._id_tries = 0
        self._close_at: float | None = None  # TWS has moved, and should have closed by then
        self._alarm_at: float | None = None
        self._upstream_alarm_at: float | None = None
        self._alarmed: set[str] = set()
        self._actions: list[Any] = []
        self._moment = ev.Moment(0.0, 0.0)

    def __repr__(self) -> str:
        shown = {name.strip("_"): value for name, value in vars(self).items()}
        for name in ("policy", "draw", "actions", "moment"):
            del shown[name]
        return f"Machine({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    # --- time ---

    @property
    def due(self) -> float | None:
        """When TimePassed is to be brought; None if nothing waits for it."""
        times = [self._alarm_at, self._upstream_alarm_at]
        if self.phase is Phase.WAITING:
            times.append(self.try_at)
        elif self.phase in CONNECTED:
            times += [self._close_at, self._heartbeat_due]
            if self.phase is Phase.SYNCING:
                times.append(self.since + self.policy.sync_timeout)
        return min((at for at in times if at is not None), default=None)

    @property
    def _heartbeat_due(self) -> float:
        if self.asked_at is not None:
            return self.asked_at + self.policy.answer_timeout
        return self.heard_at + self.policy.silence

    def in_window(self) -> float:
        """Return the seconds until the end of the reset window that it is now; 0 in none."""
        found = occurrence(self._moment.wall, self.policy.windows)
        return 0.0 if found is None else max(found.end.timestamp() - self._moment.wall, 0.001)

    # --- events ---

    def handle(self, event: Any, moment: ev.Moment) -> list[Any]:
        """Take an event. Return the actions, in their order."""
        self._moment = moment
        self._actions = []
        _HANDLERS[type(event)](self, event)
        actions, self._actions = self._actions, []
        return actions

    def _start(self, event: ev.Start) -> None:
        if self.phase not in OVER:
            return
        self.attempt = 0
        self._id_since, self._id_tries = None, 0
        self._alarmed.clear()
        self._down_since = self._moment.now
        self._expect_connection()
        self.lease.go_home()
        if event.connecting:
            self.attempt = 1
            self._enter(Phase.CONNECTING, "the program connects")
        else:
            self._wait(0.0, "started")

    def _stop(self, event: ev.Stop) -> None:
        self._end(Phase.STOPPED, "stopped")

    def _crashed(self, event: ev.Crashed) -> None:
        self._end(Phase.FAILED, event.text)
        self._actions.append(ev.Close("the supervisor has failed"))

    def _connected(self, event: ev.Connected) -> None:
        if self.phase is not Phase.CONNECTING:
            return
        self.heard_at = self._moment.now
        self.asked_at = None
        self.upstream = True
        self.farms.clear()
        self._enter(Phase.SYNCING, "TWS has answered")

    def _synced(self, event: ev.Synced) -> None:
        if self.phase is not Phase.SYNCING:
            return
        self._id_since, self._id_tries = None, 0
        self._down_since = self._alarm_at = None
        self._ready_since = self._moment.now
        self.lease.grant()
        self._over("connection_down", "TWS is connected again.")
        if self.upstream:
            self._enter(Phase.READY, "TWS takes requests")
            self._actions.append(ev.Restore())
        else:
            self._enter(Phase.UPSTREAM_LOST, "TWS has no connection to IB")
            self._actions.append(ev.Restore(reconcile=False))

    def _not_made(self, event: ev.NotMade) -> None:
        if self.phase is Phase.CONNECTING:
            self._try_again(event.reason, event.text)

    def _lost(self, event: ev.Lost) -> None:
        if self.phase not in CONNECTED and self.phase is not Phase.SUSPECT:
            return
        ready_since, self._ready_since = self._ready_since, None
        if ready_since is not None:  # it was synced, and a loss is a new beginning
            self._down_since = self._moment.now
            self._expect_connection()
            if self._moment.now - ready_since >= self.policy.settled_after:
                self.attempt = 0
        self.upstream = True
        self._upstream_alarm_at = self._close_at = self.asked_at = None
        self.lease.give_back()
        if event.reason is EndReason.ID_IN_USE:
            self._id_in_use(event.text)
            return
        if ready_since is not None:
            self.lease.go_home()
        self._try_again(event.reason, event.text)

    def _heard(self, event: ev.Heard) -> None:
        if event.at > self.heard_at:
            self.heard_at = event.at
        if self.asked_at is not None and self.heard_at >= self.asked_at:
            self.rtt = self.heard_at - self.asked_at
            self.asked_at = None

    def _notice(self, event: ev.Notice) -> None:
        farm = farm_of(event.code, event.text)
        if farm is not None:
            self.farms[farm[0]] = farm[1]
        elif event.code in (1100, 2110):
            self._upstream_lost(event)
        elif event.code in (1101, 1102):
            self._upstream_back(event.code)
        elif event.code == 1300:
            self._moved(event.text)

    def _upstream_lost(self, event: ev.Notice) -> None:
        if self.phase not in CONNECTED or not self.upstream:
            return
        self.upstream = False
        self._upstream_alarm_at = self._moment.now + self.policy.upstream_patience
        if self.phase is Phase.READY:
            self._enter(Phase.UPSTREAM_LOST, f"{event.code} {event.text}".strip())

    def _upstream_back(self, code: int) -> None:
        if self.phase not in CONNECTED:
            return
        self.upstream = True
        self._upstream_alarm_at = None
        self._over("upstream_lost", "TWS is connected to IB again.")
        if self.phase is Phase.SYNCING:
            return  # all is asked for anyway
        if self.phase is Phase.UPSTREAM_LOST:
            self._enter(Phase.READY, f"TWS is connected to IB again ({code})")
        if code == 1101:
            self._actions.append(ev.Restore(cancel=True))
        else:
            self._actions += [ev.Restore(cancel=True, summaries_only=True), ev.WatchStreams()]

    def _moved(self, text: str) -> None:
        found = re.findall(r"\b\d{2,5}\b", text)
        if found and 0 < int(found[-1]) < 1 << 16:
            self.port = int(found[-1])
        if self.phase in CONNECTED:
            self._close_at = self._moment.now + self.policy.answer_timeout

    def _time_passed(self, event: ev.TimePassed) -> None:
        now = self._moment.now
        if self.phase is Phase.WAITING and self.try_at is not None and now >= self.try_at:
            self._connect()
        elif self.phase in CONNECTED:
            self._look_at_connection(now)
        if self._alarm_at is not None and now >= self._alarm_at:
            self._alarm_if_down()
        if self._upstream_alarm_at is not None and now >= self._upstream_alarm_at:
            self._alarm_upstream()

    # --- what is done ---

    def _connect(self) -> None:
        self.attempt += 1
        self.try_at = None
        before = f", after: {self.why}" if self.attempt > 1 else ""
        self._enter(Phase.CONNECTING, f"attempt {self.attempt}{before}")
        self._actions.append(ev.Connect(self.lease.client_id, self.port))

    def _look_at_connection(self, now: float) -> None:
        if self._close_at is not None and now >= self._close_at:
            self._give_up("TWS has moved to another port")
        elif self.phase is Phase.SYNCING and now >= self.since + self.policy.sync_timeout:
            self._give_up(f"nextValidId did not come within {self.policy.sync_timeout:g} s")
        elif now >= self._heartbeat_due:
            if self.asked_at is None:
                self.asked_at = now
                self._actions.append(ev.AskTime())
            else:
                silent = now - self.heard_at
                self._give_up(f"nothing was heard from TWS for {silent:.0f} s")

    def _give_up(self, why: str) -> None:
        self._enter(Phase.SUSPECT, why)
        self._actions.append(ev.Close(why))

    def _id_in_use(self, text: str) -> None:
        now, policy = self._moment.now, self.policy
        if self.lease.in_use():
            self._wait(0.0, f"client id in use, {self.lease.client_id} is tried")
            return
        if self._id_since is None:
            self._id_since = now
        if policy.id_in_use == "fail" and now - self._id_since >= policy.id_patience:
            self._end(Phase.FAILED, "the client id is in use")
            return
        pause = policy.id_pauses[min(self._id_tries, len(policy.id_pauses) - 1)]
        self._id_tries += 1
        self._wait(pause, text or "the client id is in use")

    def _try_again(self, reason: EndReason, text: str) -> None:
        text = text or reason.meaning
        if reason is EndReason.VERSION:
            self._end(Phase.FAILED, text)
        elif self._is_given_up():
            self._end(Phase.FAILED, f"no connection after {self.attempt} tries: {text}")
        else:
            self._wait(self._pause(), text)

    def _is_given_up(self) -> bool:
        most, seconds = self.policy.max_attempts, self.policy.max_seconds
        return (most is not None and self.attempt >= most) or (
            seconds is not None and self._down_for() >= seconds
        )

    def _down_for(self) -> float:
        return 0.0 if self._down_since is None else self._moment.now - self._down_since

    def _pause(self) -> float:
        """Return how long to wait until the next try: anything up to a limit that doubles."""
        policy = self.policy
        if not self.attempt:
            return self._draw() * policy.spread
        in_window = self.in_window() > 0
        longest = policy.longest_pause_in_window if in_window else policy.longest_pause
        return self._draw() * min(longest, policy.pause * 2.0 ** min(self.attempt, 30))

    def _wait(self, seconds: float, why: str) -> None:
        self.try_at = self._moment.now + seconds
        self._enter(Phase.WAITING, why)

    def _end(self, phase: Phase, why: str) -> None:
        if self.phase is phase:
            return
        self.try_at = self._alarm_at = self._upstream_alarm_at = self._close_at = None
        self._ready_since = self._down_since = self.asked_at = None
        self.upstream = True
        self.lease.give_back()
        self._enter(phase, why)
        if phase is Phase.FAILED:
            self._alarm("connection_down", f"The connection to TWS is given up: {why}.")

    def _enter(self, phase: Phase, why: str) -> None:
        old, self.phase = self.phase, phase
        self.why, self.since = why, self._moment.now
        self._actions.append(ev.Changed(old, phase, why))

    # --- alarms ---

    def _expect_connection(self) -> None:
        self._alarm_at = self._moment.now + self.policy.alarm_after

    def _alarm_if_down(self) -> None:
        left = self.in_window()
        if left:
            self._alarm_at = self._moment.now + left + self.policy.alarm_after
            return
        self._alarm_at = None
        text = f"There has been no connection to TWS for {self._down_for():.0f} s: {self.why}."
        self._alarm("connection_down", text)

    def _alarm_upstream(self) -> None:
        left = self.in_window()
        if left:
            self._upstream_alarm_at = self._moment.now + left
            return
        self._upstream_alarm_at = None
        self._alarm("upstream_lost", "TWS has been without a connection to IB for long.")
        if self.policy.recycle and self.phase in CONNECTED:
            self._give_up("TWS has no connection to IB")

    def _alarm(self, kind: str, text: str) -> None:
        if kind not in self._alarmed:
            self._alarmed.add(kind)
            self._actions.append(ev.Alarm(kind, text))

    def _over(self, kind: str, text: str) -> None:
        if kind in self._alarmed:
            self._alarmed.discard(kind)
            self._actions.append(ev.Alarm(kind, text, over=True))


_HANDLERS: dict[type, Callable[[Machine, Any], None]] = {
    ev.Start: Machine._start,
    ev.Stop: Machine._stop,
    ev.Connected: Machine._connected,
    ev.NotMade: Machine._not_made,
    ev.Lost: Machine._lost,
    ev.Synced: Machine._synced,
    ev.Heard: Machine._heard,
    ev.Notice: Machine._notice,
    ev.TimePassed: Machine._time_passed,
    ev.Crashed: Machine._crashed,
}

__all__ = ["Machine"]
