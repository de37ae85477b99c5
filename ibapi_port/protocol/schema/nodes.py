"""The vocabulary of a declaration: a message is a sequence of these, in the order of the wire.

A declaration is data. It names what each field fills (`order.lmtPrice`: an attribute of the public
class; `reqId`: an argument of the callback or request), its type, and from which server version
(`since`, `until`: [since, until)) or version of the message (`message_version`) it is there.
Both ends read and write by it: `interpreter` field by field, `compiler` compiled for one server
version. Conditions are Python expressions over the message's values; a value that a condition names
has been read before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..._value_class import field, value_class
from .field_types import CONSTANTS, FieldType

REQUIRED: Any = object()
NEVER = 10**6  # a server version that never comes


@value_class
class Node:
    """What stands at one place of a message.

    `since`, `until`: server versions, [since, until). `message_version`: from this version of
    the message on; when negative, before it.
    """

    since: int = field(default=0, kw_only=True)
    until: int = field(default=NEVER, kw_only=True)
    message_version: int = field(default=0, kw_only=True)

    def at(self, server_version: int) -> bool:
        """Return whether the node is on the wire at this server version."""
        return self.since <= server_version < self.until


@value_class
class Field(Node):
    """One value: `path` is an argument or an attribute; "" in a repeated group: the row itself.

    default: an argument's value where the field is not on the wire. also: a second place that gets
    the value read. needs: what error 503 calls the value when it is set and the server is older
    than `since`; has_request_id: that error goes to the request's id (else to -1); when_set: what
    "set" means, if not `field_type.is_set`.
    """

    field_type: FieldType
    path: str
    default: Any = field(default=REQUIRED, kw_only=True)
    also: str = field(default="", kw_only=True)
    needs: str = field(default="", kw_only=True)
    has_request_id: bool = field(default=True, kw_only=True)
    when_set: str = field(default="", kw_only=True)


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


@value_class
class Delimited(Node):
    """A text of several parts, divided by blanks (or hyphens), that fill the paths in turn."""

    paths: tuple[str, ...]


@value_class
class When(Node):
    """Nodes that are there only if the condition holds."""

    condition: str
    nodes: tuple[Node, ...]


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
class Message:
    """What one end sends: its name in IB's interface, id, layout, and the classes of the arguments
    that are objects.
    """

    name: str
    msg_id: int
    nodes: tuple[Node, ...]
    classes: Mapping[str, type]
    arguments: tuple[str, ...]
    defaults: Mapping[str, Any]
    constants: Mapping[str, Any]

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
    )


def maker(field_type: FieldType) -> Callable[..., Field]:
    """Return what makes fields of a type: `INT("reqId")` for `Field(field_types.INT, "reqId")`."""

    def make(path: str = "", **options: Any) -> Field:
        return Field(field_type, path, **options)

    return make


def many(make: Callable[..., Field], prefix: str, names: str, **options: Any) -> tuple[Field, ...]:
    """Return fields of one type: `many(STR, "contract", "symbol secType")`."""
    return tuple(make(f"{prefix}.{name}" if prefix else name, **options) for name in names.split())
