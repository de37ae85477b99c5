"""reqRealTimeBars: a bar of five seconds after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..clock import Timer, Timers
from ..peer import Handler, Invalid, Key, Peer, Refusal, Values, forget
from .bars import SERIES, Bar, new_bar, price_of
from .instruments import Instrument, Instruments
from .quotes import Market, Quote

BAR = 5  # seconds that a bar is said to span, whatever its real interval


@dataclass
class _Subscription:
    peer: Peer
    req_id: int
    instrument: Instrument
    series: str
    bar: Bar
    time: int  # when the bar began


class RealTimeBarService:
    """Answers reqRealTimeBars and cancelRealTimeBars. `interval`: seconds of the clock from one bar to the next."""

    def __init__(self, instruments: Instruments, market: Market, timers: Timers, interval: float) -> None:
        self._instruments, self._market, self._timers, self._interval = instruments, market, timers, interval
        self._subscriptions: dict[Key, _Subscription] = {}
        self._timer: Timer | None = None
        market.listen(self._on_quote)

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqRealTimeBars": self._request, "cancelRealTimeBars": self._cancel}

    def forget(self, peer: Peer) -> None:
        forget(self._subscriptions, peer)
        self._rest()

    def _request(self, peer: Peer, values: Values) -> None:
        req_id, series = values["reqId"], values["whatToShow"].upper()
        if (peer, req_id) in self._subscriptions:
            raise Refusal(102, "Duplicate ticker ID.")
        if series not in SERIES:
            raise Invalid("What to show field is missing or incorrect.")
        instrument = self._instruments.tradable(values["contract"])
        if instrument.is_pair and series == "TRADES":
            raise Refusal(420, f"Invalid Real-time Query:HMDS query returned no data: {instrument.local_symbol}@{instrument.venue} Trades")
        now = self._timers.clock.now()
        bar = new_bar(price_of(self._market.quote(instrument), series))
        self._subscriptions[peer, req_id] = _Subscription(peer, req_id, instrument, series, bar, int(now) // BAR * BAR)
        if self._timer is None:
            self._timer = self._timers.every(self._interval, self._emit, first=self._interval - now % self._interval)

    def _cancel(self, peer: Peer, values: Values) -> None:
        if self._subscriptions.pop((peer, values["reqId"]), None) is None:
            raise Refusal(300, f"Can't find EId with tickerId:{values['reqId']}")
        self._rest()

    def _rest(self) -> None:
        """No timer while nobody is subscribed."""
        if self._timer is not None and not self._subscriptions:
            self._timer.cancel()
            self._timer = None

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        for subscription in self._subscriptions.values():
            if subscription.instrument is instrument:
                subscription.bar.add(price_of(quote, subscription.series), quote.last_size)

    def _emit(self) -> None:
        for subscription in self._subscriptions.values():
            self._send(subscription)
            subscription.bar = new_bar(subscription.bar.close)
            subscription.time += BAR
            if self._interval == BAR:  # after a pause of the whole program the times go on with the clock
                subscription.time = max(subscription.time, int(self._timers.clock.now()) // BAR * BAR)

    def _send(self, subscription: _Subscription) -> None:
        bar, traded = subscription.bar, subscription.series == "TRADES"
        subscription.peer.send(
            "realtimeBar",
            reqId=subscription.req_id,
            time=subscription.time,
            open_=float(bar.open),
            high=float(bar.high),
            low=float(bar.low),
            close=float(bar.close),
            volume=bar.volume if traded else Decimal(-1),
            wap=bar.wap if traded else Decimal(-1),
            count=bar.count if traded else -1,
        )
