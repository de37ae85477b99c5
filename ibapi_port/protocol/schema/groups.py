"""The nodes of a declaration that have others within them, and those of Protocol Buffers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..._conditions import OrderCondition
from ..._value_class import field, value_class
from ..exceptions import FieldError, quote
from .field_types import INT, FieldType
from .leaves import IS_SET, Field, Fixed, Group, Node
from .source import WireReading, WireWriting
from .text_source import (
    MAX_ROWS,
    KnownText,
    ReadEmitter,
    Reader,
    WriteEmitter,
    Writer,
    evaluate,
    join,
    message_version_holds,
    put,
)
from .wire_values import SCALARS


@value_class
class When(Node):
    """Nodes that are there only if the condition holds.

    in_protobuf: what becomes of attributes of an object in a Protocol Buffers message, as a client
    reads them: they keep their defaults where the condition does not hold (HOLDS), or where the
    field that it names is not set (IS_SET). Else they are read whatever the condition says.
    """

    kind = "when"
    least = 0

    condition: str
    nodes: tuple[Node, ...]
    in_protobuf: str = field(default="", kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return bool(self.in_protobuf) or any(node.is_on_wire(objects) for node in self.nodes)

    def read_wire(self, e: WireReading) -> None:
        if not self.in_protobuf:
            needed = dict.fromkeys(inner for node in self.nodes for inner in node.needed())
            with e.source.block(f"if {self.condition}:"):
                for inner in needed:
                    e.source.emit(f"empty = empty or not m.HasField({inner!r})")
                for node in self.nodes:
                    node.read_wire(e)
        elif not e.server_side:
            root, _, attribute = self.condition.partition(".")
            made = new(e.objects[root])
            is_set = f"m.{root}.HasField({attribute!r})"
            condition = is_set if self.in_protobuf == IS_SET else self.condition
            with e.source.block(f"if not {condition}:"):
                for node in self.nodes:
                    (path,) = node.paths()
                    e.source.emit(f"{path} = {getattr(made, path.partition('.')[2])!r}")
            for node in self.nodes:
                if isinstance(node, Repeated):  # as the condition holds, the list is there
                    e.source.emit(f"elif {node.path} is None:")
                    e.source.emit(f"    {node.path} = []")

    def write_wire(self, e: WireWriting) -> None:
        if not self.in_protobuf:
            with e.source.block(f"if {self.condition}:"):
                for node in self.nodes:
                    node.write_wire(e)

    def needed(self) -> tuple[str, ...]:
        return ()

    def conditional_roots(self) -> tuple[str, ...]:
        return () if self.in_protobuf else tuple(roots(self.nodes))

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        with e.varying(f"if {self.condition}:"):
            e.nodes(self.nodes, scope)

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        e.when(self, scope)

    def read(self, r: Reader, target: Any, scope: str) -> None:
        if evaluate(self.condition, target, r.message.constants):
            r.nodes(self.nodes, target, scope)

    def write(self, w: Writer, source: Any, scope: str) -> None:
        if evaluate(self.condition, source, w.message.constants):
            w.nodes(self.nodes, source, scope)

    def groups(self) -> tuple[Group, ...]:
        return (Group(self.nodes, when=self.condition),)

    def shown(self, server_version: int) -> str:
        return f"if {self.condition}:"


@value_class
class Present(Node):
    """A flag, and if it is set a new object at `path` with its nodes (their paths start at the
    object).
    """

    kind = "present"

    path: str
    cls: type
    nodes: tuple[Node, ...]

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        made = e.source.local("made")
        text = e.read_next()
        with e.varying_after(f"if int({text} or 0):"):
            e.source.emit(f"{made} = {e.source.constant(self.cls.__name__, self.cls)}()")
            e.nodes(self.nodes, made)
            e.source.emit(f"{join(scope, self.path)} = {made}")

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        made = e.source.local("made")
        e.flush()
        e.source.emit(f"{made} = {join(scope, self.path)}")
        with e.varying(f"if {made}:"):
            e.pending.append(KnownText(1))
            e.nodes(self.nodes, made)
        with e.source.block("else:"):
            e.source.emit("out.append('0')")

    def read(self, r: Reader, target: Any, scope: str) -> None:
        if r.read_next(join(scope, self.path), INT):
            inner = self.cls()
            r.nodes(self.nodes, inner, join(scope, self.path))
            put(target, self.path, inner)

    def write(self, w: Writer, source: Any, scope: str) -> None:
        inner = w.value(source, self.path, scope)
        w.out.append("1" if inner else "0")
        if inner:
            w.nodes(self.nodes, inner, join(scope, self.path))

    def groups(self) -> tuple[Group, ...]:
        return (Group(self.nodes, self.path, "{path} is 1", cls=self.cls),)

    def shown(self, server_version: int) -> str:
        return f"{self.path}: flag, and if set:"

    def described(self, since: int, until: int) -> tuple[str, str]:
        return self.path, "flag: 1 if the fields below follow"


@value_class
class Row:
    """What a repeated group is made of: an object of `cls` for each row, or the bare value of one
    field (cls None).
    """

    cls: type | None
    nodes: tuple[Node, ...]

    attribute = ""

    def classes(self) -> Mapping[Any, Row]:
        """Return what a row may be, by its tag; of a row without a tag by None."""
        return {None: self}

    def least(self, server_version: int) -> int:
        """Return the least number of fields that a row takes. It bounds a count."""
        return max(1, _least(self.nodes, server_version))

    def emit_read(self, e: ReadEmitter, item: str) -> None:
        """Emit what reads a row into the name `item`."""
        if self.cls is not None:
            e.source.emit(f"{item} = {e.source.constant(self.cls.__name__, self.cls)}()")
        e.nodes(self.nodes, item)

    def emit_write(self, e: WriteEmitter, item: str) -> None:
        e.nodes(self.nodes, item)

    def read(self, r: Reader, name: str) -> Any:
        if self.cls is None:
            (only,) = self.nodes
            assert isinstance(only, Field)
            return r.read_next(name, only.field_type)
        made = self.cls()
        r.nodes(self.nodes, made, name)
        return made

    def write(self, w: Writer, item: Any, name: str) -> None:
        w.nodes(self.nodes, item, name)


@value_class
class Variant:
    """Rows of several classes: a tag first, then the nodes of the class that it selects."""

    tag: FieldType
    attribute: str
    cases: Mapping[int, Row]

    def classes(self) -> Mapping[Any, Row]:
        return self.cases

    def least(self, server_version: int) -> int:
        return 1 + min(_least(case.nodes, server_version) for case in self.cases.values())

    def emit_read(self, e: ReadEmitter, item: str) -> None:
        e.source.emit(f"tag = {e.value(self.tag)}")
        e.mark_position()
        head = "if"
        for tag, case in self.cases.items():
            with e.varying(f"{head} tag == {tag}:"):
                case.emit_read(e, item)
            head = "elif"
        with e.source.block("else:"):
            e.source.emit("raise ValueError('tag')")

    def emit_write(self, e: WriteEmitter, item: str) -> None:
        e.source.emit(f"tag = {item}.{self.attribute}")
        head = "if"
        for tag, case in self.cases.items():
            with e.varying(f"{head} tag == {tag}:"):
                e.write(self.tag, "tag")
                case.emit_write(e, item)
            head = "elif"
        with e.source.block("else:"):
            e.source.emit("raise ValueError('tag')")

    def read(self, r: Reader, name: str) -> Any:
        tag = r.read_next(join(name, self.attribute), self.tag)
        if tag not in self.cases:
            raise r.fail(join(name, self.attribute), f"{tag} is not known")
        return self.cases[tag].read(r, name)

    def write(self, w: Writer, item: Any, name: str) -> None:
        tag = w.value(item, self.attribute, name)
        case = next((case for known, case in self.cases.items() if known == tag), None)
        path = join(name, self.attribute)
        if case is None:
            raise FieldError(w.message.name, path, f"{quote(tag)} is not known")
        w.write(path, self.tag, tag)
        case.write(w, item, name)


def _least(nodes: Sequence[Node], server_version: int) -> int:
    return sum(node.least for node in nodes if node.at(server_version) and not node.message_version)


@value_class
class Repeated(Node):
    """A count and as many rows.

    An attribute keeps its default when there are none; an argument gets the empty container.

    A count of -1 means no rows, as IB's clients read it; TWS ends a scan so. Another negative count
    is a bad frame. negative_is_none: every negative count means no rows.
    """

    kind = "rows"

    path: str
    row: Row | Variant
    container: Callable[..., Any] = list
    negative_is_none: bool = False
    from_rows: Callable[[Any], Any] | None = field(default=None, kw_only=True)
    to_rows: Callable[[Any], Any] | None = field(default=None, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return self.path.partition(".")[0] not in objects

    def read_wire(self, e: WireReading) -> None:
        place = e.place(self.wire_path())
        rows = f"limited({place.value})"
        if place.type_name in SCALARS:
            e.assign(self.path, f"{self.container.__name__}({rows})")
            return
        rows = f"[{e.object_reader(place.type_name)}(row) for row in {rows}]"
        made = self.from_rows and e.source.constant(self.from_rows.__name__, self.from_rows)
        e.assign(self.path, f"{made}({rows})" if made else rows)

    def write_wire(self, e: WireWriting) -> None:
        rows = self.path
        if self.to_rows is not None:
            rows = f"{e.source.constant(self.to_rows.__name__, self.to_rows)}({rows})"
        elif self.container is set:
            e.source.emit(f"if isinstance({rows}, (set, frozenset)):")
            e.source.emit(f"    {rows} = sorted({rows})")  # else in the order of hashes
        e.write(self.wire_path(), rows, None)

    def emit_read(self, e: ReadEmitter, scope: str) -> None:
        n = e.source.local("n")
        rows = e.source.local("rows")
        path = join(scope, self.path)
        count = f"int({e.read_next()} or 0)"
        e.source.emit(f"{n} = max({count}, 0)" if self.negative_is_none else f"{n} = {count}")
        e.mark_position()
        least = self.row.least(e.server_version)
        with e.source.block(f"if not 0 <= {n} <= (len(f) - i) // {least} or {n} > {MAX_ROWS}:"):
            with e.source.block(f"if {n} != -1:"):
                e.source.emit("raise ValueError('count')")
            e.source.emit(f"{n} = 0")
        e.source.emit(f"{rows} = []")
        with e.varying(f"for _ in range({n}):"):
            item = e.source.local("item")
            self.row.emit_read(e, item)
            e.source.emit(f"{rows}.append({item})")
        filled = rows
        if self.container is not list:
            filled = f"{e.source.constant(self.container.__name__, self.container)}({rows})"
        if "." in path:
            with e.source.block(f"if {n}:"):
                e.source.emit(f"{path} = {filled}")
        else:
            e.source.emit(f"{path} = {filled}")

    def emit_write(self, e: WriteEmitter, scope: str) -> None:
        rows = e.source.local("rows")
        item = e.source.local("item")
        e.flush()
        e.source.emit(f"{rows} = {join(scope, self.path)} or ()")
        with e.source.block(f"if {rows}:"):
            # another thread may change the program's list between the count and the rows
            with e.source.block(f"if isinstance({rows}, list):"):
                e.source.emit(f"{rows} = {rows}.copy()")
            with e.source.block(f"elif type({rows}) is str:"):  # its characters would go as rows
                e.source.emit("raise TypeError")
        if self.container is set:  # not in the order of hashes, which differs from run to run
            with e.source.block(f"if isinstance({rows}, (set, frozenset)):"):
                e.source.emit(f"{rows} = sorted({rows})")
        e.source.emit(f"out.append(str(len({rows})))")
        with e.varying(f"for {item} in {rows}:"):
            self.row.emit_write(e, item)

    def read(self, r: Reader, target: Any, scope: str) -> None:
        name = join(scope, self.path)
        count = r.read_next(f"{name}.count", INT)
        if count == -1 or self.negative_is_none:
            count = max(count, 0)
        left = len(r.fields) - r.position
        if not 0 <= count <= left // self.row.least(r.server_version):
            raise r.fail(f"{name}.count", f"{count} rows announced, {left} fields left")
        if count > MAX_ROWS:
            raise r.fail(f"{name}.count", f"{count} rows announced, at most {MAX_ROWS} are read")
        columns = self._columns(r) if r.only_check else []
        if columns and r.position + count * len(columns) <= len(r.fields):
            _check_rows(r, name, columns, count)
            put(target, self.path, self.container())
            return
        rows = [self.row.read(r, f"{name}[{n}]") for n in range(count)]
        if count or "." not in self.path:
            put(target, self.path, self.container(rows))

    def _columns(self, r: Reader) -> list[Field | Fixed]:
        """Return the fields of a row whose fields are always the same; nothing for another row."""
        if not isinstance(self.row, Row):
            return []
        nodes = [
            node
            for node in self.row.nodes
            if node.at(r.server_version) and message_version_holds(node.message_version, r.version)
        ]
        columns = [node for node in nodes if isinstance(node, (Field, Fixed))]
        return columns if len(columns) == len(nodes) else []

    def write(self, w: Writer, source: Any, scope: str) -> None:
        name = join(scope, self.path)
        rows = w.value(source, self.path, scope) or ()
        try:
            if isinstance(rows, str):
                raise TypeError
            w.out.append(str(len(rows)))
        except TypeError as e:
            raise FieldError(w.message.name, name, f"{quote(rows)} is not a list") from e
        for n, item in enumerate(sorted(rows) if isinstance(rows, (set, frozenset)) else rows):
            self.row.write(w, item, f"{name}[{n}]")

    def groups(self) -> tuple[Group, ...]:
        scope = f"{self.path}[]"
        name = self.row.attribute
        if not name:
            return tuple(
                Group(row.nodes, scope, cls=row.cls) for row in self.row.classes().values()
            )
        return tuple(
            Group(row.nodes, scope, f"{name} is {tag}", f"{name} {tag}:", tag, row.cls)
            for tag, row in self.row.classes().items()
        )

    def tag_path(self) -> str:
        return self.row.attribute

    def shown(self, server_version: int) -> str:
        return f"{self.path}: count, and for each:"

    def described(self, since: int, until: int) -> tuple[str, str]:
        return self.path, "int: how many rows follow"


def _check_rows(r: Reader, name: str, columns: list[Field | Fixed], count: int) -> None:
    """Find the first field that cannot be read, column by column: there may be many rows."""
    begin = r.position
    width = len(columns)
    end = begin + count * width
    first = end
    for at, node in enumerate(columns):
        if not isinstance(node, Field):
            continue
        read = node.field_type.read
        for place in range(begin + at, first, width):
            try:
                read(r.fields[place])
            except (ValueError, ArithmeticError):
                first = place
                break
    if first < end:
        row, at = divmod(first - begin, width)
        node = columns[at]
        assert isinstance(node, Field)
        r.position = first
        r.read_next(join(f"{name}[{row}]", node.path), node.field_type)
    r.position = end


@value_class
class SubMessage(Node):
    """An inner Protocol Buffers message that fills attributes of the object at `path`, besides
    the message that is the object's own.
    """

    path: str
    text: bool = field(default=False, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return True

    def needed(self) -> tuple[str, ...]:
        return (self.wire_path(),)

    def read_wire(self, e: WireReading) -> None:
        place = e.place(self.wire_path())
        e.assign(self.path, "")
        e.source.emit(f"{e.object_filler(place.type_name)}({self.path}, {place.value})")

    def write_wire(self, e: WireWriting) -> None:
        e.write_object(e.place(self.wire_path()), self.path)


@value_class
class LegPrices(Node):
    """The prices of a combo's legs: an order's on the text wire and in the interface, the legs' own
    in a Protocol Buffers message.
    """

    text: bool = field(default=False, kw_only=True)

    def is_on_wire(self, objects: Mapping[str, type]) -> bool:
        return True

    def read_wire(self, e: WireReading) -> None:
        path = "order.orderComboLegs"
        e.assign(path, f"leg_prices(m.contract) or {path}")

    def write_wire(self, e: WireWriting) -> None:
        e.source.emit("x = order.orderComboLegs")
        with e.source.block("if x is not None and (x or x.__class__ is not list):"):
            e.source.emit("write_leg_prices(message.contract, x)")


def new(cls: type) -> Any:
    """Return an object as it is made."""
    return cls(0) if cls is OrderCondition else cls()


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield all nodes, inner ones too, in the order of the wire."""
    for node in nodes:
        yield node
        for group in node.groups():
            yield from walk(group.nodes)


def roots(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield the names that paths start with, in order, each once."""
    seen = set()
    for node in nodes:
        names = roots(node.nodes) if isinstance(node, When) else _starts(node)
        for name in names:
            if name not in seen:
                seen.add(name)
                yield name


def _starts(node: Node) -> Iterator[str]:
    for path in node.paths():
        yield path.partition(".")[0]
