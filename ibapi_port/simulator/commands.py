"""The table of a script's commands, and how plain values, of JSON or of a command line, become what
a command takes.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ..protocol.exceptions import quote
from .errors import BadValue
from .script import Script

_NAMES = {
    int: "whole number",
    float: "number",
    Decimal: "number",
    bool: "truth value",
    str: "text",
    bytes: "text",
}
_LONGEST = 1 << 16  # characters of a text, but for hexadecimal digits
_MAX_INTEGER = 1 << 63  # of a whole number that is written as a fraction or with an exponent


Converted = bool | int | float | Decimal


@dataclass(frozen=True)
class Parameter:
    """A value of a command. `kinds`: the types that it may have; empty: any."""

    name: str
    kinds: tuple[type, ...]
    default: Any  # inspect.Parameter.empty: it has to be given

    @property
    def required(self) -> bool:
        """Return whether the value has to be given."""
        return self.default is inspect.Parameter.empty

    def take(self, value: object, is_text: bool) -> object:
        """Return the value as the command takes it; `is_text`: it is written, whatever is meant.
        BadValue: it cannot be.
        """
        if not self.kinds or (value is None and type(None) in self.kinds):
            return value
        # what reads as a number is one
        for kind in sorted(self.kinds, key=lambda kind: kind is str and is_text):
            if isinstance(value, kind) and isinstance(value, bool) is (kind is bool):
                if isinstance(value, str) and len(value) > _LONGEST and bytes not in self.kinds:
                    raise BadValue(self.name, f"must not be longer than {_LONGEST} characters")
                return value
            converted = _converted(value, kind, is_text)
            if converted is not None:
                return converted
        names = dict.fromkeys(_NAMES[kind] for kind in self.kinds if kind in _NAMES)
        raise BadValue(self.name, f"must be a {' or '.join(names)}, not {quote(value)}")


def _converted(value: object, kind: type, is_text: bool) -> Converted | None:
    """Return the value as that type, or None if it cannot be converted."""
    if kind is bool:
        return (
            {"true": True, "false": False}.get(value.lower())
            if is_text and isinstance(value, str)
            else None
        )
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        return None
    try:
        if kind is Decimal:
            number = Decimal(str(value))
            return number if number.is_finite() else None
        if kind is float and (is_text or not isinstance(value, str)):
            return float(value)
        if kind is int and (
            is_text
            or (
                isinstance(value, (Decimal, float))
                and -_MAX_INTEGER < value < _MAX_INTEGER
                and value == int(value)
            )
        ):
            return int(value)
    except (ValueError, OverflowError, InvalidOperation):
        pass
    return None


@dataclass(frozen=True)
class Command:
    """A command and what it takes."""

    name: str
    text: str
    parameters: Mapping[str, Parameter]

    def values(self, given: Mapping[str, Any], is_text: bool = False) -> dict[str, Any]:
        """Return the values as the command takes them. BadValue: one is missing, unknown or not
        what it should be.
        """
        for name in given:
            if name not in self.parameters:
                raise BadValue(
                    name,
                    f"{self.name} takes no such value, but {', '.join(self.parameters) or 'none'}",
                )
        for parameter in self.parameters.values():
            if parameter.required and parameter.name not in given:
                raise BadValue(parameter.name, "is missing")
        return {name: self.parameters[name].take(value, is_text) for name, value in given.items()}

    def describe(self) -> dict[str, Any]:
        """Return the command as people and programs read it in JSON."""
        takes = {}
        for parameter in self.parameters.values():
            kinds = dict.fromkeys(_NAMES[kind] for kind in parameter.kinds if kind in _NAMES)
            takes[parameter.name] = " or ".join(kinds or ("any",)) + (
                "" if parameter.required else ", optional"
            )
        return {"text": self.text, "values": takes}


_UNIONS = (types.UnionType, typing.Union)  # the latter up to Python 3.10 where the default is None


def command(name: str, method: Callable[..., object]) -> Command:
    """Return a command made of a method and its annotations."""
    hints = typing.get_type_hints(method)
    parameters = {}
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        hint = hints[parameter.name]
        kinds = (
            typing.get_args(hint)
            if typing.get_origin(hint) in _UNIONS
            else ()
            if hint is Any
            else (hint,)
        )
        parameters[parameter.name] = Parameter(parameter.name, kinds, parameter.default)
    return Command(name, inspect.getdoc(method) or "", parameters)


COMMANDS: Mapping[str, Command] = {
    name: command(name, method)
    for name, method in vars(Script).items()
    if inspect.isfunction(method) and not name.startswith("_")
}


# commands that change nothing
READING = frozenset({"state", "requests", "faults", "overview", "candles", "depth", "record"})


def run(script: Script, name: str, given: Mapping[str, Any]) -> Any:
    """Do a command. BadValue, ValueError: it is not one, or a value is wrong."""
    if name not in COMMANDS:
        raise ValueError(f"there is no command {name!r}")
    result = getattr(script, name)(**COMMANDS[name].values(given))
    if name not in READING:
        script.note(name, given)
    return result
