"""The source of what writes a request without objects, and what it has in common with `fast_path`,
which writes the others.

That one makes an order first, which startApi, with which a connection begins, does not need.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..schema import field_types
from ..schema.canonical import argument_type
from ..schema.field_types import FieldType
from ..schema.nodes import Node, Request, When
from ..schema.source import Source, paths_in
from ..schema.text_source import NEWEST_MESSAGE_VERSION, WriteEmitter, message_version_holds
from .compiler import write_function
from .interpreter import gates

PLAIN_TESTS: dict[FieldType, str] = {
    field_types.STR: "(type({x}) is str and {x}.isprintable())",
    field_types.BOOL: "({x} is False or {x} is True)",
    field_types.TRISTATE: "({x} is None or {x} is False or {x} is True)",
    field_types.LONG: "(type({x}) is int and -(2**63) <= {x} < 2**63)",
    **dict.fromkeys(
        (field_types.INT, field_types.INT_UNSET, field_types.INT_DIGITS),
        "(type({x}) is int and -(2**31) <= {x} < 2**31)",
    ),
    **dict.fromkeys(
        (
            field_types.FLOAT,
            field_types.FLOAT_UNSET,
            field_types.INFINITE,
            field_types.INFINITE_UNSET,
        ),
        "(type({x}) is float and {x} - {x} == 0)",
    ),
}  # what holds of a plain value `x`


def write_request_source(
    request: Request, server_version: int, *, guarded: bool = True
) -> tuple[str, dict[str, Any]]:
    """Return the source of a request's `write(...)`, and its names.

    If it is `guarded`, it returns None where it cannot tell that all values are as they should be:
    those that are not on the wire, and those that conditions look at.
    """
    source = Source(request.constants)
    if guarded:
        for _, test in argument_tests(request, server_version):
            emit_test(source, test)
        for gate in gates(request, server_version):
            emit_test(source, f"not ({gate.when})")
    WriteEmitter(request, server_version, source, server_side=False).run()
    return write_function(request, source)


def emit_test(source: Source, test: str) -> None:
    """Emit a return of None where a test does not hold."""
    source.emit(f"if not ({test}):")
    source.emit("    return None")


def argument_tests(request: Request, server_version: int) -> Iterator[tuple[str, str]]:
    """Yield what must hold of the arguments that conditions look at and that are one value each,
    with their names.
    """
    looked_at = names_looked_at(request, server_version)
    for name in request.arguments:
        if name in looked_at and name not in request.classes:
            field_type = argument_type(request, name)
            if field_type in PLAIN_TESTS:
                yield name, PLAIN_TESTS[field_type].format(x=name)


def names_looked_at(request: Request, server_version: int) -> set[str]:
    """Return the arguments and attributes that a request's conditions look at."""
    conditions = [
        node.condition
        for node in request.nodes
        if isinstance(node, When) and is_there(node, server_version)
    ]
    conditions += [gate.when for gate in gates(request, server_version)]
    paths = {path for condition in conditions for path in paths_in(condition)}
    return paths | {path.partition(".")[0] for path in paths}


def is_there(node: Node, server_version: int) -> bool:
    """Return whether a node of a request is on the wire."""
    return node.at(server_version) and message_version_holds(
        node.message_version, NEWEST_MESSAGE_VERSION
    )
