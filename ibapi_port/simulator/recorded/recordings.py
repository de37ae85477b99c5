"""The data that the user has given, found out about and laid upon the instruments."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, time, timezone

from ..._printable import PrintableLog
from ..errors import BadValue
from ..history.days import Days
from ..market.instruments import Instrument, Instruments
from ..net.clock import Clock, VirtualClock
from ..options import DataOptions
from .adjustments import Adjustments, read_actions
from .course import Course
from .series import moment_of, read_series
from .tables import ACTIONS, HISTORY, QUOTES, TRADES, Table, read_tables

_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class Recordings:
    """The tables of all files, read once. `courses` are made of them when the instruments are
    there.
    """

    def __init__(self, options: DataOptions) -> None:
        self._spread = options.bar_spread
        self.sets_clock = False  # time begins where the data do
        self._tables = [
            table
            for kind, files in (
                (HISTORY, options.history),
                (QUOTES, options.quotes),
                (TRADES, options.trades),
                (ACTIONS, options.actions),
            )
            for table in read_tables(kind, files)
        ]
        if self._tables and all(table.kind == ACTIONS for table in self._tables):
            raise BadValue("actions", "needs the data of history, quotes or trades beside it")

    def __bool__(self) -> bool:
        return bool(self._tables)

    def courses(
        self, instruments: Instruments, days: Days, now: Callable[[], float]
    ) -> list[Course]:
        """Return the courses, in the order of the files. A symbol that is not listed becomes a
        stock.
        """
        of: dict[int, tuple[Instrument, list[Table]]] = {}
        for table in self._tables:
            instrument = _instrument(instruments, table)
            of.setdefault(instrument.con_id, (instrument, []))[1].append(table)
        made = []
        for instrument, tables in of.values():
            given = [table for table in tables if table.kind != ACTIONS]
            if not given:
                raise BadValue("actions", f"{tables[0].source}: no data of {instrument.symbol}")
            series = read_series(instrument, given, days)
            adjustments = Adjustments(
                read_actions(instrument, [each for each in tables if each not in given], days)
            )
            if series.left_out:
                _log.warning(
                    "%s: %d rows are of times when its market is closed, and left out (%s first)",
                    instrument.local_symbol,
                    series.left_out,
                    series.first_left_out,
                )
            if not (series.bars or series.trades or series.quotes):
                raise BadValue(
                    given[0].kind,
                    f"{given[0].source}: no row lies in the hours of {instrument.local_symbol}",
                )
            made.append(Course(series, adjustments, days, self._spread, now))
        return made

    def begin(self, clock: Clock, courses: Sequence[Course]) -> None:
        """Put the clock to a second before the data begin, so that clients can hear of the first;
        unless somebody has said where it begins.
        """
        if courses and self.sets_clock and isinstance(clock, VirtualClock):
            clock.move(min(course.first for course in courses) - 1)

    def around(self) -> float:
        """Return a moment within a day or so of the first data, to find contracts of that time."""
        return min(_rough(table) for table in self._tables if table.kind != ACTIONS)


def _rough(table: Table) -> float:
    found = []
    for row in (table.rows[0], table.rows[-1]):
        moment = moment_of(row, "time", timezone.utc)
        if moment.seconds is not None:
            found.append(moment.seconds)
        elif moment.day is not None:
            found.append(datetime.combine(moment.day, time(), timezone.utc).timestamp())
    return min(found)


def _instrument(instruments: Instruments, table: Table) -> Instrument:
    found = instruments.by_name(table.symbol)
    stocks = [each for each in found if each.sec_type == "STK"]
    if len(stocks or found) > 1:
        found = [each for each in stocks or found if each.currency == "USD"] or found
    else:
        found = stocks or found
    if len(found) > 1:
        raise BadValue(
            table.kind,
            f"{table.source}: several instruments are called {table.symbol!r}: "
            "give the local symbol or the contract id",
        )
    if not found:
        return instruments.add_stock(table.symbol)
    return found[0]
