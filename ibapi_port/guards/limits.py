"""Limits of orders and days, as data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

Refuse = Callable[[str, str], None]  # the guard's name and why; it raises


class OrderLimit(NamedTuple):
    """What one order may be. None: no limit.

    `quantity` in shares or contracts, `value` in the guards' currency, `distance` of a limit or
    stop price from the last quote, in percent.
    """

    quantity: float | None = None
    value: float | None = None
    distance: float | None = None


class DayLimit(NamedTuple):
    """What the orders of one day may be together. None: no limit.

    A change of an order counts by what it adds; an order that is cancelled, or made smaller, stays
    counted.
    """

    quantity: float | None = None
    value: float | None = None
    orders: int | None = None


def checked(name: str, limit: OrderLimit | DayLimit) -> None:
    """Raise ValueError if a limit is none."""
    for field, value in limit._asdict().items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and (not is_number or not math.isfinite(value) or value < 0):
            raise ValueError(f"{name}: {field}: {value!r} is no number from 0 on")


def hold(what: str, of: str, limit: float | None, value: float, unit: str, refuse: Refuse) -> None:
    """Refuse what is above a limit."""
    # Not "value > limit": NaN is within nothing. A billionth is for rounding.
    if limit is not None and not value <= limit * (1 + 1e-9):
        text = f"the {what} of the {of} would be {value:,.10g}{unit}"
        refuse(what, f"{text}, and the limit is {limit:,.10g}{unit}")


__all__ = ["DayLimit", "OrderLimit", "Refuse", "checked", "hold"]
