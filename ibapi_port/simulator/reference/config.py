"""reqConfig and updateConfig: TWS's own settings, as far as the API sees them (server versions 219
and 221).
"""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ..net.pacing import OFF, REJECT
from ..options import Options
from ..services import ClientSession, Handler, Service, Values

_SECTIONS = ("lockAndExit", "api", "orders")
_CHOICES = {
    "lockAndExit.autoLogoffPeriod": ("AM", "PM"),
    "lockAndExit.autoLogoffType": ("logoff", "restart"),
    "api.settings.loggingLevel": ("system", "error", "warning", "information", "detail"),
}
_TIME = re.compile(r"(0?[1-9]|1[0-2]):[0-5]\d")


class HasOptions(Protocol):
    """Something with options that can be exchanged while TWS runs."""

    options: Options


class ConfigService(Service):
    """Answers reqConfig and updateConfig. `data`: config.json.

    readOnlyApi and rejectMessagesAboveMaxRate are the world's options; the other settings are kept,
    and change nothing else.
    """

    def __init__(self, world: HasOptions, data: Mapping[str, Any]) -> None:
        self._world = world
        self._config: dict[str, Any] = copy.deepcopy(dict(data))

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqConfig": self._request, "updateConfig": self._update}

    def _request(self, client: ClientSession, values: Values) -> None:
        client.send("configResponse", reqId=values["reqId"], **self._current())

    def _current(self) -> dict[str, Any]:
        settings, options = self._config["api"]["settings"], self._world.options
        settings["readOnlyApi"] = options.read_only
        settings["rejectMessagesAboveMaxRate"] = options.pacing == REJECT
        settings["masterClientId"] = options.master_client_id or 0
        return self._config

    def _update(self, client: ClientSession, values: Values) -> None:
        """Change all that is asked for, or nothing if something is wrong."""
        config = copy.deepcopy(self._current())
        changed, errors = [], []
        for path, value in _leaves({name: values[name] for name in _SECTIONS if name in values}):
            error = _error(config, path, value)
            if error:
                errors.append(f"{path}: {error}")
            elif _put(config, path, value):
                changed.append(path)
        for message in values.get("messages", ()):
            self._update_message(config, message, changed, errors)
        if values.get("resetAPIOrderSequence"):
            errors.append(
                "resetAPIOrderSequence: order ids have been used; restart TWS to reset them"
            )
        if not errors:
            self._config = config
            self._apply(config["api"]["settings"])
        said = (
            {"status": "error", "message": "Nothing was changed", "errors": errors}
            if errors
            else {"status": "success", "message": ""}
        )
        client.send(
            "updateConfigResponse",
            reqId=values["reqId"],
            changedFields=[] if errors else changed,
            **said,
        )

    def _update_message(
        self,
        config: dict[str, Any],
        wanted: Mapping[str, Any],
        changed: list[str],
        errors: list[str],
    ) -> None:
        number = wanted.get("id")
        known = next((message for message in config["messages"] if message["id"] == number), None)
        if known is None:
            errors.append(f"messages: there is no message {number}")
            return
        for name in ("defaultAction", "enabled"):
            if name in wanted and known[name] != wanted[name]:
                known[name] = wanted[name]
                changed.append(f"messages.{number}.{name}")

    def _apply(self, settings: Mapping[str, Any]) -> None:
        options = self._world.options
        pacing = options.pacing
        if settings["rejectMessagesAboveMaxRate"] is not (pacing == REJECT):
            pacing = REJECT if settings["rejectMessagesAboveMaxRate"] else OFF
        self._world.options = dataclasses.replace(
            options, read_only=settings["readOnlyApi"], pacing=pacing
        )


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _owner(config: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    *above, name = path.split(".")
    for part in above:
        config = config.setdefault(part, {})
    return config, name


def _error(config: dict[str, Any], path: str, value: object) -> str:
    """Return what is wrong with a new value, or "" if nothing is."""
    if path == "lockAndExit.autoLogoffTime" and not _TIME.fullmatch(str(value)):
        return f"'{value}' is no time, hh:mm"
    if path == "api.settings.socketPort" and not 0 < int(str(value)) < 65536:
        return f"{value} is no port"
    if (
        path == "api.settings.masterClientId"
        and value != config["api"]["settings"]["masterClientId"]
    ):
        return "it can be changed only by a restart"
    if path in _CHOICES and value not in _CHOICES[path]:
        return f"'{value}' is none of {', '.join(_CHOICES[path])}"
    return ""


def _put(config: dict[str, Any], path: str, value: object) -> bool:
    """Set a value. Return False if it was so already."""
    owner, name = _owner(config, path)
    if owner.get(name) == value:
        return False
    owner[name] = value
    return True
