"""What a user can set: policies, and every duration."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..reset_windows import Window
from .credentials import Secret

EXISTING_SESSION = ("exit", "primary", "primaryoverride", "secondary", "manual")
ACCEPT = ("accept", "reject", "manual")
ANSWERS = ("yes", "no", "manual")
CHOICES = {
    "existing_session": EXISTING_SESSION,
    "accept_incoming_connection": ACCEPT,
    "blind_trading": ANSWERS,
    "crypto_confirmation": ("transmit", "cancel", "manual"),
    "login_messages": ("fail", "resume"),
    "trading_mode": ("live", "paper"),
}

# IBAutomater's windows are wider than the ones that IB publishes: a login within them may fail for
# no other reason than the reset, and to call that a wrong password would stop a program for good.
SERVER_RESETS = {
    "America": (Window("daily reset, America", "America/New_York", "mon-sun", "23:30", "01:45"),),
    "Europe": (Window("daily reset, Europe", "Europe/Zurich", "mon-sun", "05:45", "07:45"),),
    "Asia": (
        Window("first daily reset, Asia", "America/New_York", "mon-sun", "16:30", "17:00"),
        Window("second daily reset, Asia", "Asia/Hong_Kong", "mon-sun", "20:15", "21:15"),
        Window("third daily reset, Asia", "Asia/Hong_Kong", "mon-sun", "04:45", "06:05"),
    ),
}
WEEKEND_RESETS = (Window("weekend reset", "America/New_York", "fri", "22:45", "02:00", "sun"),)
# when a login is expected to work again after the weekend
NEXT_LOGIN = Window("next login", "America/New_York", "sun", "16:00", "16:01")


LONGEST = 366 * 86400.0  # seconds that anything may take


@dataclass(frozen=True)
class Config:
    """Policies and durations. Those are in seconds."""

    trading_mode: str = "paper"
    # --- the second factor ---
    second_factor_device: str = "IB Key"
    totp_secret: str = field(default="", repr=False)  # base32; typed only if it is set
    two_factor_attempts: int = 3
    two_factor_timeout: float = 150.0  # IB's own limit is 180
    two_factor_backoff: float = 10.0  # times the number of the attempt
    # --- policies ---
    existing_session: str = "exit"
    login_messages: str = "fail"
    accept_incoming_connection: str = "accept"
    accept_non_brokerage_warning: bool = True
    read_only_login: bool = False
    blind_trading: str = "no"
    crypto_confirmation: str = "transmit"
    confirm_orders: bool = True  # messages about an order with a box "Don't display again"
    # --- settings that are made in the Gateway ---
    read_only_api: bool = False
    bypass_precautions: bool = True
    create_api_log: bool = True
    master_client_id: str = ""  # "" leaves it as it is
    trusted_ips: tuple[str, ...] = ()
    allow_localhost_only: bool | None = None  # None leaves it as it is
    send_market_data_in_lots: bool | None = None
    auto_restart_time: str = "11:45 PM"
    # --- the process ---
    display: str = "auto"  # "auto": an own one if there is none; "own"; "inherit"; or ":7"
    settings_directory: str = ""  # "" is the directory of the version, as in IBAutomater
    java_options: tuple[str, ...] = ()
    export_logs: bool = False
    rules_file: str = ""
    dump_directory: str = ""  # where trees and screenshots of unknown windows go; "" for nowhere
    server_resets: Mapping[str, tuple[Window, ...]] = field(default_factory=lambda: SERVER_RESETS)
    weekend_resets: tuple[Window, ...] = WEEKEND_RESETS
    # --- durations ---
    initialization_timeout: float = 900.0
    login_window_timeout: float = 120.0
    click_check: float = 1.0
    step_timeout: float = 30.0
    page_wait: float = 0.5
    unknown_wait: float = 2.0
    main_window_wait: float = 30.0
    splash_wait: float = 10.0  # a main window without a splash before it: it was missed
    login_wait: float = 3.0  # beyond the wait that IB asks for
    soft_login_wait: float = 60.0  # a login form that stays in a restart without login
    close_timeout: float = 15.0
    terminate_timeout: float = 5.0
    token_expired_timeout: float = 90.0
    soft_restart_lead: float = 120.0  # on the clock of the Gateway: whole minutes, never scaled
    soft_restart_timeout: float = 600.0
    soft_restart_backoff: float = 300.0
    restart_pause: float = 2.5
    adoption_wait: float = 30.0
    unexpected_exit_wait: float = 2.0
    probe_interval: float = 1.0
    probe_timeout: float = 5.0
    health_interval: float = 0.0  # 0: the API is not watched once it has answered
    health_failures: int = 3

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if isinstance(value, (list, os.PathLike)):
                value = tuple(value) if isinstance(value, list) else os.fspath(value)
                object.__setattr__(self, item.name, value)  # it is frozen
            valid, text = _KINDS[str(item.type)]
            if not valid(value):
                shown = "it" if item.name == "totp_secret" else repr(value)
                raise ValueError(f"{item.name}: {shown} is {text}")
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name}: {value!r} is none of {', '.join(allowed)}")
        if self.display not in ("auto", "own", "inherit") and not self.display.startswith(":"):
            text = 'none of auto, own, inherit, and no display such as ":7"'
            raise ValueError(f"display: {self.display!r} is {text}")
        for region in self.server_resets:
            if region not in SERVER_RESETS:
                known = ", ".join(SERVER_RESETS)
                raise ValueError(f"server_resets: {region!r} is none of {known}")
        parse_time(self.auto_restart_time)

    @property
    def rules_path(self) -> Path | None:
        """Return the file with the user's own rules; None if there is none."""
        return Path(self.rules_file).expanduser() if self.rules_file else None


def default_dumps() -> str:
    """Return where trees and pictures of unknown windows are kept, unless another place is set."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return str(Path(state).expanduser() / "ibapi_port" / "gateway")


def check_port(name: str, port: object) -> None:
    """Raise ValueError if something is no port."""
    if type(port) is not int or not 0 < port < 1 << 16:
        raise ValueError(f"{name}: {port!r} is no port from 1 to 65535")


def _are(kind: type, values: object) -> bool:
    return isinstance(values, tuple) and all(isinstance(v, kind) for v in values)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# By annotation: whether a value is one, and what is said if it is not. "no" in place of False would
# be as good as True; what is not a number, or without end, cannot be waited for.
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "str": (lambda v: isinstance(v, (str, Secret)), "no text"),
    "bool": (lambda v: isinstance(v, bool), "neither True nor False"),
    "bool | None": (lambda v: v is None or isinstance(v, bool), "neither True nor False"),
    "int": (lambda v: type(v) is int and v >= 1, "no whole number of 1 or more"),
    "float": (
        lambda v: _is_number(v) and 0 <= v <= LONGEST,
        f"no number of seconds from 0 to {LONGEST:.0f}",
    ),
    "tuple[str, ...]": (lambda v: _are(str, v), "no list of texts"),
    "tuple[Window, ...]": (
        lambda v: _are(Window, v),
        "no list of windows; see ibapi_port.reset_windows",
    ),
    "Mapping[str, tuple[Window, ...]]": (
        lambda v: isinstance(v, Mapping) and all(_are(Window, windows) for windows in v.values()),
        'no windows by region, such as {"Europe": (...)}',
    ),
}


def parse_time(text: str) -> tuple[str, str]:
    """Return a time of a day as Gateway takes it: ("11:45", "PM").

    Take "11:45 PM" and "23:45". Raise ValueError for anything else.
    """
    parts = text.strip().upper().replace("AM", " AM").replace("PM", " PM").split()
    clock = parts[0].split(":") if parts else []
    half = parts[1] if len(parts) == 2 else ""
    if len(clock) == 2 and all(p.isascii() and p.isdigit() for p in clock) and len(parts) <= 2:
        hour = int(clock[0])
        minute = int(clock[1])
        if minute < 60 and half in ("AM", "PM") and 1 <= hour <= 12:
            return f"{hour:02}:{minute:02}", half
        if minute < 60 and not half and hour < 24:
            return f"{(hour + 11) % 12 + 1:02}:{minute:02}", "PM" if hour >= 12 else "AM"
    raise ValueError(f'auto_restart_time: {text!r} is no time such as "11:45 PM" or "23:45"')
