"""An order has some 150 attributes, of which a program sets ten: which those are, and one look at all the others.

Compiled encoders have a short way for an order whose other attributes are as they were made.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from operator import itemgetter
from typing import Any, ClassVar

from ..contract import Contract
from ..order import Order
from .codegen import Source, Text, WriteEmitter
from .fields import Field, When
from .interpret import join
from .kinds import STR, sendable

OFTEN = {
    *("orderId", "clientId", "permId", "action", "totalQuantity", "orderType", "lmtPrice", "auxPrice", "tif", "account", "transmit"),
    *("parentId", "ocaGroup", "ocaType", "orderRef", "outsideRth", "whatIf", "trailStopPrice", "trailingPercent"),
}  # what programs set


def is_plain(value: Any) -> bool:
    """Whether what equals this value does as well: no list or object that an order has of its own."""
    return value is None or isinstance(value, (str, int, float, Decimal, Enum))


MADE: dict[str, dict[str, Any]] = {"contract": Contract().__dict__, "order": Order().__dict__}  # by argument of a request
DEFAULTS: dict[str, Any] = {name: value for name, value in MADE["order"].items() if is_plain(value) and name not in OFTEN}
_pick = itemgetter(*DEFAULTS)
_made = _pick(MADE["order"])


def untouched(order: Any) -> bool:
    """Whether all of DEFAULTS are as in a new order. An order of a class of the program's own may make its attributes in another way."""
    try:
        return order.__class__ is Order and _pick(order.__dict__) == _made
    except Exception:  # an attribute was deleted, or a value cannot be compared
        return False


class PlainEmitter(WriteEmitter):
    """Emits a short way of writing a request with a contract. Where it has an order as well, that is `untouched`, and what its
    attributes make is known now.
    """

    settled: ClassVar = {f"order.{name}": value for name, value in DEFAULTS.items()}

    def run(self) -> None:
        """Texts are looked at all together; one that is none, or cannot be sent, is left to the long way, which says so."""
        self.texts: list[str] = []
        body = Source()
        body.names, body.depth, outer, self.source = self.source.names, self.source.depth + 1, self.source, body
        super().run()
        outer.emit(f"texts = ({', '.join(self.texts)},)")
        outer.emit(f"if {outer.constant('sendable', sendable)}(texts):")
        outer.lines += body.lines

    def field(self, node: Field, scope: str) -> None:
        path, write = join(scope, node.path), node.kind.write
        root, _, attribute = path.partition(".")
        if path in self.settled and _can(write, self.settled[path]) and _same_text(write, self.settled[path]):
            self.pending.append(Text(write(self.settled[path])))
        elif write is STR.write and not scope:
            self.pending.append(f"texts[{len(self.texts)}]")
            self.texts.append(path)
        elif is_plain(default := MADE.get(root, {}).get(attribute, [])) and _can(write, default):
            known = self.source.constant(f"default_{attribute}", default)
            self.pending.append(f"{Text(write(default))} if (x := {path}) is {known} else {self.source.constant(write.__name__, write)}(x)")
        else:
            super().field(node, scope)

    def when(self, node: When, scope: str) -> None:
        paths = {ast.unparse(each) for each in ast.walk(ast.parse(node.condition)) if isinstance(each, ast.Attribute)}
        if not paths <= set(self.settled) or self._unknown(node.condition) - {"order"}:
            super().when(node, scope)
        elif eval(node.condition, {**self.source.names, "order": Order()}):
            self.nodes(node.nodes, scope)


def _can(write: Callable[[Any], str], value: Any) -> bool:
    """Whether it can be sent; an unset value can not in each server version."""
    try:
        write(value)
    except ValueError:
        return False
    return True


def _same_text(write: Callable[[Any], str], value: Any) -> bool:
    """Whether all that equals the value is written as it is; 0 and 0.0 may not be."""
    if not isinstance(value, (int, float)) or value != 0:
        return True
    return len({write(each) for each in (value, 0, 0.0, -0.0, False, Decimal(0))}) == 1
