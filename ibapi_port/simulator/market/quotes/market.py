"""The simulated market: quotes that move at every tick, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from ..instruments import Instruments
from ..listings.hours import EXCHANGE, Phase
from ..listings.instrument import Instrument
from .closings import Closings, drives
from .derive import Derived
from .played import Played
from .price_limits import BY_VOLATILITY, PriceLimits
from .quote import Quote, reference_price
from .random_walk import ACTIVITY, OUTSIDE_ACTIVITY, RandomWalk

__all__ = ["Market", "OnQuote", "Quote"]

OnPhase = Callable[[str, Phase], None]  # with the name of a schedule
OnQuote = Callable[[Instrument, Quote], None]
HALTED = 1  # IB's code of a trading halt


class Market:
    """The quotes of all instruments, and who gets their changes.

    Some instruments walk by themselves; others (futures, options, indices, combinations) follow
    from them, and are worked out when somebody looks. They are reported only while somebody follows
    them.
    So nothing depends on who looks, and long chains cost nothing.
    """

    def __init__(self, instruments: Instruments, seed: int, now: Callable[[], float]) -> None:
        self._instruments = instruments
        self._seed = seed
        self._now = now
        self._hours = instruments.hours
        self._walks: dict[int, RandomWalk | Played] = {
            entry.con_id: RandomWalk(entry, seed, now())
            for entry in instruments.all
            if not entry.parents
        }
        self._derived: dict[int, Derived] = {}
        self._days: dict[
            str, tuple[float, float]
        ] = {}  # of each schedule: when the trading day began, and when the next one does
        for walk in self._walks.values():
            walk.day = self._day_start(walk.instrument)
        self._closings = Closings(self._hours, now())
        entries = [*instruments.all, *(family.template for family in instruments.families)]
        self._drives = drives(self._walks, entries) if self._hours.mode == EXCHANGE else {}
        self._limits: PriceLimits | None = None
        # how often a quote may have changed, or a market opened or closed: while it stays the
        # same, so does what each `quote` gives, once it has been looked at
        self.moves = 0
        self._phase_listeners: list[OnPhase] = []
        self._listeners: list[OnQuote] = []
        self._watchers: dict[int, tuple[OnQuote, ...]] = {}
        self._followed: dict[int, int] = {}  # how many follow what is derived
        self._children: dict[
            int, dict[int, Instrument]
        ] = {}  # of each parent those that are followed
        self._announced: dict[int, Quote] = {}  # the latest that was reported of those
        instruments.on_new.append(self._add)

    def _add(self, instrument: Instrument) -> None:
        """Begin to quote an instrument that is new."""
        self.moves += 1
        walk = RandomWalk(instrument, self._seed, self._now())
        walk.day = self._day_start(instrument)
        self._walks[instrument.con_id] = walk
        if self._hours.mode == EXCHANGE:
            self._drives[instrument.con_id] = (instrument.hours,)

    def give(self, played: Played) -> None:
        """Let an instrument be moved by a player (`play`), in place of dice or of what it follows
        from. Before anybody looks at it.
        """
        self.moves += 1
        self._walks[played.instrument.con_id] = played
        self._drives.setdefault(played.instrument.con_id, (played.instrument.hours,))

    def begin_day(self, played: Played, start: float) -> None:
        """Let the day of an instrument that is given begin."""
        self.moves += 1
        played.new_day(start)

    def stand_still(self, names: Iterable[str]) -> None:
        """Let only the markets of these schedules open and close: nothing else will move."""
        self.moves += 1
        self._closings.watch_only(names)

    # --- to look ---

    def quote(self, instrument: Instrument) -> Quote:
        """Return what is to be seen; of a closed market what was when it closed."""
        shown = self._closings.shown(instrument)
        if shown is None:
            walk = self._walks.get(instrument.con_id)
            shown = walk.quote if walk is not None else self._live(instrument)
            if self._closings.is_closed(instrument):
                self._closings.show(instrument, shown)
        return shown

    def mark(self, instrument: Instrument) -> Decimal:
        """Return the price that positions are valued at."""
        return reference_price(instrument, self.quote(instrument))

    def spot(self, option: Instrument) -> float:
        """Return the price of an option's underlying."""
        parent = self._derivation(option).parents[0]
        return float(reference_price(parent, self.quote(parent)))

    def phase(self, instrument: Instrument) -> Phase:
        """Return whether its market is open, as of the last tick."""
        return self._closings.phase(instrument.hours)

    # --- who listens ---

    def listen(self, on_quote: OnQuote) -> None:
        """Call `on_quote` at each change, after those who watch the instrument. Derived
        instruments' come while someone follows them.
        """
        self._listeners.append(on_quote)

    def listen_to_phases(self, on_phase: OnPhase) -> None:
        """Call `on_phase` when markets open and close."""
        self._phase_listeners.append(on_phase)

    def watch(self, instrument: Instrument, on_quote: OnQuote) -> None:
        """Call `on_quote` at the instrument's changes, in the order of watching, before those who
        listen to the whole market.
        """
        self._watchers[instrument.con_id] = (*self._watchers.get(instrument.con_id, ()), on_quote)
        self.follow(instrument)

    def unwatch(self, instrument: Instrument, on_quote: OnQuote) -> None:
        """Undo a `watch`."""
        watchers = list(self._watchers[instrument.con_id])
        watchers.remove(on_quote)
        self._watchers[instrument.con_id] = tuple(watchers)
        if not watchers:
            del self._watchers[instrument.con_id]
        self.unfollow(instrument)

    def follow(self, instrument: Instrument) -> None:
        """Report the changes of a derived instrument to listeners, until `unfollow` was called
        as often.
        """
        con_id = instrument.con_id
        if con_id in self._walks:
            return
        self._followed[con_id] = self._followed.get(con_id, 0) + 1
        if self._followed[con_id] == 1:
            self._announced[con_id] = self._live(instrument)
            for parent in self._derived[con_id].parents:
                self._children.setdefault(parent.con_id, {})[con_id] = self._derived[
                    con_id
                ].instrument
                self.follow(parent)

    def unfollow(self, instrument: Instrument) -> None:
        """Undo a `follow`."""
        con_id = instrument.con_id
        if con_id in self._walks:
            return
        self._followed[con_id] -= 1
        if not self._followed[con_id]:
            del self._followed[con_id], self._announced[con_id]
            for parent in self._derived[con_id].parents:
                del self._children[parent.con_id][con_id]
                self.unfollow(parent)

    # --- what happens ---

    def tick(self) -> None:
        """Make one step of every instrument whose market is open, or from which one that is open
        follows.
        """
        now = self._now()
        self.look()
        for walk in self._walks.values():
            instrument = walk.instrument
            if isinstance(walk, Played):
                continue
            if walk.quote.halted or not (instrument.has_quotes or instrument.has_trades):
                continue
            phase = self._closings.phase(instrument.hours)
            if phase is Phase.CLOSED:
                if all(
                    self._closings.phase(name) is Phase.CLOSED
                    for name in self._drives[instrument.con_id]
                ):
                    continue
            elif walk.day != (day := self._day_start(instrument)):
                walk.new_day(day)
            quote = walk.step(int(now), ACTIVITY if phase is Phase.REGULAR else OUTSIDE_ACTIVITY)
            self.moves += 1
            if quote is not None:
                if self._limits is not None and phase is Phase.REGULAR:
                    quote = walk.quote = self._limits.limited(instrument, quote)
                self._publish(instrument, quote)

    def look(self) -> None:
        """Open and close the markets whose time has come."""
        for name, phase in self._closings.look(self._now()):
            self._turn(name, phase)

    def play(self, instrument: Instrument, quote: Quote) -> None:
        """Take the next quote of an instrument that is given, and tell of it."""
        self.moves += 1
        walk = self._walks[instrument.con_id]
        if walk.quote.halted:
            quote = quote._replace(halted=walk.quote.halted)
        walk.quote = quote
        self._publish(instrument, quote)

    def trade(self, instrument: Instrument, price: Decimal, size: Decimal | None = None) -> Quote:
        """Let something be traded at once; bid and ask stay as they are."""
        old = self.quote(instrument)
        if size is None:
            size = self._size(instrument, 2)
        quote = old._replace(
            last=price,
            last_size=size,
            volume=old.volume + size,
            open=old.open or price,
            high=max(old.high, price),
            low=min(old.low, price) if old.low else price,
            last_time=int(self._now()),
        )
        self._put(instrument, quote)
        return quote

    def split(self, instrument: Instrument, ratio: Decimal) -> None:
        """Divide what is quoted by the ratio, before the first trade after a split."""
        self.moves += 1
        walk = self._walks[instrument.con_id]
        quote = walk.quote

        def divided(price: Decimal) -> Decimal:
            return instrument.round(float(price / ratio)) if price else price

        walk.quote = quote._replace(
            bid=divided(quote.bid),
            ask=divided(quote.ask),
            last=divided(quote.last),
            open=divided(quote.open),
            high=divided(quote.high),
            low=divided(quote.low),
            close=divided(quote.close),
        )

    def move(self, instrument: Instrument, last: Decimal) -> None:
        """Put the price there at once, as if traded; the spread is one tick around it."""
        tick = instrument.min_tick
        self.set_quote(instrument, bid=last - tick, ask=last + tick, last=last)

    def set_quote(
        self,
        instrument: Instrument,
        bid: Decimal | None = None,
        ask: Decimal | None = None,
        last: Decimal | None = None,
        bid_size: Decimal | None = None,
        ask_size: Decimal | None = None,
        last_size: Decimal | None = None,
    ) -> Quote:
        """Put the quote there at once; what is not given stays, or is moved as far as it has to be.
        A `last` or `last_size` is a trade; without one the last price stays.

        The market goes on from there. ValueError: the bid is above the ask.
        """
        old = self.quote(instrument)
        tick, traded = instrument.min_tick, last is not None or last_size is not None
        if bid is not None and ask is not None and bid > ask:
            raise ValueError(f"bid {bid} is above ask {ask}")
        if bid is None:
            bid = old.bid if ask is None else min(old.bid, ask - tick)
        if ask is None:
            ask = max(old.ask, bid + tick)
        if last is None and instrument.has_trades and not instrument.legs:
            last = old.last
        elif last is None:  # nobody tells of trades: the price is where the quote is
            last = min(max(old.last, bid), ask)
        size = (
            last_size
            if last_size is not None
            else self._size(instrument, 2)
            if traded
            else old.last_size
        )
        quote = old._replace(
            bid=bid,
            ask=ask,
            last=last,
            bid_size=self._size(instrument, 0) if bid_size is None else bid_size,
            ask_size=self._size(instrument, 1) if ask_size is None else ask_size,
            last_size=size,
            volume=old.volume + size if traded else old.volume,
            high=max(old.high, last),
            low=min(old.low, last) if old.low else last,
            last_time=int(self._now()) if traded else old.last_time,
        )
        self._put(instrument, quote)
        return quote

    def halt(self, instrument: Instrument, code: int = HALTED) -> None:
        """Stop its trading (0: let it go on)."""
        self._put(instrument, self.quote(instrument)._replace(halted=code))

    def limit(
        self, percent: float, call_later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        """Halt US stocks that trade so many percent away from their price of the last minutes, in
        regular hours. Those that the user's data move are not halted.
        """

        def resume(instrument: Instrument) -> None:
            if self.quote(instrument).halted == BY_VOLATILITY:
                self.halt(instrument, 0)

        self._limits = PriceLimits(percent, self._now, call_later, resume)

    # --- steps ---

    def _live(self, instrument: Instrument) -> Quote:
        """Return the quote whether its market is open or not."""
        walk = self._walks.get(instrument.con_id)
        if walk is not None:
            return walk.quote
        derived = self._derivation(instrument)
        basis = tuple([self._live(parent) for parent in derived.parents])
        return derived.quote(basis, self._now(), self._day_start(instrument))

    def _turn(self, name: str, phase: Phase) -> None:
        """Open or close the markets of a schedule."""
        self.moves += 1
        if phase is Phase.CLOSED:
            for walk in self._walks.values():
                if walk.instrument.hours == name:
                    walk.settled = walk.quote.last
                    self._closings.show(walk.instrument, walk.quote)
            for derived in self._derived.values():
                if derived.instrument.hours == name:
                    self._closings.show(derived.instrument, self._live(derived.instrument))
        for on_phase in self._phase_listeners:
            on_phase(name, phase)

    def _put(self, instrument: Instrument, quote: Quote) -> None:
        self.moves += 1
        walk = self._walks.get(instrument.con_id)
        self._live(instrument)
        if (
            self._limits is not None
            and isinstance(walk, RandomWalk)
            and self.phase(instrument) is Phase.REGULAR
        ):
            quote = self._limits.limited(instrument, quote)
        (walk or self._derivation(instrument)).put(quote)
        if self._closings.is_closed(instrument):
            self._closings.show(instrument, quote)
        if instrument.con_id in self._announced:
            self._announced[instrument.con_id] = quote
        self._report(instrument, quote)
        self._report_children(instrument)

    def _size(self, instrument: Instrument, line: int) -> Decimal:
        walk = self._walks.get(instrument.con_id)
        return (
            walk.size()
            if walk is not None
            else self._derivation(instrument).size(3 * int(self._now()) + line)
        )

    def _publish(self, instrument: Instrument, quote: Quote) -> None:
        if not self._closings.is_closed(instrument):
            self._report(instrument, quote)
        self._report_children(instrument)

    def _report(self, instrument: Instrument, quote: Quote) -> None:
        con_id = instrument.con_id
        for on_quote in self._watchers.get(con_id, ()):
            on_quote(instrument, quote)
        for on_quote in self._listeners:
            on_quote(instrument, quote)

    def _report_children(self, instrument: Instrument) -> None:
        """Report what follows from the instrument, and is followed."""
        for child in list(self._children.get(instrument.con_id, {}).values()):
            if (
                child.con_id in self._announced
                and (new := self._live(child)) is not self._announced[child.con_id]
            ):
                self._announced[child.con_id] = new
                self._publish(child, new)

    def _derivation(self, instrument: Instrument) -> Derived:
        derived = self._derived.get(instrument.con_id)
        if derived is None:
            found = [self._instruments.by_con_id(con_id) for con_id in instrument.parents]
            parents = [parent for parent in found if parent is not None]
            assert len(parents) == len(instrument.parents), instrument.local_symbol
            derived = self._derived[instrument.con_id] = Derived(instrument, parents, self._seed)
        return derived

    def _day_start(self, instrument: Instrument) -> float:
        now, key = self._now(), instrument.hours
        start, end = self._days.get(key, (0.0, 0.0))
        if not start <= now < end:
            start, end = self._days[key] = self._hours.trading_day(instrument, now)
        return start
