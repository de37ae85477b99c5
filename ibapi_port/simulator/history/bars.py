"""Bars as clients get them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from ...common import BarData
from ..market.listings.hours import ALWAYS
from ..market.listings.instrument import Instrument
from ..times import ZONE_NAME, local
from .cells import GRIDS, Cell
from .past import TAIL, Past
from .requests import EPOCH, MAX_BARS, WITHOUT_YEAR, BarRequest
from .series import PAIRS, Course, Courses
from .spans import DAY, Span, back, open_ranges, spans

_DIGITS = 10  # decimal places that a price can have
# volume and average price of quotes, and of indices
_NOT_TRADED, _NOTHING = (Decimal(-1), Decimal(0))
_HAIR = 1e-9  # of a lot: what sums of floats may be wrong by
_DAYS_BACK = 10  # in which a price is looked for


@dataclass(slots=True)
class Sums:
    """A bar that is being made. Without trades it stays at the price before."""

    open: float
    high: float
    low: float
    close: float
    count: int = 0
    volume: float = 0.0
    turnover: float = 0.0

    @property
    def average(self) -> float:
        """Return the average price, weighted by size."""
        return (self.open + self.high + self.low + self.close) / 4

    def add(self, cell: Cell) -> None:
        """Add a cell that comes after the others."""
        _, _, opened, high, low, closed, count, volume, turnover = cell
        if not self.count:
            self.open = opened
            self.high = high
            self.low = low
        elif high > self.high or low < self.low:
            self.high = max(self.high, high)
            self.low = min(self.low, low)
        self.close = closed
        self.count += count
        self.volume += volume
        # Where nothing is known of the single trades, they are taken to have been everywhere in the
        # cell.
        self.turnover += turnover or volume * (opened + high + low + closed) / 4


def grid_of(size: int) -> int:
    """Return the longest cells of which bars of this size can be made."""
    return DAY if size >= DAY else next(grid for grid in GRIDS if size % grid == 0)


def fold(
    cells: Sequence[Cell], places: Sequence[Span], before: float | None, standing: bool
) -> list[Sums]:
    """Return one bar for each place. `before`: the price before the first; without it the first
    price there is.

    `standing`: prices hold until there are others, as quotes do, so that a bar begins at the one
    before it. Trades don't: a bar begins at its first. At the beginning of a session there is none
    before.
    """
    price = before if before is not None else cells[0].open
    holds, ended = standing and before is not None, places[0].start
    made: list[Sums] = []
    coming = iter(cells)
    cell = next(coming, None)
    for start, end, _ in places:
        goes_on = holds and start == ended
        if standing and not goes_on and cell is not None:
            price = cell.open
        sums = Sums(price, price, price, price, int(goes_on))
        while cell is not None and cell[0] < end:
            sums.add(cell)
            cell = next(coming, None)
        price, holds, ended = sums.close, standing, end
        made.append(sums)
    return made


class Bars:
    """Makes the bars of a request."""

    def __init__(self, past: Past, courses: Courses) -> None:
        self._past = past
        self._courses = courses

    def places(self, instrument: Instrument, request: BarRequest) -> list[Span]:
        """Return where the request's bars lie."""
        days, end = self._past.days, self.end(instrument, request)
        always = days.mode == ALWAYS
        since, end = self._past.clip(
            instrument, -math.inf if always else self.start(instrument, request), end
        )
        return spans(
            days,
            instrument,
            request.size,
            request.regular,
            since,
            end,
            request.count if always else MAX_BARS,
        )

    def start(self, instrument: Instrument, request: BarRequest) -> float:
        """Return the beginning of the request."""
        return back(
            self._past.days, instrument, request.regular, request.end, request.number, request.unit
        )

    def end(self, instrument: Instrument, request: BarRequest) -> float:
        """Return the end of the request; at the present with what has just been quoted."""
        now = self._past.now(instrument)
        return now if request.end > now - 2 * TAIL else request.end

    def sums(
        self, instrument: Instrument, request: BarRequest, series: str, places: Sequence[Span]
    ) -> list[Sums]:
        """Return the sums for each place, in order; none if nothing is known of that time."""
        if not places:
            return []
        course, grid = self._courses.course(instrument, series), grid_of(request.size)
        end = min(places[-1].end, self.end(instrument, request))
        cells: list[Cell] = []
        for since, until in open_ranges(
            self._past.days, instrument, request.regular, places[0].start, end
        ):
            cells += course.cells(since, until, grid)
        start = places[0].start
        before = self._standing(instrument, request, course, start) if not course.traded else None
        if before is None and not (cells and (cells[0].start < places[0].end or not course.traded)):
            before = self._before(instrument, course, start)
            if before is None and not cells:
                return []
        return fold(cells, places, before, not course.traded)

    def _standing(
        self, instrument: Instrument, request: BarRequest, course: Course, when: float
    ) -> float | None:
        """Return the latest price of the session that goes on at this time."""
        ranges = open_ranges(self._past.days, instrument, request.regular, when - DAY, when)
        if not ranges or ranges[-1][1] != when:
            return None
        cells = course.cells(*ranges[-1], grid_of(3600))
        return cells[-1].close if cells else None

    def _before(self, instrument: Instrument, course: Course, when: float) -> float | None:
        """Return the latest price before a time, of the last days."""
        for day in itertools.islice(self._past.days.back_from(instrument, when), _DAYS_BACK):
            cells = course.cells(day.start, min(day.end, when), grid_of(3600))
            if cells:
                return cells[-1].close
        return None

    def bar_maker(self, instrument: Instrument, request: BarRequest) -> Callable[..., BarData]:
        """Return a function that makes a bar of a place and its sums (for a series of PAIRS two of
        them).
        """
        date, first = _dates(request), PAIRS.get(request.series, (request.series,))[0]
        course = self._courses.course(instrument, first)
        tick, lot = course.tick, instrument.lot
        prices = _Prices(tick)
        traded, counted = course.traded, instrument.sec_type != "IND"

        def make_bar(place: Span, sums: Sums, other: Sums | None = None) -> BarData:
            bar = BarData()
            bar.date = date(place)
            if other is not None:
                # IB: average bid, highest ask, lowest bid, average ask. Of yields the ask is below
                # the bid.
                sums = Sums(
                    sums.average,
                    max(sums.high, other.high),
                    min(sums.low, other.low),
                    other.average,
                )
            bar.open = prices[sums.open]
            bar.high = prices[sums.high]
            bar.low = prices[sums.low]
            bar.close = prices[sums.close]
            if not traded:
                bar.volume = _NOT_TRADED
                bar.wap = _NOT_TRADED
                bar.barCount = -1
            elif not counted:
                bar.volume = _NOTHING
                bar.wap = _NOTHING
                bar.barCount = 0
            else:
                price = sums.turnover / sums.volume if sums.volume else sums.close
                bar.volume = shares(sums.volume, lot)
                bar.wap = Decimal(f"{price * tick:.6f}")
                bar.barCount = sums.count
            return bar

        return make_bar


class _Prices(dict[float, float]):
    """Prices by number of ticks, each the float that is nearest to it."""

    def __init__(self, tick: float) -> None:
        super().__init__()
        self._tick = tick

    def __missing__(self, ticks: float) -> float:
        price = self[ticks] = round(ticks * self._tick, _DIGITS)
        return price


def shares(lots: float, lot: Decimal) -> Decimal:
    """Return a size in lots as clients know it."""
    whole = round(lots)
    return (
        whole * lot
        if -_HAIR < lots - whole < _HAIR
        else Decimal(f"{lots * float(lot):.8f}").normalize()
    )


def _dates(request: BarRequest) -> Callable[[Span], str]:
    """Return a function that writes a bar's date in the form that was asked for."""
    if request.size >= DAY:
        return lambda place: f"{place.day:%Y%m%d}"
    if request.date_format == EPOCH:
        return lambda place: str(int(place.start))
    form = "%m%d " if request.date_format == WITHOUT_YEAR else "%Y%m%d "
    day, midnight, following = "", 0.0, 0.0

    def text_of(place: Span) -> str:
        nonlocal day, midnight, following
        start = place.start
        if not midnight <= start < following:
            moment = local(start)
            opened = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            day, midnight = f"{moment:{form}}", opened.timestamp()
            following = (opened + timedelta(days=1)).timestamp()
        if following - midnight != DAY:  # the clock is put forward or back
            return f"{local(start):{form}%H:%M:%S} {ZONE_NAME}"
        minutes, second = divmod(int(start - midnight), 60)
        hour, minute = divmod(minutes, 60)
        return f"{day}{hour:02d}:{minute:02d}:{second:02d} {ZONE_NAME}"

    return text_of
