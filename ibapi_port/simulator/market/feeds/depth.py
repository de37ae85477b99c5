"""reqMktDepth: the order book of an instrument, at first whole, then its changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ...errors import Invalid, Refusal
from ...services import ClientSession, Handler, Service, Values
from ..instruments import Instrument, Instruments
from ..quotes.market import Market, Quote
from .depth_book import ASK, BID, DELETE, Row, book_side, changes
from .permissions import Lines, Permissions
from .subscriptions import Subscriptions

MAX_ROWS = 20
_HALTED, _RESET = 316, 317
_TEXTS = {
    _HALTED: "Market depth data has been HALTED. Please re-subscribe.",
    _RESET: (
        "Market depth data has been RESET. Please empty deep book contents before applying any new "
        "entries."
    ),
}
_WITHOUT = ("IND", "FUND", "NEWS", "BAG", "BOND", "CONTFUT")  # kinds that have no book
_BY_MAKERS = ("NASDAQ", "ISLAND")  # the exchanges whose books name market makers


def depth_lines(limit: int) -> Lines:
    """Return how many instruments' books can be watched at a time."""
    text = (
        f"Max number ({limit}) of market depth requests has been reached. Note: TWS currently "
        f"limits users to a maximum of {limit} "
        "distinct market depth requests. This same restriction applies to API clients, however "
        "API clients may make multiple "
        "market depth requests for the same security."
    )
    return Lines(limit, lambda: Refusal(309, text))


def _listed(names: Iterable[str]) -> str:
    return "".join(f"{name}; " for name in names)


@dataclass(eq=False)
class _Subscription:
    client: ClientSession
    req_id: int
    instrument: Instrument
    rows: int
    makers: tuple[str, ...]
    by_makers: bool  # False: the book has one level only, updateMktDepth
    smart: bool
    books: dict[int, list[Row]] = field(default_factory=dict)  # by side: what the client knows

    def on_quote(self, instrument: Instrument, quote: Quote) -> None:
        if self.by_makers and not self.makers:
            return
        for side in (BID, ASK):
            new = book_side(instrument, quote, side, self.rows, self.makers)
            for position, operation, row in changes(self.books.get(side, ()), new):
                gone = operation == DELETE
                self._send(
                    position,
                    operation,
                    side,
                    0.0 if gone else float(row.price),
                    Decimal(0) if gone else row.size,
                    row.maker,
                )
            self.books[side] = new

    def _send(
        self, position: int, operation: int, side: int, price: float, size: Decimal, maker: str
    ) -> None:
        values = {
            "position": position,
            "operation": operation,
            "side": side,
            "price": price,
            "size": size,
        }
        if self.by_makers:
            self.client.send(
                "updateMktDepthL2",
                reqId=self.req_id,
                marketMaker=maker,
                isSmartDepth=self.smart,
                **values,
            )
        else:
            self.client.send("updateMktDepth", reqId=self.req_id, **values)


class DepthService(Service):
    """Answers reqMktDepth and cancelMktDepth."""

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        permissions: Permissions,
        lines: Lines,
        notice: bool = False,
    ) -> None:
        self._notice = notice  # a SMART book begins with the names of its exchanges
        self._instruments = instruments
        self._market = market
        self._permissions = permissions
        self._subscriptions: Subscriptions[_Subscription] = Subscriptions(market, lines)
        self.tables = (self._subscriptions.table,)
        market.listen(self._on_quote)

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqMktDepth": self._request, "cancelMktDepth": self._cancel}

    def reset(self, instrument: Instrument) -> None:
        """Throw the book away: clients get an error, and get it anew."""
        quote = self._market.quote(instrument)
        for subscription in self._subscriptions.of(instrument):
            subscription.client.error(subscription.req_id, _RESET, _TEXTS[_RESET])
            subscription.books.clear()
            subscription.on_quote(instrument, quote)

    def reset_all(self) -> None:
        """Throw all books away, as after an interruption."""
        for instrument in {
            each.instrument.con_id: each.instrument for each in self._subscriptions.all()
        }.values():
            self.reset(instrument)

    def _request(self, client: ClientSession, values: Values) -> None:
        req_id = values["reqId"]
        contract = values["contract"]
        smart = bool(values.get("isSmartDepth", False))
        self._subscriptions.check(client, req_id)
        if values["numRows"] < 1:
            raise Invalid("Number of rows must be above 0")
        instrument = self._instruments.tradable(contract)
        under = (
            self._instruments.by_con_id(instrument.underlying)
            if instrument.sec_type == "CFD"
            else None
        )
        if under is not None and under.sec_type in ("STK", "CASH"):
            client.send(
                "rerouteMktDepthReq", reqId=req_id, conId=under.con_id, exchange=under.venue
            )
            return
        makers = self._makers(instrument, contract.exchange, smart)
        self._permissions.require(instrument)
        lacking = [name for name in makers if name in self._permissions.without]
        seen = tuple(name for name in makers if name not in lacking)
        subscription = _Subscription(
            client, req_id, instrument, min(values["numRows"], MAX_ROWS), seen, bool(makers), smart
        )
        self._subscriptions.add(subscription)
        if lacking or (smart and self._notice):
            text = (
                f"Exchanges - Depth: {_listed(seen)}Need additional market data permissions - "
                f"Depth: {_listed(lacking)}"
            )
            client.error(req_id, 2152, text)
        subscription.on_quote(instrument, self._market.quote(instrument))

    def _makers(self, instrument: Instrument, exchange: str, smart: bool) -> tuple[str, ...]:
        """Return who stands in the book. Refusal: there is none."""
        at_smart = exchange == "SMART"
        if instrument.sec_type in _WITHOUT or smart != at_smart:
            raise Refusal(
                10092,
                "Deep market data is not supported for this combination of security type/exchange",
            )
        if smart:
            return tuple(name for name in instrument.exchanges if name != "SMART")
        return (exchange,) if exchange in _BY_MAKERS else ()

    def _cancel(self, client: ClientSession, values: Values) -> None:
        self._subscriptions.cancel(
            client, values["reqId"], 310, "Can't find the subscribed market depth with tickerId:"
        )

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        if quote.halted and self._subscriptions:
            for subscription in self._subscriptions.of(instrument):
                subscription.client.error(subscription.req_id, _HALTED, _TEXTS[_HALTED])
                self._subscriptions.table.end((subscription.client, subscription.req_id))
