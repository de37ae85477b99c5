"""The declarations read and written field by field: slow, and exact about where it is.

It is the reference that the compiled functions are tested against, names the field when one of them
fails, and serves whoever wants to see a frame with its names (the wire tap, `decode HEX`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..exceptions import BadFrame
from ..schema.canonical import canonical
from ..schema.nodes import Field, Gate, Message, Request, roots, walk
from ..schema.text_source import Reader, Trace, Writer


def _run(reader: Reader) -> dict[str, Any]:
    """Return all values of the message. BadFrame names the field that does not fit."""
    message: Message = reader.message
    values: dict[str, Any] = dict(message.defaults)
    for root in roots(message.nodes):
        if root in message.classes:
            values[root] = message.classes[root]()
    for name in (*roots(message.nodes), *message.arguments):
        values.setdefault(name, None)
    reader.nodes(message.nodes, values, "")
    return {name: values[name] for name in message.arguments}


def read(
    message: Message, server_version: int, fields: Sequence[str], trace: Trace | None = None
) -> dict[str, Any]:
    """Return a frame's values by name.

    `fields` are the frame's texts, the message id first. `trace` gets name, text and value of each
    field.
    """
    return _run(Reader(message, server_version, fields, trace))


def check(message: Message, server_version: int, fields: Sequence[str]) -> None:
    """Raise BadFrame for the first field that does not fit, without making values of the others."""
    _run(Reader(message, server_version, fields, only_check=True))


def left_over(message: Message, server_version: int, fields: Sequence[str]) -> int:
    """Return how many fields at a frame's end the declaration does not know; 0 if it cannot be
    read.
    """
    reader = Reader(message, server_version, fields)
    try:
        _run(reader)
    except BadFrame:
        return 0
    return len(fields) - reader.position


def write(
    message: Message, server_version: int, values: Mapping[str, Any], *, server_side: bool
) -> list[str]:
    """Return the texts of a message's fields, without its id."""
    given = {**message.defaults, **values}
    if isinstance(message, Request) and not server_side:
        given = dict(
            zip(
                message.arguments,
                canonical(message, server_version, [given[name] for name in message.arguments]),
                strict=True,
            )
        )
    return Writer(message, server_version, server_side).run(given)


def gates(request: Request, server_version: int) -> list[Gate]:
    """Return what this server version refuses of a request, in the order in which it is checked."""
    found = []
    if request.since > server_version:
        found.append(
            Gate(
                "True",
                f"It does not support {request.needs}.",
                has_request_id=request.has_request_id,
            )
        )
    found += [gate for gate in request.gates if gate.since <= server_version < gate.below]
    for node in walk(request.nodes):
        told = node.text or request.pb_at(server_version) is not None
        if isinstance(node, Field) and node.needs and told and server_version < node.since:
            found.append(
                Gate(
                    node.when_set or node.field_type.is_set.format(x=node.path),
                    f"It does not support {node.needs}.",
                    has_request_id=node.has_request_id,
                    path=node.path,
                )
            )
    return found
