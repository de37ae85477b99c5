"""The fast path of compiled writers, for orders that have default values in most attributes.

An order has some 150 attributes, of which a program sets ten. All the others are compared with
those of a new order at once, and what they make on the wire is known when the writer is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import itemgetter
from typing import Any, ClassVar

from ...contract import ComboLeg, Contract
from ...order import Order, OrderComboLeg
from ...softdollartier import SoftDollarTier
from ...tag_value import TagValue
from ..schema.canonical import annotations_of, attribute_types, sent_attributes
from ..schema.field_types import STR, sendable
from ..schema.nodes import Field, Request, When
from ..schema.source import Source, paths_in
from ..schema.text_source import (
    KnownText,
    WriteEmitter,
    join,
)
from .compiler import write_function
from .request_source import (
    PLAIN_TESTS,
    argument_tests,
    emit_test,
    is_there,
    names_looked_at,
)

FREQUENT_FIELDS = {
    *(
        "orderId",
        "clientId",
        "permId",
        "action",
        "totalQuantity",
        "orderType",
        "lmtPrice",
        "auxPrice",
        "tif",
        "account",
        "transmit",
    ),
    *(
        "parentId",
        "ocaGroup",
        "ocaType",
        "orderRef",
        "outsideRth",
        "whatIf",
        "trailStopPrice",
        "trailingPercent",
    ),
}  # what programs set


def is_plain_value(value: object) -> bool:
    """Return whether what equals this value does as well: it is no list or object of an order's
    own.
    """
    return value is None or isinstance(value, (str, int, float, Decimal, Enum))


NEW_OBJECTS: dict[str, dict[str, Any]] = {
    "contract": Contract().__dict__,
    "order": Order().__dict__,
}  # by argument of a request
DEFAULT_FIELDS: dict[str, Any] = {
    name: value
    for name, value in NEW_OBJECTS["order"].items()
    if is_plain_value(value) and name not in FREQUENT_FIELDS
}
_values_of_default_fields = itemgetter(*DEFAULT_FIELDS)
_new_values = _values_of_default_fields(NEW_OBJECTS["order"])


def has_default_fields(order: object) -> bool:
    """Return whether all of DEFAULT_FIELDS are as in a new order.

    It is False for an order of a class of the program's own, which may make its attributes in
    another way.
    """
    try:
        return order.__class__ is Order and _values_of_default_fields(order.__dict__) == _new_values
    except Exception:  # an attribute was deleted, or a value cannot be compared
        return False


class FastPathEmitter(WriteEmitter):
    """Emits the fast path of a request with a contract.

    If the request has an order as well, `has_default_fields` holds for it, so that what these
    fields make is known now.
    """

    known_values: ClassVar = {f"order.{name}": value for name, value in DEFAULT_FIELDS.items()}

    def run(self) -> None:
        """Emit the fast path, in which texts are looked at all together.

        If one is no text, or cannot be sent, the general way is taken, which says so.
        """
        self.texts: list[str] = []
        body = Source({})
        body.names = self.source.names
        body.depth = self.source.depth + 1
        outer = self.source
        self.source = body
        super().run()
        outer.emit(f"texts = ({', '.join(self.texts)},)")
        outer.emit(f"if {outer.constant('sendable', sendable)}(texts):")
        outer.lines += body.lines

    def field(self, node: Field, scope: str) -> None:
        path = join(scope, node.path)
        write = node.field_type.write
        root, _, attribute = path.partition(".")
        if (
            path in self.known_values
            and _can(write, self.known_values[path])
            and _same_text(write, self.known_values[path])
        ):
            self.pending.append(KnownText(write(self.known_values[path])))
        elif write is STR.write and not scope:
            self.pending.append(f"texts[{len(self.texts)}]")
            self.texts.append(path)
        elif is_plain_value(default := NEW_OBJECTS.get(root, {}).get(attribute, [])) and _can(
            write, default
        ):
            known = self.source.constant(f"default_{attribute}", default)
            self.pending.append(
                f"{KnownText(write(default))} if (x := {path}) is {known} "
                f"else {self.source.constant(write.__name__, write)}(x)"
            )
        else:
            super().field(node, scope)

    def when(self, node: When, scope: str) -> None:
        paths = {path for path in paths_in(node.condition) if "." in path}
        if not paths <= set(self.known_values) or self.unknown(node.condition) - {"order"}:
            super().when(node, scope)
        elif eval(node.condition, {**self.source.names, "order": Order()}):
            self.nodes(node.nodes, scope)


def _can(write: Callable[[Any], str], value: object) -> bool:
    """Return whether a value can be sent; an unset value cannot in each server version."""
    try:
        write(value)
    except ValueError:
        return False
    return True


def _same_text(write: Callable[[Any], str], value: object) -> bool:
    """Return whether all that equals the value is written as it is; 0 and 0.0 may not be."""
    if not isinstance(value, (int, float)) or value != 0:
        return True
    return len({write(each) for each in (value, 0, 0.0, -0.0, False, Decimal(0))}) == 1


# --- what must be looked at beside the fields on the wire ---


def emit_guard(
    request: Request, server_version: int, source: Source, *, of_default_fields: bool
) -> None:
    """Emit a return of None where a value that is not written here, or that a condition looks at,
    is not plainly as it should be.

    touched: for attributes that an untouched order has as they were made; else for all others.
    """
    known_values = {f"order.{name}" for name in DEFAULT_FIELDS}
    source.names["SoftDollarTier"] = SoftDollarTier
    for path, test in _tests(request, server_version, source):
        if (path in known_values) == of_default_fields:
            root, _, attribute = path.partition(".")
            made = NEW_OBJECTS.get(root, {}).get(attribute, [])
            usual = (
                f"{path} is {source.constant(f'made_{attribute}', made)} or "
                if is_plain_value(made)
                else ""
            )
            emit_test(source, f"{usual}{test}")


def _tests(request: Request, server_version: int, source: Source) -> Iterator[tuple[str, str]]:
    """Yield what must hold of values, with their paths."""
    written = {
        node.path
        for node in request.nodes
        if isinstance(node, Field) and is_there(node, server_version)
    }
    looked_at = names_looked_at(request, server_version)
    for name in request.arguments:
        if name in request.classes:
            cls = request.classes[name]
            for attribute in sent_attributes(cls):
                path = f"{name}.{attribute}"
                if path not in written or path in looked_at:
                    text = attribute_types(cls).get(attribute) is STR and path in written
                    yield (
                        path,
                        f"{path}.__class__ is str" if text else _test(cls, attribute, path, source),
                    )
    yield from argument_tests(request, server_version)


_TIER = (
    "({x}.__class__ is SoftDollarTier and {x}.displayName.__class__ is str"
    " and {x}.displayName.isprintable())"
)


_ROWS = {
    "list[ComboLeg]": ComboLeg,
    "list[OrderComboLeg] | None": OrderComboLeg,
    "list[TagValue] | None": TagValue,
}  # by annotation


@cache
def plain_row_test(cls: type) -> Callable[[Any], bool]:
    """Return what tells whether an item of a list has plain attributes alone."""
    tests = [
        PLAIN_TESTS[field_type].format(x=f"x.{name}")
        for name, field_type in attribute_types(cls).items()
    ]
    made: Callable[[Any], bool] = eval(
        f"lambda x: {' and '.join(['x.__class__ is cls', *tests])}", {"cls": cls}
    )
    return made


def _test(cls: type, attribute: str, path: str, source: Source) -> str:
    """Return the expression that holds if an attribute is plainly as it should be."""
    field_type = attribute_types(cls).get(attribute)
    annotation = annotations_of(cls)[attribute]
    if field_type in PLAIN_TESTS:
        return PLAIN_TESTS[field_type].format(x=path)
    if annotation == "SoftDollarTier":
        return _TIER.format(x=path)
    if not annotation.startswith("list"):
        return f"({path} is None)"
    if annotation not in _ROWS:
        return f"({path} is None or {path}.__class__ is list and not {path})"
    row = _ROWS[annotation]
    rows = source.constant(f"plain_{row.__name__}", plain_row_test(row))
    return (
        f"({path} is None or {path}.__class__ is list and (not {path} or all(map({rows}, {path}))))"
    )


# --- the whole of it ---


def write_request_source(
    request: Request, server_version: int, *, guarded: bool = True
) -> tuple[str, dict[str, Any]]:
    """Return the source of a request's `write(...)`, with a fast path, and its names.

    If it is `guarded`, it returns None where it cannot tell that all values are as they should be:
    those that are not on the wire, and those that conditions look at.
    """
    source = Source(request.constants)
    if guarded:
        emit_guard(request, server_version, source, of_default_fields=False)
    if {"contract", "order"} & set(request.arguments):
        known = (
            f"{source.constant('has_default_fields', has_default_fields)}(order)"
            if "order" in request.arguments
            else "True"
        )
        with source.block(f"if {known}:"):
            FastPathEmitter(request, server_version, source, server_side=False).run()
    if guarded:
        emit_guard(request, server_version, source, of_default_fields=True)
    WriteEmitter(request, server_version, source, server_side=False).run()
    return write_function(request, source)
