"""From the data classes to JSON and back.

A struct of msgspec is made of a data class: the same names, the same types, every field optional.
It checks what comes in (unknown names are refused) and describes in OpenAPI what goes out. Values
that are unset for TWS are left out; Decimals are exact numbers.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import types
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, Union, cast, get_args, get_origin

import msgspec

from .._conditions import OrderCondition
from ..const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ..ib.plain import _hints

UNSET = msgspec.UNSET
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_CLASSES: dict[type, type] = {}  # the data class of each struct
_STRUCTS: dict[type, type[msgspec.Struct]] = {}


def encode(value: object) -> bytes:
    """Return a value as JSON, whatever data classes are in it."""
    return _ENCODER.encode(plain(value))


def encode_plain(value: object) -> bytes:
    """Return what `plain` has made as JSON."""
    return _ENCODER.encode(value)


# --- out: data classes to dicts ---


def plain(value: object) -> Any:
    """Return a value as dicts, lists, texts and numbers. Unset values of fields are left out."""
    cls: type = type(value)
    maker = _MAKERS.get(cls)
    if maker is None:
        maker = _MAKERS[cls] = _maker(cls)
    return maker(value)


def _same(value: object) -> object:
    return value


def _int(value: int) -> object:
    return UNSET if value in (UNSET_INTEGER, UNSET_LONG) else value


def _float(value: float) -> object:
    return UNSET if value == UNSET_DOUBLE or not math.isfinite(value) else value


def _decimal(value: Decimal) -> object:
    return UNSET if not value.is_finite() or value == UNSET_DECIMAL else value


def _list(value: list[object]) -> object:
    return [None if (made := plain(each)) is UNSET else made for each in value]


def _set(value: set[object]) -> object:
    return sorted(_list(list(value)))  # type: ignore[call-overload]


def _dict(value: dict[object, object]) -> object:
    return {str(name): made for name, each in value.items() if (made := plain(each)) is not UNSET}


_MAKERS: dict[type, Callable[[Any], object]] = {
    str: _same,
    bytes: _same,
    bool: _same,
    type(None): _same,
    datetime: _same,
    msgspec.UnsetType: _same,
    int: _int,
    float: _float,
    Decimal: _decimal,
    list: _list,
    tuple: _list,
    set: _set,
    frozenset: _set,
    dict: _dict,
    msgspec.Raw: _same,
}


def _maker(cls: type) -> Callable[[Any], object]:
    """Return what makes plain values of objects of a class."""
    if issubclass(cls, enum.Enum):
        return lambda value: value.name
    for base in (str, bool, int, float, list, tuple, dict):
        if issubclass(cls, base) and not hasattr(cls, "_fields"):
            return lambda value, base=base: plain(base(value))  # type: ignore[misc]
    names = field_names(cls)

    def make(value: object) -> dict[str, object]:
        found: dict[str, object] = {}
        for name in names:  # an order has some 150: texts and flags go the short way
            each = getattr(value, name)
            kind = type(each)
            if kind is str or kind is bool:
                found[name] = each
                continue
            made = _MAKERS[kind](each) if kind in _MAKERS else plain(each)
            if made is not UNSET:
                found[name] = made
        return found

    return make


def field_names(cls: type) -> tuple[str, ...]:
    """Return the public fields of a data class or a NamedTuple. TypeError: it is neither."""
    if dataclasses.is_dataclass(cls):
        names = tuple(each.name for each in dataclasses.fields(cls))
    elif hasattr(cls, "_fields"):
        names = cast("tuple[str, ...]", cls._fields)
    else:
        raise TypeError(f"{cls.__name__} has no declared fields")
    return tuple(name for name in names if not name.startswith("_"))


# --- structs ---


def struct_of(cls: type) -> type[msgspec.Struct]:
    """Return the struct of a data class."""
    if cls in _STRUCTS:
        return _STRUCTS[cls]
    hints = _hints(cls)
    options: dict[str, Any] = {"forbid_unknown_fields": True, "kw_only": True}
    names = field_names(cls)
    number = _conditions().get(cls)
    if number is not None:  # which condition it is, its number says
        options |= {"tag_field": "condType", "tag": number}
        names = tuple(name for name in names if name != "condType")
    made = msgspec.defstruct(
        cls.__name__,
        [(name, Union[json_type(hints.get(name, Any)), msgspec.UnsetType], UNSET)  # noqa: UP007
         for name in names],
        module=__name__,
        **options,
    )  # fmt: skip
    made.__doc__ = ""
    _CLASSES[made] = cls
    _STRUCTS[cls] = made
    return made


def json_type(hint: Any) -> Any:
    """Return the type in JSON of a type in Python."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return Union[tuple(json_type(each) for each in get_args(hint))]  # noqa: UP007
    if origin in (list, tuple, set, frozenset):
        inner = get_args(hint)
        return list[json_type(inner[0])] if inner else list  # type: ignore[misc]
    if origin is dict:
        name, value = get_args(hint)
        return dict[name, json_type(value)]  # type: ignore[valid-type,misc]
    if not isinstance(hint, type):
        return hint
    if hint is OrderCondition:
        return Union[tuple(struct_of(cls) for cls in _conditions())]  # noqa: UP007
    if issubclass(hint, enum.Enum):
        return Literal[tuple(hint.__members__)]
    if issubclass(hint, msgspec.Struct):
        return hint
    if dataclasses.is_dataclass(hint) or hasattr(hint, "_fields"):
        return struct_of(hint)
    for base in (bool, int, float, Decimal, str, datetime):
        if issubclass(hint, base):
            return base
    return Any


@lru_cache(maxsize=1)
def _conditions() -> dict[type, int]:
    """Return the classes of conditions that orders may have, and their numbers."""
    from .. import order_condition

    found = {}
    for cls in vars(order_condition).values():
        if isinstance(cls, type) and issubclass(cls, OrderCondition) and cls is not OrderCondition:
            number = cls().condType  # type: ignore[call-arg]
            if number is not None:
                found[cls] = number
    return found


def envelope(name: str, /, **fields: Any) -> Any:
    """Return a struct of an answer, whose fields are given as types. All may be left out."""
    made = msgspec.defstruct(
        name,
        [(field, Union[json_type(hint), msgspec.UnsetType], UNSET)  # noqa: UP007
         for field, hint in fields.items()],
        module=__name__,
        kw_only=True,
    )  # fmt: skip
    made.__doc__ = ""
    return made


def list_of(kind: Any) -> Any:
    """Return the type of a list of what `envelope` has made."""
    return list[kind]


def dict_of(kind: Any) -> Any:
    """Return the type of an object whose values are what `envelope` has made."""
    return dict[str, kind]


# --- in: structs to data classes ---


def build(made: msgspec.Struct) -> Any:
    """Return the object of the data class with what a struct holds, the rest as in a new one."""
    value = _CLASSES[type(made)]()
    update(value, made)
    return value


def update(value: object, made: msgspec.Struct) -> None:
    """Set the attributes that a struct holds."""
    for name in made.__struct_fields__:
        given = getattr(made, name)
        if given is not UNSET:
            setattr(value, name, _value(given))


def given(made: msgspec.Struct) -> dict[str, Any]:
    """Return what a struct holds, as values of the data class."""
    found = ((name, getattr(made, name)) for name in made.__struct_fields__)
    return {name: _value(value) for name, value in found if value is not UNSET}


def _value(given: object) -> object:
    if isinstance(given, msgspec.Struct):
        return build(given)
    if isinstance(given, list):
        return [_value(each) for each in given]
    return given


__all__ = [
    "UNSET",
    "build",
    "dict_of",
    "encode",
    "encode_plain",
    "envelope",
    "field_names",
    "given",
    "json_type",
    "list_of",
    "plain",
    "struct_of",
    "update",
]
