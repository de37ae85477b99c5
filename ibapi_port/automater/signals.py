"""What the state machine is told (signals), and what it wants done (actions), as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .result import ErrorCode, StartResult
from .tree import Node


class State(Enum):
    """Where the Gateway is."""

    STOPPED = "stopped"
    LAUNCHING = "launching"
    LOGIN = "login"
    AUTHENTICATING = "authenticating"
    TWO_FACTOR = "second factor"
    STARTING = "starting"
    CONFIGURING = "configuring"
    READY = "ready"
    RESTARTING = "restarting"
    TOKEN_EXPIRED = "token expired"
    STOPPING = "stopping"
    FAILED = "failed"


# --- signals ---


@dataclass(frozen=True)
class StartAsked:
    """A start is wanted."""


@dataclass(frozen=True)
class StopAsked:
    """The Gateway is to end. `silent`: nobody is told, as the next start follows at once."""

    silent: bool = False


@dataclass(frozen=True)
class SoftRestartAsked:
    """A restart that keeps the session is wanted."""


@dataclass(frozen=True)
class Launched:
    """The program runs. `soft`: it was given the token of a restart, and wants no login."""

    pid: int
    soft: bool = False


@dataclass(frozen=True)
class LaunchFailed:
    """The program could not be started."""

    code: ErrorCode
    detail: str


@dataclass(frozen=True)
class Linked:
    """The agent of a process has dialled in."""

    pid: int


@dataclass(frozen=True)
class Unlinked:
    """The line to the agent of a process has ended, as it does when the process ends."""

    pid: int


@dataclass(frozen=True)
class Exited:
    """A process has ended. `token`: it has left what a restart without a login needs."""

    pid: int
    code: int
    token: bool = False


@dataclass(frozen=True)
class JavaFailed:
    """Java has said that it cannot go on."""

    text: str


@dataclass(frozen=True)
class WindowSeen:
    """A window was "opened", "changed" or "closed"; `tree` is None where it is unknown."""

    pid: int
    kind: str
    win: int
    show: int
    tree: Node | None


@dataclass(frozen=True)
class CommandFailed:
    """The agent could not do something, such as to click a button that is disabled."""

    pid: int
    what: str
    error: str


@dataclass(frozen=True)
class TimerDue:
    """A timer that was set has run out."""

    name: str


@dataclass(frozen=True)
class Probed:
    """Whether the API has answered a handshake."""

    answered: bool
    detail: str = ""


Signal = (
    StartAsked
    | StopAsked
    | SoftRestartAsked
    | Launched
    | LaunchFailed
    | Linked
    | Unlinked
    | Exited
    | JavaFailed
    | WindowSeen
    | CommandFailed
    | TimerDue
    | Probed
)

# --- actions ---


@dataclass(frozen=True)
class Launch:
    """Start the program; `soft`: with the token of a restart, if there is one."""

    soft: bool = False


@dataclass(frozen=True)
class Do:
    """Have the agent do something. A value "secret" is replaced on the way, not here."""

    command: Mapping[str, Any]


@dataclass(frozen=True)
class SetTimer:
    """Send TimerDue after some seconds; a timer of this name that was set before is set anew."""

    name: str
    seconds: float


@dataclass(frozen=True)
class CancelTimer:
    """Forget a timer."""

    name: str


@dataclass(frozen=True)
class End:
    """End the process: by SIGTERM, or with `force` by SIGKILL."""

    force: bool = False


@dataclass(frozen=True)
class Say:
    """Tell a line of output."""

    text: str


@dataclass(frozen=True)
class Finish:
    """The start has come to its result."""

    result: StartResult
    keep: bool = True  # GetLastStartResult gives it, and if it is fatal the next start too


@dataclass(frozen=True)
class TellExited:
    """Fire Exited."""

    code: int
    requested: bool


@dataclass(frozen=True)
class TellRestarted:
    """Fire Restarted."""


@dataclass(frozen=True)
class Probe:
    """Find out whether the API answers."""


@dataclass(frozen=True)
class Alert:
    """Tell a person."""

    kind: str
    level: str
    text: str


@dataclass(frozen=True)
class Record:
    """Keep the tree and a picture of a window."""

    win: int
    tree: Node
    why: str


@dataclass(frozen=True)
class Enter:
    """The state has changed."""

    state: State


Action = (
    Launch
    | Do
    | SetTimer
    | CancelTimer
    | End
    | Say
    | Finish
    | TellExited
    | TellRestarted
    | Probe
    | Alert
    | Record
    | Enter
)
