"""An order has some 150 attributes, of which a program sets ten: which those are, and one look at all the others.

Compiled encoders have a short way for an order whose other attributes are as they were made.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from operator import itemgetter
from typing import Any

from ..contract import Contract
from ..order import Order

OFTEN = {
    *("orderId", "clientId", "permId", "action", "totalQuantity", "orderType", "lmtPrice", "auxPrice", "tif", "account", "transmit"),
    *("parentId", "ocaGroup", "ocaType", "orderRef", "outsideRth", "whatIf", "trailStopPrice", "trailingPercent"),
}  # what programs set


def is_plain(value: Any) -> bool:
    """Whether what equals this value does as well: no list or object that an order has of its own."""
    return value is None or isinstance(value, (str, int, float, Decimal, Enum))


MADE: dict[str, dict[str, Any]] = {"contract": Contract().__dict__, "order": Order().__dict__}  # by argument of a request
DEFAULTS: dict[str, Any] = {name: value for name, value in MADE["order"].items() if is_plain(value) and name not in OFTEN}
_pick = itemgetter(*DEFAULTS)
_made = _pick(MADE["order"])


def untouched(order: Any) -> bool:
    """Whether all of DEFAULTS are as in a new order. An order of a class of the program's own may make its attributes in another way."""
    try:
        return order.__class__ is Order and _pick(order.__dict__) == _made
    except Exception:  # an attribute was deleted, or a value cannot be compared
        return False
