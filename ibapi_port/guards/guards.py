"""The guards of one client: each order passes them before anything of it is sent."""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._zones import zone_named
from ..seams import Refused, seams
from .day import Counted, Day
from .limits import DayLimit, OrderLimit, Refuse, checked, hold
from .quotes import Quotes
from .terms import ORDERS, Instrument, Terms, terms_of
from .value import Unknown, Valuer

NEW_REFUSED = 201  # as TWS rejects an order: it is over
CHANGE_REFUSED = 134  # as TWS refuses a change: the order goes on as it was
_MAYBE_SENT = 504
EVERY_ACCOUNT = "*"  # in `live`


class Guards:
    """Guards for one client, at its seams. All methods may be called from any thread.

    - `dry_run`: every order is refused (a whatIf order, which only asks, is not).
    - `live`: the accounts that are no paper accounts and may be traded in, "*" for every one; any
      other is refused.
      Paper accounts begin with D. `accounts` names those of the login, if the guards join in after
      they were told.
    - `symbols`: the only symbols that may be traded; None: all.
    - `order`, `day`: limits of each order and of a day's orders together. `symbol_order` and
      `symbol_day` are further ones by symbol. The day begins at midnight in `zone`.
    - `halt_file`: while a file of this name exists, every order is refused.
    - `currency`: that of the limits of value; `rates` gives what one unit of another is worth in
      it. An order in a currency without a rate is refused where a limit of value holds.
    - `quote`: a function of an Instrument and a side that returns the last price, or None, in place
      of the quotes that the program gets by reqMktData; those count for `quote_age` seconds.
    """

    def __init__(
        self,
        client: Any,
        *,
        dry_run: bool = False,
        live: Iterable[str] = (),
        accounts: Iterable[str] = (),
        symbols: Iterable[str] | None = None,
        order: OrderLimit | None = None,
        day: DayLimit | None = None,
        symbol_order: Mapping[str, OrderLimit] | None = None,
        symbol_day: Mapping[str, DayLimit] | None = None,
        zone: str = "America/New_York",
        halt_file: str | os.PathLike[str] | None = None,
        currency: str = "USD",
        rates: Mapping[str, float] | None = None,
        quote: Callable[[Instrument, str], float | None] | None = None,
        quote_age: float = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        for name, given in (("live", live), ("accounts", accounts), ("symbols", symbols)):
            if isinstance(given, str):
                raise ValueError(f"{name}: {given!r} is one text; give a list of them")
        self.dry_run = dry_run
        self._live = frozenset(live)
        self._accounts = tuple(accounts)
        self._symbols = None if symbols is None else frozenset(s.upper() for s in symbols)
        self._order = order or OrderLimit()
        self._symbol_order = {s.upper(): limit for s, limit in (symbol_order or {}).items()}
        by_symbol = {s.upper(): limit for s, limit in (symbol_day or {}).items()}
        self._day = Day(zone_named(zone), currency, day or DayLimit(), by_symbol)
        limits: dict[str, OrderLimit | DayLimit] = {
            "order": self._order,
            "day": day or DayLimit(),
            **{f"symbol_order: {s}": limit for s, limit in self._symbol_order.items()},
            **{f"symbol_day: {s}": limit for s, limit in by_symbol.items()},
        }
        for name, limit in limits.items():
            checked(name, limit)
        self._values = any(limit.value is not None for limit in limits.values())
        self._halt_file = halt_file
        self._halted = ""
        self._clock = clock
        self.quotes = Quotes(quote_age)
        self._currency = currency
        self._valuer = Valuer(self.quotes, currency, rates or {}, quote)
        self._lock = threading.Lock()
        self._asked: set[int] = set()  # ids of orders that only asked (whatIf)
        self._refused = 0
        self._client = client
        # What this thread's request has counted, to be taken back if it is not sent after all.
        self._within = threading.local()
        joined = seams(client)
        joined.add_on_request(self._on_request)
        joined.add_on_refused(self._on_refused)
        joined.listen(self.quotes)
        joined.listen(_Listener(self))

    # --- the kill switch ---

    def halt(self, reason: str = "halt() was called", cancel: bool = False) -> None:
        """Refuse every order from now on; with `cancel` all open orders are cancelled, too, also
        those of other clients.
        """
        with self._lock:
            self._halted = reason or "halt() was called"
        if cancel:
            self._client.reqGlobalCancel()

    def resume(self) -> None:
        """Let orders pass again, unless the file still halts them."""
        with self._lock:
            self._halted = ""

    @property
    def halted(self) -> str:
        """Why every order is refused; "" if none is."""
        if self._halted:
            return self._halted
        if self._halt_file is None:
            return ""
        try:
            os.stat(self._halt_file)
        except FileNotFoundError:
            return ""
        except OSError as e:  # nobody can tell whether it is there: rather stop
            return f"the file {os.fspath(self._halt_file)} cannot be looked at ({e.strerror})"
        return f"the file {os.fspath(self._halt_file)} exists"

    def state(self) -> dict[str, Any]:
        """Return what the guards have counted today, as plain data."""
        with self._lock:
            self._day.begin(self._clock())
            return {
                "halted": self.halted,
                "dry_run": self.dry_run,
                "orders_refused": self._refused,
                "currency": self._currency,
                **self._day.as_dict(),
            }

    def check(self, orders: Iterable[tuple[Any, Any]]) -> None:
        """Raise Refused if these orders, each a contract and an order, would not all pass if they
        were placed now, one after the other. Nothing is sent, or counted.
        """
        undo: list[Callable[[], None]] = []
        with self._lock:
            try:
                for n, (contract, order) in enumerate(orders, 1):
                    terms = terms_of("placeOrder", (-n, contract, order))  # no order has such an id
                    back = self._check(terms, None)
                    undo += [back] if back is not None else []
            finally:
                for each in reversed(undo):
                    each()

    # --- at the seams ---

    def _on_request(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name not in ORDERS:
            self.quotes.requested(name, arguments)
            return
        terms = terms_of(name, arguments)
        self._within.counted = None
        # One order at a time: two threads must not both fit below the same limit.
        with self._lock:
            # the ids of exercises are those of requests, not of orders
            before = None if terms.is_exercise else self._day.of(terms.order_id)
            try:
                undo = self._check(terms, before)
            except Refused:
                self._refused += 1
                raise
        self._within.counted = (arguments, undo)

    def _on_refused(self, name: str, arguments: tuple[Any, ...], code: int, text: str) -> None:
        """Take back what an order counted that was not sent; if bytes may be out, it counts."""
        counted, undo = getattr(self._within, "counted", None) or (None, None)
        if counted is arguments and undo is not None and code != _MAYBE_SENT:
            self._within.counted = None
            with self._lock:
                undo()

    def _check(self, terms: Terms, before: Counted | None) -> Callable[[], None] | None:
        """Let an order pass and count it, or raise Refused. Return what takes the count back."""

        def refuse(guard: str, text: str) -> None:
            code = NEW_REFUSED if before is None else CHANGE_REFUSED
            start = "Order rejected - reason" if before is None else "Modify order failed"
            raise Refused(f"{start}: guard {guard}: {text}; nothing was sent.", code)

        halted = self.halted
        if halted:
            refuse("kill switch", halted)
        if self.dry_run and not terms.is_what_if:
            refuse("dry run", "no order is sent")
        self._check_account(terms, refuse)
        self._check_symbol(terms, refuse)
        symbol = self.quotes.known(terms.instrument).symbol
        quantity = self._check_order(terms, symbol, refuse)
        value = self._value(terms, symbol, refuse)
        if terms.is_what_if:
            self._asked.add(terms.order_id)  # its openOrder tells of no order
            return None
        self._asked.discard(terms.order_id)
        self._day.begin(self._clock())
        order_id = None if terms.is_exercise else terms.order_id
        return self._day.count(order_id, Counted(symbol, quantity, value), refuse)

    def _check_account(self, terms: Terms, refuse: Refuse) -> None:
        accounts = (terms.account,) if terms.account else self._accounts
        if not accounts:
            refuse("account", "the account is not known yet; wait for managedAccounts")
        for account in accounts:
            if not account.startswith("D") and not self._live & {account, EVERY_ACCOUNT}:
                refuse("account", f"{account} is a live account that is not allowed")

    def _check_symbol(self, terms: Terms, refuse: Refuse) -> None:
        if self._symbols is None:
            return
        named = [self.quotes.known(terms.instrument)]
        if terms.legs:
            named = []
            for leg in terms.legs:
                known = self.quotes.by_id(leg.con_id)
                if known is None:
                    refuse("symbols", f"the symbol of the leg with conId {leg.con_id} is not known")
                else:
                    named.append(known)
        for instrument in named:
            if instrument.symbol not in self._symbols:
                refuse("symbols", f"{instrument} is not among the allowed ones")

    def _check_order(self, terms: Terms, symbol: str, refuse: Refuse) -> float:
        """Check quantity and distance; return the quantity."""
        numbers = (terms.quantity, terms.cash, terms.limit_price, terms.aux_price)
        for number in numbers:
            if number is not None and not math.isfinite(number):
                refuse("order", f"a quantity or price is {number}")
        limits = self._limits_of_order(symbol)
        quantity = abs(terms.quantity or 0.0)
        is_limited = any(limit.quantity is not None for _, limit in limits)
        if is_limited and not quantity and terms.cash is None:
            refuse("quantity", "the order has no quantity")
        for name, limit in limits:
            hold("quantity", name, limit.quantity, quantity, "", refuse)
        if any(limit.distance is not None for _, limit in limits):
            try:
                distance = self._valuer.distance(terms)
            except Unknown as e:
                refuse("distance", f"{e}")
            else:
                for name, limit in limits:
                    hold("distance", name, limit.distance, distance or 0.0, " %", refuse)
        return quantity

    def _limits_of_order(self, symbol: str) -> list[tuple[str, OrderLimit]]:
        own = self._symbol_order.get(symbol)
        return [("order", self._order), *([(f"order in {symbol}", own)] if own else [])]

    def _value(self, terms: Terms, symbol: str, refuse: Refuse) -> float:
        if not self._values:
            return 0.0
        try:
            value = self._valuer.value(terms)
        except Unknown as e:
            refuse("value", f"{e}")
            raise  # not reached: refuse() raises
        for name, limit in self._limits_of_order(symbol):
            hold("value", name, limit.value, value, f" {self._currency}", refuse)
        return value

    # --- what TWS tells ---

    def _told_accounts(self, accounts: str) -> None:
        with self._lock:
            self._accounts = tuple(account for account in accounts.split(",") if account)

    def _told_order(self, order_id: int, contract: Any, order: Any) -> None:
        """An order that was there before: a change of it counts by what it adds."""
        if order.clientId != self._client.clientId or order_id <= 0 or order.whatIf:
            return
        terms = terms_of("placeOrder", (order_id, contract, order))
        with self._lock:
            if order_id in self._asked:
                return
            value = 0.0
            if self._values:
                with contextlib.suppress(Unknown):  # then a change of it counts whole
                    value = self._valuer.value(terms)
            symbol = self.quotes.known(terms.instrument).symbol
            self._day.there(order_id, Counted(symbol, abs(terms.quantity or 0.0), value))

    def _told_status(self, order_id: int, status: str, client_id: int) -> None:
        if client_id == self._client.clientId:
            with self._lock:
                self._day.status(order_id, status)


class _Listener:
    """What the guards hear; apart from them, so that no callback is among their methods."""

    def __init__(self, guards: Guards) -> None:
        self._guards = guards

    def managedAccounts(self, accountsList: str) -> None:
        self._guards._told_accounts(accountsList)

    def openOrder(self, orderId: int, contract: Any, order: Any, orderState: Any) -> None:
        self._guards._told_order(orderId, contract, order)

    def orderStatus(
        self,
        orderId: int,
        status: str,
        filled: Any,
        remaining: Any,
        avgFillPrice: float,
        permId: int,
        parentId: int,
        lastFillPrice: float,
        clientId: int,
        whyHeld: str,
        mktCapPrice: float,
    ) -> None:
        self._guards._told_status(orderId, status, clientId)


__all__ = ["CHANGE_REFUSED", "NEW_REFUSED", "Guards"]
