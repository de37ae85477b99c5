"""reqRealTimeBars: a bar of five seconds after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ...errors import Invalid, Refusal
from ...net.timers import OnDemandTimer, Timers
from ...services import ClientSession, Handler, Service, Values
from ..instruments import Instrument, Instruments
from ..listings.hours import Phase
from ..quotes.market import Market, Quote
from .permissions import Lines, Permissions
from .subscriptions import Subscriptions

SERIES = ("TRADES", "MIDPOINT", "BID", "ASK")  # IB's whatToShow
_WAP_DIGITS = 6


@dataclass
class Bar:
    """Prices of a stretch of time; of a series of quotes, only TRADES has volume, average price and
    count.
    """

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    count: int
    turnover: Decimal  # sum of price times size
    of_trades: bool  # it opens at its first trade; of quotes at the one that stood when it began

    def add(self, price: Decimal, size: Decimal) -> None:
        """Add the price, which has changed, with a trade of `size`."""
        if self.of_trades and not self.count:
            self.open = self.high = self.low = price
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.volume += size
        self.turnover += price * size
        self.count += 1

    @property
    def wap(self) -> Decimal:
        """Return the average price, weighted by size; of a bar without trades its close."""
        return round(self.turnover / self.volume, _WAP_DIGITS) if self.volume else self.close


def new_bar(price: Decimal, of_trades: bool = False) -> Bar:
    """Return a bar that begins at this price; nothing has been traded in it."""
    return Bar(price, price, price, price, Decimal(0), 0, Decimal(0), of_trades)


def price_of(quote: Quote, series: str) -> Decimal:
    """Return the price that a series shows of a quote."""
    if series == "TRADES":
        return quote.last
    if series == "MIDPOINT":
        return quote.midpoint
    return quote.bid if series == "BID" else quote.ask


BAR = 5  # seconds that a bar is said to span, whatever its real interval


@dataclass(eq=False)
class _Subscription:
    client: ClientSession
    req_id: int
    instrument: Instrument
    series: str
    regular_only: bool
    bar: Bar
    time: int  # when the bar began
    volume: Decimal  # of the day, when the bar was last looked at
    now: Callable[[], float]
    last: Decimal  # that was added
    # price and size of what belongs to the next bar already
    early: list[tuple[Decimal, Decimal]] = field(default_factory=list)

    def on_quote(self, instrument: Instrument, quote: Quote) -> None:
        price = price_of(quote, self.series)
        same = quote.volume == self.volume and (price == self.last or not instrument.parents)
        if self.series == "TRADES" and instrument.has_quotes and same:
            return  # only the quote has changed
        self.last = price
        self.volume = quote.volume
        size = quote.last_size if instrument.has_quotes else Decimal(0)
        if self.now() >= self.time + BAR:
            self.early.append((price, size))
        else:
            self.bar.add(price, size)

    def begin(self, time: int) -> None:
        """Begin the next bar."""
        self.bar = new_bar(self.bar.close, self.bar.of_trades)
        self.time = time
        for price, size in self.early:
            self.bar.add(price, size)
        self.early.clear()


class RealTimeBarService(Service):
    """Answers reqRealTimeBars and cancelRealTimeBars. `interval`: seconds of the clock from one bar
    to the next.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        timers: Timers,
        interval: float,
        permissions: Permissions,
        lines: Lines,
    ) -> None:
        self._instruments = instruments
        self._market = market
        self._timers = timers
        self._interval = interval
        self._permissions = permissions
        self._subscriptions: Subscriptions[_Subscription] = Subscriptions(market, lines)
        self.tables = (self._subscriptions.table,)
        self._timer = OnDemandTimer(timers, interval, self._emit)

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqRealTimeBars": self._request, "cancelRealTimeBars": self._cancel}

    def on_disconnect(self, client: ClientSession) -> None:
        super().on_disconnect(client)
        self._stop_if_unused()

    def _request(self, client: ClientSession, values: Values) -> None:
        req_id, series = values["reqId"], values["whatToShow"].upper()
        self._subscriptions.check(client, req_id)
        if series not in SERIES:
            raise Invalid("What to show field is missing or incorrect.")
        instrument = self._instruments.tradable(values["contract"])
        if not (instrument.has_trades if series == "TRADES" else instrument.has_quotes):
            what = f"{instrument.local_symbol}@{instrument.venue} {series.capitalize()}"
            raise Refusal(420, f"Invalid Real-time Query:HMDS query returned no data: {what}")
        if not self._permissions.sees(instrument):
            raise Refusal(
                420,
                f"Invalid Real-time Query:No market data permissions for {instrument.venue} "
                f"{instrument.sec_type}",
            )
        now, quote = self._timers.clock.now(), self._market.quote(instrument)
        bar, began = new_bar(price_of(quote, series), series == "TRADES"), int(now) // BAR * BAR
        # else times are only sent, not kept
        clock = self._timers.clock.now if self._interval == BAR else lambda: began
        regular_only = bool(values["useRTH"])
        subscription = _Subscription(
            client,
            req_id,
            instrument,
            series,
            regular_only,
            bar,
            began,
            quote.volume,
            clock,
            bar.close,
        )
        self._subscriptions.add(subscription)
        self._timer.start(first=self._interval - now % self._interval)

    def _cancel(self, client: ClientSession, values: Values) -> None:
        self._subscriptions.cancel(client, values["reqId"])
        self._stop_if_unused()

    def _stop_if_unused(self) -> None:
        if not self._subscriptions:
            self._timer.stop()

    def _emit(self) -> None:
        now = self._timers.clock.now()
        for subscription in self._subscriptions.all():
            phase = self._instruments.hours.phase(subscription.instrument, now - self._interval)
            if phase is Phase.REGULAR or (phase is Phase.OUTSIDE and not subscription.regular_only):
                self._send(subscription)
            time = subscription.time + BAR
            # after a pause of the whole program the times go on with the clock
            if self._interval == BAR:
                time = max(time, int(now) // BAR * BAR)
            subscription.begin(time)

    def _send(self, subscription: _Subscription) -> None:
        bar, traded = subscription.bar, subscription.series == "TRADES"
        subscription.client.send(
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
