"""Orders, contracts and answers as JSON has them: what is not set is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from ..const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG

_UNSET = (UNSET_DOUBLE, UNSET_DECIMAL, UNSET_INTEGER, UNSET_LONG)
_PLAIN = (str, int, bool, type(None))
_DEEPEST = 8


def plain(value: object, depth: int = 0) -> Any:
    """Return a value as JSON has it. An object is a dict of the attributes that differ from those
    of a new one; numbers that are no JSON are text.
    """
    if isinstance(value, Enum):
        return plain(value.value, depth)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return str(value)
    if depth > _DEEPEST:
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    if hasattr(value, "DESCRIPTOR"):
        return _message(value, depth)
    if hasattr(value, "__dict__"):
        return _object(value, depth)
    return str(value)


def _object(value: object, depth: int) -> dict[str, Any]:
    defaults = _defaults(type(value))
    return {
        name: plain(item, depth + 1)
        for name, item in vars(value).items()
        if not _is_unset(item) and not (name in defaults and _same(defaults[name], item))
    }


def _message(message: Any, depth: int) -> dict[str, Any]:
    """Return the fields that are set of a Protocol Buffers message."""
    return {field.name: plain(_repeated(item), depth + 1) for field, item in message.ListFields()}


def _repeated(item: Any) -> Any:
    is_list = not isinstance(item, (str, bytes)) and hasattr(item, "__len__")
    return item if not is_list or hasattr(item, "DESCRIPTOR") else _listed(item)


def _listed(item: Any) -> Any:
    return dict(item) if hasattr(item, "items") else list(item)


_known: dict[type, dict[str, Any]] = {}


def _defaults(kind: type) -> dict[str, Any]:
    """Return the attributes of a new object of a class; none if it cannot be made."""
    if kind not in _known:
        try:
            _known[kind] = dict(vars(kind()))
        except Exception:  # a class of the program's own: it may need arguments, or do anything
            _known[kind] = {}
    return _known[kind]


def _is_unset(item: object) -> bool:
    return isinstance(item, (int, float, Decimal)) and item in _UNSET


def _same(one: object, other: object) -> bool:
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # an object of the program's own, such as an array
        return False


__all__ = ["plain"]
