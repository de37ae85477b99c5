"""reqHistoricalTicks: trades, quotes and midpoints one by one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ...common import HistoricalTick, HistoricalTickBidAsk, HistoricalTickLast
from ..errors import Invalid, Refusal
from ..market.instruments import Instruments
from ..market.listings.instrument import Instrument
from ..market.quotes.random_walk import hash_noise
from ..net.timers import Timers
from ..services import ClientSession, Handler, Service, Values
from .admission import DUPLICATE, HistoryRules, Pacing, Pending
from .bars import shares
from .cells import one_by_one
from .events import Event
from .past import Past
from .requests import read_end
from .spans import open_ranges
from .tape import ASK, BID, MIDPOINT, TRADES

_LOOKED_AT = 100_000  # events, until as many are found as were asked for
MAX_TICKS = 1000  # ticks of one answer, but that no second is broken off
_CHUNK = 300.0  # seconds that are looked at in one go
_SIZES = 110  # line of `hash_noise`, apart from those of quotes
_LARGEST = 20  # lots that are quoted
NAMES = {
    "TRADES": "historicalTicksLast",
    "BID_ASK": "historicalTicksBidAsk",
    "MIDPOINT": "historicalTicks",
}
_NO_SIZE = Decimal(0)  # of midpoints; clients expect a number
_YEAR = 366 * 86400.0


class Ticks:
    """The past as trades and quotes, one after the other."""

    def __init__(self, past: Past, seed: int) -> None:
        self._past = past
        self._seed = seed

    def events(self, instrument: Instrument, start: float, end: float) -> list[Event]:
        """Return everything in this range."""
        start, end = self._past.clip(instrument, start, end)
        source = self._past.source(instrument)
        if source is not None:
            return source.events(start, end)
        tape = self._past.tape(instrument)
        since = tape.ticks_since if tape is not None else end
        made: list[Event] = []
        if start < min(end, since):
            made += self._thrown(instrument, start, min(end, since))
        if tape is not None and end > since:
            for tick in tape.ticks(max(start, since), end):
                made.append(
                    Event(
                        tick.time,
                        tick.last,
                        tick.size,
                        tick.bid,
                        tick.ask,
                        tick.bid_size,
                        tick.ask_size,
                    )
                )
        return made

    def _thrown(self, instrument: Instrument, start: float, end: float) -> Iterator[Event]:
        """Return what is thrown by dice for a past that was not quoted, or that is known only in
        bars: trades that make these bars, and quotes around them.
        """
        series = TRADES if instrument.has_trades else MIDPOINT
        seed = self._seed + instrument.con_id
        for cell in self._past.cells(instrument, series, start, end, 1):
            at = int(cell.start)
            for n, (price, size) in enumerate(one_by_one(cell, b"%d|t|%d" % (seed, at))):
                dice = [
                    1 + int(abs(hash_noise(seed, _SIZES + side, at * 64 + n)) * _LARGEST)
                    for side in (0, 1)
                ]
                bid = self._past.side(instrument, BID, price)
                ask = self._past.side(instrument, ASK, price)
                yield Event(at, price, size if instrument.has_trades else -1.0, bid, ask, *dice)

    def forward(
        self,
        instrument: Instrument,
        regular: bool,
        start: float,
        end: float,
        wanted: str,
        most: int,
    ) -> list[Event]:
        """Return the first ticks from `start` on: `most`, and the rest of the second of the last
        one.
        """
        found: list[Event] = []
        for since, until in open_ranges(
            self._past.days, instrument, regular, start, min(end, start + _YEAR)
        ):
            while since < until:
                upto = min((since + _CHUNK) // 1, until) if since + _CHUNK < until else until
                found += _shown(self.events(instrument, since, upto), wanted)
                since = upto
                if len(found) > most:
                    second = int(found[most - 1].time)
                    return [event for event in found if int(event.time) <= second]
        return found

    def backward(
        self, instrument: Instrument, regular: bool, end: float, wanted: str, most: int
    ) -> list[Event]:
        """Return the last ticks before `end`: `most`, and the rest of the second of the first
        one.
        """
        found: list[Event] = []
        for day in itertools.islice(self._past.days.back_from(instrument, end), 366):
            for start, until in reversed(day.sessions(regular)):
                until = min(until, end)
                while start < until:
                    since = max(start, float((until - _CHUNK) // 1))
                    found = _shown(self.events(instrument, since, until), wanted) + found
                    until = since
                    if len(found) > most:
                        second = int(found[-most].time)
                        return [event for event in found if int(event.time) >= second]
        return found


def _shown(events: list[Event], wanted: str) -> list[Event]:
    return [event for event in events if event.size >= 0] if wanted == "TRADES" else events


class TickService(Service):
    """Answers reqHistoricalTicks and cancelHistoricalTicks."""

    def __init__(
        self,
        instruments: Instruments,
        past: Past,
        ticks: Ticks,
        pacing: Pacing,
        timers: Timers,
        rules: HistoryRules,
    ) -> None:
        self._instruments = instruments
        self._past = past
        self._ticks = ticks
        self._pacing = pacing
        self._now = timers.clock.now
        self._rules = rules
        self._pending = Pending(timers, rules.delay)
        self.tables = (self._pending.table,)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqHistoricalTicks": self._request,
            "cancelHistoricalTicks": self._pending.cancel_handler("reqId"),
        }

    def _request(self, client: ClientSession, values: Values) -> None:
        key = (client, values["reqId"])
        wanted = values["whatToShow"].upper()
        most = values["numberOfTicks"]
        if key in self._pending:
            raise Refusal(322, DUPLICATE)
        if bool(values["startDateTime"]) == bool(values["endDateTime"]):
            raise Invalid("Please specify either start date/time or end date/time")
        if wanted not in NAMES:
            raise Invalid("What to show field is missing or incorrect.")
        if not 1 <= most <= MAX_TICKS:
            raise Invalid(f"Number of ticks must be 1 to {MAX_TICKS}")
        moment = read_end(
            values["startDateTime"] or values["endDateTime"], self._now(), self._rules.strict
        )
        instrument = self._instruments.tradable(values["contract"])
        self._rules.warn(client, values["reqId"], values["startDateTime"], values["endDateTime"])
        self._rules.require(instrument)
        if (wanted == "TRADES" and not instrument.has_trades) or (
            wanted != "TRADES" and not instrument.has_quotes
        ):
            raise Refusal(
                10187,
                f"Failed to request historical ticks:No data of type {wanted} is available for "
                f"{instrument.local_symbol}",
            )
        source = instrument.con_id, values["contract"].exchange, wanted
        asked = (*source, "ticks", values["startDateTime"], values["endDateTime"], most)
        self._pacing.count(0, source, asked, wanted == "BID_ASK")

        def answer() -> None:
            regular, now = bool(values["useRth"]), self._past.now(instrument)
            ignore_size, asked = bool(values["ignoreSize"]), most
            while True:
                if values["startDateTime"]:
                    events = self._from(instrument, regular, moment, now, wanted, asked)
                else:
                    events = self._ticks.backward(
                        instrument, regular, now if moment >= self._now() else moment, wanted, asked
                    )
                made = tick_messages(instrument, events, wanted, ignore_size)
                # What changes in size only does not count: as many are looked at as it takes.
                if len(made) >= most or len(events) < asked or asked >= _LOOKED_AT:
                    break
                asked *= 4
            if asked > most:
                made = _cut(made, most, bool(values["startDateTime"]))
            client.send(NAMES[wanted], reqId=values["reqId"], ticks=made, done=True)

        self._pending.answer(key, answer)

    def _from(
        self,
        instrument: Instrument,
        regular: bool,
        start: float,
        end: float,
        wanted: str,
        most: int,
    ) -> list[Event]:
        """Return the ticks from `start` on; quotes begin with the one that was in force then."""
        found = self._ticks.forward(instrument, regular, start, end, wanted, most)
        if wanted == "BID_ASK":
            before = self._ticks.backward(instrument, regular, start, wanted, 1)
            found = before[-1:] + found
        return found


def _cut(ticks: list[Any], most: int, from_start: bool) -> list[Any]:
    """Return so many ticks from the start or the end, and the rest of the second of the last."""
    if len(ticks) <= most:
        return ticks
    if from_start:
        return [tick for tick in ticks if tick.time <= ticks[most - 1].time]
    return [tick for tick in ticks if tick.time >= ticks[-most].time]


def tick_messages(
    instrument: Instrument, events: list[Event], wanted: str, ignore_size: bool = False
) -> list[Any]:
    """Return events as TWS sends them. `ignore_size`: of quotes that differ in size only the
    first.
    """
    tick = float(instrument.min_tick)
    made: list[Any] = []
    before: Event | None = None
    for event in events:
        if wanted == "MIDPOINT":
            made.append(_midpoint(event, tick))
        elif wanted == "TRADES":
            made.append(_trade(instrument, event, tick))
        elif not (
            ignore_size
            and before is not None
            and (before.bid, before.ask) == (event.bid, event.ask)
        ):
            made.append(_quote(instrument, event, tick))
        before = event
    return made


def _midpoint(event: Event, tick: float) -> HistoricalTick:
    made = HistoricalTick()
    made.time = int(event.time)
    made.price = round((event.bid + event.ask) / 2 * tick, 10)
    made.size = _NO_SIZE
    return made


def _trade(instrument: Instrument, event: Event, tick: float) -> HistoricalTickLast:
    made = HistoricalTickLast()
    made.time = int(event.time)
    made.price = round(event.last * tick, 10)
    made.size = shares(event.size, instrument.lot)
    made.exchange = instrument.venue
    return made


def _quote(instrument: Instrument, event: Event, tick: float) -> HistoricalTickBidAsk:
    made = HistoricalTickBidAsk()
    made.time = int(event.time)
    made.priceBid = round(event.bid * tick, 10)
    made.priceAsk = round(event.ask * tick, 10)
    made.sizeBid = shares(event.bid_size, instrument.lot)
    made.sizeAsk = shares(event.ask_size, instrument.lot)
    return made
