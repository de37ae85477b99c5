"""Values and the fields of Protocol Buffers messages that hold them.

A field is set if its value says something: a number that is not IB's unset one, text that is not
empty, a flag that is true. The simulated TWS may say more than a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, SupportsFloat, cast

from ...const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from . import values

Convert = Callable[[Any], Any]
SCALARS = ("int32", "int64", "double", "bool", "string")
LIMITS: Mapping[str, Convert] = {"int32": values.int_32, "int64": values.int_64}
ZERO: Mapping[str, Any] = {"string": "", "int32": 0, "int64": 0, "double": 0.0, "bool": False}
# what a request's argument is for the simulated TWS if its field is not set
NOT_SENT: Mapping[str, Any] = {**ZERO, "int64": UNSET_LONG, "double": UNSET_DOUBLE}


class Place(NamedTuple):
    """A field in the source of a function: `owner` is the expression of the message that has it."""

    owner: str
    name: str
    type_name: str
    repeated: bool

    @property
    def value(self) -> str:
        return f"{self.owner}.{self.name}"

    @property
    def is_set(self) -> str:
        return f"{self.owner}.HasField({self.name!r})"


# --- what a field is set to; None: it is not set ---


def _int_field(type_name: str) -> Convert:
    limited = LIMITS[type_name]

    def field(value: object) -> int | None:
        return None if value in (UNSET_INTEGER, UNSET_LONG) else limited(value)

    return field


def _double_field(value: SupportsFloat) -> float | None:
    number = float(value)
    return None if number == UNSET_DOUBLE else number


def _string_field(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    if value == UNSET_DECIMAL:
        return None
    return (
        f"{Decimal(repr(value)) if isinstance(value, float) else Decimal(cast(Decimal, value)):f}"
    )


def _bool_field(value: object) -> bool | None:
    return True if value else None


FIELDS: Mapping[str, Convert] = {
    "int32": _int_field("int32"),
    "int64": _int_field("int64"),
    "double": _double_field,
    "string": _string_field,
    "bool": _bool_field,
}  # by type of a field: what it is set to for a plain value


_UNSET: Mapping[str, Any] = {
    "int32": UNSET_INTEGER,
    "int64": UNSET_LONG,
    "double": UNSET_DOUBLE,
    "string": "",
}


def tws_converter(type_name: str, absent: object = ...) -> Convert:
    """Return what makes a field's value of what the simulated TWS is to say.

    `absent`: what a client reads where the field is not set; another value is set, be it an unset
    one.
    """
    field = FIELDS[type_name]
    unset = _UNSET.get(type_name, absent)
    is_told = absent is not ... and absent != unset and (unset != "" or isinstance(absent, str))
    convert: Convert = _TWS.get(type_name, _unchanged)

    def convert_for_tws(value: object) -> Any:
        if isinstance(value, Enum):  # (code, label); the first member says that there is none
            value = None if value is next(iter(type(value))) else value.value[0]
        if is_told and value == unset:
            return unset
        if value is None or (value == "" and type_name != "bool"):
            return None
        return field(convert(value))

    return convert_for_tws


def _tws_string(value: object) -> Any:
    is_number = isinstance(value, (Decimal, float)) and value == value
    return value if is_number else values.printable(value)


def _unchanged(value: object) -> Any:
    return value


_TWS: Mapping[str, Convert] = {"double": values.number, "string": _tws_string, "bool": bool}

# --- lines that set a field to `x` if it is what it mostly is, so that nothing is converted ---

INLINE_CONSTANTS = {
    "Decimal": Decimal,
    "UNSET_DOUBLE": UNSET_DOUBLE,
    "UNSET_INTEGER": UNSET_INTEGER,
}
_NUMBER = "x.__class__ is int and 0 <= x < UNSET_INTEGER"
_INLINE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "string": (("x.__class__ is str and x.isprintable() and x", "{field} = x"),),
    "size": (
        ("x.__class__ is int and -UNSET_INTEGER < x < UNSET_INTEGER", "{field} = str(x)"),
        # few digits, and neither a sign nor an exponent: the unset size has 39 digits
        (
            "x.__class__ is Decimal and len(t := str(x)) < 30 and t.replace('.', '', 1).isdigit()",
            "{field} = t",
        ),
    ),
    "double": (("x.__class__ is float and x - x == 0 and x != UNSET_DOUBLE", "{field} = x"),),
    "int32": ((_NUMBER, "{field} = x"),),
    "int64": ((_NUMBER, "{field} = x"),),
    "bool": (("x is True", "{field} = True"), ("x is False", "pass")),
}  # by type of field: what most values are, and the line that sets it; others are converted


def inline_write(place: Place, is_size: bool) -> list[str]:
    """Return the lines that set a field to `x` as it is, up to an `else:`."""
    lines = [
        line
        for holds, text in _INLINE["size" if is_size else place.type_name]
        for line in (f"elif {holds}:", f"    {text.format(field=place.value)}")
    ]
    return [lines[0].removeprefix("el"), *lines[1:], "else:"]
