"""Python source that is made of declarations, and what the nodes of one may add to it."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from .field_types import FieldType
from .wire_values import Place


class Source:
    """Python source under construction, with the objects that it names."""

    def __init__(self, constants: Mapping[str, Any]) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = dict(constants)
        self.depth = 1
        self._count = 0

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def local(self, stem: str) -> str:
        self._count += 1
        return f"{stem}{self._count}"

    def constant(self, stem: str, value: object) -> str:
        """Return a global name for an object."""
        name = stem
        while self.names.get(name, value) is not value:
            name += "_"
        self.names[name] = value
        return name

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        self.emit(head)
        self.depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.emit("pass")
        self.depth -= 1

    def text(self, head: str) -> str:
        return "\n".join([f"def {head}:", *self.lines, ""])


def load(source: str, name: str, names: dict[str, Any], title: str) -> Callable[..., Any]:
    """Return the function that the source defines. Tracebacks show its lines under `<title>`."""
    filename = f"<{title}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace = dict(names)
    exec(compile(source, filename, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


def paths_in(expression: str) -> set[str]:
    """Return the names in an expression, with their attributes: "order.orderType"."""
    without_texts = re.sub(r"'[^']*'", "''", expression)
    found = re.findall(r"(?<![\w.])[A-Za-z_][\w.]*", without_texts)
    return set(found) - {"and", "or", "not", "in", "is", "None", "True", "False", "len"}


class WireReading(Protocol):
    """What reads a Protocol Buffers message `m`, under construction.

    `server_side`: a request is read, by the simulated TWS. `objects`: the arguments that are
    objects, with their classes.
    """

    source: Source
    server_side: bool
    objects: Mapping[str, type]

    def place(self, path: str) -> Place:
        """Return a field by its path."""
        ...

    def value(self, field_type: FieldType, path: str, absent: object) -> str:
        """Return the expression for a field's value."""
        ...

    def named(self, value: object) -> str:
        """Return the expression for a constant."""
        ...

    def assign(self, target: str, expression: str) -> None:
        """Emit an assignment, or only say that `target` is read next if there is no expression."""
        ...

    def object_reader(self, message: str) -> str:
        """Return the name of the function that makes an object of an inner message."""
        ...

    def object_filler(self, message: str) -> str:
        """Return the name of the function that fills an object from an inner message."""
        ...


class WireWriting(Protocol):
    """What sets the fields of a Protocol Buffers message `message`, under construction."""

    source: Source

    def place(self, path: str) -> Place:
        """Return a field by its path."""
        ...

    def write(
        self, path: str, expression: str, field_type: FieldType | None, absent: object = ...
    ) -> None:
        """Emit what sets a field; field_type: None: as the field's own type says.

        `absent`: what the client reads where it is not set.
        """
        ...

    def write_object(self, place: Place, expression: str) -> None:
        """Emit what fills an inner message from an object."""
        ...
