"""The types of `ibapi_port.protobuf` for type checkers: one stub for each module, made from the
table of messages. `python tests/protobuf/stubs.py` writes them anew after the table has changed.
"""

from __future__ import annotations

from pathlib import Path

import ibapi_port
from ibapi_port.protocol.protobuf.classes import SchemaField, schema
from ibapi_port.protocol.protobuf.public_classes import inner_messages

FOLDER = Path(ibapi_port.__file__).parent / "protobuf"
ALL = "_all.pyi"
SCALARS = {"int32": "int", "int64": "int", "double": "float", "bool": "bool", "string": "str"}
CONTAINERS = "google.protobuf.internal.containers"


def stubs() -> dict[str, str]:
    """Return the text of each stub, by its file's name."""
    found = {f"{message}_pb2.pyi": stub(message) for message in schema()}
    found[ALL] = "# ruff: noqa: I001 - in the order of the table\n" + "".join(map(_again, schema()))
    return found


def _again(name: str) -> str:
    line = f"from .{name}_pb2 import {name} as {name}\n"
    return line if len(line) <= 101 else f"from .{name}_pb2 import (\n    {name} as {name},\n)\n"


def stub(message: str) -> str:
    """Return the stub of a message's module."""
    fields = schema()[message]
    outside = ["from google.protobuf.descriptor import FileDescriptor\n"]
    containers = sorted({name for one in fields if (name := container(one))})
    if containers:
        outside.append(f"from {CONTAINERS} import {', '.join(containers)}\n")
    outside.append("from google.protobuf.message import Message\n")
    if len(containers) > 1:
        outside[1] = f"from {CONTAINERS} import (\n" + "".join(
            f"    {name},\n" for name in containers
        )
        outside[1] += ")\n"
    given = sorted(name for one in fields if (name := argument(one).partition("[")[0]) in ABSTRACT)
    if given:
        outside.insert(0, f"from collections.abc import {', '.join(sorted(set(given)))}\n\n")
    inner = sorted(inner_messages(message))
    ours = "".join(f"from .{name}_pb2 import {name}\n" for name in inner)
    head = "".join(outside) + (f"\n{ours}" if ours else "")
    return f"{head}\nDESCRIPTOR: FileDescriptor\n\n{body(message, fields)}"


ABSTRACT = ("Iterable", "Mapping")


def container(field: SchemaField) -> str:
    """Return the class of a repeated field or of a map; "" for a single value."""
    if field.type_name == "map":
        return "ScalarMap"
    if field.repeated:
        of_scalars = field.type_name in SCALARS
        return "RepeatedScalarFieldContainer" if of_scalars else "RepeatedCompositeFieldContainer"
    return ""


def argument(field: SchemaField) -> str:
    """Return the type of a field's value as the constructor takes it."""
    one = SCALARS.get(field.type_name, field.type_name)
    if field.type_name == "map":
        return "Mapping[str, str]"
    return f"Iterable[{one}]" if field.repeated else one


def body(message: str, fields: tuple[SchemaField, ...]) -> str:
    """Return the class of a message."""
    if not fields:
        return f"class {message}(Message):\n    def __init__(self) -> None: ...\n"
    lines = [f"class {message}(Message):"]
    for one in fields:
        many, scalar = container(one), SCALARS.get(one.type_name)
        if scalar and not many:
            lines.append(f"    {one.name}: {scalar}")
            continue
        kept = scalar or one.type_name
        if many:
            kept = f"{many}[str, str]" if one.type_name == "map" else f"{many}[{kept}]"
        line = f"    def {one.name}(self) -> {kept}: ..."
        if len(line) > 100:
            line = f"    def {one.name}(\n        self,\n    ) -> {kept}: ..."
        lines += ["    @property", line]
    lines += ["    def __init__(", "        self,", "        *,"]
    lines += [f"        {one.name}: {argument(one)} | None = None," for one in fields]
    lines.append("    ) -> None: ...")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name, text in stubs().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
