"""The past of every instrument as one course: thrown by dice until the simulated market began, what
was quoted from then on.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..market.instruments import Instruments
from ..market.listings.hours import ALWAYS
from ..market.listings.instrument import SECONDS_PER_DAY, Instrument
from ..market.listings.option_pricing import expiry_moment, value
from ..market.quotes.market import Market, Quote
from ..net.clock import Clock
from .cells import Cell
from .days import Days
from .tape import ASK, MIDPOINT, TRADES, Tape, Tick
from .trees import Curve, Tree

# instruments that follow from others and are nevertheless taped, so that what was quoted is told
# again
MAX_FOLLOWED = 64
_OPTION_SPREAD = 0.01  # of the price, on either side
_MINUTE = 60
_YOUNGEST = 30 * SECONDS_PER_DAY  # what has an expiry is at least so old
OnTick = Callable[[Tick], None]
TAIL = 0.001  # seconds: what is quoted at this very moment belongs to the past too


class Past:
    """What was traded and quoted, in cells: see `cells`."""

    def __init__(self, instruments: Instruments, market: Market, clock: Clock, seed: int) -> None:
        self._instruments = instruments
        self._market = market
        self._clock = clock
        self._seed = seed
        self.days = Days(instruments)
        self.began = clock.now()
        self._trees: dict[tuple[int, str], Tree] = {}
        self._tapes: dict[int, Tape] = {}
        self._heads: dict[int, float] = {}
        self._followed = 0
        self._watchers: dict[int, list[OnTick]] = {}
        for each in instruments.all:
            if not each.parents:
                self._tapes[each.con_id] = Tape(each, market.quote(each), self.began)
        market.listen(self._on_quote)

    # --- to ask ---

    def cells(
        self, instrument: Instrument, series: int, start: float, end: float, step: int
    ) -> list[Cell]:
        """Return what happened in [start, end), in order, in parts of `step` seconds (one of GRIDS,
        or a day) or less.

        Prices are in the instrument's ticks, `volume` in its lots.
        """
        start, end = self.clip(instrument, start, end)
        if start >= end:
            return []
        tape = self._tape(instrument)
        since = self.began if tape is None else tape.since
        made = self._before_tape(
            instrument, series, start, end if tape is None else min(end, since), step
        )
        if tape is not None and end > since:
            made += tape.cells(series, max(start, since), end, step)
        return made

    def clip(self, instrument: Instrument, start: float, end: float) -> tuple[float, float]:
        """Return as much of the range as the instrument has been there for."""
        for each in (instrument, *(leg.instrument for leg in instrument.legs)):
            if each.expiry:
                end = min(end, expiry_moment(each.expiry))
            start = max(start, self.head(each))
        return start, end

    def head(self, instrument: Instrument) -> float:
        """Return when the oldest data begin: the opening of the first day."""
        head = self._heads.get(instrument.con_id)
        if head is None:
            head = instrument.head_time()
            if self.days.mode != ALWAYS:
                day = next(self.days.between(instrument, head, head + 31 * SECONDS_PER_DAY), None)
                span = day.span(regular=True) if day is not None else None
                head = span[0] if span is not None else head
            if (
                instrument.expiry
            ):  # what is quoted has a past, also if it is listed long before its time
                head = min(head, self.began - _YOUNGEST)
            self._heads[instrument.con_id] = head
        return head

    def tape(self, instrument: Instrument) -> Tape | None:
        """Return what is kept of its quotes, if anything."""
        return self._tapes.get(instrument.con_id)

    def now(self, instrument: Instrument) -> float:
        """Return the present, with what has just been quoted."""
        now, tape = self._clock.now(), self._tape(instrument)
        return now + TAIL if tape is not None and tape.last_time >= now else now

    def side(self, instrument: Instrument, series: int, ticks: float) -> float:
        """Return what the series shows where the price, in the past that was not quoted, was
        this.
        """
        if series in (TRADES, MIDPOINT):
            return ticks
        away = 1 + (round(ticks * _OPTION_SPREAD) if instrument.is_option else 0)
        return ticks + away if series == ASK else ticks - away

    # --- what is quoted ---

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        known = instrument.con_id in self._tapes
        tape = self._tape(instrument)
        if tape is not None:
            if not known:
                tape.expect_trade()
            tape.add(self._clock.now(), quote)
            if watchers := self._watchers.get(instrument.con_id):
                tick = tape.latest()
                for on_tick in list(watchers):
                    on_tick(tick)

    def watch(self, instrument: Instrument, on_tick: OnTick) -> None:
        """Call `on_tick` with what is quoted, once it belongs to the past."""
        self._tape(instrument, needed=True)
        self._watchers.setdefault(instrument.con_id, []).append(on_tick)

    def unwatch(self, instrument: Instrument, on_tick: OnTick) -> None:
        self._watchers[instrument.con_id].remove(on_tick)

    def _tape(self, instrument: Instrument, needed: bool = False) -> Tape | None:
        """Return the tape of its quotes; None if it follows from others, and enough of these are
        taped.
        """
        con_id = instrument.con_id
        tape = self._tapes.get(con_id)
        if tape is None:
            if self._followed >= MAX_FOLLOWED and not needed:
                return None
            self._followed += 1
            self._market.follow(instrument)
            tape = self._tapes[con_id] = Tape(
                instrument, self._market.quote(instrument), self._clock.now()
            )
        return tape

    # --- what was before ---

    def _before_tape(
        self, instrument: Instrument, series: int, start: float, end: float, step: int
    ) -> list[Cell]:
        if start >= end:
            return []
        if len(instrument.parents) == 1 and not instrument.legs:
            made = self._mapped(instrument, start, end, step)
        else:
            made = self._tree(instrument).cells(start, end, step)
            if (instrument.parents or instrument.legs) and end > self.began:
                made += self._by_the_minute(instrument, max(start, self.began), end)
        if series in (TRADES, MIDPOINT):
            return made
        return [map_cell(cell, lambda ticks: self.side(instrument, series, ticks)) for cell in made]

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
                self.days,
                price,
                instrument.volatility,
                self.began,
                bool(instrument.legs),
            )
        return tree

    def _own_price(self, instrument: Instrument) -> Callable[[float], float]:
        """Return the curve of an instrument that goes its own way, bent so that it ends where the
        market began.
        """
        curve = Curve(self._seed + instrument.con_id, instrument.volatility)
        anchor = self.days.last_open(instrument, self.began)
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
                for cell in self.cells(parent, shown, start, end, step)
            ]
        made: list[Cell] = []
        latest = next(
            (day.start for day in self.days.back_from(instrument, self.began)), self.began
        )
        for day in self.days.between(instrument, start, end):
            when = self.began if day.start == latest else day.start
            worth = self._worth_by(instrument, parent, when)
            made += [
                map_cell(cell, worth)
                for cell in self.cells(
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
            for cell in self.cells(parent, shown, first, end, _MINUTE):
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
        for day in self.days.back_from(instrument, when):
            cells = self.cells(
                instrument, TRADES if instrument.has_trades else MIDPOINT, day.start, when, 3600
            )
            if cells:
                return cells[-1].close * float(instrument.min_tick)
        return float(instrument.price)


def map_cell(cell: Cell, to: Callable[[float], float]) -> Cell:
    """Return the cell with other prices, which only rise or only fall with the cell's."""
    start, end, opened, high, low, closed, count, volume, _ = cell
    top, bottom = to(high), to(low)
    return Cell(
        start, end, to(opened), max(top, bottom), min(top, bottom), to(closed), count, volume
    )
