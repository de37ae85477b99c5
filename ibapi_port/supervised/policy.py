"""What a supervised connection does when: frozen settings, which may come from data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ..reset_windows import RESET_WINDOWS, Window, windows_from

# the settings that are numbers of seconds, or a rate
_ABOVE_ZERO = (
    *("connect_timeout", "sync_timeout", "pause", "longest_pause", "longest_pause_in_window"),
    *("silence", "answer_timeout", "probe_timeout", "list_timeout", "stream_silence"),
    *("alarm_after", "upstream_patience", "rate"),
)
_NOT_BELOW_ZERO = (
    *("spread", "settled_after", "id_patience", "probe_after", "repeat_after", "lost_after"),
)


@dataclass(frozen=True)
class Policy:
    """The settings of a supervised connection. All times are in seconds.

    Connecting:

    - `connect_timeout`: for reaching TWS and the handshake together; `sync_timeout`: from then on
      until nextValidId and managedAccounts have come.
    - `spread`: the first try after a loss comes at a random time within so long, that many clients
      do not come at once. `pause`: the next tries come at a random time within pause * 2, * 4, ...,
      at most `longest_pause`, within a reset window `longest_pause_in_window`. The count begins
      anew after the connection was ready for `settled_after`.
    - `max_attempts`, `max_seconds`: after so many tries, or so long, without a connection it is
      FAILED. None: never.

    Client ids (error 326):

    - `id_in_use`: "wait" tries the same id again after each of `id_pauses`, the last one repeated,
      without end; "fail" does so for `id_patience` and is FAILED then. Orders belong to their id.
    - `pool`: further ids to take where the own one is in use. At the next loss it goes home.

    Is TWS still there:

    - `silence`: after so long without a byte TWS is asked for the time. `answer_timeout`: without a
      byte for so long after it, the connection is given up.
    - `probe_before_order`: an order is preceded by such a question where nothing came for
      `probe_after`; without a byte within `probe_timeout` it is refused (504). AsyncIB, whose event
      loop must not wait, has the question asked that much before `probe_after` is over, and an
      order after it is refused at once. (If `probe_timeout` is the longer one, the loop waits.)

    Requests:

    - `rate`: messages a second that repeating requests must not exceed, those of the program
      counted.
    - `retry_safe`: requests for contracts, history and the like which were open at a loss, and of
      which nothing had come, are made again. By default they end with error 504 at once.
    - `stream_silence`: a stream that is silent for so long after 1102 is requested again.
    - `repeat_after`: a single stream that TWS has cut is not requested again sooner than so long
      after the last time.

    Orders:

    - `orders_without_upstream`: orders are let pass while TWS has no connection to IB.
    - `list_timeout`: for each of the lists by which orders are looked for. `lost_after`: an order
      is taken for lost only by lists that were asked for so long after the gap began.
    - `tell_ends`: an order that has ended in a gap is told by orderStatus, which TWS does not send
      then.
    - `state_path`: a file in which the lowest free order id is kept.

    Alarms (see `SupervisedClient.watch`):

    - `alarm_after`: without a connection, outside of `windows`. `upstream_patience`: TWS without a
      connection to IB. `recycle`: it is connected anew then.
    """

    connect_timeout: float = 10.0
    sync_timeout: float = 30.0
    spread: float = 0.2
    pause: float = 0.5
    longest_pause: float = 30.0
    longest_pause_in_window: float = 5.0
    settled_after: float = 60.0
    max_attempts: int | None = None
    max_seconds: float | None = None

    id_in_use: str = "wait"
    id_pauses: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0)
    id_patience: float = 120.0
    pool: tuple[int, ...] = ()

    silence: float = 15.0
    answer_timeout: float = 10.0
    probe_before_order: bool = True
    probe_after: float = 5.0
    probe_timeout: float = 1.0

    rate: int = 45
    retry_safe: bool = False
    stream_silence: float = 60.0
    repeat_after: float = 30.0

    orders_without_upstream: bool = False
    list_timeout: float = 30.0
    lost_after: float = 5.0
    tell_ends: bool = True
    state_path: str | None = None

    alarm_after: float = 60.0
    upstream_patience: float = 600.0
    recycle: bool = False
    windows: tuple[Window, ...] = RESET_WINDOWS

    def __post_init__(self) -> None:
        set_ = object.__setattr__  # the object is frozen
        set_(self, "pool", _ints("pool", self.pool))
        set_(self, "id_pauses", tuple(self.id_pauses))
        set_(self, "windows", tuple(self.windows))
        for name in _ABOVE_ZERO:
            _check(name, getattr(self, name), above=True)
        for name in _NOT_BELOW_ZERO:
            _check(name, getattr(self, name), above=False)
        for name in ("max_attempts", "max_seconds"):
            if getattr(self, name) is not None:
                _check(name, getattr(self, name), above=True)
        if not self.id_pauses:
            raise ValueError("id_pauses: there is none; give at least one number of seconds")
        for pause in self.id_pauses:
            _check("id_pauses", pause, above=True)
        if self.id_in_use not in ("wait", "fail"):
            raise ValueError(f'id_in_use: {self.id_in_use!r} is neither "wait" nor "fail"')
        if not all(isinstance(window, Window) for window in self.windows):
            raise ValueError(
                "windows: each one must be a Window; windows_from() makes them of data"
            )

    def without_waiting(self) -> Policy:
        """Return a policy by which TWS is asked early enough for an answer to be there, or to be
        late, when an order would have to be preceded by a question.
        """
        early = self.probe_after - self.probe_timeout
        if not self.probe_before_order or early <= 0 or early >= self.silence:
            return self
        later = self.answer_timeout + self.silence - early  # the connection is given up as before
        return replace(self, silence=early, answer_timeout=later)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Policy:
        """Make a policy of data, as TOML or JSON has them. ValueError names what is wrong."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(str(name) for name in data if name not in known)
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: a Policy has no such setting")
        values = dict(data)
        if "windows" in values:
            values["windows"] = windows_from(values["windows"])
        return cls(**values)


def _check(name: str, value: Any, above: bool) -> None:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or value < 0 or (above and not value):
        raise ValueError(f"{name}: {value!r} is no number {'above 0' if above else 'from 0 on'}")


def _ints(name: str, values: Any) -> tuple[int, ...]:
    found = tuple(values) if isinstance(values, (list, tuple, range, set, frozenset)) else (values,)
    for value in found:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
            raise ValueError(f"{name}: {value!r} is no client id, which is a number from 0 on")
    return found


__all__ = ["Policy"]
