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
from ..exceptions import FieldError, quote
from ..kinds import BadSymbol, integer, number, printable
from .classes import FieldType, schema
from .shapes import SHAPES_BY_MESSAGE, Shape

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
    return number(value)


def _string(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return None if value == UNSET_DECIMAL else f"{value:f}"
    if isinstance(value, float) and not isinstance(value, bool):
        return None if value == UNSET_DOUBLE else f"{Decimal(str(value)):f}"
    return printable(value) if value or (value == 0 and not isinstance(value, bool)) else None


def _bool(value: Any) -> bool | None:
    return True if value else None


WRITERS: dict[str, Callable[[Any], Any]] = {
    "int32": lambda value: _int(value, "int32"),
    "int64": lambda value: _int(value, "int64"),
    "double": _double,
    "string": _string,
    "bool": _bool,
}


def write_field(message: Any, one: FieldType, value: Any, path: str) -> None:
    """Set one field, unless the value says nothing. Refused: it cannot be sent."""
    if isinstance(value, Enum):  # (code, label); the first member says that there is none
        value = None if value is next(iter(type(value))) else value.value[0]
    try:
        if one.kind == "map":
            _pairs(getattr(message, one.name), value)
        elif one.kind not in WRITERS:
            _messages(message, one, value, path)
        elif one.repeated:
            getattr(message, one.name).extend(WRITERS[one.kind](item) for item in value or ())
        else:
            converted = WRITERS[one.kind](value)
            if converted is not None:
                setattr(message, one.name, converted)
    except Refused:
        raise
    except (TypeError, ValueError, ArithmeticError, AttributeError) as e:
        raise Refused(path, str(e), isinstance(e, BadSymbol)) from None


def _pairs(pairs: Any, tag_values: Iterable[Any] | None) -> None:
    """A map: of tags that occur twice the last one counts."""
    if isinstance(tag_values, (str, bytes)):
        raise ValueError(f"{quote(tag_values)} is not a list of TagValue")
    for tag, value in {printable(tag_value.tag): printable(tag_value.value) for tag_value in tag_values or ()}.items():
        pairs.add(key=tag, value=value)


def _messages(message: Any, one: FieldType, value: Any, path: str) -> None:
    shape = SHAPES_BY_MESSAGE[one.kind]
    if one.repeated:
        for n, item in enumerate(value or ()):
            write_object(getattr(message, one.name).add(), item, shape, f"{path}[{n}]")
    elif value is not None:
        inner = getattr(message, one.name)
        inner.SetInParent()
        write_object(inner, value, shape, path)


def write_object(message: Any, value: Any, shape: Shape, path: str) -> None:
    """Set the fields of a message from an object's attributes."""
    for one, attribute, write in _plan(shape.message):
        found = getattr(value, attribute, None)
        if write is not None:
            write(message, found, value, f"{path}.{attribute}")
        else:
            write_field(message, one, found, f"{path}.{attribute}")


Special = Callable[[Any, Any, Any, str], None]  # message, attribute's value, object, path


@cache
def _plan(message: str) -> tuple[tuple[FieldType, str, Special | None], ...]:
    shape = SHAPES_BY_MESSAGE[message]
    return tuple((one, shape.renamed.get(one.name, one.name), SPECIAL.get((message, one.name))) for one in schema()[message])


def _tristate(name: str) -> Special:
    def write(message: Any, value: Any, owner: Any, path: str) -> None:
        if value is not None:
            setattr(message, name, 1 if value else 0)

    return write


def _multiplier(message: Any, value: Any, owner: Any, path: str) -> None:
    if value:
        try:
            message.multiplier = number(value)
        except ValueError as e:
            raise Refused(path, str(e), False) from None


def _discretionary(message: Any, value: Any, owner: Any, path: str) -> None:
    if value != UNSET_INTEGER:
        write_field(message, _named("Order", "discretionaryAmt"), value, path)


def _nothing(message: Any, value: Any, owner: Any, path: str) -> None:
    """What TWS tells of an order and is not told; an order's id, which goes beside the order."""


def _conditions(message: Any, value: Any, owner: Any, path: str) -> None:
    for n, condition in enumerate(value or ()):
        _condition(message.conditions.add(), condition, f"{path}[{n}]")


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
            write_field(message, _named("OrderCondition", name), getattr(condition, name), f"{path}.{name}")


@cache
def _named(message: str, name: str) -> FieldType:
    return next(one for one in schema()[message] if one.name == name)


TOLD_ONLY = ("orderId", "autoCancelDate", "filledQuantity", "refFuturesConId", "shareholder", "parentPermId")

SPECIAL: dict[tuple[str, str], Special] = {
    ("Contract", "multiplier"): _multiplier,
    **{
        ("Order", name): _nothing
        for name in ["orderId", "autoCancelDate", "filledQuantity", "refFuturesConId", "shareholder", "parentPermId"]
    },
    ("Contract", "lastTradeDate"): _nothing,
    ("Order", "discretionaryAmt"): _discretionary,
    ("Order", "conditions"): _conditions,
    **{("Order", name): _tristate(name) for name in ("usePriceMgmtAlgo", "seekPriceImprovement", "routeMarketableToBbo")},
}


def as_field_error(request: str, refused: Refused) -> FieldError:
    return FieldError(request, refused.path, refused.reason, bad_symbol=refused.bad_symbol)
