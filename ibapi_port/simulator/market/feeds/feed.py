"""One instrument's ticks to all that have subscribed: worked out once a change, then sent to each
under its own request id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...net.shared_messages import SharedMessages
from ...net.timers import OnDemandTimer, Timers
from ...options import FeedOptions
from ...services import ClientSession
from ..listings.hours import Phase
from ..listings.instrument import Instrument
from ..quotes.market import Market
from ..quotes.quote import Quote
from .generic_list import GenericList
from .generic_ticks import changed_ticks, first_ticks
from .option_ticks import option_ticks
from .tick_order import TickOrder, asked_again, later_ticks
from .ticks import Tick, Ticks, is_gone

# the quote of a moment that has passed; the last: that of now
QuoteAt = Callable[[Instrument, float, Quote], Quote]
_LATER = 0.05  # seconds from the first ticks until what completes them
_LATE_INTERVAL = 3.0  # seconds between looks at what delayed data are now
REAL_TIME, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4  # IB's market data types


@dataclass(eq=False)
class Subscriber:
    """A request for market data."""

    client: ClientSession
    req_id: int
    generic: GenericList
    greeks: bool  # of an option, if its underlying's data may be seen
    keeps: bool = False  # wants to be shown a closed market as it was
    frozen: bool = False  # is shown it so now
    lacks_exchanges: bool = False  # has not been told yet where bid and ask are
    again: bool = False  # the instrument was watched before

    def send(self, ticks: Iterable[Tick]) -> None:
        """Send ticks under the subscriber's request id."""
        client, req_id = self.client, self.req_id
        for name, values in ticks:
            client.send(name, reqId=req_id, **values)

    def send_shared(self, ticks: SharedMessages, alone: bool) -> None:
        """Send ticks that other subscribers get as well, unless there are none."""
        send_shared = getattr(self.client, "send_shared", None)
        if alone or send_shared is None:  # a client may be no connection
            self.send(ticks.messages)
        else:
            send_shared(ticks, self.req_id)


class Feed:
    """The ticks of an instrument, in real time or delayed; it watches the market while somebody is
    subscribed.
    """

    def __init__(
        self,
        market: Market,
        instrument: Instrument,
        delayed: bool,
        smart: bool,
        timers: Timers,
        options: FeedOptions,
        quote_at: QuoteAt | None,
    ) -> None:
        self._market = market
        self.instrument = instrument
        self.delayed = delayed
        self._timers = timers
        self._now = timers.clock.now
        self._ticks = Ticks(instrument, delayed, smart)
        self._order = TickOrder(instrument, delayed, options.real_ticks, options.volume_in_hundreds)
        self._real = options.real_ticks
        self._quote_at = quote_at
        self._delay = options.data_delay if delayed and quote_at is not None else 0.0
        self._timer = OnDemandTimer(timers, _LATE_INTERVAL, self._look_back)
        self._subscribers: tuple[Subscriber, ...] = ()
        self._known: Quote | None = self._quote()  # None: the next quote is sent whole

    @property
    def is_idle(self) -> bool:
        """Return whether nobody is subscribed."""
        return not self._subscribers

    def _quote(self) -> Quote:
        """Return the quote that the feed shows now."""
        present = self._market.quote(self.instrument)
        if not self._delay or self._quote_at is None:
            return present
        return self._quote_at(self.instrument, self._now() - self._delay, present)

    def _look_back(self) -> None:
        """Send what was quoted some time ago, if it is something else by now."""
        quote = self._quote()
        if quote != self._known:
            self._on_quote(self.instrument, quote)

    def snapshot(self, subscriber: Subscriber, phase: Phase) -> None:
        """Send everything that there is. A closed market has no quotes, but to who wants them
        frozen.
        """
        quote = self._quote()
        if subscriber.generic.data:
            ticks = self._order.of(self._ticks.of(None, quote), None, quote)
            if self._real:
                subscriber.lacks_exchanges = True
                ticks = asked_again(ticks) if subscriber.again else ticks
            if phase is Phase.CLOSED and not (self.delayed or subscriber.frozen):
                ticks = self._ticks.without_quotes(ticks)
            subscriber.send(ticks)
            if subscriber.greeks:
                subscriber.send(self._greeks(None, quote))
        for tick in subscriber.generic.ids:
            subscriber.send(first_ticks(tick, self.instrument, quote))

    def is_complete(self, phase: Phase) -> bool:
        """Return whether a snapshot of it lacks nothing."""
        return self.instrument.has_quotes and (phase is not Phase.CLOSED or self.delayed)

    def join(self, subscriber: Subscriber) -> None:
        """Add a subscriber."""
        if self.is_idle:
            self._known = self._quote()
            if self._delay:
                self._timer.start()
            else:
                self._market.watch(self.instrument, self._on_quote)
        self._subscribers = (*self._subscribers, subscriber)
        completed = subscriber.lacks_exchanges and not subscriber.again
        if completed and self._market.phase(self.instrument) is not Phase.CLOSED:
            self._timers.call_later(_LATER, lambda: self._complete(subscriber, self._quote()))

    def leave(self, subscriber: Subscriber) -> None:
        """Take out a subscriber."""
        self._subscribers = tuple(each for each in self._subscribers if each is not subscriber)
        if self.is_idle and self._delay:
            self._timer.stop()
        elif self.is_idle:
            self._market.unwatch(self.instrument, self._on_quote)

    def on_phase(self, phase: Phase) -> None:
        """Let the market open or close. A closed one has no quotes, except for clients that keep
        them.
        """
        if phase is not Phase.CLOSED:
            return
        self._known = None
        gone = [
            tick
            for tick in self._ticks.without_quotes(
                self._ticks.of(None, self._market.quote(self.instrument))
            )
            if is_gone(tick)
        ]
        for subscriber in self._subscribers:
            if subscriber.keeps:
                subscriber.frozen = True
                subscriber.send(
                    [
                        (
                            "marketDataType",
                            {"marketDataType": DELAYED_FROZEN if self.delayed else FROZEN},
                        )
                    ]
                )
            elif subscriber.generic.data:
                subscriber.send(gone)

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        known = self._known
        self._known = quote
        ticks = SharedMessages(self._order.of(self._ticks.of(known, quote), known, quote))
        greeks: SharedMessages | None = None
        generic: dict[int, SharedMessages] = {}
        alone = len(self._subscribers) == 1
        for subscriber in self._subscribers:
            wanted = subscriber.generic
            if subscriber.frozen:  # the market has opened
                subscriber.frozen = False
                subscriber.send(
                    [("marketDataType", {"marketDataType": DELAYED if self.delayed else REAL_TIME})]
                )
            if wanted.data:
                if not subscriber.again:
                    self._complete(subscriber, quote)
                subscriber.send_shared(ticks, alone)
                if subscriber.again:
                    self._complete(subscriber, quote)
                if subscriber.greeks:
                    greeks = greeks or SharedMessages(list(self._greeks(known, quote)))
                    subscriber.send_shared(greeks, alone)
            for tick in wanted.ids:
                if tick not in generic:
                    changed = changed_ticks(tick, instrument, known, quote)
                    generic[tick] = SharedMessages(list(changed))
                subscriber.send_shared(generic[tick], alone)

    def _complete(self, subscriber: Subscriber, quote: Quote) -> None:
        """Send what TWS sends a moment after the first ticks, or before the first change; after it
        if the instrument was watched before.
        """
        if not subscriber.lacks_exchanges or subscriber not in self._subscribers:
            return
        subscriber.lacks_exchanges = False
        if subscriber.generic.data:
            every = self._ticks.of(None, quote)
            subscriber.send(later_ticks(self._order.counted(every, quote), subscriber.again))

    def _greeks(self, known: Quote | None, quote: Quote) -> Iterable[Tick]:
        return option_ticks(
            self.instrument,
            known,
            quote,
            self._market.spot(self.instrument),
            self._now(),
            self.delayed,
        )
