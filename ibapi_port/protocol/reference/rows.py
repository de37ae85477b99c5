"""The fields of a text message as rows of a table: which, of which type, where they are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..handshake import NEWEST, OLDEST
from ..schema.leaves import EMPTY_IS_UNSET
from ..schema.nodes import Node

__all__ = ["EMPTY_IS_UNSET", "FieldRow", "rows", "versions"]


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
        described = node.described(place.since, place.until)
        if described is not None:
            yield place.row(*described)
        groups = node.groups()
        for group in groups:
            path = place.named(group.scope)
            inner = place.within(scope=path)
            if group is groups[0] and node.tag_path():
                yield inner.row(node.tag_path(), "int: the kind of the row")
            yield from _rows(group.nodes, inner.within(when=group.when.replace("{path}", path)))


def versions(row: FieldRow, since: int, until: int) -> str:
    """Return the server versions of a row in words: "all" for [since, until)."""
    if (row.since, row.until) == (since, until):
        return "all"
    if row.until == until:
        return f"{row.since} and later"
    return f"up to {row.until - 1}" if row.since == since else f"{row.since} to {row.until - 1}"
