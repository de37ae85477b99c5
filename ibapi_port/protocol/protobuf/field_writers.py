"""Values into Protocol Buffers messages: a client's requests, and what the simulated TWS sends.

A field is set if its value says something: a number that is not IB's unset one, text that is not
empty, a flag that is true. What a program's values mean is said by the field types of the text
protocol (`field_types`, `canonical`); the simulated TWS may say more than a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, SupportsFloat, cast

from ...const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ...order import FALSE_IS_UNSET, Order
from ...tag_value import TagValue
from ..exceptions import FieldError, quote
from ..schema import canonical, field_types, values
from ..schema.canonical import Refused, attribute_types, new
from ..schema.field_types import BadSymbol, FieldType
from ..schema.values import printable
from ..text import compiler, fast_path
from .classes import ProtoMessage, SchemaField, fields_of, message_class, schema
from .object_mapping import MAPPINGS_BY_MESSAGE, ObjectMapping

Convert = Callable[[Any], Any]
Write = Callable[[Any, Any, str], None]  # message, value, path of what the value is an attribute of
LIMITS = {"int32": values.int_32, "int64": values.int_64}

# --- what a field is set to, None: it is not set ---


def _int_field(field_type: str) -> Convert:
    limited = LIMITS[field_type]

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


FIELDS: dict[str, tuple[type, Convert]] = {
    "int32": (int, _int_field("int32")),
    "int64": (int, _int_field("int64")),
    "double": (float, _double_field),
    "string": (str, _string_field),
    "bool": (bool, _bool_field),
}  # type of a field: its values' type, and what it is set to for a plain value
USUAL_TYPES = {
    "int32": field_types.INT_UNSET,
    "int64": field_types.LONG,
    "double": field_types.FLOAT_UNSET,
    "string": field_types.STR,
    "bool": field_types.BOOL,
}
_NO_DEFAULT: Any = object()


def request_converter(
    one: SchemaField, field_type: FieldType, default: object = _NO_DEFAULT
) -> Convert:
    """Return what makes a field's value of a program's.

    `default`: of the attribute; empty text in place of a number leaves it as it is.
    """
    convert = field_type.convert
    field = FIELDS[one.type_name][1]
    if default is _NO_DEFAULT and field_type is field_types.INT and one.type_name in LIMITS:
        return convert  # the number that says "not set" elsewhere may be an id
    if field_type is field_types.TRISTATE:
        return lambda value: None if value is None else int(convert(value))
    if field_type in canonical.NO_NUMBERS or default is _NO_DEFAULT or default is None:
        return lambda value: field(convert(value))
    return lambda value: field(default if values.is_empty(value) else convert(value))


def tws_converter(one: SchemaField) -> Convert:
    """Return what makes a field's value of what the simulated TWS is to say."""
    field = FIELDS[one.type_name][1]
    convert: Convert = TWS_CONVERTERS.get(one.type_name, _unchanged)

    def convert_for_tws(value: object) -> Any:
        if isinstance(value, Enum):  # (code, label); the first member says that there is none
            value = None if value is next(iter(type(value))) else value.value[0]
        return (
            None
            if value is None or (value == "" and one.type_name != "bool")
            else field(convert(value))
        )

    return convert_for_tws


def _tws_string(value: object) -> Any:
    is_number = isinstance(value, (Decimal, float)) and value == value
    return value if is_number else printable(value)


def _unchanged(value: object) -> Any:
    return value


TWS_CONVERTERS: dict[str, Convert] = {"double": values.number, "string": _tws_string, "bool": bool}


# --- setting it ---


def write_field(message: ProtoMessage, one: SchemaField, value: object, path: str) -> None:
    """Set one field as the simulated TWS does, unless the value says nothing.

    Refused: it cannot be sent.
    """
    _scalar_writer(one.name, tws_converter(one), "")(message, value, path)


def writer(
    one: SchemaField,
    label: str,
    field_type: FieldType | None,
    default: object = _NO_DEFAULT,
    *,
    server_side: bool = False,
) -> Write:
    """Return what sets one field; `label` is added to the path.

    `type_name`, `default`: of the argument or attribute that fills it.
    """
    name = one.name
    if one.type_name in MAPPINGS_BY_MESSAGE:
        mapping = MAPPINGS_BY_MESSAGE[one.type_name]
        return (
            _rows_writer(name, mapping, label, server_side)
            if one.repeated
            else _message_writer(name, mapping, label, default is not None, server_side)
        )
    if one.type_name == "map":
        return _pairs_writer(name, label, field_type)
    if one.repeated:
        return _items_writer(one, label, server_side)
    return _scalar_writer(
        name,
        tws_converter(one)
        if server_side
        else request_converter(one, field_type or USUAL_TYPES[one.type_name], default),
        label,
    )


def _scalar_writer(name: str, convert: Convert, label: str) -> Write:
    def write(message: ProtoMessage, value: object, path: str) -> None:
        try:
            converted = convert(value)
            if converted is not None:
                setattr(message, name, converted)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as e:
            raise Refused(path + label, str(e), isinstance(e, BadSymbol)) from e

    return write


def _message_writer(
    name: str, mapping: ObjectMapping, label: str, needed: bool, server_side: bool
) -> Write:
    def write(message: ProtoMessage, value: object, path: str) -> None:
        if value is not None or needed:
            inner = getattr(message, name)
            inner.SetInParent()
            object_writer(mapping.message, server_side)(inner, value, path + label)

    return write


def listed(value: object, path: str) -> list[Any] | tuple[Any, ...]:
    """Return a list's items.

    Refused: it is none, or one that can be gone through once alone, which must be made a list
    before.
    """
    if isinstance(value, (list, tuple)):
        return value
    if not value and (value is None or isinstance(value, (str, int))):
        return ()
    raise Refused(path, f"{quote(value)} is not a list")


def _rows_writer(name: str, mapping: ObjectMapping, label: str, server_side: bool) -> Write:
    def write(message: ProtoMessage, value: object, path: str) -> None:
        for n, item in enumerate(listed(value, path + label)):
            object_writer(mapping.message, server_side)(
                getattr(message, name).add(), item, f"{path}{label}[{n}]"
            )

    return write


def _check_only(convert: canonical.Convert, label: str) -> Write:
    """Return what refuses a bad value of an attribute that only the text wire has."""

    def check(message: ProtoMessage, value: object, path: str) -> None:
        convert(value, path + label)

    return check


def _items_writer(one: SchemaField, label: str, server_side: bool) -> Write:
    convert = FIELDS[one.type_name][1] if server_side else LIMITS.get(one.type_name, printable)

    def write(message: ProtoMessage, value: object, path: str) -> None:
        items = [
            canonical.converted(convert, item, path + label) for item in listed(value, path + label)
        ]
        # an empty text counts here
        getattr(message, one.name).extend("" if item is None else item for item in items)

    return write


def _pairs_writer(name: str, label: str, field_type: FieldType | None) -> Write:
    """Return what sets a map. Of tags that occur twice the last one counts."""
    plain_row_test = fast_path.plain_row_test(TagValue)

    def write(message: ProtoMessage, value: object, path: str) -> None:
        if value is None:
            return
        given = listed(value, path + label)
        if field_type is field_types.OPTIONS:
            given = canonical.converted(field_type.convert, given, path + label)
        elif not all(map(plain_row_test, given)):
            given = canonical.tag_values(given, path + label)
        pairs = getattr(message, name)
        for tag, text in {one.tag: one.value for one in given}.items():
            pairs.add(key=tag, value=text)

    return write


def write_object(
    message: ProtoMessage,
    value: object,
    mapping: ObjectMapping,
    path: str,
    *,
    server_side: bool = False,
) -> None:
    """Set the fields of an empty message from an object's attributes; `server_side`: as the
    simulated TWS does.

    Most attributes of most objects are left at their defaults. What those make is copied at one
    blow, from the message of a new object; only what is another object than the default is looked
    at.
    """
    object_writer(mapping.message, server_side)(message, value, path)


INLINE_WRITES: dict[str, tuple[tuple[str, str], ...]] = {
    "string": (("x.__class__ is str and x.isprintable() and x", "message.{field} = x"),),
    "size": (
        ("x.__class__ is int and -UNSET_INTEGER < x < UNSET_INTEGER", "message.{field} = str(x)"),
    ),
    "double": (
        ("x.__class__ is float and x - x == 0 and x != UNSET_DOUBLE", "message.{field} = x"),
    ),
    "int32": (("x.__class__ is int and 0 <= x < UNSET_INTEGER", "message.{field} = x"),),
    "int64": (("x.__class__ is int and 0 <= x < UNSET_INTEGER", "message.{field} = x"),),
    "bool": (("x is True", "message.{field} = True"), ("x is False", "pass")),
}  # by type of field: what most values are, and the line that sets it; others are converted


@cache
def object_writer(name: str, server_side: bool = False) -> Write:
    """Return `write_object` for one message, compiled: an order has some 150 attributes."""
    source = _ObjectWriterSource(name, server_side)
    for one in schema()[name]:
        source.field(one)
    if not server_side and name != "AttachedOrders":
        for attribute in canonical.sent_attributes(source.mapping.cls):
            source.check_only(attribute)
    text = source.text()
    names = source.names | {"template": source.template.SerializeToString()}
    compiled: Write = compiler.load(text, "write", names, f"ibapi_port write {name}")
    return compiled


class _ObjectWriterSource:
    """Gathers the source of `write(message, value, path)` for one message, attribute by attribute.

    `template` is the message of a new object: the compiled function begins with it.
    """

    def __init__(self, name: str, server_side: bool) -> None:
        self.mapping = MAPPINGS_BY_MESSAGE[name]
        self.server_side = server_side
        self.made = new(self.mapping.cls)
        self.template = message_class(name)()
        self.names: dict[str, Any] = {"Refused": Refused, "quote": quote, **INLINE_CONSTANTS}
        self.checks: dict[str, list[str]] = {}  # by attribute, the lines that look at it
        self.rarely_set: list[str] = []  # the attributes that `has_default_fields` looks at at once

    def field(self, one: SchemaField) -> None:
        """Add the lines that set a field from its attribute, if the class has one."""
        attribute = self.mapping.renamed.get(one.name, one.name)
        if attribute not in self.made.__dict__ and attribute not in getattr(
            self.made, "__dataclass_fields__", ()
        ):
            return
        default = getattr(self.made, attribute)
        write = self._writer(one, attribute, default)
        size = self.template.ByteSize()
        write(self.template, default, "")
        if write is _not_sent:
            return
        lines = self._begin(attribute, default, write)
        if self.template.ByteSize() > size:
            lines.append(f"    message.ClearField({one.name!r})")
        field_type = attribute_types(self.mapping.cls).get(attribute)
        special = (self.mapping.message, one.name) in SPECIAL_WRITERS
        inline = [] if special else inline_write(one, field_type, default)
        lines += [f"    {line}" for line in inline]
        indent = "        " if inline else "    "
        self.checks[attribute] = [*lines, f"{indent}write_{attribute}(message, x, path)"]
        zero = one.type_name == "double" and default == 0  # 0.0 and -0.0 are equal, and are two
        if self.mapping.message == "Order" and attribute in fast_path.DEFAULT_FIELDS and not zero:
            self.rarely_set.append(attribute)

    def _writer(self, one: SchemaField, attribute: str, default: object) -> Write:
        special = SPECIAL_WRITERS.get((self.mapping.message, one.name))
        field_type = attribute_types(self.mapping.cls).get(attribute)
        if special is not None:
            write = _tws_conditions if self.server_side and special is _conditions else special
        else:
            write = writer(one, f".{attribute}", field_type, default, server_side=self.server_side)
        if field_type is field_types.TRISTATE and not self.server_side:
            write = _write_unless_unset(attribute, write)
        return write

    def _begin(self, attribute: str, default: object, write: Write) -> list[str]:
        """Return the lines that take an attribute's value and see whether it is the default."""
        self.names[f"default_{attribute}"] = default
        self.names[f"write_{attribute}"] = write
        return [f"x = value.{attribute}", f"if {_differs_from_default(default, attribute)}:"]

    def check_only(self, attribute: str) -> None:
        """Add the lines that look at an attribute of the text wire, which is not written here."""
        cls = self.mapping.cls
        if attribute in self.checks or (cls, attribute) in WRITTEN_ELSEWHERE:
            return
        write = _check_only(canonical.attribute_convert(cls, attribute), f".{attribute}")
        lines = self._begin(attribute, getattr(self.made, attribute), write)
        self.checks[attribute] = [*lines, f"    write_{attribute}(message, x, path)"]

    def text(self) -> str:
        """Return the source of the function."""
        often = [name for name in self.checks if name not in self.rarely_set]
        body = [line for attribute in often for line in self.checks[attribute]]
        if self.rarely_set:
            self.names["has_default_fields"] = fast_path.has_default_fields
            body.append("if not has_default_fields(value):")
            rarely = (line for attribute in self.rarely_set for line in self.checks[attribute])
            body += [f"    {line}" for line in rarely]
        lines = [
            "def write(message, value, path):",
            "    message.MergeFromString(template)",
            "    try:",
            *(f"        {line}" for line in body),
            "    except AttributeError as e:",
            "        raise Refused(path, f'{quote(value)}: {e}', False) from e",
        ]
        if not self.template.ByteSize():
            del lines[1]
        return "\n".join(lines)


INLINE_CONSTANTS = {"UNSET_DOUBLE": UNSET_DOUBLE, "UNSET_INTEGER": UNSET_INTEGER}


def inline_write(one: SchemaField, field_type: FieldType | None, default: object) -> list[str]:
    """Return the lines that set a field to `x` if it is what it mostly is, so that there is nothing
    to convert, up to an `else:`.
    """
    if one.repeated or field_type is None or field_type is field_types.TRISTATE:
        return []
    if one.type_name in LIMITS and field_type not in (
        field_types.INT,
        field_types.INT_UNSET,
        field_types.INT_DIGITS,
        field_types.LONG,
    ):
        return []
    inline = INLINE_WRITES.get("size" if isinstance(default, Decimal) else one.type_name, ())
    lines = [
        line
        for holds, text in inline
        for line in (f"elif {holds}:", f"    {text.format(field=one.name)}")
    ]
    return [lines[0].removeprefix("el"), *lines[1:], "else:"] if lines else []


def _differs_from_default(default: object, attribute: str) -> str:
    """Return the test for `x` that holds if it is not as in a new object.

    Each object has lists and objects of its own, which are mostly empty and unset.
    """
    if isinstance(default, (list, tuple, set)):
        return "x or type(x) is not list"
    if fast_path.is_plain_value(default):
        return f"x is not default_{attribute}"
    default = f"default_{attribute}"
    return f"x.__class__ is not {default}.__class__ or x.__dict__ != {default}.__dict__"


def _write_unless_unset(attribute: str, write: Write) -> Write:
    """Write a flag, but not the False that stands for "not set" in the generation in use."""

    def write_set(message: ProtoMessage, value: object, path: str) -> None:
        if value is not False or attribute not in FALSE_IS_UNSET:
            write(message, value, path)

    return write_set


def _multiplier(message: ProtoMessage, value: object, path: str) -> None:
    """Set the multiplier, which is text in the interface and a number here."""
    text = canonical.converted(printable, value, f"{path}.multiplier")
    if text:
        message.multiplier = canonical.converted(
            lambda given: float(values.real(given)), text, f"{path}.multiplier"
        )


def _not_sent(message: ProtoMessage, value: object, path: str) -> None:
    """Set nothing: TWS tells this of an order and is not told it, or it goes beside the order."""


def _conditions(message: ProtoMessage, value: object, path: str) -> None:
    for n, given in enumerate(listed(value, f"{path}.conditions")):
        at = f"{path}.conditions[{n}]"
        _condition(message.conditions.add(), canonical.condition(given, at), at, server_side=False)


def _tws_conditions(message: ProtoMessage, value: object, path: str) -> None:
    """Set the conditions as the simulated TWS does: it leaves out what is None."""
    for n, condition in enumerate(listed(value, f"{path}.conditions")):
        _condition(message.conditions.add(), condition, f"{path}.conditions[{n}]", server_side=True)


def _condition(message: ProtoMessage, condition: object, path: str, *, server_side: bool) -> None:
    names = CONDITION_FIELDS.get(getattr(condition, "condType", None) or 0)
    if names is None:
        raise Refused(path, f"{quote(condition)} is no order condition")
    for name in ("type", "isConjunctionConnection", *names.split()):
        _set_condition(message, condition, name, path, server_side)


CONDITION_FIELDS: Mapping[int, str] = {
    1: "isMore conId exchange price triggerMethod",
    3: "isMore time",
    4: "isMore percent",
    5: "secType exchange symbol",
    6: "isMore conId exchange volume",
    7: "isMore conId exchange changePercent",
}  # by OrderCondition's type


def _set_condition(
    made: ProtoMessage, condition: object, name: str, path: str, server_side: bool
) -> None:
    one = fields_of("OrderCondition")[name]
    value = getattr(condition, "condType" if name == "type" else name)
    if one.type_name == "bool":
        setattr(made, name, bool(value))
    else:
        _scalar_writer(
            name, tws_converter(one) if server_side else FIELDS[one.type_name][1], f".{name}"
        )(made, value, path)


SPECIAL_WRITERS: dict[tuple[str, str], Write] = {
    ("Contract", "multiplier"): _multiplier,
    **{
        (cls.__name__, name): _not_sent
        for cls, names in canonical.TWS_ONLY.items()
        for name in names
    },
    ("Order", "conditions"): _conditions,
}


WRITTEN_ELSEWHERE = {
    *(
        (Order, name)
        for name in ("orderComboLegs", "slOrderId", "slOrderType", "ptOrderId", "ptOrderType")
    ),
}  # attributes that stand in another message than the object's


def as_field_error(request: str, refused: Refused) -> FieldError:
    return refused.as_field_error(request)
