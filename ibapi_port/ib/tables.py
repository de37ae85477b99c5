"""Rows as a table: of text for a terminal, of HTML for a notebook."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TypeAlias

from ibapi_port._printable import printable
from ibapi_port.ib.plain import columns, is_row, plain, rows_of

__all__ = ["Shown", "html_table", "table"]

_Columns: TypeAlias = "dict[str, list[object]]"

_WIDE = 12  # a table of more columns leaves out those that say nothing
_LONGEST = 40  # characters of a value


class Shown:
    """The base of rows that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        return html_table(self)


def table(rows: object, *, of: type | None = None, limit: int | None = None) -> str:
    """Return rows as a table of text, with a line for each; a single row with one for each value.

    `of` is the class of the rows, for the names of the columns if there are none. At most `limit`
    rows are shown, and how many more there are. Unset values are empty. A table of more than 12
    columns leaves out those that say nothing in any row.
    """
    found, left = _content(rows, of, limit)
    shown = {name: [_text(value) for value in values] for name, values in found.items()}
    lines = [""] * (1 + _height(found))
    for name, cells in shown.items():
        right = _is_numeric(found[name])
        column = [printable(name), *cells]
        width = max(map(len, column))
        for place, cell in enumerate(column):
            lines[place] += (cell.rjust(width) if right else cell.ljust(width)) + "  "
    if left:
        lines.append(f"... {left} more")
    return "\n".join(line.rstrip() for line in lines)


def html_table(rows: object, *, of: type | None = None, limit: int = 60) -> str:
    """Return rows as an HTML table, as a ``_repr_html_`` does; for the rest see `table`.

    All texts are escaped: what TWS sends cannot become a part of the page.
    """
    found, left = _content(rows, of, limit)
    aligned = [' style="text-align:right"' if _is_numeric(v) else "" for v in found.values()]
    head = "".join(
        f"<th{style}>{escape(printable(name))}</th>"
        for name, style in zip(found, aligned, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{style}>{escape(_text(value))}</td>"
            for value, style in zip(row, aligned, strict=True)
        )
        + "</tr>"
        for row in zip(*found.values(), strict=True)
    )
    more = f"<p>... {left} more</p>" if left else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _content(rows: object, of: type | None, limit: int | None) -> tuple[_Columns, int]:
    """Return the columns that are shown, and how many rows are not."""
    if is_row(rows):
        row = {name: value for name, value in plain(rows).items() if not _is_empty(value)}
        return {"name": list(row), "value": list(row.values())}, 0
    listed = rows_of(rows)
    dicts = [plain(row) for row in listed[:limit]]
    names = dict.fromkeys(name for row in dicts for name in row)
    if not dicts and of is not None:
        names = dict.fromkeys(columns(of))
    found = {name: [row.get(name) for row in dicts] for name in names}
    if dicts and len(found) > _WIDE:
        found = {n: values for n, values in found.items() if not all(map(_is_empty, values))}
    return found, len(listed) - len(dicts)


def _height(found: _Columns) -> int:
    return max(map(len, found.values()), default=0)


def _is_empty(value: object) -> bool:
    """Return whether a value says nothing: unset, an empty text or list, no, or 0."""
    return value is None or value is False or value in ("", 0) or value == []


def _is_numeric(values: list[object]) -> bool:
    there = [value for value in values if value is not None]
    return bool(there) and all(
        isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) for value in there
    )


def _text(value: object) -> str:
    """Return a value on one line, fit for a terminal."""
    if value is None:
        return ""
    if isinstance(value, float):
        shown = f"{value:.10g}"
    elif isinstance(value, Decimal):
        shown = f"{value:f}"
    elif isinstance(value, list):
        shown = ", ".join(map(_text, value))
    elif isinstance(value, dict):
        shown = " ".join(f"{name}={_text(one)}" for name, one in value.items() if one is not None)
    else:
        shown = str(value)
    shown = printable(shown)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
