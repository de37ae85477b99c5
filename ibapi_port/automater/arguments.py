"""The arguments of IBAutomater: .NET's names, their twins in snake_case, settings by keyword."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .config import Config, default_dumps
from .spelling import meant

MISSING: Any = None  # .NET's constructor has no default for it
TWINS = {
    "ib_directory": "ibDirectory",
    "ib_version": "ibVersion",
    "user_name": "userName",
    "trading_mode": "tradingMode",
    "export_ib_gateway_logs": "exportIbGatewayLogs",
    "export_logs": "exportIbGatewayLogs",
}
NEEDED = ("ibDirectory", "ibVersion", "userName", "password")
OTHERS = ("port", "config", "alerts", "rules", "host", "clock")


def joined(given: Mapping[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return .NET's arguments, taken from their twins in `settings` where they are not given.

    The twins are taken out of `settings`. Raise TypeError if one is missing, or given twice.
    """
    found = dict(given)
    for twin, name in TWINS.items():
        if twin in settings:
            if found[name] is not MISSING:
                raise TypeError(f"IBAutomater: {name} and {twin} are the same: give one of them")
            found[name] = settings.pop(twin)
    for name in NEEDED:
        if found[name] is MISSING:
            raise TypeError(f"IBAutomater: {name} is missing")
    return found


def with_settings(config: Config | None, settings: dict[str, Any], given: Any) -> Config:
    """Return a Config with settings, and with what `joined` has found.

    Raise TypeError for a name that is none, ValueError for a value that is none.
    """
    known = [item.name for item in dataclasses.fields(Config)]
    for name in settings:
        if name not in known:
            near = meant(name, [*known, *TWINS.values(), *TWINS, *NEEDED, *OTHERS])
            text = f"IBAutomater has no setting {name!r}{near}"
            raise TypeError(f"{text}{'' if near else '; docs/automater.md has their names'}")
    if given["tradingMode"] is not MISSING:
        settings["trading_mode"] = str(given["tradingMode"]).lower()
    if given["exportIbGatewayLogs"] is not MISSING:
        settings["export_logs"] = given["exportIbGatewayLogs"]
    return dataclasses.replace(config or Config(dump_directory=default_dumps()), **settings)
