"""reqHistoricalData and reqHeadTimeStamp. The past is `paths`' curve, bent so that it meets the live price."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ...common import BarData
from ..clock import Clock
from ..peer import Handler, Key, Peer, Refusal, Values, forget
from ..times import stamp, utc_stamp
from .bar_requests import BarRequest, bar_start, historical_error, next_start, read_request
from .bars import Bar, new_bar, price_of
from .instruments import Instrument, Instruments
from .paths import log_path, noise
from .quotes import Market, Quote

SEPARATE_END = 196  # server version from which the end of the bars is a message of its own
_SAMPLES = 4  # prices looked at in a bar, besides its last
_VOLUME_LINE = 99  # of `noise`, apart from those of the prices
_OFFSETS = {"BID": -1, "ASK": 1}  # ticks from the price, of quotes in the past


class History:
    """Bars of the past."""

    def __init__(self, market: Market, clock: Clock, seed: int) -> None:
        self._market, self._clock, self._seed = market, clock, seed
        self._began = clock.now()

    def bars(self, instrument: Instrument, request: BarRequest) -> list[tuple[float, Bar]]:
        """Start and bar, in order of time. The bar that holds the present ends at the live price."""
        now = self._clock.now()
        starts = request.starts()
        edges = [*starts, min(request.end, next_start(request.size, starts[-1]))]
        spans = list(itertools.pairwise(edges))
        times = [start + (end - start) * n / _SAMPLES for start, end in spans for n in range(_SAMPLES)]
        prices = self._prices(instrument, [*times, edges[-1]], now)
        made = []
        for i, (start, end) in enumerate(spans):
            part = prices[i * _SAMPLES : (i + 1) * _SAMPLES + 1]
            made.append((start, self._bar(instrument, request.series, part, start, end - start)))
        if request.end >= now:
            live = price_of(self._market.quote(instrument), request.series)
            made[-1][1].add(live, Decimal(0))
        return made

    def _prices(self, instrument: Instrument, times: list[float], now: float) -> list[Decimal]:
        """Up to the market's beginning the curve is fixed; since then it leans, evenly, to where the live price is."""
        logs = log_path(self._seed + instrument.con_id, instrument.volatility, [*times, self._began, now])
        at_beginning = math.log(instrument.price) - logs[-2]
        lean = math.log(self._market.quote(instrument).last) - logs[-1] - at_beginning
        span = max(now - self._began, 1e-9)
        return [
            instrument.round(math.exp(log + at_beginning + lean * min(1.0, max(0.0, (time - self._began) / span))))
            for time, log in zip(times, logs[:-2], strict=True)
        ]

    def _bar(self, instrument: Instrument, series: str, prices: list[Decimal], start: float, length: float) -> Bar:
        offset = _OFFSETS.get(series, 0) * instrument.min_tick
        bar = new_bar(prices[0] + offset)
        activity = noise(self._seed + instrument.con_id, _VOLUME_LINE, int(start)) + 1.1
        size = instrument.lot * max(1, round(activity * length / _SAMPLES))
        for price in prices[1:]:
            bar.add(price + offset, size)
        bar.count = int(bar.volume / instrument.lot)
        return bar


@dataclass
class _Updates:
    peer: Peer
    req_id: int
    instrument: Instrument
    request: BarRequest
    start: float
    bar: Bar


class HistoryService:
    """Answers reqHistoricalData, cancelHistoricalData, reqHeadTimeStamp and cancelHeadTimeStamp."""

    def __init__(self, instruments: Instruments, market: Market, history: History, clock: Clock) -> None:
        self._instruments, self._history, self._clock = instruments, history, clock
        self._updates: dict[Key, _Updates] = {}
        market.listen(self._on_quote)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqHistoricalData": self._request,
            "cancelHistoricalData": self._cancel,
            "reqHeadTimeStamp": self._head,
            "cancelHeadTimeStamp": lambda peer, values: None,  # the answer has been given already
        }

    def forget(self, peer: Peer) -> None:
        forget(self._updates, peer)

    def _request(self, peer: Peer, values: Values) -> None:
        req_id = values["reqId"]
        if (peer, req_id) in self._updates:
            raise Refusal(102, "Duplicate ticker ID.")
        request = read_request(values, self._clock.now())
        instrument = self._instruments.tradable(request.contract)
        if instrument.is_pair and request.series == "TRADES":
            raise historical_error(f"HMDS query returned no data: {instrument.local_symbol}@{instrument.venue} Trades")
        bars = self._history.bars(instrument, request)
        span = {"startDateStr": stamp(request.end - request.duration), "endDateStr": stamp(request.end)}
        peer.send("historicalData", reqId=req_id, bars=[_data(request, start, bar) for start, bar in bars], **span)
        if peer.server_version >= SEPARATE_END:
            peer.send("historicalDataEnd", reqId=req_id, **span)
        if request.updates:
            start, bar = bars[-1]
            self._updates[peer, req_id] = _Updates(peer, req_id, instrument, request, start, bar)

    def _cancel(self, peer: Peer, values: Values) -> None:
        req_id = values["reqId"]
        if self._updates.pop((peer, req_id), None) is None:
            raise Refusal(366, f"No historical data query found for ticker id:{req_id}")
        raise historical_error(f"API historical data query cancelled: {req_id}")

    def _head(self, peer: Peer, values: Values) -> None:
        instrument = self._instruments.tradable(values["contract"])
        head = instrument.head_time()
        text = str(int(head)) if values["formatDate"] == 2 else utc_stamp(head)
        peer.send("headTimestamp", reqId=values["reqId"], headTimestamp=text)

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        for updates in self._updates.values():
            if updates.instrument is instrument:
                self._update(updates, quote)

    def _update(self, updates: _Updates, quote: Quote) -> None:
        request, price = updates.request, price_of(quote, updates.request.series)
        start = bar_start(request.size, self._clock.now())
        if start > updates.start:
            updates.start, updates.bar = start, new_bar(updates.bar.close)
        updates.bar.add(price, quote.last_size)
        updates.peer.send("historicalDataUpdate", reqId=updates.req_id, bar=_data(request, updates.start, updates.bar))


def _data(request: BarRequest, start: float, bar: Bar) -> BarData:
    """The bar as the client gets it; quotes have no volume, which TWS tells by -1."""
    data, traded = BarData(), request.series == "TRADES"
    data.date = request.date(start)
    data.open, data.high, data.low, data.close = float(bar.open), float(bar.high), float(bar.low), float(bar.close)
    data.volume, data.wap = (bar.volume, bar.wap) if traded else (Decimal(-1), Decimal(-1))
    data.barCount = bar.count if traded else -1
    return data
