"""Everything historical of a world: the past, and the services that answer with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from ..market.instruments import Instrument, Instruments
from ..market.quotes.market import Market, Quote
from ..net.timers import Timers
from ..options import HistoryOptions
from ..services import ClientSession, Service
from .admission import HistoryRules, Pacing
from .bars import Bars
from .events import Source
from .overview import OverviewService
from .past import Past
from .series import Courses
from .service import HistoryService
from .ticks import NAMES, Ticks, TickService, tick_messages

_KINDS = {"Last": "TRADES", "AllLast": "TRADES", "BidAsk": "BID_ASK", "MidPoint": "MIDPOINT"}


def _exact(number: float) -> Decimal:
    return Decimal(repr(round(number, 6))).normalize()


class History:
    """The past and its services. It records from its making on, so it has to be made before the
    market's first tick.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        timers: Timers,
        options: HistoryOptions,
        sources: Mapping[int, Source] | None = None,
        invents: bool = True,
        sees: Callable[[Instrument], bool] = lambda instrument: True,
    ) -> None:
        self.past = Past(instruments, market, timers.clock, options.seed, sources, invents)
        self.bars = Bars(self.past, Courses(self.past, options.seed))
        self.ticks = Ticks(self.past, options.seed)
        pacing, delay = Pacing(options.history_pacing, timers.clock.now), options.history_delay
        needed = sees if options.history_needs_data else None
        rules = HistoryRules(delay, options.time_warnings, needed)
        self.services: list[Service] = [
            HistoryService(instruments, self.past, self.bars, pacing, timers, rules),
            TickService(instruments, self.past, self.ticks, pacing, timers, rules),
            OverviewService(instruments, self.past, timers, delay),
        ]

    def quote_at(self, instrument: Instrument, when: float, present: Quote) -> Quote:
        """Return the quote of a moment that has passed; `present` is that of now."""
        found = self.ticks.backward(instrument, False, when, "BID_ASK", 1)
        if not found:
            return present
        quoted, tick, lot = found[-1], instrument.min_tick, instrument.lot
        traded = quoted
        if quoted.size < 0 and instrument.has_trades:
            trades = self.ticks.backward(instrument, False, when, "TRADES", 1)
            traded = trades[-1] if trades else quoted
        last = _exact(traded.last) * tick
        return present._replace(
            bid=_exact(quoted.bid) * tick,
            ask=_exact(quoted.ask) * tick,
            bid_size=_exact(quoted.bid_size) * lot,
            ask_size=_exact(quoted.ask_size) * lot,
            last=last,
            last_size=_exact(max(traded.size, 0.0)) * lot,
            last_time=int(traded.time),
        )

    def send_latest(
        self,
        client: ClientSession,
        req_id: int,
        instrument: Instrument,
        kind: str,
        count: int,
        ignore_size: bool,
    ) -> None:
        """Send the last ticks of a kind (IB's tick-by-tick type), with which a request for
        tick-by-tick data can begin.
        """
        wanted = _KINDS[kind]
        events = self.ticks.backward(instrument, False, self.past.now(instrument), wanted, count)[
            -count:
        ]
        client.send(
            NAMES[wanted],
            reqId=req_id,
            ticks=tick_messages(instrument, events, wanted, ignore_size),
            done=True,
        )
