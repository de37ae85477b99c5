"""Message classes made at run time from the field numbers: any maintained release of `protobuf`
will do, none is needed before.

The classes live in a descriptor pool of their own, beside whatever else the process has loaded.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, TypeAlias

from .schema_table import TABLE

# A message: its class is made at run time, so that its fields have no types that mypy could know.
ProtoMessage: TypeAlias = Any


class SchemaField(NamedTuple):
    """A field of a message: `type_name` is a scalar's name, "map", or another message's name."""

    number: int
    name: str
    type_name: str
    repeated: bool


# A map is on the wire a list of pairs. As such it is described: a map would not keep the order that
# they came in.
PAIR = "Pair"
SCALARS = ("int32", "int64", "double", "bool", "string")


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


def _field(text: str) -> SchemaField:
    number, name, kind = text.split()
    return SchemaField(int(number), name, kind.removesuffix("*"), kind.endswith("*"))


@cache
def message_class(name: str) -> Any:
    """Return the class of a message."""
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"ibapi_port.{name}"))


class NotAMessage(ValueError):
    """Bytes are no Protocol Buffers message."""


def parse(name: str, data: bytes) -> Any:
    """Return the message of that name. NotAMessage is raised if the bytes are none."""
    try:
        return message_class(name).FromString(data)
    except Exception as e:  # DecodeError; which module has it depends on the release of `protobuf`
        raise NotAMessage(f"it cannot be parsed ({e or type(e).__name__})") from e


@cache
def _pool() -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool

    file = descriptor_pb2.FileDescriptorProto(
        name="ibapi_port.proto", package="ibapi_port", syntax="proto3"
    )
    pair = (SchemaField(1, "key", "string", False), SchemaField(2, "value", "string", False))
    for name, fields in {**schema(), PAIR: pair}.items():
        message = file.message_type.add(name=name)
        for field in fields:
            _describe(message, field)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _describe(message: ProtoMessage, field: SchemaField) -> None:
    described = message.field.add(name=field.name, number=field.number)
    described.label = (
        described.LABEL_REPEATED
        if field.repeated or field.type_name == "map"
        else described.LABEL_OPTIONAL
    )
    if field.type_name in SCALARS:
        described.type = getattr(described, f"TYPE_{field.type_name.upper()}")
        if not field.repeated:
            described.proto3_optional = True
            described.oneof_index = len(message.oneof_decl)
            # this is how proto3 tells a field that is not set from one that is 0
            message.oneof_decl.add(name=f"_{field.name}")
        return
    described.type = described.TYPE_MESSAGE
    described.type_name = f".ibapi_port.{PAIR if field.type_name == 'map' else field.type_name}"
