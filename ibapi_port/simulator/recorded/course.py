"""The course of an instrument by its files: what happens when, and its history in cells."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ..history.cells import Cell
from ..history.days import Days
from ..history.events import Event
from ..history.spans import DAY
from ..history.tape import ASK, BID, TRADES
from ..market.quotes.quote import Quote
from .adjustments import DIVIDEND, Adjustments
from .path import Trade, trades_of
from .series import UNKNOWN, Bar, Series

TRADE, QUOTE, BAR_END, END = range(4)
_HAIR = 1e-6  # seconds
_DIGITS = 6  # places of a price in ticks
_LONGEST_CELL = 60  # seconds, of single trades
_USUAL_SIZE = 20  # lots that are offered where the file tells no sizes


class Happening(NamedTuple):
    """A trade (price, size), a quote (bid, ask and sizes), the end of a bar, or of the data."""

    time: float
    kind: int
    price: float = 0.0
    size: float = UNKNOWN
    ask: float = 0.0
    ask_size: float = UNKNOWN


class Heard(NamedTuple):
    """What a script has made of the market between what the files have."""

    time: float
    quote: Quote
    size: float  # of the trade; below 0: none


class Course:
    """What an instrument's files have, in order of time.

    `spread`: ticks between bid and ask where no quotes are known, which lie around the price.
    """

    def __init__(
        self,
        series: Series,
        adjustments: Adjustments,
        days: Days,
        spread: int,
        now: Callable[[], float],
    ) -> None:
        self.instrument = series.instrument
        self.series = series
        self.adjustments = adjustments
        self.now = now
        self.playing = False  # what the market tells now is of the files
        self.last_time = -math.inf  # of the latest that was played or heard
        self._days = days
        self._tick = float(self.instrument.min_tick)
        self._lot = float(self.instrument.lot)
        self._bars = series.bars
        self._starts = [bar.start for bar in series.bars]
        if self._lowest() <= spread * self._tick:  # else its bids would be none, or below 0
            spread = 0
        half = spread / 2 if not self.instrument.has_trades else spread // 2
        self.below = Decimal(repr(half)) * self.instrument.min_tick
        self.above = spread * self.instrument.min_tick - self.below
        self._heard: list[Heard] = []
        self._trades_of = lru_cache(maxsize=4096)(trades_of)
        edges = [
            *([self._bars[0].start, self._bars[-1].end] if self._bars else []),
            *(
                points.times[n]
                for points in (series.trades, series.quotes)
                for n in ((0, -1) if points else ())
            ),
        ]
        self.first = min(edges)
        self.end = max(self._bars[-1].end if self._bars else 0.0, self._last_session())
        self._weigh_dividends()

    def _lowest(self) -> float:
        """Return the lowest price that was traded; infinity if none was."""
        trades = self.series.trades
        lows = [bar.low for bar in self._bars]
        lows += [trades.at(n)[0] for n in range(len(trades))]
        return min(lows, default=math.inf)

    def _last_session(self) -> float:
        """Return when the session of the last trade or quote ends; 0 if there is none."""
        points = [each.times[-1] for each in (self.series.trades, self.series.quotes) if each]
        last = max(points, default=0.0)
        day = next(self._days.between(self.instrument, last, last + 1), None) if points else None
        return last if day is None else day.end

    @property
    def has_quotes(self) -> bool:
        """Return whether quotes are known, and not only prices."""
        return bool(self.series.quotes)

    @property
    def size_offered(self) -> Decimal:
        """Return the size of a quote where none is known."""
        return self.instrument.lot * _USUAL_SIZE

    def happenings(self, start: float) -> Iterator[Happening]:
        """Return what happens from `start` on, in order, and last the end of the data."""
        parts = [self._of_bars(start), self._of_trades(start), self._of_quotes(start)]
        yield from heapq.merge(*parts, key=lambda one: (one.time, one.kind))
        yield Happening(max(self.end, start), END)

    def _of_bars(self, start: float) -> Iterator[Happening]:
        for bar in self._bars[self._first_bar(start) :]:
            for trade in trades_of(bar):
                if trade.time >= start:
                    yield Happening(trade.time, TRADE, trade.price, trade.size)
            if bar.end > start:
                yield Happening(bar.end, BAR_END)

    def _of_trades(self, start: float) -> Iterator[Happening]:
        trades = self.series.trades
        for n in range(bisect_left(trades.times, start), len(trades)):
            price, size = trades.at(n)
            yield Happening(trades.times[n], TRADE, price, size)

    def _of_quotes(self, start: float) -> Iterator[Happening]:
        quotes = self.series.quotes
        for n in range(bisect_left(quotes.times, start), len(quotes)):
            bid, ask, bid_size, ask_size = quotes.at(n)
            yield Happening(quotes.times[n], QUOTE, bid, bid_size, ask, ask_size)

    def _first_bar(self, start: float) -> int:
        """Return the number of the first bar that ends after `start`."""
        at = bisect_left(self._starts, start)
        return at - 1 if at and self._bars[at - 1].end > start else at

    # --- as a source of history ---

    def hear(self, now: float, quote: Quote, size: float) -> None:
        """Take note of what the market tells. `size` of the trade; below 0: none."""
        if self.playing and now >= self.end:
            return  # that the data have come to their end is nothing that happened
        self.last_time = now
        if not self.playing:
            self._heard.append(Heard(now, quote, size))

    def cells(
        self, series: int, start: float, end: float, step: int, dividends: bool = False
    ) -> list[Cell]:
        """Return what happened in [start, end), as `Past.cells` does. `dividends`: prices are
        adjusted for them too.
        """
        if series == TRADES or not self.has_quotes:
            trades = self.series.trades
            made = self._by_bars(start, end, step)
            made += self._points(TRADES, start, end, step, lambda n: trades.at(n)[0])
        else:
            made = self._points(series, start, end, step, lambda n: self._side(n, series))
        if not self.has_quotes and series in (BID, ASK):
            away = float(self.above if series == ASK else -self.below)
            made = [_moved(cell, away) for cell in made]
        made += self._cells_heard(series, start, end)
        made.sort(key=lambda cell: cell.start)
        return [self._in_ticks(cell, dividends) for cell in made]

    def raw_cells(self, series: int, start: float, end: float) -> list[Cell]:
        """Return what happened in this range, in the file's own prices and sizes."""
        trades = self.series.trades
        made = self._by_bars(start, end, DAY)
        made += self._points(series, start, end, DAY, lambda n: trades.at(n)[0])
        return sorted(made, key=lambda cell: cell.start)

    def events(self, start: float, end: float) -> list[Event]:
        """Return every trade and quote of this range."""
        heard = [one for one in self._heard if start <= one.time < end]
        found = [self._heard_event(one) for one in heard]
        last = self.last_before(start) or 0.0
        bid, ask, bid_size, ask_size = self.quote_before(start) or (0.0, 0.0, 0.0, 0.0)
        for one in self.happenings(start):
            if one.time >= end or one.kind == END:
                break
            if one.kind == QUOTE:
                bid, ask = one.price, one.ask
                bid_size, ask_size = self._offered(one.size), self._offered(one.ask_size)
                size = -1.0
            elif one.kind == TRADE:
                last = one.price
                size = max(one.size, 0.0) if self.instrument.has_trades else -1.0
                if not self.has_quotes:
                    bid, ask = last - float(self.below), last + float(self.above)
                    bid_size = ask_size = self._offered(one.size)
            else:
                continue
            found.append(self._event(one.time, last, size, bid, ask, bid_size, ask_size))
        return sorted(found, key=lambda event: event.time) if heard else found

    # --- steps ---

    def _by_bars(self, start: float, end: float, step: int) -> list[Cell]:
        """Return bars as they are where they fit into a part, else the trades that they are played
        as.
        """
        made: list[Cell] = []
        for bar in self._bars[self._first_bar(start) :]:
            if bar.start >= end:
                break
            whole = start <= bar.start and bar.end <= end and self._fits(bar, step)
            if whole and not self._heard_within(bar):
                made.append(_cell_of(bar, self._trades_of(bar)))
                continue
            made += [
                _point(trade.time, trade.price, max(trade.size, 0.0), trade.number)
                for trade in self._trades_of(bar)
                if start <= trade.time < end
            ]
        return made

    def _fits(self, bar: Bar, step: int) -> bool:
        if bar.end - bar.start > step:
            return False
        if step >= DAY:
            return True
        ahead = self._days.offset(self.instrument, bar.start)
        return (bar.start + ahead) // step == (bar.end + ahead - _HAIR) // step

    def _heard_within(self, bar: Bar) -> bool:
        return any(bar.start <= one.time < bar.end for one in self._heard)

    def _points(
        self, series: int, start: float, end: float, step: int, price: Callable[[int], float]
    ) -> list[Cell]:
        """Return trades or quotes; of a stretch of `step` seconds (at most a minute) as one cell,
        else history of a year would be made of millions.
        """
        points = self.series.trades if series == TRADES else self.series.quotes
        part = min(step, _LONGEST_CELL)
        made: list[Cell] = []
        low, high = bisect_left(points.times, start), bisect_left(points.times, end)
        while low < high:
            first = points.times[low]
            until = min(end, (first // part + 1) * part)
            following = bisect_left(points.times, until, low, high)
            prices = [price(n) for n in range(low, following)]
            sizes = (
                [max(points.at(n)[1], 0.0) for n in range(low, following)]
                if series == TRADES
                else [0.0]
            )
            made.append(
                Cell(
                    first,
                    points.times[following - 1],
                    prices[0],
                    max(prices),
                    min(prices),
                    prices[-1],
                    len(prices),
                    sum(sizes),
                    sum(a * b for a, b in zip(prices, sizes, strict=False)),
                )
            )
            low = following
        return made

    def _side(self, n: int, series: int) -> float:
        bid, ask = self.series.quotes.at(n)[:2]
        return bid if series == BID else ask if series == ASK else (bid + ask) / 2

    def _cells_heard(self, series: int, start: float, end: float) -> list[Cell]:
        made = []
        for one in self._heard:
            if not start <= one.time < end or (series == TRADES and one.size < 0):
                continue
            quote = one.quote
            price = {TRADES: quote.last, BID: quote.bid, ASK: quote.ask}.get(series, quote.midpoint)
            made.append(
                _point(one.time, float(price), max(one.size, 0.0) if series == TRADES else 0.0, 1)
            )
        return made

    def _in_ticks(self, cell: Cell, dividends: bool) -> Cell:
        """Return the cell in ticks and lots, adjusted to the present."""
        start, end, opened, high, low, close, count, volume, turnover = cell
        price, size = self._tick, self._lot
        if self.adjustments.actions:
            now = self.now()
            splits = self.adjustments.splits(start, now)
            price *= splits
            size /= splits
            if dividends:
                price /= self.adjustments.dividends(start, now)
        opened, high, low, close = (
            round(each / price, _DIGITS) for each in (opened, high, low, close)
        )
        return Cell(
            start, end, opened, high, low, close, count, volume / size, turnover / price / size
        )

    def _heard_event(self, one: Heard) -> Event:
        quote = one.quote
        return self._event(
            one.time,
            float(quote.last),
            one.size,
            float(quote.bid),
            float(quote.ask),
            float(quote.bid_size),
            float(quote.ask_size),
        )

    def _event(
        self,
        time: float,
        last: float,
        size: float,
        bid: float,
        ask: float,
        bid_size: float,
        ask_size: float,
    ) -> Event:
        price, lot = self._tick * self.adjustments.splits(time, self.now()), self._lot
        last, bid, ask = (round(each / price, _DIGITS) for each in (last, bid, ask))
        return Event(
            time, last, size / lot if size >= 0 else -1.0, bid, ask, bid_size / lot, ask_size / lot
        )

    def _offered(self, size: float) -> float:
        return size if size > 0 else float(self.size_offered)

    def last_before(self, when: float) -> float | None:
        """Return the price of the latest trade before a time; None if there was none."""
        trades = self.series.trades
        at = bisect_left(trades.times, when) - 1
        found = [(trades.times[at], trades.at(at)[0])] if at >= 0 else []
        first = bisect_left(self._starts, when) - 1
        if first >= 0:
            latest = [one for one in trades_of(self._bars[first]) if one.time < when][-1]
            found.append((latest.time, latest.price))
        return max(found)[1] if found else None

    def quote_before(self, when: float) -> tuple[float, ...] | None:
        """Return the latest bid, ask and sizes before a time; None if there was none."""
        quotes = self.series.quotes
        at = bisect_left(quotes.times, when) - 1
        return tuple(quotes.at(at)) if at >= 0 else None

    def _weigh_dividends(self) -> None:
        for action in self.adjustments.actions:
            close = self.last_before(action.time)
            if action.kind == DIVIDEND and close is not None and close > float(action.value):
                self.adjustments.shares_of_price[action.time] = 1 - float(action.value) / close


def _cell_of(bar: Bar, trades: list[Trade]) -> Cell:
    volume = max(bar.volume, 0.0)
    count = int(bar.trades) if bar.trades > 0 else len(trades)
    turnover = bar.wap * volume if bar.wap > 0 else 0.0
    return Cell(bar.start, bar.end, bar.open, bar.high, bar.low, bar.close, count, volume, turnover)


def _point(time: float, price: float, size: float, count: int) -> Cell:
    return Cell(time, time, price, price, price, price, count, size, price * size)


def _moved(cell: Cell, away: float) -> Cell:
    start, end, opened, high, low, close, count, _, _ = cell
    return Cell(start, end, opened + away, high + away, low + away, close + away, count, 0.0)
