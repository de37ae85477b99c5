"""What instruments did before they were taped: thrown by dice, or worked out from others."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..market.instruments import Instruments
from ..market.listings.instrument import Instrument
from ..market.listings.option_pricing import value
from .cells import Cell
from .days import Days
from .tape import ASK, MIDPOINT, TRADES
from .trees import Curve, Tree

_OPTION_SPREAD = 0.01  # of the price, on either side
_MINUTE = 60
CellsOf = Callable[[Instrument, int, float, float, int], list[Cell]]


class Origins:
    """Makes the past that was not quoted. `cells`: the whole past of an instrument, which others
    follow from.
    """

    def __init__(
        self, instruments: Instruments, days: Days, began: float, seed: int, cells: CellsOf
    ) -> None:
        self._instruments = instruments
        self._days = days
        self._began = began
        self._seed = seed
        self._all_cells = cells
        self._trees: dict[tuple[int, str], Tree] = {}
        self._begun: dict[int, float] = {}  # of what was listed later

    def cells(
        self, instrument: Instrument, series: int, start: float, end: float, step: int
    ) -> list[Cell]:
        """Return what happened in [start, end), as `Past.cells` does."""
        if start >= end:
            return []
        if len(instrument.parents) == 1 and not instrument.legs:
            made = self._mapped(instrument, start, end, step)
        else:
            made = self._tree(instrument).cells(start, end, step)
            if (instrument.parents or instrument.legs) and end > self._began:
                made += self._by_the_minute(instrument, max(start, self._began), end)
        if series in (TRADES, MIDPOINT):
            return made
        return [map_cell(cell, lambda ticks: self.side(instrument, series, ticks)) for cell in made]

    def begin(self, instrument: Instrument, when: float) -> None:
        """Note that an instrument's quotes begin later than the market."""
        self._begun[instrument.con_id] = when

    def _tree(self, instrument: Instrument) -> Tree:
        key = instrument.con_id, ""
        tree = self._trees.get(key)
        if tree is None:
            price = (
                self._own_price(instrument)
                if not (instrument.parents or instrument.legs)
                else self._price_by_parents(instrument)
            )
            legs = ",".join(f"{leg.units}x{leg.instrument.con_id}" for leg in instrument.legs)
            name = f"{self._seed}|{legs or instrument.con_id}"
            tree = self._trees[key] = Tree(
                name,
                instrument,
                self._days,
                price,
                instrument.volatility,
                self._begun.get(instrument.con_id, self._began),
                bool(instrument.legs),
            )
        return tree

    def _own_price(self, instrument: Instrument) -> Callable[[float], float]:
        """Return the curve of an instrument that goes its own way, bent so that it ends where the
        market began.
        """
        curve = Curve(self._seed + instrument.con_id, instrument.volatility)
        began = self._begun.get(instrument.con_id, self._began)
        anchor = self._days.last_open(instrument, began)
        level = math.log(float(instrument.price) / float(instrument.min_tick)) - curve(anchor)
        return lambda when: math.exp(level + curve(min(when, anchor)))

    def _price_by_parents(self, instrument: Instrument) -> Callable[[float], float]:
        tick = float(instrument.min_tick)
        return lambda when: (
            value(
                instrument,
                [self._worth(parent, when) for parent in self._parents(instrument)],
                when,
            )
            / tick
        )

    def _worth(self, instrument: Instrument, when: float) -> float:
        """Return the price at a time before the market began."""
        if not (instrument.parents or instrument.legs):
            price = self._tree(instrument).price(when)
        else:
            price = value(
                instrument,
                [self._worth(parent, when) for parent in self._parents(instrument)],
                when,
            ) / float(instrument.min_tick)
        return round(price) * float(instrument.min_tick)

    def _parents(self, instrument: Instrument) -> list[Instrument]:
        if instrument.legs:
            return [leg.instrument for leg in instrument.legs]
        return [
            parent
            for con_id in instrument.parents
            if (parent := self._instruments.by_con_id(con_id)) is not None
        ]

    def _mapped(self, instrument: Instrument, start: float, end: float, step: int) -> list[Cell]:
        """Return the cells of an instrument that follows from one other: its price for each of the
        other's prices.

        The time to expiry is the same for all of a trading day: else shorter bars would not add up
        to longer ones.
        """
        (parent,) = self._parents(instrument)
        shown = TRADES if parent.has_trades else MIDPOINT
        if not instrument.expiry:
            return [
                map_cell(cell, self._worth_by(instrument, parent, start))
                for cell in self._all_cells(parent, shown, start, end, step)
            ]
        made: list[Cell] = []
        latest = next(
            (day.start for day in self._days.back_from(instrument, self._began)), self._began
        )
        for day in self._days.between(instrument, start, end):
            when = self._began if day.start == latest else day.start
            worth = self._worth_by(instrument, parent, when)
            made += [
                map_cell(cell, worth)
                for cell in self._all_cells(
                    parent, shown, max(start, day.start), min(end, day.end), step
                )
            ]
        return made

    def _worth_by(
        self, instrument: Instrument, parent: Instrument, when: float
    ) -> Callable[[float], float]:
        known: dict[float, float] = {}
        tick, parent_tick = float(instrument.min_tick), float(parent.min_tick)

        def worth(ticks: float) -> float:
            found = known.get(ticks)
            if found is None:
                found = known[ticks] = float(
                    max(2, round(value(instrument, [ticks * parent_tick], when) / tick))
                )
            return found

        return worth

    def _by_the_minute(self, instrument: Instrument, start: float, end: float) -> list[Cell]:
        """Return the cells of an instrument that follows from several others, while it was not
        taped: from the others' prices at the end of each minute.
        """
        parents, tick = self._parents(instrument), float(instrument.min_tick)
        first = start // _MINUTE * _MINUTE
        ends: dict[float, dict[int, float]] = {}
        latest = [self._last(parent, first) for parent in parents]
        for n, parent in enumerate(parents):
            shown = TRADES if parent.has_trades else MIDPOINT
            for cell in self._all_cells(parent, shown, first, end, _MINUTE):
                ends.setdefault(cell.start // _MINUTE * _MINUTE, {})[n] = cell.close * float(
                    parent.min_tick
                )
        made: list[Cell] = []
        price = round(value(instrument, latest, first) / tick)
        for minute in sorted(ends):
            opened = price
            latest = [ends[minute].get(n, known) for n, known in enumerate(latest)]
            price = round(value(instrument, latest, minute) / tick)
            high, low = max(opened, price), min(opened, price)
            cell = Cell(
                max(minute, start),
                min(minute + _MINUTE, end),
                opened,
                high,
                low,
                price,
                2 if opened != price else 1,
                2,
            )
            if cell.start < cell.end:
                made.append(cell)
        return made

    def _last(self, instrument: Instrument, when: float) -> float:
        """Return the latest price before a time."""
        for day in self._days.back_from(instrument, when):
            cells = self._all_cells(
                instrument, TRADES if instrument.has_trades else MIDPOINT, day.start, when, 3600
            )
            if cells:
                return cells[-1].close * float(instrument.min_tick)
        return float(instrument.price)

    def side(self, instrument: Instrument, series: int, ticks: float) -> float:
        """Return what the series shows where the price, in the past that was not quoted, was
        this.
        """
        if series in (TRADES, MIDPOINT):
            return ticks
        away = 1 + (round(ticks * _OPTION_SPREAD) if instrument.is_option else 0)
        return ticks + away if series == ASK else ticks - away


def map_cell(cell: Cell, to: Callable[[float], float]) -> Cell:
    """Return the cell with other prices, which only rise or only fall with the cell's."""
    start, end, opened, high, low, closed, count, volume, _ = cell
    top, bottom = to(high), to(low)
    return Cell(
        start, end, to(opened), max(top, bottom), min(top, bottom), to(closed), count, volume
    )
