"""Values into Protocol Buffers messages: requests on the client's side, messages on the simulated TWS's.

A field is set if its value says something: a number that is not IB's unset one, text that is not empty, a flag that is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from ...const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ...order import FALSE_IS_UNSET
from .. import codegen, plain
from ..exceptions import FieldError, quote
from ..kinds import BadSymbol, integer, number, printable
from .classes import FieldType, fields_of, message_class, schema
from .shapes import SHAPES_BY_MESSAGE, Shape, new

INT_LIMITS = {"int32": (2**31, "a 32-bit int"), "int64": (2**63, "a 64-bit long")}


class Refused(ValueError):
    """A value that cannot be sent, with its path in the message."""

    def __init__(self, path: str, reason: str, bad_symbol: bool) -> None:
        super().__init__(reason)
        self.path, self.reason, self.bad_symbol = path, reason, bad_symbol


def _int(value: Any, kind: str) -> int | None:
    if value is None or value in (UNSET_INTEGER, UNSET_LONG):
        return None
    return integer(value, *INT_LIMITS[kind])


def _double(value: Any) -> float | None:
    if value is None or value == "" or value == UNSET_DOUBLE:
        return None
    converted = number(value)
    return None if converted == UNSET_DOUBLE else converted  # it may come as text


def _string(value: Any) -> str | None:
    if type(value) is str:
        return printable(value) or None
    if isinstance(value, (Decimal, float)):
        size = value if isinstance(value, Decimal) else Decimal(str(value))
        if size.is_nan():
            raise ValueError("NaN cannot be sent")
        return None if value in (UNSET_DECIMAL, UNSET_DOUBLE) else f"{size:f}"
    return printable(value) if value or (value == 0 and not isinstance(value, bool)) else None


def _size(value: Any) -> str | None:
    """A size: text on the wire, a number for us."""
    if isinstance(value, str) and value:
        number(value)
        return value.strip()
    return _string(value)


def _bool(value: Any) -> bool | None:
    return True if value else None


CONVERSIONS: dict[str, tuple[type, Callable[[Any], Any]]] = {
    "int32": (int, lambda value: _int(value, "int32")),
    "int64": (int, lambda value: _int(value, "int64")),
    "double": (float, _double),
    "string": (str, _string),
    "bool": (bool, _bool),
}  # kind of field: its values' usual type, and what makes the field's value of them or None
Write = Callable[[Any, Any, str], None]  # message, value, path of what the value is an attribute of


def write_field(message: Any, one: FieldType, value: Any, path: str) -> None:
    """Set one field, unless the value says nothing. Refused: it cannot be sent."""
    writer(one, "")(message, value, path)


@cache
def writer(one: FieldType, label: str) -> Write:
    """`write_field` for one field; `label` is added to the path."""
    name = one.name
    if one.kind in SHAPES_BY_MESSAGE:
        shape = SHAPES_BY_MESSAGE[one.kind]
        return _rows_writer(name, shape, label) if one.repeated else _message_writer(name, shape, label)
    if one.kind == "map":
        return _guarded(lambda message, value: _pairs(getattr(message, name), value), label)
    usual, convert = CONVERSIONS[one.kind]

    def extend(message: Any, value: Any) -> None:
        if isinstance(value, str):  # its characters would go as items
            raise TypeError(f"{quote(value)} is not a list")
        converted = ((item, convert(item)) for item in value or ())
        getattr(message, name).extend(
            item if one_value is None else one_value for item, one_value in converted
        )  # an empty text counts here

    return _guarded(extend, label) if one.repeated else _scalar_writer(name, usual, convert, label)


def _guarded(write: Callable[[Any, Any], None], label: str) -> Write:
    def guarded(message: Any, value: Any, path: str) -> None:
        try:
            write(message, value)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as e:
            raise Refused(path + label, str(e), isinstance(e, BadSymbol)) from None

    return guarded


def _scalar_writer(name: str, usual: type, convert: Callable[[Any], Any], label: str) -> Write:
    def write(message: Any, value: Any, path: str) -> None:
        try:
            if type(value) is not usual and isinstance(value, Enum):  # (code, label); the first member says that there is none
                value = None if value is next(iter(type(value))) else value.value[0]
            converted = convert(value)
            if converted is not None:
                setattr(message, name, converted)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as e:
            raise Refused(path + label, str(e), isinstance(e, BadSymbol)) from None

    return write


def _message_writer(name: str, shape: Shape, label: str) -> Write:
    def write(message: Any, value: Any, path: str) -> None:
        if value is not None:
            inner = getattr(message, name)
            inner.SetInParent()
            object_writer(shape.message)(inner, value, path + label)

    return write


def _rows_writer(name: str, shape: Shape, label: str) -> Write:
    def write(message: Any, value: Any, path: str) -> None:
        try:
            items = list(value or ())
        except (TypeError, ValueError) as e:
            raise Refused(path + label, str(e), False) from None
        for n, item in enumerate(items):
            write_object(getattr(message, name).add(), item, shape, f"{path}{label}[{n}]")

    return write


def _pairs(pairs: Any, tag_values: Iterable[Any] | None) -> None:
    """A map: of tags that occur twice the last one counts."""
    if isinstance(tag_values, (str, bytes)):
        raise ValueError(f"{quote(tag_values)} is not a list of TagValue")
    for tag, value in {printable(tag_value.tag): printable(tag_value.value) for tag_value in tag_values or ()}.items():
        pairs.add(key=tag, value=value)


def write_object(message: Any, value: Any, shape: Shape, path: str) -> None:
    """Set the fields of an empty message from an object's attributes.

    Most attributes of most objects are left at their defaults. What those make is copied at one blow, from the message of a new object;
    only what is another object than the default is looked at.
    """
    object_writer(shape.message)(message, value, path)


QUICK: dict[str, tuple[tuple[str, str], ...]] = {
    "string": (("x.__class__ is str and x.isprintable() and x", "message.{field} = x"),),
    "size": (("x.__class__ is int", "message.{field} = str(x)"),),
    "double": (("x.__class__ is float and x == x != UNSET_DOUBLE", "message.{field} = x"),),
    "int32": (("x.__class__ is int and 0 <= x < UNSET_INTEGER", "message.{field} = x"),),
    "int64": (("x.__class__ is int and 0 <= x < UNSET_INTEGER", "message.{field} = x"),),
    "bool": (("x is True", "message.{field} = True"), ("x is False", "pass")),
}  # by kind of field: what most values are, and the line that sets it; others go through CONVERSIONS


@cache
def object_writer(name: str) -> Write:
    """`write_object` for one kind of message, compiled: it looks at some 150 attributes of each order."""
    shape = SHAPES_BY_MESSAGE[name]
    made, template = new(shape.cls), message_class(name)()
    names: dict[str, Any] = {"Refused": Refused, "quote": quote}
    names |= {"UNSET_DOUBLE": UNSET_DOUBLE, "UNSET_INTEGER": UNSET_INTEGER}
    seldom: list[str] = []
    looks: dict[str, list[str]] = {}  # by attribute, the lines that look at it
    for one in schema()[name]:
        attribute = shape.renamed.get(one.name, one.name)
        if attribute not in made.__dict__ and attribute not in getattr(made, "_fields", ()):
            continue
        default = getattr(made, attribute)
        write = SPECIAL.get((name, one.name)) or (
            _scalar_writer(one.name, Decimal, _size, f".{attribute}") if isinstance(default, Decimal) else writer(one, f".{attribute}")
        )
        size = template.ByteSize()
        write(template, default, "")
        written = template.ByteSize() > size
        if write is _nothing:
            continue
        names[f"default_{attribute}"], names[f"write_{attribute}"] = default, write
        lines = [f"x = value.{attribute}", f"if {_differs(default, attribute)}:"]
        if written:
            lines.append(f"    message.ClearField({one.name!r})")
        quick = () if one.repeated or (name, one.name) in SPECIAL else QUICK.get("size" if isinstance(default, Decimal) else one.kind, ())
        for n, (holds, text) in enumerate(quick):
            lines += [f"    {'elif' if n else 'if'} {holds}:", f"        {text.format(field=one.name)}"]
        usual_way = f"write_{attribute}(message, x, path)"
        if name == "Order" and attribute in plain.DEFAULTS and not (one.kind == "double" and default == 0):  # 0.0 and -0.0 are two
            seldom.append(attribute)
        looks[attribute] = [*lines, *(["    else:", f"        {usual_way}"] if quick else [f"    {usual_way}"])]
    body = [line for attribute in looks if attribute not in seldom for line in looks[attribute]]
    if seldom:
        names["untouched"] = plain.untouched
        body += ["if not untouched(value):", *(f"    {line}" for attribute in seldom for line in looks[attribute])]
    names["template"] = template.SerializeToString()
    start = "message.MergeFromString(template)" if names["template"] else "pass"
    lines = ["def write(message, value, path):", f"    {start}", "    try:", *(f"        {line}" for line in body)]
    lines += ["    except AttributeError as e:", "        raise Refused(path, f'{quote(value)}: {e}', False) from None"]
    compiled: Write = codegen.load("\n".join(lines), "write", names, f"ibapi_port write {name}")
    return compiled


def _differs(default: Any, attribute: str) -> str:
    """Each object has lists and objects of its own, empty and unset mostly."""
    if isinstance(default, (list, tuple, set)):
        return "x or type(x) is not list"
    if plain.is_plain(default):
        return f"x is not default_{attribute}"
    return f"x.__class__ is not default_{attribute}.__class__ or x.__dict__ != default_{attribute}.__dict__"


def _tristate(name: str) -> Write:
    def write(message: Any, value: Any, path: str) -> None:
        if value is not None and (value or name not in FALSE_IS_UNSET):
            setattr(message, name, 1 if value else 0)

    return write


def _multiplier(message: Any, value: Any, path: str) -> None:
    if value:
        try:
            message.multiplier = number(value)
        except ValueError as e:
            raise Refused(f"{path}.multiplier", str(e), False) from None


def _discretionary(message: Any, value: Any, path: str) -> None:
    if value != UNSET_INTEGER:
        write_field(message, fields_of("Order")["discretionaryAmt"], value, f"{path}.discretionaryAmt")


def _nothing(message: Any, value: Any, path: str) -> None:
    """What TWS tells of an order and is not told; an order's id, which goes beside the order."""


def _conditions(message: Any, value: Any, path: str) -> None:
    try:
        conditions = list(value or ())
    except TypeError as e:
        raise Refused(f"{path}.conditions", str(e), False) from None
    for n, condition in enumerate(conditions):
        _condition(message.conditions.add(), condition, f"{path}.conditions[{n}]")


CONDITION_FIELDS: Mapping[int, str] = {
    1: "isMore conId exchange price triggerMethod",
    3: "isMore time",
    4: "isMore percent",
    5: "secType exchange symbol",
    6: "isMore conId exchange volume",
    7: "isMore conId exchange changePercent",
}  # by OrderCondition's type


def _condition(message: Any, condition: Any, path: str) -> None:
    names = CONDITION_FIELDS.get(getattr(condition, "condType", None) or 0)
    if names is None:
        raise Refused(path, f"{quote(condition)} is no order condition", False)
    message.type, message.isConjunctionConnection = condition.condType, bool(condition.isConjunctionConnection)
    for name in names.split():
        if name == "isMore":
            message.isMore = bool(condition.isMore)
        else:
            write_field(message, fields_of("OrderCondition")[name], getattr(condition, name), f"{path}.{name}")


TOLD_ONLY = ("orderId", "autoCancelDate", "filledQuantity", "refFuturesConId", "shareholder", "parentPermId")  # of an order

SPECIAL: dict[tuple[str, str], Write] = {
    ("Contract", "multiplier"): _multiplier,
    **{("Order", name): _nothing for name in TOLD_ONLY},
    ("Contract", "lastTradeDate"): _nothing,
    ("Order", "discretionaryAmt"): _discretionary,
    ("Order", "conditions"): _conditions,
    **{("Order", name): _tristate(name) for name in ("usePriceMgmtAlgo", "seekPriceImprovement", "routeMarketableToBbo")},
}


def as_field_error(request: str, refused: Refused) -> FieldError:
    return FieldError(request, refused.path, refused.reason, bad_symbol=refused.bad_symbol)
