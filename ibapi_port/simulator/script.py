"""What a script can do to the simulated TWS while it runs: one table of commands for Python, the command line and HTTP.

A command is a public method of `Script` whose parameters and result are plain values. ValueError says what is wrong with a command;
`BadValue` also names the parameter.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Protocol

from ..order import Order
from .market.instruments import Instrument
from .peer import Invalid, Refusal
from .world import World


class BadValue(ValueError):
    """A command's parameter is wrong."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class Network(Protocol):
    """What a script can do to connections."""

    def drop(self, client_id: int | None, reset: bool) -> int:
        """Close a client's connection, or all; how many there were."""


class Script:
    """The commands. To be used in the server's thread only."""

    def __init__(self, world: World, network: Network) -> None:
        self._world, self._network = world, network

    # --- the market ---

    def quote(
        self,
        symbol: str | int,
        bid: Decimal | None = None,
        ask: Decimal | None = None,
        last: Decimal | None = None,
        bid_size: Decimal | None = None,
        ask_size: Decimal | None = None,
        last_size: Decimal | None = None,
    ) -> None:
        """Set an instrument's market: what is given is changed. Clients are told, and orders that it reaches fill."""
        instrument = self._instrument(symbol)
        for name, value in {"bid": bid, "ask": ask, "last": last}.items():
            if value is not None and not value > 0:
                raise BadValue(name, f"must be above 0, not {value}")
        self._world.market.set_quote(instrument, bid=bid, ask=ask, last=last, bid_size=bid_size, ask_size=ask_size, last_size=last_size)

    def _instrument(self, symbol: str | int) -> Instrument:
        """By symbol, local symbol or contract id."""
        entries = self._world.instruments.all
        for name in ("local_symbol", "symbol"):
            found = [entry for entry in entries if symbol in (getattr(entry, name), entry.con_id)]
            if len(found) == 1:
                return found[0]
            if found:
                raise BadValue("symbol", f"several instruments are called {symbol!r}: give the local symbol or the contract id")
        raise BadValue("symbol", f"there is no instrument {symbol!r}")

    # --- orders ---

    def fill(self, order_id: int, price: Decimal | None = None, quantity: Decimal | None = None, client_id: int | None = None) -> None:
        """Fill an order, whole or `quantity` of it, at `price` (or at the market), whatever the market says."""
        live = self._world.book.find(order_id, client_id)
        if price is None:
            quote = self._world.market.quote(live.instrument)
            price = quote.ask if live.order.action == "BUY" else quote.bid
        if price <= 0:
            raise BadValue("price", f"must be above 0, not {price}")
        self._world.book.fill(live, price, live.remaining if quantity is None else quantity)

    def reject(self, order_id: int, reason: str = "The order was refused by a script.", client_id: int | None = None) -> None:
        """Refuse an order that works: error 201, and its status is Inactive."""
        self._world.book.reject(self._world.book.find(order_id, client_id), reason)

    def cancel(self, order_id: int, client_id: int | None = None) -> None:
        """Cancel an order as the broker does: error 202."""
        live = self._world.book.find(order_id, client_id)
        try:
            self._world.book.cancel(live.order.clientId, order_id)
        except Refusal as e:
            raise BadValue("order_id", e.text) from None

    def manual_order(
        self, symbol: str | int, action: str, quantity: Decimal, order_type: str = "MKT", price: Decimal | None = None, tif: str = "DAY"
    ) -> int:
        """Enter an order in TWS by hand; `price` is the limit, or the stop of a STP. Returns its order id, which is below 0."""
        instrument, order = self._instrument(symbol), Order()
        order.action, order.totalQuantity, order.orderType, order.tif = action, quantity, order_type, tif
        if price is not None and order_type == "STP":
            order.auxPrice = float(price)
        elif price is not None:
            order.lmtPrice = float(price)
        exchange = "SMART" if "SMART" in instrument.exchanges else instrument.exchanges[0]
        try:
            return self._world.book.place_by_hand(instrument, exchange, order).order.orderId
        except Refusal as e:
            raise ValueError(e.text) from None
        except Invalid as e:
            raise ValueError(str(e)) from None

    # --- messages ---

    def notice(self, code: int, text: str, client_id: int | None = None, req_id: int = -1) -> None:
        """Send an error or notice to one client or to all."""
        for peer in self._world.roster:
            if client_id in (None, peer.client_id):
                peer.error(req_id, code, text)

    def bulletin(self, text: str, exchange: str = "", kind: int = 1) -> None:
        """Publish a news bulletin; kind 2: the exchange is closed, 3: it is open again."""
        self._world.bulletins.publish(text, exchange, kind)

    # --- connections ---

    def drop_connection(self, client_id: int | None = None, reset: bool = False) -> int:
        """Close a client's connection, or all clients'; with `reset` not in order, but by a TCP reset. Returns how many were closed."""
        return self._network.drop(client_id, reset)


def commands() -> dict[str, Any]:
    """The commands by name."""
    return {name: method for name, method in vars(Script).items() if callable(method) and not name.startswith("_")}
