"""The fields of IB's Protocol Buffers messages, as the table has them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from .protobuf_table import TABLE

# A map is on the wire a list of pairs. As such it is described: a map would not keep the order that
# they came in.
PAIR = "Pair"


class SchemaField(NamedTuple):
    """A field of a message: `type_name` is a scalar's name, "map", or another message's name."""

    number: int
    name: str
    type_name: str
    repeated: bool


@cache
def schema() -> dict[str, tuple[SchemaField, ...]]:
    """Return the fields of all messages, by the message's name."""
    found = {}
    for entry in TABLE.replace("\n  ", " ").strip().splitlines():
        name, _, fields = entry.partition(":")
        found[name] = tuple(_field(text) for text in fields.split(",") if text.strip())
    return found


@cache
def fields_of(message: str) -> dict[str, SchemaField]:
    """Return a message's fields by name."""
    return {one.name: one for one in schema()[message]}


def field_at(message: str, path: str) -> SchemaField:
    """Return a field by its path from a message. KeyError: there is none."""
    head, _, rest = path.partition(".")
    found = fields_of(message)[head]
    return field_at(found.type_name, rest) if rest else found


def _field(text: str) -> SchemaField:
    number, name, kind = text.split()
    return SchemaField(int(number), name, kind.removesuffix("*"), kind.endswith("*"))
