"""Helpers that make orders: ``LimitOrder("BUY", 100, 189.5)``, ``bracket("BUY", 10, limit=190,
profit=195, stop=185)``.

Each is a function and returns a plain `ibapi_port.order.Order`, the same class that TWS's answers
have. Further attributes of Order are given by name: ``LimitOrder("BUY", 100, 189.5, tif="GTC")``.

A value that cannot be right is a ValueError which names the attribute, a name that Order does not
have a TypeError: what is spelled wrong is found before there is an order.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from ibapi_port.ib._named import check_names, number, price
from ibapi_port.order import Order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Unpack

    from ibapi_port.ib._named import Number
    from ibapi_port.ib.order_fields import OrderFields

__all__ = [
    "Bracket",
    "LimitOrder",
    "MarketOrder",
    "StopLimitOrder",
    "StopOrder",
    "TrailingOrder",
    "bracket",
    "oneCancelsAll",
]


def MarketOrder(action: str, totalQuantity: Number, **more: Unpack[OrderFields]) -> Order:
    """Return an order at the best price that there is."""
    return _order("MarketOrder", "MKT", action, totalQuantity, more)


def LimitOrder(
    action: str, totalQuantity: Number, lmtPrice: Number, **more: Unpack[OrderFields]
) -> Order:
    """Return an order at `lmtPrice` or better."""
    return _order("LimitOrder", "LMT", action, totalQuantity, more, lmtPrice=lmtPrice)


def StopOrder(
    action: str, totalQuantity: Number, stopPrice: Number, **more: Unpack[OrderFields]
) -> Order:
    """Return an order that becomes a market order when the market reaches `stopPrice`.

    In the order the price is called ``auxPrice``.
    """
    prices = {"auxPrice": price("stopPrice", stopPrice)}
    return _order("StopOrder", "STP", action, totalQuantity, more, **prices)


def StopLimitOrder(
    action: str,
    totalQuantity: Number,
    lmtPrice: Number,
    stopPrice: Number,
    **more: Unpack[OrderFields],
) -> Order:
    """Return an order that becomes one at `lmtPrice` or better when the market reaches `stopPrice`.

    In the order the stop price is called ``auxPrice``.
    """
    prices = {"lmtPrice": lmtPrice, "auxPrice": price("stopPrice", stopPrice)}
    return _order("StopLimitOrder", "STP LMT", action, totalQuantity, more, **prices)


def TrailingOrder(
    action: str,
    totalQuantity: Number,
    trailingPercent: Number | None = None,
    auxPrice: Number | None = None,
    trailStopPrice: Number | None = None,
    lmtPriceOffset: Number | None = None,
    **more: Unpack[OrderFields],
) -> Order:
    """Return a stop order whose stop price follows the market: at a distance of `trailingPercent`
    (1.5 is 1.5 %), or of the amount `auxPrice`.

    `trailStopPrice` is the first stop price; without it TWS takes it from the market. With
    `lmtPriceOffset` it becomes a limit order (type TRAIL LIMIT), that far from the stop price; this
    type needs `trailStopPrice`.
    """
    if (trailingPercent is None) == (auxPrice is None):
        raise ValueError(
            "trailingPercent, auxPrice: a trailing order needs one of them, and not both"
        )
    if trailingPercent is not None and not 0 < price("trailingPercent", trailingPercent) < 100:
        raise ValueError(f"trailingPercent: {trailingPercent!r} is not between 0 and 100")
    if auxPrice is not None and price("auxPrice", auxPrice) <= 0:
        raise ValueError(f"auxPrice: {auxPrice!r} is no distance: it must be above 0")
    if lmtPriceOffset is not None and trailStopPrice is None:
        raise ValueError("trailStopPrice: an order with lmtPriceOffset needs it")
    given = {
        "trailingPercent": trailingPercent,
        "auxPrice": auxPrice,
        "trailStopPrice": trailStopPrice,
        "lmtPriceOffset": lmtPriceOffset,
    }
    prices = {name: value for name, value in given.items() if value is not None}
    kind = "TRAIL" if lmtPriceOffset is None else "TRAIL LIMIT"
    return _order("TrailingOrder", kind, action, totalQuantity, more, **prices)


class Bracket(NamedTuple):
    """An order, and the two that close its position: at a profit, or at a stop price.

    The three are placed in their order. TWS holds the first two until the last one is there, and of
    the last two it cancels one when the other is filled.
    """

    entry: Order
    profit: Order
    stop: Order

    def number(self, ids: Iterable[int]) -> Bracket:
        """Give the orders their ids and the last two their ``parentId``. Return the bracket itself.

        It must be done before they are placed: ``for order in bracket.number(range(id, id + 3)):
        client.placeOrder(order.orderId, contract, order)``. `IB.placeOrders` does it by itself.
        Three ids are taken from `ids`, which must rise.
        """
        taken = list(islice(ids, len(self)))
        if len(taken) < len(self):
            raise ValueError(f"ids: a bracket has {len(self)} orders, {len(taken)} ids were given")
        if taken[0] <= 0 or sorted(set(taken)) != taken:
            raise ValueError(f"ids: {taken} do not rise from a number above 0")
        for order, order_id in zip(self, taken, strict=True):
            order.orderId = order_id
        self.profit.parentId = self.stop.parentId = self.entry.orderId
        return self


def bracket(
    action: str,
    quantity: Number,
    *,
    limit: Number | None = None,
    profit: Number,
    stop: Number,
    **more: Unpack[OrderFields],
) -> Bracket:
    """Return a bracket: an order at `limit` (None: at the market), a limit order at the price
    `profit` and a stop order at the price `stop`, which close what the first one opens.

    Further attributes are set in all three orders. With ``transmit=False`` TWS holds the whole
    bracket; a user of TWS may then send it.
    """
    check_names("bracket", Order, more, ("orderId", "parentId", "ocaGroup", "ocaType"))
    side = _action(action)
    prices = [("stop", price("stop", stop)), ("profit", price("profit", profit))]
    if limit is not None:
        prices.insert(1, ("limit", price("limit", limit)))
    if side != "BUY":
        prices.reverse()
    for (low, low_price), (high, high_price) in pairwise(prices):
        if not low_price < high_price:
            raise ValueError(
                f"{low}: {low_price:g} is not below {high} ({high_price:g}), as it must be in a "
                f"bracket that begins with {side}"
            )
    exit_side = "SELL" if side == "BUY" else "BUY"
    made = Bracket(
        MarketOrder(side, quantity, **more)
        if limit is None
        else LimitOrder(side, quantity, limit, **more),
        LimitOrder(exit_side, quantity, profit, **more),
        StopOrder(exit_side, quantity, stop, **more),
    )
    # The last one lets TWS send all three: alone, an entry that fills would have no stop.
    made.entry.transmit = made.profit.transmit = False
    return made


def oneCancelsAll(orders: Iterable[Order], group: str = "", type: int = 1) -> list[Order]:
    """Make orders one group, in which a fill of one cancels or reduces the others. Return them.

    The orders themselves are changed. Without a `group` a new name is made, which no other group
    has. `type`, by IB's numbers: 1 cancels the others, 2 reduces them; with both TWS has only one
    of the orders at the exchange at a time, so that no two can fill together. 3 reduces them
    without that guard.
    """
    members = list(orders)
    if not members:
        raise ValueError("orders: a group needs at least one order")
    if type not in (1, 2, 3):
        raise ValueError(f"type: {type!r} is neither 1, 2 nor 3")
    name = group or _new_group()
    for order in members:
        if order.ocaGroup not in ("", name):
            raise ValueError(f"orders: one is in the group {order.ocaGroup!r} already")
    for order in members:
        order.ocaGroup = name
        order.ocaType = type
    return members


def _new_group() -> str:
    from secrets import token_hex  # late: it is not needed for orders without a group

    return f"oca-{token_hex(8)}"


_SET_BY_HELPERS = (
    "action",
    "totalQuantity",
    "orderType",
    "lmtPrice",
    "auxPrice",
    "trailingPercent",
    "trailStopPrice",
    "lmtPriceOffset",
)


def _order(
    helper: str,
    kind: str,
    action: str,
    quantity: Number,
    more: Mapping[str, object],
    **prices: Number,
) -> Order:
    """Return the order, if all names and values can be right."""
    check_names(helper, Order, more, _SET_BY_HELPERS)
    order = Order(action=_action(action), orderType=kind)
    for name, value in more.items():
        # Each order has lists of its own, also where a bracket gives the same ones to all three.
        setattr(order, name, list(value) if isinstance(value, list) else value)
    for name, amount in prices.items():
        setattr(order, name, price(name, amount))
    order.totalQuantity = _quantity(quantity, more)
    return order


def _action(action: str) -> str:
    side = action.upper() if isinstance(action, str) else action
    if side not in ("BUY", "SELL", "SSHORT"):
        raise ValueError(f"action: {action!r} is neither BUY nor SELL")
    return side


def _quantity(quantity: object, more: Mapping[str, object]) -> Decimal:
    """Return the quantity. It may be 0 where an amount of money or an advisor's rule says it."""
    exact = number("totalQuantity", quantity)
    elsewhere = any(more.get(name) for name in ("cashQty", "faMethod", "faPercentage"))
    if exact < 0 or (exact == 0 and not elsewhere):
        raise ValueError(
            f"totalQuantity: {quantity!r} is not above 0; whether it is bought or sold, the action "
            "says"
        )
    return exact
