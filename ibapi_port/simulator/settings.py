"""Settings: fields of dataclasses that know their limits, and how a value becomes one of theirs.

ValueError names the field that is wrong.
"""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

Value = bool | int | float | Decimal | str | tuple[str, ...] | None
REAL, SIMPLE = PROFILES = ("gw10.40", "simple")


def setting(
    default: Value,
    text: str,
    *,
    minimum: float = -math.inf,
    maximum: float = math.inf,
    above: float = -math.inf,
    choices: Sequence[Any] = (),
    unit: str = "",
    kind: type | None = None,
    live: bool = False,
    pattern: str = "",
    profiles: Mapping[str, Value] | None = None,
) -> Any:
    """Make a field. `minimum`, `maximum`: the lowest and highest value; `above`: every value is
    above it. `unit` stands for it on the command line.

    `kind` is the type where the default, None, doesn't show it: None is taken for such a setting
    too. `live`: it can be changed while TWS runs. `pattern`: what a text has to match, if it is not
    empty. `profiles`: its value in each profile, for a setting whose default is None; see
    `by_profile`.
    """
    metadata = {
        "text": text,
        "minimum": minimum,
        "maximum": maximum,
        "above": above,
        "choices": tuple(choices),
        "unit": unit,
    }
    metadata |= {"kind": kind or type(default), "live": live, "pattern": pattern}
    metadata["profiles"] = profiles
    return dataclasses.field(default=default, metadata=metadata)


def by_profile(real: Value, simple: Value, text: str, **rules: Any) -> Any:
    """Make a field that is None, which means: as the profile says. `real` is its value in the
    profile of the real program, `simple` the one in the tidy profile.
    """
    values = {REAL: real, SIMPLE: simple}
    return setting(None, text, kind=type(real), profiles=values, **rules)


def checked(field: dataclasses.Field[Any], value: object) -> Value:
    """Return the value as the field's type. ValueError names the field."""
    rules, name = field.metadata, field.name
    if value is None and field.default is None:
        return None
    converted = _convert(name, value, rules["kind"])
    if rules["choices"] and converted not in rules["choices"]:
        raise ValueError(
            f"{name} must be one of {', '.join(map(str, rules['choices']))}, not {value!r}"
        )
    if (
        isinstance(converted, str)
        and converted
        and rules["pattern"]
        and not re.fullmatch(rules["pattern"], converted)
    ):
        raise ValueError(f"{name} must be {rules['unit']}, not {value!r}")
    if isinstance(converted, (int, float, Decimal)):
        if not math.isfinite(converted):
            raise ValueError(f"{name} must be a finite number, not {value!r}")
        if converted < rules["minimum"]:
            raise ValueError(f"{name} must be {rules['minimum']:g} or more, not {value!r}")
        if converted > rules["maximum"]:
            raise ValueError(f"{name} must be {rules['maximum']:g} or less, not {value!r}")
        if converted <= rules["above"]:
            raise ValueError(f"{name} must be above {rules['above']:g}, not {value!r}")
    return converted


def _convert(name: str, value: object, kind: type) -> Value:
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"{name} must be True or False, not {value!r}")
    if kind is str:
        if isinstance(value, str):
            return value
        raise ValueError(f"{name} must be text, not {value!r}")
    if kind is tuple:
        return _texts(name, value)
    if kind in (int, float, Decimal):
        return _number(name, value, kind)
    raise TypeError(f"{name} is a setting of an unknown type, {kind.__name__}")


def _texts(name: str, value: object) -> tuple[str, ...]:
    """Return texts or paths: one, several separated by commas, or a list of them."""
    given = (
        [part.strip() for part in value.split(",")]
        if isinstance(value, str)
        else [value]
        if isinstance(value, os.PathLike)
        else value
    )
    if not isinstance(given, (list, tuple)) or not all(
        isinstance(each, (str, os.PathLike)) for each in given
    ):
        raise ValueError(f"{name} must be text or a list of texts, not {value!r}")
    return tuple(text for each in given if (text := os.fspath(each)))


def _number(name: str, value: object, kind: type) -> int | float | Decimal:
    words = "whole number" if kind is int else "number"
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float, Decimal, str))
        or (kind is int and isinstance(value, (float, Decimal)))
    ):
        raise ValueError(f"{name} must be a {words}, not {value!r}")
    try:
        if kind is Decimal:
            return Decimal(str(value))
        return int(value) if kind is int else float(value)
    except (ValueError, InvalidOperation):
        raise ValueError(f"{name} must be a {words}, not {value!r}") from None
