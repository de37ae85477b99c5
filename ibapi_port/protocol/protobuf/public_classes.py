"""The message classes that programs see, by IB's names: in `ibapi_port.protobuf`, in `...ProtoBuf`
requests and callbacks.

Each is described as in IB's own files (file `Contract.proto`, message `protobuf.Contract`), in a
descriptor pool of its own. On the wire they are what the codec's classes are; a map is a map here,
and a list of pairs there, which keeps the order of the pairs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from .classes import SCALARS, ProtoMessage, SchemaField, schema

PACKAGE = "protobuf"
MODULES = "ibapi_port.protobuf"  # where the modules are


@cache
def public_class(name: str) -> Any:
    """Return the class of a message. KeyError is raised if there is none of that name."""
    from google.protobuf import message_factory

    made = message_factory.GetMessageClass(file_of(name).message_types_by_name[name])
    made.__module__ = f"{MODULES}.{name}_pb2"  # pickles find it there
    return made


@cache
def file_of(name: str) -> Any:
    """Return the descriptor of a message's file, with the files of the messages in it."""
    from google.protobuf import descriptor_pb2

    fields = schema()[name]
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{name}.proto", package=PACKAGE, syntax="proto3"
    )
    for inner in inner_messages(name):
        file.dependency.append(file_of(inner).name)
    message = file.message_type.add(name=name)
    for field in fields:
        _describe(message, field)
    pool = _pool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindFileByName(file.name)


def inner_messages(name: str) -> list[str]:
    """Return the other messages that a message has fields of, each once."""
    return list(
        dict.fromkeys(field.type_name for field in schema()[name] if field.type_name in schema())
    )


@cache
def _pool() -> Any:
    from google.protobuf import descriptor_pool

    return descriptor_pool.DescriptorPool()


def _describe(message: ProtoMessage, field: SchemaField) -> None:
    described = message.field.add(name=field.name, number=field.number, json_name=field.name)
    many = field.repeated or field.type_name == "map"
    described.label = described.LABEL_REPEATED if many else described.LABEL_OPTIONAL
    if field.type_name in SCALARS:
        described.type = getattr(described, f"TYPE_{field.type_name.upper()}")
    else:
        described.type = described.TYPE_MESSAGE
        described.type_name = (
            f".{PACKAGE}.{field.type_name}" if field.type_name != "map" else _pairs(message, field)
        )
    if not many:
        described.proto3_optional = True
        described.oneof_index = len(message.oneof_decl)
        # this is how proto3 tells a field that is not set from one that is 0
        message.oneof_decl.add(name=f"_{field.name}")


def _pairs(message: ProtoMessage, field: SchemaField) -> str:
    """Describe the pairs of a map from text to text, and return their name."""
    name = f"{field.name[0].upper()}{field.name[1:]}Entry"
    pair = message.nested_type.add(name=name)
    pair.options.map_entry = True
    for number, part in ((1, "key"), (2, "value")):
        described = pair.field.add(name=part, number=number, json_name=part)
        described.label = described.LABEL_OPTIONAL
        described.type = described.TYPE_STRING
    return f".{PACKAGE}.{message.name}.{name}"
