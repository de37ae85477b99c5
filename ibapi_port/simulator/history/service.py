"""reqHistoricalData: bars and schedules, once or kept up to date."""

from __future__ import annotations

from collections.abc import Mapping

from ...common import HistoricalSession
from ..errors import Refusal
from ..market.instruments import Instruments
from ..market.listings.instrument import Instrument
from ..net.timers import Timers
from ..services import ClientSession, Handler, Service, SubscriptionTable, Values
from ..times import stamp
from .admission import DUPLICATE, HistoryRules, Pacing, Pending
from .bars import Bars, Sums
from .past import Past
from .requests import BarRequest, historical_error, read_request
from .series import PAIRS, PLAIN, check, no_data
from .spans import Span, is_open, span_at
from .tape import TRADES, Tick

SEPARATE_END = 196  # server version from which the end of the bars is a message of its own
MAX_OPEN_REQUESTS = 50  # requests of a client that are open at the same time


class HistoryService(Service):
    """Answers reqHistoricalData and cancelHistoricalData."""

    def __init__(
        self,
        instruments: Instruments,
        past: Past,
        bars: Bars,
        pacing: Pacing,
        timers: Timers,
        rules: HistoryRules,
    ) -> None:
        self._instruments = instruments
        self._past = past
        self._bars = bars
        self._pacing = pacing
        self._now = timers.clock.now
        self._strict = rules.strict
        self._rules = rules
        self._pending = Pending(timers, rules.delay)
        self._updates = SubscriptionTable[_Subscription](lambda each: each.stop())
        self.tables = (self._pending.table, self._updates)

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqHistoricalData": self._request, "cancelHistoricalData": self._cancel}

    def _request(self, client: ClientSession, values: Values) -> None:
        key = client, values["reqId"]
        if key in self._updates or key in self._pending:
            raise Refusal(322, DUPLICATE)
        if self._pending.count(client) + self._updates.count(client) >= MAX_OPEN_REQUESTS:
            cause = f"Only {MAX_OPEN_REQUESTS} simultaneous API historical data requests allowed."
            raise Refusal(322, f"Error processing request.-'reqHistoricalData' : cause - {cause}")
        request = read_request(values, self._now(), self._strict)
        instrument = self._instruments.tradable(request.contract)
        self._rules.warn(client, values["reqId"], values["endDateTime"])
        self._rules.require(instrument)
        if instrument.sec_type == "CONTFUT" and values["endDateTime"]:
            raise Refusal(
                10339, "Setting end date/time for continuous future security type is not allowed."
            )
        check(instrument, request.series)
        source = instrument.con_id, request.contract.exchange, request.series
        wanted = (
            *source,
            values["endDateTime"],
            values["durationStr"],
            request.size,
            request.regular,
        )
        self._pacing.count(request.size, source, wanted, request.series in PAIRS)
        self._pending.answer(
            key,
            lambda: self._answer(
                client, values["reqId"], instrument, read_request(values, self._now(), self._strict)
            ),
        )

    def _cancel(self, client: ClientSession, values: Values) -> None:
        key = client, req_id = client, values["reqId"]
        had_updates = self._updates.end(key)
        if not self._pending.cancel(key) and not had_updates:
            raise Refusal(366, f"No historical data query found for ticker id:{req_id}")
        raise historical_error(f"API historical data query cancelled: {req_id}")

    def _answer(
        self, client: ClientSession, req_id: int, instrument: Instrument, request: BarRequest
    ) -> None:
        if request.series == "SCHEDULE":
            self._send_schedule(client, req_id, instrument, request)
            return
        places = self._bars.places(instrument, request)
        parts = [
            self._bars.sums(instrument, request, series, places)
            for series in PAIRS.get(request.series, (request.series,))
        ]
        if not all(parts):
            raise no_data(instrument, request.series)
        bar_maker = self._bars.bar_maker(instrument, request)
        span = {
            "startDateStr": stamp(request.since),
            "endDateStr": stamp(request.end),
        }
        bars = [bar_maker(place, *sums) for place, *sums in zip(places, *parts, strict=True)]
        client.send("historicalData", reqId=req_id, bars=bars, **span)
        if client.server_version >= SEPARATE_END:
            client.send("historicalDataEnd", reqId=req_id, **span)
        if request.updates:
            latest = [sums[-1] for sums in parts]
            self._updates[client, req_id] = _Subscription(
                self._past, self._bars, client, req_id, instrument, request, places[-1], latest
            )

    def _send_schedule(
        self, client: ClientSession, req_id: int, instrument: Instrument, request: BarRequest
    ) -> None:
        """Send the sessions of the days that daily bars would be of."""
        days = self._past.days
        moment = days.writer(instrument)
        places = self._bars.places(instrument, request)
        sessions = []
        for day in days.between(instrument, places[0].start, places[-1].end) if places else ():
            span = day.span(request.regular)
            if span is not None:
                session = HistoricalSession()
                session.startDateTime = moment(span[0])
                session.endDateTime = moment(span[1])
                session.refDate = f"{day.day:%Y%m%d}"
                sessions.append(session)
        if not sessions:
            raise no_data(instrument, request.series)
        client.send(
            "historicalSchedule",
            reqId=req_id,
            startDateTime=sessions[0].startDateTime,
            endDateTime=sessions[-1].endDateTime,
            timeZone=days.zone_name(instrument),
            sessions=sessions,
        )


class _Subscription:
    """A request that is kept up to date, and its latest bar."""

    def __init__(
        self,
        past: Past,
        bars: Bars,
        client: ClientSession,
        req_id: int,
        instrument: Instrument,
        request: BarRequest,
        place: Span,
        sums: list[Sums],
    ) -> None:
        self._past = past
        self._peer = client
        self._req_id = req_id
        self._instrument = instrument
        self._request = request
        self._place = place
        self._sums = sums
        names = PAIRS.get(request.series, (request.series,))
        # what is made of rates and volatilities does not change with quotes
        self._lines = [PLAIN[name] for name in names if name in PLAIN]
        self._traded = TRADES in self._lines
        self._bar_maker = bars.bar_maker(instrument, request)
        past.watch(instrument, self._on_tick)

    def stop(self) -> None:
        self._past.unwatch(self._instrument, self._on_tick)

    def _on_tick(self, tick: Tick) -> None:
        cells = [cell for line in self._lines if (cell := tick.cell(line)) is not None]
        request = self._request
        place = (
            span_at(self._past.days, self._instrument, request.size, request.regular, tick.time)
            if cells
            else None
        )
        if place is None:
            return
        if place.start > self._place.start:
            stands = not self._traded and is_open(
                self._past.days, self._instrument, request.regular, self._place.end, place.start
            )
            self._sums = [
                Sums(sums.close, sums.close, sums.close, sums.close, int(stands))
                for sums in self._sums
            ]
        self._place = place
        for sums, cell in zip(self._sums, cells, strict=True):
            sums.add(cell)
        self._peer.send(
            "historicalDataUpdate",
            reqId=self._req_id,
            bar=self._bar_maker(self._place, *self._sums),
        )
