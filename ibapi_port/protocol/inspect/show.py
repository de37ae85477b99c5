"""What the declarations say, for people: sources, lists, differences of versions, frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..exceptions import BadFrame
from ..framing import LENGTH
from ..protobuf import available
from ..protobuf import compiler as protobuf_compiler
from ..protobuf.classes import schema
from ..schema.messages import INCOMING, REQUESTS
from ..schema.nodes import (
    Delimited,
    Field,
    Fixed,
    Flags,
    Incoming,
    Message,
    MessageVersion,
    Node,
    Present,
    Repeated,
    Request,
    Row,
    Variant,
    When,
)
from ..text import compiler, fast_path
from .decode import UNKNOWN, decode_frame


def find(name: str) -> Message:
    """Return a message or request by name. KeyError is raised if there is none."""
    by_name: dict[str, Message] = {**REQUESTS, **{m.name: m for m in INCOMING.values()}}
    return by_name[name]


def sources(message: Message, server_version: int) -> Iterator[str]:
    """Yield the compiled functions of a message at a server version, of the client and of the
    simulated TWS.

    For a Protocol Buffers message they are there if `protobuf` is installed, and the message's
    fields follow.
    """
    turned = protobuf_message(message, server_version)
    if isinstance(message, Request):
        yield compiler.check_source(message, server_version)[0]
    if turned:
        if available():
            yield from _protobuf_sources(message, server_version)
        yield "\n".join(
            [f"# Protocol Buffers: {turned}", *(f"#   {line}" for line in _schema_lines(turned))]
        )
    elif isinstance(message, Incoming):
        yield compiler.deliver_source(message, server_version)[0]
        yield compiler.write_source(message, server_version, server_side=True)[0]
    elif isinstance(message, Request):
        yield fast_path.write_request_source(message, server_version)[0]
        yield compiler.read_source(message, server_version)[0]


def protobuf_message(message: Message, server_version: int) -> str:
    """Return the Protocol Buffers message that a message is at a server version, or "" for text."""
    turned = message.pb_at(server_version)
    return turned.message if turned is not None else ""


def _protobuf_sources(message: Message, server_version: int) -> Iterator[str]:
    if isinstance(message, Incoming):
        yield protobuf_compiler.deliver_source(message, server_version, raw=False)[0]
    else:
        yield protobuf_compiler.read_source(message, server_version)[0]
    yield protobuf_compiler.write_source(message, server_version)[0]


def _schema_lines(name: str, indent: str = "") -> Iterator[str]:
    for one in schema()[name]:
        repeated = ", repeated" if one.repeated else ""
        yield f"{indent}{one.number} {one.name}: {one.type_name}{repeated}"


def all_messages() -> Iterator[str]:
    """Yield a line for each message: direction, id, name, arguments."""
    for message in sorted(INCOMING.values(), key=lambda m: m.msg_id):
        yield f"in  {message.msg_id:>3} {message.name}({', '.join(message.arguments)})"
    for request in sorted(REQUESTS.values(), key=lambda r: r.msg_id):
        since = f"  since {request.since}" if request.since else ""
        yield f"out {request.msg_id:>3} {request.name}({', '.join(request.arguments)}){since}"


def layout(nodes: tuple[Node, ...], server_version: int, indent: str = "") -> Iterator[str]:
    """Yield the fields of a layout at a server version, a line each."""
    for node in nodes:
        if node.at(server_version):
            own = (
                f"  [own version {'>=' if node.message_version > 0 else '<'} "
                f"{abs(node.message_version)}]"
                if node.message_version
                else ""
            )
            for line in _LINES[type(node)](node, server_version):
                yield indent + line + own


def _inner(nodes: tuple[Node, ...], server_version: int) -> Iterator[str]:
    return layout(nodes, server_version, "    ")


def _field(node: Field, server_version: int) -> Iterator[str]:
    yield f"{node.path or 'value'}: {node.field_type.name}"


def _message_version(node: MessageVersion, server_version: int) -> Iterator[str]:
    yield f"own version: {node.latest}"


def _fixed(node: Fixed, server_version: int) -> Iterator[str]:
    yield f"(not used): {node.written}"


def _flags(node: Flags, server_version: int) -> Iterator[str]:
    bits = ", ".join(
        f"{attribute} {mask}" for attribute, mask, since in node.bits if since <= server_version
    )
    yield f"{node.path}: bits {bits}"


def _split(node: Delimited, server_version: int) -> Iterator[str]:
    yield f"{' '.join(node.paths)}: text in parts"


def _when(node: When, server_version: int) -> Iterator[str]:
    yield f"if {node.condition}:"
    yield from _inner(node.nodes, server_version)


def _present(node: Present, server_version: int) -> Iterator[str]:
    yield f"{node.path}: flag, and if set:"
    yield from _inner(node.nodes, server_version)


def _repeated(node: Repeated, server_version: int) -> Iterator[str]:
    yield f"{node.path}: count, and for each:"
    yield from _row(node.row, server_version)


def _row(row: Row | Variant, server_version: int) -> Iterator[str]:
    if isinstance(row, Row):
        yield from _inner(row.nodes, server_version)
        return
    for tag, case in row.cases.items():
        yield f"    {row.attribute} {tag}:"
        yield from layout(case.nodes, server_version, "        ")


_LINES: dict[type, Callable[[Any, int], Iterator[str]]] = {
    Field: _field,
    MessageVersion: _message_version,
    Fixed: _fixed,
    Flags: _flags,
    Delimited: _split,
    When: _when,
    Present: _present,
    Repeated: _repeated,
}


def differences(older: int, newer: int) -> Iterator[str]:
    """Yield what changed on the wire between two server versions: fields gone (-) and come (+), new
    requests.
    """
    messages: list[Message] = [*INCOMING.values(), *REQUESTS.values()]
    for message in messages:
        before, now = (_wire_lines(message, version) for version in (older, newer))
        if isinstance(message, Request) and older < message.since <= newer:
            yield f"{message.name}: new"
        elif before != now:
            yield f"{message.name}:"
            yield from (f"  - {line.strip()}" for line in before if line not in now)
            yield from (f"  + {line.strip()}" for line in now if line not in before)


def _wire_lines(message: Message, server_version: int) -> list[str]:
    """Return the fields of a message at a server version, a line each, or its Protocol Buffers
    message.
    """
    turned = protobuf_message(message, server_version)
    return (
        [f"Protocol Buffers: {turned}"] if turned else list(layout(message.nodes, server_version))
    )


def frame_lines(data: bytes, server_version: int, *, from_client: bool) -> Iterator[str]:
    """Yield a frame field by field, with names. `data` is the frame with or without its length."""
    if len(data) >= 4 and LENGTH.unpack_from(data)[0] == len(data) - LENGTH.size:
        data = data[LENGTH.size :]
    frame = decode_frame(data, server_version, from_client=from_client)
    if frame.name == UNKNOWN:
        raise BadFrame("frame", "message id", f"{frame.msg_id} is unknown")
    encoding = ", Protocol Buffers" if frame.protobuf else ""
    yield f"{frame.name} ({frame.msg_id}) at server version {server_version}{encoding}"
    for path, value, text in frame.fields:
        yield f"  {path} = {value!r}" if frame.protobuf else f"  {path} = {value!r}  <- {text!r}"
    if frame.failure:
        yield f"  does not fit: {frame.failure}"
    elif frame.rest:
        yield f"  and {len(frame.rest)} more: {frame.rest}"
