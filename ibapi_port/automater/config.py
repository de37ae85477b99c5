"""What a user can set: policies, and every duration."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..reset_windows import Window

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


def seconds(value: float) -> Any:
    """Make a duration: it is checked to be one."""
    return field(default=value, metadata={"seconds": True})


@dataclass(frozen=True)
class Config:
    """Policies and durations. Those are in seconds."""

    trading_mode: str = "paper"
    # --- the second factor ---
    second_factor_device: str = "IB Key"
    totp_secret: str = field(default="", repr=False)  # base32; typed only if it is set
    two_factor_attempts: int = 3
    two_factor_timeout: float = seconds(150)  # IB's own limit is 180
    two_factor_backoff: float = seconds(10)  # times the number of the attempt
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
    initialization_timeout: float = seconds(900)
    login_window_timeout: float = seconds(120)
    click_check: float = seconds(1)
    step_timeout: float = seconds(30)
    page_wait: float = seconds(0.5)
    unknown_wait: float = seconds(2)
    main_window_wait: float = seconds(30)
    splash_wait: float = seconds(10)  # a main window without a splash before it: it was missed
    login_wait: float = seconds(3)  # beyond the wait that IB asks for
    soft_login_wait: float = seconds(60)  # a login form that stays in a restart without login
    close_timeout: float = seconds(15)
    terminate_timeout: float = seconds(5)
    token_expired_timeout: float = seconds(90)
    soft_restart_lead: float = 120.0  # on the clock of the Gateway: whole minutes, never scaled
    soft_restart_timeout: float = seconds(600)
    soft_restart_backoff: float = seconds(300)
    restart_pause: float = seconds(2.5)
    adoption_wait: float = seconds(30)
    unexpected_exit_wait: float = seconds(2)
    probe_interval: float = seconds(1)
    probe_timeout: float = 5.0
    health_interval: float = seconds(0)  # 0: the API is not watched once it has answered
    health_failures: int = 3

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(f"{name}: {value!r} is none of {', '.join(allowed)}")
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.metadata.get("seconds") and (not _is_number(value) or value < 0):
                raise ValueError(f"{item.name}: {value!r} is no number of seconds of 0 or more")
        if self.two_factor_attempts < 1:
            raise ValueError(f"two_factor_attempts: {self.two_factor_attempts!r} is less than 1")
        parse_time(self.auto_restart_time)

    @property
    def rules_path(self) -> Path | None:
        """Return the file with the user's own rules; None if there is none."""
        return Path(self.rules_file).expanduser() if self.rules_file else None


def default_dumps() -> str:
    """Return where trees and pictures of unknown windows are kept, unless another place is set."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return str(Path(state).expanduser() / "ibapi_port" / "gateway")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


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
