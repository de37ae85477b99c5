"""The text wire under construction and under way: what nodes read and write with.

`ReadEmitter` and `WriteEmitter` gather the source of compiled functions; `Reader` and `Writer` go
through one frame field by field. A node says what it does with each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from types import CodeType
from typing import Any

from ..._value_class import value_class
from ..exceptions import BadFrame, FieldError, quote
from .field_types import CONSTANTS, BadSymbol, FieldType
from .source import Source, paths_in

NEWEST_MESSAGE_VERSION = 10**6  # for a message that carries none: every field is there
MAX_ROWS = 500_000  # of one list in a frame: more than fit into one of TWS's
RAW = FieldType("text", "{x}", str)
Trace = Callable[[str, str, Any], None]


@cache
def _code(expression: str) -> CodeType:
    return compile(expression, f"<{expression}>", "eval")


def evaluate(
    expression: str, values: Mapping[str, Any], constants: Mapping[str, Any] = CONSTANTS
) -> Any:
    """Return what an expression of a declaration gives for a message's values."""
    return eval(_code(expression), {**constants, **values})


def message_version_holds(message_version: int, version: int) -> bool:
    return not message_version or (
        version >= message_version if message_version > 0 else version < -message_version
    )


def join(scope: str, path: str) -> str:
    return f"{scope}.{path}" if scope and path else scope or path


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


class ReadEmitter:
    """Emits the reading of a layout.

    Fields stand at `f[offset]` until the first part of varying length, then at `f[i + offset]`.
    """

    def __init__(self, message: Any, server_version: int, source: Source) -> None:
        self.message = message
        self.server_version = server_version
        self.source = source
        self.offset = 1
        self.relative = False
        # the last field, where nothing is read from it: it must be there all the same
        self.unread = ""
        self.has_message_version = any(
            node.is_message_version and node.at(server_version) for node in message.nodes
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

    def nodes(self, nodes: Sequence[Any], scope: str) -> None:
        for node in nodes:
            if not node.at(self.server_version):
                continue
            if node.message_version and self.has_message_version:
                with self.varying(
                    f"if version >= {node.message_version}:"
                    if node.message_version > 0
                    else f"if version < {-node.message_version}:"
                ):
                    node.emit_read(self, scope)
            elif node.message_version >= 0:
                node.emit_read(self, scope)

    def value(self, field_type: FieldType) -> str:
        """Return the expression for the next field's value."""
        for name, constant in field_type.constants.items():
            if self.source.constant(name, constant) != name:
                raise ValueError(f"{self.message.name}: two field types call a constant {name}")
        return field_type.source.format(x=self.read_next())

    @contextmanager
    def varying_after(self, head: str) -> Iterator[None]:
        """Emit a varying part whose head reads a field: the head stands before `i` moves on."""
        flag = self.source.local("flag")
        self.source.emit(f"{flag} = {head.removeprefix('if ').removesuffix(':')}")
        with self.varying(f"if {flag}:"):
            yield


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
    """Emits the writing of a layout: fields are gathered into tuples, which are joined at once, or
    added to `out` where some of them may not be there.
    """

    def __init__(
        self, message: Any, server_version: int, source: Source, server_side: bool
    ) -> None:
        self.message = message
        self.server_version = server_version
        self.source = source
        self.server_side = server_side
        self.version = NEWEST_MESSAGE_VERSION
        self.pending: list[str] = []
        self.has_out = False

    def run(self) -> None:
        self.nodes(self.message.nodes, "")
        self.pending.append(KnownText(""))
        joined = "out"
        if self.has_out:
            self.flush()
        else:
            joined = f"({', '.join(_joined(self.pending))},)"
        self.source.emit(f"return '\\0'.join({joined})")

    def flush(self) -> None:
        """Add to `out` what was gathered; from then on there is an `out`."""
        gathered = ", ".join(_joined(self.pending))
        self.pending = []
        if not self.has_out:
            self.has_out = True
            self.source.emit(f"out = [{gathered}]")
        elif gathered:
            self.source.emit(f"out += ({gathered},)")

    @contextmanager
    def varying(self, head: str) -> Iterator[None]:
        self.flush()
        with self.source.block(head):
            yield
            self.flush()

    def nodes(self, nodes: Sequence[Any], scope: str) -> None:
        for node in nodes:
            if node.at(self.server_version) and message_version_holds(
                node.message_version, self.version
            ):
                node.emit_write(self, scope)

    def write(self, field_type: FieldType, expression: str) -> None:
        if self.server_side:
            self.pending.append(field_type.tws_source(expression, self.source.constant))
        else:
            self.pending.append(self.written(field_type.write, expression))

    def written(self, write: Callable[[Any], str], expression: str) -> str:
        """Return the expression for the text of a value."""
        return f"{self.source.constant(write.__name__, write)}({expression})"

    def field(self, node: Any, scope: str) -> None:
        self.write(node.field_type, join(scope, node.path))

    def when(self, node: Any, scope: str) -> None:
        with self.varying(f"if {node.condition}:"):
            self.nodes(node.nodes, scope)

    def unknown(self, expression: str) -> set[str]:
        """Return the names in an expression that are known only when it runs."""
        names = {path.partition(".")[0] for path in paths_in(expression)}
        return names - set(self.source.names)


@value_class
class Reader:
    """One frame being read: its fields (id first), where it is, and what came of it."""

    message: Any
    server_version: int
    fields: Sequence[str]
    trace: Trace | None = None
    position: int = 1
    version: int = NEWEST_MESSAGE_VERSION
    # find what does not fit, and make no rows where they can be looked through without
    only_check: bool = False

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

    def nodes(self, nodes: Sequence[Any], target: object, scope: str) -> None:
        for node in nodes:
            if node.at(self.server_version) and message_version_holds(
                node.message_version, self.version
            ):
                node.read(self, target, scope)


@value_class
class Writer:
    """One message being written. `server_side`: it is TWS's, which may send more than a client."""

    message: Any
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

    def nodes(self, nodes: Sequence[Any], source: object, scope: str) -> None:
        for node in nodes:
            if node.at(self.server_version) and message_version_holds(
                node.message_version, self.version
            ):
                node.write(self, source, scope)
