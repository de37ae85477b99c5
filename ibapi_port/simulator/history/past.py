"""The past of every instrument as one course: thrown by dice until the simulated market began, what
was quoted from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from ..market.instruments import Instruments
from ..market.listings.hours import ALWAYS
from ..market.listings.instrument import SECONDS_PER_DAY, Instrument
from ..market.listings.option_pricing import expiry_moment
from ..market.quotes.market import Market, Quote
from ..net.clock import Clock
from .cells import Cell
from .days import Days
from .events import Source
from .origins import Origins
from .tape import TRADES, Tape, Tick

# instruments that follow from others and are nevertheless taped, so that what was quoted is shown
# again
MAX_FOLLOWED = 64
_YOUNGEST = 30 * SECONDS_PER_DAY  # what has an expiry is at least so old
OnTick = Callable[[Tick], None]
TAIL = 0.001  # seconds: what is quoted at this very moment belongs to the past too


class Past:
    """What was traded and quoted, in cells (see the module `cells`)."""

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        clock: Clock,
        seed: int,
        sources: Mapping[int, Source] | None = None,
        invents: bool = True,
    ) -> None:
        """`sources`: of the instruments whose data were given, by contract id. `invents`: the past
        of all others is thrown by dice; else they have none but what was quoted.
        """
        self._instruments = instruments
        self._market = market
        self._clock = clock
        self._sources = dict(sources or {})
        self._invents = invents
        self._volumes: dict[int, Decimal] = {}  # of the day, of those with a source
        self.days = Days(instruments)
        self.began = clock.now()
        self._origins = Origins(instruments, self.days, self.began, seed, self.cells)
        self._tapes: dict[int, Tape] = {}
        self._heads: dict[int, float] = {}
        self._followed = 0
        self._watchers: dict[int, list[OnTick]] = {}
        for each in instruments.all:
            if not each.parents and each.con_id not in self._sources:
                self._tapes[each.con_id] = Tape(each, market.quote(each), self.began)
        market.listen(self._on_quote)
        instruments.on_new.append(self._add)

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
        source = self.source(instrument)
        if source is not None:
            return source.cells(series, start, end, step)
        tape = self._tape(instrument)
        since = self.began if tape is None else tape.since
        made: list[Cell] = []
        if self._has_past(instrument):
            made = self._origins.cells(
                instrument, series, start, end if tape is None else min(end, since), step
            )
        if tape is not None and end > since:
            made += tape.cells(series, max(start, since), end, step)
        return made

    def _add(self, instrument: Instrument) -> None:
        """Record an instrument that is listed now."""
        now = self._clock.now()
        self._tapes[instrument.con_id] = Tape(instrument, self._market.quote(instrument), now)
        self._origins.begin(instrument, now)

    def adjusted(self, instrument: Instrument, start: float, end: float, step: int) -> list[Cell]:
        """Return the cells of trades, adjusted for dividends too, where some are known."""
        source = self.source(instrument)
        if source is None:
            return self.cells(instrument, TRADES, start, end, step)
        return source.cells(TRADES, *self.clip(instrument, start, end), step, dividends=True)

    def source(self, instrument: Instrument) -> Source | None:
        """Return where the past of an instrument comes from, if its data were given."""
        return self._sources.get(instrument.con_id)

    def _has_past(self, instrument: Instrument) -> bool:
        """Return whether there is a past that was not quoted: an invented one, or one that follows
        from data that were given.
        """
        if self._invents:
            return True
        if len(instrument.parents) != 1 or instrument.legs:
            return False
        parent = self._instruments.by_con_id(instrument.parents[0])
        return parent is not None and (parent.con_id in self._sources or self._has_past(parent))

    def clip(self, instrument: Instrument, start: float, end: float) -> tuple[float, float]:
        """Return as much of the range as the instrument has been there for."""
        for each in (instrument, *(leg.instrument for leg in instrument.legs)):
            if each.expiry:
                end = min(end, expiry_moment(each.expiry))
            start = max(start, self.head(each))
            source = self.source(each)
            if source is not None:
                end = min(end, source.end)
        return start, end

    def head(self, instrument: Instrument) -> float:
        """Return when the oldest data begin: the opening of the first day."""
        source = self.source(instrument)
        if source is not None:
            return source.first
        head = self._heads.get(instrument.con_id)
        if head is None:
            head = instrument.head_time()
            if self.days.mode != ALWAYS:
                day = next(self.days.between(instrument, head, head + 31 * SECONDS_PER_DAY), None)
                span = day.span(regular=True) if day is not None else None
                head = span[0] if span is not None else head
            # what is quoted has a past, also if it is listed long before its time
            if instrument.expiry:
                head = min(head, self.began - _YOUNGEST)
            self._heads[instrument.con_id] = head
        return head

    def tape(self, instrument: Instrument) -> Tape | None:
        """Return what is kept of its quotes, if anything."""
        return self._tapes.get(instrument.con_id)

    def now(self, instrument: Instrument) -> float:
        """Return the present, with what has just been quoted."""
        source = self.source(instrument)
        if source is not None:
            now = self._clock.now()
            return now + TAIL if source.last_time >= now else now
        now, tape = self._clock.now(), self._tape(instrument)
        return now + TAIL if tape is not None and tape.last_time >= now else now

    def side(self, instrument: Instrument, series: int, ticks: float) -> float:
        """Return what the series shows where the price, in the past that was not quoted, was
        this.
        """
        return self._origins.side(instrument, series, ticks)

    # --- what is quoted ---

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        source = self.source(instrument)
        if source is not None:
            self._on_given(instrument, quote, source)
            return
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

    def _on_given(self, instrument: Instrument, quote: Quote, source: Source) -> None:
        """Let those hear who watch an instrument whose data were given."""
        now, before = self._clock.now(), self._volumes.get(instrument.con_id)
        traded = instrument.has_trades and before != quote.volume and quote.volume > 0
        self._volumes[instrument.con_id] = quote.volume
        size = float(quote.last_size) if traded else -1.0
        source.hear(now, quote, size)
        if watchers := self._watchers.get(instrument.con_id):
            row = (now, float(quote.last), float(quote.bid), float(quote.ask), size)
            sizes = (float(quote.bid_size), float(quote.ask_size))
            tick = Tick((*row, *sizes), float(instrument.min_tick), float(instrument.lot))
            for on_tick in list(watchers):
                on_tick(tick)

    def watch(self, instrument: Instrument, on_tick: OnTick) -> None:
        """Call `on_tick` with what is quoted, once it belongs to the past."""
        if self.source(instrument) is None:
            self._tape(instrument, needed=True)
        self._watchers.setdefault(instrument.con_id, []).append(on_tick)

    def unwatch(self, instrument: Instrument, on_tick: OnTick) -> None:
        """Undo a `watch`."""
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
