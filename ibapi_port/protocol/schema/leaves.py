"""The nodes of a declaration that stand for one field, and what all nodes are.

A node is one class: it says how it is read and written as text (compiled, and field by field) and
as Protocol Buffers, and how it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from itertools import takewhile
from typing import Any, NamedTuple

from ..._value_class import field, value_class
from ...const import NO_VALID_ID
from ..exceptions import FieldError
from .field_types import INT, STR, FieldType
from .source import WireReading, WireWriting
from .text_source import (
    RAW,
    KnownText,
    ReadEmitter,
    Reader,
    WriteEmitter,
    Writer,
    evaluate,
    get,
    join,
    put,
)

EMPTY_IS_UNSET = "empty: unset"
_TYPES = {
    "int, unset when empty": f"int, {EMPTY_IS_UNSET}",
    "float, unset when empty": f"float, {EMPTY_IS_UNSET}",
    "bool or unset": f"bool, {EMPTY_IS_UNSET}",
}  # what the reference calls them


REQUIRED: Any = object()
HOLDS = "holds"
IS_SET = "is set"
NEVER = 10**6  # a server version that never comes


class Group(NamedTuple):
    """Nodes within a node.

    `scope`: the path that theirs begin with; "": they fill what the node is in. `when`: what must
    hold ("{path}": that path); `head`: a line of its own before them; `tag`: the kind of the row
    that they are; `cls`: of the object that they fill.
    """

    nodes: tuple[Node, ...]
    scope: str = ""
    when: str = ""
    head: str = ""
    tag: int | None = None
    cls: type | None = None


@value_class
class Node:
    """What stands at one place of a message.

    `since`, `until`: server versions, [since, until). `message_version`: from this version of
    the message on; when negative, before it. `text`: it is on the text wire. `pb`: the field of
    the Protocol Buffers message, if it has another name than the path ("" if there is none);
    "inner." is the field of that name in the inner message.
    """

    kind = ""  # how the dissector knows it
    is_message_version = False
    least = 1  # fields that it takes at least

    since: int = field(default=0, kw_only=True)
    until: int = field(default=NEVER, kw_only=True)
    message_version: int = field(default=0, kw_only=True)
    text: bool = field(default=True, kw_only=True)
    pb: str | None = field(default=None, kw_only=True)

    def at(self, server_version: int) -> bool:
        """Return whether the node is on the text wire at this server version."""
        return self.text and self.since <= server_version < self.until

    # --- the text wire ---

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        """Emit what reads the node from a frame into the object or the arguments at `scope`."""

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        """Emit what writes the node."""

    def read(self, r: Reader, target: Any, scope: str) -> None:
        """Read the node from a frame, as the function that `emit_read` makes."""

    def write(self, w: Writer, source: Any, scope: str) -> None:
        """Write the node, as the function that `emit_write` makes."""

    # --- for people, and for who walks through a declaration ---

    def paths(self) -> tuple[str, ...]:
        """Return the paths that the node itself fills."""
        path = getattr(self, "path", None)
        return () if path is None else (path,)

    def groups(self) -> tuple[Group, ...]:
        """Return the nodes within."""
        return ()

    def tag_path(self) -> str:
        """Return the path of the field that tells which group a row is, or ""."""
        return ""

    def type_name(self) -> str:
        """Return the type of the node's own field."""
        return "int"

    def shown(self, server_version: int) -> str:
        """Return the node's own field at a server version, in a line."""
        return ""

    def described(self, since: int, until: int) -> tuple[str, str] | None:
        """Return path and type of the node's own field, as the reference has them."""
        return None

    # --- Protocol Buffers ---

    def wire_path(self) -> str:
        """Return the path of the field in the Protocol Buffers message, or ""."""
        path: str = getattr(self, "path", "")
        if self.pb is None:
            return path
        return self.pb + path.rpartition(".")[2] if self.pb.endswith(".") else self.pb

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        """Return whether the node has a field of its own in the Protocol Buffers message.

        What is within an argument that is an object is not a field of the message: it is one of
        the object's.
        """
        return False

    def needed(self) -> tuple[str, ...]:
        """Return the inner messages without which a message makes no callback."""
        inner, dot, _ = self.wire_path().partition(".")
        return (inner,) if dot else ()

    def conditional_roots(self) -> tuple[str, ...]:
        """Return the arguments that are read only if a condition holds."""
        return ()

    def read_wire(self, e: WireReading) -> None:
        """Emit what reads the node's values from a Protocol Buffers message."""

    def write_wire(self, e: WireWriting) -> None:
        """Emit what sets the node's fields of a Protocol Buffers message."""


@value_class
class Field(Node):
    """One value: `path` is an argument or an attribute; "" in a repeated group: the row itself.

    default: an argument's value where the field is not on the wire. also: a second place that gets
    the value read. needs: what error 503 calls the value when it is set and the server is older
    than `since`; has_request_id: that error goes to the request's id (else to -1); when_set: what
    "set" means, if not `field_type.is_set`. absent: what is read of a Protocol Buffers field that
    is not set, if not what the type says.
    """

    kind = "field"

    field_type: FieldType
    path: str
    default: Any = field(default=REQUIRED, kw_only=True)
    also: str = field(default="", kw_only=True)
    needs: str = field(default="", kw_only=True)
    has_request_id: bool = field(default=True, kw_only=True)
    when_set: str = field(default="", kw_only=True)
    absent: Any = field(default=REQUIRED, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return bool(self.pb or (self.pb is None and self.path.partition(".")[0] not in objects))

    def read_wire(self, e: WireReading) -> None:
        e.assign(self.path, e.value(self.field_type, self.wire_path(), self.if_absent()))
        if self.also and not e.server_side:
            root, _, attribute = self.also.partition(".")
            e.source.emit(f"if not m.{root}.HasField({attribute!r}):")
            e.source.emit(f"    {self.also} = {self.path}")

    def write_wire(self, e: WireWriting) -> None:
        e.write(self.wire_path(), self.path, self.field_type, self.if_absent())

    def if_absent(self) -> Any:
        """Return what a client reads of a Protocol Buffers field that is not set."""
        if self.absent is not REQUIRED:
            return self.absent
        return NO_VALID_ID if self.wire_path() == "reqId" else self.field_type.absent

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        targets = [join(scope, path) for path in (self.path, self.also) if path]
        e.source.emit(" = ".join([*(targets or [scope]), e.value(self.field_type)]))

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        e.field(self, scope)

    def read(self, r: Reader, target: Any, scope: str) -> None:
        value = r.read_next(join(scope, self.path), self.field_type)
        for path in filter(None, (self.path, self.also)):
            put(target, path, value)

    def write(self, w: Writer, source: Any, scope: str) -> None:
        w.write(join(scope, self.path), self.field_type, w.value(source, self.path, scope))

    def type_name(self) -> str:
        return self.field_type.name

    def shown(self, server_version: int) -> str:
        return f"{self.path or 'value'}: {self.field_type.name}"

    def described(self, since: int, until: int) -> tuple[str, str]:
        return self.path, _TYPES.get(self.field_type.name, self.field_type.name)


@value_class
class MessageVersion(Node):
    """The message's own version: read for the `message_version` conditions, written as `latest`.

    Where it is absent they all hold.
    """

    kind = "version"
    is_message_version = True

    latest: int

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        text = e.read_next()
        if e.message.uses_message_version:
            e.source.emit(f"version = known_ints[{text}]")
        else:
            e.unread = text

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        e.version = self.latest
        e.pending.append(KnownText(self.latest))

    def read(self, r: Reader, target: Any, scope: str) -> None:
        if r.message.uses_message_version:
            r.version = r.read_next("version", INT)
        else:
            r.read_next("version", RAW)

    def write(self, w: Writer, source: Any, scope: str) -> None:
        w.version = self.latest
        w.out.append(str(self.latest))

    def shown(self, server_version: int) -> str:
        return f"own version: {self.latest}"

    def described(self, since: int, until: int) -> tuple[str, str]:
        return "version", f"int: the message's own version, {self.latest}"


@value_class
class Fixed(Node):
    """A field that carries nothing for us: written as the value of an expression, not looked at
    when read. `flag`: an ignored attribute that becomes True where another client has written a 1.
    """

    kind = "fixed"

    written: str = "''"
    flag: str = ""

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        text = e.read_next()
        if self.flag:
            owner, _, name = join(scope, self.flag).rpartition(".")
            e.source.emit(f"if {text} == '1': vars({owner})[{name!r}] = True")
        else:
            e.unread = text

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        known = not e.unknown(self.written)
        e.pending.append(
            KnownText(eval(self.written, e.source.names)) if known else f"str({self.written})"
        )

    def read(self, r: Reader, target: Any, scope: str) -> None:
        text = r.read_next("(not used)", RAW)
        if self.flag and text == "1":
            owner, _, name = self.flag.rpartition(".")
            vars(get(target, owner))[name] = True  # not by setattr, which warns of its use

    def write(self, w: Writer, source: Any, scope: str) -> None:
        values = source if isinstance(source, Mapping) else {}
        try:
            w.out.append(str(evaluate(self.written, values, w.message.constants)))
        except TypeError as e:
            raise FieldError(w.message.name, join(scope, self.written), str(e)) from e

    def shown(self, server_version: int) -> str:
        return f"(not used): {self.written}"

    def described(self, since: int, until: int) -> tuple[str, str]:
        text = self.written.strip("'\"") if self.written != "''" else "empty"
        return "(not used)", f"always {text}"


@value_class
class Flags(Node):
    """An int whose bits fill the bool attributes of a new object at `path`.

    Before `exact_until` the one bit is the whole int.
    """

    kind = "field"

    path: str
    cls: type
    bits: tuple[tuple[str, int, int], ...]  # attribute, mask, since server version
    exact_until: int = 0
    absent: int = field(default=0, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return self.path.partition(".")[0] not in objects

    def read_wire(self, e: WireReading) -> None:
        place = e.place(self.wire_path())
        if place.type_name != "int32":  # a message of flags
            e.assign(self.path, f"{e.object_reader(place.type_name)}({place.value})")
            return
        absent = e.named(self.absent)
        e.assign(self.path, "")
        e.source.emit(f"mask = t if (t := {place.value}) or {place.is_set} else {absent}")
        values = (f"mask & {mask} != 0" for mask in self._masks())
        cls = e.source.constant(self.cls.__name__, self.cls)
        e.source.emit(f"{self.path} = {cls}({', '.join(values)})")

    def _masks(self) -> list[int]:
        """Return the bits of the attributes, in the order of the class."""
        bits = {attribute: mask for attribute, mask, _ in self.bits}
        return [bits[one.name] for one in fields(self.cls)]

    def write_wire(self, e: WireWriting) -> None:
        place = e.place(self.wire_path())
        if place.type_name != "int32":
            e.write_object(place, self.path)
            return
        bits = (f"{bit} * bool({self.path}.{attribute})" for attribute, bit, _ in self.bits)
        e.source.emit(f"{place.value} = {' + '.join(bits)}")

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        exact = e.server_version < self.exact_until
        cls = e.source.constant(self.cls.__name__, self.cls)
        bits = [(name, bit) for name, bit, since in self.bits if e.server_version >= since]
        values = [f"mask == {bit}" if exact else f"mask & {bit} != 0" for _, bit in bits]
        names = [name for name, _ in bits]
        # positions cost half as much as names
        if names != [one.name for one in fields(self.cls)][: len(names)]:
            values = [f"{name}={value}" for name, value in zip(names, values, strict=True)]
        e.source.emit(f"mask = known_ints[{e.read_next()}]")
        e.source.emit(f"{join(scope, self.path)} = {cls}({', '.join(values)})")

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        path = join(scope, self.path)
        bits = [
            f"{bit} * bool({path}.{attribute})"
            for attribute, bit, since in self.bits
            if e.server_version >= since
        ]
        e.pending.append(f"str({' + '.join(bits)})")

    def read(self, r: Reader, target: Any, scope: str) -> None:
        mask = r.read_next(join(scope, self.path), INT)
        made = self.cls()
        for attribute, bit, since in self.bits:
            if r.server_version < self.exact_until:
                setattr(made, attribute, mask == bit and not since)
            else:
                setattr(made, attribute, mask & bit != 0 and r.server_version >= since)
        put(target, self.path, made)

    def write(self, w: Writer, source: Any, scope: str) -> None:
        flags = w.value(source, self.path, scope)
        bits = (
            bit
            for attribute, bit, since in self.bits
            if w.server_version >= since and getattr(flags, attribute)
        )
        w.out.append(str(sum(bits)))

    def shown(self, server_version: int) -> str:
        bits = (f"{name} {mask}" for name, mask, since in self.bits if since <= server_version)
        return f"{self.path}: bits {', '.join(bits)}"

    def described(self, since: int, until: int) -> tuple[str, str]:
        bits = ", ".join(
            f"{mask} {name}" + (f" (since {first})" if first > since else "")
            for name, mask, first in self.bits
            if first < until
        )
        return self.path, f"int with bits: {bits}"


@value_class
class Delimited(Node):
    """A text of several parts, divided by blanks (or hyphens), that fill the paths in turn."""

    kind = "field"

    parts: tuple[str, ...]

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return bool(self.pb)

    def read_wire(self, e: WireReading) -> None:
        e.assign(self.parts[0], "")
        split = e.source.constant("split_parts", split_parts)
        e.source.emit(f"parts = {split}({e.place(self.wire_path()).value})")
        for n, path in enumerate(self.parts):
            e.source.emit(f"if len(parts) > {n}: {path} = parts[{n}]")

    def write_wire(self, e: WireWriting) -> None:
        join = e.source.constant("join_parts", join_parts)
        e.write(self.wire_path(), f"{join}({', '.join(self.parts)})", None)

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        e.source.constant("split_parts", split_parts)
        parts = e.source.local("parts")
        e.source.emit(f"{parts} = split_parts({e.read_next()})")
        for n, path in enumerate(self.parts):
            with e.source.block(f"if len({parts}) > {n}:"):
                e.source.emit(f"{join(scope, path)} = {parts}[{n}]")

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        paths = ", ".join(join(scope, path) for path in self.parts)
        e.write(STR, f"{e.source.constant('join_parts', join_parts)}({paths})")

    def read(self, r: Reader, target: Any, scope: str) -> None:
        text = r.read_next(join(scope, self.parts[0]), RAW)
        for path, part in zip(self.parts, split_parts(text), strict=False):
            put(target, path, part)

    def write(self, w: Writer, source: Any, scope: str) -> None:
        parts = [w.value(source, path, scope) for path in self.parts]
        w.write(join(scope, self.parts[0]), STR, join_parts(*parts))

    def paths(self) -> tuple[str, ...]:
        return self.parts

    def type_name(self) -> str:
        return "text"

    def shown(self, server_version: int) -> str:
        return f"{' '.join(self.parts)}: text in parts"

    def described(self, since: int, until: int) -> tuple[str, str]:
        return self.parts[0], f"text in parts, divided by blanks: {', '.join(self.parts)}"


def split_parts(text: str) -> list[str]:
    """Return the parts of a Delimited field's text."""
    return text.split("-") if "-" in text else text.split()


def join_parts(*parts: Any) -> str:
    """Return the text of a Delimited field.

    Nothing follows an empty part, whose place it would take.
    """
    return " ".join(takewhile(bool, map(str, parts)))
