"""One instrument's ticks to all that have subscribed: worked out once a change, then sent to each
under its own request id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...services import ClientSession
from ..listings.hours import Phase
from ..listings.instrument import Instrument
from ..quotes.market import Market
from ..quotes.quote import Quote
from .generic_list import GenericList
from .generic_ticks import changed_ticks, first_ticks
from .option_ticks import option_ticks
from .ticks import Tick, Ticks, is_gone

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

    def send(self, ticks: Iterable[Tick]) -> None:
        """Send ticks under the subscriber's request id."""
        client, req_id = self.client, self.req_id
        for name, values in ticks:
            client.send(name, reqId=req_id, **values)


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
        now: Callable[[], float],
    ) -> None:
        self._market = market
        self.instrument = instrument
        self.delayed = delayed
        self._now = now
        self._ticks = Ticks(instrument, delayed, smart)
        self._subscribers: tuple[Subscriber, ...] = ()
        self._known: Quote | None = market.quote(instrument)  # None: the next quote is sent whole

    @property
    def is_idle(self) -> bool:
        """Return whether nobody is subscribed."""
        return not self._subscribers

    def snapshot(self, subscriber: Subscriber, phase: Phase) -> None:
        """Send everything that there is. A closed market has no quotes, but to who wants them
        frozen.
        """
        quote = self._market.quote(self.instrument)
        if subscriber.generic.data:
            ticks = self._ticks.of(None, quote)
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
            self._known = self._market.quote(self.instrument)
            self._market.watch(self.instrument, self._on_quote)
        self._subscribers = (*self._subscribers, subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Take out a subscriber."""
        self._subscribers = tuple(each for each in self._subscribers if each is not subscriber)
        if self.is_idle:
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
        ticks = self._ticks.of(known, quote)
        greeks: list[Tick] | None = None
        generic: dict[int, list[Tick]] = {}
        for subscriber in self._subscribers:
            wanted = subscriber.generic
            if subscriber.frozen:  # the market has opened
                subscriber.frozen = False
                subscriber.send(
                    [("marketDataType", {"marketDataType": DELAYED if self.delayed else REAL_TIME})]
                )
            if wanted.data:
                subscriber.send(ticks)
                if subscriber.greeks:
                    greeks = list(self._greeks(known, quote)) if greeks is None else greeks
                    subscriber.send(greeks)
            for tick in wanted.ids:
                if tick not in generic:
                    generic[tick] = list(changed_ticks(tick, instrument, known, quote))
                subscriber.send(generic[tick])

    def _greeks(self, known: Quote | None, quote: Quote) -> Iterable[Tick]:
        return option_ticks(
            self.instrument,
            known,
            quote,
            self._market.spot(self.instrument),
            self._now(),
            self.delayed,
        )
