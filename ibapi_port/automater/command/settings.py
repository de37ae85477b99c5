"""What one Gateway of the command is: read from a TOML file, or from IBC's config.ini."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ... import alerts as alerting
from ...reset_windows import windows_from
from ..automater import IBAutomater, default_dumps
from ..clock import Clock
from ..config import Config
from ..credentials import Secret
from ..rules import Rule
from ..toml import TomlError, read_toml
from ..user_rules import rules_from

NAME = "gateway"
HEALTH_INTERVAL = 60.0
_TABLES = ("gateway", "policy", "keep", "commands", "server_resets", "weekend_resets")
_LISTS = ("alerts", "companion", "rule")


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
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise ValueError(f"{item.name}: {value!r} is no number of 0 or more")


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


def load(path: Path) -> Settings:
    """Read settings. Raise SettingsError if one is wrong, or there is no such file."""
    try:
        if path.suffix == ".ini":
            from .ibc import settings_from_ibc

            return settings_from_ibc(path)
        return settings_from(read_toml(path), path)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: there is no such file; python -m ibapi_port gateway setup makes one"
        ) from None
    except OSError as e:
        raise SettingsError(f"{path}: it cannot be read: {e.strerror}") from None
    except TomlError as e:
        raise SettingsError(str(e)) from None


def settings_from(data: Mapping[str, Any], path: Path | None = None) -> Settings:
    """Make settings of data as TOML has them. Raise SettingsError if one is wrong."""
    where = str(path or "settings")
    unknown = sorted(data.keys() - {*_TABLES, *_LISTS})
    if unknown:
        raise SettingsError(f"{where}: unknown table {unknown[0]!r}; there are {_names()}")
    tables = {name: _table(data, name, where) for name in _TABLES[:4]}
    gateway = _checked(
        tables["gateway"],
        {"directory": str, "version": str, "user": str, "password": str, "mode": str, "port": int},
        f"{where}: gateway",
    )
    if "mode" in gateway:
        tables["policy"]["trading_mode"] = gateway.pop("mode")
    commands = _checked(tables["commands"], {"port": int, "token": str}, f"{where}: commands")
    try:
        return Settings(
            path=path,
            config=_config(tables["policy"], data, where),
            keep=_made(Keep, tables["keep"], f"{where}: keep"),
            rules=rules_from({"rule": data.get("rule", [])}, where),
            hooks=tuple(alerting.hook_from(row) for row in _rows(data, "alerts", where)),
            companions=_companions(data, where),
            command_port=commands.get("port", 0),
            command_token=commands.get("token", ""),
            **gateway,
        )
    except SettingsError:
        raise
    except ValueError as e:  # of a rule, a window or a hook
        text = str(e)
        raise SettingsError(text if text.startswith(where) else f"{where}: {text}") from None


def _names() -> str:
    return ", ".join((*_TABLES, *_LISTS))


def _config(policy: dict[str, Any], data: Mapping[str, Any], where: str) -> Config:
    for name, value in policy.items():
        if isinstance(value, list):
            policy[name] = tuple(value)
    if "server_resets" in data:
        regions = data["server_resets"]
        if not isinstance(regions, Mapping):
            raise SettingsError(f"{where}: write [[server_resets.America]], Europe or Asia")
        policy["server_resets"] = {name: windows_from(rows) for name, rows in regions.items()}
    if "weekend_resets" in data:
        policy["weekend_resets"] = windows_from(data["weekend_resets"])
    policy.setdefault("dump_directory", default_dumps())
    policy.setdefault("health_interval", HEALTH_INTERVAL)
    made: Config = _made(Config, policy, f"{where}: policy")
    return made


def _made(kind: Any, table: Mapping[str, Any], where: str) -> Any:
    known = {item.name for item in dataclasses.fields(kind)}
    unknown = sorted(table.keys() - known)
    if unknown:
        raise SettingsError(f"{where}.{unknown[0]} is not known; docs/automater.md has the names")
    try:
        return kind(**table)
    except (ValueError, TypeError) as e:
        raise SettingsError(f"{where}.{e}") from None


def _table(data: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, Mapping):
        raise SettingsError(f"{where}: {name} is no table: write [{name}]")
    return dict(table)


def _rows(data: Mapping[str, Any], name: str, where: str) -> list[Mapping[str, Any]]:
    rows = data.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise SettingsError(f"{where}: write [[{name}]], with two brackets on each side")
    return rows


def _checked(table: dict[str, Any], kinds: Mapping[str, type], where: str) -> dict[str, Any]:
    for name, value in table.items():
        if name not in kinds:
            raise SettingsError(f"{where}.{name} is not known; there are {', '.join(kinds)}")
        if kinds[name] is str and name == "version" and type(value) is int:
            table[name] = str(value)
        elif type(value) is not kinds[name]:
            what = "text" if kinds[name] is str else "whole number"
            raise SettingsError(f"{where}.{name}: it is no {what}")  # it may be a password
    return table


def _companions(data: Mapping[str, Any], where: str) -> tuple[tuple[str, ...], ...]:
    found = []
    for row in _rows(data, "companion", where):
        command = row.get("command")
        texts = isinstance(command, list) and all(isinstance(word, str) for word in command)
        if not texts or not command or len(row) > 1:
            raise SettingsError(f'{where}: a companion has command = ["program", "argument"]')
        found.append(tuple(command))
    return tuple(found)
