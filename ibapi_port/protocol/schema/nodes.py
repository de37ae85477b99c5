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
from .groups import LegPrices, Present, Repeated, Row, SubMessage, Variant, When, new, roots, walk
from .leaves import (
    HOLDS,
    IS_SET,
    NEVER,
    REQUIRED,
    Delimited,
    Field,
    Fixed,
    Flags,
    Group,
    MessageVersion,
    Node,
    join_parts,
    split_parts,
)

__all__ = [
    "HOLDS",
    "IS_SET",
    "NEVER",
    "REQUIRED",
    "Call",
    "Delimited",
    "Field",
    "Fixed",
    "Flags",
    "Gate",
    "Group",
    "Incoming",
    "LegPrices",
    "Message",
    "MessageVersion",
    "Node",
    "Pb",
    "Present",
    "Repeated",
    "Request",
    "Row",
    "SubMessage",
    "Variant",
    "When",
    "incoming",
    "join_parts",
    "maker",
    "many",
    "new",
    "request",
    "roots",
    "since",
    "since_message_version",
    "split_parts",
    "walk",
]


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


ID_ARGUMENTS = ("reqId", "orderId", "tickerId")

AnyNode = TypeVar("AnyNode", bound=Node)


def since(version: int, *nodes: AnyNode, until: int = NEVER) -> tuple[AnyNode, ...]:
    """Return the nodes, all there only from this server version on."""
    return tuple(
        replace(node, since=max(version, node.since), until=min(until, node.until))
        for node in nodes
    )


def since_message_version(version: int, *nodes: AnyNode) -> tuple[AnyNode, ...]:
    """Return the nodes, all there only from this version of the message on."""
    return tuple(replace(node, message_version=version) for node in nodes)


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
