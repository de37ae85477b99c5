"""Message classes made at run time from the field numbers: any maintained release of `protobuf`
will do, none is needed before.

The classes live in a descriptor pool of their own, beside whatever else the process has loaded.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

from ..schema.protobuf_fields import PAIR, SchemaField, fields_of, schema
from ..schema.wire_values import SCALARS

__all__ = [
    "PAIR",
    "SCALARS",
    "NotAMessage",
    "ProtoMessage",
    "SchemaField",
    "fields_of",
    "message_class",
    "parse",
    "schema",
]

# A message: its class is made at run time, so that its fields have no types that mypy could know.
ProtoMessage: TypeAlias = Any


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
