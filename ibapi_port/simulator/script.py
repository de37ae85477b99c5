"""What a script can do to the simulated TWS while it runs: one table of commands for Python, the
command line and HTTP.

A command is a public method of `Script` whose parameters and result are plain values. ValueError
says what is wrong with a command; `BadValue` also names the value. The table of commands is
`commands.COMMANDS`.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ..order import Order
from . import state, views
from .errors import BadValue, Invalid, Refusal
from .event_log import brief
from .market.instruments import Instrument
from .net.clock import VirtualClock
from .net.faults import Fault
from .network import Network
from .options import Options
from .reference.display_groups import GROUPS
from .services import ClientSession, Values
from .settings import checked
from .trading.validation.rules import MAX_NUMBER
from .world import World

MAX_KEPT_REQUESTS = 10_000  # requests


def _check_price(name: str, price: Decimal | None) -> None:
    if price is not None and not 0 < price < MAX_NUMBER:
        raise BadValue(name, f"must be above 0, and below {MAX_NUMBER:f}, not {price}")


class Script:
    """The commands of scripts. Only the server's thread may use them."""

    def __init__(self, world: World, network: Network) -> None:
        self._world = world
        self._network = network
        self._requests: deque[dict[str, Any]] = deque(maxlen=MAX_KEPT_REQUESTS)
        self._recording = False

    # `commands` makes a command of each function above and below whose name has no underscore

    @property
    def note(self) -> Callable[[str, Mapping[str, Any]], None]:
        """Return what takes note of a command that was done."""
        return lambda name, given: self._world.log.note("command", f"{name} {brief(given)}".strip())

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
    ) -> dict[str, Any]:
        """Set an instrument's market: what is given is changed. Clients get it, and orders that
        it reaches fill. Returns the quote.
        """
        instrument = self._instrument(symbol)
        for name, value in {"bid": bid, "ask": ask, "last": last}.items():
            _check_price(name, value)
        for name, value in {
            "bid_size": bid_size,
            "ask_size": ask_size,
            "last_size": last_size,
        }.items():
            if value is not None and not 0 <= value < MAX_NUMBER:
                raise BadValue(name, f"must be 0 or more, and below {MAX_NUMBER:f}, not {value}")
        given = {
            "bid": bid,
            "ask": ask,
            "last": last,
            "bid_size": bid_size,
            "ask_size": ask_size,
            "last_size": last_size,
        }
        given = {name: value for name, value in given.items() if value is not None}
        if given:
            self._world.market.set_quote(instrument, **given)
        return state.quote(self._world.market.quote(instrument))

    def trade(
        self, symbol: str | int, price: Decimal | None = None, size: Decimal | None = None
    ) -> dict[str, Any]:
        """Let something be traded at a price (else at the last one): last price, volume and time
        change, bid and ask stay. Stops that go by the last price look at it. Returns the quote.
        """
        instrument = self._instrument(symbol)
        _check_price("price", price)
        if size is not None and not 0 < size < MAX_NUMBER:
            raise BadValue("size", f"must be above 0, and below {MAX_NUMBER:f}, not {size}")
        if not instrument.has_trades:
            raise BadValue("symbol", f"no trades are told of {instrument.local_symbol}: use quote")
        market = self._world.market
        if price is None:
            price = market.quote(instrument).last
            if not price:
                raise BadValue("price", "is missing: nothing has been traded yet")
        return state.quote(market.trade(instrument, price, size))

    def instrument(self, symbol: str, last: Decimal | None = None, fields: Any = None) -> int:
        """List a further stock; its price begins at `last`, or at 100. `fields`: as in the file of
        instruments. Returns its contract id.
        """
        _check_price("last", last)
        if not (fields is None or isinstance(fields, dict)):
            raise BadValue("fields", "must be an object of names and values")
        return self._world.instruments.add_stock(symbol, last, **(fields or {})).con_id

    def halt(self, symbol: str | int, code: int = 1) -> None:
        """Stop an instrument's trading: 1 a halt, 2 for its volatility (IB's tick 49); with 0 it
        goes on.
        """
        if code not in (0, 1, 2):
            raise BadValue("code", f"must be 0, 1 or 2, not {code}")
        self._world.market.halt(self._instrument(symbol), code)

    def reset_depth(self, symbol: str | int) -> None:
        """Throw an instrument's order book away: error 317, and the book comes anew."""
        self._world.feeds.depth.reset(self._instrument(symbol))

    def competing_session(self, competing: bool = True) -> None:
        """Log the user in elsewhere: requests for market data get error 10197; with False log off
        there.
        """
        self._world.feeds.permissions.competing_session = competing

    def _instrument(self, symbol: str | int) -> Instrument:
        """Return an instrument by symbol, local symbol or contract id."""
        found = self._world.instruments.by_name(symbol)
        if len(found) == 1:
            return found[0]
        if found:
            raise BadValue(
                "symbol",
                f"several instruments are called {symbol!r}: give the local symbol or the "
                "contract id",
            )
        alike = self._world.instruments.suggestions(str(symbol))
        hint = f": did you mean {' or '.join(alike)}?" if alike else ""
        raise BadValue(
            "symbol",
            f"there is no instrument {symbol!r}{hint} (instrument adds a stock by one word)",
        )

    # --- orders ---

    def fill(
        self,
        order_id: int,
        price: Decimal | None = None,
        quantity: Decimal | None = None,
        client_id: int | None = None,
    ) -> None:
        """Fill an order, whole or `quantity` of it, at `price` (or at the market), whatever the
        market says.
        """
        live = self._world.book.find(order_id, client_id)
        if not live.instrument.legs:  # a combination's price may be anything
            _check_price("price", price)
        if price is None:
            quote = self._world.market.quote(live.instrument)
            price = quote.ask if live.order.action == "BUY" else quote.bid
        self._world.book.fill(live, price, live.remaining if quantity is None else quantity)

    def reject(
        self,
        order_id: int,
        reason: str = "The order was refused by a script.",
        client_id: int | None = None,
    ) -> None:
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
        self,
        symbol: str | int,
        action: str,
        quantity: Decimal,
        order_type: str = "MKT",
        price: Decimal | None = None,
        tif: str = "DAY",
    ) -> int:
        """Enter an order in TWS by hand; `price` is the limit, or the stop of a STP. Returns its
        order id, which is below 0.
        """
        instrument, order = self._instrument(symbol), Order()
        order.action = action
        order.totalQuantity = quantity
        order.orderType = order_type
        order.tif = tif
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

    def correct(self, exec_id: str, price: Decimal) -> str:
        """Correct the price of an execution as the exchange does. Returns the new execution's
        id.
        """
        _check_price("price", price)
        try:
            return self._world.correct(exec_id, price)
        except KeyError:
            raise BadValue("exec_id", f"there is no execution {exec_id!r}") from None

    # --- time ---

    def speed(self, factor: float | str) -> str:
        """Let virtual time pass so many times as fast as real time; 0: it stands, "max": as fast as
        it can. Returns what it does now.
        """
        clock = self._world.clock
        if not isinstance(clock, VirtualClock):
            raise BadValue("factor", "only virtual time has another speed (--speed, --start)")
        if isinstance(factor, str) and factor != "max":
            raise BadValue("factor", f'must be a number from 0 on or "max", not {factor!r}')
        value = math.inf if isinstance(factor, str) else factor
        if not value >= 0:
            raise BadValue("factor", f"must be 0 or more, not {factor}")
        clock.set_speed(value)
        return views.speed(self._world)

    # --- what is going on ---

    def candles(
        self, symbol: str | int, size: str = "1 min", count: int = 60
    ) -> list[dict[str, Any]]:
        """Return the latest bars of an instrument, oldest first. `size`: "1 min", "5 mins",
        "15 mins", "1 hour" or "1 day".
        """
        return views.candles(self._world, self._instrument(symbol), size, count)

    def depth(self, symbol: str | int, rows: int = 5) -> dict[str, Any]:
        """Return the order book of an instrument, and its quote."""
        return views.depth(self._world, self._instrument(symbol), rows)

    def overview(self, since: int = 0) -> dict[str, Any]:
        """Return the state with executions, the clock's speed, and the events after number
        `since`, which are kept from `record` on.
        """
        return views.overview(self._world, self._network, since)

    def state(self) -> dict[str, Any]:
        """Return clients, orders, positions, quotes of both, farms, faults, and the clock."""
        return state.state(self._world, self._network)

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Return what clients have asked, from the request of that number on; the first is number
        0, and the latest 10000 are kept.
        """
        return [request for request in self._requests if request["number"] >= since]

    def record(self) -> None:
        """Keep what clients ask from now on, for `requests`, and what happens, for `overview`."""
        self._world.log.start()
        if not self._recording:
            self._recording = True
            self._world.watchers.append(self._note)

    def _note(self, client: ClientSession, name: str, values: Values) -> None:
        number = self._requests[-1]["number"] + 1 if self._requests else 0
        self._requests.append(
            {
                "number": number,
                "client_id": client.client_id,
                "request": name,
                "values": state.plain(values),
            }
        )

    # --- messages ---

    def notice(self, code: int, text: str, client_id: int | None = None, req_id: int = -1) -> None:
        """Send an error or notice to one client or to all."""
        for client in self._world.registry:
            if client_id in (None, client.client_id):
                client.error(req_id, code, text)

    def bulletin(self, text: str, exchange: str = "", kind: int = 1) -> None:
        """Publish a news bulletin; kind 2: the exchange is closed, 3: it is open again."""
        self._world.reference.bulletins.publish(text, exchange, kind)

    def news(self, symbol: str | int, headline: str, text: str = "", provider: str = "BRFG") -> str:
        """Publish an article about an instrument: a tickNews to who has asked for them. Returns the
        article's id.
        """
        try:
            return self._world.reference.wire.publish(
                self._instrument(symbol), provider, headline, text
            ).article_id
        except ValueError as e:
            raise BadValue("provider", str(e)) from None

    def display_group(self, group: int, contract_info: str) -> None:
        """Choose something in a display group, as the user does: "none", "combo", or contract
        id@exchange.
        """
        if group not in GROUPS:
            raise BadValue("group", f"must be {GROUPS[0]} to {GROUPS[-1]}, not {group}")
        self._world.reference.display_groups.show(group, contract_info)

    def farm(self, name: str = "usfarm", state: str = "broken") -> None:
        """Break or mend a data farm: state "ok", "broken", "inactive" or "connecting"; clients are
        sent 2103 to 2108, 2119, 2157, 2158.

        While usfarm is broken no quotes come, while ushmds is broken no history.
        """
        self._world.farms.set(name, state)

    def connectivity(self, up: bool, data_lost: bool = False) -> None:
        """Break or mend TWS's line to IB: clients get 1100; 1102, or 1101 with `data_lost`,
        when all subscriptions are gone.
        """
        if up:
            if data_lost:
                self._world.lose_subscriptions()
            self._world.farms.restore(data_lost)
        else:
            self._world.farms.lose()

    # --- connections ---

    def drop_connection(self, client_id: int | None = None, reset: bool = False) -> int:
        """Close a client's connection, or all clients'; with `reset` not in order, but by a TCP
        reset. Returns how many were closed.
        """
        return self._network.drop(client_id, reset)

    def accept(self, accepted: bool = True) -> int:
        """Answer TWS's dialog for all who wait to be let in. Returns how many did."""
        return self._network.answer(accepted)

    def restart(self, seconds: float | None = None) -> None:
        """Restart TWS: connections are dropped and refused for that long. Orders and positions
        stay.
        """
        options = self._world.options
        if seconds is not None and not 0 <= seconds < 1e9:
            raise BadValue("seconds", f"must be 0 or more, not {seconds}")
        self._network.restart(options.restart_seconds if seconds is None else seconds)

    def move_port(self, port: int = 0) -> int:
        """Listen at another port, 0: any free one; clients get 1300 and dropped. Returns the
        port.
        """
        if not 0 <= port < 1 << 16:
            raise BadValue("port", f"must be 0 to 65535, not {port}")
        return self._network.move_port(port)

    def option(self, name: str, value: Any) -> None:
        """Change a setting that can be changed while TWS runs."""
        field = {field.name: field for field in dataclasses.fields(Options)}.get(name)
        if field is None or not field.metadata["live"]:
            raise BadValue(
                "name", f"there is no setting {name!r} that can be changed while TWS runs"
            )
        try:
            changed: dict[str, Any] = {name: checked(field, value)}
            self._world.options = dataclasses.replace(self._world.options, **changed)
        except ValueError as e:
            raise BadValue("value", str(e)) from None

    # --- faults ---

    def fault(
        self,
        kind: str,
        client_id: int | None = None,
        next_only: bool = False,
        message: str = "",
        after: int = 0,
        after_bytes: int = 0,
        times: int | None = None,
        seconds: float = 0.0,
        jitter: float = 0.0,
        size: int = 1,
        data: bytes | str = b"",
        number: int = 0,
    ) -> int:
        """Set a fault. Returns its number."""
        made = Fault(
            kind,
            client_id,
            next_only,
            message,
            after,
            after_bytes,
            times,
            seconds,
            jitter,
            size,
            data,
            number,
        )
        rule = self._network.faults.add(made)
        if kind == "refuse" and seconds:
            # By number: the fault may have been taken back by then.
            self._world.timers.call_later(seconds, lambda: self._network.faults.remove(rule.number))
        return rule.number

    def remove_fault(self, fault: int) -> None:
        """Take a fault back. What it has broken stays so."""
        if fault not in self._network.faults:
            raise BadValue("fault", f"there is no fault {fault} (any more)")
        self._network.faults.remove(fault)

    def clear_faults(self) -> None:
        """Take all faults back. What they have broken stays so."""
        self._network.faults.clear()

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are set."""
        return [rule.describe() for rule in self._network.faults.all()]
