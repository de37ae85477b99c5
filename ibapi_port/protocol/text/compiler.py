"""The compiler: from a declaration and a server version to the Python functions that read and write
that message.

The functions are straight lines: what a server version decides was decided here, and there is no
loop but over repeated rows. Their source is kept in `linecache` under a speaking name, so that
tracebacks and debuggers show the very line. They keep no account of where they are: when one fails,
`fallback` has the interpreter read the same frame, which names the field.

    read(f)              the values of a frame, by the names of the message's arguments
    deliver(f, w, callback_raised)
                         the same, then the callbacks on the wrapper `w`; if a callback raises with
                         another one still to come, `callback_raised(exception)` is called; the
                         last one's exception comes out
    write(values...)     the fields' texts without the id, as one string, each with its NUL
    check(values...)     NotSupported where the server is too old for a request's values
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..exceptions import NotSupported
from ..schema.field_types import STR, FieldType
from ..schema.nodes import (
    Call,
    Delimited,
    Field,
    Fixed,
    Flags,
    Incoming,
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
    paths_in,
    paths_of,
    roots,
    split_parts,
)
from ..schema.source import Source
from .fallback import read_again
from .interpreter import (
    MAX_ROWS,
    NEWEST_MESSAGE_VERSION,
    gates,
    join,
    message_version_holds,
    row_least,
)

Emitters = Mapping[type[Node], Callable[[Any, str], None]]  # by the class of a node


class ReadEmitter:
    """Emits the reading of a layout.

    Fields stand at `f[offset]` until the first part of varying length, then at `f[i + offset]`.
    """

    def __init__(self, message: Message, server_version: int, source: Source) -> None:
        self.message = message
        self.server_version = server_version
        self.source = source
        self.offset = 1
        self.relative = False
        # the last field, where nothing is read from it: it must be there all the same
        self.unread = ""
        self.emitters: Emitters = {
            Field: self.field,
            MessageVersion: self.message_version,
            Fixed: self.fixed,
            Flags: self.flags,
            Delimited: self.delimited,
            When: self.when,
            Present: self.present,
            Repeated: self.repeated,
        }
        self.has_message_version = any(
            isinstance(n, MessageVersion) and n.at(server_version) for n in message.nodes
        )

    def read_next(self) -> str:
        """Return the expression for the next field's text."""
        at = self.offset
        self.offset = self.offset + 1
        self.unread = ""
        if not self.relative:
            return f"f[{at}]"
        return f"f[i + {at}]" if at else "f[i]"

    def mark_position(self) -> None:
        """Make `i` the place of the next field: before and after a part whose length varies."""
        if not self.relative:
            self.source.emit(f"i = {self.offset}")
        elif self.offset:
            self.source.emit(f"i += {self.offset}")
        self.relative = True
        self.offset = 0
        self.unread = ""

    @contextmanager
    def varying(self, head: str) -> Iterator[None]:
        self.mark_position()
        with self.source.block(head):
            yield
            self.mark_position()

    def run(self) -> None:
        for name in dict.fromkeys((*roots(self.message.nodes), *self.message.arguments)):
            self._begin(name)
        self.nodes(self.message.nodes, "")
        if self.unread:
            self.source.emit(self.unread)

    def _begin(self, name: str) -> None:
        """Emit the value that a name has before anything is read."""
        if name in self.message.classes:
            cls = self.message.classes[name]
            self.source.emit(f"{name} = {self.source.constant(cls.__name__, cls)}()")
        elif name in self.message.defaults:
            self.source.emit(
                f"{name} = {self.source.constant(f'default_{name}', self.message.defaults[name])}"
            )
        elif not any(
            name in paths_of(node) and node.at(self.server_version) for node in self.message.nodes
        ):
            self.source.emit(f"{name} = None")

    def nodes(self, nodes: Sequence[Node], scope: str) -> None:
        for node in nodes:
            if not node.at(self.server_version):
                continue
            if node.message_version and self.has_message_version:
                with self.varying(
                    f"if version >= {node.message_version}:"
                    if node.message_version > 0
                    else f"if version < {-node.message_version}:"
                ):
                    self.emitters[type(node)](node, scope)
            elif node.message_version >= 0:
                self.emitters[type(node)](node, scope)

    def value(self, field_type: FieldType) -> str:
        """Return the expression for the next field's value."""
        for name, constant in field_type.constants.items():
            if self.source.constant(name, constant) != name:
                raise ValueError(f"{self.message.name}: two field types call a constant {name}")
        return field_type.source.format(x=self.read_next())

    def field(self, node: Field, scope: str) -> None:
        targets = [join(scope, path) for path in (node.path, node.also) if path]
        self.source.emit(" = ".join([*(targets or [scope]), self.value(node.field_type)]))

    def message_version(self, node: MessageVersion, scope: str) -> None:
        text = self.read_next()
        if self.message.uses_message_version:
            self.source.emit(f"version = int({text} or 0)")
        else:
            self.unread = text

    def fixed(self, node: Fixed, scope: str) -> None:
        text = self.read_next()
        if node.flag:
            owner, _, name = join(scope, node.flag).rpartition(".")
            self.source.emit(f"if {text} == '1': vars({owner})[{name!r}] = True")
        else:
            self.unread = text

    def flags(self, node: Flags, scope: str) -> None:
        exact = self.server_version < node.exact_until
        cls = self.source.constant(node.cls.__name__, node.cls)
        bits = [
            (attribute, bit) for attribute, bit, since in node.bits if self.server_version >= since
        ]
        values = [f"mask == {bit}" if exact else f"mask & {bit} != 0" for _, bit in bits]
        names = [attribute for attribute, _ in bits]
        # positions cost half as much as names
        in_place = names == [one.name for one in dataclasses.fields(node.cls)][: len(names)]
        arguments = ", ".join(
            values
            if in_place
            else (f"{name}={value}" for name, value in zip(names, values, strict=True))
        )
        self.source.emit(f"mask = int({self.read_next()} or 0)")
        self.source.emit(f"{join(scope, node.path)} = {cls}({arguments})")

    def delimited(self, node: Delimited, scope: str) -> None:
        self.source.constant("split_parts", split_parts)
        parts = self.source.local("parts")
        self.source.emit(f"{parts} = split_parts({self.read_next()})")
        for n, path in enumerate(node.paths):
            with self.source.block(f"if len({parts}) > {n}:"):
                self.source.emit(f"{join(scope, path)} = {parts}[{n}]")

    def when(self, node: When, scope: str) -> None:
        with self.varying(f"if {node.condition}:"):
            self.nodes(node.nodes, scope)

    def present(self, node: Present, scope: str) -> None:
        made = self.source.local("made")
        text = self.read_next()
        with self.varying_after(f"if int({text} or 0):"):
            self.source.emit(f"{made} = {self.source.constant(node.cls.__name__, node.cls)}()")
            self.nodes(node.nodes, made)
            self.source.emit(f"{join(scope, node.path)} = {made}")

    @contextmanager
    def varying_after(self, head: str) -> Iterator[None]:
        """Emit a varying part whose head reads a field: the head stands before `i` moves on."""
        flag = self.source.local("flag")
        self.source.emit(f"{flag} = {head.removeprefix('if ').removesuffix(':')}")
        with self.varying(f"if {flag}:"):
            yield

    def repeated(self, node: Repeated, scope: str) -> None:
        n = self.source.local("n")
        rows = self.source.local("rows")
        count = f"int({self.read_next()} or 0)"
        self.source.emit(f"{n} = max({count}, 0)" if node.negative_is_none else f"{n} = {count}")
        self.mark_position()
        least = row_least(node.row, self.server_version)
        with self.source.block(f"if not 0 <= {n} <= (len(f) - i) // {least} or {n} > {MAX_ROWS}:"):
            with self.source.block(f"if {n} != -1:"):
                self.source.emit("raise ValueError('count')")
            self.source.emit(f"{n} = 0")
        self.source.emit(f"{rows} = []")
        with self.varying(f"for _ in range({n}):"):
            self.source.emit(f"{rows}.append({self.row(node.row)})")
        filled = (
            rows
            if node.container is list
            else f"{self.source.constant(node.container.__name__, node.container)}({rows})"
        )
        if "." in join(scope, node.path):
            with self.source.block(f"if {n}:"):
                self.source.emit(f"{join(scope, node.path)} = {filled}")
        else:
            self.source.emit(f"{join(scope, node.path)} = {filled}")

    def row(self, row: Row | Variant) -> str:
        """Emit the reading of one row, and return the name that holds it."""
        item = self.source.local("item")
        if isinstance(row, Variant):
            self._variant(row, item)
        elif row.cls is None:
            self.nodes(row.nodes, item)
        else:
            self._object(row.cls, row.nodes, item)
        return item

    def _object(self, cls: type, nodes: Sequence[Node], item: str) -> None:
        self.source.emit(f"{item} = {self.source.constant(cls.__name__, cls)}()")
        self.nodes(nodes, item)

    def _variant(self, row: Variant, item: str) -> None:
        self.source.emit(f"tag = {self.value(row.tag)}")
        self.mark_position()
        head = "if"
        for tag, case in row.cases.items():
            assert case.cls is not None
            with self.varying(f"{head} tag == {tag}:"):
                self._object(case.cls, case.nodes, item)
            head = "elif"
        with self.source.block("else:"):
            self.source.emit("raise ValueError('tag')")


class KnownText(str):
    """The expression of a text that is known now."""

    def __new__(cls, value: object) -> KnownText:
        made = super().__new__(cls, repr(str(value)))
        made.value = str(value)
        return made

    value: str


def _joined(expressions: Sequence[str]) -> Iterator[str]:
    """Yield the expressions, neighbouring known texts as one with NULs between them."""
    known: list[str] = []
    for expression in [*expressions, None]:
        if isinstance(expression, KnownText):
            known.append(expression.value)
            continue
        if known:
            yield repr("\0".join(known))
            known = []
        if expression is not None:
            yield expression


class WriteEmitter:
    """Emits the writing of a layout: fields are gathered into tuples, which are added to `out`."""

    def __init__(
        self, message: Message, server_version: int, source: Source, server_side: bool
    ) -> None:
        self.message = message
        self.server_version = server_version
        self.source = source
        self.server_side = server_side
        self.version = NEWEST_MESSAGE_VERSION
        self.pending: list[str] = []
        self.emitters: Emitters = {
            Field: self.field,
            MessageVersion: self.message_version,
            Fixed: self.fixed,
            Flags: self.flags,
            Delimited: self.delimited,
            When: self.when,
            Present: self.present,
            Repeated: self.repeated,
        }

    def run(self) -> None:
        self.source.emit("out = []")
        self.nodes(self.message.nodes, "")
        self.flush()
        self.source.emit("out.append('')")
        self.source.emit("return '\\0'.join(out)")

    def flush(self) -> None:
        if self.pending:
            self.source.emit(f"out += ({', '.join(_joined(self.pending))},)")
            self.pending = []

    @contextmanager
    def varying(self, head: str) -> Iterator[None]:
        self.flush()
        with self.source.block(head):
            yield
            self.flush()

    def nodes(self, nodes: Sequence[Node], scope: str) -> None:
        for node in nodes:
            if node.at(self.server_version) and message_version_holds(
                node.message_version, self.version
            ):
                self.emitters[type(node)](node, scope)

    def write(self, field_type: FieldType, expression: str) -> None:
        write = field_type.tws_write or field_type.write if self.server_side else field_type.write
        self.pending.append(f"{self.source.constant(write.__name__, write)}({expression})")

    def field(self, node: Field, scope: str) -> None:
        self.write(node.field_type, join(scope, node.path))

    def message_version(self, node: MessageVersion, scope: str) -> None:
        self.version = node.latest
        self.pending.append(KnownText(node.latest))

    def fixed(self, node: Fixed, scope: str) -> None:
        known = not self._unknown(node.written)
        self.pending.append(
            KnownText(eval(node.written, self.source.names)) if known else f"str({node.written})"
        )

    def _unknown(self, expression: str) -> set[str]:
        """Return the names in an expression that are known only when it runs."""
        names = {path.partition(".")[0] for path in paths_in(expression)}
        return names - set(self.source.names)

    def flags(self, node: Flags, scope: str) -> None:
        path = join(scope, node.path)
        bits = [
            f"{bit} * bool({path}.{attribute})"
            for attribute, bit, since in node.bits
            if self.server_version >= since
        ]
        self.pending.append(f"str({' + '.join(bits)})")

    def delimited(self, node: Delimited, scope: str) -> None:
        paths = ", ".join(join(scope, path) for path in node.paths)
        self.write(STR, f"{self.source.constant('join_parts', join_parts)}({paths})")

    def when(self, node: When, scope: str) -> None:
        with self.varying(f"if {node.condition}:"):
            self.nodes(node.nodes, scope)

    def present(self, node: Present, scope: str) -> None:
        made = self.source.local("made")
        self.flush()
        self.source.emit(f"{made} = {join(scope, node.path)}")
        with self.varying(f"if {made}:"):
            self.pending.append(KnownText(1))
            self.nodes(node.nodes, made)
        with self.source.block("else:"):
            self.source.emit("out.append('0')")

    def repeated(self, node: Repeated, scope: str) -> None:
        rows = self.source.local("rows")
        item = self.source.local("item")
        self.flush()
        self.source.emit(f"{rows} = {join(scope, node.path)} or ()")
        with self.source.block(f"if type({rows}) is str:"):  # its characters would go as rows
            self.source.emit("raise TypeError")
        if node.container is set:  # not in the order of hashes, which differs from run to run
            with self.source.block(f"if isinstance({rows}, (set, frozenset)):"):
                self.source.emit(f"{rows} = sorted({rows})")
        self.source.emit(f"out.append(str(len({rows})))")
        with self.varying(f"for {item} in {rows}:"):
            if isinstance(node.row, Variant):
                self._variant(node.row, item)
            else:
                self.nodes(node.row.nodes, item)

    def _variant(self, row: Variant, item: str) -> None:
        self.source.emit(f"tag = {item}.{row.attribute}")
        head = "if"
        for tag, case in row.cases.items():
            with self.varying(f"{head} tag == {tag}:"):
                self.write(row.tag, "tag")
                self.nodes(case.nodes, item)
            head = "elif"
        with self.source.block("else:"):
            self.source.emit("raise ValueError('tag')")


def _reading(message: Message, server_version: int) -> Source:
    source = Source(message.constants)
    source.names["read_again"] = partial(read_again, message, server_version)
    with source.block("try:"):
        ReadEmitter(message, server_version, source).run()
    with source.block("except Exception as e:"):
        values = "".join(f"{name}, " for name in message.arguments)
        source.emit(f"{values}= read_again(f, e)" if values else "read_again(f, e)")
    return source


def read_source(message: Message, server_version: int) -> tuple[str, dict[str, Any]]:
    """Return the source of `read(f)`, which gives the values by name, and its names."""
    source = _reading(message, server_version)
    source.emit(f"return {{{', '.join(f'{name!r}: {name}' for name in message.arguments)}}}")
    return source.text("read(f)"), source.names


def deliver_source(message: Incoming, server_version: int) -> tuple[str, dict[str, Any]]:
    """Return the source of `deliver(f, w, callback_raised)`, and its names: all is read before
    a callback is made.
    """
    source = _reading(message, server_version)
    emit_calls(source, message.calls_at(server_version))
    return source.text("deliver(f, w, callback_raised)"), source.names


def emit_calls(source: Source, calls: Sequence[Call]) -> None:
    """Emit the callbacks of a message whose values have been read."""
    for call in calls:
        _call(source, call, guarded=call is not calls[-1] or bool(call.each))


def _call(source: Source, call: Call, guarded: bool) -> None:
    depth = source.depth
    for head in (
        f"for row in {call.each}:" if call.each else "",
        f"if {call.when}:" if call.when else "",
    ):
        if head:
            source.emit(head)
            source.depth += 1
    if guarded:
        with source.block("try:"):
            source.emit(f"w.{call.name}({call.arguments})")
        with source.block("except (KeyboardInterrupt, SystemExit):"):
            source.emit("raise")
        with source.block("except BaseException as e:"):
            source.emit("callback_raised(e)")
    else:
        source.emit(f"w.{call.name}({call.arguments})")
    source.depth = depth


def write_source(
    message: Message, server_version: int, *, server_side: bool
) -> tuple[str, dict[str, Any]]:
    """Return the source of `write(...)`, and its names. `server_side`: as the server writes
    the message.

    Its arguments are those of the message, in their order; what has a default may be left out.
    """
    source = Source(message.constants)
    WriteEmitter(message, server_version, source, server_side).run()
    return write_function(message, source)


def write_function(message: Message, source: Source) -> tuple[str, dict[str, Any]]:
    """Return the text of the function `write` whose body was emitted, and its names."""
    required = [n for n in message.arguments if n not in message.defaults]
    optional = [
        f"{n}={source.constant(f'default_{n}', message.defaults[n])}"
        for n in message.arguments
        if n in message.defaults
    ]
    return source.text(f"write({', '.join(required + optional)})"), source.names


def check_source(request: Request, server_version: int) -> tuple[str, dict[str, Any]]:
    """Return the source of `check(...)`, which raises NotSupported for a gate that holds."""
    source = Source(request.constants)
    source.names["NotSupported"] = NotSupported
    for gate in gates(request, server_version):
        with source.block(f"if {gate.when}:"):
            source.emit(
                f"raise NotSupported({gate.code}, {gate.text!r}, {gate.has_request_id}, "
                f"{gate.path!r})"
            )
    source.emit("return None")
    return source.text(f"check({', '.join(request.arguments)})"), source.names
