"""The declarations read and written field by field: slow, and exact about where it is.

It is the reference that the compiled functions are tested against, names the field when one of them
fails, and serves whoever wants to see a frame with its names (the wire tap, `decode HEX`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import CodeType
from typing import Any

from ..._value_class import value_class
from ..exceptions import BadFrame, FieldError, quote
from ..schema.canonical import canonical
from ..schema.field_types import CONSTANTS, INT, STR, BadSymbol, FieldType
from ..schema.nodes import (
    Delimited,
    Field,
    Fixed,
    Flags,
    Gate,
    Message,
    MessageVersion,
    Node,
    Present,
    Repeated,
    Request,
    Row,
    Variant,
    When,
    join_parts,
    roots,
    split_parts,
    walk,
)

NEWEST_MESSAGE_VERSION = 10**6  # for a message that carries none: every field is there
Trace = Callable[[str, str, Any], None]


@cache
def _code(expression: str) -> CodeType:
    return compile(expression, f"<{expression}>", "eval")


def evaluate(
    expression: str, values: Mapping[str, Any], constants: Mapping[str, Any] = CONSTANTS
) -> Any:
    """Return what an expression of a declaration gives for a message's values."""
    return eval(_code(expression), {**constants, **values})


def least_fields(nodes: Sequence[Node], server_version: int) -> int:
    """Return the least number of fields that the nodes take. It bounds a count."""
    total = 0
    for node in nodes:
        if node.at(server_version) and not node.message_version and not isinstance(node, When):
            total += 1
    return total


def row_least(row: Row | Variant, server_version: int) -> int:
    if isinstance(row, Variant):
        return 1 + min(least_fields(r.nodes, server_version) for r in row.cases.values())
    return max(1, least_fields(row.nodes, server_version))


def message_version_holds(message_version: int, version: int) -> bool:
    return not message_version or (
        version >= message_version if message_version > 0 else version < -message_version
    )


def join(scope: str, path: str) -> str:
    return f"{scope}.{path}" if scope and path else scope or path


MAX_ROWS = 500_000  # of one list in a frame: more than fit into one of TWS's


@value_class
class Reader:
    """One frame being read: its fields (id first), where it is, and what came of it."""

    message: Message
    server_version: int
    fields: Sequence[str]
    trace: Trace | None = None
    position: int = 1
    version: int = NEWEST_MESSAGE_VERSION
    # find what does not fit, and make no rows where they can be looked through without
    only_check: bool = False

    def run(self) -> dict[str, Any]:
        """Return all values of the message. BadFrame names the field that does not fit."""
        values: dict[str, Any] = dict(self.message.defaults)
        for root in roots(self.message.nodes):
            if root in self.message.classes:
                values[root] = self.message.classes[root]()
        for name in (*roots(self.message.nodes), *self.message.arguments):
            values.setdefault(name, None)
        self.nodes(self.message.nodes, values, "")
        return {name: values[name] for name in self.message.arguments}

    def fail(self, name: str, reason: str) -> BadFrame:
        return BadFrame(self.message.name, name, reason)

    def read_next(self, name: str, field_type: FieldType) -> Any:
        """Return the next field's value."""
        if self.position >= len(self.fields):
            raise self.fail(name, f"missing: the frame has {len(self.fields) - 1} fields")
        text = self.fields[self.position]
        self.position += 1
        try:
            value = field_type.read(text)
        except (ValueError, ArithmeticError) as e:
            raise self.fail(name, f"{quote(text)} is no {field_type.name}") from e
        if self.trace is not None:
            self.trace(name, text, value)
        return value

    def nodes(self, nodes: Sequence[Node], target: object, scope: str) -> None:
        for node in nodes:
            if node.at(self.server_version) and message_version_holds(
                node.message_version, self.version
            ):
                _READ[type(node)](self, node, target, scope)

    def field(self, node: Field, target: object, scope: str) -> None:
        value = self.read_next(join(scope, node.path), node.field_type)
        for path in filter(None, (node.path, node.also)):
            put(target, path, value)

    def message_version(self, node: MessageVersion, target: object, scope: str) -> None:
        if self.message.uses_message_version:
            self.version = self.read_next("version", INT)
        else:
            self.read_next("version", RAW)

    def fixed(self, node: Fixed, target: object, scope: str) -> None:
        text = self.read_next("(not used)", RAW)
        if node.flag and text == "1":
            owner, _, name = node.flag.rpartition(".")
            vars(get(target, owner))[name] = True  # not by setattr, which warns of its use

    def flags(self, node: Flags, target: object, scope: str) -> None:
        put(
            target,
            node.path,
            make_flags(node, self.read_next(join(scope, node.path), INT), self.server_version),
        )

    def delimited(self, node: Delimited, target: object, scope: str) -> None:
        for path, part in zip(
            node.paths, split_parts(self.read_next(join(scope, node.paths[0]), RAW)), strict=False
        ):
            put(target, path, part)

    def when(self, node: When, target: Any, scope: str) -> None:
        if evaluate(node.condition, target, self.message.constants):
            self.nodes(node.nodes, target, scope)

    def present(self, node: Present, target: object, scope: str) -> None:
        if self.read_next(join(scope, node.path), INT):
            inner = node.cls()
            self.nodes(node.nodes, inner, join(scope, node.path))
            put(target, node.path, inner)

    def repeated(self, node: Repeated, target: object, scope: str) -> None:
        name = join(scope, node.path)
        count = self.read_next(f"{name}.count", INT)
        if count == -1 or node.negative_is_none:
            count = max(count, 0)
        if (
            not 0
            <= count
            <= (len(self.fields) - self.position) // row_least(node.row, self.server_version)
        ):
            raise self.fail(
                f"{name}.count",
                f"{count} rows announced, {len(self.fields) - self.position} fields left",
            )
        if count > MAX_ROWS:
            raise self.fail(f"{name}.count", f"{count} rows announced, at most {MAX_ROWS} are read")
        columns = self._columns(node.row) if self.only_check else []
        if columns and self.position + count * len(columns) <= len(self.fields):
            self._check_rows(name, columns, count)
            put(target, node.path, node.container())
            return
        rows = [self._row(node.row, f"{name}[{n}]") for n in range(count)]
        if count or "." not in node.path:
            put(target, node.path, node.container(rows))

    def _columns(self, row: Row | Variant) -> list[Field | Fixed]:
        """Return the fields of a row whose fields are always the same; nothing for another row."""
        if isinstance(row, Variant):
            return []
        nodes = [
            node
            for node in row.nodes
            if node.at(self.server_version)
            and message_version_holds(node.message_version, self.version)
        ]
        columns = [node for node in nodes if isinstance(node, (Field, Fixed))]
        return columns if len(columns) == len(nodes) else []

    def _check_rows(self, name: str, columns: list[Field | Fixed], count: int) -> None:
        """Find the first field that cannot be read, column by column: there may be many rows."""
        begin = self.position
        width = len(columns)
        end = begin + count * width
        first = end
        for at, node in enumerate(columns):
            if not isinstance(node, Field):
                continue
            read = node.field_type.read
            for place in range(begin + at, first, width):
                try:
                    read(self.fields[place])
                except (ValueError, ArithmeticError):
                    first = place
                    break
        if first < end:
            row, at = divmod(first - begin, width)
            node = columns[at]
            assert isinstance(node, Field)
            self.position = first
            self.read_next(join(f"{name}[{row}]", node.path), node.field_type)
        self.position = end

    def _row(self, row: Row | Variant, name: str) -> Any:
        if isinstance(row, Variant):
            tag = self.read_next(join(name, row.attribute), row.tag)
            if tag not in row.cases:
                raise self.fail(join(name, row.attribute), f"{tag} is not known")
            row = row.cases[tag]
        if row.cls is None:
            (only,) = row.nodes
            assert isinstance(only, Field)
            return self.read_next(name, only.field_type)
        made = row.cls()
        self.nodes(row.nodes, made, name)
        return made


RAW = FieldType("text", "{x}", str)

_READ: dict[type, Callable[[Reader, Any, Any, str], None]] = {
    Field: Reader.field,
    MessageVersion: Reader.message_version,
    Fixed: Reader.fixed,
    Flags: Reader.flags,
    Delimited: Reader.delimited,
    When: Reader.when,
    Present: Reader.present,
    Repeated: Reader.repeated,
}


def make_flags(node: Flags, mask: int, server_version: int) -> Any:
    made = node.cls()
    for attribute, bit, since in node.bits:
        if server_version < node.exact_until:
            setattr(made, attribute, mask == bit and not since)
        else:
            setattr(made, attribute, mask & bit != 0 and server_version >= since)
    return made


def put(target: object, path: str, value: object) -> None:
    """Store at a path that starts at a dict of values or at an object."""
    *way, last = path.split(".")
    for step in way:
        target = target[step] if isinstance(target, dict) else getattr(target, step)
    if isinstance(target, dict):
        target[last] = value
    else:
        setattr(target, last, value)


def get(source: object, path: str) -> Any:
    """Return what is at a path, or the whole source for an empty path."""
    for step in path.split(".") if path else ():
        source = source[step] if isinstance(source, dict) else getattr(source, step)
    return source


def read(
    message: Message, server_version: int, fields: Sequence[str], trace: Trace | None = None
) -> dict[str, Any]:
    """Return a frame's values by name.

    `fields` are the frame's texts, the message id first. `trace` gets name, text and value of each
    field.
    """
    return Reader(message, server_version, fields, trace).run()


def check(message: Message, server_version: int, fields: Sequence[str]) -> None:
    """Raise BadFrame for the first field that does not fit, without making values of the others."""
    Reader(message, server_version, fields, only_check=True).run()


def left_over(message: Message, server_version: int, fields: Sequence[str]) -> int:
    """Return how many fields at a frame's end the declaration does not know; 0 if it cannot be
    read.
    """
    reader = Reader(message, server_version, fields)
    try:
        reader.run()
    except BadFrame:
        return 0
    return len(fields) - reader.position


@value_class
class Writer:
    """One message being written. `server_side`: it is TWS's, which may send more than a client."""

    message: Message
    server_version: int
    server_side: bool

    def __post_init__(self) -> None:
        self.out: list[str] = []
        self.version = NEWEST_MESSAGE_VERSION

    def run(self, values: Mapping[str, Any]) -> list[str]:
        """Return the texts of the message's fields, without its id.

        FieldError names what cannot be sent.
        """
        self.nodes(self.message.nodes, dict(values), "")
        return self.out

    def write(self, name: str, field_type: FieldType, value: object) -> None:
        write = field_type.tws_write or field_type.write if self.server_side else field_type.write
        try:
            self.out.append(write(value))
        except BadSymbol as e:
            raise FieldError(self.message.name, name, str(e), bad_symbol=True) from e
        except (ValueError, TypeError, ArithmeticError) as e:
            raise FieldError(self.message.name, name, str(e)) from e

    def value(self, source: object, path: str, scope: str) -> Any:
        try:
            return get(source, path)
        except (AttributeError, KeyError, TypeError) as e:
            raise FieldError(self.message.name, join(scope, path), f"missing ({e})") from e

    def nodes(self, nodes: Sequence[Node], source: object, scope: str) -> None:
        for node in nodes:
            if node.at(self.server_version) and message_version_holds(
                node.message_version, self.version
            ):
                _WRITE[type(node)](self, node, source, scope)

    def field(self, node: Field, source: object, scope: str) -> None:
        self.write(join(scope, node.path), node.field_type, self.value(source, node.path, scope))

    def message_version(self, node: MessageVersion, source: object, scope: str) -> None:
        self.version = node.latest
        self.out.append(str(node.latest))

    def fixed(self, node: Fixed, source: object, scope: str) -> None:
        try:
            self.out.append(
                str(
                    evaluate(
                        node.written,
                        source if isinstance(source, Mapping) else {},
                        self.message.constants,
                    )
                )
            )
        except TypeError as e:
            raise FieldError(self.message.name, join(scope, node.written), str(e)) from e

    def flags(self, node: Flags, source: object, scope: str) -> None:
        self.out.append(
            str(flags_mask(node, self.value(source, node.path, scope), self.server_version))
        )

    def delimited(self, node: Delimited, source: object, scope: str) -> None:
        parts = [self.value(source, path, scope) for path in node.paths]
        self.write(join(scope, node.paths[0]), STR, join_parts(*parts))

    def when(self, node: When, source: Any, scope: str) -> None:
        if evaluate(node.condition, source, self.message.constants):
            self.nodes(node.nodes, source, scope)

    def present(self, node: Present, source: object, scope: str) -> None:
        inner = self.value(source, node.path, scope)
        self.out.append("1" if inner else "0")
        if inner:
            self.nodes(node.nodes, inner, join(scope, node.path))

    def repeated(self, node: Repeated, source: object, scope: str) -> None:
        name = join(scope, node.path)
        rows = self.value(source, node.path, scope) or ()
        try:
            if isinstance(rows, str):
                raise TypeError
            self.out.append(str(len(rows)))
        except TypeError as e:
            raise FieldError(self.message.name, name, f"{quote(rows)} is not a list") from e
        for n, item in enumerate(sorted(rows) if isinstance(rows, (set, frozenset)) else rows):
            self._row(node.row, item, f"{name}[{n}]")

    def _row(self, row: Row | Variant, item: object, name: str) -> None:
        if isinstance(row, Variant):
            tag = self.value(item, row.attribute, name)
            case = next((case for known, case in row.cases.items() if known == tag), None)
            if case is None:
                raise FieldError(
                    self.message.name, join(name, row.attribute), f"{quote(tag)} is not known"
                )
            self.write(join(name, row.attribute), row.tag, tag)
            row = case
        self.nodes(row.nodes, item, name)


_WRITE: dict[type, Callable[[Writer, Any, Any, str], None]] = {
    Field: Writer.field,
    MessageVersion: Writer.message_version,
    Fixed: Writer.fixed,
    Flags: Writer.flags,
    Delimited: Writer.delimited,
    When: Writer.when,
    Present: Writer.present,
    Repeated: Writer.repeated,
}


def flags_mask(node: Flags, flags: object, server_version: int) -> int:
    """Return the int that carries the flags."""
    return sum(
        bit
        for attribute, bit, since in node.bits
        if server_version >= since and getattr(flags, attribute)
    )


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
