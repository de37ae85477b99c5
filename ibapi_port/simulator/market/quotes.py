"""The simulated market: quotes that move at every tick, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .derive import Derived
from .hours import Phase
from .instrument import Instrument
from .instruments import Instruments
from .quote import Quote, reference
from .walk import ACTIVITY, OUTSIDE_ACTIVITY, Walker

__all__ = ["Market", "OnQuote", "Quote"]

OnQuote = Callable[[Instrument, Quote], None]
HALTED = 1  # IB's code of a trading halt


class Market:
    """The quotes of all instruments, and who is told of their changes.

    Some instruments walk by themselves; others (futures, options, indices, combinations) follow from them, are worked out when somebody
    looks, and are told of only while somebody follows them. So nothing depends on who looks, and long chains cost nothing.
    """

    def __init__(self, instruments: Instruments, seed: int, now: Callable[[], float]) -> None:
        self._instruments, self._seed, self._now = instruments, seed, now
        self._hours = instruments.hours
        self._walkers = {entry.con_id: Walker(entry, seed, now()) for entry in instruments.all if not entry.parents}
        self._derived: dict[int, Derived] = {}
        self._days: dict[str, tuple[float, float]] = {}  # of each schedule: when the trading day began, and when the next one does
        self._listeners: list[OnQuote] = []
        self._watchers: dict[int, tuple[OnQuote, ...]] = {}
        self._followed: dict[int, int] = {}  # how many follow what is derived
        self._children: dict[int, dict[int, Instrument]] = {}  # of each parent those that are followed
        self._told: dict[int, Quote] = {}  # the latest that was told of those

    # --- to look ---

    def quote(self, instrument: Instrument) -> Quote:
        walker = self._walkers.get(instrument.con_id)
        if walker is not None:
            return walker.quote
        derived = self._derivation(instrument)
        basis = tuple([self.quote(parent) for parent in derived.parents])
        return derived.quote(basis, self._now(), self._day_start(instrument))

    def mark(self, instrument: Instrument) -> Decimal:
        """The price that positions are valued at."""
        return reference(instrument, self.quote(instrument))

    def spot(self, option: Instrument) -> float:
        """The price of an option's underlying."""
        parent = self._derivation(option).parents[0]
        return float(reference(parent, self.quote(parent)))

    # --- to be told ---

    def listen(self, on_quote: OnQuote) -> None:
        """Be told of each change, after those who watch the instrument. Derived instruments' are told while someone follows them."""
        self._listeners.append(on_quote)

    def watch(self, instrument: Instrument, on_quote: OnQuote) -> None:
        """Be told of the instrument's changes, in the order of watching, before those who listen to the whole market."""
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
        """Have the changes of a derived instrument told to listeners, until `unfollow` was called as often."""
        con_id = instrument.con_id
        if con_id in self._walkers:
            return
        self._followed[con_id] = self._followed.get(con_id, 0) + 1
        if self._followed[con_id] == 1:
            self._told[con_id] = self.quote(instrument)
            for parent in self._derived[con_id].parents:
                self._children.setdefault(parent.con_id, {})[con_id] = self._derived[con_id].instrument
                self.follow(parent)

    def unfollow(self, instrument: Instrument) -> None:
        con_id = instrument.con_id
        if con_id in self._walkers:
            return
        self._followed[con_id] -= 1
        if not self._followed[con_id]:
            del self._followed[con_id], self._told[con_id]
            for parent in self._derived[con_id].parents:
                del self._children[parent.con_id][con_id]
                self.unfollow(parent)

    # --- what happens ---

    def tick(self) -> None:
        """One step of every instrument whose market is open."""
        now = self._now()
        for walker in self._walkers.values():
            instrument = walker.instrument
            if walker.quote.halted or not (instrument.has_quotes or instrument.has_trades):
                continue
            phase = self._hours.phase(instrument, now)
            if phase is Phase.CLOSED:
                continue
            if walker.day != (day := self._day_start(instrument)):
                walker.new_day(day)
            quote = walker.step(int(now), ACTIVITY if phase is Phase.REGULAR else OUTSIDE_ACTIVITY)
            if quote is not None:
                self._publish(instrument, quote)

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
        """Put the quote there at once; what is not given stays, or is moved as far as it has to be. A `last` or `last_size` is a trade.

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
        if last is None:
            last = min(max(old.last, bid), ask)
        size = last_size if last_size is not None else self._size(instrument, 2) if traded else old.last_size
        quote = old._replace(
            bid=bid,
            ask=ask,
            last=last,
            bid_size=self._size(instrument, 0) if bid_size is None else bid_size,
            ask_size=self._size(instrument, 1) if ask_size is None else ask_size,
            last_size=size,
            volume=old.volume + size if traded else old.volume,
            high=max(old.high, last),
            low=min(old.low, last),
            last_time=int(self._now()) if traded else old.last_time,
        )
        self._put(instrument, quote)
        return quote

    def halt(self, instrument: Instrument, code: int = HALTED) -> None:
        """Stop its trading (0: let it go on)."""
        self._put(instrument, self.quote(instrument)._replace(halted=code))

    # --- steps ---

    def _put(self, instrument: Instrument, quote: Quote) -> None:
        walker = self._walkers.get(instrument.con_id)
        (walker or self._derivation(instrument)).put(quote)
        self._publish(instrument, quote)

    def _size(self, instrument: Instrument, line: int) -> Decimal:
        walker = self._walkers.get(instrument.con_id)
        return walker.size() if walker is not None else self._derivation(instrument).size(3 * int(self._now()) + line)

    def _publish(self, instrument: Instrument, quote: Quote) -> None:
        con_id = instrument.con_id
        if con_id in self._told:
            self._told[con_id] = quote
        for on_quote in self._watchers.get(con_id, ()):
            on_quote(instrument, quote)
        for on_quote in self._listeners:
            on_quote(instrument, quote)
        if children := self._children.get(con_id):
            for child in list(children.values()):
                if child.con_id in self._told and (new := self.quote(child)) is not self._told[child.con_id]:
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
