"""Rows as pandas DataFrames (extra ``ibapi_port[pandas]``), as tables, and as plain dicts.

    frame(bars)                      # float columns, the times as index
    frame(bars, zone="US/Eastern")   # in this time zone
    pivot(values)                    # account values: one row for each account and currency

Columns are named as the fields, those of nested rows with a dot:
``frame(positions)["contract.symbol"]``.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from ibapi_port.ib.plain import Kind, columns, plain, rows_of
from ibapi_port.ib.tables import html_table, table
from ibapi_port.ib.times import Written, moment_of, read_written, zone_named

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    import pandas as pd

    _Series: TypeAlias = pd.Series[Any]

__all__ = ["frame", "html_table", "pivot", "plain", "table"]

# Fields that hold times of TWS. Those of a schedule are written like times of UTC, and are in the
# zone of the exchange.
_TIMES = {"time", "date", "endTime", "refDate"}
_SCHEDULE = {"startDateTime", "endDateTime"}
_INDEX = ("time", "date")
_NO_TIME = -(2**63)  # numpy's "not a time"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def frame(
    rows: object,
    *,
    of: type | None = None,
    zone: str | tzinfo | None = None,
    index: str | None = None,
) -> pd.DataFrame:
    """Return rows of any kind as a DataFrame.

    Rows that begin with a time (bars, ticks, news) have it as their index; `index` names another
    column, and "" none. `of` is the class of the rows: an empty list has its columns then.

    Decimals become floats. Unset values are NaN, None or, in columns of whole numbers, NA.

    Times of TWS become time-zone-aware: in `zone`, or in the zone that the first row names. Those
    that name none (dates of daily bars, old TWS versions) are naive; of old versions they are taken
    to be in `zone`, if it is given. A date is never moved: it names a day, no moment.

    Raise ImportError without pandas, ValueError if the times of the index cannot be read.
    """
    _need_pandas()
    import pandas as pd

    listed = rows_of(rows)
    dicts = [plain(row) for row in listed]
    classes = dict.fromkeys(map(type, listed)) if listed else {of: None}
    kinds: dict[str, Kind] = {}
    for cls in classes:
        kinds.update(columns(cls) if cls is not None else {})
    names = _names(dicts, kinds)
    chosen = _index(names, index)
    where = zone_named(zone) if isinstance(zone, str) else zone
    built: dict[str, _Series] = {
        name: _column(
            name, [row.get(name) for row in dicts], kinds.get(name), where, name == chosen
        )
        for name in names
    }
    made: pd.DataFrame = pd.DataFrame(built, columns=pd.Index(names))
    return made.set_index(chosen) if chosen else made


def _names(dicts: list[dict[str, object]], kinds: dict[str, Kind]) -> list[str]:
    """Return the columns in their order."""
    names = list(dict.fromkeys(name for row in dicts for name in row)) if dicts else list(kinds)
    parents = {name.rpartition(".")[0] for name in names}
    # A field that holds a row here and nothing there has the columns of that row alone.
    return [
        name
        for name in names
        if name not in parents or any(row.get(name) is not None for row in dicts)
    ]


def _index(names: list[str], index: str | None) -> str:
    """Return the name of the column that becomes the index; "" if none does."""
    if index is None:
        return names[0] if names and names[0] in _INDEX else ""
    if index and index not in names:
        raise ValueError(f"index: {index!r} is none of the columns: {', '.join(names)}")
    return index


def pivot(values: object) -> pd.DataFrame:
    """Return account values (rows with account, tag, value and currency) as a DataFrame.

    It has one row for each account and currency, and one column for each tag.

    Columns that hold numbers alone are floats. If there are models, the index has their code too.
    """
    _need_pandas()
    import pandas as pd

    dicts = [plain(row) for row in rows_of(values)]
    for needed in ("account", "tag", "value", "currency"):
        if any(needed not in row for row in dicts):
            raise ValueError(f"values: a row has no {needed!r}; account values are expected")
    keys = ["account", "currency"]
    if any(row.get("modelCode") for row in dicts):
        keys.insert(1, "modelCode")
    found: dict[tuple[object, ...], dict[str, object]] = {}
    for row in dicts:
        place = tuple(row.get(key) for key in keys)
        found.setdefault(place, {})[str(row["tag"])] = row["value"]
    tags = list(dict.fromkeys(tag for row in found.values() for tag in row))
    levels = [[place[number] for place in found] for number in range(len(keys))]
    index = pd.MultiIndex.from_arrays(levels, names=keys)
    data = {tag: _floats([row.get(tag) for row in found.values()]) for tag in tags}
    made: pd.DataFrame = pd.DataFrame(data, index=index, columns=pd.Index(tags))
    return made


def _floats(values: list[object]) -> list[object]:
    """Return values as floats, if all that are there can be."""
    try:
        return [None if v in (None, "") else float(v) for v in values]  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return values


def _column(
    name: str,
    values: list[object],
    kind: Kind | None,
    zone: tzinfo | None,
    is_index: bool,
) -> _Series:
    field = name.rpartition(".")[2]
    if field in _TIMES or field in _SCHEDULE:
        try:
            return _times(field, values, zone, is_index)
        except ValueError as error:
            if is_index:
                raise ValueError(f"{name}: {error}") from error
    import pandas as pd

    made: _Series = pd.Series(*_data(values, kind, zone))
    return made


def _data(
    values: list[object], kind: Kind | None, zone: tzinfo | None
) -> tuple[list[object], None, str | None]:
    """Return the values of a column, no index, and the column's type; None: pandas finds it."""
    types = {type(value) for value in values} - {type(None)}
    gaps = None in values
    if kind == "number" or (types & {float, Decimal} and types <= {int, float, Decimal}):
        if types <= {int, float, Decimal}:
            return [None if v is None else float(v) for v in values], None, "float64"  # type: ignore[arg-type]
    elif types == {bool} or (kind == "bool" and not types):
        return values, None, "boolean" if gaps else "bool"
    elif types == {int} or (kind == "int" and not types):
        fits = all(v is None or -(2**63) <= v < 2**63 for v in values)  # type: ignore[operator]
        return values, None, ("Int64" if gaps else "int64") if fits else "object"
    elif types == {datetime}:
        return _in_one_zone(values, zone), None, None
    is_text = types == {str} or (kind == "text" and not values)
    return values, None, ("str" if not values else None) if is_text else "object"


def _in_one_zone(values: list[object], zone: tzinfo | None) -> list[object]:
    """Return datetimes in one time zone, which pandas needs; naive ones stay as they are."""
    found = [value for value in values if isinstance(value, datetime)]
    if any(value.tzinfo is None for value in found):
        return values
    where = zone or found[0].tzinfo
    return [v.astimezone(where) if isinstance(v, datetime) else v for v in values]


def _times(field: str, values: list[object], zone: tzinfo | None, is_index: bool) -> _Series:
    """Return a column of times. Raise ValueError if one cannot be read."""
    written = [_written(field, value) for value in values]
    there = [one for one in written if one is not None]
    zones = [one.zone for one in there if one.zone is not None]
    if (there and all(one.is_date for one in there)) or (there and not zones and zone is None):
        walls = [None if one is None else one.wall for one in written]
        return _series([w and w.replace(tzinfo=timezone.utc) for w in walls], None)
    where = zone or (zones[0] if zones else timezone.utc)
    moments: list[datetime | None] = []
    latest: datetime | None = None
    for one in written:
        if one is None:
            moments.append(None)
            continue
        own = one.zone or zone
        if own is None:
            raise ValueError(f"{one.wall} names no time zone, and others do; give zone=")
        moment = moment_of(one, own).astimezone(timezone.utc)
        # Bars rise in time: in the hour that comes twice, the one that seems to go back, or to be
        # there already, is of the second round.
        if is_index and field == "date" and latest is not None and moment <= latest:
            moment = moment_of(one, own, 1).astimezone(timezone.utc)
        moments.append(moment)
        latest = moment
    return _series(moments, where)


def _written(field: str, value: object) -> Written | None:
    if value is None or value == "" or (field == "endTime" and value == -1):
        return None
    if isinstance(value, datetime):
        return Written(value.replace(tzinfo=None, fold=0), value.tzinfo, fold=value.fold)
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"{value!r} is no time")
    found = read_written(value)
    return found._replace(zone=None) if field in _SCHEDULE else found


def _series(moments: list[datetime | None], zone: tzinfo | None) -> _Series:
    """Return moments as a column in a zone; without one, as naive times of UTC."""
    import numpy as np
    import pandas as pd

    counts = [_NO_TIME if one is None else (one - _EPOCH) // _MICROSECOND for one in moments]
    array = np.array(counts, dtype="int64").view("datetime64[us]")
    made: _Series = pd.Series(array)
    return made if zone is None else made.dt.tz_localize("UTC").dt.tz_convert(zone)


def _need_pandas() -> None:
    """Raise ImportError, which says what to install, if pandas is missing."""
    try:
        import pandas  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "a DataFrame needs pandas: pip install 'ibapi_port[pandas]' brings it"
        ) from error
