"""Field types: how one value stands on the wire, both ways.

A field type reads by a Python expression over the field's text (`source`, with `{x}` for the text),
so that the compiler can put it straight into the function it makes and the interpreter can evaluate
the same one. It writes by a function that refuses, by ValueError with the reason, whatever cannot
be sent. Unset follows IB: an empty field is 0, or the UNSET_ value where Java says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

from ..._value_class import field, value_class
from ...const import INFINITY_STR, UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ...tag_value import TagValue
from ..exceptions import quote
from . import values
from .values import INT_RANGE, BadSymbol, request_id_of
from .values import whole as integer
from .wire_values import FIELDS, LIMITS, ZERO, Place, inline_write

__all__ = [
    "BadSymbol",
    "FieldType",
    "enum_by_code",
    "integer",
    "not_computed",
    "request_id_of",
    "unescape",
    "write_escaped",
]

NO_DEFAULT: Any = object()
# But for the empty one they are long: what is short need not be looked up.
UNSET_DECIMAL_TEXTS = frozenset(
    {"", "2147483647", "9223372036854775807", "1.7976931348623157E308", "-9223372036854775808"}
)


@value_class
class FieldType:
    """How the values of a field are read and written.

    `write` is the client's side; `tws_write`, where it is another, the simulated TWS's: it may send
    what a client may not. `convert` gives what a program's value means, for both encodings; `write`
    takes what it gives, and whatever it takes. `is_set` tells, as an expression over `{x}`, that
    the value is more than its default. `absent`: what is read of a Protocol Buffers field that is
    not set.
    """

    name: str
    source: str
    write: Callable[[Any], str]
    is_set: str = "{x}"
    tws_write: Callable[[Any], str] | None = None
    convert: Callable[[Any], Any] = values.printable
    constants: Mapping[str, Any] = field(default_factory=dict)
    absent: Any = ""

    def tws_source(self, x: str, named: Callable[[str, object], str]) -> str:
        """Return the expression for what the simulated TWS sends of `x`: it calls what writes any
        value only where the value is not a usual one. `named` gives the name of a constant.
        """
        write = self.tws_write or self.write
        usual = _USUAL.get(write, "{write}({x})")
        return usual.format(x=x, write=named(write.__name__, write))

    @cached_property
    def read(self) -> Callable[[str], Any]:
        """Return what reads a field's text.

        It raises ValueError or ArithmeticError for a text without a value.
        """
        function: Callable[[str], Any] = eval(
            f"lambda x: {self.source.format(x='x')}", {**CONSTANTS, **self.constants}
        )
        return function

    @cached_property
    def given(self) -> Callable[[Any], bool]:
        """Return what tells whether a value is set, as `is_set` says."""
        function: Callable[[Any], bool] = eval(
            f"lambda x: {self.is_set.format(x='x')}", {**CONSTANTS, **self.constants}
        )
        return function

    # --- Protocol Buffers ---

    def from_wire(self, place: Place, absent: Any, named: Callable[[object], str]) -> str:
        """Return the expression for the value of a field, or `absent` where it is not set.

        `named` gives the expression of a constant.
        """
        if place.type_name == "string" and isinstance(absent, Decimal):
            return f"Decimal(t) if (t := {place.value}) else UNSET_DECIMAL"
        if place.type_name == "string" and not isinstance(absent, str):
            read = type(absent).__name__
            return f"{read}({place.value}) if {place.is_set} else {named(absent)}"
        zero = ZERO[place.type_name]
        if absent == zero and type(absent) is type(zero):
            return place.value
        # what is more than 0 is there
        return f"t if (t := {place.value}) or {place.is_set} else {named(absent)}"

    def to_wire(self, type_name: str, default: object = NO_DEFAULT) -> Callable[[Any], Any]:
        """Return what makes a field's value of a program's; None: it is not set.

        `default`: of the attribute; empty text in place of a number leaves it as it is.
        """
        convert = self.convert
        to_field = FIELDS[type_name]
        if default is NO_DEFAULT and self == INT and type_name in LIMITS:
            return convert  # the number that says "not set" elsewhere may be an id
        if self in NO_NUMBERS or default is NO_DEFAULT or default is None:
            return lambda value: to_field(convert(value))
        return lambda value: to_field(default if values.is_empty(value) else convert(value))

    def inline_wire(self, place: Place, default: object = NO_DEFAULT) -> list[str]:
        """Return the lines that set a field to `x` if nothing is to be converted, or none."""
        if place.repeated or (place.type_name in LIMITS and self not in WHOLE_NUMBERS):
            return []
        is_size = isinstance(default, Decimal) or isinstance(self.absent, Decimal)
        return inline_write(place, is_size)


class Tristate(FieldType):
    """A flag that may be unset: a number in a Protocol Buffers message, 0 or 1."""

    def to_wire(self, type_name: str, default: object = NO_DEFAULT) -> Callable[[Any], Any]:
        convert = self.convert
        return lambda value: None if value is None else int(convert(value))

    def inline_wire(self, place: Place, default: object = NO_DEFAULT) -> list[str]:
        return []


class Options(FieldType):
    """A list of TagValue: one text, or a map of a Protocol Buffers message."""

    def from_wire(self, place: Place, absent: Any, named: Callable[[object], str]) -> str:
        return f"tag_values({place.value})"


class NotComputed(FieldType):
    """A float that TWS replaces by a mark when it has no value; the user gets None then."""

    def __init__(self, test: str, write: Callable[[Any], str]) -> None:
        source = f"None if (n := float({{x}} or 0)) {test} else n"
        super().__init__("float or not computed", source, write, absent=None)
        self.test = test

    def from_wire(self, place: Place, absent: Any, named: Callable[[object], str]) -> str:
        return f"n if {place.is_set} and not (n := {place.value}) {self.test} else None"


class KnownInts(dict[str, int]):
    """The ints of texts that come again and again: to look one up takes half the time of `int`."""

    def __missing__(self, text: str) -> int:
        number = int(text or 0)
        if len(text) <= KNOWN_DIGITS:
            if len(self) >= KNOWN_INTS:  # they are not so few after all
                self.clear()
            self[text] = number
        return number


KNOWN_INTS, KNOWN_DIGITS = 4096, 11


class FieldTypeVariant(FieldType):
    """A field type whose values are those of another one. It takes other values from a program, or
    finds them in another way.

    It equals that one, and is looked up as it.
    """

    def __init__(
        self,
        usual: FieldType,
        write: Callable[[Any], str],
        convert: Callable[[Any], Any],
        source: str = "",
    ) -> None:
        super().__init__(
            usual.name,
            source or usual.source,
            write,
            usual.is_set,
            usual.tws_write,
            convert,
            absent=usual.absent,
        )
        self.usual = usual

    def __eq__(self, other: object) -> bool:
        return other is self or other is self.usual

    def __hash__(self) -> int:
        return hash(self.usual)


def write_int(value: object) -> str:
    if type(value) is int and -INT_RANGE <= value < INT_RANGE:
        return str(value)
    return str(values.int_32(value))


def write_long(value: object) -> str:
    return str(values.int_64(value))


def write_int_unset(value: object) -> str:
    number = value if type(value) is int else values.int_unset(value)
    return "" if number == UNSET_INTEGER else write_int(number)


def _number_text(number: int | float | Decimal) -> str:
    return repr(number) if isinstance(number, float) else str(number)


def write_float(value: object) -> str:
    if type(value) is float and value - value == 0:  # it is finite
        return repr(value)
    if type(value) is int and -INT_RANGE <= value < INT_RANGE:
        return str(value)
    return _number_text(values.real(value))


def write_float_unset(value: object) -> str:
    if type(value) is float and value - value == 0:
        return "" if value == UNSET_DOUBLE else repr(value)
    number = values.real_unset(value)
    return "" if number == UNSET_DOUBLE else _number_text(number)


def write_infinite(value: object) -> str:
    return _number_text(values.real_or_infinite(value))


def write_infinite_unset(value: object) -> str:
    number = values.infinite_unset(value)
    return (
        ""
        if number == UNSET_DOUBLE
        else INFINITY_STR
        if number == math.inf
        else _number_text(number)
    )


def tws_float(value: object) -> str:
    """Return a float as the simulated TWS may send it: any number but NaN."""
    return (
        repr(value)
        if type(value) is float and value == value
        else _number_text(values.number(value))
    )


def tws_float_unset(value: object) -> str:
    if value in (UNSET_DOUBLE, UNSET_INTEGER):
        return ""
    return INFINITY_STR if value == math.inf else tws_float(value)


def tws_decimal(value: object) -> str:
    """Return a size as TWS sends it: unset is an empty field."""
    return (
        ""
        if value == UNSET_DECIMAL
        else str(value)
        if type(value) is Decimal and not value.is_nan()
        else tws_float(value)
    )


def write_quantity(value: object) -> str:
    """Return a size as text. The unset value goes as its digits, as IB's clients send it."""
    if type(value) is Decimal:
        text = str(value)
        if text.replace(".", "", 1).isdigit() and len(text) < values.SIZE_DIGITS:
            return text
    elif type(value) is int and -INT_RANGE <= value < INT_RANGE:
        return str(value)
    return _number_text(values.size(value))


def write_bool(value: object) -> str:
    if value is True:
        return "1"
    if value is False:
        return "0"
    return "1" if values.flag(value) else "0"


def tws_bool(value: object) -> str:
    return "1" if value is True else "0" if value is False else write_int(value)


def write_tristate(value: object) -> str:
    return "" if value is None else write_bool(value)


def write_text(value: object) -> str:
    """Return printable ASCII; a number is written as text, as IB's clients do."""
    text = value if type(value) is str else values.text(value)
    if text.isascii() and text.isprintable():
        return text
    raise BadSymbol(f"{quote(text)} has a character that cannot be sent")


def write_block(value: object) -> str:
    """Return text of several lines, such as XML: tabs and line ends are allowed."""
    text = values.text(value)
    if text.isascii() and text.translate({9: None, 10: None, 13: None}).isprintable():
        return text
    raise BadSymbol(f"{quote(text)} has a character that cannot be sent")


def write_any_text(value: object) -> str:
    """Return what TWS may send: any text without the NUL that ends a field."""
    text = values.text(value)
    if "\0" in text:
        raise BadSymbol("text holds a NUL")
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise BadSymbol(f"{quote(text)} holds half a surrogate pair")
    return text


# Patterns are compiled when they are first used, which in most programs is never.
_ESCAPE = r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-7]{1,3}|[\\'\"abfnrtv])"


def unescape(text: str) -> str:
    r"""Undo the escapes that TWS writes into ASCII-only texts since server version 153 (`\u00e9`,
    `\n`); others stay.
    """
    if "\\" not in text:
        return text
    text = re.sub(_ESCAPE, _unescape_one, text)
    # TWS escapes UTF-16 units: two make one character
    if any("\ud800" <= c <= "\udfff" for c in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _unescape_one(match: re.Match[str]) -> str:
    code = match[0]
    if code[1] == "U" and int(code[2:], 16) > 0x10FFFF:
        return code
    if code[1].isdigit():
        return chr(int(code[1:], 8))
    return code.encode().decode("unicode-escape")


def write_escaped(value: object) -> str:
    """Return text as TWS sends it since server version 153: ASCII, all else as UTF-16 units.

    The backslash is escaped too. Line ends and tabs stay: clients that do not undo escapes read XML
    (ib_async).
    """
    return re.sub(_UNSENT, _escape_one, values.text(value))


_UNSENT = r"[^\t\n\r -\[\]-~]"


def _escape_one(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{int.from_bytes(units[n : n + 2], 'big'):04x}" for n in range(0, len(units), 2)
    )


def write_truth(value: object) -> str:
    return "true" if value else "false"


def write_connector(value: object) -> str:
    """Return how a condition is joined to the next: "a" for and, "o" for or."""
    return "a" if values.flag(value) else "o"


def tws_connector(value: object) -> str:
    return "a" if value else "o"


def write_options(value: Iterable[Any] | None) -> str:
    """Return a list of TagValues as one field: `tag=value;tag=value;`."""
    if value is None or (type(value) is list and not value):
        return ""
    if not isinstance(value, (list, tuple, str)):
        # what can be gone through once is made a list before
        raise ValueError(f"{quote(value)} is not a list of TagValue")
    return write_text("".join(f"{one.tag}={one.value};" for one in values.options(value)))


_INT = f"f'{{{{x}}}}' if type({{x}}) is int and -{INT_RANGE} <= {{x}} < {INT_RANGE}"
# What writes most values of a type without a call, as an expression in which each `{x}` is
# replaced, and that an `else` follows; the others are for the function.
INLINE_TEXT: Mapping[Callable[[Any], str], str] = {
    write_text: "{x} if type({x}) is str and {x}.isascii() and {x}.isprintable()",
    write_int: _INT,
    write_quantity: _INT,
    write_float: "repr({x}) if type({x}) is float and {x} - {x} == 0",
    write_float_unset: (
        "repr({x}) if type({x}) is float and {x} - {x} == 0 and {x} != UNSET_DOUBLE"
    ),
    write_bool: "'1' if {x} is True else '0' if {x} is False",
    write_options: "'' if type({x}) is list and not {x}",
}


def read_options(text: str) -> list[TagValue]:
    pairs = (part.partition("=") for part in text.split(";") if part)
    return [TagValue(tag, value) for tag, _, value in pairs]


CONSTANTS: Mapping[str, Any] = MappingProxyType(
    {
        "Decimal": Decimal,
        "UNSET_DECIMAL": UNSET_DECIMAL,
        "UNSET_DECIMAL_TEXTS": UNSET_DECIMAL_TEXTS,
        "UNSET_DOUBLE": UNSET_DOUBLE,
        "UNSET_INTEGER": UNSET_INTEGER,
        "known_ints": KnownInts(),
        "read_options": read_options,
        "unescape": unescape,
    }
)  # what the expressions of all field types and messages may name

# What the simulated TWS sends of values that are usual: a call for each field would cost more than
# all else. The functions above write all others, and the same of these.
_LONGEST_FLOAT = repr(UNSET_DOUBLE)
_EMPTY = "'' if (v_ := {x}) == '' else {write}(v_)"
_NO_INT = "'0' if (v_ := {x}).__class__ is int and not v_ else {write}(v_)"
_FLAG = "'0' if (v_ := {x}) is False else '1' if v_ is True else {write}(v_)"
_USUAL: Mapping[Callable[[Any], str], str] = MappingProxyType(
    {
        write_any_text: _EMPTY,
        write_int: _NO_INT,
        write_int_unset: "'' if (v_ := {x}).__class__ is int and v_ == UNSET_INTEGER else "
        "{write}(v_)",
        tws_float: f"({_LONGEST_FLOAT!r} if v_ == UNSET_DOUBLE else repr(v_)) "
        "if (v_ := {x}).__class__ is float and v_ == v_ else {write}(v_)",
        tws_float_unset: "'' if (v_ := {x}) == UNSET_DOUBLE else {write}(v_)",
        tws_bool: _FLAG,
        write_escaped: "v_ if (v_ := {x}).__class__ is str and v_.isascii() and v_.isprintable() "
        "and '\\\\' not in v_ else {write}(v_)",
    }
)

INT = FieldType("int", "int({x} or 0)", write_int, convert=values.int_32, absent=0)
# Of these few different ones come: ids of requests, types, flags.
FEW_INTS = FieldTypeVariant(INT, write_int, values.int_32, "known_ints[{x}]")
LONG = FieldType("long", "int({x} or 0)", write_long, convert=values.int_64, absent=0)
INT_UNSET = FieldType(
    "int, unset when empty",
    "int(t) if (t := {x}) else UNSET_INTEGER",
    write_int_unset,
    "{x} != UNSET_INTEGER",
    convert=values.int_unset,
    absent=UNSET_INTEGER,
)
FLOAT = FieldType(
    "float",
    "float({x} or 0)",
    write_float,
    tws_write=tws_float,
    convert=values.real,
    absent=0.0,
)
FLOAT_UNSET = FieldType(
    "float, unset when empty",
    "float(t) if (t := {x}) else UNSET_DOUBLE",
    write_float_unset,
    "{x} != UNSET_DOUBLE",
    tws_float_unset,
    values.real_unset,
    absent=UNSET_DOUBLE,
)
# These may be infinite: IB's clients send them so.
INFINITE = FieldTypeVariant(FLOAT, write_infinite, values.real_or_infinite)
INFINITE_UNSET = FieldTypeVariant(FLOAT_UNSET, write_infinite_unset, values.infinite_unset)
DECIMAL = FieldType(
    "decimal",
    "Decimal(t) if 0 < len(t := {x}) < 10 or t not in UNSET_DECIMAL_TEXTS else UNSET_DECIMAL",
    write_quantity,
    "{x} != UNSET_DECIMAL",
    tws_decimal,
    values.size,
    absent=UNSET_DECIMAL,
)
WHOLE = FieldType(
    "whole decimal", DECIMAL.source, write_int, convert=values.size, absent=UNSET_DECIMAL
)
BOOL = FieldType(
    "bool",
    "known_ints[{x}] != 0",
    write_bool,
    tws_write=tws_bool,
    convert=values.flag,
    absent=False,
)
TRISTATE = Tristate(
    "bool or unset",
    "known_ints[t] != 0 if (t := {x}) else None",
    write_tristate,
    convert=values.tristate,
    absent=None,
)
TRUTH = FieldType("true or false", "{x} == 'true'", write_truth, absent=False)
STR = FieldType("text", "{x}", write_text, tws_write=write_any_text, convert=values.printable)
BLOCK = FieldType("text", "{x}", write_block, tws_write=write_any_text, convert=values.printable)
ESCAPED = FieldType("escaped text", "unescape(t) if '\\\\' in (t := {x}) else t", write_escaped)
OPTIONS = Options(
    "tag=value; options", "read_options({x})", write_options, convert=values.options, absent=None
)


# IB's clients write some unset ints as their digits (2147483647), where others are left empty.
INT_DIGITS = FieldType(
    "int",
    INT_UNSET.source,
    write_int,
    INT_UNSET.is_set,
    convert=values.int_unset,
    absent=UNSET_INTEGER,
)
CONNECTOR = FieldType(
    "connector", "{x} == 'a'", write_connector, tws_write=tws_connector, convert=values.flag
)


WHOLE_NUMBERS = (INT, INT_UNSET, INT_DIGITS, LONG)
NO_NUMBERS = (BOOL, TRISTATE, CONNECTOR, STR, BLOCK)  # empty text is not "unset" for them


def not_computed(mark: str, test: str) -> FieldType:
    """Return the type of a float that TWS replaces by a mark (-1 or -2) when it has no value."""

    def write_computed(value: object) -> str:
        return mark if value is None else tws_float(value)

    return NotComputed(test, write_computed)


def enum_by_code(members: Iterable[Any], unread: str = "") -> FieldType:
    """Return the type of an enum whose members' values are (code, label) pairs.

    An unknown code is read as the first member, and so is `unread`, which IB's client does not
    read.
    """
    codes = {member: str(member.value[0]) for member in members}
    by_code = {code: member for member, code in codes.items() if code != unread}
    first = next(iter(by_code.values()))
    name = f"{type(first).__name__}_by_code"

    def write_code(value: object) -> str:
        if value not in codes:
            raise ValueError(f"{quote(value)} has no code")
        return "" if value is first else codes[value]

    source = f"{name}.get({{x}}, {name}_first)"
    return FieldType("code", source, write_code, constants={name: by_code, f"{name}_first": first})
