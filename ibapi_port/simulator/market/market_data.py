"""reqMktData: the ticks of an instrument, all at first, then each that changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ...common import TickAttrib
from ..peer import Handler, Invalid, Key, Peer, Refusal, Values, forget
from .instruments import Instrument, Instruments
from .quotes import Market, Quote

REAL_TIME, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
SMART_COMPONENTS = 114  # server version that brought tickReqParams
BBO_EXCHANGE = "9c0001"  # IB's handle for the exchanges behind a SMART quote
SNAPSHOT_PERMISSIONS = 3

# field of Quote, tick type, tick type when delayed, and for prices the field of the size that goes along
_PRICES = (
    ("bid", 1, 66, "bid_size"),
    ("ask", 2, 67, "ask_size"),
    ("last", 4, 68, "last_size"),
    ("high", 6, 72, ""),
    ("low", 7, 73, ""),
    ("close", 9, 75, ""),
    ("open", 14, 76, ""),
)
_SIZES = (("bid_size", 0, 69), ("ask_size", 3, 70), ("last_size", 5, 71), ("volume", 8, 74))
_TRADES = frozenset({"last", "last_size", "volume", "open"})  # what a currency pair doesn't have
_LAST_TIMESTAMP, _HALTED = (45, 88), (49, 90)


@dataclass
class _Subscription:
    peer: Peer
    req_id: int
    instrument: Instrument
    delayed: bool
    sent: Quote | None = None  # what the client knows


class MarketDataService:
    """Answers reqMktData, cancelMktData and reqMarketDataType."""

    def __init__(self, instruments: Instruments, market: Market) -> None:
        self._instruments, self._market = instruments, market
        self._subscriptions: dict[Key, _Subscription] = {}
        self._types: dict[Peer, int] = {}  # of clients that have asked for one
        market.listen(self._on_quote)

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqMktData": self._request, "cancelMktData": self._cancel, "reqMarketDataType": self._set_type}

    def forget(self, peer: Peer) -> None:
        self._types.pop(peer, None)
        forget(self._subscriptions, peer)

    def _set_type(self, peer: Peer, values: Values) -> None:
        if values["marketDataType"] not in (REAL_TIME, FROZEN, DELAYED, DELAYED_FROZEN):
            raise Invalid("Invalid market data type")
        self._types[peer] = values["marketDataType"]

    def _request(self, peer: Peer, values: Values) -> None:
        req_id, snapshot = values["reqId"], values["snapshot"] or values.get("regulatorySnapshot", False)
        if (peer, req_id) in self._subscriptions:
            raise Refusal(102, "Duplicate ticker ID.")
        if snapshot and values["genericTickList"]:
            raise Invalid("Snapshot market data subscription is not applicable to generic ticks")
        instrument = self._instruments.tradable(values["contract"])
        wanted = self._types.get(peer)
        subscription = _Subscription(peer, req_id, instrument, delayed=wanted in (DELAYED, DELAYED_FROZEN))
        if not snapshot:
            self._subscriptions[peer, req_id] = subscription
        if wanted is not None:
            # The market never closes, so nothing is ever frozen.
            peer.send("marketDataType", reqId=req_id, marketDataType=DELAYED if subscription.delayed else REAL_TIME)
        if peer.server_version >= SMART_COMPONENTS:
            bbo = BBO_EXCHANGE if "SMART" in instrument.exchanges else ""
            tick = float(instrument.min_tick)
            peer.send("tickReqParams", tickerId=req_id, minTick=tick, bboExchange=bbo, snapshotPermissions=SNAPSHOT_PERMISSIONS)
        self._bring_up_to_date(subscription, self._market.quote(instrument))
        if snapshot:
            peer.send("tickSnapshotEnd", reqId=req_id)

    def _cancel(self, peer: Peer, values: Values) -> None:
        if self._subscriptions.pop((peer, values["reqId"]), None) is None:
            raise Refusal(300, f"Can't find EId with tickerId:{values['reqId']}")

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        for subscription in self._subscriptions.values():
            if subscription.instrument is instrument:
                self._bring_up_to_date(subscription, quote)

    def _bring_up_to_date(self, subscription: _Subscription, quote: Quote) -> None:
        """Send what the client doesn't know yet."""
        known, subscription.sent = subscription.sent, quote
        sized = _send_prices(subscription, known, quote)
        for field, tick, delayed_tick in _SIZES:
            size, tick = getattr(quote, field), delayed_tick if subscription.delayed else tick
            if field in sized or _missing(subscription, field) or (known is not None and getattr(known, field) == size):
                continue
            subscription.peer.send("tickSize", reqId=subscription.req_id, tickType=tick, size=size)
        _send_rest(subscription, known, quote)


def _missing(subscription: _Subscription, field: str) -> bool:
    return subscription.instrument.is_pair and field in _TRADES


def _send_prices(subscription: _Subscription, known: Quote | None, quote: Quote) -> set[str]:
    """The changed prices; returns which size fields went along with them."""
    sized = set()
    for field, tick, delayed_tick, size_field in _PRICES:
        price = getattr(quote, field)
        if _missing(subscription, field) or (known is not None and getattr(known, field) == price):
            continue
        attrib = TickAttrib()
        attrib.canAutoExecute = field in ("bid", "ask")
        subscription.peer.send(
            "tickPrice",
            reqId=subscription.req_id,
            tickType=delayed_tick if subscription.delayed else tick,
            price=float(price),
            size=getattr(quote, size_field) if size_field else Decimal(0),
            attrib=attrib,
        )
        sized.add(size_field)
    return sized


def _send_rest(subscription: _Subscription, known: Quote | None, quote: Quote) -> None:
    peer, req_id, delayed = subscription.peer, subscription.req_id, subscription.delayed
    if not subscription.instrument.is_pair and (known is None or known.last_time != quote.last_time):
        peer.send("tickString", reqId=req_id, tickType=_LAST_TIMESTAMP[delayed], value=str(quote.last_time))
    if known is None:
        peer.send("tickGeneric", reqId=req_id, tickType=_HALTED[delayed], value=0.0)
