"""How a simulated Gateway behaves, and where it shows its windows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .parts import Part

BYPASSES = (
    "Bypass Order Precautions for API Orders",
    "Bypass Bond warning for API Orders",
    "Bypass negative yield to worst confirmation for API Orders",
    "Bypass Called Bond warning for API Orders",
)
DIALECTS: Mapping[str, Mapping[str, str]] = {
    "space": {},
    "hyphen": {
        "IBKR Gateway": "IBKR-Gateway",
        "IB API": "IB-API",
        "Log In": "Login",
        "Paper Log In": "Paper-Login",
        "Live Trading": "Live-Trading",
        "Paper Trading": "Paper-Trading",
        "Socket port": "Socket-port:",
        "Auto restart": "Auto-restart",
        "Read-Only API": "Read Only API",
        "Re-login": "Re login",
        "OK": "Ok",
    },
    "old": {
        "IBKR Gateway": "IB Gateway",
        "IB API": "TWS/API",
        "Log In": "Login",
        "Paper Log In": "Paper Login",
        "Auto restart": "Auto Restart",
        "OK": "OK...",
    },
}


@dataclass
class Dialog:
    """A window that comes in the course of things.

    `then` says by button what follows: "next", "form" (the login again), "exit" or "stay". A
    dialog with `closes_after` closes itself after so many seconds.
    """

    title: str = ""
    text: str = ""
    buttons: Sequence[str] = ("OK",)
    checks: Sequence[str] = ()
    then: Mapping[str, str] = field(default_factory=dict)
    devices: Sequence[str] = ()
    fields: Sequence[str] = ()
    enabled_after: float = 0.0
    buttons_after: float = 0.0
    closes_after: float | None = None
    kind: str = "dialog"
    text_kind: str = "label"
    code: Callable[[str], bool] | None = None  # whether the code that was typed is right


@dataclass
class Behaviour:
    """How a Gateway behaves. `logins` has, for each login, the dialogs after it."""

    logins: Sequence[Sequence[Dialog]] = ((),)
    before: Sequence[Dialog] = ()  # before any window
    notices: Sequence[Dialog] = ()  # once it is logged in
    dialect: str = "space"
    shuffle: int = 0  # 0: the usual order; otherwise the seed of another one
    login_enabled: bool = True
    splash: float = 1.0  # seconds that "Starting application..." is there; 0: it is not shown
    late: float = 0.0  # seconds until a button can be clicked, or a page of settings is there
    shows_login: bool = True
    ends_at_close: bool = True
    asks_at_close: bool = False
    ends_at_term: bool = True
    offers_restart: bool = True
    api: bool = True
    answers: bool = True  # the API answers handshakes
    has_ssl: bool = True
    trusted: Sequence[str] = ("127.0.0.1",)


class Screen(ABC):
    """Where a Gateway shows its windows, and the process that it is in."""

    @abstractmethod
    def show(self, window: Part) -> None:
        """Show a window."""

    @abstractmethod
    def change(self, window: Part) -> None:
        """Show what has changed in a window."""

    @abstractmethod
    def close(self, window: Part) -> None:
        """Close a window."""

    @abstractmethod
    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something later, unless the process has ended by then."""

    @abstractmethod
    def exit(self, code: int) -> None:
        """End the process."""

    @abstractmethod
    def open_api(self, port: int) -> None:
        """Have the API answer at a port."""
