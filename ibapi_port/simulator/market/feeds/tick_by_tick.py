"""reqTickByTickData: every trade, or every change of the quote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ....common import TickAttribBidAsk, TickAttribLast
from ...errors import Invalid, Refusal
from ...services import ClientSession, Handler, Service, Values
from ..instruments import Instrument, Instruments
from ..quotes.exchanges import best_exchanges
from ..quotes.market import Market, Quote
from .permissions import Lines, Permissions
from .subscriptions import Subscriptions

LAST, ALL_LAST, BID_ASK, MIDPOINT = 1, 2, 3, 4
_TYPES = {"Last": LAST, "AllLast": ALL_LAST, "BidAsk": BID_ASK, "MidPoint": MIDPOINT}
MAX_PAST_TICKS = 1000  # ticks from before the request
_WITHOUT = ("OPT", "FOP", "BAG", "FUND", "NEWS", "BOND", "WAR")  # kinds without such data

_NOTHING = {
    "price": 0.0,
    "size": Decimal(0),
    "tickAttribLast": TickAttribLast(),
    "exchange": "",
    "specialConditions": "",
    "bidPrice": 0.0,
    "askPrice": 0.0,
    "bidSize": Decimal(0),
    "askSize": Decimal(0),
    "tickAttribBidAsk": TickAttribBidAsk(),
    "midPoint": 0.0,
}

# Sends ticks of the past: client, request id, instrument, one of _TYPES, how many, whether changes
# of sizes alone are left out.
Past = Callable[[ClientSession, int, Instrument, str, int, bool], None]


def tick_by_tick_lines(limit: int) -> Lines:
    """Return the lines of reqTickByTickData."""
    return Lines(
        limit, lambda: Refusal(10190, "Max number of tick-by-tick requests has been reached.")
    )


@dataclass(eq=False)
class _Subscription:
    client: ClientSession
    req_id: int
    instrument: Instrument
    kind: int
    ignore_size: bool
    known: Quote

    def on_quote(self, instrument: Instrument, quote: Quote) -> None:
        known = self.known
        self.known = quote
        if self.kind in (LAST, ALL_LAST):
            if quote.volume != known.volume or (
                quote.last != known.last and not instrument.has_quotes
            ):
                self._send_last(quote)
        elif self.kind == MIDPOINT:
            if quote.midpoint != known.midpoint:
                self._send(quote, midPoint=float(quote.midpoint))
        elif quote[:2] != known[:2] or (not self.ignore_size and quote[3:5] != known[3:5]):
            self._send_bid_ask(quote)

    def _send_last(self, quote: Quote) -> None:
        _, _, exchange = best_exchanges(self.instrument, quote)
        self._send(quote, price=float(quote.last), size=quote.last_size, exchange=exchange)

    def _send_bid_ask(self, quote: Quote) -> None:
        attrib = TickAttribBidAsk()
        attrib.bidPastLow = quote.bid < quote.low
        attrib.askPastHigh = quote.ask > quote.high
        sizes = {"bidSize": quote.bid_size, "askSize": quote.ask_size}
        self._send(
            quote,
            bidPrice=float(quote.bid),
            askPrice=float(quote.ask),
            **sizes,
            tickAttribBidAsk=attrib,
        )

    def _send(self, quote: Quote, **values: object) -> None:
        # A message of each kind has all fields; which of them go out is decided by the type.
        self.client.send(
            "tickByTick",
            reqId=self.req_id,
            tickType=self.kind,
            time=quote.last_time,
            **{**_NOTHING, **values},
        )


class TickByTickService(Service):
    """Answers reqTickByTickData and cancelTickByTickData."""

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        permissions: Permissions,
        lines: Lines,
        past: Past | None = None,
    ) -> None:
        self._instruments = instruments
        self._market = market
        self._permissions = permissions
        self._past = past
        self._subscriptions: Subscriptions[_Subscription] = Subscriptions(market, lines)
        self.tables = (self._subscriptions.table,)

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqTickByTickData": self._request, "cancelTickByTickData": self._cancel}

    def _request(self, client: ClientSession, values: Values) -> None:
        req_id, name = values["reqId"], values["tickType"]
        count, ignore_size = values.get("numberOfTicks", 0), bool(values.get("ignoreSize", False))
        self._subscriptions.check(client, req_id)
        if name not in _TYPES:
            raise Invalid(f"Invalid tick-by-tick type: {name}. Legal ones are: {', '.join(_TYPES)}")
        if not 0 <= count <= MAX_PAST_TICKS:
            raise Invalid(f"Number of ticks must be 0 to {MAX_PAST_TICKS}")
        instrument = self._instruments.tradable(values["contract"])
        self._check(instrument, name)
        self._subscriptions.add(
            _Subscription(
                client,
                req_id,
                instrument,
                _TYPES[name],
                ignore_size,
                self._market.quote(instrument),
            )
        )
        if count and self._past is not None:
            self._past(client, req_id, instrument, name, count, ignore_size)

    def _check(self, instrument: Instrument, name: str) -> None:
        """Check that there is such data and that it may be seen. Refusal: there is none, or it may
        not.
        """
        failed = "Failed to request tick-by-tick data."
        lacking = (
            not instrument.has_trades if name in ("Last", "AllLast") else not instrument.has_quotes
        )
        if lacking or instrument.sec_type in _WITHOUT:
            raise Refusal(
                10189,
                f"{failed}{name} tick-by-tick requests are not supported for "
                f"{instrument.local_symbol}",
            )
        if not self._permissions.sees(instrument):
            raise Refusal(
                10189,
                f"{failed}No market data permissions for {instrument.venue} {instrument.sec_type}",
            )
        self._permissions.require(instrument)

    def _cancel(self, client: ClientSession, values: Values) -> None:
        self._subscriptions.cancel(client, values["reqId"])
