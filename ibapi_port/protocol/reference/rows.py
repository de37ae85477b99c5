"""The fields of a text message as rows of a table: which, of which type, where they are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..handshake import NEWEST, OLDEST
from ..schema.nodes import (
    Delimited,
    Field,
    Fixed,
    Flags,
    MessageVersion,
    Node,
    Present,
    Repeated,
    Variant,
    When,
)

EMPTY_IS_UNSET = "empty: unset"
_TYPES = {
    "int, unset when empty": f"int, {EMPTY_IS_UNSET}",
    "float, unset when empty": f"float, {EMPTY_IS_UNSET}",
    "bool or unset": f"bool, {EMPTY_IS_UNSET}",
}


class FieldRow(NamedTuple):
    """A field: it is on the wire at the server versions [since, until), if `when` holds."""

    path: str
    kind: str
    since: int
    until: int
    when: str


class _Place(NamedTuple):
    """Where the walk through the nodes is."""

    scope: str
    since: int
    until: int
    when: tuple[str, ...]

    def named(self, path: str) -> str:
        return f"{self.scope}.{path}" if self.scope and path else self.scope or path

    def row(self, path: str, kind: str) -> FieldRow:
        return FieldRow(self.named(path), kind, self.since, self.until, " and ".join(self.when))

    def within(self, scope: str = "", when: str = "") -> _Place:
        return self._replace(scope=scope or self.scope, when=self.when + (when,) * bool(when))


def rows(nodes: Iterable[Node], since: int = OLDEST, until: int = NEWEST + 1) -> list[FieldRow]:
    """Return the fields that are there at some server version in [since, until)."""
    return list(_rows(nodes, _Place("", since, until, ())))


def _rows(nodes: Iterable[Node], outer: _Place) -> Iterator[FieldRow]:
    for node in nodes:
        place = outer._replace(
            since=max(outer.since, node.since), until=min(outer.until, node.until)
        )
        if place.since >= place.until:
            continue
        if node.message_version:
            sign = ">=" if node.message_version > 0 else "<"
            place = place.within(when=f"version {sign} {abs(node.message_version)}")
        yield from _of_node(node, place)


def _of_node(node: Node, place: _Place) -> Iterator[FieldRow]:
    if isinstance(node, Field):
        yield place.row(node.path, _TYPES.get(node.field_type.name, node.field_type.name))
    elif isinstance(node, MessageVersion):
        yield place.row("version", f"int: the message's own version, {node.latest}")
    elif isinstance(node, Fixed):
        yield place.row("(not used)", f"always {_plain(node.written)}")
    elif isinstance(node, Flags):
        bits = ", ".join(
            f"{mask} {name}" + (f" (since {since})" if since > place.since else "")
            for name, mask, since in node.bits
            if since < place.until
        )
        yield place.row(node.path, f"int with bits: {bits}")
    elif isinstance(node, Delimited):
        yield place.row(node.paths[0], f"text in parts, divided by blanks: {', '.join(node.paths)}")
    elif isinstance(node, When):
        yield from _rows(node.nodes, place.within(when=node.condition))
    elif isinstance(node, Present):
        path = place.named(node.path)
        yield place.row(node.path, "flag: 1 if the fields below follow")
        yield from _rows(node.nodes, place.within(scope=path, when=f"{path} is 1"))
    elif isinstance(node, Repeated):
        path = place.named(node.path)
        yield place.row(node.path, "int: how many rows follow")
        yield from _of_rows(node, place.within(scope=f"{path}[]"))


def _of_rows(node: Repeated, place: _Place) -> Iterator[FieldRow]:
    if not isinstance(node.row, Variant):
        yield from _rows(node.row.nodes, place)
        return
    yield place.row(node.row.attribute, "int: the kind of the row")
    for tag, case in node.row.cases.items():
        yield from _rows(case.nodes, place.within(when=f"{node.row.attribute} is {tag}"))


def _plain(expression: str) -> str:
    text = expression.strip("'\"")
    return text if expression != "''" else "empty"


def versions(row: FieldRow, since: int, until: int) -> str:
    """Return the server versions of a row in words: "all" for [since, until)."""
    if (row.since, row.until) == (since, until):
        return "all"
    if row.until == until:
        return f"{row.since} and later"
    return f"up to {row.until - 1}" if row.since == since else f"{row.since} to {row.until - 1}"
