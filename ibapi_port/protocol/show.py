"""What the declarations say, for people: sources, lists, differences between versions, frames with names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from . import codegen, interpret
from .codec import codec_for
from .exceptions import BadFrame, ProtocolError
from .fields import Field, Fixed, Flags, Incoming, Message, Node, Own, Present, Repeated, Request, Row, Split, Variant, When
from .framing import LENGTH
from .messages import INCOMING, REQUESTS


def find(name: str) -> Message:
    """A message or request by name. KeyError where there is none."""
    by_name: dict[str, Message] = {**REQUESTS, **{m.name: m for m in INCOMING.values()}}
    return by_name[name]


def sources(message: Message, server_version: int) -> Iterator[str]:
    """The compiled functions of a message at a server version: the client's and the simulated TWS's."""
    if isinstance(message, Incoming):
        yield codegen.deliver_source(message, server_version)[0]
        yield codegen.write_source(message, server_version, tws=True)[0]
    elif isinstance(message, Request):
        yield codegen.check_source(message, server_version)[0]
        yield codegen.write_source(message, server_version, tws=False)[0]
        yield codegen.read_source(message, server_version)[0]


def all_messages() -> Iterator[str]:
    """One line a message: direction, id, name, arguments."""
    for message in sorted(INCOMING.values(), key=lambda m: m.msg_id):
        yield f"in  {message.msg_id:>3} {message.name}({', '.join(message.arguments)})"
    for request in sorted(REQUESTS.values(), key=lambda r: r.msg_id):
        since = f"  since {request.since}" if request.since else ""
        yield f"out {request.msg_id:>3} {request.name}({', '.join(request.arguments)}){since}"


def layout(nodes: tuple[Node, ...], server_version: int, indent: str = "") -> Iterator[str]:
    """The fields of a layout at a server version, a line each."""
    for node in nodes:
        if node.at(server_version):
            own = f"  [own version {'>=' if node.own > 0 else '<'} {abs(node.own)}]" if node.own else ""
            for line in _LINES[type(node)](node, server_version):
                yield indent + line + own


def _inner(nodes: tuple[Node, ...], server_version: int) -> Iterator[str]:
    return layout(nodes, server_version, "    ")


def _field(node: Field, server_version: int) -> Iterator[str]:
    yield f"{node.path or 'value'}: {node.kind.name}"


def _own(node: Own, server_version: int) -> Iterator[str]:
    yield f"own version: {node.latest}"


def _fixed(node: Fixed, server_version: int) -> Iterator[str]:
    yield f"(not used): {node.written}"


def _flags(node: Flags, server_version: int) -> Iterator[str]:
    bits = ", ".join(f"{attribute} {mask}" for attribute, mask, since in node.bits if since <= server_version)
    yield f"{node.path}: bits {bits}"


def _split(node: Split, server_version: int) -> Iterator[str]:
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
    Own: _own,
    Fixed: _fixed,
    Flags: _flags,
    Split: _split,
    When: _when,
    Present: _present,
    Repeated: _repeated,
}


def differences(older: int, newer: int) -> Iterator[str]:
    """What changed on the wire from one server version to another: fields come (+) and gone (-), requests that are new."""
    messages: list[Message] = [*INCOMING.values(), *REQUESTS.values()]
    for message in messages:
        before, now = (list(layout(message.nodes, version)) for version in (older, newer))
        if isinstance(message, Request) and older < message.since <= newer:
            yield f"{message.name}: new"
        elif before != now:
            yield f"{message.name}:"
            yield from (f"  - {line.strip()}" for line in before if line not in now)
            yield from (f"  + {line.strip()}" for line in now if line not in before)


def named_fields(data: bytes, server_version: int, *, from_client: bool) -> Iterator[str]:
    """A frame field by field, with the names that its message gives them. `data` with or without its length."""
    if len(data) >= 4 and LENGTH.unpack_from(data)[0] == len(data) - LENGTH.size:
        data = data[LENGTH.size :]
    messages: dict[str, Message] = {str(r.msg_id): r for r in REQUESTS.values()} if from_client else {**INCOMING}
    fields = codec_for(server_version).fields(data, messages)
    message = messages.get(fields[0])
    if message is None:
        raise BadFrame("frame", "message id", f"{fields[0]} is unknown")
    yield f"{message.name} ({fields[0]}) at server version {server_version}"
    lines: list[str] = []
    failure: ProtocolError | None = None
    try:
        interpret.read(message, server_version, fields, lambda name, text, value: lines.append(f"  {name} = {value!r}  <- {text!r}"))
    except BadFrame as e:
        failure = e
    yield from lines
    if failure is not None:
        yield f"  does not fit: {failure}"
    elif len(lines) < len(fields) - 1:
        yield f"  and {len(fields) - 1 - len(lines)} more: {fields[1 + len(lines) :]}"
