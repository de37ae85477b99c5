"""reqMktData: the ticks of an instrument, all at first, then each that changes."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from ...errors import Invalid, Refusal
from ...net.timers import Timer, Timers
from ...options import FeedOptions
from ...services import ClientSession, Handler, Service, SubscriptionTable, Values
from ..instruments import Instrument, Instruments
from ..listings.hours import Phase
from ..quotes.exchanges import bbo_exchange
from ..quotes.market import Market
from .feed import DELAYED, DELAYED_FROZEN, FROZEN, REAL_TIME, Feed, QuoteAt, Subscriber
from .generic_list import NEWS, GenericList, read_list
from .permissions import Lines, Permissions, about
from .subscriptions import DUPLICATE

SMART_COMPONENTS = 114  # server version that brought tickReqParams
SNAPSHOT_PERMISSIONS = 3
_DELAYED_SHOWN = "Requested market data is not subscribed. Displaying delayed market data."
SNAPSHOT_TIME = 11.0  # seconds until TWS ends a snapshot that lacks something
_REROUTED = ("STK", "CASH")  # underlyings whose data is a CFD's


@dataclass(eq=False)
class _Subscription:
    instrument: Instrument
    feed: Feed
    feed_key: tuple[int, bool, bool]
    subscriber: Subscriber
    end: Timer | None  # of a snapshot


_UNCHECKED = "API News error:Source code unchecked in API news Settings: "


class MarketDataService(Service):
    """Answers reqMktData, cancelMktData and reqMarketDataType."""

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        timers: Timers,
        permissions: Permissions,
        lines: Lines,
        options: FeedOptions,
        quote_at: QuoteAt | None = None,
    ) -> None:
        self._instruments = instruments
        self._market = market
        self._timers = timers
        self._permissions = permissions
        self._lines = lines
        self._options = options
        self._quote_at = quote_at
        self._subscriptions = SubscriptionTable[_Subscription](self._ended)
        # requests that have found no line free: they begin when there is one
        self._waiting = SubscriptionTable[Values]()
        lines.on_free.append(lambda: timers.call_later(0.0, self._take_waiting))
        self.tables = (self._waiting, self._subscriptions)
        self._watched: set[tuple[int, bool, bool]] = set()  # that somebody watched, and left
        self._feeds: dict[tuple[int, bool, bool], Feed] = {}  # by contract id, delayed, at SMART
        self._types: dict[ClientSession, int] = {}  # of clients that have asked for one
        market.listen_to_phases(self._on_phase)
        self.on_news_wanted: Callable[[], None] = lambda: None  # called when somebody asks for news
        self.news_providers: Container[str] | None = None  # that the user subscribes to; None: any

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqMktData": self._request,
            "cancelMktData": self._cancel,
            "reqMarketDataType": self._set_type,
        }

    def on_disconnect(self, client: ClientSession) -> None:
        super().on_disconnect(client)
        self._types.pop(client, None)

    def repeat(self) -> None:
        """Send all that there is again, as after an interruption."""
        for subscription in list(self._subscriptions.values()):
            subscription.feed.snapshot(
                subscription.subscriber, self._market.phase(subscription.instrument)
            )

    def news_wanted(self) -> list[Instrument]:
        """Return the instruments whose news somebody has asked for, each once."""
        wanted = (
            each.instrument
            for each in self._subscriptions.values()
            if NEWS in each.subscriber.generic.ids
        )
        return list(dict.fromkeys(wanted))

    def publish_news(
        self,
        provider: str,
        time: int,
        article_id: str,
        headline: str,
        extra: str = "",
        symbols: tuple[str, ...] = (),
    ) -> None:
        """Send a headline (`time` in milliseconds) to who has asked for the provider's with generic
        tick 292.

        With `symbols` it is about these; without it goes to the provider's own tape (a contract of
        secType NEWS).
        """
        values = {
            "timeStamp": time,
            "providerCode": provider,
            "articleId": article_id,
            "headline": headline,
            "extraData": extra,
        }
        for (client, req_id), subscription in list(self._subscriptions.items()):
            wanted, instrument = subscription.subscriber.generic, subscription.instrument
            if NEWS not in wanted.ids or (wanted.providers and provider not in wanted.providers):
                continue
            if (
                provider in instrument.exchanges
                if instrument.sec_type == "NEWS"
                else instrument.symbol in symbols
            ):
                client.send("tickNews", tickerId=req_id, **values)

    # --- requests ---

    def _set_type(self, client: ClientSession, values: Values) -> None:
        if values["marketDataType"] not in (REAL_TIME, FROZEN, DELAYED, DELAYED_FROZEN):
            raise Invalid("Invalid market data type")
        self._types[client] = values["marketDataType"]

    def _request(self, client: ClientSession, values: Values) -> None:
        req_id, contract = values["reqId"], values["contract"]
        snapshot = values["snapshot"] or values.get("regulatorySnapshot", False)
        key = client, req_id
        if key in self._subscriptions or key in self._waiting:
            raise Refusal(322, DUPLICATE)
        if snapshot and values["genericTickList"]:
            raise Invalid("Snapshot market data subscription is not applicable to generic ticks")
        instrument = self._instruments.tradable(contract)
        generic = read_list(values["genericTickList"], instrument)
        for code in generic.providers:
            if self.news_providers is not None and code not in self.news_providers:
                raise Refusal(10094, f"{_UNCHECKED}{code}")
        if self._reroute(client, req_id, instrument):
            return
        self._begin(client, values, instrument, generic)

    def _begin(
        self, client: ClientSession, values: Values, instrument: Instrument, generic: GenericList
    ) -> None:
        """Begin to send what a request asks for. Refusal: no line is free, or the user may not see
        the data.
        """
        req_id, contract = values["reqId"], values["contract"]
        snapshot = values["snapshot"] or values.get("regulatorySnapshot", False)
        subscription = self._subscription(
            client, req_id, instrument, contract.exchange == "SMART", generic
        )
        try:
            self._lines.take(instrument)
        except Refusal:
            if not snapshot:
                self._waiting[client, req_id] = values
            raise
        self._feeds[subscription.feed_key] = subscription.feed
        self._subscriptions[client, req_id] = subscription
        if NEWS in subscription.subscriber.generic.ids:
            self.on_news_wanted()
        self._introduce(client, req_id, subscription)
        if contract.deltaNeutralContract:
            client.send(
                "deltaNeutralValidation",
                reqId=req_id,
                deltaNeutralContract=contract.deltaNeutralContract,
            )
        phase = self._market.phase(instrument)
        subscription.feed.snapshot(subscription.subscriber, phase)
        subscription.feed.join(subscription.subscriber)
        if snapshot:
            complete = subscription.feed.is_complete(phase) or subscription.subscriber.frozen
            self._limit(client, req_id, subscription, 0.0 if complete else SNAPSHOT_TIME)

    def _take_waiting(self) -> None:
        """Begin with requests that have waited for a line, the oldest first."""
        for (client, req_id), values in list(self._waiting.items()):
            try:
                instrument = self._instruments.tradable(values["contract"])
                if not self._lines.has_room(instrument):
                    continue
                del self._waiting[client, req_id]
                generic = read_list(values["genericTickList"], instrument)
                self._begin(client, values, instrument, generic)
            except Refusal as e:
                self._waiting.end((client, req_id))
                client.error(req_id, e.code, e.text)

    def _reroute(self, client: ClientSession, req_id: int, instrument: Instrument) -> bool:
        """Tell the client to ask for the underlying instead, if it should. Return whether it was
        sent so.
        """
        under = (
            self._instruments.by_con_id(instrument.underlying)
            if instrument.sec_type == "CFD"
            else None
        )
        if under is None or under.sec_type not in _REROUTED:
            return False
        client.send(
            "rerouteMktDataReq", reqId=req_id, conId=under.con_id, exchange=under.exchanges[0]
        )
        return True

    def _subscription(
        self,
        client: ClientSession,
        req_id: int,
        instrument: Instrument,
        smart: bool,
        generic: GenericList,
    ) -> _Subscription:
        """Return a new subscription. Refusal: the user may not see the data."""
        wanted = self._types.get(client, REAL_TIME)
        delayed = self._permissions.is_delayed(instrument, wanted in (DELAYED, DELAYED_FROZEN))
        if delayed and not self._options.type_first:
            client.error(req_id, 10167, _DELAYED_SHOWN)
        under = self._instruments.by_con_id(instrument.underlying) if instrument.is_option else None
        greeks = under is not None and (delayed or self._permissions.sees(under))
        if under is not None and not greeks:
            also = (
                "Subscription-independent ticks are still active.Delayed market data is available."
            )
            client.error(
                req_id,
                10090,
                f"Part of requested market data is not subscribed. {also}{about(under)}",
            )
        keeps = wanted in (FROZEN, DELAYED_FROZEN)
        frozen = keeps and self._market.phase(instrument) is Phase.CLOSED
        key = (instrument.con_id, delayed, smart)
        feed = self._feeds.get(key) or Feed(
            self._market,
            instrument,
            delayed,
            smart,
            self._timers,
            self._options,
            self._quote_at,
        )
        subscriber = Subscriber(client, req_id, generic, greeks, keeps, frozen)
        subscriber.again = key in self._watched
        return _Subscription(instrument, feed, key, subscriber, None)

    def _introduce(self, client: ClientSession, req_id: int, subscription: _Subscription) -> None:
        """Send what comes before the ticks."""
        instrument = subscription.instrument
        delayed = subscription.feed.delayed
        frozen = subscription.subscriber.frozen
        if client in self._types or self._options.type_first:
            known_type = (
                (DELAYED_FROZEN if frozen else DELAYED)
                if delayed
                else (FROZEN if frozen else REAL_TIME)
            )
            client.send("marketDataType", reqId=req_id, marketDataType=known_type)
        if delayed and self._options.type_first:
            client.error(req_id, 10167, _DELAYED_SHOWN)
        wanted = subscription.subscriber.generic.data or self._options.type_first
        if client.server_version >= SMART_COMPONENTS and wanted:
            tick, bbo = float(instrument.min_tick), bbo_exchange(instrument)
            late = delayed and self._options.type_first
            client.send(
                "tickReqParams",
                tickerId=req_id,
                minTick=tick,
                bboExchange="" if late else bbo,
                snapshotPermissions=0 if late else SNAPSHOT_PERMISSIONS,
            )

    def _limit(
        self, client: ClientSession, req_id: int, subscription: _Subscription, seconds: float
    ) -> None:
        """End a snapshot, now or later."""

        def end() -> None:
            self._subscriptions.end((client, req_id))
            client.send("tickSnapshotEnd", reqId=req_id)

        if seconds:
            subscription.end = self._timers.call_later(seconds, end)
        else:
            end()

    def _cancel(self, client: ClientSession, values: Values) -> None:
        key = client, values["reqId"]
        if not (self._waiting.end(key) or self._subscriptions.end(key)):
            raise Refusal(300, f"Can't find EId with tickerId:{values['reqId']}")

    def _ended(self, subscription: _Subscription) -> None:
        if subscription.end is not None:
            subscription.end.cancel()
        feed, instrument = subscription.feed, subscription.instrument
        feed.leave(subscription.subscriber)
        self._lines.release(instrument)
        if feed.is_idle:
            del self._feeds[subscription.feed_key]
            self._watched.add(subscription.feed_key)

    def _on_phase(self, name: str, phase: Phase) -> None:
        for feed in list(self._feeds.values()):
            if feed.instrument.hours == name:
                feed.on_phase(phase)
