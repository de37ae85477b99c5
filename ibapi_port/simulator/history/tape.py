"""What has been quoted since the simulated market began: the latest quotes one by one, older ones
folded into bars, in bounded memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ..market.listings.instrument import Instrument
from ..market.quotes.quote import Quote
from .cells import GRIDS, Cell, edges, split

TRADES, MIDPOINT, BID, ASK = range(4)  # the series of prices
# of a quote: time, last, bid, ask, size of the trade (below 0: none), bid size, ask size
_WIDTH = 7
_LATEST = 2048  # quotes that are kept one by one
# seconds that a bar spans, and how many of them are kept
_TIERS = ((5, 720), (60, 1440), (1800, 20_000))
_SLACK = 1.25  # so many times as many are there before the older ones are folded
_SERIES = 7  # of a bar, for each series: open, high, low, close, count, volume, turnover
_BAR = 1 + 4 * _SERIES  # with the time at which it begins
_EXACT = 4  # decimal places of a tick that prices put there by hand may lie between ticks


class Tick:
    """A quote that was: prices in ticks, sizes in lots; `size` below 0 where nothing was traded."""

    __slots__ = ("ask", "ask_size", "bid", "bid_size", "last", "size", "time")

    def __init__(self, row: tuple[float, ...], tick: float, lot: float) -> None:
        self.time, last, bid, ask, size, bid_size, ask_size = row
        self.last, self.bid, self.ask = (round(price / tick, _EXACT) for price in (last, bid, ask))
        self.size = size / lot if size >= 0 else -1.0
        self.bid_size = bid_size / lot
        self.ask_size = ask_size / lot

    def price(self, series: int) -> float:
        """Return the price that the series shows, in the instrument's ticks."""
        if series == TRADES:
            return self.last
        if series == MIDPOINT:
            return (self.bid + self.ask) / 2
        return self.bid if series == BID else self.ask

    def cell(self, series: int) -> Cell | None:
        """Return the tick as a cell of its own; None if the series has nothing of it."""
        size = self.size if series == TRADES else 0.0
        if size < 0:
            return None
        price = self.price(series)
        return Cell(self.time, self.time, price, price, price, price, 1, size, price * size)


class Tape:
    """The quotes of one instrument since `since`."""

    def __init__(self, instrument: Instrument, quote: Quote, since: float) -> None:
        self.since = since
        self.last_time = since - 1.0  # of the latest quote
        self._name = b"tape|%d" % instrument.con_id
        self._tick = float(instrument.min_tick)
        self._lot = float(instrument.lot)
        self._latest = array("d")
        self._tiers = [array("d") for _ in _TIERS]
        self._volume: Decimal | None = quote.volume
        self._trades = instrument.has_trades
        self._follows = bool(instrument.parents)
        self._last = quote.last

    def expect_trade(self) -> None:
        """Note that the tape was begun with a quote that is yet to be added."""
        self._volume = None

    def add(self, now: float, quote: Quote) -> None:
        """Add the quote, which has changed."""
        size = -1.0
        if quote.volume != self._volume or (self._follows and quote.last != self._last):
            self._volume = quote.volume
            self._last = quote.last
            if self._trades:
                size = float(quote.last_size)
        self.last_time = now
        self._latest.extend(
            (
                now,
                float(quote.last),
                float(quote.bid),
                float(quote.ask),
                size,
                float(quote.bid_size),
                float(quote.ask_size),
            )
        )
        if len(self._latest) >= _SLACK * _LATEST * _WIDTH:
            self._fold()

    def latest(self) -> Tick:
        """Return the latest quote."""
        return Tick(tuple(self._latest[-_WIDTH:]), self._tick, self._lot)

    def cells(self, series: int, start: float, end: float, step: int) -> list[Cell]:
        """Return what happened in this range, in order: bars of at most `step` seconds, or single
        quotes.
        """
        found: list[Cell] = []
        for (length, _), rows in reversed(list(zip(_TIERS, self._tiers, strict=True))):
            for at in range(_first(rows, _BAR, start - length), len(rows), _BAR):
                if rows[at] >= end:
                    return found
                cell = self._cell(rows, at, series, length)
                if cell is not None and cell.end > start:
                    self._collect(cell, series, GRIDS.index(length), start, end, step, found)
        for tick in self.ticks(start, end):
            quoted = tick.cell(series)
            if quoted is not None:
                found.append(quoted)
        return found

    def ticks(self, start: float, end: float) -> Iterator[Tick]:
        """Return the quotes of this range that are kept one by one."""
        rows = self._latest
        for at in range(_first(rows, _WIDTH, start), len(rows), _WIDTH):
            if rows[at] >= end:
                return
            yield Tick(tuple(rows[at : at + _WIDTH]), self._tick, self._lot)

    @property
    def ticks_since(self) -> float:
        """Return the time from when on quotes are kept one by one."""
        return self._latest[0] if self._tiers[0] and self._latest else self.since

    def _collect(
        self,
        cell: Cell,
        series: int,
        level: int,
        start: float,
        end: float,
        step: int,
        found: list[Cell],
    ) -> None:
        if cell.start >= end or cell.end <= start:
            return
        if level == len(GRIDS) - 1 or (
            GRIDS[level] <= step and start <= cell.start and cell.end <= end
        ):
            found.append(cell)
            return
        for part in split(
            cell,
            edges(cell.start, cell.end, GRIDS[level + 1]),
            b"%b|%d|%d" % (self._name, level + 1, int(cell.start)),
        ):
            self._collect(part, series, level + 1, start, end, step, found)

    def _fold(self) -> None:
        """Make bars of the older quotes, and longer bars of the oldest bars, so that everything
        stays bounded.
        """
        first_kept = _first_kept(self._latest, _WIDTH, _LATEST, _TIERS[0][0])
        events = (self._events(at) for at in range(0, first_kept, _WIDTH))
        _append(self._tiers[0], _TIERS[0][0], events)
        del self._latest[:first_kept]
        for n, (_, most) in enumerate(_TIERS):
            rows = self._tiers[n]
            if len(rows) < _SLACK * most * _BAR:
                continue
            longer = _TIERS[n + 1][0] if n + 1 < len(_TIERS) else _TIERS[n][0]
            first_kept = _first_kept(rows, _BAR, most, longer)
            if n + 1 < len(_TIERS):
                _append(
                    self._tiers[n + 1],
                    longer,
                    (list(rows[at : at + _BAR]) for at in range(0, first_kept, _BAR)),
                )
            del rows[:first_kept]

    def _cell(self, rows: array[float], at: int, series: int, length: int) -> Cell | None:
        start, first = rows[at], at + 1 + _SERIES * series
        opened, high, low, closed, count, volume, turnover = rows[first : first + _SERIES]
        begin = max(start, self.since)
        return (
            Cell(begin, start + length, opened, high, low, closed, int(count), volume, turnover)
            if count
            else None
        )

    def _events(self, at: int) -> list[float]:
        """Return one quote as a bar."""
        tick = Tick(tuple(self._latest[at : at + _WIDTH]), self._tick, self._lot)
        row = [tick.time]
        for series in (TRADES, MIDPOINT, BID, ASK):
            cell = tick.cell(series)
            row += [*cell[2:]] if cell is not None else [0.0] * _SERIES
        return row


def _first(rows: array[float], width: int, start: float) -> int:
    """Return where the first row begins whose time is `start` or later."""
    low, high = 0, len(rows) // width
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if rows[middle * width] < start else (low, middle)
    return low * width


def _first_kept(rows: array[float], width: int, most: int, length: int) -> int:
    """Return where the first row begins that stays if `most` do, with all others of the `length`
    seconds that it lies in.
    """
    edge = rows[max(0, len(rows) - most * width)] // length * length
    return _first(rows, width, edge)


def _append(rows: array[float], length: int, parts: Iterable[list[float]]) -> None:
    """Fold parts into bars of `length` seconds and append them. No bar is begun twice: what is
    folded ends where a bar does.
    """
    bar: list[float] | None = None
    for part in parts:
        start = part[0] // length * length
        if bar is not None and bar[0] == start:
            _merge(bar, part)
            continue
        if bar is not None:
            rows.extend(bar)
        bar = [start, *part[1:]]
    if bar is not None:
        rows.extend(bar)


def _merge(bar: list[float], part: list[float]) -> None:
    for at in range(1, _BAR, _SERIES):
        if not part[at + 4]:
            continue
        if not bar[at + 4]:
            bar[at : at + _SERIES] = part[at : at + _SERIES]
            continue
        bar[at + 1] = max(bar[at + 1], part[at + 1])
        bar[at + 2] = min(bar[at + 2], part[at + 2])
        bar[at + 3] = part[at + 3]
        for n in (4, 5, 6):
            bar[at + n] += part[at + n]
