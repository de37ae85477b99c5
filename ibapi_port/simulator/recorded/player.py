"""Plays data on the market: each trade and quote at its time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ..history.spans import DAY
from ..history.tape import TRADES
from ..market.instruments import Instruments
from ..market.quotes.market import Market
from ..market.quotes.played import Played
from ..market.quotes.quote import Quote
from ..net.timers import Timers
from .course import BAR_END, QUOTE, TRADE, Course, Happening
from .series import UNKNOWN

_ZERO = Decimal(0)
_DAYS_BACK = 20  # in which the close of the day before is looked for


def exact(number: float) -> Decimal:
    """Return the number as the file has written it."""
    return Decimal(int(number)) if number == int(number) else Decimal(repr(number))


class Player:
    """Moves the market by what the courses say, from now on."""

    def __init__(
        self, courses: Sequence[Course], instruments: Instruments, market: Market, timers: Timers
    ) -> None:
        self._courses = courses
        self._hours = instruments.hours
        self._market = market
        self._timers = timers
        self._played = [Played(course.instrument) for course in courses]
        self._day_ends = [0.0] * len(courses)
        self._ahead: list[tuple[float, int, Happening]] = []
        self._following: list[Iterator[Happening]] = []
        self.counts = {"bar": 0, "trade": 0, "quote": 0}  # what has been played

    def start(self) -> None:
        """Begin: the market shows what was last before now, and the timers do the rest."""
        now = self._timers.clock.now()
        for n, course in enumerate(self._courses):
            self._market.give(self._played[n])
            self._begin(n, course, now)
            happenings = course.happenings(now)
            self._following.append(happenings)
            self._ahead.append((now, n, next(happenings)))
        self._ahead = [(one.time, n, one) for _, n, one in self._ahead]
        heapq.heapify(self._ahead)
        self._set_timer()

    @property
    def next_time(self) -> float | None:
        """Return when something is played next; None after the end of all data."""
        return self._ahead[0][0] if self._ahead else None

    def _set_timer(self) -> None:
        if self._ahead:
            self._timers.call_at(self._ahead[0][0], self._play)

    def _play(self) -> None:
        now = self._timers.clock.now()
        while self._ahead and self._ahead[0][0] <= now:
            _, n, one = self._ahead[0]
            following = next(self._following[n], None)
            if following is None:
                heapq.heappop(self._ahead)
            else:
                heapq.heapreplace(self._ahead, (following.time, n, following))
            self._happen(n, one)
        self._set_timer()

    def _happen(self, n: int, one: Happening) -> None:
        if one.kind == BAR_END:
            self.counts["bar"] += 1
            return
        course, played = self._courses[n], self._played[n]
        now = self._timers.clock.now()
        if now >= self._day_ends[n]:
            start, self._day_ends[n] = self._hours.trading_day(course.instrument, now)
            self._market.begin_day(played, start)
        old = played.quote
        if one.kind == TRADE:
            self.counts["trade"] += 1
            quote = _traded(course, old, one, int(now))
        elif one.kind == QUOTE:
            self.counts["quote"] += 1
            quote = _quoted(course, old, one)
        else:  # the end: nobody bids or asks any longer
            quote = old._replace(bid=_ZERO, ask=_ZERO, bid_size=_ZERO, ask_size=_ZERO)
        course.playing = True
        try:
            self._market.play(course.instrument, quote)
        finally:
            course.playing = False

    def _begin(self, n: int, course: Course, now: float) -> None:
        """Show the market as it was left: the last price before now, and the day's prices."""
        last = course.last_before(now)
        played = self._played[n]
        start, self._day_ends[n] = self._hours.trading_day(course.instrument, now)
        played.day = start
        if last is None or now >= course.end:
            return
        of_day = course.raw_cells(TRADES, start, now)
        before = course.raw_cells(TRADES, start - _DAYS_BACK * DAY, start)
        price = exact(last)
        quote = played.quote._replace(
            last=price,
            bid=price - course.below,
            ask=price + course.above,
            bid_size=course.size_offered,
            ask_size=course.size_offered,
            close=exact(before[-1].close) if before else _ZERO,
            last_time=int(now),
        )
        if of_day:
            quote = quote._replace(
                open=exact(of_day[0].open),
                high=exact(max(cell.high for cell in of_day)),
                low=exact(min(cell.low for cell in of_day)),
                volume=exact(sum(cell.volume for cell in of_day)),
            )
        if known := course.quote_before(now):
            bid, ask, bid_size, ask_size = known
            one = Happening(now, QUOTE, bid, bid_size, ask, ask_size)
            quote = _quoted(course, quote, one)
        played.quote = quote


def _traded(course: Course, old: Quote, one: Happening, now: int) -> Quote:
    price = exact(one.price)
    known = one.size != UNKNOWN
    size = exact(one.size) if known else _ZERO
    new = old._replace(last=price, high=max(old.high, price), last_time=now)
    new = new._replace(
        low=min(old.low, price) if old.low else price, open=old.open if old.open else price
    )
    if size:
        new = new._replace(last_size=size, volume=old.volume + size)
    if course.has_quotes:
        return new
    step = course.instrument.size_increment
    offered = size // step * step if known else course.size_offered
    return new._replace(
        bid=price - course.below, ask=price + course.above, bid_size=offered, ask_size=offered
    )


def _quoted(course: Course, old: Quote, one: Happening) -> Quote:
    bid, ask = exact(one.price), exact(one.ask)
    sizes = [
        course.size_offered if size == UNKNOWN else exact(size) for size in (one.size, one.ask_size)
    ]
    new = old._replace(bid=bid, ask=ask, bid_size=sizes[0], ask_size=sizes[1])
    if course.instrument.has_trades:
        return new
    middle = (bid + ask) / 2
    return new._replace(
        last=middle,
        high=max(old.high, middle),
        low=min(old.low, middle) if old.low else middle,
        open=old.open or middle,
    )
