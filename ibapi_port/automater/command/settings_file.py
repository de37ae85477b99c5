"""The settings of one Gateway, read from a TOML file or from IBC's config.ini."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ... import alerts as alerting
from ...reset_windows import windows_from
from ..config import Config, check_port, default_dumps
from ..spelling import meant
from ..toml import TomlError, read_toml
from ..user_rules import rules_from
from .ibc import settings_from_ibc
from .settings import HEALTH_INTERVAL, Keep, Settings, SettingsError

_TABLES = ("gateway", "policy", "keep", "commands", "server_resets", "weekend_resets")
_LISTS = ("alerts", "companion", "rule")


def load(path: Path) -> Settings:
    """Read settings. Raise SettingsError if one is wrong, or there is no such file."""
    try:
        if path.suffix == ".ini":
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
        near = meant(unknown[0], (*_TABLES, *_LISTS))
        text = f"unknown table {unknown[0]!r}{near or f'; there are {_names()}'}"
        raise SettingsError(f"{where}: {text}")
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
        near = meant(unknown[0], known) or "; docs/automater.md has the names"
        raise SettingsError(f"{where}.{unknown[0]} is not known{near}")
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
            near = meant(name, kinds) or f"; there are {', '.join(kinds)}"
            raise SettingsError(f"{where}.{name} is not known{near}")
        if kinds[name] is str and name == "version" and type(value) is int:
            table[name] = str(value)
        elif type(value) is not kinds[name]:
            what = "text" if kinds[name] is str else "whole number"
            raise SettingsError(f"{where}.{name}: it is no {what}")  # it may be a password
        elif name == "port" and value:  # 0: the usual one, or none
            try:
                check_port(f"{where}.port", value)
            except ValueError as e:
                raise SettingsError(str(e)) from None
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
