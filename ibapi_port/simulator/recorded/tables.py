"""Files of market data, as rows of named columns: CSV, and Parquet where pyarrow is installed.

The columns may stand in any order and be called as IB's attributes are, or as pandas and the usual
sources of data call them. Columns of other names are left alone.
"""

from __future__ import annotations

import csv
import importlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadValue

HISTORY, QUOTES, TRADES, ACTIONS = "history", "quotes", "trades", "actions"

# what is wanted of each kind of file, and by which names (small letters, nothing but letters)
_TIME = ("date", "datetime", "timestamp", "time", "")
_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    HISTORY: {
        "symbol": ("symbol", "ticker", "localsymbol"),
        "time": _TIME,
        "open": ("open", "o"),
        "high": ("high", "h"),
        "low": ("low", "l"),
        "close": ("close", "c"),
        "volume": ("volume", "vol", "v"),
        "wap": ("wap", "average", "vwap"),
        "count": ("barcount", "count", "trades", "tradecount"),
        "bar_size": ("barsize", "barsizesetting"),
    },
    QUOTES: {
        "symbol": ("symbol", "ticker", "localsymbol"),
        "time": _TIME,
        "bid": ("bid", "bidprice", "pricebid"),
        "ask": ("ask", "askprice", "priceask"),
        "bid_size": ("bidsize", "sizebid"),
        "ask_size": ("asksize", "sizeask"),
    },
    TRADES: {
        "symbol": ("symbol", "ticker", "localsymbol"),
        "time": _TIME,
        "price": ("price", "last", "lastprice"),
        "size": ("size", "lastsize", "quantity", "volume"),
    },
    ACTIONS: {
        "symbol": ("symbol", "ticker", "localsymbol"),
        "time": _TIME,
        "type": ("type", "kind", "action"),
        "value": ("value", "ratio", "amount"),
        "pay_date": ("paydate", "paymentdate", "payabledate", "paid"),
    },
}
_OPTIONAL = frozenset(
    {"symbol", "volume", "wap", "count", "bar_size", "bid_size", "ask_size", "size", "pay_date"}
)
_DELIMITERS = (",", ";", "\t")
_DECIMAL_COMMA = re.compile(r"^\s*(-?\d+),(\d+)\s*$")
_NOTHING = ("nan", "none", "nat", "null")
_OF_NOTHING = ("n", "N")  # how these begin
_SUFFIXES = (".csv", ".txt", ".parquet")


class Row:
    """A row of a file. There may be millions of them: they share what says where columns stand."""

    __slots__ = ("_cells", "_columns", "_line", "_source")

    def __init__(
        self,
        source: str,
        line: int,
        cells: Sequence[str],
        columns: Mapping[str, Sequence[int]],
    ) -> None:
        self._source = source
        self._line = line
        self._cells = cells
        self._columns = columns

    @property
    def where(self) -> str:
        """Return file and line, for errors."""
        return f"{self._source}, line {self._line}"

    def text(self, name: str) -> str:
        """Return what stands in a column of the names above; "" if there is none, or nothing."""
        cells = self._cells
        at = self._columns.get(name, ())
        if len(at) == 1:
            text = cells[at[0]].strip() if at[0] < len(cells) else ""
        else:  # a date and a time
            text = " ".join(cells[n].strip() for n in at if n < len(cells))
        return "" if text[:1] in _OF_NOTHING and text.lower() in _NOTHING else text

    def wrong(self, name: str, text: str) -> BadValue:
        """Return the error of a column."""
        return BadValue(name, f"{self.where}: {text}")


@dataclass(frozen=True)
class Table:
    """The rows of one symbol in one file, in the file's order."""

    kind: str
    symbol: str
    source: str
    rows: Sequence[Row]


def read_tables(kind: str, files: Iterable[str]) -> list[Table]:
    """Read files of one kind. An entry is a path, or SYMBOL=PATH, or a folder, whose files are all
    read. BadValue: one cannot be read, or lacks a column.
    """
    return [
        table
        for entry in files
        for symbol, path in _paths(kind, entry)
        for table in _tables(kind, symbol, path)
    ]


def _paths(kind: str, entry: str) -> Iterator[tuple[str, Path]]:
    symbol, sign, rest = entry.partition("=")
    path = Path(entry)
    if sign and not path.exists():
        path = Path(rest)
    else:
        symbol = ""
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in _SUFFIXES)
        if not found:
            raise BadValue(kind, f"there is no file of {', '.join(_SUFFIXES)} in {path}")
        yield from (("", each) for each in found)
        return
    yield symbol, path


def _tables(kind: str, symbol: str, path: Path) -> list[Table]:
    try:
        header, lines = _read(path)
    except UnicodeDecodeError:
        raise BadValue(kind, f"{path} is no text in UTF-8: save it as CSV in UTF-8") from None
    except (OSError, csv.Error) as e:
        raise BadValue(kind, f"{path} cannot be read: {e}") from None
    columns = _columns(kind, path, header)
    of: dict[str, list[Row]] = {}
    source, stem = str(path), path.stem.upper()
    for number, line in lines:
        row = Row(source, number, line, columns)
        own = symbol or row.text("symbol") or stem
        of.setdefault(own, []).append(row)
    if not of:
        raise BadValue(kind, f"{path} has no rows")
    return [Table(kind, own, str(path), rows) for own, rows in of.items()]


def _columns(kind: str, path: Path, header: Sequence[str]) -> dict[str, Sequence[int]]:
    """Return where each wanted column stands; a date and a time may be two columns."""
    names = [re.sub("[^a-z]", "", name.lower()) for name in header]
    written = [name.strip().lower() for name in header]
    columns: dict[str, Sequence[int]] = {}
    for wanted, known in _NAMES[kind].items():
        at = next((names.index(name) for name in known if name in names), None)
        if at is not None and written[at] and written.count(written[at]) > 1:
            raise BadValue(kind, f"{path} has several columns {header[at]!r}: leave one")
        if at is not None:
            columns[wanted] = (at,)
        elif wanted not in _OPTIONAL:
            told = ", ".join(header) or "none"
            raise BadValue(
                kind,
                f"{path} has no column {wanted!r} (other names for it: "
                f"{', '.join(name for name in known if name)}), but {told}",
            )
    if "date" in names and "time" in names:
        columns["time"] = (names.index("date"), names.index("time"))
    return columns


def _read(path: Path) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[str]]]]:
    """Return the header and the numbered lines."""
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path)
    text = path.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = next(reader, [])
    lines: Iterable[Sequence[str]] = list(reader)  # now, as what is wrong is told by `_tables`
    if delimiter == ";":  # where commas stand in numbers, as in most of Europe
        lines = ([_DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in line] for line in lines)
    return header, ((n, line) for n, line in enumerate(lines, 2) if any(line))


def _read_parquet(path: Path) -> tuple[Sequence[str], Iterator[tuple[int, Sequence[str]]]]:
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise OSError(
            "Parquet needs pyarrow: pip install ibapi_port[parquet], or write the data as CSV"
        ) from None
    try:
        table = parquet.read_table(path)
    except ValueError as e:  # pyarrow's errors of a file that is none
        raise OSError(str(e)) from None
    header = [re.sub("^__index_level_.*", "", str(name)) for name in table.column_names]
    columns = [column.to_pylist() for column in table.columns]
    lines = zip(*columns, strict=True)
    return header, ((n, [_text(value) for value in line]) for n, line in enumerate(lines, 1))


def _text(value: object) -> str:
    return "" if value is None else str(value)
