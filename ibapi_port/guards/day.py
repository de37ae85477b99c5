"""What a day's orders are together, and its limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from .limits import DayLimit, Refuse, hold

_OVER = frozenset({"Filled", "Cancelled", "ApiCancelled", "Inactive"})


class Counted(NamedTuple):
    """What an order counts for: the most that it has been."""

    symbol: str
    quantity: float
    value: float
    is_over: bool = False


class _Sums:
    def __init__(self) -> None:
        self.quantity = 0.0
        self.value = 0.0
        self.orders = 0

    def add(self, quantity: float, value: float, orders: int) -> None:
        self.quantity += quantity
        self.value += value
        self.orders += orders

    def as_dict(self) -> dict[str, float]:
        return {"quantity": self.quantity, "value": self.value, "orders": self.orders}


class Day:
    """The sums of one day, all together and by symbol. It is used under the guards' lock."""

    def __init__(
        self, zone: tzinfo, currency: str, limit: DayLimit, by_symbol: Mapping[str, DayLimit]
    ) -> None:
        self._zone = zone
        self._unit = f" {currency}"
        self._limit = limit
        self._limits = by_symbol
        self._today: date | None = None
        self._all = _Sums()
        self._by_symbol: dict[str, _Sums] = {}
        self._orders: dict[int, Counted] = {}

    def begin(self, now: float) -> None:
        """Begin a new day if there is one. Orders that go on are remembered: a change of one counts
        by what it adds.
        """
        today = datetime.fromtimestamp(now, self._zone).date()
        if today != self._today:
            self._today = today
            self._all = _Sums()
            self._by_symbol = {}
            self._orders = {n: c for n, c in self._orders.items() if not c.is_over}

    def of(self, order_id: int) -> Counted | None:
        """Return what an order counts for; None if it is a new one."""
        return self._orders.get(order_id)

    def there(self, order_id: int, counted: Counted) -> None:
        """Note an order that was there before, unless it is counted."""
        self._orders.setdefault(order_id, counted)

    def status(self, order_id: int, status: str) -> None:
        """Note that an order is over."""
        counted = self._orders.get(order_id)
        if counted is not None and status in _OVER:
            self._orders[order_id] = counted._replace(is_over=True)

    def count(self, order_id: int | None, now: Counted, refuse: Refuse) -> Callable[[], None]:
        """Count an order, or the change of one, if it is within the limits. Return what takes it
        back. `order_id` is None for what can never be changed.
        """
        before = None if order_id is None else self._orders.get(order_id)
        old = before or Counted(now.symbol, 0.0, 0.0)
        quantity, value = max(0.0, now.quantity - old.quantity), max(0.0, now.value - old.value)
        new = 0 if before is not None else 1
        own = self._by_symbol.setdefault(now.symbol, _Sums())
        self._hold("day", self._limit, self._all, (quantity, value, new), refuse)
        limit = self._limits.get(now.symbol)
        if limit is not None:
            self._hold(f"day in {now.symbol}", limit, own, (quantity, value, new), refuse)
        for sums in (self._all, own):
            sums.add(quantity, value, new)
        if order_id is not None:
            most = max(old.quantity, now.quantity), max(old.value, now.value)
            self._orders[order_id] = Counted(now.symbol, *most)

        day, both = self._today, (self._all, own)

        def undo() -> None:
            if self._today == day:
                for sums in both:
                    sums.add(-quantity, -value, -new)
            if order_id is not None and before is not None:
                self._orders[order_id] = before
            elif order_id is not None:
                self._orders.pop(order_id, None)

        return undo

    def _hold(
        self,
        of: str,
        limit: DayLimit,
        sums: _Sums,
        more: tuple[float, float, int],
        refuse: Refuse,
    ) -> None:
        """Refuse what would bring the sums above a limit; what adds nothing is not refused."""
        quantity, value, new = more
        if quantity:
            hold("quantity", of, limit.quantity, sums.quantity + quantity, "", refuse)
        if value:
            hold("value", of, limit.value, sums.value + value, self._unit, refuse)
        if new:
            hold("orders", of, limit.orders, sums.orders + new, "", refuse)

    def as_dict(self) -> dict[str, Any]:
        symbols = {name: sums.as_dict() for name, sums in self._by_symbol.items()}
        return {"day": str(self._today), **self._all.as_dict(), "symbols": symbols}


__all__ = ["Counted", "Day"]
