"""What was before the simulated market began: for each instrument that goes its own way a day after
the other, and each day's parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import shake_128

from ..market.listings.instrument import SECONDS_PER_DAY, YEAR, Instrument
from ..market.quotes.random_walk import hash_noise
from .cells import EXCESS, GRIDS, Cell, edges, split
from .days import Days, TradingDay

_PERIODS = tuple(4.0**n for n in range(7, 14))  # seconds; 4.6 hours to 2 years
_SWING = 0.7  # of the lines' heights, so that the sum moves about as much as the volatility says


class Curve:
    """The logarithm of a price, but for a constant. `volatility` of a year."""

    def __init__(self, seed: int, volatility: float) -> None:
        self._seed = seed
        self._heights = [_SWING * volatility * math.sqrt(period / YEAR) for period in _PERIODS]
        # where in each line one has looked last: the next look is mostly there again
        self._cells = [-1] * len(_PERIODS)
        self._ends = [(0.0, 0.0)] * len(_PERIODS)

    def __call__(self, when: float) -> float:
        total = 0.0
        for line, period in enumerate(_PERIODS):
            x = when / period
            cell = int(x)
            if self._cells[line] != cell:
                self._cells[line] = cell
                self._ends[line] = (
                    hash_noise(self._seed, line, cell),
                    hash_noise(self._seed, line, cell + 1),
                )
            left, right = self._ends[line]
            total += self._heights[line] * (left + (right - left) * (x - cell))
        return total


_CACHED_DAYS = 8192  # days that are remembered
_FACES = 256
_BUSY, _QUIET = 1.0, 0.05  # trades a second within and without regular hours, on an average day
_LOTS = 6  # that a trade has on average
_REACH = 0.8  # how far a day goes beyond its first and last price, in usual ways of a day
_HOURS, _DAY = 0, -2  # levels of cells: a day, its stretches, and from 0 on parts by GRIDS


class Tree:
    """The course of one instrument. `price`: in ticks at a time, on which each day begins and ends;
    nothing is shown from `until` on.

    `spread`: the usual way of a year, as a share of the price.
    """

    def __init__(
        self,
        name: str,
        instrument: Instrument,
        days: Days,
        price: Callable[[float], float],
        spread: float,
        until: float,
        signed: bool,
    ) -> None:
        self._name = name.encode()
        self._instrument = instrument
        self._days = days
        self.price = price
        self._spread = spread
        self._until = until
        self._least = -math.inf if signed else 2
        self._known: dict[float, tuple[Cell, TradingDay]] = {}

    def cells(self, start: float, end: float, step: int) -> list[Cell]:
        """Return what was traded in this range, in order, in parts of `step` seconds (one of GRIDS
        or more: days) or less.
        """
        found: list[Cell] = []
        end = min(end, self._until)
        if start < end:
            for each in self._days.between(self._instrument, start, end):
                cell = self._of_day(each)
                if cell is not None:
                    self._collect(cell, each, _DAY, start, end, step, found)
        return found

    def _collect(
        self,
        cell: Cell,
        of: TradingDay,
        level: int,
        start: float,
        end: float,
        step: int,
        found: list[Cell],
    ) -> None:
        if cell.start >= end or cell.end <= start:
            return
        inside = start <= cell.start and cell.end <= end
        if level == len(GRIDS) - 1 or (inside and _length(level) <= step):
            found.append(cell)
            return
        parts = self._stretches(cell, of) if level == _DAY else self._parts(cell, level + 1)
        if inside and _length(level + 1) <= step:
            found += parts
            return
        for part in parts:
            self._collect(part, of, level + 1, start, end, step, found)

    def _parts(self, cell: Cell, level: int) -> list[Cell]:
        return split(
            cell,
            edges(cell.start, cell.end, GRIDS[level]),
            b"%b|%d|%d" % (self._name, level, int(cell.start)),
        )

    def _stretches(self, cell: Cell, of: TradingDay) -> list[Cell]:
        open_ones = [each for each in of.stretches if each.start < self._until]
        marks = [each.start for each in open_ones] + [cell.end]
        weights = [
            (min(each.end, self._until) - each.start) * (_BUSY if each.regular else _QUIET)
            for each in open_ones
        ]
        parts = split(cell, marks, b"%b|s|%d" % (self._name, int(cell.start)), weights)
        # where there is a break, before the next one's start
        ends = {each.start: min(each.end, self._until) for each in open_ones}
        return [part._replace(end=ends[part.start]) for part in parts]

    def _of_day(self, of: TradingDay) -> Cell | None:
        known = self._known.get(of.start)
        if known is not None and known[1] is of:
            return known[0]
        made = self._make_day(of)
        if made is not None:
            if len(self._known) >= _CACHED_DAYS:
                self._known.clear()
            self._known[of.start] = made, of
        return made

    def _make_day(self, of: TradingDay) -> Cell | None:
        open_ones = [
            (each.start, min(each.end, self._until), each.regular)
            for each in of.stretches
            if each.start < self._until
        ]
        if not open_ones:
            return None
        start, end = open_ones[0][0], open_ones[-1][1]
        opened, closed = (max(self._least, round(self.price(when))) for when in (start, end))
        dice = shake_128(b"%b|d|%d" % (self._name, int(of.start))).digest(4)
        usual = (
            max(abs(opened), abs(closed), 1)
            * self._spread
            * math.sqrt((end - start) / YEAR)
            * _REACH
        )
        high = max(opened, closed) + int(EXCESS[dice[0]] * usual)
        low = max(self._least, min(opened, closed) - int(EXCESS[dice[1]] * usual))
        seconds = sum(
            (until - since) * (_BUSY if regular else _QUIET) for since, until, regular in open_ones
        )
        count = max(4, int(seconds * (0.5 + dice[2] / _FACES)))
        return Cell(
            start,
            end,
            opened,
            high,
            low,
            closed,
            count,
            int(count * (1 + (_LOTS - 1) * 2 * dice[3] / _FACES)),
        )


def _length(level: int) -> int:
    """Return seconds that a cell of this level spans at most, but for a whole day and its
    stretches.
    """
    return SECONDS_PER_DAY if level < _HOURS else GRIDS[level]
