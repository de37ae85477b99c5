"""What one Gateway of the command is, and how it is kept running."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ... import alerts as alerting
from ..automater import IBAutomater
from ..clock import Clock
from ..config import LONGEST, Config
from ..credentials import Secret
from ..rules import Rule

NAME = "gateway"
HEALTH_INTERVAL = 60.0


class SettingsError(ValueError):
    """A setting is wrong; the text names the file and the setting, and says what it may be."""


@dataclass(frozen=True)
class Keep:
    """How a Gateway is kept running. Durations are in seconds."""

    retry: float = 60.0  # before the first new try; twice as long before each further one
    longest_retry: float = 900.0
    two_factor_retry: float = 3600.0  # IB counts a second factor that was not given as a failure
    exit_pause: float = 10.0  # after an end that nobody asked for
    reset_pause: float = 480.0  # the same while IB's servers are reset: a login would be dropped
    login_warning: float = 8.0  # hours before the weekly login that the second factor is announced

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not 0 <= value <= LONGEST:
                raise ValueError(f"{item.name}: {value!r} is no number from 0 to {LONGEST:.0f}")


@dataclass(frozen=True)
class Settings:
    """One Gateway, and how the command keeps it running."""

    path: Path | None = None
    directory: str = "~/Jts"
    version: str = ""
    user: str | Secret = ""
    password: str | Secret = field(default="", repr=False)
    port: int = 0  # 0: 4001 for live, 4002 for paper
    config: Config = field(default_factory=Config)
    keep: Keep = field(default_factory=Keep)
    rules: tuple[Rule, ...] = ()
    hooks: tuple[alerting.Hook, ...] = ()
    companions: tuple[tuple[str, ...], ...] = ()
    command_port: int = 0  # of IBC's command server; 0: there is none
    command_token: str = field(default="", repr=False)
    ignored: tuple[str, ...] = ()  # settings of IBC's that have no counterpart here

    @property
    def name(self) -> str:
        """Return the name of this Gateway: that of its file."""
        return self.path.stem if self.path is not None else NAME

    @property
    def api_port(self) -> int:
        """Return the port of the API."""
        return self.port or (4001 if self.config.trading_mode == "live" else 4002)

    def automater(
        self, alerts: alerting.Alerts | None = None, clock: Clock | None = None, host: Any = None
    ) -> IBAutomater:
        """Make the automater. Raise ValueError if a secret cannot be had."""
        for name in ("version", "user", "password"):
            if not getattr(self, name):
                raise SettingsError(
                    f"{self.path or 'settings'}: gateway.{name} is missing; "
                    "python -m ibapi_port gateway setup asks for it"
                )
        return IBAutomater(
            self.directory,
            self.version,
            self.user,
            self.password,
            self.config.trading_mode,
            self.api_port,
            self.config.export_logs,
            config=self.config,
            alerts=alerts,
            rules=self.rules,
            clock=clock,
            host=host,
        )


def default_path() -> Path:
    """Return where the settings are, unless a file is named."""
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "ibapi_port" / f"{NAME}.toml"
