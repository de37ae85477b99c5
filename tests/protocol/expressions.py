"""What the expressions of declarations speak of: each name and each attribute is looked up.

Declarations hold Python as text, which no other tool follows. `Checker` walks such a text and knows
of each value what it is: an object of a data class, a Protocol Buffers message, a list of such, a
constant, or a plain value, which has no attributes of ours.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ibapi_port.protocol.schema.nodes import new
from ibapi_port.protocol.schema.protobuf_fields import fields_of, schema
from ibapi_port.protocol.schema.wire_values import SCALARS

DATA_MODULES = (
    *("commission_and_fees_report", "common", "contract", "execution", "ineligibility_reason"),
    *("order", "order_cancel", "order_condition", "order_state", "scanner", "softdollartier"),
    "tag_value",
)
DATA_CLASSES: dict[str, type] = {
    name: value
    for module in DATA_MODULES
    for name, value in vars(import_module(f"ibapi_port.{module}")).items()
    if isinstance(value, type) and value.__module__.startswith("ibapi_port")
}


class Wrong(AssertionError):
    """An expression names what there is not."""


@dataclass(frozen=True)
class Plain:
    """A number, a text, a flag, or what a helper returns."""


@dataclass(frozen=True)
class Object:
    """An object of a data class."""

    cls: type


@dataclass(frozen=True)
class Proto:
    """A Protocol Buffers message by name."""

    name: str


@dataclass(frozen=True)
class Items:
    """A list of such values."""

    of: Object | Proto | Plain


@dataclass(frozen=True)
class Constant:
    """A value that is known."""

    value: Any


Kind = Plain | Object | Proto | Items | Constant
PLAIN = Plain()


def attribute_of(kind: Kind, name: str) -> Kind:
    """What an attribute is. Wrong: there is none."""
    if isinstance(kind, Object):
        made = new(kind.cls)
        if not hasattr(made, name):
            raise Wrong(f"{kind.cls.__name__} has no {name}")
        return _annotated(kind.cls, name)
    if isinstance(kind, Proto):
        field = fields_of(kind.name).get(name)
        if field is None:
            raise Wrong(f"the message {kind.name} has no {name}")
        known = field.type_name in schema()
        of: Object | Proto | Plain = Proto(field.type_name) if known else PLAIN
        return Items(of) if field.repeated or field.type_name == "map" else of
    if name == "__class__":
        return PLAIN
    if isinstance(kind, Constant) and hasattr(kind.value, name):
        return Constant(getattr(kind.value, name))
    raise Wrong(f"{kind} has no {name}")


def _annotated(cls: type, name: str) -> Kind:
    annotations = (inspect.get_annotations(base).get(name) for base in cls.__mro__)
    annotation = str(next(filter(None, annotations), ""))
    known = [Object(DATA_CLASSES[n]) for n in re.findall(r"\w+", annotation) if n in DATA_CLASSES]
    if annotation.startswith("list"):
        return Items(known[0] if known else PLAIN)
    return known[0] if known else PLAIN


class Checker:
    """Looks up what a text names; `names` are the values that there are."""

    def __init__(self, names: Mapping[str, Kind]) -> None:
        self.names = dict(names)

    def expression(self, text: str) -> Kind:
        """What the expression gives. Wrong: it names what there is not, or is no expression."""
        return self.value(ast.parse(text, mode="eval").body)

    def statement(self, text: str) -> None:
        """An assignment or a call; what it assigns is there afterwards."""
        (node,) = ast.parse(text).body
        if isinstance(node, ast.Expr):
            self.value(node.value)
            return
        assert isinstance(node, ast.Assign), text
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)

    def assign(self, target: ast.expr, value: Kind) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple):
            for one in target.elts:
                self.assign(one, PLAIN)
        else:
            self.value(target)

    def value(self, node: ast.expr) -> Kind:
        if isinstance(node, ast.Name):
            return self.name(node.id)
        if isinstance(node, ast.Attribute):
            return attribute_of(self.value(node.value), node.attr)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.NamedExpr):
            self.assign(node.target, found := self.value(node.value))
            return found
        if isinstance(node, (ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)):
            return self.comprehension(node)
        if isinstance(node, ast.BoolOp):
            return self.either([self.value(each) for each in node.values])
        if isinstance(node, ast.IfExp):
            self.value(node.test)
            return self.either([self.value(node.body), self.value(node.orelse)])
        return self.either([self.value(each) for each in inner(node)], whole=PLAIN)

    def name(self, name: str) -> Kind:
        if name in self.names:
            return self.names[name]
        if hasattr(builtins, name):
            return Constant(getattr(builtins, name))
        raise Wrong(f"there is no {name}")

    def call(self, node: ast.Call) -> Kind:
        arguments = [*node.args, *(each.value for each in node.keywords)]
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("HasField", "get"):
            owner = self.value(node.func.value)
            if node.func.attr == "HasField":
                self.has_field(owner, node.args[0])
            for each in arguments:
                self.value(each)
            return PLAIN
        function = self.value(node.func)
        for each in arguments:
            self.value(each)
        if not isinstance(function, Constant) or not callable(function.value):
            raise Wrong(f"{ast.unparse(node.func)} cannot be called")
        return Object(function.value) if function.value in DATA_CLASSES.values() else PLAIN

    def has_field(self, owner: Kind, named: ast.expr) -> None:
        """Each text in what tells the name of the field is the name of one that may be unset."""
        if not isinstance(owner, Proto):
            raise Wrong(f"{owner} is no Protocol Buffers message")
        for node in ast.walk(named):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                field = fields_of(owner.name).get(node.value)
                if field is None or field.repeated or field.type_name == "map":
                    raise Wrong(f"of {owner.name}.{node.value} it cannot be told whether it is set")

    def comprehension(
        self, node: ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp
    ) -> Kind:
        within = Checker(self.names)
        for part in node.generators:
            many = within.value(part.iter)
            if not isinstance(many, Items):
                raise Wrong(f"{ast.unparse(part.iter)} is no list")
            within.assign(part.target, many.of)
            for test in part.ifs:
                within.value(test)
        if isinstance(node, ast.DictComp):
            within.value(node.key)
            within.value(node.value)
            return PLAIN
        found = within.value(node.elt)
        return Items(found if isinstance(found, (Object, Proto)) else PLAIN)

    def either(self, kinds: Iterable[Kind], whole: Kind | None = None) -> Kind:
        """Of several values the first that has attributes."""
        found = list(kinds)
        if whole is not None:
            return whole
        return next((each for each in found if isinstance(each, (Object, Proto, Items))), PLAIN)


def inner(node: ast.AST) -> list[ast.expr]:
    return [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]


__all__ = ["PLAIN", "SCALARS", "Checker", "Constant", "Items", "Kind", "Object", "Proto", "Wrong"]
