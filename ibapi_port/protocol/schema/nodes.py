"""The vocabulary of a declaration: a message is a sequence of these, in the order of the wire.

A declaration is data. It names what each field fills (`order.lmtPrice`: an attribute of the public
class; `reqId`: an argument of the callback or request), its type, and from which server version
(`since`, `until`: [since, until)) or version of the message (`message_version`) it is there.
Both ends read and write by it: `interpreter` field by field, `compiler` compiled for one server
version. Conditions are Python expressions over the message's values; a value that a condition names
has been read before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from itertools import takewhile
from typing import Any, TypeVar

from ..._conditions import OrderCondition
from ..._value_class import field, value_class
from ...const import NO_VALID_ID
from .field_types import CONSTANTS, FieldType
from .source import WireReading, WireWriting
from .wire_values import SCALARS

REQUIRED: Any = object()
HOLDS = "holds"
IS_SET = "is set"
NEVER = 10**6  # a server version that never comes


@value_class
class Node:
    """What stands at one place of a message.

    `since`, `until`: server versions, [since, until). `message_version`: from this version of
    the message on; when negative, before it. `text`: it is on the text wire. `pb`: the field of
    the Protocol Buffers message, if it has another name than the path ("" if there is none);
    "inner." is the field of that name in the inner message.
    """

    since: int = field(default=0, kw_only=True)
    until: int = field(default=NEVER, kw_only=True)
    message_version: int = field(default=0, kw_only=True)
    text: bool = field(default=True, kw_only=True)
    pb: str | None = field(default=None, kw_only=True)

    def at(self, server_version: int) -> bool:
        """Return whether the node is on the text wire at this server version."""
        return self.text and self.since <= server_version < self.until

    # --- Protocol Buffers ---

    def wire_path(self) -> str:
        """Return the path of the field in the Protocol Buffers message, or ""."""
        path: str = getattr(self, "path", "")
        if self.pb is None:
            return path
        return self.pb + path.rpartition(".")[2] if self.pb.endswith(".") else self.pb

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        """Return whether the node has a field of its own in the Protocol Buffers message.

        What is within an argument that is an object is not a field of the message: it is one of
        the object's.
        """
        return False

    def needed(self) -> tuple[str, ...]:
        """Return the inner messages without which a message makes no callback."""
        inner, dot, _ = self.wire_path().partition(".")
        return (inner,) if dot else ()

    def conditional_roots(self) -> tuple[str, ...]:
        """Return the arguments that are read only if a condition holds."""
        return ()

    def read_wire(self, e: WireReading) -> None:
        """Emit what reads the node's values from a Protocol Buffers message."""

    def write_wire(self, e: WireWriting) -> None:
        """Emit what sets the node's fields of a Protocol Buffers message."""


@value_class
class Field(Node):
    """One value: `path` is an argument or an attribute; "" in a repeated group: the row itself.

    default: an argument's value where the field is not on the wire. also: a second place that gets
    the value read. needs: what error 503 calls the value when it is set and the server is older
    than `since`; has_request_id: that error goes to the request's id (else to -1); when_set: what
    "set" means, if not `field_type.is_set`. absent: what is read of a Protocol Buffers field that
    is not set, if not what the type says.
    """

    field_type: FieldType
    path: str
    default: Any = field(default=REQUIRED, kw_only=True)
    also: str = field(default="", kw_only=True)
    needs: str = field(default="", kw_only=True)
    has_request_id: bool = field(default=True, kw_only=True)
    when_set: str = field(default="", kw_only=True)
    absent: Any = field(default=REQUIRED, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return bool(self.pb or (self.pb is None and self.path.partition(".")[0] not in objects))

    def read_wire(self, e: WireReading) -> None:
        e.assign(self.path, e.value(self.field_type, self.wire_path(), self.if_absent()))
        if self.also and not e.server_side:
            root, _, attribute = self.also.partition(".")
            e.source.emit(f"if not m.{root}.HasField({attribute!r}):")
            e.source.emit(f"    {self.also} = {self.path}")

    def write_wire(self, e: WireWriting) -> None:
        e.write(self.wire_path(), self.path, self.field_type, self.if_absent())

    def if_absent(self) -> Any:
        """Return what a client reads of a Protocol Buffers field that is not set."""
        if self.absent is not REQUIRED:
            return self.absent
        return NO_VALID_ID if self.wire_path() == "reqId" else self.field_type.absent


@value_class
class MessageVersion(Node):
    """The message's own version: read for the `message_version` conditions, written as `latest`.

    Where it is absent they all hold.
    """

    latest: int


@value_class
class Fixed(Node):
    """A field that carries nothing for us: written as the value of an expression, not looked at
    when read. `flag`: an ignored attribute that becomes True where another client has written a 1.
    """

    written: str = "''"
    flag: str = ""


@value_class
class Flags(Node):
    """An int whose bits fill the bool attributes of a new object at `path`.

    Before `exact_until` the one bit is the whole int.
    """

    path: str
    cls: type
    bits: tuple[tuple[str, int, int], ...]  # attribute, mask, since server version
    exact_until: int = 0
    absent: int = field(default=0, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return self.path.partition(".")[0] not in objects

    def read_wire(self, e: WireReading) -> None:
        place = e.place(self.wire_path())
        if place.type_name != "int32":  # a message of flags
            e.assign(self.path, f"{e.object_reader(place.type_name)}({place.value})")
            return
        absent = e.named(self.absent)
        e.assign(self.path, "")
        e.source.emit(f"mask = {place.value} if {place.is_set} else {absent}")
        values = (f"mask & {mask} != 0" for mask in self._masks())
        cls = e.source.constant(self.cls.__name__, self.cls)
        e.source.emit(f"{self.path} = {cls}({', '.join(values)})")

    def _masks(self) -> list[int]:
        """Return the bits of the attributes, in the order of the class."""
        bits = {attribute: mask for attribute, mask, _ in self.bits}
        return [bits[one.name] for one in fields(self.cls)]

    def write_wire(self, e: WireWriting) -> None:
        place = e.place(self.wire_path())
        if place.type_name != "int32":
            e.write_object(place, self.path)
            return
        bits = (f"{bit} * bool({self.path}.{attribute})" for attribute, bit, _ in self.bits)
        e.source.emit(f"{place.value} = {' + '.join(bits)}")


@value_class
class Delimited(Node):
    """A text of several parts, divided by blanks (or hyphens), that fill the paths in turn."""

    paths: tuple[str, ...]

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return bool(self.pb)

    def read_wire(self, e: WireReading) -> None:
        e.assign(self.paths[0], "")
        split = e.source.constant("split_parts", split_parts)
        e.source.emit(f"parts = {split}({e.place(self.wire_path()).value})")
        for n, path in enumerate(self.paths):
            e.source.emit(f"if len(parts) > {n}: {path} = parts[{n}]")

    def write_wire(self, e: WireWriting) -> None:
        join = e.source.constant("join_parts", join_parts)
        e.write(self.wire_path(), f"{join}({', '.join(self.paths)})", None)


@value_class
class When(Node):
    """Nodes that are there only if the condition holds.

    in_protobuf: what becomes of attributes of an object in a Protocol Buffers message, as a client
    reads them: they keep their defaults where the condition does not hold (HOLDS), or where the
    field that it names is not set (IS_SET). Else they are read whatever the condition says.
    """

    condition: str
    nodes: tuple[Node, ...]
    in_protobuf: str = field(default="", kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return bool(self.in_protobuf) or any(node.is_on_wire(objects) for node in self.nodes)

    def read_wire(self, e: WireReading) -> None:
        if not self.in_protobuf:
            needed = dict.fromkeys(inner for node in self.nodes for inner in node.needed())
            with e.source.block(f"if {self.condition}:"):
                for inner in needed:
                    e.source.emit(f"empty = empty or not m.HasField({inner!r})")
                for node in self.nodes:
                    node.read_wire(e)
        elif not e.server_side:
            root, _, attribute = self.condition.partition(".")
            made = new(e.objects[root])
            is_set = f"m.{root}.HasField({attribute!r})"
            condition = is_set if self.in_protobuf == IS_SET else self.condition
            with e.source.block(f"if not {condition}:"):
                for node in self.nodes:
                    (path,) = paths_of(node)
                    e.source.emit(f"{path} = {getattr(made, path.partition('.')[2])!r}")
            for node in self.nodes:
                if isinstance(node, Repeated):  # as the condition holds, the list is there
                    e.source.emit(f"elif {node.path} is None:")
                    e.source.emit(f"    {node.path} = []")

    def write_wire(self, e: WireWriting) -> None:
        if not self.in_protobuf:
            with e.source.block(f"if {self.condition}:"):
                for node in self.nodes:
                    node.write_wire(e)

    def needed(self) -> tuple[str, ...]:
        return ()

    def conditional_roots(self) -> tuple[str, ...]:
        return () if self.in_protobuf else tuple(roots(self.nodes))


@value_class
class Present(Node):
    """A flag, and if it is set a new object at `path` with its nodes (their paths start at the
    object).
    """

    path: str
    cls: type
    nodes: tuple[Node, ...]


@value_class
class Row:
    """What a repeated group is made of: an object of `cls` for each row, or the bare value of one
    field (cls None).
    """

    cls: type | None
    nodes: tuple[Node, ...]


@value_class
class Variant:
    """Rows of several classes: a tag first, then the nodes of the class that it selects."""

    tag: FieldType
    attribute: str
    cases: Mapping[int, Row]


@value_class
class Repeated(Node):
    """A count and as many rows.

    An attribute keeps its default when there are none; an argument gets the empty container.

    A count of -1 means no rows, as IB's clients read it; TWS ends a scan so. Another negative count
    is a bad frame. negative_is_none: every negative count means no rows.
    """

    path: str
    row: Row | Variant
    container: Callable[..., Any] = list
    negative_is_none: bool = False
    from_rows: Callable[[Any], Any] | None = field(default=None, kw_only=True)
    to_rows: Callable[[Any], Any] | None = field(default=None, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return self.path.partition(".")[0] not in objects

    def read_wire(self, e: WireReading) -> None:
        place = e.place(self.wire_path())
        rows = f"limited({place.value})"
        if place.type_name in SCALARS:
            e.assign(self.path, f"{self.container.__name__}({rows})")
            return
        rows = f"[{e.object_reader(place.type_name)}(row) for row in {rows}]"
        made = self.from_rows and e.source.constant(self.from_rows.__name__, self.from_rows)
        e.assign(self.path, f"{made}({rows})" if made else rows)

    def write_wire(self, e: WireWriting) -> None:
        rows = self.path
        if self.to_rows is not None:
            rows = f"{e.source.constant(self.to_rows.__name__, self.to_rows)}({rows})"
        elif self.container is set:
            e.source.emit(f"if isinstance({rows}, (set, frozenset)):")
            e.source.emit(f"    {rows} = sorted({rows})")  # else in the order of hashes
        e.write(self.wire_path(), rows, None)


@value_class
class SubMessage(Node):
    """An inner Protocol Buffers message that fills attributes of the object at `path`, besides
    the message that is the object's own.
    """

    path: str
    text: bool = field(default=False, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return True

    def needed(self) -> tuple[str, ...]:
        return (self.wire_path(),)

    def read_wire(self, e: WireReading) -> None:
        place = e.place(self.wire_path())
        e.assign(self.path, "")
        e.source.emit(f"{e.object_filler(place.type_name)}({self.path}, {place.value})")

    def write_wire(self, e: WireWriting) -> None:
        e.write_object(e.place(self.wire_path()), self.path)


@value_class
class LegPrices(Node):
    """The prices of a combo's legs: an order's on the text wire and in the interface, the legs' own
    in a Protocol Buffers message.
    """

    text: bool = field(default=False, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return True

    def read_wire(self, e: WireReading) -> None:
        path = "order.orderComboLegs"
        e.assign(path, f"leg_prices(m.contract) or {path}")

    def write_wire(self, e: WireWriting) -> None:
        e.source.emit("write_leg_prices(message.contract, order.orderComboLegs)")


@value_class
class Call:
    """A callback made for a message read: its arguments as an expression; `when`; once for each of
    `each`, named `row`; below `until`.
    """

    name: str
    arguments: str
    when: str = ""
    each: str = ""
    until: int = NEVER


@value_class
class Gate:
    """A request is refused where `when` holds and the server's version is in [since, below).

    `path` is the value that is refused.
    """

    when: str
    text: str
    below: int = NEVER
    since: int = 0
    code: int = 503
    has_request_id: bool = True
    path: str = ""


@value_class
class Pb:
    """Which Protocol Buffers message a message is, from a server version on.

    `callback`: of the program that gets it as it came; `objects`: the fields of arguments that are
    objects, where their names differ ("": the message itself is the object).
    """

    message: str
    since: int
    callback: str = ""
    objects: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = self.message
        self.callback = self.callback or f"{name[0].lower()}{name[1:]}ProtoBuf"


@value_class
class Message:
    """What one end sends: its name in IB's interface, id, layout, the classes of the arguments that
    are objects, and its Protocol Buffers message, if it has one.
    """

    name: str
    msg_id: int
    nodes: tuple[Node, ...]
    classes: Mapping[str, type]
    arguments: tuple[str, ...]
    defaults: Mapping[str, Any]
    constants: Mapping[str, Any]
    pb: Pb | None = field(default=None, kw_only=True)

    def pb_at(self, server_version: int) -> Pb | None:
        """Return the Protocol Buffers message that this one is at a server version, or None."""
        return self.pb if self.pb is not None and server_version >= self.pb.since else None

    def wire_nodes(self, server_version: int) -> Iterator[Node]:
        """Yield the nodes with fields of their own in the Protocol Buffers message."""
        for node in self.nodes:
            if (
                node.since <= server_version < node.until
                and node.message_version >= 0
                and node.is_on_wire(self.classes)
            ):
                yield node

    def object_fields(self) -> dict[str, str]:
        """Return the arguments that are objects, with their fields in the Protocol Buffers
        message.
        """
        assert self.pb is not None
        return {
            name: self.pb.objects.get(name, name) for name in self.arguments if name in self.classes
        }

    @property
    def uses_message_version(self) -> bool:
        return any(node.message_version for node in walk(self.nodes))


@value_class
class Incoming(Message):
    """From TWS to the client: what callbacks it makes."""

    calls: tuple[Call, ...]

    def calls_at(self, server_version: int) -> tuple[Call, ...]:
        return tuple(call for call in self.calls if server_version < call.until)


@value_class
class Request(Message):
    """From the client to TWS: the server version that knows it, and what is refused before anything
    is sent.
    """

    since: int
    needs: str
    has_request_id: bool
    gates: tuple[Gate, ...]

    @property
    def id_argument(self) -> str | None:
        """Return the argument that carries the request's own id, or None."""
        return next((name for name in ID_ARGUMENTS if name in self.arguments), None)


def split_parts(text: str) -> list[str]:
    """Return the parts of a Delimited field's text."""
    return text.split("-") if "-" in text else text.split()


def join_parts(*parts: Any) -> str:
    """Return the text of a Delimited field.

    Nothing follows an empty part, whose place it would take.
    """
    return " ".join(takewhile(bool, map(str, parts)))


def paths_in(expression: str) -> set[str]:
    """Return the names in an expression, with their attributes: "order.orderType"."""
    without_texts = re.sub(r"'[^']*'", "''", expression)
    found = re.findall(r"(?<![\w.])[A-Za-z_][\w.]*", without_texts)
    return set(found) - {"and", "or", "not", "in", "is", "None", "True", "False", "len"}


def new(cls: type) -> Any:
    """Return an object as it is made."""
    return cls(0) if cls is OrderCondition else cls()


ID_ARGUMENTS = ("reqId", "orderId", "tickerId")

AnyNode = TypeVar("AnyNode", bound=Node)


def walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    """Yield all nodes, inner ones too, in the order of the wire."""
    for node in nodes:
        yield node
        if isinstance(node, (When, Present)):
            yield from walk(node.nodes)
        elif isinstance(node, Repeated):
            rows = node.row.cases.values() if isinstance(node.row, Variant) else (node.row,)
            for row in rows:
                yield from walk(row.nodes)


def since(version: int, *nodes: AnyNode, until: int = NEVER) -> tuple[AnyNode, ...]:
    """Return the nodes, all there only from this server version on."""
    return tuple(
        replace(node, since=max(version, node.since), until=min(until, node.until))
        for node in nodes
    )


def since_message_version(version: int, *nodes: AnyNode) -> tuple[AnyNode, ...]:
    """Return the nodes, all there only from this version of the message on."""
    return tuple(replace(node, message_version=version) for node in nodes)


def roots(nodes: tuple[Node, ...]) -> Iterator[str]:
    """Yield the names that paths start with, in order, each once."""
    seen = set()
    for node in nodes:
        names = (
            roots(node.nodes)
            if isinstance(node, When)
            else (path.partition(".")[0] for path in paths_of(node))
        )
        for name in names:
            if name not in seen:
                seen.add(name)
                yield name


def paths_of(node: Node) -> tuple[str, ...]:
    """Return the paths that a node itself fills."""
    if isinstance(node, Delimited):
        return node.paths
    path = getattr(node, "path", None)
    return () if path is None else (path,)


def _defaults(nodes: tuple[Node, ...], names: tuple[str, ...]) -> dict[str, Any]:
    return {
        n.path: n.default
        for n in walk(nodes)
        if isinstance(n, Field) and n.path in names and n.default is not REQUIRED
    }


def incoming(
    name: str,
    msg_id: int,
    *nodes: Node,
    calls: tuple[Call, ...] = (),
    classes: Mapping[str, type] | None = None,
    constants: Mapping[str, Any] | None = None,
    pb: Pb | None = None,
) -> Incoming:
    """Declare a message from TWS; without `calls` it makes the callback of its name, with its
    values in the order of the wire.
    """
    arguments = tuple(roots(nodes))
    calls = calls or (Call(name, ", ".join(arguments)),)
    return Incoming(
        name,
        int(msg_id),
        nodes,
        classes or {},
        arguments,
        _defaults(nodes, arguments),
        {**CONSTANTS, **(constants or {})},
        calls,
        pb=pb,
    )


def request(
    name: str,
    msg_id: int,
    arguments: str,
    *nodes: Node,
    since: int = 0,
    needs: str = "",
    has_request_id: bool = False,
    gates: tuple[Gate, ...] = (),
    classes: Mapping[str, type] | None = None,
    constants: Mapping[str, Any] | None = None,
    pb: Pb | None = None,
) -> Request:
    """Declare a request; `arguments` as in EClient's method; `has_request_id`: a refusal of the
    whole request goes to its own id, not to -1.
    """
    names = tuple(arguments.replace(",", " ").split())
    return Request(
        name,
        int(msg_id),
        nodes,
        classes or {},
        names,
        _defaults(nodes, names),
        {**CONSTANTS, **(constants or {})},
        since,
        needs,
        has_request_id,
        gates,
        pb=pb,
    )


def maker(field_type: FieldType) -> Callable[..., Field]:
    """Return what makes fields of a type: `INT("reqId")` for `Field(field_types.INT, "reqId")`."""

    def make(path: str = "", **options: Any) -> Field:
        return Field(field_type, path, **options)

    return make


def many(make: Callable[..., Field], prefix: str, names: str, **options: Any) -> tuple[Field, ...]:
    """Return fields of one type: `many(STR, "contract", "symbol secType")`."""
    return tuple(make(f"{prefix}.{name}" if prefix else name, **options) for name in names.split())
