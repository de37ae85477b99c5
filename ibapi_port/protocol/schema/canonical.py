"""A request's arguments as both encodings take them: plain values, and objects whose attributes are
plain values.

What a value means is said once, by the type of its field (`values`). An attribute that TWS is not
told at some server version, or in one of the encodings alone, is looked at all the same. Empty
text, in place of a number of an object, leaves the attribute as it was made; None is no value but
where the attribute is made as None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import fields
from functools import cache
from itertools import compress
from operator import is_not
from typing import Any

from ..._conditions import OrderCondition
from ...const import UNSET_DOUBLE, UNSET_INTEGER
from ...contract import ComboLeg, Contract, DeltaNeutralContract
from ...execution import ExecutionFilter
from ...order import Order, OrderComboLeg
from ...order_cancel import OrderCancel
from ...scanner import ScannerSubscription
from ...softdollartier import SoftDollarTier
from ...tag_value import TagValue
from ..exceptions import FieldError, quote
from . import field_types, values
from .field_types import BadSymbol, FieldType
from .left_out import NOT_YET
from .nodes import Field, Node, Request, new, walk

Convert = Callable[[Any, str], Any]  # value, path -> what it means; Refused
# Attributes that no request tells TWS.
TWS_ONLY: Mapping[type, frozenset[str]] = {
    Contract: frozenset({"lastTradeDate"}),
    Order: frozenset(
        {
            "orderId",
            "autoCancelDate",
            "filledQuantity",
            "refFuturesConId",
            "shareholder",
            "parentPermId",
            "basisPoints",
            "basisPointsType",
        }
    ),
}
_DECLARED_IN: Mapping[type, tuple[str, ...]] = {
    Contract: ("placeOrder", "reqContractDetails"),
    ComboLeg: ("placeOrder",),
    DeltaNeutralContract: ("placeOrder",),
    Order: ("placeOrder",),
    OrderComboLeg: ("placeOrder",),
    OrderCancel: ("cancelOrder",),
    ExecutionFilter: ("reqExecutions",),
    ScannerSubscription: ("reqScannerSubscription",),
}  # the requests that name a class's attributes; other classes have annotations


class Refused(ValueError):
    """A value that cannot be sent, with its path."""

    def __init__(self, path: str, reason: str, bad_symbol: bool = False) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason
        self.bad_symbol = bad_symbol

    def as_field_error(self, request: str) -> FieldError:
        return FieldError(request, self.path, self.reason, bad_symbol=self.bad_symbol)


def canonical(request: Request, server_version: int, arguments: Sequence[Any]) -> tuple[Any, ...]:
    """Return a request's arguments as both encodings take them.

    FieldError names the value that cannot be sent.

    An argument that the server version does not know stays as it is, for nothing of it is sent.
    What is as it should be comes back itself; objects are never changed, but copied.
    """
    converts = _arguments(request, server_version)
    if len(arguments) != len(converts):
        raise FieldError(
            request.name, "arguments", f"{len(arguments)} given, {len(converts)} needed"
        )
    try:
        return tuple(
            convert(value, name)
            for (name, convert), value in zip(converts.items(), arguments, strict=True)
        )
    except Refused as refused:
        raise refused.as_field_error(request.name) from refused


# --- requests ---


@cache
def _arguments(request: Request, server_version: int) -> dict[str, Convert]:
    """Return how each argument of a request is converted."""
    return {name: _argument(request, server_version, name) for name in request.arguments}


def _argument(request: Request, server_version: int, name: str) -> Convert:
    if name in request.classes:
        order = tuple(
            attribute
            for path, _ in _field_types(request.nodes)
            if path.startswith(f"{name}.")
            for attribute in [path.split(".")[1]]
        )
        return _object(request.classes[name], tuple(dict.fromkeys(order)))
    known = any(
        isinstance(node, Field) and node.path == name and node.at(server_version)
        for node in walk(request.nodes)
    )
    field_type = argument_type(request, name) if known else None
    return _unchanged if field_type is None else _scalar(field_type)


def argument_type(request: Request, name: str) -> FieldType | None:
    """Return the type of an argument that is one value; None where it is not sent as such."""
    return dict(_field_types(request.nodes)).get(name)


def _field_types(nodes: Sequence[Node]) -> Iterator[tuple[str, FieldType]]:
    """Yield fields' paths with their types; attributes of rows are left out."""
    for node in nodes:
        if isinstance(node, Field):
            yield node.path, node.field_type
        for group in node.groups():
            if not group.scope:
                yield from _field_types(group.nodes)
            else:
                for path in node.paths():
                    yield path, field_types.STR  # it has a place in the order of the wire


def _unchanged(value: object, path: str) -> Any:
    return value


def _scalar(field_type: FieldType) -> Convert:
    convert = field_type.convert
    return lambda value, path: converted(convert, value, path)


def converted(convert: Callable[[Any], Any], value: object, path: str) -> Any:
    """Return what a value means. Refused: it cannot be sent."""
    try:
        return convert(value)
    except Exception as e:  # an object of the program's may raise anything
        raise Refused(path, str(e), isinstance(e, BadSymbol)) from e


# --- objects ---


@cache
def attribute_types(cls: type) -> dict[str, FieldType]:
    """Return the field types of those attributes of a class that are one value each, or options."""
    from .messages import REQUESTS

    found = {}
    made = new(cls)
    for name, annotation in annotations_of(cls).items():
        field_type = _annotated(name, annotation, getattr(made, name, None))
        if field_type is not None:
            found[name] = field_type
    requests = ("placeOrder",) if issubclass(cls, OrderCondition) else _DECLARED_IN.get(cls, ())
    for request in requests:
        message = REQUESTS[request]
        found.update(
            _declared(
                message.nodes,
                cls,
                {root for root, known in message.classes.items() if known is cls},
            )
        )
    return found


@cache
def annotations_of(cls: type) -> dict[str, str]:
    """Return the annotations of a data class's fields, as text. It is not to be changed."""
    return {one.name: str(one.type) for one in fields(cls)}


_BY_ANNOTATION = {
    "str": field_types.STR,
    "Decimal": field_types.DECIMAL,
    "bool": field_types.BOOL,
    "bool | None": field_types.TRISTATE,
}


def _annotated(name: str, annotation: str, default: object) -> FieldType | None:
    if name == "permId":
        return field_types.LONG
    if annotation.startswith("int"):
        return field_types.INT_UNSET if default == UNSET_INTEGER else field_types.INT
    if annotation.startswith("float"):
        return field_types.FLOAT_UNSET if default == UNSET_DOUBLE else field_types.FLOAT
    if annotation == "str | None":
        return field_types.STR
    return _BY_ANNOTATION.get(annotation)


def _declared(nodes: Sequence[Node], cls: type, roots: set[str]) -> Iterator[tuple[str, FieldType]]:
    """Yield the attributes of a class in a declaration, with their field types.

    `roots` are what paths to its attributes begin with; "" means that a path is an attribute.
    """
    for node in nodes:
        if isinstance(node, Field):
            root, _, attribute = node.path.rpartition(".")
            if root in roots and attribute:
                yield attribute, node.field_type
        for group in node.groups():
            inner = {""} if group.cls is cls else set()
            yield from _declared(group.nodes, cls, inner if group.scope else roots)


Plan = dict[str, tuple[Any, Convert]]  # attribute: its default, how it is converted


def _object(cls: type, first: tuple[str, ...] = ()) -> Convert:
    """Return what converts an object of a class, or one that has its attributes.

    The attributes in `first` are looked at first: the text wire begins with them.
    """
    plan: Plan = {}
    defaults: list[Any] = []

    def convert(value: object, path: str) -> Any:
        if not plan:
            made = _plan(cls, first)
            defaults.extend(default for default, _ in made.values())
            plan.update(made)
        given = _given_values(value, cls, plan, defaults)
        changed = {name: plan[name][0] for name in given if given[name] is _NOT_THERE}
        for name, one in given.items():
            if one is _NOT_THERE:
                if isinstance(value, cls) and name not in first:
                    continue  # it was made by an older release, and TWS of today alone is told
                if name in NOT_YET.get(cls, ()):
                    continue
                why = f"{quote(value)} has no {name}"
                if value is None or isinstance(value, (str, bytes, int, float)):
                    why = f"an object of {cls.__name__} is expected, not {quote(value)}"
                raise Refused(f"{path}.{name}", f"missing ({why})")
            meant = plan[name][1](one, f"{path}.{name}")
            if meant is not one:
                changed[name] = meant
        return value if not changed and type(value) is cls else _copied(value, cls, plan, changed)

    return convert


def _given_values(value: object, cls: type, plan: Plan, defaults: list[Any]) -> dict[str, Any]:
    """Return the attributes of an object that are not as they were made."""
    if type(value) is cls:
        try:
            held = value.__dict__
            return {
                name: held[name]
                for name in compress(plan, map(is_not, map(held.__getitem__, plan), defaults))
            }
        except KeyError:  # one was deleted
            pass
    return {
        name: given
        for name, (default, _) in plan.items()
        if (given := getattr(value, name, _NOT_THERE)) is not default
    }


_NOT_THERE: Any = object()


def _copied(value: object, cls: type, plan: Plan, changed: dict[str, Any]) -> Any:
    if type(value) is cls:
        made = copy(value)
    else:
        made = new(cls)
        for name in plan:
            if name not in changed:
                setattr(made, name, getattr(value, name))
    for name, meant in changed.items():
        setattr(made, name, meant)
    return made


def sent_attributes(cls: type) -> list[str]:
    """Return the attributes of a class that TWS is told, be it in one encoding and by the newest
    server version alone.
    """
    fixed = {"condType"} if issubclass(cls, OrderCondition) else TWS_ONLY.get(cls, ())
    return [name for name in annotations_of(cls) if name not in fixed]


def _plan(cls: type, first: tuple[str, ...]) -> Plan:
    """Return each attribute that may be sent, with its default and how it is converted."""
    made = new(cls)
    sent = sent_attributes(cls)
    names = [name for name in dict.fromkeys((*first, *sent)) if name in sent]
    return {name: (_sendable_default(made, name), attribute_convert(cls, name)) for name in names}


_NO_DEFAULT: Any = object()


def _sendable_default(made: object, name: str) -> Any:
    """Return an attribute's default if it may be sent as it is, else what equals nothing.

    A list has items of its own, and the None of a condition cannot be sent.
    """
    default = getattr(made, name)
    return (
        _NO_DEFAULT
        if isinstance(default, (list, SoftDollarTier))
        or (default is None and isinstance(made, OrderCondition))
        else default
    )


@cache
def attribute_convert(cls: type, name: str) -> Convert:
    """Return how an attribute of a class is converted."""
    field_type = attribute_types(cls).get(name)
    annotation = annotations_of(cls)[name]
    if field_type is not None:
        return _attribute(field_type, getattr(new(cls), name))
    return _NESTED.get(annotation, _unchanged)


def _attribute(field_type: FieldType, default: object) -> Convert:
    convert = field_type.convert
    if field_type is field_types.OPTIONS:
        return lambda value, path: value if value is None else converted(convert, value, path)
    if field_type in field_types.NO_NUMBERS or default is None:
        return lambda value, path: converted(convert, value, path)

    def attribute(value: object, path: str) -> Any:
        return default if values.is_empty(value) else converted(convert, value, path)

    return attribute


# --- what objects hold ---


def _rows(convert: Convert, what: str = "") -> Convert:
    """Return what converts a list, its items one by one."""

    def rows(value: object, path: str) -> Any:
        if value is None:
            return None
        given = converted(lambda value: values.items(value, what), value, path)
        meant = [convert(item, f"{path}[{n}]") for n, item in enumerate(given)]
        same = type(value) is list and all(map(_same_object, meant, given))
        return value if same else meant

    return rows


def _same_object(one: object, other: object) -> bool:
    return one is other


def _days(value: object, path: str) -> Any:
    """Return dates as numbers. A set of them is sorted."""
    return _rows(_scalar(field_types.INT))(
        sorted(value) if isinstance(value, (set, frozenset)) else value, path
    )


def _tag_value(value: object, path: str) -> Any:
    if not hasattr(value, "tag") or not hasattr(value, "value"):
        raise Refused(path, f"{quote(value)} is not a TagValue")
    tag = converted(values.part, value.tag, f"{path}.tag")
    meant = converted(values.part, value.value, f"{path}.value")
    return (
        value
        if type(value) is TagValue and tag is value.tag and meant is value.value
        else TagValue(tag, meant)
    )


@cache
def _conditions() -> dict[int, Convert]:
    from .shared_fields import CONDITION

    return {
        tag: _object(case.cls, tuple(path for path, _ in _field_types(case.nodes)))
        for tag, case in CONDITION.cases.items()
        if case.cls
    }


def condition(value: object, path: str) -> object:
    """Return an order condition with plain attributes."""
    known = _conditions()
    try:
        tag = values.int_32(getattr(value, "condType", None))
    except (AttributeError, ValueError):
        tag = 0
    if tag not in known:
        raise Refused(f"{path}.condType", f"{quote(value)} is no order condition")
    return known[tag](value, path)


def _maybe(convert: Convert) -> Convert:
    return lambda value, path: None if value is None else convert(value, path)


tag_values = _rows(_tag_value, " of TagValue")
conditions = _rows(condition)
_NESTED: dict[str, Convert] = {
    "list[TagValue] | None": tag_values,
    "list[ComboLeg]": _rows(_object(ComboLeg)),
    "list[OrderComboLeg] | None": _rows(_object(OrderComboLeg)),
    "list[OrderCondition]": conditions,
    "list[int] | None": _days,
    "SoftDollarTier": _object(SoftDollarTier),
    "DeltaNeutralContract | None": _maybe(_object(DeltaNeutralContract)),
}  # by annotation
