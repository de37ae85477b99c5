"""Rows of every kind as plain dicts: the base of frames, tables and notebooks' views.

A row is an object of a data class (IB's, or one of this package), a NamedTuple, a mapping, or
another object with public attributes. What is nested in it is flattened: the symbol of a position
is in "contract.symbol".
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
from collections import deque
from collections.abc import Hashable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Literal, Protocol, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG

__all__ = ["Kind", "columns", "is_row", "plain", "rows_of"]

Kind: TypeAlias = Literal["number", "int", "bool", "text", "time", "other"]

_KINDS: dict[object, Kind] = {
    float: "number",
    Decimal: "number",
    int: "int",
    bool: "bool",
    str: "text",
    datetime: "time",
}
# values that are no rows although they may have attributes
_VALUES = (
    *(str, bytes, bytearray, int, float, complex, Decimal, Enum),
    *(date, time, timedelta, type, types.ModuleType, types.FunctionType, types.MethodType),
)
_LISTS = (list, tuple, set, frozenset, deque)


class _ShowsItself(Protocol):
    """An object of this package that names what tables and frames show of it."""

    def _row(self) -> dict[str, object]: ...


def is_row(value: object) -> bool:
    """Return whether a value is one row, and not a list of rows."""
    return (
        _is_record(value)
        or hasattr(type(value), "_row")
        or (
            not isinstance(value, (*_VALUES, *_LISTS))
            and not hasattr(value, "__iter__")
            and bool(_attributes(value))
        )
    )


def _is_record(value: object) -> bool:
    cls: type = type(value)
    return _is_record_class(cls) or isinstance(value, Mapping)


@lru_cache(maxsize=512)
def _is_record_class(cls: Hashable) -> bool:
    """Return whether it is a class whose fields are declared."""
    return isinstance(cls, type) and (
        dataclasses.is_dataclass(cls) or (issubclass(cls, tuple) and hasattr(cls, "_fields"))
    )


def rows_of(rows: object) -> list[object]:
    """Return rows as a list: of one, if it is a single row.

    Raise TypeError if it is neither a row nor something that yields rows.
    """
    if is_row(rows):
        return [rows]
    if isinstance(rows, _VALUES) or not hasattr(rows, "__iter__"):
        raise TypeError(f"rows: {type(rows).__name__} is neither a row nor a list of rows")
    listed = list(rows)
    for place, row in enumerate(listed):
        if not is_row(row):
            raise TypeError(
                f"rows: number {place} is {type(row).__name__} ({row!r:.60}), which has no fields"
            )
    return listed


def plain(row: object) -> dict[str, object]:
    """Return a row as a dict: nested rows flattened, unset values None, enumerations by name.

    Lists stay lists, and rows in them become dicts; sets become sorted lists. Numbers keep their
    type: a Decimal loses no digit. Raise TypeError if it is no row.
    """
    if not is_row(row):
        raise TypeError(f"row: {type(row).__name__} ({row!r:.60}) has no fields")
    result: dict[str, object] = {}
    _flatten(result, "", row, ())
    return result


def _flatten(result: dict[str, object], prefix: str, row: object, above: tuple[int, ...]) -> None:
    """Put the values of a row into the result; `above`: the objects that it is nested in."""
    cls: type = type(row)
    nested = _nested(cls)
    inside = (*above, id(row))
    for name, value in _items(row):
        if value.__class__ in _KEPT:
            result[prefix + name] = value
        elif value.__class__ in _NUMBERS:
            result[prefix + name] = _cleaned(value, ())
        elif _is_record(value):
            if id(value) not in inside:  # an object that holds itself is shown once
                _flatten(result, f"{prefix}{name}.", value, inside)
        elif value is None and name in nested:
            for column in columns(nested[name]):
                result[f"{prefix}{name}.{column}"] = None
        else:
            result[prefix + name] = _cleaned(value, inside)


# the classes of most values: found by a look, and not by asking what they are
_KEPT = {str, bool, datetime, date}
_NUMBERS = {float, int, Decimal}


def _items(row: object) -> list[tuple[str, object]]:
    """Return the public attributes of a row, or what a mapping holds."""
    if isinstance(row, Mapping):
        return [(str(name), value) for name, value in row.items()]
    cls: type = type(row)
    if hasattr(cls, "_row"):  # it says itself what is shown
        shown: dict[str, object] = cast("_ShowsItself", row)._row()
        return list(shown.items())
    names = _names(cls)
    if names is None:
        return _attributes(row)
    return [(name, getattr(row, name)) for name in names]


def _attributes(row: object) -> list[tuple[str, object]]:
    """Return the public attributes of an object whose class declares no fields."""
    names = [name for cls in reversed(type(row).__mro__) for name in _slots(cls)]
    found = {name: getattr(row, name) for name in names if hasattr(row, name)}
    found.update(getattr(row, "__dict__", {}))
    return [
        (name, value)
        for name, value in found.items()
        if not name.startswith("_") and not callable(value)
    ]


def _slots(cls: type) -> list[str]:
    slots = cls.__dict__.get("__slots__", ())
    return [slots] if isinstance(slots, str) else list(slots)


def _cleaned(value: object, above: tuple[int, ...]) -> object:
    """Return a value that is no row itself; None if it is unset."""
    if isinstance(value, Enum):
        return None if value.name == "NoneItem" else value.name
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return None if value in (UNSET_INTEGER, UNSET_LONG) else value
    if isinstance(value, float):
        return None if value == UNSET_DOUBLE or value != value else value
    if isinstance(value, Decimal):
        return None if value.is_nan() or value == UNSET_DECIMAL else value
    if isinstance(value, _LISTS):
        if id(value) in above:
            return None
        inside = (*above, id(value))
        listed = [_element(one, inside) for one in value]
        return _sorted(listed) if isinstance(value, (set, frozenset)) else listed
    return value


def _element(value: object, above: tuple[int, ...]) -> object:
    if not _is_record(value):
        return _cleaned(value, above)
    if id(value) in above:
        return None
    inner: dict[str, object] = {}
    _flatten(inner, "", value, above)
    return inner


def _sorted(values: list[object]) -> list[object]:
    try:
        return sorted(values)  # type: ignore[type-var]
    except TypeError:  # of types that have no order among each other
        return sorted(values, key=str)


def columns(cls: type) -> dict[str, Kind]:
    """Return the names of the columns that rows of a class have, and what kind of value is there.

    They are empty for a class that declares no fields.
    """
    return dict(_columns(cls, ()))


def _columns(cls: type, above: tuple[type, ...]) -> list[tuple[str, Kind]]:
    found: list[tuple[str, Kind]] = []
    hints = _hints(cls)
    nested = _nested(cls)
    for name in _names(cls) or ():
        inner = nested.get(name)
        if inner is None:
            found.append((name, _kind(hints.get(name))))
        elif inner is not cls and inner not in above:
            found += [(f"{name}.{one}", kind) for one, kind in _columns(inner, (*above, cls))]
    return found


@lru_cache(maxsize=512)
def _names(cls: type) -> tuple[str, ...] | None:
    """Return the public fields that a class declares; None if it declares none."""
    if dataclasses.is_dataclass(cls):
        names = tuple(one.name for one in dataclasses.fields(cls))
    elif _is_record_class(cls):
        names = cast("tuple[str, ...]", cls._fields)  # type: ignore[attr-defined]
    else:
        return None
    return tuple(name for name in names if not name.startswith("_"))


@lru_cache(maxsize=512)
def _hints(cls: type) -> dict[str, object]:
    """Return the types of a class's fields, as far as they can be told.

    They are looked up one by one: one that is imported for type checkers alone spoils no other.
    """
    found: dict[str, object] = {}
    for owner in reversed(cls.__mro__):
        known = vars(sys.modules[owner.__module__]) if owner.__module__ in sys.modules else {}
        for name, hint in inspect.get_annotations(owner).items():
            one = types.SimpleNamespace(__annotations__={name: hint})
            try:
                found.update(get_type_hints(one, known))
            except (NameError, TypeError, AttributeError):
                found.pop(name, None)
    return found


@lru_cache(maxsize=512)
def _nested(cls: type) -> dict[str, type]:
    """Return the fields that hold one row, or None, and the class of it.

    A field that may hold rows of several classes is not among them.
    """
    if _names(cls) is None:
        return {}
    found = {}
    for name, hint in _hints(cls).items():
        among = _alternatives(hint)
        if len(among) == 1 and isinstance(among[0], type) and _is_record_class(among[0]):
            found[name] = among[0]
    return found


def _alternatives(hint: object) -> list[object]:
    """Return the types of a union but for None; those of another type are that one."""
    if get_origin(hint) in (Union, types.UnionType):
        return [one for one in get_args(hint) if one is not type(None)]
    return [hint]


def _kind(hint: object) -> Kind:
    among = _alternatives(hint)
    kinds: set[Kind] = set()
    for one in among:
        enum = isinstance(one, type) and issubclass(one, Enum)
        kinds.add("text" if enum else _KINDS.get(one, "other"))
    if kinds == {"int", "number"}:
        return "number"
    return kinds.pop() if len(kinds) == 1 else "other"
