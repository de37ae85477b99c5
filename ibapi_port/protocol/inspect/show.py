"""What the declarations say, for people: sources, lists, differences of versions, frames."""

from __future__ import annotations

from collections.abc import Iterator

from ..exceptions import BadFrame
from ..framing import LENGTH
from ..protobuf import available
from ..protobuf import compiler as protobuf_compiler
from ..protobuf.classes import schema
from ..schema.messages import INCOMING, REQUESTS
from ..schema.nodes import Incoming, Message, Node, Request
from ..select import write_request_source
from ..text import compiler
from .decode import UNKNOWN, decode_frame


def find(name: str) -> Message:
    """Return a message or request by name. KeyError is raised if there is none."""
    by_name: dict[str, Message] = {**REQUESTS, **{m.name: m for m in INCOMING.values()}}
    return by_name[name]


def names() -> list[str]:
    """Return the names of all messages and requests."""
    return [*REQUESTS, *(message.name for message in INCOMING.values())]


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
        yield write_request_source(message, server_version)[0]
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
            if shown := node.shown(server_version):
                yield indent + shown + own
            for group in node.groups():
                more = "    "
                if group.head:
                    yield indent + more + group.head + own
                    more += "    "
                for line in layout(group.nodes, server_version, indent + more):
                    yield line + own


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
