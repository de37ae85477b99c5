"""The fast path of compiled writers, for contracts and orders whose rarely set attributes are as
they were made.

An order has some 150 attributes, of which a program sets ten. What all the others make on the wire
is known when the writer is compiled, if they are the very objects of a new order. Where one is
not, the general way is taken, which writes attribute by attribute and says the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any

from ...contract import ComboLeg, Contract
from ...order import Order, OrderComboLeg
from ...order_cancel import OrderCancel
from ...softdollartier import SoftDollarTier
from ...tag_value import TagValue
from ..schema.canonical import TWS_ONLY, annotations_of, attribute_types, sent_attributes
from ..schema.field_types import INLINE_TEXT, STR
from ..schema.nodes import Field, Node, Present, Repeated, Request, When
from ..schema.source import Source, load, paths_in
from ..schema.text_source import (
    KnownText,
    WriteEmitter,
    join,
)
from .compiler import write_function
from .interpreter import gates
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


NEW_OBJECTS: dict[str, Any] = {
    "contract": Contract(),
    "order": Order(),
    "orderCancel": OrderCancel(),
}  # by argument


def value_as_made(path: str) -> Any:
    """Return what an attribute is in a new object; of all that is no attribute of one, a list."""
    root, _, attribute = path.partition(".")
    try:
        return attrgetter(attribute)(NEW_OBJECTS[root])
    except (KeyError, AttributeError):
        return []


def name_as_made(source: Source, path: str) -> str:
    """Return the name of `value_as_made` in a source."""
    attribute = path.partition(".")[2].replace(".", "_")
    return source.constant(f"made_{attribute}", value_as_made(path))


DEFAULT_FIELDS: dict[str, Any] = {
    name: value
    for name, value in vars(NEW_OBJECTS["order"]).items()
    if is_plain_value(value) and name not in FREQUENT_FIELDS and name not in TWS_ONLY[Order]
}  # of an order: what is rarely set, and one value each
_TIER_FIELDS = tuple(vars(SoftDollarTier()))
RARELY_SET = {
    "order.conditions",
    "order.softDollarTier",
    *(f"order.softDollarTier.{name}" for name in _TIER_FIELDS),
    *(f"order.{name}" for name in DEFAULT_FIELDS),
}  # by path: what `has_default_fields` looks at


@cache
def has_default_fields_test() -> Callable[[Any], bool]:
    """Return `has_default_fields(order)`, which tells whether an order has all that is rarely set
    as a new one has it. It is compiled when it is needed first.

    It is False for an order of a class of the program's own, which may make its attributes in
    another way, and for a value that is only equal: -0.0 equals 0.0.
    """
    # A parameter is looked up faster than a global name, and there are few different values.
    names: dict[int, str] = {}
    values: dict[str, Any] = {}

    def is_made(expression: str, path: str) -> str:
        made = value_as_made(path)
        name = names.setdefault(id(made), f"made{len(names)}")
        values[name] = made
        return f"{expression} is {name}"

    tests = [
        "type(order) is Order",
        *(is_made(f"order.{name}", f"order.{name}") for name in DEFAULT_FIELDS),
        "type(order.conditions) is list and not order.conditions",
        "type(tier := order.softDollarTier) is SoftDollarTier",
        *(is_made(f"tier.{name}", f"order.softDollarTier.{name}") for name in _TIER_FIELDS),
    ]
    source = Source({"Order": Order, "SoftDollarTier": SoftDollarTier, **values})
    with source.block("try:"):
        source.emit(f"return {' and '.join(tests)}")
    with source.block("except AttributeError:"):  # one was deleted
        source.emit("return False")
    parameters = ", ".join(f"{name}={name}" for name in values)
    text = source.text(f"has_default_fields(order, {parameters})")
    return load(text, "has_default_fields", source.names, "ibapi_port has_default_fields")


class GeneralEmitter(WriteEmitter):
    """Emits what writes any values. Of an attribute that is as it was made it is known now."""

    def field(self, node: Field, scope: str) -> None:
        path = join(scope, node.path)
        text = text_as_made(node, path)
        if text is None:
            super().field(node, scope)
        else:
            written = self.written(node.field_type.write, "x")
            self.pending.append(
                f"{text} if (x := {path}) is {name_as_made(self.source, path)} else {written}"
            )


class FastPathEmitter(GeneralEmitter):
    """Emits the fast path of a request, which joins all texts in one line. It is taken if `tests`
    hold: no condition of the declaration does, and no list has rows.
    """

    tests: list[str]

    def run(self) -> None:
        body = Source({})
        body.names = self.source.names
        body.depth = self.source.depth + 1
        outer = self.source
        self.source = body
        super().run()
        self.source = outer
        with outer.block(f"if {' and '.join(dict.fromkeys(self.tests))}:"):
            outer.lines += body.lines

    def nodes(self, nodes: Sequence[Node], scope: str) -> None:
        for node in nodes:
            if isinstance(node, (Present, Repeated)) and is_there(node, self.server_version):
                if join(scope, node.path) not in RARELY_SET:
                    self.tests.append(f"not {join(scope, node.path)}")
                self.pending.append(KnownText(0))
            else:
                super().nodes((node,), scope)

    def field(self, node: Field, scope: str) -> None:
        path = join(scope, node.path)
        text = text_as_made(node, path) if path in RARELY_SET else None
        if text is None:
            super().field(node, scope)
        else:
            self.pending.append(text)

    def written(self, write: Callable[[Any], str], expression: str) -> str:
        general = super().written(write, expression)
        if write not in INLINE_TEXT:
            return general
        text, test = INLINE_TEXT[write].split(" if ", 1)
        if not expression.isidentifier():
            test = test.replace("{x}", f"(x := {expression})", 1)
            expression = "x"
        return f"{text} if {test} else {general}".replace("{x}", expression)

    def when(self, node: When, scope: str) -> None:
        if self.holds(node.condition):
            self.nodes(node.nodes, scope)

    def holds(self, condition: str) -> bool:
        """Return whether a condition holds on the fast path: where it is not known now it does not,
        by one of `tests`.
        """
        paths = {path for path in paths_in(condition) if "." in path}
        if paths <= RARELY_SET and self.unknown(condition) <= {"order"}:
            return bool(eval(condition, {**self.source.names, "order": NEW_OBJECTS["order"]}))
        # a set is searched more quickly than a tuple, which declarations have
        quick = re.sub(r"in \(([^()]*)\)", r"in {\1}", condition)
        self.tests.append(f"not ({quick})")
        return False


def text_as_made(node: Field, path: str) -> KnownText | None:
    """Return what an attribute makes on the wire if it is as it was made; None: that is not known,
    or cannot be sent, as unset values in some server versions.
    """
    made = value_as_made(path)
    if not is_plain_value(made):
        return None
    try:
        return KnownText(node.field_type.write(made))
    except ValueError:
        return None


# --- what must be looked at beside the fields on the wire ---


def guards(request: Request, server_version: int, source: Source) -> Iterator[tuple[str, str]]:
    """Yield what must hold of values that are not written here, or that a condition looks at, so
    that they are plainly as they should be; with their paths.
    """
    source.names["SoftDollarTier"] = SoftDollarTier
    for path, test in _tests(request, server_version, source):
        if is_plain_value(value_as_made(path)):
            yield path, f"({path} is {name_as_made(source, path)} or {test})"
        else:
            yield path, test


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
                        f"type({path}) is str" if text else _test(cls, attribute, path, source),
                    )
    yield from argument_tests(request, server_version)


_TIER = (
    "(type({x}) is SoftDollarTier and type({x}.displayName) is str"
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
        f"lambda x: {' and '.join(['type(x) is cls', *tests])}", {"cls": cls}
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
        return f"({path} is None or type({path}) is list and not {path})"
    row = _ROWS[annotation]
    rows = source.constant(f"plain_{row.__name__}", plain_row_test(row))
    return f"({path} is None or type({path}) is list and (not {path} or all(map({rows}, {path}))))"


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
        tests = list(guards(request, server_version, source))
        refused = [gate.when for gate in gates(request, server_version)]
        if NEW_OBJECTS.keys() & set(request.arguments):
            fast_path = FastPathEmitter(request, server_version, source, server_side=False)
            fast_path.tests = [test for path, test in tests if path not in RARELY_SET] or ["True"]
            if "order" in request.arguments:
                source.names["has_default_fields"] = has_default_fields_test()
                fast_path.tests.append("has_default_fields(order)")
            if not any(map(fast_path.holds, refused)):
                fast_path.run()
        for test in [*(test for _, test in tests), *(f"not ({when})" for when in refused)]:
            emit_test(source, test)
    GeneralEmitter(request, server_version, source, server_side=False).run()
    return write_function(request, source)
