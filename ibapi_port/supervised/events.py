"""What is brought to the state machine, and what it says is to be done."""

from __future__ import annotations

import enum
from typing import NamedTuple

from ..seams import EndReason


class Phase(enum.Enum):
    """Where a supervised connection is."""

    STOPPED = "stopped"
    WAITING = "waiting"  # for the next try
    CONNECTING = "connecting"  # reaching TWS, handshake
    SYNCING = "syncing"  # nextValidId and managedAccounts are awaited
    READY = "ready"
    UPSTREAM_LOST = "upstream lost"  # TWS has no connection to IB
    SUSPECT = "suspect"  # TWS has not answered, and the connection is being given up
    FAILED = "failed"  # what a retry cannot mend


CONNECTED = frozenset({Phase.SYNCING, Phase.READY, Phase.UPSTREAM_LOST})
OVER = frozenset({Phase.STOPPED, Phase.FAILED})


class Moment(NamedTuple):
    """The time of an event: `now` on a clock that nobody sets, `wall` in seconds since 1970."""

    now: float
    wall: float


# --- events ---


class Start(NamedTuple):
    """The supervision begins. `connecting`: the program's own thread connects right now."""

    connecting: bool = False


class Stop(NamedTuple):
    """The program ends the supervision."""


class Connected(NamedTuple):
    """The handshake is done, and startApi is out."""


class NotMade(NamedTuple):
    """A try has failed."""

    reason: EndReason
    text: str = ""


class Lost(NamedTuple):
    """A connection that was made has ended."""

    reason: EndReason
    text: str = ""


class Synced(NamedTuple):
    """nextValidId and managedAccounts have come."""


class Heard(NamedTuple):
    """Bytes were received last at this time."""

    at: float


class Notice(NamedTuple):
    """An error or a notice of TWS's without a request's id."""

    code: int
    text: str = ""


class TimePassed(NamedTuple):
    """`due` has come."""


class Crashed(NamedTuple):
    """The supervisor itself has failed."""

    text: str


# --- actions ---


class Connect(NamedTuple):
    """Connect with this client id; `port`: the one that TWS named, None for that of the program."""

    client_id: int
    port: int | None


class Close(NamedTuple):
    """Give the connection up."""

    why: str


class AskTime(NamedTuple):
    """Ask TWS for the time."""


class Restore(NamedTuple):
    """Repeat the standing requests: `cancel` them first, or only those of account summaries.
    `reconcile`: find out what became of the orders, too.
    """

    reconcile: bool = True
    cancel: bool = False
    summaries_only: bool = False


class WatchStreams(NamedTuple):
    """Repeat the streams that stay silent."""


class Changed(NamedTuple):
    """The phase has changed."""

    old: Phase
    new: Phase
    why: str


class Alarm(NamedTuple):
    """Something is wrong, or is `over`."""

    kind: str
    text: str
    over: bool = False


__all__ = [
    "CONNECTED",
    "OVER",
    "Alarm",
    "AskTime",
    "Changed",
    "Close",
    "Connect",
    "Connected",
    "Crashed",
    "Heard",
    "Lost",
    "Moment",
    "NotMade",
    "Notice",
    "Phase",
    "Restore",
    "Start",
    "Stop",
    "Synced",
    "TimePassed",
    "WatchStreams",
]
